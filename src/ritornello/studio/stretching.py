"""Speed without pitch, pitch without speed: Signalsmith Stretch in pieces, strokes of percussion moved untouched.

A stretcher smears attacks. So strokes of drums are not stretched: each is lifted out and set down, sample for sample,
where the new speed wants it, and only what sounds between strokes is shortened or drawn out. The library processes a
whole array at once, so long music goes through in pieces of at most a minute that are cut at a quiet point and joined
by a cross-fade. A pass never leaves the range 1/2 .. 2, where the library's result is repeatable; beyond it passes are
chained.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ritornello.studio.timeline import scaled

Samples = npt.NDArray[np.float32]
Progress = Callable[[float], None]

PIECE_S = 60
_EARLIEST_CUT_S = 45
_MARGIN_S = 0.3
_JOIN_S = 0.05
_STROKE_BANDS = (0.0, 180.0, 700.0, 2000.0, 5000.0, 9000.0, 16_000.0)
_STROKE_FLOOR = 3e-4
_CLEAR_STROKE_DB = 12.0
"""Rise from which a stroke in a whole mix is moved; softer ones hide better when stretched with the rest."""


def _quietest(x: Samples, start: int, end: int, rate: int) -> int:
    """The frame in [start, end) around which 20 ms hold the least energy."""
    cell = max(1, rate // 50)
    power = np.square(x[start:end].mean(axis=1))
    cells = power[: power.size // cell * cell].reshape(-1, cell).sum(axis=1)
    return start + int(np.argmin(cells)) * cell + cell // 2


def _pieces(x: Samples, rate: int) -> list[tuple[int, int]]:
    cuts = [0]
    while x.shape[0] - cuts[-1] > PIECE_S * rate:
        cuts.append(_quietest(x, cuts[-1] + _EARLIEST_CUT_S * rate, cuts[-1] + (PIECE_S - 1) * rate, rate))
    return list(zip(cuts, [*cuts[1:], x.shape[0]], strict=True))


def _one_pass(x: Samples, factor: float, cents: float, rate: int) -> Samples:
    import python_stretch

    stretcher = python_stretch.Signalsmith.Stretch()
    stretcher.preset(x.shape[1], float(rate))
    stretcher.setTimeFactor(factor)
    if cents:
        # above 8 kHz the shift is let go flat: brilliance stays where it is instead of aliasing or dulling
        stretcher.setTransposeSemitones(cents / 100, 8000 / rate)
    done = np.asarray(stretcher.process(np.ascontiguousarray(x.T)), dtype=np.float32)
    return np.ascontiguousarray(done.T)


def stretched(x: Samples, permille: int, cents: int, rate: int, out: Samples, progress: Progress | None = None) -> None:
    """Fill `out` with `x` at `permille` of its speed, shifted by `cents`. `out` has the scaled length of `x`.

    Speed 1000 and 0 cents copy the samples. Same input, same wheels: same samples.
    """
    if permille == 1000 and cents == 0:
        out[:] = x
        return
    speed = permille / 1000
    passes = max(1, math.ceil(abs(math.log2(speed)) - 1e-9), math.ceil(abs(cents) / 1200 - 1e-9))
    factor = speed ** (1 / passes)
    margin, join = int(_MARGIN_S * rate), int(_JOIN_S * rate)
    pieces = _pieces(x, rate)
    for k, (start, end) in enumerate(pieces):
        first, last = max(0, start - margin), min(x.shape[0], end + margin)
        y = np.asarray(x[first:last])
        for _ in range(passes):
            y = _one_pass(y, factor, cents / passes, rate)
        # the piece's own samples in the output: from half a join before its start to half a join after its end
        lead = join // 2 if start else 0
        begin = scaled(start, permille) - lead
        stop = out.shape[0] if end == x.shape[0] else scaled(end, permille) + join // 2
        offset = begin - round(first / speed)
        part = y[offset : offset + stop - begin]
        if start:
            angle = (np.arange(2 * lead, dtype=np.float32) + 0.5) / (2 * lead) * np.float32(np.pi / 2)
            part = part.copy()
            part[: 2 * lead] *= np.sin(angle)[:, None]
            out[begin : begin + 2 * lead] *= np.cos(angle)[:, None]
            out[begin : begin + part.shape[0]][: 2 * lead] += part[: 2 * lead]
            out[begin + 2 * lead : begin + part.shape[0]] = part[2 * lead :]
        else:
            out[begin : begin + part.shape[0]] = part
        if progress is not None:
            progress((k + 1) / len(pieces))


def strokes(x: Samples, rate: int, rise_db: float = 6.0) -> npt.NDArray[np.int64]:
    """Frames at which something is struck: where a band rises clearly above what it held in the 30 ms before.

    Six bands are watched apart, so that a soft hat is found beside the ring of a kick. Each stroke is placed 2 ms
    before its rise, so that the attack lies behind it.
    """
    from scipy.ndimage import maximum_filter1d

    window, hop = 2 * (rate // 172), rate // 344
    mono = x.mean(axis=1)
    count = (mono.size - window) // hop
    if count < 20:
        return np.zeros(0, dtype=np.int64)
    frames = np.lib.stride_tricks.sliding_window_view(mono, window)[::hop][:count]
    shape = np.hanning(window).astype(np.float32)
    edges = np.searchsorted(np.fft.rfftfreq(window, 1 / rate), _STROKE_BANDS)
    bands = np.empty((count, edges.size - 1))
    for first in range(0, count, 8192):
        power = np.abs(np.fft.rfft(frames[first : first + 8192] * shape, axis=1)) ** 2
        total = np.concatenate((np.zeros((power.shape[0], 1)), np.cumsum(power, axis=1)), axis=1)
        bands[first : first + 8192] = total[:, edges[1:]] - total[:, edges[:-1]]
    floor = np.quantile(bands, 0.98, axis=0) * _STROKE_FLOOR + 1e-9
    level = 10 * np.log10(bands + floor)
    past = np.full_like(level, -200.0)
    reach = max(4, round(0.030 * rate / hop))
    held = maximum_filter1d(level, reach - 2, axis=0, mode="nearest")
    middle = (reach - 2) // 2 + 1
    past[reach:] = held[middle : middle + count - reach]
    rise = np.max(level - past, axis=1)
    rise[:reach] = np.max(level[:reach] - level[:1], axis=1)
    peak = (rise == maximum_filter1d(rise, 2 * round(0.02 * rate / hop) + 1)) & (rise > rise_db)
    out: list[int] = []
    bright = np.abs(np.diff(mono, prepend=mono[:1])) + 0.05 * np.abs(mono)
    for mark in np.flatnonzero(peak).tolist():
        begin, end = max(0, (mark - 3) * hop), mark * hop + window
        part = bright[begin:end]
        out.append(max(0, begin + int(np.argmax(part > 0.3 * part.max())) - rate // 500))
    return np.unique(np.asarray(out, dtype=np.int64))


def moved_strokes(x: Samples, permille: int, rate: int, out: Samples) -> None:
    """Fill `out` with `x` at `permille` of its speed without stretching a sample of any stroke.

    From one stroke to the next the sound is copied; where it must last longer its decaying end is mirrored and faded,
    where it must be shorter its end gives way to the next stroke.
    """
    if permille == 1000:
        out[:] = x
        return
    marks = strokes(x, rate)
    starts = np.unique(np.concatenate(([0], marks)))
    ends = np.append(starts[1:], x.shape[0])
    fade = max(8, rate // 400)
    down = np.cos((np.arange(fade, dtype=np.float32) + 0.5) / fade * np.float32(np.pi / 2))[:, None]
    up = down[::-1]
    out[:] = 0
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


def with_transients(
    x: Samples, permille: int, cents: int, rate: int, out: Samples, progress: Progress | None = None
) -> None:
    """Fill `out` with `x` at `permille` of its speed and shifted by `cents`.

    Around each clear stroke its percussive part is lifted out, moved, and laid back as it was: drums keep attack and
    tuning. Everything else is stretched and shifted as one, so that nothing falls apart into halves.
    """
    from ritornello.analysis import hpss
    from ritornello.analysis.buffers import sample_buffer
    from ritornello.analysis.model import Audio

    if permille == 1000 and cents == 0:
        out[:] = x
        return
    _, percussive = hpss.split(Audio(np.asarray(x), rate))
    if progress is not None:
        progress(0.4)
    marks = strokes(percussive.samples, rate, _CLEAR_STROKE_DB).tolist()
    shape = _stroke_shape(rate)[:, None]
    smooth = sample_buffer(x.shape[0], x.shape[1])
    smooth[:] = x
    lifted: list[tuple[int, Samples]] = []
    for mark, following in zip(marks, [*marks[1:], x.shape[0]], strict=True):
        length = min(shape.shape[0], following - mark)
        stroke = percussive.samples[mark : mark + length] * shape[:length]
        smooth[mark : mark + length] -= stroke
        lifted.append((scaled(mark, permille), stroke))
    del percussive
    stretched(smooth, permille, cents, rate, out, progress)
    for at, stroke in lifted:
        room = min(stroke.shape[0], out.shape[0] - at)
        out[at : at + room] += stroke[:room]


def _stroke_shape(rate: int) -> npt.NDArray[np.float32]:
    """How much of the percussive part is lifted out around a stroke: in over 2 ms, 60 ms whole, out over 100 ms."""
    quarter = np.pi / 2
    rise = np.sin(np.linspace(0, quarter, rate // 500)) ** 2
    fall = np.cos(np.linspace(0, quarter, rate // 10)) ** 2
    return np.concatenate((rise, np.ones(rate * 6 // 100), fall)).astype(np.float32)
