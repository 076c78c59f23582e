"""The mapping wizard: a sheet that nobody described, and a proposal what its columns mean, for a person to confirm.

Two kinds of evidence meet: the words of the header and the look of the values (an ISRC looks like nothing else; a use
period comes before the day of the report; what one is paid is not more than the gross). The best assignment of
columns to meanings is proposed, each with its evidence. A confirmed proposal becomes a dialect of one's own: next
month's sheet is then recognised by its header, whatever the order of its columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

from ritornello.messages import sheet_values, sheets
from ritornello.messages.dialects import MEANINGS, USE_TYPES, Dialect, Meaning, header_currency
from ritornello.messages.territory_names import UNKNOWN_TERRITORY, territory_code
from ritornello.messages.wizard_words import suggestion

NEEDED: tuple[Meaning, ...] = ("use_period", "territory", "title", "isrc", "units", "amount")
"""Without these a sheet cannot be paid out by territory and day; the proposal names those that it did not find."""

SAMPLE = 200
"""Rows that are looked at."""

LEAST = 45
"""A column with less evidence than this stays without a meaning."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One column's proposed meaning. `evidence` runs to about 200; `examples` are values from the sheet."""

    meaning: Meaning
    column: int
    header: str
    evidence: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the wizard proposes for one sheet.

    `missing` are needed meanings without a column; `questions` what only a person can say (the currency, whether day or
    month comes first). Nothing is taken in by a proposal: `confirm` makes a dialect of it.
    """

    layout: sheets.Layout
    guesses: tuple[Guess, ...]
    missing: tuple[Meaning, ...]
    questions: tuple[str, ...]

    def confirm(
        self,
        name: str,
        title: str,
        *,
        changed: Mapping[Meaning, str | None] | None = None,
        currency: str | None = None,
        service: str | None = None,
        flow: str = "stream",
        day_first: bool | None = None,
        fiscal_months: bool = False,
        style: sheet_values.Style | None = None,
    ) -> Dialect:
        """The dialect that a person confirms, `changed` columns by header (None takes a meaning away).

        Raises `SheetError` where a needed meaning has no column, nothing says the service, or a header is not in the
        sheet.
        """
        taken = {header for header in (changed or {}).values() if header is not None}
        chosen = {guess.meaning: guess.header for guess in self.guesses if guess.header not in taken}
        for meaning, header in (changed or {}).items():
            if header is None:
                chosen.pop(meaning, None)
            elif header in self.layout.headers:
                chosen[meaning] = header
            else:
                raise sheets.SheetError(
                    f"{header!r} is no column of this sheet; it has: {', '.join(self.layout.headers)}"
                )
        lacking = [meaning for meaning in ("use_period", "amount") if meaning not in chosen]
        if lacking:
            raise sheets.SheetError(f"no column says {' and '.join(lacking)}; name one before confirming")
        if service is None and "service" not in chosen:
            raise sheets.SheetError("no column names the service: say which one the sheet is about before confirming")
        kept: tuple[Meaning, ...] = tuple(meaning for meaning in NEEDED if meaning in chosen)
        return Dialect(
            name=name,
            title=title,
            columns={meaning: (header,) for meaning, header in chosen.items()},
            header=tuple(header for header in self.layout.headers if header.strip()),
            needed=kept,
            service=service,
            flow=flow,
            delimiter=self.layout.delimiter,
            currency=currency,
            day_first=self.layout.day_first if day_first is None else day_first,
            fiscal_months=fiscal_months,
            style=style,
        )


@dataclass(slots=True)
class _Column:
    """One column's values in the sample, and what they look like (computed once)."""

    place: int
    header: str
    values: list[str]
    filled: list[str] = field(init=False)
    _counted: Counter[str] = field(init=False)
    _parts: dict[Callable[[str], bool], float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.filled = [value for value in self.values if value]
        self._counted = Counter(self.filled)

    def part(self, holds: Callable[[str], bool]) -> float:
        """The part of filled values for which something holds; 0 for an empty column. Asked once per question."""
        if holds not in self._parts:
            found = sum(count for value, count in self._counted.items() if holds(value))
            self._parts[holds] = found / len(self.filled) if self.filled else 0.0
        return self._parts[holds]

    def varied(self) -> float:
        return len(self._counted) / len(self.filled) if self.filled else 0.0


def propose(content: bytes, name: str) -> Proposal:
    """Propose a mapping for a sheet of no known dialect.

    Raises `SheetError` where the content is no sheet, or no row looks like a header with rows of values below.
    """
    text, encoding = sheets.decoded(content, name)
    best: tuple[int, str, int, list[str]] | None = None
    for delimiter in sheets.DELIMITERS:
        found = sheets.candidates(text, delimiter)
        for number, cells in found:
            score = _header_score(cells)
            if best is None or score > best[0]:
                best = (score, delimiter, number, cells)
    if best is None or best[0] < 2 * LEAST:
        best = _by_its_values(text)
    if best is None:
        raise sheets.SheetError(f"{name}: no row looks like a header; delete what stands above it and try again")
    _, delimiter, header_row, headers = best
    rows = []
    for number, cells in sheets.cells_of(text, delimiter):
        first = next((cell.strip() for cell in cells if cell.strip()), "")
        if number > header_row and first and not sheet_values.reads_as_total(first):
            rows.append([cell.strip(sheets.BLANKS) for cell in cells])
        if len(rows) >= SAMPLE:
            break
    if not rows:
        raise sheets.SheetError(f"{name}: there is a header in row {header_row} and nothing below it")
    columns = [
        _Column(place, header, [row[place] if place < len(row) else "" for row in rows])
        for place, header in enumerate(headers)
    ]
    guesses = _assigned(columns)
    layout = sheets.Layout(
        dialect="proposal",
        encoding=encoding,
        delimiter=delimiter,
        header_row=header_row,
        columns={guess.meaning: guess.column for guess in guesses},
        headers=tuple(headers),
    )
    return _with_questions(layout, guesses, columns)


def _by_its_values(text: str) -> tuple[int, str, int, list[str]] | None:
    """The header of a sheet whose words we do not know: the first row of three names or more, all different and none a
    value, under which a row of as many cells holds a number and a period, a place or an ISRC."""
    found = []
    for delimiter in sheets.DELIMITERS:
        rows = sheets.candidates(text, delimiter)
        for (number, cells), (_, below) in pairwise(rows):
            names = [cell.strip() for cell in cells if cell.strip()]
            values = [cell.strip(sheets.BLANKS) for cell in below]
            if (
                len(names) >= 3
                and len(set(names)) == len(names)
                and len(values) >= len(names)
                and not any(len(one) > 60 or _is_number(one) or _is_isrc(one) for one in names)
                and any(_is_number(one) for one in values)
                and any(_is_isrc(one) or _is_place(one) or (one and _is_period(one)) for one in values)
            ):
                found.append((len(names), delimiter, number, cells))
                break
    return max(found, key=lambda one: one[0], default=None)


def _header_score(cells: Sequence[str]) -> int:
    """How much a row looks like a header: its words, and no cell that is a value."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    values = sum(1 for cell in filled if len(cell) > 60 or sheet_values.number(cell) is not None or _is_isrc(cell))
    if len(filled) < 3 or values * 4 > len(filled):
        return 0
    return sum(max(0, *(suggestion(cell, meaning) for meaning in MEANINGS)) for cell in filled) - 40 * values


_ISRC = re.compile(r"[A-Z]{2}-?[A-Z0-9]{3}-?\d{2}-?\d{5}", re.ASCII | re.IGNORECASE)
_ISWC = re.compile(r"T-?\d{3}\.?\d{3}\.?\d{3}-?\d", re.ASCII | re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_KNOWN_SERVICES = re.compile(
    r"(?i)spotify|apple|itunes|deezer|tidal|amazon|youtube|tiktok|facebook|instagram|soundcloud|pandora|qobuz|napster|"
    r"tencent|netease|boomplay|anghami|jiosaavn|audiomack|beatport|google|snapchat|peloton|melon|kkbox|line music|awa"
)


def _is_isrc(text: str) -> bool:
    """Whether a text looks like an ISRC."""
    return _ISRC.fullmatch(text.strip()) is not None


def _is_number(text: str) -> bool:
    return any(sheet_values.number(text, style) is not None for style in ("point", "comma"))


def _is_whole(text: str) -> bool:
    return any(
        (n := sheet_values.number(text, style)) is not None and n.denominator == 1 for style in ("point", "comma")
    )


def _is_fraction(text: str) -> bool:
    return _is_number(text) and not _is_whole(text)


def _is_iswc(text: str) -> bool:
    return _ISWC.fullmatch(text) is not None


def _is_upc(text: str) -> bool:
    return sheet_values.upc(text) is not None


def _is_currency(text: str) -> bool:
    return _CURRENCY.fullmatch(text) is not None


def _is_service(text: str) -> bool:
    return _KNOWN_SERVICES.search(text) is not None


def _is_use_type(text: str) -> bool:
    return any(re.search(pattern, text) for pattern, _ in USE_TYPES)


def _is_id(text: str) -> bool:
    return " " not in text and any(letter.isdigit() for letter in text)


def _is_word(text: str) -> bool:
    return any(letter.isalpha() for letter in text) and not _is_number(text) and not _is_isrc(text)


def _is_period(text: str) -> bool:
    return any(sheet_values.period(text, first) is not None for first in (None, True, False))


def _is_place(text: str) -> bool:
    return territory_code(text) not in (None, UNKNOWN_TERRITORY)


def _look(column: _Column, meaning: Meaning) -> int:
    """What the values say about a meaning: about 100 for a sure look, strongly negative where it cannot be."""
    if not column.filled:
        return 0 if meaning in ("adjustment", "version", "proprietary_id", "iswc") else -40
    match meaning:
        case "isrc":
            return round(160 * column.part(_is_isrc)) - 60
        case "iswc":
            return round(160 * column.part(_is_iswc)) - 60
        case "upc":
            return round(120 * column.part(_is_upc)) - 60
        case "territory":
            return round(130 * column.part(_is_place)) - 70
        case "currency":
            codes = column.part(_is_currency)
            return round(110 * codes) - 60 if column.varied() < 0.5 or len(column.filled) < 8 else -60
        case "use_period" | "reporting_period":
            return round(120 * column.part(_is_period)) - 70 + (meaning == "use_period")  # of one, it is the use's
        case "amount":
            fractions = column.part(_is_fraction)
            return round(90 * column.part(_is_number) + 40 * fractions) - 70
        case "units":
            return round(110 * column.part(_is_whole)) - 60 - round(40 * column.part(_is_period))
        case "service":
            known = column.part(_is_service)
            return round(70 * known + 20 * column.part(_is_word)) - 20
        case "use_type":
            named = column.part(_is_use_type)
            return round(60 * named) - 30
        case "title" | "artist":
            places = column.part(_is_place)
            return round(40 * column.part(_is_word) - 40 * places)
        case "version" | "adjustment":
            return round(30 * column.part(_is_word)) - 30
        case "proprietary_id":
            ids = column.part(_is_id)
            return round(40 * ids) - 20 - round(60 * max(column.part(_is_isrc), column.part(_is_period)))


def _assigned(columns: Sequence[_Column]) -> tuple[Guess, ...]:
    """The assignment of columns to meanings with the most evidence (the Hungarian method), weak ones left out."""
    from scipy.optimize import linear_sum_assignment

    together = _together(columns)
    evidence = [
        [
            suggestion(column.header, meaning) + _look(column, meaning) + together.get((column.place, meaning), 0)
            for column in columns
        ]
        for meaning in MEANINGS
    ]
    padded = [[max(value, 0) for value in row] + [0] * len(MEANINGS) for row in evidence]
    chosen_meanings, chosen_columns = linear_sum_assignment(padded, maximize=True)
    guesses = []
    for of_meaning, of_column in zip(chosen_meanings, chosen_columns, strict=True):
        if of_column >= len(columns) or evidence[of_meaning][of_column] < LEAST:
            continue
        column = columns[int(of_column)]
        examples = tuple(dict.fromkeys(column.filled))[:3]
        guesses.append(
            Guess(MEANINGS[of_meaning], column.place, column.header, evidence[of_meaning][of_column], examples)
        )
    return tuple(guesses)


def _together(columns: Sequence[_Column]) -> dict[tuple[int, Meaning], int]:
    """What columns say about each other: the earlier period is the use; a sum of two is the amount; the larger of two
    counts is the count."""
    said: dict[tuple[int, Meaning], int] = {}
    numbers = {
        column.place: [sheet_values.number(value) for value in column.values]
        for column in columns
        if column.part(_is_number) > 0.95
    }
    plain = {place: [value or Fraction(0) for value in values] for place, values in numbers.items()}
    for total, values in plain.items():
        for one, ones in plain.items():
            for other, others in plain.items():
                if len({one, other, total}) < 3 or one > other or not any(ones) or not any(others):
                    continue
                if all(value == a + b for value, a, b in zip(values, ones, others, strict=True)):
                    said[total, "amount"] = 60
    periods = [column for column in columns if column.part(_is_period) > 0.9]
    for column in periods:
        for later in periods:
            if column is not later and _earlier(column.values, later.values):
                said[column.place, "use_period"] = said.get((column.place, "use_period"), 0) + 25
                said[later.place, "reporting_period"] = said.get((later.place, "reporting_period"), 0) + 25
    counts = [column for column in columns if column.part(_is_whole) > 0.95 and column.place in plain]
    for column in counts:
        others_counts = [other for other in counts if other is not column and suggestion(other.header, "units") > 0]
        if others_counts and all(
            a >= b for other in others_counts for a, b in zip(plain[column.place], plain[other.place], strict=True)
        ):
            said[column.place, "units"] = 20
    return said


def _earlier(one: Sequence[str], other: Sequence[str]) -> bool:
    pairs = [(_last_day(a), _last_day(b)) for a, b in zip(one, other, strict=True)]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return bool(known) and all(a <= b for a, b in known) and any(a < b for a, b in known)


def _last_day(text: str) -> date | None:
    found = sheet_values.period(text)
    return found[1] if found else None


def _with_questions(layout: sheets.Layout, guesses: tuple[Guess, ...], columns: Sequence[_Column]) -> Proposal:
    by_meaning = {guess.meaning: columns[guess.column] for guess in guesses}
    questions = []
    style: sheet_values.Style | None = "point"
    currency = None
    if "amount" in by_meaning:
        style = sheet_values.style_of(by_meaning["amount"].filled)
        currency = header_currency(by_meaning["amount"].header)
        if style is None:
            questions.append("Is the comma or the point the decimal mark of the amounts?")
    if currency is None and "currency" not in by_meaning:
        questions.append("In which currency are the amounts? The sheet names none.")
    day_first = None
    if "use_period" in by_meaning:
        day_first, asked = _day_order(by_meaning["use_period"].filled)
        if asked:
            questions.append("Does the day or the month come first in the dates?")
    if "service" not in by_meaning:
        questions.append("Which service is the sheet about? It names none.")
    missing = tuple(meaning for meaning in NEEDED if meaning not in by_meaning)
    made = replace(layout, style=style or "point", currency=currency, day_first=day_first)
    return Proposal(made, guesses, missing, tuple(questions))


def _day_order(values: Sequence[str]) -> tuple[bool | None, bool]:
    """Whether the day comes first (None where no date leaves it open), and whether it must be asked."""
    undecided = [value for value in values if sheet_values.period(value) is None]
    if not undecided:
        return None, False
    if any(sheet_values.day(value, True) is None and sheet_values.day(value, False) for value in values):
        return False, False
    if any(sheet_values.day(value, False) is None and sheet_values.day(value, True) for value in values):
        return True, False
    return None, True
