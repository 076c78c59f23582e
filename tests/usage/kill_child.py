"""A child that takes a report in and records it, and is killed at one durable effect: run by test_crashes."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ritornello.store.database import open_engine
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.intake import take_in
from ritornello.usage.lake import Lake
from tests.usage.reports import ALPHA, AT, INDEX

EFFECTS = ("temporary written", "temporary flushed", "renamed", "folder flushed", "rows inserted", "committed")
"""Every durable effect of taking a report in, in order; the child dies right after the one that it is given."""


def main(step: str, address: str, lake_root: str, report: str) -> None:
    def reached(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    fsync, replace = os.fsync, Path.replace
    flushed = 0

    def watched_fsync(handle: int) -> None:
        nonlocal flushed
        flushed += 1
        if flushed == 1:
            reached("temporary written")
        fsync(handle)
        reached("temporary flushed" if flushed == 1 else "folder flushed")

    def watched_replace(path: Path, target: Path) -> Path:
        done = replace(path, target)
        reached("renamed")
        return done

    os.fsync, Path.replace = watched_fsync, watched_replace  # type: ignore[method-assign,assignment]
    engine = open_engine(address)
    with UnitOfWork(engine, "org_test") as work:
        already = [file.sha256 for file in work.usage.files(superseded=True)]
    taken = take_in([Path(report)], ALPHA, index=INDEX, lake=Lake(lake_root), at=AT, already=already)
    if taken.refused:
        print("refused", ",".join(found.code for found in taken.errors))
        return
    with UnitOfWork(engine, "org_test") as work:
        work.usage.record(taken)
        reached("rows inserted")
        work.commit()
    reached("committed")
    print("taken in")


if __name__ == "__main__":
    main(*sys.argv[1:])
