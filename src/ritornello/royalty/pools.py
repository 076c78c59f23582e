"""Creation-fee pools: what users paid for making derivatives, divided over what was made.

Pro rata: the whole pool by each recording's part of all creations. User-centric: each user's fee by that user's own
creations. Both are exact; a user who made nothing pays into a pro-rata pool and, user-centrically, leaves a rest that
nobody may take (it is held).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction

PRO_RATA = "pro_rata"
USER_CENTRIC = "user_centric"


def divide_pool(
    users: Iterable[tuple[Fraction, Mapping[str, int]]], method: str
) -> tuple[dict[str, Fraction], Fraction]:
    """Asset -> exact amount, and the rest that no creation stands behind.

    `users`: fee paid (in currency units) and creations per asset. `method`: `pro_rata` or `user_centric`.
    Raises `ValueError` for another method or a negative count.
    """
    if method not in (PRO_RATA, USER_CENTRIC):
        raise ValueError(f"a pool is divided {PRO_RATA} or {USER_CENTRIC}, not {method!r}")
    amounts: dict[str, Fraction] = defaultdict(Fraction)
    counts: dict[str, int] = defaultdict(int)
    paid = rest = Fraction(0)
    for fee, made in users:
        if any(count < 0 for count in made.values()):
            raise ValueError(f"creations are counted, not owed: {dict(made)}")
        paid += fee
        total = sum(made.values())
        for asset, count in made.items():
            counts[asset] += count
            if method == USER_CENTRIC and total:
                amounts[asset] += fee * count / total
        if method == USER_CENTRIC and not total:
            rest += fee
    if method == PRO_RATA:
        whole = sum(counts.values())
        if not whole:
            return {}, paid
        amounts = defaultdict(Fraction, {asset: paid * count / whole for asset, count in counts.items()})
    return {asset: amount for asset, amount in sorted(amounts.items()) if amount}, rest
