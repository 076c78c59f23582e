"""What was played and what it brought to whom: read from reports and statements that are there anyway.

Counted and never explained: no line says why a number moved. Up to which day each service has reported stands beside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from ritornello.statements.model import USAGE, Line
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage import performance
from ritornello.usage.lake import Lake
from ritornello.usage.performance import AsOf, Curve, Dimension, Family, Played
from ritornello.workflows.house import House
from ritornello.workflows.run_facts import standing

SEVERAL = "several"
"""The week or month of a statement's line whose days lie in more than one: it is not spread over them."""

Wide = Mapping[Literal["week", "month"], set[tuple[str, str, str, str]]]


@dataclass(frozen=True, slots=True)
class Performance:
    """Plays and money by what was asked, how fresh each service is, and what has no day."""

    by: tuple[Dimension, ...]
    lines: tuple[Played, ...]
    undated: tuple[Played, ...]
    as_of: tuple[AsOf, ...]


@dataclass(frozen=True, slots=True)
class PaidFor:
    """What plays brought to one payee, by what was asked: exact amount, from the statements that stand.

    Under the dimension *parent* a derivative of two parents counts for both, so that lines of parents do not add up.
    """

    key: tuple[str, ...]
    payee: str
    currency: str
    amount: Fraction


def played(
    house: House, organisation: str, by: Sequence[Dimension], start: date | None = None, end: date | None = None
) -> Performance:
    """Plays and money as services reported them, between two days (both included)."""
    lake, paths, families = _reported(house, organisation)
    return Performance(
        tuple(by),
        tuple(performance.played(lake, paths, by, families, start, end)),
        tuple(performance.undated(lake, paths, start, end)),
        tuple(performance.data_as_of(lake, paths)),
    )


def first_days(house: House, organisation: str, asset_id: str, release: date | None = None) -> Curve | None:
    """The first 28 days of a recording (by id or ISRC), each service's as far as it has reported.

    Without a day of release they are counted from the first day on which a play is reported; None where no play has a
    day.
    """
    lake, paths, _ = _reported(house, organisation)
    with house.work(organisation, read_only=True) as work:
        asset_id = recording_of(work, asset_id)
    start = release or performance.first_played(lake, paths, asset_id)
    return None if start is None else performance.first_days(lake, paths, asset_id, start)


def freshness(house: House, organisation: str) -> list[AsOf]:
    """Up to which day each service has reported."""
    lake, paths, _ = _reported(house, organisation)
    return performance.data_as_of(lake, paths)


def _reported(house: House, organisation: str) -> tuple[Lake, list[str], list[Family]]:
    with house.work(organisation, read_only=True) as work:
        return Lake(house.lake), [file.lake_path for file in work.usage.files()], families_of(work)


def recording_of(work: UnitOfWork, name: str) -> str:
    """The recording's id for an id or an ISRC; what is neither stays as it is, and was never played."""
    known = work.catalogue.recording_by_isrc(name.upper().replace("-", "").replace(" ", ""))
    return known.id if known is not None else name


def families_of(work: UnitOfWork) -> list[Family]:
    """Derivative, parent and type, for every edge of the lineage."""
    types = {one.id: one.derivative_type or "" for one in work.catalogue.recordings()}
    pairs = {(edge.child, edge.parent) for edge in work.catalogue.all_edges()}
    return [Family(child, parent, types.get(child, "")) for child, parent in sorted(pairs)]


def paid_for(
    house: House, organisation: str, by: Sequence[Dimension] = ("asset",), assets: Iterable[str] | None = None
) -> list[PaidFor]:
    """Who earned what from plays, by dimension and payee, from the statements that stand.

    A line of a statement covers the days of one kind of use. Where they lie in several weeks (or months), or a report
    of it gives a longer period and no day, its key there is `SEVERAL`. Under *parent* and *type* only derivatives
    count, as they do among the plays.
    """
    lake, paths, related = _reported(house, organisation)
    families: dict[str, list[Family]] = defaultdict(list)
    for one in related:
        families[one.asset_id].append(one)
    units: tuple[Literal["week", "month"], ...] = ("week", "month")
    wide = {unit: performance.spread(lake, paths, unit) for unit in units if unit in by}
    sums: dict[tuple[tuple[str, ...], str, str], Fraction] = defaultdict(Fraction)
    with house.work(organisation, read_only=True) as work:
        wanted = None if assets is None else {recording_of(work, one) for one in assets}
        for record in standing(work):
            for statement in work.statements.of_run(record.id):
                for line in statement.lines:
                    if line.asset and line.kind == USAGE and (wanted is None or line.asset in wanted):
                        for key in _keys(line, by, families, wide):
                            sums[(key, statement.payee, statement.currency)] += line.amount
    return [PaidFor(key, payee, currency, amount) for (key, payee, currency), amount in sorted(sums.items())]


def _keys(
    line: Line, by: Sequence[Dimension], families: Mapping[str, list[Family]], wide: Wide
) -> set[tuple[str, ...]]:
    """Under which values of the dimensions a line counts: none, one, or one for each parent."""
    plain = {"asset": line.asset, "territory": line.territory, "service": line.service, "flow": line.flow}
    place = (line.asset, line.service, line.territory, line.flow)
    for unit, spread in wide.items():
        start = _monday if unit == "week" else _month
        first, last = start(line.first_use), start(line.last_use)
        plain[unit] = first if first == last and place not in spread else SEVERAL
    if not {"parent", "type"} & set(by):
        return {tuple(plain[one] for one in by)}
    return {
        tuple({**plain, "parent": one.parent, "type": one.type}[dimension] for dimension in by)
        for one in families.get(line.asset, ())
    }


def _month(day: str) -> str:
    return day[:7]


def _monday(day: str) -> str:
    found = date.fromisoformat(day)
    return str(found - timedelta(days=found.weekday()))
