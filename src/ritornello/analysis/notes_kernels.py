"""Compiled loops of note finding: from how likely each pitch begins and sounds at each frame to notes."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def gathered(
    onset: NDArray[np.float32],
    sounding: NDArray[np.float32],
    onset_at: float,
    sounding_at: float,
    unstruck_at: float,
    gap: int,
    shortest: int,
    out: NDArray[np.int64],
) -> int:
    """Fill rows (pitch, first frame, end frame) of ``out`` and return how many.

    A note begins at a peak of ``onset`` of at least ``onset_at``, or, unstruck, where ``sounding`` passes
    ``unstruck_at`` and stands above both neighbouring semitones. It ends at the next peak of its own pitch, or where
    ``sounding`` has been below ``sounding_at`` for ``gap`` frames. Notes under ``shortest`` frames are left out.
    """
    frames, pitches = onset.shape
    count = 0
    for pitch in range(pitches):
        begin, last, heard = -1, -1, 0
        for frame in range(frames + gap + 1):
            inside = frame < frames
            level = sounding[frame, pitch] if inside else 0.0
            struck = False
            if inside and onset[frame, pitch] >= onset_at:
                before = onset[frame - 1, pitch] if frame > 0 else 0.0
                after = onset[frame + 1, pitch] if frame + 1 < frames else 0.0
                struck = onset[frame, pitch] > before and onset[frame, pitch] >= after
            if begin >= 0 and (struck or frame - last > gap):
                end = frame if struck and frame - last <= gap else last + 1
                if end - begin >= shortest and heard >= shortest // 2 and count < len(out):
                    out[count, 0], out[count, 1], out[count, 2] = pitch, begin, end
                    count += 1
                begin = -1
            if struck:
                begin, last, heard = frame, frame, 0
            elif begin < 0 and level >= unstruck_at:
                below = sounding[frame, pitch - 1] if pitch > 0 else 0.0
                above = sounding[frame, pitch + 1] if pitch + 1 < pitches else 0.0
                if level > below and level > above:
                    begin, last, heard = frame, frame, 0
            if begin >= 0 and level >= sounding_at:
                last = frame
                heard += 1
    return count


@njit(cache=True, nogil=True)
def explained(heard: NDArray[np.float32], table: NDArray[np.float32], rounds: int, out: NDArray[np.float32]) -> None:
    """Fill ``out`` (frames, pitches) with the non-negative mixture of the rows of ``table`` that explains each frame.

    Multiplicative updates for the Kullback-Leibler divergence (Lee and Seung 2001), the dictionary held fixed: a fifth
    that is only the partial of a lower tone is explained by that tone.
    """
    pitches, bins = table.shape
    weight = table.sum(axis=1)
    for frame in range(len(heard)):
        row = heard[frame]
        total = row.sum()
        activity = out[frame]
        if total <= 1e-6:
            activity[:] = 0.0
            continue
        for pitch in range(pitches):
            activity[pitch] = total / pitches
        model = np.zeros(bins, dtype=np.float32)
        for _ in range(rounds):
            model[:] = 1e-6
            for pitch in range(pitches):
                value = activity[pitch]
                if value > 1e-7 * total:
                    for column in range(bins):
                        model[column] += value * table[pitch, column]
            for column in range(bins):
                model[column] = row[column] / model[column]
            for pitch in range(pitches):
                if activity[pitch] > 1e-7 * total:
                    gain = np.float32(0.0)
                    for column in range(bins):
                        gain += table[pitch, column] * model[column]
                    activity[pitch] *= gain / weight[pitch]
