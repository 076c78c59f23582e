"""The demo song as its composer wrote it: form, chords with their voicings, melody, bass and drum parts.

"Ritornello" is in D major at 104 beats a minute: a two-bar call opens it, comes back in bar seven of each chorus and
closes it. The verse walks its bass down the scale (D, C#, B, A, G, F#, E, A); the chorus starts away from home, on G,
and only its seventh bar arrives; the outro borrows a G minor before the last D. Beats count quarters from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

TITLE = "Ritornello"
TEMPO_BPM = 104
BEATS_PER_BAR = 4
FORM: tuple[tuple[str, int], ...] = (
    ("intro", 4),
    ("verse", 8),
    ("chorus", 8),
    ("verse", 8),
    ("chorus", 8),
    ("outro", 8),
)
BARS = sum(bars for _, bars in FORM)


@dataclass(frozen=True, slots=True)
class Note:
    """One written note: `beat` and `length` in quarters, `pitch` as MIDI number, `velocity` 0..1."""

    beat: float
    length: float
    pitch: int
    velocity: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One drum stroke: `piece` names the instrument."""

    beat: float
    piece: str
    velocity: float


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord symbol with the voicing that the keys play and the note that the bass plays."""

    beat: float
    length: float
    label: str
    voicing: tuple[int, ...]
    bass: int


# label: (voicing of the keys, root for the bass). Neighbours in the progressions share tones or move by step.
_VOICED: dict[str, tuple[tuple[int, ...], int]] = {
    "D": ((57, 62, 66, 69), 38),
    "A/C#": ((57, 61, 64, 69), 37),
    "Bm7": ((59, 62, 66, 69), 35),
    "F#m7": ((57, 61, 64, 66), 42),
    "G": ((59, 62, 67, 71), 43),
    "D/F#": ((57, 62, 66, 69), 42),
    "Em7": ((59, 62, 64, 67), 40),
    "A7sus4": ((57, 62, 64, 67), 33),
    "A7": ((57, 61, 64, 67), 33),
    "A": ((57, 61, 64, 69), 45),
    "Gm6": ((58, 62, 64, 67), 43),
}
_PROGRESSIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "intro": (("D", 4), ("Bm7", 4), ("G", 4), ("A", 4)),
    "verse": (
        ("D", 4),
        ("A/C#", 4),
        ("Bm7", 4),
        ("F#m7", 4),
        ("G", 4),
        ("D/F#", 4),
        ("Em7", 4),
        ("A7sus4", 2),
        ("A7", 2),
    ),
    "chorus": (("G", 4), ("A", 4), ("F#m7", 4), ("Bm7", 4), ("Em7", 4), ("A7", 4), ("D", 4), ("D", 4)),
    "outro": (("D", 4), ("Bm7", 4), ("G", 4), ("A", 4), ("D", 4), ("Bm7", 4), ("G", 2), ("Gm6", 2), ("D", 4)),
}

# Melodies: (pitch or None for a rest, length in quarters), a bar a line.
_Line = tuple[tuple[int | None, float], ...]
_CALL: _Line = ((78, 1.5), (76, 0.5), (74, 1), (69, 1), (71, 1.5), (73, 0.5), (74, 2))
_MELODY: dict[str, _Line] = {
    "intro": (*_CALL, (71, 0.5), (74, 0.5), (76, 1.5), (74, 0.5), (71, 1), (73, 1.5), (71, 0.5), (69, 2)),
    "verse": (
        *((None, 0.5), (69, 0.5), (69, 0.5), (71, 0.5), (69, 1), (66, 1)),
        *((64, 1.5), (66, 0.5), (64, 2)),
        *((None, 0.5), (66, 0.5), (66, 0.5), (67, 0.5), (66, 1), (62, 1)),
        *((61, 1.5), (64, 0.5), (69, 2)),
        *((None, 0.5), (71, 0.5), (71, 0.5), (73, 0.5), (74, 1), (71, 1)),
        *((69, 1.5), (66, 0.5), (69, 1), (74, 1)),
        *((71, 1), (67, 0.5), (71, 0.5), (74, 1), (71, 1)),
        *((74, 1), (73, 1), (71, 0.5), (69, 0.5), (69, 0.5), (73, 0.5)),
    ),
    "chorus": (
        *((74, 1.5), (71, 0.5), (74, 1), (76, 1)),
        *((76, 1.5), (73, 0.5), (76, 1), (78, 1)),
        *((78, 1), (76, 0.5), (78, 0.5), (81, 1.5), (78, 0.5)),
        *((78, 1), (76, 0.5), (74, 0.5), (74, 2)),
        *((79, 1.5), (78, 0.5), (76, 1), (74, 1)),
        *((76, 1), (78, 0.5), (76, 0.5), (73, 1), (69, 1)),
        *((78, 1.5), (76, 0.5), (74, 1), (69, 1)),
        *((71, 0.5), (73, 0.5), (74, 2), (None, 1)),
    ),
    "outro": (
        *(*_CALL, (71, 0.5), (74, 0.5), (76, 1.5), (74, 0.5), (71, 1), (73, 1.5), (71, 0.5), (69, 2)),
        *(*_CALL, (79, 1), (78, 0.5), (76, 0.5), (70, 1), (74, 1), (78, 3.5), (None, 0.5)),
    ),
}
_SECOND_VERSE: _Line = (
    *((None, 0.5), (69, 0.5), (74, 0.5), (71, 0.5), (69, 1), (66, 1)),
    *((64, 1), (69, 0.5), (66, 0.5), (64, 2)),
    *((None, 0.5), (66, 0.5), (71, 0.5), (67, 0.5), (66, 1), (62, 1)),
    *((61, 1), (64, 0.5), (66, 0.5), (69, 2)),
    *_MELODY["verse"][18:],
)


def sections() -> tuple[tuple[str, int, int], ...]:
    """Name, first bar and one past the last bar of each section."""
    spans, bar = [], 0
    for name, bars in FORM:
        spans.append((name, bar, bar + bars))
        bar += bars
    return tuple(spans)


def chords() -> tuple[Chord, ...]:
    """Every chord of the song in order, with voicing and bass."""
    out = []
    for name, first, _ in sections():
        beat = float(first * BEATS_PER_BAR)
        for label, length in _PROGRESSIONS[name]:
            voicing, bass = _VOICED[label]
            out.append(Chord(beat, length, label, voicing, bass))
            beat += length
    return tuple(out)


def melody() -> tuple[Note, ...]:
    """The tune: one voice, no two notes overlapping."""
    out = []
    verses = 0
    for name, first, _ in sections():
        line = _MELODY[name]
        if name == "verse":
            verses += 1
            line = _MELODY["verse"] if verses == 1 else _SECOND_VERSE
        beat = float(first * BEATS_PER_BAR)
        for pitch, length in line:
            if pitch is not None:
                weight = 0.08 if beat % 2 == 0 else 0.0
                out.append(Note(beat, length, pitch, {"verse": 0.66, "chorus": 0.82}.get(name, 0.72) + weight))
            beat += length
    return tuple(out)


def second_voice() -> tuple[Note, ...]:
    """A diatonic third below the tune in the second chorus only, so that the repeat is a lift and not a copy."""
    scale = (2, 4, 6, 7, 9, 11, 1)
    spans = [(a, b) for name, a, b in sections() if name == "chorus"]
    first, last = spans[-1]
    out = []
    for note in melody():
        if first * BEATS_PER_BAR <= note.beat < last * BEATS_PER_BAR:
            degree = scale.index(note.pitch % 12)
            below = note.pitch - (note.pitch - scale[(degree - 2) % 7]) % 12
            out.append(Note(note.beat, note.length, below, note.velocity * 0.8))
    return tuple(out)


_BASS_CELLS: dict[str, tuple[tuple[float, float, int, float], ...]] = {
    # (beat, length, semitones above the root, velocity)
    "intro": ((0, 3.6, 0, 0.62),),
    "verse": ((0, 1.3, 0, 0.82), (1.5, 0.45, 0, 0.6), (2.5, 0.45, 12, 0.66), (3, 0.9, 7, 0.7)),
    "chorus": tuple((k * 0.5, 0.42, 12 if k in (3, 6) else 0, 0.86 if k % 2 == 0 else 0.66) for k in range(8)),
    "outro": ((0, 1.8, 0, 0.78), (2, 1.4, 7, 0.66), (3.5, 0.45, 12, 0.56)),
}


def bass() -> tuple[Note, ...]:
    """The bass: the section's cell on each chord's bass note, cut where the chord is shorter than a bar."""
    out = []
    final = chords()[-1]
    for name, first, last in sections():
        for chord in chords():
            if not first * BEATS_PER_BAR <= chord.beat < last * BEATS_PER_BAR:
                continue
            if chord == final or (name == "intro" and chord.beat < 2 * BEATS_PER_BAR):
                out.append(Note(chord.beat, 3.8, chord.bass, 0.6))
                continue
            for beat, length, above, velocity in _BASS_CELLS[name]:
                if beat < chord.length:
                    out.append(Note(chord.beat + beat, min(length, chord.length - beat), chord.bass + above, velocity))
    return tuple(out)


def comping() -> tuple[Note, ...]:
    """Electric piano: sustained in the intro and outro, a syncopated comp in verses, pushed chords in choruses."""
    rhythm = {
        "intro": ((0.0, 3.9, 0.5),),
        "verse": ((0.0, 1.4, 0.56), (1.5, 0.9, 0.44), (3.0, 0.45, 0.4), (3.5, 0.45, 0.36)),
        "chorus": ((0.0, 0.9, 0.66), (1.5, 0.45, 0.5), (2.0, 0.9, 0.54), (3.5, 0.45, 0.5)),
        "outro": ((0.0, 1.9, 0.52), (2.0, 1.4, 0.44), (3.5, 0.4, 0.36)),
    }
    out = []
    final = chords()[-1]
    for name, first, last in sections():
        for chord in chords():
            if not first * BEATS_PER_BAR <= chord.beat < last * BEATS_PER_BAR:
                continue
            strokes = ((0.0, 4.0, 0.5),) if chord == final else rhythm[name]
            for beat, length, velocity in strokes:
                if beat < chord.length:
                    for order, pitch in enumerate(chord.voicing):
                        held = min(length, chord.length - beat)
                        out.append(Note(chord.beat + beat, held, pitch, velocity + 0.03 * (order == 3)))
    return tuple(out)


def arpeggio() -> tuple[Note, ...]:
    """Plucked sixteenths over the chord in choruses, eighths in the second verse: the shimmer on top."""
    out = []
    verses = 0
    for name, first, last in sections():
        verses += name == "verse"
        step = {"chorus": 0.25, "verse": 0.5 if verses == 2 else 0.0}.get(name, 0.0)
        if not step:
            continue
        order = (0, 2, 1, 3, 2, 1, 3, 2)
        for chord in chords():
            if first * BEATS_PER_BAR <= chord.beat < last * BEATS_PER_BAR:
                for k in range(round(chord.length / step)):
                    accent = 0.1 if k % 4 == 0 else 0.0
                    pitch = chord.voicing[order[k % 8]] + 12
                    out.append(Note(chord.beat + k * step, step * 0.9, pitch, 0.34 + accent))
    return tuple(out)


def _drum_bar(name: str, bar: int, of: int) -> list[Hit]:
    """One bar of drums, beats 0..4, for bar `bar` of `of` in a section called `name`."""
    hits: list[Hit] = []
    if name == "intro":
        hits += [Hit(k * 0.5, "hat", 0.36 + 0.12 * (k % 2 == 0)) for k in range(8)]
        if bar >= 2:
            hits += [Hit(0, "kick", 0.72), Hit(2, "kick", 0.66), Hit(3, "rim", 0.5)]
    elif name == "verse":
        hits += [Hit(0, "kick", 0.88), Hit(2.5, "kick", 0.7), Hit(1, "snare", 0.72), Hit(3, "snare", 0.76)]
        hits += [Hit(1.75, "snare", 0.16), Hit(3.75, "kick", 0.42)] if bar % 2 else []
        hits += [Hit(k * 0.5, "hat", (0.5, 0.34)[k % 2]) for k in range(8)]
        hits += [Hit(k * 0.5 + 0.25, "shaker", 0.24) for k in range(8)]
    elif name == "chorus":
        hits += [Hit(0, "kick", 0.96), Hit(1.5, "kick", 0.72), Hit(2, "kick", 0.84), Hit(3.5, "kick", 0.62)]
        hits += [Hit(1, "snare", 0.9), Hit(3, "snare", 0.92), Hit(1, "clap", 0.6), Hit(3, "clap", 0.62)]
        hits += [Hit(k + 0.5, "open", 0.46) for k in range(4)] + [Hit(k * 1.0, "hat", 0.52) for k in range(4)]
        hits += [Hit(k * 0.5 + 0.25, "shaker", 0.3) for k in range(8)]
    elif bar < 6:
        hits += [Hit(0, "kick", 0.8), Hit(2.5, "kick", 0.6), Hit(1, "rim", 0.56), Hit(3, "rim", 0.58)]
        hits += [Hit(k * 0.5, "hat", (0.46, 0.3)[k % 2]) for k in range(8)]
    elif bar == 6:
        hits += [Hit(0, "kick", 0.7), Hit(2, "rim", 0.46)] + [Hit(k * 1.0, "hat", 0.34) for k in range(4)]
    else:
        hits += [Hit(0, "kick", 0.72), Hit(0, "crash", 0.46)]
    if bar == 0 and name in ("verse", "chorus", "outro"):
        hits.append(Hit(0, "crash", 0.66 if name == "chorus" else 0.44))
    if bar == of - 1 and name in ("intro", "verse", "chorus"):
        hits = [h for h in hits if h.beat < 3 or h.piece == "kick"]
        fill = (("snare", 0.56), ("tom_high", 0.66), ("tom_mid", 0.72), ("tom_low", 0.8))
        hits += [Hit(3 + 0.25 * k, piece, velocity) for k, (piece, velocity) in enumerate(fill)]
    return hits


def drums() -> tuple[Hit, ...]:
    """Every stroke of the drummer, in order of time."""
    out = []
    for name, first, last in sections():
        for bar in range(first, last):
            out += [
                Hit(bar * BEATS_PER_BAR + hit.beat, hit.piece, hit.velocity)
                for hit in _drum_bar(name, bar - first, last - first)
            ]
    return tuple(sorted(out, key=lambda hit: (hit.beat, hit.piece)))
