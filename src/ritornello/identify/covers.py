"""Re-performances: the same composition and nothing of the recording, by the course of its harmony beat by beat.

Two coarse filters first. In a large index, how often the harmony moves by each interval over one, two, four and eight
beats: the same in all keys by construction, 48 numbers and one product for each recording. Then how well each phrase of
the query finds its like in a recording, in whatever order. The best are compared in
full, in twelve transpositions and with the query's beats counted once, twice and half as fast.

Compared are the pitch classes of everything that sounds and, apart, of the leading line of the middle register: a band
that plays richer chords hides the triads of the original, and its tune less. What tells a version from other songs is
where these *leave* their own mean: most of what a song sounds like all the time (its scale, its drone) is taken away.
A likeness counts in units of what is usual for that phrase of the query and that phrase of the recording, so that
phrases that resemble everything tell nothing. The best transposition counts only as far as it stands out from the next
ones, which no song that merely fits all the time does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Audio
from ritornello.identify.cover_kernels import best_courses, course_of
from ritornello.identify.model import Answer, Tier
from ritornello.identify.segment import CHROMA, Segment

LAGS = (1, 2, 4, 8)
COMPARED = 100
"""Recordings that are compared in full."""

GLANCED = 2000
"""Recordings whose phrases are looked up one by one, to choose those: about a millisecond each."""

LEAST_BEATS = 24


PHRASE = 8
"""Beats that are compared as one."""

OWN_MEAN = 0.7
"""Of a song's mean harmony that is taken away from each of its beats."""

LINE = 0.7
"""What the leading line weighs beside the harmony."""

WRITTEN = 0.5
"""What the chords that the studio wrote down weigh in the harmony of a recording, beside what sounds."""

STRONGEST = 0.8
"""Of the strongest tone of the middle register, from which on a tone belongs to the leading line."""

MIDDLE = (24, 72)
"""Semitones above the lowest (65 Hz) that make the middle register and above: from 262 Hz on."""

LEAST, GAP = 1.5, 0.5
"""What a likeness must exceed to carry a course on, and what a beat left out costs, in units of the usual likeness."""

CELLS = 64_000_000
"""Likenesses (256 MB) that are held at once: half a minute against a hundred songs is less."""

PLACED = 5
"""Of the best answers, those of which it is said which passages both share."""

NEXT_BEST = 3
"""Transpositions whose mean the best one must stand out from."""

