"""Intake: report files to matched rows in the lake, in CPU seconds, against merely scanning the same file.

`RITORNELLO_BENCH_USAGE_ROWS` sets how many rows (1,000,000): a sheet of one row per use, and a DSR report in blocks
with half as many uses. All rows are read, typed, matched against 50,000 recordings, checked and written as Parquet.
Then a report of `RITORNELLO_BENCH_USAGE_POSTED` uses (5,000,000) goes the whole way in a house of its own: taken in,
run, reviewed, approved and posted (`_usage_posted`).
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from bench import Row
from bench._usage_posted import posted_rows
from ritornello.messages import sheets
from ritornello.usage.intake import take_in
from ritornello.usage.lake import Lake
from ritornello.usage.matching import Known, MatchIndex
from ritornello.usage.model import Source

ROWS = int(os.environ.get("RITORNELLO_BENCH_USAGE_ROWS", "1000000"))
RECORDINGS = 50_000
PLACES = ("DE", "US", "JP", "FR", "GB", "BR", "SE", "IT", "ES", "MX")
AT = datetime(2026, 8, 5, tzinfo=UTC)
PYTHON_ROWS = 20_000


def _isrc(number: int) -> str:
    return f"QZ{number % 1000:03d}26{number % 100_000:05d}"


def rows() -> Iterator[Row]:
    index = MatchIndex.of(Known(f"rec_{n}", isrcs=(_isrc(n),)) for n in range(RECORDINGS))
    with tempfile.TemporaryDirectory(prefix="ritornello-bench-") as name:
        folder = Path(name)
        sheet = folder / "sheet.csv"
        _make_sheet(sheet)
        columns = "{" + ", ".join(f"'c{place}': 'VARCHAR'" for place in range(13)) + "}"
        scan = _scan(
            f"read_csv('{sheet}', columns={columns}, header=false, skip=1, auto_detect=false)", "c4, c5, c10, c12"
        )
        ours, taken = _take_in(sheet, index, folder / "lake-1")
        assert taken == ROWS
        python = _cpu(lambda: sheets.read(_head(sheet, PYTHON_ROWS), "sheet.csv")) / PYTHON_ROWS * ROWS
        yield Row(
            f"a sheet of {ROWS:,} rows, taken in",
            f"{ROWS / ours / 1e6:.2f} M rows per CPU s",
            f"{ROWS / scan / 1e6:.2f} M (a bare scan of four columns)",
            f"{ours / scan:.1f} x the scan",
            "1 M rows per CPU s to posted balances",
        )
        yield Row(
            "the same, row by row in Python",
            f"{ROWS / ours / 1e6:.2f} M rows per CPU s",
            f"{ROWS / python / 1e6:.3f} M (messages.sheets)",
            f"{python / ours:.0f} x",
            "–",
        )
        report = folder / "report.tsv"
        uses = _make_report(report)
        ours, taken = _take_in(report, index, folder / "lake-2")
        assert taken == uses
        lines = f"read_csv('{report}', columns={{'line': 'VARCHAR'}}, header=false, delim='\x01', quote='', "
        lines += "auto_detect=false)"
        scan = _scan(lines, "line")
        yield Row(
            f"a DSR report in blocks, {uses:,} uses",
            f"{uses / ours / 1e6:.2f} M uses per CPU s",
            f"{uses / scan / 1e6:.2f} M (a bare scan of its lines)",
            f"{ours / scan:.1f} x the scan",
            "0.4 M rows per CPU s to posted balances",
        )
    yield from posted_rows()


def _cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _scan(relation: str, columns: str) -> float:
    least = ", ".join(f"min({column.strip()})" for column in columns.split(","))
    with duckdb.connect() as connection:
        return min(_cpu(lambda: connection.execute(f"SELECT {least} FROM {relation}").fetchall()) for _ in range(3))


def _take_in(path: Path, index: MatchIndex, lake: Path) -> tuple[float, int]:
    start = time.process_time()
    taken = take_in([path], Source("bench", "Bench"), index=index, lake=Lake(lake), at=AT)
    assert not taken.refused, taken.errors[:3]
    return time.process_time() - start, sum(file.rows for file in taken.files)


def _head(path: Path, count: int) -> bytes:
    with path.open("rb") as stream:
        return b"".join(next(stream) for _ in range(count + 1))


def _make_sheet(path: Path) -> None:
    draw = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("Reporting Date,Sale Month,Store,Artist,Title,ISRC,UPC,Quantity,Team Percentage,Song/Album,")
        stream.write("Country of Sale,Songwriter Royalties Withheld,Earnings (USD)\r\n")
        for _ in range(ROWS):
            number = int(RECORDINGS * draw.random() ** 3)
            stream.write(
                f'2026-08-12,2026-07,Alpha,Artist {number},"Song, {number}",{_isrc(number)},036000291452,'
                f"{draw.randrange(1, 900)},100,Song,{draw.choice(PLACES)},0,{draw.random() * 3:.10f}\r\n"
            )


def _make_report(path: Path) -> int:
    draw = random.Random(7)
    uses = blocks = 0
    with path.open("w", encoding="utf-8", newline="") as stream:
        head = "HEAD\tdsrf/3.0\tBasicAudioProfile\t1.2\tm1\t2026-08-04T10:00:00Z\t1\t1\t2026-07-01\t2026-07-31"
        stream.write(f"{head}\tPADPIDA2013020802I\tAlpha\talpha\t\t\t\n")
        for number, place in enumerate(PLACES):
            first = f"SY02.02\t{number}\t\t\tSubscriptionModel\tStream\t{place}\talpha\t1000\t\tUSD\t100000.00"
            stream.write(f"{first}\t\t\t\t70000.12\t\t\tMusic\t\t\t\n")
        lines = 1 + len(PLACES)
        while uses < ROWS // 2:
            number = blocks % RECORDINGS
            named = f"AS02.02\t{blocks}\tA{blocks}\talpha:{number}\t{_isrc(number)}\tSong {number}\t\tArtist {number}"
            stream.write(f"{named}\t\tPT0H3M20S\tSoundRecording" + "\t" * 11 + "\n")
            for use in range(draw.randrange(2, 8)):
                summary = (blocks + use) % len(PLACES)
                sold = f"SU02\t{blocks}\t{summary}\t{blocks}-{use}\t\t\ttrue\t{draw.randrange(1, 900)}"
                stream.write(f"{sold}\t\t\n")
                uses += 1
                lines += 1
            lines += 1
            blocks += 1
        stream.write(f"FOOT\t{lines + 1}\t{lines + 1}\t{len(PLACES)}\t{blocks}\t{blocks}\n")
    return uses
