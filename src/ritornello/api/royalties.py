"""Royalties for programs: terms, runs and their steps, payouts, openings, proofs of lines, and the jobs behind them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Body, Depends, Query
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.money import Upload, do_here, files_of, job_document, job_of, refusals
from ritornello.money import AmountError, minor_unit, parse_decimal
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.proof import canonical_json
from ritornello.royalty import opening_sheets
from ritornello.royalty.approval import Difference, RunRecord, RunState
from ritornello.royalty.run import RunResult
from ritornello.royalty.terms_document import read_terms
from ritornello.royalty.wording import decimal
from ritornello.statements.compare import compare
from ritornello.statements.model import Statement
from ritornello.statements.payment_order import Account
from ritornello.statements.proofs import line_proof
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.workflows import opening, payments, trace_line
from ritornello.workflows.close_period import explain, step
from ritornello.workflows.money_jobs import order_close, order_run
from ritornello.workflows.review import causes_for, compared
from ritornello.workflows.run_facts import standing

router = APIRouter(prefix="/api/v1", tags=["royalties"])

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY))]
Runs = Annotated[Identity, Depends(allowed(Capability.RUN_ROYALTIES))]
Closes = Annotated[Identity, Depends(allowed(Capability.CLOSE_PERIOD))]
Paid = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY, Capability.SEE_OWN))]
Works = Annotated[Identity, Depends(allowed(Capability.TAKE_IN_USAGE, Capability.RUN_ROYALTIES, Capability.SEE_JOBS))]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Text = Annotated[str, Body(embed=True, max_length=2000)]


# ── jobs ──


@router.get("/jobs/{job_id}")
def job(job_id: str, member: Works, work: Reading) -> dict[str, Any]:
    """How far a long act on usage or royalties is: state, progress, what it is doing, its result or why it failed."""
    return job_document(job_of(job_id, member, work))


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, member: Works, here: Here) -> dict[str, Any]:
    """Stop it: one that waits ends at once, one that runs at its next report. Nothing is left half-written."""
    with here.house.work(member.organisation) as work:
        job_of(job_id, member, work)
        stopped = work.jobs.cancel(job_id, here.now())
        work.commit()
    return job_document(stopped)


# ── terms ──


@router.get("/royalties/terms")
def terms(member: Sees, work: Reading) -> dict[str, Any]:
    """The contract terms on file, as they were recorded last."""
    kept = work.royalty.terms()
    if kept is None:
        raise NotFound("document of terms")
    return {"id": kept.id, "recorded_at": kept.recorded_at.isoformat(), "terms": dict(kept.document)}


@router.put("/royalties/terms")
def save_terms(member: Runs, here: Here, terms: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """Record a version of the terms; the same again is the same version. An unknown term is refused."""
    with refusals():
        read_terms(terms)
    with here.house.work(member.organisation) as work:
        kept = work.royalty.add_terms(terms, here.now(), member.person_id)
        work.commit()
    return {"id": kept.id, "recorded_at": kept.recorded_at.isoformat(), "terms": dict(kept.document)}


# ── runs ──


@router.post("/royalties/runs", status_code=202)
def run(member: Runs, here: Here, background: BackgroundTasks, period: Text) -> dict[str, Any]:
    """Run a period (2026-07, 2026-Q3, 2026-H2, 2026) as a job; the run is kept as a draft."""
    with refusals():
        ordered = order_run(here.house, member.organisation, period, here.now(), member.person_id)
    do_here(here, background)
    return job_document(ordered)


@router.get("/royalties/runs")
def runs(member: Sees, work: Reading, period: str | None = None) -> list[dict[str, Any]]:
    """Every run with its state, in the order in which they were made."""
    return [record_document(one) for one in work.royalty.runs(period)]


@router.get("/royalties/runs/{run_id}")
def show(run_id: str, member: Sees, work: Reading) -> dict[str, Any]:
    """A run: its steps, every account, what it changes, who is paid."""
    record, result = run_of(run_id, work)
    return run_document(record, result)


@router.get("/royalties/runs/{run_id}/review")
def review(run_id: str, member: Sees, work: Reading) -> dict[str, Any]:
    """The differences against the last run, per payee and reason, the largest first."""
    run_of(run_id, work)
    found = compared(work, run_id)
    unit = minor_unit(found.record.currency)
    return {
        "run": run_id,
        "against": None if found.against is None else record_document(found.against),
        "payees": [
            {"payee": payee, "accounts": [difference_document(one, unit) for one in changes]}
            for payee, changes in found.of_payees().items()
        ],
        "others": [difference_document(one, unit) for one in found.of_others()],
    }


@router.get("/royalties/runs/{run_id}/review/{payee}")
def causes(run_id: str, payee: str, member: Sees, here: Here, work: Reading) -> dict[str, Any]:
    """One payee's causes in full, before anything is approved; they add up to the difference."""
    run_of(run_id, work)
    with refusals():
        now, then, found = causes_for(here.house, member.organisation, run_id, payee, here.now())
    return {
        "payee": payee,
        "earned": decimal(now.stands),
        "before": None if then is None else decimal(then.stands),
        "causes": [
            {"cause": one.cause, "where": one.subject, "amount": str(one.amount), "words": one.words} for one in found
        ],
    }


