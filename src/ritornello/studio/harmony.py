"""Chords as musicians write them: what each quality holds, how a triad is coloured, and how hands play it.

A chord quality is a set of intervals above the root. A style colours a plain triad (a seventh, a ninth) without making
another chord of it: root and family stay. Voicings are chosen so that each finger moves as little as it can, stay
within the instrument's register and keep clear of the tune.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "Cb")
STEPS = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
}

QUALITIES: dict[str, tuple[int, ...]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "mmaj7": (0, 3, 7, 11),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "69": (0, 4, 7, 9, 14),
    "13": (0, 4, 10, 14, 21),
    "7b9": (0, 4, 7, 10, 13),
    "m11": (0, 3, 7, 10, 17),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "7sus4": (0, 5, 7, 10),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "aug": (0, 4, 8),
    "none": (),
}
"""Intervals in semitones above the root, in the order in which they are stacked."""

_SUFFIX = {
    **{"maj": "", "min": "m", "m7": "m7", "mmaj7": "m(maj7)", "madd9": "m(add9)", "69": "6/9", "m7b5": "m7b5"},
    "none": "",
}


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord: root and bass as pitch classes, a quality of QUALITIES. `root` -1 with "none" is silence."""

    root: int
    quality: str
    bass: int

    @property
    def tones(self) -> tuple[int, ...]:
        """Pitch classes of the chord, root first."""
        return tuple((self.root + step) % 12 for step in QUALITIES[self.quality])

    @property
    def name(self) -> str:
        return chord_name(self)


SILENCE = Harmony(-1, "none", -1)


def family(quality: str) -> str:
    """maj, min, dim, sus or none: what decides whether two chords are the same harmony in other clothes."""
    steps = QUALITIES[quality]
    if not steps:
        return "none"
    if 3 in steps:
        return "dim" if 6 in steps else "min"
    return "maj" if 4 in steps else "sus"


def plain(chord: Harmony) -> Harmony:
    """The chord without its colours: the triad of its family, or the chord itself where that is what it is."""
    triad = {"maj": "maj", "min": "min"}.get(family(chord.quality), chord.quality)
    return Harmony(chord.root, triad, chord.bass)


def same_harmony(a: Harmony, b: Harmony) -> bool:
    """Whether `b` is `a` with other colours: the same root, and a third that is not contradicted."""
    if a.root != b.root:
        return False
    one, other = family(a.quality), family(b.quality)
    return one == other or (("sus" in (one, other)) and "none" not in (one, other))


def chord_name(chord: Harmony, *, flats: bool = False) -> str:
    """The lead-sheet symbol: `Am7`, `F#m7b5`, `D/F#`, `N.C.` for silence."""
    if chord.root < 0:
        return "N.C."
    names = FLAT_NAMES if flats else NAMES
    name = names[chord.root] + _SUFFIX.get(chord.quality, chord.quality)
    return name if chord.bass == chord.root else f"{name}/{names[chord.bass]}"


def is_dominant(chord: Harmony, following: Harmony | None) -> bool:
    """Whether a major chord leads a fifth down (or a fourth up) to the next one."""
    if following is None or following.root < 0 or family(chord.quality) != "maj":
        return False
    return (following.root - chord.root) % 12 == 5


def diatonic(tonic: int, mode: str, root: int) -> bool:
    return (root - tonic) % 12 in STEPS[mode]


COLOURS = ("plain", "sevenths", "ninths", "added", "power")
"""How richly a style speaks: triads, sevenths, ninths and thirteenths, added ninths, or bare fifths."""


def coloured(
    chord: Harmony, following: Harmony | None, tonic: int, mode: str, colour: str, tune: Iterable[int]
) -> Harmony:
    """`chord` in the manner of a style; `tune` are the pitch classes sung over it, which no added tone may rub against.

    A chord that is already more than a triad is left as it is written, and so is what the tune forbids.
    """
    if colour == "plain" or chord.quality not in ("maj", "min"):
        return chord
    sung = set(tune)
    degree = (chord.root - tonic) % 12
    for quality in _choices(chord, following, degree, mode, colour):
        added = {(chord.root + step) % 12 for step in QUALITIES[quality]} - set(chord.tones)
        # a sung tone a semitone below an added one (or above it) is a clash; on the added tone itself it is a colour
        if not any((tone - extra) % 12 in (1, 11) for tone in sung for extra in added):
            return Harmony(chord.root, quality, chord.bass)
    return chord


def _choices(chord: Harmony, following: Harmony | None, degree: int, mode: str, colour: str) -> Sequence[str]:
    dominant = is_dominant(chord, following) or degree == 7
    if colour == "power":
        return ("5",)
    if colour == "added":
        if chord.quality == "maj":
            return ("7",) if degree == 7 and is_dominant(chord, following) else ("add9",)
        return ("madd9",) if degree in (0, 5) and mode == "minor" else ("m7",)
    rich = colour == "ninths"
    if chord.quality == "min":
        return ("m9", "m7") if rich and degree not in (4,) else ("m7",)
    if dominant:
        return ("13", "9", "7") if rich else ("7",)
    return ("maj9", "69", "maj7", "6") if rich else ("maj7", "6")


