"""What was taken in, recorded once; corrections name what they supersede."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from ritornello.messages.dialects import DISTROKID
from ritornello.messages.findings import Finding
from ritornello.store.scope import Scope
from ritornello.store.usage_store import UsageStore
from ritornello.usage.creations import creations_of
from ritornello.usage.model import Exchange, TakenIn, UsageError
from ritornello.usage.rematching import Rematch
from tests.messages.dsr_reports import basic_audio
from tests.usage.reports import AT, INDEX, taken
from tests.usage.test_creations import REPORT


@pytest.fixture
def first(tmp_path: Path) -> TakenIn:
    return taken(tmp_path, ("july.tsv", basic_audio()))[0]


def test_what_is_recorded_comes_back(scope: Scope, first: TakenIn) -> None:
    rate = Exchange("EUR", Fraction("0.92"), date(2026, 8, 10), "European Central Bank")
    warning = Finding("isrc", "warning", "'x' is no ISRC", "july.tsv", 4, "ISRC", "x")
    receipts = (first.receipts[0], replace(first.receipts[1], exchange=rate, total_e10=10**20))
    recorded = replace(first, receipts=receipts, findings=(warning,))
    store = UsageStore(scope)
    store.record(recorded)
    (file,) = first.files
    assert store.file(file.id) == file
    assert list(store.receipts([file.id])) == list(receipts)
    assert list(store.findings(file.id)) == [warning]
    assert store.known_contents([file.sha256, "0" * 64]) == {file.sha256}


def test_the_same_content_is_recorded_once(scope: Scope, first: TakenIn) -> None:
    store = UsageStore(scope)
    store.record(first)
    with pytest.raises(UsageError, match="recorded already"):
        store.record(first)
    assert len(store.files()) == 1


def test_a_correction_takes_the_place_of_what_it_supersedes(scope: Scope, first: TakenIn, tmp_path: Path) -> None:
    store = UsageStore(scope)
    store.record(first)
    july = first.files[0]
    corrected = basic_audio().replace(b"\t7.00\t", b"\t8.00\t")
    second, _ = taken(tmp_path, ("july-2.tsv", corrected), supersedes=july.id)
    store.record(second)
    assert [file.id for file in store.files()] == [second.files[0].id]
    assert {file.id for file in store.files(superseded=True)} == {july.id, second.files[0].id}
    again, _ = taken(tmp_path, ("july-3.tsv", corrected.replace(b"\t8.00\t", b"\t9.00\t")), supersedes=july.id)
    with pytest.raises(UsageError, match=r"july-2\.tsv already"):
        store.record(again)
    nothing, _ = taken(tmp_path, ("x.tsv", corrected.replace(b"\t8.00\t", b"\t1.00\t")), supersedes="fil_nothing")
    with pytest.raises(UsageError, match="not recorded"):
        store.record(nothing)


def test_files_are_found_by_period_and_source(scope: Scope, first: TakenIn) -> None:
    store = UsageStore(scope)
    store.record(first)
    assert store.files(start=date(2026, 7, 31), end=date(2026, 8, 31))
    assert not store.files(start=date(2026, 8, 1))
    assert not store.files(end=date(2026, 6, 30))
    assert store.files(source="alpha") and not store.files(source="beta")


def test_a_generation_counts_from_when_it_was_made(scope: Scope, first: TakenIn) -> None:
    store = UsageStore(scope)
    store.record(first)
    (file,) = first.files
    later = AT + timedelta(days=30)
    store.add_rematch(Rematch(file.id, 1, "new.parquet", file.rows, 1, later))
    assert [(one.lake_path, one.matched_rows) for one in store.files()] == [("new.parquet", file.rows)]
    assert store.files(known_at=AT) == [file]
    assert store.files(known_at=AT - timedelta(days=1)) == []
    assert store.lake_paths() == {file.lake_path, "new.parquet"} and store.generations(file.id) == 1


def test_the_state_of_a_past_day_does_not_know_later_corrections(scope: Scope, first: TakenIn, tmp_path: Path) -> None:
    store = UsageStore(scope)
    store.record(first)
    corrected = basic_audio().replace(b"\t7.00\t", b"\t8.00\t")
    later = AT + timedelta(days=3)
    second, _ = taken(tmp_path, ("july-2.tsv", corrected), supersedes=first.files[0].id, at=later)
    store.record(second)
    assert store.files(known_at=AT) == list(first.files)
    assert store.files(known_at=later) == list(second.files)


def test_creations_are_told_once(scope: Scope) -> None:
    store = UsageStore(scope)
    creations, _ = creations_of(REPORT, "alpha", INDEX)
    assert store.add_creations(creations, "a" * 64, AT) == 2
    assert store.add_creations(creations, "b" * 64, AT) == 0
    assert store.creations("alpha") == creations and store.creations("beta") == []
    with pytest.raises(UsageError, match="settle it"):
        store.add_creations([replace(creations[0], type="REMIX")], "c" * 64, AT)


def test_the_newest_mapping_of_a_name_counts(scope: Scope) -> None:
    store = UsageStore(scope)
    store.confirm_mapping(replace(DISTROKID, name="mine", currency="USD"), "per_1", AT)
    store.confirm_mapping(replace(DISTROKID, name="mine", currency="EUR"), "per_1", AT + timedelta(days=1))
    assert [dialect.currency for dialect in store.mappings()] == ["EUR"]
