"""Numbers as people read them, exact as far as they end."""

from __future__ import annotations

from fractions import Fraction

_MOST_PLACES = 10


def decimal(value: Fraction | int) -> str:
    """A decimal text: exact where the number has at most ten decimals, else cut there and marked with "…"."""
    numerator, denominator = value.as_integer_ratio()
    scaled, rest = divmod(abs(numerator) * 10**_MOST_PLACES, denominator)
    digits = f"{scaled:0{_MOST_PLACES + 1}d}"
    whole, places = digits[:-_MOST_PLACES], digits[-_MOST_PLACES:]
    sign = "-" if numerator < 0 else ""
    if rest:
        return f"{sign if scaled else ''}{whole}.{places}…"
    places = places.rstrip("0")
    return f"{sign}{whole}.{places}" if places else f"{sign}{whole}"


def percent(share: Fraction | int) -> str:
    """A part of one: "12.5 %", or the fraction where it does not end within six decimals of a percent."""
    scaled = Fraction(share) * 100
    if (scaled * 10**6).denominator != 1:
        return f"{scaled.numerator}/{scaled.denominator * 100}"
    return f"{decimal(scaled)} %"
