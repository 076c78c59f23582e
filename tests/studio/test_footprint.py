"""The rights footprint: read off the graph, through every detour that a recipe may take."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.studio import footprint
from tests.studio.recipes import FRAMES, document, node, recipe, recording, remix

H = FRAMES // 2
TUNE = [[3, 0, 22_050, 69, 100]]


def composition(**more: Any) -> list[dict[str, Any]]:
    return [{"id": "w", "kind": "composition", "work_ref": "wrk_1", **more}]


def stem(part: str, provider: str = "supplied") -> dict[str, Any]:
    return node(part, "stem", "s0", part=part, provider=provider)


CASES: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
    ("tempo", ("SPEED_PITCH",), document(node("a", "tempo", "s0", permille=1100))),
    ("key", ("SPEED_PITCH",), document(node("a", "key", "s0", cents=-300))),
    ("turntable", ("SPEED_PITCH",), document(node("a", "varispeed", "s0", permille=1250))),
    ("cut", ("SPEED_PITCH",), document(node("a", "sequence", "s0", slices=[[0, H]]))),
    ("cut and fade", ("SPEED_PITCH",), document(node("a", "sequence", "s0", slices=[[0, H]]), node("b", "fade", "a"))),
    ("re-ordered", ("REMIX",), document(node("a", "sequence", "s0", slices=[[H, FRAMES], [0, H]]))),
    ("repeated", ("REMIX",), document(node("a", "sequence", "s0", slices=[[0, FRAMES], [0, H]]))),
    (
        "slowed + reverb",
        ("REMIX",),
        document(node("a", "varispeed", "s0", permille=850), node("b", "reverb", "a", decay_ms=3000, wet_permille=300)),
    ),
    (
        "groove",
        ("REMIX",),
        document(node("g", "groove", "s0", style="backbeat"), node("a", "mix", "s0", "g")),
    ),
    ("one stem", ("STEM_RELEASE",), document(stem("lead"))),
    (
        "instrumental",
        ("STEM_RELEASE",),
        document(stem("drums"), stem("bass"), stem("harmony"), node("a", "mix", "drums", "bass", "harmony")),
    ),
    (
        "instrumental, faster",
        ("STEM_RELEASE", "SPEED_PITCH"),
        document(stem("drums"), node("a", "tempo", "drums", permille=1100)),
    ),
    (
        "all stems at one level are the recording",
        ("SPEED_PITCH",),
        document(
            *(stem(p) for p in ("drums", "bass", "harmony", "lead")),
            node("a", "mix", "drums", "bass", "harmony", "lead", centidb=[-100] * 4),
        ),
    ),
    (
        "another balance",
        ("REMIX",),
        document(
            *(stem(p) for p in ("drums", "bass", "harmony", "lead")),
            node("a", "mix", "drums", "bass", "harmony", "lead", centidb=[0, 300, 0, 0]),
        ),
    ),
    (
        "split, drums taken out",
        ("STEM_RELEASE",),
        document(node("a", "stem", "s0", part="rest", provider="hpss")),
    ),
    (
        "two recordings",
        ("MASHUP",),
        document(node("a", "mix", "s0", "s1"), sources=[recording(), recording("s1", pcm_sha256="c" * 64)]),
    ),
    ("cover", ("COVER_SAME",), document(node("a", "perform", "w", notes=TUNE), sources=composition())),
    (
        "cover of a recording's composition",
        ("COVER_SAME",),
        document(node("a", "perform", "s0", notes=TUNE)),
    ),
    (
        "reharmonised",
        ("REHARMONISE",),
        document(node("a", "perform", "w", notes=TUNE, harmony="changed"), sources=composition()),
    ),
    (
        "waltz",
        ("REHARMONISE",),
        document(node("a", "perform", "w", notes=TUNE, metre="changed"), sources=composition()),
    ),
    (
        "bossa nova for Brazil",
        ("STYLE_LOCALE",),
        document(node("a", "perform", "w", notes=TUNE, market_style="bossa_nova"), sources=composition()),
    ),
    (
        "cover in Spanish",
        ("COVER_SAME", "LYRIC_TRANSLATION"),
        document(node("a", "perform", "w", notes=TUNE), sources=composition(language="en"), language="es"),
    ),
    (
        "own voice over the recording",
        ("REMIX",),
        document(
            node("a", "mix", "s0", "mine"),
            sources=[
                recording(),
                {
                    "id": "mine",
                    "kind": "contribution",
                    "pcm_sha256": "d" * 64,
                    "frames": 9,
                    "declaration": "own_performance",
                },
            ],
        ),
    ),
]


@pytest.mark.parametrize(("name", "types", "made"), CASES, ids=[case[0] for case in CASES])
def test_types(name: str, types: tuple[str, ...], made: dict[str, Any]) -> None:
    assert (
        footprint.derivative_types(recipe(*made["nodes"], sources=made["sources"], language=made.get("language", "")))
        == types
    )


def test_a_remix_says_everything_it_does() -> None:
    said = [str(use) for use in footprint.uses(remix())]
    for use in (
        "recording.use",
        "composition.use",
        "tempo.change:+60permil",
        "key.change:+200cents",
        "stem.isolate:lead",
    ):
        assert use in said
    assert "structure.reorder" in said and "material.add:backbeat" in said and "stem.level" in said
    assert footprint.derivative_type(remix()) == "REMIX"
    assert footprint.ai_class(remix()) == "none"


def test_a_cover_drops_the_recording_and_keeps_the_composition() -> None:
    said = {use.name for use in footprint.uses(recipe(node("a", "perform", "s0", notes=TUNE)))}
    assert "composition.use" in said and "recording.use" not in said and "performance.use" not in said


@given(st.lists(st.integers(250, 4000), min_size=1, max_size=6))
def test_small_steps_hide_nothing(steps: list[int]) -> None:
    nodes = [node(f"n{k}", "tempo", f"n{k - 1}" if k else "s0", permille=step) for k, step in enumerate(steps)]
    carried = footprint.flow(recipe(*nodes)).sources["s0"]
    product = 1.0
    for step in steps:
        product *= step / 1000
    assert float(carried.tempo[0]) == pytest.approx(product)


slices = st.lists(st.tuples(st.integers(0, 999), st.integers(1, 400)), min_size=1, max_size=6).map(
    lambda rows: [[start, min(1000, start + length)] for start, length in rows]
)


@given(slices, slices)
def test_slices_of_slices_are_followed_to_the_source(first: list[list[int]], second: list[list[int]]) -> None:
    timeline = [sample for start, end in first for sample in range(start, end)]
    inner = [[min(s, len(timeline) - 1), min(e, len(timeline))] for s, e in second]
    inner = [row for row in inner if row[0] < row[1]]
    if not inner:
        return
    expected = [sample for start, end in inner for sample in timeline[start:end]]
    made = recipe(
        node("a", "sequence", "s0", slices=first),
        node("b", "sequence", "a", slices=inner),
        sources=[recording(frames=1000)],
    )
    pieces = footprint.flow(made).sources["s0"].pieces
    assert [sample for start, end in pieces for sample in range(start, end)] == expected
    assert footprint.covered(pieces) == len(set(expected))
