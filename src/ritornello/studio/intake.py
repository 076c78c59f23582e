"""Stems checked on arrival: do they start together, last as long, keep their polarity, and add up to the master?

Everything that is wrong is a finding with the stem, the figure and how to mend it; nothing is repaired in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Audio

Samples = npt.NDArray[np.float32]

NULL_DB = -40.0
"""Residual of master minus stems, relative to the master, from which the stems do not add up to it."""
_SILENT = 1e-4
_MOST_OFFSET_S = 2.0


@dataclass(frozen=True, slots=True)
class StemFinding:
    """One thing wrong with delivered stems. `stem` is empty where all of them are meant."""

    stem: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Intake:
    """The check of a delivery: findings, and the residual in dB for the whole and for each ten seconds."""

    findings: tuple[StemFinding, ...]
    residual_db: float
    residual_by_section_db: tuple[float, ...]

    @property
    def accepted(self) -> bool:
        return not self.findings


def check_stems(master: Audio, stems: Mapping[str, Audio]) -> Intake:
    """Check `stems` (name to audio) against `master`."""
    found: list[StemFinding] = []
    if not stems:
        return Intake((StemFinding("", "no stems were delivered", "deliver at least two"),), 0.0, ())
    for name, stem in stems.items():
        found += _shape(name, stem, master)
    whole = {name: stem for name, stem in stems.items() if stem.rate == master.rate}
    found += _twins(whole)
    if len(whole) < len(stems):
        return Intake(tuple(found), 0.0, ())
    total = np.zeros_like(master.samples)
    for stem in stems.values():
        n = min(total.shape[0], stem.frames)
        total[:n] += stem.samples[:n] if stem.channels == master.channels else stem.mono()[:n, None]
    residual, sections = _residuals(master, total)
    if residual > NULL_DB:
        found += _culprits(master, whole, total)
        mend = "deliver stems without master processing, or the master that they make"
        found.append(StemFinding("", f"master minus stems leaves {residual:.1f} dB, more than {NULL_DB:.0f} dB", mend))
    return Intake(tuple(found), residual, sections)


def _shape(name: str, stem: Audio, master: Audio) -> list[StemFinding]:
    found = []
    if not name.strip() or name != name.strip().lower():
        found.append(StemFinding(name, "its name is not a plain lower-case part", "name it drums, bass, lead …"))
    if stem.rate != master.rate:
        found.append(StemFinding(name, f"is at {stem.rate} Hz, the master at {master.rate} Hz", "export at one rate"))
    elif abs(stem.frames - master.frames) > master.rate // 100:
        late = (stem.frames - master.frames) / master.rate
        found.append(StemFinding(name, f"is {late:+.2f} s long against the master", "export from start to end"))
    if float(np.abs(stem.samples).max(initial=0.0)) < _SILENT:
        found.append(StemFinding(name, "is silent", "leave it out or deliver the right file"))
    return found


def _twins(stems: Mapping[str, Audio]) -> list[StemFinding]:
    found = []
    names = list(stems)
    for k, first in enumerate(names):
        for second in names[k + 1 :]:
            a, b = stems[first].samples, stems[second].samples
            if a.shape == b.shape and np.array_equal(a, b) and float(np.abs(a).max(initial=0.0)) >= _SILENT:
                found.append(StemFinding(second, f"is the same as {first}", "deliver the right file"))
    return found


def _decibel(part: Samples, whole: Samples) -> float:
    power = float(np.mean(np.square(whole, dtype=np.float64)))
    rest = float(np.mean(np.square(part, dtype=np.float64)))
    return 10 * float(np.log10(max(rest, 1e-16) / power)) if power > 1e-12 else 0.0 if rest > 1e-12 else -120.0


def _residuals(master: Audio, total: Samples) -> tuple[float, tuple[float, ...]]:
    rest = master.samples - total
    step = 10 * master.rate
    starts = range(0, master.frames, step)
    sections = tuple(_decibel(rest[at : at + step], master.samples[at : at + step]) for at in starts)
    return _decibel(rest, master.samples), sections


def _culprits(master: Audio, stems: Mapping[str, Audio], total: Samples) -> list[StemFinding]:
    """Which stem spoils the sum, and how: turned over, or late."""
    found = []
    rest = (master.samples - total).mean(axis=1)
    before = _decibel(rest, master.mono())
    for name, stem in stems.items():
        mono = np.zeros_like(rest)
        n = min(rest.size, stem.frames)
        mono[:n] = stem.mono()[:n]
        if not np.any(np.abs(mono) > _SILENT):
            continue
        if _decibel(rest + 2 * mono, master.mono()) < before - 6:
            found.append(StemFinding(name, "has inverted polarity", "turn its polarity over"))
            continue
        offset = _offset(rest + mono, mono, int(_MOST_OFFSET_S * master.rate))
        if offset and _decibel(rest + mono - np.roll(mono, offset), master.mono()) < before - 6:
            seconds = -offset / master.rate
            found.append(
                StemFinding(
                    name,
                    f"starts {seconds:+.3f} s ({-offset:+d} samples) against the master",
                    "export from the same start",
                )
            )
    return found


def _offset(wanted: Samples, given: Samples, reach: int) -> int:
    """By how many samples `given` must be moved later to fit `wanted`, within `reach`."""
    size = int(2 ** np.ceil(np.log2(wanted.size + given.size)))
    match = np.fft.irfft(np.fft.rfft(wanted, size) * np.conj(np.fft.rfft(given, size)), size)
    window = np.concatenate((match[-reach:], match[: reach + 1]))
    return int(np.argmax(window)) - reach
