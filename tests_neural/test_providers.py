"""The neural providers for real: tiny networks are opened, run, named by a recipe, rendered, and disclosed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Audio
from ritornello.studio import footprint
from ritornello.studio.building import OPEN
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.neural import Neural, NotThisModel, ProviderMissing, WeightsError, card_of
from ritornello.studio.neural.musicgen import tune_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe
from ritornello.studio.render import render
from tests_neural.conftest import RATE, card, music

torch.set_num_threads(1)
FREE = replace(OPEN, commercial=False, stems=OPEN.stems | {"other"})
PAID = replace(FREE, commercial=True)


def recipe_of(audio: Audio, *nodes: dict[str, object]) -> Recipe:
    source = {"id": "s0", "kind": "recording", "pcm_sha256": pcm_sha256(audio), "frames": audio.frames}
    return parse({"v": 1, "sources": [source], "nodes": list(nodes), "out": {"node": str(nodes[-1]["id"])}})


def separated(audio: Audio, folder: Path, part: str) -> Recipe:
    told = card_of(folder)
    p = {"part": part, "provider": "demucs", "weights": told.weights_sha256, "terms": told.terms}
    return recipe_of(audio, {"id": "part", "op": "separate", "in": ["s0"], "p": p})


def generated(audio: Audio, folder: Path) -> Recipe:
    told = card_of(folder)
    p = {
        "prompt": "slow bossa nova",
        "seconds": 1,
        "provider": "musicgen_melody",
        "weights": told.weights_sha256,
        "terms": told.terms,
    }
    return recipe_of(audio, {"id": "new", "op": "generate", "in": ["s0"], "p": p})


def test_a_recording_is_taken_apart_by_the_real_network(demucs_folder: Path) -> None:
    audio = music()
    separator = Neural({"demucs": demucs_folder}).separator(
        "demucs", card_of(demucs_folder).weights_sha256, "commercial"
    )
    heard: list[float] = []
    parts = separator.separate(audio, 1, heard.append)
    again = separator.separate(audio, 1, heard.append)
    assert set(parts) == {"drums", "bass", "other", "vocals"}
    for name, part in parts.items():
        assert (part.frames, part.channels, part.rate) == (audio.frames, 2, RATE)
        assert np.isfinite(part.samples).all() and np.abs(part.samples).max() > 0
        assert np.array_equal(part.samples, again[name].samples)
    assert heard[-1] == 1.0


def test_a_recipe_that_names_the_weights_is_rendered_and_says_assistive(demucs_folder: Path) -> None:
    audio = music()
    recipe = separated(audio, demucs_folder, "vocals")
    assert footprint.ai_class(recipe) == "assistive"
    assert footprint.derivative_types(recipe) == ("STEM_RELEASE",)
    done = render(recipe, {"s0": audio}, bounds=PAID, neural=Neural({"demucs": demucs_folder}))
    assert done.audio.frames == audio.frames
    assert done.manifest.to_document()["ai"] == "assistive"


def test_other_weights_other_terms_and_missing_ones_are_errors_and_never_silent(
    demucs_folder: Path, tmp_path: Path
) -> None:
    audio = music(1.0)
    recipe = separated(audio, demucs_folder, "drums")
    with pytest.raises(ProviderMissing, match="pip install"):
        render(recipe, {"s0": audio}, bounds=PAID)
    other = tmp_path / "other"
    shutil.copytree(demucs_folder, other)
    weights = bytearray((other / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (other / "model.safetensors").write_bytes(weights)
    with pytest.raises(NotThisModel, match="the recipe names weights"):
        render(recipe, {"s0": audio}, bounds=PAID, neural=Neural({"demucs": other}))
    stricter = tmp_path / "stricter"
    shutil.copytree(demucs_folder, stricter)
    card(stricter, "demucs", "CC-BY-NC-4.0", True)  # the licence forbids what the card claims
    with pytest.raises(NotThisModel, match="noncommercial"):
        render(recipe, {"s0": audio}, bounds=PAID, neural=Neural({"demucs": stricter}))


def test_pickled_weights_are_never_opened_and_wrong_ones_are_told(demucs_folder: Path, tmp_path: Path) -> None:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "htdemucs.th").write_bytes(b"\x80\x04.")
    card(pickled, "demucs", "MIT", True)
    with pytest.raises(WeightsError, match="never opened"):
        card_of(pickled)
    wrong = tmp_path / "wrong"
    shutil.copytree(demucs_folder, wrong)
    config = json.loads((wrong / "config.json").read_text())
    (wrong / "config.json").write_text(json.dumps({**config, "channels": 12}))
    with pytest.raises(WeightsError, match="do not fit"):
        Neural({"demucs": wrong}).separator("demucs", card_of(wrong).weights_sha256, "commercial")


def test_new_sound_is_generated_along_a_tune_by_the_real_network(musicgen_folder: Path) -> None:
    audio = music()
    told = card_of(musicgen_folder)
    generator = Neural({"musicgen_melody": musicgen_folder}).generator(
        "musicgen_melody", told.weights_sha256, "noncommercial"
    )
    one = generator.generate(audio, "slow bossa nova", 1.0, 5, lambda _: None)
    same = generator.generate(audio, "slow bossa nova", 1.0, 5, lambda _: None)
    other = generator.generate(audio, "slow bossa nova", 1.0, 6, lambda _: None)
    assert one.rate == 32_000 and 0.3 < one.duration_s <= 1.2
    assert np.isfinite(one.samples).all()
    assert np.array_equal(one.samples, same.samples)
    assert one.samples.shape != other.samples.shape or not np.array_equal(one.samples, other.samples)


def test_the_tune_is_one_pitch_class_for_each_frame() -> None:
    tune = tune_of(music(3.0), 3.0)
    assert tune.shape[1] == 12 and set(np.unique(tune.sum(axis=1))) <= {0.0, 1.0}
    assert {9, 1, 4} & set(np.argmax(tune, axis=1).tolist())


def test_weights_that_forbid_commercial_use_are_refused_before_a_sample_is_read(musicgen_folder: Path) -> None:
    audio = music()
    recipe = generated(audio, musicgen_folder)
    (refusal,) = check(recipe, PAID)
    assert (refusal.term, refusal.node) == ("commercial", "new")

    def never() -> Audio:
        raise AssertionError("a sample was read")

    with pytest.raises(NotAllowed, match="noncommercial"):
        render(recipe, {"s0": never}, bounds=PAID, neural=Neural({"musicgen_melody": musicgen_folder}))


def test_what_is_generated_is_disclosed_all_the_way_to_the_manifest(musicgen_folder: Path) -> None:
    audio = music()
    recipe = generated(audio, musicgen_folder)
    assert footprint.ai_class(recipe) == "generative"
    assert [one.term for one in check(recipe, replace(FREE, ai="assistive"))] == ["ai"]
    done = render(recipe, {"s0": audio}, bounds=FREE, neural=Neural({"musicgen_melody": musicgen_folder}))
    assert done.audio.frames == RATE
    document = done.manifest.to_document()
    assert document["ai"] == "generative"
    assert document["measured"]["original_permille"] == 0
