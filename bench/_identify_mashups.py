"""Mash-ups with the truth known: three recordings, each moved in its own way, overlapping, and a stranger's seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench._identify_corpus import RATE
from bench._transforms import Sound, stretched
from ritornello.identify.attribution import Attribution

GRID = 0.5
COUNT = 24


@dataclass(frozen=True, slots=True)
class MashUp:
    """Sound at 22 050 Hz, and who is heard when: (recording, from, to) in seconds."""

    sound: Sound
    truth: tuple[tuple[str, float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


def mash_up(number: int, known: dict[str, Path], held: dict[str, Path]) -> MashUp:
    """A alone, A with B, B alone, a stranger alone, C alone, C over A again."""
    rng = np.random.default_rng([number, 77])
    names = [str(name) for name in rng.choice(sorted(known), 3, replace=False)]
    stranger = str(rng.choice(sorted(held)))
    moves = [(float(np.exp(rng.uniform(-0.2, 0.2))), float(rng.integers(-4, 5))) for _ in range(3)]
    if number % 3 == 0:
        moves[0] = (1.0, 0.0)
    lengths = rng.uniform(8, 16, 6)
    at = np.concatenate([[0], np.cumsum(lengths)])
    spans = [(0, at[0], at[2]), (1, at[1], at[3]), (2, at[4], at[6]), (0, at[5], at[6])]
    out = np.zeros(int(at[6] * RATE) + 1, np.float32)
    for which, start, end in spans:
        _lay(out, _moved(known[names[which]], end - start, *moves[which], rng), start, float(rng.uniform(0.8, 1.25)))
    _lay(out, _cut(held[stranger], at[4] - at[3], rng), at[3], 1.0)
    truth = tuple((names[which], float(start), float(end)) for which, start, end in spans)
    return MashUp(out / max(1.0, float(np.abs(out).max())), truth)


def _cut(path: Path, seconds: float, rng: np.random.Generator) -> Sound:
    sound = np.load(path, mmap_mode="r")
    start = int(rng.integers(0, max(1, len(sound) - int(seconds * RATE))))
    return np.array(sound[start : start + int(seconds * RATE)], np.float32)


def _moved(path: Path, seconds: float, faster: float, semitones: float, rng: np.random.Generator) -> Sound:
    if faster == 1.0 and semitones == 0.0:
        return _cut(path, seconds, rng)
    made = stretched(_cut(path, seconds * faster + 1, rng), RATE, faster, semitones)
    return made[: int(seconds * RATE)]


def _lay(out: Sound, sound: Sound, start: float, gain: float) -> None:
    at = int(start * RATE)
    sound = sound[: len(out) - at]
    level = float(np.sqrt(np.mean(np.square(sound)))) + 1e-9
    ramp = np.minimum(1, np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / (0.05 * RATE))
    out[at : at + len(sound)] += (sound * ramp * gain * 0.1 / level).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Marks:
    """Half seconds that are right, wrong and missed; half the summed differences of shares; unknown half seconds."""

    right: int
    wrong: int
    missed: int
    share_error: float
    unknown: int
    billed: int


def mark(made: MashUp, found: Attribution) -> Marks:
    """Compare by half seconds; a half second's truth is who is heard at its middle."""
    cells = int(made.seconds / GRID)
    middle = (np.arange(cells) + 0.5) * GRID
    true = _who(list(made.truth), middle)
    told = _who([(part.recording, *part.answer.query_seconds) for part in found.parts], middle)
    right = sum(len(a & b) for a, b in zip(true, told, strict=True))
    wrong = sum(len(b - a) for a, b in zip(true, told, strict=True))
    missed = sum(len(a - b) for a, b in zip(true, told, strict=True))
    ours, theirs = _shares(told), _shares(true)
    error = sum(abs(ours.get(name, 0.0) - theirs.get(name, 0.0)) for name in {*ours, *theirs}) / 2
    nobody = [b for a, b in zip(true, told, strict=True) if not a]
    return Marks(right, wrong, missed, error, len(nobody), sum(bool(b) for b in nobody))


def _who(spans: list[tuple[str, float, float]], middle: np.ndarray) -> list[set[str]]:
    return [{name for name, start, end in spans if start <= at < end} for at in middle.tolist()]


def _shares(cells: list[set[str]]) -> dict[str, float]:
    out: dict[str, float] = {}
    known = sum(bool(cell) for cell in cells)
    for cell in cells:
        for name in cell:
            out[name] = out.get(name, 0.0) + 1 / len(cell) / max(known, 1)
    return out
