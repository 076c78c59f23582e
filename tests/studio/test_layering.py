"""A style's rhythm section under a recording: on its beats, in its chords, through changes; build-ups and drops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Audio
from ritornello.studio import demo_song, footprint
from ritornello.studio.arranging import remix_recipe
from ritornello.studio.buildup import built_up
from ritornello.studio.layering import layer
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Node, RecipeError
from ritornello.studio.render import render
from ritornello.studio.timeline import Grid, grids
from tests.studio.recipes import FAN, FRAMES, WIDE, document, node, recipe, recording
from tests.studio.songs import demo_score
from tests.studio.test_arranging import HASHES, true_analysis

RATE = 44_100
BEAT = 22_050
BEATS = tuple(range(0, 32 * BEAT, BEAT))
CHORDS = tuple((k * 4 * BEAT, (k + 1) * 4 * BEAT, root, 0) for k, root in enumerate((0, 9, 5, 7, 0, 9, 5, 7)))
GRID = Grid(34 * BEAT, BEATS, BEATS[::4], CHORDS)


def played(grid: Grid = GRID, **p: object) -> np.ndarray:
    out = np.zeros((grid.frames, 2), dtype=np.float32)
    whole = {"style": "schlager", "parts": "drums", "intensity_permille": 800, "drop_ms": 0, "build_ms": 0, **p}
    layer(grid, whole, 1, RATE, out)
    return out


def test_the_kick_falls_on_the_beats() -> None:
    low = np.abs(played(style="reggaeton")).max(axis=1)
    for beat in BEATS[4:28]:
        before, after = low[beat - 900 : beat - 300].max(), low[beat - 100 : beat + 900].max()
        assert after > 2 * before


def pitch_class(x: np.ndarray) -> int:
    power = np.abs(np.fft.rfft(x * np.hanning(x.size), 2**17)) ** 2
    hertz = np.fft.rfftfreq(2**17, 1 / RATE)
    inside = (hertz > 35) & (hertz < 110)
    f = hertz[inside][np.argmax(power[inside])]
    return round(12 * np.log2(f / 440) + 69) % 12


def test_the_bass_follows_the_chords_of_the_recording() -> None:
    bass = played(parts="bass", style="k_ballad")[:, 0]
    for start, _, root, _ in CHORDS:
        assert pitch_class(bass[start + 1500 : start + 2 * BEAT]) == root


def test_chords_go_along_through_cuts_speed_and_key() -> None:
    source = recording(beats=list(BEATS), downbeats=list(BEATS[::4]), chords=[list(row) for row in CHORDS])
    made = recipe(
        node("cut", "sequence", "s0", slices=[[8 * BEAT, 16 * BEAT], [0, 4 * BEAT]]),
        node("up", "key", "cut", cents=200),
        node("fast", "tempo", "up", permille=2000),
        node("l", "layer", "fast", style="cumbia", parts="drums+bass"),
        node("all", "mix", "fast", "l"),
        sources=[source],
    )
    grid = grids(made)["fast"]
    assert [row[2] for row in grid.chords] == [7, 9, 2]
    assert [row[0] for row in grid.chords] == [0, 2 * BEAT, 4 * BEAT]
    assert footprint.derivative_types(made) == ("REMIX",)
    assert "material.add:cumbia" in [str(use) for use in footprint.uses(made)]
    assert parse(made.canonical).id == made.id


def test_nothing_is_laid_where_there_are_no_beats() -> None:
    assert not played(Grid(BEAT * 8)).any()
    assert not played(Grid(BEAT * 34, BEATS, BEATS[::4]), parts="bass").any()


@pytest.mark.parametrize(
    ("p", "where"),
    [
        ({"style": "polka"}, "style"),
        ({"style": "cumbia", "parts": "drums+kazoo"}, "parts"),
        ({"style": "cumbia", "drop_ms": 1000, "build_ms": 2000}, "build_ms"),
    ],
)
def test_a_layer_that_cannot_be_played_is_told(p: dict[str, object], where: str) -> None:
    with pytest.raises(RecipeError, match=where):
        parse(document(node("l", "layer", "s0", **p), node("all", "mix", "s0", "l")))


def test_the_roll_grows_until_the_drop() -> None:
    drop = 16 * BEAT
    out = np.abs(played(drop_ms=drop * 1000 // RATE, build_ms=8 * BEAT * 1000 // RATE)).max(axis=1)
    early, late = (np.sqrt(np.mean(out[a : a + 2 * BEAT] ** 2)) for a in (8 * BEAT, 14 * BEAT))
    assert late > 1.5 * early
    assert out[drop : drop + 2000].max() > out[9 * BEAT : 10 * BEAT].max()


def test_a_build_up_is_the_music_before_and_after_it() -> None:
    rng = np.random.default_rng(5)
    noise = Audio((0.1 * rng.standard_normal((RATE * 6, 2))).astype(np.float32), RATE)
    source = {"id": "s0", "kind": "recording", "pcm_sha256": pcm_sha256(noise), "frames": noise.frames}
    nodes = [Node("same", "gain", ("s0",), {"centidb": 0}), *built_up("same", 2000, 4000)]
    made = parse({**document(*[n.to_document() for n in nodes], sources=[source])})
    quiet = replace(made, out=replace(made.out, lufs=-2400))
    heard = render(quiet, {"s0": noise}, bounds=replace(WIDE, lufs_lo_centi=-4000)).audio.samples
    # mastering is one gain here: before the build-up and after the drop it is the music itself
    before, after = slice(0, RATE * 19 // 10), slice(RATE * 4 + 10, None)
    gain = float(np.sum(heard[before] * noise.samples[before]) / np.sum(noise.samples[before] ** 2))
    for part in (before, after):
        assert np.allclose(heard[part], gain * noise.samples[part], atol=1e-4)
    spectrum = np.abs(np.fft.rfft(heard[RATE * 3 : RATE * 4 - 200, 0]))
    assert spectrum[:300].mean() < 0.5 * spectrum[2000:4000].mean()
    with pytest.raises(ValueError, match="before its drop"):
        built_up("x", 5, 5)


def test_a_remix_in_a_style_with_a_build_up() -> None:
    made = remix_recipe(
        true_analysis(), FAN, pcm_sha256="a" * 64, stems=HASHES, style="afrobeats", layers="drums+bass", build_up=True
    )
    ops = [one.op for one in made.nodes]
    assert "layer" in ops and "ride" in ops and "duck" in ops and "groove" not in ops
    laid = next(one for one in made.nodes if one.op == "layer")
    assert laid.p["drop_ms"] - laid.p["build_ms"] > 0 and made.sources[0].chords
    assert parse(made.canonical).id == made.id


def test_a_remix_in_a_style_sounds(sources: dict[str, Audio], song: Audio) -> None:
    short = 16 * 4 * round(RATE * 60 / 104)
    hashes = {part: pcm_sha256(sources[f"s0/{part}"]) for part in demo_song.PARTS}
    assert hashes and demo_score().metre == 4
    truth = true_analysis()
    source = {
        "id": "s0",
        "kind": "recording",
        "pcm_sha256": pcm_sha256(song),
        "frames": song.frames,
        "beats": [int(b) for b in truth.beats],
        "downbeats": [int(b) for b in truth.downbeats],
        "chords": [[c.start, c.end, c.root, 0] for c in truth.chords],
    }
    made = parse(
        document(
            node("cut", "sequence", "s0", slices=[[0, short]]),
            node("l", "layer", "cut", style="amapiano", parts="drums+bass+pad"),
            node("quiet", "duck", "cut", "l", centidb=300),
            node("all", "mix", "quiet", "l", centidb=[0, -300]),
            sources=[source],
        )
    )
    rendered = render(made, sources, bounds=WIDE)
    assert 300 < rendered.manifest.original_permille < 980
    assert rendered.manifest.dbtp_centi <= -100 and FRAMES
