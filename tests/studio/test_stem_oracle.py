"""The stems are known, so what a remix holds of each can be told: with them exactly, without them as it says itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ritornello.analysis.hpss import split
from ritornello.analysis.model import Audio
from ritornello.analysis.separation import clean_db
from ritornello.studio import demo_song
from ritornello.studio.cache import StepCache
from ritornello.studio.plain import separation_lines
from ritornello.studio.render import render
from tests.studio.recipes import WIDE, node
from tests.studio.test_render import SECONDS, excerpt, made, stem_nodes

__all__ = ["excerpt"]
LEVELS = {"drums": 150, "bass": -300, "harmony": 0, "lead": -1200}
"""Hundredths of a decibel, as the recipe asks for them."""
QUIET = {"lufs": -3000}
"""So quiet that the limiter never works: one gain for all that is heard."""


def si_sdr(estimate: np.ndarray, truth: np.ndarray) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (Le Roux et al., ICASSP 2019, eq. 2)."""
    e, t = estimate.astype(np.float64).ravel(), truth.astype(np.float64).ravel()
    target = t * (e @ t) / (t @ t)
    return float(10 * np.log10((target @ target) / max(float((e - target) @ (e - target)), 1e-30)))


def columns(excerpt: dict[str, Audio]) -> np.ndarray:
    return np.stack([excerpt[f"s0/{part}"].samples.astype(np.float64).ravel() for part in demo_song.PARTS], axis=1)


def wanted(excerpt: dict[str, Audio]) -> np.ndarray:
    gains = [10 ** (LEVELS[part] / 2000) for part in demo_song.PARTS]
    return (columns(excerpt) @ gains).reshape(excerpt["s0"].samples.shape)


def test_with_delivered_stems_every_bus_is_what_the_recipe_says(excerpt: dict[str, Audio]) -> None:
    mixed = node("all", "mix", *demo_song.PARTS, centidb=[LEVELS[part] for part in demo_song.PARTS])
    done = render(made(excerpt, *stem_nodes(), mixed, **QUIET), excerpt, bounds=WIDE)
    assert si_sdr(done.audio.samples, wanted(excerpt)) > 90
    # each bus by itself: the levels that explain the mix best, relative to the harmony that stays as it is
    found, *_ = np.linalg.lstsq(columns(excerpt), done.audio.samples.astype(np.float64).ravel(), rcond=None)
    relative = 20 * np.log10(np.abs(found) / abs(found[demo_song.PARTS.index("harmony")]))
    assert relative == pytest.approx([LEVELS[part] / 100 for part in demo_song.PARTS], abs=0.005)
    assert (np.sign(found) > 0).all()
    assert done.manifest.separations == ()


def test_a_new_order_moves_every_bus_alike(excerpt: dict[str, Audio]) -> None:
    half = SECONDS * 44_100 // 2
    mixed = node("all", "mix", *demo_song.PARTS, centidb=[LEVELS[part] for part in demo_song.PARTS])
    order = node("turned", "sequence", "all", slices=[[half, 2 * half], [0, half]], fade_ms=0)
    done = render(made(excerpt, *stem_nodes(), mixed, order, **QUIET), excerpt, bounds=WIDE)
    turned = np.concatenate([wanted(excerpt)[half:], wanted(excerpt)[:half]])
    assert si_sdr(done.audio.samples, turned) > 90


def test_without_stems_the_render_says_how_clean_its_parts_are(excerpt: dict[str, Audio], tmp_path: Path) -> None:
    recipe = made(
        excerpt,
        node("beats", "stem", "s0", part="drums", provider="hpss"),
        node("rest", "stem", "s0", part="rest", provider="hpss"),
        node("all", "mix", "beats", "rest", centidb=[600, 0]),
        **QUIET,
    )
    cache = StepCache(tmp_path)
    done = render(recipe, excerpt, bounds=WIDE, cache=cache)
    harmonic, percussive = split(excerpt["s0"])
    drums, rest = done.manifest.separations
    true_drums = si_sdr(percussive.samples, excerpt["s0/drums"].samples)
    others = wanted_rest(excerpt)
    assert drums.clean_centidb is not None
    assert drums.clean_centidb / 100 == pytest.approx(true_drums, abs=2)  # as far off as the module says
    assert rest.clean_centidb is not None
    assert -1.6 <= rest.clean_centidb / 100 - si_sdr(harmonic.samples, others) <= 5
    assert "drums taken out of the mix by hpss: an estimated" in separation_lines([drums.to_document()])[0]
    again = render(recipe, excerpt, bounds=WIDE, cache=cache)  # the finished steps are read back
    assert again.manifest.to_document() == done.manifest.to_document()


def wanted_rest(excerpt: dict[str, Audio]) -> np.ndarray:
    return np.sum([excerpt[f"s0/{part}"].samples for part in demo_song.PARTS if part != "drums"], axis=0)


def test_what_overlaps_is_less_clean() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((44_100, 2)).astype(np.float32)
    tone = np.sin(np.arange(44_100) / 7).astype(np.float32)[:, None].repeat(2, axis=1)
    assert clean_db(tone, tone + 1e-4 * noise) > 40 > clean_db(tone, tone + 0.1 * noise) > clean_db(tone, tone + noise)
    assert clean_db(np.zeros_like(tone), tone) == -99
    assert clean_db(tone, tone) == 99
