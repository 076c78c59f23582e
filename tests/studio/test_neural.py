"""Recipes that name a trained model, on a machine without one: checked, refused, told how to install, disclosed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Audio
from ritornello.distribution.disclosure import AiUse
from ritornello.provenance.manifest import Disclosure
from ritornello.studio import footprint
from ritornello.studio.building import OPEN
from ritornello.studio.check import check
from ritornello.studio.neural import Neural, NotThisModel, ProviderMissing, WeightsError, card_of
from ritornello.studio.plain import lines_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe, RecipeError
from ritornello.studio.render import render
from tests.distribution.test_release_message import DELIVERY, in_words

WEIGHTS = "ab" * 32
SOUND = Audio(np.full((44_100, 2), 0.1, dtype=np.float32), 44_100)


def recipe_of(op: str, **more: Any) -> Recipe:
    p = {
        "separate": {"part": "vocals", "provider": "demucs"},
        "generate": {"prompt": "warm strings", "seconds": 2, "provider": "musicgen_melody"},
    }[op]
    source = {"id": "s0", "kind": "recording", "pcm_sha256": pcm_sha256(SOUND), "frames": SOUND.frames}
    node = {"id": "n", "op": op, "in": ["s0"], "p": {**p, "weights": WEIGHTS, "terms": "commercial", **more}}
    return parse({"v": 1, "sources": [source], "nodes": [node], "out": {"node": "n"}})


def weights(folder: Path, card: dict[str, Any] | None = None, name: str = "model.safetensors") -> Path:
    folder.mkdir()
    (folder / name).write_bytes(b"weights")
    if card is not None:
        (folder / "weights.json").write_text(json.dumps(card), encoding="utf-8")
    return folder


def test_separation_assists_and_generation_generates() -> None:
    assert footprint.ai_class(recipe_of("separate")) == "assistive"
    assert footprint.ai_class(recipe_of("generate")) == "generative"
    strict = replace(OPEN, ai="none")
    assert [one.term for one in check(recipe_of("separate"), strict)] == ["ai"]
    assert "ai" in [one.term for one in check(recipe_of("generate"), replace(OPEN, ai="assistive"))]
    assert "generative AI" in lines_of(recipe_of("generate"))[0]


def test_a_separated_part_is_a_stem_of_the_recording_and_its_voice_counts() -> None:
    recipe = recipe_of("separate", part="drums")
    assert footprint.derivative_types(recipe) == ("STEM_RELEASE",)
    assert "stem.isolate:drums" in [str(use) for use in footprint.uses(recipe)]
    kept = replace(OPEN, vocals="keep")
    assert [one.term for one in check(recipe, kept)] == ["vocals"]
    assert check(recipe_of("separate"), kept) == ()


def test_generated_sound_holds_no_recording_and_keeps_the_composition() -> None:
    flow = footprint.flow(recipe_of("generate"))
    assert flow.sources["s0"].rights == {"composition"}
    assert [one.what for one in flow.added] == ["generated"]


def test_weights_that_forbid_commercial_use_are_refused_for_a_commercial_licence() -> None:
    recipe = recipe_of("generate", terms="noncommercial")
    (refusal,) = check(recipe, OPEN)
    assert (refusal.term, refusal.nearest) == ("commercial", None)
    assert check(recipe, replace(OPEN, commercial=False)) == ()


def test_a_missing_provider_is_an_error_with_the_install_line_and_nothing_stands_in(tmp_path: Path) -> None:
    for recipe in (recipe_of("separate"), recipe_of("generate")):
        with pytest.raises(ProviderMissing, match=r"pip install .*requirements-neural\.lock"):
            render(recipe, {"s0": SOUND}, bounds=OPEN)
    card = {"provider": "demucs", "weights_licence": "MIT", "commercial_ok": True}
    folder = weights(tmp_path / "demucs", card)
    recipe = recipe_of("separate", weights=card_of(folder).weights_sha256)
    with pytest.raises(ProviderMissing, match="is not installed here"):  # the tests' own environment has no torch
        render(recipe, {"s0": SOUND}, bounds=OPEN, neural=Neural({"demucs": folder}))


def test_what_a_recipe_says_of_its_weights_has_to_be_so(tmp_path: Path) -> None:
    folder = weights(tmp_path / "nc", {"provider": "demucs", "weights_licence": "CC-BY-NC-4.0", "commercial_ok": True})
    told = card_of(folder)
    assert (told.commercial_ok, told.terms, told.code_licence) == (False, "noncommercial", "MIT")
    neural = Neural({"demucs": folder})
    with pytest.raises(NotThisModel, match="the recipe names weights"):
        neural.separator("demucs", WEIGHTS, "noncommercial")
    with pytest.raises(NotThisModel, match="write the terms"):
        neural.separator("demucs", told.weights_sha256, "commercial")


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    good = {"provider": "demucs", "weights_licence": "MIT"}
    assert not card_of(weights(tmp_path / "unsaid", good)).commercial_ok  # what is not permitted is not permitted
    with pytest.raises(WeightsError, match="never opened"):
        card_of(weights(tmp_path / "pickled", good, "htdemucs.th"))
    with pytest.raises(WeightsError, match=r"weights\.json"):
        card_of(weights(tmp_path / "bare"))
    with pytest.raises(WeightsError, match="is no provider"):
        card_of(weights(tmp_path / "other", {**good, "provider": "magic"}))


@pytest.mark.parametrize("wrong", [{"weights": "latest"}, {"provider": "magic"}, {"terms": "maybe"}])
def test_a_recipe_names_provider_weights_and_terms(wrong: dict[str, str]) -> None:
    with pytest.raises(RecipeError):
        recipe_of("separate", **wrong)


@pytest.mark.parametrize(("op", "share"), [("separate", "None"), ("generate", "Partly")])
def test_the_disclosure_is_computed_from_the_recipe_and_reaches_the_delivery_message(op: str, share: str) -> None:
    disclosure = Disclosure(footprint.ai_class(recipe_of(op)))
    roles = ("Musician",) if disclosure is Disclosure.GENERATIVE else ()
    root = in_words(replace(DELIVERY, ai=AiUse(sound=disclosure, roles=roles)))
    assert {one.text for one in root.iter("ContainsAI")} == {share}
