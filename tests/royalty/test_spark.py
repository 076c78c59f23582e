"""One query, two engines: Spark gives DuckDB's digits, and refuses to start where an overflow would pass in silence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ritornello.royalty.engines import EngineError, engine
from ritornello.royalty.engines.duckdb import DuckdbEngine, write_lake
from ritornello.royalty.engines.spark import SparkEngine, SparkError, start
from ritornello.royalty.places import laid_ways, places_of
from ritornello.royalty.run import RunInputs, run
from ritornello.royalty.scenario import read_scenario
from ritornello.royalty.sql import FLAGS_SQL, SURVEY_SQL, detail_sql, rows_sql, royalty_sql
from ritornello.royalty.tables import E22, Names, PoolRow, Tables
from tests.royalty import big_lake
from tests.royalty.golden import golden_scenario
from tests.royalty.scenarios import random_scenario

COMMAND = "import sys; from ritornello.cli.main import main; sys.exit(main())"


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    made = start("local[2]", options={"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g"})
    made.sparkContext.setLogLevel("OFF")
    yield made
    made.stop()


@pytest.mark.parametrize("seed", [None, 21])
def test_spark_and_duckdb_give_the_same_digest(session: Any, tmp_path: Path, seed: int | None) -> None:
    scenario = read_scenario(golden_scenario() if seed is None else random_scenario(seed, lines=200))
    lake = tmp_path / "period=2026-02" / "source=alpha" / "usage.parquet"
    lake.parent.mkdir(parents=True)
    write_lake(lake, scenario.usage)
    results = []
    spark, duck = SparkEngine(session, [lake]), DuckdbEngine([lake], threads=1)
    try:
        for engine in (spark, duck):
            results.append(
                run(
                    RunInputs(
                        scenario.period_start,
                        scenario.period_end,
                        scenario.terms,
                        scenario.ownership,
                        engine,
                        scenario.known_at,
                    )
                )
            )
        ours, theirs = results
        assert ours.exact == theirs.exact
        assert ours.digest == theirs.digest
        assert ours.flags == theirs.flags
        assert ours.tables is not None
        stakes = sorted(ours.stakes)[:4]
        details = sorted(spark.detail(ours.tables, stakes), key=repr)
        assert details == sorted(duck.detail(ours.tables, stakes), key=repr)
        assert spark.source_rows(ours.tables, details[0]) == duck.source_rows(ours.tables, details[0])
    finally:
        spark.close()
        duck.close()


def test_two_million_rows_give_the_same_digest(session: Any, tmp_path: Path) -> None:
    lake = tmp_path / "usage.parquet"
    big_lake.write(lake, 2_000_000)
    scenario = read_scenario(big_lake.scenario())
    results = []
    spark, duck = SparkEngine(session, [lake]), DuckdbEngine([lake], threads=2, memory_limit="1GB")
    try:
        for engine in (duck, spark):
            results.append(
                run(
                    RunInputs(
                        scenario.period_start,
                        scenario.period_end,
                        scenario.terms,
                        scenario.ownership,
                        engine,
                        scenario.known_at,
                    )
                )
            )
    finally:
        spark.close()
        duck.close()
    ours, theirs = results
    assert ours.usage_rows == theirs.usage_rows == 2_000_000
    assert ours.digest == theirs.digest
    assert ours.exact == theirs.exact
    assert ours.flags == theirs.flags and ours.flags
    kinds = {account.partition(":")[2] for account in ours.exact if account.startswith("suspense:")}
    assert {"no_asset", "no_right", "consent_gap", "out_of_scope"} <= kinds
    assert len(ours.tables.windows) > 30 and len(ours.tables.receipts) == 1  # type: ignore[union-attr]
    assert any(row.negative_e22 for row in duck_rows(lake, ours.tables))


def duck_rows(lake: Path, tables: Any) -> list[PoolRow]:
    engine = DuckdbEngine([lake], threads=2)
    try:
        return engine.pools(tables)
    finally:
        engine.close()


def test_the_command_runs_on_spark(session: Any, tmp_path: Path) -> None:
    document = tmp_path / "scenario.json"
    document.write_text(json.dumps(golden_scenario()), encoding="utf-8")
    digests = []
    for words in ((), ("--engine", "spark", "--master", "local[2]")):
        # its own process: the command stops the session that it started
        told = subprocess.run(
            [sys.executable, "-c", COMMAND, "royalties", "simulate", str(document), "--json", *words],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        digests.append(json.loads(told.stdout)["digest"])
    assert digests[0] == digests[1]


def test_what_is_missing_is_said(session: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "pyspark.sql", None)
        with pytest.raises(SparkError, match=r"install ritornello\[spark\]"):
            engine("spark", [tmp_path])
    with monkeypatch.context() as without:
        without.setenv("PATH", str(tmp_path))
        without.delenv("JAVA_HOME", raising=False)
        with pytest.raises(SparkError, match="no Java runtime is found"):
            engine("spark", [tmp_path])
    with pytest.raises(EngineError, match="choose one of duckdb, spark"):
        engine("oracle", [tmp_path])


def test_an_overflow_is_an_error_and_never_a_null(session: Any) -> None:
    from pyspark.errors import ArithmeticException

    digits = "9" * 24
    with pytest.raises(ArithmeticException):
        session.sql(
            f"SELECT SUM(a * b) FROM (SELECT CAST({digits} AS DECIMAL(24,0)) a, CAST({'9' * 13} AS DECIMAL(13,0)) b), "
            "range(1000)"
        ).collect()
    assert E22 == 10**22


def test_without_ansi_mode_it_does_not_start(session: Any, tmp_path: Path) -> None:
    session.conf.set("spark.sql.ansi.enabled", "false")
    try:
        with pytest.raises(SparkError, match="overflow would pass in silence"):
            SparkEngine(session, [tmp_path])
    finally:
        session.conf.set("spark.sql.ansi.enabled", "true")


def full_tables() -> Tables:
    """Tables that have a row of every kind, so that every join stands in the text."""
    places = (("alpha", "DE", "stream", "EUR"), ("it's |", "", "ad\\", "USD"))
    ways = [(0, places[0], 1), (1, places[1], 2), (0, places[1], 3)]
    day = date(2026, 1, 1)
    numbered = places_of(ways)
    return Tables(
        receipts=(("f", "EUR", 1),),
        places=numbered,
        states=(("rec_1", day, day, 1),),
        windows=(("rec_1", day, day, 1),),
        ways=laid_ways(numbered, ways),
        way_lanes=((1, 1, 0, 1),),
        lane_pools=((1, 1),),
        splits=(("rec_1", 0, 0, 1),),
        shares=((1, 1, 1, 10**12),),
        names=Names((("", ""), ("holder:a:direct", "")), ("", "l"), ("", "master"), ("", "EUR"), ("", "r1")),
    )


@pytest.mark.parametrize("of", [royalty_sql, detail_sql, rows_sql])
def test_the_texts_of_a_run_keep_to_the_portable_subset(of: Callable[[Tables], str]) -> None:
    test_the_text_keeps_to_the_portable_subset(of(full_tables()))


def test_a_place_is_the_same_number_in_both_engines_and_in_python(session: Any) -> None:
    names = [["", "alpha", "alph", "it's", "a\\b", "x|y"], ["", "DE", "ES"], ["stream"], ["EUR", "USD"]]
    rows = [(0, place, number) for number, place in enumerate(product(*names))]
    numbered = places_of(rows)  # type: ignore[arg-type]
    first, second = numbered.sql
    expected = {place: numbered.number(place) for _, place, _ in rows}  # type: ignore[arg-type]
    assert len(set(expected.values())) == len(rows), "no two places may have one number"
    with duckdb.connect(":memory:") as connection:
        connection.execute("CREATE TABLE u (service VARCHAR, territory VARCHAR, flow VARCHAR, currency VARCHAR)")
        connection.executemany("INSERT INTO u VALUES (?, ?, ?, ?)", [place for _, place, _ in rows])
        connection.execute("INSERT INTO u VALUES (NULL, NULL, 'stream', 'EUR')")
        found = connection.execute(f"SELECT u.*, {first}, {second} FROM u").fetchall()
    columns = "service STRING, territory STRING, flow STRING, currency STRING"
    frame = session.createDataFrame([row[:4] for row in found], columns)
    frame.createOrReplaceTempView("u")
    theirs = [tuple(row) for row in session.sql(f"SELECT u.*, {first}, {second} FROM u").collect()]
    assert sorted(theirs, key=repr) == sorted(found, key=repr)
    assert all(expected[tuple(text or "" for text in row[:4])] == row[4:] for row in found)  # type: ignore[index]


@pytest.mark.parametrize("text", [SURVEY_SQL, FLAGS_SQL])
def test_the_text_keeps_to_the_portable_subset(text: str) -> None:
    import re

    code = re.sub(r"--.*", "", text).upper()
    assert "/" not in code
    for word in ("AVG(", "HUGEINT", "DOUBLE", "FLOAT", "REAL", "BIGINT", "::", "QUALIFY", "FILTER ("):
        assert word not in code, word
    for digits in re.findall(r"DECIMAL\((\d+),(\d+)\)", code):
        assert int(digits[0]) <= 38 and digits[1] == "0"
