"""DSR reports, typed as their bytes are read once: blocks become joins, and the payable amount is found per profile.

Where the money stands differs. Basic Audio states it once per summary (`AllocatedRevenue`, the amount payable to the
recipient) and gives streams per recording; the amount is spread over the royalty-bearing streams of that summary by
largest remainder at 10^-10, so that the rows sum to what the summary says. UGC states an amount per claim line
(`AllocatedAmount`), the financial profile per row (`AllocatedRevenue…`). Net revenue is never taken for a payable
amount.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ritornello.messages import dsr
from ritornello.messages.findings import Findings, errors
from ritornello.messages.sheets import SheetError
from ritornello.usage.dsr_blocks import BLOCK_QUERIES, NAMED_TWICE, UNNAMED
from ritornello.usage.dsr_layout import is_dsr, profile_of
from ritornello.usage.dsr_reading import FileReading, day_of
from ritornello.usage.dsr_summaries import add_summaries, check_spread, spread, summaries_of
from ritornello.usage.matching import CONFIDENCE, MatchIndex, tell_doubles
from ritornello.usage.model import Source
from ritornello.usage.opening import Opened
from ritornello.usage.sheet_pieces import NotUtf8, pieces
from ritornello.usage.tracks import Tracks
from ritornello.usage.typed import add_table, few_of, report

__all__ = ["ReadReport", "check_of", "is_dsr", "load"]


@dataclass(frozen=True, slots=True)
class ReadReport:
    """The files of a report; `few` are the texts of columns with few of them, where the rows can be relied upon."""

    frames: tuple[dsr.DsrFile, ...]
    few: Mapping[str, Sequence[str]]


def load(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Opened],
    names: Sequence[str],
    source: Source,
    index: MatchIndex,
    workspace: Path,
    findings: Findings,
) -> ReadReport:
    """Make the view `matched` from all files of one report; `files[i]` gets the number i.

    What is wrong becomes findings; with an "error" among them there may be no view and it must not be used. Raises
    `dsr.DsrError` where a file is no DSR text.
    """
    profile = profile_of(files[0])
    uses = BLOCK_QUERIES[profile] if profile else None
    reader: list[FileReading] = []  # the one at work; a recording is matched by the ids of its file's service
    tracks = Tracks(connection, "tracks", 6, lambda texts: reader[-1].named(texts), index, source.id)
    bases = (0, 0)
    for number, opened in enumerate(files):
        wanted, reliances = (uses.kinds, uses.reliances) if uses else ((), ())
        folder = workspace / f"report-{number}"
        one = FileReading(names[number], profile, wanted, reliances, source, tracks, bases, folder, findings)
        reader.append(one)
        _read(one, opened)
        tracks.lay()
        bases = (bases[0] + len(one.blocks), bases[1] + len(one.said))
    frames = [one.frame() for one in reader]
    number_of = {name: number for number, name in enumerate(names)}
    in_order = sorted(frames, key=lambda one: (one.head.integer("FileNumber") or 0) if one.head else 0)
    dsr.check_whole(in_order, findings)
    if uses is None or profile is None or any(one.profile != profile for one in frames):
        return ReadReport(tuple(frames), {})
    summaries = summaries_of(in_order, profile, source, findings)
    _lay_heads(connection, frames, reader, number_of)
    numbers = add_summaries(connection, summaries)
    for place, one in enumerate(reader):
        connection.register(f"records_{place}", one.columns.closed())
    scans = (
        f"SELECT {place} AS file_no, row AS row_number, kind, block, reference, said, track, "
        f"CAST(units AS DECIMAL(18,0)) AS units, amount, begins, length FROM records_{place}"
        for place in range(len(reader))
    )
    connection.execute(f"CREATE VIEW records AS {' UNION ALL '.join(scans)}")
    _lay_said(connection, reader, numbers, source)
    if any(found.code == "malformed" and found.severity == "error" for found in findings.kept):
        return ReadReport(tuple(frames), {})
    _tell_blocks(connection, names, findings)
    connection.execute(f"CREATE TABLE uses AS {uses.query}")
    _tell_unknown_summaries(connection, names, findings)
    if uses.amount_from_summary:
        check_spread(connection, summaries, names[0], findings)
        spread(connection, lambda rows: _sort_keys(connection, files, reader, rows))
    else:
        connection.execute("CREATE VIEW valued AS SELECT *, amount_e10 AS e10 FROM uses")
    _match_by_work(connection, index, source.id)
    table = tracks.laid(sum(one.columns.rows for one in reader))
    connection.execute(f"CREATE VIEW matched AS {_MATCHED.format(tracks=table)}")
    tell_doubles(connection, index, names, findings, "matched")
    if errors(findings.kept):
        return ReadReport(tuple(frames), {})
    stated = {"territory": "territory", "flow": "flow", "currency": "currency"}
    few = {**few_of(connection, "summaries", stated), **few_of(connection, "heads", {"service": "service"})}
    return ReadReport(tuple(frames), few)


def check_of(number: int) -> str:
    """A query for rows and sum of one file, without the joins that give rows their meaning."""
    return (
        "SELECT count(*), coalesce(sum(CAST(CAST(e10 AS DECIMAL(18,0)) AS DECIMAL(38,0))), 0) "
        f"FROM valued WHERE file_no = {number}"
    )


def _read(one: FileReading, opened: Opened) -> None:
    try:
        for buffer, size, last, used in pieces(opened.path, "utf-8", opened.name):
            used[0] = one.read(buffer, size, last)
    except SheetError as error:
        message = str(error).replace("Export it again as CSV", "ask the sender for the file again")
        raise dsr.DsrError(message.replace("export the sheet again as CSV", "ask the sender for it again")) from error
    except NotUtf8 as error:
        dsr.decoded(opened.path.read_bytes(), opened.name)  # it names the row
        raise dsr.DsrError(f"{opened.name} is not UTF-8; ask the sender for UTF-8") from error


def _lay_heads(
    connection: duckdb.DuckDBPyConnection,
    frames: Sequence[dsr.DsrFile],
    reader: Sequence[FileReading],
    number_of: Mapping[str, int],
) -> None:
    rows = []
    for file, one in zip(frames, reader, strict=True):
        assert file.head is not None  # `frame` refuses a file without one
        days = (file.head.date("UsageStartDate"), file.head.date("UsageEndDate"))
        rows.append((number_of[file.name], *days, one.service))
    add_table(connection, "heads", "file_no INTEGER, first_day DATE, last_day DATE, service VARCHAR", rows)


def _lay_said(
    connection: duckdb.DuckDBPyConnection, reader: Sequence[FileReading], numbers: Mapping[str, int], source: Source
) -> None:
    """The table `said`: what the repeating texts of rows mean."""
    rows: list[tuple[object, ...]] = []
    for one in reader:
        for summary, start, end, day, controller, bearing in one.said_texts:
            first, last = day_of(day) or day_of(start), day_of(day, last=True) or day_of(end, last=True)
            ours = not source.controllers or not controller or controller in source.controllers
            code = len(rows)
            rows.append((code, summary, numbers.get(summary), first, last, bearing in ("", "true", "1"), ours))
    columns = "code INTEGER, summary VARCHAR, summary_no INTEGER, first_day DATE, last_day DATE, bearing BOOLEAN"
    add_table(connection, "said", f"{columns}, ours BOOLEAN", rows)


def _tell_blocks(connection: duckdb.DuckDBPyConnection, names: Sequence[str], findings: Findings) -> None:
    """What the format does not allow within a block, where it would change what is counted."""
    twice = "another recording of this block has the same reference; a use that names it would count twice"
    report(connection, findings, names, NAMED_TWICE, "reference_twice", "error", lambda _: twice, "ResourceReference")
    unnamed = "the block names no recording; its uses wait until one is found"
    report(connection, findings, names, UNNAMED, "no_recording", "warning", lambda _: unnamed)


def _tell_unknown_summaries(connection: duckdb.DuckDBPyConnection, names: Sequence[str], findings: Findings) -> None:
    report(
        connection,
        findings,
        names,
        "SELECT u.file_no, u.row_number, s.summary AS given FROM uses AS u JOIN said AS s ON s.code = u.said "
        "WHERE u.summary_no IS NULL",
        "unknown_summary",
        "error",
        lambda text: f"the summary record {text!r} is not in the report",
        "SummaryRecordId",
    )


def _sort_keys(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Opened],
    reader: Sequence[FileReading],
    rows: Sequence[tuple[int, ...]],
) -> list[str]:
    """The report's own ids of rows: of the recording, the block and the transaction."""
    if not rows:
        return []
    own = dict(connection.execute("SELECT code, proprietary_id FROM tracks").fetchall())
    keys: list[str] = []
    streams = [opened.path.open("rb") for opened in files]
    try:
        for file_no, track, block, begins, length in rows:
            streams[file_no].seek(begins)
            transaction = streams[file_no].read(length).decode("utf-8")
            named = reader[file_no].block_text(block) if block is not None and block >= 0 else None
            keys.append(" ".join(part for part in (own.get(track), named, transaction) if part))
    finally:
        for stream in streams:
            stream.close()
    return keys


