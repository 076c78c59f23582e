"""Tier 0: is it really made of what it declares? The audio is laid over the named originals; no index is needed.

Some other recordings go along as a cohort: what they reach is the level of chance for this audio. Without them the
level is a cautious constant, so that an original is rather missed, and goes to a person, than believed in by mistake.
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


def align(query: Peaks, originals: Sequence[Entry], cohort: Sequence[Entry] = ()) -> tuple[Declared, ...]:
    """Lay a whole recording over the originals that it names, in their order; `cohort`: a few other recordings."""
    named = {one.recording for one in originals}
    found = attribute(query, [build([*originals, *(one for one in cohort if one.recording not in named)])])
    return tuple(
        Declared(one.recording, tuple(_declared(part) for part in found.parts if part.recording == one.recording))
        for one in originals
    )


def _declared(part: Part) -> Answer:
    return replace(part.answer, tier=Tier.DECLARED)
