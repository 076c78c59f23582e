"""The cells of opening sheets, CSV or workbook: each sheet known by its columns, complaints by file, row and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ritornello.identifiers.territories import TerritorySet
from ritornello.messages import sheet_values, sheets, workbooks
from ritornello.messages.dialects import header_key
from ritornello.messages.findings import Findings

SHEETS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "recordings": (("isrc", "title"), ("version", "artist", "iswc", "work")),
    "contracts": (("contract", "holder"), ("party", "rate", "basis", "within", "settlement", "society", "assets")),
    "splits": (("asset", "right", "party", "share"), ("territory", "from", "until")),
    "payees": (("party", "name"), ("kind", "country", "email", "iban", "bic", "minimum", "tax country", "tax rate")),
    "balances": (("balance", "party", "contract", "amount"), ("id", "rate", "from")),
    "costs": (("cost", "party", "contract", "amount"), ("kind", "rate", "from")),
}
"""Kind of sheet → the columns that it must have, and those that it may have."""

MEANINGS: Mapping[str, str] = {
    "isrc": "The recording's ISRC.",
    "title": "Its title.",
    "version": "Its version title, such as Radio edit.",
    "artist": "The main artist, by the older system's reference of the party.",
    "iswc": "The ISWC of the work that is performed.",
    "work": "The work's title where it differs from the recording's.",
    "contract": "The older system's name of the contract; direct where there is none.",
    "holder": "Who holds the rights under the contract: a party's reference.",
    "party": "A party's reference in the older system.",
    "rate": "A part of one: 25 %, 0.25 or 1/4. Of a balance or cost: how much of what is earned goes to it.",
    "basis": "net or gross.",
    "within": "Whose part this part is taken from.",
    "settlement": "ours, to_cmo or elsewhere.",
    "society": "Which society is paid, where settlement is to_cmo.",
    "assets": "Which recordings the contract is about, by comma; all of the holder's where empty.",
    "asset": "An ISRC, an ISWC, or an id of this catalogue.",
    "right": "master or composition.",
    "share": "The party's part: 50 %, 0.5 or 1/2; the parts of one right add up to one.",
    "territory": "Such as WW, DE AT CH or WW ex JP; everywhere where empty.",
    "from": "Of a split its first day, such as 2026-07-31; of an advance or cost when it was paid. Always where empty.",
    "until": "The first day on which it no longer holds.",
    "name": "The party's name.",
    "country": "The party's country, such as DE.",
    "email": "Where statements go.",
    "iban": "The account, checked by its digits.",
    "bic": "The bank, where it wants one.",
    "minimum": "Below it a balance is carried, at it it is paid.",
    "tax country": "The country for which tax is kept back.",
    "tax rate": "How much of it: 15 % or 0.15.",
    "balance": "payable, reserve or unrecouped.",
    "amount": "An amount such as 1234.56; unrecouped, reserve and costs without a sign.",
    "id": "A name of the advance; made from contract and party where empty.",
    "cost": "A name of the cost, such as video.",
    "kind": "Of a payee: person, company, group or society. Of a cost: cost, recoup_first or net_profit.",
}
"""What each column says, for whoever fills a sheet in."""

ZERO = Fraction(0)
Cells = tuple[int, Sequence[str]]


@dataclass(slots=True)
class Row:
    """One row of a sheet, read cell by cell; every complaint names file, row and column."""

    file: str
    number: int
    cells: Mapping[str, str]
    style: sheet_values.Style
    findings: Findings
    bad: bool = False

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    def need(self, column: str) -> str:
        found = self.text(column)
        if not found:
            self.wrong(column, "is empty")
        return found

    def wrong(self, column: str, what: str) -> None:
        self.bad = True
        given = self.text(column)
        self.findings.error("opening", f"{given!r} {what}" if given else what, self.file, self.number, column, given)

    def amount(self, column: str, otherwise: Fraction | None = None) -> Fraction:
        text = self.text(column)
        if not text and otherwise is not None:
            return otherwise
        found = sheet_values.number(text, self.style) if text else None
        if found is None:
            self.wrong(column, "is no amount; write 1234.56")
        return found if found is not None else ZERO

    def part(self, column: str, otherwise: Fraction | None = None) -> Fraction:
        """A part of one: "25 %", "0.25" or "1/3"."""
        text = self.text(column)
        if not text and otherwise is not None:
            return otherwise
        found: Fraction | None = None
        above, slash, below = text.partition("/")
        if slash and above.strip().isdigit() and below.strip().isdigit() and int(below):
            found = Fraction(int(above), int(below))
        elif text:
            value = sheet_values.number(text.rstrip("% "), self.style)
            found = value / 100 if value is not None and text.endswith("%") else value
        if found is None or not 0 <= found <= 1:
            self.wrong(column, "is no part of one; write 25 %, 0.25 or 1/4")
            return ZERO
        return found

    def one_of(self, column: str, known: Sequence[str], otherwise: str) -> str:
        text = (self.text(column) or otherwise).lower()
        if text not in known:
            self.wrong(column, f"is none of {', '.join(known)}")
        return text

    def day(self, column: str) -> date | None:
        text = self.text(column)
        if not text:
            return None
        found = sheet_values.day(text)
        if found is None:
            self.wrong(column, "is no day, or may be two; write 2026-07-31")
        return found

    def territories(self, column: str) -> TerritorySet:
        try:
            return TerritorySet.parse(self.text(column) or "WW")
        except ValueError as error:
            self.wrong(column, f"is no territory ({error})")
            return TerritorySet.parse("WW")


def rows_of(name: str, content: bytes, findings: Findings) -> Iterator[tuple[str, list[Row]]]:
    """The sheets of a file: their kind and their rows. A CSV file is one sheet, a workbook one for each worksheet.

    A sheet whose columns are those of no kind becomes a finding: nothing of a file is left out in silence.
    """
    if workbooks.is_workbook(content):
        try:
            worksheets = workbooks.read(content, name)
        except workbooks.WorkbookError as error:
            findings.error("opening", str(error), name)
            return
        if not worksheets:
            findings.error("opening", "the workbook is empty", name)
        for one in worksheets:
            where = f"{name}, sheet {one.name}"
            if found := _sheet(where, one.rows[: sheets.HEADER_WITHIN], one.rows, findings):
                yield found
            else:
                _unknown(where, "; take the sheet out of the workbook if it is something else", findings)
        return
    try:
        text, _ = sheets.decoded(content, name)
        for delimiter in sheets.DELIMITERS:
            rows = sheets.cells_of(text, delimiter)
            if found := _sheet(name, sheets.candidates(text, delimiter), rows, findings):
                yield found
                return
    except sheets.SheetError as error:
        findings.error("opening", str(error), name)
        return
    _unknown(name, "", findings)


def template() -> bytes:
    """A workbook with one worksheet for each kind of sheet, its headings in place and what each means beside it."""
    return workbooks.write(
        [
            (
                kind,
                (*needed, *more),
                [f"{MEANINGS[column]}{' Needed.' if column in needed else ''}" for column in (*needed, *more)],
            )
            for kind, (needed, more) in SHEETS.items()
        ]
    )


def _unknown(where: str, mend: str, findings: Findings) -> None:
    kinds = "; ".join(f"{kind}: {', '.join(needed)}" for kind, (needed, _) in SHEETS.items())
    findings.error("opening", f"these are not the columns of an opening sheet ({kinds}){mend}", where)


def _sheet(
    where: str, candidates: Sequence[Cells], rows: Iterable[Cells], findings: Findings
) -> tuple[str, list[Row]] | None:
    """The kind and the rows below the first heading that is one of ours; None where there is none."""
    for number, header in candidates:
        keys = [header_key(cell) for cell in header]
        for kind, (needed, more) in SHEETS.items():
            if set(needed) <= set(keys):
                known = (*needed, *more)
                for key in keys:
                    if key and key not in known:
                        told = f"a sheet of {kind} has no column {key!r}; it has {', '.join(known)}"
                        findings.error("opening", told, where, number)
                return kind, _filled(where, rows, number, keys, findings)
    return None


def _filled(where: str, rows: Iterable[Cells], header: int, keys: Sequence[str], findings: Findings) -> list[Row]:
    found = [
        (number, {key: cell.strip() for key, cell in zip(keys, cells, strict=False) if key})
        for number, cells in rows
        if number > header and any(cell.strip() for cell in cells)
    ]
    amounts = [cells.get(column, "") for _, cells in found for column in ("amount", "minimum")]
    style = sheet_values.style_of([one for one in amounts if one]) or "point"
    return [Row(where, number, cells, style, findings) for number, cells in found]
