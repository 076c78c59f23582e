"""A score in a style: who plays what, bar by bar, as the band of a style pack would.

Everything is ticks until the end and a seed decides every inaccuracy, so that the same score, style and seed are the
same notes. The tune is never changed: it may be put into another octave to suit the instrument, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ritornello.studio.accompaniment import Accompanist, Note
from ritornello.studio.drumming import drum_notes
from ritornello.studio.form import bars_of
from ritornello.studio.harmony import QUALITIES, coloured
from ritornello.studio.performers import KITS
from ritornello.studio.score import PPQ, ChordSpan, Score, Tone
from ritornello.studio.styles import StylePack

_DRUM_LEVEL = {"drums": -250, "machine": -450, "hands": -300}


@dataclass(frozen=True, slots=True)
class Track:
    """One part of an arrangement: its name, its performer and where it stands in the mix."""

    name: str
    performer: str
    program: int
    centidb: int
    pan: int
    send: int


@dataclass(frozen=True, slots=True)
class Arrangement:
    """`notes` are rows (track, start, length, pitch, velocity) in ticks, in order; `chords` as they are played."""

    tracks: tuple[Track, ...]
    notes: tuple[tuple[int, int, int, int, int], ...]
    chords: tuple[ChordSpan, ...]


def arrange(score: Score, style: StylePack, seed: int, *, swing_permille: int = 0) -> Arrangement:
    """The score played by the band of a style. `swing_permille` makes eighths swing (333 is a triplet shuffle)."""
    score = in_register(score, style)
    chords = dressed(score, style)
    bars = bars_of(score)
    last = _last_bar(score, len(bars))
    swing = (8, swing_permille) if swing_permille else style.swing
    tracks: list[Track] = []
    rows: list[tuple[int, int, int, int, int]] = []

    def add(track: Track, notes: Sequence[Note], stream: int, looseness: float) -> None:
        rng = np.random.Generator(np.random.PCG64([seed, stream]))
        for note in notes:
            rows.append((len(tracks), *_human(note, style, rng, looseness, swing)))
        if notes:
            tracks.append(track)

    accompanist = Accompanist(score, chords, style, bars, last)
    for stream, player in enumerate(style.players):
        track = Track(player.name, player.patch, player.program, player.centidb, player.pan, player.send)
        add(track, accompanist.part(player), stream, 0.5 if player.role in ("lead", "double", "bass") else 1.0)
    struck = drum_notes(style, bars, last)
    for number, kit in enumerate(KITS):
        track = Track(_KIT_NAMES[kit], kit, KITS[kit], _DRUM_LEVEL[kit], 0, 90)
        add(track, struck[kit], 100 + number, 0.8)
    rows.sort(key=lambda row: (row[1], row[0], row[3], row[4]))
    return Arrangement(tuple(tracks), tuple(rows), chords)


def begun_at(arrangement: Arrangement, tick: int) -> Arrangement:
    """The arrangement from a tick on, which becomes its first; what begins a hair before it begins with it."""
    notes = ((part, max(0, start - tick), *rest) for part, start, *rest in arrangement.notes)
    chords = (replace(s, start=max(0, s.start - tick), end=s.end - tick) for s in arrangement.chords if s.end > tick)
    return replace(arrangement, notes=tuple(notes), chords=tuple(chords))  # type: ignore[arg-type]


_KIT_NAMES = {"drums": "drums", "machine": "drum machine", "hands": "percussion"}


def in_register(score: Score, style: StylePack) -> Score:
    """The score with its tune moved by whole octaves into the range of the style's lead."""
    lead = next(player for player in style.band if player.role == "lead")
    if not score.tune:
        return score
    lo, hi = max(style.tune[0], lead.lo), min(style.tune[1], lead.hi)
    pitches = sorted(tone.pitch for tone in score.tune)
    low, high = pitches[len(pitches) // 50], pitches[-1 - len(pitches) // 50]
    shift = min(
        range(-48, 49, 12),
        key=lambda s: (max(0, lo - low - s) + max(0, high + s - hi), abs(low + high + 2 * s - lo - hi), abs(s)),
    )
    return _octaves(score, shift)


def _octaves(score: Score, shift: int) -> Score:
    tune = []
    for tone in score.tune:
        pitch = tone.pitch + shift
        while pitch > 108:
            pitch -= 12
        while pitch < 36:
            pitch += 12
        tune.append(Tone(tone.start, tone.length, pitch, tone.velocity))
    return replace(score, tune=tuple(tune))


def dressed(score: Score, style: StylePack) -> tuple[ChordSpan, ...]:
    """The chords in the colours of the style, none of which rubs against what is sung over them."""
    out = []
    for k, span in enumerate(score.chords):
        following = score.chords[k + 1].chord if k + 1 < len(score.chords) else None
        # passing tones shorter than an eighth do not count
        sung = [tone.pitch % 12 for tone in score.sung_over(span.start, span.end) if tone.length >= PPQ // 2]
        chord = coloured(span.chord, following, score.tonic, score.mode, style.colour, sung)
        out.append(ChordSpan(span.start, span.end, chord))
    return tuple(out)


def _last_bar(score: Score, count: int) -> int:
    """The bar in which everything comes to rest: the last one in which a chord or the tune begins."""
    spans = score.bar_spans()
    starts = [span.start for span in score.chords if QUALITIES[span.chord.quality]]
    starts += [tone.start for tone in score.tune]
    latest = max((span.end - 1 for span in score.chords if span.chord.root >= 0), default=max(starts, default=0))
    return next((k for k in reversed(range(count)) if spans[k][0] <= latest), count - 1)


def _human(
    note: Note, style: StylePack, rng: np.random.Generator, looseness: float, swing: tuple[int, int]
) -> tuple[int, int, int, int]:
    ticks, force = style.human
    miss = float(np.clip(rng.normal(), -2.5, 2.5)) * ticks * looseness
    louder = float(np.clip(rng.normal(), -2.5, 2.5)) * force
    start = max(0, round(swung(note.start, swing) + note.late + (0 if note.exact else miss)))
    end = max(start + PPQ // 16, swung(note.start + note.length, swing))
    return start, end - start, note.pitch, min(127, max(1, round(note.velocity + louder)))


def swung(tick: int, swing: tuple[int, int]) -> int:
    """Where a tick falls when every second note of the value `swing[0]` (8 or 16) is late by `swing[1]` permille of it.

    Triplets stay where they are: they swing already.
    """
    value, permille = swing
    if not value or not permille or (tick % (PPQ // 3) == 0 and tick % (PPQ // 4)):
        return tick
    unit = PPQ * 4 // value
    pair, inside = divmod(tick, 2 * unit)
    middle = unit + unit * permille // 1000
    if inside < unit:
        return pair * 2 * unit + inside * middle // unit
    return pair * 2 * unit + middle + (inside - unit) * (2 * unit - middle) // unit
