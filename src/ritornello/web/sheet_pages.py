"""Offers by spreadsheet: upload, findings per row with a fix, the difference before writing, commit, undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.events import EventKind
from ritornello.consent.presets import presets
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports
from ritornello.web.desk import Form, back_to, desk_page, file_of, text_of
from ritornello.web.frames import Names
from ritornello.web.pages import names_of
from ritornello.web.parameter_words import LABELS
from ritornello.web.party_fields import Parties
from ritornello.web.views import State
from ritornello.workflows.import_offers import Import, import_offers, undo_import

router = APIRouter(include_in_schema=False)
Imports = Annotated[Identity, Depends(allowed(Capability.IMPORT_OFFERS))]

MOST_BYTES = 25_000_000
SHOWN = 200
"""Rows of each list on the page; the files hold all of them."""
_WHAT: dict[str, tuple[State, str]] = {
    "new": ("yes", "New offer"),
    "changed": ("ask", "New version"),
    "same": ("none", "Stands on file already"),
}
EXAMPLE = (
    "asset;type;territory;who;scope;fan_share;from;until\r\n"
    "DEXX12600001;REMIX, SPEED_PITCH;WW ex JP;subscribers;platform;10,0;2026-06-01;\r\n"
)


@dataclass(frozen=True, slots=True)
class FindingRow:
    row: int
    field: str
    state: State
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class PlannedRow:
    row: int
    song: str
    holder: str
    state: State
    words: str
    changes: str
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet as it was read: what each row would do, and what was found."""

    key: str
    name: str
    preset: str
    holder: str
    rows: int
    counts: tuple[tuple[str, int], ...]
    planned: tuple[PlannedRow, ...]
    findings: tuple[FindingRow, ...]
    writable: int


@dataclass(frozen=True, slots=True)
class PastRow:
    id: str
    at: datetime
    by: str
    offers: int
    undone: datetime | None


@router.get("/consent/sheets")
def sheets(request: Request, member: Imports, work: Reading, here: Here) -> Response:
    return _page(request, member, work, here)


