"""Two songs made in known keys and tempi come together by the smallest change, beat on beat, inside the bounds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ritornello.analysis import analyse, chroma, spectra
from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Audio
from ritornello.studio import footprint, mashup
from ritornello.studio.building import Material, propose
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.mashup import Heard, MashupError, mashup_recipe, match
from ritornello.studio.plan import PlanError, plan_of
from ritornello.studio.recipe import Recipe, Source
from ritornello.studio.render import render
from ritornello.studio.time_map import through
from tests.analysis.songs import FOLK, POP, SOUL, Plan, Song, compose
from tests.analysis.synth import render as synthesised
from tests.studio.recipes import WIDE

BED = Plan("bed", 31, 112.0, 0, progressions=POP, form="ABAB")
TONE_HIGHER = Plan("tone higher", 32, 116.0, 2, progressions=POP, form="ABAB")
FOUR_HIGHER = Plan("four higher", 33, 98.0, 4, progressions=SOUL, form="ABAB")
HALF_AS_FAST = Plan("half as fast", 34, 56.0, 0, groove="ballad", progressions=POP, form="AB")
WALTZ = Plan("waltz", 35, 150.0, 0, metre=3, groove="waltz", progressions=FOLK, form="ABAB")
ROOM = replace(WIDE, types=frozenset({"MASHUP"}), tempo_lo_permille=850, tempo_hi_permille=1150,
               key_lo_cents=-400, key_hi_cents=400)  # fmt: skip


_MADE: dict[tuple[str, float], tuple[Song, Audio, Heard]] = {}


def made(plan: Plan) -> tuple[Song, Audio, Heard]:
    key = (plan.name, plan.bpm)
    if key not in _MADE:
        _MADE[key] = _made(plan)
    return _MADE[key]


def _made(plan: Plan) -> tuple[Song, Audio, Heard]:
    song = compose(plan)
    audio = synthesised(song)
    analysis = analyse(audio, bpm=56.0) if plan is HALF_AS_FAST else analyse(audio)
    source = Source(
        plan.name.replace(" ", "_"),
        "recording",
        pcm_sha256(audio),
        audio.frames,
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )
    return song, audio, mashup.heard(source, analysis, audio)


@pytest.mark.parametrize(
    ("other", "tempi", "keys"),
    [
        (TONE_HIGHER, (1000, 965.5), (0, -200)),  # one small move each: only the second song moves
        (FOUR_HIGHER, (929, 1062), (200, -200)),  # larger ones are shared
    ],
)
def test_the_smallest_audible_change(other: Plan, tempi: tuple[float, float], keys: tuple[int, int]) -> None:
    found = match(made(BED)[2], made(other)[2], ROOM)
    assert found.tempo_permille == pytest.approx(tempi, abs=3)
    # whoever moves, the two are as far apart as they must be, and no further from home than needed
    assert found.key_cents[1] - found.key_cents[0] == keys[1] - keys[0]
    assert found.key_cents == keys or found.key_cents == (-keys[1], -keys[0])
    speeds = BED.bpm * found.tempo_permille[0], other.bpm * found.tempo_permille[1]
    assert speeds[0] == pytest.approx(speeds[1], rel=1e-3)


def sung_at(recipe: Recipe, song: Song, name: str) -> list[tuple[float, float]]:
    """(when a downbeat of the second song sounds in the result, its place there as written), in seconds."""
    by = {node.id: node for node in recipe.nodes}
    out = []
    for node in recipe.nodes:
        if node.op != "align":
            continue
        slices = by[by[node.inputs[0]].inputs[0]].p["slices"]
        line, at = through(node.p["anchors"]), 0
        for start, end in slices:
            inside = [d for d in song.downbeats if start <= d * recipe.sr < end - 200]
            marks = np.asarray(inside) * recipe.sr - start + at
            out += [(float(t) / recipe.sr, d) for t, d in zip(line.result_at(marks), inside, strict=True)]
            at += end - start
    return out


@pytest.mark.parametrize("other", [TONE_HIGHER, FOUR_HIGHER, HALF_AS_FAST])
def test_every_bar_of_the_second_song_lies_on_a_bar_of_the_first(other: Plan) -> None:
    song, _, first = made(BED)
    second_song, _, second = made(other)
    recipe = mashup_recipe(first, second, ROOM)
    assert check(recipe, ROOM) == ()
    speed = match(first, second, ROOM).tempo_permille[0] / 1000
    bars = song.downbeats / speed
    placed = sung_at(recipe, second_song, other.name)
    assert len(placed) >= 6
    off = [np.abs(bars - at).min() for at, _ in placed]
    if other is HALF_AS_FAST:
        assert match(first, second, ROOM).bars == 0.5
    assert np.median(off) < 0.006 and max(off) < 0.02


def test_phrases_that_agree_find_each_other() -> None:
    """The other song is the bed itself, faster and higher: each phrase is laid on one with the same letter."""
    song, _, first = made(BED)
    twin = replace(BED, bpm=118.0, tonic=2)
    other, _, second = made(twin)
    found = match(first, second, ROOM)
    assert (found.key_cents[1] - found.key_cents[0]) == -200
    pairs = mashup.chosen(first, second, found, "reorder")
    letters = [(letter_at(song, first, bed), letter_at(other, second, offer)) for bed, offer in pairs]
    assert sum(a == b for a, b in letters) >= 0.8 * len(letters)
    onward = mashup.chosen(first, second, found, "extract")
    assert all(b[1] == a[1] + mashup.PHRASE_BARS for a, b in pairwise(onward))


def letter_at(song: Song, heard: Heard, downbeat: int) -> str:
    at = int(heard.analysis.downbeats[downbeat]) / heard.analysis.rate + 0.1
    return next(letter for start, end, letter in song.sections if start <= at < end)


@pytest.mark.parametrize("structure", ["keep", "extract", "reorder"])
def test_a_mashup_says_what_it_is_and_keeps_to_its_bounds(structure: str) -> None:
    bounds = replace(ROOM, structure=structure)
    recipe = mashup_recipe(made(BED)[2], made(TONE_HIGHER)[2], bounds)
    assert check(recipe, bounds) == ()
    assert footprint.derivative_types(recipe) == ("MASHUP",)
    uses = {(use.source, use.name) for use in footprint.uses(recipe)}
    assert {("bed", "recording.use"), ("tone_higher", "recording.use"), ("tone_higher", "key.change")} <= uses
    assert ("bed", "key.change") not in uses and ("bed", "tempo.change") not in uses
    cut = {name for source, name in uses if source == "tone_higher" and name.startswith("structure.")}
    assert cut <= {"structure.extract", "structure.reorder"} and bool(cut) == (structure != "keep")


@pytest.mark.parametrize("quieter_db", [0.0, 18.0])
def test_the_second_song_is_heard_whatever_the_level_of_its_phrases(quieter_db: float) -> None:
    """By its tones above the bass it lies a decibel under the bed, within the few that phrases differ by."""
    _, audio, first = made(BED)
    _, other, second = made(TONE_HIGHER)
    gain = 10 ** (-quieter_db / 20)
    soft = Audio((other.samples * np.float32(gain)).astype(np.float32), other.rate)
    second = mashup.heard(replace(second.source, pcm_sha256=pcm_sha256(soft)), second.analysis, soft)
    recipe = mashup_recipe(first, second, ROOM)
    mix = next(node for node in recipe.nodes if node.id == "together")

    sounds = {"bed": audio, second.source.id: soft}

    def heard(levels: list[int]) -> Audio:
        nodes = tuple(replace(n, p={"centidb": levels}) if n.id == "together" else n for n in recipe.nodes)
        return render(replace(recipe, nodes=nodes), sounds, bounds=ROOM).audio

    whole = heard(list(mix.p["centidb"]))
    parts = [heard([0, *[-9600] * (len(mix.inputs) - 1)]), heard([-9600, *mix.p["centidb"][1:]])]
    # each part was mastered by itself: how loud it is in the whole is what adds up to the whole
    columns = np.stack([part.mono() for part in parts], axis=1)
    shares = np.linalg.lstsq(columns, whole.mono(), rcond=None)[0]
    sounding = np.abs(columns[:, 1]) > 1e-4

    def tones(k: int) -> float:
        picture = spectra.tone_magnitudes(spectra.mono_22k(parts[k]))
        frames = sounding[np.minimum(np.arange(len(picture)) * 2048, len(sounding) - 1)]
        return float(np.mean(np.sum(chroma.harmonic_semitones(picture, 0.0)[frames, 21:] ** 2, axis=1)))

    under = 10 * np.log10(shares[1] ** 2 * tones(1) / (shares[0] ** 2 * tones(0)))
    assert -5 < under < 3


def test_the_result_has_one_tempo_and_one_key() -> None:
    _, audio, first = made(BED)
    _, other, second = made(TONE_HIGHER)
    recipe = mashup_recipe(first, second, ROOM)
    result = render(recipe, {"bed": audio, "tone_higher": other}, bounds=ROOM)
    heard = analyse(result.audio)
    assert heard.tempo_bpm == pytest.approx(112.0, rel=2e-3)
    assert heard.key.name == "C major"
    assert result.manifest.original_permille == 1000
    assert result.audio.duration_s == pytest.approx(audio.duration_s, abs=0.01)


def test_songs_that_cannot_meet_are_refused_with_a_reason() -> None:
    first = made(BED)[2]
    with pytest.raises(MashupError, match="beats to the bar"):
        mashup_recipe(first, made(WALTZ)[2], ROOM)
    tight = replace(ROOM, tempo_lo_permille=990, tempo_hi_permille=1010)
    with pytest.raises(MashupError, match="more than both songs allow"):
        mashup_recipe(first, made(FOUR_HIGHER)[2], tight)
    with pytest.raises(NotAllowed, match="MASHUP"):
        mashup_recipe(first, made(TONE_HIGHER)[2], replace(ROOM, types=frozenset({"REMIX"})))
    fixed = match(first, made(TONE_HIGHER)[2], replace(ROOM, key_lo_cents=0, key_hi_cents=0))
    assert fixed.key_cents == (0, 0)  # where the key may not move, it does not


def test_a_wish_for_a_mashup_becomes_one() -> None:
    def material(plan: Plan) -> Material:
        _, audio, one = made(plan)
        return Material(one.source, one.analysis, lambda: audio)

    wish = plan_of({"kind": "mashup", "other": "tone higher"})
    both = replace(material(BED), other=material(TONE_HIGHER))
    proposal = propose(wish, both, ROOM)
    assert proposal.allowed and footprint.derivative_types(proposal.recipe) == ("MASHUP",)
    narrow = propose(wish, both, replace(ROOM, tempo_lo_permille=999, tempo_hi_permille=1001))
    assert {refusal.term for refusal in narrow.refusals} == {"tempo_permille"}  # shown as wished, and why it is refused
    with pytest.raises(PlanError, match="beats to the bar"):
        propose(wish, replace(both, other=material(WALTZ)), ROOM)
