"""Offers by spreadsheet: read what people really send, and say row by row what is wrong and what was probably meant.

One row is one holder's offer for one recording: `asset;type;territory;who;scope;fan_share;from;until`, with optional
columns for the holder and the rights. CSV may come with any of the usual delimiters and encodings, a decimal comma, and
an identifier from which a spreadsheet has eaten the zeros; XLSX is read by value. Nothing is guessed silently: what was
read otherwise than written is a finding with the suggested fix, and a row with an error is left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from ritornello.consent.codes import RIGHTS, TYPES
from ritornello.consent.errors import ConsentError
from ritornello.consent.requests import AUDIENCES
from ritornello.identifiers import IdentifierError, isrc
from ritornello.identifiers.territories import WORLD, TerritorySet

COLUMNS = ("asset", "type", "territory", "who", "scope", "fan_share", "from", "until")
OPTIONAL = ("holder", "rights", "split")
SCOPES = ("studio", "platform", "export")
"""How far it may go: for its maker alone, heard on our pages, or delivered to services as well."""
MOST_ROWS = 100_000
MOST_BYTES = 64 * 1024 * 1024

_ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
_DELIMITERS = ";\t,|"
_HEADINGS = {
    "isrc": "asset", "recording": "asset", "derivative": "type", "territories": "territory", "country": "territory",
    "audience": "who", "fan share": "fan_share", "fanshare": "fan_share", "share": "fan_share", "valid_from": "from",
    "start": "from", "valid_until": "until", "end": "until", "to": "until", "right": "rights",
}  # fmt: skip


class Gravity(StrEnum):
    """An error leaves the row out; a note says what was understood."""

    ERROR = "error"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class RowFinding:
    """Something about one cell. `row` counts as the spreadsheet does: the heading is row 1."""

    row: int
    field: str
    gravity: Gravity
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"row {self.row}, {self.field}: {self.problem}; {self.fix}"

    def to_document(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "fix": self.fix,
            "gravity": self.gravity.value,
            "problem": self.problem,
            "row": self.row,
        }


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row as it was understood. `fan_share_permille` is in thousandths; `asset` is an ISRC or a recording's id."""

    row: int
    asset: str
    types: frozenset[str]
    territories: TerritorySet
    who: str
    scope: str
    fan_share_permille: int
    valid_from: date
    valid_until: date | None
    holder: str = ""
    rights: frozenset[str] = frozenset()
    split_e4: int | None = None
    """The holder's split in ten-thousandths of a per cent's hundredth (99.99 % = 999900), where the sheet gives one."""


@dataclass(frozen=True, slots=True)
class OfferSheet:
    """A sheet as it was read: the good rows, and everything that is to be said about the rows."""

    rows: tuple[SheetRow, ...]
    findings: tuple[RowFinding, ...]
    count: int


def read_sheet(content: bytes) -> OfferSheet:
    """Read CSV or XLSX. Raises `ConsentError` where it is no sheet of offers at all (no heading, too large)."""
    if len(content) > MOST_BYTES:
        raise ConsentError.of("file", f"has {len(content)} bytes", f"cut it into parts of at most {MOST_BYTES}")
    lines = cells_of(content)
    if not lines:
        raise ConsentError.of("file", "is empty", f"begin with the heading {';'.join(COLUMNS)}")
    if len(lines) - 1 > MOST_ROWS:
        raise ConsentError.of("file", f"has {len(lines) - 1} rows", f"cut it into parts of at most {MOST_ROWS}")
    names = [_heading(cell) for cell in lines[0][1]]
    if missing := [name for name in COLUMNS if name not in names]:
        raise ConsentError.of("heading", f"lacks {', '.join(missing)}", f"write {';'.join(COLUMNS)}")
    unknown = [name for name in names if name and name not in (*COLUMNS, *OPTIONAL)]
    findings: list[RowFinding] = [
        RowFinding(lines[0][0], name, Gravity.NOTE, "is a column that is not read", "leave it out") for name in unknown
    ]
    rows = []
    for number, cells in lines[1:]:
        record = {name: cells[place] if place < len(cells) else None for place, name in enumerate(names) if name}
        row = _Reading(number, record, findings).row()
        if row is not None:
            rows.append(row)
    return OfferSheet(tuple(_once(rows, findings)), tuple(findings), len(lines) - 1)