@router.post("/royalties/runs/{run_id}/explanations")
def explain_run(run_id: str, member: Runs, here: Here, kind: Text, why: Text) -> dict[str, Any]:
    """Say why unmatched money of a run may wait. Without it the run cannot be approved."""
    with here.house.work(member.organisation, read_only=True) as work:
        run_of(run_id, work)
    with refusals():
        record = explain(here.house, member.organisation, run_id, kind, why, here.now(), member.person_id)
    return record_document(record)


@router.post("/royalties/runs/{run_id}/reviewed")
def reviewed(run_id: str, member: Runs, here: Here) -> dict[str, Any]:
    """Say that the differences were looked at."""
    return _step(run_id, RunState.REVIEWED, member, here)


@router.post("/royalties/runs/{run_id}/steps")
def take_step(
    run_id: str, member: Closes, here: Here, to: Annotated[Literal["approved", "posted"], Body(embed=True)]
) -> dict[str, Any]:
    """Approve a reviewed run (as a second person), or post an approved one."""
    return _step(run_id, RunState(to), member, here)


def _step(run_id: str, to: RunState, member: Identity, here: Here) -> dict[str, Any]:
    with here.house.work(member.organisation, read_only=True) as work:
        record, _ = run_of(run_id, work)
    with refusals():
        return record_document(step(here.house, member.organisation, record, to, here.now(), member.person_id))


@router.post("/royalties/runs/{run_id}/closing", status_code=202)
def close(run_id: str, member: Closes, here: Here, background: BackgroundTasks) -> dict[str, Any]:
    """Close the books that a posted run stands in for good, and write everybody's statement, as a job."""
    with here.house.work(member.organisation, read_only=True) as work:
        run_of(run_id, work)
    ordered = order_close(here.house, member.organisation, run_id, here.now(), member.person_id)
    do_here(here, background)
    return job_document(ordered)


def run_of(run_id: str, work: UnitOfWork) -> tuple[RunRecord, RunResult]:
    """A run of the organisation. Problem 404 where there is none."""
    record, result = work.royalty.run(run_id), work.royalty.result(run_id)
    if record is None or result is None:
        raise NotFound("run")
    return record, result


def record_document(record: RunRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "period": record.period,
        "state": record.state.value,
        "currency": record.currency,
        "restates": record.restates,
        "digest": record.digest,
        "rows": record.usage_rows,
        "made_at": None if record.made_at is None else record.made_at.isoformat(),
        "made_by": record.made_by,
        "steps": [{"state": one.state.value, "by": one.by, "at": one.at.isoformat()} for one in record.steps],
        "explained": dict(record.explained),
    }


def run_document(record: RunRecord, result: RunResult) -> dict[str, Any]:
    unit = minor_unit(result.currency)
    return {
        **record_document(record),
        "received": str(result.receipts),
        "carry": str(result.carry),
        "accounts": {account: decimal(count * unit) for account, count in result.units.items()},
        "changes": {account: decimal(count * unit) for account, count in result.delta.items()},
        "payouts": [payout_document(one, unit) for one in result.payouts],
    }


