"""Runs as people check them: what was received equals what is payable, held, kept and carried; every step with its why.

The figures are those of the run as it was kept (`ritornello.royalty.run.RunResult`); nothing is computed here but sums
by side and the words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from ritornello.ledger.accounts import Side, kind_of
from ritornello.money import MICRO, floor_micros, minor_unit
from ritornello.royalty.approval import RunRecord, RunState, unexplained
from ritornello.royalty.run import RunResult
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import field_words as w
from ritornello.web.earnings import standing_runs
from ritornello.web.frames import Names, said
from ritornello.web.money_views import Part, PayeeRow, RunRow, RunView, SourceRow, StepRow, SuspenseRow
from ritornello.web.views import Amount, Exact, Fact, Link, State
from ritornello.web.wording import count, day, instant, money_text, period, plural
from ritornello.workflows.run_facts import files_behind

_SIDES: tuple[tuple[Side, str, str, str], ...] = (
    (Side.PAYABLE, "payable", "Payable", "#payees"),
    (Side.HELD, "held", "Held", "#held"),
    (Side.HOUSE, "house", "Kept by the house", ""),
    (Side.CLEARED, "tax", "Kept back by others", ""),
    (Side.CARRY, "carry", "Carried", ""),
)
_STATES: dict[RunState, tuple[State, str]] = {
    RunState.DRAFT: ("wait", "Draft"),
    RunState.REVIEWED: ("wait", "Reviewed"),
    RunState.APPROVED: ("ask", "Approved, not posted"),
    RunState.POSTED: ("yes", "Posted"),
    RunState.CLOSED: ("yes", "Posted and closed"),
}
_HELD = {
    "no_asset": "No recording of this name or code is known",
    "no_right": "Nobody is known to hold this right",
    "out_of_scope": "Used where the licence does not reach",
    "after_end": "Used after the derivative had ended",
    "share_gap": "The shares on file do not reach 100 %",
    "share_excess": "The shares on file exceed 100 %",
}
_SUMMARY = frozenset({"receipts", "gross_of_right", "net_of_right", "net_all", "fan", "recoupment"})
_STEPS = {
    "fan": "The maker's part",
    "receipts": "Received",
    "memo_gross": "Settled by others",
    "net_all": "Left to share out",
    "gross_of_right": "Payable gross",
    "net_of_right": "Left to share",
}


def rows(work: UnitOfWork) -> tuple[RunRow, ...]:
    """All runs, newest first."""
    found = []
    for record in reversed(work.royalty.runs()):
        result = work.royalty.result(record.id)
        if result is None:
            continue
        received = Amount(floor_micros(result.receipts), result.currency)
        payable = _amount(result, (a for a in result.units if kind_of(a).side is Side.PAYABLE))
        found.append(RunRow(record.id, record.period, *_STATES[record.state], received, payable, _last(record)))
    return tuple(found)


def view(work: UnitOfWork, record: RunRecord, result: RunResult, names: Names) -> RunView:
    """The page of one run."""
    sides: dict[Side, list[str]] = defaultdict(list)
    for account in result.units:
        sides[kind_of(account).side].append(account)
    parties = {account.split(":")[1] for account in sides[Side.PAYABLE]}
    notes = {
        Side.PAYABLE: f"to {plural(len(parties), 'payee', 'payees')}",
        Side.HELD: _listed_kinds(sides[Side.HELD]),
        Side.HOUSE: _listed_kinds(sides[Side.HOUSE]),
        Side.CLEARED: _listed_kinds(sides[Side.CLEARED]),
        Side.CARRY: "below one cent, for the next run",
    }
    carry = Amount(floor_micros(result.carry), result.currency)
    parts = []
    for side, kind, label, url in _SIDES:
        amount = carry if side is Side.CARRY else _amount(result, sides[side])
        if amount.micros or side in (Side.PAYABLE, Side.HELD, Side.CARRY):
            parts.append(Part(kind, label, amount, notes[side], url if sides[side] else ""))
    unit, steps = minor_unit(result.currency), _steps(result, names)
    return RunView(
        id=record.id,
        period=record.period,
        state=_STATES[record.state][0],
        state_words=_STATES[record.state][1],
        at=_last(record),
        received=Amount(floor_micros(result.receipts), result.currency),
        parts=tuple(parts),
        balanced=sum(result.units.values()) * unit + result.carry == result.receipts,
        summary=tuple(step for figure, step in steps if figure in _SUMMARY),
        steps=tuple(step for _, step in steps),
        services=tuple(_services(result, names)),
        sources=tuple(_sources(work, record, result)),
        suspense=tuple(_suspense(result, record)),
        payees=tuple(_payees(work, record, result, names)),
        facts=tuple(_facts(record, result, names)),
        restates=record.restates,
        **_next(record, result),
    )


_NEXT: dict[RunState, tuple[str, str, str, str, str]] = {
    RunState.DRAFT: (
        "To be reviewed",
        "Nothing is posted yet. Look at what differs from the last run, then say that you did.",
        "reviewed",
        "I have reviewed it",
        "run_royalties",
    ),
    RunState.REVIEWED: (
        "To be approved",
        "A second person approves, not the one who reviewed it.",
        "approved",
        "Approve",
        "close_period",
    ),
    RunState.APPROVED: (
        "To be posted",
        "Posting writes it into the books. What is in the books is never changed, only corrected by a further run.",
        "posted",
        "Post it into the books",
        "close_period",
    ),
    RunState.POSTED: (
        "To be closed",
        "Closing ends the period for good and writes everybody's statement. A report that comes later is posted in the "
        "next period, as a correction.",
        "closed",
        "Close and write the statements",
        "close_period",
    ),
    RunState.CLOSED: (
        "Closed",
        "It stands in the books. A late report is run again and posts its differences.",
        "",
        "",
        "run_royalties",
    ),
}


def _next(record: RunRecord, result: RunResult) -> dict[str, Any]:
    """What comes next for a run, and what stands in its way."""
    title, words_of_it, act, button, needs = _NEXT[record.state]
    open_kinds = unexplained(record, result.exact)
    return {
        "next_title": title,
        "next_words": words_of_it,
        "next_act": act,
        "next_button": button,
        "next_needs": needs,
        "unexplained": tuple((kind, _HELD.get(kind, kind)) for kind in open_kinds),
        "blocked": record.state is RunState.REVIEWED and bool(open_kinds),
    }


def last_run(work: UnitOfWork) -> Fact | None:
    """The figure of the newest run for the catalogue's head."""
    run = max(standing_runs(work), key=lambda one: (one.period, one.id), default=None)
    result = work.royalty.result(run.id) if run is not None else None
    if run is None or result is None:
        return None
    return Fact("Received in the last run", Amount(floor_micros(result.receipts), result.currency), period(run.period))


