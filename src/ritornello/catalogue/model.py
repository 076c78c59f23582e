"""The catalogue's records. All are immutable; a change is a new record or a new sheet.

Exact shares are `Fraction`s of one. Valid time is a half-open span of days `[valid_from, valid_to)`, None is open;
recorded time is an aware instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from ritornello.catalogue.error import CatalogueError
from ritornello.identifiers import IdentifierError, ean, isrc, iswc
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof.ids import stable_id


class RightType(StrEnum):
    """The rights that are owned, asked for, and paid apart."""

    MASTER = "master"
    COMPOSITION = "composition"
    PERFORMANCE = "performance"
    VOICE_LIKENESS = "voice_likeness"


class ShareStatus(StrEnum):
    """How sure a share is: somebody says so, all holders of the sheet agreed, or somebody contests it."""

    ASSERTED = "asserted"
    AGREED = "agreed"
    DISPUTED = "disputed"


class Policy(StrEnum):
    """How ancestors are paid: on the gross of every descendant, or in proportion along the path."""

    ABSOLUTE = "absolute"
    RELATIVE = "relative"


class EdgeForm(StrEnum):
    """Which money form of the licence an edge came from.

    A `PARENT_SHARE` is paid by every path that leads over it. A fan share compiles to `TO_ORIGINAL` edges and to
    `TO_MAKER` edges; a path that came over a maker's edge leads on to further makers only, since the derivative that it
    came from provides for all originals by edges of its own.
    """

    PARENT_SHARE = "parent_share"
    TO_ORIGINAL = "to_original"
    TO_MAKER = "to_maker"


ALL_FLOWS = "*"
"""An edge for every money flow that no edge of the same child, parent and right names itself."""


@dataclass(frozen=True, slots=True)
class Credit:
    """Who did what: a party, a role in the field's words (Composer, Lyricist, MainArtist, Remixer, Producer, …)."""

    party_id: str
    role: str
    name_as_credited: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A musical work: what is composed, whoever performs it. `language` is an ISO 639 code, or None without words."""

    id: str
    title: str
    iswc: str | None = None
    language: str | None = None
    writers: tuple[Credit, ...] = ()

    def __post_init__(self) -> None:
        _titled(self.id, self.title)
        if self.iswc is not None:
            _normal(self.id, "iswc", self.iswc, iswc.parse)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of works: an original, or a derivative of others (then `derivative_type` says of what kind)."""

    id: str
    title: str
    version_title: str | None = None
    work_ids: tuple[str, ...] = ()
    isrc: str | None = None
    main_artist: str = ""
    label: str | None = None
    performers: tuple[Credit, ...] = ()
    duration_ms: int = 0
    pcm_sha256: str | None = None
    audio_key: str | None = None
    year: int | None = None
    p_line: str | None = None
    c_line: str | None = None
    genre: str | None = None
    explicit: bool = False
    kind: str = "original"
    derivative_type: str | None = None
    contains_third_party_samples: bool = False

    def __post_init__(self) -> None:
        _titled(self.id, self.title)
        if self.isrc is not None:
            _normal(self.id, "isrc", self.isrc, isrc.parse)
        if self.duration_ms < 0:
            raise CatalogueError(f"{self.id}.duration_ms", f"it is {self.duration_ms}", "give milliseconds, 0 or more")
        if self.kind not in ("original", "derivative"):
            raise CatalogueError(f"{self.id}.kind", f"it is {self.kind!r}", "say original or derivative")
        if (self.kind == "derivative") != (self.derivative_type is not None):
            raise CatalogueError(
                f"{self.id}.derivative_type",
                f"it is {self.derivative_type!r} for a recording of kind {self.kind}",
                "give a derivative its type, and an original none",
            )


@dataclass(frozen=True, slots=True)
class Stem:
    """One part of a recording (drums, bass, vocals, …) as audio of its own."""

    id: str
    recording_id: str
    part: str
    audio_key: str
    pcm_sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """What travels to services: recordings in order under one title and product code."""

    id: str
    title: str
    recording_ids: tuple[str, ...]
    upc: str | None = None
    main_artist: str = ""
    label: str | None = None
    release_date: date | None = None
    original_release_date: date | None = None
    p_line: str | None = None
    c_line: str | None = None
    genre: str | None = None
    artwork_key: str | None = None
    artwork_ai: str | None = None
    """How machines took part in the cover: none, assistive or generative; None where nobody has said."""

    def __post_init__(self) -> None:
        _titled(self.id, self.title)
        if not self.recording_ids or len(set(self.recording_ids)) != len(self.recording_ids):
            raise CatalogueError(f"{self.id}.recording_ids", "it is empty or repeats one", "list each recording once")
        if self.upc is not None:
            _normal(self.id, "upc", self.upc, ean.parse)


