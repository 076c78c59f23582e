"""The contract register as pages: what was agreed, quoted with its page, and its next version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.consent.codes import RIGHTS
from ritornello.consent.contract_drafts import changed
from ritornello.consent.contracts import QUESTIONS, Contract, Says
from ritornello.consent.errors import ConsentError, Finding
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports
from ritornello.web import field_words as w
from ritornello.web.desk import Form, back_to, desk_page, file_of, text_of
from ritornello.web.frames import Names, said
from ritornello.web.pages import names_of
from ritornello.web.party_fields import Parties
from ritornello.web.views import State
from ritornello.workflows.contract_register import offers_on, register_contract

router = APIRouter(include_in_schema=False)
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_OFFERS))]

MOST_BYTES = 25_000_000
_APPROVAL_ROWS = 2
"""Empty rows for rights of approval below those that there are."""
_ASKED = {
    "adaptation": "May the recording be adapted?",
    "ai": "May machines be used on it?",
    "name": "May the name be used?",
}
_SAYS: dict[Says, tuple[State, str]] = {
    Says.YES: ("yes", "Yes"),
    Says.NO: ("no", "No"),
    Says.SILENT: ("no", "Silent, which is no"),
}
_FIELDS = {
    "id": "Number",
    "kind": "What it is",
    "parties": "Parties",
    "catalogue": "Catalogue",
    "territories": "Territory",
    "valid_from": "From",
    "valid_until": "Until",
    "sell_off_days": "Sell-off",
    "evidence_sha256": "Document",
}


@dataclass(frozen=True, slots=True)
class ContractRow:
    id: str
    kind: str
    parties: str
    catalogue: str
    territories: str
    valid_from: date
    valid_until: date | None
    sells_off_until: date | None
    state: State
    words: str
    says: tuple[tuple[str, State, str], ...]
    approvals: int
    version: int


@dataclass(frozen=True, slots=True)
class ClauseField:
    question: str
    asked: str
    says: str
    quote: str
    page: str


@dataclass(frozen=True, slots=True)
class ApprovalField:
    party: str
    rights: tuple[str, ...]
    clause: str
    days: str


@dataclass(frozen=True, slots=True)
class ContractForm:
    """A contract as it stands on the form, whatever is right or wrong in it."""

    id: str = ""
    kind: str = ""
    parties: str = ""
    catalogue: str = ""
    territories: str = "WW"
    valid_from: str = ""
    valid_until: str = ""
    sell_off_days: str = "0"
    evidence: str = ""
    clauses: tuple[ClauseField, ...] = ()
    approvals: tuple[ApprovalField, ...] = ()


@router.get("/consent/contracts")
def contracts(request: Request, member: Sees, work: Reading, here: Here) -> Response:
    return desk_page("contracts.html", request, work, member, "contracts", rows=_rows(member, work, here))


@router.get("/exports/contracts.{kind}")
def export_contracts(kind: exports.Kind, member: Sees, work: Reading, here: Here) -> Response:
    columns = (
        "id",
        "kind",
        "parties",
        "catalogue",
        "territories",
        "from",
        "until",
        "sells_off_until",
        "state",
        *QUESTIONS,
    )
    rows = [
        (
            one.id,
            one.kind,
            one.parties,
            one.catalogue,
            one.territories,
            one.valid_from,
            one.valid_until,
            one.sells_off_until,
            one.words,
            *(words for _, _, words in one.says),
        )
        for one in _rows(member, work, here)
    ]
    return exports.answer(exports.Table("contracts", columns, rows), kind)


@router.get("/consent/contracts/new")
def new(request: Request, member: Edits, work: Reading) -> Response:
    empty = ContractForm(clauses=_clause_fields({}), approvals=(ApprovalField("", (), "", ""),) * _APPROVAL_ROWS)
    return _form_page(request, member, work, empty)


@router.post("/consent/contracts")
def register(request: Request, form: Form, member: Edits, work: Reading, here: Here) -> Response:
    shown = _from_form(form)
    findings: list[Finding] = []
    draft = _draft(form, Parties(work, names_of(work, member)), here, findings)
    try:
        if not findings:
            done = register_contract(here.house, member.organisation, draft, here.now())
            told = "Nothing had changed" if done.again else f"Version {done.contract.version} is on file"
            return back_to(f"/consent/contracts/{quote(done.contract.id)}", told)
    except ConsentError as error:
        findings += [Finding(_FIELDS.get(one.field, one.field), one.problem, one.mend) for one in error.findings]
    return _form_page(request, member, work, shown, findings=findings)


@router.get("/consent/contracts/{contract_id:path}")
def contract(contract_id: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    versions = work.consent.contract_versions(contract_id)
    if not versions:
        raise NotFound("contract")
    names, newest = names_of(work, member), versions[-1]
    history = [
        (
            one.version,
            one.recorded_at,
            [(what, said(was, names), said(now, names)) for what, was, now in changed(before, one)],
        )
        for before, one in pairwise(versions)
    ]
    return desk_page(
        "contract.html",
        request,
        work,
        member,
        "contracts",
        row=_row(newest, names, here.now()),
        contract=newest,
        parties=[names(one) for one in newest.parties],
        clauses=_clause_fields({c.question: (c.says.value, c.quote, c.page) for c in newest.clauses}),
        approvals=[
            (
                names(one.party),
                w.listed(w.words(right, w.RIGHTS) for right in sorted(one.rights)),
                one.clause,
                one.deemed_after_days,
            )
            for one in newest.approvals
        ],
        says=_SAYS,
        history=list(reversed(history)),
        resting=offers_on(work, contract_id),
        form=_of_contract(newest, names) if member.may(Capability.EDIT_OFFERS) else None,
        known=Parties(work, names).known(),
        rights=list(w.RIGHTS.items()),
    )


def _form_page(
    request: Request, member: Identity, work: UnitOfWork, form: ContractForm, *, findings: Sequence[Finding] = ()
) -> Response:
    return desk_page(
        "contract_new.html",
        request,
        work,
        member,
        "contracts",
        findings=findings,
        form=form,
        known=Parties(work, names_of(work, member)).known(),
        rights=list(w.RIGHTS.items()),
    )


def _rows(member: Identity, work: UnitOfWork, here: Installation) -> list[ContractRow]:
    names, now = names_of(work, member), here.now()
    return [_row(one, names, now) for _, one in sorted(work.consent.contracts(now).items())]


def _row(one: Contract, names: Names, now: datetime) -> ContractRow:
    day = now.date()
    state: State = "yes"
    words = "In force"
    sells_off = one.sells_off_until()
    if day < one.valid_from:
        state, words = "wait", "Not begun"
    elif not one.in_term(day):
        selling = sells_off is not None and day < sells_off
        state, words = ("ask", "Ended, in sell-off") if selling else ("no", "Ended")
    elif one.valid_until is not None and one.valid_until <= day + timedelta(days=90):
        state, words = "ask", "Ends within 90 days"
    return ContractRow(
        id=one.id,
        kind=one.kind,
        parties=w.listed(map(names, one.parties)),
        catalogue=w.listed("everything of theirs" if name == "*" else name for name in one.catalogue),
        territories=w.sentence(w.places(str(one.territories))),
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        sells_off_until=sells_off,
        state=state,
        words=words,
        says=tuple((name, *_SAYS[one.says(name)]) for name in QUESTIONS),
        approvals=len(one.approvals),
        version=one.version,
    )


def _clause_fields(said_: dict[str, tuple[str, str, str]]) -> tuple[ClauseField, ...]:
    return tuple(ClauseField(name, _ASKED[name], *said_.get(name, ("silent", "", ""))) for name in QUESTIONS)


def _of_contract(one: Contract, names: Names) -> ContractForm:
    return ContractForm(
        id=one.id,
        kind=one.kind,
        parties="\n".join(map(names, one.parties)),
        catalogue="\n".join(one.catalogue),
        territories=str(one.territories),
        valid_from=one.valid_from.isoformat(),
        valid_until="" if one.valid_until is None else one.valid_until.isoformat(),
        sell_off_days=str(one.sell_off_days),
        evidence=one.evidence_sha256,
        clauses=_clause_fields({c.question: (c.says.value, c.quote, c.page) for c in one.clauses}),
        approvals=(
            *(
                ApprovalField(
                    names(a.party),
                    tuple(sorted(a.rights)),
                    a.clause,
                    "" if a.deemed_after_days is None else str(a.deemed_after_days),
                )
                for a in one.approvals
            ),
            *(ApprovalField("", (), "", ""),) * _APPROVAL_ROWS,
        ),
    )


def _from_form(form: FormData) -> ContractForm:
    """The form as it was sent, to be shown again."""
    rows = int(text_of(form, "approval_rows") or 0) if (text_of(form, "approval_rows") or "0").isdigit() else 0
    plain = {
        name: text_of(form, name, 5000)
        for name in ("id", "kind", "parties", "catalogue", "territories", "valid_from", "valid_until", "sell_off_days")
    }
    return ContractForm(
        **plain,
        evidence=text_of(form, "evidence"),
        clauses=tuple(
            ClauseField(
                name,
                _ASKED[name],
                text_of(form, f"says.{name}") or "silent",
                text_of(form, f"quote.{name}", 5000),
                text_of(form, f"page.{name}", 50),
            )
            for name in QUESTIONS
        ),
        approvals=tuple(
            ApprovalField(
                text_of(form, f"approver.{row}"),
                tuple(str(one) for one in form.getlist(f"rights.{row}") if one in RIGHTS),
                text_of(form, f"clause.{row}", 5000),
                text_of(form, f"days.{row}", 10),
            )
            for row in range(min(rows, 50))
        ),
    )


def _draft(form: FormData, parties: Parties, here: Installation, findings: list[Finding]) -> dict[str, Any]:
    """The form as a draft. What only a form can get wrong is told here, everything else by the register itself."""
    shown = _from_form(form)
    approvals = []
    for row, one in enumerate(shown.approvals, start=1):
        if not (one.party or one.rights or one.clause):
            continue
        if one.days and not one.days.isdigit():
            findings.append(Finding(f"Approval {row}", f"{one.days!r} is no number of days", "write days, or nothing"))
            continue
        approvals.append(
            {
                "party": parties.read(one.party, f"Approval {row}", findings),
                "rights": list(one.rights),
                "clause": one.clause,
                "deemed_after_days": int(one.days) if one.days else None,
            }
        )
    if not shown.sell_off_days.isdigit():
        findings.append(Finding("Sell-off", f"{shown.sell_off_days!r} is no number of days", "write 0 for none"))
    evidence = shown.evidence
    try:
        document = file_of(form, "document", MOST_BYTES)
        evidence = here.house.blobs.put(document) if document and not findings else evidence
    except ValueError as error:
        findings.append(Finding("Document", str(error), "send a smaller file"))
    return {
        "id": shown.id,
        "kind": shown.kind,
        "parties": parties.read_lines(shown.parties, "Parties", findings),
        "catalogue": [line.strip() for line in shown.catalogue.splitlines() if line.strip()],
        "territories": shown.territories,
        "valid_from": shown.valid_from,
        "valid_until": shown.valid_until or None,
        "sell_off_days": int(shown.sell_off_days) if shown.sell_off_days.isdigit() else 0,
        "clauses": [
            {"question": one.question, "says": one.says, "quote": one.quote, "page": one.page} for one in shown.clauses
        ],
        "approvals": approvals,
        "evidence_sha256": evidence,
    }
