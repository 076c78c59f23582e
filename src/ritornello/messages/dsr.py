"""DDEX DSR flat files: a report is one or more tab-separated files, each with a head, summaries, blocks and a foot.

The reader is driven by the column tables and collects what is wrong; it stops only at text that is no DSR at all.
Rules: the record type is the first cell; rows that begin with `#` are comments (the foot's number of lines counts
them); `|` separates repeats and `\\|` is a bar; the foot's counts must hold, since they are the only sign that a file
is whole; a report in several files is whole when each number from 1 to NumberOfFiles is there once, under one id.

Amounts stay text until somebody asks for the exact number: nothing here rounds, and nothing is ever a float.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

from ritornello.messages import dsr_cells
from ritornello.messages.dsr_columns import PROFILES, RECORDS, Column, profile_named
from ritornello.messages.findings import Finding, Findings

NUL_BYTES = "{name} holds NUL bytes: it is no text; ask the sender for the file again"
FOOTS = frozenset({"FOOT", "SRFO"})
_FILE_NAME = re.compile(
    r"DSR_(?P<recipient>[^_]*)_(?P<sender>[^_]*)_(?P<service>.*)_(?P<period>\d{4}[^_]*)_(?P<territory>[^_]+)_"
    r"(?P<number>\d+)of(?P<files>\d+)_(?P<created>\d{8}T\d{6})\.tsv(\.gz)?"
)


class DsrError(ValueError):
    """A text that is no DSR flat file at all, or a record that cannot be written."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its type, where it stands, and the non-empty cells by column name (repeats already split)."""

    type: str
    row: int
    cells: Mapping[str, tuple[str, ...]]

    def texts(self, column: str) -> tuple[str, ...]:
        """Every value of the column; empty when the cell is."""
        return self.cells.get(column, ())

    def text(self, column: str) -> str | None:
        """The only value of the column, or None for an empty cell."""
        values = self.cells.get(column, ())
        return values[0] if values else None

    def integer(self, column: str) -> int | None:
        value = self.text(column)
        return int(value) if value is not None and dsr_cells.well_formed("integer", value) else None

    def decimal(self, column: str) -> Fraction | None:
        """The exact number in the column; None where it is empty or not a number (which the reader has reported)."""
        value = self.text(column)
        return dsr_cells.exact(value) if value is not None else None

    def date(self, column: str) -> date | None:
        """The day; of a month or year the first, and in a column that ends something the last."""
        value = self.text(column)
        return dsr_cells.day(value, last=column.endswith(("End", "EndDate"))) if value is not None else None


@dataclass(frozen=True, slots=True)
class Counts:
    """What the foot is held against: all lines (comments too), comment lines among them, and distinct blocks."""

    lines: int
    comments: int
    blocks: int


@dataclass(frozen=True, slots=True)
class DsrFile:
    """One file of a report: its head, summaries, the records of its blocks in order, its foot, and what was counted."""

    name: str
    head: Record | None
    summaries: tuple[Record, ...]
    records: tuple[Record, ...]
    foot: Record | None
    counts: Counts

    @property
    def profile(self) -> str | None:
        """The profile by the name that we know it under."""
        named = self.head.text("Profile") if self.head else None
        return profile_named(named) if named else None

    @property
    def block_ids(self) -> tuple[str, ...]:
        """Block ids in order of first appearance."""
        return tuple(dict.fromkeys(block for record in self.records if (block := record.text("BlockId")) is not None))

    def block(self, block_id: str) -> tuple[Record, ...]:
        return tuple(record for record in self.records if record.text("BlockId") == block_id)


@dataclass(frozen=True, slots=True)
class Report:
    """All files of one message, by file number, and everything that was noticed."""

    files: tuple[DsrFile, ...]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def head(self) -> Record | None:
        return self.files[0].head if self.files else None


def file_name_parts(name: str) -> Mapping[str, str] | None:
    """The parts of `DSR_{recipient}_{sender}_{service}_{period}_{territory}_{n}of{m}_{timestamp}.tsv`, or None."""
    found = _FILE_NAME.fullmatch(name)
    return found.groupdict() if found else None


