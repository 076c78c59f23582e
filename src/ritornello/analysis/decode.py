"""Files to samples and back: a file is either read whole and right, or refused with one clear reason.

Decoding makes one float32 copy. Everything that a header declares is checked against limits before anything is
allocated, and against the file before anything is returned, so that hostile files cost bounded time and memory.
Writing goes to a neighbour file that takes the final name only when it is complete.

What identifies a recording is its decoded PCM (:func:`pcm_sha256`), never the file: two Ogg encodings of one signal
differ in their bytes.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis import m4a
from ritornello.analysis.buffers import release, sample_buffer
from ritornello.analysis.containers import read_promise
from ritornello.analysis.model import Audio, AudioError

__all__ = [
    "BLOCK",
    "FORMATS",
    "Audio",
    "AudioError",
    "Header",
    "Limits",
    "pcm_sha256",
    "probe",
    "read",
    "resample",
    "write",
]

BLOCK = 2**17
"""Frames per block, here and wherever the house works through long audio."""

_READ = 2**19
"""Frames decoded in one go: MP3 and Ogg lose time where a read ends."""

SILENCE = 10 ** (-90 / 20)
"""A recording that never rises above -90 dBFS holds nothing to hear (the noise of 16-bit dither is near -93)."""

ABSURD_PEAK = 1000.0
"""+60 dBFS: float samples beyond it are integers that somebody labelled as floats."""

_HALF = 0.5**0.5
_DOWNMIX: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {
    # ITU-R BS.775-4, Annex 4, in WAVE order; the low-frequency channel is dropped, as the recommendation allows
    3: ((1, 0, _HALF), (0, 1, _HALF)),
    4: ((1, 0, _HALF, 0), (0, 1, 0, _HALF)),
    5: ((1, 0, _HALF, _HALF, 0), (0, 1, _HALF, 0, _HALF)),
    6: ((1, 0, _HALF, 0, _HALF, 0), (0, 1, _HALF, 0, 0, _HALF)),
    8: ((1, 0, _HALF, 0, _HALF, 0, _HALF, 0), (0, 1, _HALF, 0, 0, _HALF, 0, _HALF)),
}
_LAYOUTS: dict[int, frozenset[int]] = {
    3: frozenset({0, 0x7}),
    4: frozenset({0, 0x33, 0x603}),
    5: frozenset({0, 0x37, 0x607}),
    6: frozenset({0, 0x3F, 0x60F}),
    8: frozenset({0, 0x63F}),
}
_DOWNMIX_CONTAINERS = {"WAV", "WAVEX", "RF64", "FLAC", "W64"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much sound is accepted. The defaults take two hours of stereo at 48 kHz, whatever the file's size."""

    max_seconds: int = 2 * 3600
    max_samples: int = 2 * 3600 * 48_000 * 2
    min_rate: int = 8_000
    max_rate: int = 192_000
    min_seconds: float = 0.05


@dataclass(frozen=True, slots=True)
class Header:
    """What a sound file says of itself: ``container`` and ``coding`` in libsndfile's names (FLAC, PCM_16 …)."""

    frames: int
    rate: int
    channels: int
    container: str
    coding: str


FORMATS: dict[str, tuple[str, str, str]] = {
    "wav16": ("WAV", "PCM_16", ".wav"),
    "wav24": ("WAV", "PCM_24", ".wav"),
    "wav32f": ("WAV", "FLOAT", ".wav"),
    "flac16": ("FLAC", "PCM_16", ".flac"),
    "flac24": ("FLAC", "PCM_24", ".flac"),
    "mp3": ("MP3", "MPEG_LAYER_III", ".mp3"),
    "ogg": ("OGG", "VORBIS", ".ogg"),
    "opus": ("OGG", "OPUS", ".opus"),
}
"""Formats that can be written: name → (container, coding, usual suffix)."""


def probe(path: str | Path, limits: Limits | None = None) -> Header:
    """Read and check the header only. Raises AudioError for what is no audio, truncated, or beyond the limits."""
    path = Path(path)
    if _is_m4a(path):
        with closing(m4a.M4a(path)) as sound:
            header = Header(sound.frames, sound.rate, sound.channels, "MP4", sound.coding)
    else:
        with _open(path) as file:
            header = _header(file)
    _check(path, header, limits or Limits())
    return header


