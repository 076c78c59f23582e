"""People of a house: who is a member, letting somebody in, a link to come in by, withdrawing somebody, who did what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ritornello.people import service as people
from ritornello.people.model import Act, Person
from ritornello.people.roles import Role
from ritornello.people.service import PeopleError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House

ADMIT, WITHDRAW, LINK = "house.admit", "house.withdraw", "house.link"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as a list shows them; name and e-mail are empty for one who was erased. `keys` that they gave work."""

    person_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    since: datetime
    keys: tuple[str, ...]


def members(work: UnitOfWork, at: datetime) -> list[Member]:
    """Everybody who is a member, by name."""
    keys: dict[str, list[str]] = {}
    for key in work.people.api_keys():
        if key.open_at(at):
            keys.setdefault(key.created_by, []).append(key.name)
    found = [
        Member(
            one.person_id,
            person.email if person else "",
            person.name if person else "",
            tuple(role for role in Role if role in one.roles),
            one.since,
            tuple(sorted(keys.get(one.person_id, ()))),
        )
        for person, one in work.people.members()
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.email, one.person_id))


def admit(
    house: House, organisation: str, email: str, name: str, roles: Iterable[Role], at: datetime, by: str
) -> Person:
    """Let somebody in with exactly these roles; the same e-mail again gives them other roles. Raises `PeopleError`."""
    given = sorted(set(roles))
    with house.work(organisation) as work:
        person = people.admit(work.people, organisation, email, name, given, at)
        work.people.add_act(Act(ADMIT, person.id, by, at, {"roles": ", ".join(given)}))
        work.commit()
    return person


def withdraw(house: House, organisation: str, person_id: str, at: datetime, by: str) -> None:
    """End somebody's membership: what they come in by stops working at once. Raises `PeopleError`."""
    with house.work(organisation) as work:
        was = people.withdraw(work.people, organisation, person_id, at)
        work.people.add_act(Act(WITHDRAW, person_id, by, at, {"roles": ", ".join(sorted(was.roles))}))
        work.commit()


def sign_in_link(
    house: House, organisation: str, person_id: str, address: str, at: datetime, length: timedelta, by: str
) -> str:
    """A link by which a member comes in, once, within `length`; it is to be handed to them. Raises `PeopleError`."""
    with house.work(organisation) as work:
        token, _ = people.make_sign_in_link(work.people, organisation, person_id, at, length)
        work.people.add_act(Act(LINK, person_id, by, at))
        work.commit()
    return f"{address.rstrip('/')}/sign-in/{token}"


def person_of(work: UnitOfWork, email: str) -> str:
    """The id of the member with this e-mail. Raises `PeopleError`."""
    person = work.people.person_by_email(email.strip().casefold())
    if person is None or work.people.membership(person.id) is None:
        raise PeopleError(f"nobody with the e-mail {email} is a member")
    return person.id


ACT_COLUMNS = ("at", "who", "act", "subject", "details")
MOST_ACTS = 1000
"""How many acts a list shows at most; the newest."""


def record_act(
    work: UnitOfWork, act: str, subject: str, by: str, at: datetime, details: Mapping[str, str] | None = None
) -> None:
    """Keep who did something, within the same transaction; nothing where nobody is named (a program of our own)."""
    if by:
        work.people.add_act(Act(act, subject, by, at, dict(details or {})))


def act_row(act: Act) -> tuple[str, str, str, str, str]:
    """An act as one row of a table with `ACT_COLUMNS`; who and whom by their ids."""
    details = "; ".join(f"{key}: {value}" for key, value in sorted(act.details.items()))
    return (act.at.isoformat(), act.by, act.act, act.subject, details)
