"""Speed without pitch, pitch without speed: attacks are copied to their new places, what lies between is drawn out.

The phase vocoder (`vocoder.py`) changes the time of a whole mix along a map that stands still at strokes. For a stem of
percussion alone, strokes are set down sample for sample. Under a change of key the percussive part of clear strokes is
lifted out and laid back as it was, so that drums keep their tuning. Everything works in blocks; the same input gives
the same samples.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import copied, release, sample_buffer, silenced
from ritornello.studio.time_map import TimeMap, held, steady
from ritornello.studio.timeline import scaled
from ritornello.studio.vocoder import vocoded

Samples = npt.NDArray[np.float32]
Marks = npt.NDArray[np.int64]
Progress = Callable[[float], None]

_STROKE_BANDS = (0.0, 180.0, 700.0, 2000.0, 5000.0, 9000.0, 16_000.0)
_STROKE_FLOOR = 3e-4
_HELD_STROKE_DB = 4.5
"""Rise from which time stands still around a stroke."""
_CLEAR_STROKE_DB = 12.0
"""Rise from which the percussive part of a stroke keeps its tuning; softer ones hide better with the rest."""
_FORETOLD_FROM = 8
"""Samples from which the next one is foretold, so that what held on does not hide an onset."""
_BLOCK = 4096


def stretched(
    x: Samples,
    permille: int,
    cents: int,
    rate: int,
    out: Samples,
    progress: Progress | None = None,
    *,
    time: TimeMap | None = None,
) -> None:
    """Fill `out` with `x` at `permille` of its speed, shifted by `cents`. `out` has the scaled length of `x`.

    Speed 1000 and 0 cents copy the samples. `time` in place of a speed maps output to input samples as it says.
    """
    if permille == 1000 and cents == 0 and time is None:
        copied(x, out)
        return
    marks = strokes(x, rate, _HELD_STROKE_DB)
    base = time or steady(x.shape[0], out.shape[0])
    if not cents:
        vocoded(x, held(base, marks, rate), marks, rate, out, progress)
        return
    # as much longer as it will be played faster: a pitch is shifted by playing faster what was drawn out before
    ratio = 2 ** (cents / 1200)
    longer = sample_buffer(round(out.shape[0] * ratio), x.shape[1])
    far = TimeMap(base.result * ratio, base.source)
    vocoded(x, held(far, marks, rate), marks, rate, longer, progress)
    played(longer, ratio, rate, out)


def played(x: Samples, ratio: float, rate: int, out: Samples) -> None:
    """Fill `out` with `x` played `ratio` times as fast, as a turntable does (soxr, high quality, streamed)."""
    import soxr

    stream = soxr.ResampleStream(rate * ratio, rate, x.shape[1], dtype="float32", quality="HQ")
    at, block = 0, 2**17
    for first in range(0, x.shape[0], block):
        last = min(first + block, x.shape[0])
        part = stream.resample_chunk(np.ascontiguousarray(x[first:last]), last=last == x.shape[0])
        room = min(part.shape[0], out.shape[0] - at)
        out[at : at + room] = part[:room]
        at += room
        release(x)
        release(out)
    silenced(out[at:])


def strokes(x: Samples, rate: int, rise_db: float = 6.0) -> Marks:
    """Frames at which something is struck: where a band rises clearly above what it held in the 30 ms before.

    Six bands are watched apart, so that a soft hat is found beside the ring of a kick. Each stroke is placed 2 ms
    before its rise, so that the attack lies behind it.
    """
    from scipy.ndimage import maximum_filter1d

    window, hop = 2 * (rate // 172), rate // 344
    count = (x.shape[0] - window) // hop
    if count < 20:
        return np.zeros(0, dtype=np.int64)
    level = _levels(x, rate, window, hop, count)
    reach = max(4, round(0.030 * rate / hop))
    rise = np.empty(count, dtype=np.float32)
    middle = (reach - 2) // 2 + 1
    for first in range(0, count, _BLOCK):
        low, high = max(0, first - 2 * reach), min(count, first + _BLOCK + reach)
        part = level[low:high]
        past = np.full_like(part, -200.0)
        loudest = maximum_filter1d(part, reach - 2, axis=0, mode="nearest")
        past[reach:] = loudest[middle : middle + len(part) - reach]
        grown = np.max(part - past, axis=1)
        if low == 0:
            grown[:reach] = np.max(part[:reach] - part[:1], axis=1)
        rise[first : first + _BLOCK] = grown[first - low : first - low + _BLOCK]
    peak = (rise == maximum_filter1d(rise, 2 * round(0.02 * rate / hop) + 1)) & (rise > rise_db)
    out: list[int] = []
    for number, mark in enumerate(np.flatnonzero(peak).tolist()):
        first = max(0, (mark - 12) * hop)
        found = first + _onset(x[first : (mark + 1) * hop + window], mark * hop - first, hop)
        out.append(max(0, found - rate // 500))
        if number % 64 == 0:
            release(x)
    release(x)
    return np.unique(np.asarray(out, dtype=np.int64))


def _onset(x: Samples, about: int, hop: int) -> int:
    """The sample of `x` (frames, channels) at which a stroke begins, from four hops before `about` on.

    Found as seismologists pick the arrival of a wave: what sounded before is foretold sample by sample, and what cannot
    be foretold is taken for noise of one variance before the onset and of another after it; the onset is where both
    explain it best (Maeda 1985; Leonard and Kennett 1999). A threshold on the level lay up to 15 ms off in a song.
    """
    from scipy.linalg import solve_toeplitz
    from scipy.signal import lfilter

    start = max(0, about - 4 * hop)
    known = x[: max(start, hop)].astype(np.float64)
    likeness = np.asarray([(known[k:] * known[: len(known) - k]).sum() for k in range(_FORETOLD_FROM + 1)])
    likeness[0] += 1e-4 * likeness[0] + 1e-9
    weights = solve_toeplitz(likeness[:-1], likeness[1:])
    power = (lfilter(np.concatenate(([1.0], -weights)), 1.0, x, axis=0)[start:] ** 2).sum(axis=1)
    total = np.cumsum(power) + 1e-12
    before = np.arange(hop // 4, power.size - hop // 2)
    if not before.size:
        return about
    after = power.size - before
    sum_before = total[before - 1]
    sum_after = total[-1] - sum_before + 1e-12
    unlikely = before * np.log(sum_before / before) + after * np.log(sum_after / after)
    return start + int(before[np.argmin(unlikely)])


def _levels(x: Samples, rate: int, window: int, hop: int, count: int) -> Samples:
    """Decibels of each band at each hop, (count, bands), never far below the recording's own loud moments."""
    shape = np.hanning(window).astype(np.float32)
    edges = np.searchsorted(np.fft.rfftfreq(window, 1 / rate), _STROKE_BANDS)
    bands = np.empty((count, edges.size - 1), dtype=np.float32)
    for first in range(0, count, _BLOCK):
        last = min(first + _BLOCK, count)
        mono = np.ascontiguousarray(x[first * hop : (last - 1) * hop + window].mean(axis=1))
        frames = np.lib.stride_tricks.sliding_window_view(mono, window)[::hop]
        power = np.abs(np.fft.rfft(frames * shape, axis=1)) ** 2
        total = np.concatenate((np.zeros((power.shape[0], 1)), np.cumsum(power, axis=1)), axis=1)
        bands[first:last] = total[:, edges[1:]] - total[:, edges[:-1]]
        release(x)
    floor = (np.quantile(bands, 0.98, axis=0) * _STROKE_FLOOR + 1e-9).astype(np.float32)
    bands += floor
    np.log10(bands, out=bands)
    bands *= 10
    return bands