LOCATION, SCALE = 3.54, 1.68
"""Of the best score of unrelated music (Gumbel), fitted by `python -m bench identify_covers` on one half of it."""

Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Harmony:
    """What is kept of a recording, beat by beat, and the second at which each row begins.

    `chroma` is float32 (n, 24): pitch classes of all that sounds, then of the leading line; each a unit row, C first.
    """

    chroma: Rows
    beats: Rows


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked about: as `Harmony.chroma`, for each half beat, and the second at which each row begins."""

    halves: Rows
    marks: Rows

    @property
    def beats(self) -> int:
        return len(self.halves) // 2


def hear(audio: Audio, beats: npt.NDArray[np.int64] | None = None) -> Query:
    """Hear what is asked about; with fewer than two beats it is empty. `beats` in samples, where they are known."""
    if beats is None:
        from ritornello.analysis.beats import track

        beats = track(audio).samples(audio.rate)
    if len(beats) < 2:
        return Query(np.zeros((0, CHROMA), np.float32), np.zeros(0, np.float32))
    marks = np.interp(np.arange(0, len(beats) - 0.75, 0.5), np.arange(len(beats)), beats) / audio.rate
    rows = _sounding(audio, marks)
    return Query(rows, marks[: len(rows)].astype(np.float32))


def harmony_of(audio: Audio, beats: npt.NDArray[np.int64], tones: npt.NDArray[np.int64] | None = None) -> Harmony:
    """What is kept of a recording; nothing for fewer than two beats.

    Args:
        audio: the whole of it.
        beats: in samples of `audio`.
        tones: int64 (n, 3), where the studio wrote the chords down: from and to in samples of `audio`, pitch class; one
            row for each tone of each chord. Each beat's harmony is then half what sounds and half what was written.
    """
    if len(beats) < 2:
        return Harmony(np.zeros((0, CHROMA), np.float32), np.zeros(0, np.float32))
    marks = np.asarray(beats, np.float64) / audio.rate
    rows = _sounding(audio, marks)
    if tones is not None:
        rows = with_written(rows, marks, tones, audio.rate)
    return Harmony(rows, marks[: len(rows)].astype(np.float32))


def with_written(rows: Rows, marks: npt.NDArray[np.float64], tones: npt.NDArray[np.int64], rate: int) -> Rows:
    """Rows of what sounds between consecutive `marks` (seconds), with the chords that were written down in them.

    Args:
        rows: float32 (beats, 24).
        marks: one more than the rows, or more.
        tones: as `harmony_of` takes them, in samples of which `rate` are a second; where there are none, the rows stay.
    """
    if not len(tones):
        return rows
    written = _unit(_written(marks[: len(rows) + 1], tones, rate))
    both = _unit((1 - WRITTEN) * rows[:, :12] + WRITTEN * written)
    return np.concatenate([both, rows[:, 12:]], axis=1)


def _written(marks: npt.NDArray[np.float64], tones: npt.NDArray[np.int64], rate: int) -> Rows:
    """Seconds that each pitch class is written for, between consecutive marks: (len(marks) - 1, 12)."""
    out = np.zeros((len(marks) - 1, 12), np.float32)
    for start, end, pitch in tones.tolist():
        first = max(0, int(np.searchsorted(marks, start / rate, side="right")) - 1)
        last = min(len(out), int(np.searchsorted(marks, end / rate, side="left")))
        shared = np.minimum(marks[first + 1 : last + 1], end / rate) - np.maximum(marks[first:last], start / rate)
        out[first:last, pitch % 12] += np.maximum(shared, 0.0)
    return out


def asked(harmony: Harmony) -> Query:
    """A recording's harmony as a query; each beat counts for its two halves."""
    count = len(harmony.chroma)
    marks = np.interp(np.arange(0, count, 0.5), np.arange(count), harmony.beats[:count]) if count else np.zeros(0)
    return Query(np.repeat(harmony.chroma, 2, axis=0), marks.astype(np.float32))


def harmony_in(query: Query) -> Harmony:
    """A query as what would be kept of it: each beat is its two halves."""
    rows = _pooled(query.halves, 2)
    return Harmony(rows, query.marks[::2][: len(rows)])


def _sounding(audio: Audio, marks: npt.NDArray[np.float64]) -> Rows:
    """Between consecutive seconds, the pitch classes of everything and of the leading line: (len(marks) - 1, 24)."""
    from ritornello.analysis.chroma import compress, fold, harmonic_semitones, over_spans, tuning_cents
    from ritornello.analysis.spectra import mono_22k, tone_magnitudes

    mono = mono_22k(audio)
    pitches = compress(harmonic_semitones(tone_magnitudes(mono), tuning_cents(mono)))
    above = pitches[:, MIDDLE[0] : MIDDLE[1]]
    line = np.where(above >= STRONGEST * above.max(axis=1, keepdims=True), above, np.float32(0.0))
    return np.concatenate([_unit(over_spans(fold(pitches), marks)), _unit(over_spans(fold(line), marks))], axis=1)


def movement(chroma: Rows) -> Rows:
    """48 numbers of unit length that no transposition changes: how the harmony moves over one to eight beats."""
    rows = _own(chroma[:, :12])
    out = np.zeros((len(LAGS), 12), np.float32)
    for place, lag in enumerate(LAGS):
        if len(rows) <= lag:
            continue
        now, later = rows[:-lag], rows[lag:]
        for interval in range(12):
            out[place, interval] = float((now * np.roll(later, -interval, axis=1)).sum(axis=1).mean())
    flat = out.ravel()
    unit: Rows = flat / max(float(np.sqrt((flat**2).sum())), 1e-9)
    return unit


def identify(query: Query, segments: Sequence[Segment], most: int = 3) -> list[Answer]:
    """Recordings of the same composition, best first; only those that chance explains badly.

    Args:
        query: of at least 24 beats, best of 30 seconds or more.
        segments: where to look; recordings without chroma are passed over.
    """
    return [answer for answer in ranked(query, segments)[:most] if answer.confident]


