"""Allocation: exact and fast enough to be used for every amount, beside what people usually write."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from time import process_time

from bench import Row
from ritornello.money import allocate, round_exact

ROWS = 20_000
ACCOUNTS = 100_000


def rows() -> Iterator[Row]:
    thirds = {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)}
    amounts = list(range(ROWS))
    ours = _seconds(lambda: [allocate(amount, thirds) for amount in amounts])
    usual = _seconds(lambda: [_rounded_each(amount) for amount in amounts])
    plain = _seconds(lambda: [_on_paper({k: amount * w for k, w in thirds.items()}) for amount in amounts])
    yield Row(
        "three-way split of one row, exact",
        f"{ROWS / ours:,.0f} rows/s",
        f"{ROWS / plain:,.0f} rows/s (the rule written down plainly)",
        f"{plain / ours:.1f} x",
        "85,000 rows/s",
    )
    lost = sum(abs(amount - sum(_rounded_each(amount).values())) for amount in amounts)
    yield Row(
        "the same, each part rounded by itself",
        "0 cents lost or made",
        f"{lost:,.0f} cents in {ROWS:,} rows ({ROWS / usual:,.0f} rows/s)",
        "–",
        "0",
    )
    draw = random.Random(7)
    exact = {
        f"pty_{number:06d}": Fraction(draw.randrange(-(10**9), 10**9), draw.choice([10**6, 3 * 10**6, 10**12]))
        for number in range(ACCOUNTS)
    }
    cents = Fraction(1, 100)
    ours = _seconds(lambda: round_exact(exact, unit=cents))
    plain = _seconds(lambda: _on_paper({account: amount / cents for account, amount in exact.items()}))
    yield Row(
        f"one allocation over {ACCOUNTS:,} accounts",
        f"{ours:.2f} s",
        f"{plain:.2f} s (plainly, without repeated searching)",
        f"{plain / ours:.1f} x",
        "1 s",
    )


def _rounded_each(amount: int) -> dict[str, Decimal]:
    part = (Decimal(amount) / 3).quantize(Decimal(1), ROUND_HALF_UP)
    return {"a": part, "b": part, "c": part}


def _on_paper(exact: dict[str, Fraction]) -> dict[str, int]:
    """Largest remainder with fractions compared as fractions."""
    units = {account: int(amount) for account, amount in exact.items()}
    missing = int(sum(exact.values(), Fraction(0))) - sum(units.values())
    step = 1 if missing > 0 else -1
    ranked = sorted(exact, key=lambda account: (-step * (exact[account] - units[account]), account))
    for account in ranked[: abs(missing)]:
        units[account] += step
    return units


def _seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start
