"""Recipes: canonical, hashed by content, and read with every finding at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.studio.operations import OPERATIONS
from ritornello.studio.reading import parse
from ritornello.studio.recipe import RecipeError
from tests.studio.recipes import FRAMES, document, node, recording, remix


def test_the_id_depends_on_the_content_alone() -> None:
    one = remix()
    shuffled = json.dumps(dict(reversed(list(one.to_document().items()))), indent=3)
    assert parse(shuffled).id == one.id
    assert remix(tempo=1061).id != one.id
    # a default written out is the same recipe as a default left out
    plain = parse(document(node("a", "tempo", "s0", permille=1100)))
    assert parse(document(node("a", "tempo", "s0", permille=1100, transients="keep"))).id == plain.id


def test_what_is_written_is_read_back() -> None:
    assert parse(remix().canonical) == parse(remix().to_document())
    assert b"." not in remix().canonical.replace(b'"engine":"1.0.0"', b"")


BROKEN: list[tuple[dict[str, Any], str]] = [
    (document(node("a", "tempo", "s0", permille=1.1)), "nodes[0].p.permille"),
    (document(node("a", "tempo", "s0", permille=True)), "nodes[0].p.permille"),
    (document(node("a", "tempo", "s0", permille=9000)), "nodes[0].p.permille"),
    (document(node("a", "tempo", "s0")), "nodes[0].p.permille"),
    (document(node("a", "tempo", "s0", permille=1100, pitch=1)), "nodes[0].p.pitch"),
    (document(node("a", "explode", "s0")), "nodes[0].op"),
    (document(node("a", "gain", "b", centidb=0), node("b", "gain", "a", centidb=0)), "nodes[0].in"),
    (document(node("a", "gain", "s0", centidb=0), node("b", "gain", "s0", centidb=0)), "nodes[0]"),
    (document(node("a", "stem", "s0", part="vocals", provider="supplied")), "nodes[0].p.part"),
    (document(node("a", "stem", "s0", part="lead", provider="hpss")), "nodes[0].p.part"),
    (document(node("a", "sequence", "s0", slices=[[0, FRAMES + 1]])), "nodes[0].p.slices"),
    (document(node("a", "sequence", "s0", slices=[[5, 5]])), "nodes[0].p.slices"),
    (document(node("a", "sequence", "s0", slices=[[5, "9"]])), "nodes[0].p.slices"),
    (
        document(node("t", "tempo", "s0", permille=900), node("a", "sequence", "t", slices=[[0, 9]])),
        "nodes[1].in",
    ),
    (document(node("a", "mix", "s0", "s0", centidb=[0])), "nodes[0].p.centidb"),
    (document(node("a", "gain", "s0", centidb=0), sources=[recording(pcm_sha256="xyz")]), "sources[0].pcm_sha256"),
    (document(node("a", "gain", "s0", centidb=0), sources=[recording(beats=[5, 3])]), "sources[0].beats"),
    (document(node("a", "gain", "s0", centidb=0), sources=[recording(beats=[1.5])]), "sources[0].beats"),
    (document(node("a", "gain", "s0", centidb=0), sources=[recording(downbeats=[3])]), "sources[0].downbeats"),
    (document(node("a", "gain", "s0", centidb=0), sources=[recording(), recording()]), "sources[1].id"),
    (document(node("a", "gain", "s0", centidb=0), colour="red"), "colour"),
    (document(node("a", "gain", "s0", centidb=0), sr=0), "sr"),
    (document(node("a", "gain", "s0", centidb=0), v=2), "v"),
    ({**document(node("a", "gain", "s0", centidb=0)), "out": {"node": "a", "lufs": 5}}, "out.lufs"),
    ({**document(node("a", "gain", "s0", centidb=0)), "out": {"node": "zzz"}}, "out.node"),
    ({**document(node("a", "gain", "s0", centidb=0)), "nodes": "none"}, "nodes"),
    ({"nodes": [3]}, "nodes[0]"),
]


@pytest.mark.parametrize(("broken", "where"), BROKEN)
def test_each_mistake_is_found_where_it_is(broken: dict[str, Any], where: str) -> None:
    with pytest.raises(RecipeError) as error:
        parse(broken)
    assert where in [finding.where for finding in error.value.findings]
    assert all(finding.what and finding.mend for finding in error.value.findings)


def test_all_mistakes_are_reported_at_once() -> None:
    with pytest.raises(RecipeError) as error:
        parse(document(node("a", "tempo", "s0", permille=1), node("a", "key", "nowhere", cents="up"), sr=1))
    assert len(error.value.findings) >= 4


def test_mistakes_of_shape_and_of_sense_are_told_together() -> None:
    wrong = document(
        node("a", "melt", "s0"),
        node("b", "tempo", "ghost", permille=1.5),
        sources=[recording(pcm_sha256="xyz")],
        colour="red",
    )
    wrong["out"] = {"node": "b", "lufs": "loud"}
    with pytest.raises(RecipeError) as error:
        parse(wrong)
    told = [finding.where for finding in error.value.findings]
    assert {"colour", "out.lufs", "sources[0].pcm_sha256", "nodes[0].op", "nodes[1].in"} <= set(told)
    assert "nodes[1].p.permille" in told and len(told) == len(set(told))


@pytest.mark.parametrize("text", ["", "[]", "nope", b"\xff", "[" * 100_000, '{"v":1,"nodes":NaN}'])
def test_what_is_no_recipe_is_refused(text: str | bytes) -> None:
    with pytest.raises(RecipeError):
        parse(text)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**6)
    | st.sampled_from(["", "keep", "é"])
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(OPERATIONS)), st.dictionaries(st.sampled_from(["permille", "slices", "part"]), json_values)
)
def test_no_input_breaks_the_reader(op: str, p: dict[str, Any]) -> None:
    try:
        read = parse(document({"id": "a", "op": op, "in": ["s0"], "p": p}))
    except RecipeError:
        return
    assert len(read.id) == 64
