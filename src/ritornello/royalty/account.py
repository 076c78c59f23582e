"""What a run hands from hand to hand: stakes, feeds, adjustments, figures; and the names of accounts.

Every amount on an account is linear money (usage × share × what the lane leaves × what the contract gives) plus named
adjustments (cap, recoupment, reserve, fine …). A statement shows the same two kinds of lines, so it adds up by
construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

HOLDER = "holder"
MAKER = "maker"
HELD = "held"
DIRECT = "direct"
"""The contract of a holder who has none: all of the money is theirs."""

FX = "fx"
CARRY = "rounding-carry"


@dataclass(frozen=True, slots=True)
class Stake:
    """Who stands in the flattened shares: a party under a contract, as holder or as maker; or money held."""

    id: str
    role: str
    party: str
    contract: str


def stake_of(role: str, party: str, contract: str) -> Stake:
    return Stake(f"{role}:{party}:{contract}" if role != HELD else f"{HELD}:{party}", role, party, contract)


@dataclass(frozen=True, slots=True)
class Feed:
    """How a stake's money reaches an account: this part of its net and this part of its gross, where the royalty's
    condition (its number among the conditional ones, or -1) holds."""

    stake: str
    account: str
    net: Fraction
    gross: Fraction = Fraction(0)
    condition: int = -1
    words: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Money on an account that is not linear in usage, with its reason."""

    account: str
    rule: str
    amount: Fraction
    words: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One step of the waterfall, as a person would check it: what, of whom, how much, and why."""

    rule: str
    subject: str
    amount: Fraction
    words: str


def payable(party: str, contract: str) -> str:
    return f"payable:{party}:{contract}"


def suspense(kind: str) -> str:
    return f"suspense:{kind}"


def reserve(party: str, contract: str) -> str:
    return f"reserve:{party}:{contract}"


def kind_of(account: str) -> str:
    """payable, held, house or tax: the four sides of the conservation law beside the carry."""
    head = account.partition(":")[0]
    if head in ("payable", "to_cmo", "fine"):
        return "payable"
    if head in ("suspense", "reserve"):
        return "held"
    if head == "tax":
        return "tax"
    if head in ("commission", "fee", FX):
        return "house"
    raise ValueError(f"{account!r} is no account of a run")
