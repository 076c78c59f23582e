"""The pages on matches: the queue, one file against what is in it, the lists for services, and the uploader's terms."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.analysis.model import AudioError
from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.looking import do_here, job_of, stopped
from ritornello.api.matches import Publishes, Routes, Sees, problem_of, referred
from ritornello.api.streaming import media_type, stream
from ritornello.api.uploads import heard_in_turn, plain_name, uploaded
from ritornello.distribution.allow_lists import COLUMNS
from ritornello.distribution.matches import Route
from ritornello.identifiers.territories import TerritorySet
from ritornello.identify.model import IdentifyError
from ritornello.jobs import JobState
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.royalty.wording import percent
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.adaptation import SCRIPTS
from ritornello.studio.plan import LANGUAGE_NAMES
from ritornello.web import exports
from ritornello.web.field_words import places, sentence
from ritornello.web.frames import frame, names_for
from ritornello.web.pages import names_of
from ritornello.web.read_match import Matches
from ritornello.web.read_song import CREDIT_ROLES, Reader
from ritornello.web.rendering import page
from ritornello.web.wording import plural
from ritornello.workflows import answer_match, convert_match, route_matches, service_lists, take_in_matches
from ritornello.workflows.look_into import Use, is_long, order_look
from ritornello.workflows.refer import Referred
from ritornello.workflows.route_matches import NotRouted

router = APIRouter(include_in_schema=False)

CURRENCY = "EUR"
LOOKING = {
    JobState.QUEUED: ("wait", "Waiting for its turn"),
    JobState.RUNNING: ("wait", "Listening and comparing"),
    JobState.DONE: ("yes", "Done"),
    JobState.FAILED: ("no", "It could not be done"),
    JobState.CANCELLED: ("none", "Stopped; nothing of the file is kept"),
}


def told(error: NotRouted) -> str:
    """Everything that stands against something, as sentences."""
    return " ".join(f"{one.what[0].upper()}{one.what[1:]}: {one.mend}." for one in error.found)


def _may_route(member: Identity) -> bool:
    return member.may(Capability.DELIVER) or member.may(Capability.EDIT_OFFERS)


def _reader(member: Identity, work: UnitOfWork, here: Installation) -> Matches:
    names = names_for(work, member)
    return Matches(work, names, Reader(work, member, names, here.now(), {}))


@router.get("/matches")
def queue(request: Request, member: Sees, work: Reading, here: Here, said: str = "") -> Response:
    """The queue, with a form to take in a file."""
    return _queue(request, member, work, here, said, "")


def _queue(
    request: Request, member: Identity, work: UnitOfWork, here: Installation, said: str, trouble: str, status: int = 200
) -> Response:
    rows = _reader(member, work, here).queue(
        take_in_matches.queue(here.house, member.organisation, here.now()), CURRENCY
    )
    around = frame(request, work, member, "matches")
    words = "Nothing of the catalogue was found in that file; nothing is kept of it." if said == "nothing" else ""
    context = {"rows": rows, "may_route": _may_route(member), "said": words, "trouble": trouble}
    return HTMLResponse(page("matches.html", around, **context), status)


@router.post("/matches")
def take_in(
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    background: BackgroundTasks,
    file: Annotated[UploadFile, File()],
    service: Annotated[str, Form(max_length=64)] = "",
    channel: Annotated[str, Form(max_length=128)] = "",
    plays: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Hear a file that was found; then its own page, or the queue with what was wrong. A long one becomes a job."""
    number = plays.strip().replace(",", "").replace(".", "").replace(" ", "")
    if number and not number.isdecimal():
        return _queue(request, member, work, here, "", f"Plays: {plays!r} is not a whole number.", 422)
    use = Use(service.strip(), channel.strip(), int(number) if number else None)
    house, organisation, name = here.house, member.organisation, plain_name(file)
    with uploaded(file, here) as path:
        try:
            if is_long(path):
                job = order_look(house, organisation, path, name, here.now(), member.person_id, record=use)
                do_here(here, background)
                return RedirectResponse(f"/matches/looking/{job.id}", 303)
            with heard_in_turn(here):
                taken = take_in_matches.take_in_match(
                    house,
                    organisation,
                    path,
                    here.now(),
                    name=name,
                    service=use.service,
                    channel=use.channel,
                    plays=use.plays,
                )
        except (AudioError, IdentifyError) as error:
            return _queue(request, member, work, here, "", f"{plain_name(file)}: {error.what}. {error.mend}", 422)
    target = "/matches?said=nothing" if taken.match is None else f"/matches/{taken.match.id}"
    return RedirectResponse(target, 303)


