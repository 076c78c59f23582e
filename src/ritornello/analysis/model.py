"""The records of listening: audio in memory, and everything that was heard in it.

Times are samples of the audio that was analysed (``int64``), pitches are pitch classes (0 = C … 11 = B), tempo is
quarter-note beats per minute, loudness is LUFS and dBTP as ITU-R BS.1770 defines them. Confidence is always between
0 and 1. ``to_document`` gives the integer-only JSON form that may be stored, hashed and sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

PITCH_CLASSES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


class AudioError(ValueError):
    """A recording that cannot be used: what is wrong, where, and how to mend it."""

    def __init__(self, what: str, where: str, mend: str) -> None:
        super().__init__(f"{where}: {what}. {mend}")
        self.what = what
        self.where = where
        self.mend = mend


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Decoded sound: ``samples`` is float32 of shape (frames, channels), full scale ±1.0; ``rate`` in Hz.

    ``notes`` tells what decoding did beyond copying (a down-mix, for example).
    """

    samples: NDArray[np.float32]
    rate: int
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.samples.ndim != 2 or self.samples.dtype != np.float32:
            raise TypeError(
                f"Audio holds float32 samples of shape (frames, channels), "
                f"not {self.samples.dtype} of shape {self.samples.shape}"
            )
        if self.rate <= 0:
            raise ValueError(f"a sample rate is positive, not {self.rate}")

    @property
    def frames(self) -> int:
        return int(self.samples.shape[0])

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        return self.frames / self.rate

    def mono(self) -> NDArray[np.float32]:
        """The mean of the channels, float32 of shape (frames,)."""
        if self.channels == 1:
            return self.samples[:, 0]
        if self.channels == 2:
            return (self.samples[:, 0] + self.samples[:, 1]) * np.float32(0.5)
        mean: NDArray[np.float32] = self.samples.mean(axis=1, dtype=np.float32)
        return mean


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness in LUFS and the highest true peak in dBTP (ITU-R BS.1770-5)."""

    lufs: float
    true_peak_dbtp: float

    @property
    def lufs_centi(self) -> int:
        return round(self.lufs * 100)

    @property
    def dbtp_centi(self) -> int:
        return round(self.true_peak_dbtp * 100)


@dataclass(frozen=True, slots=True)
class TempoGuess:
    """Another way to count: ``relation`` to the chosen tempo ("2:1", "1:2", "3:2", "2:3") and how likely it is."""

    bpm: float
    relation: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Tempo:
    """Beats per minute by robust regression over the beat times; ``constant`` when one grid fits all beats."""

    bpm: float
    confidence: float
    constant: bool
    alternatives: tuple[TempoGuess, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """``tonic`` is a pitch class, ``mode`` "major" or "minor"; ``tuning_cents`` is the deviation from A = 440 Hz."""

    tonic: int
    mode: str
    confidence: float
    tuning_cents: float = 0.0

    @property
    def name(self) -> str:
        return f"{PITCH_CLASSES[self.tonic]} {self.mode}"


@dataclass(frozen=True, slots=True)
class Chord:
    """One chord from one beat to the next: ``quality`` is "maj", "min" or "none" (then ``root`` is None)."""

    start: int
    end: int
    root: int | None
    quality: str
    confidence: float

    @property
    def name(self) -> str:
        """The chord in lead-sheet spelling: ``Am``, ``F#``, ``N`` for none."""
        if self.root is None:
            return "N"
        return PITCH_CLASSES[self.root] + ("m" if self.quality == "min" else "")


@dataclass(frozen=True, slots=True)
class Section:
    """A span of the form, on downbeats; spans that sound alike share their letter."""

    start: int
    end: int
    label: str


def _no_samples() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything heard in one recording. ``beats`` and ``downbeats`` are samples (int64), downbeats ⊆ beats."""

    rate: int
    frames: int
    tempo: Tempo
    metre: int
    metre_confidence: float
    key: Key
    loudness: Loudness
    beats: NDArray[np.int64] = field(default_factory=_no_samples)
    downbeats: NDArray[np.int64] = field(default_factory=_no_samples)
    chords: tuple[Chord, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def tempo_bpm(self) -> float:
        return self.tempo.bpm

    @property
    def bars(self) -> tuple[tuple[int, int], ...]:
        """Whole bars as (start, end) in samples, from downbeat to downbeat."""
        marks = [int(mark) for mark in self.downbeats]
        return tuple(pairwise(marks))

    def to_document(self) -> dict[str, Any]:
        """JSON without floats: tempo in thousandths of a BPM, confidence in permille, cents × 100, centi-LU."""
        return {
            "v": 1,
            "rate": self.rate,
            "frames": self.frames,
            "tempo": {
                "milli_bpm": round(self.tempo.bpm * 1000),
                "confidence": _permille(self.tempo.confidence),
                "constant": self.tempo.constant,
                "alternatives": [
                    {
                        "milli_bpm": round(guess.bpm * 1000),
                        "relation": guess.relation,
                        "confidence": _permille(guess.confidence),
                    }
                    for guess in self.tempo.alternatives
                ],
            },
            "metre": self.metre,
            "metre_confidence": _permille(self.metre_confidence),
            "key": {
                "tonic": self.key.tonic,
                "mode": self.key.mode,
                "confidence": _permille(self.key.confidence),
                "tuning_centi_cents": round(self.key.tuning_cents * 100),
            },
            "loudness": {"centi_lufs": self.loudness.lufs_centi, "centi_dbtp": self.loudness.dbtp_centi},
            "beats": [int(beat) for beat in self.beats],
            "downbeats": [int(beat) for beat in self.downbeats],
            "chords": [
                [chord.start, chord.end, chord.root, chord.quality, _permille(chord.confidence)]
                for chord in self.chords
            ],
            "sections": [[section.start, section.end, section.label] for section in self.sections],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Analysis:
        """The inverse of :meth:`to_document`, up to its rounding; a document of another version is a ValueError."""
        if document.get("v") != 1:
            raise ValueError(f"an analysis document of version 1 is expected, not {document.get('v')!r}")
        tempo, key, loudness = document["tempo"], document["key"], document["loudness"]
        return cls(
            rate=document["rate"],
            frames=document["frames"],
            tempo=Tempo(
                tempo["milli_bpm"] / 1000,
                tempo["confidence"] / 1000,
                tempo["constant"],
                tuple(
                    TempoGuess(guess["milli_bpm"] / 1000, guess["relation"], guess["confidence"] / 1000)
                    for guess in tempo["alternatives"]
                ),
            ),
            metre=document["metre"],
            metre_confidence=document["metre_confidence"] / 1000,
            key=Key(key["tonic"], key["mode"], key["confidence"] / 1000, key["tuning_centi_cents"] / 100),
            loudness=Loudness(loudness["centi_lufs"] / 100, loudness["centi_dbtp"] / 100),
            beats=np.asarray(document["beats"], dtype=np.int64),
            downbeats=np.asarray(document["downbeats"], dtype=np.int64),
            chords=tuple(Chord(s, e, root, quality, c / 1000) for s, e, root, quality, c in document["chords"]),
            sections=tuple(Section(start, end, label) for start, end, label in document["sections"]),
        )


def _permille(confidence: float) -> int:
    return round(min(max(confidence, 0.0), 1.0) * 1000)
