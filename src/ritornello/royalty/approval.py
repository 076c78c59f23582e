"""The way of a run from draft to the books, and who may take each step.

draft -> reviewed (differences were looked at) -> approved (by a second person) -> posted -> closed. A run goes back to
draft by making a new one; nothing is edited. A run cannot be approved while lines of its period are unmatched and
nobody has said why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from ritornello.royalty.account import FX, suspense
from ritornello.royalty.run import RunResult
from ritornello.royalty.wording import decimal

UNMATCHED = ("no_asset", "no_right")
"""The kinds of suspense that a person must explain before anything is approved."""


class RunState(StrEnum):
    """Where a run stands."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    POSTED = "posted"
    CLOSED = "closed"


class StepError(Exception):
    """A step that the run's state, the person or open findings do not allow; the message says how to go on."""


@dataclass(frozen=True, slots=True)
class Step:
    """Who took a run to a state, and when."""

    state: RunState
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it is kept: its result's identity, and the steps it has taken. `explained`: suspense kind -> why the
    period's unmatched lines may wait, in the words of whoever decided it. `made_at`: the moment whose facts it is made
    from."""

    id: str
    period: str
    currency: str
    digest: str
    inputs_hash: str
    shares_hash: str
    terms_version: str
    engine: str
    usage_rows: int
    restates: str = ""
    steps: tuple[Step, ...] = ()
    explained: tuple[tuple[str, str], ...] = ()
    made_at: datetime | None = None
    made_by: str = ""

    @property
    def state(self) -> RunState:
        return self.steps[-1].state if self.steps else RunState.DRAFT


_NEXT = {
    RunState.DRAFT: RunState.REVIEWED,
    RunState.REVIEWED: RunState.APPROVED,
    RunState.APPROVED: RunState.POSTED,
    RunState.POSTED: RunState.CLOSED,
}


def unexplained(record: RunRecord, suspended: Mapping[str, Fraction]) -> tuple[str, ...]:
    """The kinds of unmatched money that nobody has explained. `suspended`: account -> exact amount."""
    told = {kind for kind, why in record.explained if why.strip()}
    return tuple(kind for kind in UNMATCHED if suspended.get(suspense(kind)) and kind not in told)


def advance(record: RunRecord, to: RunState, by: str, at: datetime, suspended: Mapping[str, Fraction]) -> RunRecord:
    """The record one step on. Raises `StepError`.

    Doing the same step again by the same person changes nothing.
    """
    if record.steps and record.steps[-1].state is to and record.steps[-1].by == by:
        return record
    if _NEXT.get(record.state) is not to:
        after = _NEXT.get(record.state)
        raise StepError(
            f"run {record.id} is {record.state}; " + (f"the next step is {after}" if after else "nothing follows")
        )
    if to is RunState.APPROVED:
        first = {step.by for step in record.steps}
        if by in first:
            raise StepError(f"run {record.id} was reviewed by the same person; a second person approves")
        open_kinds = unexplained(record, suspended)
        if open_kinds:
            raise StepError(
                f"run {record.id} has unmatched money ({', '.join(open_kinds)}); match the lines, or say why they wait"
            )
    return replace(record, steps=(*record.steps, Step(to, by, at)))


@dataclass(frozen=True, slots=True)
class Difference:
    """How one account changed against another run, in minor units, and why as far as the runs tell."""

    account: str
    before: int
    after: int
    reasons: tuple[str, ...]


def review(result: RunResult, last: RunResult | None) -> tuple[Difference, ...]:
    """The differences per account against the last run, the largest first: what a reviewer looks at."""
    before = last.units if last is not None else {}
    rules_before = {(one.account, one.rule): one.amount for one in last.adjustments} if last is not None else {}
    found = []
    for account in sorted(before.keys() | result.units.keys()):
        was, now = before.get(account, 0), result.units.get(account, 0)
        if was == now:
            continue
        reasons = []
        for one in result.adjustments:
            if one.account == account and one.amount != rules_before.get((account, one.rule), 0):
                reasons.append(one.words)
        if last is not None and last.rates != result.rates and account != FX:
            changed = sorted(name for name, rate in result.rates.items() if last.rates.get(name, rate) != rate)
            reasons += [f"{name} is exchanged at another rate" for name in changed]
        if last is not None and last.shares_hash != result.shares_hash:
            reasons.append("ownership shares or lineage changed")
        if last is not None and last.receipts != result.receipts:
            more = result.receipts - last.receipts
            reasons.append(f"{decimal(abs(more))} {'more' if more > 0 else 'less'} was received than in that run")
        if last is None:
            reasons.append("there is no run before it")
        elif account.startswith("suspense:"):
            reasons = [f"{'more' if now > was else 'less'} waits than in that run"]
        elif not reasons:
            reasons.append("usage changed")
        found.append(Difference(account, was, now, tuple(reasons)))
    return tuple(sorted(found, key=lambda one: (-abs(one.after - one.before), one.account)))
