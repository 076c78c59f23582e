"""The compiled reader against the reader by rows: torn quotes, every line end, other letters, pieces cut anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ritornello.messages import sheets
from ritornello.messages.dialects import BELIEVE, DISTROKID
from ritornello.usage import sheet_kernels, sheet_pieces, sheet_reading, text_table, tracks
from ritornello.usage.model import E10, Source, TakenIn
from ritornello.usage.text_table import TextTable
from tests.messages.test_sheets import sheet_of
from tests.usage.reports import rows, taken

DISTRO = Source("distrokid", "DistroKid")
HEADER = "Reporting Date,Sale Month,Store,Artist,Title,ISRC,UPC,Quantity,Team Percentage,Song/Album,Country of Sale,"
HEADER += "Songwriter Royalties Withheld,Earnings (USD)"
TEXT = st.sampled_from(
    [
        "a",
        '"a"',
        '"a"b',
        'a"b',
        '""',
        '"""x"""',
        '"a\nb"',
        '"a\r\nb"',
        '"a,b"',
        '"a""',
        "ä\u00a0",
        "",
        " ",
        "Total",
        '"ok" "',
    ]
)
END = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"])
CODES = ("amount", "units", "period", "territory", "currency", "total", "no_territory", "finer_than_e10", "no_rows")


@pytest.fixture(autouse=True)
def _small_pieces() -> Iterator[None]:
    """Pieces of a few rows, tables of a few texts, so that every border is met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheet_pieces, "PIECE", 2048)
        patch.setattr(sheet_reading, "_ROOM", 3)
        patch.setattr(text_table, "_FIRST", 2)
        patch.setattr(tracks, "MOST_HELD", 600)
        yield


def _alike(folder: Path, name: str, content: bytes, source: Source = DISTRO) -> TakenIn:
    """Both readers give the same rows and findings."""
    sheet = sheets.read(content, name)
    outcome, lake = taken(folder, (name, content), source=source, accept=CODES)
    assert not outcome.refused
    ours = rows(lake, outcome, "row_number, territory, amount_e10, units, title, artist, currency")
    theirs = [(r.row, r.territory, r.amount * E10, int(r.units), r.title, r.artist, r.currency) for r in sheet.rows]
    assert [(r[0], r[1], int(r[2]), int(r[3]), *r[4:]) for r in ours] == theirs
    told = {"no_rows", *CODES} - {"finer_than_e10"}
    assert sorted((f.code, f.row or 0) for f in outcome.findings if f.code in told) == sorted(
        (f.code, f.row or 0) for f in sheet.findings
    )
    return outcome


