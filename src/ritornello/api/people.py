"""The people of a house, for programs: members and their roles, letting somebody in, whom they are paid as, withdrawing
and erasing them, who did what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.people.model import Identity
from ritornello.people.roles import CAPABILITIES, Capability, Role
from ritornello.people.service import PeopleError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import people_desk

router = APIRouter(prefix="/api/v1", tags=["people"])

Manages = Annotated[Identity, Depends(allowed(Capability.MANAGE_PEOPLE))]
Erases = Annotated[Identity, Depends(allowed(Capability.ERASE_PERSON))]
Asks = Annotated[Identity, Depends(allowed(Capability.MANAGE_PEOPLE, Capability.SEE_MONEY))]


@router.get("/roles")
def roles(member: Manages) -> dict[str, list[str]]:
    """What each role may do."""
    return {role.value: sorted(one.value for one in CAPABILITIES[role]) for role in Role}


@router.get("/members")
def members(member: Manages, work: Reading, here: Here) -> list[dict[str, Any]]:
    """Everybody who is a member, with roles and the names of the keys that they gave and that work."""
    return [member_document(one) for one in people_desk.members(work, here.now())]


@router.post("/members")
def admit(
    member: Manages,
    here: Here,
    email: Annotated[str, Body(max_length=320)],
    roles: Annotated[list[Role], Body(min_length=1)],
    name: Annotated[str, Body(max_length=200)] = "",
) -> dict[str, Any]:
    """Let somebody in with exactly these roles; the same e-mail again gives them other roles, and keys that they gave
    and that may do more than those stop working. A fan who is no party yet becomes one of their own."""
    with refusals():
        person = people_desk.admit(here.house, member.organisation, email, name, roles, here.now(), member.person_id)
    return _as_it_is_now(here, member, person.id)


@router.get("/parties")
def parties(member: Manages, work: Reading) -> list[dict[str, str]]:
    """Every party of the house by id and name: whom a member can be paid as."""
    return [{"id": party, "name": name} for party, name in people_desk.parties(work)]


@router.put("/members/{person_id}/party")
def pay_as(
    person_id: str,
    member: Manages,
    work: Reading,
    here: Here,
    party: Annotated[
        str | None,
        Body(
            embed=True,
            max_length=200,
            description="its id, a sheet's reference, or its name; null: none",
        ),
    ],
) -> dict[str, Any]:
    """Say which party a member is paid as and makes as: its statements, licences and derivatives are theirs to see."""
    there(person_id, work)
    with refusals():
        people_desk.pay_as(here.house, member.organisation, person_id, party, here.now(), member.person_id)
    return _as_it_is_now(here, member, person_id)


@router.post("/members/{person_id}/erasure")
def erase(
    person_id: str,
    member: Erases,
    work: Reading,
    here: Here,
    payee_too: Annotated[
        bool, Body(embed=True, description="whether name, address and bank of the party they are paid as go as well")
    ],
) -> dict[str, Any]:
    """Erase what is personal about a member, for good; what was agreed and earned stays under pseudonyms."""
    there(person_id, work)
    with refusals():
        people_desk.erase(here.house, member.organisation, person_id, here.now(), member.person_id, party_too=payee_too)
    return {"erased": person_id, "payee": "erased" if payee_too else "kept"}


@router.post("/members/{person_id}/link")
def link(person_id: str, member: Manages, work: Reading, here: Here) -> dict[str, str]:
    """A link by which a member comes in, once and for a short time. It is shown this once; hand it to them alone."""
    there(person_id, work)
    with refusals():
        made = people_desk.sign_in_link(
            here.house,
            member.organisation,
            person_id,
            here.settings.address,
            here.now(),
            here.settings.sign_in_link_length,
            member.person_id,
        )
    until = (here.now() + here.settings.sign_in_link_length).astimezone(UTC)
    return {"link": made, "until": until.isoformat()}


@router.delete("/members/{person_id}")
def withdraw(person_id: str, member: Manages, work: Reading, here: Here) -> dict[str, Any]:
    """End a membership: sessions, links and keys of that person stop working at once. The last owner stays (409)."""
    there(person_id, work)
    with refusals():
        people_desk.withdraw(here.house, member.organisation, person_id, here.now(), member.person_id)
    return {"withdrawn": person_id}


@router.get("/acts")
def acts(
    member: Asks, work: Reading, newest: Annotated[int, Query(ge=1, le=people_desk.MOST_ACTS)] = 100
) -> list[dict[str, Any]]:
    """Who did what, the newest first; people and what they acted on by id."""
    return [
        {"at": one.at.isoformat(), "by": one.by, "act": one.act, "subject": one.subject, "details": dict(one.details)}
        for one in work.people.acts(newest)
    ]


def there(person_id: str, work: UnitOfWork) -> None:
    """Problem 404 for whoever is no member here."""
    if work.people.membership(person_id) is None:
        raise NotFound("member")


@contextmanager
def refusals() -> Iterator[None]:
    """What the room of people refuses, as problem documents."""
    try:
        yield
    except PeopleError as error:
        raise Problem(409, str(error)) from error


def member_document(one: people_desk.Member) -> dict[str, Any]:
    """A member as JSON."""
    return {
        "id": one.person_id,
        "email": one.email,
        "name": one.name,
        "roles": [role.value for role in one.roles],
        "since": one.since.isoformat(),
        "keys": list(one.keys),
        "party": one.party or None,
        "paid_as": one.paid_as,
    }


def _as_it_is_now(here: Installation, member: Identity, person_id: str) -> dict[str, Any]:
    with here.house.work(member.organisation, read_only=True) as work:
        found = people_desk.members(work, here.now())
    return member_document(next(one for one in found if one.person_id == person_id))
