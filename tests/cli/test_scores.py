"""`ritornello score` and what `make` writes beside a cover."""

from __future__ import annotations

import json
from pathlib import Path

import mido
import pytest
from typer.testing import CliRunner

from ritornello.analysis.decode import write
from ritornello.analysis.model import Audio
from ritornello.cli.main import app
from ritornello.studio.covering import cover_recipe
from ritornello.studio.score import Score, ScoreError
from ritornello.studio.sheets import read_score, write_sheets
from tests.studio.recipes import WIDE, node, recipe, recording
from tests.studio.songs import WORK, demo_score, first_bars
from tests.studio.test_layering import GRID, RATE, played


@pytest.fixture
def file(tmp_path: Path) -> Path:
    sound = played(parts="drums+bass+comp") * 0.5
    return write(tmp_path / "song.wav", Audio(sound[: GRID.frames], RATE), "wav16")


def test_a_recording_is_written_down(file: Path) -> None:
    done = CliRunner().invoke(app, ["score", str(file)])
    assert done.exit_code == 0, done.output
    score = read_score(file.with_suffix(".score.json"))
    assert score.bpm == pytest.approx(120, rel=0.01) and score.chords
    assert file.with_suffix(".musicxml").read_bytes().startswith(b"<?xml")
    assert "tones of the tune" in done.output
    assert mido.MidiFile(file.with_suffix(".mid")).length > 1
    again = CliRunner().invoke(app, ["score", str(file), "--corrected", str(file.with_suffix(".score.json"))])
    assert again.exit_code == 0 and again.output == done.output
    loose = CliRunner().invoke(app, ["score", str(file), "--keep"])
    assert loose.exit_code == 1 and "beside a song of the house" in str(loose.exception)


def test_a_corrected_score_is_read_or_told_where_it_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "song.score.json"
    document = {**demo_score().to_document(), "key": [3, "minor"]}
    path.write_text(json.dumps(document))
    assert read_score(path).key_name == "Eb minor"
    path.write_text(json.dumps({**document, "metre": 0}))
    with pytest.raises(ScoreError, match="metre"):
        read_score(path)
    path.write_text("{")
    with pytest.raises(ScoreError, match="cannot be read"):
        read_score(path)


def test_a_cover_brings_its_sheets(tmp_path: Path) -> None:
    cover = cover_recipe(first_bars(demo_score(), 4), "country", WIDE, source=WORK)
    midi, sheet, document = write_sheets(cover, tmp_path / "cover.flac")
    assert mido.MidiFile(midi).length > 5 and sheet.suffix == ".musicxml"
    assert Score.from_document(json.loads(document.read_text())).metre == 4
    assert write_sheets(recipe(node("a", "gain", "s0", centidb=0), sources=[recording()]), tmp_path / "x.flac") == ()
