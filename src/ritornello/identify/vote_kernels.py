"""The two passes of the vote, compiled: count into a hashed table, then tell apart what stands out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ritornello.identify.segment import FRAME_STEP
from ritornello.identify.vote import (
    LOG_SCALE_HIGH,
    LOG_SCALE_LOW,
    OFFSET_CELL,
    SCALE_CELLS,
    SHIFT_CELL,
    SHIFT_CELLS,
    SHIFT_REACH,
)

_WIDTH = (LOG_SCALE_HIGH - LOG_SCALE_LOW) / SCALE_CELLS
_LOGS = np.log(np.maximum(np.arange(256), 1)).astype(np.float32)
_CENTRES = np.exp(LOG_SCALE_LOW + (np.arange(SCALE_CELLS) + 0.5) * _WIDTH).astype(np.float32)
_MIX = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True, inline="always")
def _window(pitch: NDArray[np.uint8], low: int, high: int, least: float) -> int:
    """First place in pitch[low:high] (ascending) with a pitch of at least `least`."""
    while low < high:
        middle = (low + high) // 2
        if pitch[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def tally(
    word: NDArray[np.int32],
    q_pitch: NDArray[np.float32],
    away: NDArray[np.float32],
    q_span: NDArray[np.float32],
    starts: NDArray[np.int64],
    track: NDArray[np.uint16],
    step: NDArray[np.uint16],
    pitch: NDArray[np.uint8],
    span: NDArray[np.uint8],
    base: int,
    positions: int,
    lead: int,
    table: NDArray[np.float32],
    bits: int,
) -> None:
    """Add the weight of every meeting of words to its cell's slot in `table`."""
    down = np.uint64(64 - bits)
    for i in range(len(word)):
        low, high = starts[word[i]], starts[word[i] + 1]
        first = _window(pitch, low, high, q_pitch[i] - SHIFT_REACH)
        last = _window(pitch, first, high, q_pitch[i] + SHIFT_REACH)
        if first == last:
            continue
        weight = np.float32(1.0 / np.sqrt(last - first))
        log_span = np.log(q_span[i]) + LOG_SCALE_LOW
        for j in range(first, last):
            scale = int((_LOGS[span[j]] - log_span) / _WIDTH + 1.0) - 1
            if scale < 0 or scale >= SCALE_CELLS:
                continue
            place = step[j] * FRAME_STEP + FRAME_STEP * 0.5 - away[i] * _CENTRES[scale]
            position = int(place / OFFSET_CELL + lead)
            shift = int((pitch[j] - q_pitch[i] + SHIFT_REACH) / SHIFT_CELL + 0.5)
            if position < 0 or position >= positions:
                continue
            key = ((np.int64(base + track[j]) * SHIFT_CELLS + shift) * SCALE_CELLS + scale) * positions + position
            table[np.int64((np.uint64(key) * _MIX) >> down)] += weight


@njit(cache=True, nogil=True)
def gather(
    word: NDArray[np.int32],
    q_pitch: NDArray[np.float32],
    away: NDArray[np.float32],
    q_span: NDArray[np.float32],
    starts: NDArray[np.int64],
    track: NDArray[np.uint16],
    step: NDArray[np.uint16],
    pitch: NDArray[np.uint8],
    span: NDArray[np.uint8],
    base: int,
    positions: int,
    lead: int,
    chosen: NDArray[np.bool_],
    bits: int,
) -> tuple[Any, Any]:
    """The cells themselves, with weights, of the slots that were chosen."""
    down = np.uint64(64 - bits)
    room = 1 << 16
    keys = np.empty(room, np.int64)
    weights = np.empty(room, np.float32)
    n = 0
    for i in range(len(word)):
        low, high = starts[word[i]], starts[word[i] + 1]
        first = _window(pitch, low, high, q_pitch[i] - SHIFT_REACH)
        last = _window(pitch, first, high, q_pitch[i] + SHIFT_REACH)
        if first == last:
            continue
        weight = np.float32(1.0 / np.sqrt(last - first))
        log_span = np.log(q_span[i]) + LOG_SCALE_LOW
        for j in range(first, last):
            scale = int((_LOGS[span[j]] - log_span) / _WIDTH + 1.0) - 1
            if scale < 0 or scale >= SCALE_CELLS:
                continue
            place = step[j] * FRAME_STEP + FRAME_STEP * 0.5 - away[i] * _CENTRES[scale]
            position = int(place / OFFSET_CELL + lead)
            shift = int((pitch[j] - q_pitch[i] + SHIFT_REACH) / SHIFT_CELL + 0.5)
            if position < 0 or position >= positions:
                continue
            key = ((np.int64(base + track[j]) * SHIFT_CELLS + shift) * SCALE_CELLS + scale) * positions + position
            if not chosen[np.int64((np.uint64(key) * _MIX) >> down)]:
                continue
            if n == room:
                room *= 2
                more = np.empty(room, np.int64)
                more[:n] = keys
                keys = more
                heavier = np.empty(room, np.float32)
                heavier[:n] = weights
                weights = heavier
            keys[n] = key
            weights[n] = weight
            n += 1
    return keys[:n], weights[:n]
