"""Offers for programs: read them in words, try one before it is recorded, print it, watch most-favoured terms."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.api.invitations import places_of
from ritornello.consent.codes import OWN_SERVICE
from ritornello.consent.drafts import offer_of_draft, read_adjustments
from ritornello.consent.errors import ConsentError, raise_any
from ritornello.consent.offers import Offer
from ritornello.consent.presets import preset, presets
from ritornello.consent.requests import Person
from ritornello.consent.sentence import difference, offer_sentences, summary
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows.addendum import addendum_of
from ritornello.workflows.ask import rules_of
from ritornello.workflows.consent_desk import place_offer
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.consent_wide import stranger
from ritornello.workflows.try_offer import Assumed, answer_with, question, would_earn
from ritornello.workflows.watch_terms import most_favoured

router = APIRouter(prefix="/api/v1", tags=["offers"])

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
SeesOwn = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT, Capability.SEE_OWN))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]
MOST = 500
Skipped = Annotated[int, Query(ge=0, le=10**9)]
"""How many rows of a long list come before those that are asked for."""
Version = Annotated[int | None, Query(ge=1, le=10**9)]
"""Of an offer; the newest by default."""


@router.get("/presets")
def all_presets(member: Sees) -> list[dict[str, Any]]:
    """What an offer can start from, each with its terms in words and as a document."""
    return [
        {
            "name": one.name,
            "purpose": one.purpose,
            "summary": summary(one.terms),
            "terms": one.terms.to_document(),
            "warning": one.warning,
        }
        for one in presets().values()
    ]


@router.get("/offers")
def offers(
    member: Sees,
    work: Reading,
    holder: Annotated[str | None, Query()] = None,
    reach: Annotated[str | None, Query(description="the id of what it is about")] = None,
    skip: Skipped = 0,
) -> dict[str, Any]:
    """The newest version of every offer, 500 at a time; `next` is the `skip` of the following page, or null."""
    found = work.consent.newest_offers(holder=holder, reach_id=reach, skip=skip, most=MOST + 1)
    return {
        "next": skip + MOST if len(found) > MOST else None,
        "offers": [_told(one) for one in found[:MOST]],
    }


@router.get("/offers/{offer_id}")
def offer(offer_id: str, member: Sees, work: Reading) -> dict[str, Any]:
    """An offer in words, with all its versions and what each changed."""
    versions = work.consent.versions(offer_id)
    if not versions:
        raise NotFound("offer")
    return {
        **_told(versions[-1]),
        "sentences": offer_sentences(versions[-1]),
        "versions": [
            {
                "changes": []
                if before is None
                else [
                    {"after": c.after, "before": c.before, "parameter": c.path, "wider": c.wider}
                    for c in difference(before.terms, one.terms)
                ],
                "content_hash": one.content_hash,
                "offer": one.to_document(),
            }
            for before, one in zip((None, *versions), versions, strict=False)
        ],
    }


@router.get("/offers/{offer_id}/addendum.pdf")
def addendum(offer_id: str, member: Sees, work: Reading, here: Here, version: Version = None) -> Response:
    """An offer as an addendum to sign: every term in words, what the version changes, its hash on each page."""
    found = work.consent.offer(offer_id, version)
    if found is None:
        raise NotFound("offer")
    headers = {"Content-Disposition": f'inline; filename="{found.id}-{found.version}.pdf"'}
    return Response(addendum_of(here.house, member.organisation, found), media_type="application/pdf", headers=headers)


@router.post("/offers/try")
def try_offer(
    member: Edits,
    work: Reading,
    here: Here,
    draft: Annotated[dict[str, Any], Body(description="an offer draft")],
    recording: Annotated[str, Body()],
    type: Annotated[str, Body()],
    territories: Annotated[str, Body()] = "WW",
    service: Annotated[str, Body()] = OWN_SERVICE,
    act: Annotated[str, Body()] = "publish",
    person: Annotated[
        dict[str, Any] | None, Body(description="facts about the maker; a verified subscriber by default")
    ] = None,
) -> dict[str, Any]:
    """The decision that a question would get with this draft on file, with all reasons. Nothing is written."""
    now = here.now()
    placed = place_offer(
        work, offer_of_draft(draft, now), FactsReader(work, rules_of(here.house), at=now, day=now.date())
    ).offer
    asked = question(
        recording_id=recording,
        type_=type,
        territory=places_of(territories),
        service=service,
        act=act,
        person=stranger(service, now).person if person is None else Person.from_document(person),
        at=now,
    )
    return answer_with(here.house, work, placed, asked).to_document()


@router.post("/offers/earnings")
def earnings(
    member: Sees,
    base: Annotated[str, Body(alias="preset")] = "FAN-REMIX",
    adjust: Annotated[dict[str, Any] | None, Body()] = None,
    plays: Annotated[int, Body()] = 100_000,
    per_thousand: Annotated[str, Body(description="what a thousand plays bring, as decimal text")] = "3.00",
    commission_percent: Annotated[str, Body()] = "15",
) -> dict[str, Any]:
    """What one derivative would bring under terms, by who gets it, with every assumption told."""
    changes, findings = read_adjustments(adjust or {})
    raise_any(findings)
    terms = preset(base).adjust(changes)
    return would_earn(terms, assumed_of(plays, per_thousand, commission_percent)).to_document()


@router.get("/most-favoured")
def favoured(member: SeesOwn, work: Reading, here: Here) -> list[dict[str, Any]]:
    """Where somebody has better terms than a holder who asked to be most favoured; a holder sees the own alerts."""
    if member.may(Capability.SEE_CONSENT):
        return [one.to_document() for one in most_favoured(work, here.now())]
    if member.party_id is None:
        return []
    return [one.to_document() for one in most_favoured(work, here.now(), holder=member.party_id)]


def assumed_of(plays: int, per_thousand: str, commission_percent: str) -> Assumed:
    """The assumptions of a simulation as they were written. Raises `ConsentError` naming the one that is wrong."""
    read = {}
    for name, text in (("per_thousand", per_thousand), ("commission", commission_percent)):
        try:
            read[name] = Fraction(text.strip().replace(",", "."))
        except (ValueError, ZeroDivisionError) as error:
            raise ConsentError.of(name, f"{text!r} is no number", "write such as 3.00") from error
    return Assumed(plays, read["per_thousand"], read["commission"] / 100)


def _told(one: Offer) -> dict[str, Any]:
    return {
        "content_hash": one.content_hash,
        "id": one.id,
        "offer": one.to_document(),
        "summary": summary(one.terms),
        "version": one.version,
    }
