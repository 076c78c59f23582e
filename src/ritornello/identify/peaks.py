"""What is left of a recording when equaliser, room and telephone are taken away: peaks over a whitened plane.

A recording is seen at 8 kHz through two short-time transforms (long windows below 600 Hz for pitch, shorter ones above
for time), folded to 36 bins per octave from 140 Hz, in steps of 20 ms. From the logarithm the local mean is taken away,
so that what remains says *where energy stands out*, not how loud or how bright it is. The highest points of that plane,
at most a few dozen per second, are the recording's peaks. Of what is asked, the plane itself is kept too, coarsely:
where something louder took the peaks, a recording still lifts the plane at the places of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Audio
from ritornello.identify.model import IdentifyError

RATE = 8000
"""Samples per second that identification hears."""

HOP = 160
"""Samples between frames: 20 ms."""

FRAMES_PER_SECOND = RATE / HOP

BINS_PER_OCTAVE = 36
LOWEST_HZ = 140.0
HIGHEST_HZ = 3830.0
BINS = int(np.floor(BINS_PER_OCTAVE * np.log2(HIGHEST_HZ / LOWEST_HZ)))

_LONG, _SHORT, _SPLIT_HZ = 2048, 1024, 600.0
_MEAN_BINS, _MEAN_FRAMES = 27, 51
_PEAK_BINS, _PEAK_FRAMES = 7, 11

LIFT_FRAMES = 2
"""Frames (40 ms) in one cell of a query's lift."""

_LIFT_STEPS = 30
"""Steps of the lift for each neper."""

_LIFT_LOW, _LIFT_HIGH = -1.0, 2.0
"""Nepers beyond which more says nothing more."""

LEAST_SECONDS = 3.0
"""Shorter audio has too few peaks to tell it from chance."""

REFERENCE_PER_SECOND = 32
QUERY_PER_SECOND = 44


