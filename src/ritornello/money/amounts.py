"""Amounts as text, as exact numbers, and as integers of 10^-6 of the currency's unit (the ledger's measure)."""

from __future__ import annotations

import re
from fractions import Fraction

from ritornello.money.currencies import minor_digits

MICRO = 10**6
"""Micros in one unit of a currency."""

_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_MOST_DIGITS = 64
_LARGEST_EXPONENT = 40


class AmountError(ValueError):
    """A text or number that is not an exact amount; the message says why and how to mend it."""


def parse_decimal(text: str) -> Fraction:
    """The exact value of a decimal text: "0.92", "-3", "1.5E-3"; ASCII digits, a point, no grouping.

    Raises `AmountError` for floats, NaN, infinities, other writings, more than 64 digits, and exponents beyond 40 (so
    that "1e999999999" cannot be made to eat the memory of whoever reads it).
    """
    if not isinstance(text, str):
        raise AmountError(f"{text!r} is a {type(text).__name__}; an exact amount is read from its text")
    cleaned = text.strip()
    if not _DECIMAL.fullmatch(cleaned):
        mend = ""
        if "," in cleaned:
            mend = "; a decimal comma or grouping belongs to the sheet's dialect: name it there"
        elif cleaned.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
            mend = "; leave the field empty if there is no amount"
        raise AmountError(f"{text!r} is not a decimal number such as -12.34{mend}")
    mantissa, _, exponent_text = cleaned.lower().partition("e")
    exponent = int(exponent_text or 0)
    if len(mantissa) > _MOST_DIGITS or abs(exponent) > _LARGEST_EXPONENT:
        raise AmountError(
            f"{cleaned[:80]!r} has more than {_MOST_DIGITS} digits or an exponent beyond {_LARGEST_EXPONENT}; "
            "no amount of money is written like this, check the column"
        )
    return Fraction(mantissa) * Fraction(10) ** exponent


def to_micros(amount: Fraction | int) -> int:
    """An amount in currency units as micros, exactly; `AmountError` where it has a part below one micro."""
    scaled = _exact(amount) * MICRO
    if scaled.denominator != 1:
        raise AmountError(
            f"{amount} is not a whole number of micros; round in one allocation (round_exact), not line by line"
        )
    return scaled.numerator


def floor_micros(amount: Fraction | int) -> int:
    """An amount in currency units as micros, the part below one micro cut off toward zero (symmetric in sign)."""
    scaled = _exact(amount) * MICRO
    whole = abs(scaled.numerator) // scaled.denominator
    return whole if scaled >= 0 else -whole


def format_amount(micros: int, currency: str) -> str:
    """Micros as people write them: "1,234.50 EUR"; digits below the minor unit only where there are some."""
    digits = minor_digits(currency)
    whole, part = divmod(abs(micros), MICRO)
    decimals = f"{part:06d}"
    shown = decimals[:digits] + decimals[digits:].rstrip("0")
    sign = "-" if micros < 0 else ""
    return f"{sign}{whole:,}{'.' if shown else ''}{shown} {currency}"


def _exact(amount: Fraction | int) -> Fraction:
    if isinstance(amount, bool) or not isinstance(amount, int | Fraction):
        raise AmountError(f"{amount!r} is a {type(amount).__name__}, which is not exact; give an int or a Fraction")
    return Fraction(amount)
