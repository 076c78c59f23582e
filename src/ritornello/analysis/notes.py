"""The notes of a recording, several at a time: by a small trained model where it is installed, else by our own method.

The model is basic-pitch (Bittner et al., ICASSP 2022; code and weights Apache-2.0, 230 kB). Its ONNX file is run by
onnxruntime alone, so nothing of the package is imported and no TensorFlow is needed. It hears windows of 43 844 samples
at 22.05 kHz and answers with 172 frames; 142 of them are kept and the next window begins 36 164 samples later, so a
frame is *not* 256 samples long on average: time counted as frame x 256 drifts by half a percent.

Our own method explains each frame of the constant-Q picture as a mixture of harmonic tones. It hears less, and
:class:`Transcription` says which of the two was used. Neither runs unless somebody asks for notes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis import chroma, spectra
from ritornello.analysis.beats import novelty
from ritornello.analysis.buffers import release, sample_buffer
from ritornello.analysis.model import Analysis, Audio
from ritornello.analysis.notes_kernels import explained, gathered

Grid = NDArray[np.float32]
Report = Callable[[float, str], None]
Method = Literal["basic-pitch", "own"]

INSTALL = "pip install onnxruntime && pip install --no-deps basic-pitch"
"""What a person types to get the model: without its dependencies, which pin a TensorFlow that is no longer built."""
LICENCE = "Apache-2.0"
"""Of the model's code and of its weights, which allow commercial use."""

WINDOW, WINDOW_HOP, WINDOW_LEAD = 43_844, 36_164, 3_840
KEPT_FROM, KEPT = 15, 142
FRAME = 256
LOWEST = 21
"""MIDI number of the model's lowest pitch, A0; it knows 88."""
_BATCH = 8
_ONSET, _SOUNDING, _UNSTRUCK = 0.5, 0.3, 0.42
_GAP, _SHORTEST = 9, 6
_LATE = 200
"""Samples at 22.05 kHz by which the model answers late (9 ms, the median over plucked and struck tones)."""
_GHOST = 0.75
_RELEASE = 0.75
_GHOST_S = 0.05
_GHOST_STEPS = (-12, 12, 19, 24, 28, 31)
_OWN_LOWEST = spectra.LOWEST_PITCH
_OWN_LOUDNESS, _OWN_FAINT = 0.75, 0.25
_OWN_LEVELS = (0.3, 0.15, 0.5)
_PARTIALS = ((0, 1.0), (12, 0.6), (19, 0.45), (24, 0.32), (28, 0.22), (31, 0.16), (34, 0.11), (36, 0.08))


