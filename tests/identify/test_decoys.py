"""What a recording reaches with a query played backwards or upside down is chance, and goes from the score."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ritornello.identify import decoys, match
from ritornello.identify.peaks import BINS, Peaks
from ritornello.identify.segment import Entry, build

FRAMES = 500


def strewn(seed: int, frames: int = FRAMES) -> Peaks:
    """Peaks at random, 32 a second."""
    rng = np.random.default_rng(seed)
    count = frames * 32 // 50
    frame = np.sort(rng.integers(0, frames, count)).astype(np.int32)
    return Peaks(frame, rng.uniform(5, BINS - 5, count).astype(np.float32), rng.uniform(0.3, 2, count), frames)


def up_and_down(step: int, lowest: float, frames: int = FRAMES) -> Peaks:
    """Chords of three peaks that go up and down the same five degrees for ever: nothing about it is anybody's own."""
    ladder = lowest + 6.0 * np.array([0, 1, 2, 3, 4, 3, 2, 1])
    beats = np.arange(0, frames, step)
    frame = np.repeat(beats, 3).astype(np.int32)
    pitch = (ladder[np.arange(len(beats)) % 8][:, None] + np.array([0.0, 12.0, 21.0])).ravel().astype(np.float32)
    return Peaks(frame, pitch, np.ones(len(frame)), frames)


@pytest.mark.parametrize("turned", [decoys.backwards, decoys.upside_down])
def test_a_decoy_of_a_decoy_is_the_query_itself(turned: Callable[[Peaks], Peaks]) -> None:
    query = strewn(1)
    once = turned(query)
    assert np.all(np.diff(once.frame) >= 0)
    assert not np.array_equal(once.pitch, query.pitch)
    again = turned(once)
    order, own = np.lexsort((again.pitch, again.frame)), np.lexsort((query.pitch, query.frame))
    np.testing.assert_array_equal(again.frame[order], query.frame[own])
    np.testing.assert_allclose(again.pitch[order], query.pitch[own], atol=1e-4)


def test_the_plane_is_turned_with_its_peaks() -> None:
    lift = np.zeros((BINS, FRAMES // 2), np.int8)
    lift[7, 11] = 30
    query = Peaks(np.array([22], np.int32), np.array([7.0], np.float32), np.ones(1), FRAMES, lift)
    both = decoys.upside_down(decoys.backwards(query))
    assert np.argwhere(both.lift == 30).tolist() == [[BINS - 8, FRAMES // 2 - 12]]
    assert both.frame.tolist() == [FRAMES - 23]
    assert both.pitch.tolist() == [BINS - 8]


def test_what_is_the_recordings_own_loses_nothing() -> None:
    recording = strewn(2, 3000)
    assert decoys.excess(recording.between(700, 1200), recording) < 1.0


def test_a_pattern_that_everybody_plays_is_doubted() -> None:
    assert decoys.excess(up_and_down(10, 40.0), up_and_down(10, 61.0, 3000)) == decoys.MOST


def test_a_doubted_match_keeps_its_place_and_loses_its_score(monkeypatch: pytest.MonkeyPatch) -> None:
    none = (np.zeros(0, np.uint32), np.zeros((0, 24), np.float32), np.zeros(0, np.float32))
    segment = build([Entry("pattern", up_and_down(10, 61.0, 3000), *none), Entry("strewn", strewn(3, 3000), *none)])
    query = up_and_down(10, 40.0)
    monkeypatch.setattr(match, "DOUBTED", (-np.inf, np.inf))
    taken = match.matches(query, [segment], 1)[0]
    monkeypatch.setattr(match, "DOUBTED", (np.inf, np.inf))
    raw = match.matches(query, [segment], 1)[0]
    assert (taken.number, taken.best) == (raw.number, raw.best)
    assert taken.score == pytest.approx(raw.score - decoys.MOST)
