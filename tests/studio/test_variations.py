"""Variations and the stems they need."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Analysis, Audio
from ritornello.studio import footprint
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.intake import check_stems
from ritornello.studio.reading import validate
from ritornello.studio.recipe import Source
from ritornello.studio.render import render
from ritornello.studio.timeline import grids
from ritornello.studio.variations import SIMPLE, VariationError, extended, loop, radio_edit, variation
from tests.studio.recipes import WIDE
from tests.studio.test_arranging import true_analysis


def source(analysis: Analysis, **more: object) -> Source:
    plain = Source(
        "s0",
        "recording",
        pcm_sha256="a" * 64,
        frames=analysis.frames,
        stems=dict.fromkeys(("drums", "bass", "harmony", "lead"), "b" * 64),
        vocal_part="lead",
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        ("sped_up", ("SPEED_PITCH",)),
        ("nightcore", ("SPEED_PITCH",)),
        ("slowed_reverb", ("REMIX",)),
        ("lo_fi", ("REMIX",)),
        ("instrumental", ("STEM_RELEASE",)),
        ("a_cappella", ("STEM_RELEASE",)),
    ],
)
def test_each_variation_is_a_recipe_of_its_type(kind: str, types: tuple[str, ...]) -> None:
    made = variation(kind, source(true_analysis()), WIDE, rate=44_100)
    assert validate(made) == () and footprint.derivative_types(made) == types


def test_where_pitch_must_be_kept_a_nightcore_becomes_a_faster_version() -> None:
    made = variation("nightcore", source(true_analysis()), replace(WIDE, keep_pitch=True), rate=44_100)
    assert [node.op for node in made.nodes] == ["tempo"]
    with pytest.raises(NotAllowed):
        variation("nightcore", source(true_analysis()), replace(WIDE, types=frozenset()), rate=44_100)


@pytest.mark.parametrize("kind", ["instrumental", "a_cappella"])
def test_without_stems_there_is_no_vocal_fader(kind: str) -> None:
    with pytest.raises(VariationError, match="stems"):
        variation(kind, source(true_analysis(), stems={}), WIDE, rate=44_100)
    with pytest.raises(VariationError, match="which stem is sung"):
        variation(kind, source(true_analysis(), vocal_part=None), WIDE, rate=44_100)
    with pytest.raises(VariationError, match="unknown"):
        variation("karaoke", source(true_analysis()), WIDE, rate=44_100)
    assert set(SIMPLE) >= {kind}


@pytest.mark.parametrize("seconds", [90, 60, 45, 20])
def test_a_radio_edit_is_short_enough_and_in_order(seconds: int) -> None:
    analysis = true_analysis()
    made = radio_edit(source(analysis), analysis, seconds, replace(WIDE, structure="extract"))
    (order,) = [node for node in made.nodes if node.op == "sequence"]
    slices = order.p["slices"]
    length = sum(end - start for start, end in slices)
    assert 0.8 * seconds * 44_100 <= length <= seconds * 44_100  # less than four bars are left over
    assert slices[0][0] == 0 and all(a[1] <= b[0] for a, b in pairwise(slices))
    if seconds >= 45:
        assert slices[-1][1] == analysis.frames
    assert footprint.derivative_types(made) == ("SPEED_PITCH",)


def test_an_extended_mix_is_longer_and_repeats_only_where_allowed() -> None:
    analysis = true_analysis()
    made = extended(source(analysis), analysis, WIDE)
    longer = next(node for node in made.nodes if node.id == "longer")
    assert sum(end - start for start, end in longer.p["slices"]) > analysis.frames + 8 * 4 * 25_000
    assert check(made, WIDE) == () and validate(made) == ()
    plain = extended(source(analysis), analysis, replace(WIDE, max_added_permille=0))
    assert not any(node.op == "groove" for node in plain.nodes)


@pytest.mark.parametrize(("late", "beats_gone"), [(0, 0), (30_000, 0), (400_000, 3)])
def test_the_drums_of_an_extended_mix_miss_no_beat(late: int, beats_gone: int) -> None:
    """Whatever lies before the first bar of the recording and after its last one, silence or music."""
    plain = true_analysis()
    beats = plain.beats[: len(plain.beats) - beats_gone] + late
    analysis = replace(
        plain,
        frames=plain.frames + late,
        beats=beats,
        downbeats=plain.downbeats[plain.downbeats + late <= beats[-1] + 1] + late,
        sections=tuple(replace(s, start=s.start + late, end=s.end + late) for s in plain.sections),
    )
    made = extended(source(analysis), analysis, WIDE)
    grid = grids(made)
    steps = np.diff(grid["clock"].beats)
    assert np.ptp(steps) < 0.02 * np.median(steps)
    # each bar of the song lies on a bar of the drums: what its own ride lets through begins with the clock's
    shared = set(grid["clock"].downbeats) & set(grid["longer"].downbeats)
    assert len(shared) >= len(analysis.downbeats)
    (opens,) = [at for at, level in made.nodes[3].p["points"] if level == 0]
    bars = 8 * np.median(np.diff(analysis.downbeats)) / 44.1
    assert opens == pytest.approx(bars - min(bars, analysis.downbeats[0] / 44.1), abs=40)


def test_a_loop_that_does_not_come_round_names_those_that_do(song: Audio, analysis: Analysis) -> None:
    cut = replace(analysis, downbeats=analysis.downbeats[:5])  # of four bars no two are alike
    with pytest.raises(VariationError, match="lead back") as nothing:
        loop(source(cut, stems={}), cut, Audio(song.samples[:1], 44_100), WIDE, bars=3)
    assert "nothing in it comes round" in nothing.value.mend
    noise = np.random.default_rng(1).normal(0, 0.1, (12 * 44_100, 1)).astype(np.float32)
    tune = Audio(np.concatenate((noise, noise, noise)), 44_100)  # six bars of two seconds, and again
    grid = np.arange(0, 36 * 44_100, 2 * 44_100)
    around = replace(analysis, frames=tune.frames, downbeats=grid, beats=grid)
    with pytest.raises(VariationError, match="no 4 bars") as told:
        loop(source(around, stems={}), around, tune, WIDE, bars=4)
    assert told.value.mend == "ask for 6 or 12"
    assert loop(source(around, stems={}), around, tune, WIDE, bars=6)[1].agreement > 0.95


def test_a_loop_flows_back_into_its_own_start(song: Audio, analysis: Analysis) -> None:
    of = source(analysis, pcm_sha256=pcm_sha256(song), stems={})
    recipe, join = loop(of, analysis, song, WIDE, bars=16)
    assert join.agreement > 0.5 and join.start in of.downbeats and join.end in of.downbeats
    made = render(recipe, {"s0": song}, bounds=WIDE).audio
    assert made.frames == join.end - join.start
    twice = np.concatenate((made.samples, made.samples))
    seam = np.abs(np.diff(twice[made.frames - 200 : made.frames + 200], axis=0)).max()
    assert seam <= 1.2 * np.abs(np.diff(made.samples, axis=0)).max()


def test_good_stems_are_accepted(stems: dict[str, Audio], song: Audio) -> None:
    cut = 20 * 44_100
    master = Audio(song.samples[:cut].copy(), 44_100)
    good = {name: Audio(stem.samples[:cut].copy(), 44_100) for name, stem in stems.items()}
    intake = check_stems(master, good)
    assert intake.accepted and intake.residual_db < -100 and len(intake.residual_by_section_db) == 2


def test_each_fault_of_a_delivery_is_named(stems: dict[str, Audio], song: Audio) -> None:
    start, cut = 28 * 44_100, 10 * 44_100
    master = Audio(song.samples[start : start + cut].copy(), 44_100)
    good = {name: Audio(stem.samples[start : start + cut].copy(), 44_100) for name, stem in stems.items()}

    def findings(**changed: Audio) -> list[tuple[str, str]]:
        return [(f.stem, f.what) for f in check_stems(master, {**good, **changed}).findings]

    assert ("lead", "has inverted polarity") in findings(lead=Audio(-good["lead"].samples, 44_100))
    late = Audio(np.roll(good["drums"].samples, 4410, axis=0), 44_100)
    assert any(stem == "drums" and "+0.100 s" in what for stem, what in findings(drums=late))
    assert ("bass", "is silent") in findings(bass=Audio(np.zeros_like(master.samples), 44_100))
    assert ("keys", "is the same as drums") in findings(keys=good["drums"])
    assert any("Hz" in what for _, what in findings(lead=Audio(good["lead"].samples, 48_000)))
    assert any("s long" in what for _, what in findings(lead=Audio(good["lead"].samples[:44_100], 44_100)))
    assert any("lower-case" in what for _, what in findings(**{"Lead Vox ": good["lead"]}))
    assert check_stems(master, {}).findings