@dataclass(frozen=True, slots=True)
class OwnershipShare:
    """A party owns `share` of a right in an asset, in these territories, between these days, as recorded then.

    The shares of one `sheet_id` were stated together, by `source`. A share of zero withdraws nothing by itself: it
    states that the party owns none.
    """

    id: str
    asset_id: str
    right_type: RightType
    party_id: str
    territories: TerritorySet
    share: Fraction
    valid_from: date | None
    valid_to: date | None
    recorded_at: datetime
    sheet_id: str
    status: ShareStatus = ShareStatus.ASSERTED
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "right_type", RightType(self.right_type))
        object.__setattr__(self, "status", ShareStatus(self.status))
        if not isinstance(self.share, int | Fraction) or not 0 <= self.share <= 1:
            raise CatalogueError(
                f"share {self.id}", f"{self.party_id} has {self.share!r}", "give an exact Fraction from 0 to 1"
            )
        if not self.territories.mask:
            raise CatalogueError(f"share {self.id}", "it holds in no territory", 'name territories, or "WW"')
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise CatalogueError(
                f"share {self.id}", f"it ends on {self.valid_to}, before it begins", "give the day after its last day"
            )
        if self.recorded_at.tzinfo is None:
            raise CatalogueError(f"share {self.id}", "recorded_at has no time zone", "give an aware UTC instant")

    def covers(self, territory: str, day: date) -> bool:
        """Whether this share speaks about a territory on a day."""
        return (
            territory in self.territories
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_to is None or day < self.valid_to)
        )


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """A child came from a parent under a licence, which promises `share` of the child's money in a pool.

    A pool is a (money flow, right type). `weight` is the parent's part among the parents (a mash-up), for the record.
    """

    child: str
    parent: str
    licence_id: str
    right_type: RightType
    share: Fraction
    policy: Policy
    weight: Fraction = field(default=Fraction(1))
    flow: str = ALL_FLOWS
    form: EdgeForm = EdgeForm.PARENT_SHARE

    def __post_init__(self) -> None:
        object.__setattr__(self, "right_type", RightType(self.right_type))
        object.__setattr__(self, "policy", Policy(self.policy))
        object.__setattr__(self, "form", EdgeForm(self.form))
        where = f"edge {self.child} from {self.parent}"
        if self.child == self.parent:
            raise CatalogueError(where, "nothing is its own parent", "name the recording that it came from")
        if not isinstance(self.share, int | Fraction) or not 0 <= self.share <= 1:
            raise CatalogueError(where, f"its share is {self.share!r}", "give an exact Fraction from 0 to 1")
        if not isinstance(self.weight, int | Fraction) or self.weight <= 0:
            raise CatalogueError(where, f"its weight is {self.weight!r}", "give an exact Fraction above 0")
        if self.form is not EdgeForm.PARENT_SHARE and self.policy is not Policy.ABSOLUTE:
            raise CatalogueError(
                where, "a fan share goes with the absolute policy only", "license with one of the two money forms"
            )

    @property
    def id(self) -> str:
        """The edge's natural key as an id: one edge per child, parent, right and flow."""
        return stable_id("edg", self.child, self.parent, self.right_type.value, self.flow)


def _titled(record: str, title: str) -> None:
    if not title.strip():
        raise CatalogueError(f"{record}.title", "it is empty", "give the title as it is to be shown")


def _normal(record: str, field_name: str, value: str, parse: Callable[[str], str]) -> None:
    try:
        normal = parse(value)
    except IdentifierError as error:
        raise CatalogueError(f"{record}.{field_name}", str(error), error.mend) from error
    if normal != value:
        raise CatalogueError(f"{record}.{field_name}", f"{value!r} is not in its normal form", f"store {normal}")


def parties_of(credits: Iterable[Credit]) -> tuple[str, ...]:
    """The parties of some credits, each once, in the order in which they first appear."""
    return tuple(dict.fromkeys(credit.party_id for credit in credits))
