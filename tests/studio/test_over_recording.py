"""A take over the recording itself: the master is used, the share is measured, and nobody's no is passed over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ritornello.analysis import analyse, decode
from ritornello.analysis.model import Audio
from ritornello.studio import footprint
from ritornello.studio.building import OPEN, Material, propose
from ritornello.studio.demo import performance
from ritornello.studio.over_recording import lies_at
from ritornello.studio.plan import PlanError, plan_of
from ritornello.studio.recipe import Source
from ritornello.studio.render import render

RATE = performance.RATE


@pytest.fixture(scope="module")
def material() -> Material:
    """Twelve bars without stems, and the tune as somebody plays it who comes in 600 ms late."""
    stems = performance.play(performance.Take(104, 0, bars=12))
    song = Audio(sum(stems.values(), start=stems["lead"] * 0), RATE)
    late = np.zeros((round(0.6 * RATE), stems["lead"].shape[1]), dtype=np.float32)
    take = Audio(np.concatenate((late, stems["lead"])), RATE)
    analysis = analyse(song)
    beats = {"beats": tuple(map(int, analysis.beats)), "downbeats": tuple(map(int, analysis.downbeats))}
    source = Source("s0", "recording", decode.pcm_sha256(song), song.frames, **beats)
    mine = Source("me", "contribution", decode.pcm_sha256(take), take.frames, declaration="own_performance")
    return Material(source, analysis, lambda: song, "Song", contribution=mine, taken=lambda: take)


def test_a_take_over_the_recording_uses_the_master_and_lies_where_it_was_sung(material: Material) -> None:
    proposal = propose(plan_of({"kind": "sing_over"}), material, OPEN)
    recipe = proposal.recipe
    assert footprint.derivative_types(recipe) == ("REMIX",)
    assert {"recording.use", "performance.use", "composition.use", "contribution.use"} <= {
        str(one) for one in footprint.uses(recipe)
    }
    assert not [one for one in footprint.uses(recipe) if one.name.startswith("structure")]
    lies = lies_at(recipe)
    assert lies is not None and lies.take == "me"
    assert lies.offset_ms == pytest.approx(-600, abs=40) and abs(lies.drift_permille) <= 3


def test_the_share_of_the_original_leaves_the_take_out(material: Material) -> None:
    recipe = propose(plan_of({"kind": "sing_over"}), replace(material, taken_at_ms=-600), OPEN).recipe
    assert material.taken is not None
    done = render(recipe, {"s0": material.listen(), "me": material.taken()}, bounds=OPEN)
    assert 350 <= done.manifest.original_permille <= 650  # two parts about as loud as each other


def test_a_take_is_added_material_and_a_plain_no_to_that_is_told(material: Material) -> None:
    by_hand = replace(material, taken_at_ms=0)
    proposal = propose(plan_of({"kind": "sing_over"}), by_hand, replace(OPEN, max_added_permille=0))
    assert [one.term for one in proposal.refusals] == ["max_added_permille"] and proposal.nearest is None
    remixes = propose(plan_of({"kind": "sing_over"}), by_hand, replace(OPEN, types=frozenset({"SPEED_PITCH"})))
    assert "types" in [one.term for one in remixes.refusals]


@pytest.mark.parametrize("wish", [{"tempo_permille": 1100}, {"style": "bossa_nova"}, {"metre": 3}])
def test_what_would_move_the_take_elsewhere_is_told(material: Material, wish: dict[str, object]) -> None:
    with pytest.raises(PlanError, match="sing over a new performance"):
        propose(plan_of({"kind": "sing_over", **wish}), material, OPEN)


def test_without_a_take_and_with_a_stranger_it_is_told_how_to_go_on(material: Material) -> None:
    with pytest.raises(PlanError, match="record or upload"):
        propose(plan_of({"kind": "sing_over"}), replace(material, contribution=None), OPEN)
    noise = Audio(np.random.default_rng(1).normal(0, 0.05, (RATE * 6, 1)).astype(np.float32), RATE)
    with pytest.raises(PlanError, match="say at which moment"):
        propose(plan_of({"kind": "sing_over"}), replace(material, taken=lambda: noise), OPEN)
