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
from datetime import date
from pathlib import Path

import duckdb

from ritornello.messages import dsr
from ritornello.messages.dsr_columns import PROFILES, RECORDS
from ritornello.messages.findings import Findings
from ritornello.usage.dsr_blocks import BLOCK_QUERIES
from ritornello.usage.dsr_layout import check_lines, check_reliance, frame_of, is_dsr, lay_out, profile_of
from ritornello.usage.dsr_summaries import add_summaries, check_spread, spread, summaries_of
from ritornello.usage.model import Source
from ritornello.usage.opening import Opened
from ritornello.usage.typed import add_table, few_of, quoted, report

__all__ = ["check_of", "is_dsr", "load"]


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
    profiles = [profile_of(one) for one in files]
    kinds = {kind for profile in profiles for kind in PROFILES[profile or "UgcProfile"]} | {"HEAD"}
    width = 1 + max(len(RECORDS[kind]) for kind in kinds)
    lay_out(connection, files, width + 1, workspace)
    frames = [frame_of(connection, number, names[number], width, findings) for number in range(len(files))]
    number_of = {name: number for number, name in enumerate(names)}
    in_order = sorted(frames, key=lambda one: (one.head.integer("FileNumber") or 0) if one.head else 0)
    dsr.check_whole(in_order, findings)
    profile = frames[0].profile
    if profile is None or any(one.profile != profile for one in frames):
        return frames
    check_lines(connection, profile, width, names, findings)
    summaries = summaries_of(in_order, profile, source, findings)
    _periods(connection, in_order, number_of, source)
    add_summaries(connection, summaries)
    uses = BLOCK_QUERIES[profile]
    if sum(check_reliance(connection, reliance, names, findings) for reliance in uses.reliances):
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
        check_spread(connection, summaries, names[0], findings)
        spread(connection)
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


def few(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The texts that occur in the columns with few of them."""
    stated = {"territory": "territory", "flow": "flow", "currency": "currency"}
    return {**few_of(connection, "summaries", stated), **few_of(connection, "heads", {"service": "service"})}


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


_TYPED = """
    SELECT u.file_no, u.row_number, h.service, coalesce(u.first_day, h.first_day) AS period_start,
           coalesce(u.last_day, h.last_day) AS period_end, coalesce(u.last_day, h.last_day) AS use_date,
           coalesce(u.first_day = u.last_day, h.first_day = h.last_day) AS use_date_exact, s.territory, s.flow, u.isrc,
           u.proprietary_id, u.iswc, coalesce(u.title, '') AS title, coalesce(u.artist, '') AS artist,
           CAST(u.units AS DECIMAL(18,0)) AS units, CAST(u.e10 AS DECIMAL(18,0)) AS amount_e10, s.currency
    FROM valued AS u JOIN summaries AS s ON s.id = u.summary_id JOIN heads AS h ON h.file_no = u.file_no
"""
