"""Tier 0: is it really made of what it declares? The audio is laid over the named originals; no index is needed.

Also where the originals are known, only their own peaks may be believed by chance, so the cohort is made of what the
house keeps at hand: other recordings of the catalogue, or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ritornello.identify.attribution import Part, attribute
from ritornello.identify.model import Answer, Tier
from ritornello.identify.peaks import Peaks
from ritornello.identify.segment import Entry, build


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared original: every passage of it that was found, in the order of the query; empty when it was not."""

    recording: str
    passages: tuple[Answer, ...]

    @property
    def found(self) -> bool:
        return bool(self.passages)

    @property
    def seconds(self) -> float:
        """Seconds of the query that are made of it."""
        return sum(one.query_seconds[1] - one.query_seconds[0] for one in self.passages)


def align(query: Peaks, originals: Sequence[Entry]) -> tuple[Declared, ...]:
    """Lay a whole recording over the originals that it names, in their order."""
    found = attribute(query, [build(originals)])
    return tuple(
        Declared(one.recording, tuple(_declared(part) for part in found.parts if part.recording == one.recording))
        for one in originals
    )


def _declared(part: Part) -> Answer:
    return replace(part.answer, tier=Tier.DECLARED)
