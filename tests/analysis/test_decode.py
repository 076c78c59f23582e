"""A file is read whole and right, or refused with one clear reason, in bounded time and memory."""

from __future__ import annotations

import json
import resource
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ritornello.analysis import decode
from ritornello.analysis.decode import Audio, AudioError
from tests.shared_material import MUSIC

RATE = 44_100


def noise(seconds: float = 1.0, channels: int = 2, rate: int = RATE) -> Audio:
    rng = np.random.default_rng(7)
    return Audio((rng.standard_normal((int(seconds * rate), channels)) * 0.1).astype(np.float32), rate)


def refusal(path: Path) -> AudioError:
    with pytest.raises(AudioError) as caught:
        decode.read(path)
    assert caught.value.where and caught.value.mend, "an error says where, and how to mend it"
    return caught.value


@pytest.mark.parametrize("format", ["wav16", "wav24", "flac16", "flac24"])
@given(
    samples=hnp.arrays(
        np.float32, st.tuples(st.integers(4000, 4200), st.integers(1, 2)), elements=st.floats(-1.25, 1.25, width=32)
    )
)
@settings(max_examples=6, deadline=None)
def test_pcm_comes_back_as_the_nearest_step(
    format: str, samples: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> None:
    samples[0] = 0.5
    bits = int(format[-2:])
    path = decode.write(tmp_path_factory.mktemp("pcm") / "x", Audio(samples, RATE), format)
    scale = 2.0 ** (bits - 1)
    expected = np.clip(np.rint(samples.astype(np.float64) * scale), -scale, scale - 1) / scale
    assert np.array_equal(decode.read(path).samples, expected.astype(np.float32))


def test_float_wav_is_bit_exact_and_flac_and_wav_share_their_hash(tmp_path: Path) -> None:
    audio = noise()
    back = decode.read(decode.write(tmp_path / "x.wav", audio, "wav32f"))
    assert np.array_equal(back.samples, audio.samples)
    flac = decode.read(decode.write(tmp_path / "x.flac", audio, "flac24"))
    wav = decode.read(decode.write(tmp_path / "y.wav", audio, "wav24"))
    assert decode.pcm_sha256(flac) == decode.pcm_sha256(wav) != decode.pcm_sha256(audio)


def test_the_hash_knows_rate_and_shape_but_not_the_sign_of_zero() -> None:
    audio = noise(0.1)
    assert decode.pcm_sha256(audio) != decode.pcm_sha256(Audio(audio.samples, 48_000))
    assert decode.pcm_sha256(audio) != decode.pcm_sha256(Audio(audio.samples.reshape(-1, 1), RATE))
    zero = np.zeros((5000, 1), np.float32)
    assert decode.pcm_sha256(Audio(zero, RATE)) == decode.pcm_sha256(Audio(-zero, RATE))


@pytest.mark.parametrize(("format", "bitrate"), [("mp3", 320), ("mp3", 192), ("mp3", 128)])
def test_mp3_has_the_bit_rate_that_was_asked_for(tmp_path: Path, format: str, bitrate: int) -> None:
    path = decode.write(tmp_path / "x.mp3", noise(5.0), format, bitrate_kbps=bitrate)
    assert path.stat().st_size * 8 / 5.0 / 1000 == pytest.approx(bitrate, rel=0.02)
    assert decode.read(path).frames >= 5 * RATE - 2304


@pytest.mark.parametrize("format", ["ogg", "opus", "mp3"])
def test_lossy_formats_keep_length_and_sound(tmp_path: Path, format: str) -> None:
    rate = 48_000
    t = np.arange(2 * rate) / rate
    audio = Audio((0.4 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)[:, None], rate)
    back = decode.read(decode.write(tmp_path / "x", audio, format))
    assert abs(back.frames - audio.frames) <= 2304
    peak = np.argmax(np.abs(np.fft.rfft(back.samples[:rate, 0])))
    assert peak == 440


def test_resampling_keeps_duration_and_the_same_rate_is_the_same_object() -> None:
    audio = noise()
    assert decode.resample(audio, RATE) is audio
    assert decode.resample(audio, 48_000).frames == 48_000


# --- what is refused ------------------------------------------------------------------------------------------------


def test_text_that_is_named_wav(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_text("this is a shopping list\n" * 500)
    assert "not audio" in refusal(path).what


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".ogg", ".raw", ".xyz", ""])
def test_empty_and_random_files(tmp_path: Path, suffix: str) -> None:
    empty = tmp_path / f"empty{suffix}"
    empty.touch()
    assert "empty" in refusal(empty).what
    junk = tmp_path / f"junk{suffix}"
    junk.write_bytes(np.random.default_rng(1).bytes(20_000))
    refusal(junk)


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nowhere.wav").what