@dataclass(frozen=True, slots=True)
class Peaks:
    """Peaks in order of time.

    Attributes:
        frame: int32 (n,), in steps of 20 ms.
        pitch: float32 (n,), in bins of a 36th of an octave above 140 Hz, refined by a parabola.
        strength: float32 (n,), height above the local mean in nepers.
        frames: length of the audio in frames.
        lift: int8 (BINS, frames / 2), of a query only: how far each 40 ms of each bin stand above the bins around them
            in the same moment, in 30ths of a neper. No columns where it was not kept.
    """

    frame: npt.NDArray[np.int32]
    pitch: npt.NDArray[np.float32]
    strength: npt.NDArray[np.float32]
    frames: int
    lift: npt.NDArray[np.int8] = field(default_factory=lambda: np.zeros((BINS, 0), np.int8), repr=False)

    def __len__(self) -> int:
        return len(self.frame)

    def only(self, kept: npt.NDArray[np.bool_]) -> Peaks:
        """The peaks that `kept` marks."""
        return Peaks(self.frame[kept], self.pitch[kept], self.strength[kept], self.frames, self.lift)

    def between(self, start: int, stop: int) -> Peaks:
        """The peaks of frames [start, stop), with time counted from `start`."""
        low, high = np.searchsorted(self.frame, [start, stop])
        return Peaks(
            (self.frame[low:high] - start).astype(np.int32),
            self.pitch[low:high],
            self.strength[low:high],
            min(stop, self.frames) - start,
            self.lift[:, start // LIFT_FRAMES : stop // LIFT_FRAMES],
        )


@cache
def _folding() -> tuple[Any, Any]:
    """Sparse matrices (bins × STFT bins) that fold the long and the short transform to the pitch axis."""
    from scipy import sparse

    centres = LOWEST_HZ * 2.0 ** (np.arange(BINS) / BINS_PER_OCTAVE)
    matrices = []
    for size, wanted in ((_LONG, centres < _SPLIT_HZ), (_SHORT, centres >= _SPLIT_HZ)):
        step = RATE / size
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for row in np.flatnonzero(wanted):
            # a triangle of one bin's width, and never narrower than the transform can resolve
            half = max(centres[row] * (2.0 ** (1.0 / BINS_PER_OCTAVE) - 1.0), step)
            near = np.arange(
                max(0, int((centres[row] - half) / step)), min(size // 2, int((centres[row] + half) / step) + 1) + 1
            )
            weight = np.maximum(0.0, 1.0 - np.abs(near * step - centres[row]) / half)
            rows.extend([int(row)] * len(near))
            columns.extend(near.tolist())
            values.extend((weight / max(weight.sum(), 1e-9)).tolist())
        matrices.append(sparse.csr_matrix((values, (rows, columns)), shape=(BINS, size // 2 + 1), dtype=np.float32))
    return matrices[0], matrices[1]


def plane(folded: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The whitened plane (BINS, frames), float32, of a folded spectrum."""
    from scipy.ndimage import uniform_filter

    logged = np.log(folded + max(1e-4 * float(folded.max(initial=0.0)), 1e-12))
    white: npt.NDArray[np.float32] = logged - uniform_filter(logged, size=(_MEAN_BINS, _MEAN_FRAMES), mode="nearest")
    return white


def folded_spectrum(mono: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Magnitudes on the pitch axis, (BINS, frames), float32; blocks keep the memory flat."""
    from scipy import fft

    frames = max(1, len(mono) // HOP)
    padded = np.concatenate(
        [np.zeros(_LONG // 2, np.float32), mono.astype(np.float32, copy=False), np.zeros(_LONG, np.float32)]
    )
    out = np.zeros((BINS, frames), np.float32)
    block = 1500
    for matrix, size in zip(_folding(), (_LONG, _SHORT), strict=True):
        window = np.hanning(size).astype(np.float32) * (2.0 / size)
        lead = _LONG // 2 - size // 2
        for first in range(0, frames, block):
            last = min(first + block, frames)
            view = np.lib.stride_tricks.sliding_window_view(
                padded[lead + first * HOP : lead + (last - 1) * HOP + size], size
            )[::HOP]
            magnitude = np.abs(fft.rfft(view * window, axis=1)).astype(np.float32)
            out[:, first:last] += matrix @ magnitude.T
    return out


def hear(audio: Audio) -> npt.NDArray[np.float32]:
    """What identification hears of a recording: mono at 8 kHz, float32.

    Raises `IdentifyError` for audio shorter than `LEAST_SECONDS`, or with samples that are not finite.
    """
    if audio.duration_s < LEAST_SECONDS:
        raise IdentifyError(
            f"it lasts {audio.duration_s:.2f} s, and nothing can be told from less than {LEAST_SECONDS:.0f} s",
            "audio",
            "Give at least 3 seconds; 10 or more are better.",
        )
    import soxr

    mono = audio.mono()
    if not np.isfinite(mono).all():
        raise IdentifyError("some samples are no numbers", "audio", "Export the file again from its source.")
    if audio.rate == RATE:
        return np.ascontiguousarray(mono)
    return np.asarray(soxr.resample(mono, audio.rate, RATE, quality="MQ"), np.float32)


def find(mono: npt.NDArray[np.float32], per_second: int) -> Peaks:
    """The strongest local maxima of the whitened plane, at most `per_second` in each second.

    Args:
        mono: float32 (n,) at 8 kHz.
        per_second: how many peaks a second may keep.
    """
    return of_plane(plane(folded_spectrum(mono)), per_second)


def asked(mono: npt.NDArray[np.float32]) -> Peaks:
    """The peaks of 8 kHz samples in question, with the lift of their plane."""
    return of_question(folded_spectrum(mono))


def of_question(folded: npt.NDArray[np.float32]) -> Peaks:
    """The same, of a folded spectrum that is already there."""
    white = plane(folded)
    return replace(of_plane(white, QUERY_PER_SECOND), lift=_lift(white))


def _lift(white: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """A stroke of a drum raises all pitches of a moment alike: what all bins around share in it is taken away."""
    from scipy.ndimage import uniform_filter1d

    out = np.empty((BINS, white.shape[1] // LIFT_FRAMES), np.int8)
    block = 3000
    for first in range(0, out.shape[1] * LIFT_FRAMES, block):
        part = white[:, first : min(first + block, out.shape[1] * LIFT_FRAMES)]
        above = np.clip(part - uniform_filter1d(part, _MEAN_BINS, axis=0, mode="nearest"), _LIFT_LOW, _LIFT_HIGH)
        higher = np.maximum(above[:, ::LIFT_FRAMES], above[:, 1::LIFT_FRAMES])
        out[:, first // LIFT_FRAMES : first // LIFT_FRAMES + higher.shape[1]] = np.round(higher * _LIFT_STEPS)
    return out


def of_plane(white: npt.NDArray[np.float32], per_second: int) -> Peaks:
    """Peaks of a plane that is already there."""
    from scipy.ndimage import maximum_filter

    top = maximum_filter(white, size=(_PEAK_BINS, _PEAK_FRAMES), mode="nearest")
    rows, columns = np.nonzero((white >= top) & (white > 0.3))
    inner = (rows > 0) & (rows < BINS - 1)
    rows, columns = rows[inner], columns[inner]
    height = white[rows, columns]
    second = (columns / FRAMES_PER_SECOND).astype(np.int64)
    order = np.lexsort((-height, second))
    rank = np.arange(len(order)) - np.searchsorted(second[order], second[order])
    kept = np.sort(order[rank < per_second])
    rows, columns, height = rows[kept], columns[kept], height[kept]
    below, above = white[rows - 1, columns], white[rows + 1, columns]
    bend = below - 2 * height + above
    shift = np.where(bend < -1e-6, 0.5 * (below - above) / np.minimum(bend, -1e-6), 0.0)
    by_time = np.lexsort((rows, columns))
    return Peaks(
        columns[by_time].astype(np.int32),
        (rows + np.clip(shift, -0.5, 0.5))[by_time].astype(np.float32),
        height[by_time].astype(np.float32),
        white.shape[1],
    )
