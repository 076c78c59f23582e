"""Which seconds of a recording came from where? A mash-up's parts, their overlaps, and the seconds nobody owns.

Windows of eight seconds are identified one after the other; in each, the peaks that an accepted recording explains are
taken away and the rest is asked again, so that a quiet layer is heard under a loud one. Alignments that agree between
windows are one part; it grows over the seconds in which its peaks keep coinciding more often than chance. Seconds that
no part covers stay unknown: they are billed to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.identify import chance
from ritornello.identify.match import matches
from ritornello.identify.model import CONFIDENT, Answer, Tier
from ritornello.identify.peaks import BINS_PER_OCTAVE, FRAMES_PER_SECOND, Peaks
from ritornello.identify.segment import Segment
from ritornello.identify.verify import Alignment, matched

WINDOW_SECONDS, HOP_SECONDS = 8.0, 4.0
MOST_LAYERS = 3
GRID = 0.5
"""Seconds: the grain of a part's borders."""

_SAME_BINS, _SAME_SCALE, _SAME_FRAMES = 1.5, 0.02, 30
_HALF = 0.5
"""A part holds where its coinciding peaks stay above this share of its own level."""

_ALONE = 1e-3
"""A part seen in one window only must be this sure; one that neighbours confirm, as sure as any answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the query made of one recording under one alignment.

    Attributes:
        answer: where, how moved, how sure.
        presence: coinciding peaks per second beyond chance; how strongly it is heard.
    """

    answer: Answer
    presence: float

    @property
    def recording(self) -> str:
        return self.answer.recording


@dataclass(frozen=True, slots=True)
class Attribution:
    """What a recording is made of.

    Attributes:
        parts: in the order of the query; parts of different recordings may overlap.
        duration_shares: by recording, of the *known* seconds; a second with two recordings counts half for each.
        presence_shares: the same with each second divided by how strongly each recording is heard in it.
        known_seconds, unknown_seconds: they add up to the length of the audio.
    """

    parts: tuple[Part, ...]
    duration_shares: dict[str, float]
    presence_shares: dict[str, float]
    known_seconds: float
    unknown_seconds: float


@dataclass(slots=True)
class _Found:
    """An alignment in the frame of the whole query, with the windows that saw it."""

    segment: int
    number: int
    shift: float
    stretch: float
    offset: float
    windows: list[tuple[int, int]]
    score: float
    chance: float


def attribute(query: Peaks, segments: Sequence[Segment]) -> Attribution:
    """Divide a whole query by seconds among the recordings of an index."""
    found = _sweep(query, segments)
    cells = max(1, int(np.ceil(query.frames / FRAMES_PER_SECOND / GRID)))
    parts: list[Part] = []
    taken: dict[str, npt.NDArray[np.bool_]] = {}
    presence: dict[str, npt.NDArray[np.float64]] = {}
    for one in sorted(found, key=lambda each: (each.chance, -each.score, each.segment, each.number)):
        if one.chance > (_ALONE if len(one.windows) == 1 else CONFIDENT):
            continue
        name = segments[one.segment].names[one.number]
        level = _excess(query, segments[one.segment].peaks(one.number), one, cells)
        free = ~taken.setdefault(name, np.zeros(cells, np.bool_))
        for first, last in _grown(level, free, one, cells):
            free[first:last] = False
            taken[name][first:last] = True
            strength = float(level[first:last].mean()) / GRID
            presence.setdefault(name, np.zeros(cells))[first:last] += np.maximum(level[first:last], 0.05)
            parts.append(Part(_answer(name, one, first * GRID, last * GRID), strength))
    seconds = query.frames / FRAMES_PER_SECOND
    parts.sort(key=lambda part: (part.answer.query_seconds, part.recording))
    return _shared(tuple(parts), taken, presence, cells, seconds)


def _answer(name: str, one: _Found, start: float, end: float) -> Answer:
    at = [max(0.0, one.offset / FRAMES_PER_SECOND + second * one.stretch) for second in (start, end)]
    return Answer(
        name,
        Tier.TRANSFORMED,
        (start, end),
        (at[0], at[1]),
        -one.shift * 1200.0 / BINS_PER_OCTAVE,
        1.0 / one.stretch,
        one.score,
        one.chance,
    )


