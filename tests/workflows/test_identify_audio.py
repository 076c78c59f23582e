"""The catalogue's sound is indexed, files are answered with titles, derivatives are held against what they declare."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soxr

from ritornello.analysis import decode
from ritornello.analysis.model import AudioError
from ritornello.catalogue.model import LineageEdge, Policy, Recording, RightType
from ritornello.cli import identify as command
from ritornello.distribution.sample_gate import Outcome
from ritornello.people import service as people
from ritornello.workflows.house import House, open_house
from ritornello.workflows.identify_audio import identify_file, index_catalogue, index_of, sample_check
from tests.identify import music

ORG = "org_test"
AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    home = tmp_path_factory.mktemp("house")
    made = open_house(
        home=home,
        database_url=f"sqlite:///{home / 'records.sqlite'}",
        blob_url=str(home / "blobs"),
        lake=home / "lake",
        key_folder=home / "keys",
    )
    with made.work(ORG) as work:
        people.found_organisation(work.people, ORG, "Test", AT)
        for seed in (1, 2, 3):
            path = decode.write(home / f"{seed}.wav", music.song(seed))
            work.catalogue.save_recording(
                Recording(
                    id=f"rec_{seed}",
                    title=f"Song {seed}",
                    main_artist="The Band",
                    audio_key=made.blobs.put_file(path),
                    pcm_sha256=decode.pcm_sha256(decode.read(path)),
                )
            )
        work.catalogue.save_recording(
            Recording(id="rec_remix", title="Song 1", version_title="Remix", kind="derivative", derivative_type="REMIX")
        )
        work.catalogue.add_edges(
            [LineageEdge("rec_remix", "rec_1", "lic_1", RightType.MASTER, Fraction(1, 2), Policy.ABSOLUTE)], AT
        )
        work.commit()
    assert index_catalogue(made, ORG) == 3
    return made


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
    before = index_of(house, ORG).recordings()
    assert index_catalogue(house, ORG) == 3
    assert index_of(house, ORG).recordings() == before
    assert len(index_of(house, ORG).segments()) == 1


def test_what_is_no_audio_is_one_clear_error(house: House, tmp_path: Path) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("these are words")
    with pytest.raises(AudioError, match="not audio"):
        identify_file(house, ORG, path)


def test_a_remix_of_what_it_declares_passes_and_an_uncleared_sample_blocks(house: House) -> None:
    assert sample_check(house, ORG, music.audio(faster(1)), "rec_remix") == ()
    with_sample = np.concatenate([faster(1), music.cut(music.song(3), 2, 16)])
    (finding,) = sample_check(house, ORG, music.audio(with_sample), "rec_remix")
    assert (finding.recording, finding.outcome) == ("rec_3", Outcome.BLOCKS)
    assert finding.seconds[0][0] >= 11
    missing = sample_check(house, ORG, music.audio(music.cut(music.song(22), 2, 16)), "rec_remix")
    assert [(one.code, one.outcome) for one in missing] == [("declared_not_found", Outcome.PERSON)]
