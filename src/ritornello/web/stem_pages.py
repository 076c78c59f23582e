"""Stems brought in, as a page: the check of each against the master, the null test, and the contest package."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.analysis.model import AudioError
from ritornello.api.doors import Here, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.streaming import stream
from ritornello.api.studio import Makes, job_document, render_of
from ritornello.api.uploads import plain_name, uploaded
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.intake import NULL_DB
from ritornello.web.exports import Kind, Table, answer
from ritornello.web.frames import frame
from ritornello.web.rendering import page
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_papers import owner_of
from ritornello.workflows.studio_stems import MOST_STEMS, STEMS, order_check, order_packing

router = APIRouter(include_in_schema=False)
MOST_SONGS = 500
SECTION_S = 10
"""Seconds of a section of the null test."""


@router.get("/studio/stems")
def stems(request: Request, member: Makes, work: Reading, recording_id: str = "") -> Response:
    """The form: stems, and the master that they make."""
    return _form(request, member, work, recording_id, {})


@router.post("/studio/stems")
def check(
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    files: Annotated[list[UploadFile], File()] = [],  # noqa: B006 - read, never changed
    master: Annotated[UploadFile | None, File()] = None,
    recording_id: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Have stems checked; what is wrong is told at its field, file by file."""
    wrong: dict[str, str] = {}
    given = [one for one in files if one.filename]
    own_master = master if master is not None and master.filename else None
    if not 1 <= len(given) <= MOST_STEMS:
        wrong["files"] = f"are {len(given)}; bring 1 to {MOST_STEMS}"
    if (own_master is None) == (not recording_id):
        wrong["master"] = "is needed once; bring its file, or choose the recording that it is"
    names = [PurePath(plain_name(one)).stem for one in given]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        wrong["files"] = f"hold {', '.join(twice)} twice; name each file after its part"
    if not wrong:
        with ExitStack() as open_files:
            try:
                whole = recording_id if own_master is None else open_files.enter_context(uploaded(own_master, here))
                paths = {
                    name: open_files.enter_context(uploaded(one, here)) for name, one in zip(names, given, strict=True)
                }
                job = order_check(here.house, member.organisation, paths, whole, here.now(), owner_of(member))
                return RedirectResponse(f"/studio/stems/{job.id}", 303)
            except SourceMissing as error:
                wrong["recording_id"] = str(error)
            except (AudioError, ValueError) as error:
                wrong["files"] = str(error)
            except Problem as error:
                wrong["files"] = f"{error.detail}; {error.mend}"
    return _form(request, member, work, recording_id, wrong)


@router.get("/studio/stems/{job_id}")
def checked(job_id: str, request: Request, member: Makes, work: Reading, here: Here) -> Response:
    """How far the check is, or what it found stem by stem."""
    job = render_of(job_id, member, work, (STEMS,))
    result = job.result or {}
    drawn = page(
        "stem_check.html",
        frame(request, work, member, "catalogue"),
        job=job_document(job, here.now()),
        result=result,
        rows=_rows(result),
        whole=[one for one in result.get("findings", ()) if not one["stem"]],
        sections=_sections(result),
        limit=NULL_DB,
        packs=job.payload["pack"],
    )
    return HTMLResponse(drawn)


@router.post("/studio/stems/{job_id}/package")
def pack(
    job_id: str,
    member: Makes,
    work: Reading,
    here: Here,
    title: Annotated[str, Form(max_length=200)] = "",
    terms: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Make a contest package of stems that passed."""
    job = render_of(job_id, member, work, (STEMS,))
    if not (job.result or {}).get("accepted"):
        raise Problem(409, "these stems did not pass the check", mend="mend what was found, and bring them again")
    made = order_packing(here.house, member.organisation, job, title.strip(), terms.strip(), here.now())
    return RedirectResponse(f"/studio/stems/{made.id}", 303)


@router.get("/studio/stems/{job_id}/package.zip")
def package(job_id: str, request: Request, member: Makes, work: Reading, here: Here) -> Response:
    """The contest package."""
    result = render_of(job_id, member, work, (STEMS,)).result or {}
    if not result.get("package_key"):
        raise NotFound("package")
    name = str(result["package_name"])
    return stream(request, here.house.blobs, str(result["package_key"]), "application/zip", name=name)


@router.get("/exports/stems/{job_id}.{kind}")
def export(job_id: str, kind: Kind, member: Makes, work: Reading) -> Response:
    """What was found, stem by stem, as a table."""
    result = render_of(job_id, member, work, (STEMS,)).result or {}
    columns = ("stem", "ms", "rate", "channels", "lufs_centi", "dbtp_centi", "finding", "mend")
    rows = [
        (*(row[name] for name in columns[:6]), one["what"], one["mend"])
        for row in _rows(result)
        for one in row["findings"] or [{"what": "", "mend": ""}]
    ]
    rows += [("", None, None, None, None, None, one["what"], one["mend"])
             for one in result.get("findings", ()) if not one["stem"]]  # fmt: skip
    return answer(Table("stems", columns, rows), kind)


def _rows(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each stem with its level and what was found of it."""
    return [
        {"stem": part, **level, "findings": [one for one in result["findings"] if one["stem"] == part]}
        for part, level in result.get("levels", {}).items()
    ]


def _sections(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The null test by section: from where, how much is left (dB), and how high its bar stands (percent of 0 dB)."""
    return [
        {
            "start_ms": 1000 * SECTION_S * number,
            "db": value / 100,
            "height": max(1, min(100, round(100 + value / 100))),
            "fails": value / 100 > NULL_DB,
        }
        for number, value in enumerate(result.get("residual_by_section_centidb", ()))
    ]


def _form(
    request: Request, member: Identity, work: UnitOfWork, recording_id: str, wrong: Mapping[str, str]
) -> Response:
    songs = sorted(
        (one for one in work.catalogue.recordings() if one.kind != "derivative" and one.audio_key),
        key=lambda one: one.title,
    )
    drawn = page(
        "stems.html",
        frame(request, work, member, "catalogue"),
        songs=[(one.id, one.title) for one in songs[:MOST_SONGS]],
        recording_id=recording_id,
        wrong=wrong,
        most=MOST_STEMS,
    )
    return HTMLResponse(drawn, 422 if wrong else 200)
