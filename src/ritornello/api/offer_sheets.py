"""Offers by spreadsheet for programs: what each row would do, the good rows written all or none, and taken back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile

from ritornello.api.doors import Here, allowed
from ritornello.api.uploads import uploaded
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows.import_offers import import_offers, undo_import

router = APIRouter(prefix="/api/v1", tags=["consent"])

Imports = Annotated[Identity, Depends(allowed(Capability.IMPORT_OFFERS))]


@router.post("/offer-sheets")
def read_sheet(
    member: Imports,
    here: Here,
    file: Annotated[UploadFile, File()],
    holder: Annotated[str, Form(description="who answers, for rows that name nobody")] = "",
    preset: Annotated[str, Form(description="what every row starts from")] = "FAN-REMIX",
    commit: Annotated[bool, Query(description="write the good rows; without it only the difference is told")] = False,
) -> dict[str, Any]:
    """Read a sheet (CSV or XLSX): findings per row with a fix, and the difference to what is on file."""
    with uploaded(file, here) as path:
        content = path.read_bytes()
    done = import_offers(
        here.house,
        member.organisation,
        content,
        at=here.now(),
        by=member.person_id,
        holder=holder,
        base=preset,
        commit=commit,
    )
    return done.to_document()


@router.post("/offer-sheets/{import_id}/undo")
def undo(import_id: str, member: Imports, here: Here) -> dict[str, Any]:
    """Take an import back; what was changed since, or what licences rest on, stays and says so."""
    return undo_import(here.house, member.organisation, import_id, at=here.now(), by=member.person_id).to_document()
