"""Every format at every rate, in mono and stereo: what is read is as long, high and loud as what was written.

Where a format has no such rate, that is said together with what to do, and doing it works.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ritornello.analysis import decode
from ritornello.analysis.decode import Audio, AudioError
from tests.analysis.test_m4a import written

RATES = (44_100, 48_000, 96_000)
SECONDS = 2
NOT_AT = {("mp3", 96_000), ("opus", 44_100), ("opus", 96_000)}


def tone(rate: int, channels: int, level: float = 0.3) -> Audio:
    """440 Hz on the left, 660 Hz on the right."""
    t = np.arange(SECONDS * rate) / rate
    sides = [np.sin(2 * np.pi * hertz * t) for hertz in (440, 660)[:channels]]
    return Audio((level * np.stack(sides, axis=1)).astype(np.float32), rate)


def is_the_tone(audio: Audio, rate: int, channels: int) -> None:
    assert (audio.rate, audio.channels) == (rate, channels)
    assert abs(audio.frames - SECONDS * rate) <= 2400 * rate // 44_100, "at most the padding of a lossy frame or two"
    for channel, hertz in enumerate((440, 660)[:channels]):
        second = audio.samples[rate // 2 : rate // 2 + rate, channel]
        assert np.argmax(np.abs(np.fft.rfft(second))) == hertz
        assert np.sqrt(np.mean(second**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.03)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("format", sorted(decode.FORMATS))
def test_written_and_read_back(tmp_path: Path, format: str, rate: int, channels: int) -> None:
    audio, path = tone(rate, channels), tmp_path / f"song{decode.FORMATS[format][2]}"
    if (format, rate) in NOT_AT:
        with pytest.raises(AudioError, match=f"{rate:,} Hz.*48 000"):
            decode.write(path, audio, format)
        assert not list(tmp_path.iterdir()), "nothing half-written"
        rate = 48_000
        audio = decode.resample(audio, rate)
    decode.write(path, audio, format)
    header = decode.probe(path)
    assert (header.rate, header.channels) == (rate, channels)
    is_the_tone(decode.read(path), rate, channels)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_width_of_a_wav_of_other_programs(tmp_path: Path, subtype: str, rate: int, channels: int) -> None:
    path = tmp_path / "song.wav"
    soundfile.write(path, tone(rate, channels).samples.astype(np.float64), rate, subtype=subtype)
    audio = decode.read(path)
    is_the_tone(audio, rate, channels)
    step = 2.0**-15 if subtype == "PCM_16" else 2.0**-22
    assert np.abs(audio.samples - tone(rate, channels).samples).max() <= step


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
def test_m4a(tmp_path: Path, rate: int, channels: int) -> None:
    path = written(tmp_path / "song.m4a", rate, channels, seconds=SECONDS)
    audio = decode.read(path)
    assert (audio.rate, audio.channels) == (rate, channels)
    assert abs(audio.frames - SECONDS * rate) <= 4096
    second = audio.samples[rate // 2 : rate // 2 + rate, channels - 1]
    assert np.argmax(np.abs(np.fft.rfft(second))) == 440
