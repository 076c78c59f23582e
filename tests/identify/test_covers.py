"""A re-performance is found by the course of its harmony, in another key, at another tempo, by another band."""

from __future__ import annotations

import numpy as np
import pytest

from ritornello.identify import covers
from ritornello.identify.covers import Harmony, Query
from ritornello.identify.model import Tier
from ritornello.identify.segment import Entry, build
from ritornello.identify.service import entry
from tests.identify import music

SECONDS = 48


def beats_of(seed: int, faster: float = 1.0) -> np.ndarray:
    """The beats as they were written: the first number that the song draws is its tempo."""
    beat = 60 / np.random.default_rng(seed).uniform(92, 138) / faster
    return np.round(np.arange(0, SECONDS, beat) * music.RATE).astype(np.int64)


@pytest.fixture(scope="module")
def kept() -> list[Entry]:
    return [entry(f"rec_{seed}", music.song(seed, SECONDS), beats_of(seed)) for seed in range(1, 7)]


def performed(seed: int, semitones: int, faster: float) -> Query:
    return covers.hear(music.song(seed, SECONDS, semitones, faster, True), beats_of(seed, faster))


@pytest.mark.parametrize(("seed", "semitones", "faster"), [(1, 3, 1.0), (3, -2, 1.1), (5, 5, 0.9)])
def test_a_cover_is_first_with_its_key_and_tempo(kept: list[Entry], seed: int, semitones: int, faster: float) -> None:
    best = covers.ranked(performed(seed, semitones, faster), [build(kept)])[0]
    assert (best.recording, best.tier) == (f"rec_{seed}", Tier.REPERFORMED)
    assert best.cents == semitones * 100
    assert best.time_scale == pytest.approx(1 / faster, rel=0.02)
    assert best.confident


def test_another_song_is_no_cover(kept: list[Entry]) -> None:
    assert covers.identify(performed(22, 0, 1.0), [build(kept)]) == []


def test_the_coarse_filter_knows_no_key() -> None:
    chroma = np.random.default_rng(4).random((60, 12), np.float32)
    for shift in range(12):
        assert covers.movement(np.roll(chroma, shift, axis=1)) == pytest.approx(covers.movement(chroma), abs=1e-5)


def test_the_coarse_filter_tells_fifths_from_whole_tones() -> None:
    fifths, tones = (np.eye(12, dtype=np.float32)[(np.arange(60) * step) % 12] for step in (7, 2))
    assert float(covers.movement(fifths) @ covers.movement(fifths)) == pytest.approx(1, abs=1e-5)
    assert float(covers.movement(fifths) @ covers.movement(tones)) < 0.5


def test_a_few_beats_answer_nothing(kept: list[Entry]) -> None:
    short = covers.asked(Harmony(kept[0].chroma[: covers.LEAST_BEATS - 1], kept[0].beats[: covers.LEAST_BEATS - 1]))
    assert covers.identify(short, [build(kept)]) == []


def test_the_passage_that_both_share_is_placed(kept: list[Entry]) -> None:
    """From 12 s of the song on, another band plays 30 s of it."""
    whole = music.song(3, SECONDS, 0, 1.0, True)
    best = covers.ranked(covers.hear(music.audio(music.cut(whole, 12, 42)), _within(3, 12, 42)), [build(kept)])[0]
    assert best.recording == "rec_3"
    start = best.reference_seconds[0] - best.query_seconds[0]
    assert start == pytest.approx(12, abs=1.0)
    assert best.reference_seconds[1] - best.reference_seconds[0] > 15


def _within(seed: int, first: float, last: float) -> np.ndarray:
    beats = beats_of(seed) / music.RATE
    return np.round((beats[(beats >= first) & (beats < last)] - first) * music.RATE).astype(np.int64)


def test_written_chords_are_half_of_the_harmony_that_is_kept() -> None:
    audio = music.song(3)
    beats = np.arange(0, 20 * music.RATE, music.RATE // 2, dtype=np.int64)
    heard = covers.harmony_of(audio, beats)
    # C sounds by the paper from beat 2 to beat 4 and a half, nothing elsewhere
    tones = np.array([[beats[2], (beats[4] + beats[5]) // 2, 60], [beats[2], beats[3], 7]])
    both = covers.harmony_of(audio, beats, tones)
    assert np.array_equal(both.chroma[:, 12:], heard.chroma[:, 12:]), "the line is what sounds"
    assert np.allclose(both.chroma[[0, 1, 5, 6], :12], heard.chroma[[0, 1, 5, 6], :12], atol=1e-6)
    for beat, written in ((2, {0: 0.5**0.5, 7: 0.5**0.5}), (3, {0: 1.0}), (4, {0: 1.0})):
        wished = 0.5 * heard.chroma[beat, :12]
        for pitch, share in written.items():
            wished[pitch] += 0.5 * share
        assert np.allclose(both.chroma[beat, :12], wished / np.linalg.norm(wished), atol=1e-5)
    assert np.array_equal(covers.harmony_of(audio, beats, np.zeros((0, 3), np.int64)).chroma, heard.chroma)
