"""One unit of work is one transaction: all of it is written, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from ritornello.store.database import DatabaseError, open_engine
from ritornello.store.scope import Scope
from ritornello.store.unit_of_work import UnitOfWork, UnitOfWorkError

Open = Callable[..., UnitOfWork]


@pytest.fixture
def notes(engine: Engine) -> Engine:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notes (note VARCHAR(20) PRIMARY KEY)"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE notes"))


def write(work: UnitOfWork, note: str) -> None:
    work.scope.connection.execute(text("INSERT INTO notes VALUES (:note)"), {"note": note})


def written(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [row[0] for row in connection.execute(text("SELECT note FROM notes ORDER BY note"))]


def test_what_is_committed_stays(notes: Engine, open_work: Open) -> None:
    with open_work("org_test") as work:
        write(work, "kept")
        work.commit()
    assert written(notes) == ["kept"]


def test_leaving_without_commit_writes_nothing(notes: Engine, open_work: Open) -> None:
    with open_work("org_test") as work:
        write(work, "forgotten")
    assert written(notes) == []


def test_an_exception_writes_nothing(notes: Engine, open_work: Open) -> None:
    with pytest.raises(DBAPIError), open_work("org_test") as work:  # noqa: PT012 - the second line breaks the first
        write(work, "twice")
        write(work, "twice")
    assert written(notes) == []


def test_there_is_exactly_one_commit(notes: Engine, open_work: Open) -> None:
    with open_work("org_test") as work:
        write(work, "first")
        work.commit()
        with pytest.raises(UnitOfWorkError):
            work.commit()


def test_outside_with_there_is_no_scope(engine: Engine) -> None:
    with pytest.raises(UnitOfWorkError):
        _ = UnitOfWork(engine, "org_test").scope


def test_a_reader_does_not_wait_for_a_writer_and_cannot_write(notes: Engine, open_work: Open) -> None:
    with open_work("org_test") as writer:
        write(writer, "coming")
        with open_work("org_test", read_only=True) as reader:
            rows = reader.scope.connection.execute(text("SELECT note FROM notes")).all()
            assert rows == []
            with pytest.raises(UnitOfWorkError):
                reader.commit()
        writer.commit()
    assert written(notes) == ["coming"]


def test_a_reader_that_writes_is_refused_by_the_database(notes: Engine, open_work: Open) -> None:
    with open_work("org_test", read_only=True) as reader, pytest.raises(DBAPIError):
        write(reader, "sly")
    with open_work("org_test") as work:  # the connection goes back to the pool able to write
        write(work, "honest")
        work.commit()
    assert written(notes) == ["honest"]


def test_foreign_keys_are_kept(scope: Scope) -> None:
    run = scope.connection.exec_driver_sql
    run("CREATE TABLE parents_ (id INTEGER PRIMARY KEY)")
    run("CREATE TABLE children_ (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents_ (id))")
    with pytest.raises(DBAPIError):
        run("INSERT INTO children_ VALUES (1, 7)")


def test_sqlite_stands_ready_for_two_writers(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'records.sqlite'}")
    with engine.connect() as connection:
        ask = {
            p: connection.exec_driver_sql(f"PRAGMA {p}").scalar()
            for p in ("journal_mode", "foreign_keys", "synchronous")
        }
    assert ask == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}
    engine.dispose()


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(DatabaseError, match="mysql"):
        open_engine("mysql://root@localhost/x")


def test_the_tables_of_every_room_can_be_created_and_have_their_triggers(engine: Engine) -> None:
    from ritornello.store import triggers
    from ritornello.store.tables import metadata

    with engine.connect() as connection:
        assert set(triggers.present(connection)) == {t.name for t in triggers.wanted(metadata, engine.dialect.name)}
