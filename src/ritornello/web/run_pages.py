"""The acts on runs: run, review, explain, approve, post, close, pay; and moving in from an older system."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import Problem
from ritornello.api.money import Upload, files_of, refusals, text_of
from ritornello.api.royalties import XLSX, run_of
from ritornello.money import MICRO, AmountError, minor_unit, parse_decimal
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.royalty import opening_sheets
from ritornello.royalty.approval import Difference, RunState
from ritornello.statements.payment_order import Account
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports
from ritornello.web import field_words as w
from ritornello.web.desk import back_to
from ritornello.web.frames import Names, said
from ritornello.web.money_desk import money_page, watch
from ritornello.web.pages import names_of
from ritornello.web.views import Amount, Exact
from ritornello.workflows import opening, payments
from ritornello.workflows.close_period import explain, step
from ritornello.workflows.money_jobs import order_close, order_run
from ritornello.workflows.review import causes_for, compared

router = APIRouter(include_in_schema=False)

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY))]
Runs = Annotated[Identity, Depends(allowed(Capability.RUN_ROYALTIES))]
Closes = Annotated[Identity, Depends(allowed(Capability.CLOSE_PERIOD))]

_CAUSES = {
    "volume": "How much was used",
    "price": "What was paid for each use",
    "part": "Which part is theirs",
    "new": "New",
    "gone": "Gone",
    "adjustment": "Adjustment",
}


# ── running, and the steps ──


@router.post("/runs")
def run(form: Upload, member: Runs, here: Here, background: BackgroundTasks) -> Response:
    with refusals():
        job = order_run(here.house, member.organisation, text_of(form, "period"), here.now(), member.person_id)
    return watch(job, here, background)


@router.get("/runs/{run_id}/review")
def review(run_id: str, request: Request, member: Sees, work: Reading) -> Response:
    run_of(run_id, work)
    found = compared(work, run_id)
    names, unit = names_of(work, member), minor_unit(found.record.currency)
    payees = [
        (payee, names(payee), [_difference(one, unit, found.record.currency, names) for one in changes])
        for payee, changes in found.of_payees().items()
    ]
    return money_page(
        "run_review.html",
        request,
        work,
        member,
        "runs",
        run=found.record,
        against=found.against,
        payees=payees,
        others=[_difference(one, unit, found.record.currency, names) for one in found.of_others()],
    )


@router.get("/exports/runs/{run_id}/review.{kind}")
def export_review(run_id: str, kind: exports.Kind, member: Sees, work: Reading) -> Response:
    run_of(run_id, work)
    found = compared(work, run_id)
    unit, currency = minor_unit(found.record.currency), found.record.currency
    columns = ("account", "before", "now", "difference", "reasons")
    rows = [
        (
            one.account,
            Exact(one.before * unit, currency),
            Exact(one.after * unit, currency),
            Exact((one.after - one.before) * unit, currency),
            "; ".join(one.reasons),
        )
        for one in found.differences
    ]
    return exports.answer(exports.Table("review", columns, rows), kind)


@router.get("/runs/{run_id}/review/{payee}")
def causes(run_id: str, payee: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    record, _ = run_of(run_id, work)
    with refusals():
        now, then, found = causes_for(here.house, member.organisation, run_id, payee, here.now())
    names = names_of(work, member)
    return money_page(
        "run_causes.html",
        request,
        work,
        member,
        "runs",
        run=record,
        payee=names(payee),
        earned=Exact(now.stands, now.currency),
        before=None if then is None else Exact(then.stands, then.currency),
        causes=[
            (_CAUSES.get(one.cause, one.cause), one.subject, one.words, Exact(one.amount, now.currency))
            for one in found
        ],
    )


def _whole(count: int, unit: Fraction, currency: str) -> Amount:
    """Whole minor units as an amount."""
    return Amount(int(count * unit * MICRO), currency)


def _difference(one: Difference, unit: Fraction, currency: str, names: Names) -> Mapping[str, object]:
    parts = one.account.split(":")
    label = w.sentence(parts[0].replace("_", " ")) + (f": {', '.join(parts[1:])}" if len(parts) > 1 else "")
    return {
        "account": said(label, names),
        "before": _whole(one.before, unit, currency),
        "after": _whole(one.after, unit, currency),
        "difference": _whole(one.after - one.before, unit, currency),
        "reasons": [w.sentence(said(reason, names)) for reason in one.reasons if reason],
    }


@router.post("/runs/{run_id}/explain")
def explain_run(run_id: str, form: Upload, member: Runs, here: Here) -> Response:
    _there(run_id, member, here)
    kind, why = text_of(form, "kind"), text_of(form, "why", 2000)
    with refusals():
        explain(here.house, member.organisation, run_id, kind, why, here.now(), member.person_id)
    return back_to(f"/runs/{run_id}", "Explained")


@router.post("/runs/{run_id}/reviewed")
def reviewed(run_id: str, member: Runs, here: Here) -> Response:
    return _step(run_id, RunState.REVIEWED, member, here, "Reviewed; a second person approves")


@router.post("/runs/{run_id}/approved")
def approved(run_id: str, member: Closes, here: Here) -> Response:
    return _step(run_id, RunState.APPROVED, member, here, "Approved")


@router.post("/runs/{run_id}/posted")
def posted(run_id: str, member: Closes, here: Here) -> Response:
    return _step(run_id, RunState.POSTED, member, here, "Written into the books")


@router.post("/runs/{run_id}/closed")
def closed(run_id: str, member: Closes, here: Here, background: BackgroundTasks) -> Response:
    _there(run_id, member, here)
    job = order_close(here.house, member.organisation, run_id, here.now(), member.person_id)
    return watch(job, here, background)


def _step(run_id: str, to: RunState, member: Identity, here: Here, done: str) -> Response:
    with here.house.work(member.organisation, read_only=True) as work:
        record, _ = run_of(run_id, work)
    with refusals():
        step(here.house, member.organisation, record, to, here.now(), member.person_id)
    return back_to(f"/runs/{run_id}", done)


def _there(run_id: str, member: Identity, here: Here) -> None:
    with here.house.work(member.organisation, read_only=True) as work:
        run_of(run_id, work)


# ── payouts ──


@router.get("/runs/{run_id}/payouts")
def payouts(run_id: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    record, result = run_of(run_id, work)
    names, unit, held = names_of(work, member), minor_unit(result.currency), work.royalty.holds()
    rows = [
        (
            one.party,
            names(one.party),
            _whole(one.balance, unit, result.currency),
            _whole(sum(one.withheld.values()), unit, result.currency),
            _whole(one.paid, unit, result.currency),
            _whole(sum(one.carried.values()), unit, result.currency),
            w.sentence(one.why),
            one.party in held,
        )
        for one in sorted(result.payouts, key=lambda payout: (-payout.paid, payout.party))
    ]
    found = payments.paying(here.house, member.organisation, run_id)
    return money_page(
        "run_payouts.html",
        request,
        work,
        member,
        "runs",
        run=record,
        rows=rows,
        total=_whole(sum(one.paid for one in result.payouts), unit, result.currency),
        unreachable=[names(one) for one in found.unreachable],
        posted=record.state in (RunState.POSTED, RunState.CLOSED),
    )


@router.get("/exports/runs/{run_id}/payouts.{kind}")
def export_payouts(run_id: str, kind: exports.Kind, member: Sees, work: Reading) -> Response:
    _, result = run_of(run_id, work)
    unit, names = minor_unit(result.currency), names_of(work, member)
    columns = ("payee", "name", "due", "withheld", "paid", "carried", "why_not")
    rows = [
        (
            one.party,
            names(one.party),
            Exact(one.balance * unit, result.currency),
            Exact(sum(one.withheld.values()) * unit, result.currency),
            Exact(one.paid * unit, result.currency),
            Exact(sum(one.carried.values()) * unit, result.currency),
            one.why,
        )
        for one in result.payouts
    ]
    return exports.answer(exports.Table("payouts", columns, rows), kind)


@router.post("/runs/{run_id}/payment-order")
def payment_order(run_id: str, form: Upload, member: Closes, here: Here) -> Response:
    _there(run_id, member, here)
    try:
        on = date.fromisoformat(text_of(form, "on"))
    except ValueError as error:
        raise Problem(422, "the day of execution is missing", mend="choose a day") from error
    payer = Account(text_of(form, "name"), text_of(form, "iban"), text_of(form, "bic"))
    with refusals():
        content, _ = payments.bank_order(
            here.house, member.organisation, run_id, payer, on, here.now(), member.person_id
        )
    headers = {"Content-Disposition": f'attachment; filename="{run_id}.xml"'}
    return Response(content, media_type="application/xml", headers=headers)


@router.get("/runs/{run_id}/mass-payment.csv")
def mass_payment(run_id: str, member: Closes, here: Here, work: Reading) -> Response:
    run_of(run_id, work)
    with refusals():
        content = payments.mass_sheet(here.house, member.organisation, run_id)
    headers = {"Content-Disposition": f'attachment; filename="{run_id}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/runs/{run_id}/holds/{party_id}")
def hold(run_id: str, party_id: str, form: Upload, member: Closes, here: Here) -> Response:
    _there(run_id, member, here)
    held = text_of(form, "held") == "yes"
    act = payments.hold if held else payments.release
    with refusals():
        act(here.house, member.organisation, party_id, text_of(form, "why"), here.now(), member.person_id)
    return back_to(f"/runs/{run_id}/payouts", "Held from the next run on" if held else "Released with the next run")


# ── moving in ──


@router.get("/opening")
def moving_in(request: Request, member: Runs, work: Reading) -> Response:
    return _opening_page(request, member, work, None)


@router.get("/opening/template.xlsx")
def template(member: Runs) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="opening.xlsx"'}
    return Response(opening_sheets.template(), media_type=XLSX, headers=headers)


@router.post("/opening/announce")
def announce(form: Upload, member: Runs, here: Here) -> Response:
    try:
        as_of = date.fromisoformat(text_of(form, "as_of"))
        stated = {kind: parse_decimal(text_of(form, kind) or "0") for kind in opening_sheets.TOTALS}
    except (ValueError, AmountError) as error:
        raise Problem(422, f"{error}", mend="give the day, and amounts such as 1234.50") from error
    currency = text_of(form, "currency").upper() or "EUR"
    with refusals():
        opening.announce(here.house, member.organisation, as_of, currency, stated, here.now(), member.person_id)
    return back_to("/opening", "Announced; nothing runs until the sheets tie to it")


@router.post("/opening")
def check(request: Request, form: Upload, member: Runs, here: Here, work: Reading) -> Response:
    commit = text_of(form, "act") == "commit"
    if commit and not member.may(Capability.CLOSE_PERIOD):
        raise Problem(403, "your role does not let you close period", mend="ask an owner of your organisation")
    files = files_of(form, here)
    with refusals():
        if commit:
            checked = opening.commit(here.house, member.organisation, files, here.now(), member.person_id)
        else:
            checked = opening.check(here.house, member.organisation, files)
    if checked.committed:
        return back_to("/opening", "Everything is brought in; periods can be run")
    return _opening_page(request, member, work, checked)


def _opening_page(request: Request, member: Identity, work: UnitOfWork, checked: opening.Checked | None) -> Response:
    waiting = opening.waiting_opening(work)
    currency = waiting.currency if waiting is not None else "EUR"
    rows = []
    if waiting is not None:
        found = checked.found if checked is not None else {}
        rows = [
            (
                w.sentence(kind),
                Exact(waiting.stated.get(kind, Fraction(0)), currency),
                Exact(found.get(kind, Fraction(0)), currency),
            )
            for kind in opening_sheets.TOTALS
        ]
    return money_page(
        "opening.html",
        request,
        work,
        member,
        "opening",
        waiting=waiting,
        done_before=[one for one in work.royalty.openings() if one.found is not None],
        checked=checked,
        rows=rows,
        kinds=opening_sheets.TOTALS,
        sheets=[(kind, needed, more) for kind, (needed, more) in opening_sheets.SHEETS.items()],
    )
