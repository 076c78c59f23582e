"""The contract register for programs: read it, put an agreement on file, make its next version."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.consent.contract_drafts import contract_schema
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows.contract_register import contract_document, offers_on, register_contract

router = APIRouter(prefix="/api/v1", tags=["contracts"])

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]
_TAKES = {"requestBody": {"required": True, "content": {"application/json": {"schema": contract_schema()}}}}


@router.get("/contracts")
def contracts(member: Sees, work: Reading, here: Here) -> list[dict[str, Any]]:
    """Every contract in its newest version, by id."""
    return [contract_document(one) for _, one in sorted(work.consent.contracts(here.now()).items())]


@router.get("/contracts/{contract_id:path}")
def contract(contract_id: str, member: Sees, work: Reading) -> dict[str, Any]:
    """All versions of a contract, oldest first, and the offers that are warranted under it."""
    versions = work.consent.contract_versions(contract_id)
    if not versions:
        raise NotFound("contract")
    return {
        "offers_resting_on_it": list(offers_on(work, contract_id)),
        "versions": [contract_document(one) for one in versions],
    }


@router.post("/contracts", openapi_extra=_TAKES)
def register(
    draft: Annotated[dict[str, Any], Body()],
    member: Edits,
    here: Here,
    dry_run: Annotated[bool, Query(description="write nothing")] = False,
) -> dict[str, Any]:
    """Put a contract on file, or the next version of one that is. Told: what changes, and which offers rest on it."""
    return register_contract(here.house, member.organisation, draft, here.now(), dry_run=dry_run).to_document()
