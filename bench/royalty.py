"""Royalty runs: the whole run against merely scanning the columns that it reads, in CPU seconds of this process.

The usage: 200,000 recordings played by Zipf's law (1.1), 40 territories, 4 currencies, 3 services, 3 months, a split
change for 10 % of the recordings, 20 % derivatives to depth 3, 0.5 % negative lines, 2 % unmatched. Everything follows
from hashes of row numbers, so every run measures the same rows. Of each artist there are ten recordings that are shared
out alike; `RITORNELLO_BENCH_ALIKE=0` gives every recording a label share of its own, the worst case for adding up.

`RITORNELLO_BENCH_ROWS` sets how many rows (20,000,000), `RITORNELLO_BENCH_RECORDINGS` of what (200,000);
`RITORNELLO_BENCH_FOLDER` keeps the usage there for the next time; `RITORNELLO_BENCH_SPARK=local[2]` runs it on Spark as
well and holds the digests against each other.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import duckdb
from tests.royalty.golden import VECTORS, golden_scenario

from bench import Row
from ritornello.catalogue.lineage import Graph
from ritornello.catalogue.model import LineageEdge, OwnershipShare, RightType, ShareStatus
from ritornello.identifiers.territories import ALL, WORLD
from ritornello.royalty.engines import engine as made_engine
from ritornello.royalty.engines.duckdb import DuckdbEngine
from ritornello.royalty.explain import Explainer
from ritornello.royalty.flatten import Ownership, flatten
from ritornello.royalty.run import RunInputs, RunResult, run
from ritornello.royalty.scenario import simulate
from ritornello.royalty.terms import Commission, Contract, Flow, MakerTerms, Rate, Royalty, SourceWithholding, Terms
from ritornello.statements.build import build
from ritornello.statements.usage_lines import Context

ROWS = int(os.environ.get("RITORNELLO_BENCH_ROWS", "20000000"))
ALIKE = os.environ.get("RITORNELLO_BENCH_ALIKE", "1") != "0"
FOLDER = os.environ.get("RITORNELLO_BENCH_FOLDER", "")
SPARK = os.environ.get("RITORNELLO_BENCH_SPARK", "")
RECORDINGS = int(os.environ.get("RITORNELLO_BENCH_RECORDINGS", "200000"))
THREADS = 2
PLACES = sorted(ALL)[::6][:40]
START, END = date(2026, 1, 1), date(2026, 3, 31)
KNOWN = datetime(2026, 4, 15, tzinfo=UTC)
SCAN = """
SELECT min(isrc), min(territory), min(currency), min(use_date), sum(units), sum(amount_e10)
FROM read_parquet([{lake}])
"""
PART = 10_000_000
"""Rows of one file of the lake."""


def rows() -> Iterator[Row]:
    """The room's table; makes the usage first, which is not measured."""
    yield from _small()
    with tempfile.TemporaryDirectory(prefix="ritornello-bench-") as folder:
        lake = [_part(Path(FOLDER or folder), first, min(first + PART, ROWS)) for first in range(0, ROWS, PART)]
        ownership, terms = _ownership()
        engine = DuckdbEngine(lake, threads=THREADS, memory_limit="1GB")
        yield Row(f"usage rows, {RECORDINGS:,} recordings", f"{ROWS:,}")
        scan = min(_cpu(lambda: _scan(lake)) for _ in range(3))
        yield Row("scan of the columns (CPU s)", f"{scan:.2f}")
        survey_cpu = _cpu(lambda: engine.survey())
        inputs = RunInputs(START, END, terms, ownership, engine, KNOWN)
        result: list[RunResult] = []
        whole = _cpu(lambda: result.append(run(inputs)))
        done = result[0]
        tables = done.tables
        assert tables is not None
        engine.pools(tables)  # the tables are laid, so that the query alone is measured
        balances = min(_cpu(lambda: engine.pools(tables)) for _ in range(2))
        spilled = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        yield Row(
            "usage rows to balances of stakes (CPU s)",
            f"{balances:.2f}",
            f"{scan:.2f}",
            f"{balances / scan:.1f} ×",
            "≤ 4 ×",
        )
        yield Row(
            "rows to balances per CPU s",
            f"{ROWS / balances:,.0f}",
            "14,000",
            f"{ROWS / balances / 14000:,.0f} ×",
            "≥ 100 ×",
        )
        yield Row("survey: control totals per file and place (CPU s)", f"{survey_cpu:.2f}")
        flat_cpu = _cpu(lambda: flatten(ownership, terms, PLACES, START, KNOWN))
        yield Row(
            "shares flattened (CPU s)",
            f"{flat_cpu:.2f}",
            f"{len(tables.shares):,} shares of {len({row[0] for row in tables.shares}):,} splits",
        )
        yield Row(
            "whole run: survey, flatten, query, waterfall, rounding, digest (CPU s)",
            f"{whole:.2f}",
            f"{ROWS / whole:,.0f} rows per CPU s",
        )
        yield Row("most memory of the process, catalogue and answers included (GiB)", f"{spilled:.2f}")
        yield from _statement(done, engine, Explainer(ownership, terms, KNOWN))
        engine.close()
        if SPARK:
            yield _on_spark(lake, inputs, done)


