"""A few seconds of a recording, changed as far as somebody would allow: what a bound sounds like before it is agreed.

Only the seconds that are heard are read and changed, so the cost is bounded whatever the recording's length.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ritornello.analysis.model import Audio, AudioError
from ritornello.studio.stretching import stretched
from ritornello.studio.timeline import scaled

MOST_SECONDS = 12
SLOWEST, FASTEST = 100, 4000
"""Permille of the original's speed."""
WIDEST_CENTS = 2400


def excerpt(path: Path, *, start_permille: int = 300, seconds: int = 8) -> Audio:
    """`seconds` from a place in a file, read without the rest. Raises `AudioError` for a file that holds no sound.

    Args:
        path: any file that libsndfile reads.
        start_permille: where it begins, of the recording's length.
        seconds: how long, at most `MOST_SECONDS`.
    """
    import soundfile

    if not 1 <= seconds <= MOST_SECONDS or not 0 <= start_permille < 1000:
        raise ValueError(f"an excerpt is 1 to {MOST_SECONDS} seconds from within the recording")
    try:
        with soundfile.SoundFile(path) as file:
            rate, frames = file.samplerate, file.frames
            wanted = min(frames, seconds * rate)
            first = min(frames * start_permille // 1000, frames - wanted)
            file.seek(first)
            samples = file.read(wanted, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AudioError("cannot be read", path.name, "bring in WAV, FLAC, OGG or MP3") from error
    if samples.shape[0] == 0:
        raise AudioError("holds no sound", path.name, "bring in the recording again")
    return Audio(np.ascontiguousarray(samples[:, :2]), rate)


def as_far_as(audio: Audio, *, tempo_permille: int, key_cents: int, keep_pitch: bool) -> Audio:
    """The excerpt at another speed and key, with short fades. `tempo_permille` is of the original's speed (1000 = as
    it is). Without `keep_pitch` speed moves the pitch with it, as on a turntable.

    Raises ValueError for what lies beyond what any offer can allow.
    """
    if not SLOWEST <= tempo_permille <= FASTEST or abs(key_cents) > WIDEST_CENTS:
        raise ValueError(f"speed is {SLOWEST} to {FASTEST} permille, key within {WIDEST_CENTS} cents")
    samples = audio.samples
    if tempo_permille != 1000 and not keep_pitch:
        import soxr

        samples = np.asarray(soxr.resample(samples, audio.rate * tempo_permille / 1000, audio.rate), dtype=np.float32)
        tempo_permille = 1000
    if tempo_permille != 1000 or key_cents:
        out = np.zeros((scaled(samples.shape[0], tempo_permille), samples.shape[1]), dtype=np.float32)
        stretched(np.ascontiguousarray(samples), tempo_permille, key_cents, audio.rate, out)
        samples = out
    most = MOST_SECONDS * audio.rate
    faded = np.array(samples[:most], dtype=np.float32, copy=True)
    length = min(audio.rate // 20, faded.shape[0] // 2)
    if length:
        ramp = np.linspace(0, 1, length, dtype=np.float32)[:, None]
        faded[:length] *= ramp
        faded[-length:] *= ramp[::-1]
    peak = float(np.abs(faded).max(initial=0.0))
    return Audio(faded if peak <= 0.99 else faded * np.float32(0.99 / peak), audio.rate)