@router.get("/consent/sheets/example.csv")
def example(member: Imports) -> Response:
    """A sheet to start from."""
    headers = {"Content-Disposition": 'attachment; filename="offers.csv"'}
    return Response(EXAMPLE.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/consent/sheets")
def look(request: Request, form: Form, member: Imports, work: Reading, here: Here) -> Response:
    """Read the sheet and tell what it would do; with `act=commit` write the good rows of one that was looked at."""
    findings: list[Finding] = []
    holder = _holder(form, member, work, findings)
    base, name = text_of(form, "preset") or "FAN-REMIX", text_of(form, "name")
    commit = text_of(form, "act") == "commit"
    try:
        content = _kept(here, text_of(form, "key")) if commit else file_of(form, "sheet", MOST_BYTES)
        if content is None:
            findings.append(Finding("The sheet", "is missing", "choose a CSV or XLSX file"))
        elif not findings:
            read = import_offers(
                here.house,
                member.organisation,
                content,
                at=here.now(),
                by=member.person_id,
                holder=holder,
                base=base,
                commit=commit,
            )
            if commit:
                written = read.count("new") + read.count("changed")
                return back_to("/consent/sheets", f"{written} offers are recorded, {read.left_out} rows were left out")
            key = here.house.blobs.put(content)
            upload = form.get("sheet")
            shown = name or str(getattr(upload, "filename", "") or "the sheet")
            view = _view(read, key, shown, base, holder, work, names_of(work, member))
            return _page(request, member, work, here, view=view)
    except ValueError as error:
        found = error.findings if isinstance(error, ConsentError) else (Finding("The sheet", str(error), "split it"),)
        findings += found
    return _page(request, member, work, here, findings=findings)


@router.post("/consent/sheets/{import_id}/undo")
def undo(import_id: str, request: Request, member: Imports, work: Reading, here: Here) -> Response:
    try:
        done = undo_import(here.house, member.organisation, import_id, at=here.now(), by=member.person_id)
    except ConsentError as error:
        return _page(request, member, work, here, findings=error.findings)
    told = f"{len(done.ended)} offers ended, {len(done.restored)} stand as they were before"
    if done.stays:
        told += f"; {len(done.stays)} had to stay ({next(iter(done.stays.values()))})"
    return back_to("/consent/sheets", told)


@router.get("/exports/sheets/{key}/{what}.{kind}")
def export_sheet(
    key: str,
    what: str,
    kind: exports.Kind,
    member: Imports,
    work: Reading,
    here: Here,
    preset: str = "FAN-REMIX",
    holder: str = "",
) -> Response:
    """All findings, or all rows with what they would do, of a sheet that was looked at."""
    content = _kept(here, key)
    if content is None or what not in {"findings", "rows"}:
        raise NotFound("sheet")
    read = import_offers(
        here.house, member.organisation, content, at=here.now(), by=member.person_id, holder=holder, base=preset
    )
    if what == "findings":
        found = [(one.row, one.field, one.gravity.value, one.problem, one.fix) for one in read.findings]
        return exports.answer(exports.Table("findings", ("row", "field", "gravity", "problem", "fix"), found), kind)
    rows = [
        (
            one.row,
            one.offer.reach.id,
            one.offer.holder,
            one.offer.id,
            one.offer.version,
            one.what,
            ", ".join(one.parameters),
            "; ".join(conflict.words for conflict in one.conflicts),
        )
        for one in read.planned
    ]
    columns = ("row", "asset", "holder", "offer", "version", "what", "parameters", "conflicts")
    return exports.answer(exports.Table("rows", columns, rows), kind)


def _kept(here: Installation, key: str) -> bytes | None:
    """The sheet that was looked at, by its hash."""
    blobs = here.house.blobs
    if (
        len(key) != 64
        or not set(key) <= set("0123456789abcdef")
        or not blobs.exists(key)
        or blobs.size(key) > MOST_BYTES
    ):
        return None
    with blobs.open(key) as file:
        return file.read()


def _holder(form: Form, member: Identity, work: UnitOfWork, findings: list[Finding]) -> str:
    written = text_of(form, "holder")
    if not written:
        return ""
    return Parties(work, names_of(work, member)).read(written, "Who answers", findings)


def _page(
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    *,
    findings: Sequence[Finding] = (),
    view: SheetView | None = None,
) -> Response:
    names = names_of(work, member)
    return desk_page(
        "sheets.html",
        request,
        work,
        member,
        "sheets",
        findings=findings,
        view=view,
        shown=SHOWN,
        past=_past(work, here, names),
        presets=[(one.name, one.purpose) for one in presets().values()],
        known=Parties(work, names).known(),
    )


def _past(work: UnitOfWork, here: Installation, names: Names) -> list[PastRow]:
    events = work.consent.events(here.now(), kinds=[EventKind.IMPORTED, EventKind.IMPORT_UNDONE])
    undone = {one.subject: one.recorded_at for one in events if one.kind is EventKind.IMPORT_UNDONE}
    rows = [
        PastRow(
            one.subject,
            one.recorded_at,
            names(one.document["by"]) if one.document["by"] else "",
            len(one.document["offers"]),
            undone.get(one.subject),
        )
        for one in events
        if one.kind is EventKind.IMPORTED
    ]
    return rows[::-1]


def _view(read: Import, key: str, name: str, base: str, holder: str, work: UnitOfWork, names: Names) -> SheetView:
    planned = read.planned[:SHOWN]
    titles = {one.id: one.title for one in work.catalogue.recordings({one.offer.reach.id for one in planned})}
    counts = (
        ("New offers", read.count("new")),
        ("New versions", read.count("changed")),
        ("On file already", read.count("same")),
        ("Rows left out", read.left_out),
    )
    return SheetView(
        key=key,
        name=name,
        preset=base,
        holder=holder,
        rows=read.rows,
        counts=counts,
        planned=tuple(
            PlannedRow(
                one.row,
                titles.get(one.offer.reach.id, one.offer.reach.id),
                names(one.offer.holder),
                *_WHAT[one.what],
                ", ".join(LABELS.get(path, path).lower() for path in one.parameters),
                tuple(conflict.words for conflict in one.conflicts),
            )
            for one in planned
        ),
        findings=tuple(
            FindingRow(one.row, one.field, "no" if one.gravity.value == "error" else "ask", one.problem, one.fix)
            for one in read.findings[:SHOWN]
        ),
        writable=read.count("new") + read.count("changed"),
    )
