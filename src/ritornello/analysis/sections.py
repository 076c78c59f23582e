"""The form of a recording: spans of bars that belong together, and which of them are the same.

Bars are the unit, so every boundary is a downbeat. A boundary is worth something where the four bars before and after
differ in harmony or in sound, or where a cymbal marks the start; sections of eight bars are likelier than of seven. The
best set of boundaries is found as a whole by dynamic programming, and then spans that sound alike share a letter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.model import Section

Grid = NDArray[np.float32]
Floats = NDArray[np.float64]

_LONGEST = 40
_REACH = 4
_THRESHOLD = 0.9
_SAME = 0.55


def of_bars(chroma: Grid, sound: Grid, marks: NDArray[np.int64], end: int) -> tuple[Section, ...]:
    """Sections from the chroma (bars, metre · 12) and the level per band (bars, bands).

    ``marks`` are the samples of the downbeats, one per bar; ``end`` where the last bar ends. Fewer than eight bars are
    one section.
    """
    count = len(marks)
    if count == 0:
        return ()
    if count < 8:
        return (Section(int(marks[0]), end, "A"),)
    novelty = _novelty(chroma, sound)
    starts = _best_starts(novelty)
    spans = list(zip(starts, [*starts[1:], count], strict=True))
    letters = _letters(chroma, sound, spans)
    edges = [int(marks[start]) for start in starts] + [end]
    return tuple(
        Section(edges[index], edges[index + 1], letter)
        for index, letter in enumerate(letters)
        if edges[index + 1] > edges[index]
    )


def _novelty(chroma: Grid, sound: Grid) -> Floats:
    """How likely a section begins with each bar: 0 is the quiet of this recording, 1 one clear cue, 3 all of them."""
    count = len(chroma)
    harmony, level = _unit(chroma), _whitened(sound)
    in_order, together, timbre = np.zeros(count), np.zeros(count), np.zeros(count)
    for bar in range(1, count):
        reach = min(_REACH, bar, count - bar)
        before, after = harmony[bar - reach : bar], harmony[bar : bar + reach]
        trust = reach / _REACH
        in_order[bar] = trust * (1.0 - float((before * after).sum(axis=1).mean()))
        a, b = before.mean(axis=0), after.mean(axis=0)
        together[bar] = trust * (1.0 - float(a @ b) / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-9))
        apart = level[bar - reach : bar].mean(axis=0) - level[bar : bar + reach].mean(axis=0)
        timbre[bar] = trust * float(np.sqrt((apart**2).mean()))
    total = np.zeros(count)
    for values, weight in ((in_order, 0.8), (together, 0.3), (timbre, 1.2), (_crash(sound), 0.8)):
        total[1:] += weight * np.clip(values[1:] - np.quantile(values[1:], 0.25), 0.0, 1.5)
    out = np.full(count, -np.inf)
    for bar in range(2, count - 1):
        if total[bar] >= total[max(1, bar - 3) : bar + 4].max():
            out[bar] = total[bar]
    return out


def _crash(sound: Grid) -> Floats:
    """How much brighter each bar is than the one before and the one after, in units of 6 dB: a cymbal marks a start."""
    bright = np.log2(sound[:, -8:].astype(np.float64).mean(axis=1) + 1e-3 * float(sound.mean()) + 1e-12)
    before = np.concatenate([bright[:1], bright[:-1]])
    after = np.concatenate([bright[1:], bright[-1:]])
    out: Floats = np.clip(bright - np.maximum(before, after), 0.0, 1.0)
    return out


def _unit(grid: Grid) -> Floats:
    rows = grid.astype(np.float64)
    rows = rows - rows.mean(axis=0)
    out: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return out


def _whitened(sound: Grid) -> Floats:
    rows = np.log(sound.astype(np.float64) + 1e-3 * float(sound.mean()) + 1e-12)
    out: Floats = (rows - rows.mean(axis=0)) / (rows.std(axis=0) + 0.1)
    return out


def _length_favour(bars: int) -> float:
    if bars % 8 == 0:
        return 0.4
    if bars % 4 == 0:
        return 0.2
    return 0.0 if bars % 2 == 0 and bars > 3 else -0.3 if bars > 3 else -1.0


def _best_starts(novelty: Floats) -> list[int]:
    """First bars of the sections whose boundaries and lengths are worth most together."""
    count = len(novelty)
    score = np.full(count + 1, -np.inf)
    origin = np.zeros(count + 1, dtype=np.int64)
    score[0] = 0.0
    for end in range(1, count + 1):
        for start in range(max(0, end - _LONGEST), end):
            if score[start] == -np.inf:
                continue
            # the last section may be cut off by the end of the recording, so its length says nothing
            favour = (0.0 if end - start > 3 else -1.0) if end == count else _length_favour(end - start)
            gain = (novelty[end] - _THRESHOLD if end < count else 0.0) + favour
            if score[start] + gain > score[end]:
                score[end] = score[start] + gain
                origin[end] = start
    starts, at = [], count
    while at > 0:
        at = int(origin[at])
        starts.append(at)
    return starts[::-1]


def _letters(chroma: Grid, sound: Grid, spans: list[tuple[int, int]]) -> list[str]:
    """A letter per span in order of appearance; a span takes the letter of the earlier one it is most alike."""
    harmony, level = _unit(chroma), _whitened(sound)
    letters: list[str] = []
    examples: list[tuple[int, int]] = []
    for start, end in spans:
        best, at = _SAME, -1
        for number, (first, last) in enumerate(examples):
            length = min(end - start, last - first)
            a, b = harmony[start : start + length], harmony[first : first + length]
            tonal = float((a * b).sum(axis=1).mean())
            x, y = level[start:end].mean(axis=0), level[first:last].mean(axis=0)
            likeness = tonal - 0.25 * float(np.sqrt(((x - y) ** 2).mean()))
            if likeness > best:
                best, at = likeness, number
        if at < 0:
            examples.append((start, end))
            at = len(examples) - 1
        letters.append(_letter(at))
    return letters


def _letter(number: int) -> str:
    """A, B … Z, AA, AB …"""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