def moved_strokes(x: Samples, permille: int, rate: int, out: Samples) -> None:
    """Fill `out` with `x` at `permille` of its speed without stretching a sample of any stroke.

    From one stroke to the next the sound is copied; where it must last longer its decaying end is mirrored and faded,
    where it must be shorter its end gives way to the next stroke.
    """
    if permille == 1000:
        copied(x, out)
        return
    marks = strokes(x, rate)
    starts = np.unique(np.concatenate(([0], marks)))
    ends = np.append(starts[1:], x.shape[0])
    fade = max(8, rate // 400)
    down = np.cos((np.arange(fade, dtype=np.float32) + 0.5) / fade * np.float32(np.pi / 2))[:, None]
    up = down[::-1]
    silenced(out)
    spans: list[tuple[int, int]] = list(zip(starts.tolist(), ends.tolist(), strict=True))
    for start, end in spans:
        at = scaled(start, permille)
        room = (out.shape[0] if end == x.shape[0] else scaled(end, permille)) - at
        length = end - start
        if room <= 0:
            continue
        segment = np.array(x[start : start + min(length, room)])
        if room > length:
            more = min(room - length, length)
            gain = (1 - (np.arange(more, dtype=np.float32) + 1) / more)[:, None]
            segment = np.concatenate((segment, x[end - more : end][::-1] * gain))
        # the segment goes on for one fade below the next stroke, and comes in over one fade before its own
        extra = x[start + segment.shape[0] : start + segment.shape[0] + fade] if room <= length else segment[:0]
        stop = at + segment.shape[0]
        lead = min(fade, start, at)
        if lead == fade:
            out[at - fade : at] = out[at - fade : at] * down + x[start - fade : start] * up
        out[at:stop] = segment
        tail = min(extra.shape[0], out.shape[0] - stop)
        if tail == fade:
            out[stop : stop + fade] = extra * down
        release(x)
        release(out)


def with_transients(
    x: Samples, permille: int, cents: int, rate: int, out: Samples, progress: Progress | None = None
) -> None:
    """Fill `out` with `x` at `permille` of its speed and shifted by `cents`, drums keeping their tuning.

    Around each clear stroke its percussive part is lifted out, moved, and laid back as it was. Everything else is
    stretched and shifted as one, so that nothing falls apart into halves.
    """
    from ritornello.analysis import hpss
    from ritornello.analysis.model import Audio

    if cents == 0:
        stretched(x, permille, 0, rate, out, progress)
        return
    smooth, percussive = hpss.split(Audio(np.asarray(x), rate))
    if progress is not None:
        progress(0.4)
    marks = strokes(percussive.samples, rate, _CLEAR_STROKE_DB).tolist()
    shape = _stroke_shape(rate)[:, None]
    rest = smooth.samples
    lifted: list[tuple[int, int, int]] = []
    at = 0
    for mark, following in pairwise([*marks, x.shape[0]]):
        length = min(shape.shape[0], following - mark)
        copied(x[at:mark], rest[at:mark])
        rest[mark : mark + length] = x[mark : mark + length] - percussive.samples[mark : mark + length] * shape[:length]
        at = mark + length
        lifted.append((scaled(mark, permille), mark, length))
        for array in (x, rest, percussive.samples):
            release(array)
    copied(x[at:], rest[at:])
    stretched(rest, permille, cents, rate, out, progress)
    for place, mark, length in lifted:
        room = min(length, out.shape[0] - place)
        out[place : place + room] += percussive.samples[mark : mark + room] * shape[:room]
        release(out)
        release(percussive.samples)


def _stroke_shape(rate: int) -> npt.NDArray[np.float32]:
    """How much of the percussive part is lifted out around a stroke: in over 2 ms, 60 ms whole, out over 100 ms."""
    quarter = np.pi / 2
    rise = np.sin(np.linspace(0, quarter, rate // 500)) ** 2
    fall = np.cos(np.linspace(0, quarter, rate // 10)) ** 2
    return np.concatenate((rise, np.ones(rate * 6 // 100), fall)).astype(np.float32)
