"""The sheets that an older system is left with: recordings, contracts, splits, payees, balances, costs.

A sheet is known by its columns, in any order: a CSV file with any usual delimiter, or a worksheet of a workbook.
Parties are named by the older system's own references. Nothing here writes; what is read is held against itself and
against the totals that were stated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from ritornello.identifiers import IdentifierError, isrc, iswc
from ritornello.identifiers.territories import TerritorySet
from ritornello.messages.findings import Finding, Findings
from ritornello.royalty.opening_cells import SHEETS, Row, rows_of, template
from ritornello.royalty.terms import COMPOSITION, ELSEWHERE, MASTER, OURS, TO_CMO
from ritornello.royalty.wording import decimal, percent

PAYABLE, RESERVE, UNRECOUPED, COSTS = "payable", "reserve", "unrecouped", "costs"
TOTALS = (PAYABLE, RESERVE, UNRECOUPED, COSTS)
"""The totals that an older system states and the sheets must tie to."""

ZERO = Fraction(0)

Place = tuple[str, int | None, str]
"""Where something is said: file (and worksheet), row, column."""

_NAMES = {
    "party": ("party", "holder", "artist", "within"),
    "asset": ("asset", "assets"),
    "contract": ("contract",),
    "isrc": ("isrc",),
    "balance": ("balance",),
}
"""What is looked up outside the sheets: by which columns it is named."""

__all__ = [
    "COSTS", "PAYABLE", "RESERVE", "SHEETS", "TOTALS", "UNRECOUPED", "Balance", "OpeningSheets", "Payee", "Registered",
    "Split", "read", "template", "ties",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Registered:
    """A recording as the older system knows it; `artist` is a party's reference, `iswc` in normal form."""

    isrc: str
    title: str
    version: str
    artist: str
    iswc: str
    work: str