def payout_document(one: Any, unit: Fraction) -> dict[str, Any]:
    return {
        "payee": one.party,
        "due": decimal(one.balance * unit),
        "withheld": {country: decimal(count * unit) for country, count in one.withheld.items()},
        "paid": decimal(one.paid * unit),
        "carried": decimal(sum(one.carried.values()) * unit),
        "why": one.why,
    }


def difference_document(one: Difference, unit: Fraction) -> dict[str, Any]:
    return {
        "account": one.account,
        "before": decimal(one.before * unit),
        "now": decimal(one.after * unit),
        "difference": decimal((one.after - one.before) * unit),
        "reasons": list(one.reasons),
    }


# ── payouts ──


@router.get("/royalties/runs/{run_id}/payouts")
def payouts(run_id: str, member: Sees, work: Reading) -> list[dict[str, Any]]:
    """Who is paid by a run, who is not, and why."""
    _, result = run_of(run_id, work)
    names = names_for(member, work)
    return [
        {**payout_document(one, minor_unit(result.currency)), "name": names.get(one.party, "")}
        for one in result.payouts
    ]


def names_for(member: Identity, work: UnitOfWork) -> dict[str, str]:
    """Party -> name, for whoever may see what people are called; nobody's for others."""
    if not member.may(Capability.SEE_PARTY_DETAILS):
        return {}
    return {one.details.party_id: one.details.name for one in work.people.details_of_all()}


@router.post("/royalties/runs/{run_id}/payment-order")
def payment_order(
    run_id: str,
    member: Closes,
    here: Here,
    name: Text,
    iban: Text,
    on: Annotated[date, Body(embed=True)],
    bic: Text = "",
) -> Response:
    """The order for the bank over a posted run (ISO 20022 pain.001.001.09). Its hash goes into the log."""
    with here.house.work(member.organisation, read_only=True) as work:
        run_of(run_id, work)
    with refusals():
        content, _ = payments.bank_order(
            here.house, member.organisation, run_id, Account(name, iban, bic), on, here.now(), member.person_id
        )
    headers = {"Content-Disposition": f'attachment; filename="{run_id}.xml"'}
    return Response(content, media_type="application/xml", headers=headers)