def read(path: str | Path, *, limits: Limits | None = None, silent: bool = False) -> Audio:
    """Decode a whole file: WAV, FLAC, MP3, Ogg Vorbis, Opus, AIFF, M4A (extra) and what else libsndfile reads.

    One or two channels stay as they are; WAVE and FLAC files with 3, 4, 5, 6 or 8 channels are mixed down to stereo
    by the matrix of ITU-R BS.775 (noted in ``Audio.notes``); other layouts are refused. Values above full scale in
    float files are kept. Long recordings are file-backed (see ``buffers``). ``silent`` lets a file without any sound
    in: a delivered stem may be one, and is told so.

    Raises :class:`AudioError` for a missing, empty, unreadable, truncated, silent or endless file, for NaN or
    infinite samples, and for rates and lengths outside ``limits``.
    """
    path = Path(path)
    limits = limits or Limits()
    if _is_m4a(path):
        return _read_m4a(path, limits, silent)
    with _open(path) as file:
        header = _header(file)
        _check(path, header, limits)
        matrix = _downmix(path, header)
        samples = sample_buffer(header.frames, 2 if matrix is not None else header.channels)
        if _fill(path, file, header, samples, matrix) <= SILENCE and not silent:
            minutes = header.frames / header.rate / 60
            what = f"all {minutes:,.1f} minutes are silent (never above -90 dBFS)"
            raise AudioError(what, path.name, "Export it with its sound.")
    notes = () if matrix is None else (f"{header.channels} channels mixed down to stereo by ITU-R BS.775",)
    return Audio(samples, header.rate, notes)


def _is_m4a(path: Path) -> bool:
    return path.is_file() and m4a.is_mp4(path)


def _read_m4a(path: Path, limits: Limits, silent: bool) -> Audio:
    with closing(m4a.M4a(path)) as sound:
        _check(path, Header(sound.frames, sound.rate, sound.channels, "MP4", sound.coding), limits)
        samples = sound.read()
        loudest = 0.0
        for start in range(0, len(samples), BLOCK):
            loudest = max(loudest, float(np.abs(samples[start : start + BLOCK]).max()))
            release(samples)
        if not loudest <= ABSURD_PEAK:
            raise AudioError("it holds samples that are no sound", path.name, "Export it again, best as 24-bit PCM.")
        if loudest <= SILENCE and not silent:
            raise AudioError("it is silent (never above -90 dBFS)", path.name, "Export it with its sound.")
        notes = (f"{sound.channels} channels mixed down to stereo by ffmpeg",) if sound.channels > 2 else ()
        return Audio(samples, sound.rate, notes)


def _open(path: Path) -> Any:
    import soundfile

    where = path.name
    if not path.is_file():
        raise AudioError("there is no such file", str(path), "Check the path.")
    if path.stat().st_size == 0:
        raise AudioError("the file is empty", where, "Export it again.")
    try:
        promise = read_promise(path)
        if not promise.kept:
            what = f"the file is truncated: its header declares {promise.declared:,} bytes of sound and "
            what += f"{promise.present:,} are there" if promise.ended else "its stream has no end"
            raise AudioError(what, where, "Copy or download it again from the source.")
        return _straight()(path, "r")
    except (soundfile.LibsndfileError, TypeError, ValueError) as error:
        if isinstance(error, AudioError):
            raise
        reason = str(getattr(error, "error_string", error)).rstrip(".")
        raise AudioError(
            f"this is not audio that can be read ({reason})",
            where,
            "Give a WAV, FLAC, MP3, Ogg Vorbis or Opus file; its name does not matter, its content does.",
        ) from None


@lru_cache(maxsize=1)
def _straight() -> Any:
    """A sound file that is read from its beginning to its end.

    soundfile seeks after each read of a file that can, to where it is already; in MP3 and Ogg that decodes anew.
    """
    import soundfile

    class Straight(soundfile.SoundFile):  # type: ignore[misc]
        def seekable(self) -> bool:
            return False

    return Straight


