"""Royalty runs: the whole run against merely scanning the columns that it reads, in CPU seconds of this process.

The usage: 200,000 recordings played by Zipf's law (1.1), 40 territories, 4 currencies, 3 services, 3 months, a split
change for 10 % of the recordings, 20 % derivatives to depth 3, 0.5 % negative lines, 2 % unmatched. Everything follows
from hashes of row numbers, so every run measures the same rows. `RITORNELLO_BENCH_ROWS` sets how many (20,000,000),
`RITORNELLO_BENCH_RECORDINGS` of what (200,000).
"""

from __future__ import annotations

import gc
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import duckdb

from bench import Row
from ritornello.catalogue.lineage import Graph
from ritornello.catalogue.model import LineageEdge, OwnershipShare, RightType, ShareStatus
from ritornello.identifiers.territories import ALL, WORLD
from ritornello.royalty.engines.duckdb import DuckdbEngine
from ritornello.royalty.flatten import Ownership, flatten
from ritornello.royalty.run import RunInputs, RunResult, run
from ritornello.royalty.terms import Commission, Contract, Flow, MakerTerms, Rate, Royalty, SourceWithholding, Terms
from ritornello.statements.build import build

ROWS = int(os.environ.get("RITORNELLO_BENCH_ROWS", "20000000"))
RECORDINGS = int(os.environ.get("RITORNELLO_BENCH_RECORDINGS", "200000"))
THREADS = 2
PLACES = sorted(ALL)[::6][:40]
START, END = date(2026, 1, 1), date(2026, 3, 31)
KNOWN = datetime(2026, 4, 15, tzinfo=UTC)
SCAN = """
SELECT min(isrc), min(territory), min(currency), min(use_date), sum(units), sum(amount_e10)
FROM read_parquet('{lake}')
"""


def rows() -> list[Row]:
    """The room's table; makes the usage first, which is not measured."""
    with tempfile.TemporaryDirectory(prefix="ritornello-bench-") as folder:
        lake = Path(folder) / "usage.parquet"
        _make_lake(lake)
        ownership, terms = _ownership()
        engine = DuckdbEngine([lake], threads=THREADS, memory_limit="1GB")
        scan = min(_cpu(lambda: _scan(lake)) for _ in range(3))
        flat_cpu = _cpu(lambda: flatten(ownership, terms, PLACES, START, KNOWN))
        inputs = RunInputs(START, END, terms, ownership, engine, KNOWN)
        survey_cpu = _cpu(lambda: engine.survey())
        result: list[RunResult] = []
        whole = _cpu(lambda: result.append(run(inputs)))
        done = result[0]
        assert done.tables is not None
        engine.pools(done.tables)  # the tables are laid, so that the query alone is measured
        balances = min(_cpu(lambda: engine.pools(done.tables)) for _ in range(2))  # type: ignore[arg-type]
        largest = max((a for a in done.units if a.startswith("payable:")), key=lambda a: done.units[a])
        lines: list[int] = []
        began = time.perf_counter()
        lines.append(len(build(largest.split(":")[1], done, engine).lines))
        statement = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        engine.close()
    return [
        Row(f"usage rows, {RECORDINGS:,} recordings", f"{ROWS:,}"),
        Row("scan of the columns (CPU s)", f"{scan:.2f}"),
        Row(
            "usage rows to balances of stakes (CPU s)",
            f"{balances:.2f}",
            f"{scan:.2f}",
            f"{balances / scan:.1f} ×",
            "≤ 4 ×",
        ),
        Row(
            "rows to balances per CPU s",
            f"{ROWS / balances:,.0f}",
            "14,000",
            f"{ROWS / balances / 14000:,.0f} ×",
            "≥ 100 ×",
        ),
        Row("survey: control totals per file and place (CPU s)", f"{survey_cpu:.2f}"),
        Row("shares flattened (CPU s)", f"{flat_cpu:.2f}", to_reach=f"{len(done.tables.shares):,} rows"),
        Row("whole run: survey, flatten, query, waterfall, rounding, digest (CPU s)", f"{whole:.2f}"),
        Row("rows to posted balances per CPU s", f"{ROWS / whole:,.0f}", to_reach="≥ 1,000,000"),
        Row(f"statement of the largest payee, {lines[0]:,} lines (s)", f"{statement:.2f}", to_reach="≤ 5"),
        Row("most memory of the process (GiB)", f"{memory:.2f}", to_reach="≤ 1 beside the catalogue"),
    ]


