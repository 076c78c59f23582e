"""Columns of numbers on their way: appended to plain files, and given to the engine as they lie there.

So a sheet of any length is read within the memory of one piece of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class ColumnFiles:
    """One file per column in a folder of its own; `kinds` are numpy dtypes by column."""

    def __init__(self, folder: Path, kinds: Mapping[str, type[np.generic]]) -> None:
        folder.mkdir()
        self._folder, self._kinds = folder, dict(kinds)
        self._streams = {name: (folder / name).open("wb") for name in kinds}
        self.rows = 0

    def append(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add rows; every column has as many."""
        for name, stream in self._streams.items():
            values = np.ascontiguousarray(columns[name], self._kinds[name])
            values.tofile(stream)
        self.rows += len(values)

    def closed(self) -> dict[str, NDArray[Any]]:
        """All rows, as arrays over the files."""
        for stream in self._streams.values():
            stream.close()
        if not self.rows:
            return {name: np.empty(0, kind) for name, kind in self._kinds.items()}
        return {name: np.memmap(self._folder / name, kind, mode="r") for name, kind in self._kinds.items()}
