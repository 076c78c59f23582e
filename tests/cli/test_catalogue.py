"""`ritornello catalogue`: a recording is brought by command, listed, and told about where it cannot be."""

from __future__ import annotations

from ritornello.analysis.decode import write
from ritornello.analysis.model import Audio
from tests.api.test_arrivals import FACTS
from tests.cli.conftest import Desk
from tests.studio.test_layering import GRID, RATE, played


def test_a_recording_is_brought_and_listed(desk: Desk) -> None:
    facts = desk.file("low-tide.json", FACTS)
    sound = write(
        desk.folder / "low-tide.wav", Audio(played(parts="drums+bass+comp")[: GRID.frames] * 0.5, RATE), "wav16"
    )
    made = desk.told("catalogue", "add", facts, "--sound", sound, "--by", "owner@example.org")
    assert made["isrc"] == "DEFE12600001" and abs(made["heard"]["bpm"] - 120) < 0.5, made
    (row,) = [one for one in desk.told("catalogue", "list") if one["isrc"] == "DEFE12600001"]
    assert row["title"] == "Low Tide" and abs(row["duration_ms"] - 1000 * GRID.frames / RATE) < 2
    said = desk.run("catalogue", "add", facts, "--by", "owner@example.org")
    assert said.exit_code == 0 and said.output.startswith(made["recording_id"])


def test_what_is_wrong_is_told_at_once(desk: Desk) -> None:
    facts = desk.file("wrong.json", {**FACTS, "isrc": "DE-1", "year": "last"})
    refused = desk.run("catalogue", "add", facts, "--by", "owner@example.org")
    assert refused.exit_code == 1
    assert "isrc" in str(refused.exception) and "year" in str(refused.exception)
    damaged = desk.file("song.wav", "no sound")
    refused = desk.run("catalogue", "add", desk.file("f.json", FACTS), "--sound", damaged, "--by", "owner@example.org")
    assert refused.exit_code == 1 and "file:" in str(refused.exception)
    by = desk.run("catalogue", "add", desk.file("f.json", FACTS), "--by", "fan@example.org")
    assert by.exit_code == 1
    assert "DEFE12600001" not in {one["isrc"] for one in desk.told("catalogue", "list")}
