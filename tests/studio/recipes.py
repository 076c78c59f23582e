"""Recipes for tests, short enough to read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ritornello.studio.bounds import TYPES, Bounds
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe

FRAMES = 44_100 * 60
WIDE = Bounds(
    types=frozenset(TYPES),
    tempo_lo_permille=500,
    tempo_hi_permille=2000,
    key_lo_cents=-1200,
    key_hi_cents=1200,
    keep_pitch=False,
    structure="reorder",
    max_added_permille=1000,
    vocals="any",
    stems=frozenset({"drums", "bass", "harmony", "lead", "rest"}),
    reharmonise=True,
    languages=frozenset({"es"}),
    ai="generative",
)
FAN = replace(
    WIDE,
    types=frozenset({"REMIX", "SPEED_PITCH"}),
    tempo_lo_permille=850,
    tempo_hi_permille=1150,
    key_lo_cents=-300,
    key_hi_cents=300,
    keep_pitch=True,
    vocals="keep",
    lufs_lo_centi=-1600,
    lufs_hi_centi=-1400,
    true_peak_centi=-100,
    ai="assistive",
)


def recording(name: str = "s0", **more: Any) -> dict[str, Any]:
    stems = dict.fromkeys(("drums", "bass", "harmony", "lead"), "b" * 64)
    return {"id": name, "kind": "recording", "pcm_sha256": "a" * 64, "frames": FRAMES, "stems": stems, **more}


def node(name: str, op: str, *reads: str, **p: Any) -> dict[str, Any]:
    return {"id": name, "op": op, "in": list(reads), "p": p}


def document(*nodes: dict[str, Any], sources: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    last = nodes[-1]["id"]
    return {"v": 1, "sources": sources or [recording()], "nodes": list(nodes), "out": {"node": last}, **more}


def recipe(*nodes: dict[str, Any], sources: list[dict[str, Any]] | None = None, **more: Any) -> Recipe:
    return parse(document(*nodes, sources=sources, **more))


def remix(tempo: int = 1060, cents: int = 200) -> Recipe:
    """All that the demo asks for: stem gains, re-ordering, tempo, key, groove."""
    half = FRAMES // 2
    return recipe(
        node("drums", "stem", "s0", part="drums", provider="supplied"),
        node("bass", "stem", "s0", part="bass", provider="supplied"),
        node("harmony", "stem", "s0", part="harmony", provider="supplied"),
        node("lead", "stem", "s0", part="lead", provider="supplied"),
        node("tonal", "mix", "bass", "harmony", "lead", centidb=[100, -200, 0]),
        node("higher", "key", "tonal", cents=cents),
        node("band", "mix", "drums", "higher"),
        node("order", "sequence", "band", slices=[[half, FRAMES], [0, half]]),
        node("fast", "tempo", "order", permille=tempo),
        node("beat", "groove", "fast", style="backbeat"),
        node("all", "mix", "fast", "beat", centidb=[0, -600]),
    )
