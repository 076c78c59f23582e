"""The rows behind a figure are those that were received, all of them, and they add up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ritornello.usage.model import E10
from ritornello.usage.rows import Place, rows_behind
from tests.messages.dsr_reports import basic_audio
from tests.usage.reports import taken

JULY = (date(2026, 7, 1), date(2026, 7, 31))


def test_the_rows_of_a_place_and_their_sums(tmp_path: Path) -> None:
    outcome, lake = taken(tmp_path, ("report.tsv", basic_audio()))
    paths = [file.lake_path for file in outcome.files]
    found = rows_behind(lake, paths, Place("rec_original", "alpha", "DE", "stream", "EUR", *JULY))
    assert (found.count, found.units, found.amount_e10) == (1, 500, 5 * E10)
    assert [(row.file_sha256, row.units) for row in found.rows] == [(outcome.files[0].sha256, 500)]


def test_a_limit_shortens_the_list_and_not_the_sums(tmp_path: Path) -> None:
    outcome, lake = taken(tmp_path, ("report.tsv", basic_audio()))
    paths = [file.lake_path for file in outcome.files]
    place = Place("rec_original", "alpha", "DE", "stream", "EUR", *JULY)
    assert rows_behind(lake, paths, place, limit=0).rows == ()
    assert rows_behind(lake, paths, place, limit=0).units == 500


def test_another_place_has_none_and_no_files_have_none(tmp_path: Path) -> None:
    outcome, lake = taken(tmp_path, ("report.tsv", basic_audio()))
    paths = [file.lake_path for file in outcome.files]
    elsewhere = Place("rec_original", "alpha", "FR", "stream", "EUR", *JULY)
    assert rows_behind(lake, paths, elsewhere).count == 0
    assert rows_behind(lake, [], elsewhere).count == 0
