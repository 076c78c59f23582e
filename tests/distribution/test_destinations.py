"""Destinations are dated data: what is shipped holds what the trade knows, and a wrong file is refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ritornello.distribution.destination_rules import Departure, Reference, hindrances_at, notes_at
from ritornello.distribution.destinations import (
    AiForm,
    Destination,
    DestinationError,
    Feed,
    Takedown,
    earliest_release,
    load,
)
from ritornello.distribution.disclosure import AiUse, vector
from ritornello.provenance.manifest import Disclosure
from tests.distribution.remix_delivery import ALPHA, BETA

DAY = date(2026, 6, 20)
DEPARTURE = Departure("REMIX", DAY, date(2026, 7, 1), upc="036000291452", artwork=True)
SPOTIFY, APPLE, CONTENT_ID, BANDCAMP = load().named(["spotify", "apple_music", "youtube_content_id", "bandcamp"])
READY = replace(SPOTIFY, dpid=ALPHA.dpid, ern_confirmed=("4.3.2",))
ALL_LAYERS = AiUse(
    Disclosure.GENERATIVE, Disclosure.GENERATIVE, Disclosure.GENERATIVE, Disclosure.GENERATIVE, ("Musician",)
)


def codes(departure: Departure, destination: Destination) -> list[str]:
    found = list(hindrances_at(departure, destination))
    assert all(one.what and one.mend for one in found)
    return [one.code for one in found]


def test_what_is_shipped_says_where_it_was_read_and_when() -> None:
    shipped = load()
    assert shipped.dated <= date(2026, 12, 31)
    assert all(one.source and one.name for one in shipped.by_id.values())
    # nobody's intake of 4.3.2 is confirmed, and no partner's id is ours to give
    assert not any(one.ern_confirmed or one.dpid for one in shipped.by_id.values())


def test_spotify() -> None:
    assert (SPOTIFY.lead_days(), SPOTIFY.lead_days(update=True)) == (5, 2)
    assert SPOTIFY.takes("4.3") and SPOTIFY.takes("4.3.2") and SPOTIFY.takes("4.10")
    assert not SPOTIFY.takes("4.2") and not SPOTIFY.takes("3.8.2")
    assert (SPOTIFY.takedown, SPOTIFY.ai) == (Takedown.ENDED_DEALS, AiForm.ROLES)
    assert codes(DEPARTURE, SPOTIFY) == ["ern_unconfirmed"]
    assert codes(DEPARTURE, READY) == []
    assert codes(replace(DEPARTURE, ern_version="4.2"), READY) == ["ern_version"]


def test_the_lead_is_kept_to_the_day() -> None:
    assert codes(replace(DEPARTURE, release_date=date(2026, 6, 25)), READY) == []
    assert codes(replace(DEPARTURE, release_date=date(2026, 6, 24)), READY) == ["lead"]
    update = replace(DEPARTURE, update=True, release_date=date(2026, 6, 22))
    assert codes(update, READY) == []
    assert codes(replace(update, release_date=date(2026, 6, 21)), READY) == ["lead"]


def test_the_longest_lead_decides() -> None:
    assert earliest_release([ALPHA, BETA], DAY) == date(2026, 6, 25)
    assert earliest_release([ALPHA, BETA], DAY, update=True) == date(2026, 6, 22)
    assert earliest_release([], DAY) == DAY


def test_a_release_needs_its_code_and_its_cover() -> None:
    assert codes(replace(DEPARTURE, upc=""), READY) == ["upc"]
    assert codes(replace(DEPARTURE, artwork=False), READY) == ["artwork"]


def test_nothing_goes_to_a_forbidden_destination() -> None:
    assert codes(DEPARTURE, BANDCAMP) == ["forbidden"]
    assert notes_at(DEPARTURE, BANDCAMP) == ()
    assert codes(DEPARTURE, Destination("nowhere", "Nowhere", Feed.NONE)) == ["feed"]


def test_apple_gets_a_list_for_a_person_and_no_claim_of_delivery() -> None:
    assert codes(DEPARTURE, APPLE) == []
    (who, tags, takedown) = notes_at(DEPARTURE, APPLE)
    assert "nothing is sent from here" in who
    assert tags.endswith("none, since no generative AI was used")
    assert "person" in takedown
    told = notes_at(replace(DEPARTURE, ai=ALL_LAYERS), APPLE)
    assert told[1].endswith("Artwork, Track, Composition, Music Video")


def test_the_default_at_content_id_is_no() -> None:
    ready = replace(CONTENT_ID, dpid=ALPHA.dpid, ern_confirmed=("4.3.2",))
    assert codes(DEPARTURE, ready) == ["reference"]
    vouched = replace(DEPARTURE, reference=Reference(distinct=True, exclusive=True, sample_free=True))
    assert codes(vouched, ready) == []
    for lacks in ("distinct", "exclusive", "sample_free"):
        claim = Reference(**{"distinct": True, "exclusive": True, "sample_free": True, lacks: False})
        assert codes(replace(vouched, reference=claim), ready) == ["reference"]
    for refused in ("SPEED_PITCH", "MASHUP", "SAMPLE"):
        assert codes(replace(vouched, derivative_type=refused), ready) == ["refused_type"]
    assert any("allow-listed" in note for note in notes_at(vouched, ready))


def test_each_destination_hears_of_ai_in_its_own_form() -> None:
    assert vector(ALL_LAYERS, SPOTIFY) == ("Musician",)
    assert vector(ALL_LAYERS, ALPHA) == ("ContainsAI Partly",)
    cover_only = AiUse(artwork=Disclosure.GENERATIVE)
    assert vector(cover_only, APPLE) == ("Artwork",)
    assert vector(cover_only, SPOTIFY) == ()
    for quiet in (AiUse(), AiUse(sound=Disclosure.ASSISTIVE, composition=Disclosure.ASSISTIVE)):
        assert [vector(quiet, one) for one in (SPOTIFY, APPLE, ALPHA)] == [(), (), ()]


def test_what_a_service_does_with_ai_is_said_only_where_there_is_some() -> None:
    (tidal,) = load().named(["tidal"])
    assert notes_at(DEPARTURE, tidal) == ()
    assert any("pays nothing" in note for note in notes_at(replace(DEPARTURE, ai=ALL_LAYERS), tidal))


def test_an_unknown_destination_is_named() -> None:
    with pytest.raises(DestinationError, match="gamma"):
        load().named(["spotify", "gamma"])
    assert load().and_these([ALPHA]).named(["alpha"]) == (ALPHA,)


ROW = 'id = "a"\nname = "A"\nfeed = "ern"\ntakedown = "by_hand"\nai = "roles"\nneeds = []\nsource = "read"\n'
OFFERS = 'offerings = [{ models = ["SubscriptionModel"], uses = ["OnDemandStream"] }]\n'
HEAD = 'version = "1"\ndated = 2026-06-01\nreviewed = false\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version = ", "is no TOML"),
        (HEAD, "destination is missing"),
        (HEAD.replace("2026-06-01", '"soon"') + f"[[destination]]\n{ROW}{OFFERS}", "dated is 'soon'"),
        (f"{HEAD}[[destination]]\n{ROW}{OFFERS}[[destination]]\n{ROW}{OFFERS}", "twice"),
        (f"{HEAD}[[destination]]\n{ROW}", "needs offerings"),
        (f"{HEAD}[[destination]]\n{ROW}{OFFERS}color = 1\n", "color is no field"),
        (f"{HEAD}[[destination]]\n{ROW}{OFFERS}lead_days_new = '5'\n", "lead_days_new is '5'"),
        (f"{HEAD}[[destination]]\n{ROW}{OFFERS}claim = 'Block'\n", "claim is 'Block'"),
        (f"{HEAD}[[destination]]\n{ROW.replace('roles', 'shout')}{OFFERS}", "shout"),
        (f"{HEAD}[[destination]]\n{ROW.replace('read', ' ')}{OFFERS}", "source is empty"),
        (f"{HEAD}[[destination]]\n{ROW.replace('needs = []', '')}{OFFERS}", "needs is missing"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "destinations.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DestinationError, match=told):
        load(path)


def test_a_file_of_ones_own_replaces_what_is_shipped(tmp_path: Path) -> None:
    path = tmp_path / "destinations.toml"
    path.write_text(f"{HEAD}[[destination]]\n{ROW}{OFFERS}", encoding="utf-8")
    assert set(load(path).by_id) == {"a"}