@pytest.mark.parametrize("format", sorted(decode.FORMATS))
@pytest.mark.parametrize("share", [0.35, 0.97])
def test_truncated_files_of_every_format(tmp_path: Path, format: str, share: float) -> None:
    whole = decode.write(tmp_path / "whole", noise(3.0, rate=48_000), format).read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "truncated" in refusal(path).what


@pytest.mark.parametrize("format", ["ogg", "opus"])
def test_a_stream_that_breaks_off_between_two_pages_is_told(tmp_path: Path, format: str) -> None:
    """Every page that is there is whole, and a decoder would read them without a word."""
    sound = noise(3.0, rate=48_000)
    whole = decode.write(tmp_path / f"whole.{format}", sound, format).read_bytes()
    broken = tmp_path / f"broken.{format}"
    broken.write_bytes(whole[: whole.rindex(b"OggS")])
    assert "its stream has no end" in refusal(broken).what


def test_nan_and_infinity(tmp_path: Path) -> None:
    for value in (np.nan, np.inf, -np.inf, 1e20):
        samples = noise().samples.copy()
        samples[12_345, 1] = value
        path = tmp_path / "nan.wav"
        soundfile.write(path, samples, RATE, subtype="FLOAT")
        assert "12,345" in refusal(path).what


def test_silence_is_refused_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "silence.flac"
    soundfile.write(path, np.zeros((RATE * 60, 1), np.float32), RATE)
    assert "silent" in refusal(path).what


def test_sound_after_a_long_silence_is_accepted(tmp_path: Path) -> None:
    samples = np.zeros((RATE * 30, 1), np.float32)
    samples[-1000:] = 0.25
    path = decode.write(tmp_path / "late.flac", Audio(samples, RATE), "flac16")
    assert np.array_equal(decode.read(path).samples, samples)


def test_absurd_rates_and_lengths(tmp_path: Path) -> None:
    for rate in (100, 4_000, 1_000_000):
        path = tmp_path / "rate.wav"
        soundfile.write(path, noise().samples, rate)
        assert "rate" in refusal(path).what
    short = tmp_path / "short.wav"
    soundfile.write(short, noise().samples[:100], RATE)
    assert "100 frames" in refusal(short).what


def wav_header(frames: int, channels: int = 2, rate: int = RATE) -> bytes:
    size = frames * channels * 2
    return (
        b"RIFF" + struct.pack("<I", min(36 + size, 2**32 - 2)) + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, channels, rate, rate * channels * 2, channels * 2, 16)
        + b"data" + struct.pack("<I", min(size, 2**32 - 2))
    )  # fmt: skip


def flac_with_declared_frames(tmp_path: Path, frames: int) -> Path:
    path = decode.write(tmp_path / "huge.flac", noise(), "flac16")
    data = bytearray(path.read_bytes())
    # STREAMINFO: 4 bytes magic, 4 bytes block header, 10 bytes sizes, 8 bytes rate/channels/bits/total samples
    packed = int.from_bytes(data[18:26], "big")
    data[18:26] = ((packed & ~(2**36 - 1)) | frames).to_bytes(8, "big")
    path.write_bytes(data)
    return path


def test_a_billion_declared_samples_cost_nothing(tmp_path: Path) -> None:
    wav = tmp_path / "huge.wav"
    wav.write_bytes(wav_header(10**9) + noise(0.5).samples.astype("<f4").tobytes())
    flac = flac_with_declared_frames(tmp_path, 10**9)
    sneaky = tmp_path / "sneaky.flac"
    flac.rename(sneaky)
    moderate = flac_with_declared_frames(tmp_path, 3 * 10**8)  # within two hours, but not in the file
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    for path in (wav, sneaky, moderate):
        refusal(path)
    assert time.monotonic() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_the_limits_are_told_before_anything_is_read(tmp_path: Path) -> None:
    path = decode.write(tmp_path / "song.wav", noise(3.0), "wav16")
    for limits in (decode.Limits(max_seconds=2), decode.Limits(max_samples=100_000)):
        for look in (decode.probe, decode.read):
            with pytest.raises(AudioError, match="the limit is"):
                look(path, limits=limits)
    assert decode.probe(path).frames == 3 * RATE


