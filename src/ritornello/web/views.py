"""What a page shows, as plain records: the templates read these and nothing else.

A view holds a person's words ("Who may remix this?") and exact figures; it holds no rule and reaches into no store. The
read models (`read_*.py`) fill views from stores, the templates draw them, and tests fill them by hand to look at pages
that no data has reached yet. Times are milliseconds from the start of a recording; money is integer micros.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

State = Literal["yes", "ask", "no", "wait", "none"]
"""How an answer stands: allowed, asks first, refused, nobody has answered yet, or not applicable."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in integers of 10^-6 of the currency's unit."""

    micros: int
    currency: str


@dataclass(frozen=True, slots=True)
class Exact:
    """Money before rounding, in units of its currency: a line of a statement, a step of a run."""

    amount: Fraction
    currency: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled figure, with the words that keep it from being misread."""

    label: str
    value: str | Amount | Exact
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


# ---------------------------------------------------------------- the frame around every page


@dataclass(frozen=True, slots=True)
class Frame:
    """Who is looking, and where they are."""

    organisation: str
    person: str
    role_words: str
    section: str
    sections: tuple[tuple[str, str, str], ...] = ()
    """What this person may open: (key, label, address)."""
    theme: Literal["auto", "light", "dark"] = "auto"


# ---------------------------------------------------------------- the catalogue


@dataclass(frozen=True, slots=True)
class SongRow:
    id: str
    title: str
    version_title: str
    artist: str
    isrc: str
    year: int | None
    duration_ms: int
    peaks: tuple[tuple[int, int], ...]
    state: State
    state_words: str
    derivatives: int
    earned: Amount | None


@dataclass(frozen=True, slots=True)
class CatalogueView:
    songs: tuple[SongRow, ...]
    total: int
    query: str = ""
    state: str = ""
    facts: tuple[Fact, ...] = ()
    attention: tuple[Link, ...] = ()


# ---------------------------------------------------------------- one song


@dataclass(frozen=True, slots=True)
class SectionMark:
    label: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class VoiceView:
    """One recording as it stands in the player: `peaks` are (lowest, highest) per bucket in -127..127."""

    id: str
    part: Literal["original", "derivative"]
    title: str
    by: str
    duration_ms: int
    peaks: tuple[tuple[int, int], ...]
    audio_url: str
    tempo: str
    key: str
    loudness: str
    beats_ms: tuple[int, ...] = ()
    downbeats_ms: tuple[int, ...] = ()
    sections: tuple[SectionMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the derivative and the stretch of the original that it came from."""

    derivative_start_ms: int
    derivative_end_ms: int
    original_start_ms: int
    original_end_ms: int
    label: str
    moved: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One measured change against its bound: `low`..`high` is the allowed range, `measured` the place in it.

    The three are integers of the unit that `words` is written in; `measured` is None for what cannot be measured.
    """

    label: str
    words: str
    bound_words: str
    measured: int | None
    low: int | None
    high: int | None
    scale_low: int
    scale_high: int
    state: State


@dataclass(frozen=True, slots=True)
class HolderAnswer:
    """One holder's own answer on one right."""

    name: str
    share: str
    state: State
    words: str
    basis: str
    offer: str
    since: date | None


@dataclass(frozen=True, slots=True)
class RightView:
    """One right in the person's words, and everyone whose answer it takes."""

    code: str
    words: str
    state: State
    state_words: str
    holders: tuple[HolderAnswer, ...]


@dataclass(frozen=True, slots=True)
class ShareRow:
    party: str
    side: str
    share: str
    territories: str
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CreditRow:
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class DerivativeRow:
    id: str
    title: str
    maker: str
    type_words: str
    state: State
    state_words: str
    isrc: str
    earned: Amount | None
    decision_id: str


@dataclass(frozen=True, slots=True)
class ProvenanceView:
    verdict: str
    state: State
    words: str
    ai_words: str
    facts: tuple[Fact, ...]
    files: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SongView:
    id: str
    title: str
    version_title: str
    artist: str
    isrc: str
    year: int | None
    label: str
    lines: tuple[str, ...]
    original: VoiceView | None
    derivative: VoiceView | None
    passages: tuple[Passage, ...]
    changes: tuple[ChangeRow, ...]
    rights: tuple[RightView, ...]
    shares: tuple[ShareRow, ...]
    credits: tuple[CreditRow, ...]
    derivatives: tuple[DerivativeRow, ...]
    parents: tuple[Link, ...]
    stems: tuple[Fact, ...]
    provenance: ProvenanceView | None
    may_make: bool = False
    """Whether whoever looks may make something of it in the studio."""
    sees_consent: bool = True
    """Whether whoever looks sees the holders' answers and shares."""
    made: str = ""
    """What the derivative is, in a word or two; "" where there is none."""


# ---------------------------------------------------------------- a decision


@dataclass(frozen=True, slots=True)
class DecisionCell:
    service: str
    state: State
    words: str


@dataclass(frozen=True, slots=True)
class DecisionPlace:
    """The answers of one territory for one act, service by service."""

    act: str
    territory: str
    name: str
    cells: tuple[DecisionCell, ...]


@dataclass(frozen=True, slots=True)
class ReasonView:
    state: State
    sentence: str
    right: str
    holder: str
    territories: str
    offer: str
    rule: str
    rule_date: date | None
    code: str


@dataclass(frozen=True, slots=True)
class NearestView:
    """What was asked beside the nearest that would be allowed."""

    term: str
    asked: str
    allowed: str
    nearest: str


@dataclass(frozen=True, slots=True)
class LicenceView:
    id: str
    licensee: str
    granted_at: datetime
    scope: str
    bounds: tuple[Fact, ...]
    key_id: str
    content_hash: str
    verified: bool
    status: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    id: str
    question: str
    state: State
    answer: str
    asked_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DecisionView:
    id: str
    song: Link
    question: str
    state: State
    verdict: str
    answer: str
    asked_by: str
    at: datetime
    services: tuple[str, ...]
    places: tuple[DecisionPlace, ...]
    reasons: tuple[ReasonView, ...]
    largest_scope: str
    nearest: tuple[NearestView, ...]
    licence: LicenceView | None
    derivative: Link | None
    content_hash: str


# ---------------------------------------------------------------- the family tree


@dataclass(frozen=True, slots=True)
class TreeNode:
    id: str
    title: str
    maker: str
    type_words: str
    state: State
    state_words: str
    earned: Amount | None
    url: str


@dataclass(frozen=True, slots=True)
class TreeEdge:
    parent: str
    child: str
    share: str
    words: str


@dataclass(frozen=True, slots=True)
class TreeView:
    song: Link
    nodes: tuple[TreeNode, ...]
    edges: tuple[TreeEdge, ...]
    focus: str
