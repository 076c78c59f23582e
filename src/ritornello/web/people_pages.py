"""The people of the house: who is a member and may do what, letting somebody in, whom they are paid as, withdrawing and
erasing them, who did what."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.people import there
from ritornello.consent.errors import Finding
from ritornello.people.model import Identity
from ritornello.people.roles import CAPABILITIES, Capability, Role
from ritornello.people.service import PeopleError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports
from ritornello.web import field_words as w
from ritornello.web.desk import Form, back_to, text_of
from ritornello.web.frames import frame, said
from ritornello.web.pages import names_of
from ritornello.web.rendering import page
from ritornello.workflows import people_desk

router = APIRouter(include_in_schema=False)
Manages = Annotated[Identity, Depends(allowed(Capability.MANAGE_PEOPLE))]
Erases = Annotated[Identity, Depends(allowed(Capability.ERASE_PERSON))]

SHOWN = 50
"""Acts on the page; the files hold up to `people_desk.MOST_ACTS`."""
ROLE_HINTS: dict[Role, str] = {
    Role.OWNER: "runs the house: everything, people included",
    Role.RIGHTS_MANAGER: "catalogue, offers, contracts, stops",
    Role.APPROVER: "answers what holders are asked",
    Role.FINANCE: "reports, runs, statements, payments",
    Role.DISTRIBUTOR: "delivers, reports, takes down",
    Role.FAN: "makes derivatives, sees what is theirs",
    Role.PAYEE: "sees the statements and licences of the party that they are paid as",
    Role.AUDITOR: "sees everything but personal details, changes nothing",
    Role.SERVICE: "the program of a service: asks, and reads its feed",
}
_ACTS = {
    people_desk.ADMIT: "let in, or given other roles",
    people_desk.WITHDRAW: "withdrawn",
    people_desk.LINK: "given a link to come in by",
    people_desk.PAY_AS: "is paid as another party, or as none",
    people_desk.ERASE: "erased",
    "usage.take-in": "taken in",
    "usage.rematch": "matched again",
    "usage.creations": "creations recorded",
    "payouts.order": "order for the bank made",
    people_desk.GIVE_KEY: "gave a program a key",
    people_desk.END_KEY: "ended a program's key",
}


@dataclass(frozen=True, slots=True)
class ActRow:
    at: datetime
    who: str
    words: str
    subject: str
    details: str


@router.get("/people")
def people(request: Request, member: Manages, work: Reading, here: Here) -> Response:
    return _page(request, member, work, here)


@router.post("/people")
def admit(request: Request, form: Form, member: Manages, work: Reading, here: Here) -> Response:
    """Let somebody in, or give a member other roles; what is wrong stands above the form, which keeps what was said."""
    email, name = text_of(form, "email", 320), text_of(form, "name", 200)
    roles = [role for role in Role if role.value in form.getlist("role")]
    try:
        person = people_desk.admit(here.house, member.organisation, email, name, roles, here.now(), member.person_id)
    except PeopleError as error:
        found = Finding("Roles" if not roles else "Let somebody in", said(str(error), names_of(work, member)), "")
        return _page(request, member, work, here, findings=[found], email=email, name=name, roles=roles)
    return back_to("/people", f"{person.name} may now do what {w.listed(_role(one) for one in roles)} may")


@router.post("/people/{person_id}/link")
def link(person_id: str, request: Request, member: Manages, work: Reading, here: Here) -> Response:
    """The link stands on this one answer and nowhere else."""
    there(person_id, work)
    made = people_desk.sign_in_link(
        here.house,
        member.organisation,
        person_id,
        here.settings.address,
        here.now(),
        here.settings.sign_in_link_length,
        member.person_id,
    )
    return _page(request, member, work, here, link=(names_of(work, member)(person_id), made))


@router.post("/people/{person_id}/withdrawal")
def withdraw(person_id: str, request: Request, member: Manages, work: Reading, here: Here) -> Response:
    there(person_id, work)
    name = names_of(work, member)(person_id)
    try:
        people_desk.withdraw(here.house, member.organisation, person_id, here.now(), member.person_id)
    except PeopleError as error:
        return _page(request, member, work, here, findings=[Finding(name, said(str(error), lambda _: name), "")])
    if person_id == member.person_id:
        return back_to("/sign-in")
    return back_to("/people", f"{name} is withdrawn; nothing that they came in by works any more")


@router.post("/people/{person_id}/party")
def pay_as(person_id: str, request: Request, form: Form, member: Manages, work: Reading, here: Here) -> Response:
    """Say which party a member is paid as; what is wrong stands above the list."""
    there(person_id, work)
    name, words = names_of(work, member)(person_id), text_of(form, "party", 200).strip()
    try:
        meant = people_desk.pay_as(here.house, member.organisation, person_id, words, here.now(), member.person_id)
    except PeopleError as error:
        return _page(request, member, work, here, findings=[Finding(f"{name} is paid as", str(error), "")])
    return back_to("/people", f"{name} is paid as {'nobody' if meant is None else meant[1] or meant[0]}")


@router.post("/people/{person_id}/erasure")
def erase(person_id: str, request: Request, form: Form, member: Erases, work: Reading, here: Here) -> Response:
    """Erase what is personal about a member, once they said that they mean it."""
    there(person_id, work)
    name = names_of(work, member)(person_id)
    if not form.get("sure"):
        found = Finding(f"Erase {name}", "cannot be undone, and nobody said that it is meant", "tick that you are sure")
        return _page(request, member, work, here, findings=[found])
    too = bool(form.get("payee"))
    try:
        people_desk.erase(here.house, member.organisation, person_id, here.now(), member.person_id, party_too=too)
    except PeopleError as error:
        return _page(request, member, work, here, findings=[Finding(name, said(str(error), lambda _: name), "")])
    if person_id == member.person_id:
        return back_to("/sign-in")
    return back_to("/people", f"{name} is erased; what was agreed and earned stays, without the name")


@router.get("/exports/people.{kind}")
def export_people(kind: exports.Kind, member: Manages, work: Reading, here: Here) -> Response:
    columns = ("id", "name", "email", "roles", "since", "keys", "party", "paid_as")
    rows = [
        (
            one.person_id,
            one.name,
            one.email,
            ", ".join(one.roles),
            one.since.isoformat(),
            ", ".join(one.keys),
            one.party,
            one.paid_as,
        )
        for one in people_desk.members(work, here.now())
    ]
    return exports.answer(exports.Table("people", columns, rows), kind)


@router.get("/exports/acts.{kind}")
def export_acts(kind: exports.Kind, member: Manages, work: Reading) -> Response:
    rows = [people_desk.act_row(one) for one in work.people.acts(people_desk.MOST_ACTS)]
    return exports.answer(exports.Table("acts", people_desk.ACT_COLUMNS, rows), kind)


def _page(
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    *,
    findings: Sequence[Finding] = (),
    email: str = "",
    name: str = "",
    roles: Sequence[Role] = (),
    link: tuple[str, str] | None = None,
) -> Response:
    with here.house.work(member.organisation, read_only=True) as now:  # what was just written is seen too
        rows, told = people_desk.members(now, here.now()), now.people.acts(SHOWN)
        parties = people_desk.parties(now)
        names = names_of(now, member)
        acts = [
            ActRow(
                one.at,
                names(one.by),
                _ACTS.get(one.act, one.act),
                names(one.subject) if one.subject.startswith("per_") else one.subject,
                "; ".join(_detail(key, text) for key, text in sorted(one.details.items())),
            )
            for one in told
        ]
    owners = [one for one in rows if Role.OWNER in one.roles]
    drawn = page(
        "people.html",
        frame(request, work, member, "people"),
        rows=rows,
        only_owner=owners[0].person_id if len(owners) == 1 else "",
        me=member.person_id,
        role=_role,
        parties=_choices(parties),
        hints=ROLE_HINTS,
        all_roles=list(Role),
        table=[(w.sentence(one.value.replace("_", " ")), [one in CAPABILITIES[r] for r in Role]) for one in Capability],
        acts=acts,
        shown=SHOWN,
        findings=tuple(findings),
        given={"email": email, "name": name, "roles": tuple(roles)},
        link=link,
        minutes=here.settings.sign_in_link_minutes,
        done=request.query_params.get("done", "")[:200],
    )
    return HTMLResponse(drawn, 422 if findings else 200)


def _choices(parties: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is offered for a party, and what stands beside it: its name, or its id where the name does not say which."""
    alike = Counter(name.casefold() for _, name in parties)
    return [
        (name, "") if name and alike[name.casefold()] == 1 else (party, name or "erased") for party, name in parties
    ]


def _role(role: str) -> str:
    return w.words(role, w.ROLES)


def _detail(key: str, text: str) -> str:
    if key == "roles":
        return w.listed(_role(one) for one in re.split(r",\s*", text) if one)
    return f"{key.replace('_', ' ')} {text}"
