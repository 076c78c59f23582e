"""Compiled pieces that both readers of report files rest on: a table of distinct texts, and numbers out of bytes.

A text is looked up by the bytes of one or several cells, hashed and compared eight bytes at a time where they stand.
Numbers are read exactly into integers; whatever is not written plainly is left to the slow reader of `messages`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

PLAIN, ODD, MARKED, UNCLEAR = 0, 1, 2, 3
"""How a number is written: digits alone; not plainly; with a decimal mark; with a mark that may as well group
thousands."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT, _HALF = np.uint64(29), np.uint64(32)
_PLACE_BITS, _PLACE_MASK = np.uint64(36), np.uint64(2**36 - 1)
_SEED, _ONE, _ALL = np.uint64(0x2545F4914F6CDD1D), np.uint64(1), np.uint64(2**64 - 1)
_ZERO, _NINE = 48, 57


def _word_of(_context: Any, source: Any, place: Any) -> Any:
    """Eight bytes from any place of a byte array as one number: numba itself reads words from whole places only."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, given[0])
        byte = builder.gep(array.data, [given[1]])
        word = builder.bitcast(byte, context.get_value_type(types.uint64).as_pointer())
        return builder.load(word, align=1)

    return types.uint64(source, types.int64), generate


_word_at: Any = intrinsic(_word_of)


@njit(cache=True, nogil=True, inline="always")
def code_of(
    source: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    group: NDArray[np.int64],
    slots: NDArray[np.uint64],
    starts: NDArray[np.int64],
    arena: NDArray[np.uint64],
    state: NDArray[np.int64],
) -> int:
    """The number of the texts in a group of cells, a new one where they are not known; -1 where the table must grow.

    `group` names those of `begins` and `ends` that count; at least eight bytes may be read behind every cell. `slots`
    has a power of two of places: 0 where free, else the upper bits of the hash and the word of `arena` where the entry
    lies, so that a look costs two visits to memory. An entry is its hash, its number, and for each cell its length and
    its bytes in whole words. `state` holds the number of entries and of used words.
    """
    hashed = _SEED
    needed = 2
    for cell in group:
        place, end = begins[cell], ends[cell]
        hashed = (hashed ^ np.uint64(end - place)) * _MULTIPLIER
        needed += 1 + (end - place + 7) // 8
        while place + 8 <= end:
            hashed = (hashed ^ _word_at(source, place)) * _MULTIPLIER
            hashed ^= hashed >> _SHIFT
            place += 8
        if place < end:
            hashed = (hashed ^ (_word_at(source, place) & (_ALL >> np.uint64(8 * (8 - end + place))))) * _MULTIPLIER
        hashed ^= hashed >> _SHIFT
    # A product carries upwards only: without this the last characters of a short text would hardly reach the lower
    # bits, by which places are found, and texts such as running numbers would crowd.
    hashed = (hashed ^ (hashed >> _HALF)) * _MULTIPLIER
    hashed ^= hashed >> _SHIFT
    mask = np.uint64(len(slots) - 1)
    slot = hashed & mask
    tag = hashed >> _PLACE_BITS
    while slots[slot] != 0:
        found = slots[slot]
        if found >> _PLACE_BITS == tag:
            entry = int(np.int64(found & _PLACE_MASK))
            if arena[entry] == hashed and _same(source, begins, ends, group, arena, entry + 2):
                return int(np.int64(arena[entry + 1]))
        slot = (slot + _ONE) & mask
    entries, used = state[0], state[1]
    if entries >= len(starts) or used + needed > len(arena):
        return -1
    arena[used] = hashed
    arena[used + 1] = np.uint64(entries)
    at = used + 2
    for cell in group:
        place, end = begins[cell], ends[cell]
        arena[at] = np.uint64(end - place)
        at += 1
        while place < end:
            word = _word_at(source, place)
            arena[at] = word if place + 8 <= end else word & (_ALL >> np.uint64(8 * (8 - end + place)))
            at += 1
            place += 8
    slots[slot] = (tag << _PLACE_BITS) | np.uint64(used)
    starts[entries] = used
    state[0] = entries + 1
    state[1] = at
    return int(entries)


@njit(cache=True, nogil=True, inline="always")
def _same(
    source: NDArray[np.uint8],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    group: NDArray[np.int64],
    arena: NDArray[np.uint64],
    at: int,
) -> bool:
    for cell in group:
        place, end = begins[cell], ends[cell]
        if arena[at] != np.uint64(end - place):
            return False
        at += 1
        while place + 8 <= end:
            if arena[at] != _word_at(source, place):
                return False
            at += 1
            place += 8
        if place < end:
            if arena[at] != _word_at(source, place) & (_ALL >> np.uint64(8 * (8 - end + place))):
                return False
            at += 1
    return True


@njit(cache=True, nogil=True)
def placed_again(slots: NDArray[np.uint64], starts: NDArray[np.int64], arena: NDArray[np.uint64], entries: int) -> None:
    """Fill the free places of a larger table with the entries that are known."""
    mask = np.uint64(len(slots) - 1)
    for entry in range(entries):
        hashed = arena[starts[entry]]
        slot = hashed & mask
        while slots[slot] != 0:
            slot = (slot + _ONE) & mask
        slots[slot] = ((hashed >> _PLACE_BITS) << _PLACE_BITS) | np.uint64(starts[entry])


@njit(cache=True, nogil=True, inline="always")
def decimal_e10(source: NDArray[np.uint8], start: int, end: int, mark: int) -> tuple[int, int]:
    """How a cell is written, and its value in 10^-10: `-12.3456` or `(12.3456)` with `mark` as the decimal mark, one to
    eight digits before it and at most ten behind. `ODD` where it is not written so."""
    negative = False
    if end - start > 1 and source[start] == 45:  # a minus
        negative = True
        start += 1
    elif end - start > 2 and source[start] == 40 and source[end - 1] == 41:  # brackets
        negative = True
        start += 1
        end -= 1
    whole = 0
    place = start
    while place < end and _ZERO <= source[place] <= _NINE:
        whole = whole * 10 + (int(source[place]) - _ZERO)
        place += 1
        if place - start > 8:
            return ODD, 0
    leading = place - start
    if leading == 0:
        return ODD, 0
    digits = 0
    part = 0
    written = PLAIN
    if place < end:
        if source[place] != mark:
            return ODD, 0
        place += 1
        while place < end and _ZERO <= source[place] <= _NINE:
            part = part * 10 + (int(source[place]) - _ZERO)
            place += 1
            digits += 1
            if digits > 10:
                return ODD, 0
        if digits == 0 or place < end:
            return ODD, 0
        written = MARKED
        if digits == 3 and leading <= 3 and source[start] != _ZERO:
            written = UNCLEAR
    while digits < 10:
        part *= 10
        digits += 1
    value = whole * 10_000_000_000 + part
    return written, -value if negative else value


@njit(cache=True, nogil=True, inline="always")
def whole_number(source: NDArray[np.uint8], start: int, end: int) -> tuple[int, int]:
    """Whether a cell is a whole number of one to 17 digits, with a minus or without, and its value."""
    negative = end - start > 1 and source[start] == 45
    if negative:
        start += 1
    if not 1 <= end - start <= 17:
        return ODD, 0
    value = 0
    for place in range(start, end):
        digit = source[place]
        if digit < _ZERO or digit > _NINE:
            return ODD, 0
        value = value * 10 + (int(digit) - _ZERO)
    return PLAIN, -value if negative else value
