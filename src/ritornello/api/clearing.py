"""Clearing a derivative for delivery, for programs: open points, what is in the way, the job, and what was packed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Body, Depends, File, Form, Query, UploadFile
from fastapi.responses import FileResponse, JSONResponse, Response

from ritornello.api.beside import do_beside
from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import MEDIA_TYPE, NotFound, Problem, document
from ritornello.api.money import job_document
from ritornello.api.uploads import uploaded
from ritornello.catalogue.model import Release
from ritornello.distribution.destinations import DestinationError
from ritornello.distribution.model import Hindrance
from ritornello.jobs import Handlers, Job
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import clear_for_delivery, clearing_jobs, open_points, prepare_release
from ritornello.workflows.clear_for_delivery import NotCleared
from ritornello.workflows.convert_match import end_of
from ritornello.workflows.prepare_release import NotPrepared
from ritornello.workflows.release_forecast import forecast_release
from ritornello.workflows.release_gate import NotRuled

router = APIRouter(prefix="/api/v1", tags=["delivery"])

Sees = Annotated[
    Identity,
    Depends(allowed(Capability.DELIVER, Capability.EDIT_OFFERS, Capability.SEE_CONSENT, Capability.APPROVE)),
]
Approves = Annotated[Identity, Depends(allowed(Capability.APPROVE))]
Delivers = Annotated[Identity, Depends(allowed(Capability.DELIVER))]
MEDIA = {
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".xml": "application/xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}


@router.get("/recordings/{recording_id}/open-points")
def points(
    recording_id: str,
    member: Sees,
    here: Here,
    at: Annotated[date | None, Query(description="as it stood at the end of a day; now if left out")] = None,
) -> dict[str, Any]:
    """What of a derivative could not be measured: each in words, the bound that it belongs to, and every ruling."""
    moment = here.now() if at is None else end_of(at)
    try:
        return open_points.points_of(here.house, member.organisation, recording_id, moment).to_document()
    except LookupError as error:
        raise NotFound("derivative that was rendered here") from error


@router.post("/recordings/{recording_id}/open-points/rulings")
def rule(
    recording_id: str,
    member: Approves,
    here: Here,
    term: Annotated[str, Body(max_length=128, description="the point, as the list names it")],
    approves: Annotated[bool, Body(description="whether it may leave all the same")],
    reason: Annotated[str, Body(max_length=500)],
) -> dict[str, Any]:
    """Rule on what could not be measured, having listened, as a holder or for those who let the house speak."""
    try:
        return open_points.rule_on_point(
            here.house, member.organisation, recording_id, term, member,
            approves=approves, reason=reason, at=here.now(),
        ).to_document()  # fmt: skip
    except NotRuled as error:
        raise refused(error) from error
    except LookupError as error:
        raise NotFound("derivative that was rendered here") from error


def refused(error: NotRuled) -> Problem:
    """Everything that stands against a ruling, as one problem."""
    return Problem(422, "; ".join(one.what for one in error.found), mend="; ".join(one.mend for one in error.found))


@router.get("/release/sender")
def sender(member: Sees, work: Reading, here: Here) -> dict[str, Any]:
    """As whom the house sends (`dpid`, `name`), and each owner's registrant prefix with the ISRCs left this year."""
    return prepare_release.sending_of(work, here.now()).to_document()


@router.put("/release/sender")
def set_sender(
    member: Delivers,
    here: Here,
    dpid: Annotated[str, Body(max_length=64)],
    name: Annotated[str, Body(max_length=200)],
) -> dict[str, Any]:
    """Put on file as whom the house sends; what stood before is kept."""
    with refusals():
        done = prepare_release.set_sender(here.house, member.organisation, dpid, name, here.now(), member.person_id)
    return done.to_document()


@router.put("/release/prefixes")
def set_prefix(
    member: Delivers,
    here: Here,
    owner: Annotated[str, Body(max_length=64, description="a party, by id")],
    prefix: Annotated[str, Body(max_length=16)],
) -> dict[str, Any]:
    """Put an owner's ISRC registrant prefix on file; only what they own is numbered from it."""
    with refusals():
        done = prepare_release.set_prefix(here.house, member.organisation, owner, prefix, here.now(), member.person_id)
    return done.to_document()


@router.get("/release/destinations")
def destinations(member: Sees, here: Here) -> list[dict[str, Any]]:
    """Where a release can go, with the rules on file: those that are shipped, and the house's own file."""
    with refusals():
        rows = prepare_release.destination_rows(here.house)
    return [dict(zip(prepare_release.DESTINATION_COLUMNS, row, strict=True)) for row in rows]


@router.get("/recordings/{recording_id}/release")
def check(
    recording_id: str,
    member: Sees,
    here: Here,
    to: Annotated[list[str], Query(description="services, by id; all of its licence if left out")] = [],  # noqa: B006
) -> dict[str, Any]:
    """Everything that is in the way of delivering a derivative, with how to mend it; nothing is written."""
    with refusals():
        return forecast_release(here.house, member.organisation, recording_id, to, here.now()).to_document()


