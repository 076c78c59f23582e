"""What is written once is found out when it is changed behind the database's back: every column of every such table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Table, insert, select, update

from ritornello.proof.signing import KeyRing
from ritornello.store import triggers
from ritornello.store.database import load_tables
from ritornello.store.log_store import LogStore
from ritornello.store.scope import Scope
from ritornello.store.seal_store import SealStore
from tests.store.any_row import lift_rules, restore_rules, row_for, value_for

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
RING = KeyRing.generate(datetime(2026, 1, 1, tzinfo=UTC))
TABLES = [table for table in load_tables().sorted_tables if table.info["append_only"]]
LOGGED = ("log_leaves", "log_nodes", "log_heads", "seals", "sealed_rows")


def complaints(scope: Scope) -> tuple[str, ...]:
    return SealStore(scope).examine(LogStore(scope), RING.trusted()).complaints


def sealed_house(scope: Scope) -> None:
    """A row in every table that is written once, all of them sealed, and a signed head over the seal."""
    connection = scope.connection
    log = LogStore(scope)
    for number in range(3):
        log.append("statement", f"stt_{number}", f"{number}" * 64, AT)
    log.sign_head(RING, AT)
    for table in TABLES:
        if table.name not in LOGGED:
            lift_rules(connection, table)
            row = row_for(table, 1)
            if "organisation" in table.c:
                row["organisation"] = scope.organisation
            connection.execute(insert(table), [row])
    assert SealStore(scope).seal(log, AT) is not None
    log.sign_head(RING, AT)


def other(column: Column[object], value: object) -> object:
    """Another value that the column takes."""
    if isinstance(value, str) and column.name in ("content_hash", "leaf_hash", "root", "row_hash"):
        return ("0" if value[0] != "0" else "1") + value[1:]
    return next(one for one in (value_for(column, number) for number in (7, 8)) if one != value)


@pytest.fixture(autouse=True)
def rules(scope: Scope) -> Iterator[None]:
    yield
    restore_rules(scope.connection)


def test_every_column_of_every_table_is_watched(scope: Scope) -> None:
    """One column after the other, in every table at once: the complaint must name each table. What that does not show
    (the log's own tables, values that cannot be read any more) is changed alone."""
    for table in TABLES:
        lift_rules(scope.connection, table)
    sealed_house(scope)
    assert complaints(scope) == ()
    triggers.drop(scope.connection)
    missed, changed = [], 0
    for place in range(max(len(table.columns) for table in TABLES)):
        cells = [(table, list(table.columns)[place]) for table in TABLES if place < len(table.columns)]
        changed += len(cells)
        together = [cell for cell in cells if cell[0].name not in LOGGED]
        told = complaints_after(scope, together) or ()
        for table, column in cells:
            named = any(one.startswith(f"{table.name}: 1 rows are not as they were sealed") for one in told)
            if not named and complaints_after(scope, [(table, column)]) == ():
                missed.append(f"{table.name}.{column.name}")
    assert not missed, missed
    assert changed == sum(len(table.columns) for table in TABLES) > 300
    assert complaints(scope) == ()


def complaints_after(scope: Scope, cells: list[tuple[Table, Column[object]]]) -> tuple[str, ...] | None:
    """Change cells, look, and change them back. None: what stands there cannot even be read any more."""
    connection = scope.connection
    savepoint = connection.begin_nested()
    try:
        for table, column in cells:
            row = connection.execute(select(table).limit(1)).mappings().one()
            here = [table.c[key.name] == row[key.name] for key in table.primary_key]
            connection.execute(update(table).where(*here).values({column.name: other(column, row[column.name])}))
        return complaints(scope)
    except (ValueError, LookupError, TypeError):
        return None
    finally:
        savepoint.rollback()


def test_a_row_that_is_taken_away_is_missed_and_a_new_one_waits(scope: Scope) -> None:
    sealed_house(scope)
    table = next(one for one in TABLES if one.name == "ledger_closures")
    row = {**row_for(table, 2), "organisation": scope.organisation}
    triggers.drop(scope.connection)
    scope.connection.execute(insert(table), [row])
    examined = SealStore(scope).examine(LogStore(scope), RING.trusted())
    assert (examined.complaints, examined.unsealed) == ((), 2)  # the row, and the head that was signed last
    scope.connection.execute(table.delete())
    assert any("ledger_closures" in one for one in complaints(scope))


def test_nothing_new_is_nothing_to_seal(scope: Scope) -> None:
    sealed_house(scope)
    log, store = LogStore(scope), SealStore(scope)
    again = store.seal(log, AT)
    assert again is not None and again.rows == 1  # the head over the first seal
    assert store.seal(log, AT) is None
    assert [one.number for one in store.seals()] == [1, 2]
    assert complaints(scope) == ()


@pytest.mark.parametrize("key", ["own", "foreign"])
def test_a_head_that_another_key_signed_is_told(scope: Scope, key: str) -> None:
    sealed_house(scope)
    ring = RING if key == "own" else KeyRing.generate(AT)
    LogStore(scope).append("statement", "stt_9", "9" * 64, AT)
    LogStore(scope).sign_head(ring, AT)
    assert bool(complaints(scope)) == (key == "foreign")
