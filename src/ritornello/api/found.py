"""What the uploader of something that was found is told and answers, for programs; a signed link, no account."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body

from ritornello.api.doors import Here
from ritornello.api.matches import problem_of, routing_document
from ritornello.consent.offers import instant_text
from ritornello.distribution.matches import Route
from ritornello.workflows import answer_match, convert_match
from ritornello.workflows.route_matches import NotRouted

router = APIRouter(prefix="/api/v1", tags=["identification"])


@router.get("/found/{token}")
def terms(token: str, here: Here) -> dict[str, Any]:
    """The terms or the claim behind a link, and what stands on it."""
    try:
        _, found = convert_match.open_terms(here.house, token, here.now())
    except NotRouted as error:
        raise problem_of(error) from error
    return {
        "file": found.match.file_name,
        "found_in": [one["title"] for one in found.match.answer["found"]],
        "passages": list(found.match.answer["passages"]),
        "offered": found.offered,
        "terms": list(found.lines),
        "territories": str(found.territories),
        "until": instant_text(found.until),
        "state": found.standing.route.value,
        "licensed": found.standing.route is Route.LICENSED,
        "answer_to_dispute": found.holders_word,
    }


@router.post("/found/{token}")
def accept(
    token: str,
    here: Here,
    name: Annotated[str, Body(embed=True, max_length=200)],
    title: Annotated[str, Body(embed=True, max_length=200)],
    own_work: Annotated[bool, Body(embed=True)],
) -> dict[str, Any]:
    """Accept the terms: the file is measured and licensed from today. The signed licence is the answer."""
    try:
        done = convert_match.accept(here.house, token, name=name, title=title, own_work=own_work, at=here.now())
    except NotRouted as error:
        raise problem_of(error) from error
    return {"recording_id": done.recording.id, "licence": dict(done.licence)}


@router.post("/found/{token}/refusal")
def decline(token: str, here: Here, reason: Annotated[str, Body(embed=True, max_length=500)] = "") -> dict[str, Any]:
    """Decline the terms; they can still be accepted while the link is good."""
    return _answered(token, here, Route.DECLINED, reason)


@router.post("/found/{token}/dispute")
def dispute(token: str, here: Here, reason: Annotated[str, Body(embed=True, max_length=500)]) -> dict[str, Any]:
    """Say that it is not so: a person looks at it again."""
    return _answered(token, here, Route.DISPUTED, reason)


def _answered(token: str, here: Here, answer: Route, reason: str) -> dict[str, Any]:
    try:
        return routing_document(answer_match.answer_terms(here.house, token, answer, reason, here.now()))
    except NotRouted as error:
        raise problem_of(error) from error
