"""Invitations for programs, and the open door of whoever holds a link: one holder, one right, one answer.

A link is its own permission: signed, good until it lapses, and used once. Behind it stand the terms put before that
holder and nothing else of the house.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.invitations import LAPSE_DAYS, Standing
from ritornello.consent.offers import Level, Reach
from ritornello.consent.sentence import offer_sentences, summary
from ritornello.identifiers.territories import TerritorySet
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows import ask_holders
from ritornello.workflows.addendum import addendum_of
from ritornello.workflows.ask_holders import Opened
from ritornello.workflows.who_answered import HolderStanding, who_answered

router = APIRouter(prefix="/api/v1", tags=["invitations"])

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]
ANSWERS = {"grant": Standing.GRANTED, "refuse": Standing.REFUSED, "counter": Standing.COUNTERED}


@router.get("/invitations")
def invitations(member: Sees, here: Here) -> list[dict[str, Any]]:
    """Every invitation with its link, where it stands, and which reminders have gone out; the newest first."""
    return [one.to_document() for one in ask_holders.invitations(here.house, member.organisation, here.now())]


@router.post("/invitations")
def invite(
    member: Edits,
    here: Here,
    holder: Annotated[str, Body()],
    right: Annotated[str, Body()],
    reach: Annotated[dict[str, str], Body(description="level and id of what it is about")],
    preset: Annotated[str, Body()] = "FAN-REMIX",
    adjust: Annotated[dict[str, Any] | None, Body(description="what differs from the preset")] = None,
    territories: Annotated[str, Body()] = "WW",
    days: Annotated[int, Body(description="after so many days silence refuses")] = LAPSE_DAYS,
) -> dict[str, Any]:
    """Put terms before one holder for one right. Told: the link to send. The same while open is the same invitation."""
    now = here.now()
    proposal = ask_holders.proposal_of(
        holder=holder,
        right=right,
        reach=reach_of(reach),
        territories=places_of(territories),
        preset=preset,
        adjust=adjust or {},
        at=now,
    )
    made = ask_holders.invite_holder(here.house, member.organisation, proposal, at=now, by=member.person_id, days=days)
    return made.to_document()


@router.post("/invitations/due")
def due(member: Edits, here: Here) -> list[dict[str, Any]]:
    """What the calendar asks for now: reminders to send with their links, and lapses. Each is told once."""
    return [one.to_document() for one in ask_holders.remind(here.house, member.organisation, here.now())]


@router.get("/recordings/{recording_id}/answers")
def answers(recording_id: str, member: Sees, work: Reading, here: Here) -> dict[str, Any]:
    """Who has answered about a recording, right by right, and how the shares of each side add up."""
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    found = who_answered(here.house, member.organisation, work, recording, here.now())
    return {
        "holders": [_holder(one) for one in found.holders],
        "recording": recording.id,
        "splits": [
            {
                "granted": str(one.granted),
                "parts": [
                    {"answer": answer, "party": party, "share": str(share)} for party, share, answer in one.parts
                ],
                "side": one.side,
                "territories": str(one.territories),
                "total": str(one.total),
            }
            for one in found.splits
        ],
    }


@router.get("/answers/{organisation}/{token}")
def look(organisation: str, token: str, here: Here) -> dict[str, Any]:
    """What a link asks: the terms in words and as a document, what changed since it was sent, who else is asked."""
    return opened_document(ask_holders.open_invitation(here.house, organisation, token, here.now()))


@router.post("/answers/{organisation}/{token}")
def answer(
    organisation: str,
    token: str,
    here: Here,
    answer: Annotated[str, Body(description="grant, refuse or counter")],
    signed_as: Annotated[str, Body(description="the name of whoever signs")],
    changes: Annotated[dict[str, Any] | None, Body(description="for a counter: parameters by path")] = None,
) -> dict[str, Any]:
    """Answer by the link, once. A counter makes a new version that every holder of the round is asked about again."""
    standing = standing_of(answer)
    taken = ask_holders.answer_invitation(
        here.house, organisation, token, answer=standing, signed_as=signed_as, at=here.now(), changes=changes
    )
    return taken.to_document()


@router.get("/answers/{organisation}/{token}/addendum.pdf")
def addendum(organisation: str, token: str, here: Here) -> Response:
    """What is to be signed, on paper; the hash of the version stands on every page."""
    opened = ask_holders.open_invitation(here.house, organisation, token, here.now())
    content = addendum_of(here.house, organisation, opened.asked.offer)
    headers = {"Content-Disposition": 'inline; filename="addendum.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


def standing_of(answer: str) -> Standing:
    found = ANSWERS.get(answer)
    if found is None:
        raise ConsentError.of("answer", f"{answer!r} is no answer", f"write one of {', '.join(ANSWERS)}")
    return found


def opened_document(opened: Opened) -> dict[str, Any]:
    offer = opened.asked.offer
    return {
        "changes": [
            {"after": c.after, "before": c.before, "parameter": c.path, "wider": c.wider} for c in opened.changes
        ],
        "invitation": opened.asked.invitation.to_document(),
        "offer": offer.to_document(),
        "others": [{"right": right, "standing": standing.value} for right, standing in opened.others],
        "sentences": offer_sentences(offer),
        "standing_grant": None if opened.standing_grant is None else opened.standing_grant.version,
        "summary": summary(offer.terms),
    }


def reach_of(told: dict[str, str]) -> Reach:
    if set(told) != {"level", "id"}:
        raise ConsentError.of("reach", "says not what it is about", "give its level and id")
    if told["level"] not in set(Level):
        raise ConsentError.of("reach.level", f"{told['level']!r} is unknown", f"write one of {', '.join(Level)}")
    return Reach(Level(told["level"]), told["id"])


def places_of(text: str, field: str = "territories") -> TerritorySet:
    findings: list[Finding] = []
    places = TerritorySet(0)
    try:
        places = TerritorySet.parse(text)
    except ValueError as error:
        findings.append(Finding(field, str(error), 'write such as "DE, FR" or "WW ex JP"'))
    raise_any(findings)
    return places


def _holder(one: HolderStanding) -> dict[str, Any]:
    return {
        "answer": one.answer,
        "invitation": None if one.asked is None else one.asked.to_document(),
        "offer": None if one.offer is None else {"id": one.offer.id, "version": one.offer.version},
        "party": one.party,
        "right": one.right,
        "share": str(one.share),
        "territories": str(one.territories),
    }
