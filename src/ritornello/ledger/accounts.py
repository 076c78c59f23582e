"""The chart of accounts: which kinds there are, what follows the kind in an account's name, and whose money it is.

An account is text: the kind, then its parts after colons (`payable:pty_…:ctr_…`). Parts are pseudonyms, codes and ids,
never names of people, since the ledger is written once and people can be erased.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Whose money an account holds; a period's figures are told by it."""

    RECEIVED = "received"
    PAYABLE = "payable"
    HELD = "held"
    HOUSE = "house"
    CLEARED = "cleared"
    CARRY = "carry"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of account: its side, the fewest and most parts after it, and what they name."""

    name: str
    side: Side
    fewest: int
    most: int
    parts: str


_KINDS = (
    Kind("receipts", Side.RECEIVED, 0, 2, "source, report"),
    Kind("opening", Side.RECEIVED, 0, 2, "where a migrated balance came from"),
    Kind("payable", Side.PAYABLE, 2, 2, "party, contract"),
    Kind("recoup", Side.HELD, 1, 2, "the advance or cost that is recouped"),
    Kind("reserve", Side.HELD, 1, 2, "the reserve, or party and contract"),
    Kind("threshold", Side.HELD, 1, 2, "party, contract: below the sum that is paid out"),
    Kind("suspense", Side.HELD, 1, 2, "why it is held, detail"),
    Kind("dispute", Side.HELD, 1, 2, "the claim"),
    Kind("held", Side.HELD, 1, 2, "why, detail"),
    Kind("commission", Side.HOUSE, 1, 2, "organisation"),
    Kind("fee", Side.HOUSE, 1, 2, "what for"),
    Kind("cost", Side.HOUSE, 1, 2, "what for"),
    Kind("penalty", Side.HOUSE, 1, 2, "what for"),
    Kind("house", Side.HOUSE, 0, 2, "what for"),
    Kind("fx", Side.HOUSE, 0, 2, "pair, receipt"),
    Kind("cleared", Side.CLEARED, 1, 3, "what the payer kept back: platform fee, source withholding; service"),
    Kind("tax", Side.CLEARED, 1, 2, "country, kind of income"),
    Kind("rounding-carry", Side.CARRY, 0, 1, "run"),
    Kind("payout", Side.PAID, 1, 2, "party, contract"),
    Kind("bank", Side.PAID, 0, 1, "account"),
)
KINDS = {kind.name: kind for kind in _KINDS}

LONGEST = 200
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class AccountError(ValueError):
    """A text that names no account; the message says why."""


def kind_of(account: str) -> Kind:
    """The kind of an account whose name is checked.

    Raises:
        AccountError: the kind is unknown, a part is missing, too many or has letters that are not allowed.
    """
    name, *parts = account.split(":")
    kind = KINDS.get(name)
    if kind is None:
        raise AccountError(f"account {account!r}: there is no kind {name!r}; the kinds are {', '.join(KINDS)}")
    if not kind.fewest <= len(parts) <= kind.most:
        count = str(kind.fewest) if kind.fewest == kind.most else f"{kind.fewest} to {kind.most}"
        raise AccountError(f"account {account!r}: {name} is followed by {count} parts ({kind.parts}), not {len(parts)}")
    for part in parts:
        if not _PART.fullmatch(part):
            raise AccountError(
                f"account {account!r}: the part {part!r} may hold letters, digits, '_', '.' and '-' only"
            )
    if len(account) > LONGEST:
        raise AccountError(f"account {account[:40]!r}…: {len(account)} letters, at most {LONGEST}")
    return kind


def payable(party: str, contract: str) -> str:
    """What is owed to a party under a contract."""
    return f"payable:{party}:{contract}"


def suspense(kind: str) -> str:
    """What is held because nobody can be paid yet (`no_asset`, `no_right`, …)."""
    return f"suspense:{kind}"
