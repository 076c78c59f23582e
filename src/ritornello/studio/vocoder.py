"""Any change of time without a change of pitch: a phase vocoder of our own, in three resolutions.

Low tones need long windows to be told apart, attacks need short ones to stay sharp; so three spectra are taken, each
answers for its own part of the frequencies, and together they are whole. Every output hop reads the input at two places
one hop apart: the turn between them is how each tone goes on (Puckette 1995; Laroche and Dolson 1999 for what belongs
to a peak). At strokes what newly sounds keeps the phases of the input. Memory is that of one block.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import release, silenced
from ritornello.studio.time_map import TimeMap
from ritornello.studio.vocoder_kernel import turned

Samples = npt.NDArray[np.float32]
Progress = Callable[[float], None]

_RESOLUTIONS = ((4096, 0.0, 800.0), (2048, 800.0, 4000.0), (1024, 4000.0, 0.0))
"""Window at 44.1 kHz and the frequencies in Hz that it answers for (0: no limit)."""
_OVERLAP = 4
_EDGE = _OVERLAP // 2
_CROSSING_OCTAVES = 0.25
_GROWTH = 2.25
"""Growth of power over three frames from which a peak at a stroke is new."""
_BLOCK = 96


def vocoded(
    x: Samples,
    time: TimeMap,
    strokes: npt.NDArray[np.int64],
    rate: int,
    out: Samples,
    progress: Progress | None = None,
) -> None:
    """Fill `out` (frames, channels) with `x` as `time` maps it; `strokes` are samples of `x`. One or two channels.

    Where the map lies outside the input there is silence. The same input gives the same samples.
    """
    if x.shape[1] not in (1, 2) or out.shape[1] != x.shape[1]:
        raise ValueError(f"one or two channels, the same in and out, not {x.shape[1]} and {out.shape[1]}")
    scale = 2.0 ** round(np.log2(rate / 44_100))
    silenced(out)
    marks = time.result_at(strokes) if strokes.size else np.zeros(0)
    for number, (window, low, high) in enumerate(_RESOLUTIONS):

        def tell(part: float, done: int = number) -> None:
            if progress is not None:
                progress((done + part) / len(_RESOLUTIONS))

        _resolution(x, time, marks, max(64, int(window * scale)), low, high, rate, out, tell)


def _resolution(
    x: Samples,
    time: TimeMap,
    marks: npt.NDArray[np.float64],
    window: int,
    low: float,
    high: float,
    rate: int,
    out: Samples,
    tell: Progress,
) -> None:
    """Add to `out` what the window answers for."""
    from scipy.fft import irfft, rfft

    hop, half = window // _OVERLAP, window // 2
    channels = x.shape[1]
    gain = band_gain(window, low, high, rate)
    answered = np.flatnonzero(gain)
    if not answered.size:
        return
    bins = slice(int(answered[0]), int(answered[-1]) + 1)
    shape = _hann(window)
    back = shape * np.float32(1 / (shape.astype(np.float64) ** 2).reshape(_OVERLAP, -1).sum(axis=0).mean())
    # windows that reach into the first and the last sample from outside belong to the sum as well
    total = out.shape[0] // hop + 2 * _EDGE + 1
    struck = np.zeros(total, dtype=bool)
    # slowed, the longest window sees a stroke before it has begun: there the last hop before it is fresh already
    early = 0.5 if time.slows and not low else 0.0
    at = np.floor(marks / hop + 0.5 - early).astype(np.int64) + _EDGE
    struck[at[(at >= 0) & (at < total)]] = True
    width = bins.stop - bins.start
    last, levels = np.zeros(width, dtype=np.complex64), np.zeros((3, width), dtype=np.float32)
    carried = np.zeros((window, channels), dtype=np.float32)
    for first in range(0, total, _BLOCK):
        count = min(_BLOCK, total - first)
        places = np.round(time.source_at((first - _EDGE + np.arange(count)) * hop)).astype(np.int64)
        here = rfft(_frames(x, places - half, window) * shape, axis=2)
        before = rfft(_frames(x, places - half - hop, window) * shape, axis=2)
        part = np.ascontiguousarray(here[:, :, bins])
        turned(part, np.ascontiguousarray(before[:, :, bins]), gain[bins], struck[first : first + count], last,
               levels, _GROWTH, first > 0)  # fmt: skip
        here[:] = 0
        here[:, :, bins] = part
        pieces = irfft(here, axis=2) * back
        piece = np.zeros(((count - 1) * hop + window, channels), dtype=np.float32)
        piece[:window] = carried
        for k in range(count):
            piece[k * hop : k * hop + window] += pieces[k].T
        begin = (first - _EDGE) * hop - half
        ready = count * hop
        start, stop = max(0, begin), min(out.shape[0], begin + ready)
        if stop > start:
            out[start:stop] += piece[start - begin : stop - begin]
        carried[:] = 0
        rest = piece[ready:]
        carried[: rest.shape[0]] = rest
        release(x)
        release(out)
        tell(min(1.0, (first + count) / total))


def _frames(x: Samples, starts: npt.NDArray[np.int64], window: int) -> Samples:
    """Windows of `x` at `starts`, zero where they lie outside: (frames, channels, window)."""
    out = np.zeros((starts.size, x.shape[1], window), dtype=np.float32)
    for k, start in enumerate(starts.tolist()):
        a, b = max(0, start), min(x.shape[0], start + window)
        if b > a:
            out[k, :, a - start : b - start] = x[a:b].T
    return out


def band_gain(window: int, low: float, high: float, rate: int) -> npt.NDArray[np.float32]:
    """How much a resolution answers for each spectral bin; over all resolutions the gains add up to one."""
    hertz = np.maximum(np.arange(window // 2 + 1) * rate / window, 1.0)

    def above(corner: float) -> npt.NDArray[np.float64]:
        return np.clip(0.5 + np.log2(hertz / corner) / _CROSSING_OCTAVES, 0.0, 1.0)

    gain = np.ones(hertz.size)
    if low:
        gain *= above(low)
    if high:
        gain *= 1 - above(high)
    return gain.astype(np.float32)


@lru_cache(maxsize=16)
def _hann(size: int) -> Samples:
    return np.hanning(size + 1)[:-1].astype(np.float32)
