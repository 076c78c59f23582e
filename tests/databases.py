"""Both databases for the tests: SQLite in a file of its own, and PostgreSQL on a server that is really there.

PostgreSQL is the server that `RITORNELLO_TEST_POSTGRES` names, if it answers; otherwise a private cluster is started,
one for the whole run however many workers it has. Each worker has a schema of its own. Import the fixtures into a
conftest: `from tests.databases import databases, engine, open_work, scope, uow`.

- `scope`: a `Scope` of "org_test" inside a transaction that is rolled back; the fastest, for anything that need not
  commit.
- `engine`: an empty database with all tables and triggers, for tests that commit or need two connections.
- `open_work`: `open_work("org_test")` makes a `UnitOfWork` on that `engine`.
- `uow`: one open `UnitOfWork` of "org_test" that is rolled back unless the test commits.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from tools.postgres import private_cluster

from ritornello.store.database import create_all, load_tables, open_engine
from ritornello.store.scope import Scope
from ritornello.store.tables import metadata
from ritornello.store.unit_of_work import UnitOfWork

KINDS = ("sqlite", "postgresql")
ORGANISATION = "org_test"


def postgres_address() -> str:
    """The server that the environment names if it answers, else the private one of this run."""
    named = os.environ.get("RITORNELLO_TEST_POSTGRES")
    if named:
        engine = open_engine(named)
        try:
            with engine.connect():
                return named
        except OperationalError:
            pass  # the private cluster serves just as well
        finally:
            engine.dispose()
    # Under pytest-xdist the cluster belongs to the process that started the workers.
    return private_cluster(os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid())


class Databases:
    """The two databases of one test process, made when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template: Path | None = None
        self._shared: dict[str, Engine] = {}
        self._cleanups: list[Callable[[], None]] = []

    def shared(self, kind: str) -> Engine:
        """The database that all rolled-back tests share; it stays empty."""
        if kind not in self._shared:
            engine = self.sqlite() if kind == "sqlite" else self.empty_postgresql()
            if kind == "postgresql":
                create_all(engine)
            self._shared[kind] = engine
        return self._shared[kind]

    def sqlite(self) -> Engine:
        """A SQLite file with all tables and triggers: a copy of a template that is made once."""
        if self._template is None:
            self._template = self._folder / "template.sqlite"
            engine = open_engine(f"sqlite:///{self._template}", durable=False)
            create_all(engine)
            engine.dispose()
        path = self._folder / f"{uuid4().hex}.sqlite"
        shutil.copyfile(self._template, path)
        return self._disposed(open_engine(f"sqlite:///{path}", durable=False))

    def empty_sqlite(self) -> Engine:
        """A SQLite file with nothing in it (for migrations)."""
        return self._disposed(open_engine(f"sqlite:///{self._folder / uuid4().hex}.sqlite", durable=False))

    def empty_postgresql(self) -> Engine:
        """A PostgreSQL schema of its own with nothing in it; every connection of the engine lands there."""
        address, schema = postgres_address(), f"t_{uuid4().hex}"
        server = create_engine(address)
        with server.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        engine = open_engine(address, durable=False)

        @event.listens_for(engine, "connect")
        def _enter(connection: object, _record: object) -> None:
            connection.execute(f"SET search_path TO {schema}")  # type: ignore[attr-defined]
            connection.commit()  # type: ignore[attr-defined]

        def leave() -> None:
            engine.dispose()
            with server.begin() as connection:
                connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
            server.dispose()

        self._cleanups.append(leave)
        return engine

    def _disposed(self, engine: Engine) -> Engine:
        self._cleanups.append(engine.dispose)
        return engine

    def close(self) -> None:
        for cleanup in reversed(self._cleanups):
            cleanup()


def emptied(engine: Engine) -> None:
    """Take every row out of a PostgreSQL schema, past the append-only triggers (the owner of a table may do that)."""
    tables = metadata.sorted_tables
    with engine.begin() as connection:
        filled = [t for t in tables if connection.execute(text(f"SELECT 1 FROM {t.name} LIMIT 1")).first()]
        for table in filled:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        for table in reversed(filled):
            connection.exec_driver_sql(f"DELETE FROM {table.name}")
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        for table in filled:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    load_tables()
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(databases: Databases, database_kind: str) -> Iterator[Engine]:
    if database_kind == "sqlite":
        made = databases.sqlite()
        yield made
        made.dispose()
    else:
        shared = databases.shared("postgresql")
        yield shared
        emptied(shared)


@pytest.fixture
def scope(databases: Databases, database_kind: str) -> Iterator[Scope]:
    with databases.shared(database_kind).connect() as connection:
        transaction = connection.begin()
        yield Scope(connection, ORGANISATION)
        if transaction.is_active:
            transaction.rollback()


@pytest.fixture
def open_work(engine: Engine) -> Callable[..., UnitOfWork]:
    return partial(UnitOfWork, engine)


@pytest.fixture
def uow(engine: Engine) -> Iterator[UnitOfWork]:
    with UnitOfWork(engine, ORGANISATION) as work:
        yield work
