"""A maker's own takes beside a song, as a page: recorded in the browser or uploaded, declared, heard again, used.

A take is kept only with the declaration that it is its maker's own. Recording needs a script and the permission of the
browser; a file can be brought without either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.analysis.model import AudioError
from ritornello.api.doors import Here, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.security import RECORDS
from ritornello.api.studio import Makes
from ritornello.api.uploads import plain_name, uploaded
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.recipe import DECLARATIONS
from ritornello.web.frames import frame
from ritornello.web.rendering import page
from ritornello.web.views import Link
from ritornello.workflows.studio_papers import PaperRefused, keep_take, owner_of

router = APIRouter(include_in_schema=False)


@router.get("/songs/{recording_id}/takes")
def takes(recording_id: str, request: Request, member: Makes, work: Reading) -> Response:
    """The takes on the maker's desk, and how to add one."""
    return _drawn(recording_id, request, member, work, {})


@router.post("/songs/{recording_id}/takes")
def bring(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    declaration: Annotated[str, Form()] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep a take; what is wrong is told at its field, and nothing is kept of it."""
    _song(recording_id, work)
    wrong: dict[str, str] = {}
    if file is None or not file.filename:
        wrong["file"] = "is missing; record a take or choose a file"
    if declaration not in DECLARATIONS:
        wrong["declaration"] = "is not given; only what you sang or played yourself is yours to bring"
    if not wrong and file is not None:
        try:
            with uploaded(file, here) as path:
                called = " ".join(name.split()) or plain_name(file)
                keep_take(
                    here.house,
                    member.organisation,
                    owner_of(member),
                    recording_id,
                    path,
                    called,
                    declaration,
                    here.now(),
                )
            return RedirectResponse(f"/songs/{recording_id}/takes", 303)
        except (AudioError, PaperRefused) as error:
            wrong["file"] = str(error)
        except Problem as error:
            wrong["file"] = f"{error.detail}; {error.mend}"
    return _drawn(recording_id, request, member, work, wrong)


@router.post("/songs/{recording_id}/takes/{paper_id}/drop")
def drop(recording_id: str, paper_id: str, member: Makes, here: Here) -> Response:
    """Throw a take away. What was rendered with it stays."""
    with here.house.work(member.organisation) as work:
        if not work.studio.drop_paper(paper_id, owner_of(member)):
            raise NotFound("take of yours")
        work.commit()
    return RedirectResponse(f"/songs/{recording_id}/takes", 303)


def _song(recording_id: str, work: UnitOfWork) -> Link:
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    return Link(recording.title, f"/songs/{recording.id}")


def _drawn(
    recording_id: str, request: Request, member: Identity, work: UnitOfWork, wrong: Mapping[str, str]
) -> Response:
    recording = work.catalogue.recording(recording_id)
    song = _song(recording_id, work)
    kept: list[dict[str, Any]] = [
        {"id": one.id, "name": one.name, "ms": one.document["ms"], "saved_at": one.saved_at}
        for one in work.studio.papers(owner_of(member), recording_id, "take")
    ]
    drawn = page(
        "takes.html",
        frame(request, work, member, "catalogue"),
        song=song,
        takes=kept,
        wrong=wrong,
        declarations=DECLARATIONS,
        audio=f"/audio/{recording_id}" if recording is not None and recording.audio_key else "",
        stems=bool(work.catalogue.stems_of(recording_id)),
    )
    return HTMLResponse(drawn, 422 if wrong else 200, headers=RECORDS)
