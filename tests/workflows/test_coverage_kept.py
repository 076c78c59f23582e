"""The snapshot of a catalogue is kept while nothing behind it changes, and made anew when anything does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ritornello.consent.coverage import Probe
from ritornello.consent.services import Service
from ritornello.identifiers.territories import TerritorySet
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.workflows import consent_desk
from ritornello.workflows.consent_wide import coverage, plays_of, prepare, stranger, why_blocked
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.web import house as small_house
from tests.web.house import ORIGINAL_ID

AT = cast.ASKED + timedelta(days=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    made = House(tmp_path, engine, Blobs(str(tmp_path / "blobs")), tmp_path / "lake", tmp_path / "keys")
    made.key_folder.mkdir()
    small_house.fill(made)
    yield made
    engine.dispose()


def probe(**changes: object) -> Probe:
    return replace(stranger(cast.ALPHA, AT, TerritorySet.parse("DE, JP, US")), **changes)  # type: ignore[arg-type]


def kept(house: House, **changes: object) -> bool:
    return prepare(house, cast.ORGANISATION, probe(**changes)).kept


def test_it_is_kept_until_what_is_behind_it_changes(house: House) -> None:
    assert not kept(house)
    assert kept(house)
    assert kept(house, at=AT + timedelta(minutes=5))
    assert not kept(house, act="deliver"), "another question has a snapshot of its own"
    assert kept(house)
    assert not kept(house, at=AT + timedelta(days=1)), "offers begin and end by the day"
    assert not kept(house)
    with house.work(cast.ORGANISATION) as work:
        original = work.catalogue.recording(ORIGINAL_ID)
        assert original is not None
        work.catalogue.save_recording(replace(original, label="lab_other"))
        work.commit()
    assert not kept(house)
    with house.work(cast.ORGANISATION) as work:
        work.feeds.add_service(Service(cast.ALPHA, AT, individual_express=True))
        work.commit()
    assert not kept(house)
    assert kept(house)


def test_a_revocation_and_a_stop_are_seen_at_once(house: House) -> None:
    def ready() -> dict[str, int]:
        board = coverage(house, cast.ORGANISATION, probe(at=AT + timedelta(hours=2)))
        return {place: board.tallies["REMIX", place].allow for place in ("DE", "JP", "US")}

    assert ready() == {"DE": 1, "JP": 0, "US": 1}
    consent_desk.stop(
        house,
        cast.ORGANISATION,
        by=cast.LABEL,
        reason="",
        at=AT,
        asset_id=ORIGINAL_ID,
        territories=TerritorySet.of("US"),
    )
    assert ready() == {"DE": 1, "JP": 0, "US": 0}
    path = why_blocked(house, cast.ORGANISATION, probe(at=AT + timedelta(hours=2)), "REMIX")
    assert path.obstacles == {"KILL_SWITCH": 1}
    with house.work(cast.ORGANISATION, read_only=True) as work:
        offer = work.consent.offers_of_holder(cast.WRITER_B)[0]
    consent_desk.revoke_offer(house, cast.ORGANISATION, offer.id, by=cast.WRITER_B, at=AT)
    later = probe(at=AT + timedelta(days=120))
    assert coverage(house, cast.ORGANISATION, later).tallies["REMIX", "DE"].allow == 0


def test_a_spoilt_file_is_no_answer(house: House) -> None:
    kept(house)
    (path,) = (house.home / "cache" / "coverage" / cast.ORGANISATION).glob("*.npz")
    path.write_bytes(path.read_bytes()[:100])
    assert not kept(house)
    assert kept(house)


def test_the_path_names_the_one_whose_signature_is_missing_and_weighs_by_reported_plays(house: House) -> None:
    path = why_blocked(house, cast.ORGANISATION, probe(), "REMIX")
    assert [(step.signers, step.unlocks, step.weight) for step in path.steps] == [
        ((cast.SUBPUBLISHER_JP,), (ORIGINAL_ID,), 1)
    ]
    assert plays_of(house, cast.ORGANISATION) == {}
    small_house.settle(house)
    plays = plays_of(house, cast.ORGANISATION)
    assert plays[ORIGINAL_ID] == 81_500
    by_plays = why_blocked(house, cast.ORGANISATION, probe(), "REMIX", plays=plays)
    assert [step.weight for step in by_plays.steps] == [81_500]
    board = coverage(house, cast.ORGANISATION, probe(), plays=plays)
    assert board.tallies["REMIX", "DE"].allow == 81_500
