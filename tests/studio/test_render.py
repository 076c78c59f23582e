"""Rendering: permission before the first sample, exactness where nothing changes, the same samples every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ritornello.analysis import loudness
from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Audio
from ritornello.studio import demo_song
from ritornello.studio.check import NotAllowed
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe, RecipeError
from ritornello.studio.render import Cancelled, SourceError, render
from tests.studio.recipes import WIDE, node

SECONDS = 12


@pytest.fixture(scope="session")
def excerpt(stems: dict[str, Audio]) -> dict[str, Audio]:
    """Twelve seconds around the first chorus, as stems and as their mix under the keys of a render."""
    start = demo_song.truth().sections[2].start - 2 * 44_100
    cut = {
        f"s0/{part}": Audio(np.ascontiguousarray(stem.samples[start : start + SECONDS * 44_100]), 44_100)
        for part, stem in stems.items()
    }
    whole = np.sum([stem.samples for stem in cut.values()], axis=0, dtype=np.float32)
    return {"s0": Audio(whole, 44_100), **cut}


def made(excerpt: dict[str, Audio], *nodes: dict[str, object], **out: int) -> Recipe:
    start = demo_song.truth().sections[2].start - 2 * 44_100
    beats = [b - start for b in demo_song.truth().beats if 0 <= b - start < SECONDS * 44_100]
    downbeats = [b - start for b in demo_song.truth().downbeats if 0 <= b - start < SECONDS * 44_100]
    return parse(
        {
            "v": 1,
            "sources": [
                {
                    "id": "s0",
                    "kind": "recording",
                    "pcm_sha256": pcm_sha256(excerpt["s0"]),
                    "frames": excerpt["s0"].frames,
                    "stems": {part: pcm_sha256(excerpt[f"s0/{part}"]) for part in demo_song.PARTS},
                    "beats": beats,
                    "downbeats": downbeats,
                }
            ],
            "nodes": list(nodes),
            "out": {"node": nodes[-1]["id"], **out},
        }
    )


def stem_nodes() -> list[dict[str, object]]:
    return [node(part, "stem", "s0", part=part, provider="supplied") for part in demo_song.PARTS]


def test_no_sample_is_read_for_a_recipe_that_is_refused(excerpt: dict[str, Audio]) -> None:
    read: list[str] = []

    def decoder() -> Audio:
        read.append("s0")
        return excerpt["s0"]

    recipe = made(excerpt, node("fast", "tempo", "s0", permille=1300))
    with pytest.raises(NotAllowed) as refusal:
        render(recipe, {"s0": decoder}, bounds=replace(WIDE, tempo_hi_permille=1150))
    assert read == []
    assert refusal.value.refusals[0].nearest == 1150
    render(made(excerpt, node("same", "gain", "s0", centidb=0)), {"s0": decoder}, bounds=WIDE)
    assert read == ["s0"]


def test_a_recipe_that_makes_no_sense_is_refused_before_reading(excerpt: dict[str, Audio]) -> None:
    good = made(excerpt, node("a", "gain", "s0", centidb=0))
    broken = replace(good, out=replace(good.out, node="elsewhere"))
    with pytest.raises(RecipeError):
        render(broken, {"s0": lambda: pytest.fail("was read")}, bounds=WIDE)


def test_other_samples_than_the_licensed_ones_are_refused(excerpt: dict[str, Audio]) -> None:
    recipe = made(excerpt, node("a", "gain", "s0", centidb=0))
    with pytest.raises(SourceError, match="hash"):
        render(recipe, {"s0": excerpt["s0/lead"]}, bounds=WIDE)
    with pytest.raises(SourceError, match="not given"):
        render(recipe, {}, bounds=WIDE)


def _same_up_to_gain(a: np.ndarray, b: np.ndarray) -> float:
    gain = float(np.sum(a * b) / np.sum(b * b))
    return float(np.max(np.abs(a - gain * b)))


def test_nothing_changed_is_the_original(excerpt: dict[str, Audio]) -> None:
    """Speed 1000, key 0, one whole slice, all stems: the mix to float rounding, but for the master's one gain."""
    quiet = {"lufs": -2000}
    whole = [[0, excerpt["s0"].frames]]
    recipe = made(
        excerpt,
        *stem_nodes(),
        node("mix", "mix", *demo_song.PARTS),
        node("order", "sequence", "mix", slices=whole),
        node("key", "key", "order", cents=0),
        node("tempo", "tempo", "key", permille=1000),
        **quiet,
    )
    out = render(recipe, excerpt, bounds=WIDE)
    assert _same_up_to_gain(out.audio.samples, excerpt["s0"].samples) <= 1e-6
    assert out.manifest.original_permille == 1000