def ranked(query: Query, segments: Sequence[Segment]) -> list[Answer]:
    """The recordings that were compared in full, best first, however likely chance is."""
    if query.beats < LEAST_BEATS:
        return []
    compared = [(segments[place], number) for place, number in nearest(query, segments, COMPARED)]
    if not compared:
        return []
    columns = [_phrases(segment.chroma(number)) for segment, number in compared]
    whole = np.concatenate(columns)
    ends = np.cumsum([len(one) for one in columns])
    best = [_Met(0.0, 0, 1)] * len(compared)
    for halves, level in _levels(query):
        scores = _scores(level, whole, ends)
        top = scores.argmax(axis=0)
        for number, shift in enumerate(top.tolist()):
            others = np.sort(scores[:, number])[-1 - NEXT_BEST : -1]
            score = float(scores[shift, number] - others.mean())
            if score > best[number].score:
                best[number] = _Met(score, shift, halves)
    order = sorted(range(len(compared)), key=lambda one: (-best[one].score, compared[one][0].names[compared[one][1]]))
    return [
        _answer(query, *compared[one], best[one], columns[one] if place < PLACED else None)
        for place, one in enumerate(order)
    ]


def nearest(query: Query, segments: Sequence[Segment], most: int) -> list[tuple[int, int]]:
    """The coarse filter: (segment's place, number) of the recordings that are most alike, best first."""
    level = _pooled(query.halves, 2)
    wanted = movement(level)
    near: list[tuple[float, int, int]] = []
    for place, segment in enumerate(segments):
        for number in range(len(segment.names)):
            chroma = segment.chroma(number)
            if len(chroma) >= LEAST_BEATS:
                near.append((-float(movement(chroma) @ wanted), place, number))
    near = sorted(near)[:GLANCED]
    if len(near) > most:
        raised = np.stack([_phrases(level, shift)[::2] for shift in range(12)])
        near = sorted((-_glance(raised, segments[place].chroma(number)), place, number) for _, place, number in near)
    return [(place, number) for _, place, number in near[:most]]


def _glance(raised: Rows, chroma: Rows) -> float:
    """How well the phrases of a query (12, n, 192) each find their like, wherever it is, as far as one transposition
    stands out from the next ones."""
    phrases = _phrases(chroma)
    alike = (raised.reshape(-1, raised.shape[2]) @ phrases.T).max(axis=1).reshape(len(raised), -1).mean(axis=1)
    best = np.sort(alike)
    return float(best[-1] - best[-1 - NEXT_BEST : -1].mean())


@dataclass(frozen=True, slots=True)
class _Met:
    """How a recording met the query best: score, semitones the *query* is raised, half beats in a row of the query."""

    score: float
    shift: int
    halves: int


def _levels(query: Query) -> Iterator[tuple[int, Rows]]:
    """(half beats in a row, chroma): a band may be counted twice or half as fast as the recording was."""
    for halves in (2, 1, 4):
        rows = _pooled(query.halves, halves)
        if len(rows) >= 2 * PHRASE:
            yield halves, rows


def _pooled(rows: Rows, count: int) -> Rows:
    """Every `count` rows as one; each half of it a unit row again."""
    whole = len(rows) // count * count
    summed = rows[:whole].reshape(-1, count, CHROMA).sum(axis=1)
    return np.concatenate([_unit(summed[:, :12]), _unit(summed[:, 12:])], axis=1)


def _unit(rows: Rows) -> Rows:
    unit: Rows = (rows / np.maximum(np.sqrt((rows**2).sum(axis=1, keepdims=True)), 1e-9)).astype(np.float32)
    return unit


def _own(chroma: Rows) -> Rows:
    """Where a course of 12 pitch classes leaves the song's own mean; unit rows that sum to zero."""
    rows = _unit(chroma)
    rows = rows - OWN_MEAN * rows.mean(axis=0, keepdims=True)
    return _unit(rows - rows.mean(axis=1, keepdims=True))


def _phrases(rows: Rows, shift: int = 0) -> Rows:
    """Each beat with the seven that follow, raised by `shift` semitones: unit rows (n - 7, 192)."""
    parts = (_own(rows[:, :12]), np.float32(LINE) * _own(rows[:, 12:]))
    both = _unit(np.concatenate([np.roll(one, shift, axis=1) for one in parts], axis=1))
    windows = np.lib.stride_tricks.sliding_window_view(both.ravel(), CHROMA * PHRASE)[::CHROMA]
    return _unit(np.ascontiguousarray(windows))


