"""Whole units out of exact amounts: one allocation over all accounts, by largest remainder.

Every amount is truncated toward zero. The units that are then missing from the (truncated) total go one each to the
accounts whose cut-off parts are largest in the direction of the missing units, ties by the account's id. Truncation is
symmetric, so the allocation of the negated amounts is the negation of the allocation, for mixed signs too: a reversal
cancels its original to the last unit. Nobody ends a whole unit away from their exact amount.

Largest remainder (Hamilton's method) is used in place of divisor methods because it keeps quota: an account never gets
more than its exact amount rounded up, nor less than rounded down. Its known paradoxes concern a changing number of
seats or parties; a run has neither, since posted units are never allocated again (but for an account that a restatement
empties: what was posted on it is taken back to the last unit, see `whole`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice
from math import lcm

ONE_SHARE = 10**12
"""A whole share at rest: shares are integers of 10^-12, which flattened royalty tables add up to exactly."""


class AllocationError(ValueError):
    """The weights or amounts cannot be allocated; the message says which and how to mend it."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """What `round_exact` gives: whole units per account, and the rest of the total that is less than one unit."""

    units: dict[str, int]
    carry: Fraction


def allocate(total: int, weights: Mapping[str, Fraction | int]) -> dict[str, int]:
    """Divide `total` units by `weights`, exactly: the parts add up to `total`.

    `total`: an integer of any sign, in the smallest unit. `weights`: account id -> weight, none negative, not all zero;
    they need not add up to one. Returns an entry for every account, in the order of the ids. Raises `AllocationError`.
    Source: design rule "one allocation per (run, currency)"; ties by id, so {a: 1, b: 1, c: 1} of 100 is 34, 33, 33.
    """
    if isinstance(total, bool) or not isinstance(total, int):
        raise AllocationError(f"total {total!r} is not a whole number of units; convert the amount to units first")
    scale = lcm(*(_exact(account, weight).denominator for account, weight in weights.items()))
    scaled = {name: weights[name].numerator * (scale // weights[name].denominator) for name in sorted(weights)}
    if negative := [account for account, weight in scaled.items() if weight < 0]:
        raise AllocationError(
            f"weight of {negative[0]!r} is negative ({weights[negative[0]]}); "
            "amounts of mixed signs are rounded with round_exact"
        )
    whole = sum(scaled.values())
    if whole == 0:
        raise AllocationError(
            "no account has a weight above zero, so nobody can take the total; hold it in suspense instead"
        )
    # All parts have the denominator `whole`, so what is cut off compares by its numerator.
    size, step = abs(total), 1 if total >= 0 else -1
    units: dict[str, int] = {}
    cut: list[tuple[int, str]] = []
    for account, weight in scaled.items():
        units[account], rest = divmod(size * weight, whole)
        if rest:
            cut.append((-rest, account))
    _hand_out(units, cut, size - sum(units.values()), 1)
    return units if step == 1 else {account: -part for account, part in units.items()}


def round_exact(exact: Mapping[str, Fraction | int], *, unit: Fraction | int = 1, whole: int | None = None) -> Rounded:
    """Round all exact amounts together to whole multiples of `unit`.

    `exact`: account id -> amount of any sign. `unit`: the size of one unit in the same measure (1/100 for cents when
    the amounts are in currency units), above zero. The units add up to the total truncated toward zero; `carry` is the
    rest of the total, in the measure of `exact`, and |carry| < unit. Every |units * unit - exact| < unit.
    `whole`: the units to add up to where that is not the truncated total, as when a restatement clears what was rounded
    before; `carry` is then what that leaves, and an account may lie further from its amount.
    Returns an entry for every account, in the order of the ids. Raises `AllocationError`.
    """
    size = _exact("unit", unit)
    if size <= 0:
        raise AllocationError(f"unit {size} must be above zero")
    amounts = {account: _exact(account, exact[account]) for account in sorted(exact)}
    per_unit, of_unit = size.as_integer_ratio()
    units: dict[str, int] = {}
    rests: list[tuple[int, int, str]] = []  # numerator and denominator of what truncation cut off, signed
    for account, amount in amounts.items():
        numerator, denominator = amount.numerator * of_unit, amount.denominator * per_unit
        kept = _truncate(numerator, denominator)
        units[account] = kept
        if numerator != kept * denominator:
            rests.append((numerator - kept * denominator, denominator, account))
    total = exact_sum(amounts.values())
    target = _truncate(total.numerator * of_unit, total.denominator * per_unit) if whole is None else whole
    if missing := target - sum(units.values()):
        if not units:
            raise AllocationError(f"{target} units have no account to go to")
        step = 1 if missing > 0 else -1
        # Distinct fractions n/d differ by at least 1/(d*d'): scaled by more than d*d' they compare exactly as integers.
        scale = 2 * max((denominator.bit_length() for _, denominator, _ in rests), default=0)
        cut = [(-((step * numerator << scale) // denominator), account) for numerator, denominator, account in rests]
        if whole is not None:
            cut_off = {account for _, account in cut}
            cut += [(0, account) for account in units if account not in cut_off]
        _hand_out(units, cut, abs(missing), step)
    return Rounded(units=units, carry=total - target * size)


def shares_of(weights: Mapping[str, Fraction | int]) -> dict[str, int]:
    """Weights as integer shares of 10^-12 that add up to exactly `ONE_SHARE`."""
    return allocate(ONE_SHARE, weights)


def exact_sum(amounts: Iterable[Fraction]) -> Fraction:
    """The sum of many fractions: numerators are added per denominator first, which spares most of the gcd work."""
    by_denominator: dict[int, int] = {}
    for amount in amounts:
        numerator, denominator = amount.as_integer_ratio()
        by_denominator[denominator] = by_denominator.get(denominator, 0) + numerator
    parts = [Fraction(numerator, denominator) for denominator, numerator in by_denominator.items()]
    while len(parts) > 1:  # pairwise, so that denominators grow late
        odd = parts[-1:] if len(parts) % 2 else []
        parts = [left + right for left, right in zip(parts[::2], parts[1::2], strict=False)] + odd
    return parts[0] if parts else Fraction(0)


def _hand_out(units: dict[str, int], cut: list[tuple[int, str]], missing: int, step: int) -> None:
    """Give one unit (`step`) each to the `missing` accounts that rank first: (minus the cut-off part, id); more than
    there are accounts go round again."""
    for _, account in islice(cycle(sorted(cut)), missing):
        units[account] += step


def _truncate(numerator: int, denominator: int) -> int:
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)


def _exact(account: str, value: Fraction | int) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise AllocationError(
            f"{account!r} has {value!r} ({type(value).__name__}), which is not exact; "
            "give an int or a Fraction (parse_decimal reads text)"
        )
    return value if isinstance(value, Fraction) else Fraction(value)