def test_the_split_adds_up_to_the_recording(excerpt: dict[str, Audio]) -> None:
    recipe = made(
        excerpt,
        node("d", "stem", "s0", part="drums", provider="hpss"),
        node("r", "stem", "s0", part="rest", provider="hpss"),
        node("mix", "mix", "d", "r"),
        lufs=-2000,
    )
    out = render(recipe, {"s0": excerpt["s0"]}, bounds=WIDE)
    assert _same_up_to_gain(out.audio.samples, excerpt["s0"].samples) <= 1e-6


def full(excerpt: dict[str, Audio]) -> Recipe:
    beats = 60 / 104 * 44_100
    one = 2 * 44_100
    bar = round(4 * beats)
    slices = [[one + bar, one + 2 * bar], [one, one + bar], [one + 2 * bar, one + 3 * bar]]
    return made(
        excerpt,
        *stem_nodes(),
        node("tonal", "mix", "bass", "harmony", "lead", centidb=[150, -150, 0]),
        node("d1", "sequence", "drums", slices=slices),
        node("t1", "sequence", "tonal", slices=slices),
        node("d2", "tempo", "d1", permille=1060, transients="strokes"),
        node("t2", "key", "t1", cents=200, transients="plain"),
        node("t3", "tempo", "t2", permille=1060, transients="plain"),
        node("band", "mix", "d2", "t3"),
        node("beat", "groove", "band", style="four_floor"),
        node("ducked", "duck", "band", "beat", centidb=250),
        node("all", "mix", "ducked", "beat", centidb=[0, -500]),
        node("end", "fade", "all", out_ms=400),
    )


def test_a_whole_remix_is_made_the_same_each_time_and_measures_as_asked(excerpt: dict[str, Audio]) -> None:
    told: list[float] = []
    first = render(full(excerpt), excerpt, lambda part, _: told.append(part), bounds=WIDE)
    second = render(full(excerpt), excerpt, bounds=WIDE)
    assert first.manifest.pcm_sha256 == second.manifest.pcm_sha256
    heard = loudness.measure(first.audio)
    assert heard.lufs == pytest.approx(-14.0, abs=0.1) and heard.true_peak_dbtp <= -1.0
    assert told == sorted(told) and told[-1] == 1.0
    frames = 3 * round(4 * 60 / 104 * 44_100)
    assert first.audio.frames == pytest.approx(frames / 1.06, abs=2)
    assert 500 < first.manifest.original_permille < 1000
    document = first.manifest.to_document()
    assert document["types"] == ["REMIX"] and document["ai"] == "none"
    assert set(document["inputs"]) == {f"s0/{part}" for part in demo_song.PARTS}
    assert len(document["output"]["downbeats"]) == 3


def test_another_seed_is_another_performance(excerpt: dict[str, Audio]) -> None:
    recipe = full(excerpt)
    one = render(recipe, excerpt, bounds=WIDE).manifest.pcm_sha256
    assert render(replace(recipe, seed=2), excerpt, bounds=WIDE).manifest.pcm_sha256 != one


def test_a_render_can_be_cancelled(excerpt: dict[str, Audio]) -> None:
    asked: list[int] = []

    def cancel() -> bool:
        asked.append(1)
        return len(asked) > 6

    with pytest.raises(Cancelled):
        render(full(excerpt), excerpt, cancel=cancel, bounds=WIDE)


def test_mono_and_other_rates_are_rendered(excerpt: dict[str, Audio]) -> None:
    from ritornello.analysis.decode import resample

    mono = Audio(np.ascontiguousarray(resample(excerpt["s0"], 48_000).samples[:, :1]), 48_000)
    recipe = parse(
        {
            "v": 1,
            "sr": 44_100,
            "sources": [{"id": "s0", "kind": "recording", "pcm_sha256": pcm_sha256(mono), "frames": SECONDS * 44_100}],
            "nodes": [node("a", "varispeed", "s0", permille=1250)],
            "out": {"node": "a"},
        }
    )
    out = render(recipe, {"s0": mono}, bounds=WIDE)
    assert out.audio.rate == 44_100 and out.audio.channels == 1
    assert out.audio.duration_s == pytest.approx(SECONDS / 1.25, abs=1e-3)


def test_a_cover_needs_no_recording() -> None:
    notes = [[3, k * 22_050, 20_000, 69 + k, 100] for k in range(4)] + [[4, k * 22_050, 1, 36, 110] for k in range(4)]
    recipe = parse(
        {
            "v": 1,
            "sources": [{"id": "w", "kind": "composition", "work_ref": "wrk_x"}],
            "nodes": [node("a", "perform", "w", notes=notes)],
            "out": {"node": "a"},
        }
    )
    out = render(recipe, {}, bounds=WIDE)
    assert out.audio.channels == 2 and out.manifest.inputs == {} and out.manifest.original_permille == 0
    assert out.manifest.lufs_centi == pytest.approx(-1400, abs=10)
