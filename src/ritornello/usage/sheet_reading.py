"""What one sheet says, gathered piece by piece: rows of numbers, the meaning of texts, findings with row and column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ritornello.messages import sheet_values, sheets
from ritornello.messages.dialects import Meaning, flow_of
from ritornello.messages.findings import Finding, Findings, Severity
from ritornello.messages.territory_names import UNKNOWN_TERRITORY, territory_code
from ritornello.usage import sheet_kernels as kernels
from ritornello.usage.column_files import ColumnFiles
from ritornello.usage.matching import MatchIndex
from ritornello.usage.model import Source
from ritornello.usage.text_kernels import MARKED, UNCLEAR, decimal_e10
from ritornello.usage.text_table import TextTable
from ritornello.usage.tracks import NAMELESS, NO_ISRC, OF_TWO, Named, Tracks
from ritornello.usage.typed import add_table, exact_e10, is_isrc, one_of, rounded_e10, shown

_SAID: tuple[Meaning, ...] = (
    *("use_period", "reporting_period", "service", "territory", "currency", "use_type", "adjustment"),
)
"""Columns with few distinct texts, translated together."""
_NAMING: tuple[Meaning, ...] = ("isrc", "title", "version", "artist", "iswc", "proprietary_id")
_NO_PERIOD, _NO_PLACE, _NOWHERE, _NO_CURRENCY = 1, 2, 4, 8
_UNREADABLE = _NO_PERIOD | _NO_PLACE | _NO_CURRENCY
_ROOM = 2**18
_DAY_NUMBERS = (36526, 73050)
"""2000-01-01 and 2099-12-31 as spreadsheets number them."""
_SURE = {"point": ("1.5", "1.234"), "comma": ("1,5", "1,234")}
"""An amount with a clear mark, and one whose mark may as well group thousands."""


class OtherStyle(Exception):
    """The amounts of the first piece have the other decimal mark; the sheet is read again."""

    def __init__(self, style: sheet_values.Style) -> None:
        super().__init__(style)
        self.style: sheet_values.Style = style


class SheetReading:
    """One sheet on its way, read with one decimal mark. `total_e10` is the sum of the rows so far, found apart from
    what is written to the lake."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        number: int,
        layout: sheets.Layout,
        source: Source,
        index: MatchIndex,
        folder: Path,
        findings: Findings,
        settled: bool,
    ) -> None:
        self._settled = settled  # whether the mark was found from amounts, not assumed
        self.connection, self.name, self.layout, self.source = connection, name, layout, source
        self.findings, self.number = findings, number
        kinds: dict[str, type[np.generic]] = {
            **{"row": np.int64, "said": np.int32, "track": np.int32, "units": np.int64, "amount": np.int64},
        }
        self.columns = ColumnFiles(folder, kinds)
        self.total_e10 = 0
        # A sender's id holds at one service, so the service is part of the naming where there is one.
        self._naming = (*_NAMING, *(("service",) if "proprietary_id" in layout.columns else ()))
        self.tracks = Tracks(connection, f"tracks_{number}", len(self._naming), self._named, index, source.id)
        self.said = TextTable(len(_SAID))
        self._meant: list[tuple[Any, ...]] = []
        self._said_flags: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self._used: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._row = 0
        self._seen = np.zeros(2, np.int64)
        self._shapes: dict[str, str] = {}
        self._amounts: dict[str, tuple[int | None, bool]] = {}
        self._units: dict[str, tuple[int | None, bool]] = {}
        self._ends_cell = np.zeros(256, np.uint8)
        self._ends_cell[[ord(letter) for letter in ('"', "\r", "\n", layout.delimiter)]] = 1
        self._marks = np.empty(0, np.int64)
        self._lay_slots()

    def _lay_slots(self) -> None:
        """A slot for each used column; one that is always empty, for columns that the sheet lacks; one for the rest."""
        used = [meaning for meaning in (*_SAID, *_NAMING, "units", "amount") if meaning in self.layout.columns]
        absent, spare = len(used), len(used) + 1
        slots = {meaning: place for place, meaning in enumerate(used)}
        self._slot_of = np.full(max(len(self.layout.headers), 1), spare, np.int64)
        for meaning in used:
            column = self.layout.columns[meaning]
            shared = int(self._slot_of[column])
            slots[meaning] = shared if shared != spare else slots[meaning]
            self._slot_of[column] = slots[meaning]
        said, naming = (
            np.array([slots.get(meaning, absent) for meaning in of], np.int64) for of in (_SAID, self._naming)
        )
        self._roles = (said, naming, slots.get("units", absent), slots.get("amount", absent))
        self._begins, self._ends = np.zeros(spare + 1, np.int64), np.zeros(spare + 1, np.int64)
        types = (np.int64, np.int32, np.int32, np.int64, np.int64, np.uint8, np.int64, np.int64, np.int64)
        self._out = tuple(np.empty(_ROOM, kind) for kind in types)

    def read(self, buffer: NDArray[np.uint8], size: int, last: bool) -> int:
        """Take in the whole rows among these bytes; gives how many bytes they are. Raises `SheetError`."""
        place, mark_no, why = 0, 0, kernels.MORE_ROOM
        if len(self._marks) <= size:
            self._marks = np.empty(len(buffer), np.int64)
        count = kernels.marks_of(buffer, 0, size, self._ends_cell, self._marks)
        mark = ord("." if self.layout.style == "point" else ",")
        while why in (kernels.MORE_ROOM, kernels.GROW):
            place, mark_no, self._row, given, why = kernels.read_rows(
                *(buffer, self._marks, count, mark_no, place, size, last, ord(self.layout.delimiter), mark, self._row),
                *(self.layout.header_row, self._slot_of, self._roles, self.said.arrays, self.tracks.table.arrays),
                *(self._begins, self._ends, self._seen, self._out),
            )
            self._learn()
            if given:
                self._take(buffer, *(column[:given] for column in self._out))
            self.tracks.make_room()
            if why == kernels.GROW:
                longest = int((self._ends - self._begins).clip(0).sum())
                self.said.grow(longest)
                self.tracks.table.grow(longest)
        if why == kernels.LONG_CELL:
            message = f"row {self._row + 1}: a cell is longer than {kernels.LONGEST_CELL} bytes"
            raise sheets.SheetError(f"{self.name}, {message}; a quote is not closed, or it is no sheet")
        style = self.style()
        if not self._settled and style is not None and style != self.layout.style:
            raise OtherStyle(style)
        return place

    def style(self) -> sheet_values.Style | None:
        """The decimal mark that all amounts so far speak for."""
        marked, unclear = _SURE[self.layout.style]
        examples = [*self._shapes.values()]
        examples += [marked] if self._seen[0] else []
        examples += [unclear] if self._seen[1] else []
        if not any("," in text or text.count(".") > 1 for text in examples):
            return "point"
        return sheet_values.style_of(examples)

    def span(self) -> tuple[date | None, date | None]:
        """First and last day of the rows."""
        days = [meant for meant, used in zip(self._meant, self._used, strict=True) if used]
        return min((one[0] for one in days), default=None), max((one[1] for one in days), default=None)

    def said_table(self) -> str:
        """The table of what the repeating texts mean."""
        rows = [(code, *meant[:6]) for code, meant in enumerate(self._meant) if self._used[code]]
        texts = ("service", "territory", "flow", "currency")
        name = f"said_{self.number}"
        columns = "code INTEGER, first_day DATE, last_day DATE, " + ", ".join(f"{text} VARCHAR" for text in texts)
        add_table(self.connection, f"{name}_texts", columns, rows)
        known = [{row[3 + place] for row in rows} for place in range(len(texts))]
        kinds = ", ".join(f"{one_of(text, of)} AS {text}" for text, of in zip(texts, known, strict=True))
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT code, first_day, last_day, {kinds} FROM {name}_texts"
        )
        return name

    def _learn(self) -> None:
        """Translate the texts that were met since the last time."""
        flags = []
        for texts in self.said.texts(len(self._meant)):
            use, reporting, service, territory, currency, use_type, adjustment = texts
            period = use if use.strip(sheets.BLANKS) or "use_period" not in self.layout.columns else reporting
            period = reporting if not period.strip(sheets.BLANKS) else period
            first, last = self.layout.period_of(period) or (None, None)
            money = (currency.strip(sheets.BLANKS) or self.layout.currency or self.source.currency or "").upper()
            known = len(money) == 3 and money.isascii() and money.isalpha()
            flow = "adjustment" if adjustment.strip(sheets.BLANKS) else flow_of(use_type, self.layout.flow)
            ours = self.source.service_of(self.layout.service or service.strip(sheets.BLANKS))
            code = territory_code(territory.strip(sheets.BLANKS))
            flags.append(
                _NO_PERIOD * (first is None)
                | _NO_PLACE * (code is None)
                | _NOWHERE * (code == UNKNOWN_TERRITORY)
                | _NO_CURRENCY * (not known)
            )
            total = self.layout.period_of(use) is None
            self._meant.append(
                (first, last, ours, code, flow, money if known else None, total, period, territory, currency)
            )
        self._said_flags = np.concatenate([self._said_flags, np.array(flags, np.uint8)])
        self._used = np.concatenate([self._used, np.zeros(len(flags), np.bool_)])
        self.tracks.learn()

    def _named(self, texts: Sequence[str]) -> Named:
        isrc, title, version, artist, iswc, own = texts[: len(_NAMING)]
        flags, clean = 0, isrc
        if not is_isrc(isrc):
            clean = isrc.replace("-", "").replace(" ", "").strip(sheets.BLANKS).upper()
            bare = (isrc.strip(sheets.BLANKS), artist.strip(sheets.BLANKS))
            if all(not text or sheet_values.reads_as_total(text) for text in bare):
                flags = NAMELESS
            elif clean and not is_isrc(clean):
                flags = NO_ISRC
            clean = clean if is_isrc(clean) else ""
        service = ""
        if own:
            service = self.source.service_of(self.layout.service or texts[len(_NAMING)].strip(sheets.BLANKS))
        return Named(
            isrc=clean or None,
            proprietary_id=own.strip(sheets.BLANKS) or None,
            iswc=iswc.replace("-", "").replace(".", "").replace(" ", "").upper() or None if iswc else None,
            title=f"{title} ({version})" if version.strip() else title,
            artist=artist,
            service=service,
            flags=flags,
            given_isrc=isrc,
        )

    def _take(self, buffer: NDArray[np.uint8], *out: NDArray[Any]) -> None:
        rows, said, tracks, units, amounts, flags, units_at, amounts_at, _firsts = out
        places = tracks
        named = self.tracks.flags[places]
        keep = np.ones(len(rows), np.bool_)
        totals = self._totals(buffer, np.flatnonzero((flags & kernels.PERHAPS_TOTAL > 0) & (named & NAMELESS > 0)), out)
        keep[totals] = False
        readable = keep.copy()
        if (flags & (kernels.ODD_AMOUNT | kernels.ODD_UNITS)).any():
            odd = np.flatnonzero((flags & kernels.ODD_AMOUNT > 0) & keep)
            self._odd(odd, rows, _texts(buffer, amounts_at[odd]), amounts, readable, "amount")
            odd = np.flatnonzero((flags & kernels.ODD_UNITS > 0) & keep)
            self._odd(odd, rows, _texts(buffer, units_at[odd]), units, readable, "units")
        problems = self._said_flags[said]
        if problems.any():
            self._tell_said(rows, said, problems, keep)
            readable &= problems & _UNREADABLE == 0
        if (named & (NO_ISRC | OF_TWO)).any():
            self._tell_isrcs(rows, places, named, keep, readable)
        for place in totals:
            above = self.total_e10 + exact_sum(amounts[:place][readable[:place]])
            self._check_total(int(rows[place]), _texts(buffer, amounts_at[place : place + 1])[0], above)
        if not readable.all():
            rows, said, tracks, units, amounts = (column[readable] for column in (rows, said, tracks, units, amounts))
        self._used[said] = True
        self.total_e10 += exact_sum(amounts)
        self.columns.append(
            {"row": rows, "said": said, "track": tracks + self.tracks.base, "units": units, "amount": amounts}
        )

    def _totals(self, buffer: NDArray[np.uint8], perhaps: NDArray[np.intp], out: tuple[NDArray[Any], ...]) -> list[int]:
        """Which rows are totals; a row with a period is money, whatever its first cell says."""
        found = []
        for place, first in zip(perhaps.tolist(), _texts(buffer, out[8][perhaps]), strict=True):
            if self._meant[out[1][place]][6] and sheet_values.reads_as_total(first.strip(sheets.BLANKS)):
                found.append(place)
                mark = ord("." if self.layout.style == "point" else ",")
                begin, end = kernels.bounds(out[7][place : place + 1])
                written = decimal_e10(buffer, int(begin[0]), int(end[0]), mark)[0]
                if written in (MARKED, UNCLEAR):  # it says nothing about the amounts above
                    self._seen[0 if written == MARKED else 1] -= 1
        return found

    def _odd(
        self,
        places: NDArray[np.intp],
        rows: NDArray[np.int64],
        texts: list[str],
        values: NDArray[np.int64],
        readable: NDArray[np.bool_],
        meaning: Meaning,
    ) -> None:
        """Read what is not written plainly, once per distinct text; tell what cannot be read or is not whole."""
        known, read = (self._amounts, self._amount) if meaning == "amount" else (self._units, self._unit)
        if len(known) > _ROOM:
            known.clear()
        wrong, inexact = [], []
        for place, text in zip(places.tolist(), texts, strict=True):
            if text not in known:
                known[text] = read(text)
            value, exact = known[text]
            if value is None:
                readable[place] = False
                wrong.append((int(rows[place]), text))
            else:
                values[place] = value
                if not exact:
                    inexact.append((int(rows[place]), text))
        style = self.layout.style
        if meaning == "amount":
            unread = f"is not an amount with a decimal {style} below 100 million"
            self._tell("amount", "error", meaning, wrong, lambda text: f"{text!r} {unread}")
            rounded = "has more than ten decimals; it is rounded to ten"
            self._tell("finer_than_e10", "warning", meaning, inexact, lambda text: f"{text!r} {rounded}")
        else:
            self._tell("units", "error", meaning, wrong, lambda text: f"{text!r} is not a number")
            cut = "units: parts of a use are cut off (amounts are not)"
            self._tell("part_of_a_unit", "warning", meaning, inexact, lambda text: f"{text!r} {cut}")

    def _amount(self, text: str) -> tuple[int | None, bool]:
        self._shapes.setdefault(text.translate(_ALIKE), text)
        found = sheet_values.number(text.strip(sheets.BLANKS), self.layout.style)
        if found is None:
            return None, False
        return rounded_e10(found), exact_e10(found) is not None

    def _unit(self, given: str) -> tuple[int | None, bool]:
        text, style = given.strip(sheets.BLANKS), self.layout.style
        if not text:
            return 0, True
        found = sheet_values.number(text, style)
        if found is None:  # counts often come with grouping where amounts have none
            found = sheet_values.number(text, "comma" if style == "point" else "point")
        if found is None or abs(found) >= 10**18:
            return None, False
        return int(found), found.denominator == 1

    def _tell_said(
        self, rows: NDArray[np.int64], said: NDArray[np.int32], problems: NDArray[np.uint8], keep: NDArray[np.bool_]
    ) -> None:
        no_place = "is no territory that we know"
        no_currency = "no currency: name it when the sheet is taken in"
        kinds: tuple[tuple[int, str, Severity, Meaning, int, Callable[[str], str]], ...] = (
            (_NO_PERIOD, "period", "error", "use_period", 7, lambda text: f"{text!r} {_no_period(text)}"),
            (_NO_PLACE, "territory", "error", "territory", 8, lambda text: f"{text!r} {no_place}"),
            (_NOWHERE, "no_territory", "warning", "territory", 8, lambda _text: "the row does not say where"),
            (_NO_CURRENCY, "currency", "error", "currency", 9, lambda _text: no_currency),
        )
        for bit, code, severity, meaning, column, message in kinds:
            places = np.flatnonzero((problems & bit > 0) & keep)
            given = [(int(rows[place]), str(self._meant[said[place]][column]).strip(" ")) for place in places.tolist()]
            self._tell(code, severity, meaning, given, message)

    def _tell_isrcs(
        self,
        rows: NDArray[np.int64],
        places: NDArray[np.int32],
        named: NDArray[np.uint8],
        keep: NDArray[np.bool_],
        readable: NDArray[np.bool_],
    ) -> None:
        kinds: tuple[tuple[int, str, NDArray[np.bool_], Callable[[str], str]], ...] = (
            (NO_ISRC, "isrc", keep, lambda text: f"{text!r} is no ISRC; the row is matched by other means"),
            (
                OF_TWO,
                "isrc_of_two",
                readable,
                lambda text: f"two recordings of the catalogue carry {text}; the row is matched with neither",
            ),
        )
        for bit, code, among, message in kinds:
            of = np.flatnonzero((named & bit > 0) & among).tolist()
            given = [(int(rows[place]), self.tracks.given_isrcs[int(places[place])]) for place in of]
            self._tell(code, "warning", "isrc", given, message)

    def _check_total(self, row: int, text: str, above: int) -> None:
        stated = sheet_values.number(text.strip(sheets.BLANKS), self.layout.style)
        if stated is not None and abs(stated * 10**10 - above) >= 10**8:
            message = f"the totals row states {text}, the rows above it sum to {shown(above)}: rows are missing"
            self.findings.error("total", message, self.name, row, self._header("amount"), text)

    def _tell(
        self,
        code: str,
        severity: Severity,
        meaning: Meaning,
        given: Sequence[tuple[int, str]],
        message: Callable[[str], str],
    ) -> None:
        for row, text in given:
            self.findings.add(
                Finding(code, severity, message(text[:80]), self.name, row, self._header(meaning), text[:200])
            )

    def _header(self, meaning: Meaning) -> str | None:
        return self.layout.header_of(meaning) if meaning in self.layout.columns else None


_ALIKE = str.maketrans("12345678", "99999999")
"""Digits other than 0 are alike: one example of each shape of amount decides the mark."""


def exact_sum(values: NDArray[np.int64]) -> int:
    """The sum of many 64-bit numbers, which may itself be larger."""
    return (int((values >> 32).sum()) << 32) + int((values & 0xFFFFFFFF).sum())


def _texts(buffer: NDArray[np.uint8], packed: NDArray[np.int64]) -> list[str]:
    begins, ends = kernels.bounds(packed)
    return [
        buffer[begin:end].tobytes().decode("utf-8") for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]


def _no_period(text: str) -> str:
    """Why a text is no period; a bare number of the right size is the day number of a spreadsheet (1900 = 1)."""
    if text.isdecimal() and _DAY_NUMBERS[0] <= int(text[:9]) <= _DAY_NUMBERS[1]:
        return "looks like a spreadsheet's number of a day; give the column a date format and export it again"
    return "is not a period, or has two readings"
