"""Numbers are given out once and packages are written once, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from ritornello.distribution.model import Allocation, Package
from ritornello.distribution.numbers import NumberError, allocate, left
from ritornello.identifiers import IdentifierError
from ritornello.store.distribution_store import DistributionStore
from ritornello.store.distribution_tables import isrc_allocations, release_packages
from ritornello.store.scope import Scope

AT = datetime(2026, 6, 20, 8, tzinfo=UTC)
PACKAGE = Package(
    id="pkg_a",
    recording_id="rec_a",
    licence_id="lic_a",
    destinations=("alpha", "beta"),
    files={"master.flac": "ab" * 32, "NewReleaseMessage.xml": "cd" * 32},
    packed_at=AT,
)


@pytest.fixture
def store(scope: Scope) -> DistributionStore:
    made = DistributionStore(scope)
    made.set_prefix("pty_label", "DEXX1", AT)
    return made


def test_a_number_is_kept_and_given_once(store: DistributionStore) -> None:
    first = allocate(store, "rec_a", "pty_label", AT)
    assert store.allocation("rec_a") == first == allocate(store, "rec_a", "pty_label", AT + timedelta(days=400))
    second = allocate(store, "rec_b", "pty_label", AT)
    assert (first.isrc, second.isrc) == ("DEXX12600000", "DEXX12600001")
    assert set(store.issued("DEXX1", 2026)) == {first.isrc, second.isrc}
    assert set(store.issued("DEXX1", 2027)) == set()
    assert left(store, "pty_label", 2026) == 99_998
    assert store.allocation("rec_c") is None


@pytest.mark.parametrize(
    "again",
    [
        Allocation("isr_x", "rec_b", "DEXX12600000", "DEXX1", 2026, AT),
        Allocation("isr_x", "rec_a", "DEXX12600001", "DEXX1", 2026, AT),
    ],
    ids=["one number for two recordings", "two numbers for one recording"],
)
def test_the_database_itself_refuses(store: DistributionStore, again: Allocation) -> None:
    allocate(store, "rec_a", "pty_label", AT)
    with pytest.raises(IntegrityError):
        store.add_allocation(again)


def test_another_organisation_cannot_give_the_same_number(store: DistributionStore, scope: Scope) -> None:
    given = allocate(store, "rec_a", "pty_label", AT)
    other = DistributionStore(Scope(scope.connection, "org_other"))
    with pytest.raises(IntegrityError):
        other.add_allocation(replace(given, id="isr_other", recording_id="rec_z"))


def test_a_number_is_never_changed_or_taken_back(store: DistributionStore, scope: Scope) -> None:
    allocate(store, "rec_a", "pty_label", AT)
    with pytest.raises(DBAPIError), scope.connection.begin_nested():
        scope.connection.execute(scope.update(isrc_allocations).values(recording_id="rec_b"))
    with pytest.raises(DBAPIError), scope.connection.begin_nested():
        scope.connection.execute(scope.delete(isrc_allocations))
    assert store.allocation("rec_a") is not None


def test_an_owner_may_get_a_further_prefix_and_go_back_to_an_earlier_one(store: DistributionStore) -> None:
    store.set_prefix("pty_label", "DEXX1", AT + timedelta(days=1))
    store.set_prefix("pty_label", "de-xx2", AT + timedelta(days=2))
    assert store.prefix_of("pty_label") == "DEXX2"
    assert allocate(store, "rec_a", "pty_label", AT).isrc == "DEXX22600000"
    store.set_prefix("pty_label", "DEXX1", AT + timedelta(days=3))
    assert store.prefix_of("pty_label") == "DEXX1"


def test_a_prefix_belongs_to_one_owner(store: DistributionStore) -> None:
    with pytest.raises(NumberError, match="the prefix DEXX1 is pty_label's"):
        store.set_prefix("pty_fan", "DEXX1", AT)
    with pytest.raises(IdentifierError):
        store.set_prefix("pty_fan", "nonsense", AT)
    assert store.prefix_of("pty_fan") is None


def test_a_package_is_written_once(store: DistributionStore, scope: Scope) -> None:
    assert store.add_package(PACKAGE)
    assert not store.add_package(replace(PACKAGE, destinations=("gamma",)))
    later = replace(PACKAGE, id="pkg_b", packed_at=AT + timedelta(days=1))
    assert store.add_package(later)
    assert store.packages_of("rec_a") == [PACKAGE, later]
    assert store.packages_of("rec_b") == []
    with pytest.raises(DBAPIError):
        scope.connection.execute(scope.update(release_packages).values(licence_id="lic_b"))


def test_another_organisation_sees_nothing(store: DistributionStore, scope: Scope) -> None:
    allocate(store, "rec_a", "pty_label", AT)
    store.add_package(PACKAGE)
    other = DistributionStore(Scope(scope.connection, "org_other"))
    assert other.prefix_of("pty_label") is None
    assert other.allocation("rec_a") is None
    assert set(other.issued("DEXX1", 2026)) == set()
    assert other.packages_of("rec_a") == []
