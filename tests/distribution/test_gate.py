"""The gate: each hindrance by itself keeps a derivative in, and all of them are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ritornello.distribution.destination_rules import Departure
from ritornello.distribution.destinations import load
from ritornello.distribution.gate import Candidate, forecast, hindrances
from ritornello.distribution.open_points import OpenPoint, PointRuling
from ritornello.distribution.sample_gate import Outcome, SampleFinding
from ritornello.identifiers.territories import TerritorySet
from ritornello.provenance.manifest import State, Verdict
from tests.distribution.remix_delivery import ALPHA, BETA, LICENCE

DAY = date(2026, 6, 20)
TRUSTED = Verdict(State.TRUSTED)
VOICE = OpenPoint("vocals", "", "what became of the voice could not be measured", "only that it stays")
KEY = OpenPoint("key_cents", "", "by how much the key was moved could not be measured", "-200 to +200 cents")
NOON = datetime(2026, 6, 19, 12, tzinfo=UTC)
RULING = PointRuling("ptr_1", "rec_x", "ab" * 32, "lic_x", "vocals", VOICE.told, True, "per_a", NOON, "I heard both")
READY = Candidate(
    licence=LICENCE,
    licence_stands=True,
    isrc="DEXX12600002",
    pcm_sha256="ab" * 32,
    rendered_pcm_sha256="ab" * 32,
    open_points=(),
    tags={"ISRC": "DEXX12600002", "TITLE": "Ritornello (quietfox remix)"},
    verdicts={"master.flac": TRUSTED, "preview.mp3": TRUSTED},
    destinations=("alpha", "beta"),
    territories=TerritorySet.parse("DE, US"),
)


def with_licence(**changes: Any) -> Candidate:
    return replace(READY, licence={**LICENCE, **changes})


def with_scope(**changes: Any) -> Candidate:
    return with_licence(scope={**LICENCE["scope"], **changes})


def test_one_that_is_ready_may_go() -> None:
    assert hindrances(READY, DAY) == ()
    assert hindrances(with_licence(expires=None), date(2099, 1, 1)) == ()


@pytest.mark.parametrize(
    ("code", "candidate"),
    [
        ("licence", replace(READY, licence_stands=False)),
        ("licence_expired", with_licence(expires="2026-06-20")),
        ("act", with_scope(acts=["make", "publish"])),
        ("service", replace(READY, destinations=("alpha", "gamma"))),
        ("territory", replace(READY, territories=TerritorySet.parse("DE, US, JP"))),
        ("samples", replace(READY, pcm_sha256="cd" * 32)),
        ("unmeasured", replace(READY, open_points=(VOICE,))),
        ("tags", replace(READY, tags={"ISRC": "DEXX12600001"})),
        ("tags", replace(READY, tags={})),
        ("manifest", replace(READY, verdicts={})),
        ("manifest", replace(READY, verdicts={"master.flac": TRUSTED, "preview.mp3": Verdict(State.VALID)})),
        (
            "manifest",
            replace(READY, verdicts={"master.flac": Verdict(State.INVALID, ("assertion.dataHash.mismatch",))}),
        ),
        ("manifest", replace(READY, verdicts={"master.flac": Verdict(State.NONE)})),
        ("message", replace(READY, message_findings=("ReleaseList/Release: it has no genre",))),
    ],
)
def test_each_hindrance_by_itself_keeps_it_in(code: str, candidate: Candidate) -> None:
    (found,) = hindrances(candidate, DAY)
    assert found.code == code
    assert found.what and found.mend


def test_without_a_number_it_stays() -> None:
    assert [one.code for one in hindrances(replace(READY, isrc=""), DAY)] == ["isrc"]


def test_the_last_day_of_a_licence_is_the_one_before_it_ends() -> None:
    assert hindrances(READY, date(2028, 5, 31)) == ()
    assert [one.code for one in hindrances(READY, date(2028, 6, 1))] == ["licence_expired"]


def test_an_approved_point_is_no_hindrance_and_another_still_is() -> None:
    yes, no = replace(VOICE, ruling=RULING), replace(KEY, ruling=replace(RULING, approves=False))
    (left,) = hindrances(replace(READY, open_points=(yes, KEY)), DAY)
    assert left.code == "unmeasured" and "-200 to +200 cents" in left.what
    (refused,) = hindrances(replace(READY, open_points=(yes, no)), DAY)
    assert refused.code == "unmeasured_refused" and "per_a refused it (I heard both)" in refused.what
    assert hindrances(replace(READY, open_points=(yes, replace(KEY, ruling=RULING))), DAY) == ()


def test_what_was_heard_keeps_it_back() -> None:
    found = SampleFinding("undeclared_sample", "rec_other", Outcome.BLOCKS, ((41.0, 52.0),), ((3.0, 14.0),))
    sample = found.hindrance("Another Song")
    buried = SampleFinding("declared_not_found", "rec_original", Outcome.PERSON).hindrance("Ritornello")
    found_here = hindrances(replace(READY, heard=(sample, buried)), DAY)
    assert [one.code for one in found_here] == ["undeclared_sample", "declared_not_found"]
    assert "0:41 to 0:52" in found_here[0].what


def test_everything_is_told_at_once() -> None:
    worst = replace(
        READY,
        licence_stands=False,
        isrc="",
        pcm_sha256="",
        verdicts={},
        destinations=("gamma",),
        open_points=(VOICE,),
    )
    assert [one.code for one in hindrances(worst, DAY)] == [
        "licence", "service", "unmeasured", "isrc", "samples", "manifest",
    ]  # fmt: skip


def test_what_is_known_ahead_asks_nothing_of_files_that_are_not_there_yet() -> None:
    ahead = Candidate(LICENCE, True, ("alpha", "gamma"), TerritorySet.parse("DE"), open_points=(VOICE,))
    assert [one.code for one in forecast(ahead, DAY)] == ["service", "unmeasured"]
    assert set(forecast(ahead, DAY)) < set(hindrances(ahead, DAY))


def test_the_destinations_own_rules_are_asked() -> None:
    confirmed = [replace(one, ern_confirmed=("4.3.2",)) for one in (ALPHA, BETA)]
    going = replace(READY, departure=Departure("REMIX", DAY, date(2026, 6, 25)), profiles=confirmed)
    assert hindrances(going, DAY) == ()
    soon = replace(going, departure=Departure("REMIX", DAY, date(2026, 6, 24)))
    assert [one.code for one in hindrances(soon, DAY)] == ["lead"]
    assert [one.code for one in hindrances(replace(going, profiles=confirmed[:1]), DAY)] == ["no_rules"]
    scope = {**LICENCE["scope"], "services": ["bandcamp"]}
    forbidden = replace(
        going,
        licence={**LICENCE, "scope": scope},
        destinations=("bandcamp",),
        profiles=load().named(["bandcamp"]),
    )
    assert [one.code for one in hindrances(forbidden, DAY)] == ["forbidden"]
