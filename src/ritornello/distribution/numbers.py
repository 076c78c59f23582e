"""ISRCs for what leaves: from the owner's own range, only when cleared for delivery, once for each recording.

Rules of the trade, 13: a registrant must not number recordings of somebody else, so the prefix belongs to the owner of
the new recording; 100,000 a year for each prefix, and what is left is shown.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from ritornello.distribution.model import Allocation
from ritornello.identifiers.isrc import Registrant
from ritornello.proof.ids import stable_id


class NumberError(Exception):
    """No ISRC can be given; the message says why and what to do."""


class Numbers(Protocol):
    """What has been given out, as it is stored."""

    def prefix_of(self, owner: str) -> str | None: ...
    def allocation(self, recording_id: str) -> Allocation | None: ...
    def issued(self, prefix: str, year: int) -> Collection[str]: ...
    def add_allocation(self, allocation: Allocation) -> None: ...


def allocate(numbers: Numbers, recording_id: str, owner: str, at: datetime, taken: Collection[str] = ()) -> Allocation:
    """The ISRC of a recording: the one it has, or the next of its owner's range.

    `taken`: ISRCs of that prefix that are in the catalogue without having been given out here. Raises `NumberError`
    for an owner without a range, and `RangeExhausted` for a year that is used up.
    """
    known = numbers.allocation(recording_id)
    if known is not None:
        return known
    prefix = numbers.prefix_of(owner)
    if prefix is None:
        raise NumberError(
            f"{owner} has no registrant prefix on file: the owner of the recording must be the registrant"
        )
    issued = {*numbers.issued(prefix, at.year), *taken}
    isrc = Registrant(prefix).next(at.year, issued)
    made = Allocation(stable_id("isr", isrc), recording_id, isrc, prefix, at.year, at)
    numbers.add_allocation(made)
    return made


def left(numbers: Numbers, owner: str, year: int, taken: Collection[str] = ()) -> int:
    """How many ISRCs the owner's prefix has left in a year; none without a prefix. `taken` as in `allocate`."""
    prefix = numbers.prefix_of(owner)
    return 0 if prefix is None else Registrant(prefix).left(year, {*numbers.issued(prefix, year), *taken})
