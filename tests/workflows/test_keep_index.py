"""The index beside the catalogue: filled as recordings arrive, emptied, kept, put back, made anew; by its command."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ritornello.analysis import decode
from ritornello.cli import houses as doors
from ritornello.cli.failures import spoken
from ritornello.cli.main import app
from ritornello.identify import service
from ritornello.identify.index import Density
from ritornello.identify.model import IdentifyError
from ritornello.jobs import Handlers, Worker
from ritornello.store.job_queue import DatabaseQueue
from ritornello.workflows import keep_index
from ritornello.workflows.house import House
from ritornello.workflows.identify_audio import chord_tones, identify_file, index_catalogue, index_of
from ritornello.workflows.release_gate import sample_check
from tests.identify import houses, music
from tests.identify.houses import AT

ORG = "org_keep"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return houses.with_songs(tmp_path / "home", ORG, 1, 2)


def names(house: House, folder: Path, seed: int) -> list[str]:
    path = decode.write(folder / "asked.wav", music.audio(music.cut(music.song(seed), 4, 16)))
    return [one.answer.recording for one in identify_file(house, ORG, path).found]


def test_a_recording_can_be_found_as_soon_as_it_has_arrived(house: House, tmp_path: Path) -> None:
    assert names(house, tmp_path, 2) == ["rec_2"]
    standing = keep_index.standing_of(house, ORG)
    assert (standing.found, standing.behind, standing.gone, standing.unreadable) == (2, (), 0, "")
    (segment,) = index_of(house, ORG).segments()[:1]
    assert len(segment.chroma(0)) > 20, "its beats were heard when it arrived"


def test_what_was_taken_out_stays_out_until_it_is_named_again(house: House, tmp_path: Path) -> None:
    assert keep_index.take_out(house, ORG, ["DE-A41-26-00002"]) == ("rec_2",)
    assert names(house, tmp_path, 2) == []
    assert index_catalogue(house, ORG, anew=True) == 1
    assert [one.recording for one in keep_index.standing_of(house, ORG).kept_out] == ["rec_2"]
    with pytest.raises(keep_index.NoSuchRecording, match=r"rec_7, rec_8"):
        keep_index.take_out(house, ORG, ["rec_1", "rec_7", "rec_8"])
    assert names(house, tmp_path, 1) == ["rec_1"], "nothing is taken out where one name is wrong"
    keep_index.put_back(house, ORG, ["rec_2"])
    assert [one.recording for one in keep_index.standing_of(house, ORG).behind] == ["rec_2"]
    assert index_catalogue(house, ORG) == 2
    assert names(house, tmp_path, 2) == ["rec_2"]


def test_a_snapshot_brings_back_what_a_broken_index_lost(house: House, tmp_path: Path) -> None:
    kept = keep_index.snapshot(house, ORG, AT)
    houses.arrive(house, ORG, 3)
    (index_of(house, ORG).folder / "manifest.json").write_text("{")
    assert "manifest" in keep_index.standing_of(house, ORG).unreadable
    with pytest.raises(IdentifyError, match="no name of a snapshot"):
        keep_index.restore(house, ORG, "../elsewhere")
    with pytest.raises(IdentifyError, match="holds no snapshot"):
        keep_index.restore(house, ORG, tmp_path)
    assert keep_index.restore(house, ORG, kept.name) == 2
    assert names(house, tmp_path, 1) == ["rec_1"]
    assert [one.recording for one in keep_index.standing_of(house, ORG).behind] == ["rec_3"]
    assert keep_index.standing_of(house, ORG).snapshots == (kept.name,)
    assert keep_index.snapshot(house, ORG, AT).name == f"{kept.name}-2", "no snapshot takes another's place"
    with pytest.raises(IdentifyError, match="there already"):
        keep_index.snapshot(house, ORG, AT, tmp_path)


def test_an_index_that_cannot_be_read_is_made_anew(house: House, tmp_path: Path) -> None:
    (index_of(house, ORG).folder / "manifest.json").write_text("{")
    assert index_catalogue(house, ORG, anew=True) == 2
    assert names(house, tmp_path, 1) == ["rec_1"]


def test_making_it_anew_is_one_job_that_tells_what_it_does(house: House) -> None:
    job = keep_index.order_index(house, ORG, AT, "per_a", anew=True)
    assert keep_index.order_index(house, ORG, AT, "per_a", anew=True).id == job.id
    handlers = keep_index.register(Handlers(), house)
    Worker(DatabaseQueue(house.engine), handlers, name="here", clock=lambda: AT).run_all()
    with house.work(ORG, read_only=True) as work:
        done = work.jobs.get(job.id)
    assert done is not None and done.result == {"found": 2}
    assert keep_index.order_index(house, ORG, AT, "per_a", anew=True).id != job.id


def kept(house: House) -> dict[str, int]:
    return {part.density: part.recordings for part in keep_index.standing_of(house, ORG).parts if part.segments}


def test_a_light_index_is_ordered_by_name_or_by_the_setting(house: House, tmp_path: Path) -> None:
    assert kept(house) == {"full": 2}
    assert index_catalogue(house, ORG, density=Density.LIGHT) == 2, "what is there stays as it is"
    assert kept(house) == {"full": 2} and keep_index.standing_of(house, ORG).density == "light"
    houses.arrive(house, ORG, 3)
    assert kept(house) == {"full": 2, "light": 1}
    full, light = keep_index.standing_of(house, ORG).parts
    assert full.seconds == pytest.approx(2 * light.seconds, abs=1)
    assert full.bytes_per_hour == pytest.approx(full.bytes * 3600 / full.seconds, rel=0.05)
    assert names(house, tmp_path, 3) == ["rec_3"]
    assert index_catalogue(house, ORG, anew=True) == 3
    assert kept(house) == {"light": 3}, "made anew it stays what it is"
    light_house = replace(house, density=Density.FULL)
    assert index_catalogue(light_house, ORG) == 3 and kept(house) == {"light": 3}
    assert index_catalogue(light_house, ORG, anew=True) == 3 and kept(house) == {"full": 3}
    one, other = (keep_index.order_index(house, ORG, AT, "per_a", density=each) for each in (Density.LIGHT, None))
    assert one.id != other.id
    Worker(DatabaseQueue(house.engine), keep_index.register(Handlers(), house), name="here", clock=lambda: AT).run_all()
    assert keep_index.standing_of(house, ORG).density == "light"


def test_the_gate_hears_only_what_the_index_does_not_hold(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    houses.derive(house, ORG, "rec_r", "REMIX", ["rec_1"], music.audio(music.cut(music.song(1), 2, 22)))
    heard: list[str] = []
    entry = service.entry
    monkeypatch.setattr(service, "entry", lambda name, *a, **k: (heard.append(name), entry(name, *a, **k))[1])
    sound = music.audio(music.cut(music.song(1), 2, 22))
    assert sample_check(house, ORG, sound, "rec_r").findings == ()
    assert heard == []
    index_of(house, ORG).remove(["rec_1"])
    assert sample_check(house, ORG, sound, "rec_r").findings == (), (
        "an index that is behind loses nothing that is declared"
    )
    assert heard == ["rec_1"]


def test_the_command(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doors, "open_here", lambda settings: house)

    def call(*words: str) -> tuple[int, str, str]:
        code = spoken(lambda: app([*words, "--organisation", ORG], standalone_mode=False), sys.stderr)
        told = capsys.readouterr()
        return code, told.out, told.err

    folder = tmp_path / "found"
    folder.mkdir()
    assert call("identify", str(folder))[::2] == (
        1,
        f"{folder}: no audio file is in it. Name a file, or a folder of them.\n",
    )
    decode.write(folder / "part of one.wav", music.audio(music.cut(music.song(1), 3, 15)))
    (folder / "words.mp3").write_text("these are words")
    code, out, _ = call("identify", "--json", str(folder))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 1 and [one["file"] for one in answers] == ["part of one.wav", "words.mp3"]
    assert answers[0]["found"][0]["recording"] == "rec_1" and "not audio" in answers[1]["error"]
    code, out, _ = call("identify", str(folder / "part of one.wav"))
    assert code == 0 and "Song 1 (The Band)" in out
    assert call("identify", "status")[0] == 0
    assert call("identify", "remove", "rec_1")[1] == "rec_1: cannot be found any more\n"
    assert "Song 1: taken out by a person" in call("identify", "status")[1]
    assert call("identify", "remove", "rec_9")[0] == 1
    code, out, _ = call("identify", "add", "rec_1")
    assert code == 0 and "2 recordings can be found" in out
    assert call("identify", "snapshot", str(tmp_path / "kept"))[0] == 0
    assert call("identify", "restore", str(tmp_path / "kept"))[1] == "2 recordings can be found\n"
    code, out, _ = call("identify", "status", "--json")
    assert code == 0 and json.loads(out)["found"] == 2
    code, out, _ = call("identify", "rebuild", "--light")
    assert code == 0 and "2 recordings can be found" in out
    _, out, _ = call("identify", "status")
    assert "light: 2 recordings of 0.01 h" in out and "MB per hour" in out and "is kept light" in out
    assert call("identify", "add", "--full")[0] == 0
    assert "what is added is kept full" in call("identify", "status")[1]
    assert call("identify", str(tmp_path / "nowhere.wav"))[0] == 1


def test_the_chords_that_were_heard_at_the_arrival_go_into_the_index(house: House) -> None:
    with house.work(ORG, read_only=True) as work:
        heard = work.studio.heard("rec_1")
    assert heard is not None and heard.analysis["chords"]
    start, end, root, quality, _ = next(one for one in heard.analysis["chords"] if one[2] is not None)
    tones = chord_tones([(start, end, root, quality)])
    assert tones.tolist() == [
        [start, end, (root + step) % 12] for step in ((0, 3, 7) if quality == "min" else (0, 4, 7))
    ]
    assert chord_tones([(0, 9, None, "none", 0)]).shape == (0, 3)

    def kept() -> np.ndarray:
        (segment,) = [one for one in index_of(house, ORG).segments() if "rec_1" in one.names]
        return segment.chroma(segment.names.index("rec_1"))

    arrived, song = kept(), music.song(1)
    beats = np.asarray(heard.analysis["beats"], np.int64)
    bare = service.entry("rec_1", song, beats).chroma
    written = service.entry("rec_1", song, beats, tones=chord_tones(heard.analysis["chords"])).chroma
    assert np.abs(arrived - written).max() < 0.02 < np.abs(arrived - bare).max()
    index_catalogue(house, ORG, anew=True)
    assert np.array_equal(kept(), arrived), "made anew it is the same"
