"""A render that is stopped, killed or told again goes on from its finished steps, and gives the very same samples."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Audio
from ritornello.studio.cache import Step, StepCache, keys_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe
from ritornello.studio.render import Cancelled, render
from tests.studio.recipes import WIDE, node

RATE = 44_100


def noise(seconds: int = 12) -> Audio:
    """A sound that is quick to make: the same noise each time, with strokes in it."""
    generator = np.random.Generator(np.random.PCG64(5))
    samples = generator.normal(0, 0.05, (RATE * seconds, 2)).astype(np.float32)
    samples[:: RATE // 2] = 0.7
    return Audio(samples, RATE)


def recipe_of(audio: Audio, permille: int = 1100, cents: int = 200) -> Recipe:
    beats = list(range(0, audio.frames, RATE // 2))
    source = {"id": "s0", "kind": "recording", "pcm_sha256": pcm_sha256(audio), "frames": audio.frames}
    return parse(
        {
            "v": 1,
            "sources": [{**source, "beats": beats, "downbeats": beats[::4]}],
            "nodes": [
                node("faster", "tempo", "s0", permille=permille),
                node("room", "reverb", "faster", decay_ms=900, wet_permille=200),
                node("higher", "key", "room", cents=cents),
                node("beat", "groove", "higher", style="backbeat"),
                node("all", "mix", "higher", "beat", centidb=[0, -600]),
            ],
            "out": {"node": "all"},
        }
    )


def kept(folder: Path) -> int:
    return len(list(folder.glob("*/*.npy")))


def test_a_cancelled_render_goes_on_where_it_stopped_and_sounds_the_same(tmp_path: Path) -> None:
    audio = noise()
    recipe = recipe_of(audio)
    plain = render(recipe, {"s0": audio}, bounds=WIDE)
    told: list[str] = []

    def report(_fraction: float, what: str) -> None:
        told.append(what)

    cache = StepCache(tmp_path)
    with pytest.raises(Cancelled):
        render(recipe, {"s0": audio}, report, lambda: any("key" in one for one in told), bounds=WIDE, cache=cache)
    assert kept(tmp_path) == 2  # tempo and reverb were finished
    told.clear()
    again = render(recipe, {"s0": audio}, report, bounds=WIDE, cache=cache)
    assert not any(one.startswith("tempo") for one in told)
    assert again.manifest == plain.manifest
    assert np.array_equal(again.audio.samples, plain.audio.samples)


def test_finished_steps_need_no_source_and_the_manifest_still_names_it(tmp_path: Path) -> None:
    audio = noise()
    recipe = recipe_of(audio)
    cache = StepCache(tmp_path)
    first = render(recipe, {"s0": audio}, bounds=WIDE, cache=cache)

    def never() -> Audio:
        raise AssertionError("the source was decoded again")

    louder = replace(recipe, out=replace(recipe.out, lufs=-1600))
    second = render(louder, {"s0": never}, bounds=WIDE, cache=cache)
    assert second.manifest.inputs == first.manifest.inputs == {"s0": pcm_sha256(audio)}
    assert second.manifest.lufs_centi == -1600
    assert second.manifest.original_permille == first.manifest.original_permille


def test_a_killed_render_leaves_whole_steps_only_and_is_taken_up(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from tests.studio.test_cache import noise, recipe_of
from tests.studio.recipes import WIDE
from ritornello.studio.cache import StepCache
from ritornello.studio.render import render
audio = noise()
def report(fraction, what):
    if what.startswith("key"):
        os.kill(os.getpid(), signal.SIGKILL)
render(recipe_of(audio), {"s0": audio}, report, bounds=WIDE, cache=StepCache(Path(sys.argv[1])))
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=root, env=_environ(root), check=False)
    assert done.returncode == -signal.SIGKILL
    assert kept(tmp_path) == 2
    audio = noise()
    told: list[str] = []
    resumed = render(
        recipe_of(audio), {"s0": audio}, lambda _, what: told.append(what), bounds=WIDE, cache=StepCache(tmp_path)
    )
    assert not any(what.startswith("tempo") for what in told)
    assert np.array_equal(resumed.audio.samples, render(recipe_of(audio), {"s0": audio}, bounds=WIDE).audio.samples)


def _environ(root: Path) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"}


def test_a_step_is_another_one_when_anything_that_reaches_it_differs() -> None:
    audio = noise(2)
    base = recipe_of(audio)
    keys = keys_of(base)
    assert keys_of(recipe_of(audio)) == keys
    faster = keys_of(recipe_of(audio, permille=1101))
    assert all(faster[name] != keys[name] for name in ("faster", "room", "higher", "beat", "all"))
    lower = keys_of(recipe_of(audio, cents=100))
    assert lower["room"] == keys["room"] and lower["higher"] != keys["higher"]
    seeded = keys_of(replace(base, seed=2))
    assert seeded["room"] != keys["room"]
    other = keys_of(replace(base, sources=(replace(base.sources[0], pcm_sha256="c" * 64),)))
    assert other["faster"] != keys["faster"]
    moved = keys_of(replace(base, sources=(replace(base.sources[0], beats=(0, 9, 18)),)))
    assert moved["beat"] != keys["beat"]
    assert keys_of(base, {"room"})["higher"] != keys["higher"]


def test_a_broken_entry_is_no_entry_and_the_oldest_leave_first(tmp_path: Path) -> None:
    cache = StepCache(tmp_path, most_bytes=20_000)
    step = Step(np.ones((1000, 2), dtype=np.float32), 0.25)
    cache.put("aa" * 32, step)
    found = cache.get("aa" * 32)
    assert found is not None and found.original == 0.25 and np.array_equal(found.samples, step.samples)
    (tmp_path / "aa" / f"{'aa' * 32}.npy").write_bytes(b"\\x93NUMPY")
    assert cache.get("aa" * 32) is None
    for number in range(4):
        cache.put(f"{number:02d}" * 32, step)
    assert cache.get("03" * 32) is not None and cache.get("00" * 32) is None
    assert not list(tmp_path.glob("*/*.part"))
