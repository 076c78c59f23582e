"""Lay a query's peaks over a recording's and count those that coincide, while pitch, scale and place are refined.

The count becomes a score against the same count at wrong places. Further alignments of the same recording with the same
pitch and scale add up, so that a chopped and re-sequenced recording is still found whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ritornello.identify.peaks import BINS_PER_OCTAVE, FRAMES_PER_SECOND, LIFT_FRAMES, Peaks

FURTHER_FROM = 3.0
"""Standard deviations above chance, over the whole query, from which a further alignment is looked at."""

FURTHER_LEVEL = 6.0
"""Standard deviations above chance, within one slice, from which a further alignment of the same recording counts."""

SLICE_FRAMES = 75
"""1.5 s: about two beats."""

MOST_FURTHER = 5

_AROUND_BINS, _AROUND_CELLS = 2, 3
"""How far around a peak (a 36th of an octave each, 40 ms each) a recording's own energy reaches."""

_MOST_IN_A_CELL = 32_000
_PEAKS_EACH_SECOND = 50
"""Of a recording, where it is faster than the query by what is looked for at the most."""

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
        lift: how many standard deviations more the query's plane is lifted at the recording's peaks than beside them;
            0.0 where the query came without its plane.
    """

    shift: float
    stretch: float
    offset: float
    coinciding: int
    z: float
    first: float
    last: float
    lift: float = 0.0

    @property
    def strength(self) -> float:
        """Both at once: the two see different things, and what is right has both."""
        return self.z + self.lift

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


def lifts(query: Peaks) -> npt.NDArray[np.int16]:
    """A query's lift as `lifted` reads it: each row's mean taken away, twice end to end, int16 (BINS, 2 · cells).

    Sums over all peaks of a recording beside it fit 16 bits.
    """
    lift = query.lift.astype(np.float32)
    if not lift.shape[1]:
        return np.zeros((len(lift), 0), np.int16)
    level = lift - lift.mean(axis=1, keepdims=True)
    peaks = max(1.0, query.frames / FRAMES_PER_SECOND * _PEAKS_EACH_SECOND)
    finer = min(1.0, _MOST_IN_A_CELL / peaks / max(float(np.abs(level).max()), 1e-9))
    rows = np.round(level * finer).astype(np.int16)
    return np.ascontiguousarray(np.concatenate([rows, rows], axis=1))


def lifted(rows: npt.NDArray[np.int16], reference: Peaks, alignment: Alignment) -> Alignment:
    """The alignment with its lift; `rows` are the query's `lifts`."""
    from ritornello.identify import verify_kernels

    if not rows.shape[1]:
        return alignment
    lift = verify_kernels.lifted(
        rows, reference.frame, reference.pitch, alignment.shift, alignment.stretch, alignment.offset
    )
    return replace(alignment, lift=lift)


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


def unexplained(query: Peaks, reference: Peaks, alignments: Sequence[Alignment]) -> Peaks:
    """The query without the peaks that these alignments explain, and without the lift around the recording's peaks."""
    kept = np.ones(len(query), np.bool_)
    lift = query.lift.copy()
    cells = lift.shape[1]
    for alignment in alignments:
        kept &= ~matched(query, reference, alignment)
        cell = ((reference.frame - alignment.offset) / alignment.stretch / LIFT_FRAMES).astype(np.int64)
        row = np.round(reference.pitch - alignment.shift).astype(np.int64)
        inside = (cell >= -_AROUND_CELLS) & (cell < cells + _AROUND_CELLS) & (row >= 0) & (row < len(lift))
        for higher in range(-_AROUND_BINS, _AROUND_BINS + 1):
            for later in range(-_AROUND_CELLS, _AROUND_CELLS + 1):
                rows, columns = row[inside] + higher, cell[inside] + later
                there = (rows >= 0) & (rows < len(lift)) & (columns >= 0) & (columns < cells)
                lift[rows[there], columns[there]] = 0
    return replace(query.only(kept), lift=lift)
