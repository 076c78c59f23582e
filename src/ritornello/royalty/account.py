"""What a run hands from hand to hand: stakes, feeds, adjustments, figures; and the names of accounts.

Every amount on an account is linear money (usage × share × what the lane leaves × what the contract gives) plus named
adjustments (cap, recoupment, reserve, fine …). A statement shows the same two kinds of lines, so it adds up by
construction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from ritornello.ledger.accounts import Side, kind_of, payable, suspense
from ritornello.royalty.terms import TO_CMO

HOLDER = "holder"
MAKER = "maker"
HELD = "held"
DIRECT = "direct"
"""The contract of a holder who has none: all of the money is theirs."""

__all__ = ["payable", "suspense"]

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


def reserve(party: str, contract: str) -> str:
    return f"reserve:{party}:{contract}"


def penalty(service: str) -> str:
    return f"penalty:{name_part(service)}"


def platform_fee(service: str) -> str:
    return f"cleared:platform_fee:{name_part(service)}"


def society(name: str) -> str:
    """What is payable gross to a society for its members."""
    return payable(name_part(name), TO_CMO)


def name_part(text: str) -> str:
    """A name as a part of an account: letters, digits, '_', '.' and '-' only."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-._") or "unnamed"


def side_of(account: str) -> Side:
    """Whose money it is: the sides of the conservation law."""
    return kind_of(account).side
