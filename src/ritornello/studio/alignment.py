"""Finding an original inside a derivative: at which speed, in which key, and from where each moment was taken.

First a scan: excerpts of the derivative, read at every speed from half to double, are matched against the original in
every position and every transposition at once (a two-dimensional correlation of pitch classes). Then the whole
derivative is traced through the original by dynamic programming that likes to go on and pays for each leap. Last, each
run is placed to a few milliseconds by its attacks, and one speed is fitted through all runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.studio.hearing import ATTACK_HOP, RATE, STEPS, TONE_HOP, Array, Heard, folded, pooled, warped

_EXCERPT_S = 10.0
_EXCERPTS = 12
_LEAP = 1.5
"""What a leap to another place costs, in frames of perfect agreement: a third of a second."""
_STRANGER = 0.35
"""Agreement below which a moment counts as not taken from the original."""
_SHORTEST_RUN_S = 1.0
_LONGEST_TRACE = 3000
_LEAST_STRUCK, _LEAST_SUNG = 0.3, 0.5
"""Correlation from which a placement counts, by attacks and by tones."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of the derivative taken in one piece from the original: seconds in each, and agreement 0..1."""

    start: float
    end: float
    origin: float
    agreement: float


@dataclass(frozen=True, slots=True)
class Aligned:
    """`speed` is derivative over original (1.06: faster); `cents` the coarse transposition; `offsets` fine placements.

    A placement is (seconds in the derivative, seconds in the original, weight, number of its run). `spread` is the
    scatter of placements about the fitted speed in seconds, `speed_error` the standard error of the speed.
    """

    speed: float
    speed_error: float
    cents: int
    score: float
    runs: tuple[Run, ...]
    offsets: tuple[tuple[float, float, float, int], ...]
    spread: float


