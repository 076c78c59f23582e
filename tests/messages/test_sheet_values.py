"""How sheets write numbers, periods and codes, and what is ambiguous and therefore not read."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.messages import sheet_values as values
from ritornello.messages.territory_names import territory_code


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("4.10", "point", "4.1"),
        ("(4.10)", "point", "-4.1"),
        ("-4.10", "point", "-4.1"),
        ("4.10-", "point", "-4.1"),
        ("\u22124.10", "point", "-4.1"),
        ("1,234.50", "point", "1234.5"),
        ("1.234,50", "comma", "1234.5"),
        ("1 234,50", "comma", "1234.5"),
        ("1'234.50", "point", "1234.5"),
        ("$ 3", "point", "3"),
        ("(1.234,50 EUR)", "comma", "-1234.5"),
        ("0,000004", "comma", "0.000004"),
        ("4E-6", "point", "0.000004"),
        ("-1.5e-3", "point", "-0.0015"),
        (".5", "point", "0.5"),
    ],
)
def test_numbers(text: str, style: values.Style, expected: str) -> None:
    assert values.number(text, style) == Fraction(expected)


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("", "point"),
        ("n/a", "point"),
        ("1,23", "point"),
        ("12,34.5", "point"),
        ("1.2.3", "point"),
        ("NaN", "point"),
        ("1e999", "point"),
        ("٣", "point"),
        ("--4", "point"),
        ("4.10", "comma"),
    ],
)
def test_what_is_no_number_in_that_style(text: str, style: values.Style) -> None:
    assert values.number(text, style) is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.5", "2"], "point"),
        (["1,5", "2"], "comma"),
        (["1.234,5"], "comma"),
        (["1,234.5"], "point"),
        (["1,234,567"], "point"),
        (["0,123", "1,234"], "comma"),
        (["1,234", "5,678"], None),
        (["1,5", "1.5"], None),
        (["12", ""], "point"),
        (["1,234", "0.5"], "point"),
    ],
)
def test_the_decimal_mark_is_read_from_the_column(texts: list[str], expected: values.Style | None) -> None:
    assert values.style_of(texts) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_both_styles_read_what_they_wrote(value: object) -> None:
    text = f"{value:,f}"
    assert values.number(text, "point") == Fraction(str(value))
    assert values.number(text.translate(str.maketrans(",.", ".,")), "comma") == Fraction(str(value))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-07", "2026-07-01", "2026-07-31"),
        ("202607", "2026-07-01", "2026-07-31"),
        ("07/2026", "2026-07-01", "2026-07-31"),
        ("Jul 2026", "2026-07-01", "2026-07-31"),
        ("July-26", "2026-07-01", "2026-07-31"),
        ("2026 February", "2026-02-01", "2026-02-28"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("Q1 2028", "2028-01-01", "2028-03-31"),
        ("2026-07 - 2026-08", "2026-07-01", "2026-08-31"),
        ("2026-07/2026-08", "2026-07-01", "2026-08-31"),
        ("07/2026 - 08/2026", "2026-07-01", "2026-08-31"),
        ("Jul-Aug 2026", "2026-07-01", "2026-08-31"),
        ("Dec - Jan 2027", "2026-12-01", "2027-01-31"),
        ("2026-07-05 to 2026-08-01", "2026-07-05", "2026-08-01"),
        ("20260705", "2026-07-05", "2026-07-05"),
        ("31/07/2026", "2026-07-31", "2026-07-31"),
    ],
)
def test_periods(text: str, start: str, end: str) -> None:
    assert values.period(text) == (date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize("text", ["", "01/07/2026", "2026-13", "2026-08 - 2026-07", "soon", "Total", "2026-02-30"])
def test_periods_with_two_readings_or_none_are_not_read(text: str) -> None:
    assert values.period(text) is None


def test_the_mapping_says_which_comes_first() -> None:
    assert values.day("01/07/2026", day_first=True) == date(2026, 7, 1)
    assert values.day("01/07/2026", day_first=False) == date(2026, 1, 7)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("036000291452", "036000291452"),
        ("36000291452", "036000291452"),
        ("36000291452.0", "036000291452"),
        ("4006381333931", "4006381333931"),
        ("36000291453", None),
        ("3.60003E+10", None),
        ("", None),
    ],
)
def test_product_codes_get_their_zeros_back(text: str, expected: str | None) -> None:
    assert values.upc(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DE", "DE"),
        ("uk", "GB"),
        ("Germany", "DE"),
        ("Germany (DE)", "DE"),
        ("Côte d'Ivoire", "CI"),
        ("", "ZZ"),
        ("QQ", None),
        ("Atlantis", None),
        ("Türkiye", "TR"),
        ("united states", "US"),
    ],
)
def test_territories(text: str, expected: str | None) -> None:
    assert territory_code(text) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("Total", True), ("Grand total:", True), ("ИТОГО", True), ("Totally", False), ("Song", False)],
)
def test_total_rows(cell: str, expected: bool) -> None:
    assert values.reads_as_total(cell) is expected