class _Reading:
    """One row being read; findings are added as they are met."""

    def __init__(self, number: int, record: Mapping[str, Any], findings: list[RowFinding]) -> None:
        self.number = number
        self.record = record
        self.findings = findings
        self.wrong = False

    def row(self) -> SheetRow | None:
        asset = self._asset()
        types = self._listed("type", TYPES, "such as REMIX or SPEED_PITCH")
        territories = self._territories()
        who = self._one("who", AUDIENCES, "subscribers")
        scope = self._one("scope", SCOPES, "platform")
        share = self._share()
        first = self._day("from")
        last = self._day("until")
        rights = self._listed("rights", RIGHTS, "such as M_USE") if self._text("rights") else frozenset()
        split = self._split()
        if first is None and not self._text("from"):
            self._error("from", "is empty", "write the first day, such as 2026-06-01")
        if first is not None and last is not None and last <= first:
            self._error("until", f"{last.isoformat()} is not after {first.isoformat()}", "swap or correct the days")
        if self.wrong or first is None:
            return None
        return SheetRow(
            self.number, asset, types, territories, who, scope, share, first, last, self._text("holder"), rights, split
        )

    def _text(self, name: str) -> str:
        value = self.record.get(name)
        if isinstance(value, datetime):
            return value.date().isoformat()
        if isinstance(value, float):
            return str(Decimal(repr(value)).normalize()) if not value.is_integer() else str(int(value))
        return "" if value is None else " ".join(str(value).replace("\u00a0", " ").split())

    def _error(self, field: str, problem: str, fix: str) -> None:
        self.wrong = True
        self.findings.append(RowFinding(self.number, field, Gravity.ERROR, problem, fix))

    def _note(self, field: str, problem: str, fix: str) -> None:
        self.findings.append(RowFinding(self.number, field, Gravity.NOTE, problem, fix))

    def _asset(self) -> str:
        text = self._text("asset")
        if not text:
            self._error("asset", "is empty", "give the ISRC or the recording's id")
            return ""
        if text.startswith("rec_"):
            return text
        plain = re.sub(r"[\s.\-]|^ISRC:?", "", text, flags=re.IGNORECASE).upper()
        try:
            return isrc.parse(plain)
        except IdentifierError as error:
            mended = _with_zeros(text)
            if mended is not None:
                # a number mended in silence may be somebody else's: it is suggested, and the row waits
                self._error("asset", f"{text!r} lost zeros in a spreadsheet", f"write {mended} if that is the one")
            elif re.fullmatch(r"\d+([.,]\d+)?E\+?\d+", text, re.IGNORECASE):
                self._error("asset", f"{text!r} is a number that a spreadsheet rounded", "format the column as text")
            else:
                self._error("asset", f"{text!r} is no ISRC: {error.reason}", error.mend)
            return ""

    def _territories(self) -> TerritorySet:
        text = self._text("territory") or "WW"
        spoken = re.sub(r"\b(world(wide)?|welt(weit)?|global)\b", "WW", text, flags=re.IGNORECASE)
        spoken = re.sub(r"\b(except|excluding|excl\.?|without|ohne|sans|-)\s+", "ex ", spoken, flags=re.IGNORECASE)
        spoken = re.sub(r"[;/|+]", ",", spoken)
        spoken = re.sub(r"\bUK\b", "GB", spoken)
        for attempt in (spoken, spoken.upper().replace(" EX ", " ex ")):
            try:
                found = TerritorySet.parse(attempt)
            except ValueError as error:
                last = error
                continue
            if not found:
                self._error("territory", f"{text!r} leaves no territory", "name at least one")
            if attempt != text:
                self._note("territory", f"{text!r} was read as {found}", f"write {found}")
            return found
        self._error("territory", f"{text!r} cannot be read ({last})", 'write such as "DE, FR" or "WW ex JP"')
        return WORLD

    def _listed(self, name: str, known: Sequence[str], mend: str) -> frozenset[str]:
        words = [word.strip() for word in re.split(r"[,/|+&]", self._text(name)) if word.strip()]
        found = set()
        for word in words:
            code = re.sub(r"[\s\-]+", "_", word).upper()
            near = [one for one in known if one == code] or [one for one in known if one.startswith(code[:4])]
            if code in known:
                found.add(code)
            else:
                self._error(name, f"{word!r} is unknown", f"write {' or '.join(near[:3]) if near else mend}")
        if not words:
            self._error(name, "is empty", f"write one, {mend}")
        return frozenset(found)

    def _one(self, name: str, known: Sequence[str], default: str) -> str:
        text = self._text(name).lower()
        if not text:
            self._note(name, "is empty", f"read as {default}")
            return default
        for one in known:
            if text in (one, one.rstrip("s")):
                return one
        self._error(name, f"{text!r} is unknown", f"write one of {', '.join(known)}")
        return default

    def _number(self, name: str) -> Decimal | None:
        """A number with a decimal comma or point and perhaps a per cent sign; None where there is none."""
        text = self._text(name).replace("%", "").replace(" ", "")
        if not text:
            return None
        plain = text.replace(".", "").replace(",", ".") if re.search(r"\.\d{3},", text) else text.replace(",", ".")
        try:
            value = Decimal(plain)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or value < 0:
            self._error(name, f"{self._text(name)!r} is no share", "write per cent, such as 12,5")
            return None
        return value

    def _share(self) -> int:
        value = self._number("fan_share")
        if value is None:
            if not self._text("fan_share"):
                self._note("fan_share", "is empty", "read as 0 %")
            return 0
        if 0 < value < 1 and "%" not in self._text("fan_share"):
            self._note("fan_share", f"{value} was read as {value * 100:f} %", "write per cent, from 0 to 100")
            value *= 100
        permille = value * 10
        if value > 100:
            self._error("fan_share", f"{value:f} % is more than all", "write 0 to 100")
        elif permille != permille.to_integral_value():
            nearest = int(permille.quantize(Decimal(1)))
            self._error("fan_share", f"{value:f} % is finer than 0.1 %", f"write {Decimal(nearest) / 10:f}")
        return int(permille)

    def _split(self) -> int | None:
        value = self._number("split")
        return None if value is None else int(value * 10_000)

    def _day(self, name: str) -> date | None:
        value = self.record.get(name)
        if isinstance(value, datetime):
            return value.date()
        text = self._text(name)
        if not text:
            return None
        for pattern in (
            r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(T.*)?",
            r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        ):
            if found := re.fullmatch(pattern, text):
                return self._made_day(name, text, int(found["y"]), int(found["m"]), int(found["d"]))
        if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
            one, two, year = (int(part) for part in found.groups())
            if one > 12 >= two:
                return self._made_day(name, text, year, two, one)
            if two > 12 >= one:
                return self._made_day(name, text, year, one, two)
            self._error(
                name, f"{text!r} may be two days", f"write {year}-{one:02d}-{two:02d} or {year}-{two:02d}-{one:02d}"
            )
            return None
        self._error(name, f"{text!r} is no day", "write it as 2026-06-01")
        return None

    def _made_day(self, name: str, text: str, year: int, month: int, day: int) -> date | None:
        try:
            return date(year, month, day)
        except ValueError:
            self._error(name, f"{text!r} is not in the calendar", "write it as 2026-06-01")
            return None


