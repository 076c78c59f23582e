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
from ritornello.identify.match import Match, matches
from ritornello.identify.model import CONFIDENT, Answer, Tier
from ritornello.identify.peaks import BINS_PER_OCTAVE, FRAMES_PER_SECOND, LIFT_FRAMES, Peaks
from ritornello.identify.pieces import Report, silent
from ritornello.identify.segment import Segment, hours_of
from ritornello.identify.verify import Alignment, unexplained

WINDOW_SECONDS, HOP_SECONDS = 8.0, 4.0
MOST_LAYERS = 3
GRID = 0.5
"""Seconds: the grain of a part's borders."""

_SAME_BINS, _SAME_SCALE, _SAME_FRAMES = 1.5, 0.02, 30
_MASKED = 0.2
"""Under another recording a part keeps at least this share of what it reaches where it is heard best."""

_CHANGE = 4.0
"""Nats of evidence that it takes to believe that a part begins or ends."""

_BY_ITSELF = 15.0
"""Nats from which a stretch counts that no window saw, where the same alignment was found elsewhere."""

_ALONE = 1e-3
"""A part seen in one window only must be at least this sure, also where there are few windows."""


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


def attribute(query: Peaks, segments: Sequence[Segment], report: Report = silent) -> Attribution:
    """Divide a whole query by seconds among the recordings of an index; `report` hears how far it is."""
    found, windows = _sweep(query, segments, report)
    cells = max(1, int(np.ceil(query.frames / FRAMES_PER_SECOND / GRID)))
    parts: list[Part] = []
    taken: dict[str, npt.NDArray[np.bool_]] = {}
    presence: dict[str, npt.NDArray[np.float64]] = {}
    for one in sorted(found, key=lambda each: (each.chance, -each.score, each.segment, each.number)):
        # every window is one more occasion for chance (Bonferroni)
        if one.chance * windows > CONFIDENT or (len(one.windows) == 1 and one.chance > _ALONE):
            continue
        one.chance = min(1.0, one.chance * windows)
        name = segments[one.segment].names[one.number]
        hits, by_chance = _coinciding(query, segments[one.segment].peaks(one.number), one, cells)
        level = np.convolve(hits - by_chance, np.full(5, 0.2), mode="same")
        free = ~taken.setdefault(name, np.zeros(cells, np.bool_))
        for first, last in _present(hits, by_chance, free, one):
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


def _sweep(query: Peaks, segments: Sequence[Segment], report: Report) -> tuple[list[_Found], int]:
    """Every alignment that some window gives, those that agree joined; and how many windows were asked."""
    found: list[_Found] = []
    hours = hours_of(segments)
    window, hop = int(WINDOW_SECONDS * FRAMES_PER_SECOND), int(HOP_SECONDS * FRAMES_PER_SECOND)
    last_start = max(0, query.frames - window) // LIFT_FRAMES * LIFT_FRAMES
    starts = sorted({*range(0, last_start + 1, hop), last_start})
    for start in starts:
        minutes, seconds = divmod(int(start / FRAMES_PER_SECOND), 60)
        report(start / max(query.frames, 1), f"comparing from {minutes}:{seconds:02d}")
        rest = query.between(start, start + window)
        for _ in range(MOST_LAYERS):
            if len(rest) < 20:
                break
            ranked = matches(rest, segments, 1)
            if not ranked or chance.of_score(ranked[0].score, WINDOW_SECONDS, hours) > CONFIDENT:
                break
            best = ranked[0]
            reference = segments[best.segment].peaks(best.number)
            for alignment in best.alignments:
                _join(found, best, alignment, start, window, chance.of_score(best.score, WINDOW_SECONDS, hours))
            rest = unexplained(rest, reference, best.alignments)
    return found, len(starts)


def _join(found: list[_Found], match: Match, alignment: Alignment, start: int, window: int, probability: float) -> None:
    offset = alignment.offset - start * alignment.stretch
    middle = start + window / 2
    segment, number, score = match.segment, match.number, match.score
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


def _coinciding(
    query: Peaks, reference: Peaks, one: _Found, cells: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Coinciding peaks in each half second, and how many would coincide by chance there."""
    from ritornello.identify.verify_kernels import CHANCE_FLOOR, coinciding_pairs

    hit, by_chance, _, _ = coinciding_pairs(
        query.frame, query.pitch, reference.frame, reference.pitch, one.shift, one.stretch, one.offset
    )
    cell = np.minimum((query.frame / FRAMES_PER_SECOND / GRID).astype(np.int64), cells - 1)
    smooth = np.convolve(np.bincount(cell, by_chance.astype(np.float64), cells), np.full(9, 1 / 9), mode="same")
    least = CHANCE_FLOOR * np.bincount(cell, minlength=cells) + 0.3
    hits: npt.NDArray[np.float64] = np.bincount(cell, hit.astype(np.float64), cells).astype(np.float64)
    return hits, np.maximum(smooth, least)


def _present(
    hits: npt.NDArray[np.float64], by_chance: npt.NDArray[np.float64], free: npt.NDArray[np.bool_], one: _Found
) -> list[tuple[int, int]]:
    """Cells [first, last) in which an alignment is heard: the likeliest course of *there* and *not there*.

    There, chance is joined by a fraction of what the alignment reaches in its own windows: half a second in which
    another recording lies on top still counts for it, half a second of chance alone counts against it (Poisson).
    """
    seen = np.zeros(len(hits), np.bool_)
    for start, stop in one.windows:
        seen[int(start / FRAMES_PER_SECOND / GRID) : int(np.ceil(stop / FRAMES_PER_SECOND / GRID))] = True
    excess = hits - by_chance
    own = float(np.median(np.sort(excess[seen])[-max(1, int(seen.sum()) // 2) :]))
    if own <= 0.5:
        return []
    masked = _MASKED * own
    evidence = hits * np.log1p(masked / by_chance) - masked
    evidence[~free] = -1e6
    there = _likeliest(evidence)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    return [
        (first, last)
        for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        if last - first >= 3 and (seen[first:last].any() or evidence[first:last].sum() > _BY_ITSELF)
    ]


def _likeliest(evidence: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """For each cell, whether it is *there* on the course with the most evidence; each change costs `_CHANGE`."""
    gain = 0.0  # of being there rather than not, at the best course up to this cell
    came, left = np.zeros(len(evidence), np.bool_), np.zeros(len(evidence), np.bool_)
    for cell, value in enumerate(evidence.tolist()):
        came[cell] = gain < -_CHANGE
        left[cell] = gain > _CHANGE
        gain = max(-_CHANGE, min(_CHANGE, gain)) + value
    there = np.zeros(len(evidence), np.bool_)
    now = gain > 0
    for cell in range(len(evidence) - 1, -1, -1):
        there[cell] = now
        now = not came[cell] if now else bool(left[cell])
    return there


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
