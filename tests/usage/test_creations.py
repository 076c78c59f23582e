"""Derivatives without ISRC: told by a service, matched by its id, contradictions refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ritornello.messages import creation_reports
from ritornello.messages.dialects import YOUTUBE
from ritornello.usage.creations import creations_of, news
from ritornello.usage.matching import MatchIndex
from ritornello.usage.model import Source
from tests.messages.test_creation_reports import HEADER, ROW
from tests.messages.test_sheets import sheet_of
from tests.usage.reports import INDEX, rows, taken

REPORT = creation_reports.read(
    f"{HEADER}\n{ROW.replace('|DE-A45-26-00003', '')}\n{ROW.replace('d1', 'd2')}\n".encode(), "c.csv"
)


def test_parents_are_found_or_told() -> None:
    creations, findings = creations_of(REPORT, "alpha", INDEX)
    assert [(one.parents, one.unknown_parents, one.whole) for one in creations] == [
        (("rec_original",), (), True),
        (("rec_original",), ("DEA452600003",), False),
    ]
    assert [(found.code, found.row) for found in findings] == [("unknown_parent", 3)]
    assert creations[0].maker == creations[1].maker and creations[0].asset_id != creations[1].asset_id
    assert "u_81" not in creations[0].maker
    elsewhere, _ = creations_of(REPORT, "beta", INDEX)
    assert elsewhere[0].maker != creations[0].maker


def test_money_finds_a_creation_by_the_services_id(tmp_path: Path) -> None:
    creations, _ = creations_of(REPORT, "youtube", INDEX)
    index = MatchIndex.of([*INDEX.known, *(one.known() for one in creations)])
    content = sheet_of(YOUTUBE, {"isrc": "", "proprietary_id": "alpha:d1", "title": ""})
    source = Source("yt-reports", "YouTube", currency="USD")
    outcome, lake = taken(tmp_path, ("y.csv", content), source=source, index=index)
    assert rows(lake, outcome, "asset_id, match_rule") == [(creations[0].asset_id, "proprietary_id")]
    other, lake = taken(tmp_path, ("d.csv", content), source=Source("beta", "Beta", currency="USD"), index=INDEX)
    assert rows(lake, other, "asset_id") == [(None,)]


def test_told_again_it_is_no_news_and_told_otherwise_a_contradiction() -> None:
    creations, _ = creations_of(REPORT, "alpha", INDEX)
    known = {one.asset_id: one for one in creations}
    assert news(creations, known) == ([], [])
    assert news(creations, {}) == (creations, [])
    fresh, contradictions = news([replace(creations[0], type="REMIX")], known)
    assert not fresh and "SPEED_PITCH" in contradictions[0] and "REMIX" in contradictions[0]
    found_later = replace(creations[1], parents=("rec_original", "rec_three"), unknown_parents=())
    assert news([found_later], known)[1]
