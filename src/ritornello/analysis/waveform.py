"""The outline of a recording for drawing: the lowest and highest sample of each of a number of slices."""

from __future__ import annotations

import numpy as np

from ritornello.analysis.model import Audio

FULL_SCALE = 32_767
"""Peaks are integers in [-32767, 32767]; 32767 is full scale, and what exceeds it is drawn at full scale."""


def peaks(audio: Audio, buckets: int) -> list[tuple[int, int]]:
    """(lowest, highest) over all channels of each of ``buckets`` equal slices in order, as integers.

    Fewer frames than buckets give one bucket per frame. Raises ValueError for fewer than one bucket.
    """
    if buckets < 1:
        raise ValueError(f"a waveform has at least one bucket, not {buckets}")
    if audio.frames == 0:
        return []
    starts = np.unique(np.arange(min(buckets, audio.frames)) * audio.frames // min(buckets, audio.frames))
    # reduceat walks the samples once and copies nothing, so a file-backed recording is read page by page
    lowest = np.minimum.reduceat(audio.samples, starts, axis=0).min(axis=1)
    highest = np.maximum.reduceat(audio.samples, starts, axis=0).max(axis=1)
    scaled = np.clip(np.round(np.stack([lowest, highest]).astype(np.float64) * FULL_SCALE), -FULL_SCALE, FULL_SCALE)
    return [(int(low), int(high)) for low, high in scaled.T]
