"""Taking in: report files become matched rows in the lake, a receipt per file and currency, and findings.

    opened → recognised → typed → matched → written whole → receipts

It is all or nothing: one finding of severity "error" and nothing is written, so that a report is never half there. The
same content is refused the second time. The caller records what comes back, in one transaction; until then the lake's
files do not count.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from ritornello.messages import dsr, sheets
from ritornello.messages.dialects import DIALECTS, Dialect
from ritornello.messages.findings import Finding, Findings, errors
from ritornello.proof.ids import stable_id
from ritornello.usage import dsr_rows, sheet_rows
from ritornello.usage.lake import Lake
from ritornello.usage.matching import CONFIDENCE, NO_ASSET, MatchIndex
from ritornello.usage.model import Exchange, Receipt, Source, TakenFile, TakenIn
from ritornello.usage.opening import Opened, open_files
from ritornello.usage.typed import FEW, connect, one_of, quoted

Report = Callable[[float, str], None]

OTHER_SHEET = "unknown_worksheet"
"""The code of a worksheet without a known header beside one that has one."""

_LAKE_QUERY = """
SELECT {sha256} AS file_sha256, row_number, {source} AS source, {service} AS service, period_start, period_end,
       use_date, use_date_exact, {territory} AS territory, {flow} AS flow, isrc, proprietary_id, title, artist,
       asset_id, {rule} AS match_rule, CAST(confidence AS INTEGER) AS match_confidence, units, amount_e10,
       {currency} AS currency, {suspense_kind} AS suspense_kind
