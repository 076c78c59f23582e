"""A groove read from one song and lent to another, swing on a straight recording, half and double time."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ritornello.analysis import analyse
from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Analysis, Audio
from ritornello.studio import footprint, grooves
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.recipe import Source
from ritornello.studio.render import Rendered, render
from ritornello.studio.stretching import strokes
from ritornello.studio.timeline import Grid, paced
from tests.analysis.songs import POP, Plan, compose
from tests.analysis.synth import render as synthesised
from tests.studio.recipes import WIDE

STRAIGHT = Plan("straight", 41, 104.0, 0, progressions=POP, form="AB")
SWUNG = Plan("swung", 42, 118.0, 5, groove="shuffle", swing=0.66, progressions=POP, form="AB")


def heard(plan: Plan) -> tuple[Audio, Analysis, Source]:
    audio = synthesised(compose(plan))
    analysis = analyse(audio)
    beats, downbeats = (tuple(int(b) for b in marks) for marks in (analysis.beats, analysis.downbeats))
    source = Source(plan.name, "recording", pcm_sha256(audio), audio.frames, beats=beats, downbeats=downbeats)
    return audio, analysis, source


@pytest.fixture(scope="module")
def straight() -> tuple[Audio, Analysis, Source]:
    return heard(STRAIGHT)


@pytest.fixture(scope="module")
def swung() -> tuple[Audio, Analysis, Source]:
    return heard(SWUNG)


def off_beats(audio: Audio, beats: tuple[int, ...]) -> float:
    """Where within the beat the stroke between two beats falls, as a share: 0.5 is straight."""
    marks = strokes(audio.samples, audio.rate)
    out = []
    for start, end in pairwise(beats[2:-2]):
        inside = marks[(marks > start + 0.3 * (end - start)) & (marks < start + 0.85 * (end - start))]
        if inside.size:
            out.append(float((inside[0] - start) / (end - start)))
    return float(np.median(out))


def on_beats(audio: Audio, beats: tuple[int, ...]) -> float:
    """Seconds from each beat to the nearest stroke, in the middle."""
    marks = strokes(audio.samples, audio.rate)
    return float(np.median(np.abs(np.asarray(beats)[:, None] - marks).min(axis=1))) / audio.rate


def test_a_groove_is_read_as_numbers(
    swung: tuple[Audio, Analysis, Source], straight: tuple[Audio, Analysis, Source]
) -> None:
    steps = grooves.groove_of(swung[0], swung[1])
    assert len(steps) == 16
    # the half of each beat is played at .66: 0.64 of a quarter beat late
    assert [steps[k][0] for k in (2, 6, 10, 14)] == pytest.approx([640] * 4, abs=60)
    plain = grooves.groove_of(straight[0], straight[1])
    assert max(abs(late) for late, _ in plain) < 60
    assert plain[4][1] > plain[2][1]  # the snare is louder than the hat between the beats


def test_the_groove_of_one_song_is_lent_to_another(
    swung: tuple[Audio, Analysis, Source], straight: tuple[Audio, Analysis, Source]
) -> None:
    audio, _, target = straight
    steps = grooves.groove_of(swung[0], swung[1])
    recipe = grooves.groove_recipe(target, swung[2], steps, WIDE, rate=44_100)
    assert footprint.derivative_types(recipe) == ("REMIX",)
    uses = {(use.source, use.name) for use in footprint.uses(recipe)}
    assert ("swung", "groove.use") in uses and ("swung", "recording.use") not in uses
    made = render(recipe, {"straight": audio, "swung": swung[0]}, bounds=WIDE)
    assert off_beats(audio, target.beats) == pytest.approx(0.5, abs=0.02)
    assert off_beats(made.audio, made.manifest.beats) == pytest.approx(0.66, abs=0.025)
    assert on_beats(made.audio, made.manifest.beats) < 0.008
    half = grooves.groove_recipe(target, swung[2], steps, WIDE, rate=44_100, amount=500)
    again = render(half, {"straight": audio, "swung": swung[0]}, bounds=WIDE)
    assert off_beats(again.audio, again.manifest.beats) == pytest.approx(0.58, abs=0.025)


def test_a_straight_recording_swings_and_keeps_its_beats(straight: tuple[Audio, Analysis, Source]) -> None:
    audio, _, target = straight
    recipe = grooves.swing_recipe(target, WIDE, rate=44_100, to_permille=640)
    made = render(recipe, {"straight": audio}, bounds=WIDE)
    assert made.audio.frames == audio.frames
    assert off_beats(made.audio, target.beats) == pytest.approx(0.64, abs=0.02)
    assert on_beats(made.audio, target.beats) < 0.008
    with pytest.raises(NotAllowed):
        grooves.swing_recipe(target, replace(WIDE, types=frozenset({"STEM_RELEASE"})), rate=44_100)


@pytest.mark.parametrize(("feel", "snares"), [("half_time", 1), ("double_time", 4)])
def test_half_and_double_time_are_counted_over_the_same_bars(
    feel: str, snares: int, straight: tuple[Audio, Analysis, Source]
) -> None:
    audio, _, target = straight
    recipe = grooves.feel_recipe(target, feel, WIDE, rate=44_100)
    assert check(recipe, WIDE) == ()
    made: Rendered = render(recipe, {"straight": audio}, bounds=WIDE)
    assert made.audio.frames == audio.frames and made.manifest.beats == target.beats
    assert 0 < made.manifest.original_permille < 1000
    layer = next(n for n in recipe.nodes if n.op == "groove")
    counted = paced(Grid(audio.frames, target.beats, target.downbeats), layer.p.get("pace", "same"))
    per_bar = 2 * (len(counted.downbeats) - 1) / (len(target.downbeats) - 1)
    assert (1 if layer.p["style"] == "half_time" else per_bar) == pytest.approx(snares, abs=0.3)
    with pytest.raises(grooves.GrooveError):
        grooves.feel_recipe(target, "sideways", WIDE, rate=44_100)


def test_counting_twice_as_fast_puts_a_beat_between_every_two() -> None:
    grid = Grid(10_000, tuple(range(0, 8_001, 1_000)), (0, 4_000, 8_000))
    fast = paced(grid, "double")
    assert fast.beats[:5] == (0, 500, 1_000, 1_500, 2_000) and fast.downbeats[:4] == (0, 2_000, 4_000, 6_000)
    assert paced(grid, "half") == Grid(10_000, (0, 2_000, 4_000, 6_000, 8_000), (0, 8_000))
    assert paced(grid, "same") is grid


def test_music_without_strokes_has_no_groove_to_lend(straight: tuple[Audio, Analysis, Source]) -> None:
    t = np.arange(straight[0].frames) / 44_100
    tone = Audio((0.1 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)[:, None], 44_100)
    with pytest.raises(grooves.GrooveError, match="percussion"):
        grooves.groove_of(tone, straight[1])
