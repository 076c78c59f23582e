"""A take with a known offset and a known drift is laid on the beats; it is one's own, and no master is used."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Audio
from ritornello.studio import footprint
from ritornello.studio.alongside import (
    AlongsideError,
    alongside_recipe,
    guide,
    placed,
    placed_by_hand,
    sing_along,
    time_map,
)
from ritornello.studio.check import NotAllowed
from ritornello.studio.reading import parse, validate
from ritornello.studio.recipe import Recipe, Source
from ritornello.studio.render import render
from tests.studio.recipes import WIDE, document, node

RATE = 44_100
TUNE = (67, 69, 71, 72, 74, 72, 71, 69, 67, 64, 65, 67, 69, 72, 71, 67, 76, 74, 72, 71, 69, 67, 65, 64)
BEAT = 0.5
LENGTHS = (1, 1, 2, 1, 1, 2, 1.5, 0.5, 2, 1, 1, 2)


def written() -> list[tuple[float, float, int]]:
    """(start, length, pitch) of forty seconds of melody."""
    out, at = [], 1.0
    for k in range(60):
        length = LENGTHS[k % len(LENGTHS)] * BEAT
        out.append((at, 0.92 * length, TUNE[(k * 5 + k // 7) % len(TUNE)]))
        at += length
    return [note for note in out if note[0] < 40]


def arrangement() -> Recipe:
    lead = [[3, round(s * RATE), round(n * RATE), p, 100] for s, n, p in written()]
    chords = [
        [0, round((1 + bar * 2) * RATE), 80_000, root + step, 80]
        for bar in range(20)
        for root in ((48, 53, 55, 45)[bar % 4],)
        for step in (0, 4, 7)
    ]
    drums = [[4, round((1 + k * BEAT) * RATE), 2_000, 36 if k % 2 == 0 else 38, 100] for k in range(80)]
    cover = node("band", "perform", "w", notes=sorted(lead + chords + drums, key=lambda row: row[1]))
    return parse(document(cover, sources=[{"id": "w", "kind": "composition", "work_ref": "wrk_x"}]))


def sung(moment: object, rate: int = 48_000, seconds: float = 44.0, transpose: int = 0) -> Audio:
    """The melody sung with vibrato and breath; `moment` maps a time of the arrangement to a time of the take."""
    out = np.zeros(round(seconds * rate))
    rng = np.random.default_rng(4)
    for start, length, pitch in written():
        begin, end = (round(float(moment(t)) * rate) for t in (start, start + length))  # type: ignore[operator]
        if begin < 0 or end > out.size:
            continue
        t = np.arange(end - begin) / rate
        hertz = 440 * 2 ** ((pitch + transpose - 69) / 12)
        phase = 2 * np.pi * hertz * t + 0.25 * np.sin(2 * np.pi * 5.5 * t)
        tone = sum(np.sin(k * phase) / k**1.3 for k in range(1, 8))
        shape = np.minimum(1, t / 0.03) * np.minimum(1, t[::-1] / 0.05)
        out[begin:end] += 0.12 * tone * shape + 0.004 * rng.standard_normal(t.size)
    return Audio(out.astype(np.float32)[:, None], rate)


def mine(take: Audio) -> Source:
    frames = round(take.duration_s * RATE)
    return Source("me", "contribution", pcm_sha256(take), frames, declaration="own_performance")


@pytest.mark.parametrize("transpose", [0, -12])
def test_a_known_offset_and_a_known_drift_are_found(transpose: int) -> None:
    """The singer comes in 0.7 s late, sings 2 % faster, and breathes: 60 ms to and fro over twelve seconds."""

    def moment(t: float) -> float:
        return 0.7 + t / 1.02 + 0.06 * np.sin(2 * np.pi * t / 12)

    found = placed(sung(moment, transpose=transpose), guide(arrangement()))
    at = np.arange(3.0, 36.0, 0.5)
    laid = time_map(found).result_at(np.asarray([moment(t) for t in at]) * RATE) / RATE
    off = np.abs(laid - at)
    assert np.median(off) < 0.015 and off.max() < 0.05
    assert found.drift_permille == pytest.approx(20, abs=6)
    assert found.offset_ms == pytest.approx(-714, abs=90)
    assert abs(found.cents) < 40 and found.confidence > 0.4


def test_only_the_offset_is_wrong() -> None:
    found = placed(sung(lambda t: t - 0.5), guide(arrangement()))
    assert found.offset_ms == pytest.approx(500, abs=12) and found.drift_permille == 0
    slopes = [(b[0] - a[0]) / (b[1] - a[1]) for a, b in zip(found.anchors, found.anchors[1:], strict=False)]
    assert max(abs(slope - 1) for slope in slopes) < 0.02  # a take in time is left in peace


def test_the_whole_way_from_a_take_to_a_song() -> None:
    def moment(t: float) -> float:
        return 0.3 + t / 0.985

    base = arrangement()
    take = sung(moment)
    recipe, placement = sing_along(base, take, mine(take), WIDE)
    assert parse(recipe.to_document()).id == recipe.id and recipe.source("me").declaration == "own_performance"  # type: ignore[union-attr]
    assert footprint.derivative_types(recipe) == ("COVER_SAME",)
    uses = {(use.source, use.name) for use in footprint.uses(recipe)}
    assert {("w", "composition.use"), ("me", "contribution.use")} <= uses
    assert not {name for _, name in uses} & {"recording.use", "performance.use"}  # nobody else's sound is in it
    assert {name for source, name in uses if source == "w"} == {"composition.use"}
    made = render(recipe, {"me": take}, bounds=WIDE)
    assert set(made.manifest.inputs) == {"me"}
    assert made.audio.channels == 2 and made.audio.rate == RATE
    # the engine's own lead has given way: what is sung at a note's place is the take
    assert all(row[0] != 3 for n in recipe.nodes if n.op == "perform" for row in n.p["notes"])
    assert placement.drift_permille == pytest.approx(-15, abs=4)


def test_what_is_not_the_tune_is_not_forced_onto_it() -> None:
    noise = Audio((0.1 * np.random.default_rng(2).standard_normal((20 * RATE, 1))).astype(np.float32), RATE)
    with pytest.raises(AlongsideError, match="by hand"):
        placed(noise, guide(arrangement()))
    by_hand = placed_by_hand(noise, RATE, -250)
    assert time_map(by_hand).result_at([RATE]).tolist() == [RATE - 11_025]
    recipe = alongside_recipe(arrangement(), mine(noise), by_hand, WIDE)
    assert validate(recipe) == ()


def test_a_take_without_a_declaration_is_no_source() -> None:
    take = sung(lambda t: t)
    bare = replace(mine(take), declaration="")
    with pytest.raises(AlongsideError, match="own_performance"):
        alongside_recipe(arrangement(), bare, placed_by_hand(take, RATE, 0), WIDE)
    recipe = alongside_recipe(arrangement(), mine(take), placed_by_hand(take, RATE, 0), WIDE)
    broken = replace(recipe, sources=(recipe.sources[0], bare))
    assert [finding.where for finding in validate(broken)] == ["sources[1].declaration"]


def test_the_bounds_of_the_cover_hold_for_the_song_with_a_voice() -> None:
    take = sung(lambda t: t)
    with pytest.raises(NotAllowed, match="COVER_SAME"):
        alongside_recipe(
            arrangement(), mine(take), placed_by_hand(take, RATE, 0), replace(WIDE, types=frozenset({"REMIX"}))
        )


def test_a_recipe_that_performs_nothing_has_no_tune_to_sing() -> None:
    plain = parse(document(node("a", "gain", "s0", centidb=0)))
    with pytest.raises(AlongsideError, match="cover"):
        guide(plain)
