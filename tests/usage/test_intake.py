"""Intake: a DSR report and sheets become matched rows, exactly, once, and whole or not at all."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ritornello.messages import dsr, sheets
from ritornello.messages.dialects import BELIEVE as BELIEVE_DIALECT
from ritornello.messages.dialects import DISTROKID, YOUTUBE
from ritornello.usage.model import E10, LAKE_COLUMNS, Source
from tests.messages.dsr_reports import HEAD, basic_audio, block, summary
from tests.messages.test_sheets import ROW, sheet_of
from tests.shared_material import DDEX
from tests.usage.reports import AT, BELIEVE, rows, taken

DISTRO = Source("distrokid", "DistroKid")


def test_a_basic_audio_report_becomes_matched_rows(tmp_path: Path) -> None:
    outcome, lake = taken(tmp_path, ("report.tsv", basic_audio()))
    assert outcome.findings == ()
    (file,) = outcome.files
    assert (file.form, file.rows, file.matched_rows) == ("dsr:BasicAudioProfile", 5, 4)
    assert file.lake_path.startswith("period=2026-07/source=alpha/") and file.taken_in_at == AT
    described = duckdb.sql(f"DESCRIBE SELECT * FROM {lake.relation([file.lake_path])}").fetchall()
    assert [(name, kind) for name, kind, *_ in described] == list(LAKE_COLUMNS)
    found = rows(lake, outcome, "asset_id, territory, service, units, amount_e10, currency, suspense_kind")
    assert [(r[0], r[1], r[2], int(r[3]), int(r[4]), r[5], r[6]) for r in found] == [
        ("rec_original", "DE", "alpha", 500, 5 * E10, "EUR", None),
        ("rec_original", "US", "alpha", 1, 3333333334, "USD", None),
        ("rec_remix", "DE", "alpha", 200, 2 * E10, "EUR", None),
        ("rec_remix", "US", "alpha", 1, 3333333333, "USD", None),
        (None, "US", "alpha", 1, 3333333333, "USD", "no_asset"),
    ]
    day = rows(lake, outcome, "DISTINCT period_start, period_end, use_date, use_date_exact, flow", "")
    assert day == [(date(2026, 7, 1), date(2026, 7, 31), date(2026, 7, 31), False, "stream")]


def test_receipts_say_what_the_report_claims(tmp_path: Path) -> None:
    outcome, _ = taken(tmp_path, ("report.tsv", basic_audio()))
    claims = [(one.currency, one.total_e10, one.unmatched_e10, one.rows) for one in outcome.receipts]
    assert claims == [("EUR", 7 * E10, 0, 2), ("USD", E10, 3333333333, 3)]


@settings(max_examples=12, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=12), st.integers(0, 10**12), st.randoms(use_true_random=False)
)
def test_the_spread_sums_to_what_the_summary_says(tmp_path_factory, plays, cents, random) -> None:  # type: ignore[no-untyped-def]
    amount = f"{cents // 10**6}.{cents % 10**6:06d}"
    if not sum(plays):
        plays = [*plays, 1]
    blocks = [block(str(n), f"DEA4526{n:05d}", "t", "a", [("1", str(p))]) for n, p in enumerate(plays)]
    random.shuffle(blocks)
    made = dsr.write(
        HEAD, [summary("1", "DE", "EUR", "1", "1", AllocatedRevenue=amount)], [row for one in blocks for row in one]
    )
    outcome, lake = taken(tmp_path_factory.mktemp("spread"), ("r.tsv", made))
    assert sum(one.total_e10 for one in outcome.receipts) == Fraction(amount) * E10
    for units, e10 in rows(lake, outcome, "units, amount_e10"):
        exact = Fraction(amount) * E10 * int(units) / sum(plays)
        assert abs(int(e10) - exact) < 1


def test_the_order_of_blocks_changes_no_recordings_amount(tmp_path: Path) -> None:
    def totals(order: list[int]) -> list[tuple[object, ...]]:
        blocks = [block(str(n), f"DEA4526{n:05d}", "t", "a", [("1", "1")]) for n in order]
        made = dsr.write(
            HEAD, [summary("1", "DE", "EUR", "1", "1", AllocatedRevenue="1.00")], [row for one in blocks for row in one]
        )
        folder = tmp_path / "".join(map(str, order))
        folder.mkdir()
        outcome, lake = taken(folder, ("r.tsv", made))
        return list(rows(lake, outcome, "isrc, amount_e10", "ORDER BY 1"))

    assert totals([1, 2, 3]) == totals([3, 1, 2])


def test_the_same_content_is_refused_however_it_is_packed(tmp_path: Path) -> None:
    content = basic_audio()
    first, _ = taken(tmp_path, ("a.tsv", content))
    known = {file.sha256 for file in first.files}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner/b.tsv", content)
    for name, again in (("b.tsv", content), ("b.tsv.gz", gzip.compress(content)), ("b.zip", packed.getvalue())):
        outcome, _ = taken(tmp_path, (name, again), already=known)
        assert outcome.refused and [found.code for found in outcome.errors] == ["already_taken_in"]
        outcome, _ = taken(tmp_path, (name, again))
        assert not outcome.refused and outcome.files[0].sha256 in known
    outcome, _ = taken(tmp_path, ("a.csv", sheet_of(DISTROKID)), ("b.csv", sheet_of(DISTROKID)), source=DISTRO)
    assert [found.code for found in outcome.errors] == ["already_taken_in"]


def test_accepting_errors_never_accepts_the_same_content_twice(tmp_path: Path) -> None:
    first, _ = taken(tmp_path, ("a.tsv", basic_audio()))
    again, _ = taken(tmp_path, ("a.tsv", basic_audio()), already=[first.files[0].sha256], accept=["already_taken_in"])
    assert again.refused


def test_one_error_and_nothing_is_written(tmp_path: Path) -> None:
    cut = basic_audio()[: basic_audio().index(b"FOOT")]
    for content in (cut, basic_audio().replace(b"\t500\t", b"\tfive\t", 1), b"HEAD\tx\n", b"", b"PK\x03\x04"):
        outcome, lake = taken(tmp_path, ("r.tsv", content))
        assert outcome.refused and outcome.errors
        assert not list(Path(lake.root).rglob("*")) if Path(lake.root).exists() else True
    looked_at, _ = taken(tmp_path, ("r.tsv", cut), accept=["no_foot"])
    assert not looked_at.refused and [found.severity for found in looked_at.findings] == ["warning"]


def test_net_revenue_is_never_taken_for_an_amount_payable(tmp_path: Path) -> None:
    made = dsr.write(
        HEAD, [summary("1", "DE", "EUR", "5", "10.00")], block("1", "DEA452600001", "t", "a", [("1", "5")])
    )
    outcome, _ = taken(tmp_path, ("r.tsv", made))
    assert [found.code for found in outcome.errors] == ["no_amount_payable"]


def test_a_report_in_two_files_spreads_each_summary_once(tmp_path: Path) -> None:
    def part(number: str) -> bytes:
        made = dsr.write(
            {**HEAD, "FileNumber": number, "NumberOfFiles": "2"},
            [summary("1", "DE", "EUR", "4", "9", AllocatedRevenue="8.00")],
            block(number, f"DEA45260000{number}", "t", "a", [("1", "2")]),
        )
        return made.replace(b"FOOT\t5\t5\t1\t1\t1", b"FOOT\t5\t10\t1\t1\t2")

    outcome, lake = taken(tmp_path, ("r_2.tsv", part("2")), ("r_1.tsv", part("1")))
    assert outcome.findings == ()
    assert sorted(int(e10) for (e10,) in rows(lake, outcome, "amount_e10")) == [4 * E10, 4 * E10]
    alone, _ = taken(tmp_path, ("r_1.tsv", part("1")))
    assert "file_missing" in {found.code for found in alone.errors}


def test_a_sheet_with_every_trap(tmp_path: Path) -> None:
    total = dict.fromkeys(ROW["believe"], "")
    content = sheet_of(
        BELIEVE_DIALECT,
        {},
        {},
        {"amount": "(0,0112)", "units": "-2"},
        {"isrc": "", "title": "Rounding adjustment", "artist": "", "amount": "0,01"},
        {"isrc": "", "title": "RETURN (fan remix)", "artist": "original artist & Guest", "amount": "1,5"},
        {"use_period": "2026-06 - 2026-07", "currency": "USD", "amount": "1.234,56789012345"},
        {**total, "reporting_period": "Total général", "amount": "4,00"},
        titles=("Royalty report", ""),
    )
    outcome, lake = taken(tmp_path, ("b.csv", content.replace("Total général".encode(), b"Total")), source=BELIEVE)
    assert [found.code for found in outcome.errors] == ["total"]  # it states 4.00, the rows say otherwise
    outcome, lake = taken(tmp_path, ("b.csv", content), source=BELIEVE, accept=["total"])
    assert {found.code for found in outcome.findings} == {"total", "finer_than_e10"}
    found = rows(lake, outcome, "row_number, asset_id, match_rule, match_confidence, amount_e10, currency")
    assert [(r[0], r[1], r[2], r[3], int(r[4]), r[5]) for r in found] == [
        (4, "rec_original", "isrc", 1000, 512_000_000, "EUR"),
        (5, "rec_original", "isrc", 1000, 512_000_000, "EUR"),
        (6, "rec_original", "isrc", 1000, -112_000_000, "EUR"),
        (7, None, None, None, 100_000_000, "EUR"),
        (8, "rec_remix", "title_artist", 800, 15 * E10 // 10, "EUR"),
        (9, "rec_original", "isrc", 1000, 12_345_678_901_235, "USD"),
    ]
    assert rows(lake, outcome, "period_start, period_end", "WHERE row_number = 9") == [
        (date(2026, 6, 1), date(2026, 7, 31))
    ]


def test_a_known_isrc_of_nobody_is_not_matched_by_its_title(tmp_path: Path) -> None:
    content = sheet_of(DISTROKID, {"isrc": "USXX12600009"}, {"isrc": "nonsense"})
    outcome, lake = taken(tmp_path, ("d.csv", content), source=DISTRO)
    assert rows(lake, outcome, "isrc, asset_id, match_rule") == [
        ("USXX12600009", None, None),
        (None, "rec_original", "title_artist"),
    ]
    assert [found.code for found in outcome.findings] == ["isrc"]


def test_matching_by_the_senders_id(tmp_path: Path) -> None:
    content = sheet_of(YOUTUBE, {"isrc": "", "proprietary_id": "rit_remix", "title": "?"})
    outcome, lake = taken(tmp_path, ("y.csv", content), source=Source("youtube", "YouTube", currency="USD"))
    assert rows(lake, outcome, "asset_id, match_rule, use_date_exact, flow") == [
        ("rec_remix", "proprietary_id", True, "ugc")
    ]


CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=12)
AMOUNT = st.sampled_from(["1.50", "(2.25)", "-0.0000000001", "1,234.5", "3", "$4.10", "n/a", "", "1E-4", "99999999.99"])
PERIOD = st.sampled_from(["2026-07", "Jul-Aug 2026", "2026-07-05", "soon"])


@settings(max_examples=20, phases=[Phase.explicit, Phase.generate])  # shrinking would write thousands of lakes
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "title": CELL,
                "artist": CELL,
                "amount": AMOUNT,
                "use_period": PERIOD,
                "units": st.sampled_from(["1", "2.5", "1,000", "many", ""]),
                "isrc": st.sampled_from(["DEA452600001", "de-a45-26-00002", "x", ""]),
                "territory": st.sampled_from(["DE", "Japan", "", "Atlantis"]),
                "reporting_period": st.sampled_from(["2026-08-12", "Total"]),
            }
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["", "\n", "title, with\n\n"]),
)
def test_both_readers_read_the_same(tmp_path_factory, changes, before) -> None:  # type: ignore[no-untyped-def]
    content = before.encode() + sheet_of(DISTROKID, {"amount": "0.5"}, *changes)
    sheet = sheets.read(content, "d.csv")
    codes = {"amount", "units", "period", "territory", "currency", "total", "no_territory", "finer_than_e10"}
    outcome, lake = taken(tmp_path_factory.mktemp("both"), ("d.csv", content), source=DISTRO, accept=codes)
    assert not outcome.refused
    ours = rows(lake, outcome, "row_number, period_start, period_end, territory, amount_e10, units, title, artist")
    theirs = [
        (r.row, *r.period, r.territory, int(r.amount * E10), int(r.units), r.title, r.artist)
        for r in sheet.rows
        if abs(r.amount) < 10**8
    ]
    assert [(*r[:4], int(r[4]), int(r[5]), *r[6:]) for r in ours] == theirs
    kept = codes - {"finer_than_e10"}
    assert sorted((f.code, f.row) for f in outcome.findings if f.code in kept) == sorted(
        (f.code, f.row) for f in sheet.findings
    )


if DDEX is not None:

    def test_a_real_ugc_report_is_taken_in(tmp_path: Path) -> None:
        path = next((DDEX / "samples").glob("DSR_*.tsv"))
        outcome, lake = taken(tmp_path, (path.name, path.read_bytes()), source=Source("youtube", "YouTube"))
        assert outcome.errors == () and outcome.files[0].form == "dsr:UgcProfile"
        assert [(r.currency, r.total_e10) for r in outcome.receipts] == [("USD", int(Fraction("198.88") * E10))]
        found = rows(lake, outcome, "isrc, territory, units, use_date_exact, flow", "ORDER BY row_number")
        assert [(r[0], r[1], int(r[2]), r[3], r[4]) for r in found][:3] == [
            ("USSM19803037", "IS", 7810, False, "ugc"),
            ("USUV71101875", "IS", 2045, False, "ugc"),
            ("USRH10903879", "IS", 18, False, "ugc"),
        ]
        ours = Source("youtube", "YouTube", controllers=frozenset({"SOC_1"}))
        outcome, _ = taken(tmp_path, (path.name, path.read_bytes()), source=ours)
        assert [(r.rows, r.total_e10) for r in outcome.receipts] == [(2, int(Fraction("31.84") * E10))]


@pytest.mark.parametrize("text", ["", "a/b", "..", "alpha beta"])
def test_a_source_id_names_a_folder(text: str) -> None:
    with pytest.raises(ValueError, match="source id"):
        Source(text, "Alpha")
