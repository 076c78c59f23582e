"""Rows and cells of a sheet out of its bytes, in one pass, compiled.

Cells are told apart as the csv module does it: a quote opens a quoted cell only at its beginning, a doubled quote
inside is one, what stands behind a closing quote belongs to the cell as it is, rows end with LF, CR or CR LF. Nothing
here knows what a column means beyond four roles: two groups of texts that get numbers, the units, and the amount.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ritornello.usage.text_kernels import MARKED, ODD, UNCLEAR, code_of, decimal_e10, whole_number

DONE, MORE_ROOM, GROW, LONG_CELL = 0, 1, 2, 3
"""Why reading stopped: at the end of what is there; because no more rows can be given back at once; because a table of
texts is full; at a cell longer than `LONGEST_CELL`."""

LONGEST_CELL = 131_072
"""In bytes; the csv module refuses longer ones as well."""

ODD_AMOUNT, ODD_UNITS, PERHAPS_TOTAL = 1, 2, 4
"""Bits of `flags`: amount or units are not written plainly; the first filled cell may begin a totals row."""

_QUOTE, _LF, _CR = 34, 10, 13
_LENGTH_BITS = 20


@njit(cache=True, nogil=True, inline="always")
def _packed(start: int, end: int) -> int:
    return (start << _LENGTH_BITS) | (end - start)


def bounds(packed: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Beginnings and ends of packed cells."""
    starts = packed >> _LENGTH_BITS
    return starts, starts + (packed & ((1 << _LENGTH_BITS) - 1))


@njit(cache=True, nogil=True, inline="always")
def _blank(source: NDArray[np.uint8], start: int, end: int) -> int:
    """Where the first letter of a cell stands that is no blank; its end where there is none."""
    place = start
    while place < end:
        letter = source[place]
        if letter == 0xC2 and place + 1 < end and source[place + 1] == 0xA0:
            place += 2
        elif letter in (32, 9, _LF, _CR):
            place += 1
        else:
            return place
    return end


