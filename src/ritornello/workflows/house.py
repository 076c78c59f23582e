"""The installation that the stories play in: its records, its blobs, its usage lake, its keys.

The doors (command line, API, pages) open a house from their settings and pass it to the workflows, which never read a
setting themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ritornello.proof.signing import KeyRing
from ritornello.store.blobs import Blobs
from ritornello.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from ritornello.identify.index import Density
    from ritornello.store.database import Engine
    from ritornello.studio.chat import ChatModel

Report = Callable[[float, str], None]
"""How a story tells its progress: a fraction from 0 to 1 and what it is doing."""


def silent(fraction: float, words: str) -> None:
    """The report of a caller who does not want to hear."""


@dataclass(frozen=True)
class House:
    """One installation.

    Attributes:
        home: the folder of files that people open (statements, packages).
        engine: the database, migrated.
        blobs: audio and documents by content.
        lake: where the usage lake rests: a folder, or an address in object storage.
        key_folder: where the signing keys and the certificate rest.
        schemas: the folder of DDEX's schemas, when one is configured.
        rules: a table of rights rules in place of the one that is shipped.
        weights: the folder of trained models' weights, where one is configured.
        chat: the model that may read sentences beside the grammar, where one is configured.
        destinations: a dated file of destinations of its own, where one is configured.
        density: what an index of sound is begun or made anew as, where one is configured.
    """

    home: Path
    engine: Engine
    blobs: Blobs
    lake: str | Path
    key_folder: Path
    schemas: Path | None = None
    rules: Path | None = None
    weights: Path | None = None
    chat: ChatModel | None = None
    density: Density | None = None
    destinations: Path | None = None

    def work(self, organisation: str, *, read_only: bool = False) -> UnitOfWork:
        """A new transaction as one organisation."""
        return UnitOfWork(self.engine, organisation, read_only=read_only)

    def keys(self, at: datetime) -> KeyRing:
        """The signing keys; the first call of a new house makes them, valid from `at`."""
        path = self.key_folder / "signing.json"
        if not path.exists():
            KeyRing.generate(at).save(path)
        return KeyRing.load(path)

    @cached_property
    def files(self) -> Path:
        """Where documents for people are laid out: one folder per story."""
        folder = self.home / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def open_house(
    *,
    home: Path,
    database_url: str,
    blob_url: str,
    lake: str | Path,
    key_folder: Path,
    schemas: Path | None = None,
    rules: Path | None = None,
    weights: Path | None = None,
    chat: ChatModel | None = None,
    density: Density | None = None,
    destinations: Path | None = None,
) -> House:
    """Open an installation, making its folders and bringing its database up to date. The lake's place is made when
    something is written there: it may be a bucket."""
    from ritornello.store import database, migrate

    for folder in (home, key_folder):
        folder.mkdir(parents=True, exist_ok=True)
    engine = database.open_engine(database_url)
    migrate.upgrade(engine)
    blobs = Blobs(blob_url, cache=home / "cache")
    return House(home, engine, blobs, lake, key_folder, schemas, rules, weights, chat, density, destinations)
