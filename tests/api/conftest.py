"""An installation of its own for each module: two organisations, and one person for every role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.settings import Settings
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.web.site import create_site
from ritornello.workflows.house import House

START = datetime(2026, 4, 14, 9, 30, tzinfo=UTC)
HERE, ELSEWHERE = "org_here", "org_elsewhere"
ADDRESS = "http://testserver"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **length: float) -> None:
        self.at += timedelta(**length)


@dataclass
class Installed:
    app: FastAPI
    house: House
    clock: Clock
    settings: Settings
    keys: dict[tuple[str, Role], str] = field(default_factory=dict)
    people: dict[tuple[str, Role], str] = field(default_factory=dict)

    def client(self, token: str = "") -> TestClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return TestClient(self.app, ADDRESS, headers=headers, raise_server_exceptions=False, follow_redirects=False)

    def link(self, role: Role = Role.OWNER, organisation: str = HERE) -> str:
        with self.house.work(organisation) as work:
            person = self.people[organisation, role]
            token, _ = service.make_sign_in_link(
                work.people, organisation, person, self.clock(), self.settings.sign_in_link_length
            )
            work.commit()
        return f"/sign-in/{token}"


def install(folder: Path) -> Installed:
    settings = Settings(home=folder, base_url=ADDRESS, _env_file=None)  # type: ignore[call-arg]
    engine = database.open_engine(f"sqlite:///{folder / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    house = House(folder, engine, Blobs(str(folder / "blobs")), folder / "lake", folder / "keys")
    house.key_folder.mkdir()
    clock = Clock()
    made = Installed(create_site(settings, house=house, now=clock), house, clock, settings)
    for organisation in (HERE, ELSEWHERE):
        with house.work(organisation) as work:
            service.found_organisation(work.people, organisation, organisation.removeprefix("org_"), START)
            for role in Role:
                person = service.admit(work.people, organisation, f"{role}@{organisation}", role.value, [role], START)
                owner = Identity(organisation, person.id, frozenset({Role.OWNER}), None, "")
                made.people[organisation, role] = person.id
                made.keys[organisation, role], _ = service.give_key(work.people, owner, role.value, [role], START)
            work.commit()
    return made


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    made = install(tmp_path)
    yield made
    made.house.engine.dispose()
