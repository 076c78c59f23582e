"""Keys by which a member's programs act as that member: given, listed, ended; each sees and changes the own ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.people import refusals
from ritornello.people.model import ApiKey, Identity
from ritornello.people.roles import Capability, Role
from ritornello.workflows import people_desk

router = APIRouter(prefix="/api/v1", tags=["people"])

Own = Annotated[Identity, Depends(allowed(Capability.SEE_OWN))]
"""Everybody but the program of a service."""


@router.get("/me/keys")
def keys(member: Own, work: Reading, here: Here) -> list[dict[str, Any]]:
    """The keys of one's own programs that work; their secrets are not kept."""
    return [key_document(one) for one in people_desk.keys_of(work, member.person_id, here.now())]


@router.post("/me/keys")
def give(
    member: Own,
    here: Here,
    name: Annotated[str, Body(max_length=200)],
    roles: Annotated[list[Role] | None, Body(description="some of the own roles; all by default")] = None,
    days: Annotated[int | None, Body(ge=1, le=3660)] = None,
) -> dict[str, Any]:
    """Give a program a key to act as oneself; the secret is told this once. A key gives none that may do more."""
    length = None if days is None else timedelta(days=days)
    asked = set(roles) if roles else set(member.roles)
    if not asked <= member.roles:
        raise Problem(403, "a key cannot do more than who gives it", mend="name some of your own roles")
    with refusals():
        secret, key = people_desk.give_key(
            here.house, member.organisation, member.person_id, name, here.now(), roles=asked, length=length
        )
    return {**key_document(key), "secret": secret}


@router.delete("/me/keys/{key_id}")
def end(key_id: str, member: Own, work: Reading, here: Here) -> dict[str, str]:
    """Let a key of one's own programs work no longer."""
    if key_id not in {one.id for one in people_desk.keys_of(work, member.person_id, here.now())}:
        raise NotFound("key")
    with refusals():
        people_desk.end_key(here.house, member.organisation, member.person_id, key_id, here.now())
    return {"ended": key_id}


def key_document(key: ApiKey) -> dict[str, Any]:
    """A key as JSON, without its secret."""
    return {
        "id": key.id,
        "name": key.name,
        "roles": sorted(role.value for role in key.roles),
        "hint": key.hint,
        "created_at": key.created_at.isoformat(),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
    }
