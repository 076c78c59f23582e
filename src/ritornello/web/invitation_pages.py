"""Invitations as the rights manager works with them: who has answered, who is asked, the links, and what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.api.invitations import places_of
from ritornello.catalogue.model import Recording
from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.invitations import LAPSE_DAYS, REMINDER_DAYS, Standing
from ritornello.consent.offers import Level, Reach
from ritornello.consent.presets import presets
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports
from ritornello.web import field_words as w
from ritornello.web.desk import Form, back_to, desk_page, text_of
from ritornello.web.frames import Names
from ritornello.web.pages import names_of
from ritornello.web.views import State
from ritornello.web.wording import percent
from ritornello.workflows import ask_holders
from ritornello.workflows.ask_holders import Asked, Desk
from ritornello.workflows.who_answered import Answer, HolderStanding, Standings, who_answered

router = APIRouter(include_in_schema=False)
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]

STANDINGS: dict[Standing, tuple[State, str]] = {
    Standing.OPEN: ("wait", "Waiting for an answer"),
    Standing.GRANTED: ("yes", "Agreed"),
    Standing.REFUSED: ("no", "Declined"),
    Standing.COUNTERED: ("ask", "Agreed to other terms"),
    Standing.LAPSED: ("no", "Did not answer, which is a no"),
}
ANSWERS: dict[Answer, tuple[State, str]] = {
    "granted": ("yes", "Agrees"),
    "refused": ("no", "Refused"),
    "revoked": ("no", "Taken back"),
    "ended": ("wait", "Not in force now"),
    "invited": ("ask", "Asked, not answered yet"),
    "silent": ("wait", "Has not been asked"),
}


@dataclass(frozen=True, slots=True)
class InvitationRow:
    id: str
    holder: str
    right: str
    about: str
    about_url: str
    state: State
    words: str
    invited_at: datetime
    lapses_at: datetime
    reminded: str
    link: str
    version: int
    evidence: str


@dataclass(frozen=True, slots=True)
class HolderRow:
    key: str
    holder: str
    right: str
    share: str
    territories: str
    state: State
    words: str
    terms: str
    offer_url: str
    link: str
    lapses_at: datetime | None
    askable: bool


@dataclass(frozen=True, slots=True)
class MeterRow:
    label: str
    permille: int
    words: str
    granted_permille: int
    granted_words: str
    whole: bool


@router.get("/consent/invitations")
def invitations(request: Request, member: Sees, work: Reading, here: Here, standing: str = "") -> Response:
    rows = _rows(member, work, here, standing)
    return desk_page(
        "invitations.html",
        request,
        work,
        member,
        "invitations",
        rows=rows,
        standing=standing,
        standings=[("", "All"), *((one.value, words) for one, (_, words) in STANDINGS.items())],
        recordings=work.catalogue.recordings(),
    )


@router.get("/exports/invitations.{kind}")
def export_invitations(kind: exports.Kind, member: Sees, work: Reading, here: Here) -> Response:
    columns = ("id", "holder", "right", "about", "standing", "invited_at", "lapses_at", "reminded", "version", "link")
    rows = [
        (
            one.id,
            one.holder,
            one.right,
            one.about,
            one.words,
            one.invited_at.isoformat(),
            one.lapses_at.isoformat(),
            one.reminded,
            one.version,
            one.link,
        )
        for one in _rows(member, work, here, "")
    ]
    return exports.answer(exports.Table("invitations", columns, rows), kind)


@router.post("/consent/invitations/due")
def due(member: Edits, here: Here) -> Response:
    found = ask_holders.remind(here.house, member.organisation, here.now())
    lapsed = sum(one.day is None for one in found)
    told = f"{len(found) - lapsed} reminders to send, {lapsed} lapsed" if found else "Nothing is due today"
    return back_to("/consent/invitations", told)


@router.get("/consent/songs/{recording_id}")
def song(recording_id: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    return _song_page(_recording(work, recording_id), request, member, work, here)


@router.post("/consent/songs/{recording_id}/invite")
def invite(recording_id: str, request: Request, form: Form, member: Edits, work: Reading, here: Here) -> Response:
    recording, now = _recording(work, recording_id), here.now()
    findings: list[Finding] = []
    chosen = [str(one) for one in form.getlist("ask")]
    standings = who_answered(here.house, member.organisation, work, recording, now)
    asked = [one for one in standings.holders if _key(one) in chosen]
    if not asked:
        findings.append(Finding("Whom to ask", "is nobody", "tick at least one holder"))
    days = text_of(form, "days") or str(LAPSE_DAYS)
    if not days.isdigit():
        findings.append(Finding("Days", f"{days!r} is no number", "write such as 21"))
    try:
        if not findings:
            where = places_of(text_of(form, "territories") or "WW", "Where")
            proposals = [
                ask_holders.proposal_of(
                    holder=one.party,
                    right=one.right,
                    reach=Reach(Level.RECORDING, recording.id),
                    territories=where & one.territories,
                    preset=text_of(form, "preset"),
                    adjust={},
                    at=now,
                )
                for one in asked
            ]
            sent = ask_holders.invite_holders(
                here.house, member.organisation, proposals, at=now, by=member.person_id, days=int(days)
            )
            return back_to(f"/consent/songs/{recording.id}", f"{len(sent)} invitations are out: copy their links")
    except ConsentError as error:
        findings += error.findings
    return _song_page(recording, request, member, work, here, findings=findings, chosen=chosen)


@router.get("/exports/consent/songs/{recording_id}.{kind}")
def export_song(recording_id: str, kind: exports.Kind, member: Sees, work: Reading, here: Here) -> Response:
    found = who_answered(here.house, member.organisation, work, _recording(work, recording_id), here.now())
    columns = ("right", "holder", "share", "territories", "answer", "terms", "link")
    rows = [
        (one.right, one.holder, one.share, one.territories, one.words, one.terms, one.link)
        for one in _holders(found, names_of(work, member), here, show_links=member.may(Capability.EDIT_OFFERS))
    ]
    return exports.answer(exports.Table("answers", columns, rows), kind)


def _song_page(
    recording: Recording,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    *,
    findings: Sequence[Finding] = (),
    chosen: Sequence[str] = (),
) -> Response:
    found = who_answered(here.house, member.organisation, work, recording, here.now())
    names = names_of(work, member)
    return desk_page(
        "song_answers.html",
        request,
        work,
        member,
        "invitations",
        findings=findings,
        recording=recording,
        holders=_holders(found, names, here, show_links=member.may(Capability.EDIT_OFFERS)),
        meters=_meters(found),
        presets=[(one.name, one.purpose) for one in presets().values()],
        chosen=chosen,
        days=LAPSE_DAYS,
        reminders=REMINDER_DAYS,
    )


def _rows(member: Identity, work: UnitOfWork, here: Installation, standing: str) -> list[InvitationRow]:
    names = names_of(work, member)
    desk = Desk(here.house, member.organisation, work, here.now())
    titles = {one.id: one.title for one in work.catalogue.recordings()}
    found = [desk.asked(one) for one in reversed(desk.invitations)]
    may_copy = member.may(Capability.EDIT_OFFERS)
    return [
        _row(one, names, titles, here, may_copy=may_copy)
        for one in found
        if not standing or (one.standing.value == standing and not one.superseded)
    ]


def _row(one: Asked, names: Names, titles: dict[str, str], here: Installation, *, may_copy: bool) -> InvitationRow:
    state, words = STANDINGS[one.standing]
    if one.superseded:
        state, words = "none", "Replaced by a newer version"
    reach = one.offer.reach
    return InvitationRow(
        id=one.invitation.id,
        holder=names(one.invitation.holder),
        right=w.sentence(w.words(one.invitation.right, w.RIGHTS)),
        about=titles.get(reach.id, str(reach)),
        about_url=f"/consent/songs/{reach.id}" if reach.level is Level.RECORDING else "",
        state=state,
        words=words,
        invited_at=one.invitation.invited_at,
        lapses_at=one.invitation.lapses_at,
        reminded=", ".join(f"day {day}" for day in one.reminded),
        link=_address(here, one.path) if may_copy and one.standing is Standing.OPEN else "",
        version=one.invitation.version,
        evidence=one.evidence_sha256,
    )


def _holders(found: Standings, names: Names, here: Installation, *, show_links: bool) -> list[HolderRow]:
    rows = []
    for one in found.holders:
        state, words = ANSWERS[one.answer]
        asked = one.asked
        waiting = asked is not None and asked.standing is Standing.OPEN
        if waiting and one.answer == "granted":
            words = "Agrees, and is asked about a change"
        elif asked is not None and asked.standing is Standing.LAPSED and one.answer == "silent":
            state, words = "no", "Did not answer, which is a no"
        rows.append(
            HolderRow(
                key=_key(one),
                holder=names(one.party),
                right=w.sentence(w.words(one.right, w.RIGHTS)),
                share=percent(one.share) if one.share != 1 else "",
                territories=w.sentence(w.places(str(one.territories))),
                state=state,
                words=words,
                terms="" if one.offer is None else f"{one.offer.preset or 'Own terms'}, version {one.offer.version}",
                offer_url="" if one.offer is None else f"/consent/offers/{one.offer.id}",
                link=_address(here, asked.path) if waiting and show_links and asked is not None else "",
                lapses_at=asked.invitation.lapses_at if waiting and asked is not None else None,
                askable=not waiting,
            )
        )
    return rows


def _meters(found: Standings) -> list[MeterRow]:
    rows = []
    for one in found.splits:
        total, granted = one.total, one.granted
        side = "Recording" if one.side == "master" else "Song"
        where = w.places(str(one.territories))
        whole = total == 1
        rows.append(
            MeterRow(
                f"{side}, {where}",
                _permille(total),
                f"{percent(total)} on file" + ("" if whole else f", {_gap(total)}"),
                _permille(granted),
                f"{percent(granted)} agree",
                whole,
            )
        )
    return rows


def _gap(total: Fraction) -> str:
    return f"{percent(1 - total)} missing" if total < 1 else f"{percent(total - 1)} too much"


def _permille(share: Fraction) -> int:
    return max(0, min(1000, int(share * 1000)))


def _key(one: HolderStanding) -> str:
    return f"{one.right}:{one.party}:{one.share}"


def _address(here: Installation, path: str) -> str:
    return here.settings.address.rstrip("/") + path


def _recording(work: UnitOfWork, recording_id: str) -> Recording:
    found = work.catalogue.recording(recording_id)
    if found is None:
        raise NotFound("recording")
    return found
