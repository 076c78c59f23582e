"""The door to the database: one engine for SQLite or PostgreSQL, with the same promises on both.

SQLite: write-ahead log, foreign keys kept, and every writing transaction opened with BEGIN IMMEDIATE, so that two
writers wait for each other at the start instead of failing in the middle. PostgreSQL: psycopg 3, READ COMMITTED for
writers and one REPEATABLE READ snapshot for readers.
"""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, create_engine, event, make_url
from sqlalchemy import Engine as Engine
from sqlalchemy.engine import URL

from ritornello.store import triggers
from ritornello.store.tables import metadata

BUSY_SECONDS = 30
"""How long a SQLite writer waits for the one before it."""

READING = "ritornello_reading"
"""Execution option of a connection whose transaction only reads."""


class DatabaseError(Exception):
    """The database cannot be used as it is named; the message says how to mend it."""


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """An engine for `sqlite:///path`, `sqlite://` (memory) or `postgresql://…`; a missing folder is made.

    Args:
        url: the address as SQLAlchemy writes it; `postgres://` and `postgresql://` mean psycopg 3.
        durable: wait for the disk at each commit. Turn it off only for data that can be made again.

    Raises:
        DatabaseError: the address names another database.
    """
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        engine = create_engine(address, pool_pre_ping=True)
        if not durable:
            event.listen(engine, "connect", _postgresql_hurries)
        return engine
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _sqlite_connects if durable else _sqlite_hurries)
    event.listen(engine, "begin", _sqlite_begins)
    event.listen(engine, "checkin", _sqlite_comes_back)
    return engine


def _address(url: str) -> URL:
    address = make_url(url)
    backend = address.drivername.split("+", maxsplit=1)[0]
    if backend in {"postgres", "postgresql"}:
        return address.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return address
    raise DatabaseError(
        f"database_url names {address.drivername!r}; use sqlite:///path/to/file or postgresql://user@host/name"
    )


def _sqlite_connects(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver would open transactions by itself, deferred and late; with None it leaves BEGIN to us.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        # Without it INSERT OR REPLACE deletes the old row unseen by the append-only triggers.
        "recursive_triggers=ON",
        # What is erased is overwritten with zeros, not left readable in a free page.
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_comes_back(connection: sqlite3.Connection | None, _record: Any) -> None:
    # A COMMIT that fails (a deferred foreign key) leaves SQLite's transaction open; the next user must not find it.
    if connection is not None and connection.in_transaction:
        connection.rollback()


def _sqlite_hurries(connection: sqlite3.Connection, record: Any) -> None:
    _sqlite_connects(connection, record)
    connection.execute("PRAGMA synchronous=OFF")


def _postgresql_hurries(connection: Any, _record: Any) -> None:
    connection.execute("SET synchronous_commit TO off")
    connection.commit()


def _sqlite_begins(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def reading(connection: Connection) -> Connection:
    """Mark a connection, before its transaction begins, as one that only reads: it waits for no writer."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return connection.execution_options(**{READING: True})


def load_tables() -> MetaData:
    """Import every `*_tables` module of the store, so that the metadata knows every table."""
    rooms_of_tables()
    return metadata


def rooms_of_tables() -> dict[str, str]:
    """Every table with the room that declares it: {"ledger_postings": "ledger", …}."""
    package = importlib.import_module("ritornello.store")
    rooms: dict[str, str] = {}
    for found in pkgutil.iter_modules(package.__path__):
        if found.name.endswith("_tables"):
            module = importlib.import_module(f"ritornello.store.{found.name}")
            # A module may import a table of another to refer to it; the one named after its own room declares it.
            own = [t for t in vars(module).values() if isinstance(t, Table)]
            for table in own:
                rooms.setdefault(table.name, found.name.removesuffix("_tables"))
    return rooms


def create_all(engine: Engine) -> None:
    """Make every table and trigger as the code declares them (tests and throw-away databases; others migrate)."""
    load_tables()
    with engine.begin() as connection:
        metadata.create_all(connection)
        triggers.install(connection, metadata)
