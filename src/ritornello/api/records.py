"""Records for programs: what the pages show, as documents."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from ritornello.api.doors import Member

router = APIRouter(prefix="/api/v1", tags=["records"])


@router.get("/me")
def me(member: Member) -> dict[str, Any]:
    """Who asks, in which organisation, under which roles."""
    return {
        "organisation": member.organisation,
        "person_id": member.person_id,
        "party_id": member.party_id,
        "roles": sorted(member.roles),
    }
