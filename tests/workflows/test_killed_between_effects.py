"""A month's money, killed between every two durable effects and started again, ends as if nothing had happened."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ritornello.people import service
from ritornello.store.database import create_all
from tests.databases import Databases
from tests.workflows import books
from tests.workflows.kill_server import BASE, STAGES

ROOT = Path(__file__).resolve().parents[2]
Ask = Callable[[Engine, Path, list[str] | None], dict[str, Any]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """A process that has everything loaded, and forks one child for each question."""
    environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "tests.workflows.kill_server"]
    server = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )

    def ask(engine: Engine, folder: Path, survived: list[str] | None) -> dict[str, Any]:
        assert server.stdin is not None and server.stdout is not None
        server.stdin.write(json.dumps({"url": address(engine), "folder": str(folder), "survived": survived}) + "\n")
        server.stdin.flush()
        told: dict[str, Any] = json.loads(server.stdout.readline())
        return told

    yield ask
    assert server.stdin is not None
    server.stdin.close()
    server.wait(30)


def address(engine: Engine) -> str:
    url = engine.url
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            schema = connection.exec_driver_sql("SHOW search_path").scalar_one()
        url = url.update_query_dict({"options": f"-c search_path={schema}"})
    return url.render_as_string(hide_password=False)


def founded(engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, keys: Path | None) -> Path:
    """A house at its beginning; two of them are alike to the letter."""
    numbers = count(1)
    monkeypatch.setattr(service, "new_salt", lambda: b"\x01" * 32)
    monkeypatch.setattr(service, "random_id", lambda kind: f"{kind}_{next(numbers)}")
    house = books.house_on(engine, folder)
    books.found(house)
    if keys is None:
        house.keys(BASE)
    else:
        shutil.copy(keys / "signing.json", house.key_folder / "signing.json")
    return folder


def test_killed_between_every_two_effects_it_ends_the_same(
    databases: Databases, database_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    engines = []
    for _ in range(2):
        engine = databases.sqlite() if database_kind == "sqlite" else databases.empty_postgresql()
        if database_kind == "postgresql":
            create_all(engine)
        engines.append(engine)
    first = founded(engines[0], tmp_path / "killed", monkeypatch, None)
    second = founded(engines[1], tmp_path / "quiet", monkeypatch, first / "keys")
    survived: list[str] = []
    while True:
        answer = ask(engines[0], first, survived)
        if not answer["killed"]:
            break
        survived.append(answer["told"])
        assert len(survived) < 100
    assert answer["told"].startswith("whole "), answer["told"]
    with capsys.disabled():
        print(f"\nkilled on {database_kind} after each of {len(survived)} durable effects:")
        print("\n".join(f"  {label}" for label in survived))
    assert {label.partition(":")[0] for label in survived} == set(STAGES)
    assert len(survived) == len(set(survived)) == 24
    quiet = ask(engines[1], second, None)
    assert quiet["told"].startswith("whole "), quiet["told"]
    killed, whole = json.loads(answer["told"][6:]), json.loads(quiet["told"][6:])
    assert killed["complaints"] == []
    for name in whole:
        assert killed[name] == whole[name], name