@router.get("/matches/looking/{look_job}")
def looking(look_job: str, request: Request, member: Routes, work: Reading) -> Response:
    """How far a long file is looked into; then the way to what is in it."""
    job = job_of(look_job, member, work)
    state, words = LOOKING[job.state]
    match = (job.result or {}).get("match")
    around = frame(request, work, member, "matches")
    context = {"job": job, "state": state, "words": words, "over": job.state.ended, "match": match}
    return HTMLResponse(page("looking.html", around, **context))


@router.post("/matches/looking/{look_job}")
def stop_looking(look_job: str, member: Routes, here: Here, work: Reading) -> Response:
    """Stop looking into a file; then the page that says so."""
    stopped(look_job, member, here, work)
    return RedirectResponse(f"/matches/looking/{look_job}", 303)


@router.get("/exports/matches.{kind}")
def export_matches(kind: exports.Kind, member: Sees, work: Reading, here: Here) -> Response:
    queued = take_in_matches.queue(here.house, member.organisation, here.now())
    rows = _reader(member, work, here).queue(queued, CURRENCY)
    columns = ("id", "file", "where", "found", "plays", "worth", "state", "found_at")
    cells = [
        (row.id, row.file, row.where, "; ".join(row.found), row.plays, row.worth, row.state_words, row.found_at)
        for row in rows
    ]
    return exports.answer(exports.Table("matches", columns, cells), kind)


@router.get("/channels")
def channels(request: Request, member: Sees, work: Reading, here: Here, day: date | None = None) -> Response:
    """What each co-owner has to enter at the services that match content."""
    at = here.now()
    found = service_lists.lists_of(here.house, member.organisation, day or at.date(), at)
    names = names_for(work, member)
    around = frame(request, work, member, "matches")
    context = {
        "rows": found,
        "names": names,
        "day_chosen": day or at.date(),
        "total": plural(len(found), "row", "rows"),
    }
    return HTMLResponse(page("channels.html", around, **context))


@router.get("/exports/channels.{kind}")
def export_channels(
    kind: exports.Kind, member: Sees, work: Reading, here: Here, day: date | None = None, co_owner: str = ""
) -> Response:
    """The lists as a table, of all co-owners or of one."""
    at = here.now()
    found = service_lists.lists_of(here.house, member.organisation, day or at.date(), at)
    rows = [row.cells() for row in found if co_owner in ("", row.co_owner)]
    return exports.answer(exports.Table("channels", COLUMNS, rows), kind)


@router.get("/matches/{match_id}")
def match(match_id: str, request: Request, member: Sees, work: Reading, here: Here, reference: str = "") -> Response:
    """One file against one of the recordings in it."""
    return _match(match_id, request, member, work, here, reference)


def _match(
    match_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    reference: str = "",
    trouble: str = "",
    link: str = "",
    status: int = 200,
) -> Response:
    try:
        examined = route_matches.examine(here.house, member.organisation, match_id, here.now())
    except LookupError as error:
        raise NotFound("match") from error
    reader = _reader(member, work, here)
    view = reader.match(examined, here.house.blobs, reference, may_route=_may_route(member))
    around = frame(request, work, member, "matches")
    return HTMLResponse(page("match.html", around, view=view, trouble=trouble, link=link), status)


