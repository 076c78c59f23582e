"""Numbers as people read them, exact as far as they end."""

from __future__ import annotations

from fractions import Fraction

_MOST_PLACES = 10


def decimal(value: Fraction | int) -> str:
    """A decimal text: exact where the number has at most ten decimals, else cut there and marked with "…"."""
    exact = Fraction(value)
    for places in range(_MOST_PLACES + 1):
        if (exact * 10**places).denominator == 1:
            return _digits(int(exact * 10**places), places)
    cut = abs(exact) * 10**_MOST_PLACES
    whole = cut.numerator // cut.denominator
    return _digits(whole if exact >= 0 else -whole, _MOST_PLACES) + "…"


def percent(share: Fraction | int) -> str:
    """A part of one: "12.5 %", or the fraction where it does not end within six decimals of a percent."""
    scaled = Fraction(share) * 100
    if (scaled * 10**6).denominator != 1:
        return f"{scaled.numerator}/{scaled.denominator * 100}"
    return f"{decimal(scaled)} %"


def _digits(scaled: int, places: int) -> str:
    digits = f"{abs(scaled):0{places + 1}d}"
    sign = "-" if scaled < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
