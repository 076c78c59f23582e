"""Where a match goes, what nobody may choose, what never becomes a reference, and what co-owners have to enter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.distribution.allow_lists import Claimed, Entitled, Owned, rows
from ritornello.distribution.matches import Match, Route, Routing, standing, worth
from ritornello.distribution.routing import Found, ReferenceWish, forbidden, keeps_from_reference, kind_of_use, propose
from ritornello.identifiers.territories import TerritorySet

AT = datetime(2026, 7, 1, tzinfo=UTC)
WW = TerritorySet.parse("WW")
ORIGINAL, OURS = "rec_original", "rec_ours"


def passage(
    recording: str = ORIGINAL, query: int = 0, reference: int = 0, ms: int = 20_000, **moved: int
) -> dict[str, Any]:
    return {
        "recording": recording,
        "tier": "transformed",
        "query_ms": [query, query + ms],
        "reference_ms": [reference, reference + ms],
        "cents": moved.get("cents", 0),
        "time_scale_ppm": moved.get("scale", 1_000_000),
    }


def answer(*passages: dict[str, Any], unknown: int = 0, tier: str = "") -> dict[str, Any]:
    found = [dict(one) for one in passages] or ([{**passage(), "tier": tier}] if tier else [])
    return {"passages": list(passages), "found": found, "unknown_ms": unknown, "copies": []}


def match(heard: dict[str, Any], **more: Any) -> Match:
    values = {"service": "svc_alpha", "channel": "UC1", "plays": None, "copy_of": None, "copied": "", **more}
    return Match("mat_1", "a.wav", "ab" * 32, None, 20_000, answer=heard, found_at=AT, **values)


@pytest.mark.parametrize(
    ("heard", "use"),
    [
        (answer(), ""),
        (answer(passage()), ""),
        (answer(passage(cents=200, scale=890_000)), "SPEED_PITCH"),
        (answer(passage(cents=200)), "SPEED_PITCH"),
        (answer(passage(cents=200), passage(query=20_000, reference=30_000, cents=200)), "SPEED_PITCH"),
        (answer(passage(reference=30_000), passage(query=20_000)), "REMIX"),
        (answer(passage(), passage(query=20_000, reference=20_000, cents=300)), "REMIX"),
        (answer(passage(cents=200), unknown=15_000), "REMIX"),
        (answer(passage(), passage("rec_other", 20_000)), "MASHUP"),
        (answer(tier="reperformed"), "COVER_SAME"),
        (answer(tier="exact"), ""),
    ],
)
def test_the_kind_of_use_follows_from_what_was_heard(heard: dict[str, Any], use: str) -> None:
    assert kind_of_use(heard) == use


SPED = answer(passage(cents=200, scale=890_000))
LICENSED = {ORIGINAL: Found(ORIGINAL), OURS: Found(OURS, "SPEED_PITCH", True, frozenset({"svc_alpha"}), WW)}
ENDED = {**LICENSED, OURS: Found(OURS, "SPEED_PITCH", False, frozenset({"svc_alpha"}), WW)}


@pytest.mark.parametrize(
    ("found", "known", "may", "route"),
    [
        (match(SPED, copy_of=OURS, copied="samples"), LICENSED, {ORIGINAL: "deny"}, Route.ALLOW_LIST),
        (match(SPED, copy_of=OURS, copied="sound", service=""), LICENSED, {}, Route.ALLOW_LIST),
        (match(SPED, copy_of=OURS, copied="sound", service="svc_beta"), LICENSED, {ORIGINAL: "deny"},
         Route.CONTENT_CLAIM),
        (match(SPED, copy_of=OURS, copied="samples"), ENDED, {ORIGINAL: "deny"}, Route.CONTENT_CLAIM),
        (match(SPED), LICENSED, {ORIGINAL: "allow"}, Route.CONVERT),
        (match(SPED), LICENSED, {ORIGINAL: "needs_approval"}, Route.CONTENT_CLAIM),
        (match(answer(passage())), LICENSED, {ORIGINAL: "allow"}, Route.CONTENT_CLAIM),
        (match(answer()), {}, {}, Route.LEFT_ALONE),
    ],
)  # fmt: skip
def test_what_is_proposed(found: Match, known: dict[str, Found], may: dict[str, str], route: Route) -> None:
    proposal = propose(found, known, may)
    assert proposal.route is route and proposal.because
    assert not forbidden(route, found, known, may)


@given(
    copied=st.sampled_from([None, OURS]),
    service=st.sampled_from(["", "svc_alpha", "svc_beta"]),
    stands=st.booleans(),
    may=st.sampled_from(["allow", "needs_approval", "deny"]),
    heard=st.sampled_from([SPED, answer(passage()), answer()]),
)
def test_an_approved_derivative_is_never_claimed_and_nothing_unlicensed_is_allowed(
    copied: str | None, service: str, stands: bool, may: str, heard: dict[str, Any]
) -> None:
    known = LICENSED if stands else ENDED
    found = match(heard, copy_of=copied, copied="samples" if copied else "", service=service)
    licensed = copied is not None and stands and service != "svc_beta"
    claim = forbidden(Route.CONTENT_CLAIM, found, known, {ORIGINAL: may})
    assert ("licensed" in {one.code for one in claim}) == licensed
    allow = forbidden(Route.ALLOW_LIST, found, known, {ORIGINAL: may})
    assert bool(allow) == (not licensed)
    convert = forbidden(Route.CONVERT, found, known, {ORIGINAL: may})
    assert bool(convert) == (may != "allow" or heard is not SPED)
    proposed = propose(found, known, {ORIGINAL: may}).route
    assert not forbidden(proposed, found, known, {ORIGINAL: may})


MAY = ReferenceWish("REMIX", WW, WW, 300, False, (), "per_dana")


def test_a_derivative_is_no_reference_unless_everything_speaks_for_it() -> None:
    assert keeps_from_reference(MAY) == ()
    wrong = {
        "default": {"wanted_by": ""},
        "type": {"derivative_type": "MASHUP"},
        "not_exclusive": {"exclusive": TerritorySet.parse("DE")},
        "not_distinct": {"original_permille": 501},
        "samples": {"third_party_samples": True},
        "undeclared": {"undeclared": ("rec_other",)},
    }
    for code, change in wrong.items():
        values = {name: getattr(MAY, name) for name in MAY.__dataclass_fields__} | change
        assert [one.code for one in keeps_from_reference(ReferenceWish(**values))] == [code]
    speed = ReferenceWish("SPEED_PITCH", WW, WW, None, False, (), "per_dana")
    assert {one.code for one in keeps_from_reference(speed)} == {"type", "not_distinct"}


def decision(number: int, route: Route, day: int) -> Routing:
    return Routing(f"rou_{number}", "mat_1", route, "per_a", AT + timedelta(days=day), "so", AT.date())


@given(
    st.permutations(
        [decision(1, Route.CONTENT_CLAIM, 0), decision(2, Route.CONVERT, 2), decision(3, Route.LICENSED, 5)]
    )
)
def test_what_stood_on_a_past_day_can_be_read_in_any_order(given_: list[Routing]) -> None:
    assert standing(given_, AT - timedelta(days=1)) is None
    read = [standing(given_, AT + timedelta(days=day)) for day in (0, 2, 4, 5)]
    assert [one.route for one in read if one] == [Route.CONTENT_CLAIM, Route.CONVERT, Route.CONVERT, Route.LICENSED]


def test_the_queue_goes_by_what_the_plays_are_worth() -> None:
    much, little = match(SPED, plays=10), match(SPED, plays=1_000)
    assert worth(much, 5_000) < worth(little, 10)
    assert worth(little, None) < worth(much, None)


ENTITLED = Entitled(
    "svc_alpha",
    "UC1",
    "A Song (Quick)",
    "DEXX12600002",
    ORIGINAL,
    "DEXX12600001",
    TerritorySet.parse("DE, US"),
    date(2026, 7, 1),
    date(2028, 7, 1),
    "lic_1",
    {"": date(2026, 6, 1)},
)


def test_each_co_owner_has_their_own_rows_for_their_own_days_and_places() -> None:
    owners = {
        ORIGINAL: [
            Owned("pty_a", TerritorySet.parse("DE"), None, date(2027, 1, 1)),
            Owned("pty_a", TerritorySet.parse("DE"), date(2027, 1, 1), None),
            Owned("pty_b", TerritorySet.parse("US"), date(2026, 9, 1), None),
            Owned("pty_c", TerritorySet.parse("JP"), None, None),
        ]
    }
    found = {
        (row.co_owner, row.list, row.territories, row.valid_from, row.valid_to)
        for row in rows([ENTITLED], owners, date(2026, 7, 1))
    }
    assert found == {
        ("pty_a", "allow", "DE", date(2026, 7, 1), date(2028, 7, 1)),
        ("pty_a", "release", "DE", date(2026, 6, 1), date(2026, 7, 1)),
        ("pty_b", "allow", "US", date(2026, 9, 1), date(2028, 7, 1)),
    }  # fmt: skip
    later = rows([ENTITLED], owners, date(2028, 7, 1))
    assert {row.list for row in later} == {"release"}


def test_where_it_may_be_a_reference_is_told_and_never_beyond_what_was_asked() -> None:
    asked, vouched = TerritorySet.parse("DE, US"), TerritorySet.parse("DE, FR")
    (one,) = keeps_from_reference(ReferenceWish("REMIX", asked, vouched, 300, False, (), "per_dana"))
    assert (one.what, one.mend) == ("not all of it is exclusive in US", "ask for DE only")
    (none,) = keeps_from_reference(ReferenceWish("REMIX", asked, TerritorySet.of(), 300, False, (), "per_dana"))
    assert none.mend == "vouch for places where nobody else has any of it"


def test_what_one_holder_lets_go_of_is_theirs_alone() -> None:
    everywhere = Owned("pty_one", TerritorySet.parse("WW"), None, None)
    other = Owned("pty_two", TerritorySet.parse("DE"), None, None)
    one = replace(ENTITLED, past_from={"pty_two": date(2026, 6, 1)})
    listed = rows([one], {ORIGINAL: [everywhere, other]}, date(2026, 7, 2))
    assert {(row.co_owner, row.territories) for row in listed if row.list == "release"} == {("pty_two", "DE")}
    assert {row.co_owner for row in listed if row.list == "allow"} == {"pty_one", "pty_two"}


def test_a_claim_and_its_withdrawal_are_rows_of_every_co_owner_where_they_own_it() -> None:
    claim = Claimed(
        "svc_alpha", "UC2", "up.wav", ORIGINAL, "DEXX12600001", TerritorySet.parse("DE, JP"), date(2026, 7, 1), None,
        "claim", "0:04 to 0:31 is its 0:41 to 1:10",
    )  # fmt: skip
    owners = {ORIGINAL: [Owned("pty_one", TerritorySet.parse("WW ex JP"), None, date(2026, 8, 1))]}
    (row,) = rows([], owners, date(2026, 7, 2), [claim])
    assert (row.co_owner, row.list, row.territories, row.valid_to) == ("pty_one", "claim", "DE", date(2026, 8, 1))
    assert rows([], owners, date(2026, 8, 1), [claim]) == (), "the owner's days are over"
    (let_go,) = rows([], owners, date(2026, 9, 1), [replace(claim, list="release")])
    assert let_go.list == "release", "what was claimed then is still to be let go of"
