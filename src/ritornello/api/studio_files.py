"""What a finished render can be taken away as: recipe, report, and of a new performance its notes and lead sheet."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ritornello.api.doors import Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.studio import Makes, render_of
from ritornello.jobs import Job
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.reading import parse
from ritornello.studio.sheets import sheets_of

router = APIRouter(prefix="/api/v1/studio/renders", tags=["studio"])

MEDIA: Mapping[str, str] = {
    "recipe.json": "application/json",
    "report.json": "application/json",
    "performance.mid": "audio/midi",
    "lead-sheet.musicxml": "application/vnd.recordare.musicxml+xml",
    "score.json": "application/json",
}
"""Every file that a render may have; those of scores are there for new performances alone."""
_ENDINGS = {"performance.mid": ".mid", "lead-sheet.musicxml": ".musicxml", "score.json": ".score.json"}


@router.get("/{job_id}/files")
def files(job_id: str, member: Makes, work: Reading) -> dict[str, list[str]]:
    """The names of a finished render's files; its sound has an address of its own."""
    return {"files": list(files_of(finished(job_id, member, work), work))}


@router.get("/{job_id}/files/{name}")
def file(job_id: str, name: str, member: Makes, work: Reading) -> Response:
    """One of them."""
    there = files_of(finished(job_id, member, work), work)
    if name not in there:
        raise NotFound(f"file {name} of this render (it has {', '.join(there)})")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(there[name](), media_type=MEDIA[name], headers=headers)


def finished(job_id: str, member: Makes, work: UnitOfWork) -> Job:
    """A render of the asker's that is done; Problem 409 for one that is not."""
    job = render_of(job_id, member, work)
    if job.result is None:
        raise Problem(409, f"this render is {job.state.value}; it has no files yet", mend="ask again when it is done")
    return job


def files_of(job: Job, work: UnitOfWork) -> dict[str, Callable[[], bytes]]:
    """The files of a finished render by name, each with what writes it."""
    found: dict[str, Callable[[], bytes]] = {}
    document: Any = job.payload.get("recipe")
    if document:
        recipe = parse(document)
        found["recipe.json"] = lambda: _text(recipe.to_document())
        sheets = sheets_of(recipe)
        for name, ending in _ENDINGS.items():
            if ending in sheets:
                found[name] = partial(sheets.__getitem__, ending)
    if report := report_of(str((job.result or {})["recording_id"]), work):
        found["report.json"] = lambda: _text(report)
    return found


def report_of(recording_id: str, work: UnitOfWork) -> dict[str, Any]:
    """What is on file about a render: what it did by its recipe, and what was measured. Empty where none is."""
    made = work.studio.render(recording_id)
    if made is None:
        return {}
    return {
        "recording_id": recording_id,
        "licence_id": made.licence_id,
        "recipe_id": made.recipe_id,
        "rendered_at": made.rendered_at.isoformat(),
        "manifest": dict(made.manifest),
        "measured": dict(made.measurement),
    }


def _text(document: Mapping[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
