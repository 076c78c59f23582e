"""What a reviewer looks at: how a run differs from the last one, per payee and reason, and one payee's causes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ritornello.ledger.accounts import Side, kind_of
from ritornello.royalty.approval import Difference, RunRecord, review
from ritornello.royalty.run import RunResult
from ritornello.statements.build import build
from ritornello.statements.compare import Cause, compare
from ritornello.statements.model import Statement
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.close_period import context_of, engine_of, made_again
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.periods import PeriodProblem
from ritornello.workflows.run_facts import standing


@dataclass(frozen=True, slots=True)
class Compared:
    """A run beside the one that it is held against (the one it restates, else that of the period before)."""

    record: RunRecord
    result: RunResult
    against: RunRecord | None
    differences: tuple[Difference, ...]

    def of_payees(self) -> Mapping[str, tuple[Difference, ...]]:
        """Payee → what changed on the accounts of that payee, whoever differs most first."""
        found: dict[str, list[Difference]] = {}
        for one in self.differences:
            if kind_of(one.account).side is Side.PAYABLE:
                found.setdefault(one.account.split(":")[1], []).append(one)
        ordered = sorted(found.items(), key=lambda pair: (-abs(sum(d.after - d.before for d in pair[1])), pair[0]))
        return {payee: tuple(changes) for payee, changes in ordered}

    def of_others(self) -> tuple[Difference, ...]:
        """What changed on accounts that are nobody's: held, kept, taxes."""
        return tuple(one for one in self.differences if kind_of(one.account).side is not Side.PAYABLE)


def compared(work: UnitOfWork, run_id: str) -> Compared:
    """A run against the last one. Raises `PeriodProblem` where there is no such run."""
    record, result = work.royalty.run(run_id), work.royalty.result(run_id)
    if record is None or result is None:
        raise PeriodProblem(f"there is no run {run_id} here")
    against = work.royalty.run(record.restates) if record.restates else before(work, record, result)
    last = work.royalty.result(against.id) if against is not None else None
    return Compared(record, result, against, review(result, last))


def before(work: UnitOfWork, record: RunRecord, result: RunResult) -> RunRecord | None:
    """The standing run of the period that ended last before this one began."""
    found = [
        (other.period_end, one)
        for one in standing(work, record.currency)
        if one.period != record.period
        and (other := work.royalty.result(one.id)) is not None
        and other.period_end < result.period_start
    ]
    return max(found, key=lambda pair: (pair[0], pair[1].id))[1] if found else None


def causes_for(
    house: House, organisation: str, run_id: str, payee: str, at: datetime, report: Report = silent
) -> tuple[Statement, Statement | None, tuple[Cause, ...]]:
    """Why a payee has more or less than last time, before anything is approved: the statement as it would be, the one
    before, and the causes, which add up to the difference. Raises `PeriodProblem`, `StatementError`."""
    ran = made_again(house, organisation, run_id, report)
    with house.work(organisation, read_only=True) as work:
        context = context_of(work, ran, at)
        restates = ran.record.restates
        earlier = work.royalty.result(restates) if restates else None
        last = work.royalty.run(restates) if restates else before(work, ran.record, ran.result)
        stated = [one for one in work.statements.of_run(last.id) if one.payee == payee] if last is not None else []
    with engine_of(house, ran.paths) as engine:
        now = build(payee, ran.result, engine, context, earlier=earlier)
    then = stated[0] if stated else None
    return now, then, compare(now, then) if then is not None else ()
