"""An import is looked at, committed, and taken back; the answers of past days stay what they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ritornello.consent.errors import ConsentError
from ritornello.consent.offer_sheet import COLUMNS
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from ritornello.workflows.import_offers import import_offers, undo_import
from tests.web import house as small_house
from tests.web.house import ORIGINAL_ID

HEAD = ";".join((*COLUMNS, "holder", "rights"))
AT = cast.ASKED + timedelta(days=1)
JAPAN = f"{ORIGINAL_ID};REMIX;JP;subscribers;export;10;2026-06-01;;{cast.SUBPUBLISHER_JP};"
LABEL = f"{ORIGINAL_ID};REMIX, SPEED_PITCH;WW;everyone;export;20;2026-06-01;;{cast.LABEL};M_USE"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    made = House(tmp_path, engine, Blobs(str(tmp_path / "blobs")), tmp_path / "lake", tmp_path / "keys")
    made.key_folder.mkdir()
    small_house.fill(made)
    yield made
    engine.dispose()


def sheet(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


def offers(house: House) -> dict[str, int]:
    with house.work(cast.ORGANISATION, read_only=True) as work:
        holders = [party.id for party in work.people.parties()]
        return {one.id: one.version for holder in holders for one in work.consent.offers_of_holder(holder)}


def bring(house: House, *rows: str, at: datetime = AT, commit: bool = True) -> object:
    return import_offers(house, cast.ORGANISATION, sheet(*rows), at=at, by="per_x", commit=commit)


def test_a_look_writes_nothing_and_the_commit_does_what_was_shown(house: House) -> None:
    before = offers(house)
    rows = (JAPAN, LABEL, "DEXX19900001;REMIX;WW;everyone;export;10;2026-06-01;;;", JAPAN.replace("JP;", "Mars;"))
    seen = import_offers(house, cast.ORGANISATION, sheet(*rows), at=AT, by="per_x")
    assert offers(house) == before
    assert [(one.row, one.what) for one in seen.planned] == [(2, "new"), (3, "changed")]
    assert {(one.row, one.field) for one in seen.findings} >= {(4, "asset"), (5, "territory")}
    assert seen.planned[0].offer.rights == {"C_ARR", "C_MECH", "C_PERF", "C_SYNC"}
    assert "share_money.fan_share_permille" in seen.planned[1].parameters
    done = import_offers(house, cast.ORGANISATION, sheet(*rows), at=AT, by="per_x", commit=True)
    assert done.planned == seen.planned
    assert set(offers(house)) - set(before) == {seen.planned[0].offer.id}
    again = import_offers(house, cast.ORGANISATION, sheet(*rows), at=AT + timedelta(hours=1), by="per_x", commit=True)
    assert [one.what for one in again.planned] == ["same", "same"]


def test_an_import_is_taken_back_and_may_come_again(house: House) -> None:
    done = import_offers(house, cast.ORGANISATION, sheet(JAPAN, LABEL), at=AT, by="per_x", commit=True)
    new, changed = (one.offer for one in done.planned)
    later = AT + timedelta(days=2)
    undone = undo_import(house, cast.ORGANISATION, done.id, at=later, by="per_x")
    assert (undone.ended, undone.restored, undone.stays) == ((new.id,), (changed.id,), {})
    with house.work(cast.ORGANISATION, read_only=True) as work:
        ended, restored = work.consent.offer(new.id), work.consent.offer(changed.id)
        first = work.consent.offer(changed.id, 1)
        assert ended is not None
        assert restored is not None
        assert first is not None
        assert not ended.covers(later.date())
        assert restored.terms == first.terms
        assert work.consent.offer(new.id, 1) == new, "what was recorded is never edited"
    with pytest.raises(ConsentError, match="undone before"):
        undo_import(house, cast.ORGANISATION, done.id, at=later, by="per_x")
    with pytest.raises(ConsentError, match="not on file"):
        undo_import(house, cast.ORGANISATION, "imp_nothing", at=later, by="per_x")
    again = import_offers(house, cast.ORGANISATION, sheet(JAPAN), at=later, by="per_x", commit=True)
    assert [one.what for one in again.planned] == ["changed"]


def test_what_was_changed_since_stays(house: House) -> None:
    done = import_offers(house, cast.ORGANISATION, sheet(LABEL), at=AT, by="per_x", commit=True)
    other = LABEL.replace(";20;", ";30;")
    import_offers(house, cast.ORGANISATION, sheet(other), at=AT + timedelta(days=1), by="per_x", commit=True)
    undone = undo_import(house, cast.ORGANISATION, done.id, at=AT + timedelta(days=2), by="per_x")
    assert (undone.ended, undone.restored) == ((), ())
    assert list(undone.stays.values()) == ["changed since (version 3)"]


def test_a_holder_speaks_only_for_what_they_hold(house: House) -> None:
    rows = (JAPAN + "M_USE", JAPAN.replace(cast.SUBPUBLISHER_JP, "pty_nobody"), JAPAN.replace(cast.SUBPUBLISHER_JP, ""))
    seen = import_offers(house, cast.ORGANISATION, sheet(*rows), at=AT, by="per_x")
    assert not seen.planned
    assert [(one.row, one.field) for one in seen.findings if one.field in ("rights", "holder")] == [
        (2, "rights"),
        (3, "holder"),
        (4, "holder"),
    ]
