"""What a payee is paid: balances carried in, crossed contracts, the minimum, and the tax kept back at payment.

A balance may go below zero; a payout never does. Taxes on payees are taken of what is really paid, on the part that
was earned in the taxing country, pro rata after recoupment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ritornello.money import minor_unit, round_exact
from ritornello.royalty.terms import PayeeTerms, Terms
from ritornello.royalty.wording import decimal

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Payout:
    """One payee's payment, in minor units. `due`: contract -> balance before it; `carried`: contract -> after it.
    `withheld`: country -> tax kept back out of `gross`; `paid` is what leaves. `why` tells why nothing is paid."""

    party: str
    due: dict[str, int]
    gross: int
    withheld: dict[str, int]
    paid: int
    carried: dict[str, int]
    why: str = ""

    @property
    def balance(self) -> int:
        """What is due over all contracts, below zero where it is owed back: what is paid, withheld and carried."""
        return sum(self.due.values())


def pay_out(
    terms: Terms, units: Mapping[str, int], by_country: Mapping[str, Mapping[str, Fraction]], day: date
) -> tuple[Payout, ...]:
    """The payouts of all payees, in the order of their ids.

    `units`: account -> minor units of this run. `by_country`: payable account -> country -> exact money earned there.
    """
    unit = minor_unit(terms.currency)
    due: dict[str, dict[str, int]] = defaultdict(dict)
    payees = {payee.party: payee for payee in terms.payees}
    for payee in terms.payees:
        for contract, opening in payee.opening:
            due[payee.party][contract] = int(opening / unit)
    for account, count in units.items():
        head, _, rest = account.partition(":")
        if head == "payable":
            party, contract = rest.split(":", 1)
            due[party][contract] = due[party].get(contract, 0) + count
    earned: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for account, countries in by_country.items():
        for country, amount in countries.items():
            earned[account.split(":")[1]][country] += amount
    return tuple(
        _one(payees.get(party, PayeeTerms(party)), dict(sorted(balances.items())), unit, earned[party], day)
        for party, balances in sorted(due.items())
    )


def _one(
    payee: PayeeTerms,
    due: dict[str, int],
    unit: Fraction,
    earned: Mapping[str, Fraction],
    day: date,
) -> Payout:
    carried = dict(due)
    gross = 0
    payable: dict[str, int] = {}
    for group in _groups(payee, due):
        total = sum(due[contract] for contract in group)
        if total > 0:
            payable[group[0]] = total
        if len(group) > 1 and total <= 0:
            # A group that nets to nothing shows its balance once, on its first contract.
            for contract in group:
                carried[contract] = 0
            carried[group[0]] = total
    gross = sum(payable.values())
    why = ""
    if not payee.payable:
        why = payee.why or "payout details are missing; the money accrues"
    elif gross <= 0:
        owed = sum(due.values()) * unit
        why = f"{decimal(-owed)} is owed back and is taken from what comes next" if owed < 0 else "nothing is due"
    elif gross < payee.minimum / unit and not payee.flush:
        why = f"below the minimum of {decimal(payee.minimum)}"
    if why:
        return Payout(payee.party, due, 0, {}, 0, carried, why)
    for group in _groups(payee, due):
        if group[0] in payable:
            for contract in group:
                carried[contract] = 0
    withheld = _withheld(payee, gross, earned, day)
    return Payout(payee.party, due, gross, withheld, gross - sum(withheld.values()), carried)


def _groups(payee: PayeeTerms, due: Mapping[str, int]) -> list[tuple[str, ...]]:
    crossed = [tuple(contract for contract in group if contract in due) for group in payee.crossed]
    inside = {contract for group in crossed for contract in group}
    alone: list[tuple[str, ...]] = [(contract,) for contract in due if contract not in inside]
    # Negative and positive balances of contracts that are in no group never meet.
    return sorted([group for group in crossed if group] + alone)


def _withheld(payee: PayeeTerms, gross: int, earned: Mapping[str, Fraction], day: date) -> dict[str, int]:
    if not payee.withholding:
        return {}
    total = sum(earned.values(), ZERO)
    exact: dict[str, Fraction] = {}
    for tax in payee.withholding:
        part = earned.get(tax.country, ZERO)
        if part > 0 and total > 0:
            exact[tax.country] = gross * part / total * tax.due(day)
    # The payee and the tax offices are rounded together, so that gross = paid + taxes.
    rounded = round_exact({**exact, "~payee": gross - sum(exact.values(), ZERO)}).units
    return {country: rounded[country] for country in sorted(exact) if rounded[country]}
