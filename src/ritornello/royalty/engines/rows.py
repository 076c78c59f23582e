"""What both adapters share: small tables as text files, and answers as records."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ritornello.royalty.engines import DetailRow
from ritornello.royalty.tables import whole

_WHOLE = frozenset({4, 12, 13, 14, 15})


def detail_row(row: Sequence[Any]) -> DetailRow:
    """One answer of `DETAIL_SQL` as a record."""
    cells: list[Any] = [whole(cell) if place in _WHOLE else cell for place, cell in enumerate(row)]
    return DetailRow(*cells)


def write_rows(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Rows as tab-separated text that both engines read back; every text is quoted, so that empty is not missing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerows(rows)
