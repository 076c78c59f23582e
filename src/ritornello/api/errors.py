"""One shape for everything that goes wrong: a problem document (RFC 9457) that says what, where and how to mend it.

`{"type", "title", "status", "detail", "mend"?, "errors"?: [{"where", "what"}]}`; an unforeseen failure carries only a
reference that finds it in the logs, never its cause.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from ritornello.consent.errors import ConsentError
from ritornello.consent.invitations import LinkError

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger(__name__)


class Problem(HTTPException):
    """A refusal that a person or program can act on.

    Args:
        status: the HTTP status.
        detail: one sentence: what is wrong, and where.
        mend: one sentence: what would be accepted.
    """

    def __init__(self, status: int, detail: str, *, mend: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.mend = mend


class NotFound(Problem):
    """Nothing is here that this person may see; the same answer whether it exists for somebody else or not."""

    def __init__(self, what: str) -> None:
        super().__init__(404, f"there is no {what} here that you may see", mend="check the address")


def document(status: int, detail: str, *, mend: str = "", errors: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """The problem document of one refusal."""
    title = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    told: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if mend:
        told["mend"] = mend
    if errors:
        told["errors"] = list(errors)
    return told


def answer(problem: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(problem, status_code=problem["status"], headers=headers, media_type=MEDIA_TYPE)


def told(error: Exception) -> tuple[dict[str, Any], dict[str, str] | None]:
    """The problem document of any exception, and the headers that go with it."""
    if isinstance(error, HTTPException):
        headers = dict(error.headers) if error.headers else None
        wrong = getattr(error, "errors", ())
        return document(error.status_code, str(error.detail), mend=getattr(error, "mend", ""), errors=wrong), headers
    if isinstance(error, RequestValidationError):
        wrong = [{"where": ".".join(map(str, e["loc"])), "what": str(e["msg"])} for e in error.errors()]
        return document(422, "the request does not have the shape that is expected", errors=wrong), None
    if isinstance(error, LinkError):
        gone = error.why in {"expired", "used"}
        return document(
            410 if gone else 422, f"this link {error.findings[0].problem}", mend=error.findings[0].mend
        ), None
    if isinstance(error, ConsentError):
        wrong = [{"where": one.field, "what": f"{one.problem}; {one.mend}"} for one in error.findings]
        return document(422, "what was sent cannot be taken", errors=wrong), None
    reference = secrets.token_hex(6)
    _log.error("request failed", reference=reference, exc_info=error)
    return document(500, f"something failed here; reference {reference}", mend="try again in a moment"), None


def install(app: FastAPI) -> None:
    """Answer every failure of the application with a problem document."""

    async def as_problem(request: Request, error: Exception) -> Response:
        return answer(*told(error))

    for kind in (HTTPException, RequestValidationError, ConsentError, Exception):
        app.add_exception_handler(kind, as_problem)
