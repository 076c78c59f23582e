"""A real house in a folder, and the real command in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ritornello.cli.main import app
from ritornello.workflows.house import House, open_house
from tests.web import house as small_house


@dataclass(frozen=True)
class Desk:
    """Runs `ritornello …` in a house that holds the demo's song, answers and one licence."""

    folder: Path
    house: House

    def run(self, *words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    def told(self, *words: object) -> Any:
        """The JSON that a command prints."""
        result = self.run(*words, "--json")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return json.loads(result.stdout)

    def file(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    home = tmp_path / "house"
    monkeypatch.setenv("RITORNELLO_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    house = open_house(
        home=home,
        database_url=f"sqlite:///{home / 'records.sqlite'}",
        blob_url=str(home / "blobs"),
        lake=home / "lake",
        key_folder=home / "keys",
    )
    small_house.fill(house)
    yield Desk(tmp_path, house)
    house.engine.dispose()
