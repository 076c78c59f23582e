"""A house with the demo's song and answers, a key for every role, and clients that call it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.workflows.demo import cast
from tests.api.conftest import ADDRESS, Installed, install
from tests.web import house


def furnished(folder: Path) -> Iterator[Installed]:
    """The installation of a test module; its clock stands at the day of delivery."""
    made = install(folder)
    house.fill(made.house)
    made.clock.at = cast.DELIVERED
    with made.house.work(cast.ORGANISATION) as work:
        for role in Role:
            person = work.people.person_by_email(house.MAKER if role is Role.FAN else f"{role}@example.org")
            assert person is not None
            made.people[cast.ORGANISATION, role] = person.id
            owner = Identity(cast.ORGANISATION, person.id, frozenset({Role.OWNER}), None, "")
            made.keys[cast.ORGANISATION, role], _ = service.give_key(
                work.people, owner, role.value, [role], datetime(2026, 1, 1, tzinfo=UTC)
            )
        work.commit()
    yield made
    made.house.engine.dispose()


def program(installed: Installed, role: Role = Role.RIGHTS_MANAGER) -> TestClient:
    """A program with a key of one role."""
    return installed.client(installed.keys[cast.ORGANISATION, role])


def browser(installed: Installed, email: str = "rights_manager@example.org") -> TestClient:
    """Somebody who has signed in."""
    client = TestClient(installed.app, ADDRESS, follow_redirects=False, raise_server_exceptions=False)
    client.post(house.link(installed.house, email, installed.clock()))
    client.headers["sec-fetch-site"] = "same-origin"
    return client