@dataclass(frozen=True, slots=True)
class Split:
    """A party's part of a right in an asset (ISRC, ISWC or id), where and between which days (`until` excluded)."""

    asset: str
    right: str
    party: str
    share: Fraction
    territories: TerritorySet
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Payee:
    """How a party is paid; `details` are personal and kept apart."""

    party: str
    kind: str
    details: Mapping[str, str]
    minimum: Fraction | None
    tax: tuple[str, Fraction] | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What the older system carries: payable or reserve (both go into the books), unrecouped or a cost (terms)."""

    kind: str
    party: str
    contract: str
    amount: Fraction
    id: str = ""
    rate: Fraction = Fraction(1)
    recoupment: str = "advance"
    since: date | None = None


@dataclass(frozen=True, slots=True)
class OpeningSheets:
    """Everything that was read. `contracts` are in the form of the terms document, without recoupments."""

    recordings: tuple[Registered, ...]
    contracts: tuple[dict[str, Any], ...]
    splits: tuple[Split, ...]
    payees: tuple[Payee, ...]
    balances: tuple[Balance, ...]
    findings: tuple[Finding, ...]
    places: Mapping[tuple[str, str], Place]

    def complaint(
        self, column: str, given: str, message: str, files: str, severity: Literal["error", "warning"] = "error"
    ) -> Finding:
        """A finding about a name in these sheets, at the first row that says it; at the `files` where none does."""
        file, row, at = self.places.get((column, given), (files, None, column))
        return Finding("opening", severity, message, file, row, at, given or None)

    def totals(self) -> dict[str, Fraction]:
        """What the sheets add up to, by kind."""
        sums = dict.fromkeys(TOTALS, ZERO)
        for one in self.balances:
            sums[one.kind] += one.amount
        return sums


def ties(found: Mapping[str, Fraction], stated: Mapping[str, Fraction]) -> tuple[str, ...]:
    """Where the sheets do not tie to the stated totals, as sentences; empty where they do."""
    told = []
    for kind in TOTALS:
        ours, theirs = found.get(kind, ZERO), stated.get(kind, ZERO)
        if ours != theirs:
            by = decimal(abs(ours - theirs))
            told.append(
                f"{kind}: the sheets say {decimal(ours)}, {decimal(theirs)} was stated ({by} "
                f"too {'much' if ours > theirs else 'little'})"
            )
    return tuple(told)


@dataclass(slots=True)
class _Reading:
    recordings: dict[str, Registered] = field(default_factory=dict)
    contracts: dict[str, dict[str, Any]] = field(default_factory=dict)
    splits: list[Split] = field(default_factory=list)
    payees: dict[str, Payee] = field(default_factory=dict)
    balances: list[Balance] = field(default_factory=list)
    places: dict[int, Row] = field(default_factory=dict)
    named: dict[tuple[str, str], Place] = field(default_factory=dict)


def read(files: Iterable[tuple[str, bytes]]) -> OpeningSheets:
    """Read sheets of (name, content). What is wrong comes back as findings of severity "error", all of it at once."""
    findings = Findings()
    reading = _Reading()
    for name, content in files:
        for kind, rows in rows_of(name, content, findings):
            for row in rows:
                _TAKES[kind](reading, row)
                _remember(reading, row)
    _hold_together(reading)
    return OpeningSheets(
        tuple(reading.recordings.values()),
        tuple(reading.contracts.values()),
        tuple(reading.splits),
        tuple(reading.payees.values()),
        tuple(reading.balances),
        findings.closed(),
        reading.named,
    )


def _remember(reading: _Reading, row: Row) -> None:
    """Keep where each name stands first, so that a complaint about it can say the row."""
    for meaning, columns in _NAMES.items():
        for column in columns:
            text = row.text(column)
            for name in (text, *_assets(text)) if column == "assets" else (text,):
                if name:
                    reading.named.setdefault((meaning, name), (row.file, row.number, column))


def _assets(text: str) -> list[str]:
    return [one.strip() for one in text.replace("|", ",").split(",") if one.strip()]


def _recording(reading: _Reading, row: Row) -> None:
    one = Registered(
        _identifier(row, "isrc", isrc.parse),
        row.need("title"),
        row.text("version"),
        row.text("artist"),
        _identifier(row, "iswc", iswc.parse) if row.text("iswc") else "",
        row.text("work"),
    )
    if row.text("work") and not one.iswc:
        row.wrong("work", "is a work without an ISWC; give it, or leave the work out")
    if one.isrc and one.isrc in reading.recordings:
        row.wrong("isrc", "stands in another row already")
    if not row.bad:
        reading.recordings[one.isrc] = one


def _identifier(row: Row, column: str, parse: Callable[[str], str]) -> str:
    text = row.need(column)
    try:
        return parse(text) if text else ""
    except IdentifierError as error:
        row.wrong(column, f"is none: {error}")
        return ""


def _contract(reading: _Reading, row: Row) -> None:
    name, holder = row.need("contract"), row.need("holder")
    settlement = row.one_of("settlement", (OURS, TO_CMO, ELSEWHERE), OURS)
    known = reading.contracts.setdefault(
        name, {"id": name, "holder": holder, "settlement": settlement, "royalties": []}
    )
    if known["holder"] != holder:
        row.wrong("holder", f"is not {known['holder']}, whom another row of contract {name} names")
    if row.text("society"):
        known["society"] = row.text("society")
    if row.text("assets"):
        known["assets"] = _assets(row.text("assets"))
    party = row.text("party")
    if party:
        if any(one["party"] == party for one in known["royalties"]) or party == holder:
            row.wrong("party", f"stands twice in contract {name}, or is its holder")
            return
        royalty: dict[str, Any] = {"party": party, "rate": str(row.part("rate"))}
        if row.one_of("basis", ("net", "gross"), "net") == "gross":
            royalty["basis"] = "gross"
        if row.text("within"):
            royalty["within"] = row.text("within")
        known["royalties"].append(royalty)


def _split(reading: _Reading, row: Row) -> None:
    split = Split(
        row.need("asset"),
        row.one_of("right", (MASTER, COMPOSITION), MASTER),
        row.need("party"),
        row.part("share"),
        row.territories("territory"),
        row.day("from"),
        row.day("until"),
    )
    if split.valid_from and split.valid_to and split.valid_to <= split.valid_from:
        row.wrong("until", "is not after its first day")
    if not row.bad:
        reading.places[len(reading.splits)] = row
        reading.splits.append(split)


def _payee(reading: _Reading, row: Row) -> None:
    party = row.need("party")
    if party in reading.payees:
        row.wrong("party", "stands in another row already")
    details = {"name": row.need("name"), **{one: row.text(one) for one in ("country", "email", "iban", "bic")}}
    tax = None
    if row.text("tax country"):
        tax = (row.text("tax country").upper(), row.part("tax rate"))
    minimum = row.amount("minimum", ZERO) if row.text("minimum") else None
    kind = row.one_of("kind", ("person", "company", "group", "society"), "person")
    if details["iban"]:
        from stdnum import iban

        if not iban.is_valid(details["iban"]):
            row.wrong("iban", "is no IBAN; check its digits")
    reading.payees[party] = Payee(party, kind, {k: v for k, v in details.items() if v}, minimum, tax)


def _balance(reading: _Reading, row: Row) -> None:
    kind = row.one_of("balance", (PAYABLE, RESERVE, UNRECOUPED), PAYABLE)
    amount = row.amount("amount")
    if kind != PAYABLE and amount < 0:
        row.wrong("amount", f"is below zero; {kind} is written without a sign")
    if kind in (PAYABLE, RESERVE) and (amount * 100).denominator != 1:
        row.wrong("amount", "is finer than a hundredth; nobody is owed that")
    name = row.text("id") or f"adv_{row.text('contract')}_{row.text('party')}"
    _add(
        reading,
        row,
        Balance(
            kind,
            row.need("party"),
            row.need("contract"),
            amount,
            name,
            row.part("rate", Fraction(1)),
            since=row.day("from"),
        ),
    )


def _cost(reading: _Reading, row: Row) -> None:
    kind = row.one_of("kind", ("cost", "recoup_first", "net_profit"), "cost")
    amount = row.amount("amount")
    if amount < 0:
        row.wrong("amount", "is below zero; what is still to come back is written without a sign")
    party, contract, rate = row.need("party"), row.need("contract"), row.part("rate", Fraction(1))
    _add(reading, row, Balance(COSTS, party, contract, amount, row.need("cost"), rate, kind, row.day("from")))


def _add(reading: _Reading, row: Row, balance: Balance) -> None:
    key = (balance.kind, balance.party, balance.contract, balance.id)
    if any((one.kind, one.party, one.contract, one.id) == key for one in reading.balances):
        row.wrong(
            "party", f"has this {balance.kind} of contract {balance.contract} in another row already; add them up"
        )
    if not row.bad:
        reading.balances.append(balance)


_TAKES = {
    "recordings": _recording,
    "contracts": _contract,
    "splits": _split,
    "payees": _payee,
    "balances": _balance,
    "costs": _cost,
}


def _hold_together(reading: _Reading) -> None:
    """Shares of one asset and right in one place and time add up to one."""
    sums: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, one in enumerate(reading.splits):
        sums[(one.asset, one.right, one.territories.mask, one.valid_from, one.valid_to)].append(number)
    for numbers in sums.values():
        total = sum((reading.splits[number].share for number in numbers), ZERO)
        row, one = reading.places[numbers[-1]], reading.splits[numbers[-1]]
        what = f"the {one.right} of {one.asset} adds up to {percent(total)}"
        if total > 1:
            row.wrong("share", f"is too much: {what}")
        elif Fraction(99, 100) < total < 1:
            row.wrong("share", f"was rounded: {what}; write exact parts such as 1/3")
        elif total < 1:
            message = f"{what}; the rest is held until somebody claims it"
            row.findings.warn("opening", message, row.file, row.number, "share", row.text("share"))
