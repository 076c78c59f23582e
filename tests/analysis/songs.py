"""Songs with known truth: composed from a seed, as notes in seconds with beats, bars, chords, key and form.

A song is data, so it can be rendered by the small synthesiser of the tests (``synth``) or by FluidSynth (the bench),
and what the room hears can be held against what was written. Nothing here is random but the choices of the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)
NUMERALS = {
    "I": (0, "maj"), "ii": (2, "min"), "iii": (4, "min"), "IV": (5, "maj"), "V": (7, "maj"), "vi": (9, "min"),
    "i": (0, "min"), "III": (3, "maj"), "iv": (5, "min"), "v": (7, "min"), "VI": (8, "maj"), "VII": (10, "maj"),
    "II": (2, "maj"), "bVII": (10, "maj"),
}  # fmt: skip


@dataclass(frozen=True)
class Note:
    start: float
    length: float
    pitch: int
    velocity: int
    part: str  # drums, bass, harmony, pad, lead


@dataclass(frozen=True)
class Plan:
    """What a song shall be. ``form`` is letters, one per section; ``progressions`` one chord per bar, repeated."""

    name: str
    seed: int
    bpm: float
    tonic: int
    mode: str = "major"
    metre: int = 4
    groove: str = "rock"  # rock, four, ballad, waltz, none, shuffle, half
    form: str = "ABAB"
    progressions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    bars: int = 8
    swing: float = 0.5  # where the off-beat eighth lies in the beat
    pickup: int = 0  # beats of melody before the first bar
    drift: float = 0.0  # random walk of the tempo per beat, relative
    later_bpm: float | None = None  # tempo from the middle on
    programs: dict[str, int] = field(default_factory=dict)
    lead_in: float = 0.5


@dataclass(frozen=True)
class Song:
    plan: Plan
    notes: tuple[Note, ...]
    beats: np.ndarray
    downbeats: np.ndarray
    chords: tuple[tuple[float, float, int, str], ...]
    sections: tuple[tuple[float, float, str], ...]
    length: float

    def without(self, *parts: str) -> Song:
        return replace(self, notes=tuple(note for note in self.notes if note.part not in parts))


def compose(plan: Plan) -> Song:
    rng = np.random.default_rng(plan.seed)
    total_bars = len(plan.form) * plan.bars
    total_beats = plan.pickup + total_bars * plan.metre
    beats = _beat_times(plan, total_beats, rng)

    def time(beat: float) -> float:
        """Seconds of a position in beats, counted from the first beat (the pickup comes first)."""
        whole = min(max(int(np.floor(beat)), 0), total_beats - 1)
        part = beat - whole
        if plan.swing != 0.5 and 0 < part < 1:
            part = part / 0.5 * plan.swing if part <= 0.5 else plan.swing + (part - 0.5) / 0.5 * (1 - plan.swing)
        return float(beats[whole] + part * (beats[whole + 1] - beats[whole]))

    notes: list[Note] = []
    chords: list[tuple[float, float, int, str]] = []
    sections: list[tuple[float, float, str]] = []
    riffs = {letter: _riff(plan, letter, rng) for letter in sorted(set(plan.form))}
    for place, letter in enumerate(plan.form):
        first = plan.pickup + place * plan.bars * plan.metre
        end = first + plan.bars * plan.metre
        sections.append((time(first), time(end), letter))
        for bar in range(plan.bars):
            at = first + bar * plan.metre
            numerals = plan.progressions[letter]
            numeral = numerals[bar % len(numerals)]
            if place == len(plan.form) - 1 and bar == plan.bars - 1:
                numeral = "I" if plan.mode == "major" else "i"  # a song ends at home
            for offset, width, root, quality in _chords_of_bar(plan, numeral):
                chords.append((time(at + offset), time(at + offset + width), root, quality))
                notes += _accompany(plan, letter, time, at + offset, width, root, quality, rng)
            notes += _drums(plan, letter, time, at, bar, rng)
            first_chord = _chords_of_bar(plan, numeral)[0]
            notes += _lead(plan, riffs[letter][bar % 4], time, at, first_chord[2], first_chord[3], rng)
    for beat in range(plan.pickup):
        notes.append(Note(time(beat), 0.8 * (time(beat + 1) - time(beat)), 67 + plan.tonic % 7 + beat, 90, "lead"))
    notes.sort(key=lambda note: (note.start, note.part, note.pitch))
    downbeats = beats[plan.pickup : total_beats : plan.metre]
    return Song(
        plan, tuple(notes), beats[:total_beats], downbeats, tuple(chords), tuple(sections), float(beats[-1]) + 1.0
    )


def _beat_times(plan: Plan, total: int, rng: np.random.Generator) -> np.ndarray:
    tempo = np.full(total + 1, plan.bpm)
    if plan.later_bpm is not None:
        half = total // 2
        ramp = np.linspace(plan.bpm, plan.later_bpm, 8)
        tempo[half : half + 8] = ramp[: len(tempo[half : half + 8])]
        tempo[half + 8 :] = plan.later_bpm
    if plan.drift:
        tempo = tempo * (1 + np.clip(np.cumsum(rng.normal(0, plan.drift, total + 1)), -0.06, 0.06))
    return plan.lead_in + np.concatenate([[0.0], np.cumsum(60.0 / tempo)])


def _chords_of_bar(plan: Plan, numeral: str) -> list[tuple[int, int, int, str]]:
    """One chord per bar, or two written with a slash ("IV/V") that share it."""
    parts = numeral.split("/")
    widths = [plan.metre] if len(parts) == 1 else [plan.metre - plan.metre // 2, plan.metre // 2]
    out, offset = [], 0
    for part, width in zip(parts, widths, strict=True):
        degree, quality = NUMERALS[part]
        out.append((offset, width, (plan.tonic + degree) % 12, quality))
        offset += width
    return out


def _accompany(plan, letter, time, at, width, root, quality, rng) -> list[Note]:  # type: ignore[no-untyped-def]
    third = 4 if quality == "maj" else 3
    out: list[Note] = []
    low = 40 + (root - 4) % 12
    triad = sorted(52 + (pitch - 4) % 12 for pitch in (root, root + third, root + 7))
    triad = [pitch + (12 if pitch < 55 else 0) for pitch in triad]

    def add(start: float, length: float, pitch: int, velocity: int, part: str) -> None:
        onset = time(at + start)
        out.append(Note(onset, (time(at + start + length) - onset) * 0.95, pitch, velocity, part))

    full = letter in "BDF"
    if plan.groove == "waltz":
        add(0, 1, low, 96, "bass")
        for beat in range(1, width):
            for pitch in triad:
                add(beat, 0.6, pitch, 72, "harmony")
    elif plan.groove in ("none", "ballad"):
        add(0, width, low, 84, "bass")
        cycle = [triad[0], triad[1], triad[2], triad[1]]
        for step in range(width * 2):
            add(step / 2, 0.5, cycle[step % 4], 78 if step % 2 == 0 else 64, "harmony")
    else:
        for step in range(width * 2):
            if full or step % 2 == 0 or rng.random() < 0.2:
                add(step / 2, 0.45, low + (12 if full and step % 2 else 0), 92 if step % 2 == 0 else 76, "bass")
        strokes = [0.0, 1.5, 2.5] if width >= 4 else [0.0, 1.0]
        for start in strokes:
            for pitch in triad:
                add(start, 0.9, pitch, 74, "harmony")
    if full:
        for pitch in triad:
            add(0, width, pitch + 12 if pitch < 60 else pitch, 58, "pad")
    return out


def _drums(plan, letter, time, at, bar, rng) -> list[Note]:  # type: ignore[no-untyped-def]
    kick, snare, closed, open_hat, crash, ride = 36, 38, 42, 46, 49, 51
    metre = plan.metre
    strokes: list[tuple[float, int, int]] = []
    full = letter in "BDF"
    if plan.groove == "none":
        return []
    if plan.groove == "waltz":
        strokes = [(0, kick, 108), (1, closed, 70), (2, closed, 70)]
        if full:
            strokes += [(1, snare, 66), (2, snare, 66)]
    elif plan.groove == "ballad":
        strokes = [(0, kick, 100), (metre / 2, snare, 92)] + [(beat, ride, 60) for beat in range(metre)]
    elif plan.groove == "four":
        strokes = [(beat, kick, 112) for beat in range(metre)] + [(beat + 0.5, open_hat, 80) for beat in range(metre)]
        strokes += [(beat, snare, 96) for beat in range(1, metre, 2)] if full else []
    elif plan.groove == "half":
        strokes = [(0, kick, 112), (metre / 2, snare, 110), (metre - 0.5, kick, 90)]
        strokes += [(step / 2, closed, 66) for step in range(metre * 2)]
    else:  # rock, shuffle
        strokes = [(0, kick, 112), (1, snare, 104)]
        if metre == 4:
            strokes += [(2, kick, 108), (3, snare, 104)] + ([(2.5, kick, 92)] if full else [])
        elif metre == 3:
            strokes += [(2, snare, 90)]
        hat = ride if full else closed
        strokes += [(step / 2, hat, 74 if step % 2 == 0 else 58) for step in range(metre * 2)]
    if bar == 0:
        strokes.append((0, crash, 100))
    if bar == plan.bars - 1 and plan.groove not in ("waltz", "ballad"):
        strokes += [(metre - 1 + quarter / 4, 47 if quarter < 2 else 43, 88) for quarter in range(4)]
    jitter = rng.integers(-6, 7, len(strokes))
    return [
        Note(time(at + start), 0.1, pitch, int(velocity + wobble), "drums")
        for (start, pitch, velocity), wobble in zip(strokes, jitter, strict=True)
    ]


def _riff(plan: Plan, letter: str, rng: np.random.Generator) -> list[list[tuple[float, float, int]]]:
    """Four bars of a tune: (start, length, step within the chord or scale), the same each time the letter returns."""
    bars = []
    for _ in range(4):
        at, bar = 0.0, []
        while at < plan.metre:
            length = float(rng.choice([0.5, 1.0, 1.0, 1.5, 2.0] if plan.metre == 4 else [0.5, 1.0, 1.0, 2.0]))
            length = min(length, plan.metre - at)
            if rng.random() < 0.85:
                bar.append((at, length, int(rng.integers(0, 6))))
            at += length
        bars.append(bar)
    return bars


def _lead(plan, riff, time, at, root, quality, rng) -> list[Note]:  # type: ignore[no-untyped-def]
    scale = MAJOR if plan.mode == "major" else MINOR
    third = 4 if quality == "maj" else 3
    tones = [(root + step) % 12 for step in (0, third, 7)]
    out = []
    for start, length, choice in riff:
        strong = start == int(start)
        pitch = tones[choice % 3] if strong or length >= 1 else (plan.tonic + scale[(choice * 2) % 7]) % 12
        octave = 72 if choice < 4 else 84
        onset = time(at + start)
        out.append(Note(onset, (time(at + start + length) - onset) * 0.9, octave + (pitch - 2) % 12 - 10, 92, "lead"))
    return out


POP = {"A": ("I", "V", "vi", "IV"), "B": ("IV", "I", "V", "vi"), "C": ("ii", "V", "iii", "vi")}
SOUL = {"A": ("I", "vi", "ii", "V"), "B": ("IV", "iii", "ii", "I"), "C": ("vi", "IV", "I", "V")}
DARK = {"A": ("i", "VI", "III", "VII"), "B": ("iv", "i", "VII", "III"), "C": ("VI", "VII", "i", "i")}
FOLK = {"A": ("I", "IV", "I", "V"), "B": ("vi", "iii", "IV", "V"), "C": ("IV", "I", "ii", "V")}

GOSPEL = {"A": ("I/IV", "I/V", "vi/IV", "ii/V"), "B": ("IV", "V", "iii/vi", "ii/V"), "D": ("vi", "ii", "IV", "V")}
MODAL = {"A": ("I", "bVII", "IV", "I"), "B": ("IV", "bVII", "I", "I"), "D": ("II", "IV", "bVII", "V")}
LAMENT = {"A": ("i", "v", "iv", "i"), "B": ("VI", "VII", "v", "i"), "D": ("iv", "VII", "III", "VI")}

WRITTEN_WITH: tuple[Plan, ...] = (
    # the songs that were at hand while the code was written
    Plan("pop", 1, 112.0, 0, progressions=POP, form="ABABCB"),
    Plan("minor", 2, 87.0, 9, "minor", progressions=DARK, groove="rock", form="ABACB", programs={"lead": 52}),
    Plan("waltz", 3, 150.0, 7, metre=3, groove="waltz", progressions=FOLK, form="AABBCA", bars=16),
    Plan("swing", 4, 132.0, 5, groove="shuffle", swing=0.66, progressions=SOUL, form="AABA"),
    Plan("tempo change", 5, 100.0, 2, groove="four", later_bpm=126.0, progressions=POP, form="ABAB"),
    Plan("pickup", 6, 96.0, 4, "minor", groove="ballad", pickup=1, progressions=DARK, form="ABAB"),
    Plan("dance", 101, 124.0, 6, "minor", groove="four", progressions=DARK, form="ABCBAB"),
    Plan("ballad", 102, 72.0, 10, groove="ballad", progressions=SOUL, form="ABAB"),
    Plan("sung", 103, 104.0, 3, groove="rock", progressions=FOLK, form="AABAB", programs={"lead": 53}, pickup=2),
    Plan("drifting", 104, 118.0, 11, "minor", groove="rock", drift=0.004, progressions=DARK, form="ABABCB"),
    Plan("slow waltz", 105, 108.0, 2, "minor", metre=3, groove="waltz", progressions=DARK, form="ABAC", bars=16),
    Plan("half time", 106, 140.0, 8, groove="half", progressions=POP, form="ABAB", bars=16),
)

HEARD_LATER: tuple[Plan, ...] = (
    # the songs that were first heard by the code as it was finished first
    Plan("gospel", 201, 80.0, 1, groove="rock", progressions=GOSPEL, form="ABABDB", programs={"harmony": 16}),
    Plan("jazz waltz", 202, 126.0, 3, metre=3, groove="shuffle", swing=0.62, progressions=SOUL, form="AABAC"),
    Plan("fast folk", 203, 164.0, 9, groove="rock", progressions=MODAL, form="ABADAB", programs={"harmony": 25}),
    Plan("slow sung", 204, 66.0, 5, "minor", groove="ballad", progressions=LAMENT, form="ABDB", programs={"lead": 53}),
    Plan("slowing", 205, 128.0, 8, "minor", groove="four", later_bpm=112.0, progressions=LAMENT, form="ABABD"),
    Plan("no drums", 206, 100.0, 7, groove="none", pickup=3, progressions=FOLK, form="ABAC", programs={"pad": 49}),
)

HEARD_SINCE: tuple[Plan, ...] = (
    # the songs that were first heard for an earlier table; the rule for the key was mended because of one of them
    Plan("sung waltz", 301, 138.0, 10, metre=3, groove="waltz", progressions=FOLK, form="ABAB", programs={"lead": 53}),
    Plan("speeding up", 302, 92.0, 4, "minor", groove="rock", later_bpm=108.0, progressions=DARK, form="ABACB"),
    Plan("shuffle", 303, 112.0, 9, groove="shuffle", swing=0.64, progressions=SOUL, form="ABAB", pickup=1),
    Plan("upbeat of two", 304, 84.0, 6, groove="ballad", progressions=GOSPEL, form="ABDB", pickup=2),
    Plan("quick", 305, 152.0, 1, "minor", groove="four", progressions=LAMENT, form="ABABDB", programs={"lead": 52}),
    Plan("loose", 306, 106.0, 3, groove="rock", drift=0.003, progressions=MODAL, form="ABADAB"),
)

LATIN = {"A": ("vi", "ii", "V", "I"), "B": ("IV", "V", "iii", "vi"), "D": ("ii", "V", "vi", "vi")}
ROCK = {"A": ("I", "bVII", "IV", "IV"), "B": ("vi", "IV", "I", "V"), "D": ("IV", "V", "IV", "I")}
HYMN = {"A": ("I/V", "vi/iii", "IV/I", "ii/V"), "B": ("V", "vi", "IV", "I"), "D": ("ii", "iii", "IV", "V")}
HARMONIC = {"A": ("i", "iv", "V", "i"), "B": ("VI", "iv", "V", "V"), "D": ("i", "VII", "VI", "V")}
DORIAN = {"A": ("i", "IV", "i", "VII"), "B": ("III", "VII", "i", "v"), "D": ("VI", "III", "iv", "V")}

HELD_OUT: tuple[Plan, ...] = (
    # the songs that nothing was ever tuned on, first heard for the table
    Plan("late home", 501, 94.0, 2, groove="rock", progressions=LATIN, form="ABAB", pickup=1),
    Plan("hymn in three", 502, 88.0, 8, metre=3, groove="waltz", progressions=HYMN, form="ABDB", programs={"lead": 52}),
    Plan("slowing down", 503, 120.0, 7, groove="four", later_bpm=104.0, progressions=ROCK, form="ABADB"),
    Plan("minor shuffle", 504, 126.0, 0, "minor", groove="shuffle", swing=0.67, progressions=HARMONIC, form="AABA"),
    Plan(
        "sung ballad", 505, 76.0, 11, "minor", groove="ballad", progressions=DORIAN, form="ABAB", programs={"lead": 53}
    ),
    Plan("organ and beat", 506, 116.0, 4, groove="half", progressions=ROCK, form="ABDB", programs={"harmony": 16}),
    Plan("two before one", 507, 100.0, 5, groove="rock", pickup=2, progressions=HYMN, form="AABB"),
    Plan(
        "dark dance", 508, 128.0, 6, "minor", groove="four", progressions=DORIAN, form="ABABDB", programs={"lead": 56}
    ),
    Plan("swaying", 509, 110.0, 9, groove="rock", drift=0.003, progressions=LATIN, form="ABADAB"),
    Plan("minor waltz", 510, 144.0, 4, "minor", metre=3, groove="waltz", progressions=HARMONIC, form="ABAD", bars=16),
    Plan("light swing", 511, 104.0, 10, groove="shuffle", swing=0.6, progressions=HYMN, form="AABAB", pickup=3),
    Plan("guitar song", 512, 138.0, 1, groove="rock", progressions=LATIN, form="ABAB", programs={"harmony": 25}),
)

SONGS = WRITTEN_WITH + HEARD_LATER + HEARD_SINCE + HELD_OUT


def plan_named(name: str) -> Plan:
    return next(plan for plan in SONGS if plan.name == name)
