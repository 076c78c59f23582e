"""The desk of consent: its own row of pages under the frame, forms as they are posted, and what went wrong in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from ritornello.consent.errors import Finding
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.frames import frame
from ritornello.web.rendering import page

MOST_FIELDS = 1000
PAGES: tuple[tuple[str, str, str, tuple[Capability, ...]], ...] = (
    ("offers", "Offers", "/consent/offers", (Capability.SEE_CONSENT,)),
    ("invitations", "Invitations", "/consent/invitations", (Capability.SEE_CONSENT,)),
    ("approvals", "Approvals", "/consent/approvals", (Capability.SEE_CONSENT,)),
    ("contracts", "Contracts", "/consent/contracts", (Capability.SEE_CONSENT,)),
    ("coverage", "What is ready", "/consent/coverage", (Capability.SEE_CONSENT,)),
    ("sheets", "Spreadsheets", "/consent/sheets", (Capability.IMPORT_OFFERS,)),
    ("day", "On a day", "/consent/day", (Capability.SEE_CONSENT,)),
    ("stops", "Stop now", "/consent/stops", (Capability.SEE_CONSENT,)),
)
"""The pages of the desk: key, label, address, and who may open them."""


async def posted(request: Request) -> FormData:
    """The form that was sent."""
    return await request.form(max_fields=MOST_FIELDS, max_files=1)


Form = Annotated[FormData, Depends(posted)]


def text_of(form: FormData, name: str, most: int = 500) -> str:
    """One field of a form as trimmed text; empty where it is missing or a file."""
    value = form.get(name, "")
    return value.strip()[:most] if isinstance(value, str) else ""


def file_of(form: FormData, name: str, most: int) -> bytes | None:
    """The bytes of an uploaded file, None where none was chosen. ValueError for one that is longer than `most`."""
    upload = form.get(name)
    if not isinstance(upload, UploadFile) or not upload.filename:
        return None
    content = upload.file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"the file is longer than {most // 1_000_000} MB")
    return content


def desk_page(
    template: str,
    request: Request,
    work: UnitOfWork,
    member: Identity,
    section: str,
    *,
    status: int = 200,
    findings: Sequence[Finding] = (),
    **context: Any,
) -> HTMLResponse:
    """A page of the desk. `findings` of a form that could not be taken stand above it."""
    pages = tuple((key, label, url) for key, label, url, needs in PAGES if any(map(member.may, needs)))
    done = request.query_params.get("done", "")[:200]
    told = page(
        template,
        frame(request, work, member, "consent"),
        pages=pages,
        section=section,
        done=done,
        findings=tuple(findings),
        may_edit=member.may(Capability.EDIT_OFFERS),
        may_stop=member.may(Capability.TAKE_DOWN),
        may_approve=member.may(Capability.APPROVE),
        **context,
    )
    return HTMLResponse(told, 422 if findings and status == 200 else status)


def back_to(address: str, done: str = "") -> Response:
    """On to the page that shows what was done, with a word of it."""
    joint = "&" if "?" in address else "?"
    return RedirectResponse(f"{address}{joint}done={quote(done)}" if done else address, 303)