@router.put("/recordings/{recording_id}/release")
def prepare(
    recording_id: str,
    member: Delivers,
    here: Here,
    upc: Annotated[str | None, Form(max_length=32)] = None,
    public: Annotated[date | None, Form(description="the day on which it is public")] = None,
    genre: Annotated[str | None, Form(max_length=100)] = None,
    cover: Annotated[UploadFile | None, File(description="JPEG or PNG, of cleared parts")] = None,
    cover_ai: Annotated[str | None, Form(max_length=16, description="none, assistive or generative")] = None,
) -> dict[str, Any]:
    """Keep what a release needs besides its sound; what is left out stays as it was."""
    kept = prepared(recording_id, member, here, upc=upc, public=public, genre=genre, cover=cover, cover_ai=cover_ai)
    return {
        "recording": recording_id,
        "upc": kept.upc,
        "public": None if kept.release_date is None else kept.release_date.isoformat(),
        "genre": kept.genre,
        "cover": kept.artwork_key,
        "cover_ai": kept.artwork_ai,
    }


@router.post("/recordings/{recording_id}/release", status_code=202)
def clear(
    recording_id: str,
    member: Delivers,
    here: Here,
    background: BackgroundTasks,
    to: Annotated[list[str], Body(embed=True, min_length=1, max_length=50, description="services, by id")],
) -> Response:
    """Clear a derivative for these services, as a job; 422 with everything that is in the way already (`errors`)."""
    try:
        with refusals():
            job = clearing_jobs.order_clearing(
                here.house, member.organisation, recording_id, to, here.now(), member.person_id
            )
    except NotCleared as error:
        told = document(
            422,
            "it may not leave yet",
            mend="mend what is listed, then order it again",
            errors=[{"where": one.code, "what": f"{one.what}: {one.mend}"} for one in error.found],
        )
        return JSONResponse(told, 422, media_type=MEDIA_TYPE)
    do_here(here, background)
    return JSONResponse(job_document(job), 202)


@router.get("/release/jobs/{clearing_job}")
def job(clearing_job: str, member: Delivers, work: Reading) -> dict[str, Any]:
    """How far it is: state, thousandths, what is being done; the package with its files, or why it failed."""
    return job_document(job_of(clearing_job, work))


@router.post("/release/jobs/{clearing_job}/cancel")
def cancel(clearing_job: str, member: Delivers, here: Here) -> dict[str, Any]:
    """Stop it; nothing is packed."""
    with here.house.work(member.organisation) as work:
        job_of(clearing_job, work)
        stopped = work.jobs.cancel(clearing_job, here.now())
        work.commit()
    return job_document(stopped)


@router.get("/recordings/{recording_id}/packages")
def packages(recording_id: str, member: Sees, here: Here) -> list[dict[str, Any]]:
    """What was packed of a derivative, oldest first: when, for whom, each file with its SHA-256."""
    with refusals():
        found = clear_for_delivery.packages_of(here.house, member.organisation, recording_id)
    return [
        {
            "id": one.id,
            "packed_at": one.packed_at.isoformat(),
            "to": list(one.destinations),
            "licence": one.licence_id,
            "files": dict(one.files),
        }
        for one in found
    ]


@router.get("/packages/{package_id}/files/{name}")
def file(package_id: str, name: str, member: Delivers, here: Here) -> FileResponse:
    """A file of a package, as it was packed; 404 for one that was lost or changed since."""
    return packed_file(package_id, name, member, here)


def packed_file(package_id: str, name: str, member: Identity, here: Installation) -> FileResponse:
    """The file as a download."""
    try:
        path = clear_for_delivery.file_of(here.house, member.organisation, package_id, name)
    except LookupError as error:
        raise NotFound("file as it was packed") from error
    return FileResponse(path, media_type=MEDIA.get(path.suffix, "application/octet-stream"), filename=name)


def prepared(
    recording_id: str,
    member: Identity,
    here: Installation,
    *,
    upc: str | None,
    public: date | None,
    genre: str | None,
    cover: UploadFile | None,
    cover_ai: str | None,
) -> Release:
    """Keep the particulars that were sent. Raises `Problem`."""

    def keep(path: Path | None) -> Release:
        with refusals():
            return prepare_release.prepare_release(
                here.house, member.organisation, recording_id, here.now(), member.person_id,
                upc=upc, public=public, genre=genre, cover=path, cover_ai=cover_ai,
            )  # fmt: skip

    if cover is None or not cover.filename:
        return keep(None)
    with uploaded(cover, here) as path:
        return keep(path)


@contextmanager
def refusals() -> Iterator[None]:
    """What these workflows refuse, told as problems."""
    try:
        yield
    except NotPrepared as error:
        raise of_hindrances(error.found) from error
    except DestinationError as error:
        raise Problem(422, str(error), mend="mend the house's own destinations file") from error
    except LookupError as error:
        raise NotFound("derivative that was rendered here") from error


def of_hindrances(found: tuple[Hindrance, ...]) -> Problem:
    """Everything that is wrong, as one problem."""
    return Problem(422, "; ".join(one.what for one in found), mend="; ".join(one.mend for one in found))


def job_of(job_id: str, work: UnitOfWork) -> Job:
    """A job that clears a derivative, of the asker's organisation; else 404."""
    found = work.jobs.get(job_id)
    if found is None or found.kind != clearing_jobs.CLEAR:
        raise NotFound("job")
    return found


def do_here(here: Installation, background: BackgroundTasks) -> None:
    """Let the application do what was just ordered, once it has answered; where it has no workers, others do."""
    do_beside(here, background, lambda: clearing_jobs.register(Handlers(), here.house, here.now))
