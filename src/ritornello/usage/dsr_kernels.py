"""Records of a DSR flat file out of its bytes, in one pass, compiled.

A line is cells apart by tabs, without quotes; its first cell is the type of the record. Cells go to slots by type and
column; texts get numbers, uses and amounts are read where they are written plainly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ritornello.usage.sheet_kernels import DONE, GROW, MORE_ROOM, _packed
from ritornello.usage.text_kernels import ODD, _word_at, code_of, decimal_e10, whole_number

SKIP, COUNT, ROW, ASIDE = 0, 1, 2, 3
"""What is done with a type of record: nothing; its block is counted; it is given back as a row; its line is set
aside."""

UNITS, RETURNS, AMOUNT = 1, 2, 4
"""Bits of `numbers` (which of them a type of record has) and of `flags` (which are not written plainly)."""

UNKNOWN, SURPLUS = -1, 256
"""Marks of a line that is set aside: its type is not known; added to the type, it has more cells than columns."""

_LF, _CR, _HASH, _BRACKET = 10, 13, 35, 40


@njit(cache=True, nogil=True)
def read_records(
    source: NDArray[np.uint8],
    marks: NDArray[np.int64],
    count: int,
    mark_no: int,
    place: int,
    size: int,
    last: bool,
    kinds: tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    groups: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    numbers: tuple[int, int, int, int],
    block_table: tuple[NDArray[Any], ...],
    reference_table: tuple[NDArray[Any], ...],
    said_table: tuple[NDArray[Any], ...],
    track_table: tuple[NDArray[Any], ...],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    counts: NDArray[np.int64],
    out: tuple[NDArray[Any], ...],
    aside: tuple[NDArray[Any], ...],
) -> tuple[int, int, int, int, int]:
    """Read records until the bytes, the room or a table ends.

    Args:
        marks, count: where tabs and line ends stand; `mark_no` is the first from `place` on.
        kinds: the types of records as the numbers that their letters make; what is done with each; how many columns
            each has; the slots of its columns (one row per type); which numbers it has.
        groups: the slots whose texts make a block, a reference, what is said, and a recording.
        numbers: the slots of units, returns, amount and transaction.
        counts: lines, comments, and the last row that is neither comment nor empty; added to.
        out, aside: columns of rows and of lines set aside.

    Returns:
        Where the first line begins that was not read, its first mark, rows, lines set aside, and why it stopped.
    """
    names, actions, widths, slots, has = kinds
    in_block, in_reference, in_said, in_track = groups
    units_slot, returns_slot, amount_slot, transaction_slot = numbers
    block_0, block_1, block_2, block_3 = block_table
    reference_0, reference_1, reference_2, reference_3 = reference_table
    said_0, said_1, said_2, said_3 = said_table
    track_0, track_1, track_2, track_3 = track_table
    rows, types, blocks, references, saids, tracks, units, amounts, flags = out[:9]
    units_at, returns_at, amounts_at, transactions, lengths = out[9:]
    aside_rows, aside_kinds, aside_starts, aside_ends = aside
    given = 0
    set_aside = 0
    kind = 0
    while place < size:
        if given >= len(rows) or set_aside >= len(aside_rows):
            return place, mark_no, given, set_aside, MORE_ROOM
        following = mark_no
        start = place
        column = -1
        comment = False
        surplus = False
        ended = False
        end = place
        at = place
        while not ended:
            at = marks[following] if following < count else size
            following += 1
            if at >= size and not last:
                return place, mark_no, given, set_aside, DONE
            ended = at >= size or source[at] == _LF
            end = at
            if ended:
                while end > start and source[end - 1] == _CR:
                    end -= 1
            if column < 0:
                comment = end > start and source[start] == _HASH
                name = np.uint64(0)
                if 0 < end - start <= 8:
                    name = _word_at(source, start) & (np.uint64(2**64 - 1) >> np.uint64(8 * (8 - end + start)))
                if kind < 0 or names[kind] != name:
                    kind = -1
                    for known in range(len(names)):
                        if names[known] == name:
                            kind = known
                            break
                for slot in range(len(begins)):
                    begins[slot] = 0
                    ends[slot] = 0
            elif kind >= 0:
                if column < widths[kind]:
                    slot = slots[kind, column]
                    begins[slot] = start
                    ends[slot] = end
                elif end > start:
                    surplus = True
            column += 1
            start = at + 1
        after = at + 1 if at < size else size
        row = counts[0] + 1
        if comment or (column == 0 and end == place):
            counts[0] = row
            counts[1] += 1 if comment else 0
            place, mark_no = after, following
            continue
        if kind < 0 or actions[kind] == ASIDE:
            aside_rows[set_aside] = row
            aside_kinds[set_aside] = kind
            aside_starts[set_aside] = place
            aside_ends[set_aside] = end
            set_aside += 1
        elif actions[kind] != SKIP:
            block = -1
            if ends[in_block[0]] > begins[in_block[0]]:
                block = code_of(source, begins, ends, in_block, block_0, block_1, block_2, block_3)
                if block < 0:
                    return place, mark_no, given, set_aside, GROW
            if actions[kind] == ROW:
                reference = -1
                if ends[in_reference[0]] > begins[in_reference[0]]:
                    reference = code_of(
                        source, begins, ends, in_reference, reference_0, reference_1, reference_2, reference_3
                    )
                    if reference < 0:
                        return place, mark_no, given, set_aside, GROW
                said = code_of(source, begins, ends, in_said, said_0, said_1, said_2, said_3)
                track = code_of(source, begins, ends, in_track, track_0, track_1, track_2, track_3)
                if said < 0 or track < 0:
                    return place, mark_no, given, set_aside, GROW
                flag, used, value = 0, 0, 0
                if has[kind] & UNITS:
                    written, used = whole_number(source, begins[units_slot], ends[units_slot])
                    if written == ODD or used < 0 or source[begins[units_slot]] == 45:
                        flag |= UNITS
                if has[kind] & RETURNS:
                    written, returned = whole_number(source, begins[returns_slot], ends[returns_slot])
                    if written == ODD or returned < 0 or source[begins[returns_slot]] == 45:
                        flag |= RETURNS
                    used -= returned
                if has[kind] & AMOUNT:
                    written, value = decimal_e10(source, begins[amount_slot], ends[amount_slot], 46)
                    if written == ODD or source[begins[amount_slot]] == _BRACKET:
                        flag |= AMOUNT
                rows[given] = row
                types[given] = kind
                blocks[given] = block
                references[given] = reference
                saids[given] = said
                tracks[given] = track
                units[given] = used
                amounts[given] = value
                flags[given] = flag
                units_at[given] = _packed(begins[units_slot], min(ends[units_slot], begins[units_slot] + 1000))
                returns_at[given] = _packed(begins[returns_slot], min(ends[returns_slot], begins[returns_slot] + 1000))
                amounts_at[given] = _packed(begins[amount_slot], min(ends[amount_slot], begins[amount_slot] + 1000))
                transactions[given] = begins[transaction_slot]
                lengths[given] = ends[transaction_slot] - begins[transaction_slot]
                given += 1
            if surplus:
                aside_rows[set_aside] = row
                aside_kinds[set_aside] = kind + SURPLUS
                aside_starts[set_aside] = place
                aside_ends[set_aside] = end
                set_aside += 1
        counts[0] = row
        counts[2] = row
        place, mark_no = after, following
    return place, mark_no, given, set_aside, DONE
