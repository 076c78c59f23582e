"""Scenarios through the public command: what `ritornello royalties simulate FILE --json` says, as a result."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from ritornello.cli.main import app
from ritornello.royalty.records import from_document
from ritornello.royalty.run import RunResult
from ritornello.royalty.scenario import simulate as by_hand


def simulate(document: Mapping[str, Any], **more: Any) -> RunResult:
    """The result of a scenario by the command. What a command cannot be given (an earlier run, an engine of the test's
    own) goes the direct way; and a refusal is raised as the rooms raise it."""
    if more:
        return by_hand(document, **more)
    with tempfile.TemporaryDirectory(prefix="ritornello-") as folder:
        file = Path(folder) / "scenario.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        told = CliRunner().invoke(app, ["royalties", "simulate", str(file), "--json"])
    if told.exception is not None:
        raise told.exception
    return from_document(json.loads(told.stdout))
