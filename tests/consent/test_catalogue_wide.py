"""What concerns many recordings: inheritance and its conflicts, why things are blocked, and the feeds to services."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ritornello.consent.blocked import Blocked, Step, blocked_by, obstacles, shortest_path
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.feed import Line, Theirs, apply, changes, compare, delta, full, read_list, state, withdrawn
from ritornello.consent.inheritance import chain_of, check_held, conflicts
from ritornello.consent.offers import Level, Reach, Reply
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import sha256_hex
from ritornello.proof.signing import KeyRing, verify
from tests.consent.song import AT, LABEL, PUBLISHER, SINGER, facts, offer, offers, opened, request, sheet, source

RECORDING, RELEASE, ARTIST = Reach(Level.RECORDING, "r"), Reach(Level.RELEASE, "a"), Reach(Level.ARTIST, "x")


def test_a_recording_belongs_most_specific_first() -> None:
    parents = {RECORDING: [ARTIST, RELEASE], RELEASE: [Reach(Level.LABEL, "l")], ARTIST: []}
    assert [str(entry) for entry in chain_of(RECORDING, parents)] == ["recording:r", "release:a", "artist:x", "label:l"]


def test_a_circle_is_one_clear_error() -> None:
    with pytest.raises(ConsentError, match="release:a → artist:x → release:a"):
        chain_of(RECORDING, {RECORDING: [RELEASE], RELEASE: [ARTIST], ARTIST: [RELEASE]})


def test_conflicts_are_told_before_saving() -> None:
    first = offer(LABEL, "M_USE P_ECON")
    other = offer(LABEL, "M_USE", opened(who__min_age=18), territories=TerritorySet.parse("DE"))
    found = conflicts(other, [first])
    assert [(c.rights, str(c.territories), c.parameters) for c in found] == [({"M_USE"}, "DE", ("who.min_age",))]
    refusal = offer(LABEL, "M_USE", reply=Reply.REFUSE)
    assert "refuses" in conflicts(refusal, [first])[0].words
    assert not conflicts(first.next_version(AT, terms=opened(who__min_age=18)), [first]), "a new version replaces"
    assert not conflicts(replace(other, reach=ARTIST), [first]), "another level wins or loses, and does not quarrel"
    assert not conflicts(offer(PUBLISHER, "M_USE", opened(who__min_age=18)), [first])
    later = replace(other, valid_from=date(2027, 1, 1))
    assert not conflicts(later, [replace(first, valid_until=date(2027, 1, 1))])


def test_nobody_consents_for_a_right_that_they_do_not_hold() -> None:
    check_held(offer(LABEL, "M_USE P_ECON"), sheet())
    with pytest.raises(ConsentError, match="pty_label does not hold C_ARR"):
        check_held(offer(LABEL, "M_USE C_ARR"), sheet())


def test_why_it_is_blocked() -> None:
    silent = tuple(entry for entry in offers() if entry.holder not in (LABEL, SINGER))
    assert blocked_by(decide(request(), facts(source(offers=silent)))) == Blocked(
        frozenset({LABEL, SINGER}), frozenset()
    )
    sampled = blocked_by(decide(request(), facts(source(contains_third_party_samples=True))))
    assert sampled == Blocked(frozenset(), frozenset({"UNCLEARED_SAMPLES"}))
    assert blocked_by(decide(request(), facts())) == Blocked(frozenset(), frozenset())


def test_the_shortest_path_to_yes() -> None:
    def by(*signers: str, obstacle: str = "") -> Blocked:
        return Blocked(frozenset(signers), frozenset({obstacle} if obstacle else ()))

    blocked = {
        "r1": by("a"), "r2": by("a"), "r3": by("a", "b"), "r4": by("c"), "r5": by("d", obstacle="SHARES_INCOMPLETE"),
        "r6": by(),
    }  # fmt: skip
    assert shortest_path(blocked) == [
        Step(("a",), ("r1", "r2"), 2),
        Step(("b",), ("r3",), 1),
        Step(("c",), ("r4",), 1),
    ]
    plays = {"r4": 1000}
    assert shortest_path(blocked, plays, most_steps=1) == [Step(("c",), ("r4",), 1000)]
    assert obstacles(blocked.values()) == {"SHARES_INCOMPLETE": 1}


def line(recording: str, territories: str = "WW", **bounds: int) -> Line:
    return Line(recording, "REMIX", TerritorySet.parse(territories), date(2026, 1, 1), None, bounds)


def test_deltas_bring_a_receiver_to_the_same_state_as_a_full_feed() -> None:
    before = [line("r1"), line("r2"), line("r3", tempo=1)]
    now = [line("r1"), line("r3", tempo=2), line("r4", "WW ex JP")]
    held = apply({}, full("alpha", 1, before, at=AT), last=0)
    changes = delta("alpha", 2, before, now, at=AT)
    assert [(row["action"], row["recording"]) for row in changes.rows] == [
        ("close", "r2"),
        ("open", "r3"),
        ("open", "r4"),
    ]
    assert apply(held, changes, last=1) == apply({}, full("alpha", 2, now, at=AT), last=0)
    with pytest.raises(ConsentError, match="fetch a full one"):
        apply(held, changes, last=7)


def test_a_feed_is_signed_and_written_twice() -> None:
    ring = KeyRing.generate(AT - timedelta(days=1))
    feed = full("alpha", 1, [line("r2"), line("r1", "WW ex JP")], at=AT)
    signed = feed.sign(ring)
    assert verify(signed, ring.trusted())
    assert signed.payload["csv_sha256"] == sha256_hex(feed.as_csv())
    assert [json.loads(row)["recording"] for row in feed.as_json_lines().splitlines()] == ["r1", "r2"]
    assert read_list(feed.as_csv()) == read_list(feed.as_json_lines())
    assert str(read_list(feed.as_csv())["r1", "REMIX"].territories) == "WW ex JP"


def test_a_services_list_is_read_in_any_dialect_and_every_wrong_row_is_named() -> None:
    told = {("r1", "REMIX"): Theirs(TerritorySet.parse("DE, FR"))}
    for content in (
        b"recording;type;territories\nr1;remix;DE, FR\n",
        "recording\ttype\tterritories\nr1\tREMIX\tDE FR\n".encode("utf-16"),
        b'{"recording": "r1", "type": "REMIX", "territories": "DE, FR"}\n',
        b"recording,type,territories\nr1,REMIX,DE\nr1,REMIX,FR\n",
    ):
        assert read_list(content) == told, content
    wrong = b"recording,type,territories\r\nr1,REMIX,XX\r\nr2,KARAOKE,DE\r\n,REMIX,DE\r\n"
    with pytest.raises(ConsentError) as failed:
        read_list(wrong)
    assert [one.field for one in failed.value.findings] == ["row 2", "row 3", "row 4"]
    with pytest.raises(ConsentError, match="heading"):
        read_list(b"isrc,type\nr1,REMIX\n")
    with pytest.raises(ConsentError, match="row 2: is not JSON"):
        read_list(b'{"recording": "r1", "type": "REMIX", "territories": "DE"}\n{broken\n')


def test_what_the_service_says_otherwise() -> None:
    world, japan = TerritorySet.parse("WW"), TerritorySet.parse("JP")
    theirs = {
        ("r1", "REMIX"): Theirs(world),
        ("r2", "REMIX"): Theirs(TerritorySet.parse("DE, JP"), date(2027, 1, 1), ends=True),
        ("r3", "REMIX"): Theirs(japan, bounds_sha256="00" * 32),
    }
    gone = {
        ("r1", "REMIX"): ((japan, date(2026, 5, 2)), (TerritorySet.parse("WW ex JP"), date(2026, 4, 24))),
        ("r3", "REMIX"): ((japan, date(2026, 5, 3)),),
    }
    found = compare(theirs, [line("r2", "DE, FR"), line("r3", "JP")], gone, on=AT.date())
    assert [(d.recording, d.kind, str(d.territories), d.days) for d in found] == [
        ("r1", "still_open", "WW ex JP", 9),
        ("r1", "still_open", "JP", 1),
        ("r2", "still_open", "JP", None),
        ("r2", "other_end", "DE", None),
        ("r3", "other_bounds", "JP", None),
        ("r2", "not_opened", "FR", None),
    ]
    assert [d.words for d in found[:4]] == [
        "still open there in WW ex JP, withdrawn here for 9 days",
        "still open there in JP, withdrawn here for 1 day",
        "still open there in JP, never open here",
        "open there until 2027-01-01, here without an end",
    ]
    assert not compare({("r2", "REMIX"): Theirs(TerritorySet.parse("DE"))}, [line("r2", "DE")], {}, on=AT.date())


def test_what_was_withdrawn_is_known_territory_by_territory() -> None:
    days = {number: date(2026, 5, number) for number in (1, 2, 3, 4)}
    states = [[line("r1")], [line("r1", "WW ex JP, US")], [line("r1", "DE, US")], []]
    pairs = zip([[], *states], states, strict=False)
    kept = [one for number, (before, now) in enumerate(pairs, 1) for one in changes(number, before, now)]
    assert state(kept[:3]) == states[2]
    parts = {str(where): since.day for where, since in withdrawn(kept, days)["r1", "REMIX"]}
    assert parts == {"JP": 2, "WW ex DE, JP, US": 3, "DE, US": 4}
    assert not withdrawn(kept[:1], days)