def decoded(content: bytes, name: str) -> str:
    """The text of a flat file (UTF-8, a byte-order mark is dropped).

    Raises `DsrError` for NUL bytes, and with the place of a byte that is no UTF-8.
    """
    if b"\x00" in content:
        raise DsrError(NUL_BYTES.format(name=name))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise DsrError(f"{name}, row {row}: byte {error.start} is not UTF-8; ask the sender for UTF-8") from error


def read(files: Iterable[Path | tuple[str, bytes]]) -> Report:
    """Read all files of one report; each is a path, or a name with its bytes.

    Raises `DsrError` where a file is no DSR text at all (not UTF-8, or no tab-separated HEAD row). Everything else
    comes back as findings with file, row and field; an "error" among them says not to rely on the report.
    """
    findings = Findings()
    read_files = [_file(*_named(given), findings) for given in files]
    if not read_files:
        raise DsrError("a report has at least one file; none was given")
    read_files.sort(key=lambda one: (one.head.integer("FileNumber") or 0) if one.head else 0)
    check_whole(read_files, findings)
    return Report(tuple(read_files), findings.closed())


def _named(given: Path | tuple[str, bytes]) -> tuple[str, bytes]:
    return given if isinstance(given, tuple) else (given.name, given.read_bytes())


def rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Row numbers (from 1, comments counted) and cells of the rows that are neither comments nor empty."""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.removesuffix("\r")
        if bare and not bare.startswith("#"):
            yield number, bare.split("\t")


def _file(name: str, content: bytes, findings: Findings) -> DsrFile:
    text = decoded(content, name)
    head: Record | None = None
    foot: Record | None = None
    summaries: list[Record] = []
    records: list[Record] = []
    for number, cells in rows(text):
        kind = cells[0].strip()
        if kind not in RECORDS:
            if head is None:
                raise DsrError(
                    f"{name}, row {number}: a DSR flat file begins with a HEAD row, here stands {kind[:40]!r}"
                )
            findings.error("unknown_record", f"no columns are known for the record type {kind[:40]!r}", name, number)
            continue
        record = record_of(kind, number, cells[1:], name, findings)
        if foot is not None:
            findings.error(
                "after_foot", f"a {kind} row stands after the foot; the file ends with its foot", name, number
            )
        if kind == "HEAD":
            if head is not None:
                findings.error("second_head", "a second HEAD row: two files were joined; split them", name, number)
            head = head or record
        elif head is None:
            raise DsrError(f"{name}, row {number}: a DSR flat file begins with a HEAD row, here stands {kind!r}")
        elif kind in FOOTS:
            foot = record
        elif kind.startswith("SY"):
            summaries.append(record)
        else:
            records.append(record)
    if head is None:
        raise DsrError(f"{name}: a DSR flat file begins with a HEAD row; there is none")
    ended = text.removesuffix("\n")
    lines = ended.count("\n") + 1 if ended else 0
    comments = sum(1 for line in ended.split("\n") if line.startswith("#"))
    blocks = len({block for record in records if (block := record.text("BlockId")) is not None})
    found = DsrFile(name, head, tuple(summaries), tuple(records), foot, Counts(lines, comments, blocks))
    check_frame(found, findings)
    _check_records(found, findings)
    return found


def record_of(kind: str, number: int, cells: Sequence[str], name: str, findings: Findings) -> Record:
    """The record in one row's cells (after its type), with findings on what is malformed, missing or too much."""
    columns = RECORDS[kind]
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        findings.error(
            "too_many_cells",
            f"a {kind} row has {len(columns) + 1} cells, here are {len(cells) + 1}; a tab in a text moves every column",
            name,
            number,
        )
    kept: dict[str, tuple[str, ...]] = {}
    for column, cell in zip(columns, cells, strict=False):
        values = _values(column, cell, name, number, findings)
        if values:
            kept[column.name] = values
    for column in columns:
        if not column.optional and column.name not in kept:
            findings.warn(
                "empty_required", f"{column.name} is required in {kind} and is empty", name, number, column.name
            )
    return Record(kind, number, kept)


