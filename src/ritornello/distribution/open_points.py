"""What of a derivative could not be measured, in plain words, and what people ruled about it: written once.

Invariant 3: what cannot be measured needs an approval before the derivative leaves; it never passes by itself. A ruling
is about this sound under this licence and one bound of it; the latest one stands, and any past day can be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.distribution.model import Hindrance
from ritornello.studio.bounds import Bounds
from ritornello.studio.measure import Overstep

OF_ORIGINAL = " of "
"""Stands in a point's term between the bound and the original, where there are several originals."""
_VOICE: Mapping[str, str] = {
    "keep": "only that it stays",
    "remove": "that it stays or is taken out",
    "replace": "that it stays or another takes its place",
    "any": "anything with it",
}
_ORDER: Mapping[str, str] = {
    "keep": "only the whole in its order",
    "extract": "that parts are left out, in their order",
    "reorder": "any order",
}


@dataclass(frozen=True, slots=True)
class PointRuling:
    """What a person ruled about one bound that could not be measured.

    Attributes:
        id: of the record.
        recording_id, pcm_sha256: the derivative, by name and by its samples.
        licence_id: whose bound it is.
        term: the bound, as the comparison with the licence names it ("vocals", "tempo_permille of rec_…").
        told: the point in the words that the person had before them.
        approves: whether it may leave all the same.
        by: the person.
        at: when.
        reason: in their words.
    """

    id: str
    recording_id: str
    pcm_sha256: str
    licence_id: str
    term: str
    told: str
    approves: bool
    by: str
    at: datetime
    reason: str

    def to_document(self) -> dict[str, Any]:
        """JSON of texts and truth values."""
        return {
            "id": self.id,
            "term": self.term,
            "told": self.told,
            "approves": self.approves,
            "by": self.by,
            "at": self.at.isoformat(),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One bound that nobody can say the derivative keeps, with the ruling that stands on it (None while open).

    `what` says what could not be measured, `bound` what the licence allows, both as text to read.
    """

    term: str
    original: str
    what: str
    bound: str
    ruling: PointRuling | None = None

    @property
    def told(self) -> str:
        return f"{self.what}; the licence allows {self.bound}"

    @property
    def approved(self) -> bool:
        return self.ruling is not None and self.ruling.approves

    def hindrance(self) -> Hindrance | None:
        """What keeps the derivative back; None once it is approved."""
        if self.ruling is None:
            return Hindrance("unmeasured", self.told, "have it heard and approved by those who may")
        if self.ruling.approves:
            return None
        what = f"{self.told}: {self.ruling.by} refused it ({self.ruling.reason})"
        return Hindrance("unmeasured_refused", what, "make another version, or have it heard and ruled on anew")

    def to_document(self) -> dict[str, Any]:
        """JSON of texts and truth values."""
        return {
            "term": self.term,
            "original": self.original,
            "what": self.what,
            "bound": self.bound,
            "approved": self.approved,
            "ruling": None if self.ruling is None else self.ruling.to_document(),
        }


def open_points(oversteps: Iterable[Overstep], bounds: Bounds, titles: Mapping[str, str]) -> tuple[OpenPoint, ...]:
    """The oversteps of a comparison that could not be measured, in words; nothing is ruled on yet.

    `titles`: recording ids to the titles by which their originals are told.
    """
    found = []
    for one in oversteps:
        if one.kind != "unmeasured":
            continue
        bound, _, original = one.term.partition(OF_ORIGINAL)
        of = f" of {titles.get(original, original)}" if original else ""
        what, allowed = _words(bound, one, bounds)
        found.append(OpenPoint(one.term, original, what.format(of=of), allowed))
    return tuple(found)


def ruled(
    points: Iterable[OpenPoint], rulings: Sequence[PointRuling], pcm_sha256: str, licence_id: str, at: datetime
) -> tuple[OpenPoint, ...]:
    """The points with what stood on them at a moment: the latest ruling about this sound under this licence."""
    out = []
    for point in points:
        about = [
            one
            for one in rulings
            if one.at <= at and (one.term, one.pcm_sha256, one.licence_id) == (point.term, pcm_sha256, licence_id)
        ]
        stands = max(about, key=lambda one: (one.at, one.id), default=None)
        out.append(OpenPoint(point.term, point.original, point.what, point.bound, stands))
    return tuple(out)


def _words(bound: str, one: Overstep, bounds: Bounds) -> tuple[str, str]:
    """What could not be measured, with a place for the original, and what is allowed."""
    near = (
        ""
        if one.measured is None
        else (f" surely enough ({int(one.measured) / 10:.1f} %, give or take {one.tolerance / 10:.1f} %)")
    )
    match bound:
        case "vocals":
            return "what became of the voice{of} could not be measured", _VOICE[bounds.vocals]
        case "tempo_permille":
            low, high = bounds.tempo_lo_permille / 10, bounds.tempo_hi_permille / 10
            return "its tempo against that{of} could not be measured", f"{low:.1f} to {high:.1f} % of the original's"
        case "key_cents":
            low, high = bounds.key_lo_cents, bounds.key_hi_cents
            return "by how much the key{of} was moved could not be measured", f"{low:+d} to {high:+d} cents"
        case "structure":
            return "whether the order{of} was kept could not be measured", _ORDER[bounds.structure]
        case "max_extract_ms":
            most = (bounds.max_extract_ms or 0) / 1000
            return "how many seconds{of} are heard in it could not be measured", f"at most {most:.1f} s"
        case "min_original_permille":
            least = f"at least {bounds.min_original_permille / 10:.1f} %"
            return f"how much of the original{{of}} is in it could not be measured{near}", least
        case "max_added_permille":
            most_added = f"at most {bounds.max_added_permille / 10:.1f} %"
            return f"how much was added to it could not be measured{near}", most_added
        case _:
            return f"{bound.replace('_', ' ')}{{of}} could not be measured{near}", one.allowed
