"""Beats of click tracks whose every sample is known, and the search against an exhaustive one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.analysis import beats
from ritornello.analysis.model import Audio
from tests.shared_material import MUSIC

RATE = 44_100


def clicks(times: np.ndarray, seconds: float, accents: int = 4) -> Audio:
    rng = np.random.default_rng(0)
    out = rng.standard_normal(int(seconds * RATE)) * 1e-4
    for number, time in enumerate(times):
        at = round(time * RATE)
        length = min(2000, len(out) - at)
        pitch = 1500 if number % accents == 0 else 1000
        out[at : at + length] += 0.5 * (
            np.sin(2 * np.pi * pitch * np.arange(length) / RATE) * np.exp(-np.arange(length) / 300)
        )
    return Audio(out.astype(np.float32)[:, None], RATE)


@given(st.floats(72, 150), st.floats(0.1, 0.6))
@settings(max_examples=12, deadline=None)
def test_a_metronome_is_followed_to_the_millisecond(bpm: float, first: float) -> None:
    times = np.arange(first, 24.0, 60 / bpm)
    found = beats.track(clicks(times, 25.0))
    assert found.tempo.constant
    assert found.tempo.bpm == pytest.approx(bpm, rel=0.001)
    assert len(found.times) == len(times)
    assert np.abs(found.times - times).max() < 0.005


def test_a_slowing_metronome_is_followed() -> None:
    times = 0.3 + np.cumsum(60 / np.linspace(120, 96, 60))
    found = beats.track(clicks(times, 40.0))
    assert not found.tempo.constant
    assert len(found.times) == pytest.approx(60, abs=1)
    assert np.abs(found.times[:, None] - times).min(axis=1).max() < 0.010


def test_a_missing_click_leaves_its_beat_where_it_belongs() -> None:
    times = np.arange(0.4, 30.0, 0.5)
    found = beats.track(clicks(np.delete(times, [13, 14, 31]), 31.0))
    assert len(found.times) == len(times)
    assert np.abs(found.times - times).max() < 0.005


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_the_path_is_the_best_of_all_paths(seed: int) -> None:
    """On a grid small enough to try everything, the Viterbi search loses nothing."""
    from ritornello.analysis.beat_kernels import most_likely_beats

    rng = np.random.default_rng(seed)
    frames, intervals, stiffness = 24, np.asarray([3, 4, 5]), 4.0
    on = rng.normal(0, 1, frames).astype(np.float32)
    off = rng.normal(0, 0.2, frames).astype(np.float32)
    favour = rng.normal(0, 0.3, (1, 3)).astype(np.float32)
    best: list[float] = [-np.inf]

    def extend(at: int, index: int, score: float) -> None:
        step = int(intervals[index])
        if at + step >= frames:
            best[0] = max(best[0], score + float(off[at + 1 :].sum()))
            return
        for after in range(3):
            change = -stiffness * abs(intervals[after] / step - 1.0)
            coming = on[at + step] + off[at + 1 : at + step].sum() + favour[0, after]
            extend(at + step, after, score + change + float(coming))

    for first in range(5):
        for index in range(3):
            extend(first, index, float(off[:first].sum() + on[first] + favour[0, index]))
    path = most_likely_beats(on, off, intervals, favour, np.zeros(frames, np.int64), stiffness)

    def value(path: np.ndarray) -> float:
        gaps = np.diff(path)
        options = []
        for last in range(3):
            if path[-1] + intervals[last] < frames:
                continue
            states = [int(np.flatnonzero(intervals == gap)[0]) for gap in gaps] + [last]
            score = float(off.sum() - off[path].sum() + on[path].sum() + sum(favour[0, s] for s in states))
            score -= sum(stiffness * abs(intervals[b] / intervals[a] - 1.0) for a, b in pairwise(states))
            options.append(score)
        return max(options)

    assert value(path) == pytest.approx(best[0], abs=1e-3)


if MUSIC is not None:

    def test_real_music_keeps_its_tempo_when_it_is_played_faster() -> None:
        import soxr

        from ritornello.analysis.decode import read

        for name, bpm in (("main_menu.ogg", 120.0), ("frantic-old.ogg", 85.0)):
            audio = read(MUSIC / name)
            plain = beats.track(audio)
            assert plain.tempo.bpm == pytest.approx(bpm, rel=0.001)
            quicker = Audio(soxr.resample(audio.samples, audio.rate, round(audio.rate / 1.12)), audio.rate)
            assert beats.track(quicker).tempo.bpm / plain.tempo.bpm == pytest.approx(1.12, rel=0.002)
