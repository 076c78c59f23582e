"""What is open to everybody, and why: what proves a record must be checkable without an account.

Open without sign-in: health, the public keys, the revocation list, the log's tree heads, and proofs by hash. None of
them names a person, a title or an amount. Everything else asks who is there (`ritornello.api.doors`).
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from ritornello import __version__
from ritornello.api.doors import NOBODY, Here

router = APIRouter(prefix="/api/v1", tags=["open"])


@router.get("/health")
def health(here: Here) -> dict[str, Any]:
    """Whether the application answers and its database can be read."""
    with here.house.work(NOBODY, read_only=True) as work:
        work.people.organisation(NOBODY)
    return {"status": "ok", "version": __version__}


@router.get("/keys")
def keys(here: Here) -> dict[str, Any]:
    """The public keys that licences, certificates and tree heads are signed with, each with the time it is good for."""
    return here.house.keys(here.now()).trusted().to_document()
