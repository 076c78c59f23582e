"""The whole site: the application with its pages, its static files, and failures told as pages to people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import Scope

from ritornello.api import errors
from ritornello.api.app import create_app
from ritornello.api.doors import installation, who
from ritornello.consent.errors import ConsentError
from ritornello.settings import Settings
from ritornello.web import (
    answer_pages,
    approval_pages,
    arrival_pages,
    audio,
    contract_pages,
    coverage_pages,
    desk_orders,
    editor_pages,
    exchange_pages,
    found_pages,
    gate_pages,
    index_pages,
    invitation_pages,
    lyric_pages,
    match_pages,
    measure_pages,
    money_desk,
    money_pages,
    offer_pages,
    pages,
    paper_jobs,
    people_pages,
    plays_pages,
    registering_pages,
    release_pages,
    run_pages,
    score_pages,
    sheet_pages,
    sign_in,
    stem_pages,
    stop_pages,
    studio_live,
    studio_pages,
    take_pages,
    usage_pages,
)
from ritornello.web.frames import frame
from ritornello.web.rendering import STATIC, page
from ritornello.web.views import Frame
from ritornello.workflows.house import House

_TITLES = {
    403: "Not yours to open",
    404: "Nothing here",
    405: "Not like this",
    410: "Not open any more",
    413: "Too large",
    422: "Not understood",
    503: "Busy just now",
}


def create_site(
    settings: Settings, *, house: House | None = None, now: Callable[[], datetime] | None = None
) -> FastAPI:
    """The application of `ritornello.api.app.create_app` with pages; the arguments are the same."""
    app = create_app(settings, house=house, now=now)
    app.mount("/static", Kept(directory=STATIC), name="static")
    app.include_router(sign_in.router)
    app.include_router(audio.router)
    app.include_router(pages.router)
    app.include_router(arrival_pages.router)
    app.include_router(money_desk.router)
    app.include_router(money_pages.router)
    app.include_router(plays_pages.router)
    app.include_router(answer_pages.router)
    app.include_router(approval_pages.router)
    app.include_router(contract_pages.router)
    app.include_router(editor_pages.router)
    app.include_router(offer_pages.router)
    app.include_router(coverage_pages.router)
    app.include_router(sheet_pages.router)
    app.include_router(stop_pages.router)
    app.include_router(invitation_pages.router)
    app.include_router(found_pages.router)
    app.include_router(gate_pages.router)
    app.include_router(release_pages.router)
    app.include_router(index_pages.router)
    app.include_router(match_pages.router)
    app.include_router(run_pages.router)
    app.include_router(registering_pages.router)
    app.include_router(studio_pages.router)
    app.include_router(studio_live.router)
    app.include_router(lyric_pages.router)
    app.include_router(score_pages.router)
    app.include_router(desk_orders.router)
    app.include_router(take_pages.router)
    app.include_router(measure_pages.router)
    app.include_router(stem_pages.router)
    app.include_router(paper_jobs.router)
    app.include_router(people_pages.router)
    app.include_router(usage_pages.router)
    app.include_router(exchange_pages.router)
    for kind in (HTTPException, RequestValidationError, ConsentError, Exception):
        app.add_exception_handler(kind, _told)
    return app


class Kept(StaticFiles):
    """Static files: an address with a hash in it is kept by the browser for good, any other is asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        kept = b"v=" in scope.get("query_string", b"")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return answer


async def _told(request: Request, error: Exception) -> Response:
    problem, headers = errors.told(error)
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return errors.answer(problem, headers)
    status = problem["status"]
    if status == 401:
        return sign_in.refused("You are not signed in here, or your sign-in has ended.", 401)
    title = _TITLES.get(status, "Something failed here")
    detail = str(problem["detail"])
    words = f"{detail[0].upper()}{detail[1:]}. {problem.get('mend', '').capitalize()}".strip()
    around = await run_in_threadpool(_frame_of, request)
    wrong = problem.get("errors", ())
    return HTMLResponse(
        page("error.html", around, title=title, words=words, wrong=wrong, reference=""), status, headers
    )


def _frame_of(request: Request) -> Frame | None:
    """The frame for whoever asked, so that they find their way on; None where nobody is signed in or it fails too."""
    try:
        here = installation(request)
        asker = who(request, here)
        if asker is None:
            return None
        with here.house.work(asker.organisation, read_only=True) as work:
            return frame(request, work, asker, "")
    except Exception:  # an error page must appear whatever failed before it
        return None
