"""M4A (AAC or ALAC in an MP4 file) through PyAV, where the extra ``m4a`` is installed.

libsndfile has no AAC. PyAV brings ffmpeg's libraries in its wheel; what they decode passes the same checks as every
other file: length and rate against the limits before anything is allocated, the sound against what was declared after.
"""

from __future__ import annotations

import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.buffers import release, sample_buffer
from ritornello.analysis.model import AudioError

_PRIMING_S = 0.3
"""What an encoder may add before and after the sound, or a player may trim."""


def is_mp4(path: Path) -> bool:
    """Whether the file begins as an MP4 container does (ISO/IEC 14496-12: a box of type ftyp)."""
    with path.open("rb") as file:
        head = file.read(12)
    return len(head) == 12 and head[4:8] == b"ftyp" and 8 <= struct.unpack(">I", head[:4])[0] <= 1024


class M4a:
    """One open MP4 file: ``rate``, ``channels``, ``frames`` as declared, and its samples on request."""

    def __init__(self, path: Path) -> None:
        if find_spec("av") is None:
            raise AudioError(
                "it is an M4A, which needs PyAV", path.name, "Install ritornello[m4a], or give a WAV or FLAC file."
            )
        import av

        self._path = path
        try:
            # a plain file and nothing else: no protocol, no reference to another file
            self._container = av.open(f"file:{path.absolute()}", metadata_errors="ignore", format="mp4")
            stream = next(iter(self._container.streams.audio), None)
            if stream is None or not stream.codec_context.sample_rate:
                raise AudioError("the MP4 file holds no sound", path.name, "Give a recording.")
            self._stream: Any = stream
            self.rate = int(stream.codec_context.sample_rate)
            self.channels = int(stream.codec_context.channels)
            length = stream.duration * stream.time_base if stream.duration and stream.time_base else 0
            self.frames = int(length * self.rate)
            self.coding = str(stream.codec_context.name).upper()
        except (av.FFmpegError, ValueError, OverflowError) as error:
            if isinstance(error, AudioError):
                raise
            raise _unreadable(path, error) from None

    def close(self) -> None:
        self._container.close()

    def read(self) -> NDArray[np.float32]:
        """All samples (frames, channels), float32; more channels than two are mixed to stereo."""
        import av

        layout = "mono" if self.channels == 1 else "stereo"
        turn = av.AudioResampler(format="fltp", layout=layout, rate=self.rate)
        room = self.frames + int(_PRIMING_S * self.rate)
        out = sample_buffer(room, 1 if self.channels == 1 else 2)
        done = 0
        try:
            for frame in self._container.decode(self._stream):
                for piece in turn.resample(frame):
                    part = np.asarray(piece.to_ndarray()).T
                    last = min(done + len(part), room)
                    out[done:last] = part[: last - done]
                    done = last
                release(out)
                if done == room:
                    break
        except (av.FFmpegError, ValueError) as error:
            raise _unreadable(self._path, error) from None
        if done < self.frames - int(_PRIMING_S * self.rate):
            raise AudioError(
                f"the file is truncated or damaged after {done / self.rate:.2f} s of {self.frames / self.rate:.2f} s",
                self._path.name,
                "Copy or download it again from the source.",
            )
        return out[: min(done, self.frames)]


def _unreadable(path: Path, error: Exception) -> AudioError:
    return AudioError(
        f"this MP4 file cannot be read ({error})", path.name, "Export it again, best as WAV or FLAC with all its sound."
    )
