"""Killed between any two durable effects and started again, intake ends where an uninterrupted one does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine

from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from tests.messages.dsr_reports import basic_audio
from tests.usage import kill_child

ROOT = Path(__file__).resolve().parents[2]


def run(step: str, engine: Engine, lake: Path, report: Path) -> subprocess.CompletedProcess[str]:
    address = engine.url
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            schema = connection.exec_driver_sql("SHOW search_path").scalar_one()
        address = address.update_query_dict({"options": f"-c search_path={schema}"})
    named = address.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.usage.kill_child", step, named, str(lake), str(report)]
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("step", kill_child.EFFECTS)
def test_killed_and_started_again(engine: Engine, tmp_path: Path, step: str) -> None:
    lake, report = tmp_path / "lake", tmp_path / "report.tsv"
    report.write_bytes(basic_audio())
    killed = run(step, engine, lake, report)
    assert killed.returncode == -9, killed.stderr
    with UnitOfWork(engine, "org_test", read_only=True) as work:
        recorded = work.usage.files()
    assert len(recorded) == (1 if step == "committed" else 0)
    again = run("never", engine, lake, report)
    assert again.returncode == 0, again.stderr
    assert again.stdout.strip() == ("refused already_taken_in" if step == "committed" else "taken in")
    with UnitOfWork(engine, "org_test", read_only=True) as work:
        (file,) = work.usage.files()
        totals = [receipt.total_e10 for receipt in work.usage.receipts([file.id])]
        paths = work.usage.lake_paths()
    assert totals == [70_000_000_000, 10_000_000_000]
    Lake(lake).remove_unrecorded(sorted(paths))
    left = [path for path in lake.rglob("*") if path.is_file()]
    assert [str(path.relative_to(lake)) for path in left] == [file.lake_path]
    counted = duckdb.sql(
        f"SELECT count(*), CAST(sum(amount_e10) AS BIGINT) FROM {Lake(lake).relation([file.lake_path])}"
    )
    assert counted.fetchall() == [(5, 80_000_000_000)]