def _sweep(query: Peaks, segments: Sequence[Segment]) -> list[_Found]:
    """Every alignment that some window gives, those that agree joined."""
    found: list[_Found] = []
    window, hop = int(WINDOW_SECONDS * FRAMES_PER_SECOND), int(HOP_SECONDS * FRAMES_PER_SECOND)
    last_start = max(0, query.frames - window)
    for start in sorted({*range(0, last_start + 1, hop), last_start}):
        rest = query.between(start, start + window)
        for _ in range(MOST_LAYERS):
            if len(rest) < 20:
                break
            ranked = matches(rest, segments, 1)
            if not ranked or chance.of_score(ranked[0].score) > CONFIDENT:
                break
            best = ranked[0]
            reference = segments[best.segment].peaks(best.number)
            explained = np.zeros(len(rest), np.bool_)
            for alignment in best.alignments:
                explained |= matched(rest, reference, alignment)
                _join(found, best.segment, best.number, alignment, start, window, best.score)
            rest = rest.only(~explained)
    return found


def _join(
    found: list[_Found], segment: int, number: int, alignment: Alignment, start: int, window: int, score: float
) -> None:
    offset = alignment.offset - start * alignment.stretch
    middle = start + window / 2
    probability = chance.of_score(score)
    for one in found:
        there = one.offset + middle * one.stretch
        if (
            (one.segment, one.number) == (segment, number)
            and abs(one.shift - alignment.shift) < _SAME_BINS
            and abs(one.stretch / alignment.stretch - 1) < _SAME_SCALE
            and abs(there - offset - middle * alignment.stretch) < _SAME_FRAMES
        ):
            one.windows.append((start, start + window))
            if score > one.score:
                one.shift, one.stretch, one.offset = alignment.shift, alignment.stretch, offset
                one.score, one.chance = score, probability
            return
    found.append(
        _Found(
            segment,
            number,
            alignment.shift,
            alignment.stretch,
            offset,
            [(start, start + window)],
            score,
            probability,
        )
    )


def _excess(query: Peaks, reference: Peaks, one: _Found, cells: int) -> npt.NDArray[np.float64]:
    """Coinciding peaks in each half second beyond those that coincide at wrong offsets, smoothed over 2.5 s."""
    from ritornello.identify.verify_kernels import coinciding_pairs

    hit, by_chance, _, _ = coinciding_pairs(
        query.frame, query.pitch, reference.frame, reference.pitch, one.shift, one.stretch, one.offset
    )
    cell = np.minimum((query.frame / FRAMES_PER_SECOND / GRID).astype(np.int64), cells - 1)
    excess = np.bincount(cell, hit.astype(np.float64), cells) - np.bincount(cell, by_chance.astype(np.float64), cells)
    smooth: npt.NDArray[np.float64] = np.convolve(excess, np.full(5, 0.2), mode="same")
    return smooth


def _grown(
    level: npt.NDArray[np.float64], free: npt.NDArray[np.bool_], one: _Found, cells: int
) -> list[tuple[int, int]]:
    """Cells [first, last) around the windows of an alignment in which it keeps above half of its own level."""
    seen = np.zeros(cells, np.bool_)
    for start, stop in one.windows:
        seen[int(start / FRAMES_PER_SECOND / GRID) : int(np.ceil(stop / FRAMES_PER_SECOND / GRID))] = True
    own = float(np.median(np.sort(level[seen])[-max(1, int(seen.sum()) // 2) :]))
    if own <= 0.5:
        return []
    holds = (level > _HALF * own) & free
    runs: list[tuple[int, int]] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and first - runs[-1][1] <= 3 and free[runs[-1][1] : first].all():
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return [(first, last) for first, last in runs if last - first >= 3 and seen[first:last].any()]


def _shared(
    parts: tuple[Part, ...],
    taken: dict[str, npt.NDArray[np.bool_]],
    presence: dict[str, npt.NDArray[np.float64]],
    cells: int,
    seconds: float,
) -> Attribution:
    names = sorted({part.recording for part in parts})
    length = np.full(cells, GRID)
    length[-1] = seconds - GRID * (cells - 1)
    layers = np.zeros(cells)
    heard = np.zeros(cells)
    for name in names:
        layers += taken[name]
        heard += presence[name]
    known = float(length[layers > 0].sum())
    if known <= 0:
        return Attribution((), {}, {}, 0.0, seconds)
    by_time = {name: float((length * taken[name] / np.maximum(layers, 1)).sum()) / known for name in names}
    by_presence = {name: float((length * presence[name] / np.maximum(heard, 1e-9)).sum()) / known for name in names}
    return Attribution(parts, by_time, by_presence, known, seconds - known)
