"""Chords and tune of a version are laid along those of its song: in another key, counted otherwise, with more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ritornello.analysis.model import Analysis, Audio, Chord, Key, Loudness, Tempo
from ritornello.studio.agreement import Agreement, agree
from ritornello.studio.score import PPQ, Part, Score, Tone

RATE = 8_000
BEAT = RATE // 2
ROOTS = np.random.default_rng(5).integers(0, 12, 64)
TUNE = np.random.default_rng(6).integers(60, 72, 64)


def heard(roots: np.ndarray, beat: int = BEAT, each: int = 1) -> Analysis:
    """Music in which a chord is held for `each` beats."""
    chords = [Chord(k * beat * each, (k + 1) * beat * each, int(root) % 12, "maj", 1.0) for k, root in enumerate(roots)]
    beats = np.arange(len(roots) * each + 1, dtype=np.int64) * beat
    return Analysis(
        rate=RATE, frames=int(beats[-1]), tempo=Tempo(120.0, 1.0, True, ()), metre=4, metre_confidence=1.0,
        key=Key(0, "major", 1.0), loudness=Loudness(-14.0, -1.0), beats=beats, chords=tuple(chords),
    )  # fmt: skip


def sung(pitches: np.ndarray, beat: int = BEAT) -> Audio:
    """A tone for each beat, with its octave and nothing else."""
    t = np.arange(beat) / RATE
    tones = [np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * t) * np.hanning(beat) for pitch in pitches]
    return Audio(np.concatenate(tones).astype(np.float32)[:, None] * 0.5, RATE)


def written() -> Score:
    tune = tuple(Tone(k * PPQ, PPQ, int(pitch), 90) for k, pitch in enumerate(TUNE))
    return Score(
        title="", rate=RATE, metre=4, tonic=0, mode="major", tempo=((0, 500_000),),
        bars=tuple(range(0, 64 * PPQ, 4 * PPQ)), end=64 * PPQ, tune=tune, chords=(), sections=(Part(0, 64 * PPQ, "A"),),
    )  # fmt: skip


def test_a_version_in_another_key_agrees_wholly() -> None:
    found = agree(heard(ROOTS), written(), sung(TUNE + 5), heard(ROOTS + 5))
    assert found is not None and found.agrees
    assert (found.chords, found.cents, found.beats) == (1000, 500, 64)
    assert found.melody == pytest.approx(1000, abs=30)


@pytest.mark.parametrize(("beat", "each"), [(BEAT // 2, 2), (BEAT * 2, 1)])
def test_it_may_be_counted_twice_as_fast_or_be_slower(beat: int, each: int) -> None:
    found = agree(heard(ROOTS), written(), sung(TUNE, beat * each), heard(ROOTS, beat, each))
    assert found is not None and found.chords == 1000


def test_what_is_put_around_it_counts_against_it() -> None:
    strange = np.random.default_rng(7).integers(0, 12, 32)
    longer = np.concatenate([strange, ROOTS])
    found = agree(heard(ROOTS), written(), sung(np.concatenate([strange + 60, TUNE])), heard(longer))
    assert found is not None
    assert found.chords == pytest.approx(667, abs=30), "64 of 96 beats are the song's"


def test_another_song_does_not_agree_nor_does_another_tune_over_the_same_chords() -> None:
    other = np.random.default_rng(8).integers(0, 12, 64)
    stranger = agree(heard(ROOTS), written(), sung(other + 60), heard(other))
    assert stranger is not None and not stranger.agrees and stranger.chords < 400
    retold = agree(heard(ROOTS), written(), sung(other + 60), heard(ROOTS))
    assert retold is not None and retold.chords == 1000 and not retold.agrees


def test_what_cannot_be_measured_never_agrees() -> None:
    assert agree(heard(ROOTS[:20]), written(), sung(TUNE), heard(ROOTS)) is None
    assert agree(heard(ROOTS), written(), sung(TUNE[:20]), heard(ROOTS[:20])) is None
    tuneless = agree(heard(ROOTS), None, sung(TUNE), heard(ROOTS))
    assert tuneless is not None and tuneless.melody is None and not tuneless.agrees
    silent = agree(replace(heard(ROOTS), chords=()), written(), sung(TUNE), heard(ROOTS))
    assert silent is not None and not silent.agrees
    assert Agreement.from_document(tuneless.to_document()) == tuneless
