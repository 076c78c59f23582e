"""What cannot be told is said, in bounded time and memory; what holds no music answers nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ritornello.analysis import decode
from ritornello.analysis.model import Audio, AudioError
from ritornello.identify import peaks, service
from ritornello.identify.model import IdentifyError
from ritornello.identify.segment import build
from tests.identify import music

SEGMENT = build([music.entry(seed) for seed in range(1, 8)])
RATE = music.RATE


def test_too_short_audio_says_how_much_is_needed() -> None:
    with pytest.raises(IdentifyError, match="at least 3 seconds"):
        service.identify(music.audio(np.ones(int(2.9 * RATE))), [SEGMENT])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(value: float) -> None:
    mono = music.cut(music.song(1), 0, 10).copy()
    mono[777] = value
    with pytest.raises(IdentifyError, match="no numbers"):
        service.identify(music.audio(mono), [SEGMENT])


NOTHING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "silence": lambda t: 0 * t,
    "a constant": lambda t: 0 * t + 0.7,
    "a sine": lambda t: np.sin(2 * np.pi * 440 * t),
    "a square wave at full scale": lambda t: np.sign(np.sin(2 * np.pi * 97 * t)),
    "a sweep": lambda t: np.sin(2 * np.pi * 200 * t * t),
    "clicks": lambda t: (np.arange(len(t)) % 8000 == 0).astype(float),
    "one sample": lambda t: (np.arange(len(t)) == 5).astype(float),
    "denormal numbers": lambda t: np.full(len(t), 1e-40),
    "far too loud": lambda t: 1e30 * np.sin(2 * np.pi * 300 * t),
    "white noise": lambda t: np.random.default_rng(3).standard_normal(len(t)),
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_holds_no_music_answers_nothing(what: str) -> None:
    t = np.arange(12 * RATE) / RATE
    with np.errstate(all="ignore"):
        found = service.identify(music.audio(NOTHING[what](t)), [SEGMENT], with_covers=False)
    assert found.answers == () and found.attribution.unknown_seconds == pytest.approx(12)


@pytest.mark.parametrize(
    "content",
    [b"", b"not audio", b"RIFF\xff\xff\xff\x7fWAVEfmt ", b"OggS" + bytes(5000), b"ID3" + bytes(300), bytes(70_000)],
)
def test_a_file_that_is_no_audio_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "upload.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError) as refused:
        decode.read(path)
    assert "upload.wav" in str(refused.value)


def test_the_memory_of_listening_does_not_grow_with_the_length() -> None:
    """Spectra are made in blocks: a longer recording costs its own plane and no more."""
    tops = []
    for minutes in (1, 4):
        mono = np.random.default_rng(1).standard_normal(minutes * 60 * peaks.RATE).astype(np.float32)
        tracemalloc.start()
        peaks.find(peaks.hear(Audio(mono[:, None], peaks.RATE)), 32)
        tops.append(tracemalloc.get_traced_memory()[1] / minutes)
        tracemalloc.stop()
    assert tops[1] < tops[0]
    assert tops[1] < 40e6, "bytes for each minute of audio"
