"""Sheets in the three known dialects, with the traps that real importers meet."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.messages import sheets
from ritornello.messages.dialects import BELIEVE, DIALECTS, DISTROKID, YOUTUBE, Dialect, Meaning
from ritornello.messages.findings import errors

ROW: dict[str, dict[Meaning, str]] = {
    "distrokid": {
        "reporting_period": "2026-08-12",
        "use_period": "2026-07",
        "service": "Spotify",
        "territory": "US",
        "title": "Return",
        "artist": "Original Artist",
        "isrc": "DEA452600001",
        "upc": "36000291452",
        "units": "1250",
        "amount": "4.1234567",
    },
    "believe": {
        "reporting_period": "2026-08",
        "use_period": "2026-07",
        "service": "Deezer",
        "territory": "Germany",
        "title": "Return; again",
        "artist": "Original Artist",
        "isrc": "DE-A45-26-00001",
        "upc": "036000291452",
        "units": "10",
        "amount": "0,0512",
        "currency": "EUR",
        "use_type": "Stream",
    },
    "youtube": {
        "use_period": "20260705",
        "territory": "JP",
        "title": "Return",
        "artist": "Original Artist",
        "isrc": "DEA452600001",
        "proprietary_id": "A935917475088049",
        "units": "7",
        "amount": "0.0021",
        "use_type": "UGC",
    },
}


def sheet_of(dialect: Dialect, *changes: dict[Meaning, str], titles: tuple[str, ...] = ()) -> bytes:
    return sheets.write(dialect, [{**ROW[dialect.name], **change} for change in changes or ({},)], titles)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_each_dialect_is_recognised_under_title_rows(dialect: Dialect) -> None:
    content = sheet_of(dialect, titles=("Royalty statement, July 2026", "", "All amounts as agreed"))
    sheet = sheets.read(content, "sheet.csv", currency="USD")
    assert (sheet.layout.dialect, sheet.layout.header_row) == (dialect.name, 4)
    (row,) = sheet.rows
    assert (row.row, row.isrc) == (5, "DEA452600001")
    assert sheet.findings == ()


def test_what_a_row_says() -> None:
    (row,) = sheets.read(sheet_of(BELIEVE), "b.csv").rows
    assert (row.amount, row.units, row.currency) == (Fraction(512, 10000), 10, "EUR")
    assert (row.territory, row.service, row.title, row.flow) == ("DE", "Deezer", "Return; again", "stream")
    assert [str(day) for day in row.period] == ["2026-07-01", "2026-07-31"]
    (row,) = sheets.read(sheet_of(DISTROKID), "d.csv").rows
    assert (row.currency, row.upc) == ("USD", "036000291452")
    (row,) = sheets.read(sheet_of(YOUTUBE), "y.csv", currency="USD").rows
    assert (row.service, row.flow, row.proprietary_id) == ("youtube", "ugc", "A935917475088049")
    assert row.period[0] == row.period[1]


def test_equal_rows_are_separate_money() -> None:
    assert len(sheets.read(sheet_of(DISTROKID, {}, {}, {}), "d.csv").rows) == 3


def test_totals_are_dropped_and_held_against_the_rows() -> None:
    total: dict[Meaning, str] = dict.fromkeys(ROW["believe"], "")
    right = sheet_of(BELIEVE, {}, {"amount": "(0,0112)"}, {**total, "reporting_period": "Total", "amount": "0,04"})
    sheet = sheets.read(right, "b.csv")
    assert [row.amount for row in sheet.rows] == [Fraction("0.0512"), Fraction("-0.0112")]
    assert sheet.findings == ()
    wrong = sheet_of(BELIEVE, {}, {**total, "reporting_period": "Grand total", "amount": "4,00"})
    assert [found.code for found in sheets.read(wrong, "b.csv").findings] == ["total"]


def test_a_song_called_total_is_a_song_and_an_adjustment_without_isrc_is_money() -> None:
    sheet = sheets.read(sheet_of(DISTROKID, {"title": "Total"}, {"isrc": "", "title": "", "artist": ""}), "d.csv")
    assert len(sheet.rows) == 2
    shuffled = sheet_of(YOUTUBE, {"adjustment": "Total views correction", "isrc": "", "artist": ""})
    assert [row.flow for row in sheets.read(shuffled, "y.csv", currency="USD").rows] == ["adjustment"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": "n/a"}, "amount", "Earnings (USD)"),
        ({"units": "many"}, "units", "Quantity"),
        ({"use_period": "summer"}, "period", "Sale Month"),
        ({"territory": "Atlantis"}, "territory", "Country of Sale"),
    ],
)
def test_unreadable_rows_are_errors_in_their_place(change: dict[Meaning, str], code: str, field: str) -> None:
    sheet = sheets.read(sheet_of(DISTROKID, {}, change), "d.csv")
    (found,) = errors(sheet.findings)
    assert (found.code, found.row, found.field, len(sheet.rows)) == (code, 3, field, 1)


def test_a_sheet_without_currency_needs_one() -> None:
    assert {found.code for found in sheets.read(sheet_of(YOUTUBE), "y.csv").findings} == {"currency"}


def test_ambiguous_decimals_are_not_guessed() -> None:
    sheet = sheets.read(sheet_of(DISTROKID, {"amount": "1,234"}, {"amount": "5,678"}), "d.csv")
    assert [found.code for found in sheet.findings] == ["ambiguous_decimal"] and not sheet.rows


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"PK\x03\x04rest", b"\x00\x01\x02", b"HEAD\tdsrf/3.0\n", "Künstler;Titel".encode()]
)
def test_what_no_dialect_fits_says_what_to_do(content: bytes) -> None:
    with pytest.raises(sheets.SheetError, match=r"x\.csv"):
        sheets.read(content, "x.csv")


def test_other_encodings_and_delimiters() -> None:
    text = sheet_of(DISTROKID, {"artist": "Björk"}).decode()
    for content in (text.encode("utf-16"), text.encode("cp1252"), ("\ufeff" + text).encode("utf-8")):
        assert sheets.read(content, "d.csv").rows[0].artist == "Björk"
    tabs = text.replace(",", "\t").encode()
    assert sheets.read(tabs, "d.tsv").layout.delimiter == "\t"


@given(st.permutations(list(DISTROKID.header)))
def test_the_order_of_columns_does_not_matter(order: list[str]) -> None:
    values = dict(zip(DISTROKID.header, sheet_of(DISTROKID).decode().splitlines()[1].split(","), strict=True))
    content = "\n".join([",".join(order), ",".join(values[name] for name in order)]).encode()
    assert sheets.read(content, "d.csv").rows[0].amount == Fraction("4.1234567")


@given(st.binary(max_size=200))
def test_no_bytes_bring_the_reader_down(content: bytes) -> None:
    try:
        sheet = sheets.read(sheet_of(DISTROKID) + content, "x.csv")
    except sheets.SheetError:
        return
    assert sheet.layout.dialect == "distrokid"
