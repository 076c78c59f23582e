"""People of a house: who is a member, letting somebody in, a link to come in by, whom they are paid as, withdrawing and
erasing somebody, who did what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ritornello.people import service as people
from ritornello.people.model import Act, ApiKey, Identity, PartyDetails, PartyKind, Person
from ritornello.people.roles import Role
from ritornello.people.service import PeopleError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House
from ritornello.workflows.rights_sheets import party_of

ADMIT, WITHDRAW, LINK = "house.admit", "house.withdraw", "house.link"
PAY_AS, ERASE = "house.pay-as", "house.erase"
GIVE_KEY, END_KEY = "house.give-key", "house.end-key"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as a list shows them; name and e-mail are empty for one who was erased. `keys` that they gave work.

    `party` is the id of the party that they are paid as and make as ("" for none), `paid_as` its name, as far as known.
    """

    person_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    since: datetime
    keys: tuple[str, ...]
    party: str = ""
    paid_as: str = ""


def members(work: UnitOfWork, at: datetime) -> list[Member]:
    """Everybody who is a member, by name."""
    keys: dict[str, list[str]] = {}
    for key in work.people.api_keys():
        if key.open_at(at):
            keys.setdefault(key.created_by, []).append(key.name)
    names = dict(parties(work))
    found = [
        Member(
            one.person_id,
            person.email if person else "",
            person.name if person else "",
            tuple(role for role in Role if role in one.roles),
            one.since,
            tuple(sorted(keys.get(one.person_id, ()))),
            one.party_id or "",
            names.get(one.party_id or "", ""),
        )
        for person, one in work.people.members()
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.email, one.person_id))


def admit(
    house: House, organisation: str, email: str, name: str, roles: Iterable[Role], at: datetime, by: str
) -> Person:
    """Let somebody in with exactly these roles; the same e-mail again gives them other roles. Raises `PeopleError`.

    Whoever makes derivatives is licensed and paid as a party, so a fan who is none yet becomes one of their own.
    """
    given = sorted(set(roles))
    with house.work(organisation) as work:
        person = people.admit(work.people, organisation, email, name, given, at)
        member = work.people.membership(person.id)
        if Role.FAN in given and member is not None and member.party_id is None:
            own = people.party_id_for(organisation, "member", person.id)
            people.register_party(work.people, own, PartyKind.PERSON, at)
            people.record_details(work.people, PartyDetails(own, person.name, person.email), at)
            people.pay_as(work.people, organisation, person.id, own)
        work.people.add_act(Act(ADMIT, person.id, by, at, {"roles": ", ".join(given)}))
        work.commit()
    return person


def withdraw(house: House, organisation: str, person_id: str, at: datetime, by: str) -> None:
    """End somebody's membership: what they come in by stops working at once. Raises `PeopleError`."""
    with house.work(organisation) as work:
        was = people.withdraw(work.people, organisation, person_id, at)
        work.people.add_act(Act(WITHDRAW, person_id, by, at, {"roles": ", ".join(sorted(was.roles))}))
        work.commit()


def pay_as(
    house: House, organisation: str, person_id: str, party: str | None, at: datetime, by: str
) -> tuple[str, str] | None:
    """Say which party a member is paid as and makes as; its id and name. None, and "", say none.

    Args:
        house: the installation.
        organisation: whose member it is.
        person_id: the member.
        party: its id, the reference under which a sheet of payees brought it, or its name where one party alone has it.
        at: when.
        by: on whose word.

    Raises:
        PeopleError: they are no member, or no one party is meant.
    """
    with house.work(organisation) as work:
        meant = party_named(work, party) if party else None
        people.pay_as(work.people, organisation, person_id, meant)
        work.people.add_act(Act(PAY_AS, person_id, by, at, {"party": meant or "nobody"}))
        name = dict(parties(work)).get(meant or "", "")
        work.commit()
    return (meant, name) if meant else None


def parties(work: UnitOfWork) -> list[tuple[str, str]]:
    """Every party of the house by id and name ("" where its details were erased), by name."""
    names = {one.details.party_id: one.details.name for one in work.people.details_of_all()}
    found = [(one.id, names.get(one.id, "")) for one in work.people.parties()]
    return sorted(found, key=lambda pair: (pair[1].casefold(), pair[0]))


def party_named(work: UnitOfWork, words: str) -> str:
    """The id of the party that is meant by an id, a sheet's reference or a name. Raises `PeopleError`."""
    text = words.strip()
    for known in (text, party_of(work, text)):
        if work.people.party(known) is not None:
            return known
    named = [party for party, name in parties(work) if name.casefold() == text.casefold()]
    if len(named) > 1:
        raise PeopleError(f"{len(named)} parties are called {text}; give the id of one: {', '.join(named)}")
    if not named:
        raise PeopleError(f"{text} is no party of this house; bring the payee in with a sheet of payees first")
    return named[0]


def erase(house: House, organisation: str, person_id: str, at: datetime, by: str, *, party_too: bool) -> None:
    """Erase what is personal about a member: their way in, name and e-mail, and, if `party_too`, what is known of the
    party that they are paid as (name, address, bank). What was agreed and earned stays, under pseudonyms.

    Raises `PeopleError` for somebody who is no member, and for the only owner.
    """
    with house.work(organisation) as work:
        people.erase_person(work.people, organisation, person_id, at, by, party_too=party_too)
        work.people.add_act(Act(ERASE, person_id, by, at, {"payee": "erased" if party_too else "kept"}))
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