# which tones go first when a hand has fewer fingers than the chord has tones: the fifth, then the root
def _kept(chord: Harmony, count: int, *, rootless: bool) -> tuple[int, ...]:
    steps = list(QUALITIES[chord.quality])
    if rootless and len(steps) > 3 and 0 in steps:
        steps.remove(0)
    while len(steps) > count:
        steps.remove(7 if 7 in steps and len(steps) > 2 else (0 if 0 in steps else steps[-1]))
    tones = [(chord.root + step) % 12 for step in steps]
    while 0 < len(tones) < count:
        tones.append(tones[len(tones) - len(steps)])
    return tuple(tones)


def voicing(
    chord: Harmony,
    previous: Sequence[int],
    *,
    count: int,
    lo: int,
    hi: int,
    rootless: bool = False,
    under: int = 128,
) -> tuple[int, ...]:
    """`count` pitches of `chord` within lo..hi, low to high: the smoothest way from `previous`.

    Judged by how far each voice moves, by how near the whole lies to the middle of the register, by muddy seconds and
    thirds below C3, and by tones at or above `under` (the tune). Empty for silence.
    """
    tones = _kept(chord, count, rootless=rootless)
    if not tones:
        return ()
    centre = sum(previous) / len(previous) if previous else (lo + hi) / 2
    best: tuple[float, tuple[int, ...]] | None = None
    for pitches in _stacks(tones, lo, hi):
        cost = 0.25 * abs(sum(pitches) / len(pitches) - (lo + hi) / 2) + 0.15 * abs(
            sum(pitches) / len(pitches) - centre
        )
        if previous:
            cost += sum(min(abs(pitch - old) for old in previous) for pitch in pitches)
            cost += 0.5 * sum(min(abs(pitch - old) for pitch in pitches) for old in previous)
        for low, high in pairwise(pitches):
            cost += (
                3 * (high - low < 5 and low < 48) + 4 * (high - low == 1 and high == pitches[-1]) + (high == low) * 9
            )
        cost += 2.5 * sum(pitch >= under - 1 for pitch in pitches)
        if best is None or (cost, pitches) < best:
            best = (cost, pitches)
    return best[1] if best else ()


def _stacks(tones: tuple[int, ...], lo: int, hi: int) -> list[tuple[int, ...]]:
    """Close positions and drop-two positions of the tones within the register."""
    out = set()
    for first in range(len(tones)):
        order = tones[first:] + tones[:first]
        for bottom in range(lo + (order[0] - lo) % 12, hi + 1, 12):
            pitches = [bottom]
            for tone in order[1:]:
                pitches.append(pitches[-1] + 1 + (tone - pitches[-1] - 1) % 12)
            for shape in _shapes(pitches):
                if lo <= shape[0] and shape[-1] <= hi:
                    out.add(shape)
    if not out:  # a register narrower than the chord: the nearest place of each tone
        middle = (lo + hi) // 2
        out.add(tuple(sorted(middle + (tone - middle + 6) % 12 - 6 for tone in tones)))
    return sorted(out)


def _shapes(pitches: list[int]) -> list[tuple[int, ...]]:
    shapes = [tuple(pitches)]
    if len(pitches) >= 4:
        shapes.append(tuple(sorted((*pitches[:-2], pitches[-2] - 12, pitches[-1]))))
    if len(pitches) == 3:
        shapes.append(tuple(sorted((pitches[0], pitches[1] + 12, pitches[2]))))
    return shapes


def clash(chord: Harmony, tone: int) -> bool:
    """Whether a long sung pitch class rubs: a semitone above a chord tone, unless it is itself one."""
    if chord.root < 0 or tone % 12 in chord.tones:
        return False
    return any((tone - other) % 12 == 1 for other in chord.tones)


def every_chord() -> Iterable[Harmony]:
    """All roots with all qualities, root in the bass."""
    return (Harmony(root, quality, root) for root, quality in product(range(12), QUALITIES) if quality != "none")


_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SPELLED = {
    **{_SUFFIX.get(quality, quality): quality for quality in QUALITIES if quality != "none"},
    **{"M7": "maj7", "Δ": "maj7", "-": "min", "-7": "m7", "min7": "m7", "°": "dim", "o": "dim", "°7": "dim7"},
    **{"ø": "m7b5", "+": "aug", "sus": "sus4", "7sus": "7sus4", "6/9": "69", "major": "maj", "minor": "min"},
}


def chord_named(text: str) -> Harmony:
    """The chord of a symbol as musicians write it: `F#m7`, `Bb/D`, `N.C.`. Raises ValueError with what was not read."""
    written = text.strip().replace("♯", "#").replace("♭", "b")
    if written.upper() in ("N", "N.C.", "NC", ""):
        return SILENCE
    colour, written = ("6/9", written.replace("6/9", "69")) if "6/9" in written else ("", written)
    head, slash, low = written.partition("/")
    root, rest = _letter(head)
    bass, after = _letter(low) if slash else (root, "")
    rest = colour if rest == "69" and colour else rest
    if root is None or bass is None or after or rest not in _SPELLED:
        raise ValueError(f"{text!r} is no chord that is known here: write such as Am, F#m7, Bb/D or N.C.")
    return Harmony(root, _SPELLED[rest], bass)


def _letter(text: str) -> tuple[int | None, str]:
    if not text or text[0] not in _LETTERS:
        return None, text
    tone, rest = _LETTERS[text[0]], text[1:]
    while rest[:1] in ("#", "b") and rest[:1]:
        tone, rest = tone + (1 if rest[0] == "#" else -1), rest[1:]
    return tone % 12, rest