def _values(column: Column, cell: str, name: str, number: int, findings: Findings) -> tuple[str, ...]:
    if not cell:
        return ()
    if column.repeats:
        values = dsr_cells.split_repeats(cell)
    else:
        if dsr_cells.holds_repeats(cell):
            message = f"{column.name} does not repeat; the bar is read as part of the text, and should be written \\|"
            findings.warn("unexpected_repeat", message, name, number, column.name, cell[:200])
        values = (cell.replace("\\|", "|"),)
    for value in values:
        if value and not dsr_cells.well_formed(column.kind, value):
            message = f"{value[:80]!r} is not {dsr_cells.WELL_FORMED[column.kind]}"
            if column.kind in {"integer", "decimal", "date", "currency", "territory"}:
                findings.error("malformed", message, name, number, column.name, value[:200])
            else:
                findings.warn("malformed", message, name, number, column.name, value[:200])
    return values


def check_frame(found: DsrFile, findings: Findings) -> None:
    """Whether head and foot fit the file: a known profile, a period, and counts that hold."""
    if found.head is None:
        raise DsrError(f"{found.name}: a DSR flat file begins with a HEAD row; there is none")
    if found.profile is None:
        named = found.head.text("Profile") or ""
        findings.error("unknown_profile", f"no columns are known for the profile {named!r}", found.name, found.head.row)
    start, end = found.head.date("UsageStartDate"), found.head.date("UsageEndDate")
    if start is None or end is None or end < start:
        message = f"usage is said to go from {start} to {end}"
        findings.error("period", message, found.name, found.head.row)
    if not found.summaries:
        message = "the report has no summary; the format asks for one at least, and nothing says what its uses earned"
        findings.warn("no_summary", message, found.name, found.head.row)
    if _single(found) and found.head.integer("NumberOfFiles") not in (1, None):
        message = "a report with one record per block comes in one file"
        findings.warn("single_file", message, found.name, found.head.row, "NumberOfFiles")
    _check_foot(found, findings)


def _single(found: DsrFile) -> bool:
    """Whether it is of a profile with one record per block, which has a head and foot of its own."""
    return found.profile is not None and found.profile.endswith("SRB")


def _check_records(found: DsrFile, findings: Findings) -> None:
    profile = found.profile
    for record in (*found.summaries, *found.records) if profile else ():
        if record.type not in PROFILES[profile or ""]:
            message = f"{record.type} does not belong to {profile}"
            findings.error("record_of_other_profile", message, found.name, record.row)
    known = {summary.text("SummaryRecordId") for summary in found.summaries}
    for record in found.records:
        named_summary = record.text("SummaryRecordId")
        if known and named_summary is not None and named_summary not in known:
            message = f"the summary record {named_summary!r} is not in this file"
            findings.error("unknown_summary", message, found.name, record.row, "SummaryRecordId", named_summary)


def _check_foot(found: DsrFile, findings: Findings) -> None:
    if found.foot is None:
        findings.error("no_foot", "the foot is missing: the file was cut off; ask for it again", found.name)
        return
    wanted = "SRFO" if _single(found) else "FOOT"
    if found.profile is not None and found.foot.type != wanted:
        message = f"{found.profile} ends with {wanted}; of a {found.foot.type} only some counts can be checked"
        findings.warn("foot_kind", message, found.name, found.foot.row)
    if found.foot.type == "FOOT":
        checks = {
            "NumberOfLinesInFile": found.counts.lines,
            "NumberOfSummaryRecords": len(found.summaries),
            "NumberOfBlocksInFile": found.counts.blocks,
        }
    else:
        checks = {"NumberOfSummaryRecords": len(found.summaries)}
    for column, counted in checks.items():
        said = found.foot.integer(column)
        if said is None or said == counted:
            continue
        if column == "NumberOfLinesInFile" and said == found.counts.lines - found.counts.comments:
            message = f"{column} counts without the {found.counts.comments} comment rows, which the format counts in"
            findings.warn("foot_count", message, found.name, found.foot.row, column, str(said))
            continue
        message = f"{column} says {said}, the file has {counted}: rows were lost or added"
        findings.error("foot_count", message, found.name, found.foot.row, column, str(said))


