"""Consent feeds for services: what a destination may open, issue by issue, and its own list held against ours.

A service's program comes with a key of its own and sees its own feed only; the house's people see every feed.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query
from fastapi.responses import Response

from ritornello.api.doors import Here, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.consent.feed import COLUMNS
from ritornello.consent.offer_sheet import MOST_BYTES
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows import consent_feed
from ritornello.workflows.consent_desk import NotOnFile

router = APIRouter(prefix="/api/v1", tags=["consent"])

Reads = Annotated[Identity, Depends(allowed(Capability.SEE_FEED))]
Delivers = Annotated[Identity, Depends(allowed(Capability.DELIVER))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]
Name = Annotated[str, Path(description="the service", pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "json": "application/json"}


def _own(member: Identity, service: str) -> None:
    if not member.may(Capability.SEE_CONSENT) and member.service != service:
        raise Problem(403, "this key is not of that service", mend="ask the house for a key of your service")


@router.get("/feeds/{service}")
def issues(service: Name, member: Reads, here: Here) -> dict[str, Any]:
    """The issues of a service's feed, oldest first, each with its signed cover sheets (hashes of both writings).

    Whoever holds issue N fetches the changes of N + 1, N + 2 …; whoever missed one fetches the newest as a whole.
    """
    _own(member, service)
    made = consent_feed.issues_of(here.house, member.organisation, service)
    return {
        "columns": list(COLUMNS),
        "issues": [
            {
                "cover": issue.cover.to_document(),
                "made_at": issue.cover.payload["made_at"],
                "number": issue.number,
                "whole_cover": issue.whole_cover.to_document(),
            }
            for issue in made
        ],
        "service": service,
    }


@router.get("/feeds/{service}/{number}.{kind}", response_class=Response)
def issue(
    service: Name,
    number: int,
    kind: Literal["csv", "jsonl", "json"],
    member: Reads,
    here: Here,
    whole: Annotated[bool, Query(description="everything that was open with it, not only its changes")] = False,
) -> Response:
    """One issue: as CSV, as JSON lines, or (json) its signed cover sheet. The bytes are those that the cover names."""
    _own(member, service)
    try:
        made, kept = consent_feed.issue_again(here.house, member.organisation, service, number, whole=whole)
    except NotOnFile as error:
        raise NotFound("issue") from error
    if kind == "json":
        from ritornello.proof import canonical_json

        cover = kept.whole_cover if made.since is None else kept.cover
        return Response(canonical_json(cover.to_document()), media_type=_TYPES[kind])
    content = made.as_csv() if kind == "csv" else made.as_json_lines()
    name = f"{service}-{number:06d}{'-whole' if made.since is None else ''}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=_TYPES[kind], headers=headers)


@router.post("/feeds/{service}")
def next_issue(
    service: Name, member: Delivers, here: Here, whole: Annotated[bool, Body(embed=True)] = False
) -> dict[str, Any]:
    """Make the next issue of a service's feed, as its profile says: the changes since the last one, or everything."""
    probe = consent_feed.probe_of(here.house, member.organisation, service, here.now())
    made = consent_feed.issue_feed(here.house, member.organisation, probe, whole=whole)
    return {"number": made.feed.number, "rows": len(made.feed.rows), "service": service, "since": made.feed.since}


@router.post("/feeds/{service}/comparison")
def comparison(
    service: Name,
    member: Reads,
    here: Here,
    content: Annotated[
        bytes, Body(media_type="text/csv", description="recording, type, territories: CSV, XLSX or JSON lines")
    ],
) -> dict[str, Any]:
    """Hold a service's own list against ours: every difference in words, what is still open there first."""
    _own(member, service)
    if len(content) > MOST_BYTES:
        raise Problem(413, f"the list has {len(content)} bytes", mend=f"send at most {MOST_BYTES}")
    probe = consent_feed.probe_of(here.house, member.organisation, service, here.now())
    found = consent_feed.hold_against_service(here.house, member.organisation, probe, content)
    return {"at": probe.at.isoformat(), "differences": [one.to_document() for one in found], "service": service}


@router.get("/services/{service}")
def profile(service: Name, member: Reads, here: Here) -> dict[str, Any]:
    """What is agreed with a service: what its feed opens and where, on what basis, and whose claims count."""
    _own(member, service)
    agreed, _ = consent_feed.agree(here.house, member.organisation, service, {}, here.now(), dry_run=True)
    return agreed.to_document()


@router.put("/services/{service}")
def agree(
    service: Name,
    member: Edits,
    here: Here,
    changes: Annotated[dict[str, Any], Body(description="act, territories, individual_express, claim_keys")],
) -> dict[str, Any]:
    """Change what is agreed with a service; what is left out stays as it is. Every version is kept."""
    agreed, _ = consent_feed.agree(here.house, member.organisation, service, changes, here.now())
    return agreed.to_document()
