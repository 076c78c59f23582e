"""What the plays of each recording brought to everybody together, from the statements that stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction

from ritornello.money import floor_micros, minor_unit
from ritornello.royalty.approval import RunRecord
from ritornello.statements.model import Statement
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.views import Amount
from ritornello.workflows.run_facts import standing


def standing_runs(work: UnitOfWork) -> tuple[RunRecord, ...]:
    """The runs that stand: posted, and restated by no other that is posted."""
    return tuple(standing(work))


def standing_statements(work: UnitOfWork) -> tuple[tuple[RunRecord, Statement], ...]:
    """The statements of the runs that stand."""
    return tuple((run, one) for run in standing_runs(work) for one in work.statements.of_run(run.id))


def earned_by_asset(work: UnitOfWork) -> Mapping[str, Amount]:
    """Recording id → what came of its own plays, in the currency in which most came, in whole minor units."""
    return earned((statement for _, statement in standing_statements(work)))


def earned(statements: Iterable[Statement]) -> dict[str, Amount]:
    sums: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for statement in statements:
        for line in statement.lines:
            if line.asset:
                sums[line.asset][statement.currency] += line.amount
    found = {}
    for asset, currencies in sums.items():
        currency = max(currencies, key=lambda one: (currencies[one], one))
        unit = minor_unit(currency)
        found[asset] = Amount(floor_micros(currencies[currency] // unit * unit), currency)
    return found
