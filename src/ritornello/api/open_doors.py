"""What is open to everybody, and why: what proves a record must be checkable without an account.

Open without sign-in: health, the public keys, the revocation list, the log's tree heads, and proofs by hash. None of
them names a person, a title or an amount. Everything else asks who is there (`ritornello.api.doors`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from ritornello import __version__
from ritornello.api.doors import NOBODY, Here
from ritornello.api.errors import NotFound, Problem
from ritornello.consent.events import EventKind, replay
from ritornello.consent.licence import RevocationList, RevokedLicence
from ritornello.proof import canonical_json
from ritornello.statements.proofs import head_proof
from ritornello.store.log_store import LogError

LIST_LASTS = timedelta(days=1)
"""For how long a published list of revocations is good."""

router = APIRouter(prefix="/api/v1", tags=["open"])

Size = Annotated[int, Query(ge=0, le=2**53)]
"""How many leaves a log has; what no log reaches is refused by its shape."""


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


@router.get("/revocations")
def revocations(here: Here) -> dict[str, Any]:
    """Every licence that was revoked, signed, good for a day: what an offline check of a licence needs beside the keys.

    The list's number never goes down: it counts the revocations.
    """
    at = here.now()
    with here.house.work(NOBODY, read_only=True) as work:
        houses = [organisation.id for organisation in work.people.all_organisations()]
    revoked: list[RevokedLicence] = []
    for one in houses:
        with here.house.work(one, read_only=True) as work:
            revoked += replay(work.consent.events(at, kinds=[EventKind.LICENCE_REVOKED]), at).revoked_licences
    signed = RevocationList(len(revoked), at, at + LIST_LASTS, tuple(revoked)).sign(here.house.keys(at))
    return signed.to_document()


@router.get("/log/head")
def newest_head(here: Here) -> dict[str, Any]:
    """The newest signed tree head of the log."""
    with here.house.work(NOBODY, read_only=True) as work:
        head = work.log.head()
    if head is None:
        raise NotFound("tree head")
    return head.signed.to_document()


@router.get("/log/heads")
def all_heads(here: Here) -> list[dict[str, Any]]:
    """Every signed tree head, oldest first: keep one, and later check that the log only grew."""
    with here.house.work(NOBODY, read_only=True) as work:
        return [head.signed.to_document() for head in work.log.heads()]


@router.get("/log/proofs/{content_hash}")
def proof(content_hash: str, here: Here) -> dict[str, Any]:
    """The proof that a record with this SHA-256 is in the log, under the newest head (RFC 9162)."""
    with here.house.work(NOBODY, read_only=True) as work:
        found = work.log.prove(content_hash)
    if found is None:
        raise NotFound("record with this hash in the log")
    return found.to_document()


@router.get("/log/growth")
def growth(here: Here, first: Size, second: Size | None = None) -> Response:
    """Two signed heads and the proof that the newer continues the older, for `ritornello verify`."""
    with here.house.work(NOBODY, read_only=True) as work:
        older, newer = work.log.head(first), work.log.head(second)
        if older is None or newer is None or older.size > newer.size:
            raise Problem(422, "no heads of these sizes were signed", mend="see /api/v1/log/heads")
        document = head_proof(older.signed, newer.signed, work.log.continues(older.size, newer.size))
    return Response(canonical_json(document), media_type="application/json")


@router.get("/log/consistency")
def consistency(here: Here, first: Size, second: Size) -> dict[str, Any]:
    """The proof that the log of `second` leaves continues the log of `first` leaves."""
    with here.house.work(NOBODY, read_only=True) as work:
        try:
            path = work.log.continues(first, second)
        except LogError as error:
            raise Problem(422, str(error), mend="ask for sizes of heads that were signed") from error
    return {"first": first, "second": second, "path": list(path)}
