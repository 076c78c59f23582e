"""Which moment of a recording sounds at which moment of the result: straight lines between pairs of samples.

A change of speed is one line. A voice that is laid on a beat grid, a groove or a swing are many. Around strokes a map
can be *held*: there time runs as it did, so that an attack is copied and not stretched, and the music between strokes
gives the time back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BEFORE_S, BEFORE_SLOWED_S, AFTER_S = 0.012, 0.020, 0.070
"""How long before and after a stroke time runs as it did, where its neighbours leave room. Where music is slowed, the
long windows before a stroke would see it too soon."""
_ROOM = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class TimeMap:
    """Knots: sample `source[k]` of the input sounds at sample `result[k]` of the output; both rise strictly.

    Beyond its ends a map goes on as steeply as its first and last line.
    """

    result: Floats
    source: Floats

    def __post_init__(self) -> None:
        if self.result.size < 2 or (np.diff(self.result) <= 0).any() or (np.diff(self.source) <= 0).any():
            raise ValueError("a time map needs two knots or more, and both of its sides rise")

    @property
    def slows(self) -> bool:
        """True where the result lasts longer than the source, on the whole."""
        return bool(self.result[-1] - self.result[0] > self.source[-1] - self.source[0])

    def source_at(self, result: npt.ArrayLike) -> Floats:
        """The input sample that sounds at each output sample."""
        return _read(np.asarray(result, dtype=np.float64), self.result, self.source)

    def result_at(self, source: npt.ArrayLike) -> Floats:
        """The output sample at which each input sample sounds."""
        return _read(np.asarray(source, dtype=np.float64), self.source, self.result)


def _read(at: Floats, knots: Floats, values: Floats) -> Floats:
    inside = np.interp(at, knots, values)
    first = (values[1] - values[0]) / (knots[1] - knots[0])
    last = (values[-1] - values[-2]) / (knots[-1] - knots[-2])
    below = values[0] + (at - knots[0]) * first
    above = values[-1] + (at - knots[-1]) * last
    out: Floats = np.where(at < knots[0], below, np.where(at > knots[-1], above, inside))
    return out


def steady(source_frames: int, result_frames: int) -> TimeMap:
    """The whole of the input over the whole of the output at one speed."""
    return TimeMap(np.asarray([0.0, max(1, result_frames)]), np.asarray([0.0, max(1, source_frames)]))


def through(anchors: Iterable[Sequence[int]]) -> TimeMap:
    """The map through rows of (input sample, output sample)."""
    rows = np.asarray([tuple(row) for row in anchors], dtype=np.float64)
    return TimeMap(rows[:, 1], rows[:, 0])


def held(base: TimeMap, strokes: npt.NDArray[np.int64], rate: int) -> TimeMap:
    """`base` with time running as it did around each of `strokes` (input samples); between them it catches up.

    A stroke takes at most 45 % of the way to its neighbours, in the input and in the output, so that what lies between
    is never squeezed to nothing.
    """
    marks = np.unique(strokes).astype(np.float64)
    if not marks.size:
        return base
    at = base.result_at(marks)
    gaps = np.minimum(np.diff(marks), np.diff(at))
    before = np.minimum((BEFORE_SLOWED_S if base.slows else BEFORE_S) * rate, np.append(np.inf, _ROOM * gaps))
    after = np.minimum(AFTER_S * rate, np.append(_ROOM * gaps, np.inf))
    source = np.stack([marks - before, marks + after], axis=1).ravel()
    result = np.stack([at - before, at + after], axis=1).ravel()
    # knots of the base stay where no stroke holds the time
    keep = np.searchsorted(result, base.result, side="right") % 2 == 0
    keep &= np.searchsorted(source, base.source, side="right") % 2 == 0
    result, source = np.concatenate((result, base.result[keep])), np.concatenate((source, base.source[keep]))
    order = np.argsort(result, kind="stable")
    result, source = result[order], source[order]
    rising = np.ones(result.size, dtype=bool)
    last = 0
    for k in range(1, result.size):
        rising[k] = result[k] >= result[last] + 1 and source[k] >= source[last] + 1
        if rising[k]:
            last = k
    return TimeMap(result[rising], source[rising]) if rising.sum() > 1 else base