def _with_zeros(text: str) -> str | None:
    """An ISRC whose designation lost its leading zeros: prefix and year stand, the rest is filled to five digits."""
    parts = re.fullmatch(r"([A-Za-z]{2})-?([A-Za-z0-9]{3})-?(\d{2})-(\d{1,4})", text.replace(" ", "-"))
    if parts is None:
        return None
    country, registrant, year, rest = parts.groups()
    try:
        return isrc.parse(f"{country}{registrant}{year}{rest.zfill(5)}".upper())
    except IdentifierError:
        return None


def _once(rows: Sequence[SheetRow], findings: list[RowFinding]) -> list[SheetRow]:
    """Rows that say the same thing twice are one; splits that miss 100 % by a rounding are noted."""
    kept: dict[tuple[Any, ...], SheetRow] = {}
    splits: dict[tuple[str, frozenset[str], str], list[SheetRow]] = {}
    for row in rows:
        key = (row.asset, row.holder, row.rights, str(row.territories), row.types)
        if key in kept:
            findings.append(
                RowFinding(row.row, "asset", Gravity.ERROR, f"says again what row {kept[key].row} says", "keep one")
            )
            continue
        kept[key] = row
        if row.split_e4 is not None:
            splits.setdefault((row.asset, row.rights, str(row.territories)), []).append(row)
    for group in splits.values():
        total = sum(row.split_e4 or 0 for row in group)
        if total == 1_000_000:
            continue
        near = abs(total - 1_000_000) <= 100 * max(1, len(group))
        told = f"the splits add up to {Decimal(total) / 10_000:f} %"
        fix = "a rounding: thirds are meant as 1/3 in the sheet" if near else "correct the splits"
        for row in group if not near else group[-1:]:
            findings.append(RowFinding(row.row, "split", Gravity.NOTE if near else Gravity.ERROR, told, fix))
        if not near:
            kept = {key: row for key, row in kept.items() if row not in group}
    return list(kept.values())


def _heading(cell: Any) -> str:
    text = " ".join(str(cell or "").strip().lower().replace("-", " ").split())
    text = text.replace(" ", "_") if text.replace(" ", "_") in (*COLUMNS, *OPTIONAL) else text
    return _HEADINGS.get(text, text)


def cells_of(content: bytes) -> list[tuple[int, list[Any]]]:
    """The rows of a CSV or XLSX file that are not empty, each with its number as a spreadsheet counts it."""
    table = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    return [line for line in table if any(str(cell or "").strip() for cell in line[1])]


def _csv(content: bytes) -> list[tuple[int, list[Any]]]:
    text = _decoded(content)
    head = text.lstrip("\ufeff").splitlines()[0] if text.strip() else ""
    delimiter = max(_DELIMITERS, key=head.count)
    return [(number, list(cells)) for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1)]


def _decoded(content: bytes) -> str:
    encodings = _ENCODINGS if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConsentError.of("file", "is in no encoding that we know", "save it as CSV UTF-8")


def _xlsx(content: bytes) -> list[tuple[int, list[Any]]]:
    import zipfile

    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [
            (number, list(cells))
            for number, cells in enumerate(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 2), 1)
        ]
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise ConsentError.of("file", f"cannot be opened as XLSX ({error})", "save it again as XLSX or CSV") from error
