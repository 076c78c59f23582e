"""Sheets of statements and payouts: CSV that a spreadsheet opens without running anything.

A text that begins like a formula (=, +, -, @, or a control character) gets an apostrophe in front, which spreadsheets
show as text; numbers stay numbers, negative ones too. Every file is UTF-8 with a mark, comma-separated, CRLF.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from ritornello.money import minor_digits
from ritornello.people.model import PartyDetails
from ritornello.royalty.payout import Payout
from ritornello.royalty.wording import decimal
from ritornello.statements.model import Statement

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00")
COLUMNS = (
    "line", "kind", "title", "asset", "service", "territory", "flow", "first_use", "last_use", "usage_rows", "units",
    "source_amount", "source_currency", "exchange_rate", "kept_part", "amount", "currency", "explanation", "sheets",
    "licences", "offers", "account",
)  # fmt: skip


def safe(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula. Leading spaces are looked through, as spreadsheets do."""
    if text.lstrip(" \u00a0").startswith(_RISKY) or text.startswith(_RISKY):
        return "'" + text
    return text


def number(value: Fraction | int) -> str:
    """A number cell: a plain decimal, cut at ten decimals where it does not end."""
    return decimal(value).rstrip("…")


def sheet(columns: Sequence[str], rows: Iterable[Sequence[str | int | Fraction]]) -> bytes:
    """Rows as CSV bytes: texts made safe, numbers as numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe(cell) if isinstance(cell, str) else number(cell) for cell in row])
    return ("\ufeff" + out.getvalue()).encode("utf-8")


def statement_csv(statement: Statement) -> bytes:
    """One statement as a sheet: a row per line; the amounts add up to what was earned."""
    return sheet(
        COLUMNS,
        (
            (
                line.number, line.kind, line.title, line.asset, line.service, line.territory, line.flow,
                line.first_use, line.last_use, line.rows, line.units, line.source_amount, line.source_currency,
                line.rate, line.kept, line.amount, statement.currency, line.words, " ".join(line.evidence.sheets),
                " ".join(line.evidence.licences), " ".join(line.evidence.offers), line.account,
            )
            for line in statement.lines
        ),
    )  # fmt: skip


def mass_payment_csv(
    payouts: Iterable[Payout], currency: str, reference: str, details: Mapping[str, PartyDetails] | None = None
) -> bytes:
    """What is to be paid, one row per payee, in the order of their ids; nobody is paid nothing.

    `details` say how a payment service finds the payee: by name and e-mail, empty where nobody told them.
    """
    digits = minor_digits(currency)
    rows = [
        (payout.party, *_reached(payout.party, details or {}), _digits(payout.paid, digits), currency, reference)
        for payout in sorted(payouts, key=lambda one: one.party)
        if payout.paid > 0
    ]
    return sheet(("payee", "name", "email", "amount", "currency", "reference"), rows)


def _digits(paid: int, digits: int) -> str:
    """Minor units as payment services read them: with all decimals of the currency."""
    whole, part = divmod(paid, 10**digits)
    return f"{whole}.{part:0{digits}}" if digits else str(whole)


def _reached(party: str, details: Mapping[str, PartyDetails]) -> tuple[str, str]:
    found = details.get(party)
    return (found.name, found.email or "") if found is not None else ("", "")