@router.get("/royalties/runs/{run_id}/mass-payment")
def mass_payment(run_id: str, member: Closes, here: Here, work: Reading) -> Response:
    """One row per payee who is paid, as CSV for a payment service."""
    run_of(run_id, work)
    with refusals():
        content = payments.mass_sheet(here.house, member.organisation, run_id)
    headers = {"Content-Disposition": f'attachment; filename="{run_id}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/royalties/holds")
def holds(member: Sees, work: Reading) -> dict[str, str]:
    """Whose money is held, and why."""
    return work.royalty.holds()


@router.put("/royalties/holds/{party_id}")
def hold(
    party_id: str, member: Closes, here: Here, held: Annotated[bool, Body(embed=True)], why: Text
) -> dict[str, str]:
    """Keep a payee's money here from the next run on, or let it go again."""
    act = payments.hold if held else payments.release
    with refusals():
        act(here.house, member.organisation, party_id, why, here.now(), member.person_id)
    with here.house.work(member.organisation, read_only=True) as work:
        return work.royalty.holds()


# ── opening ──


@router.post("/royalties/opening")
def announce(
    member: Runs,
    here: Here,
    as_of: Annotated[date, Body(embed=True)],
    stated: Annotated[
        dict[str, str], Body(embed=True, description="payable, reserve, unrecouped, costs: decimal text")
    ],
    currency: Annotated[str, Body(embed=True, pattern="^[A-Z]{3}$")] = "EUR",
) -> dict[str, Any]:
    """Say what an older system states. From then on nothing runs until the sheets tie to it."""
    try:
        totals = {kind: parse_decimal(text) for kind, text in stated.items()}
    except AmountError as error:
        raise Problem(422, f"stated: {error}", mend="write amounts as text such as 1234.50") from error
    with refusals():
        opening.announce(here.house, member.organisation, as_of, currency, totals, here.now(), member.person_id)
    return {"as_of": str(as_of), "currency": currency, "stated": stated}


@router.post("/royalties/opening/check")
def check_opening(form: Upload, member: Runs, here: Here) -> dict[str, Any]:
    """Hold the sheets (`files`) against themselves, the catalogue and what was stated; nothing is written."""
    return _opening(form, member, here, commit=False)


@router.post("/royalties/opening/commit")
def commit_opening(form: Upload, member: Closes, here: Here) -> dict[str, Any]:
    """Bring the sheets (`files`) in, in one step, where they are whole and tie; else nothing is written."""
    return _opening(form, member, here, commit=True)


@router.get("/royalties/opening/template")
def opening_template(member: Runs) -> Response:
    """A workbook to fill in: one sheet for each kind, its headings in place, and what each column means as a note."""
    headers = {"Content-Disposition": 'attachment; filename="opening.xlsx"'}
    return Response(opening_sheets.template(), media_type=XLSX, headers=headers)


def _opening(form: Any, member: Identity, here: Here, *, commit: bool) -> dict[str, Any]:
    files = files_of(form, here)
    with refusals():
        if commit:
            checked = opening.commit(here.house, member.organisation, files, here.now(), member.person_id)
        else:
            checked = opening.check(here.house, member.organisation, files)
    return opening.told(checked)


# ── statements ──


@router.get("/statements")
def statements(
    member: Paid,
    work: Reading,
    run: Annotated[str | None, Query(description="one run's; those that stand by default")] = None,
) -> list[dict[str, Any]]:
    """The statements of a run, or of all runs that stand; a payee sees the own ones."""
    runs = [run] if run is not None else [one.id for one in standing(work)]
    sees = member.may(Capability.SEE_MONEY)
    found = [one for name in runs for one in work.statements.of_run(name) if sees or one.payee == member.party_id]
    names = names_for(member, work)
    return [
        {
            "id": one.id,
            "payee": one.payee,
            "name": names.get(one.payee, ""),
            "period": [str(one.period_start), str(one.period_end)],
            "currency": one.currency,
            "earned": decimal(one.totals.earned * minor_unit(one.currency)),
            "paid": decimal(one.totals.paid * minor_unit(one.currency)),
            "carried": decimal(one.totals.carried * minor_unit(one.currency)),
            "why": one.totals.why,
            "lines": len(one.lines),
            "supersedes": one.supersedes,
        }
        for one in found
    ]


@router.get("/statements/{statement_id}/lines/{number}")
def line(
    statement_id: str,
    number: int,
    member: Paid,
    here: Here,
    work: Reading,
    every: Annotated[bool, Query(description="every row; the first fifty by default")] = False,
) -> dict[str, Any]:
    """One line followed back: the rows that were received, who owned what, the lineage, the licence, every consent."""
    found = statement_of(statement_id, member, work)
    if not 1 <= number <= len(found.lines):
        raise NotFound("line of this statement")
    most = None if every else trace_line.MOST_ROWS
    return trace_line.trace(work, Lake(here.house.lake), found, number, most=most).document()


@router.get("/statements/{statement_id}/lines/{number}/proof")
def proof(statement_id: str, number: int, member: Paid, work: Reading) -> Response:
    """The proof of one line (line → statement → signed head), for `ritornello verify`."""
    found = statement_of(statement_id, member, work)
    inclusion = work.log.prove(found.hash())
    if inclusion is None or not 1 <= number <= len(found.lines):
        raise NotFound("line of this statement in the log")
    content = canonical_json(line_proof(found, number, inclusion.to_document()))
    headers = {"Content-Disposition": f'attachment; filename="{statement_id}-{number}.proof.json"'}
    return Response(content, media_type="application/json", headers=headers)


@router.get("/statements/{statement_id}/causes")
def why_less(statement_id: str, member: Paid, work: Reading) -> list[dict[str, Any]]:
    """Why this payee has more or less than last time, in numbers that add up; empty where nothing was stated before."""
    found = statement_of(statement_id, member, work)
    before = work.statements.before(found)
    return [
        {"cause": one.cause, "where": one.subject, "amount": str(one.amount), "words": one.words}
        for one in (compare(found, before) if before is not None else ())
    ]


def statement_of(statement_id: str, member: Identity, work: UnitOfWork) -> Statement:
    """A statement that the asker may see: the own ones, or all. Problem 404 otherwise."""
    found = work.statements.statement(statement_id)
    if found is None or not (member.may(Capability.SEE_MONEY) or found.payee == member.party_id):
        raise NotFound("statement")
    return found
