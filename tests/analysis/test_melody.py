"""One voice, followed and written down: against notes that were composed, glides that were computed, and silence."""

from __future__ import annotations

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.analysis.melody import notes, track
from ritornello.analysis.model import Audio
from tests.analysis import heard
from tests.analysis.synth import render

RATE = 44_100


@pytest.mark.parametrize("name", ["pop", "swing"])
def test_a_lead_is_followed_and_its_notes_are_found(name: str) -> None:
    song = heard.song(name).without("drums", "bass", "harmony", "pad")
    audio = render(song)
    line = track(audio)
    written = np.zeros(len(line.times))
    for note in song.notes:
        written[(line.times >= note.start) & (line.times < note.start + note.length)] = _hertz(note.pitch)
    sung = np.where(np.isnan(line.pitch), 0.0, _hertz(np.nan_to_num(line.pitch)))
    scores = mir_eval.melody.evaluate(line.times, written, line.times, sung)
    assert scores["Raw Pitch Accuracy"] >= 0.95
    assert scores["Voicing Recall"] >= 0.95
    found = notes(line, audio.rate)
    f = mir_eval.transcription.precision_recall_f1_overlap(
        np.asarray([(note.start, note.start + note.length) for note in song.notes]),
        np.asarray([_hertz(note.pitch) for note in song.notes]),
        np.asarray([(note.start, note.end) for note in found]) / audio.rate,
        np.asarray([_hertz(note.pitch) for note in found]),
        offset_ratio=None,
    )[2]
    assert f >= 0.94


@given(st.floats(45, 90), st.integers(2, 6))
@settings(max_examples=12, deadline=None)
def test_a_steady_tone_is_read_to_a_few_cents(pitch: float, partials: int) -> None:
    t = np.arange(RATE) / RATE
    wave = sum(np.sin(2 * np.pi * _hertz(pitch) * k * t) / k for k in range(1, partials + 1))
    line = track(Audio((0.2 * wave).astype(np.float32)[:, None], RATE))
    inner = line.pitch[10:-10]
    assert not np.isnan(inner).any()
    assert np.abs(inner - pitch).max() * 100 < 12
    assert line.clarity[10:-10].min() > 0.7


def test_a_glide_is_one_line_without_leaps() -> None:
    t = np.arange(2 * RATE) / RATE
    pitch = 57 + 6 * t
    phase = 2 * np.pi * np.cumsum(_hertz(pitch)) / RATE
    wave = np.sin(phase) + 0.5 * np.sin(2 * phase) + 0.3 * np.sin(3 * phase)
    line = track(Audio((0.2 * wave).astype(np.float32)[:, None], RATE))
    inner = slice(10, -10)
    assert np.abs(line.pitch[inner] - (57 + 6 * line.times[inner])).max() < 0.25


def test_one_doubtful_frame_does_not_make_the_line_leap() -> None:
    from ritornello.analysis import melody
    from ritornello.analysis.melody_kernels import smoothest_line

    cost = np.full((50, 200), 0.9, np.float32)
    cost[:, 60] = 0.10
    cost[25, 120] = 0.02  # an octave up fits a little better, once
    silent = np.full(50, melody._SILENCE, np.float32)
    path = smoothest_line(cost, silent, melody._REACH, melody._GLIDE, melody._SWITCH)
    assert set(path) == {60}


def test_silence_and_noise_hold_no_notes() -> None:
    silence = Audio(np.zeros((RATE, 1), np.float32), RATE)
    noise = Audio((0.1 * np.random.default_rng(0).standard_normal((RATE, 1))).astype(np.float32), RATE)
    for audio in (silence, noise):
        line = track(audio)
        assert np.isnan(line.pitch).mean() > 0.95
        assert len(notes(line, RATE)) <= 1


def test_two_notes_of_one_pitch_are_two_notes() -> None:
    t = np.arange(RATE // 2) / RATE
    pluck = np.sin(2 * np.pi * 330 * t) * np.exp(-t / 0.15)
    audio = Audio((0.3 * np.concatenate([pluck, pluck, pluck])).astype(np.float32)[:, None], RATE)
    found = notes(track(audio), RATE)
    assert [note.pitch for note in found] == [64, 64, 64]
    for number, note in enumerate(found):
        assert note.start == pytest.approx(number * RATE // 2, abs=0.03 * RATE)
        assert note.end > note.start and abs(note.cents) < 50


def _hertz(pitch):  # type: ignore[no-untyped-def]
    return 440.0 * 2 ** ((np.asarray(pitch) - 69) / 12)