def attention(work: UnitOfWork) -> tuple[Link, ...]:
    """What a person should look at: money that is held, run by run."""
    found = []
    for record in standing_runs(work):
        result = work.royalty.result(record.id)
        held = [] if result is None else [a for a in result.units if kind_of(a).name == "suspense"]
        if result is not None and held and (amount := _amount(result, held)).micros:
            found.append(
                Link(f"{money_text(amount)} of {period(record.period)} is held; see why", f"/runs/{record.id}#held")
            )
    return tuple(found)


def _amount(result: RunResult, accounts: Iterable[str]) -> Amount:
    micros = int(minor_unit(result.currency) * MICRO)
    return Amount(sum(result.units[account] for account in accounts) * micros, result.currency)


def _last(record: RunRecord) -> datetime:
    if record.steps:
        return record.steps[-1].at
    return record.made_at or datetime.min.replace(tzinfo=UTC)


def _listed_kinds(accounts: Iterable[str]) -> str:
    kinds = dict.fromkeys(account.split(":")[0].replace("_", " ") for account in sorted(accounts))
    return w.listed(kinds)


def _steps(result: RunResult, names: Names) -> list[tuple[str, StepRow]]:
    """Every figure of the waterfall that is not zero, and every adjustment, each with its rule."""
    found = []
    for figure in result.figures:
        if not figure.amount:
            continue
        label = _STEPS.get(figure.rule, w.sentence(figure.rule.replace("_", " ")))
        subject = "" if figure.subject == "all" else _subject(figure.subject, names)
        because = w.sentence(said(figure.words, names))
        found.append((figure.rule, StepRow(label, subject, Exact(figure.amount, result.currency), because)))
    for one in result.adjustments:
        party = one.account.split(":")[1] if ":" in one.account else one.account
        label = w.sentence(one.rule.replace("_", " "))
        because = w.sentence(said(one.words, names))
        found.append((one.rule, StepRow(label, _subject(party, names), Exact(one.amount, result.currency), because)))
    return found


