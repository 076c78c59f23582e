"""The proposed remix: on downbeats, a fifth of the bars or more moved, inside whatever bounds there are."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.analysis.model import Analysis, Chord, Key, Loudness, Section, Tempo
from ritornello.studio import demo_song
from ritornello.studio.arranging import moved_share, passages, remix_recipe, reordered, slices_of
from ritornello.studio.bounds import Bounds
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.reading import parse
from ritornello.studio.render import Rendered
from tests.studio.recipes import FAN
from tests.studio.test_bounds import bounds as any_bounds

HASHES = dict.fromkeys(demo_song.PARTS, "b" * 64)


def true_analysis(sections: int | None = None) -> Analysis:
    """What a perfect ear would hear in the demo song, with as many of its sections as asked for."""
    truth = demo_song.truth()
    roots = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    return Analysis(
        rate=truth.rate,
        frames=truth.sections[-1].end + 3 * truth.rate,
        tempo=Tempo(truth.tempo_bpm, 1.0, True),
        metre=4,
        metre_confidence=1.0,
        key=Key(2, "major", 1.0),
        loudness=Loudness(-14.0, -1.1),
        beats=np.asarray(truth.beats),
        downbeats=np.asarray(truth.downbeats),
        chords=tuple(Chord(c.start, c.end, roots[c.label[0]], "maj", 1.0) for c in truth.chords),
        sections=tuple(Section(s.start, s.end, s.label) for s in truth.sections)[:sections],
    )


@pytest.mark.parametrize("sections", [None, 0, 2])
def test_passages_fill_the_song_from_downbeat_to_downbeat(sections: int | None) -> None:
    analysis = true_analysis(sections)
    form = passages(analysis)
    assert form[0].start == 0 and form[-1].end == analysis.frames
    assert all(a.end == b.start for a, b in pairwise(form))
    assert {p.start for p in form[1:]} <= {int(m) for m in analysis.downbeats}
    order = reordered(form)
    assert sorted(order) == list(range(len(form)))
    assert moved_share(order, [p.length for p in form]) >= 0.2


def test_what_lies_around_the_bars_is_no_hole_in_the_middle() -> None:
    plain = true_analysis()
    late = 60_000
    analysis = replace(
        plain,
        frames=plain.frames + late,
        beats=plain.beats + late,
        downbeats=plain.downbeats + late,
        sections=tuple(replace(s, start=s.start + late, end=s.end + late) for s in plain.sections),
    )
    form = passages(analysis)
    last = len(form) - 1
    straight = slices_of(form, range(last + 1), analysis)
    assert straight[0][0] == 0 and straight[-1][1] == analysis.frames
    swapped = slices_of(form, [last, *range(1, last), 0], analysis)
    assert swapped[-1][0] == analysis.downbeats[0], "the silence before the song is not heard before its first bar"
    bar = int(np.median(np.diff(analysis.downbeats)))
    assert swapped[0][1] <= analysis.downbeats[-1] + bar + 2, "what rings after the last bar is not heard in the middle"
    assert all((end - start) % bar < 3 or bar - (end - start) % bar < 3 for start, end in swapped[:-1])


@given(st.permutations(range(6)), st.lists(st.integers(1, 50), min_size=6, max_size=6))
def test_moved_share_is_what_must_move(order: list[int], lengths: list[int]) -> None:
    share = moved_share(order, lengths)
    assert 0 <= share < 1
    assert (share == 0) == (order == sorted(order))
    assert share <= 1 - max(lengths) / sum(lengths) + 1e-12


def test_the_remix_of_the_demo_song_does_all_that_a_remix_does() -> None:
    recipe = remix_recipe(true_analysis(), FAN, pcm_sha256="a" * 64, stems=HASHES)
    ops = {node.op for node in recipe.nodes}
    assert {"stem", "mix", "sequence", "tempo", "key", "groove"} <= ops
    assert (recipe.out.lufs, recipe.out.dbtp) == (-1400, -100)
    downbeats = {int(m) for m in true_analysis().downbeats}
    for node in recipe.nodes:
        if node.op == "sequence":
            assert {start for start, _ in node.p["slices"]} <= downbeats
    assert parse(recipe.canonical).id == recipe.id
    assert recipe.id == remix_recipe(true_analysis(), FAN, pcm_sha256="a" * 64, stems=HASHES).id


def test_wishes_are_moved_into_the_bounds() -> None:
    recipe = remix_recipe(
        true_analysis(), FAN, pcm_sha256="a" * 64, tempo_permille=1400, key_cents=-500, style="reggaeton"
    )
    p = {node.op: node.p for node in recipe.nodes if node.op in ("tempo", "key", "groove") and node.id != "drums_tempo"}
    assert p["tempo"]["permille"] == 1150 and p["key"]["cents"] == -300 and p["groove"]["style"] == "reggaeton"


@settings(max_examples=60, deadline=None)
@given(any_bounds, st.booleans())
def test_whatever_the_bounds_a_proposal_keeps_them_or_says_why_not(limits: Bounds, with_stems: bool) -> None:
    limits = replace(limits, types=limits.types | {"REMIX", "SPEED_PITCH"})
    try:
        recipe = remix_recipe(true_analysis(), limits, pcm_sha256="a" * 64, stems=HASHES if with_stems else None)
    except NotAllowed:
        return
    assert check(recipe, limits) == ()
    assert parse(recipe.canonical) == parse(recipe.to_document())


def test_the_rendered_remix_has_a_beat_grid_that_fits_its_length(remix: Rendered) -> None:
    beats = remix.manifest.beats
    assert len(beats) > 150 and beats[-1] < remix.audio.frames
    steps = np.diff(beats)
    assert np.median(steps) == pytest.approx(44_100 * 60 / (104 * 1.06), rel=0.01)
