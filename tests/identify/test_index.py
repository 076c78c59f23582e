"""The index at rest: what is added stays, what is removed is gone, and a killed writer leaves nothing half-done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ritornello.identify import match
from ritornello.identify.index import VERSION, Density, Index
from ritornello.identify.model import IdentifyError
from ritornello.identify.segment import Entry, Segment
from tests.identify import music


def found(index: Index, seed: int) -> list[str]:
    query = music.query(music.cut(music.song(seed), 4, 14))
    return [answer.recording for answer in match.identify(query, index.segments(), 1)]


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index(tmp_path / "index")
    assert made.add([(music.entry(seed), f"sha-{seed}") for seed in (1, 2, 3)]) == 3
    return made


def test_what_is_added_is_found_once_however_often_it_is_added(index: Index) -> None:
    assert index.add([(music.entry(1), "sha-1")]) == 0
    assert index.add([(music.entry(4), "sha-4")]) == 1
    assert index.recordings() == {f"rec_{n}": f"sha-{n}" for n in (1, 2, 3, 4)}
    assert len(index.segments()) == 2
    assert found(index, 1) == ["rec_1"] and found(index, 4) == ["rec_4"]


def test_new_sound_takes_the_place_of_the_old(index: Index) -> None:
    index.add([(music.entry(2), "sha-2-remastered")])
    assert index.recordings()["rec_2"] == "sha-2-remastered"
    index.merge()
    assert sorted(index.segments()[0].names) == ["rec_1", "rec_2", "rec_3"]


def test_what_is_removed_is_gone_at_once_and_after_merging(index: Index) -> None:
    assert index.remove(["rec_1", "rec_of_nobody"]) == 1
    assert found(index, 1) == [] and found(index, 2) == ["rec_2"]
    index.merge()
    assert found(index, 1) == [] and found(index, 2) == ["rec_2"]
    assert index.segments()[0].names == ("rec_2", "rec_3")
    index.remove(["rec_2", "rec_3"])
    index.merge()
    assert index.segments() == [] and index.recordings() == {}


def test_merging_changes_no_answer_and_readers_keep_what_they_opened(index: Index) -> None:
    index.add([(music.entry(4), "sha-4")])
    opened = index.segments()
    query = music.query(music.cut(music.song(3), 4, 14))
    before = match.identify(query, opened)
    index.merge()
    assert len(list(index.folder.glob("seg-*"))) == 1
    assert match.identify(query, opened) == before
    after = match.identify(query, index.segments())
    assert [answer.recording for answer in after] == [answer.recording for answer in before] == ["rec_3"]
    # a word's weight depends on what its own segment holds, so the cohort may differ a little
    assert after[0].score == pytest.approx(before[0].score, rel=0.05)
    assert after[0].reference_seconds == before[0].reference_seconds


def test_a_snapshot_is_an_index_of_its_own(index: Index, tmp_path: Path) -> None:
    index.snapshot(tmp_path / "kept")
    index.remove(["rec_1", "rec_2", "rec_3"])
    index.merge()
    assert set(Index(tmp_path / "kept").recordings()) == {"rec_1", "rec_2", "rec_3"}
    assert found(Index(tmp_path / "kept"), 2) == ["rec_2"]


def test_a_light_index_stays_light_whoever_opens_it(tmp_path: Path) -> None:
    def words(index: Index) -> int:
        return sum(len(one.arrays["places"]) for one in index.segments())

    full, light = Index(tmp_path / "full"), Index(tmp_path / "light", Density.LIGHT)
    for index in (full, light):
        index.add([(music.entry(seed), f"sha-{seed}") for seed in (1, 2, 3)])
    assert words(light) * 4 < words(full)
    again = Index(tmp_path / "light")
    assert (again.density, full.density) == (Density.LIGHT, Density.FULL)
    again.add([(music.entry(4), "sha-4")])
    again.merge()
    assert words(again) * 4 < words(full) * 4 / 3
    assert found(again, 2) == ["rec_2"] and found(again, 4) == ["rec_4"]


def test_full_and_light_segments_lie_side_by_side_until_they_are_merged(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    index.add([(music.entry(seed), f"sha-{seed}") for seed in (1, 2)])
    index.turn(Density.LIGHT)
    index.add([(music.entry(3), "sha-3")])
    assert [(one.density, one.segments, one.recordings) for one in index.shares()] == [
        (Density.FULL, 1, 2),
        (Density.LIGHT, 1, 1),
    ]
    full, light = index.shares()
    assert full.hours == pytest.approx(2 * light.hours)
    assert 0 < light.bytes < full.bytes
    assert full.bytes == sum(one.stat().st_size for one in index.folder.rglob("*.npy")) - light.bytes
    for seed in (1, 2, 3):
        assert found(index, seed) == [f"rec_{seed}"]
    index.remove(["rec_1"])
    assert [one.recordings for one in index.shares()] == [1, 1]
    index.merge()
    assert [(one.density, one.recordings) for one in index.shares()] == [(Density.LIGHT, 2)]
    index.turn(Density.FULL)
    index.add([(music.entry(1), "sha-1")])
    index.merge()
    assert [(one.density, one.recordings) for one in index.shares()] == [(Density.FULL, 3)]
    alone = Index(tmp_path / "alone")
    alone.add([(music.entry(seed), f"sha-{seed}") for seed in (2, 3, 1)])
    words = [sum(len(one.arrays["places"]) for one in each.segments()) for each in (index, alone)]
    assert words[0] == words[1], "a light segment that is merged into a full one has all words of its peaks again"


def test_an_index_of_before_densities_says_what_its_manifest_said(tmp_path: Path) -> None:
    index = Index(tmp_path / "index", Density.LIGHT)
    index.add([(music.entry(1), "sha-1")])
    path = index.folder / "manifest.json"
    document = json.loads(path.read_text())
    for one in document["segments"]:
        del one["followers"]
    path.write_text(json.dumps(document))
    assert [one.density for one in Index(tmp_path / "index").shares()] == [Density.LIGHT]
    document["segments"][0]["followers"] = "many"
    path.write_text(json.dumps(document))
    with pytest.raises(IdentifyError, match="no manifest"):
        index.shares()


def test_segments_are_mapped_and_hold_no_pickles(index: Index) -> None:
    folder = next(index.folder.glob("seg-*"))
    for path in folder.glob("*.npy"):
        assert isinstance(np.load(path, mmap_mode="r", allow_pickle=False), np.memmap)


def test_a_broken_manifest_is_one_clear_error(index: Index) -> None:
    (index.folder / "manifest.json").write_text('{"segments": [{}]}')
    with pytest.raises(IdentifyError, match="rebuild the index"):
        index.recordings()


def renamed(seed: int, name: str) -> Entry:
    return replace(music.entry(seed), recording=name)


def test_tidying_keeps_the_segments_few_and_every_recording(tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    for number in range(13):
        index.add([(renamed(1 + number % 5, f"rec_{number}"), f"sha-{number}")])
        if index.wants_merging:
            assert index.tidy() >= 1
        assert not index.wants_merging
        assert len(index.segments()) <= 3 + 3
    assert set(index.recordings()) == {f"rec_{number}" for number in range(13)}
    assert {name for one in index.segments() for name in one.names} == set(index.recordings())


def test_a_segment_that_lost_a_quarter_of_its_recordings_is_written_again(index: Index) -> None:
    index.remove(["rec_1"])
    assert index.wants_merging
    index.tidy()
    assert [one.names for one in index.segments()] == [("rec_2", "rec_3")]
    index.remove(["rec_2", "rec_3"])
    index.tidy()
    assert index.segments() == [] and not index.wants_merging


class Interrupted(Index):
    """An index whose merger is overtaken by another writer after it has read its sources."""

    def _written(self, segment: Segment, kind: str = "seg") -> str:
        made = super()._written(segment, kind)
        if kind == "merge":
            other = Index(self.folder)
            other.remove(["rec_1"])
            other.add([(music.entry(2), "sha-2-remastered"), (music.entry(5), "sha-5")])
        return made


def test_what_is_added_and_removed_during_a_merge_counts(index: Index) -> None:
    index.add([(music.entry(4), "sha-4")])
    Interrupted(index.folder).merge()
    assert index.recordings() == {
        "rec_2": "sha-2-remastered",
        "rec_3": "sha-3",
        "rec_4": "sha-4",
        "rec_5": "sha-5",
    }
    assert found(index, 1) == [] and found(index, 5) == ["rec_5"] and found(index, 3) == ["rec_3"]
    assert not list(index.folder.glob("merge-*"))


def test_a_merge_of_segments_that_are_gone_changes_nothing(index: Index) -> None:
    class Emptied(Index):
        def _written(self, segment: Segment, kind: str = "seg") -> str:
            made = super()._written(segment, kind)
            if kind == "merge":
                Index(self.folder).add([(music.entry(4), "sha-4")])
                (self.folder / "manifest.json").unlink()
            return made

    Emptied(index.folder).remove(["rec_1"])
    assert Emptied(index.folder).tidy() == 0
    assert index.recordings() == {}


def test_an_index_of_another_version_is_not_searched_but_made_anew(index: Index) -> None:
    manifest = index.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"version": {VERSION}', '"version": 1'))
    with pytest.raises(IdentifyError, match="identify rebuild"):
        index.segments()
    assert index.recordings() == {}
    assert index.add([(music.entry(1), "sha-1")]) == 1
    assert found(index, 1) == ["rec_1"]


WRITER = """
import sys
from pathlib import Path
from ritornello.identify.index import Index
from tests.identify import music
index = Index(Path(sys.argv[1]))
entries = {seed: music.entry(seed) for seed in (1, 2)}
print("ready", flush=True)
for turn in range(100000):
    index.add([(entries[1], f"a{turn}"), (entries[2], f"a{turn}")])
    if turn % 3 == 2:
        index.tidy()
