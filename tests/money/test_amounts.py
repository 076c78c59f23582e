"""Amounts as text and as micros: exact or refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.money import (
    MICRO,
    AmountError,
    CurrencyError,
    floor_micros,
    format_amount,
    minor_digits,
    minor_unit,
    parse_decimal,
    to_micros,
)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_decimal_text_is_read_exactly(value: Decimal) -> None:
    assert parse_decimal(str(value)) == Fraction(value)
    assert Fraction(to_micros(parse_decimal(str(value))), MICRO) == Fraction(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        ("-.5", Fraction(-1, 2)),
        ("3.", Fraction(3)),
        ("1.5E-3", Fraction(3, 2000)),
        (" +2 ", 2),
    ],
)
def test_writings_of_a_decimal(text: str, value: Fraction) -> None:
    assert parse_decimal(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "NaN", "inf", "1,5", "1 000", "0x10", "1_000", "1e99999", "1e41", "9" * 65, "٣", "(4.10)", "1/3", "--1", "."],
)
def test_what_is_no_decimal_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        parse_decimal(text)


@pytest.mark.parametrize("value", [0.1, 1, None, Decimal("1")])
def test_only_text_is_read(value: Any) -> None:
    with pytest.raises(AmountError):
        parse_decimal(value)


def test_a_part_below_one_micro_is_refused_not_rounded() -> None:
    with pytest.raises(AmountError, match="one allocation"):
        to_micros(Fraction(1, 3))
    with pytest.raises(AmountError, match="float"):
        to_micros(0.5)  # type: ignore[arg-type]


@given(st.fractions(max_denominator=10**9))
def test_floor_micros_cuts_toward_zero(amount: Fraction) -> None:
    micros = floor_micros(amount)
    assert micros == -floor_micros(-amount)
    assert 0 <= abs(amount) * MICRO - abs(micros) < 1


@pytest.mark.parametrize(
    ("micros", "currency", "text"),
    [
        (1_234_500_000, "EUR", "1,234.50 EUR"),
        (-5_000, "USD", "-0.005 USD"),
        (0, "GBP", "0.00 GBP"),
        (12_000_000, "JPY", "12 JPY"),
        (12_340_000, "JPY", "12.34 JPY"),
        (1_500_000, "KWD", "1.500 KWD"),
        (1, "EUR", "0.000001 EUR"),
    ],
)
def test_amounts_as_people_write_them(micros: int, currency: str, text: str) -> None:
    assert format_amount(micros, currency) == text


def test_minor_units() -> None:
    assert (minor_digits("EUR"), minor_digits("JPY"), minor_digits("BHD")) == (2, 0, 3)
    assert minor_unit("EUR") == Fraction(1, 100)
    with pytest.raises(CurrencyError, match="did you mean EUR"):
        minor_digits("eur ")
    with pytest.raises(CurrencyError):
        minor_digits("EURO")
