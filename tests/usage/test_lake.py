"""The lake: whole files only, generations beside each other, differences, ages, and an object store like a folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import fsspec
import pytest

from ritornello.messages.dialects import DISTROKID
from ritornello.usage.differences import differences
from ritornello.usage.intake import take_in
from ritornello.usage.lake import Lake, period_name
from ritornello.usage.matching import Known, MatchIndex
from ritornello.usage.model import E10, Source, UsageError
from ritornello.usage.rematching import rematch, waiting
from ritornello.usage.typed import shown
from tests.messages.dsr_reports import basic_audio
from tests.messages.test_sheets import sheet_of
from tests.usage.reports import ALPHA, AT, INDEX, rows, taken, written

DISTRO = Source("distrokid", "DistroKid")


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        ("2026-07-01", "2026-07-31", "2026-07"),
        ("2028-02-01", "2028-02-29", "2028-02"),
        ("2026-12-01", "2026-12-31", "2026-12"),
        ("2026-07-01", "2026-07-30", "2026-07-01_2026-07-30"),
        ("2026-07-01", "2026-08-31", "2026-07-01_2026-08-31"),
    ],
)
def test_period_names(start: str, end: str, name: str) -> None:
    assert period_name(date.fromisoformat(start), date.fromisoformat(end)) == name


def test_what_reads_back_otherwise_is_not_put_in_place(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    query = "SELECT 1 AS row_number, 5::DECIMAL(18,0) AS amount_e10, NULL AS asset_id"
    with duckdb.connect() as connection:
        with pytest.raises(UsageError, match="nothing was taken in"):
            lake.write(connection, query, "p/x.parquet", "SELECT 1, 6::DECIMAL(38,0)", tmp_path)
        assert not [path for path in (tmp_path / "lake").rglob("*") if path.is_file()]
        assert lake.write(connection, query, "p/x.parquet", "SELECT 1, 5::DECIMAL(38,0)", tmp_path) == (1, 0)


def test_an_object_store_like_a_folder(tmp_path: Path) -> None:
    lake = Lake("memory://usage/lake")
    path = written(tmp_path, "r.tsv", basic_audio())
    outcome = take_in([path], ALPHA, index=INDEX, lake=lake, at=AT)
    (file,) = outcome.files
    assert lake.holds(file.lake_path)
    assert [r.total_e10 for r in outcome.receipts] == [7 * E10, E10]
    stored = fsspec.filesystem("memory").find("/usage")
    assert [name.rsplit("/", 1)[1] for name in stored] == [f"{file.sha256}.parquet"]
    assert waiting(lake, [file.lake_path], date(2026, 8, 31))[0].rows == 1


def test_orphans_are_removed_and_nothing_else(tmp_path: Path) -> None:
    outcome, lake = taken(tmp_path, ("r.tsv", basic_audio()))
    folder = Path(lake.root)
    (folder / "period=2026-07" / "source=alpha" / ".x.parquet.99.tmp").write_bytes(b"half")
    (folder / "period=2026-07" / "orphan.parquet").write_bytes(b"never recorded")
    removed = lake.remove_unrecorded([outcome.files[0].lake_path])
    assert removed == ["period=2026-07/orphan.parquet", "period=2026-07/source=alpha/.x.parquet.99.tmp"]
    assert lake.holds(outcome.files[0].lake_path)


def test_what_waited_is_found_when_the_catalogue_has_grown(tmp_path: Path) -> None:
    content = sheet_of(DISTROKID, {}, {"isrc": "DEA452600007", "amount": "2.50"}, {"isrc": "", "title": "Lost"})
    outcome, lake = taken(tmp_path, ("d.csv", content), source=DISTRO)
    (file,) = outcome.files
    before = rows(lake, outcome)
    assert rematch(lake, file, INDEX, AT, 1) is None
    grown = MatchIndex.of([*INDEX.known, Known("rec_new", isrcs=("DEA452600007",))])
    again = rematch(lake, file, grown, AT, 1)
    assert again is not None and (again.found, again.matched_rows) == (1, 2)
    after = duckdb.sql(f"SELECT * FROM {lake.relation([again.lake_path])} ORDER BY row_number").fetchall()
    assert rows(lake, outcome) == before  # the first generation stays
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 1 and "rec_new" in changed[0][1] and "no_asset" in changed[0][0]
    grown_again = MatchIndex.of([*grown.known, Known("rec_lost", title="Lost", artist="Original Artist")])
    third = rematch(lake, replace(file, lake_path=again.lake_path, matched_rows=2), grown_again, AT, 2)
    assert third is not None and third.lake_path.endswith(f"{file.sha256}.g2.parquet") and third.matched_rows == 3


def test_a_match_that_paid_is_not_changed_by_a_better_guess(tmp_path: Path) -> None:
    outcome, lake = taken(tmp_path, ("d.csv", sheet_of(DISTROKID, {}, {"isrc": "USXX12600001"})), source=DISTRO)
    other = MatchIndex.of([Known("rec_other", isrcs=("DEA452600001", "USXX12600001"))])
    again = rematch(lake, outcome.files[0], other, AT, 1)
    assert again is not None
    found = duckdb.sql(f"SELECT asset_id FROM {lake.relation([again.lake_path])} ORDER BY row_number").fetchall()
    assert found == [("rec_original",), ("rec_other",)]


def test_a_correction_shows_only_what_differs(tmp_path: Path) -> None:
    old, lake = taken(tmp_path, ("r.tsv", basic_audio()))
    new, _ = taken(tmp_path, ("r2.tsv", basic_audio().replace(b"\t7.00\t", b"\t8.40\t")))
    found = differences(lake, [old.files[0].lake_path], [new.files[0].lake_path])
    assert [(one.asset_id, one.territory, one.units, one.amount) for one in found] == [
        ("rec_original", "DE", 0, "1.00"),
        ("rec_remix", "DE", 0, "0.40"),
    ]
    assert differences(lake, [old.files[0].lake_path], [old.files[0].lake_path]) == []


def test_the_age_of_what_waits(tmp_path: Path) -> None:
    outcome, lake = taken(tmp_path, ("r.tsv", basic_audio()))
    (held,) = waiting(lake, [outcome.files[0].lake_path], date(2026, 8, 31))
    assert (held.kind, held.source, held.currency, held.month) == ("no_asset", "alpha", "USD", date(2026, 7, 1))
    assert (held.rows, held.amount, held.days, held.titles) == (1, "0.3333333333", 31, ("Unknown | song",))
    assert waiting(lake, [], date(2026, 8, 31)) == []


@pytest.mark.parametrize(
    ("e10", "text"), [(0, "0.00"), (E10, "1.00"), (-1, "-0.0000000001"), (123 * E10 + 45 * 10**8, "123.45")]
)
def test_amounts_are_shown_exactly(e10: int, text: str) -> None:
    assert shown(e10) == text