def check_whole(files: Sequence[DsrFile], findings: Findings) -> None:
    """Whether these files are one report, each number once, with the report's own totals and one period."""
    heads = [(one.name, one.head) for one in files if one.head is not None]
    first_name, first = heads[0]
    for name, head in heads[1:]:
        for column in ("MessageId", "Profile", "UsageStartDate", "UsageEndDate", "SenderPartyId", "NumberOfFiles"):
            if head.text(column) != first.text(column):
                message = f"{column} is {head.text(column)!r}, in {first_name} it is {first.text(column)!r}"
                findings.error("not_one_report", message, name, head.row, column)
    announced = first.integer("NumberOfFiles") or 1
    numbers = [head.integer("FileNumber") or 0 for _, head in heads]
    for missing in sorted(set(range(1, announced + 1)) - set(numbers)):
        findings.error(
            "file_missing", f"file {missing} of {announced} is missing", first_name, first.row, "NumberOfFiles"
        )
    for name, head in heads:
        number = head.integer("FileNumber") or 0
        if numbers.count(number) > 1 or not 1 <= number <= announced:
            message = f"file number {number} of {announced} is there more than once or out of range"
            findings.error("file_number", message, name, head.row, "FileNumber", str(number))
        named = file_name_parts(name)
        if named and (int(named["number"]), int(named["files"])) != (number, announced):
            message = f"the name says {named['number']}of{named['files']}, the head {number} of {announced}"
            findings.warn("file_name", message, name, head.row, "FileNumber")
    if set(numbers) != set(range(1, announced + 1)):
        return
    totals = {
        "NumberOfLinesInReport": sum(one.counts.lines for one in files),
        "NumberOfBlocksInReport": sum(one.counts.blocks for one in files),
    }
    for one in files:
        for column, counted in totals.items():
            said = one.foot.integer(column) if one.foot else None
            if one.foot is not None and said is not None and said != counted:
                message = f"{column} says {said}, the report has {counted}"
                findings.error("foot_count", message, one.name, one.foot.row, column, str(said))


def write_record(kind: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """One row without its line end. Raises `DsrError` for an unknown type or column, an empty required cell, or a value
    that the format cannot carry or that is not what its column says."""
    columns = RECORDS.get(kind)
    if columns is None:
        raise DsrError(f"{kind!r} is no record type with known columns")
    unknown = set(values) - {column.name for column in columns}
    if unknown:
        raise DsrError(f"{kind} has no column {', '.join(sorted(unknown))}")
    cells = [kind]
    for column in columns:
        given = values.get(column.name, ())
        several = (given,) if isinstance(given, str) else tuple(given)
        several = () if several == ("",) else several
        if not several and not column.optional:
            raise DsrError(f"{kind}: {column.name} is required and is empty")
        if len(several) > 1 and not column.repeats:
            raise DsrError(f"{kind}: {column.name} does not repeat, and {len(several)} values were given")
        for value in several:
            if value and not dsr_cells.well_formed(column.kind, value):
                raise DsrError(f"{kind}: {column.name} {value!r} is not {dsr_cells.WELL_FORMED[column.kind]}")
        try:
            cells.append(dsr_cells.joined(several))
        except ValueError as error:
            raise DsrError(f"{kind}: {column.name}: {error}") from error
    return "\t".join(cells)


def write(
    head: Mapping[str, str | Sequence[str]],
    summaries: Sequence[tuple[str, Mapping[str, str | Sequence[str]]]],
    records: Sequence[tuple[str, Mapping[str, str | Sequence[str]]]],
) -> bytes:
    """A whole single-file report with a foot that counts right. Rows are (record type, values by column).

    Raises `DsrError` as `write_record` does.
    """
    lines = [write_record("HEAD", head)]
    lines += [write_record(kind, values) for kind, values in summaries]
    lines += [write_record(kind, values) for kind, values in records]
    total = str(len(lines) + 1)
    single = (profile_named(str(head.get("Profile", ""))) or "").endswith("SRB")
    if single:
        foot = write_record("SRFO", {"NumberOfLinesInReport": total, "NumberOfSummaryRecords": str(len(summaries))})
    else:
        blocks = str(len({str(values.get("BlockId")) for _, values in records}))
        foot = write_record(
            "FOOT",
            {
                "NumberOfLinesInFile": total,
                "NumberOfLinesInReport": total,
                "NumberOfSummaryRecords": str(len(summaries)),
                "NumberOfBlocksInFile": blocks,
                "NumberOfBlocksInReport": blocks,
            },
        )
    return ("\n".join([*lines, foot]) + "\n").encode("utf-8")
