"""Room for long recordings: arrays that live in memory while they are small and in an unlinked file when they are not.

A large array is a memory map of a temporary file that has no name any more: the system may write its pages out under
pressure, and nothing is left on disk when the process ends, however it ends.
"""

from __future__ import annotations

import mmap
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

IN_MEMORY_BYTES = 48 * 2**20
"""Up to here an array is plain memory: two minutes of stereo at 44.1 kHz stay below it."""
_BLOCK = 2**17


def sample_buffer(frames: int, channels: int) -> NDArray[np.float32]:
    """A zeroed float32 array of shape (frames, channels), file-backed above :data:`IN_MEMORY_BYTES`."""
    size = frames * channels * 4
    if size <= IN_MEMORY_BYTES:
        return np.zeros((frames, channels), dtype=np.float32)
    with tempfile.TemporaryFile(prefix="ritornello-") as scratch:
        scratch.truncate(size)
        # The map holds its own handle on the file, so closing (and thereby unlinking) here is safe.
        return np.memmap(scratch, dtype=np.float32, mode="r+", shape=(frames, channels))


def copied(x: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Copy ``x`` into ``out`` (same shape), a block at a time, letting go of what is behind."""
    for first in range(0, x.shape[0], _BLOCK):
        out[first : first + _BLOCK] = x[first : first + _BLOCK]
        release(x)
        release(out)


def silenced(out: NDArray[np.float32]) -> None:
    """Fill ``out`` with silence, a block at a time, letting go of what is behind."""
    for first in range(0, out.shape[0], _BLOCK):
        out[first : first + _BLOCK] = 0
        release(out)


def release(array: NDArray[Any]) -> None:
    """Let go of the memory behind a file-backed array (or a view of one); its content stays. Others are left alone.

    Whoever walks through a long recording calls this after each block, so that what it has passed does not count as
    its memory any more.
    """
    holder: Any = array
    while holder is not None and not isinstance(holder, mmap.mmap):
        holder = getattr(holder, "base", None)
    if isinstance(holder, mmap.mmap) and hasattr(holder, "madvise"):
        holder.madvise(mmap.MADV_DONTNEED)