class NotesUnavailable(RuntimeError):
    """The model was asked for by name and is not installed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}. Install it with: {INSTALL}")


@dataclass(frozen=True, slots=True)
class Note:
    """One note: [start, end) in samples of the recording, pitch in cents (MIDI number x 100), velocity 1 to 127."""

    start: int
    end: int
    pitch_cents: int
    velocity: int

    @property
    def pitch(self) -> int:
        """The nearest MIDI number."""
        return (self.pitch_cents + 50) // 100


@dataclass(frozen=True, slots=True)
class Transcription:
    """The notes in the order in which they begin, how they were found, and how far to trust them (0 to 1).

    ``model_sha256`` is the hash of the weights, empty for our own method.
    """

    notes: tuple[Note, ...]
    method: Method
    confidence: float
    rate: int
    model_sha256: str = ""

    def to_document(self) -> dict[str, Any]:
        """Integer JSON: rows of (start, end, cents, velocity)."""
        return {
            "v": 1,
            "rate": self.rate,
            "method": self.method,
            "confidence": round(self.confidence * 1000),
            "model_sha256": self.model_sha256,
            "notes": [[note.start, note.end, note.pitch_cents, note.velocity] for note in self.notes],
        }


def model_path() -> Path | None:
    """The installed model file, None where basic-pitch or onnxruntime is missing. Imports neither."""
    package = find_spec("basic_pitch")
    if package is None or find_spec("onnxruntime") is None:
        return None
    for folder in package.submodule_search_locations or ():
        path = Path(folder) / "saved_models" / "icassp_2022" / "nmp.onnx"
        if path.is_file():
            return path
    return None


def transcribe(
    audio: Audio,
    analysis: Analysis | None = None,
    report: Report | None = None,
    *,
    method: Method | None = None,
    model: Path | None = None,
) -> Transcription:
    """The notes of a recording, of any number of voices and instruments.

    ``analysis`` lends its tuning, so that cents count from the recording's own concert pitch. ``report`` hears the
    finished fraction and may raise to cancel. ``method`` insists on one of the two; ``model`` names another file with
    the same interface. Raises NotesUnavailable when the model is insisted on and missing.
    """
    tell = report or (lambda fraction, message: None)
    path = None if method == "own" else model or model_path()
    if path is None and method == "basic-pitch":
        raise NotesUnavailable("the note model basic-pitch is not installed")
    tell(0.0, "listening for notes")
    mono = spectra.mono_22k(audio)
    cents = analysis.key.tuning_cents if analysis is not None else chroma.tuning_cents(mono)
    if path is None:
        return _own(mono, audio, cents, tell)
    return _modelled(mono, audio, cents, path, tell)


def frame_samples(count: int) -> NDArray[np.int64]:
    """The sample at 22.05 kHz on which each of the first ``count`` kept frames of the model is centred."""
    window, inside = np.divmod(np.arange(count, dtype=np.int64), KEPT)
    centres: NDArray[np.int64] = window * WINDOW_HOP + (KEPT_FROM + inside) * FRAME - WINDOW_LEAD
    return centres


def _modelled(mono: Grid, audio: Audio, cents: float, path: Path, tell: Report) -> Transcription:
    total = -(-len(mono) // WINDOW_HOP) * KEPT
    onset, sounding, bend = (sample_buffer(total, 88) for _ in range(3))
    done = 0
    for notes, onsets, contour in _answers(mono, path):
        last = done + len(notes)
        sounding[done:last], onset[done:last], bend[done:last] = notes, onsets, _bends(contour)
        done = last
        tell(0.05 + 0.85 * done / total, "listening for notes")
    found = np.zeros((max(1024, total), 3), dtype=np.int64)
    count = gathered(onset, sounding, _ONSET, _SOUNDING, _UNSTRUCK, _GAP, _SHORTEST, found)
    centres = np.append(frame_samples(total), frame_samples(total + 1)[-1]) - _LATE
    notes_found: list[Note] = []
    trust = weight = 0.0
    rows = [
        (pitch, first, end, float(sounding[first:end, pitch].mean())) for pitch, first, end in found[:count].tolist()
    ]
    for pitch, first, end, strength in _without_ghosts(_without_releases(rows), centres / spectra.RATE):
        level = sounding[first:end, pitch]
        share = float((bend[first:end, pitch] * level).sum() / max(float(level.sum()), 1e-6))
        exact = (LOWEST + pitch) * 100 + max(-50.0, min(50.0, share)) - cents
        start, stop = _in_recording(int(centres[first]), int(centres[end]), audio)
        notes_found.append(Note(start, stop, round(exact), max(1, min(127, round(127 * strength)))))
        trust += strength * (end - first)
        weight += end - first
    tell(1.0, "notes")
    ordered = tuple(sorted(notes_found, key=lambda note: (note.start, note.pitch_cents)))
    return Transcription(ordered, "basic-pitch", trust / weight if weight else 0.0, audio.rate, _digest(path))


def _without_releases(rows: list[tuple[int, int, int, float]]) -> list[tuple[int, int, int, float]]:
    """A much weaker note that follows at once on its own pitch is how the last one was let go, and no new one."""
    out: list[tuple[int, int, int, float]] = []
    for row in sorted(rows):
        last = out[-1] if out else None
        if last is not None and last[0] == row[0] and row[1] - last[2] <= 1 and row[3] < _RELEASE * last[3]:
            continue
        out.append(row)
    return out


def _without_ghosts(
    rows: list[tuple[int, int, int, float]], seconds: NDArray[np.float64]
) -> list[tuple[int, int, int, float]]:
    """Leave out what is probably a partial: a note that begins with a clearly stronger one an octave (or so) away."""
    by_pitch: dict[int, list[tuple[float, float]]] = {}
    for pitch, first, _, strength in rows:
        by_pitch.setdefault(pitch, []).append((float(seconds[first]), strength))
    begins = {pitch: np.asarray([at for at, _ in marks]) for pitch, marks in by_pitch.items()}

    def ghost(pitch: int, first: int, strength: float) -> bool:
        at = float(seconds[first])
        for step in _GHOST_STEPS:
            marks = by_pitch.get(pitch - step)
            if marks is None:
                continue
            low = int(np.searchsorted(begins[pitch - step], at - _GHOST_S))
            for when, other in marks[low:]:
                if when > at + _GHOST_S:
                    break
                if strength < _GHOST * other:
                    return True
        return False

    return [row for row in rows if not ghost(row[0], row[1], row[3])]


def _answers(mono: Grid, path: Path) -> Iterator[tuple[Grid, Grid, Grid]]:
    """Notes (n, 88), onsets (n, 88) and contour (n, 264) of the kept frames, a few windows at a time."""
    session = _session(str(path))
    name = session.get_inputs()[0].name
    outputs = [f"StatefulPartitionedCall:{number}" for number in (1, 2, 0)]
    windows = -(-len(mono) // WINDOW_HOP)
    for first in range(0, windows, _BATCH):
        batch = np.zeros((min(_BATCH, windows - first), WINDOW, 1), dtype=np.float32)
        for row in range(len(batch)):
            begin = (first + row) * WINDOW_HOP - WINDOW_LEAD
            low, high = max(0, begin), min(len(mono), begin + WINDOW)
            batch[row, low - begin : high - begin, 0] = mono[low:high]
        answer = session.run(outputs, {name: batch})
        release(mono)
        notes, onsets, contour = (
            np.asarray(grid)[:, KEPT_FROM : KEPT_FROM + KEPT].reshape(len(batch) * KEPT, -1) for grid in answer
        )
        yield notes, onsets, contour


@lru_cache(maxsize=2)
def _session(path: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one core per job: workers run side by side, and one thread repeats exactly
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=2)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _bends(contour: Grid) -> Grid:
    """How many cents each semitone is off at each frame, from the three contour bins around it: (n, 88)."""
    thirds = contour.reshape(len(contour), 88, 3)
    total = thirds.sum(axis=2)
    off: Grid = (thirds[:, :, 2] - thirds[:, :, 0]) / np.maximum(total, 1e-4) * np.float32(100 / 3)
    return off


def _in_recording(start: int, end: int, audio: Audio) -> tuple[int, int]:
    first = min(max(0, round(start * audio.rate / spectra.RATE)), audio.frames - 1)
    last = min(round(end * audio.rate / spectra.RATE), audio.frames)
    return first, max(first + 1, last)


def _own(mono: Grid, audio: Audio, cents: float, tell: Report) -> Transcription:
    """Mixtures of harmonic tones frame by frame; beginnings placed on the nearest rise of loudness (10 ms)."""
    tones = chroma.harmonic_semitones(spectra.tone_magnitudes(mono), cents)
    tell(0.5, "tones")
    activity = np.zeros_like(tones)
    explained(tones**_OWN_LOUDNESS, _partial_table(), 24, activity)
    highest = activity.max(axis=1, keepdims=True)
    level = float(np.quantile(highest, 0.9)) if len(activity) else 0.0
    if level <= 1e-6:
        return Transcription((), "own", 0.0, audio.rate)
    kept = np.where(activity < _OWN_FAINT * highest, 0, np.minimum(activity / level, 1.0)).astype(np.float32)
    rise = np.zeros_like(kept)
    rise[1:] = np.maximum(kept[1:] - kept[:-1], 0)
    # a tone that swells over two frames begins on the second as surely as one that is struck
    rise[2:] = np.maximum(rise[2:], np.maximum(kept[2:] - kept[:-2], 0) * np.float32(0.99))
    tell(0.8, "notes")
    found = np.zeros((max(1024, 8 * len(kept)), 3), dtype=np.int64)
    count = gathered(rise, kept, *_OWN_LEVELS, 1, 2, found)
    begins = novelty(spectra.onset_bands(mono)).sum(axis=1)
    rows = [(pitch, first, end, float(kept[first:end, pitch].mean())) for pitch, first, end in found[:count].tolist()]
    notes_found = []
    for pitch, first, end, strength in _without_ghosts(rows, np.arange(len(kept) + 1) / spectra.TONE_RATE):
        start, stop = _in_recording(_risen(begins, first * spectra.TONE_HOP), end * spectra.TONE_HOP, audio)
        velocity = max(1, min(127, round(127 * strength**0.5)))
        notes_found.append(Note(start, stop, (_OWN_LOWEST + pitch) * 100, velocity))
    tell(1.0, "notes")
    ordered = tuple(sorted(notes_found, key=lambda note: (note.start, note.pitch_cents)))
    # half at best: this method was never trained on anything
    return Transcription(ordered, "own", min(0.5, 0.5 * float((kept > 0).any(axis=1).mean())), audio.rate)


def _risen(begins: Grid, sample: int) -> int:
    """The strongest beginning of anything within 70 ms of a sample at 22.05 kHz; the sample where nothing begins."""
    at = round(sample / spectra.ONSET_HOP)
    low, high = max(0, at - 7), min(len(begins), at + 6)
    if high <= low or begins[low:high].max() <= 0:
        return sample
    return (low + int(np.argmax(begins[low:high]))) * spectra.ONSET_HOP


@lru_cache(maxsize=1)
def _partial_table() -> Grid:
    """(72, 72): what a tone at each semitone puts into each semitone bin, its partials and the leak beside them."""
    count = spectra.OCTAVES * 12
    table = np.zeros((count, count), dtype=np.float32)
    for pitch in range(count):
        for step, weight in _PARTIALS:
            for leak, part in ((-1, 0.22), (0, 1.0), (1, 0.22)):
                if 0 <= pitch + step + leak < count:
                    table[pitch, pitch + step + leak] += weight * part
    return table
