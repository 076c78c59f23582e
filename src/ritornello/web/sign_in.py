"""Coming in by a link and going out again.

The link is looked at first and used by a button, so that a program which opens every address in a message (previews,
scanners) does not use it up. What is wrong with a link that does not work is not told.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import NOBODY, Asker, Here, Installation
from ritornello.api.security import SESSION_COOKIE
from ritornello.people import service
from ritornello.people.tokens import Door, hash_of
from ritornello.web.rendering import page

router = APIRouter(include_in_schema=False)
SPENT = "This link does not sign anybody in (any more). Each works once, and for a short time."


def refused(words: str, status: int) -> HTMLResponse:
    """The page for somebody who is not signed in."""
    return HTMLResponse(page("sign_in.html", None, title="Sign in", words=words, person="", token=""), status)


@router.get("/sign-in")
def ask_for_link(asker: Asker) -> Response:
    if asker is not None:
        return RedirectResponse("/", 303)
    return refused("You come in by a link of your own, which works once.", 200)


@router.get("/sign-in/{token}")
def look_at_link(token: str, here: Here) -> Response:
    person = _name_on(token, here)
    if person is None:
        return refused(SPENT, 410)
    return HTMLResponse(page("sign_in.html", None, title="Welcome", words=_welcome(here), person=person, token=token))


@router.post("/sign-in/{token}")
def use_link(token: str, here: Here) -> Response:
    with here.house.work(NOBODY) as work:
        try:
            secret, _ = service.sign_in(work.people, token, here.now(), here.settings.session_length)
        except service.PeopleError:
            return refused(SPENT, 410)
        work.commit()
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        SESSION_COOKIE,
        secret,
        max_age=int(here.settings.session_length.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=here.settings.cookies_over_https_only,
    )
    return answer


@router.post("/sign-out")
def sign_out(request: Request, asker: Asker, here: Here) -> Response:
    if asker is not None:
        with here.house.work(asker.organisation) as work:
            service.sign_out(work.people, asker, here.now())
            work.commit()
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
    return answer


def _name_on(token: str, here: Installation) -> str | None:
    hashed = hash_of(Door.SIGN_IN, token)
    if hashed is None:
        return None
    with here.house.work(NOBODY, read_only=True) as work:
        link = work.people.link_by_hash(hashed)
        if link is None or not link.open_at(here.now()):
            return None
        person = work.people.within(link.organisation).person(link.person_id)
        return person.name if person is not None else "you"


def _welcome(here: Installation) -> str:
    hours = here.settings.session_hours
    return f"You stay signed in on this browser for {hours} {'hour' if hours == 1 else 'hours'}."
