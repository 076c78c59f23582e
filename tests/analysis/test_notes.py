"""Notes of several voices: against composed songs, by the model where it is installed and by our own method."""

from __future__ import annotations

import importlib.util
from itertools import pairwise
from pathlib import Path

import mir_eval
import numpy as np
import pytest

from ritornello.analysis import notes
from ritornello.analysis.model import Audio
from ritornello.analysis.notes import NotesUnavailable, Transcription, transcribe
from tests.analysis import heard
from tests.analysis.synth import render

RATE = 44_100
SECONDS = 24
METHODS: list[notes.Method] = ["own", "basic-pitch"] if notes.model_path() else ["own"]


def excerpt(name: str, *parts: str) -> tuple[Audio, np.ndarray, np.ndarray]:
    """The first seconds of the named parts of a song, and the intervals and pitches (Hz) that were written."""
    every = {"drums", "bass", "harmony", "pad", "lead"}
    song = heard.song(name).without(*(every - set(parts)))
    audio = render(song)
    written = [note for note in song.notes if note.part != "drums" and note.start < SECONDS - 0.5]
    return (
        Audio(audio.samples[: SECONDS * RATE].copy(), RATE),
        np.asarray([(note.start, note.start + note.length) for note in written]),
        hertz([note.pitch for note in written]),
    )


def hertz(pitch: object) -> np.ndarray:
    return 440.0 * 2 ** ((np.asarray(pitch, dtype=float) - 69) / 12)


def agreement(found: Transcription, intervals: np.ndarray, pitches: np.ndarray) -> float:
    spans = np.asarray([(note.start, note.end) for note in found.notes]) / found.rate
    tones = hertz([note.pitch_cents / 100 for note in found.notes])
    result = mir_eval.transcription.precision_recall_f1_overlap(intervals, pitches, spans, tones, offset_ratio=None)
    return float(result[2])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("parts", "least"), [(("harmony",), 0.93), (("bass",), 0.8), (("harmony", "bass"), 0.7)])
def test_chords_and_bass_are_written_down(method: notes.Method, parts: tuple[str, ...], least: float) -> None:
    audio, intervals, pitches = excerpt("pop", *parts)
    found = transcribe(audio, method=method)
    assert found.method == method and found.rate == RATE
    assert agreement(found, intervals, pitches) >= least
    assert all(0 <= n.start < n.end <= audio.frames and 1 <= n.velocity <= 127 for n in found.notes)
    assert all(a.start <= b.start for a, b in pairwise(found.notes))
    assert 0 < found.confidence <= (0.5 if method == "own" else 1.0)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_found_does_not_drift_away_from_what_is_played(method: notes.Method) -> None:
    """A tone every second for a minute: counting a frame as 256 samples would be 0.3 s late at the end."""
    frames = 60 * RATE
    wave = np.zeros(frames)
    t = np.arange(RATE // 2) / RATE
    for second in range(60):
        tone = sum(np.sin(2 * np.pi * 440 * k * t) / k for k in range(1, 5)) * np.exp(-t / 0.15)
        wave[second * RATE : second * RATE + len(tone)] += tone
    found = transcribe(Audio((0.2 * wave).astype(np.float32)[:, None], RATE), method=method)
    starts = np.asarray([note.start for note in found.notes if note.pitch == 69]) / RATE
    nearest = np.abs(starts[:, None] - np.arange(60)).min(axis=0)
    assert np.median(nearest) < 0.02 and nearest[-5:].max() < 0.05


@pytest.mark.parametrize("method", METHODS)
def test_silence_has_no_notes(method: notes.Method) -> None:
    assert transcribe(Audio(np.zeros((2 * RATE, 1), np.float32), RATE), method=method).notes == ()


def test_the_frames_of_the_model_lie_where_its_windows_put_them() -> None:
    centres = notes.frame_samples(3 * notes.KEPT)
    assert centres[0] == 0 and centres[1] == 256
    assert centres[notes.KEPT] == 36_164 and centres[2 * notes.KEPT] == 2 * 36_164
    assert (np.diff(centres) > 0).all()


def test_a_model_that_is_missing_is_an_error_only_when_it_is_insisted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(notes, "find_spec", lambda name: None if name == "basic_pitch" else found(name))
    assert notes.model_path() is None
    tone = Audio((0.2 * np.sin(np.arange(RATE) * 0.06)).astype(np.float32)[:, None], RATE)
    assert transcribe(tone).method == "own"
    with pytest.raises(NotesUnavailable, match="--no-deps basic-pitch"):
        transcribe(tone, method="basic-pitch")


def test_progress_is_told_and_may_cancel() -> None:
    audio, _, _ = excerpt("pop", "bass")
    told: list[float] = []
    transcribe(audio, None, lambda part, _: told.append(part), method="own")
    assert told == sorted(told) and told[-1] == 1.0

    def stop(part: float, _: str) -> None:
        if part > 0.1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transcribe(audio, None, stop)


def test_the_document_holds_whole_numbers_only() -> None:
    found = Transcription((notes.Note(0, 10, 6912, 90),), "own", 0.25, RATE)
    assert found.to_document()["notes"] == [[0, 10, 6912, 90]] and found.to_document()["confidence"] == 250
    assert found.notes[0].pitch == 69
    assert Path(notes.__file__).read_text(encoding="utf-8").count("import onnxruntime") == 1  # and that one is lazy
