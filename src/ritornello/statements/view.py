"""A statement made ready to be read: texts in place of numbers, the chart's bars, the lines in groups.

HTML and PDF show the same view. Names of people are given by the caller at the moment of showing; the statement itself
holds pseudonyms only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ritornello.money import minor_digits, minor_unit
from ritornello.royalty.wording import decimal, percent
from ritornello.statements.model import ADJUSTMENT, EARLIER, USAGE, Line, Statement

_MOST_BARS = 6
_FLOWS = {
    "stream": "streams",
    "ugc": "user videos",
    "creation_pool": "creation pool",
    "fraud_clawback": "clawback",
    "tip": "tips",
    "sync": "synchronisation",
}
_RULES = {
    "cap": "Cap of the maker's share",
    "floor": "Floor of the maker's share",
    "basis": "Share of the gross",
    "ceiling": "Ceiling of the licence",
    "escalation": "Stepped rate",
    "recoupment": "Recoupment",
    "recouped": "Recouped from others",
    "recoup_first": "Recouped first",
    "net_profit": "Costs off the top",
    "reserve": "Reserve kept back",
    "release": "Reserve released",
    "fine": "Fine of a service",
    "to_society": "For a society",
    "restatement": "Stated before",
    "rounding": "Rounding",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What pseudonyms are called, for whoever may see it."""

    payee: str = ""
    issuer: str = "Ritornello"
    services: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


def shown(amount: Fraction, digits: int) -> str:
    """An exact amount with `digits` decimals, half away from zero, thousands apart: for reading, never for adding."""
    scaled = abs(amount) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    above, below = divmod(whole, 10**digits)
    sign = "−" if amount < 0 and whole else ""
    return f"{sign}{above:,}" + (f".{below:0{digits}d}" if digits else "")


def money(minor: int, currency: str) -> str:
    """Minor units as an amount, without the currency."""
    return shown(minor * minor_unit(currency), minor_digits(currency))


def view(statement: Statement, names: Names | None = None) -> dict[str, Any]:
    """The statement as texts. Amounts of lines show two decimals more than the currency has."""
    known = names or Names()
    digits = minor_digits(statement.currency) + 2
    totals, currency = statement.totals, statement.currency
    usage = [line for line in statement.lines if line.kind == USAGE]
    others = [line for line in statement.lines if line.kind != USAGE]
    exact = sum((line.amount for line in usage), Fraction(0))
    header = statement.header()
    return {
        "payee": known.payee or statement.payee,
        "payee_id": statement.payee,
        "issuer": known.issuer,
        "note": known.note,
        "id": statement.id,
        "currency": currency,
        "period": f"{statement.period_start} – {statement.period_end}",
        "supersedes": statement.supersedes,
        "paid": money(totals.paid, currency),
        "headline": _headline(statement),
        "totals": _totals(statement),
        "by_service": _bars(usage, lambda line: known.services.get(line.service, line.service) or "unnamed", digits),
        "by_place": _bars(usage, lambda line: line.territory or "no territory", digits),
        "by_title": _bars(usage, lambda line: line.title, digits),
        "usage": [_line(line, digits, known) for line in usage],
        "usage_total": shown(exact, digits),
        "adjustments": [_line(line, digits, known) for line in others],
        "adjustments_total": shown(sum((line.amount for line in others), Fraction(0)), digits),
        "earned": money(totals.earned, currency),
        "balances": [
            {"name": name, "amount": shown(-amount, minor_digits(currency))}
            for name, amount in statement.balances
            if amount
        ],
        "memo": shown(statement.memo, minor_digits(currency)) if statement.memo else "",
        "root": header["root"],
        "hash": statement.hash(),
        "run": statement.run_digest,
        "line_count": len(statement.lines),
    }


def _headline(statement: Statement) -> str:
    totals, currency = statement.totals, statement.currency
    if totals.paid > 0:
        return f"{money(totals.paid, currency)} {currency} is paid"
    if totals.why:
        return f"Nothing is paid: {totals.why}"
    return "Nothing is due"


def _totals(statement: Statement) -> list[dict[str, str]]:
    totals, currency = statement.totals, statement.currency
    rows = [("Carried in", totals.opening), ("Earned in this statement", totals.earned), ("Due", totals.due)]
    rows += [(f"Tax kept back for {country}", -amount) for country, amount in totals.withheld]
    rows += [("Paid", totals.paid), ("Carried on", totals.carried)]
    return [
        {"name": name, "amount": money(amount, currency), "strong": "yes" if name in ("Due", "Paid") else ""}
        for name, amount in rows
    ]


def _bars(lines: list[Line], key: Any, digits: int) -> list[dict[str, Any]]:
    """The largest sources and the rest, with widths in permille of the largest."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for line in lines:
        sums[key(line)] += line.amount
    ordered = sorted(sums.items(), key=lambda entry: (-entry[1], entry[0]))
    if len(ordered) > _MOST_BARS:
        rest = sum((amount for _, amount in ordered[_MOST_BARS - 1 :]), Fraction(0))
        ordered = [*ordered[: _MOST_BARS - 1], (f"{len(ordered) - _MOST_BARS + 1} others", rest)]
    top = max((abs(amount) for _, amount in ordered), default=Fraction(0))
    whole = sum(sums.values(), Fraction(0))
    return [
        {
            "label": label,
            "amount": shown(amount, digits - 2),
            "permille": int(abs(amount) * 1000 / top) if top else 0,
            "negative": amount < 0,
            "part": f"{shown(amount / whole * 100, 0)} %" if whole > 0 else "",
        }
        for label, amount in ordered
    ]


def _line(line: Line, digits: int, names: Names) -> dict[str, Any]:
    dates = line.first_use if line.first_use == line.last_use else f"{line.first_use} – {line.last_use}"
    return {
        "number": line.number,
        "kind": line.kind,
        "title": line.title or _RULES.get(line.rule, line.rule),
        "about": line.asset if line.kind == ADJUSTMENT else "",
        "service": names.services.get(line.service, line.service),
        "territory": line.territory,
        "flow": _FLOWS.get(line.flow, line.flow),
        "dates": dates,
        "rows": f"{line.rows:,}",
        "units": f"{line.units:,}".replace("-", "−"),
        "source": f"{shown(line.source_amount, 2)} {line.source_currency}" if line.kind == USAGE else "",
        "kept": percent(line.kept) if (line.kept * 10**6).denominator == 1 else f"{shown(line.kept * 100, 4)} %",
        "amount": shown(line.amount, digits),
        "exact": decimal(line.amount),
        "words": line.words[:1].upper() + line.words[1:] + ".",
        "earlier": line.kind == EARLIER,
        "sheets": list(line.evidence.sheets),
        "edges": list(line.evidence.edges),
        "licences": list(line.evidence.licences),
        "offers": list(line.evidence.offers),
    }
