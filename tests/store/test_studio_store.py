"""What was heard may be heard again; how a derivative was made is written once; a tenant sees its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import DBAPIError

from ritornello.store.scope import Scope
from ritornello.store.studio_store import StudioStore
from ritornello.store.studio_tables import renders
from ritornello.studio.records import Heard, Render

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
HEARD = Heard("rec_a", "ab" * 32, {"v": 1, "beats": [0, 22050]}, ((-127, 127), (-3, 4)), AT)
RENDER = Render("rec_b", "lic_a", "cd" * 32, {"v": 1}, {"tempo_permille": 1080}, AT, {"s0": "rec_a"})


def test_what_was_heard_is_read_back_and_replaced(scope: Scope) -> None:
    store = StudioStore(scope)
    assert store.heard("rec_a") is None
    store.save_heard(HEARD)
    store.save_heard(HEARD)
    assert store.heard("rec_a") == HEARD
    again = replace(HEARD, peaks=((-1, 1),))
    store.save_heard(again)
    assert store.heard_in(["rec_a", "rec_x"]) == {"rec_a": again}


def test_a_render_is_written_once(scope: Scope) -> None:
    store = StudioStore(scope)
    assert store.add_render(RENDER)
    assert not store.add_render(replace(RENDER, licence_id="lic_other"))
    assert store.render("rec_b") == RENDER
    assert store.render("rec_a") is None
    assert (store.made_under("lic_a"), store.made_under("lic_other")) == (("rec_b",), ())
    with pytest.raises(DBAPIError):
        scope.connection.execute(scope.update(renders).values(licence_id="lic_other"))


def test_another_organisation_sees_nothing(scope: Scope) -> None:
    store = StudioStore(scope)
    store.save_heard(HEARD)
    store.add_render(RENDER)
    other = StudioStore(Scope(scope.connection, "org_other"))
    assert other.heard("rec_a") is None
    assert other.render("rec_b") is None
