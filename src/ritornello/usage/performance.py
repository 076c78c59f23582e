"""What was played: plays and money per derivative, parent, type, territory, service and week. Counted, never explained.

The lake answers it as a by-product of paying people. Every answer says up to which day each service has reported, and
weeks and first days count only rows that give their day; the rest is told apart, not spread. Nothing here says *why* a
number moved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

import duckdb

from ritornello.usage.lake import Lake
from ritornello.usage.typed import add_table, quoted, shown

Dimension = Literal["asset", "parent", "type", "territory", "service", "week", "month", "flow"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
UNDATED = "undated within "
"""How the month begins of rows that give no day in a period of several months ("undated within 2026-Q3"): they are in
none of its months."""
_FIRST_OF = "CAST(date_trunc('{unit}', u.period_start) AS DATE)"
_LAST_OF = "CAST(date_trunc('{unit}', u.period_start) + INTERVAL 1 {unit} - INTERVAL 1 DAY AS DATE)"
_COLUMN: dict[Dimension, str] = {
    "asset": "u.asset_id",
    "parent": "f.parent",
    "type": "f.type",
    "territory": "u.territory",
    "service": "u.service",
    "week": "CAST(CAST(date_trunc('week', u.use_date) AS DATE) AS VARCHAR)",
    "month": f"""CASE
        WHEN u.use_date_exact OR date_trunc('month', u.period_start) = date_trunc('month', u.period_end)
            THEN strftime(u.use_date, '%Y-%m')
        WHEN u.period_start = {_FIRST_OF.format(unit="quarter")} AND u.period_end = {_LAST_OF.format(unit="quarter")}
            THEN {quoted(UNDATED)} || year(u.period_start) || '-Q' || quarter(u.period_start)
        WHEN u.period_start = {_FIRST_OF.format(unit="year")} AND u.period_end = {_LAST_OF.format(unit="year")}
            THEN {quoted(UNDATED)} || year(u.period_start)
        ELSE {quoted(UNDATED)} || CAST(u.period_start AS VARCHAR) || ' to ' || CAST(u.period_end AS VARCHAR) END""",
    "flow": "u.flow",
}
FIRST_DAYS = 28


@dataclass(frozen=True, slots=True)
class Family:
    """Where a derivative comes from: one row per parent; an original has no row."""

    asset_id: str
    parent: str
    type: str


@dataclass(frozen=True, slots=True)
class Played:
    """One line of an answer: the values of the asked dimensions, plays, and money in one currency.

    Under the dimension *parent* a derivative of two parents counts for both, so that lines of parents do not add up.
    """

    key: tuple[str, ...]
    currency: str
    units: int
    amount_e10: int

    @property
    def amount(self) -> str:
        return shown(self.amount_e10)


def played(
    lake: Lake,
    paths: Sequence[str],
    by: Sequence[Dimension],
    families: Iterable[Family] = (),
    start: date | None = None,
    end: date | None = None,
) -> list[Played]:
    """Plays and money by the given dimensions, between two days (both included), in the order of the keys.

    With "week" among the dimensions only rows that give their day are counted (`undated` tells the rest). Under "month"
    rows without a day, in a period of several months, stand under a word of their own (`UNDATED`).
    """
    columns = [_COLUMN[dimension] for dimension in by]
    family = "JOIN families AS f ON f.asset_id = u.asset_id" if {"parent", "type"} & set(by) else ""
    if "type" in by and "parent" not in by:  # a derivative of two parents counts once
        family = "JOIN (SELECT DISTINCT asset_id, type FROM families) AS f ON f.asset_id = u.asset_id"
    conditions = ["u.asset_id IS NOT NULL", *_between(start, end)]
    if "week" in by:
        conditions.append("u.use_date_exact")
    chosen = ", ".join(f"{column} AS k{place}" for place, column in enumerate(columns))
    keys = ", ".join(f"k{place}" for place in range(len(columns)))
    with duckdb.connect() as connection:
        lake.reach(connection)
        rows = [(one.asset_id, one.parent, one.type) for one in families]
        add_table(connection, "families", "asset_id VARCHAR, parent VARCHAR, type VARCHAR", rows)
        found = connection.execute(
            f"""
            SELECT {keys}, currency, CAST(sum(units) AS VARCHAR), CAST(sum(amount_e10) AS VARCHAR) FROM (
                SELECT {chosen}, u.currency, CAST(u.units AS DECIMAL(38,0)) AS units,
                       CAST(u.amount_e10 AS DECIMAL(38,0)) AS amount_e10
                FROM {lake.relation(paths)} AS u {family} WHERE {" AND ".join(conditions)}
            ) GROUP BY ALL ORDER BY ALL
            """
        ).fetchall()
    width = len(columns)
    return [Played(tuple(row[:width]), row[width], int(row[width + 1]), int(row[width + 2])) for row in found]


def undated(lake: Lake, paths: Sequence[str], start: date | None = None, end: date | None = None) -> list[Played]:
    """What weeks and first days leave out: rows of a whole period, by service."""
    conditions = ["u.asset_id IS NOT NULL", "NOT u.use_date_exact", *_between(start, end)]
    with duckdb.connect() as connection:
        lake.reach(connection)
        found = connection.execute(
            f"""
            SELECT service, currency, CAST(sum(CAST(units AS DECIMAL(38,0))) AS VARCHAR),
                   CAST(sum(CAST(amount_e10 AS DECIMAL(38,0))) AS VARCHAR)
            FROM {lake.relation(paths)} AS u WHERE {" AND ".join(conditions)} GROUP BY ALL ORDER BY ALL
            """
        ).fetchall()
    return [Played((row[0],), row[1], int(row[2]), int(row[3])) for row in found]


def _between(start: date | None, end: date | None) -> list[str]:
    conditions = []
    if start is not None:
        conditions.append(f"u.use_date >= DATE {quoted(start.isoformat())}")
    if end is not None:
        conditions.append(f"u.use_date <= DATE {quoted(end.isoformat())}")
    return conditions


@dataclass(frozen=True, slots=True)
class AsOf:
    """Up to which day a service has reported, in files that are recorded."""

    service: str
    last_use: date
    last_period: date


def data_as_of(lake: Lake, paths: Sequence[str]) -> list[AsOf]:
    """For each service the last day that its reports cover; what came after is not missing, it is not reported yet."""
    with duckdb.connect() as connection:
        lake.reach(connection)
        found = connection.execute(
            f"SELECT service, max(use_date), max(period_end) FROM {lake.relation(paths)} GROUP BY 1 ORDER BY 1"
        ).fetchall()
    return [AsOf(*row) for row in found]


@dataclass(frozen=True, slots=True)
class ServiceDays:
    """One service's plays of the first days: `days[0]` is the day of release, and the last is the last day that the
    service has reported (`until`), or the 28th. Days after that are not zero but unknown, and not there.

    `days` is empty where the service gives no days, or has not come as far as the release; `undated_units` are plays of
    this time that it reports without a day.
    """

    service: str
    until: date
    days: tuple[int, ...]
    undated_units: int


@dataclass(frozen=True, slots=True)
class Curve:
    """Plays of the first days after a release, by service, each as far as it has reported.

    `days` adds up whatever is reported of a day; `reported` says how many of them are whole, that is, reported by every
    service that gives days of this recording. From there on a day may still grow.
    """

    asset_id: str
    release: date
    services: tuple[ServiceDays, ...]
    days: tuple[int, ...]
    reported: int

    @property
    def undated_units(self) -> int:
        return sum(one.undated_units for one in self.services)


def first_played(lake: Lake, paths: Sequence[str], asset_id: str) -> date | None:
    """The first day on which a play of a recording is reported; None where no play gives its day."""
    with duckdb.connect() as connection:
        lake.reach(connection)
        found = connection.execute(
            f"SELECT min(use_date) FROM {lake.relation(paths)} WHERE asset_id = {quoted(asset_id)} AND use_date_exact "
            "AND units > 0"
        ).fetchone()
    return found[0] if found else None


def spread(lake: Lake, paths: Sequence[str], unit: Literal["week", "month"]) -> set[tuple[str, str, str, str]]:
    """Asset, service, territory, flow of rows that give no day and whose period lies in more than one week (month)."""
    with duckdb.connect() as connection:
        lake.reach(connection)
        found = connection.execute(
            f"""
            SELECT DISTINCT asset_id, service, territory, flow FROM {lake.relation(paths)}
            WHERE asset_id IS NOT NULL AND NOT use_date_exact
            AND date_trunc({quoted(unit)}, period_start) <> date_trunc({quoted(unit)}, period_end)
            """
        ).fetchall()
    return {(row[0], row[1], row[2], row[3]) for row in found}


def first_days(lake: Lake, paths: Sequence[str], asset_id: str, release: date, count: int = FIRST_DAYS) -> Curve:
    """The first 28 days of a recording: plays per day and service, each service as far as it has reported."""
    first, last = (f"DATE {quoted(day.isoformat())}" for day in (release, release + timedelta(days=count - 1)))
    mine = f"asset_id = {quoted(asset_id)}"
    with duckdb.connect() as connection:
        lake.reach(connection)
        source = lake.relation(paths)
        reach = connection.execute(
            f"""
            SELECT service, max(period_end), coalesce(bool_or(use_date_exact) FILTER ({mine}), false) FROM {source}
            WHERE service IN (SELECT DISTINCT service FROM {source} WHERE {mine}) GROUP BY 1 ORDER BY 1
            """
        ).fetchall()
        per_day = {
            (service, day): int(units)
            for service, day, units in connection.execute(
                f"""
                SELECT service, use_date, CAST(sum(CAST(units AS DECIMAL(38,0))) AS VARCHAR) FROM {source}
                WHERE {mine} AND use_date_exact AND use_date BETWEEN {first} AND {last} GROUP BY ALL
                """
            ).fetchall()
        }
        rest = {
            service: int(units)
            for service, units in connection.execute(
                f"""
                SELECT service, CAST(sum(CAST(units AS DECIMAL(38,0))) AS VARCHAR) FROM {source}
                WHERE {mine} AND NOT use_date_exact AND period_end >= {first} AND period_start <= {last} GROUP BY 1
                """
            ).fetchall()
        }
    services = []
    for service, until, gives_days in reach:
        length = max(0, min(count, (until - release).days + 1)) if gives_days else 0
        days = tuple(per_day.get((service, release + timedelta(days=day)), 0) for day in range(length))
        services.append(ServiceDays(service, until, days, rest.get(service, 0)))
    lengths = [len(one.days) for one, (_, _, gives_days) in zip(services, reach, strict=True) if gives_days]
    added = tuple(
        sum(one.days[day] for one in services if day < len(one.days)) for day in range(max(lengths, default=0))
    )
    return Curve(asset_id, release, tuple(services), added, min(lengths, default=0))