@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(
        st.tuples(TEXT, TEXT, st.sampled_from(["DEA452600001", "", "Total"]), st.sampled_from(["1", '"2"', "x"]), END),
        max_size=30,
    ),
    st.sampled_from(["", "\ufeff", 'title "row\n', "title\r"]),
)
def test_torn_quotes_and_line_ends(tmp_path_factory, made, before) -> None:  # type: ignore[no-untyped-def]
    text = before + HEADER + "\n2026-08-12,2026-07,Alpha,A,T,DEA452600001,,1,,Song,DE,,0.5\n"
    for artist, title, isrc, amount, end in made:
        text += f"2026-08-12,2026-07,Alpha,{artist},{title},{isrc},,3,,Song,DE,,{amount}{end}"
    _alike(tmp_path_factory.mktemp("torn"), "d.csv", text.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_letters_of_any_encoding(tmp_path: Path, encoding: str) -> None:
    content = sheet_of(DISTROKID, *({"title": f"Über {n}", "artist": "Zoë", "amount": "0.25"} for n in range(60)))
    _alike(tmp_path, "d.csv", content.decode().encode(encoding))


@pytest.mark.parametrize("late", [0, 40])
def test_a_decimal_comma_is_found_early_or_late(tmp_path: Path, late: int) -> None:
    plain = [{"amount": "12", "units": "1.000"} for _ in range(late)]
    content = sheet_of(BELIEVE, *plain, {"amount": "(1.234,50)"}, {"amount": "-0,0000000001"}, {"amount": "1,234"})
    outcome = _alike(tmp_path, "b.csv", content, Source("believe", "Believe"))
    assert outcome.receipts[0].total_e10 == late * 12 * E10 - 12345 * E10 // 10 - 1 + 1234 * E10 // 1000


def test_a_mark_that_may_group_is_asked_about(tmp_path: Path) -> None:
    outcome, _ = taken(tmp_path, ("b.csv", sheet_of(BELIEVE, {"amount": "1,234"})), source=Source("believe", "Believe"))
    assert [found.code for found in outcome.errors] == ["ambiguous_decimal"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (sheet_of(DISTROKID, {"title": "a\0b"}), "NUL bytes"),
        (sheet_of(DISTROKID) + b"," * 3000, "longer than"),
        (sheet_of(DISTROKID) + b'"' + b"x" * 200_000, "larger than"),
        (sheet_of(DISTROKID, *[{}] * 150) + b'"' + b"x" * 200_000, "longer than"),
    ],
)
def test_what_is_no_sheet_is_one_error(tmp_path: Path, content: bytes, words: str) -> None:
    outcome, _ = taken(tmp_path, ("d.csv", content), source=DISTRO)
    assert outcome.refused and any(words in found.message for found in outcome.errors)


def test_sums_beyond_64_bits(tmp_path: Path) -> None:
    content = sheet_of(DISTROKID, *({"amount": "99999999.9999999999"} for _ in range(40)))
    outcome = _alike(tmp_path, "d.csv", content)
    assert outcome.receipts[0].total_e10 == 40 * (10**18 - 1)


def test_a_table_of_texts_keeps_what_it_was_told() -> None:
    table = TextTable(2)
    texts = [f"{n:0{n % 20}}x{n % 3}" for n in range(300)]
    source = np.frombuffer("".join(texts).encode() + bytes(8), np.uint8).copy()
    ends = np.cumsum([len(text) for text in texts])
    for again in range(2):
        for number, (end, text) in enumerate(zip(ends.tolist(), texts, strict=True)):
            bounds = (np.array([end - len(text), end - 1]), np.array([end - 1, end]))
            while (code := sheet_kernels.code_of(source, *bounds, np.array([0, 1]), *table.arrays)) < 0:
                table.grow(len(text))
            assert code == number and (again or len(table) == number + 1)
    assert table.texts(100) == [[text[:-1], text[-1]] for text in texts[100:]]


@pytest.mark.parametrize("name", ["{:07d}", "A{:07d}", "9-{:d}", "{:08d}x", "QZBEN26{:05d}"])
def test_running_numbers_do_not_crowd_in_a_table_of_texts(name: str) -> None:
    table = TextTable(1)
    texts = [name.format(n) for n in range(20_000)]
    source = np.frombuffer("".join(texts).encode() + bytes(8), np.uint8).copy()
    ends = np.cumsum([len(text) for text in texts])
    only = np.array([0])
    for text, end in zip(texts, ends.tolist(), strict=True):
        bounds = (np.array([end - len(text)]), np.array([end]))
        while sheet_kernels.code_of(source, *bounds, only, *table.arrays) < 0:
            table.grow(len(text))
    slots = table.arrays[0]
    # how far the entries lie from the place that their hash names: two looks each are far more than chance would have
    hashes = np.array([table.arrays[2][start] for start in table.arrays[1][: len(table)]])
    homes = hashes & np.uint64(len(slots) - 1)
    places = {int(slot & np.uint64(2**36 - 1)): place for place, slot in enumerate(slots) if slot}
    away = [
        (places[int(start)] - int(home)) % len(slots)
        for start, home in zip(table.arrays[1][: len(table)].tolist(), homes.tolist(), strict=True)
    ]
    assert sum(away) / len(away) < 2
