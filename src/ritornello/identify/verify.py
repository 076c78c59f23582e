"""Lay a query's peaks over a recording's and count those that coincide, while pitch, scale and place are refined.

The count becomes a score against the same count at wrong places. Further alignments of the same recording with the same
pitch and scale add up, so that a chopped and re-sequenced recording is still found whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.identify.peaks import BINS_PER_OCTAVE, FRAMES_PER_SECOND, Peaks

FURTHER_FROM = 3.0
"""Standard deviations above chance, over the whole query, from which a further alignment is looked at."""

FURTHER_LEVEL = 6.0
"""Standard deviations above chance, within one slice, from which a further alignment of the same recording counts."""

SLICE_FRAMES = 75
"""1.5 s: about two beats."""

MOST_FURTHER = 5

FEWEST = 12
"""Peaks below which nothing further can be told."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """A query laid over a recording: frame there = offset + query frame · stretch, pitch there = query pitch + shift.

    Attributes:
        shift: bins.
        stretch: frames of the recording per frame of the query.
        offset: frame of the recording at the query's first frame.
        coinciding: query peaks that coincide.
        z: how many standard deviations that is above chance.
        first, last: query frames of the outermost peaks that coincide.
    """

    shift: float
    stretch: float
    offset: float
    coinciding: int
    z: float
    first: float
    last: float

    @property
    def cents(self) -> float:
        """How far the recording was moved up in pitch to become the query."""
        return -self.shift * 1200.0 / BINS_PER_OCTAVE

    @property
    def time_scale(self) -> float:
        """Seconds of the query per second of the recording."""
        return 1.0 / self.stretch

    @property
    def query_seconds(self) -> tuple[float, float]:
        return self.first / FRAMES_PER_SECOND, self.last / FRAMES_PER_SECOND

    @property
    def reference_seconds(self) -> tuple[float, float]:
        return (
            max(0.0, (self.offset + self.first * self.stretch) / FRAMES_PER_SECOND),
            max(0.0, (self.offset + self.last * self.stretch) / FRAMES_PER_SECOND),
        )


def promise(query: Peaks, reference: Peaks, shift: float, stretch: float, place: float) -> float:
    """How much better a hypothesis fits than its own neighbourhood, cheaply: what deserves to be refined."""
    from ritornello.identify import verify_kernels

    if not len(query) or not len(reference):
        return 0.0
    return float(
        verify_kernels.promise(
            query.frame,
            query.pitch,
            reference.frame,
            reference.pitch,
            float(query.frames / 2),
            float(shift),
            float(stretch),
            float(place),
        )
    )


def refine(query: Peaks, reference: Peaks, shift: float, stretch: float, place: float) -> Alignment:
    """The best alignment near a hypothesis (± 2.5 bins, ± 2.4 % of scale, ± 0.8 s).

    Args:
        place: frame of the recording that lies at the middle of the query.
    """
    from ritornello.identify.verify_kernels import refined

    got = refined(
        query.frame,
        query.pitch,
        reference.frame,
        reference.pitch,
        reference.frames,
        float(query.frames / 2),
        float(shift),
        float(stretch),
        float(place),
    )
    return Alignment(got[0], got[1], got[2], int(got[3]), got[4], got[5], got[6])


def further(query: Peaks, reference: Peaks, known: Alignment) -> list[Alignment]:
    """Other places of the recording that the query holds too, with the same pitch and scale, best first.

    Each counts only the query's peaks that no alignment before it explains: a loop that lies on itself in many ways
    adds nothing, a chopped recording adds every slice.
    """
    from ritornello.identify.verify_kernels import CHANCE_FLOOR, by_pitch, coinciding_pairs, densest, places

    found: list[Alignment] = []
    last_one = known
    rest = query
    for _ in range(MOST_FURTHER):
        rest = rest.only(~matched(rest, reference, last_one))
        if len(rest) < FEWEST:
            break
        low = int(-rest.frames * known.stretch) - 2
        histogram = places(
            rest.frame, rest.pitch, reference.frame, reference.pitch, known.shift, known.stretch, low, reference.frames
        )
        counts = np.convolve(histogram, np.ones(3), mode="same")
        # chance differs from place to place: where the two overlap little, little coincides
        local = _running_mean(counts, 301)
        z = (counts - local) / np.sqrt(np.maximum(local, CHANCE_FLOOR * len(rest)) + 1.0)
        at = int(np.argmax(z))
        pitches = by_pitch(
            rest.frame, rest.pitch, reference.frame, reference.pitch, known.shift, known.stretch, float(at + low)
        )
        null = max(float(local[at]), pitches)
        hit, _, first, last = coinciding_pairs(
            rest.frame, rest.pitch, reference.frame, reference.pitch, known.shift, known.stretch, float(at + low)
        )
        # a slice is explained in one piece; what two drum patterns share is strewn over the whole query
        dense = densest(rest.frame, hit, max(null / len(rest), CHANCE_FLOOR), SLICE_FRAMES)
        if z[at] < FURTHER_FROM or dense < FURTHER_LEVEL:
            break
        last_one = Alignment(known.shift, known.stretch, float(at + low), int(counts[at]), dense, first, last)
        found.append(last_one)
    return found


def _running_mean(values: npt.NDArray[np.float64], width: int) -> npt.NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - width // 2, 0), np.minimum(at + width // 2 + 1, len(values))
    mean: npt.NDArray[np.float64] = (total[high] - total[low]) / (high - low)
    return mean


def matched(query: Peaks, reference: Peaks, alignment: Alignment) -> npt.NDArray[np.bool_]:
    """Which of the query's peaks coincide with one of the recording's under an alignment."""
    from ritornello.identify.verify_kernels import coinciding_pairs

    hit: npt.NDArray[np.bool_] = coinciding_pairs(
        query.frame,
        query.pitch,
        reference.frame,
        reference.pitch,
        alignment.shift,
        alignment.stretch,
        alignment.offset,
    )[0]
    return hit
