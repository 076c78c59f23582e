"""The catalogue at rest, on both databases: what is saved comes back, and shares and lineage are written once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy.exc import DatabaseError

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.model import (
    Credit,
    EdgeForm,
    LineageEdge,
    Policy,
    Recording,
    Release,
    RightType,
    ShareStatus,
    Stem,
    Work,
)
from ritornello.catalogue.ports import CatalogueRecords
from ritornello.catalogue.service import LineageError, link, record_sheet
from ritornello.catalogue.shares import ShareRow, holders_on, sheet
from ritornello.identifiers.territories import TerritorySet
from ritornello.store.catalogue_store import CatalogueStore
from ritornello.store.catalogue_tables import lineage_edges, ownership_shares
from ritornello.store.scope import Scope
from ritornello.store.unit_of_work import UnitOfWork

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
MASTER = RightType.MASTER
WORK = Work("wrk_a", "Öl und Wasser", "T0345246801", "de", (Credit("pty_w", "Composer", "W. Writer"),))
SONG = Recording(
    "rec_a",
    "Öl und Wasser",
    "Radio Edit",
    ("wrk_a",),
    "QZABC2600001",
    "The Band",
    "Label",
    (Credit("pty_s", "MainArtist"), Credit("pty_d", "Drummer")),
    184_000,
    "0" * 64,
    "audio/a",
    2026,
    "℗ 2026 Label",
    "© 2026 Publisher",
    "Pop",
    True,
)


def recording(letter: str, **more: object) -> Recording:
    return replace(Recording(f"rec_{letter}", letter.upper()), **more)  # type: ignore[arg-type]


def edge(child: str, parent: str, share: Fraction = Fraction(1, 10), **more: object) -> LineageEdge:
    made = LineageEdge(f"rec_{child}", f"rec_{parent}", "lic_a", MASTER, share, Policy.ABSOLUTE)
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def store(scope: Scope) -> CatalogueStore:
    return CatalogueStore(scope)


def test_what_is_saved_comes_back(store: CatalogueStore) -> None:
    store.save_work(WORK)
    store.save_recording(SONG)
    assert store.work("wrk_a") == WORK and store.work_by_iswc("T0345246801") == WORK and store.works() == (WORK,)
    assert store.recording("rec_a") == SONG and store.recording_by_isrc("QZABC2600001") == SONG
    assert store.recordings() == (SONG,) == store.recordings_of_work("wrk_a") == store.recordings(["rec_a", "rec_z"])
    assert store.recording("rec_z") is None and store.work("wrk_z") is None and store.recordings([]) == ()
    assert store.issued_isrcs("QZABC") == ("QZABC2600001",) and store.issued_isrcs("QZXYZ") == ()


def test_saving_again_changes_nothing_and_a_mended_record_replaces_its_lists(store: CatalogueStore) -> None:
    store.save_work(WORK)
    store.save_work(WORK)
    store.save_recording(SONG)
    mended = replace(SONG, title="Oil and Water", performers=(Credit("pty_d", "Drummer", "D."),), work_ids=())
    store.save_recording(mended)
    store.save_recording(mended)
    assert store.recording("rec_a") == mended
    store.save_recording(replace(mended, performers=()))
    assert store.recording("rec_a") == replace(mended, performers=())


def test_stems_and_releases(store: CatalogueStore) -> None:
    store.save_recording(recording("a"))
    store.save_recording(recording("b"))
    drums = Stem("stm_d", "rec_a", "drums", "audio/d", "1" * 64)
    store.save_stem(drums)
    store.save_stem(drums)
    assert store.stems_of("rec_a") == (drums,) and store.stems_of("rec_b") == ()
    release = Release("rls_a", "Both", ("rec_b", "rec_a"), "036000291452", release_date=date(2026, 5, 1))
    store.save_release(release)
    store.save_release(release)
    assert store.release("rls_a") == release == store.release_by_upc("036000291452")
    assert store.releases_of("rec_a") == (release,) and store.releases_of("rec_z") == ()


def test_an_isrc_names_one_recording(store: CatalogueStore) -> None:
    store.save_recording(recording("a", isrc="QZABC2600001"))
    with pytest.raises(DatabaseError):
        store.save_recording(recording("b", isrc="QZABC2600001"))


def shares(*parts: tuple[str, Fraction], at: datetime = NOW, where: str = "WW ex JP", **more: object) -> tuple:  # type: ignore[type-arg]
    rows = [ShareRow(party, share, TerritorySet.parse(where), date(2026, 1, 1)) for party, share in parts]
    return sheet("rec_a", MASTER, rows, recorded_at=at, **more)  # type: ignore[arg-type]


def test_shares_come_back_exactly_with_both_times(store: CatalogueStore) -> None:
    thirds = shares(("pty_a", Fraction(1, 3)), ("pty_b", Fraction(2, 3)), status=ShareStatus.AGREED, source="label")
    store.add_shares(thirds)
    store.add_shares(thirds)
    assert set(store.shares_of("rec_a")) == set(thirds) == set(store.all_shares()) == set(store.all_shares(NOW))
    assert store.shares_of("rec_a", MASTER) and not store.shares_of("rec_a", RightType.COMPOSITION)
    assert not store.all_shares(NOW - timedelta(seconds=1)) and len(store.shares_of_party("pty_a")) == 1
    held = holders_on(store.shares_of("rec_a"), "rec_a", MASTER, "DE", date(2026, 3, 1), NOW)
    assert held.holders == (("pty_a", Fraction(1, 3)), ("pty_b", Fraction(2, 3)))


def test_the_same_sheet_again_is_no_change_and_an_older_statement_comes_back_as_a_new_version(
    store: CatalogueStore,
) -> None:
    records: CatalogueRecords = store
    first = record_sheet(records, shares(("pty_a", Fraction(1))))
    assert set(record_sheet(records, shares(("pty_a", Fraction(1)), at=LATER))) == set(first)
    assert len(store.shares_of("rec_a")) == 1
    record_sheet(records, shares(("pty_b", Fraction(1)), at=LATER))
    back = record_sheet(records, shares(("pty_a", Fraction(1)), at=LATER + timedelta(days=1)))
    assert len(store.shares_of("rec_a")) == 3 and back[0].sheet_id != first[0].sheet_id
    with pytest.raises(CatalogueError, match="record each apart"):
        record_sheet(records, [*first, *shares(("pty_b", Fraction(1)), at=LATER)])


@pytest.mark.parametrize("table", [ownership_shares, lineage_edges])
@pytest.mark.parametrize("act", ["update", "delete"])
def test_shares_and_edges_take_no_change(store: CatalogueStore, scope: Scope, table: object, act: str) -> None:
    store.add_shares(shares(("pty_a", Fraction(1))))
    link(store, "rec_b", [edge("b", "a")], NOW)
    statement = scope.update(table).values(share=Fraction(1, 2)) if act == "update" else scope.delete(table)  # type: ignore[arg-type]
    with pytest.raises(DatabaseError, match="append_only"):
        scope.connection.execute(statement)


def test_lineage_is_linked_once(store: CatalogueStore) -> None:
    edges = [edge("c", "a"), edge("c", "b", Fraction(1, 7), flow="sync")]
    link(store, "rec_c", edges, NOW)
    link(store, "rec_c", edges, LATER)
    assert set(store.edges_of("rec_c")) == set(edges)
    with pytest.raises(LineageError, match="written once") as caught:
        link(store, "rec_c", [edge("c", "a", Fraction(1, 2))], LATER)
    assert [refusal.code for refusal in caught.value.refusals] == ["written_once"]
    with pytest.raises(LineageError, match="already has derivatives"):
        link(store, "rec_a", [edge("a", "z")], LATER)
    link(store, "rec_e", [edge("e", "d", Fraction(85, 100))], NOW)
    with pytest.raises(LineageError, match="15 %"):
        link(store, "rec_f", [edge("f", "e", Fraction(20, 100))], NOW)


def test_the_database_itself_refuses_a_circle(store: CatalogueStore) -> None:
    store.add_edges([edge("b", "a")], NOW)
    with pytest.raises(DatabaseError, match="has derivatives"):
        store.add_edges([edge("a", "b")], NOW)


def test_the_database_itself_refuses_a_second_link(store: CatalogueStore) -> None:
    store.add_edges([edge("c", "a")], NOW)
    with pytest.raises(DatabaseError, match="written once"):
        store.add_edges([edge("c", "b")], LATER)


def test_the_database_itself_refuses_a_seventeenth_parent(store: CatalogueStore) -> None:
    with pytest.raises(DatabaseError):
        store.add_edges([edge("c", f"p{number:02d}", Fraction(0)) for number in range(17)], NOW)


def test_two_writers_cannot_close_a_circle_between_them(open_work: Callable[..., UnitOfWork]) -> None:
    def second_half() -> str:
        with open_work("org_test") as other:
            try:
                other.catalogue.add_edges([edge("a", "b")], LATER)
            except DatabaseError as error:
                return str(error)
            other.commit()
            return "written"

    with open_work("org_test") as one, ThreadPoolExecutor(1) as beside:
        one.catalogue.add_edges([edge("b", "a")], NOW)
        waiting = beside.submit(second_half)
        time.sleep(0.3)
        assert not waiting.done(), "the second writer waits for the first"
        one.commit()
        assert "has derivatives" in waiting.result(timeout=20)


def test_a_family_tree_has_all_ancestors_and_descendants(store: CatalogueStore) -> None:
    for letter in "abcdexy":
        derived = letter in "bcde"
        store.save_recording(
            recording(
                letter, kind="derivative" if derived else "original", derivative_type="REMIX" if derived else None
            )
        )
    made = [edge("b", "a"), edge("c", "b"), edge("d", "c"), edge("d", "x", Fraction(1, 5)), edge("e", "y")]
    for child in "bcde":
        link(store, f"rec_{child}", [one for one in made if one.child == f"rec_{child}"], NOW)
    family = store.family("rec_b")
    assert set(family.edges) == set(made[:4])
    assert [member.id for member in family.recordings] == ["rec_a", "rec_b", "rec_c", "rec_d", "rec_x"]
    assert family.graph.path_shares("rec_d") == store_shares()
    assert {one.child for one in store.ancestry(["rec_c"])} == {"rec_b", "rec_c"}
    assert {one.child for one in store.descent(["rec_b"])} == {"rec_c", "rec_d"}
    assert [one.id for one in store.parents("rec_d")] == ["rec_c", "rec_x"]
    assert [one.id for one in store.children("rec_b")] == ["rec_c"]
    assert len(store.all_edges()) == 5 and store.all_edges(NOW - timedelta(seconds=1)) == ()
    alone = store.family("rec_z")
    assert alone.recordings == () and alone.edges == ()


def store_shares() -> dict[str, Fraction]:
    tenth = Fraction(1, 10)
    return {"rec_a": tenth, "rec_b": tenth, "rec_c": tenth, "rec_x": Fraction(1, 5)}


def test_a_fan_share_comes_back_with_its_form_and_weight(store: CatalogueStore) -> None:
    fan = edge("b", "a", Fraction(9, 10), form=EdgeForm.TO_ORIGINAL, weight=Fraction(1, 3))
    link(store, "rec_b", [fan], NOW)
    assert store.edges_of("rec_b") == (fan,)


def test_another_organisation_sees_nothing(store: CatalogueStore, scope: Scope) -> None:
    store.save_work(WORK)
    store.save_recording(SONG)
    store.add_shares(shares(("pty_a", Fraction(1))))
    link(store, "rec_b", [edge("b", "a")], NOW)
    other = CatalogueStore(Scope(scope.connection, "org_other"))
    assert other.recordings() == () and other.works() == () and other.all_shares() == () and other.all_edges() == ()
    assert other.recording_by_isrc("QZABC2600001") is None and other.ancestry(["rec_b"]) == ()
    link(other, "rec_a", [edge("a", "b")], NOW)
    assert store.edges_of("rec_a") == (), "each organisation has its own lineage"


def test_long_lists_are_asked_for_in_parts(store: CatalogueStore) -> None:
    for number in range(3):
        store.save_recording(Recording(f"rec_{number}", f"No. {number}"))
    many = [f"rec_{number}" for number in range(1200)]
    assert [one.id for one in store.recordings(many)] == ["rec_0", "rec_1", "rec_2"]
