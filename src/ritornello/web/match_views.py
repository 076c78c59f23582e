"""What the pages on matches show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ritornello.web.views import Amount, Fact, Link, Passage, VoiceView


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One line of the queue."""

    id: str
    file: str
    where: str
    found: tuple[str, ...]
    plays: int | None
    worth: Amount | None
    state: str
    state_words: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the file that comes from one recording; ends in permille of the file, places in ms."""

    start_permille: int
    end_permille: int
    start_ms: int
    end_ms: int
    reference_ms: int
    words: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """One recording with its stretches; `url` opens it against the file."""

    recording: str
    title: str
    artist: str
    share: str
    how: str
    chance: str
    bars: tuple[Bar, ...]
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A route that a person may take, or why not."""

    route: str
    label: str
    words: str
    proposed: bool
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision in the history of a match."""

    route: str
    by: str
    at: datetime
    reason: str
    scope: str
    standing: bool


@dataclass(frozen=True, slots=True)
class MatchView:
    """One match; `original` is our recording, `derivative` the file that was found."""

    id: str
    file: str
    facts: tuple[Fact, ...]
    duration_ms: int
    rows: tuple[BarRow, ...]
    unknown: str
    unknown_bars: tuple[Bar, ...]
    overlaps: tuple[str, ...]
    because: tuple[str, ...]
    copy_of: Link | None
    copied_words: str
    manifest_url: str
    original: VoiceView | None
    derivative: VoiceView | None
    passages: tuple[Passage, ...]
    choices: tuple[Choice, ...]
    history: tuple[DecisionLine, ...]
    may_route: bool
    offers_link: bool
    may_answer: tuple[str, ...]
    holders: tuple[Link, ...]
    let_go: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TermsView:
    """What the uploader of something that was found is shown.

    `offered`: a licence is; else it is claimed. `state`: what stands, as `Route` writes it. `answer`: in the uploader's
    words, where that stands. `holders_word`: why a person decided as they did after a dispute.
    """

    token: str
    file: str
    found_in: tuple[str, ...]
    places: tuple[str, ...]
    offered: bool
    lines: tuple[str, ...]
    territories: str
    until: datetime
    state: str
    licensed: bool
    answer: str
    holders_word: str
    findings: tuple[str, ...] = ()
    name: str = ""
    title: str = ""
    reason: str = ""
