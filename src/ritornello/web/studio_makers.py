"""Whose derivative it is, where it goes, and which draft is meant: read the same by every page of the studio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends

from ritornello.api.doors import Installation, allowed
from ritornello.api.errors import NotFound
from ritornello.consent.requests import Person
from ritornello.identifiers.territories import TerritorySet
from ritornello.people.model import Identity
from ritornello.people.roles import Capability, Role
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.plan import PlanError
from ritornello.studio.recipe import Finding
from ritornello.web.field_words import places as words_of_places
from ritornello.web.field_words import sentence
from ritornello.workflows.studio_desk import Where, open_places
from ritornello.workflows.studio_papers import owner_of
from ritornello.workflows.studio_songs import words_in

Makes = Annotated[Identity, Depends(allowed(Capability.MAKE_DERIVATIVE))]
"""Whoever may make derivatives."""


def where_for(member: Identity, makers: tuple[tuple[str, str], ...], maker: str, places: str, say: str = "") -> Where:
    """Whose derivative it is and where it goes. Staff act for a maker of the house and vouch for being a subscriber."""
    try:
        territories = TerritorySet.parse(places or "WW")
    except ValueError as error:
        raise PlanError([Finding("Where", str(error), 'write such as "DE, FR" or "WW ex JP"')]) from error
    if member.may(Capability.SEE_CONSENT):
        if maker not in dict(makers):
            raise PlanError([Finding("Made by", "is nobody of this house", "choose a maker")])
        person = Person(maker, tier="subscribers", age=18, verified=True)
    else:
        if member.party_id is None:
            raise PlanError([Finding("You", "are no party of this house", "ask its owner to register you")])
        person = Person(member.party_id)
    return Where(person, territories, words=words_in(say))


def where_first(member: Identity, work: UnitOfWork, maker: str, places: str) -> Where:
    """The same where nobody may have been chosen yet: then it is the first maker of the house."""
    makers = makers_of(member, work)
    return where_for(member, makers, maker or (makers[0][0] if makers else ""), places[:80])


def places_first(
    recording_id: str, member: Identity, work: UnitOfWork, here: Installation, maker: str, places: str
) -> str:
    """The places that were asked for; where none were, the largest area in which something may be made now."""
    if places.strip():
        return places[:80]
    try:
        person = where_first(member, work, maker, "WW").person
    except PlanError:  # told where the proposal is made
        return "WW"
    return str(open_places(here.house, member.organisation, recording_id, person, here.now()))


def places_in_words(places: str) -> str:
    """The places as a sentence, to stand beside what is written; "" where they cannot be read."""
    try:
        return f"{sentence(words_of_places(places or 'WW'))}. "
    except ValueError:
        return ""


def makers_of(member: Identity, work: UnitOfWork) -> tuple[tuple[str, str], ...]:
    """For staff: the makers of the house by party and name; nobody for a maker, who makes for themselves."""
    if not member.may(Capability.SEE_CONSENT):
        return ()
    found = {
        one.party_id: person.name
        for person, one in work.people.members()
        if person is not None and Role.FAN in one.roles and one.party_id
    }
    return tuple(sorted(found.items(), key=lambda pair: pair[1]))


def draft_of(paper_id: str, recording_id: str, member: Identity, work: UnitOfWork) -> Mapping[str, str]:
    """A draft's fields. Raises NotFound where it is not on this maker's desk beside this song."""
    paper = work.studio.paper(paper_id, owner_of(member))
    if paper is None or paper.kind != "draft" or paper.recording_id != recording_id:
        raise NotFound("draft of yours")
    return {name: text for name, text in paper.document.items() if isinstance(text, str)}
