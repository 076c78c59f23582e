"""What the studio's page asks while it is used: the room of each kind, the parts to hear apart, and drafts to keep."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from ritornello.api.doors import Here, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.studio_rooms import sound_of_part
from ritornello.studio.building import BUILDERS
from ritornello.studio.plan import Plan, PlanError
from ritornello.web.studio_makers import Makes, where_first
from ritornello.web.studio_wish import FIELDS, cut
from ritornello.web.studio_words import room_in_words
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_desk import room_for
from ritornello.workflows.studio_papers import PaperRefused, keep, owner_of

router = APIRouter(include_in_schema=False)


@router.get("/songs/{recording_id}/studio/room")
def room(
    recording_id: str,
    member: Makes,
    work: Reading,
    here: Here,
    kind: str = "edit",
    maker: str = "",
    places: str = "WW",
) -> dict[str, Any]:
    """How much room one kind has: where each control stops, and why. Nothing is listened to."""
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    if kind not in BUILDERS:
        raise Problem(422, f"kind: {kind[:40]} is not made here", mend=f"use {', '.join(BUILDERS)}")
    try:
        where = where_first(member, work, maker, places)
        plan = Plan(kind, seconds=30 if kind == "radio_edit" else None)
        found = room_for(here.house, member.organisation, recording_id, plan, where, here.now())
    except PlanError as error:
        one = error.findings[0]
        return {"answer": "impossible", "said": f"{one.what[0].upper()}{one.what[1:]}. {one.mend.capitalize()}."}
    except SourceMissing as error:
        return {"answer": "impossible", "said": f"{error}."}
    return room_in_words(found, recording.duration_ms)


@router.get("/songs/{recording_id}/studio/parts/{part}")
def part(
    recording_id: str,
    part: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    maker: str = "",
    places: str = "WW",
) -> Response:
    """A delivered part's sound, for whoever may move it: the holders allow it, or a licence does."""
    try:
        where = where_first(member, work, maker, places)
    except PlanError as error:
        raise Problem(422, str(error)) from error
    return sound_of_part(recording_id, part, where, request, member, work, here)


@router.post("/songs/{recording_id}/studio/drafts")
async def keep_draft(recording_id: str, request: Request, member: Makes, here: Here) -> Response:
    """Keep the wish as it stands, under a name; it opens again at its own address."""
    form = await request.form()
    sent = {name: value for name, value in form.items() if isinstance(value, str)}
    document = {name: cut(name, sent[name]) for name in FIELDS if sent.get(name)}
    document |= {name: sent[name][:600] for name in ("say", "heard", "places", "maker") if sent.get(name)}
    name = sent.get("draft_name", "").strip()[:200] or _named(document)
    try:
        kept = keep(
            here.house, member.organisation, owner_of(member), recording_id, "draft", document, here.now(), name=name
        )
    except SourceMissing as error:
        raise NotFound("recording") from error
    except PaperRefused as error:
        raise Problem(409, str(error), mend=error.findings[0].mend) from error
    return RedirectResponse(f"/songs/{recording_id}/studio?draft={kept.id}", 303)


@router.post("/songs/{recording_id}/studio/drafts/{paper_id}/drop")
def drop_draft(recording_id: str, paper_id: str, member: Makes, here: Here) -> Response:
    """Throw a draft away. What was rendered from it stays."""
    with here.house.work(member.organisation) as work:
        if not work.studio.drop_paper(paper_id, owner_of(member)):
            raise NotFound("draft of yours")
        work.commit()
    return RedirectResponse(f"/songs/{recording_id}/studio", 303)


def _named(document: dict[str, str]) -> str:
    """A draft's name where none is given: what it says."""
    return (
        document.get("say") or ", ".join(f"{name} {document[name]}" for name in FIELDS if name in document) or "empty"
    )