def _header(file: Any) -> Header:
    return Header(int(file.frames), int(file.samplerate), int(file.channels), str(file.format), str(file.subtype))


def _check(path: Path, header: Header, limits: Limits) -> None:
    where = path.name
    if not limits.min_rate <= header.rate <= limits.max_rate:
        raise AudioError(
            f"a sample rate of {header.rate:,} Hz is outside {limits.min_rate:,} to {limits.max_rate:,} Hz",
            where,
            "Export it at 44 100 or 48 000 Hz.",
        )
    if header.frames > limits.max_seconds * header.rate or header.frames * header.channels > limits.max_samples:
        raise AudioError(
            f"the file declares {header.frames / header.rate / 60:,.0f} minutes of {header.channels} channels at "
            f"{header.rate:,} Hz; the limit is {limits.max_seconds / 60:,.0f} minutes and "
            f"{limits.max_samples:,} samples",
            where,
            "Cut it into songs, or export it at a lower rate with two channels.",
        )
    if header.frames < limits.min_seconds * header.rate:
        raise AudioError(
            f"the file holds {header.frames} frames, which is less than {limits.min_seconds * 1000:.0f} ms",
            where,
            "Give the whole recording.",
        )


def _downmix(path: Path, header: Header) -> NDArray[np.float32] | None:
    if header.channels <= 2:
        return None
    layout = read_promise(path).layout
    known = header.channels in _DOWNMIX and header.container in _DOWNMIX_CONTAINERS
    if not known or layout not in _LAYOUTS[header.channels]:
        raise AudioError(
            f"{header.channels} channels in a {header.container} file (layout 0x{layout:X}) have no known order",
            path.name,
            "Mix it down to stereo, or give a WAV or FLAC file in the usual order of 3, 4, 5, 6 or 8 channels.",
        )
    return np.asarray(_DOWNMIX[header.channels], dtype=np.float32).T.copy()


def _broken(path: Path, done: int, header: Header, reason: str) -> AudioError:
    return AudioError(
        f"the file is truncated or damaged after {done / header.rate:.2f} s of {header.frames / header.rate:.2f} s "
        f"({reason})",
        path.name,
        "Copy or download it again from the source.",
    )


def _fill(
    path: Path, file: Any, header: Header, samples: NDArray[np.float32], matrix: NDArray[np.float32] | None
) -> float:
    """Decode straight into ``samples``, checking each block while it is at hand; the loudest sample of all."""
    import soundfile

    done, loudest = 0, 0.0
    apart = None if matrix is None else np.empty((min(_READ, header.frames), header.channels), dtype=np.float32)
    while done < header.frames:
        room = min(_READ, header.frames - done)
        into = samples[done : done + room] if apart is None else apart[:room]
        try:
            block = file.read(room, dtype="float32", out=into)
        except soundfile.LibsndfileError as error:
            raise _broken(path, done, header, str(error.error_string).rstrip(".")) from None
        if len(block) == 0:
            raise _broken(path, done, header, "the data ends there")
        highest = max(float(block.max()), -float(block.min()))  # NaN comes through both, and first of all through max
        if not highest <= ABSURD_PEAK:
            index = int(np.argmax(~(np.abs(block) <= ABSURD_PEAK).all(axis=1)))
            value = block[index][~(np.abs(block[index]) <= ABSURD_PEAK)][0]
            raise AudioError(
                f"sample {done + index:,} is {value}, which is no sound",
                path.name,
                "The file was written by a faulty program: export it again, best as 24-bit PCM.",
            )
        if matrix is not None:
            samples[done : done + len(block)] = block @ matrix
        loudest = max(loudest, highest)
        done += len(block)
        release(samples)
    return loudest


def pcm_sha256(audio: Audio) -> str:
    """The identity of a recording: SHA-256 over rate, channels, frames and the interleaved little-endian float32.

    Negative zero counts as zero. The digest is of decoded PCM, so a FLAC and a WAV of one master agree.
    """
    digest = hashlib.sha256(b"ritornello-pcm-1\0" + struct.pack("<IIQ", audio.rate, audio.channels, audio.frames))
    for start in range(0, audio.frames, BLOCK):
        block = audio.samples[start : start + BLOCK] + np.float32(0.0)
        digest.update(np.ascontiguousarray(block, dtype="<f4").data)
        release(audio.samples)
    return digest.hexdigest()