def _cpu(act: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    act()
    return time.process_time() - began


def _scan(lake: Path) -> object:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET threads = {THREADS}")
        return connection.execute(SCAN.format(lake=lake)).fetchall()


def _make_lake(lake: Path) -> None:
    places = "[" + ", ".join(f"'{code}'" for code in PLACES) + "]"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET threads = {THREADS}")
        connection.execute(
            f"""
COPY (
  WITH dice AS (
    SELECT i, (hash(i) % 4294967296) / 4294967296.0 AS u, CAST(hash(i + 7000000000) // 2 AS BIGINT) AS h,
           CAST(hash(i + 9000000000) // 2 AS BIGINT) AS g
    FROM range({ROWS}) t(i)
  ), played AS (
    SELECT i, h, g,
           least(CAST(floor(pow(1 - u * (1 - pow({RECORDINGS}, -0.1)), -10)) AS BIGINT), {RECORDINGS}) - 1 AS rec
    FROM dice
  )
  SELECT
    printf('%064d', g % 9) AS file_sha256, i AS row_number, 'bench' AS source,
    ['alpha', 'beta', 'clipz'][1 + g % 3] AS service,
    DATE '2026-01-01' AS period_start, DATE '2026-03-31' AS period_end,
    DATE '2026-01-01' + CAST(h % 90 AS INTEGER) AS use_date, true AS use_date_exact,
    {places}[1 + CAST((h // 90) % 40 AS INTEGER)] AS territory, 'stream' AS flow,
    printf('QZAA1%07d', rec) AS isrc, CAST(NULL AS VARCHAR) AS proprietary_id,
    CAST(NULL AS VARCHAR) AS title, CAST(NULL AS VARCHAR) AS artist,
    CASE WHEN (h // 7000) % 50 = 0 THEN NULL ELSE printf('rec_%07d', rec) END AS asset_id,
    'isrc' AS match_rule, '1000' AS match_confidence,
    CAST(1 + (h // 400000) % 900 AS DECIMAL(18,0)) AS units,
    CAST((CASE WHEN (h // 13000) % 200 = 0 THEN -1 ELSE 1 END) * (1000000 + CAST((h // 77) % 40000000000 AS BIGINT))
         AS DECIMAL(18,0)) AS amount_e10,
    ['EUR', 'USD', 'GBP', 'BRL'][1 + g % 4] AS currency, CAST(NULL AS VARCHAR) AS suspense_kind
  FROM played
) TO '{lake}' (FORMAT parquet, ROW_GROUP_SIZE 122880)
"""
        )


def _ownership() -> tuple[Ownership, Terms]:
    """Four fifths originals with two or three holders, one fifth derivatives: depth 1, 2 and 3 with fan shares."""
    said = datetime(2025, 1, 1, tzinfo=UTC)
    shares: list[OwnershipShare] = []
    edges: list[LineageEdge] = []
    makers: list[MakerTerms] = []
    graph = Graph()
    family: list[LineageEdge] = []

    def share(asset: str, party: str, part: Fraction, start: date | None, end: date | None) -> None:
        shares.append(
            OwnershipShare(
                f"shr_{len(shares)}",
                asset,
                RightType.MASTER,
                party,
                WORLD,
                part,
                start,
                end,
                said,
                f"sht_{asset}_{start}",
                ShareStatus.AGREED,
            )
        )

    for number in range(RECORDINGS):
        asset = f"rec_{number:07d}"
        if number % 5 == 4:
            depth = 1 + number // 5 % 3
            if depth == 1:
                graph = Graph()
                parent = f"rec_{number - 1:07d}"
            else:
                parent = f"rec_{number - 5:07d}"
                parent = parent if makers and makers[-1].asset == parent else f"rec_{number - 1:07d}"
            made = graph.fan_share_edges(
                asset,
                {parent: 1},
                fan_share=Fraction(1, 10),
                reciprocity=Fraction(3, 10),
                licence_id=f"lic_{number}",
                right_type=RightType.MASTER,
            )
            graph = graph.with_edges(made)
            family = list(made)
            edges += family
            makers.append(MakerTerms(f"lic_{number}", asset, f"fan_{number % 5000}", fan_share=Fraction(1, 10)))
            continue
        label, artist = f"lab_{number % 400}", f"art_{number % 20000}"
        if number % 10 == 3:
            change = START + timedelta(days=1 + number % 88)
            share(asset, label, Fraction(1, 2), None, change)
            share(asset, artist, Fraction(1, 2), None, change)
            share(asset, label, Fraction(3, 10), change, None)
            share(asset, artist, Fraction(7, 10), change, None)
        else:
            share(asset, label, Fraction(2, 3), None, None)
            share(asset, artist, Fraction(1, 3), None, None)
    terms = Terms(
        currency="EUR",
        flows=(Flow("stream"),),
        withholding=(SourceWithholding(PLACES[3], Fraction(15, 100)), SourceWithholding(PLACES[9], Fraction(1, 10))),
        commissions=(Commission("dist", Fraction(15, 100)),),
        makers=tuple(replace(maker, fan_share=None) for maker in makers),
        contracts=tuple(
            Contract(f"con_{number}", f"lab_{number}", royalties=(Royalty(f"prod_{number}", Fraction(3, 100)),))
            for number in range(0, 400, 4)
        ),
        rates=(Rate("USD", Fraction(92, 100)), Rate("GBP", Fraction(117, 100)), Rate("BRL", Fraction(16, 100))),
    )
    return Ownership(tuple(shares), tuple(edges)), terms
