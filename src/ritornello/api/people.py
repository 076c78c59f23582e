"""The people of a house, for programs: members and their roles, letting somebody in, withdrawing them, who did what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.people.model import Identity
from ritornello.people.roles import CAPABILITIES, Capability, Role
from ritornello.people.service import PeopleError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import people_desk

router = APIRouter(prefix="/api/v1", tags=["people"])

Manages = Annotated[Identity, Depends(allowed(Capability.MANAGE_PEOPLE))]
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
    party_id: Annotated[str, Body(max_length=64, description="as whom they make, own and are paid")] = "",
) -> dict[str, Any]:
    """Let somebody in with exactly these roles; the same e-mail again gives them other roles, and keys that they gave
    and that may do more than those stop working. A fan without a party is given one."""
    with refusals():
        person = people_desk.admit(
            here.house, member.organisation, email, name, roles, here.now(), member.person_id, party_id=party_id
        )
    with here.house.work(member.organisation, read_only=True) as work:
        found = people_desk.members(work, here.now())
    return member_document(next(one for one in found if one.person_id == person.id))


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
        "party_id": one.party_id,
    }
