"""From listening to a score: beats become ticks, heard notes a tune on the grid, chords and parts spans of bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ritornello.studio.harmony import SILENCE, Harmony
from ritornello.studio.score import FASTEST, PPQ, SLOWEST, ChordSpan, Part, Score, Tone

if TYPE_CHECKING:
    from ritornello.analysis.model import Analysis

_STRAIGHT, _TRIPLET = PPQ // 4, PPQ // 3
_REACH = 48
"""How many notes back the leading line looks for what came before."""


@dataclass(frozen=True, slots=True)
class HeardTone:
    """A heard note: samples of the recording, fractional MIDI pitch, velocity 1..127."""

    start: int
    end: int
    pitch: float
    velocity: int


def heard_tones(transcription: Any) -> tuple[HeardTone, ...]:
    """The notes of a transcription, or of a plain sequence of notes, whichever way their pitch is written."""
    if transcription is None:
        return ()
    out = []
    for note in getattr(transcription, "notes", transcription):
        pitch = note.pitch_cents / 100 if hasattr(note, "pitch_cents") else float(note.pitch)
        out.append(HeardTone(note.start, note.end, pitch, min(127, max(1, int(getattr(note, "velocity", 90))))))
    return tuple(sorted(out, key=lambda tone: (tone.start, -tone.pitch)))


def score_of(analysis: Analysis, transcription: Any = None, *, title: str = "") -> Score:
    """The score of a recording, from its analysis and, where there is one, the transcription of its tune.

    `transcription` is a `Transcription`, the notes of a melody, or nothing (a score without a tune). Of several voices
    the leading line is taken. Raises ValueError where no beats were heard: without them there is nothing to write on.
    """
    beats = np.asarray(analysis.beats, dtype=np.int64)
    if len(beats) < 2:
        raise ValueError("no beats were heard in this recording: give the beats, or its tempo, and listen again")
    first, bars, end = _bar_lines(beats, np.asarray(analysis.downbeats), analysis.metre)
    grid = _Grid(beats, first)
    tune = _tune(leading_line(heard_tones(transcription), float(np.median(np.diff(beats)))), grid, end)
    chords = _chords(analysis, grid, end)
    return Score(
        title=title,
        rate=analysis.rate,
        metre=analysis.metre,
        tonic=analysis.key.tonic,
        mode="minor" if analysis.key.mode == "minor" else "major",
        tempo=_tempo(analysis, grid, bars, end),
        bars=bars,
        end=end,
        tune=tune,
        chords=chords,
        sections=_sections(analysis, grid, bars, end),
        beats=tuple(int(beat) for beat in beats),
        first_beat=first,
        heard_metre=analysis.metre,
        heard=chords,
        method=str(getattr(transcription, "method", "own")) if tune else "written",
    )


class _Grid:
    """Samples to ticks by the beats, going on at the last pace beyond them."""

    def __init__(self, beats: np.ndarray[Any, np.dtype[np.int64]], first: int) -> None:
        self.first = first
        step = np.diff(beats)
        before = beats[0] - step[0] * np.arange(16, 0, -1)
        after = beats[-1] + step[-1] * np.arange(1, 17)
        self._samples = np.concatenate([before, beats, after]).astype(np.float64)
        self._ticks = first + PPQ * np.arange(-16, len(beats) + 16, dtype=np.float64)

    def ticks(self, samples: Any) -> Any:
        return np.interp(samples, self._samples, self._ticks)

    def beat(self, sample: int) -> int:
        """The tick of the nearest beat, never below 0."""
        return max(0, round(float(self.ticks(sample)) / PPQ) * PPQ)


def _bar_lines(beats: Any, downbeats: Any, metre: int) -> tuple[int, tuple[int, ...], int]:
    marks = [int(k) for k in np.flatnonzero(np.isin(beats, downbeats))] or list(range(0, len(beats), metre))
    offset = -marks[0] % metre  # rests before an upbeat, so that the first bar is whole
    lines = [*range(0, marks[0] + offset, metre), *(mark + offset for mark in marks)]
    end = lines[-1] + metre * max(1, -(-(len(beats) + offset - lines[-1]) // metre))
    lines += range(lines[-1] + metre, end, metre)
    return offset * PPQ, tuple(line * PPQ for line in lines), end * PPQ


def _tempo(analysis: Analysis, grid: _Grid, bars: tuple[int, ...], end: int) -> tuple[tuple[int, int], ...]:
    micros = _within(60e6 / analysis.tempo.bpm) if analysis.tempo.bpm > 0 else 500_000
    if analysis.tempo.constant:
        return ((0, micros),)
    out: list[tuple[int, int]] = []
    beats = np.asarray(analysis.beats, dtype=np.float64)
    late = (
        0.0  # microseconds by which the lines so far lie behind the beats that were heard: the next bar makes it good
    )
    for start, stop in pairwise((*bars, end)):
        a, b = ((tick - grid.first) // PPQ for tick in (start, stop))
        a, b = max(0, a), min(len(beats) - 1, b)
        if b > a:
            heard = (beats[b] - beats[a]) / analysis.rate * 1e6
            micros = _within((heard - late) / (b - a))
            late += micros * (b - a) - heard
        if not out or out[-1][1] != micros:
            out.append((start, micros))
    return tuple(out)


def _within(micros: float) -> int:
    return min(SLOWEST, max(FASTEST, round(micros)))


def _chords(analysis: Analysis, grid: _Grid, end: int) -> tuple[ChordSpan, ...]:
    out: list[ChordSpan] = []
    for heard in analysis.chords:
        start, stop = grid.beat(heard.start), min(end, grid.beat(heard.end))
        chord = SILENCE if heard.root is None else Harmony(heard.root, heard.quality, heard.root)
        if stop <= start:
            continue
        if out and out[-1].chord == chord and out[-1].end == start:
            out[-1] = ChordSpan(out[-1].start, stop, chord)
        elif not out or start >= out[-1].end:
            out.append(ChordSpan(start, stop, chord))
    return tuple(out)


def _sections(analysis: Analysis, grid: _Grid, bars: tuple[int, ...], end: int) -> tuple[Part, ...]:
    starts = [(min(bars, key=lambda line: abs(line - grid.beat(s.start))), s.label) for s in analysis.sections]
    rising = [(start, label) for k, (start, label) in enumerate(starts) if k == 0 or start > starts[k - 1][0]]
    if not rising:
        return (Part(0, end, "A"),)
    rising[0] = (0, rising[0][1])
    return tuple(Part(a, b, label) for (a, label), (b, _) in pairwise([*rising, (end, "")]))


def leading_line(tones: Sequence[HeardTone], beat: float) -> tuple[HeardTone, ...]:
    """One voice out of many: the heaviest chain of notes that follow each other without overlap.

    A note weighs its length (in beats of `beat` samples, two at most) times its force, more in the register in which
    tunes are sung (C4 to C6) and where nothing sounds above it; a leap of more than a fifth costs.
    """
    count = len(tones)
    if not count:
        return ()
    weights = [_weight(k, tones, beat) for k in range(count)]
    best = [0.0] * count
    back = [-1] * count
    for k, tone in enumerate(tones):
        best[k] = weights[k]
        for j in range(max(0, k - _REACH), k):
            before = tones[j]
            if (
                before.end - tone.start > max(0.12 * beat, 0.25 * (before.end - before.start))
                or before.start >= tone.start
            ):
                continue
            leap = max(0.0, abs(tone.pitch - before.pitch) - 7) * 0.04
            rest = max(0.0, (tone.start - before.end) / beat - 2) * 0.02
            if best[j] - leap - rest + weights[k] > best[k]:
                best[k], back[k] = best[j] - leap - rest + weights[k], j
    k = max(range(count), key=best.__getitem__)
    line = []
    while k >= 0:
        line.append(tones[k])
        k = back[k]
    return tuple(reversed(line))


def _weight(k: int, tones: Sequence[HeardTone], beat: float) -> float:
    tone = tones[k]
    weight = min(2.0, (tone.end - tone.start) / beat) * (0.3 + tone.velocity / 127)
    weight *= 1.0 if 60 <= tone.pitch <= 84 else 0.6 if 55 <= tone.pitch <= 90 else 0.15
    near = tones[max(0, k - 12) : k + 12]
    if any(o.pitch > tone.pitch + 0.5 and o.start <= tone.start + beat / 8 and o.end > tone.start for o in near):
        weight *= 0.45
    return weight


def _tune(line: Sequence[HeardTone], grid: _Grid, end: int) -> tuple[Tone, ...]:
    """The line on the grid: each beat in sixteenths, or in triplets where these fit clearly better."""
    if not line:
        return ()
    starts = np.asarray(grid.ticks([tone.start for tone in line]), dtype=np.float64)
    stops = np.asarray(grid.ticks([tone.end for tone in line]), dtype=np.float64)
    units = _units(starts)
    placed: list[Tone] = []
    for tone, start, stop in zip(line, starts, stops, strict=True):
        unit = units.get(int((start + _STRAIGHT / 2) // PPQ), _STRAIGHT)
        at = round(start / unit) * unit
        until = max(at + unit, round(stop / unit) * unit)
        if at < 0 or at >= end:
            continue
        if placed and at <= placed[-1].start:
            continue
        if placed and at - placed[-1].end <= _STRAIGHT // 2:
            last = placed[-1]
            placed[-1] = Tone(last.start, at - last.start, last.pitch, last.velocity)
        placed.append(Tone(at, min(until, end) - at, round(tone.pitch), tone.velocity))
    return tuple(placed)


def _units(starts: Any) -> dict[int, int]:
    """The unit of each beat that has an onset off the beat and off the half: a sixteenth, or a triplet eighth."""
    out: dict[int, int] = {}
    for beat in {int((start + _STRAIGHT / 2) // PPQ) for start in starts}:
        inside = [s for s in starts if beat * PPQ - _STRAIGHT / 2 <= s < (beat + 1) * PPQ - _STRAIGHT / 2]
        straight, triplet = (sum(abs(s - round(s / unit) * unit) for s in inside) for unit in (_STRAIGHT, _TRIPLET))
        out[beat] = _TRIPLET if straight > 60 and triplet < 0.5 * straight else _STRAIGHT
    return out