def _scores(level: Rows, whole: Rows, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(12, recordings): the best course for each transposition of the query, by the root of the query's length."""
    raised = [_phrases(level, shift) for shift in range(12)]
    blocks = _blocks(len(raised[0]), ends)
    if len(blocks) == 1:
        alike = np.stack([one @ whole.T for one in raised])
        rows, columns = _usual(alike)
        found = np.stack([best_courses(one, rows, columns, ends, LEAST, GAP) for one in alike])
    else:
        found = _by_blocks(raised, whole, ends, blocks)
    scores: npt.NDArray[np.float64] = found.astype(np.float64) / math.sqrt(len(raised[0]))
    return scores


def _blocks(rows: int, ends: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Columns [first, last) of whole recordings that are held against so many rows at once; see `CELLS`."""
    found, first = [], 0
    for place, end in enumerate(ends.tolist()):
        following = int(ends[place + 1]) if place + 1 < len(ends) else None
        if following is None or 12 * rows * (following - first) > CELLS:
            found.append((first, end))
            first = end
    return found


def _by_blocks(raised: list[Rows], whole: Rows, ends: npt.NDArray[np.int64], blocks: list[tuple[int, int]]) -> Rows:
    """The best courses of a long query, some recordings at a time: what is usual for a row is known after all."""

    def alike(block: tuple[int, int]) -> Rows:
        return np.stack([one @ whole[block[0] : block[1]].T for one in raised])

    squares = sum(np.square(alike(block)).sum(axis=(0, 2), dtype=np.float64) for block in blocks)
    rows = np.maximum(np.sqrt(squares / (12 * len(whole))), 1e-3).astype(np.float32)
    found: list[Rows] = []
    for block in blocks:
        each = alike(block)
        inside = ends[(ends > block[0]) & (ends <= block[1])] - block[0]
        columns = _usual(each)[1]
        found.append(np.stack([best_courses(one, rows, columns, inside, LEAST, GAP) for one in each]))
    return np.concatenate(found, axis=1)


def _usual(alike: Rows) -> tuple[Rows, Rows]:
    """What is usual for each row and column: the root mean square over everything that they are compared with."""
    squares = np.einsum("sij,sij->ij", alike, alike) / len(alike)
    rows: Rows = np.sqrt(squares.mean(axis=1)).astype(np.float32)
    columns: Rows = np.sqrt(squares.mean(axis=0)).astype(np.float32)
    return np.maximum(rows, np.float32(1e-3)), np.maximum(columns, np.float32(1e-3))


def _answer(query: Query, segment: Segment, number: int, met: _Met, phrases: Rows | None) -> Answer:
    """The answer about one recording; `phrases` of it where the passage that both share is to be placed."""
    beats, marks = segment.beats(number), query.marks[:: met.halves]
    # the query raised by `shift` meets the recording, so it lies that much lower
    semitones = -met.shift if met.shift <= 6 else 12 - met.shift
    pace, own = _pace(marks), _pace(beats)
    span, there = (float(marks[0]), float(query.marks[-1])), (float(beats[0]), float(beats[-1]))
    if phrases is not None and met.score > 0:
        level = _pooled(query.halves, met.halves)
        alike = np.stack([_phrases(level, shift) @ phrases.T for shift in range(12)])
        first, last, begin, end = course_of(alike[met.shift], *_usual(alike), LEAST, GAP)
        span = float(marks[first]), _at(marks, last + PHRASE, pace)
        there = float(beats[begin]), _at(beats, end + PHRASE, own)
    exponent = -(met.score - LOCATION) / SCALE
    return Answer(
        segment.names[number],
        Tier.REPERFORMED,
        span,
        there,
        semitones * 100.0,
        pace / own if own > 0 else 1.0,
        met.score,
        1.0 if exponent > 50 else -math.expm1(-math.exp(exponent)),
    )


def _pace(marks: Rows) -> float:
    return float(np.median(np.diff(marks))) if len(marks) > 1 else 0.0


def _at(marks: Rows, row: int, pace: float) -> float:
    """The second of a row; beyond the last one the pace goes on."""
    return float(marks[row]) if row < len(marks) else float(marks[-1]) + pace * (row - len(marks) + 1)