@njit(cache=True, nogil=True, inline="always")
def _perhaps_total(source: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether the words of a totals row may begin here: to(tal), gr(and), ge(samt), su(m), so(mme), or no plain
    letter."""
    letter = source[start]
    if letter >= 0x80 or letter < 32:
        return True
    first = letter | 32
    if first not in (116, 103, 115) or end - start < 2:
        return False
    letter = source[start + 1]
    if letter >= 0x80:
        return True
    second = letter | 32
    if first == 116:
        return bool(second == 111)
    if first == 103:
        return bool(second in (114, 101))
    return bool(second in (117, 111))


@njit(cache=True, nogil=True)
def _unquoted(source: NDArray[np.uint8], start: int, end: int, to: int) -> int:
    """Copy a cell without its quotes to another place, beginning behind its opening quote; gives the end there."""
    place = start
    quoted = True
    while place < end:
        letter = source[place]
        place += 1
        if quoted and letter == _QUOTE:
            if place < end and source[place] == _QUOTE:
                place += 1
            else:
                quoted = False
                continue
        source[to] = letter
        to += 1
    return to


@njit(cache=True, nogil=True)
def marks_of(
    source: NDArray[np.uint8], place: int, size: int, ends_cell: NDArray[np.uint8], marks: NDArray[np.int64]
) -> int:
    """Note where the bytes stand that may end or quote a cell; gives how many there are. `ends_cell` is 1 for those,
    by byte. Without a branch for each, since where the next one stands cannot be foreseen."""
    count = 0
    for at in range(place, size):
        marks[count] = at
        count += ends_cell[source[at]]
    return count


@njit(cache=True, nogil=True)
def read_rows(
    source: NDArray[np.uint8],
    marks: NDArray[np.int64],
    count: int,
    mark_no: int,
    place: int,
    size: int,
    last: bool,
    delimiter: int,
    mark: int,
    row: int,
    skip: int,
    slot_of: NDArray[np.int64],
    roles: tuple[NDArray[np.int64], NDArray[np.int64], int, int],
    said: tuple[NDArray[Any], ...],
    tracks: tuple[NDArray[Any], ...],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    seen: NDArray[np.int64],
    out: tuple[NDArray[Any], ...],
) -> tuple[int, int, int, int, int]:
    """Read rows until the bytes, the room or a table ends.

    Args:
        source: the bytes, and as much room again behind `size`, where cells are laid without their quotes.
        marks, count: where quotes, delimiters and line ends stand (`marks_of`); `mark_no` is the first from `place` on.
        place, size: where to begin, and how many bytes there are; `last` where nothing follows them.
        mark: the decimal mark.
        row: how many rows came before; the first `skip` rows of the sheet are counted and left out.
        slot_of: by column, the slot of its cell; cells that nothing asks for go to the last slot.
        roles: the slots of the cells that make the two groups of texts, and those of units and amount.
        seen: is added to: how many amounts are written with a mark, and with one that may group thousands.
        out: row numbers, numbers of both texts, units, amounts, flags, and the packed cells of units, amount and the
            first filled cell.

    Returns:
        Where the first row begins that was not read, its first mark, how many rows were counted, how many given back,
        and why it stopped.
    """
    said_slots, track_slots, units_slot, amount_slot = roles
    rows, said_codes, track_codes, units, amounts, flags, units_at, amounts_at, firsts = out
    said_places, said_starts, said_arena, said_state = said
    places, starts, arena, state = tracks
    columns = len(slot_of)
    spare = len(begins) - 1
    given = 0
    clean = size
    while place < size:
        if given >= len(rows):
            return place, mark_no, row, given, MORE_ROOM
        for slot in range(spare + 1):
            begins[slot] = 0
            ends[slot] = 0
        first_at, first_end = -1, -1
        column = 0
        at = place
        following = mark_no
        ended = False
        while not ended:
            start = at
            untidy = False
            if at < size and source[at] == _QUOTE:
                following += 1
                at = size
                start += 1
                closed = False
                while following < count and not closed:
                    quote = marks[following]
                    following += 1
                    if source[quote] != _QUOTE:
                        continue
                    if following < count and marks[following] == quote + 1 and source[quote + 1] == _QUOTE:
                        untidy = True
                        following += 1
                    elif quote + 1 == size and not last:
                        return place, mark_no, row, given, DONE
                    else:
                        closed = True
                        at = quote + 1
                end = at - 1 if closed else size
                if not closed and not last:
                    why = LONG_CELL if end - start > LONGEST_CELL else DONE
                    return place, mark_no, row, given, why
                if closed and at < size and (following >= count or marks[following] != at):
                    untidy = True
                    while following < count and source[marks[following]] == _QUOTE:
                        following += 1
                    at = marks[following] if following < count else size
                if closed and untidy:
                    end = at
            else:
                while following < count and source[marks[following]] == _QUOTE:
                    following += 1
                at = marks[following] if following < count else size
                end = at
            if end - start > LONGEST_CELL:
                return place, mark_no, row, given, LONG_CELL
            following += 1
            after = at
            if untidy:
                start, end = clean, _unquoted(source, start, end, clean)
                clean = end
            slot = slot_of[column] if column < columns else spare
            begins[slot] = start
            ends[slot] = end
            if first_at < 0:
                filled = _blank(source, start, end)
                if filled < end:
                    first_at, first_end = filled, end
            if after >= size:
                if not last:
                    return place, mark_no, row, given, DONE
                ended = True
            elif source[after] == delimiter:
                at = after + 1
                column += 1
            elif source[after] == _LF:
                at = after + 1
                ended = True
            else:
                if after + 1 >= size and not last:
                    return place, mark_no, row, given, DONE
                at = after + 1
                if at < size and source[at] == _LF:
                    at += 1
                    following += 1
                ended = True
        if row < skip or first_at < 0:
            row += 1
            place, mark_no = at, following
            continue
        said_code = code_of(source, begins, ends, said_slots, said_places, said_starts, said_arena, said_state)
        track_code = code_of(source, begins, ends, track_slots, places, starts, arena, state)
        if said_code < 0 or track_code < 0:
            return place, mark_no, row, given, GROW
        flag = 0
        written, value = decimal_e10(source, begins[amount_slot], ends[amount_slot], mark)
        if written == ODD:
            flag |= ODD_AMOUNT
        elif written == MARKED:
            seen[0] += 1
        elif written == UNCLEAR:
            seen[1] += 1
        used = 0
        if ends[units_slot] > begins[units_slot]:
            written, used = whole_number(source, begins[units_slot], ends[units_slot])
            if written == ODD:
                flag |= ODD_UNITS
        if _perhaps_total(source, first_at, first_end):
            flag |= PERHAPS_TOTAL
        row += 1
        rows[given] = row
        said_codes[given] = said_code
        track_codes[given] = track_code
        units[given] = used
        amounts[given] = value
        flags[given] = flag
        units_at[given] = _packed(begins[units_slot], ends[units_slot])
        amounts_at[given] = _packed(begins[amount_slot], ends[amount_slot])
        firsts[given] = _packed(first_at, first_end)
        given += 1
        place, mark_no = at, following
    return place, mark_no, row, given, DONE