def _match_by_work(connection: duckdb.DuckDBPyConnection, index: MatchIndex, source_id: str) -> None:
    """The table `by_work`: recordings that are known by the ISWC of their block's work and their title."""
    found = []
    for track, iswc, title, artist, own, service in connection.execute(
        """SELECT DISTINCT u.track, u.work_iswc, t.title, t.artist, coalesce(t.proprietary_id, ''), h.service
           FROM uses AS u JOIN tracks AS t ON t.code = u.track JOIN heads AS h ON h.file_no = u.file_no
           WHERE u.work_iswc IS NOT NULL AND t.isrc IS NULL"""
    ).fetchall():
        match = index.found(None, title, artist, iswc, own, (source_id, service))
        if match is not None:
            found.append((track, iswc, match.asset_id, match.rule, CONFIDENCE[match.rule]))
    columns = "track INTEGER, iswc VARCHAR, asset_id VARCHAR, rule VARCHAR, confidence INTEGER"
    add_table(connection, "by_work", columns, found)


_MATCHED = """
    SELECT u.file_no, u.row_number, h.service, coalesce(u.first_day, h.first_day) AS period_start,
           coalesce(u.last_day, h.last_day) AS period_end, coalesce(u.last_day, h.last_day) AS use_date,
           coalesce(u.first_day = u.last_day, h.first_day = h.last_day) AS use_date_exact, s.territory, s.flow, t.isrc,
           t.proprietary_id, coalesce(t.title, '') AS title, coalesce(t.artist, '') AS artist,
           CAST(u.units AS DECIMAL(18,0)) AS units, CAST(u.e10 AS DECIMAL(18,0)) AS amount_e10, s.currency,
           coalesce(w.asset_id, t.asset_id) AS asset_id, coalesce(w.rule, t.rule) AS rule,
           coalesce(w.confidence, t.confidence) AS confidence,
           CASE WHEN w.rule IS NULL AND t.rule IS NULL THEN 'no_asset' END AS suspense_kind
    FROM valued AS u JOIN summaries AS s ON s.no = u.summary_no JOIN heads AS h ON h.file_no = u.file_no
    LEFT JOIN {tracks} AS t ON t.code = u.track
    LEFT JOIN by_work AS w ON w.track = u.track AND w.iswc = u.work_iswc
"""
