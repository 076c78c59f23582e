"""M4A files that PyAV wrote come back whole; hostile ones are refused like any other."""

from __future__ import annotations

import time
from pathlib import Path

import av
import numpy as np
import pytest

from ritornello.analysis import decode, m4a
from ritornello.analysis.decode import AudioError, Limits


def written(path: Path, rate: int = 44_100, channels: int = 2, seconds: float = 3.0, level: float = 0.3) -> Path:
    t = np.arange(int(seconds * rate)) / rate
    wave = (level * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono" if channels == 1 else "stereo")
        stream.bit_rate = 192_000
        for start in range(0, t.size, 1024):
            block = np.repeat(wave[None, start : start + 1024], channels, axis=0)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", stream.layout.name)
            frame.rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 1), (96_000, 2)])
def test_an_m4a_comes_back_with_its_length_and_pitch(tmp_path: Path, rate: int, channels: int) -> None:
    path = written(tmp_path / "take.m4a", rate, channels)
    header = decode.probe(path)
    assert (header.rate, header.channels, header.container) == (rate, channels, "MP4")
    audio = decode.read(path)
    assert audio.rate == rate and audio.channels == channels and abs(audio.duration_s - 3.0) < 0.1
    spectrum = np.abs(np.fft.rfft(audio.samples[rate // 2 : rate // 2 + 2 * rate, 0]))
    assert np.argmax(spectrum) == 880
    assert decode.pcm_sha256(audio) == decode.pcm_sha256(decode.read(path))


def test_truncated_hostile_silent_and_endless_m4a_are_refused_soon(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.m4a").read_bytes()
    began = time.process_time()
    rng = np.random.default_rng(3)
    cases = {
        "half": whole[: len(whole) // 2],
        "head": whole[:40],
        "noise": whole[:12] + rng.bytes(20_000),
        "holes": whole[:200] + bytes(len(whole) - 400) + whole[-200:],
    }
    for name, data in cases.items():
        path = tmp_path / f"{name}.m4a"
        path.write_bytes(data)
        with pytest.raises(AudioError) as refusal:
            decode.read(path)
        assert refusal.value.where == path.name and refusal.value.mend
    with pytest.raises(AudioError, match="silent"):
        decode.read(written(tmp_path / "silent.m4a", level=0.0))
    with pytest.raises(AudioError, match="minutes"):
        decode.read(tmp_path / "whole.m4a", limits=Limits(max_seconds=1))
    assert time.process_time() - began < 20


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "take.m4a")
    monkeypatch.setattr(m4a, "find_spec", lambda name: None)
    with pytest.raises(AudioError, match=r"ritornello\[m4a\]"):
        decode.read(path)
