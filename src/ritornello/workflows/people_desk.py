"""People of a house: who is a member, letting somebody in, a link to come in by, withdrawing somebody, who did what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ritornello.people import service as people
from ritornello.people.model import Act, ApiKey, Identity, PartyDetails, PartyKind, Person
from ritornello.people.roles import Role
from ritornello.people.service import PeopleError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House

ADMIT, WITHDRAW, LINK = "house.admit", "house.withdraw", "house.link"
GIVE_KEY, END_KEY = "house.give-key", "house.end-key"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as a list shows them; name and e-mail are empty for one who was erased. `keys` that they gave work."""

    person_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    since: datetime
    keys: tuple[str, ...]
    party_id: str | None = None
    """As whom they make derivatives and are paid; None where they do neither."""


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
            one.party_id,
        )
        for person, one in work.people.members()
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.email, one.person_id))


def admit(
    house: House,
    organisation: str,
    email: str,
    name: str,
    roles: Iterable[Role],
    at: datetime,
    by: str,
    *,
    party_id: str = "",
) -> Person:
    """Let somebody in with exactly these roles; the same e-mail again gives them other roles. Raises `PeopleError`.

    `party_id`: the party of this house as whom they make derivatives, own rights and are paid. A fan of whom none is
    named is given one of their own, since a licence needs somebody whom it is granted to.
    """
    given = sorted(set(roles))
    with house.work(organisation) as work:
        if party_id and work.people.party(party_id) is None:
            raise PeopleError(f"there is no party {party_id} here; register it first, or leave it out")
        person = people.admit(work.people, organisation, email, name, given, at, party_id or None)
        member = work.people.membership(person.id)
        if Role.FAN in given and member is not None and member.party_id is None:
            own = people.party_id_for(organisation, "member", person.id)
            people.register_party(work.people, own, PartyKind.PERSON, at)
            people.record_details(work.people, PartyDetails(own, person.name), at)
            work.people.save_membership(replace(member, party_id=own))
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


def give_key(
    house: House,
    organisation: str,
    person_id: str,
    name: str,
    at: datetime,
    *,
    roles: Iterable[Role] = (),
    length: timedelta | None = None,
) -> tuple[str, ApiKey]:
    """A key by which a member's program acts as that member: its secret, told this once, and its record.

    `roles`: some of the member's own, all of them by default; `length`: how long it works, until it is ended by
    default. A second person is a second member, whoever's program acts. Raises `PeopleError`.
    """
    with house.work(organisation) as work:
        member = work.people.membership(person_id)
        if member is None:
            raise PeopleError(f"{person_id} is no member")
        asked = frozenset(roles) or member.roles
        if not asked <= member.roles:
            beyond = ", ".join(sorted(asked - member.roles))
            raise PeopleError(f"a program cannot do more than the member it acts for: {beyond} is not theirs")
        giver = Identity(organisation, person_id, member.roles, member.party_id, "")
        secret, key = people.give_key(work.people, giver, name, asked, at, length)
        details = {"key": key.name, "roles": ", ".join(sorted(asked))}
        work.people.add_act(Act(GIVE_KEY, person_id, person_id, at, details))
        work.commit()
    return secret, key


def keys_of(work: UnitOfWork, person_id: str, at: datetime) -> list[ApiKey]:
    """The keys of a member's programs that work, the oldest first; those of services are told with their services."""
    return [
        one for one in work.people.api_keys() if one.created_by == person_id and not one.service and one.open_at(at)
    ]


def end_key(house: House, organisation: str, person_id: str, key_id: str, at: datetime) -> None:
    """Let a key of a member's program work no longer. Raises `PeopleError` where it is none of theirs that works."""
    with house.work(organisation) as work:
        key = next((one for one in keys_of(work, person_id, at) if key_id in (one.id, one.name)), None)
        if key is None:
            raise PeopleError(f"there is no key {key_id} of theirs that works")
        work.people.revoke_key(key.id, at)
        work.people.add_act(Act(END_KEY, person_id, person_id, at, {"key": key.name}))
        work.commit()


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
