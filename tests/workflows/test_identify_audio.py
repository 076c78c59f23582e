"""The catalogue's sound is indexed, files are answered with titles, derivatives are held against what they declare."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soxr

from ritornello.analysis import decode
from ritornello.analysis.model import AudioError
from ritornello.cli import identify as command
from ritornello.workflows.house import House
from ritornello.workflows.identify_audio import identify_file, index_catalogue, index_of
from tests.identify import houses, music

ORG = "org_test"
AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return houses.with_songs(tmp_path_factory.mktemp("house"), ORG, 1, 2, 3)


def faster(seed: int, start: float = 4, end: float = 20) -> np.ndarray:
    return np.asarray(soxr.resample(music.cut(music.song(seed), start, end), music.RATE * 1.16, music.RATE))


def test_a_file_is_answered_with_titles(house: House, tmp_path: Path) -> None:
    answer = identify_file(house, ORG, decode.write(tmp_path / "upload.wav", music.audio(faster(2))))
    assert [(one.title, one.artist) for one in answer.found] == [("Song 2", "The Band")]
    assert answer.duration_shares == {"rec_2": 1000}
    assert json.loads(json.dumps(answer.to_document()))["found"][0]["title"] == "Song 2"
    text = "\n".join(command.lines(answer))
    assert "Song 2 (The Band)" in text and "1.16 times as fast" in text


def test_indexing_again_changes_nothing(house: House) -> None:
    index = index_of(house, ORG)
    before = (index.folder / "manifest.json").read_bytes()
    assert index_catalogue(house, ORG) == 3 == len(index.recordings())
    assert (index.folder / "manifest.json").read_bytes() == before


def test_what_is_no_audio_is_one_clear_error(house: House, tmp_path: Path) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("these are words")
    with pytest.raises(AudioError, match="not audio"):
        identify_file(house, ORG, path)
