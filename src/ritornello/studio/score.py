"""A song as symbols: bars, key, tempo, tune, chords and form on a grid of 960 ticks to the beat.

A score comes from listening (`score_of`) or from a person; either way it is integer JSON, so that corrections are edits
of data and travel in the recipe. Beat k of the recording lies at tick `first_beat + 960 k`; `beats` keeps where in the
recording (in samples) that is, so that a part sung or played to the recording can be brought onto the score and back.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Literal

from ritornello.studio.findings import Finding
from ritornello.studio.harmony import QUALITIES, SILENCE, Harmony, same_harmony

if TYPE_CHECKING:
    from ritornello.analysis.model import Analysis

PPQ = 960
VERSION = 1
MOST_BARS = 2_000
SLOWEST, FASTEST = 3_000_000, 150_000
"""Microseconds a beat: 20 to 400 beats a minute."""
Mode = Literal["major", "minor"]


class ScoreError(ValueError):
    """A score that cannot be used, with every finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Tone:
    """A note of the tune: ticks, MIDI pitch, velocity 1..127."""

    start: int
    length: int
    pitch: int
    velocity: int = 90

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class ChordSpan:
    """A chord from tick `start` to tick `end`."""

    start: int
    end: int
    chord: Harmony


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the form from tick `start` to tick `end`; parts that sound alike share their label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Score:
    """A song as symbols; see the module. All positions are ticks unless they say samples.

    `tempo` holds (tick, microseconds a beat), the first at tick 0. `bars` are the ticks of the bar lines, the first at
    0, each a whole number of beats long; bars need not be equal, for listening may find an odd one. `heard` keeps the
    chords as they were before a reharmonisation and `heard_metre` the metre before a change; both are what decides
    whether a recipe reharmonises. `method` says where the tune comes from: "own", "basic-pitch", "written".
    """

    title: str
    rate: int
    metre: int
    tonic: int
    mode: Mode
    tempo: tuple[tuple[int, int], ...]
    bars: tuple[int, ...]
    end: int
    tune: tuple[Tone, ...] = ()
    chords: tuple[ChordSpan, ...] = ()
    sections: tuple[Part, ...] = ()
    beats: tuple[int, ...] = ()
    first_beat: int = 0
    heard: tuple[ChordSpan, ...] = ()
    heard_metre: int = 0
    method: str = "written"

    @property
    def key_name(self) -> str:
        from ritornello.studio.harmony import NAMES

        return f"{NAMES[self.tonic]} {self.mode}"

    @property
    def bpm(self) -> float:
        """Beats a minute in the middle: half of the beats are at most as fast, half at least. One tempo is itself."""
        spans = pairwise((*self.tempo, (max(self.end, self.tempo[-1][0] + 1), 0)))
        paces = sorted((micros, after - tick) for (tick, micros), (after, _) in spans)
        passed = list(accumulate(ticks for _, ticks in paces))
        return 60e6 / paces[bisect_left(passed, passed[-1] / 2)][0]

    @cached_property
    def _chord_starts(self) -> list[int]:
        return [span.start for span in self.chords]

    def chord_at(self, tick: int) -> Harmony:
        """The chord that sounds at a tick; SILENCE where none is written."""
        k = bisect_right(self._chord_starts, tick) - 1
        return self.chords[k].chord if k >= 0 and tick < self.chords[k].end else SILENCE

    def bar_spans(self) -> tuple[tuple[int, int], ...]:
        """Each bar as (start, end)."""
        return tuple(pairwise((*self.bars, self.end)))

    def sung_over(self, start: int, end: int) -> tuple[Tone, ...]:
        """The tones of the tune that sound between two ticks."""
        return tuple(tone for tone in self.tune if tone.start < end and tone.end > start)

    @property
    def harmony_changed(self) -> bool:
        """Whether the chords are others than those that were heard: another root or family for a beat or more."""
        return bool(self.heard) and changed_ticks(self.heard, self.chords) >= PPQ

    @property
    def metre_changed(self) -> bool:
        return self.heard_metre not in (0, self.metre)

    def to_document(self) -> dict[str, Any]:
        """Integer JSON."""
        return {
            "v": VERSION,
            "title": self.title,
            "rate": self.rate,
            "metre": self.metre,
            "key": [self.tonic, self.mode],
            "tempo": [list(mark) for mark in self.tempo],
            "bars": list(self.bars),
            "end": self.end,
            "tune": [[t.start, t.length, t.pitch, t.velocity] for t in self.tune],
            "chords": _chord_rows(self.chords),
            "sections": [[part.start, part.end, part.label] for part in self.sections],
            "beats": list(self.beats),
            "first_beat": self.first_beat,
            "heard": _chord_rows(self.heard),
            "heard_metre": self.heard_metre,
            "method": self.method,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Score:
        """Read a score. Raises ScoreError with every finding."""
        found = findings(document)
        if found:
            raise ScoreError(found)
        return cls(
            title=document.get("title", ""),
            rate=document["rate"],
            metre=document["metre"],
            tonic=document["key"][0],
            mode=document["key"][1],
            tempo=tuple((tick, micros) for tick, micros in document["tempo"]),
            bars=tuple(document["bars"]),
            end=document["end"],
            tune=tuple(Tone(*row) for row in document.get("tune", ())),
            chords=_chords_of(document.get("chords", ())),
            sections=tuple(Part(*row) for row in document.get("sections", ())),
            beats=tuple(document.get("beats", ())),
            first_beat=document.get("first_beat", 0),
            heard=_chords_of(document.get("heard", ())),
            heard_metre=document.get("heard_metre", 0),
            method=document.get("method", "written"),
        )


def _chord_rows(spans: Iterable[ChordSpan]) -> list[list[Any]]:
    return [[s.start, s.end, s.chord.root, s.chord.quality, s.chord.bass] for s in spans]


def _chords_of(rows: Iterable[Sequence[Any]]) -> tuple[ChordSpan, ...]:
    return tuple(ChordSpan(start, end, Harmony(root, quality, bass)) for start, end, root, quality, bass in rows)


def changed_ticks(before: Sequence[ChordSpan], after: Sequence[ChordSpan]) -> int:
    """How long (in ticks) `after` is another harmony than `before`, where both have a chord."""
    total = 0
    for old in before:
        for new in after:
            overlap = min(old.end, new.end) - max(old.start, new.start)
            if overlap > 0 and old.chord.root >= 0 and not same_harmony(old.chord, new.chord):
                total += overlap
    return total


_ROWS = {"tune": 4, "chords": 5, "heard": 5, "sections": 3, "tempo": 2}


def findings(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Everything that is wrong with a score document, in its order; empty when it can be used."""
    if not isinstance(document, Mapping):
        return (Finding("score", f"is {document!r}", "write a JSON object"),)
    found: list[Finding] = []
    if document.get("v") != VERSION:
        found.append(Finding("v", f"is {document.get('v')!r}", f"this engine reads version {VERSION}"))
    known = {
        "v",
        "title",
        "rate",
        "metre",
        "key",
        "bars",
        "end",
        "beats",
        "first_beat",
        "heard_metre",
        "method",
        *_ROWS,
    }
    found += [Finding(name, "is not known here", "leave it out") for name in sorted(set(document) - known)]
    for name, lo, hi in (("rate", 8_000, 192_000), ("metre", 2, 12), ("end", 1, PPQ * 12 * MOST_BARS)):
        if not _whole(document.get(name), lo, hi):
            found.append(Finding(name, f"is {document.get(name)!r}", f"write a whole number, {lo} to {hi}"))
    for name, lo, hi in (("first_beat", 0, PPQ * 12), ("heard_metre", 0, 12)):
        if not _whole(document.get(name, 0), lo, hi):
            found.append(Finding(name, f"is {document.get(name)!r}", f"write a whole number, {lo} to {hi}"))
    for name in ("title", "method"):
        if not isinstance(document.get(name, ""), str) or len(document.get(name, "")) > 500:
            found.append(Finding(name, "is no text of up to 500 characters", "write a text"))
    key = document.get("key")
    if not (isinstance(key, list | tuple) and len(key) == 2 and _whole(key[0], 0, 11) and key[1] in ("major", "minor")):
        found.append(Finding("key", f"is {key!r}", "write the pitch class 0..11 and major or minor"))
    for name in ("bars", "beats"):
        values = document.get(name, [])
        if not isinstance(values, list | tuple) or not all(_whole(v, 0, 2**40) for v in values):
            found.append(Finding(name, "holds something else than whole numbers", "write a list of whole numbers"))
    for name, width in _ROWS.items():
        rows = document.get(name, [])
        if not isinstance(rows, list | tuple):
            found.append(Finding(name, "is no list", "write a list of rows"))
            continue
        for k, row in enumerate(rows):
            if not isinstance(row, list | tuple) or len(row) != width:
                found.append(Finding(f"{name}[{k}]", f"is {row!r}", f"write {width} values"))
    return (*found, *_sense(document, frozenset(one.where.partition("[")[0] for one in found)))


def _whole(value: Any, lo: int, hi: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and lo <= value <= hi


def _sense(document: Mapping[str, Any], broken: frozenset[str]) -> tuple[Finding, ...]:
    """What can be said of each part that has its type (`broken` ones have not): order, ranges, what fits into what."""
    found: list[Finding] = []

    def part(name: str) -> Sequence[Any]:
        return () if name in broken else document.get(name, ())

    if "end" in broken:  # nothing can be held against where the song ends
        return ()
    end, bars, tempo = document["end"], part("bars"), part("tempo")
    if any(b <= a for a, b in pairwise(part("beats"))):
        found.append(Finding("beats", "do not rise", "list the samples of the beats in order"))
    if "bars" in broken:
        pass
    elif not bars or bars[0] != 0 or any(b <= a or (b - a) % PPQ for a, b in pairwise((*bars, end))):
        found.append(Finding("bars", "do not rise from 0 in whole beats", f"a bar is a multiple of {PPQ} ticks long"))
    if len(bars) > MOST_BARS:
        found.append(Finding("bars", f"are {len(bars)}", f"use at most {MOST_BARS}"))
    if "tempo" in broken:
        pass
    elif (
        not tempo
        or not all(_whole(tick, 0, 2**40) for tick, _ in tempo)
        or tempo[0][0] != 0
        or any(b[0] <= a[0] for a, b in pairwise(tempo))
    ):
        found.append(Finding("tempo", "does not begin at tick 0 and rise", "list (tick, microseconds) in order"))
    for k, (_, micros) in enumerate(tempo):
        if not _whole(micros, FASTEST, SLOWEST):
            found.append(Finding(f"tempo[{k}]", f"is {micros!r}", f"{FASTEST} to {SLOWEST} microseconds a beat"))
    last = 0
    for k, (start, length, pitch, velocity) in enumerate(part("tune")):
        if not (_whole(start, last, end) and _whole(length, 1, end) and _whole(pitch, 0, 127)):
            found.append(
                Finding(f"tune[{k}]", f"is {[start, length, pitch, velocity]}", "tones rise and do not overlap")
            )
        elif not _whole(velocity, 1, 127):
            found.append(Finding(f"tune[{k}]", f"has velocity {velocity!r}", "use 1 to 127"))
        else:
            last = start + length
    for name in ("chords", "heard"):
        last = 0
        for k, (start, stop, root, quality, bass) in enumerate(part(name)):
            if not (_whole(start, last, end) and _whole(stop, start + 1 if _whole(start, 0, end) else 0, end)):
                found.append(Finding(f"{name}[{k}]", f"lies at {start}..{stop}", "chords rise and do not overlap"))
            else:
                last = stop
            if not isinstance(quality, str) or quality not in QUALITIES:
                found.append(Finding(f"{name}[{k}]", f"is {quality!r}", f"use {', '.join(QUALITIES)}"))
            elif not (_whole(root, 0, 11) and _whole(bass, 0, 11)) and quality != "none":
                found.append(Finding(f"{name}[{k}]", f"has root {root!r} and bass {bass!r}", "use pitch classes 0..11"))
            elif quality == "none" and (root, bass) != (-1, -1):
                found.append(Finding(f"{name}[{k}]", "is silence with a root", "write -1, none, -1"))
    for k, (start, stop, label) in enumerate(part("sections")):
        if not (_whole(start, 0, end) and _whole(stop, 1, end) and start < stop and isinstance(label, str)):
            found.append(Finding(f"sections[{k}]", f"is {[start, stop, label]}", "start before end, and a label"))
    return tuple(found)


def samples_of(tempo: Sequence[tuple[int, int]], rate: int, ticks: Iterable[int]) -> list[int]:
    """Where ticks fall in samples at `rate`, exactly: integers, each rounded half up once.

    `tempo` as in `Score`; ticks below 0 are counted back at the first tempo.
    """
    marks = [tick for tick, _ in tempo]
    unit = PPQ * 1_000_000
    reached = [0]  # in units of 1 / (PPQ * 10^6) samples, at each mark
    for (tick, micros), (after, _) in pairwise(tempo):
        reached.append(reached[-1] + (after - tick) * micros * rate)
    out = []
    for tick in ticks:
        k = max(0, bisect_right(marks, tick) - 1)
        out.append((2 * (reached[k] + (tick - marks[k]) * tempo[k][1] * rate) + unit) // (2 * unit))
    return out


def with_tempo(score: Score, permille: int) -> Score:
    """The score at `permille` of its speed."""
    marks = tuple(
        (tick, min(SLOWEST, max(FASTEST, (micros * 1000 + permille // 2) // permille))) for tick, micros in score.tempo
    )
    return replace(score, tempo=marks)


def score_of(analysis: Analysis, transcription: object = None, *, title: str = "") -> Score:
    """What was heard, written down. See `ritornello.studio.writing_down`."""
    from ritornello.studio.writing_down import score_of as write_down

    return write_down(analysis, transcription, title=title)