def _subject(text: str, names: Names) -> str:
    """What a step is about: rights and parties in words, other ids as they are."""
    return ", ".join(
        names(one) if one.startswith(("pty_", "per_")) else w.RIGHT_TYPES.get(one, _short(one))
        for one in text.split(" ")
    )


def _short(text: str) -> str:
    """A licence by the end of its id, as people tell them apart; anything else as it is."""
    return f"licence …{text[-6:]}" if text.startswith("lic_") else text


def _services(result: RunResult, names: Names) -> list[Part]:
    """What each service brought: the gross of its lanes, held money included."""
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for figure in result.figures:
        if figure.rule == "gross":
            sums[re.split(r"[ ,]", figure.subject)[0]] += figure.amount
    kinds = ("payable", "derivative", "tax", "held", "house")
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        Part(kinds[number % len(kinds)], names(service), Amount(floor_micros(amount), result.currency))
        for number, (service, amount) in enumerate(ordered)
    ]


def _sources(work: UnitOfWork, record: RunRecord, result: RunResult) -> list[SourceRow]:
    files = files_behind(work, result.period_start, result.period_end, record.made_at)
    totals: dict[str, list[Exact]] = defaultdict(list)
    for receipt in work.usage.receipts([file.id for file in files]):
        totals[receipt.file_id].append(Exact(Fraction(receipt.total_e10, 10**10), receipt.currency))
    return [
        SourceRow(f.name, w.sentence(f.source), f.rows, f.matched_rows, tuple(totals[f.id]), f.sha256) for f in files
    ]


def _suspense(result: RunResult, record: RunRecord) -> list[SuspenseRow]:
    told = dict(record.explained)
    found = []
    for account, units in result.units.items():
        kind = kind_of(account)
        if kind.side is not Side.HELD or not units:
            continue
        reason = account.partition(":")[2]
        words = _HELD.get(reason.split(":")[0], w.sentence(f"{kind.name}: {reason}".replace("_", " ")))
        note = told.get(reason, "")
        since = result.period_start if kind.name == "suspense" else None
        found.append(SuspenseRow(account, words, note, _amount(result, [account]), since))
    return sorted(found, key=lambda row: (-row.amount.micros, row.reason))


def _payees(work: UnitOfWork, record: RunRecord, result: RunResult, names: Names) -> list[PayeeRow]:
    statements = {one.payee: one.id for one in work.statements.of_run(record.id)}
    paid = {one.party: one for one in result.payouts}
    micro_unit = int(minor_unit(result.currency) * MICRO)
    earned: dict[str, list[str]] = defaultdict(list)
    for account in result.units:
        if kind_of(account).side is Side.PAYABLE:
            earned[account.split(":")[1]].append(account)
    found = []
    for party in sorted(set(earned) | set(statements)):
        payout = paid.get(party)
        found.append(
            PayeeRow(
                names(party),
                payout.why if payout is not None else "",
                _amount(result, earned[party]),
                Amount((payout.paid if payout is not None else 0) * micro_unit, result.currency),
                statements.get(party, ""),
            )
        )
    return sorted(found, key=lambda row: (-row.amount.micros, row.payee))


def _facts(record: RunRecord, result: RunResult, names: Names) -> list[Fact]:
    facts = [
        Fact("Period", f"{day(result.period_start)} to {day(result.period_end)}"),
        Fact("Rows of usage", count(result.usage_rows)),
        Fact("Query engine", record.engine),
        Fact("Terms", f"version {record.terms_version}"),
        Fact("Inputs", f"{record.inputs_hash[:16]}…", "files, shares and terms; the same inputs give the same result"),
        Fact("Result", f"{record.digest[:16]}…"),
    ]
    for step in record.steps:
        facts.append(Fact(w.sentence(step.state.value), f"by {names(step.by)}", instant(step.at)))
    if result.memo_gross:
        facts.append(Fact("Settled by others", Exact(result.memo_gross, result.currency), "shown, never payable by us"))
    return facts
