"""DSR reports, typed by DuckDB: cells are laid out once, blocks become joins, and the payable amount is found per
profile.

Where the money stands differs. Basic Audio states it once per summary (`AllocatedRevenue`, the amount payable to the
recipient) and gives streams per recording; the amount is spread over the royalty-bearing streams of that summary by
largest remainder at 10^-10, so that the rows sum to what the summary says. UGC states an amount per claim line
(`AllocatedAmount`), the financial profile per row (`AllocatedRevenue…`). Net revenue is never taken for a payable
amount.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import duckdb

from ritornello.messages import dsr
from ritornello.messages.dialects import flow_of
from ritornello.messages.dsr_columns import PROFILES, RECORDS, place_of, profile_named
from ritornello.messages.findings import Findings
from ritornello.messages.territory_names import territory_code
from ritornello.usage.dsr_blocks import BLOCK_QUERIES, Reliance
from ritornello.usage.model import Source
from ritornello.usage.opening import Opened, has_uneven_lines
from ritornello.usage.typed import add_table, exact_e10, quoted, report, rounded_e10, shown

_FRAME = ("HEAD", "FOOT", "SRFO")


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


def is_dsr(opened: Opened) -> bool:
    """Whether the first row that is no comment is a DSR head."""
    with opened.path.open("rb") as stream:
        for raw in stream:
            line = raw.removeprefix(b"\xef\xbb\xbf")
            if line.strip() and not line.startswith(b"#"):
                return line.startswith(b"HEAD\t")
    return False


def load(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Opened],
    names: Sequence[str],
    source: Source,
    workspace: Path,
    findings: Findings,
) -> list[dsr.DsrFile]:
    """Make the view `typed` from all files of one report; `files[i]` gets the number i.

    What is wrong becomes findings; with an "error" among them there may be no view and it must not be used. Raises
    `dsr.DsrError` where a file is no DSR text.
    """
    profiles = [_profile(one) for one in files]
    kinds = {kind for profile in profiles for kind in PROFILES[profile or "UgcProfile"]} | {"HEAD"}
    width = 1 + max(len(RECORDS[kind]) for kind in kinds)
    _lay_out(connection, files, width + 1, workspace)
    frames = [_frame(connection, number, names[number], width, findings) for number in range(len(files))]
    number_of = {name: number for number, name in enumerate(names)}
    in_order = sorted(frames, key=lambda one: (one.head.integer("FileNumber") or 0) if one.head else 0)
    dsr.check_whole(in_order, findings)
    profile = frames[0].profile
    if profile is None or any(one.profile != profile for one in frames):
        return frames
    _check_lines(connection, profile, width, names, findings)
    summaries = _summaries(in_order, profile, source, findings)
    _periods(connection, in_order, number_of, source)
    _add_summaries(connection, summaries)
    uses = BLOCK_QUERIES[profile]
    if sum(_check_reliance(connection, reliance, names, findings) for reliance in uses.reliances):
        return frames
    connection.execute(f"CREATE TABLE uses AS {uses.query(_controllers_sql(source))}")
    unknown = (
        "SELECT file_no, row_number, summary_id AS given FROM uses WHERE summary_id NOT IN (SELECT id FROM summaries)"
    )
    report(
        connection,
        findings,
        names,
        unknown,
        "unknown_summary",
        "error",
        lambda text: f"the summary record {text!r} is not in the report",
        "SummaryRecordId",
    )
    if uses.amount_from_summary:
        _check_spread(connection, summaries, names[0], findings)
        connection.execute(f"CREATE TABLE valued AS {_SPREAD}")
    else:
        connection.execute("CREATE VIEW valued AS SELECT *, amount_e10 AS e10 FROM uses")
    connection.execute(f"CREATE VIEW typed AS {_TYPED}")
    return frames


def check_of(number: int) -> str:
    """A query for rows and sum of one file, without the joins that give rows their meaning."""
    return (
        "SELECT count(*), coalesce(sum(CAST(CAST(e10 AS DECIMAL(18,0)) AS DECIMAL(38,0))), 0) "
        f"FROM valued WHERE file_no = {number}"
    )


def _profile(opened: Opened) -> str | None:
    with opened.path.open("rb") as stream:
        for raw in stream:
            if raw.removeprefix(b"\xef\xbb\xbf").startswith(b"HEAD\t"):
                cells = raw.decode("utf-8-sig", errors="replace").split("\t")
                return profile_named(cells[2]) if len(cells) > 2 else None
    return None


def _lay_out(connection: duckdb.DuckDBPyConnection, files: Sequence[Opened], width: int, workspace: Path) -> None:
    """The table `cells`: file_no, row_number, kind, and c1 … for all rows that are no comments; `counted` per file."""
    columns = [f"c{place}" for place in range(1, width + 1)]
    declared = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in columns) + "}"
    scans = []
    for number, opened in enumerate(files):
        path = _plain(opened, workspace / f"plain-{number}")
        scans.append(
            f"""
            SELECT {number} AS file_no, row_number() OVER () AS row_number, c1 AS kind, {", ".join(columns)}
            FROM read_csv({quoted(str(path))}, columns={declared}, delim='\t', quote='', escape='', header=false,
                          auto_detect=false, null_padding=true, parallel=false, max_line_size=16777216)
            """
        )
    try:
        connection.execute(f"CREATE TABLE cells AS {' UNION ALL '.join(scans)}")
    except duckdb.Error as error:
        reason = " ".join(str(error).split())[:300]
        raise dsr.DsrError(f"{files[0].name}: {reason}; ask the sender for the file again") from error
    connection.execute(
        """
        CREATE TABLE counted AS
        SELECT file_no, count(*) AS lines, count(*) FILTER (starts_with(kind, '#')) AS comments FROM cells GROUP BY 1
        """
    )
    connection.execute("DELETE FROM cells WHERE starts_with(kind, '#')")


def _plain(opened: Opened, target: Path) -> Path:
    """A path whose lines DuckDB counts as an editor does: without byte-order mark, blank lines filled with `#`."""
    with opened.path.open("rb") as stream:
        marked = stream.read(3) == b"\xef\xbb\xbf"
        stream.seek(0)
        if not marked and not has_uneven_lines(stream):
            return opened.path
    with opened.path.open("rb") as stream, target.open("wb") as plain:
        for line in stream:
            bare = line.removeprefix(b"\xef\xbb\xbf") if marked else line
            marked = False
            plain.write((bare.rstrip(b"\r\n") or b"#") + b"\n")
    return target


def _frame(
    connection: duckdb.DuckDBPyConnection, number: int, name: str, width: int, findings: Findings
) -> dsr.DsrFile:
    columns = ", ".join(f"coalesce(c{place}, '')" for place in range(1, width + 2))
    rows = connection.execute(
        f"""
        SELECT row_number, [{columns}] FROM cells WHERE file_no = {number}
        AND (kind IN ('HEAD', 'FOOT', 'SRFO') OR starts_with(kind, 'SY')) ORDER BY row_number
        """
    ).fetchall()
    heads: list[dsr.Record] = []
    foots: list[dsr.Record] = []
    summaries: list[dsr.Record] = []
    for row, cells in rows:
        if cells[0] not in RECORDS:
            continue  # reported with all other unknown records
        record = dsr.record_of(cells[0], row, cells[1:], name, findings)
        {"HEAD": heads, "FOOT": foots, "SRFO": foots}.get(cells[0], summaries).append(record)
    if not heads:
        raise dsr.DsrError(f"{name}: a DSR flat file begins with a HEAD row; there is none")
    if len(heads) > 1:
        findings.error("second_head", "a second HEAD row: two files were joined; split them", name, heads[1].row)
    counted = connection.execute(
        f"""
        SELECT lines, comments, (SELECT count(DISTINCT c2) FROM cells WHERE file_no = {number} AND {_IN_BLOCK}),
               (SELECT max(row_number) FROM cells WHERE file_no = {number})
        FROM counted WHERE file_no = {number}
        """
    ).fetchone()
    assert counted is not None  # a file with a head has lines
    if foots and counted[3] != foots[-1].row:
        findings.error("after_foot", "rows stand after the foot; the file ends with its foot", name, foots[-1].row)
    counts = dsr.Counts(counted[0], counted[1], counted[2])
    found = dsr.DsrFile(name, heads[0], tuple(summaries), (), foots[-1] if foots else None, counts)
    dsr.check_frame(found, findings)
    return found


_BLOCKED = sorted(kind for kind, columns in RECORDS.items() if columns and columns[0].name == "BlockId")
_IN_BLOCK = "kind IN (" + ", ".join(quoted(kind) for kind in _BLOCKED) + ")"  # the block's id is their second cell


def _check_lines(
    connection: duckdb.DuckDBPyConnection, profile: str, width: int, names: Sequence[str], findings: Findings
) -> None:
    known = ", ".join(quoted(kind) for kind in RECORDS)
    allowed = ", ".join(quoted(kind) for kind in sorted({*PROFILES[profile], *_FRAME}))
    query = "SELECT file_no, row_number, kind AS given FROM cells WHERE "
    report(
        connection,
        findings,
        names,
        f"{query} kind NOT IN ({known})",
        "unknown_record",
        "error",
        lambda text: f"no columns are known for the record type {text!r}",
    )
    report(
        connection,
        findings,
        names,
        f"{query} kind IN ({known}) AND kind NOT IN ({allowed})",
        "record_of_other_profile",
        "error",
        lambda text: f"{text} does not belong to {profile}",
    )
    surplus = []
    for kind in sorted(PROFILES[profile]):
        own = len(RECORDS[kind]) + 1
        beyond = ", ".join(f"c{place}" for place in range(own + 1, width + 2))
        surplus.append(f"WHEN {quoted(kind)} THEN coalesce({beyond}) IS NOT NULL")
    report(
        connection,
        findings,
        names,
        f"{query} CASE kind {' '.join(surplus)} ELSE false END AND NOT starts_with(kind, 'SY')",
        "too_many_cells",
        "error",
        lambda text: f"a {text} row has more cells than the profile: a tab in a text moves every column",
    )


def _check_reliance(
    connection: duckdb.DuckDBPyConnection, reliance: Reliance, names: Sequence[str], findings: Findings
) -> int:
    """A column that amounts or units rest on must be well formed in every row; gives the number of rows where not."""
    wrong = 0
    for kind in reliance.kinds:
        cell = f"coalesce(c{place_of(kind, reliance.column) + 2}, '')"
        allowed = f"({reliance.pattern})?" if reliance.optional else reliance.pattern
        wrong += report(
            connection,
            findings,
            names,
            f"SELECT file_no, row_number, {cell} AS given FROM cells WHERE kind = {quoted(kind)} "
            f"AND NOT regexp_full_match({cell}, {quoted(allowed)})",
            "malformed",
            "error",
            lambda text: f"{text!r} is not {reliance.reads_as}",
            reliance.column,
        )
    return wrong


def _summaries(frames: Sequence[dsr.DsrFile], profile: str, source: Source, findings: Findings) -> dict[str, Summary]:
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


def _add_summaries(connection: duckdb.DuckDBPyConnection, summaries: dict[str, Summary]) -> None:
    rows = []
    for one in summaries.values():
        e10 = None if one.payable is None else rounded_e10(one.payable)
        rows.append((one.id, one.territory, one.currency, one.flow, None if e10 is None else str(e10)))
    columns = "id VARCHAR, territory VARCHAR, currency VARCHAR, flow VARCHAR, payable HUGEINT"
    add_table(connection, "summaries", columns, rows)


def _periods(
    connection: duckdb.DuckDBPyConnection, frames: Sequence[dsr.DsrFile], number_of: dict[str, int], source: Source
) -> None:
    rows: list[tuple[int, date | None, date | None, str]] = []
    for file in frames:
        assert file.head is not None  # `_frame` refuses a file without one
        service = source.service_of(file.head.text("ServiceDescription"), file.head.text("SenderName"))
        start, end = file.head.date("UsageStartDate"), file.head.date("UsageEndDate")
        rows.append((number_of[file.name], start, end, service))
    add_table(connection, "heads", "file_no INTEGER, first_day DATE, last_day DATE, service VARCHAR", rows)


def _controllers_sql(source: Source) -> str:
    """A condition on the column `controller`: whether the line is ours."""
    if not source.controllers:
        return "true"
    names = ", ".join(quoted(name) for name in sorted(source.controllers))
    return f"(controller IS NULL OR controller IN ({names}))"


_SPREAD = """
    WITH payable AS (
        SELECT s.id, abs(s.payable) AS total, sign(s.payable) AS way, sum(CAST(u.units AS HUGEINT)) AS weights
        FROM uses AS u JOIN summaries AS s ON s.id = u.summary_id WHERE u.royalty_bearing GROUP BY ALL
    ), shared AS (
        SELECT u.file_no, u.row_number, u.sort_key, p.id, p.total, p.way,
               p.total * CAST(u.units AS HUGEINT) // p.weights AS whole,
               p.total * CAST(u.units AS HUGEINT) % p.weights AS rest
        FROM uses AS u JOIN payable AS p ON p.id = u.summary_id WHERE u.royalty_bearing AND p.weights > 0
    ), short AS (
        SELECT id, CAST(any_value(total) - sum(whole) AS HUGEINT) AS units FROM shared GROUP BY id
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY id ORDER BY rest DESC, sort_key, file_no, row_number) AS place
        FROM shared
    ), valued AS (
        SELECT r.file_no, r.row_number, r.way * (r.whole + CASE WHEN r.place <= short.units THEN 1 ELSE 0 END) AS e10
        FROM ranked AS r JOIN short ON short.id = r.id
    )
    SELECT u.*, coalesce(v.e10, 0) AS e10
    FROM uses AS u LEFT JOIN valued AS v ON v.file_no = u.file_no AND v.row_number = u.row_number
