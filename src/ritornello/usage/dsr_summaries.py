"""What the summaries of a DSR report say, and how the amount of a summary is spread over its uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import duckdb

from ritornello.messages import dsr
from ritornello.messages.dialects import flow_of
from ritornello.messages.findings import Findings
from ritornello.messages.territory_names import territory_code
from ritornello.usage.model import Source
from ritornello.usage.typed import add_table, exact_e10, rounded_e10, shown


@dataclass(frozen=True, slots=True)
class Summary:
    """What one summary id says: where, in which currency, what kind of use, and the amount payable where it is
    given."""

    id: str
    territory: str
    currency: str
    flow: str
    payable: Fraction | None
    allocated_usages: Fraction | None


def summaries_of(frames: Sequence[dsr.DsrFile], profile: str, source: Source, findings: Findings) -> dict[str, Summary]:
    """One summary per id. Rows repeated in the other files of a report count once; rows per rights controller add up
    over those controllers that are us."""
    seen: set[tuple[tuple[str, tuple[str, ...]], ...]] = set()
    found: dict[str, Summary] = {}
    for file in frames:
        fresh = []
        for record in file.summaries:
            cells = tuple(sorted(record.cells.items()))
            if cells not in seen:
                fresh.append((cells, record))
        seen |= {cells for cells, _ in fresh}
        for _, record in fresh:
            summary = _summary(record, profile, file.name, source, findings)
            if summary is None:
                continue
            known = found.get(summary.id)
            if known and (known.territory, known.currency) != (summary.territory, summary.currency):
                message = f"the summary record {summary.id!r} has two territories or currencies"
                findings.error("second_summary", message, file.name, record.row, "SummaryRecordId")
            found[summary.id] = _together(known, summary)
    return found


def _summary(record: dsr.Record, profile: str, name: str, source: Source, findings: Findings) -> Summary | None:
    number = record.text("SummaryRecordId")
    currency = record.text("CurrencyOfAccounting") or record.text("CurrencyOfReporting")
    if number is None or currency is None:
        findings.error("summary", "a summary needs an id and a currency", name, record.row)
        return None
    place = territory_code(record.text("Territory") or "")
    if place is None:
        message = f"{record.text('Territory')!r} is no single territory that we know"
        findings.error("territory", message, name, record.row, "Territory")
        return None
    kind = " ".join(filter(None, (record.text("UseType"), record.text("CommercialModel"))))
    flow = "ugc" if profile.startswith("Ugc") else flow_of(kind, "stream")
    controller = record.text("RightsController")
    ours = not source.controllers or controller is None or controller in source.controllers
    return Summary(
        id=number,
        territory=place,
        currency=currency,
        flow=flow,
        payable=_sum_of(record, "AllocatedRevenue") if ours else None,
        allocated_usages=_sum_of(record, "AllocatedUsages") if ours else None,
    )


def _sum_of(record: dsr.Record, column: str) -> Fraction | None:
    values = record.texts(column)
    return sum((Fraction(value) for value in values), Fraction(0)) if values else None


def _together(one: Summary | None, other: Summary) -> Summary:
    if one is None:
        return other
    payable = [part for part in (one.payable, other.payable) if part is not None]
    usages = [part for part in (one.allocated_usages, other.allocated_usages) if part is not None]
    return Summary(
        one.id,
        one.territory,
        one.currency,
        one.flow,
        sum(payable, Fraction(0)) if payable else None,
        sum(usages, Fraction(0)) if usages else None,
    )


def add_summaries(connection: duckdb.DuckDBPyConnection, summaries: dict[str, Summary]) -> dict[str, int]:
    """The table `summaries`; gives the number of each id in it."""
    rows = []
    for number, one in enumerate(summaries.values()):
        e10 = None if one.payable is None else rounded_e10(one.payable)
        rows.append((number, one.territory, one.currency, one.flow, None if e10 is None else str(e10)))
    columns = "no INTEGER, territory VARCHAR, currency VARCHAR, flow VARCHAR, payable HUGEINT"
    add_table(connection, "summaries", columns, rows)
    return {name: number for number, name in enumerate(summaries)}


def spread(
    connection: duckdb.DuckDBPyConnection, sort_keys: Callable[[Sequence[tuple[int, ...]]], Sequence[str]]
) -> None:
    """Make the view `valued`: `uses` with the amount of each, `e10`.

    Each use gets floor(payable x units / all units) of its summary; the units of 10^-10 that are left go to the largest
    remainders, ties by the report's own ids, so that the order of blocks changes nothing. Share and remainder depend on
    nothing but the units, so they are found once per number of units, and only a tie that is cut looks at single rows:
    `sort_keys` gives the ids of such rows (file_no, track, block, begins, length).
    """
    connection.execute(
        """
        CREATE TABLE given AS
        WITH counted AS (
            SELECT summary_no AS no, units, count(*) AS alike FROM uses WHERE royalty_bearing GROUP BY ALL
        ), payable AS (
            SELECT s.no, abs(s.payable) AS total, sign(s.payable) AS way,
                   sum(CAST(c.units AS HUGEINT) * c.alike) AS weights
            FROM counted AS c JOIN summaries AS s ON s.no = c.no GROUP BY ALL
        ), shares AS (
            SELECT p.no, c.units, p.way, p.total, c.alike, p.total * CAST(c.units AS HUGEINT) // p.weights AS whole,
                   p.total * CAST(c.units AS HUGEINT) % p.weights AS rest
            FROM counted AS c JOIN payable AS p ON p.no = c.no WHERE p.weights > 0
        ), short AS (
            SELECT no, CAST(any_value(total) - sum(whole * alike) AS HUGEINT) AS units FROM shares GROUP BY no
        ), rests AS (
            SELECT no, rest, CAST(sum(alike) AS HUGEINT) AS rows FROM shares GROUP BY no, rest
        ), placed AS (
            SELECT no, rest, rows, sum(rows) OVER (PARTITION BY no ORDER BY rest DESC) - rows AS before FROM rests
        )
        SELECT s.no, s.units, CAST(s.way * s.whole AS DECIMAL(18,0)) AS lower,
               CAST(s.way * (s.whole + 1) AS DECIMAL(18,0)) AS upper, p.rows, p.rest,
               least(greatest(short.units - p.before, 0), p.rows) AS raised
        FROM shares AS s JOIN placed AS p ON p.no = s.no AND p.rest = s.rest JOIN short ON short.no = s.no
        """
    )
    tied = connection.execute(
        """
        SELECT u.file_no, u.row_number, g.no, g.rest, CAST(g.raised AS BIGINT), u.track, u.block, u.begins, u.length
        FROM uses AS u JOIN given AS g ON g.no = u.summary_no AND g.units = u.units
        WHERE u.royalty_bearing AND g.raised > 0 AND g.raised < g.rows
        """
    ).fetchall()
    keys = sort_keys([(row[0], *row[5:]) for row in tied])
    places: dict[tuple[int, int], int] = {}
    rows = []
    for _, row in sorted(zip(keys, tied, strict=True), key=lambda one: (one[1][2], one[0], one[1][:2])):
        group = (row[2], row[3])
        places[group] = places.get(group, 0) + 1
        rows.append((row[0], row[1], places[group] <= row[4]))
    add_table(connection, "ties", "file_no INTEGER, row_number BIGINT, raised BOOLEAN", rows)
    connection.execute(
        """
        CREATE VIEW valued AS
        SELECT u.*, CASE WHEN g.no IS NULL THEN 0 WHEN t.raised OR (t.raised IS NULL AND g.raised = g.rows)
                         THEN g.upper ELSE g.lower END AS e10
        FROM uses AS u
        LEFT JOIN given AS g ON u.royalty_bearing AND g.no = u.summary_no AND g.units = u.units
        LEFT JOIN ties AS t ON t.file_no = u.file_no AND t.row_number = u.row_number
        """
    )


def check_spread(
    connection: duckdb.DuckDBPyConnection, summaries: dict[str, Summary], name: str, findings: Findings
) -> None:
    names = list(summaries)
    counted = {
        names[summary]: (units, bearing)
        for summary, units, bearing in connection.execute(
            "SELECT summary_no, sum(units), sum(units) FILTER (royalty_bearing) FROM uses "
            "WHERE summary_no IS NOT NULL GROUP BY 1"
        ).fetchall()
    }
    for one in summaries.values():
        units, bearing = counted.get(one.id, (0, 0))
        if one.payable is None:
            message = (
                f"summary {one.id} states no AllocatedRevenue, so nothing says what is payable for its {units} uses"
            )
            if units:
                findings.error("no_amount_payable", message, name, None, "AllocatedRevenue")
            continue
        if exact_e10(one.payable) is None:
            message = f"summary {one.id}: an amount with more than ten decimals or above 100 million"
            findings.error("amount", message, name, None, "AllocatedRevenue", str(one.payable))
        elif one.payable and not bearing:
            message = (
                f"summary {one.id} states {shown(int(one.payable * 10**10))} and no royalty-bearing use carries it"
            )
            findings.error("amount_without_use", message, name, None, "AllocatedRevenue")
        if one.allocated_usages is not None and one.allocated_usages != (units or 0):
            message = f"summary {one.id} allocates {one.allocated_usages} uses, the rows have {units or 0}"
            findings.warn("allocated_usages", message, name, None, "AllocatedUsages")
