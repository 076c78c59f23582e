"""Consent for programs: ask a question, record an offer, take one back, read decisions, licences and coverage.

Documents are the room's own, as their published schemas say. Whoever may not see other people's consent asks for
themselves only, and as a stranger: facts about a person arrive from a service or the house, never from the person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.consent.claims import read_claims
from ritornello.consent.codes import ACTS, TYPES
from ritornello.consent.drafts import draft_schema
from ritornello.consent.offers import instant_text
from ritornello.consent.requests import Person, Request, read_territories
from ritornello.consent.schema import decision_schema, request_schema
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows import consent_desk
from ritornello.workflows.ask import ask, claimed
from ritornello.workflows.consent_wide import coverage as board_of
from ritornello.workflows.consent_wide import plays_of, stranger, why_blocked

router = APIRouter(prefix="/api/v1", tags=["consent"])

Asks = Annotated[Identity, Depends(allowed(Capability.ASK_DECISION))]
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
SeesOwn = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT, Capability.SEE_OWN))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]
Document = Annotated[dict[str, Any], Body()]


def _taking(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": dict(schema)}}}}


def _question() -> dict[str, Any]:
    """The schema of a question: a request in which the moment and the plan may be left out."""
    schema = request_schema()
    needed = ("types", "sources", "acts", "territories", "services", "person")
    person = {**schema["properties"]["person"], "required": ["id"]}
    plan = {name: part for name, part in schema["properties"]["plan"].items() if name != "required"}
    properties = {name: part for name, part in schema["properties"].items() if name != "at"}
    properties["claims"] = {"description": "facts about the person, signed by services", "items": {"type": "object"}}
    properties["claims"]["type"] = "array"
    return {
        **schema,
        "$id": "urn:ritornello:schema:question:1",
        "title": "Question",
        "required": sorted(needed),
        "properties": {**properties, "person": person, "plan": plan},
    }


@router.post(
    "/decisions",
    openapi_extra=_taking(_question()),
    responses={200: {"content": {"application/json": {"schema": decision_schema()}}}},
)
def decide(question: Document, member: Asks, here: Here) -> dict[str, Any]:
    """Ask whether something may be made: allow, needs approval or deny per act, territory and service, with all
    reasons, the largest allowed scope, and the nearest request that would be allowed. The decision is kept.

    `claims` are facts about the person (subscriber, superfan, age, country …) that services signed; they are verified
    against the service's keys on file and kept with the decision."""
    if "at" in question:
        raise Problem(422, "at: the moment of a question is that of asking", mend="leave it out")
    at = here.now()
    claims = read_claims(question.pop("claims", []))
    request = Request.from_document({**question, "at": instant_text(at)})
    if not member.may(Capability.SEE_CONSENT):
        if member.service is None and request.person.id != member.party_id:
            raise Problem(403, "person.id: you may ask for yourself only", mend="give your own pseudonym, from /me")
        if member.service is not None and request.services != (member.service,):
            raise Problem(403, "services: you may ask for your own service only", mend=f"write {member.service}")
        if request.person != Person(request.person.id):
            raise Problem(
                403, "person: facts about people count when a service signs them", mend="send them as signed claims"
            )
    if claims:
        if request.person != Person(request.person.id):
            raise Problem(422, "person: facts come from the claims", mend="leave out everything but the id")
        person = claimed(here.house, member.organisation, request.person.id, claims, at)
        request = request.changed(person=person)
    (decision,) = ask(here.house, member.organisation, [request], claims=claims)
    return decision.to_document()


@router.get(
    "/decisions/{decision_id}", responses={200: {"content": {"application/json": {"schema": decision_schema()}}}}
)
def decision(decision_id: str, member: SeesOwn, work: Reading) -> dict[str, Any]:
    """A decision's document, with every reason; whoever asked for themselves sees the own ones."""
    found = work.consent.decision(decision_id)
    theirs = found is not None and found["request"]["person"]["id"] == member.party_id
    if found is None or not (member.may(Capability.SEE_CONSENT) or theirs):
        raise NotFound("decision")
    return dict(found)


@router.get("/licences/{licence_id}")
def licence(licence_id: str, member: SeesOwn, work: Reading) -> dict[str, Any]:
    """A signed licence, as it can be verified offline; a maker sees the own ones."""
    found = work.consent.licence(licence_id)
    theirs = found is not None and found["payload"]["licensee"] == member.party_id
    if found is None or not (member.may(Capability.SEE_CONSENT) or theirs):
        raise NotFound("licence")
    return dict(found)


@router.post("/offers", openapi_extra=_taking(draft_schema()))
def offer(
    draft: Document, member: Edits, here: Here, dry_run: Annotated[bool, Query(description="write nothing")] = False
) -> dict[str, Any]:
    """Record an offer (or its next version) from a draft. Told: its conflicts, what it changes, and its words."""
    return consent_desk.record_offer(here.house, member.organisation, draft, here.now(), dry_run=dry_run).to_document()


@router.post("/offers/{offer_id}/revocation")
def revocation(
    offer_id: str,
    member: Edits,
    here: Here,
    by: Annotated[str, Body(embed=True, description="the party that revokes")],
    effective_from: Annotated[date | None, Body(embed=True)] = None,
    reason: Annotated[str, Body(embed=True)] = "",
    dry_run: Annotated[bool, Query(description="only show the consequences")] = False,
) -> dict[str, Any]:
    """Take an offer back with its notice: what stays, what leaves and when, who is told. Look first: dry_run=true."""
    found = consent_desk.revoke_offer(
        here.house,
        member.organisation,
        offer_id,
        by=by,
        at=here.now(),
        effective_from=effective_from,
        reason=reason,
        dry_run=dry_run,
    )
    return {**consent_desk.consequences_document(found), "done": not dry_run}


@router.get("/coverage")
def coverage(
    member: Sees,
    here: Here,
    service: Annotated[str, Query()] = "own",
    territories: Annotated[str, Query(description='such as "DE, FR" or "WW ex JP"')] = "WW",
    act: Annotated[str, Query()] = "publish",
    why: Annotated[str | None, Query(description="a type: what blocks it, and the shortest path to yes")] = None,
    weigh: Annotated[Literal["recordings", "plays"], Query(description="plays as services have reported them")] = (
        "recordings"
    ),
) -> dict[str, Any]:
    """How much of the catalogue is ready, per type and territory; with `why`, which signatures would open most."""
    if act not in ACTS:
        raise Problem(422, f"act: {act!r} is unknown", mend=f"write one of {', '.join(ACTS)}")
    if why is not None and why not in TYPES:
        raise Problem(422, f"why: {why!r} is unknown", mend=f"write one of {', '.join(TYPES)}")
    places = read_territories(territories)
    probe = stranger(service, here.now(), places, act=act)
    plays = plays_of(here.house, member.organisation) if weigh == "plays" else None
    if why is not None:
        return why_blocked(here.house, member.organisation, probe, why, plays=plays).to_document()
    return board_of(here.house, member.organisation, probe, plays=plays).to_document()