"""
"""Each use gets floor(payable × units ÷ all units) of its summary; the units of 10^-10 that are left go to the largest
remainders, ties by the report's own ids, so that the order of blocks changes nothing."""

_TYPED = """
    SELECT u.file_no, u.row_number, h.service, coalesce(u.first_day, h.first_day) AS period_start,
           coalesce(u.last_day, h.last_day) AS period_end, coalesce(u.last_day, h.last_day) AS use_date,
           coalesce(u.first_day = u.last_day, h.first_day = h.last_day) AS use_date_exact, s.territory, s.flow, u.isrc,
           u.proprietary_id, u.iswc, coalesce(u.title, '') AS title, coalesce(u.artist, '') AS artist,
           CAST(u.units AS DECIMAL(18,0)) AS units, CAST(u.e10 AS DECIMAL(18,0)) AS amount_e10, s.currency
    FROM valued AS u JOIN summaries AS s ON s.id = u.summary_id JOIN heads AS h ON h.file_no = u.file_no
"""


def _check_spread(
    connection: duckdb.DuckDBPyConnection, summaries: dict[str, Summary], name: str, findings: Findings
) -> None:
    counted = {
        summary: (units, bearing)
        for summary, units, bearing in connection.execute(
            "SELECT summary_id, sum(units), sum(units) FILTER (royalty_bearing) FROM uses GROUP BY 1"
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
