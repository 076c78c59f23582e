"""The score: integer JSON both ways, the grid tied to the beats, and a tune that is what was sung."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.studio import demo_song
from ritornello.studio.demo import score as written
from ritornello.studio.score import PPQ, Score, ScoreError, findings, samples_of, score_of
from ritornello.studio.writing_down import HeardTone, leading_line
from tests.studio.songs import Sung, demo_score
from tests.studio.test_arranging import true_analysis


def test_the_demo_song_is_written_down_as_it_was_composed() -> None:
    score = demo_score()
    truth = [(round(n.beat * PPQ), round(n.length * PPQ), n.pitch) for n in written.melody()]
    assert [(t.start, t.length, t.pitch) for t in score.tune] == truth
    assert score.key_name == "D major" and score.metre == 4
    assert score.bpm == pytest.approx(104, rel=1e-6)
    assert score.bars == tuple(range(0, 44 * 4 * PPQ, 4 * PPQ))
    assert [part.label for part in score.sections] == ["intro", "verse", "chorus", "verse", "chorus", "outro"]
    assert score.chord_at(0).name == "D" and not score.harmony_changed and not score.metre_changed


def test_a_score_goes_through_json_unchanged() -> None:
    score = demo_score()
    assert Score.from_document(score.to_document()) == score


def test_late_and_early_notes_fall_on_the_grid() -> None:
    rng = np.random.default_rng(3)
    late = [
        Sung(n.start + int(rng.normal(0, 500)), n.end + int(rng.normal(0, 900)), n.pitch)
        for n in demo_song.truth().melody
    ]
    score = score_of(true_analysis(), late)
    assert [t.pitch for t in score.tune] == [t.pitch for t in demo_score().tune]
    assert [t.start for t in score.tune] == [t.start for t in demo_score().tune]
    assert all(a.end <= b.start for a, b in pairwise(score.tune))


def test_an_upbeat_fills_the_first_bar_from_behind() -> None:
    analysis = true_analysis()
    score = score_of(replace(analysis, downbeats=analysis.downbeats + 0, beats=analysis.beats[3:]))
    assert score.first_beat == 3 * PPQ and score.bars[:3] == (0, 4 * PPQ, 8 * PPQ)


def test_each_bar_line_of_an_uneven_song_lies_on_its_beat() -> None:
    rng = np.random.default_rng(7)
    analysis = true_analysis()
    gaps = np.diff(analysis.beats) * rng.normal(1.0, 0.012, analysis.beats.size - 1) * np.linspace(0.97, 1.03, 175)
    beats = np.concatenate(([0.0], np.cumsum(gaps))).astype(np.int64)
    uneven = replace(
        analysis,
        beats=beats,
        downbeats=beats[::4],
        tempo=replace(analysis.tempo, constant=False),
        frames=int(beats[-1]),
    )
    score = score_of(uneven)
    lines = samples_of(score.tempo, score.rate, score.bars)
    assert np.abs(np.asarray(lines) - beats[::4]).max() <= 2
    assert score.bpm == pytest.approx(60 * 44_100 / float(np.median(np.diff(beats[::4]) / 4)), rel=2e-3)


def test_the_tempo_of_a_score_is_that_of_most_of_its_beats() -> None:
    score = replace(demo_score(), tempo=((0, 600_000), (4 * PPQ, 500_000), (120 * PPQ, 480_000)))
    assert score.bpm == pytest.approx(120)


def test_without_beats_there_is_no_score() -> None:
    with pytest.raises(ValueError, match="no beats"):
        score_of(replace(true_analysis(), beats=np.zeros(0, dtype=np.int64)))


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(150_000, 3_000_000)), min_size=1, max_size=6),
    st.lists(st.integers(-PPQ, 40 * PPQ), min_size=1, max_size=20),
    st.sampled_from([8_000, 44_100, 48_000, 96_000]),
)
def test_ticks_fall_on_the_nearest_sample(steps: list[tuple[int, int]], ticks: list[int], rate: int) -> None:
    tempo, at = [], 0
    for beats, micros in steps:
        tempo.append((at, micros))
        at += beats * PPQ
    for tick, sample in zip(ticks, samples_of(tempo, rate, ticks), strict=True):
        exact = 0.0
        for (start, micros), end in zip(tempo, [*(t for t, _ in tempo[1:]), 10**9], strict=True):
            if tick > start or start == 0:
                exact += (min(tick, end) - start) * micros * rate / (PPQ * 1e6)
        assert abs(sample - exact) <= 0.501


BROKEN: list[tuple[str, Any, str]] = [
    ("bars", [0, 1000], "bars"),
    ("tempo", [[10, 500_000]], "tempo"),
    ("tempo", [[0, 10]], "tempo[0]"),
    ("tune", [[0, 960, 60, 90], [480, 960, 62, 90]], "tune[1]"),
    ("tune", [[0, 960, 200, 90]], "tune[0]"),
    ("chords", [[0, 960, 0, "blue", 0]], "chords[0]"),
    ("chords", [[0, 960, 14, "maj", 0]], "chords[0]"),
    ("key", [12, "major"], "key"),
    ("metre", 1, "metre"),
    ("end", "long", "end"),
    ("colour", 1, "colour"),
    ("beats", [1.5], "beats"),
]


@pytest.mark.parametrize(("name", "value", "where"), BROKEN)
def test_a_score_that_makes_no_sense_is_told_where(name: str, value: object, where: str) -> None:
    document = {**demo_score().to_document(), name: value}
    assert where in {finding.where for finding in findings(document)}
    with pytest.raises(ScoreError):
        Score.from_document(document)


def test_all_findings_are_told_at_once() -> None:
    document = {**demo_score().to_document(), "key": 3, "rate": 1, "metre": 99}
    assert {"key", "rate", "metre"} <= {finding.where for finding in findings(document)}


def test_a_part_of_another_shape_hides_no_mistake_in_the_others() -> None:
    good = demo_score().to_document()
    wrong = {
        **good,
        "beats": [5, -4],
        "tempo": [["a", 1]],
        "chords": [[0, 960, "H#", "maj", 0]],
        "tune": [[0, 960, 400, 90]],
        "sections": [[5, 2, "A"]],
        "metre": 99,
    }
    with pytest.raises(ScoreError) as error:
        Score.from_document(wrong)
    told = {one.where for one in error.value.findings}
    assert {"beats", "tempo", "chords[0]", "tune[0]", "sections[0]", "metre"} <= told
    with pytest.raises(ScoreError, match="beats: do not rise"):
        Score.from_document({**good, "beats": [900, 100]})


def test_the_tune_is_found_among_chords_and_bass() -> None:
    beat = 25_000
    tune = [HeardTone(k * beat, (k + 1) * beat - 500, 72 + k % 5, 90) for k in range(24)]
    chords = [HeardTone(k * 4 * beat, (k * 4 + 4) * beat, p, 70) for k in range(6) for p in (52, 55, 59)]
    bass = [HeardTone(k * 2 * beat, (k * 2 + 2) * beat, 36, 100) for k in range(12)]
    everything = sorted([*tune, *chords, *bass], key=lambda tone: (tone.start, -tone.pitch))
    assert [tone.pitch for tone in leading_line(everything, beat)] == [tone.pitch for tone in tune]