"""


def test_a_writer_killed_at_any_moment_leaves_the_old_index_or_the_new(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index = Index(folder)
    index.add([(music.entry(3), "kept")])
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    writer = [sys.executable, "-c", WRITER, str(folder)]
    child = subprocess.Popen(writer, stdout=subprocess.PIPE, env=environment, text=True)
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    there = Index(folder).recordings()
    assert there["rec_3"] == "kept"
    # the two of one add came together or not at all
    assert there.get("rec_1") == there.get("rec_2")
    assert [name for segment in Index(folder).segments() for name in segment.names].count("rec_3") == 1
    index.add([(music.entry(4), "after")])  # the lock died with the process
    assert index.recordings()["rec_4"] == "after"
    named = {folder.name for folder in folder.glob("seg-*")}
    assert len(named) == len(index.segments()), "what was left half-written was swept"
    assert found(index, 3) == ["rec_3"]


def killed_at(step: int, index: Index) -> bool:
    """Add a recording and merge in a child that is killed at its n-th flush or rename; whether it came that far."""
    child = os.fork()
    if child == 0:
        calls = 0
        flush, rename = os.fsync, Path.replace

        def count() -> None:
            nonlocal calls
            calls += 1
            if calls == step:
                os.kill(os.getpid(), signal.SIGKILL)

        def flushed(descriptor: int) -> None:
            count()
            flush(descriptor)

        def renamed(self: Path, target: Path) -> Path:
            count()
            return rename(self, target)

        os.fsync, Path.replace = flushed, renamed  # type: ignore[method-assign, assignment]
        try:
            index.add([(music.entry(1), "new"), (music.entry(2), "new")])
            index.merge()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_killed_at_every_flush_and_rename_the_index_is_the_old_or_the_new(tmp_path: Path) -> None:
    steps = 0
    seen: set[tuple[str, ...]] = set()
    while True:
        index = Index(tmp_path / str(steps))
        index.add([(music.entry(3), "kept")])
        if not killed_at(steps + 1, index):
            break
        steps += 1
        there = index.recordings()
        seen.add(tuple(sorted(there)))
        assert sorted(name for one in index.segments() for name in one.names) == sorted(there)
    assert steps > 30, "every array, listing, folder and manifest of the add and of the merge"
    assert seen == {("rec_3",), ("rec_1", "rec_2", "rec_3")}
