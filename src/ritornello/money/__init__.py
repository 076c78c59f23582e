"""Exact amounts, shares and their allocation: rationals inside, integers outside, never a float.

Money is added up as `Fraction` and becomes whole units once, in one allocation over everybody who takes part. What is
too small to be a unit is carried, in the open, and never disappears.
"""

from __future__ import annotations

from ritornello.money.allocation import ONE_SHARE, AllocationError, Rounded, allocate, round_exact, shares_of
from ritornello.money.amounts import MICRO, AmountError, floor_micros, format_amount, parse_decimal, to_micros
from ritornello.money.currencies import CurrencyError, minor_digits, minor_unit

__all__ = [
    "MICRO",
    "ONE_SHARE",
    "AllocationError",
    "AmountError",
    "CurrencyError",
    "Rounded",
    "allocate",
    "floor_micros",
    "format_amount",
    "minor_digits",
    "minor_unit",
    "parse_decimal",
    "round_exact",
    "shares_of",
    "to_micros",
]
