"""Recordings that were not moved: found by reading all peaks once, under whatever lies on top of them."""

from __future__ import annotations

import numpy as np
import pytest

from ritornello.identify import match, verify
from ritornello.identify.peaks import Peaks
from ritornello.identify.segment import Entry, Segment, build
from ritornello.identify.unmoved import likely
from tests.identify import music

SEGMENT = build([music.entry(seed) for seed in range(1, 8)])


def query(seed: int, start: float, end: float) -> Peaks:
    return music.query(music.cut(music.song(seed), start, end))


@pytest.mark.parametrize(("seed", "start"), [(1, 2.0), (4, 9.5), (7, 0.0)])
def test_the_place_is_found_to_a_tenth_of_a_second(seed: int, start: float) -> None:
    asked = query(seed, start, start + 10)
    best = likely(asked, [SEGMENT])[0]
    assert SEGMENT.names[best.number] == f"rec_{seed}"
    assert (best.place - asked.frames / 2) / 50 == pytest.approx(start, abs=0.1)
    assert (best.shift, best.stretch) == (0.0, 1.0)


def test_a_quiet_recording_under_a_loud_one_is_found() -> None:
    quiet, loud = music.cut(music.song(2), 4, 16), music.cut(music.song(21), 4, 16)
    mixed = quiet / quiet.std() * 10 ** (-9 / 20) + loud / loud.std()
    best = match.matches(music.query(mixed), [SEGMENT], 1)[0]
    assert SEGMENT.names[best.number] == "rec_2"
    assert best.best.offset / 50 == pytest.approx(4, abs=0.1)


def lift_at(asked: Peaks, seed: int, second: float, cents: float = 0.0) -> float:
    there = verify.Alignment(-cents * 36 / 1200, 1.0, second * 50, 0, 0.0, 0.0, 0.0)
    return verify.lifted(verify.lifts(asked), music.entry(seed).peaks, there).lift


def test_the_plane_is_lifted_at_a_masked_recording_and_nowhere_else() -> None:
    quiet, loud = music.cut(music.song(2), 4, 16), music.cut(music.song(21), 4, 16)
    asked = music.query(quiet / quiet.std() * 10 ** (-9 / 20) + loud / loud.std())
    assert lift_at(asked, 2, 4.0) > 5
    assert lift_at(asked, 2, 4.0, cents=150) < 3, "the same moments, other pitches"
    assert max(lift_at(asked, 5, second) for second in (0.0, 3.0, 6.0, 9.0)) < 4


def test_what_is_explained_lifts_nothing_any_more() -> None:
    asked = query(3, 2, 12)
    place = verify.Alignment(0.0, 1.0, 100.0, 0, 0.0, 0.0, 0.0)
    rest = verify.unexplained(asked, music.entry(3).peaks, [place])
    assert len(rest) < len(asked) / 2 and rest.frames == asked.frames
    assert lift_at(asked, 3, 2.0) > 4 and lift_at(rest, 3, 2.0) < 2
    assert asked.lift.any(), "the query itself stays as it was"


def test_a_cut_of_a_query_keeps_its_plane_in_step() -> None:
    asked = query(4, 0, 16)
    cut = asked.between(300, 800)
    assert lift_at(cut, 4, 6.0) > 4 and lift_at(cut, 4, 5.0) < 3


def test_a_recording_of_another_segment_is_found_in_it() -> None:
    segments = [build([music.entry(1)]), build([]), build([music.entry(2), music.entry(3)])]
    best = likely(query(3, 5, 15), segments)[0]
    assert (best.segment, best.number) == (2, 1)


def test_nothing_is_read_beyond_what_a_query_may_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = query(1, 2, 12)
    assert likely(asked, [SEGMENT])
    monkeypatch.setattr("ritornello.identify.unmoved.READ", len(SEGMENT.arrays["peak_frame"]) - 1)
    assert likely(asked, [SEGMENT]) == []


def strokes(rng: np.random.Generator, beat: int, seconds: int) -> Peaks:
    """A drum roll: at each stroke peaks at pitches of no meaning."""
    frame = np.repeat(np.arange(0, seconds * 50, beat), 8)
    pitch = rng.uniform(2, 165, len(frame))
    order = np.lexsort((pitch, frame))
    return Peaks(
        frame[order].astype(np.int32), pitch[order].astype(np.float32), np.ones(len(frame), np.float32), seconds * 50
    )


def test_two_drum_rolls_of_one_tempo_are_not_one_recording() -> None:
    rng = np.random.default_rng(8)
    asked = strokes(rng, 12, 10)
    others = [verify.refine(asked, strokes(rng, 12, 60), 0.0, 1.0, place).z for place in range(300, 2400, 12)]
    assert max(others) < 6
    assert np.mean(others) < 4


def entry_of(name: str, peaks: Peaks) -> Entry:
    return Entry(name, peaks, np.zeros(0, np.uint32), np.zeros((0, 12), np.float32), np.zeros(0, np.float32))


def test_words_find_a_recording_behind_a_long_one() -> None:
    """The line of all recordings is longer than 16 bits of steps."""
    long = music.entry(1).peaks
    padded = Peaks(long.frame, long.pitch, long.strength, 70_000 * 8)
    segment: Segment = build([entry_of("long", padded), music.entry(5)])
    assert segment.begin(1) > 65_536 * 8
    best = match.matches(query(5, 6, 16), [segment], 1)[0]
    assert segment.names[best.number] == "rec_5"
    assert best.best.offset / 50 == pytest.approx(6, abs=0.1)


def test_a_query_without_peaks_answers_nothing() -> None:
    empty = Peaks(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32), 500)
    assert likely(empty, [SEGMENT]) == [] and match.matches(empty, [SEGMENT]) == []
