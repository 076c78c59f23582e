"""From a plan to a recipe: what was said is in it, what was not said stays inside the bounds, and refusals are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Analysis, Audio
from ritornello.studio import footprint
from ritornello.studio.arranging import passages
from ritornello.studio.building import BUILDERS, OPEN, Material, build, propose, settle
from ritornello.studio.check import check
from ritornello.studio.plain import card_of, lines_of
from ritornello.studio.plan import EFFECTS, Plan, PlanError, plan_of, words_of
from ritornello.studio.reading import parse, validate
from ritornello.studio.recipe import Source
from ritornello.studio.sentence import understand
from ritornello.studio.sketching import sketch
from tests.studio.recipes import FAN


@pytest.fixture(scope="module")
def material(song: Audio, stems: dict[str, Audio], analysis: Analysis) -> Material:
    source = Source(
        "s0",
        "recording",
        pcm_sha256=pcm_sha256(song),
        frames=song.frames,
        stems={part: pcm_sha256(stem) for part, stem in stems.items()},
        vocal_part="lead",
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )
    return Material(source, analysis, lambda: song)


def plan(kind: str, **more: Any) -> Plan:
    needs = {"radio_edit": {"seconds": 60}, "mashup": {"other": "rec_other"}, "localise": {"market": "BR"}}.get(
        kind, {}
    )
    return plan_of({"kind": kind, **needs, **more})


ONE_SONG = [kind for kind in BUILDERS if kind not in ("mashup", "sing", "sing_over")]


@pytest.mark.parametrize("kind", ONE_SONG)
def test_every_kind_is_a_recipe_that_reads_back_and_is_told_in_words(kind: str, material: Material) -> None:
    recipe = build(plan(kind), material)
    assert validate(recipe) == ()
    assert parse(recipe.canonical).id == recipe.id
    assert footprint.derivative_types(recipe)
    assert check(recipe, replace(OPEN, locales=None)) == ()
    assert len(lines_of(recipe)) >= 1 and card_of(recipe)["recipe_id"] == recipe.id


def test_no_trained_model_hears_a_song_whose_holders_want_none(material: Material) -> None:
    strict = replace(OPEN, ai="none", locales=None)
    recipe = build(plan("cover"), replace(material, unaided=True))
    assert recipe.nodes[0].p["score"]["method"] == "own"
    assert check(recipe, strict) == ()


def test_a_plan_is_the_same_recipe_each_time(material: Material) -> None:
    wish = plan("remix", style="reggaeton", tempo_permille=1080, effects=["echo", "build"])
    assert build(wish, material).id == build(wish, material).id
    assert build(wish, material).id != build(replace(wish, tempo_permille=1081), material).id


def test_what_is_said_is_asked_for_even_where_it_is_not_allowed(material: Material) -> None:
    proposal = propose(plan("edit", tempo_permille=1300, key_cents=500), material, FAN)
    asked = {refusal.term: refusal.asked for refusal in proposal.refusals}
    assert asked["tempo_permille"] == 1300 and asked["key_cents"] == 500
    assert proposal.nearest is not None and check(proposal.nearest, FAN) == ()
    ops = {node.op: node.p for node in proposal.nearest.nodes}
    assert (ops["tempo"]["permille"], ops["key"]["cents"]) == (1150, 300)


def test_what_is_left_unsaid_stays_inside_the_bounds(material: Material) -> None:
    narrow = replace(FAN, tempo_lo_permille=990, tempo_hi_permille=1010, key_lo_cents=0, key_hi_cents=0)
    proposal = propose(plan("remix"), material, narrow)
    assert proposal.allowed and proposal.nearest == proposal.recipe


def test_a_wished_tempo_and_key_become_changes_of_this_song(material: Material, analysis: Analysis) -> None:
    settled, notes = settle(plan("edit", bpm=120, tonic=4), analysis)
    assert settled.tempo_permille == round(1000 * 120 / analysis.tempo.bpm)
    assert (analysis.key.tonic * 100 + (settled.key_cents or 0)) % 1200 == 400
    assert len(notes) == 2
    # the song is in D major: the nearest way to A is down a fourth, not up a fifth
    assert settle(plan("edit", tonic=9), analysis)[0].key_cents == -500
    assert settle(plan("edit", bpm=52), analysis)[0].tempo_permille == round(1000 * 52 / analysis.tempo.bpm)
    assert settle(plan("edit", bpm=45), analysis)[0].tempo_permille == round(1000 * 90 / analysis.tempo.bpm)


def test_a_song_that_is_in_the_wished_mode_is_only_transposed(material: Material, analysis: Analysis) -> None:
    settled, _ = settle(plan("reharmonise", mode=analysis.key.mode, tonic=0), analysis)
    assert settled.kind == "edit"


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_effect_is_heard_in_the_footprint(effect: str, material: Material) -> None:
    recipe = build(plan("edit", effects=[effect]), material)
    assert validate(recipe) == ()
    assert any(use.name in ("effect.apply", "material.add") for use in footprint.uses(recipe))
    assert footprint.derivative_types(recipe) == ("REMIX",)


def test_parts_are_taken_out_where_there_are_stems(material: Material) -> None:
    recipe = build(plan("edit", without=["drums"]), material)
    assert {node.p["part"] for node in recipe.nodes if node.op == "stem"} == {"bass", "harmony", "lead"}
    remix = build(plan("remix", without=["bass"]), material)
    assert [node.p["centidb"] for node in remix.nodes if node.id == "level_bass"] == [-9600]
    assert validate(remix) == ()


def test_without_stems_the_vocal_fader_does_not_exist_and_the_answer_says_why(material: Material) -> None:
    bare = replace(material, source=replace(material.source, stems={}, vocal_part=None))
    for wish in (plan("instrumental"), plan("a_cappella"), plan("edit", without=["bass"])):
        with pytest.raises(PlanError, match="delivered n"):
            build(wish, bare)
    assert build(plan("edit", without=["drums"]), bare).nodes[0].p["provider"] == "hpss"


def test_a_plan_that_contradicts_itself_is_told_with_every_finding() -> None:
    with pytest.raises(PlanError) as told:
        plan_of({"kind": "radio", "tempo_permille": "fast", "market": "Brasil", "mystery": 1, "effects": ["magic"]})
    where = {finding.where for finding in told.value.findings}
    assert where == {"plan.kind", "plan.tempo_permille", "plan.market", "plan.mystery", "plan.effects"}
    for document in (
        {"kind": "edit", "bpm": 100, "tempo_permille": 900},
        {"kind": "edit", "tonic": 3, "key_cents": 100},
        {"kind": "a_cappella", "vocals": "remove"},
        {"kind": "radio_edit"},
        {"kind": "mashup"},
    ):
        with pytest.raises(PlanError):
            plan_of(document)


def test_a_plan_goes_through_json_and_into_words() -> None:
    wish = understand("remix at 95% speed in E flat minor with echo, keep the voice, for Brazil").plan
    assert wish is not None and plan_of(wish.to_document()) == wish
    words = " ".join(words_of(wish))
    for part in ("remix", "5 % slower", "E flat minor", "echo", "voice stays", "for BR"):
        assert part in words


def test_the_headline_sentence_keeps_the_voice_over_a_slow_bossa_nova_for_brazil(material: Material) -> None:
    """The lead stem stands for a voice here: it goes over the arrangement, on its beats and at its speed."""
    wish = understand("slow bossa nova, keep the voice, for Brazil").plan
    assert wish is not None
    recipe = build(wish, material)
    assert validate(recipe) == ()
    ops = {node.op: node.p for node in recipe.nodes}
    assert ops["perform"]["style"] == "bossa_nova"
    assert (ops["stem"]["part"], ops["tempo"]["permille"]) == ("lead", 850)
    flow = footprint.flow(recipe)
    assert flow.market_style == "bossa_nova"
    assert "recording" in flow.sources["voice_of"].rights
    assert check(recipe, OPEN) == ()


def test_a_voice_without_its_stem_cannot_be_kept_and_a_song_without_a_voice_has_none(material: Material) -> None:
    wish = plan("localise", style="bossa_nova", vocals="keep", market="BR")
    bare = replace(material, source=replace(material.source, stems={}, vocal_part=None), part=None)
    with pytest.raises(PlanError, match="no fader is faked"):
        build(wish, bare)
    silent = replace(material, source=replace(material.source, vocal_part=""))
    recipe = build(wish, silent)
    assert {source.kind for source in recipe.sources} == {"composition"}


@pytest.mark.parametrize(
    ("said", "types"),
    [
        ({"kind": "cover"}, ("COVER_SAME",)),
        ({"kind": "cover", "style": "bossa_nova", "key_cents": -200}, ("STYLE_LOCALE",)),
        ({"kind": "localise", "style": "cumbia", "market": "CO"}, ("STYLE_LOCALE",)),
        ({"kind": "reharmonise", "harmony": "tritone"}, ("REHARMONISE",)),
        ({"kind": "reharmonise", "mode": "minor"}, ("REHARMONISE",)),
        ({"kind": "regroove", "metre": 3}, ("REHARMONISE",)),
        ({"kind": "regroove", "feel": "swing"}, ("COVER_SAME",)),
        ({"kind": "acoustic"}, ("COVER_SAME",)),
    ],
)
def test_what_is_played_anew_holds_no_recording(material: Material, said: dict[str, Any], types: tuple[str]) -> None:
    recipe = build(plan_of(said), material)
    assert footprint.derivative_types(recipe) == types
    assert all("recording" not in one.rights for one in footprint.flow(recipe).sources.values())
    assert check(recipe, OPEN) == ()


def test_a_market_without_a_style_is_played_in_the_style_that_is_at_home_there(material: Material) -> None:
    """Otherwise a "local version for Brazil" was a plain cover, and the holders were asked about a plain cover."""
    for market, homes in (("BR", {"bossa_nova", "baile_funk"}), ("KR", {"k_ballad"}), ("DE", {"schlager"})):
        settled, notes = settle(Plan("localise", market=market), material.analysis)
        assert settled.style in homes and any(settled.style in note for note in notes)
        assert footprint.derivative_types(sketch(settled, material)) == ("STYLE_LOCALE",)
        offered = propose(Plan("localise", market=market), material, replace(OPEN, locales=None))
        assert footprint.derivative_types(offered.recipe) == ("STYLE_LOCALE",)
    said = plan("localise", market="BR", style="cumbia")
    assert settle(said, material.analysis)[0].style == "cumbia"  # what is said stays
    for nowhere, where in ((Plan("localise"), "is missing"), (Plan("localise", market="FR"), "at home")):
        with pytest.raises(PlanError, match=where):
            propose(nowhere, material, OPEN)


def test_the_title_of_a_local_version_is_proposed_in_its_language(material: Material) -> None:
    named = replace(material, title="Low Tide")
    wide = replace(OPEN, locales=None)
    titles = {
        language: propose(plan("localise", market="BR", style="bossa_nova", language=language), named, wide).title
        for language in ("", "pt", "ja")
    }
    assert titles == {
        "": "Low Tide (Bossa Nova Version)",
        "pt": "Low Tide (Versão Bossa Nova)",
        "ja": "Low Tide（ボサノヴァ・バージョン）",
    }
    assert propose(plan("remix", style="bossa_nova"), named, wide).title == "Low Tide"


@pytest.mark.parametrize("kind", ["edit", "remix"])
def test_music_that_ends_in_the_middle_of_the_song_fades_out_over_a_bar(kind: str, material: Material) -> None:
    """It broke off at full loudness within 12 ms."""
    count = len(passages(material.analysis))

    def fade(*order: int) -> int:
        recipe = build(plan(kind, sections=list(order), tempo_permille=1000, key_cents=0), material)
        return max(node.p["out_ms"] for node in recipe.nodes if node.op == "fade")

    bar_ms = 60_000 * material.analysis.metre / material.analysis.tempo.bpm
    assert abs(fade(2, 1) - bar_ms) < 0.05 * bar_ms
    assert fade(1, count) == 60
