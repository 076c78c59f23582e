"""Registering what is new or changed after moving in: the sheets are looked at, and then written as they were seen."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import Problem
from ritornello.api.money import MOST_FILES, files_of, refusals, text_of
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.royalty import opening_sheets
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.desk import back_to
from ritornello.web.money_desk import money_page
from ritornello.workflows import registering
from ritornello.workflows.opening import Contents

router = APIRouter(include_in_schema=False)

Runs = Annotated[Identity, Depends(allowed(Capability.RUN_ROYALTIES))]

MOST_KEPT = 4_000_000
"""Bytes of sheets that the page itself carries from the look to the act; larger ones are chosen again. They are not
kept on the server: bank details stand in them, and what is kept there cannot be erased."""


async def _posted(request: Request) -> FormData:
    return await request.form(max_fields=200, max_files=MOST_FILES, max_part_size=2 * MOST_KEPT)


@router.get("/registering")
def sheets(request: Request, member: Runs, work: Reading) -> Response:
    return _page(request, member, work)


@router.post("/registering")
def look_or_write(
    request: Request, form: Annotated[FormData, Depends(_posted)], member: Runs, work: Reading, here: Here
) -> Response:
    """What the sheets would change; with `act=commit`, what was looked at is written, if it would still do the same."""
    agreed, commit = text_of(form, "agreed") == "yes", text_of(form, "act") == "commit"
    if commit and not member.may(Capability.CLOSE_PERIOD):
        raise Problem(403, "your role does not let you close period", mend="ask an owner of your organisation")
    files = _carried(form) or files_of(form, here)
    with refusals():
        if commit:
            found = registering.commit(
                here.house,
                member.organisation,
                files,
                here.now(),
                member.person_id,
                agreed=agreed,
                seen=text_of(form, "effect"),
            )
        else:
            found = registering.check(here.house, member.organisation, files, here.now(), agreed=agreed)
    if found.committed:
        again = f"; run again to pay the difference: {', '.join(found.periods)}" if found.periods else ""
        return back_to("/registering", f"Registered{again}")
    return _page(request, member, work, found, files, agreed=agreed, moved=commit and not found.refused)


def _page(
    request: Request,
    member: Identity,
    work: UnitOfWork,
    found: registering.Registration | None = None,
    files: Contents = (),
    *,
    agreed: bool = False,
    moved: bool = False,
) -> Response:
    small = sum(len(content) for _, content in files) <= MOST_KEPT
    return money_page(
        "registering.html",
        request,
        work,
        member,
        "registering",
        found=found,
        told={} if found is None else registering.told(found),
        names=[name for name, _ in files],
        carried=[f"{name}/{base64.b64encode(content).decode()}" for name, content in files] if small else [],
        agreed=agreed,
        moved=moved,
        sheets=[(kind, needed, more) for kind, (needed, more) in opening_sheets.SHEETS.items()],
    )


def _carried(form: FormData) -> Contents:
    """The sheets that the page carried from the look to the act. Problem 422 where they were not left as they were."""
    found = []
    for one in form.getlist("carried"):
        name, _, content = str(one).partition("/")  # a name holds no slash: `files_of` leaves the last part only
        try:
            found.append((name, base64.b64decode(content, validate=True)))
        except (binascii.Error, ValueError) as error:
            raise Problem(422, "carried: no sheet that was looked at", mend="choose the sheets again") from error
    return found
