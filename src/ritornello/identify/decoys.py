"""What does a recording reach with a query that cannot be it?

Chance is not the same for every pair: where both are strictly regular (one drum pattern, one scale up and down), a
recording meets music that it has nothing to do with at many places at once. So a match in doubt is held against decoys:
the query played backwards, upside down, and both. They keep its density, its rhythm and its pitches, and nothing that
was recorded. What the recording reaches with the best of them beyond what is usual is chance that belongs to this pair,
and goes from the score. (Searches of databases of spectra estimate their false answers so; Elias and Gygi, 2007.)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ritornello.identify.peaks import BINS, Peaks
from ritornello.identify.segment import CHROMA, Entry, Segment, build
from ritornello.identify.unmoved import likely
from ritornello.identify.verify import FURTHER_LEVEL, further, lifted, lifts, promise, refine
from ritornello.identify.vote import vote

USUAL = 6.0
"""What a recording usually reaches with the best of three decoys: the median of unrelated windows of the bench."""

MOST = 4.0
"""Of a score that decoys may take: a loop that is the same backwards is not chance altogether."""

_VOTED, _REFINED = 64, 6


def excess(query: Peaks, reference: Peaks) -> float:
    """How much more than usual the best decoy of a query reaches with a recording; 0.0 to `MOST`.

    Args:
        query: with or without its lift.
        reference: the recording's peaks.
    """
    alone = build(
        [Entry("", reference, np.zeros(0, np.uint32), np.zeros((0, CHROMA), np.float32), np.zeros(0, np.float32))]
    )
    return float(np.clip(max(_reached(decoy, alone) for decoy in decoys(query)) - USUAL, 0.0, MOST))


def decoys(query: Peaks) -> Iterator[Peaks]:
    """The query backwards, upside down, and both."""
    reversed_ = backwards(query)
    yield reversed_
    yield upside_down(query)
    yield upside_down(reversed_)


def backwards(query: Peaks) -> Peaks:
    """The last peak first."""
    return _ordered(query, query.frames - 1 - query.frame, query.pitch, query.lift[:, ::-1])


def upside_down(query: Peaks) -> Peaks:
    """The highest pitch lowest."""
    return _ordered(query, query.frame, np.float32(BINS - 1) - query.pitch, query.lift[::-1])


def _ordered(query: Peaks, frame: np.ndarray, pitch: np.ndarray, lift: np.ndarray) -> Peaks:
    order = np.lexsort((pitch, frame))
    return Peaks(
        frame[order].astype(np.int32),
        pitch[order].astype(np.float32),
        query.strength[order],
        query.frames,
        np.ascontiguousarray(lift),
    )


def _reached(decoy: Peaks, alone: Segment) -> float:
    """The strength of the best alignment of a decoy with the only recording of a segment, further ones counted."""
    reference, rows = alone.peaks(0), lifts(decoy)
    voted = sorted(
        vote(decoy, [alone], _VOTED), key=lambda one: -promise(decoy, reference, one.shift, one.stretch, one.place)
    )
    tried = [
        lifted(rows, reference, refine(decoy, reference, one.shift, one.stretch, one.place))
        for one in (*likely(decoy, [alone]), *voted[:_REFINED])
    ]
    if not tried:
        return 0.0
    best = max(tried, key=lambda one: one.strength)
    return best.strength + sum(other.z - FURTHER_LEVEL for other in further(decoy, reference, best))
