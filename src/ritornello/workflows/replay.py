"""What would last year have paid? Past usage, valued again under a changed offer, beside what the terms on file give.

Nothing is written. Both sides are full runs of the same usage, shares and lineage, as known now; so their difference is
the change's alone, and both are conserved to the last unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.royalty.flatten import Ownership
from ritornello.royalty.run import RunInputs, RunResult, run
from ritornello.royalty.terms import Terms
from ritornello.royalty.what_if import PayeeDifference, changed, difference, read_change
from ritornello.workflows.close_period import EMBEDDED, EngineChoice, engine_of
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.periods import AccountingPeriod, PeriodProblem
from ritornello.workflows.run_facts import gather


@dataclass(frozen=True, slots=True)
class Replayed:
    """One period, as the terms on file value it and as the changed terms would have."""

    period: str
    before: RunResult
    after: RunResult
    met: tuple[str, ...]

    @property
    def differences(self) -> tuple[PayeeDifference, ...]:
        return difference(self.before, self.after)


def replay(
    house: House,
    organisation: str,
    periods: Sequence[AccountingPeriod],
    change: Mapping[str, Any],
    at: datetime,
    report: Report = silent,
    choice: EngineChoice = EMBEDDED,
) -> tuple[Replayed, ...]:
    """Value past periods again under a change (a document of the schema `HISTORY`).

    Balances that were carried between the periods take no part: each period stands alone, on both sides. Raises
    `TermError`, `PeriodProblem`, `EngineError` and `ConservationError`.
    """
    asked = read_change(change)
    found = []
    for number, period in enumerate(periods):
        done, part = number / len(periods), 1 / len(periods)
        report(done, f"{period.id}: gathering usage, shares, licences and terms")
        with house.work(organisation, read_only=True) as work:
            facts = gather(work, period, at)
            kept = work.royalty.terms(known_at=at)
        if kept is None:
            raise PeriodProblem("there are no contract terms on file; record them first")
        terms, ownership, met = changed(asked, kept.document, facts.terms, facts.ownership)

        def valued(rules: Terms, owned: Ownership, paths: Sequence[str], of: AccountingPeriod) -> RunResult:
            with engine_of(house, paths, choice) as engine:
                return run(RunInputs(of.start, of.last, rules, owned, engine, at))

        report(done + part * 0.2, f"{period.id}: as it was")
        before = valued(facts.terms, facts.ownership, facts.paths, period)
        report(done + part * 0.6, f"{period.id}: as it would have been")
        found.append(Replayed(period.id, before, valued(terms, ownership, facts.paths, period), met))
    report(1.0, "compared")
    return tuple(found)
