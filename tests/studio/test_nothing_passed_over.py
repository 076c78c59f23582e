"""Every wish of a plan changes its recipe, is told in a note, or is refused: none is passed over in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Analysis, Audio
from ritornello.analysis.notes import transcribe
from ritornello.studio.building import BUILDERS, OPEN, Material, build, settle
from ritornello.studio.plan import Plan, PlanError, plan_of
from ritornello.studio.recipe import Source
from ritornello.studio.score import score_of

WISHES: dict[str, Any] = {
    "style": "reggaeton",
    "tempo_permille": 1070,
    "bpm": 112,
    "key_cents": 300,
    "tonic": 7,
    "mode": "minor",
    "vocals": "remove",
    "market": "BR",
    "language": "pt",
    "seconds": 40,
    "bars": 2,
    "metre": 3,
    "feel": "swing",
    "harmony": "tritone",
    "effects": ["echo"],
    "without": ["drums"],
    "order": "reorder",
    "sections": [2, 1],
    "levels": {"drums": -300},
}
KINDS = [kind for kind in BUILDERS if kind not in ("mashup", "sing", "sing_over", "localise", "reharmonise")]
TRUE_ALREADY = {
    "a_cappella": ["without"],
    "instrumental": ["vocals"],
    "remix": ["order"],
    "cover": ["vocals"],
    "acoustic": ["vocals", "without"],
    "regroove": ["vocals"],
}
"""What a kind is by itself: a new performance has no voice of the original, and an acoustic one no drums."""
WORDS_ONLY = ["market"]
"""Where it shall go is asked of the holders; a style belongs to it, not to the sound."""


@pytest.fixture(scope="module")
def material(song: Audio, stems: dict[str, Audio], analysis: Analysis) -> Material:
    return Material(
        Source(
            "s0",
            "recording",
            pcm_sha256=pcm_sha256(song),
            frames=song.frames,
            stems={part: pcm_sha256(stem) for part, stem in stems.items()},
            vocal_part="lead",
            beats=tuple(int(b) for b in analysis.beats),
            downbeats=tuple(int(b) for b in analysis.downbeats),
        ),
        analysis,
        lambda: song,
        score=score_of(analysis, transcribe(stems["lead"], analysis, method="own"), title="Low Tide"),
    )


def least(kind: str, **more: Any) -> Plan:
    return plan_of({"kind": kind, **({"seconds": 60} if kind == "radio_edit" else {}), **more})


@pytest.mark.parametrize("kind", KINDS)
def test_no_wish_is_passed_over_in_silence(kind: str, material: Material) -> None:
    without = build(least(kind), material, OPEN).id
    passed_over = []
    for name, wish in WISHES.items():
        try:
            settled, notes = settle(least(kind, **{name: wish}), material.analysis)
            made = build(settled, material, OPEN)
        except PlanError:
            continue
        if made.id == without and not notes:
            passed_over.append(name)
    assert [one for one in passed_over if one not in WORDS_ONLY] == TRUE_ALREADY.get(kind, [])


def test_the_voice_is_taken_out_of_any_version_where_its_stem_is_here(material: Material) -> None:
    for kind, parts in (("nightcore", {"drums", "bass", "harmony"}), ("edit", {"drums", "bass", "harmony"})):
        recipe = build(least(kind, vocals="remove"), material, OPEN)
        assert {node.p["part"] for node in recipe.nodes if node.op == "stem"} == parts
    bare = replace(material, source=replace(material.source, stems={}, vocal_part=None))
    with pytest.raises(PlanError, match="no fader is faked"):
        build(least("nightcore", vocals="remove"), bare, OPEN)


def test_an_extended_mix_takes_about_as_long_as_was_wished(material: Material) -> None:
    frames, rate = material.source.frames, material.analysis.rate
    for wish in (frames // rate + 60, 300, 600):
        (made,) = (node for node in build(least("extended", seconds=wish), material, OPEN).nodes if node.id == "longer")
        again = made.p["slices"][1:]
        took = sum(end - start for start, end in made.p["slices"]) / rate
        assert len(again) >= 1 and took <= wish + 20
        whole = build(least("extended", seconds=wish), material, OPEN)
        ends = next(node for node in whole.nodes if node.id == "clock").p["slices"]
        assert abs(sum(end - start for start, end in ends) / rate - wish) < 20
    with pytest.raises(PlanError, match=r"takes .* to .* s, not 30"):
        build(least("extended", seconds=30), material, OPEN)
