"""DSR files laid out for DuckDB: one table of cells with true row numbers, frames for the checks, and the checks in
SQL.

Head, summaries and foot are few and go through the same Python records and checks as in `messages.dsr`; the rows of
blocks are many and are checked where they lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from ritornello.messages import dsr
from ritornello.messages.dsr_columns import PROFILES, RECORDS, place_of, profile_named
from ritornello.messages.findings import Findings
from ritornello.usage.dsr_blocks import Reliance
from ritornello.usage.opening import Opened, has_uneven_lines
from ritornello.usage.typed import quoted, report

_FRAME = ("HEAD", "FOOT", "SRFO")


def is_dsr(opened: Opened) -> bool:
    """Whether the first row that is no comment is a DSR head."""
    with opened.path.open("rb") as stream:
        for raw in stream:
            line = raw.removeprefix(b"\xef\xbb\xbf")
            if line.strip() and not line.startswith(b"#"):
                return line.startswith(b"HEAD\t")
    return False


def profile_of(opened: Opened) -> str | None:
    with opened.path.open("rb") as stream:
        for raw in stream:
            if raw.removeprefix(b"\xef\xbb\xbf").startswith(b"HEAD\t"):
                cells = raw.decode("utf-8-sig", errors="replace").split("\t")
                return profile_named(cells[2]) if len(cells) > 2 else None
    return None


def lay_out(connection: duckdb.DuckDBPyConnection, files: Sequence[Opened], width: int, workspace: Path) -> None:
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
        while chunk := stream.read(2**20):
            if b"\x00" in chunk:
                raise dsr.DsrError(dsr.NUL_BYTES.format(name=opened.name))
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


def frame_of(
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


def check_lines(
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


def check_reliance(
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
