"""What the uploader of something that was found is shown: the terms or the claim, and how they answer. No account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Installation
from ritornello.distribution.matches import Route
from ritornello.web.match_views import TermsView
from ritornello.web.rendering import page
from ritornello.web.wording import timecode
from ritornello.workflows import answer_match, convert_match
from ritornello.workflows.convert_match import Terms
from ritornello.workflows.route_matches import NotRouted

router = APIRouter(include_in_schema=False)


@router.get("/found/{token}")
def terms(token: str, here: Here) -> Response:
    """What was found, the terms or the claim, and what was answered."""
    return _terms(token, here)


def _terms(
    token: str,
    here: Installation,
    findings: tuple[str, ...] = (),
    name: str = "",
    title: str = "",
    reason: str = "",
    status: int = 200,
) -> Response:
    try:
        _, found = convert_match.open_terms(here.house, token, here.now())
    except NotRouted as error:
        words = " ".join(f"{one.what[0].upper()}{one.what[1:]}. {one.mend.capitalize()}." for one in error.found)
        return HTMLResponse(
            page("error.html", None, title="This link does not open", words=words, wrong=(), reference=""), 410
        )
    return HTMLResponse(page("terms.html", None, view=_view(token, found, findings, name, title, reason)), status)


def _view(token: str, found: Terms, findings: tuple[str, ...], name: str, title: str, reason: str) -> TermsView:
    answer = found.match.answer
    stands = found.standing.route
    return TermsView(
        token,
        found.match.file_name,
        tuple(dict.fromkeys(str(one["title"]) for one in answer["found"])),
        tuple(
            f"{timecode(one['query_ms'][0])} to {timecode(one['query_ms'][1])} is {one['title']} from "
            f"{timecode(one['reference_ms'][0])}"
            for one in (answer["passages"] or answer["found"])
        ),
        found.offered,
        found.lines,
        str(found.territories),
        found.until,
        stands.value,
        stands is Route.LICENSED,
        found.standing.reason if stands in answer_match.ANSWERS else "",
        found.holders_word,
        findings,
        name,
        title,
        reason,
    )


@router.post("/found/{token}")
def accept(
    token: str,
    here: Here,
    name: Annotated[str, Form(max_length=200)] = "",
    title: Annotated[str, Form(max_length=200)] = "",
    own_work: Annotated[bool, Form()] = False,
) -> Response:
    """Accept the terms: the file is measured and licensed from today."""
    try:
        convert_match.accept(here.house, token, name=name, title=title, own_work=own_work, at=here.now())
    except NotRouted as error:
        return _terms(token, here, _lines(error), name, title, status=422)
    return RedirectResponse(f"/found/{token}", 303)


@router.post("/found/{token}/refusal")
def decline(token: str, here: Here, reason: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Decline the terms; its sender is told."""
    return _answered(token, here, Route.DECLINED, reason)


@router.post("/found/{token}/dispute")
def dispute(token: str, here: Here, reason: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Say that it is not so; a person looks at it again."""
    return _answered(token, here, Route.DISPUTED, reason)


def _answered(token: str, here: Installation, answer: Route, reason: str) -> Response:
    try:
        answer_match.answer_terms(here.house, token, answer, reason, here.now())
    except NotRouted as error:
        return _terms(token, here, _lines(error), reason=reason, status=422)
    return RedirectResponse(f"/found/{token}", 303)


def _lines(error: NotRouted) -> tuple[str, ...]:
    return tuple(f"{one.what[0].upper()}{one.what[1:]}: {one.mend}." for one in error.found)