def resample(audio: Audio, rate: int) -> Audio:
    """The same sound at another rate (soxr, high quality). The same rate gives the same object back."""
    if rate == audio.rate:
        return audio
    import soxr

    return Audio(np.asarray(soxr.resample(audio.samples, audio.rate, rate, quality="HQ")), rate, audio.notes)


def write(
    path: str | Path, audio: Audio, format: str = "wav24", *, bitrate_kbps: int = 320, quality_permille: int = 600
) -> Path:
    """Encode ``audio`` as ``format`` (a key of :data:`FORMATS`) and return the path.

    PCM is rounded to the nearest step and clipped at full scale, so reading a written file gives ``round(x · 2^(b-1))``
    exactly; the sound is not dithered here (the studio adds its seeded dither before). MP3 has a constant bit rate of
    ``bitrate_kbps``; Vorbis and Opus take ``quality_permille``. The file appears under its name only when complete.

    Raises AudioError for samples that are not finite, a rate or bit rate that the format has not, an unknown format.
    """
    import soundfile

    path = Path(path)
    if format not in FORMATS:
        raise AudioError(
            f"{format!r} is no format that can be written", path.name, f"Choose from {', '.join(FORMATS)}."
        )
    container, coding, _ = FORMATS[format]
    options = _coding_options(path, audio, format, bitrate_kbps, quality_permille)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with soundfile.SoundFile(
            partial, "w", audio.rate, audio.channels, subtype=coding, format=container, **options
        ) as file:
            for start in range(0, audio.frames, BLOCK):
                block = audio.samples[start : start + BLOCK]
                if not np.isfinite(block).all():
                    raise AudioError("the sound holds NaN or infinite samples", path.name, "Render it again.")
                file.write(_quantise(block, coding))
                release(audio.samples)
        partial.replace(path)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"it could not be written as {format} ({error.error_string})", path.name, "Check the folder and the space."
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    return path


def _quantise(block: NDArray[np.float32], coding: str) -> NDArray[Any]:
    """Round here, not in libsndfile, whose scale is 2^(b-1) - 1 on writing and 2^(b-1) on reading."""
    if coding == "PCM_16":
        scaled = np.rint(block.astype(np.float64) * 2**15)
        return np.clip(scaled, -(2**15), 2**15 - 1).astype(np.int16)
    if coding == "PCM_24":
        scaled = np.rint(block.astype(np.float64) * 2**23)
        return np.clip(scaled, -(2**23), 2**23 - 1).astype(np.int32) << 8
    if coding == "FLOAT":
        return np.ascontiguousarray(block)
    return np.clip(block, -1.0, 1.0)


def _coding_options(path: Path, audio: Audio, format: str, bitrate_kbps: int, quality_permille: int) -> dict[str, Any]:
    if format == "mp3":
        if audio.rate not in (32_000, 44_100, 48_000):
            raise AudioError(
                f"MP3 (MPEG-1) has no rate of {audio.rate:,} Hz", path.name, "Resample to 44 100 or 48 000 Hz first."
            )
        if bitrate_kbps not in (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320):
            raise AudioError(f"MP3 has no bit rate of {bitrate_kbps} kbit/s", path.name, "Choose 128, 192, 256 or 320.")
        # libsndfile maps compression 0…1 linearly onto 320…32 kbit/s; its default would be a variable rate near 155
        return {"bitrate_mode": "CONSTANT", "compression_level": (320 - bitrate_kbps) / (320 - 32)}
    if format in ("ogg", "opus"):
        if format == "opus" and audio.rate not in (8_000, 12_000, 16_000, 24_000, 48_000):
            raise AudioError(f"Opus has no rate of {audio.rate:,} Hz", path.name, "Resample to 48 000 Hz first.")
        return {"compression_level": 1.0 - quality_permille / 1000}
    return {}