@router.api_route("/matches/{match_id}/audio", methods=["GET", "HEAD"])
def audio(match_id: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    """The sound of a file that was found, whole or in part."""
    found = work.matches.match(match_id)
    if found is None or found.audio_key is None or not here.house.blobs.exists(found.audio_key):
        raise NotFound("sound of this match")
    return stream(request, here.house.blobs, found.audio_key, media_type(here.house.blobs, found.audio_key))


@router.post("/matches/{match_id}")
def decide(
    match_id: str,
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    route: Annotated[Route, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
    territories: Annotated[str, Form(max_length=500)] = "WW",
    releases_past: Annotated[bool, Form()] = False,
) -> Response:
    """Decide; then the page with the decision on it, or with everything that stands against it."""
    try:
        places = TerritorySet.parse(territories or "WW")
        route_matches.route_match(
            here.house,
            member.organisation,
            match_id,
            route,
            by=member.person_id,
            reason=reason,
            at=here.now(),
            territories=places,
            releases_past=releases_past,
        )
    except NotRouted as error:
        return _match(match_id, request, member, work, here, trouble=told(error), status=422)
    except LookupError as error:
        raise NotFound("match") from error
    except ValueError as error:
        trouble = f"Territories: {error}."
        return _match(match_id, request, member, work, here, trouble=trouble, status=422)
    return RedirectResponse(f"/matches/{match_id}", 303)


@router.post("/matches/{match_id}/link")
def link(
    match_id: str,
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    tier: Annotated[str, Form(pattern="^(everyone|subscribers|superfans)$")] = "everyone",
    country: Annotated[str, Form(max_length=2)] = "",
    age: Annotated[str, Form(pattern="^[0-9]{0,3}$")] = "",
    verified: Annotated[bool, Form()] = False,
) -> Response:
    """Make the link for the uploader; it is shown once, on the page."""
    uploader = convert_match.Uploader(tier, country.upper(), int(age) if age else None, verified)
    try:
        token = convert_match.link_for(here.house, member.organisation, match_id, uploader, here.now())
    except (NotRouted, LookupError) as error:
        raise problem_of(error) from error
    return _match(match_id, request, member, work, here, link=f"{here.settings.address}/found/{token}")


@router.post("/matches/{match_id}/answers")
def answered(
    match_id: str,
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    answer: Annotated[Literal["declined", "disputed"], Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Write down what the uploader answered in another way than by the link."""
    try:
        answer_match.record_answer(
            here.house, member.organisation, match_id, Route(answer), reason, by=member.person_id, at=here.now()
        )
    except NotRouted as error:
        return _match(match_id, request, member, work, here, trouble=told(error), status=422)
    except LookupError as error:
        raise NotFound("match") from error
    return RedirectResponse(f"/matches/{match_id}", 303)


@router.post("/matches/{match_id}/releases")
def let_go(
    match_id: str,
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    holder: Annotated[str, Form(max_length=64)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Write down that a holder lets go of what was earned before the licence."""
    try:
        answer_match.let_go(
            here.house, member.organisation, match_id, holder, by=member.person_id, reason=reason, at=here.now()
        )
    except NotRouted as error:
        return _match(match_id, request, member, work, here, trouble=told(error), status=422)
    except LookupError as error:
        raise NotFound("match") from error
    return RedirectResponse(f"/matches/{match_id}", 303)


@router.post("/songs/{recording_id}/channels")
def tell_channel(
    recording_id: str,
    member: Publishes,
    here: Here,
    service: Annotated[str, Form(max_length=64)],
    channel: Annotated[str, Form(max_length=128)],
) -> Response:
    """The publish sheet's channel: where a licensed derivative is published, so that it is never claimed."""
    try:
        route_matches.tell_channel(
            here.house, member.organisation, recording_id, service=service, channel=channel, at=here.now()
        )
    except (NotRouted, LookupError) as error:
        raise problem_of(error) from error
    return RedirectResponse(f"/songs/{recording_id}/publish", 303)


@router.get("/songs/{recording_id}/publish")
def publish(recording_id: str, request: Request, member: Publishes, work: Reading, here: Here) -> Response:
    """The publish sheet of a derivative: credits, disclosure, where it may go, and its channels."""
    return _publish(recording_id, request, member, work, here)


def _publish(
    recording_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    referred: Referred | None = None,
    vouched: str = "",
    trouble: str = "",
    status: int = 200,
) -> Response:
    sheet = route_matches.publish_sheet(work, recording_id, here.now())
    if sheet is None:
        raise NotFound("licensed derivative")
    names = names_of(work, member)
    around = frame(request, work, member, "catalogue")
    context = {
        "sheet": sheet,
        "names": names,
        "roles": CREDIT_ROLES,
        "may_route": _may_route(member),
        "percent": percent,
        "places": lambda territories: sentence(places(str(territories))),
        "languages": LANGUAGE_NAMES,
        "scripts": SCRIPTS,
        "several_places": len({one.territories for one in sheet.expected}) > 1,
    }
    return HTMLResponse(
        page("publish.html", around, referred=referred, vouched=vouched, trouble=trouble, **context), status
    )


@router.post("/songs/{recording_id}/reference")
def reference(
    recording_id: str,
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    exclusive: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """The publish sheet with the answer whether the derivative may become a reference of its own."""
    try:
        with heard_in_turn(here):
            found = referred(here, member, recording_id, exclusive, "")
    except Problem as problem:
        if problem.status_code != 422:
            raise
        trouble = f"{problem.detail[0].upper()}{problem.detail[1:]}. {problem.mend[0].upper()}{problem.mend[1:]}."
        return _publish(recording_id, request, member, work, here, None, exclusive, trouble, 422)
    return _publish(recording_id, request, member, work, here, found, exclusive)