FROM {rows}
"""


@dataclass(frozen=True, slots=True)
class _Read:
    """What reading one file gave: how it was read, the relation of its matched rows, the check of their number and
    sum, the texts that occur in the columns with few of them, and its period, the span of its rows, and its message
    where they are known."""

    form: str
    rows: str
    check: str
    few: Mapping[str, Sequence[str]]
    period: tuple[date, date] | None = None
    span: tuple[date, date] | None = None
    message_id: str | None = None


def take_in(
    files: Sequence[Path],
    source: Source,
    *,
    index: MatchIndex,
    lake: Lake,
    at: datetime,
    already: Mapping[str, str] | Collection[str] = (),
    dialects: Sequence[Dialect] = (),
    period: tuple[date, date] | None = None,
    exchange: Mapping[str, Exchange] | None = None,
    supersedes: str | None = None,
    accept: Collection[str] = (),
    threads: int = 2,
    report: Report | None = None,
) -> TakenIn:
    """Take in the files of one delivery: all files of one DSR report, or any number of sheets of one source.

    Args:
        files: plain, gzip, zip, or XLSX: each worksheet of one is a file of its own.
        index: the recordings that rows may be about.
        at: when it is taken in (aware).
        already: the SHA-256s of contents that are taken in already.
        dialects: mappings that somebody confirmed, tried before the known dialects.
        period: first and last day of the reporting period, where the report does not state it; for sheets the span of
            their rows by default.
        exchange: by currency, the rate to fix on the receipts.
        supersedes: the id of the taken-in file that this one corrects (one file only).
        accept: codes of errors that somebody has looked at and accepts; they come back as warnings.

    Returns:
        Files, receipts and findings; or, with an "error" among the findings, the findings alone and nothing written.
    """
    tell = report or (lambda _fraction, _message: None)
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="ritornello-intake-") as folder:
        workspace = Path(folder)
        tell(0.0, "opening")
        opened = _without_other_sheets(open_files(files, workspace, findings), (*dialects, *DIALECTS), findings)
        _refuse_doubles(opened, already, findings)
        if not opened and not findings.kept:
            findings.error("no_file", "no file was given", source.name)
        left_out = OTHER_SHEET if OTHER_SHEET in accept else ""
        if errors(found for found in findings.kept if found.code != left_out):
            return _refused(findings, accept)
        names = [one.name for one in opened]
        connection = connect(workspace, threads)
        try:
            lake.reach(connection)
            tell(0.1, "reading")
            reads = _read(connection, opened, names, source, (*dialects, *DIALECTS), index, workspace, findings)
            outcome = _accepted(findings, accept)
            if reads is None or errors(outcome):
                return _refused(findings, accept)
            tell(0.7, "writing")
            taken = [
                _written(connection, lake, one, reads[number], source, period, at, supersedes, workspace)
                for number, one in enumerate(opened)
            ]
            receipts = tuple(one for file in taken for one in _receipts(connection, lake, file, exchange or {}))
        finally:
            connection.close()
    tell(1.0, "taken in")
    return TakenIn(tuple(taken), receipts, _accepted(findings, accept))


def _without_other_sheets(opened: Sequence[Opened], dialects: Sequence[Dialect], findings: Findings) -> list[Opened]:
    """The files without those worksheets that are no sheet of a known kind beside one that is: a cover, a summary. Each
    is told as an error that somebody may accept, since money may stand in it."""
    known = {one for one in opened if one.workbook and _is_known(one, dialects)}
    with_known = {one.workbook for one in known}
    kept = []
    for one in opened:
        if one.workbook in with_known and one not in known:
            message = (
                "no known header among the first rows of this worksheet; make a mapping for it, or accept "
                f"{OTHER_SHEET} to leave it out"
            )
            findings.error(OTHER_SHEET, message, one.name)
        else:
            kept.append(one)
    return kept


def _is_known(opened: Opened, dialects: Sequence[Dialect]) -> bool:
    try:
        return sheet_rows.layout_of(opened, dialects) is not None
    except sheets.SheetError:
        return False


def _refuse_doubles(opened: Sequence[Opened], already: Collection[str], findings: Findings) -> None:
    seen: dict[str, str] = {}
    for one in opened:
        if one.sha256 in already:
            message = "this content is taken in already; a corrected report has other content"
            findings.error("already_taken_in", message, one.name, given=one.sha256)
        elif one.sha256 in seen:
            message = f"it has the same content as {seen[one.sha256]}"
            findings.error("already_taken_in", message, one.name, given=one.sha256)
        seen.setdefault(one.sha256, one.name)


def _accepted(findings: Findings, accept: Collection[str]) -> tuple[Finding, ...]:
    return tuple(
        replace(found, severity="warning") if found.code in accept and found.code != "already_taken_in" else found
        for found in findings.closed()
    )


def _refused(findings: Findings, accept: Collection[str]) -> TakenIn:
    return TakenIn((), (), _accepted(findings, accept))


def _read(
    connection: duckdb.DuckDBPyConnection,
    opened: Sequence[Opened],
    names: Sequence[str],
    source: Source,
    dialects: Sequence[Dialect],
    index: MatchIndex,
    workspace: Path,
    findings: Findings,
) -> list[_Read] | None:
    flat = [dsr_rows.is_dsr(one) for one in opened]
    if all(flat):
        try:
            report = dsr_rows.load(connection, opened, names, source, index, workspace, findings)
        except dsr.DsrError as error:
            findings.error("no_dsr", str(error), names[0])
            return None
        return [_of_frame(frame, number, report.few) for number, frame in enumerate(report.frames)]
    if any(flat):
        mixed = names[flat.index(True)]
        findings.error("mixed", "a DSR report and sheets were given together; take them in one after another", mixed)
        return None
    reads = []
    for number, one in enumerate(opened):
        try:
            known = sheet_rows.layout_of(one, dialects)
            if known is None:
                message = "no known header among the first rows; make a mapping for this sheet"
                findings.error("unknown_sheet", message, one.name)
                continue
            readable = sheet_rows.load(connection, one, number, known, source, index, workspace, findings)
        except sheets.SheetError as error:
            findings.error("no_sheet", str(error), one.name)
            continue
        if readable is not None:
            form = f"sheet:{known.dialect}"
            reads.append(_Read(form, readable.rows, readable.check, readable.few, span=readable.span))
    return reads if len(reads) == len(opened) else None


def _of_frame(frame: dsr.DsrFile, number: int, few: Mapping[str, Sequence[str]]) -> _Read:
    assert frame.head is not None  # `dsr_rows.load` refuses a file without a head
    start, end = frame.head.date("UsageStartDate"), frame.head.date("UsageEndDate")
    period = (start, end) if start and end else None
    rows = f"(SELECT * FROM matched WHERE file_no = {number})"
    check, message = dsr_rows.check_of(number), frame.head.text("MessageId")
    return _Read(f"dsr:{frame.profile}", rows, check, few, period, message_id=message)


def _written(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    opened: Opened,
    read: _Read,
    source: Source,
    period: tuple[date, date] | None,
    at: datetime,
    supersedes: str | None,
    workspace: Path,
) -> TakenFile:
    start, end = read.period or period or read.span or (at.date(), at.date())
    path = lake.path_of(start, end, source.id, opened.sha256)
    query = _LAKE_QUERY.format(
        sha256=one_of(quoted(opened.sha256), [opened.sha256]),
        source=one_of(quoted(source.id), [source.id]),
        rule=one_of("rule", CONFIDENCE),
        suspense_kind=one_of("suspense_kind", [NO_ASSET]),
        rows=read.rows,
        **{column: one_of(column, read.few.get(column, ())) for column in FEW},
    )
    rows, matched_rows = lake.write(connection, query, path, read.check, workspace)
    return TakenFile(
        id=stable_id("fil", opened.sha256),
        sha256=opened.sha256,
        name=opened.name,
        size=opened.size,
        source=source.id,
        form=read.form,
        period_start=start,
        period_end=end,
        rows=rows,
        matched_rows=matched_rows,
        lake_path=path,
        taken_in_at=at,
        message_id=read.message_id,
        supersedes=supersedes,
    )


def _receipts(
    connection: duckdb.DuckDBPyConnection, lake: Lake, file: TakenFile, exchange: Mapping[str, Exchange]
) -> Iterator[Receipt]:
    """What the written file says, read back from the lake."""
    for currency, total, unmatched, rows in connection.execute(
        f"""SELECT currency, sum(CAST(amount_e10 AS DECIMAL(38,0))),
                   coalesce(sum(CAST(amount_e10 AS DECIMAL(38,0))) FILTER (asset_id IS NULL), 0), count(*)
            FROM {lake.relation([file.lake_path])} GROUP BY 1 ORDER BY 1"""
    ).fetchall():
        yield Receipt(
            id=stable_id("rcp", file.sha256, currency),
            file_id=file.id,
            source=file.source,
            period_start=file.period_start,
            period_end=file.period_end,
            currency=currency,
            total_e10=int(total),
            unmatched_e10=int(unmatched),
            rows=rows,
            exchange=exchange.get(currency),
        )