def _small() -> Iterator[Row]:
    """The golden period, warm, and what a run takes at the least."""
    document = json.loads((VECTORS / "golden_period.json").read_text(encoding="utf-8"))
    scenario = golden_scenario()
    simulate(scenario)
    best = min(_wall(lambda: simulate(scenario)) for _ in range(20))
    yield Row(
        f"golden period ({len(document['steps'])} lines) simulated, warm (ms)", f"{best * 1000:.1f}", to_reach="≤ 50"
    )


def _statement(done: RunResult, engine: DuckdbEngine, explainer: Explainer) -> Iterator[Row]:
    """The payee with the most recordings, each line with its reasons, in wall time. The explainer is laid out once
    for all statements of a run."""
    assert done.tables is not None
    sizes: dict[int, int] = {}
    for _, _, _, split in done.tables.splits:
        sizes[split] = sizes.get(split, 0) + 1
    reached: dict[str, int] = {}
    for split, _, stake, _ in done.tables.shares:
        name = done.tables.names.stakes[stake][0]
        reached[name] = reached.get(name, 0) + sizes[split]
    for name in sorted(reached, key=lambda one: (-reached[one], one))[:1]:
        party = done.stakes[name].party
        began = time.perf_counter()
        found = build(party, done, engine, Context(explainer=explainer))
        took = time.perf_counter() - began
        yield Row(
            f"statement of {party}, {len(found.lines):,} lines (s)",
            f"{took:.2f}",
            f"{took / len(found.lines) * 1e5:.1f} s per 100,000 lines",
            to_reach="≤ 5 at ≤ 100,000 lines",
        )


def _on_spark(lake: Sequence[Path], inputs: RunInputs, ours: RunResult) -> Row:
    engine = made_engine("spark", lake, master=SPARK)
    began = time.perf_counter()
    theirs = run(replace(inputs, engine=engine))
    took = time.perf_counter() - began
    engine.close()
    same = "the same digest" if theirs.digest == ours.digest else "ANOTHER DIGEST"
    return Row(f"the whole run on Spark {SPARK} (s)", f"{took:.0f}", same, to_reach="the same digest")


def _wall(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _cpu(act: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()
    act()
    return time.process_time() - began


def _scan(lake: Sequence[Path]) -> object:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET threads = {THREADS}")
        return connection.execute(SCAN.format(lake=", ".join(f"'{part}'" for part in lake))).fetchall()


def _part(folder: Path, first: int, end: int) -> Path:
    """One file of the lake; made where it is not there yet."""
    path = folder / f"usage-{RECORDINGS}-{first}-{end}.parquet"
    if not path.exists():
        made = path.with_suffix(".part")
        _make_lake(made, first, end)
        made.rename(path)
    return path


def _make_lake(lake: Path, first: int, end: int) -> None:
    places = "[" + ", ".join(f"'{code}'" for code in PLACES) + "]"
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET threads = {THREADS}")
        connection.execute(
            f"""
COPY (
  WITH dice AS (
    SELECT i, (hash(i) % 4294967296) / 4294967296.0 AS u, CAST(hash(i + 7000000000) // 2 AS BIGINT) AS h,
           CAST(hash(i + 9000000000) // 2 AS BIGINT) AS g
    FROM range({first}, {end}) t(i)
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
        of_artist = Fraction(1, 3) if ALIKE else Fraction(1, 3) + Fraction(number, 10**9)
        if number % 10 == 3:
            change = START + timedelta(days=1 + number % 88)
            share(asset, label, Fraction(1, 2), None, change)
            share(asset, artist, Fraction(1, 2), None, change)
            share(asset, label, Fraction(3, 10), change, None)
            share(asset, artist, Fraction(7, 10), change, None)
        else:
            share(asset, label, 1 - of_artist, None, None)
            share(asset, artist, of_artist, None, None)
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
