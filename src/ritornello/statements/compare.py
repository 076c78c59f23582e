""" "Why less than last time?" in numbers: every difference between two statements, split into its causes.

A usage line's amount is units × (source amount per unit, exchanged) × part kept. For each title, service, territory
and kind of use the difference is divided in this order, so that the parts add up exactly: how much was used, what was
paid per use, which part is the payee's. What stands on one side only is new or gone; adjustments differ by rule.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from ritornello.royalty.wording import decimal
from ritornello.statements.model import EARLIER, USAGE, Line, Statement, StatementError

ZERO = Fraction(0)

VOLUME, PRICE, PART, NEW, GONE, ADJUSTED = "volume", "price", "part", "new", "gone", "adjustment"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of a difference. `amount`: exact, in the statements' currency; `subject`: where, or which rule."""

    cause: str
    subject: str
    amount: Fraction
    words: str


@dataclass(slots=True)
class _Sum:
    units: int = 0
    gross: Fraction = ZERO
    amount: Fraction = ZERO


def compare(now: Statement, before: Statement) -> tuple[Cause, ...]:
    """The causes of the difference, the largest first; they add up exactly to that of what stands for the two periods
    (`Statement.stands`), so that a correction is held against what it corrects.

    Raises `StatementError` for statements of different payees or currencies.
    """
    if (now.payee, now.currency) != (before.payee, before.currency):
        raise StatementError("only statements of one payee in one currency can be compared")
    ours, theirs = _sums(now), _sums(before)
    causes: list[Cause] = []
    for place in sorted(ours.keys() | theirs.keys()):
        subject = " · ".join(part for part in place if part)
        new, old = ours.get(place), theirs.get(place)
        if old is None and new is not None:
            causes.append(Cause(NEW, subject, new.amount, "was not there last time"))
        elif new is None and old is not None:
            causes.append(Cause(GONE, subject, -old.amount, "is no longer there"))
        elif new is not None and old is not None:
            causes += _place(subject, new, old)
    rules_now, rules_before = _rules(now), _rules(before)
    for rule in sorted(rules_now.keys() | rules_before.keys()):
        amount = rules_now.get(rule, ZERO) - rules_before.get(rule, ZERO)
        causes.append(Cause(ADJUSTED, rule, amount, f"{rule} differs"))
    return tuple(
        sorted((one for one in causes if one.amount), key=lambda one: (-abs(one.amount), one.subject, one.cause))
    )


def _place(subject: str, new: _Sum, old: _Sum) -> list[Cause]:
    if old.units <= 0 or new.units <= 0 or old.gross <= 0 or new.gross <= 0:
        # what was taken back has no price per use
        words = f"{decimal(new.gross)} was reported, {decimal(old.gross)} last time"
        return [Cause(VOLUME, subject, new.amount - old.amount, words)]
    kept_before, kept_now = old.amount / old.gross, new.amount / new.gross
    per_before, per_now = old.gross / old.units, new.gross / new.units
    return [
        Cause(
            VOLUME,
            subject,
            (new.units - old.units) * per_before * kept_before,
            f"{new.units:,} uses, {old.units:,} last time",
        ),
        Cause(
            PRICE,
            subject,
            new.units * (per_now - per_before) * kept_before,
            f"{decimal(per_now)} per use, {decimal(per_before)} last time",
        ),
        Cause(
            PART,
            subject,
            new.gross * (kept_now - kept_before),
            f"your part is {decimal(kept_now * 100)} %, {decimal(kept_before * 100)} % last time",
        ),
    ]


def _sums(statement: Statement) -> dict[tuple[str, str, str, str], _Sum]:
    found: dict[tuple[str, str, str, str], _Sum] = defaultdict(_Sum)
    for line in statement.lines:
        if line.kind == USAGE:
            one = found[(line.title, line.service, line.territory, line.flow)]
            one.units += line.units
            one.gross += line.source_amount * line.rate
            one.amount += line.amount
    return dict(found)


def _rules(statement: Statement) -> dict[str, Fraction]:
    found: dict[str, Fraction] = defaultdict(Fraction)
    for line in statement.lines:
        if line.kind not in (USAGE, EARLIER):
            found[_rule(line)] += line.amount
    return dict(found)


def _rule(line: Line) -> str:
    return line.rule or line.kind