def test_a_wav_from_a_pipe_has_no_length_and_is_read(tmp_path: Path) -> None:
    body = (noise().samples * 20_000).astype("<i2").tobytes()
    header = bytearray(wav_header(RATE))
    header[-4:] = b"\xff\xff\xff\xff"
    path = tmp_path / "piped.wav"
    path.write_bytes(bytes(header) + body)
    assert decode.read(path).frames == RATE


# --- what is unusual but valid --------------------------------------------------------------------------------------


def test_eight_bit_mono_and_high_rates(tmp_path: Path) -> None:
    path = tmp_path / "old.wav"
    soundfile.write(path, noise(1.0, 1, 11_025).samples, 11_025, subtype="PCM_U8")
    audio = decode.read(path)
    assert (audio.channels, audio.rate) == (1, 11_025)
    soundfile.write(tmp_path / "hi.wav", noise(1.0, 2, 96_000).samples, 96_000, subtype="PCM_24")
    assert decode.read(tmp_path / "hi.wav").rate == 96_000


@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_six_channels_are_mixed_down_by_bs775(tmp_path: Path, container: str) -> None:
    samples = np.zeros((RATE, 6), np.float32)
    for channel in range(6):
        samples[channel * 1000 : channel * 1000 + 500, channel] = 0.5
    path = tmp_path / "surround"
    soundfile.write(path, samples, RATE, format=container, subtype="PCM_24")
    audio = decode.read(path)
    heard = [tuple(np.round(audio.samples[c * 1000 + 250] / 0.5, 3)) for c in range(6)]
    assert heard == [(1, 0), (0, 1), (0.707, 0.707), (0, 0), (0.707, 0), (0, 0.707)]
    assert "BS.775" in audio.notes[0]


def test_channels_of_unknown_order_are_refused(tmp_path: Path) -> None:
    for channels, container in ((7, "WAV"), (6, "OGG")):
        path = tmp_path / "many"
        soundfile.write(path, noise(1.0, channels).samples, RATE, format=container)
        assert "order" in refusal(path).what


# --- writing --------------------------------------------------------------------------------------------------------


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    target = tmp_path / "out.flac"
    decode.write(target, noise(), "flac24")
    before = target.read_bytes()
    bad = noise(6.0).samples.copy()
    bad[-1] = np.nan
    with pytest.raises(AudioError):
        decode.write(target, Audio(bad, RATE), "flac24")
    assert [path.name for path in tmp_path.iterdir()] == ["out.flac"]
    assert target.read_bytes() == before


def test_formats_say_what_they_cannot_do(tmp_path: Path) -> None:
    for format, audio, options in (
        ("mp3", noise(rate=96_000), {}),
        ("mp3", noise(), {"bitrate_kbps": 333}),
        ("opus", noise(), {}),
        ("aiff", noise(), {}),
        ("flac24", noise(rate=96_000), {"missing": True}),
    ):
        folder = tmp_path / "no" / "such" if options.pop("missing", False) else tmp_path
        with pytest.raises(AudioError):
            decode.write(folder / "x", audio, format, **options)
    assert not list(tmp_path.iterdir())


def test_importing_the_room_loads_nothing_heavy() -> None:
    code = "import sys, json, ritornello.analysis; print(json.dumps(sorted(sys.modules)))"
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": source}
    )
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"numba", "scipy", "soundfile", "soxr", "numpy", "librosa"}


if MUSIC is not None:

    def test_real_tracks_decode_whole() -> None:
        for path in sorted(MUSIC.glob("*.ogg"))[:3]:
            header, audio = decode.probe(path), decode.read(path)
            assert (audio.frames, audio.channels, audio.rate) == (header.frames, header.channels, header.rate)
