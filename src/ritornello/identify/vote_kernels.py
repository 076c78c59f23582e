"""The vote, compiled: where the places of a word begin and end, and what each of them says.

A place says: the recording lies *there*, moved by so much, at such a scale. `votes` counts what is said into a hashed
table; asked again with the slots that stood out, it tells the cells apart that share a slot.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ritornello.identify.segment import FRAME_STEP, SPAN_STEPS
from ritornello.identify.triplets import SHORTEST
from ritornello.identify.vote import (
    LOG_SCALE_HIGH,
    LOG_SCALE_LOW,
    OFFSET_CELL,
    SCALE_CELLS,
    SHIFT_CELL,
    SHIFT_REACH,
)

_WIDTH = (LOG_SCALE_HIGH - LOG_SCALE_LOW) / SCALE_CELLS
_CENTRES = np.exp(LOG_SCALE_LOW + (np.arange(SCALE_CELLS) + 0.5) * _WIDTH)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_CELLS_PER_STEP = FRAME_STEP / OFFSET_CELL
_CELLS_PER_FRAME = 1.0 / OFFSET_CELL
_SCALES_PER_STEP = np.float32(1.0 / (SPAN_STEPS * _WIDTH))
_SHIFTS_PER_BIN = np.float32(1.0 / SHIFT_CELL)
CELL_BITS = 40


@njit(cache=True, nogil=True, inline="always")
def _first_from(places: NDArray[np.uint16], low: Any, high: Any, least: float) -> Any:
    """First place in places[low:high] (ascending in pitch) with a pitch of at least `least`."""
    while low < high:
        middle = (low + high) // 2
        if (places[middle, 2] >> 8) < least:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def windows(
    word: NDArray[np.int32], q_pitch: NDArray[np.float32], starts: NDArray[np.uint32], places: NDArray[np.uint16]
) -> Any:
    """First and last place (int64, (n, 2)) of each word within reach of its pitch."""
    out = np.empty((len(word), 2), np.int64)
    for i in range(len(word)):
        low, high = np.int64(starts[word[i]]), np.int64(starts[word[i] + 1])
        first = _first_from(places, low, high, q_pitch[i] - SHIFT_REACH)
        out[i, 0] = first
        out[i, 1] = _first_from(places, first, high, q_pitch[i] + SHIFT_REACH)
    return out


@njit(cache=True, nogil=True)
def votes(
    window: NDArray[np.int64],
    q_pitch: NDArray[np.float32],
    away: NDArray[np.float32],
    q_span: NDArray[np.float32],
    weight: NDArray[np.float32],
    places: NDArray[np.uint16],
    lead: int,
    table: NDArray[np.float32],
    chosen: NDArray[np.bool_],
) -> tuple[Any, Any]:
    """Add every meeting of words to its slot of `table`; with `chosen` slots, list the cells in them instead.

    Returns the cells (int64) and the weight of each meeting; none in the first pass.
    """
    gathers = len(chosen) > 0
    down = np.uint64(64 - int(np.round(np.log2(len(table)))))
    room = 1 << 14 if gathers else 1
    keys = np.empty(room, np.int64)
    weights = np.empty(room, np.float32)
    n = 0
    for i in range(len(window)):
        first, last = window[i, 0], window[i, 1]
        if first == last:
            continue
        base = np.float32(1.0 - (np.log(q_span[i] / SHORTEST) + LOG_SCALE_LOW) / _WIDTH)
        lower = np.float32((SHIFT_REACH - q_pitch[i]) / SHIFT_CELL + 0.5)
        if gathers and n + last - first > room:
            room = 2 * room + last - first
            more = np.empty(room, np.int64)
            more[:n] = keys[:n]
            keys = more
            heavier = np.empty(room, np.float32)
            heavier[:n] = weights[:n]
            weights = heavier
        n = _said(first, last, base, lower, away[i], weight[i], places, lead, down, table, chosen, keys, weights, n)
    return keys[:n], weights[:n]


@njit(cache=True, nogil=True)
def _said(
    first: int,
    last: int,
    base: Any,
    lower: Any,
    away: Any,
    heavy: Any,
    places: NDArray[np.uint16],
    lead: int,
    down: Any,
    table: NDArray[np.float32],
    chosen: NDArray[np.bool_],
    keys: NDArray[np.int64],
    weights: NDArray[np.float32],
    n: int,
) -> int:
    """What the places of one word say. A function of its own: in a loop that makes arrays grow, each step counts
    references to them, which costs several times what a vote does."""
    gathers = len(chosen) > 0
    back = away * _CELLS_PER_FRAME
    ahead = lead + 0.5 * _CELLS_PER_STEP
    for j in range(first, last):
        both = places[j, 2]
        scale = np.int64(np.float32(both & np.uint16(255)) * _SCALES_PER_STEP + base) - 1
        if scale < 0 or scale >= SCALE_CELLS:
            continue
        where = np.int64(places[j, 0]) | (np.int64(places[j, 1]) << 16)
        position = np.int64(where * _CELLS_PER_STEP + ahead - back * _CENTRES[scale])
        shift = np.int64(np.float32(both >> 8) * _SHIFTS_PER_BIN + lower)
        key = ((shift * SCALE_CELLS + scale) << CELL_BITS) | position
        slot = np.int64((np.uint64(key) * _MIX) >> down)
        if not gathers:
            table[slot] += heavy
        elif chosen[slot]:
            keys[n] = key
            weights[n] = heavy
            n += 1
    return n


@njit(cache=True, nogil=True)
def standing_out(table: NDArray[np.float32], most: int) -> Any:
    """The slots (bool) that weigh most: about `most` of them, told by a histogram of the weights."""
    top = np.float32(0.0)
    for value in table:
        top = max(top, value)
    chosen = np.zeros(len(table), np.bool_)
    if top <= 0.0:
        return chosen
    counts = np.zeros(1025, np.int64)
    to_bin = np.float32(1024.0 / top)
    for value in table:
        counts[int(value * to_bin)] += 1
    level, seen = 1024, 0
    while level > 0 and seen + counts[level] <= most:
        seen += counts[level]
        level -= 1
    for slot in range(len(table)):
        if table[slot] > 0 and int(table[slot] * to_bin) > level:
            chosen[slot] = True
    return chosen
