"""The frame around a page: who is looking, what they may open, in which light; and by which name others are shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from fastapi import Request

from ritornello.consent.codes import OWN_SERVICE
from ritornello.people.model import COMMAND_LINE, Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.field_words import ROLES, listed, words
from ritornello.web.views import Frame

Names = Callable[[str], str]
"""How a party, person or service is called for whoever looks, by id."""

_PSEUDONYM = re.compile(r"\b(?:pty|per)_[a-z0-9]+\b")
_LONG = re.compile(r"(\d+\.\d{4})\d+…?")
ANY_SUBSCRIBER = "pty_any_subscriber"
"""Whom boards and testers ask for: nobody in particular."""
_CALLED = {ANY_SUBSCRIBER: "a subscriber", OWN_SERVICE: "the pages of this house"}
LIGHT_COOKIE = "ritornello_light"
SECTIONS: tuple[tuple[str, str, str, tuple[Capability, ...]], ...] = (
    ("catalogue", "Catalogue", "/", (Capability.SEE_CATALOGUE,)),
    ("consent", "Consent", "/consent", (Capability.SEE_CONSENT,)),
    ("decisions", "Decisions", "/decisions", (Capability.SEE_CONSENT, Capability.SEE_OWN)),
    ("matches", "Matches", "/matches", (Capability.DELIVER, Capability.EDIT_OFFERS, Capability.SEE_CONSENT)),
    ("usage", "Usage", "/usage", (Capability.SEE_MONEY, Capability.TAKE_IN_USAGE)),
    ("runs", "Runs", "/runs", (Capability.SEE_MONEY,)),
    ("statements", "Statements", "/statements", (Capability.SEE_MONEY, Capability.SEE_OWN)),
    ("people", "People", "/people", (Capability.MANAGE_PEOPLE,)),
)
_SEES_NAMES = (
    Capability.SEE_PARTY_DETAILS,
    Capability.EDIT_OFFERS,
    Capability.APPROVE,
    Capability.DELIVER,
)


def frame(request: Request, work: UnitOfWork, member: Identity, section: str) -> Frame:
    """The frame of one page for one person."""
    organisation = work.people.organisation(member.organisation)
    person = work.people.person(member.person_id)
    return Frame(
        organisation=organisation.name if organisation else member.organisation,
        person=person.name if person else "Somebody",
        role_words=listed(words(role, ROLES) for role in sorted(member.roles)),
        section=section,
        sections=tuple((key, label, url) for key, label, url, needs in SECTIONS if any(map(member.may, needs))),
        theme=light_of(request),
    )


def light_of(request: Request) -> Literal["auto", "light", "dark"]:
    chosen = request.cookies.get(LIGHT_COOKIE, "")
    return "dark" if chosen == "dark" else "light" if chosen == "light" else "auto"


def said(words: str, names: Names) -> str:
    """A record's own words for reading: parties and persons by name, long decimals cut at four places."""
    return _LONG.sub(r"\1", _PSEUDONYM.sub(lambda found: names(found.group()), words))


def names_for(work: UnitOfWork, member: Identity, credited: dict[str, str] | None = None) -> Names:
    """How parties, persons and services are called for this person.

    Whoever deals with parties sees their names; others see the name that a credit makes public, their own, or the end
    of the pseudonym. `credited`: party id → name as credited.
    """
    public = dict(credited or {})
    services = work.usage.service_names()
    known: dict[str, str] = {}
    if any(map(member.may, _SEES_NAMES)):
        known = {sealed.details.party_id: sealed.details.name for sealed in work.people.details_of_all()}
    elif member.party_id is not None:
        own = work.people.sealed(member.party_id)
        known = {} if own is None else {member.party_id: own.details.name}

    def name(one: str) -> str:
        found = known.get(one) or public.get(one)
        if found:
            return found
        if one in _CALLED:
            return _CALLED[one]
        if one.startswith("pty_"):
            return f"Party …{one[-6:]}"
        if one == COMMAND_LINE:
            return "the command line"
        if one.startswith("per_"):
            person = work.people.person(one) if known or one == member.person_id else None
            return person.name if person is not None else f"Person …{one[-6:]}"
        return services.get(one) or one.removeprefix("svc_").replace("_", " ").capitalize()

    return name
