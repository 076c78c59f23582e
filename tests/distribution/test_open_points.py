"""Open points: each bound in plain words, and the ruling that stands on a day, about this sound and licence only."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ritornello.distribution.open_points import OpenPoint, PointRuling, open_points, ruled
from ritornello.studio.bounds import Bounds
from ritornello.studio.measure import Measurement, Overstep, hold_against

BOUNDS = Bounds(
    tempo_lo_permille=940,
    tempo_hi_permille=1060,
    key_lo_cents=-200,
    key_hi_cents=200,
    structure="extract",
    max_extract_ms=30_000,
    min_original_permille=400,
    max_added_permille=600,
    vocals="remove",
)
UNHEARD = Measurement(
    tempo_permille=None,
    key_cents=None,
    reordered_permille=None,
    kept_permille=None,
    used_ms=None,
    original_permille=None,
    added_permille=None,
    margin_permille=1000,
    vocals="unmeasured",
    lufs_centi=-1400,
    dbtp_centi=-100,
    confidence={"tempo": 0, "key": 0, "structure": 0, "share": 0},
)
NOON = datetime(2026, 6, 19, 12, tzinfo=UTC)
RULING = PointRuling("ptr_1", "rec_x", "ab" * 32, "lic_x", "vocals", "", True, "per_a", NOON, "I heard both")


def test_every_bound_is_told_with_what_the_licence_allows() -> None:
    found = open_points(hold_against(UNHEARD, BOUNDS), BOUNDS, {})
    assert {one.term: one.bound for one in found} == {
        "tempo_permille": "94.0 to 106.0 % of the original's",
        "key_cents": "-200 to +200 cents",
        "structure": "that parts are left out, in their order",
        "max_extract_ms": "at most 30.0 s",
        "min_original_permille": "at least 40.0 %",
        "max_added_permille": "at most 60.0 %",
        "vocals": "that it stays or is taken out",
    }
    assert all("could not be measured" in one.what and "_" not in one.told and "{" not in one.told for one in found)


def test_a_share_too_near_its_bound_is_told_with_its_figure_and_an_original_by_its_title() -> None:
    near = Overstep("max_added_permille", "unmeasured", 590, "at most 600", 20)
    voice = Overstep("vocals of rec_two", "unmeasured", None, "keep")
    broken = Overstep("key_cents", "exceeds", 300, "-200..200", 20)
    share, sung = open_points([near, voice, broken], BOUNDS, {"rec_two": "Undertow"})
    assert "59.0 %, give or take 2.0 %" in share.what and share.bound == "at most 60.0 %"
    assert sung.what == "what became of the voice of Undertow could not be measured" and sung.original == "rec_two"


@pytest.mark.parametrize("other", ["pcm_sha256", "licence_id", "term"])
def test_a_ruling_about_another_sound_licence_or_bound_does_not_count(other: str) -> None:
    point = OpenPoint("vocals", "", "", "")
    (now,) = ruled([point], [replace(RULING, **{other: "another"})], "ab" * 32, "lic_x", NOON)
    assert now.ruling is None and not now.approved
    (now,) = ruled([point], [RULING], "ab" * 32, "lic_x", NOON)
    assert now.approved and now.hindrance() is None


def test_the_latest_ruling_until_a_moment_stands_in_whatever_order_they_come() -> None:
    dice = random.Random(5)
    rows = [
        replace(RULING, id=f"ptr_{n}", approves=dice.random() < 0.5, at=NOON + timedelta(hours=n)) for n in range(40)
    ]
    for _ in range(20):
        dice.shuffle(rows)
        at = NOON + timedelta(minutes=dice.randrange(0, 60 * 45))
        (now,) = ruled([OpenPoint("vocals", "", "", "")], rows, "ab" * 32, "lic_x", at)
        assert now.ruling == max((one for one in rows if one.at <= at), key=lambda one: one.at)
    (before,) = ruled([OpenPoint("vocals", "", "", "")], rows, "ab" * 32, "lic_x", NOON - timedelta(seconds=1))
    assert before.ruling is None
