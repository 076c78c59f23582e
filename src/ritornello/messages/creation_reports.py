"""Creation reports: what people made inside a service, told by the service (rules of the trade, 1).

A derivative that never leaves a service has no ISRC; the service's own id carries its lineage and its money. No
standard exists, so the sheet is ours: one row per derivative, with the columns of `COLUMNS` in any order. Makers come
as pseudonyms of the service, never as names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ritornello.identifiers import isrc
from ritornello.identifiers.reading import IdentifierError
from ritornello.messages import sheets
from ritornello.messages.dialects import header_key
from ritornello.messages.findings import Finding, Findings
from ritornello.messages.territory_names import UNKNOWN_TERRITORY, territory_code

COLUMNS = ("Derivative ID", "Parent ISRCs", "Type", "Territory", "Created At", "Maker", "Title")
"""`Title` may be missing; `Parent ISRCs` are separated by `|`; `Created At` is ISO 8601 with a zone (or ending in
Z)."""

TYPES = frozenset(
    {"SPEED_PITCH", "REMIX", "STEM_RELEASE", "SAMPLE", "MASHUP", "INTERPOLATION", "COVER_SAME", "COVER_ARTIST_VOICE"}
    | {"COVER_THIRD_VOICE", "STYLE_LOCALE", "REHARMONISE", "LYRIC_TRANSLATION", "LYRIC_CHANGE", "VOICE_TRANSLATION"}
)
"""The types of derivatives that rights rules know (a video of a recording is no derivative recording)."""

MOST_PARENTS = 16
_SAFE_ID = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class CreationRow:
    """One derivative as the service tells it; `maker` is the service's pseudonym."""

    row: int
    derivative_id: str
    parents: tuple[str, ...]
    type: str
    territory: str
    created_at: datetime
    maker: str
    title: str


@dataclass(frozen=True, slots=True)
class CreationReport:
    name: str
    rows: tuple[CreationRow, ...]
    findings: tuple[Finding, ...]


def is_creation_report(content: bytes, name: str) -> bool:
    """Whether one of the first rows is the header of a creation report."""
    try:
        text, _ = sheets.decoded(content, name)
    except sheets.SheetError:
        return False
    return _header(text) is not None


def read(content: bytes, name: str) -> CreationReport:
    """Read a creation report; rows that cannot be relied upon become findings of severity "error".

    Raises `SheetError` where the content is no sheet with these columns.
    """
    text, _ = sheets.decoded(content, name)
    found = _header(text)
    if found is None:
        raise sheets.SheetError(f"{name}: a creation report has the columns {', '.join(COLUMNS)}")
    delimiter, header_row, places = found
    findings = Findings()
    rows: list[CreationRow] = []
    seen: dict[str, int] = {}
    for number, cells in sheets.cells_of(text, delimiter):
        if number <= header_row or not any(cell.strip() for cell in cells):
            continue
        row = _row(places, cells, number, name, findings)
        if row is None:
            continue
        if row.derivative_id in seen:
            message = f"{row.derivative_id} stands in row {seen[row.derivative_id]} already"
            findings.error("derivative_twice", message, name, number, "Derivative ID", row.derivative_id)
            continue
        seen[row.derivative_id] = number
        rows.append(row)
    return CreationReport(name, tuple(rows), findings.closed())


def _header(text: str) -> tuple[str, int, dict[str, int]] | None:
    for delimiter in sheets.DELIMITERS:
        if delimiter == "|":
            continue  # it separates parents
        for number, cells in sheets.candidates(text, delimiter):
            keys = [header_key(cell) for cell in cells]
            places = {column: keys.index(header_key(column)) for column in COLUMNS if header_key(column) in keys}
            if len(places.keys() | {"Title"}) == len(COLUMNS):
                return delimiter, number, places
    return None


def _row(
    places: Mapping[str, int], cells: Sequence[str], number: int, name: str, findings: Findings
) -> CreationRow | None:
    def cell(column: str) -> str:
        place = places.get(column)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    wrong: list[tuple[str, str, str]] = []
    derivative_id, maker = cell("Derivative ID"), cell("Maker")
    for column, text in (("Derivative ID", derivative_id), ("Maker", maker)):
        if not _SAFE_ID.fullmatch(text):
            wrong.append((column, text, "is no id: up to 200 printable characters without spaces"))
    parents: list[str] = []
    for text in filter(None, (part.strip() for part in cell("Parent ISRCs").split("|"))):
        try:
            parents.append(isrc.parse(text))
        except IdentifierError as error:
            wrong.append(("Parent ISRCs", text, str(error)))
    if not 1 <= len(set(parents)) <= MOST_PARENTS:
        wrong.append(
            ("Parent ISRCs", cell("Parent ISRCs"), f"names {len(set(parents))} parents, not 1 to {MOST_PARENTS}")
        )
    kind = cell("Type").upper().replace("-", "_").replace(" ", "_")
    if kind not in TYPES:
        wrong.append(("Type", cell("Type"), f"is no type; there are {', '.join(sorted(TYPES))}"))
    place = territory_code(cell("Territory"))
    if place in (None, UNKNOWN_TERRITORY):
        wrong.append(("Territory", cell("Territory"), "is no territory that we know"))
    created = _instant(cell("Created At"))
    if created is None:
        wrong.append(("Created At", cell("Created At"), "is no time with a zone such as 2026-07-05T10:00:00Z"))
    for column, given, message in wrong:
        findings.error("creation", f"{given[:80]!r} {message}", name, number, column, given[:200])
    if wrong or created is None or place is None:
        return None
    return CreationRow(number, derivative_id, tuple(dict.fromkeys(parents)), kind, place, created, maker, cell("Title"))


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None
