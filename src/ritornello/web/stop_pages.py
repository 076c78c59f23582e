"""Stop now, and what was allowed on a day: the kill switch as a list with its reasons, and the log replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.invitations import places_of
from ritornello.consent.codes import ACTS, OWN_SERVICE, TYPES
from ritornello.consent.errors import ConsentError, Finding
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports, read_decision
from ritornello.web import field_words as w
from ritornello.web.desk import Form, back_to, desk_page, text_of
from ritornello.web.pages import names_of
from ritornello.web.party_fields import Parties
from ritornello.web.views import DecisionView, Link
from ritornello.workflows import consent_desk
from ritornello.workflows.ask import allowed_on
from ritornello.workflows.consent_wide import stranger
from ritornello.workflows.stop_now import stops
from ritornello.workflows.try_offer import question

router = APIRouter(include_in_schema=False)
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Stops = Annotated[Identity, Depends(allowed(Capability.TAKE_DOWN))]


@dataclass(frozen=True, slots=True)
class StopRow:
    id: str
    what: str
    by: str
    reason: str
    since: datetime
    until: datetime | None
    active: bool


@router.get("/consent/stops")
def list_stops(request: Request, member: Sees, work: Reading, here: Here) -> Response:
    return _page(request, member, work, here)


@router.get("/exports/stops.{kind}")
def export_stops(kind: exports.Kind, member: Sees, work: Reading, here: Here) -> Response:
    columns = ("id", "what", "by", "reason", "since", "until", "active")
    rows = [
        (
            one.id,
            one.what,
            one.by,
            one.reason,
            one.since.isoformat(),
            None if one.until is None else one.until.isoformat(),
            one.active,
        )
        for one in _rows(member, work, here)
    ]
    return exports.answer(exports.Table("stops", columns, rows), kind)


@router.post("/consent/stops")
def stop(request: Request, form: Form, member: Stops, work: Reading, here: Here) -> Response:
    findings: list[Finding] = []
    asset, service, reason = text_of(form, "asset"), text_of(form, "service"), text_of(form, "reason", 1000)
    written = text_of(form, "maker")
    maker = Parties(work, names_of(work, member)).read(written, "Maker", findings) if written else ""
    if not reason:
        findings.append(Finding("Why", "is missing", "say why, for the file"))
    try:
        if not findings:
            consent_desk.stop(
                here.house,
                member.organisation,
                by=member.person_id,
                reason=reason,
                at=here.now(),
                asset_id=asset or None,
                person_id=maker or None,
                service=service or None,
                territories=places_of(text_of(form, "territories") or "WW", "Where"),
            )
            return back_to("/consent/stops", "Stopped")
    except ConsentError as error:
        findings += error.findings
    return _page(request, member, work, here, findings=findings)


@router.post("/consent/stops/{stop_id}/lift")
def lift(stop_id: str, request: Request, form: Form, member: Stops, work: Reading, here: Here) -> Response:
    reason = text_of(form, "reason", 1000)
    findings: list[Finding] = [] if reason else [Finding("Why", "is missing", "say why it may go on")]
    try:
        if not findings:
            consent_desk.lift(
                here.house, member.organisation, stop_id, by=member.person_id, reason=reason, at=here.now()
            )
            return back_to("/consent/stops", "Lifted: it may go on")
    except ConsentError as error:
        findings += error.findings
    return _page(request, member, work, here, findings=findings)


@router.get("/consent/day")
def on_a_day(
    request: Request,
    member: Sees,
    work: Reading,
    here: Here,
    day: str = "",
    song: str = "",
    type: str = "REMIX",
    act: str = "publish",
    territories: str = "DE",
    service: str = OWN_SERVICE,
) -> Response:
    """What was allowed on a day, from what was on file by its end; of a day that has not ended, until now."""
    now = here.now()
    originals = [(one.id, one.title) for one in work.catalogue.recordings() if one.kind == "original"]
    findings: list[Finding] = []
    answer: DecisionView | None = None
    if day and song:
        try:
            answer = _answer(member, work, here, day, song, (type, act, territories, service))
        except ConsentError as error:
            findings += error.findings
    return desk_page(
        "on_a_day.html",
        request,
        work,
        member,
        "day",
        findings=findings,
        answer=answer,
        day_=day or now.date().isoformat(),
        song=song,
        type_=type,
        act=act,
        territories=territories,
        service=service,
        songs=originals,
        types=[(one, w.sentence(w.words(one, w.TYPES))) for one in TYPES],
        acts=[(one, w.words(one, w.ACTS)) for one in ACTS],
    )


def _answer(
    member: Identity, work: UnitOfWork, here: Installation, day: str, song: str, asked: tuple[str, str, str, str]
) -> DecisionView:
    now = here.now()
    try:
        at = min(now, datetime.combine(datetime.fromisoformat(day).date(), time(23, 59, 59), UTC))
    except ValueError as error:
        raise ConsentError.of("Day", f"{day!r} is no day", "write such as 2026-05-03") from error
    if datetime.fromisoformat(day).date() > now.date():
        raise ConsentError.of("Day", "has not come yet", "ask about a past day")
    type_, act, territories, service = asked
    request = question(
        recording_id=song,
        type_=type_,
        territory=places_of(territories, "Country"),
        service=service,
        act=act,
        person=stranger(service, at).person,
        at=at,
    )
    decision = allowed_on(here.house, member.organisation, request, at)
    recording = work.catalogue.recording(song)
    title = song if recording is None else recording.title
    return read_decision.view(decision.to_document(), Link(title, f"/songs/{song}"), names_of(work, member))


def _page(
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    *,
    findings: Sequence[Finding] = (),
) -> Response:
    return desk_page(
        "stops.html",
        request,
        work,
        member,
        "stops",
        findings=findings,
        rows=_rows(member, work, here),
        songs=[(one.id, one.title, one.version_title) for one in work.catalogue.recordings()],
        known=Parties(work, names_of(work, member)).known(),
    )


def _rows(member: Identity, work: UnitOfWork, here: Installation) -> list[StopRow]:
    names = names_of(work, member)
    titles = {one.id: one.title for one in work.catalogue.recordings()}
    rows = []
    for one in stops(work, here.now()):
        stop = one.stop
        parts = [
            titles.get(stop.asset_id, stop.asset_id) if stop.asset_id else "everything",
            f"by {names(stop.person_id)}" if stop.person_id else "",
            f"on {names(stop.service)}" if stop.service else "",
            w.places(str(stop.territories)),
        ]
        what = ", ".join(part for part in parts if part)
        rows.append(StopRow(stop.id, w.sentence(what), names(one.by), one.reason, stop.since, stop.until, one.active))
    return rows
