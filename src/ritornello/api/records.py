"""Records for programs: the documents themselves, as they were signed, decided or closed.

A record that the asker may not see is not found, whether it exists or not.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from ritornello.api.doors import Member, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.statements.writers import statement_json

router = APIRouter(prefix="/api/v1", tags=["records"])

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CATALOGUE))]
Paid = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY, Capability.SEE_OWN))]


@router.get("/me")
def me(member: Member) -> dict[str, Any]:
    """Who asks, in which organisation, under which roles."""
    return {
        "organisation": member.organisation,
        "person_id": member.person_id,
        "party_id": member.party_id,
        "roles": sorted(member.roles),
    }


@router.get("/recordings")
def recordings(member: Sees, work: Reading) -> list[dict[str, Any]]:
    """Every recording, in the order of title and id."""
    return [asdict(one) for one in work.catalogue.recordings()]


@router.get("/recordings/{recording_id}")
def recording(recording_id: str, member: Sees, work: Reading) -> dict[str, Any]:
    """One recording with its lineage: the edges to its parents and to its children."""
    found = work.catalogue.recording(recording_id)
    if found is None:
        raise NotFound("recording")
    edges = [
        {
            "id": edge.id,
            "parent": edge.parent,
            "child": edge.child,
            "right": edge.right_type.value,
            "share": str(edge.share),
            "licence": edge.licence_id,
        }
        for edge in (*work.catalogue.edges_of(recording_id), *work.catalogue.edges_to_children(recording_id))
    ]
    return {**asdict(found), "edges": edges}


@router.get("/statements/{statement_id}")
def statement(statement_id: str, member: Paid, work: Reading) -> dict[str, Any]:
    """A closed statement with its lines; a payee sees the own ones."""
    found = work.statements.statement(statement_id)
    if found is None or not (member.may(Capability.SEE_MONEY) or found.payee == member.party_id):
        raise NotFound("statement")
    document: dict[str, Any] = json.loads(statement_json(found))
    return document
