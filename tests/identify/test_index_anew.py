"""An index made anew beside the one that answers: read by real processes, killed, stopped; never empty meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ritornello.identify.index import Density, Index
from ritornello.identify.segment import Entry
from tests.identify import music
from tests.identify.test_index import found


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index(tmp_path / "index")
    assert made.add([(music.entry(seed), f"sha-{seed}") for seed in (1, 2, 3)]) == 3
    return made


REMAKER = """
import sys
from pathlib import Path
from ritornello.identify.index import Index
from tests.identify import music
index = Index(Path(sys.argv[1]))
made = [[(music.entry(seed), "new")] for seed in (1, 2)]


def batches():
    for number, batch in enumerate(made):
        print(number, flush=True)
        sys.stdin.readline()
        yield batch
    print("made", flush=True)
    sys.stdin.readline()


index.remake(batches())
print("swapped", flush=True)
"""


def child_of(program: str, *words: str) -> subprocess.Popen[str]:
    """A real process of its own, to be spoken with by lines."""
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}
    command = [sys.executable, "-c", program, *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)


def test_what_is_made_anew_is_found_as_before_until_it_is_whole_and_survives_a_kill(index: Index) -> None:
    """Songs 1 to 3 are there; 1 and 2 are made anew, by a process that is killed, then by one that ends."""
    before = (index.folder / "manifest.json").read_bytes()
    child = child_of(REMAKER, str(index.folder))
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.readline() == "0\n"
    child.stdin.write("go\n")
    child.stdin.flush()
    assert child.stdout.readline() == "1\n", "one new segment is written, the second is not"
    assert list(index.folder.glob("anew-*")) and found(index, 3) == ["rec_3"], "nothing is empty meanwhile"
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert (index.folder / "manifest.json").read_bytes() == before
    assert [found(index, seed) for seed in (1, 2, 3)] == [["rec_1"], ["rec_2"], ["rec_3"]]

    child = child_of(REMAKER, str(index.folder))
    assert child.stdin is not None and child.stdout is not None
    for told in ("0\n", "1\n"):
        assert child.stdout.readline() == told
        child.stdin.write("go\n")
        child.stdin.flush()
    assert child.stdout.readline() == "made\n"
    index.add([(music.entry(4), "arrived")])
    index.remove(["rec_2"])
    told, _ = child.communicate("go\n")
    assert told == "swapped\n"
    assert index.recordings() == {"rec_1": "new", "rec_4": "arrived"}, "what came meanwhile stays, what went is gone"
    assert [found(index, seed) for seed in (1, 2, 3, 4)] == [["rec_1"], [], [], ["rec_4"]]
    assert not list(index.folder.glob("anew-*"))


def test_stopped_while_it_is_made_anew_it_stays_as_it_was(index: Index) -> None:
    def stopped() -> Iterator[list[tuple[Entry, str]]]:
        yield [(music.entry(1), "new")]
        raise KeyboardInterrupt

    before = index.recordings()
    with pytest.raises(KeyboardInterrupt):
        index.remake(stopped(), Density.LIGHT)
    assert index.recordings() == before and index.density is Density.FULL
    assert not list(index.folder.glob("anew-*"))


READER = """
import sys
from pathlib import Path
from ritornello.identify import match
from ritornello.identify.index import Index
from tests.identify import music
index, query = Index(Path(sys.argv[1])), music.query(music.cut(music.song(3), 4, 14))
answers = [[one.recording for one in match.identify(query, index.segments())]]
print("asked", flush=True)
while not Path(sys.argv[2]).exists():
    answers.append([one.recording for one in match.identify(query, index.segments())])
print(len(answers), len([one for one in answers if one != ["rec_3"]]), flush=True)
"""


def test_many_processes_read_while_one_writes_merges_and_makes_it_anew(index: Index, tmp_path: Path) -> None:
    end = tmp_path / "end"
    readers = [child_of(READER, str(index.folder), str(end)) for _ in range(3)]
    for one in readers:
        assert one.stdout is not None and one.stdout.readline() == "asked\n"
    entries = {seed: music.entry(seed) for seed in (1, 2, 3, 4)}
    for turn in range(6):
        index.add([(entries[4], f"turn-{turn}")])
        index.tidy()
        index.remove(["rec_4"])
        index.remake([[(entries[3], "sha-3")], [(entries[1], "sha-1"), (entries[2], "sha-2")]])
        index.merge()
    end.touch()
    for one in readers:
        told, _ = one.communicate(timeout=60)
        asked, wrong = map(int, told.split())
        assert asked > 1 and wrong == 0, "a reader never sees an empty or half-made index"
