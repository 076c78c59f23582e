"""A score as rows that a person corrects: tones, chords and sections by bar and beat, a stretch of bars at a time.

Positions are told as musicians do, bars and beats from 1 (beat 2.5 is the half beat after the second). What is outside
the stretch stays as it is, and rows that are handed back unchanged give the same score.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ritornello.studio.findings import Finding
from ritornello.studio.harmony import NAMES, SILENCE, chord_name, chord_named
from ritornello.studio.score import PPQ, ChordSpan, Mode, Part, Score, ScoreError, Tone, findings, samples_of

MOST_BARS_SHOWN = 16
_PITCH = re.compile(r"([A-Ga-g])([#♯b♭]{0,2})(-?\d)")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars from `first` to `last` (counted from 1), and the section that they belong to."""

    first: int
    last: int
    label: str = ""

    @property
    def name(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class ToneRow:
    """A tone as it is typed: bar, beat, pitch such as "Eb4" (C4 is MIDI 60), length in beats; no pitch, no tone."""

    bar: str
    beat: str
    pitch: str
    length: str
    velocity: str = "90"


@dataclass(frozen=True, slots=True)
class ChordRow:
    """A chord as it is typed: bar, beat and symbol; it lasts until the next one. No symbol, no chord."""

    bar: str
    beat: str
    symbol: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section as it is typed: the bar in which it begins, and its name; no name, no section."""

    bar: str
    name: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person corrects: the rows of one stretch, the form, the key, and bar lines that lie elsewhere.

    `shift_by` beats (negative: earlier) move the bar lines from bar `shift_from` on; tones and chords stay where they
    sound. Positions in the rows count by the bar lines as they were.
    """

    stretch: Stretch
    tones: tuple[ToneRow, ...]
    chords: tuple[ChordRow, ...]
    sections: tuple[SectionRow, ...]
    tonic: int
    mode: Mode
    shift_from: str = "1"
    shift_by: str = "0"


def stretches(score: Score) -> tuple[Stretch, ...]:
    """The bars of a score in stretches that a person can take in at once: its sections, the long ones divided."""
    edges = sorted({0, len(score.bars)} | {_bar_of(score, part.start) - 1 for part in score.sections})
    out = []
    for a, b in pairwise(edges):
        label = next((part.label for part in score.sections if _bar_of(score, part.start) - 1 == a), "")
        out += [Stretch(k + 1, min(k + MOST_BARS_SHOWN, b), label) for k in range(a, b, MOST_BARS_SHOWN)]
    return tuple(out)


def span_of(score: Score, stretch: Stretch) -> tuple[int, int]:
    """Where a stretch begins and ends, in ticks."""
    lines = (*score.bars, score.end)
    return lines[min(stretch.first - 1, len(lines) - 1)], lines[min(stretch.last, len(lines) - 1)]


def tones_in(score: Score, stretch: Stretch) -> tuple[ToneRow, ...]:
    """The tones that begin in a stretch."""
    start, end = span_of(score, stretch)
    return tuple(
        ToneRow(*place_of(score, tone.start), pitch_name(tone.pitch), _beats(tone.length), str(tone.velocity))
        for tone in score.tune
        if start <= tone.start < end
    )


def chords_in(score: Score, stretch: Stretch) -> tuple[ChordRow, ...]:
    """The chords that sound in a stretch, silence told as N.C."""
    start, end = span_of(score, stretch)
    rows, reached = [], start
    for span in score.chords:
        begin, stop = max(span.start, start), min(span.end, end)
        if begin >= stop:
            continue
        if begin > reached:
            rows.append(ChordRow(*place_of(score, reached), chord_name(SILENCE)))
        rows.append(ChordRow(*place_of(score, begin), chord_name(span.chord)))
        reached = stop
    if rows and reached < end:
        rows.append(ChordRow(*place_of(score, reached), chord_name(SILENCE)))
    return tuple(rows)


def sections_of(score: Score) -> tuple[SectionRow, ...]:
    """The form: where each section begins, and what it is called."""
    return tuple(SectionRow(str(_bar_of(score, part.start)), part.label) for part in score.sections)


def corrected(score: Score, change: Correction) -> Score:
    """The score with a correction. Raises ScoreError with every finding, each named as its field."""
    found: list[Finding] = []
    start, end = span_of(score, change.stretch)
    tones = _tones(score, change, found)
    chords = _chords(score, change, found)
    sections = _sections(score, change.sections, found)
    bars, sections = _shifted(score, sections, change, found)
    before = tuple(tone for tone in score.tune if tone.start < start)
    after = tuple(tone for tone in score.tune if tone.start >= end)
    if before and tones and before[-1].end > tones[0].start:
        found.append(Finding("tone 1", "begins while the tone before these bars still sounds", "begin it later"))
    if after and tones and tones[-1].end > after[0].start:
        what = f"tone {len(tones)}"
        found.append(Finding(what, "still sounds when the next bars begin their first tone", "shorten it"))
    if found:
        raise ScoreError(found)
    made = replace(
        score,
        tune=(*before, *tones, *after),
        chords=_together(score.chords, chords, start, end),
        sections=sections,
        bars=bars,
        tonic=change.tonic,
        mode=change.mode,
    )
    if wrong := findings(made.to_document()):
        raise ScoreError(wrong)
    return made


def heard_ms(score: Score, ticks: Sequence[int]) -> list[int]:
    """Where ticks lie in the recording that was written down, in ms: by its beats, beyond them at the nearest tempo."""
    beats = score.beats
    if len(beats) < 2:
        return [sample * 1000 // score.rate for sample in samples_of(score.tempo, score.rate, ticks)]
    out = []
    for tick in ticks:
        k = min(max((tick - score.first_beat) // PPQ, 0), len(beats) - 2)
        part = tick - score.first_beat - PPQ * k
        out.append(max(0, (beats[k] + (beats[k + 1] - beats[k]) * part // PPQ) * 1000 // score.rate))
    return out


def pitch_name(pitch: int) -> str:
    """A MIDI pitch as musicians write it: 60 is C4."""
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def pitch_named(text: str) -> int:
    """The MIDI pitch of a name such as "Eb4". Raises ValueError."""
    found = _PITCH.fullmatch(text.strip())
    pitch = -1
    if found is not None:
        sharps = sum(1 if mark in "#♯" else -1 for mark in found[2])
        pitch = _LETTERS[found[1].upper()] + sharps + 12 * (int(found[3]) + 1)
    if not 0 <= pitch <= 127:
        raise ValueError(f"{text.strip()!r} is no pitch: write such as C4, F#3 or Eb5")
    return pitch


def place_of(score: Score, tick: int) -> tuple[str, str]:
    """Bar and beat of a tick, counted from 1."""
    bar = _bar_of(score, tick)
    return str(bar), _beats(tick - score.bars[bar - 1] + PPQ)


def _bar_of(score: Score, tick: int) -> int:
    return max(1, bisect_right(score.bars, tick))


def _beats(ticks: int) -> str:
    """Ticks as beats, exact to a tick: 1.3333 is 1280."""
    return f"{ticks / PPQ:.4f}".rstrip("0").rstrip(".")


def _ticks(text: str) -> int:
    """Beats as ticks; decimals or a fraction such as 1/3. Raises ValueError."""
    whole, slash, part = text.replace(",", ".").strip().partition("/")
    value = float(whole) / float(part) if slash else float(whole)
    if not -10_000 < value < 10_000:
        raise ValueError(text)
    return round(value * PPQ)


def _at(score: Score, bar: str, beat: str, what: str, stretch: Stretch, found: list[Finding]) -> int:
    """The tick of a typed position; what is wrong with it is added to `found`."""
    try:
        number, within = int(bar), _ticks(beat) - PPQ
    except (ValueError, ZeroDivisionError):
        found.append(Finding(what, f"is at bar {bar!r}, beat {beat!r}", "write numbers from 1, such as 3 and 2.5"))
        return -1
    if not stretch.first <= number <= stretch.last:
        found.append(Finding(what, f"is in bar {number}", f"these are bars {stretch.first} to {stretch.last}"))
        return -1
    line, following = span_of(score, Stretch(number, number))
    if not 0 <= within < following - line:
        found.append(Finding(what, f"is on beat {beat}", f"bar {number} has {(following - line) // PPQ} beats"))
        return -1
    return line + within


def _tones(score: Score, change: Correction, found: list[Finding]) -> tuple[Tone, ...]:
    rows: list[tuple[Tone, str]] = []
    for number, row in enumerate(change.tones, start=1):
        if not row.pitch.strip():
            continue
        what = f"tone {number}"
        start = _at(score, row.bar, row.beat, what, change.stretch, found)
        try:
            pitch = pitch_named(row.pitch)
        except ValueError as error:
            name, _, mend = str(error).partition(": ")
            found.append(Finding(what, name, mend))
            continue
        try:
            length = _ticks(row.length)
        except (ValueError, ZeroDivisionError):
            length = 0
        if length < 1:
            found.append(Finding(what, f"is {row.length!r} beats long", "write beats, such as 1, 0.5 or 1/3"))
            continue
        velocity = int(row.velocity) if row.velocity.isdigit() and 1 <= int(row.velocity) <= 127 else 90
        if start >= 0:
            rows.append((Tone(start, min(length, score.end - start), pitch, velocity), what))
    rows.sort(key=lambda one: one[0].start)
    for (one, _), (other, what) in pairwise(rows):
        if one.end > other.start:
            begins = " ".join(("bar", place_of(score, other.start)[0], "beat", place_of(score, other.start)[1]))
            found.append(Finding(what, f"begins at {begins}, before the one in front has ended", "one voice sings it"))
    return tuple(tone for tone, _ in rows)


def _chords(score: Score, change: Correction, found: list[Finding]) -> tuple[ChordSpan, ...]:
    rows: list[tuple[int, ChordRow]] = []
    _, end = span_of(score, change.stretch)
    chords = {}
    for number, row in enumerate(change.chords, start=1):
        if not row.symbol.strip():
            continue
        what = f"chord {number}"
        start = _at(score, row.bar, row.beat, what, change.stretch, found)
        try:
            chords[start] = chord_named(row.symbol)
        except ValueError as error:
            name, _, mend = str(error).partition(": ")
            found.append(Finding(what, name, mend))
            continue
        if any(start == one for one, _ in rows) and start >= 0:
            found.append(Finding(what, "begins with another one", "leave one of the two out"))
        rows.append((start, row))
    starts = sorted(start for start in chords if start >= 0)
    spans = (ChordSpan(a, b, chords[a]) for a, b in pairwise((*starts, end)))
    return tuple(span for span in spans if span.chord != SILENCE or span in score.chords)


def _together(old: Sequence[ChordSpan], new: Sequence[ChordSpan], start: int, end: int) -> tuple[ChordSpan, ...]:
    """The old chords outside `start`..`end` and the new ones inside; one that goes on across the border is one."""
    before = [replace(span, end=min(span.end, start)) for span in old if span.start < start]
    after = [replace(span, start=max(span.start, end)) for span in old if span.end > end]
    across = {edge: any(span.start < edge < span.end for span in old) for edge in (start, end)}
    out: list[ChordSpan] = []
    for span in (*before, *new, *after):
        edge = span.start in (start, end) and across[span.start]
        if out and edge and out[-1].end == span.start and out[-1].chord == span.chord:
            out[-1] = replace(out[-1], end=span.end)
        else:
            out.append(span)
    return tuple(out)


def _sections(score: Score, rows: Sequence[SectionRow], found: list[Finding]) -> tuple[Part, ...]:
    if tuple(rows) == sections_of(score):
        return score.sections
    starts: dict[int, str] = {}
    for number, row in enumerate(rows, start=1):
        name = " ".join(row.name.split())
        if not name:
            continue
        what = f"section {number}"
        if not row.bar.strip().isdigit() or not 1 <= int(row.bar) <= len(score.bars):
            found.append(Finding(what, f"begins in bar {row.bar!r}", f"write a bar from 1 to {len(score.bars)}"))
        elif score.bars[int(row.bar) - 1] in starts:
            found.append(Finding(what, f"begins in bar {row.bar} as another one does", "give it another bar"))
        elif len(name) > 40:
            found.append(Finding(what, f"has a name of {len(name)} characters", "write at most 40"))
        else:
            starts[score.bars[int(row.bar) - 1]] = name
    if not starts and not found:
        found.append(Finding("section 1", "is missing", "a song has one section at the least"))
    edges = sorted(starts)
    if edges:
        starts = {0: starts[edges[0]], **{edge: starts[edge] for edge in edges[1:]}}
    return tuple(Part(a, b, starts[a]) for a, b in pairwise((*sorted(starts), score.end)))


def _shifted(
    score: Score, sections: tuple[Part, ...], change: Correction, found: list[Finding]
) -> tuple[tuple[int, ...], tuple[Part, ...]]:
    """Bar lines and the sections that begin on them, moved by whole beats from a bar on."""
    try:
        first, beats = int(change.shift_from or "1"), int(change.shift_by.replace("−", "-") or "0")
    except ValueError:
        first, beats = 0, 0
        found.append(Finding("bar lines", "are moved by something else than whole numbers", "write such as 5 and -1"))
    if not beats:
        return score.bars, sections
    if not 1 <= first <= len(score.bars):
        found.append(Finding("bar lines", f"are moved from bar {first} on", f"write 1 to {len(score.bars)}"))
        return score.bars, sections
    first = max(first, 2)  # the first line is the beginning: moving every line makes the first bar longer or shorter
    lines = {line: line if k + 1 < first else line + beats * PPQ for k, line in enumerate(score.bars)}
    bars = [line for line in lines.values() if line < score.end]
    if any(b <= a for a, b in pairwise(bars)):
        most = (score.bars[first - 1] - score.bars[first - 2]) // PPQ - 1 if first <= len(score.bars) else 0
        mend = f"bar {first - 1} can give {most} at most"
        found.append(Finding("bar lines", f"cannot move {-beats} beats to the front", mend))
        return score.bars, sections
    edges = [min(lines.get(part.start, part.start), score.end) for part in sections]
    parts = tuple(
        Part(a, b, part.label) for part, (a, b) in zip(sections, pairwise((*edges, score.end)), strict=True) if a < b
    )
    return tuple(bars), parts
