"""A child that has everything loaded and forks: each fork goes through a month's money, and is killed by SIGKILL right
after the first durable effect that no fork before it survived. Run by test_killed_between_effects.

Durable effects are commits and files that are put in their place. Stages are done again from the start in each fork, as
a person (or a worker) does after a crash; what is there already is found there.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import typst  # noqa: F401 - loaded before the forks, as everything else is

from ritornello.royalty.approval import RunState
from ritornello.statements import writers  # noqa: F401
from ritornello.statements.payment_order import Account
from ritornello.store import log_store, royalty_store, seal_store, statements_store, usage_store  # noqa: F401
from ritornello.store.database import load_tables, open_engine
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.workflows.close_period import close, made_again, run_period, step, write_statements
from ritornello.workflows.house import House
from ritornello.workflows.lay_out import lay_out_all, statements_of
from ritornello.workflows.payments import bank_order, mass_sheet
from ritornello.workflows.periods import named
from ritornello.workflows.sealing import examine_house, seal_house
from ritornello.workflows.take_in_usage import take_in_usage
from tests.workflows.books import IBANS, ISRCS, ORGANISATION, OTHER, RIVAL, SONG, SOURCE, house_on, report

BASE = datetime(2026, 8, 20, 9, tzinfo=UTC)
PAYER = Account("Quay Records", IBANS[RIVAL])
PLAYS = [("Song", ISRCS[SONG], 1000, "800.00"), ("Other", ISRCS[OTHER], 500, "40.00")]
WAITS = [("Stranger", "QZTST2600099", 10, "2.00")]


class Effects:
    """Counts the durable effects of each stage, and dies after the first that is not among those survived."""

    def __init__(self, survived: list[str] | None, tell: Callable[[str], None]) -> None:
        self.survived, self.tell = None if survived is None else set(survived), tell
        self.stage, self.number = "", 0
        commit, replace = UnitOfWork.commit, Path.replace

        def watched_commit(work: UnitOfWork) -> None:
            commit(work)
            self.number += 1
            self.done(f"commit {self.number}")

        def watched_replace(path: Path, target: Any) -> Path:
            done = replace(path, target)
            self.done(f"{Path(target).name} in place")
            return done

        UnitOfWork.commit, Path.replace = watched_commit, watched_replace  # type: ignore[method-assign,assignment]

    def begin(self, stage: str) -> None:
        self.stage, self.number = stage, 0

    def done(self, what: str) -> None:
        label = f"{self.stage}: {what}"
        if self.survived is not None and label not in self.survived:
            self.tell(label)
            os.kill(os.getpid(), signal.SIGKILL)


def whole_chain(house: House, begin: Callable[[str], None]) -> None:
    """Intake → lake → run → approve → post → close → statements → seal → files → payment order."""
    moment = iter(BASE + timedelta(minutes=number) for number in range(100))
    at = {name: next(moment) for name in STAGES}
    for stage, plays in (("take in", PLAYS), ("take in what waits", WAITS)):
        begin(stage)
        path = house.home / f"{stage.replace(' ', '-')}.csv"
        if not path.exists():
            report(path, plays)
        taken = take_in_usage(house, ORGANISATION, [path], SOURCE, at[stage])
        assert not taken.refused or taken.errors[0].code == "already_taken_in"
    begin("run")
    with house.work(ORGANISATION, read_only=True) as work:
        runs = work.royalty.runs()
    run = runs[0] if runs else run_period(house, ORGANISATION, named("2026-07"), at["run"], "per_one").record
    for number, state in enumerate((RunState.REVIEWED, RunState.APPROVED, RunState.POSTED)):
        begin(state.value)
        step(house, ORGANISATION, run, state, at[state.value], f"per_{number}", {"no_asset": "asked"})
    begin("close")
    close(house, ORGANISATION, run, at["close"], "per_2")
    begin("statements")
    write_statements(house, ORGANISATION, made_again(house, ORGANISATION, run.id), at["statements"])
    begin("seal")
    with house.work(ORGANISATION, read_only=True) as work:
        sealed = bool(work.seals.seals())
    if not sealed:
        seal_house(house, ORGANISATION, at["seal"])
    begin("lay out")
    lay_out_all(house, ORGANISATION, statements_of(house, ORGANISATION, run.id), house.home / "out", at["statements"])
    begin("pay")
    content, _ = bank_order(house, ORGANISATION, run.id, PAYER, date(2026, 9, 15), at["pay"])
    for name, made in (("order.xml", content), ("mass.csv", mass_sheet(house, ORGANISATION, run.id))):
        beside = house.home / "out" / f".{name}.partial"
        beside.write_bytes(made)
        beside.replace(house.home / "out" / name)


STAGES = (
    *("take in", "take in what waits", "run", "reviewed", "approved", "posted", "close", "statements", "seal"),
    *("lay out", "pay"),
)


def state_of(house: House) -> dict[str, Any]:
    """Everything that the month left behind, as text that two houses can be compared by."""
    found: dict[str, Any] = {}
    with house.work(ORGANISATION, read_only=True) as work:
        for table in load_tables().sorted_tables:
            if table.info["append_only"]:
                rows = work.scope.connection.execute(work.scope.select(table)).all()
                found[table.name] = sorted(repr(tuple(row)) for row in rows)
        paths = sorted(work.usage.lake_paths())
    relation = Lake(house.lake).relation(paths)
    found["lake"] = repr(
        duckdb.sql(
            f"SELECT file_sha256, count(*), CAST(sum(amount_e10) AS VARCHAR) FROM {relation} GROUP BY 1 ORDER BY 1"
        ).fetchall()
    )
    found["files"] = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((house.home / "out").iterdir())
    }
    found["complaints"] = list(examine_house(house, ORGANISATION, BASE).complaints)
    return found


def child(url: str, folder: str, survived: list[str] | None, tell: Callable[[str], None]) -> None:
    house = house_on(open_engine(url), Path(folder))
    effects = Effects(survived, tell)
    whole_chain(house, effects.begin)
    tell("whole " + json.dumps(state_of(house)))


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            try:
                child(asked["url"], asked["folder"], asked["survived"], partial(_write, writing))
            except BaseException as error:
                _write(writing, "failed " + "".join(traceback.format_exception(error)))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            told = pipe.read()
        _, status = os.waitpid(pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        print(json.dumps({"told": told, "killed": killed}), flush=True)


def _write(pipe: int, told: str) -> None:
    content = told.encode()
    while content:
        content = content[os.write(pipe, content) :]


if __name__ == "__main__":
    main()
