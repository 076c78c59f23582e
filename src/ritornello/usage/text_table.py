"""Distinct texts of one or several cells, numbered in the order in which they are first met."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritornello.usage.text_kernels import placed_again

_FIRST = 2**12
_WORDS_EACH = 8


class TextTable:
    """A table that the compiled readers fill. They ask for room by giving up; `grow` makes it, and they go on.

    `arrays` is what they take: places, beginnings of entries, the words of their bytes, and how many of entries and
    words there are (`text_kernels.code_of`).
    """

    def __init__(self, cells: int) -> None:
        self._cells = cells
        self._slots: NDArray[np.uint64] = np.zeros(2 * _FIRST, np.uint64)
        self._starts: NDArray[np.int64] = np.empty(_FIRST, np.int64)
        self._arena: NDArray[np.uint64] = np.empty(_FIRST * _WORDS_EACH, np.uint64)
        self._state: NDArray[np.int64] = np.array([0, 1])  # no entry begins at word 0, which marks a free place

    def __len__(self) -> int:
        return int(self._state[0])

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        return self._slots, self._starts, self._arena, self._state

    @property
    def bytes_held(self) -> int:
        return sum(array.nbytes for array in self.arrays)

    def grow(self, longest: int) -> None:
        """Double what is full; there is room for one more text of `longest` bytes afterwards."""
        entries, used = (int(one) for one in self._state)
        words = longest // 8 + 64  # a word for the length of each cell, and its last part of a word
        if used + words > len(self._arena):
            self._arena = np.resize(self._arena, max(2 * len(self._arena), used + words))
        if entries >= len(self._starts):
            self._starts = np.resize(self._starts, 2 * entries)
            self._slots = np.zeros(4 * entries, np.uint64)
            placed_again(self._slots, self._starts, self._arena, entries)

    def texts(self, first: int = 0, most: int | None = None) -> list[list[str]]:
        """The cells of every entry from number `first` on, or of the first `most` of them."""
        entries, used = (int(one) for one in self._state)
        if first >= entries:
            return []
        if most is not None and first + most < entries:
            entries, used = first + most, int(self._starts[first + most])
        begin = int(self._starts[first])
        words = self._arena[begin:used]
        block, numbers = words.tobytes(), words.tolist()
        found = []
        at = 0
        of = range(self._cells)
        for _ in range(first, entries):
            at += 2
            cells = []
            for _ in of:
                length = numbers[at]
                at += 1
                if length:
                    cells.append(block[8 * at : 8 * at + length].decode("utf-8"))
                    at += (length + 7) >> 3
                else:
                    cells.append("")
            found.append(cells)
        return found