def align(original: Heard, derivative: Heard) -> Aligned | None:
    """How `derivative` was made from `original`; None where nothing in it was."""
    found = scan(original, derivative)
    if found is None:
        return None
    speed, step, score = found
    step = _octave(original, derivative, speed, step)
    runs: tuple[Run, ...] = ()
    offsets: list[tuple[float, float, float, int]] = []
    error = spread = 1.0
    for attempt in range(5):
        runs = trace(original, derivative, speed, step)
        if not runs:
            return None
        offsets = placed(original, derivative, speed, step, runs)
        fitted = _fit(offsets, speed)
        if fitted is None:
            return None
        better, error, spread = fitted
        settled = abs(better / speed - 1) < 2e-4
        speed = better
        if settled and attempt:
            break
    return Aligned(speed, error, step * 1200 // STEPS, score, runs, tuple(offsets), spread)


def _octave(original: Heard, derivative: Heard, speed: float, step: int) -> int:
    """Pitch classes do not tell a fifth up from a fourth down: the octave whose tones agree best along a trace."""

    def agreement(candidate: int) -> float:
        runs = trace(original, derivative, speed, candidate)
        return sum((run.end - run.start) * run.agreement**2 for run in runs)

    nearby = [candidate for candidate in (step, step - STEPS, step + STEPS) if abs(candidate) <= STEPS * 3 // 2]
    return max(nearby, key=agreement)


def scan(original: Heard, derivative: Heard) -> tuple[float, int, float] | None:
    """(speed, transposition in pitch steps, mean agreement) that most excerpts of the derivative agree on."""
    pool = max(10, int(np.ceil(original.tones.shape[0] / _LONGEST_TRACE)))
    a = pooled(folded(original.tones), pool)
    b = pooled(folded(derivative.tones), pool)
    fps = RATE / TONE_HOP / pool
    length = int(_EXCERPT_S * fps)
    if a.shape[0] < length // 2 or b.shape[0] < length // 2:
        return None
    length = min(length, b.shape[0])
    starts = np.unique(np.linspace(0, b.shape[0] - length, _EXCERPTS).astype(int))
    size = int(2 ** np.ceil(np.log2(a.shape[0] + 2 * length + 1)))
    spectrum = np.fft.rfft2(a.T, s=(STEPS, size))
    energy = np.concatenate(([0.0], np.cumsum(np.sum(a * a, axis=1))))
    best: tuple[float, int, float] | None = None
    for speed in np.geomspace(0.5, 2.0, 140):
        total = np.zeros(STEPS)
        for start in starts:
            excerpt = warped(b[start : start + length], speed)
            n = excerpt.shape[0]
            match = np.fft.irfft2(spectrum * np.conj(np.fft.rfft2(excerpt.T, s=(STEPS, size))), s=(STEPS, size))
            valid = max(1, a.shape[0] - n // 2)
            local = energy[np.minimum(np.arange(valid) + n, a.shape[0])] - energy[np.arange(valid)]
            norm = np.sqrt(np.maximum(local, 0.25 * n * float(np.mean(np.sum(a * a, axis=1))))) * np.linalg.norm(
                excerpt
            )
            total += (match[:, :valid] / np.maximum(norm, 1e-6)).max(axis=1)
        total /= starts.size
        # pitch row k of the correlation: the original lies k steps above the derivative
        k = int(np.argmax(total))
        if best is None or total[k] > best[2]:
            step = -k % STEPS
            best = (float(speed), step - STEPS if step > STEPS // 2 else step, float(total[k]))
    return best


def trace(original: Heard, derivative: Heard, speed: float, step: int) -> tuple[Run, ...]:
    """The runs of the derivative through the original at a known speed and transposition."""
    pool = max(12, int(np.ceil(max(original.tones.shape[0], derivative.tones.shape[0] * speed) / _LONGEST_TRACE)))
    a = _unit(pooled(_transposed(original.tones, step), pool))
    b = _unit(pooled(warped(derivative.tones, speed), pool))
    fps = RATE / TONE_HOP / pool
    agreement = _along_diagonals(b @ a.T, int(2.0 * fps))
    path = _cheapest(agreement)
    runs = []
    start = 0
    for k in range(1, path.size + 1):
        if k == path.size or path[k] < 0 or path[k - 1] < 0 or path[k] != path[k - 1] + 1:
            if path[start] >= 0 and k - start >= _SHORTEST_RUN_S * fps:
                value = float(np.mean([agreement[j, path[j]] for j in range(start, k)]))
                runs.append(Run(start / fps / speed, k / fps / speed, float(path[start]) / fps, value))
            start = k
    return tuple(runs)


def _transposed(tones: Array, step: int) -> Array:
    out = np.zeros_like(tones)
    if step >= 0:
        out[:, step:] = tones[:, : tones.shape[1] - step]
    else:
        out[:, :step] = tones[:, -step:]
    return out


def _unit(features: Array) -> Array:
    centred = features - features.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(np.where(norm > 1e-4, centred / np.maximum(norm, 1e-6), 0), dtype=np.float32)


def _along_diagonals(matrix: Array, width: int) -> Array:
    """Mean agreement of `width` successive pairs about each pair: music matches in passages, not in moments."""
    width = max(1, width | 1)
    rows, columns = matrix.shape
    skewed = np.zeros((rows, rows + columns), dtype=np.float32)
    for k in range(rows):  # row k shifted so that diagonals become columns
        skewed[k, rows - 1 - k : rows - 1 - k + columns] = matrix[k]
    from scipy.ndimage import uniform_filter1d

    smooth = uniform_filter1d(skewed, width, axis=0, mode="constant")
    counts = uniform_filter1d(np.ones(rows, dtype=np.float32), width, mode="constant")
    smooth /= counts[:, None]
    return np.stack([smooth[k, rows - 1 - k : rows - 1 - k + columns] for k in range(rows)])


def _cheapest(agreement: Array) -> npt.NDArray[np.int64]:
    """For each frame the frame of the original it comes from, -1 where from none: Viterbi with free going on."""
    rows, columns = agreement.shape
    gain = agreement - _STRANGER
    score = np.append(gain[0], 0.0)
    came = np.zeros((rows, columns + 1), dtype=np.int32)
    for k in range(1, rows):
        top = int(np.argmax(score))
        leap = score[top] - _LEAP
        onward = np.concatenate(([-np.inf], score[: columns - 1]))
        better = onward >= leap
        came[k, :columns] = np.where(better, np.arange(columns) - 1, top)
        following = np.where(better, onward, leap) + gain[k]
        nowhere = max(score[columns], leap)
        came[k, columns] = columns if score[columns] >= leap else top
        score = np.append(following, nowhere)
    path = np.zeros(rows, dtype=np.int64)
    path[-1] = int(np.argmax(score))
    for k in range(rows - 1, 0, -1):
        path[k - 1] = came[k, path[k]]
    return np.where(path == columns, -1, path)


def placed(
    original: Heard, derivative: Heard, speed: float, step: int, runs: tuple[Run, ...]
) -> list[tuple[float, float, float, int]]:
    """Fine placements along each run, by attacks where there are enough of them, else by tones.

    Attacks place a window to a millisecond or two, but soft music has few of them, and a layer of drums of somebody
    else's hides them; tones place it to about ten.
    """
    struck = _placements(original.attacks, derivative.attacks, RATE / ATTACK_HOP, speed, runs, 3.0, _LEAST_STRUCK)
    windows = sum(max(1, int(run.end - run.start) - 2) for run in runs)
    if len(struck) >= max(5, 0.3 * windows):
        return struck
    tones = _transposed(original.tones, step)
    return _placements(tones, derivative.tones, RATE / TONE_HOP, speed, runs, 5.0, _LEAST_SUNG)


def along_line(
    original: Heard, derivative: Heard, slope: float, start: float, cents: int, length: float
) -> list[tuple[float, float, float]]:
    """(second, second in the original, weight) of window centres near the line original = start + slope x derivative.

    Short windows follow a singer more closely than `placed` does, once the line is known.
    """
    begin = max(0.0, -start / slope)
    run = Run(begin, derivative.seconds, start + slope * begin, 1.0)
    tones = _transposed(original.tones, cents * STEPS // 1200)
    found = _placements(tones, derivative.tones, RATE / TONE_HOP, slope, (run,), length, _LEAST_SUNG)
    return [(t + length / 2, o + slope * length / 2, quality) for t, o, quality, _ in found]


def _placements(
    original: Array,
    derivative: Array,
    fps: float,
    speed: float,
    runs: tuple[Run, ...],
    length: float,
    least: float,
) -> list[tuple[float, float, float, int]]:
    """Windows of `length` seconds a second apart, each matched within a third of a second of where its run puts it."""
    reach = int(0.35 * fps)
    out = []
    for number, run in enumerate(runs):
        window = min(length, run.end - run.start)
        for centre in np.arange(run.start + window / 2, run.end - window / 2 + 1e-6, 1.0):
            begin = int((centre - window / 2) * fps)
            origin = run.origin + (begin / fps - run.start) * speed
            n = int(window * speed * fps)
            first = round(origin * fps) - reach
            reference = original[max(0, first) : max(0, first) + n + 2 * reach]
            part = derivative[begin : begin + int(window * fps) + 1]
            if first < 0 or reference.shape[0] < n + 2 * reach or part.shape[0] < 20:
                continue
            lag, quality = _best_lag(reference, warped(part, speed, n))
            if quality > least:
                out.append((begin / fps, (first + lag) / fps, quality, number))
    return out


def _best_lag(reference: Array, excerpt: Array) -> tuple[float, float]:
    """Where `excerpt` fits best into `reference`, to a fraction of a frame, and how well (a correlation)."""
    n = excerpt.shape[0]
    size = int(2 ** np.ceil(np.log2(reference.shape[0] + n)))
    left = reference - reference.mean(axis=0)
    right = excerpt - excerpt.mean(axis=0)
    product = np.fft.rfft(left, size, axis=0) * np.conj(np.fft.rfft(right, size, axis=0))
    match = np.fft.irfft(product.sum(axis=1), size)[: reference.shape[0] - n + 1]
    power = np.concatenate(([0.0], np.cumsum(np.sum(left * left, axis=1))))
    local = power[n:] - power[: power.size - n]
    curve = match / np.maximum(np.sqrt(local[: match.size] * np.sum(right * right)), 1e-9)
    k = int(np.argmax(curve))
    quality = float(curve[k])
    if 0 < k < curve.size - 1:
        a, b, c = curve[k - 1], curve[k], curve[k + 1]
        bend = a - 2 * b + c
        return k + (0.5 * float((a - c) / bend) if bend < 0 else 0.0), quality
    return float(k), quality


def _fit(offsets: list[tuple[float, float, float, int]], speed: float) -> tuple[float, float, float] | None:
    """(speed, its standard error, scatter in seconds): one slope through all runs, an intercept each, robustly."""
    if len(offsets) < 2:
        return (speed, 1.0, 1.0) if offsets else None
    t, o, w, run = (np.asarray(column) for column in zip(*offsets, strict=True))
    keep = np.ones(t.size, dtype=bool)
    slope, error, spread = speed, 1.0, 1.0
    for _ in range(8):
        weight = w * keep
        total = np.maximum(np.bincount(run, weight), 1e-12)
        tc = t - (np.bincount(run, weight * t) / total)[run]
        oc = o - (np.bincount(run, weight * o) / total)[run]
        lever = float(np.sum(weight * tc * tc))
        if lever < 1e-6:
            return speed, 1.0, 1.0
        slope = float(np.sum(weight * tc * oc) / lever)
        residual = oc - slope * tc
        spread = float(np.sqrt(np.sum(weight * residual**2) / np.sum(weight)))
        error = spread / np.sqrt(lever / float(np.mean(w[keep])))
        limit = max(0.004, 2.5 * float(np.median(np.abs(residual[keep]))) * 1.4826)
        closer = np.abs(residual) <= limit
        if np.array_equal(closer, keep) or closer.sum() < 3:
            break
        keep = closer
    return slope, float(error), spread
