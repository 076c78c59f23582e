"""What services pay for at all: dated rules such as "nothing below 1,000 streams in twelve months".

They apply to what is *expected* (simulations, warnings before an export), never to a receipt: what a service has paid
is a fact, whatever its rules say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ritornello.royalty.documents import Reader
from ritornello.royalty.tables import UsageLine


@dataclass(frozen=True, slots=True)
class MonetisationRule:
    """Below `minimum_units` of a flow in the period looked at, `service` pays nothing for a recording.

    `source` and `reviewed` tell where the rule was read and whether somebody answerable has confirmed it.
    """

    service: str
    flow: str
    minimum_units: int
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Expected usage that a service will not pay for."""

    asset: str
    service: str
    units: int
    minimum: int
    amount_e10: int
    currency: str


def read_rules(readers: Iterable[Reader]) -> tuple[MonetisationRule, ...]:
    """Rules out of a document; unknown terms are errors."""
    rules = []
    for reader in readers:
        rules.append(
            MonetisationRule(
                reader.text("service"),
                reader.text("flow", "stream"),
                reader.whole("minimum_units"),
                reader.day("valid_from"),
                reader.day("valid_to"),
                reader.text("source", ""),
                reader.flag("reviewed"),
            )
        )
        reader.done()
    return tuple(rules)


def expected_lines(
    lines: Iterable[UsageLine], rules: Iterable[MonetisationRule]
) -> tuple[list[UsageLine], list[Unpaid]]:
    """The lines with the money that the services' rules leave, and what they will not pay."""
    known = list(lines)
    asked = list(rules)
    units: dict[tuple[str | None, str, str], int] = defaultdict(int)
    for line in known:
        units[(line.asset_id, line.service, line.flow)] += line.units
    kept: list[UsageLine] = []
    lost: list[Unpaid] = []
    for line in known:
        counted = units[(line.asset_id, line.service, line.flow)]
        broken = [
            rule
            for rule in asked
            if (rule.service, rule.flow) == (line.service, line.flow)
            and (rule.valid_from is None or rule.valid_from <= line.use_date)
            and (rule.valid_to is None or line.use_date < rule.valid_to)
            and counted < rule.minimum_units
        ]
        if not broken or line.amount_e10 <= 0:
            kept.append(line)
            continue
        minimum = max(rule.minimum_units for rule in broken)
        lost.append(Unpaid(line.asset_id or "", line.service, counted, minimum, line.amount_e10, line.currency))
        kept.append(replace(line, amount_e10=0))
    return kept, lost
