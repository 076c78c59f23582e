"""The pages on money: runs, statements, and one line opened down to the rows and the consent that it came from."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.royalty.approval import RunRecord
from ritornello.statements.model import Statement
from ritornello.statements.view import Names as StatementNames
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.web import exports, read_money
from ritornello.web.frames import Names, frame
from ritornello.web.money_desk import money_page
from ritornello.web.money_views import LineView, RunView
from ritornello.web.pages import names_of
from ritornello.web.read_statement import Reader
from ritornello.web.rendering import page
from ritornello.workflows.hand_out import with_list
from ritornello.workflows.lay_out import forms

router = APIRouter(include_in_schema=False)

SeesMoney = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY))]
Paid = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY, Capability.SEE_OWN))]
_NOBODY = ""


# ── runs ──


@router.get("/runs")
def runs(request: Request, member: SeesMoney, work: Reading) -> Response:
    return money_page("runs.html", request, work, member, "runs", rows=read_money.rows(work))


@router.get("/exports/runs.{kind}")
def export_runs(kind: exports.Kind, member: SeesMoney, work: Reading) -> Response:
    columns = ("id", "period", "state", "received", "payable", "at")
    rows = [(r.id, r.period, r.state_words, r.received, r.payable, r.at.isoformat()) for r in read_money.rows(work)]
    return exports.answer(exports.Table("runs", columns, rows), kind)


@router.get("/runs/{run_id}")
def run(run_id: str, request: Request, member: SeesMoney, work: Reading) -> Response:
    return money_page("run.html", request, work, member, "runs", view=_run(run_id, member, work))


@router.get("/exports/runs/{run_id}/payees.{kind}")
def export_payees(run_id: str, kind: exports.Kind, member: SeesMoney, work: Reading) -> Response:
    rows = [(p.payee, p.amount, p.payable, p.role, p.statement_id) for p in _run(run_id, member, work).payees]
    return exports.answer(exports.Table("payees", ("payee", "earned", "paid", "why_not", "statement"), rows), kind)


@router.get("/exports/runs/{run_id}/suspense.{kind}")
def export_suspense(run_id: str, kind: exports.Kind, member: SeesMoney, work: Reading) -> Response:
    rows = [(s.reason, s.words, s.note, s.amount, s.since) for s in _run(run_id, member, work).suspense]
    return exports.answer(exports.Table("suspense", ("account", "why", "explained", "amount", "since"), rows), kind)


def _run(run_id: str, member: Identity, work: UnitOfWork) -> RunView:
    record, result = work.royalty.run(run_id), work.royalty.result(run_id)
    if record is None or result is None:
        raise NotFound("run")
    return read_money.view(work, record, result, names_of(work, member))


# ── statements ──


@router.get("/statements")
def statements(request: Request, member: Paid, work: Reading) -> Response:
    rows = _reader(member, work).rows()
    return HTMLResponse(page("statements.html", frame(request, work, member, "statements"), rows=rows))


@router.get("/exports/statements.{kind}")
def export_statements(kind: exports.Kind, member: Paid, work: Reading) -> Response:
    columns = ("id", "payee", "period", "earned", "paid", "why_not")
    rows = [(s.id, s.payee, s.period, s.earned, s.payable, s.role) for s in _reader(member, work).rows()]
    return exports.answer(exports.Table("statements", columns, rows), kind)


@router.get("/statements/{statement_id}.{kind}")
def statement_file(
    statement_id: str,
    kind: exports.FileKind,
    member: Paid,
    here: Here,
    work: Reading,
    paper: Literal["a4", "letter"] = "a4",
) -> Response:
    """The statement as a document: the same figures in every form; as ZIP all of them with their signed list."""
    _, found = _statement(statement_id, member, work)
    names = _shown(names_of(work, member), found)
    if kind == "zip":
        files = {f"{found.id}.{one}": made(found, names) for one, made in forms(paper).items()}
        body = with_list(here.house, files, here.now())
    else:
        body = forms(paper)[kind](found, names)
    headers = {"Content-Disposition": f'attachment; filename="{found.id}.{kind}"'}
    return Response(body, media_type=exports.MEDIA[kind], headers=headers)


@router.get("/statements/{statement_id}")
def statement(statement_id: str, request: Request, member: Paid, work: Reading) -> Response:
    run_record, found = _statement(statement_id, member, work)
    view = _reader(member, work).view(run_record, found)
    return HTMLResponse(page("statement.html", frame(request, work, member, "statements"), view=view))


@router.get("/statements/{statement_id}/lines/{number}")
def line(statement_id: str, number: int, request: Request, member: Paid, work: Reading, here: Here) -> Response:
    view = _line(statement_id, number, member, work, here)
    return HTMLResponse(page("line.html", frame(request, work, member, "statements"), view=view))


@router.get("/statements/{statement_id}/lines/{number}/part")
def line_part(statement_id: str, number: int, member: Paid, work: Reading, here: Here) -> Response:
    """The explanation alone, to be opened in place."""
    return HTMLResponse(page("line_part.html", None, view=_line(statement_id, number, member, work, here)))


@router.get("/statements/{statement_id}/lines/{number}/rows.{kind}")
def line_rows(statement_id: str, number: int, kind: exports.Kind, member: Paid, work: Reading, here: Here) -> Response:
    """All usage rows behind a line."""
    view = _line(statement_id, number, member, work, here, every=True)
    columns = ("file", "row", "service", "territory", "used_on", "units", "amount")
    rows = [(u.file, u.row, u.service, u.territory, u.used_on, u.units, u.amount) for u in view.usage]
    return exports.answer(exports.Table("rows", columns, rows), kind)


def _reader(member: Identity, work: UnitOfWork) -> Reader:
    """Whoever sees money sees every statement; anybody else those of the party that they are paid as."""
    payee = None if member.may(Capability.SEE_MONEY) else member.party_id or _NOBODY
    return Reader(work, names_of(work, member), payee)


def _statement(statement_id: str, member: Identity, work: UnitOfWork) -> tuple[RunRecord, Statement]:
    found = _reader(member, work).statement(statement_id)
    if found is None:
        raise NotFound("statement")
    return found


def _line(
    statement_id: str, number: int, member: Identity, work: UnitOfWork, here: Here, *, every: bool = False
) -> LineView:
    run_record, found = _statement(statement_id, member, work)
    if not 1 <= number <= len(found.lines):
        raise NotFound("line of this statement")
    return _reader(member, work).line(run_record, found, number, Lake(here.house.lake), every=every)


def _shown(names: Names, found: Statement) -> StatementNames:
    services = {one.service: names(one.service) for one in found.lines if one.service}
    return StatementNames(payee=names(found.payee), services=services)
