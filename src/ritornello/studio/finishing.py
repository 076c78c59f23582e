"""What stands behind a recipe: levels of its parts, another feel, key, tempo and effects, in an order that sounds.

Time within the bar is moved first, since it needs the beats where the recipe has put them; the build-up comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ritornello.studio.plan import SILENT_CENTIDB, Plan, PlanError
from ritornello.studio.recipe import Finding, Node, Recipe, Source
from ritornello.studio.timeline import grids

SWUNG_PERMILLE = 667
"""Where the half of a beat falls in a swing of triplets."""


def finished(recipe: Recipe, plan: Plan) -> Recipe:
    """The recipe with the plan's key, tempo and effects behind it."""
    nodes, last = list(recipe.nodes), recipe.out.node
    if plan.key_cents:
        nodes.append(Node("plan_key", "key", (last,), {"cents": plan.key_cents}))
        last = "plan_key"
    if plan.tempo_permille not in (None, 1000):
        nodes.append(Node("plan_tempo", "tempo", (last,), {"permille": plan.tempo_permille}))
        last = "plan_tempo"
    recipe = replace(recipe, nodes=tuple(nodes), out=replace(recipe.out, node=last))
    return with_effects(recipe, plan)


def balanced(recipe: Recipe, plan: Plan, source: Source) -> Recipe:
    """The recipe with the parts of `source` at the plan's levels; those that are left out are silent.

    Raises PlanError for parts that were not delivered, and says why no fader is faked for them.
    """
    levels = {**dict(plan.levels), **dict.fromkeys(plan.without, -9600), **_voice_levels(plan, source)}
    if not levels:
        return recipe
    delivered = tuple(source.stems) or ("drums", "rest")
    if missing := [part for part in levels if part not in delivered]:
        have = ", ".join(source.stems)
        why = (
            f"delivered are {have}"
            if source.stems
            else "its owner delivered no stems, and a split gives drums and the rest; no fader is faked"
        )
        where = "plan.without" if set(missing) <= set(plan.without) else "plan.levels"
        what = f"{', '.join(missing)} cannot be taken apart: {why}"
        raise PlanError([Finding(where, what, "leave it as it is, or have its stem delivered")])
    if any(node.op == "stem" for node in recipe.nodes):
        return _levelled(recipe, levels)
    provider = "supplied" if source.stems else "hpss"
    kept = [part for part in delivered if levels.get(part, 0) > SILENT_CENTIDB]
    if not kept:
        raise PlanError([Finding("plan.levels", "leave nothing that sounds", "keep one part at least")])
    stems = [Node(part, "stem", (source.id,), {"part": part, "provider": provider}) for part in kept]
    band = Node("parts", "mix", tuple(kept), {"centidb": [levels.get(part, 0) for part in kept]})
    rest = [
        replace(node, inputs=tuple("parts" if name == source.id else name for name in node.inputs))
        for node in recipe.nodes
    ]
    return replace(recipe, nodes=(*stems, band, *rest))


def _voice_levels(plan: Plan, source: Source) -> Mapping[str, int]:
    """The voice taken out of a recording, or everything else, where its kind does not do so by itself."""
    if plan.vocals not in ("remove", "only") or plan.kind in ("instrumental", "a_cappella"):
        return {}
    voice = source.vocal_part
    if not voice or voice not in source.stems:
        have = ", ".join(source.stems) or "none"
        what = f"the voice cannot be taken apart: its stem was not delivered (stems: {have}), and no fader is faked"
        raise PlanError([Finding("plan.vocals", what, "keep the voice, or have its stem delivered")])
    gone = (voice,) if plan.vocals == "remove" else tuple(part for part in source.stems if part != voice)
    return dict.fromkeys(gone, -9600)


def _levelled(recipe: Recipe, levels: Mapping[str, int]) -> Recipe:
    """Parts that are in the recipe already, each behind a gain of its own."""
    here = {str(node.p["part"]) for node in recipe.nodes if node.op == "stem"}
    if away := sorted(part for part, level in levels.items() if part not in here and level > SILENT_CENTIDB):
        raise PlanError(
            [Finding("plan.levels", f"move {', '.join(away)}, which is not in this version", "leave it out")]
        )
    moved = {node.id: levels[node.p["part"]] for node in recipe.nodes if node.op == "stem" and node.p["part"] in levels}
    nodes: list[Node] = []
    for node in recipe.nodes:
        nodes.append(replace(node, inputs=tuple(f"level_{name}" if name in moved else name for name in node.inputs)))
        if node.id in moved:
            nodes.append(Node(f"level_{node.id}", "gain", (node.id,), {"centidb": moved[node.id]}))
    return replace(recipe, nodes=tuple(nodes))


def swung(recipe: Recipe, frm: int, to: int) -> Recipe:
    """The half of each beat moved from `frm` to `to` permille of the beat."""
    return _behind(recipe, Node("swung", "swing", (recipe.out.node,), {"from_permille": frm, "to_permille": to}))


def grooved(recipe: Recipe, lender: Source, steps: Sequence[tuple[int, int]]) -> Recipe:
    """The recipe played with the timing and the accents of the lender; no sound of it is used."""
    p = {"steps": [list(row) for row in steps]}
    recipe = replace(recipe, sources=(*recipe.sources, lender))
    return _behind(recipe, Node("grooved", "groove_from", (recipe.out.node, lender.id), p))


def with_effects(recipe: Recipe, plan: Plan) -> Recipe:
    """The plan's effects behind the recipe, in an order that sounds: the build-up last."""
    for effect in plan.effects:
        if effect == "sidechain" and any(node.op == "duck" for node in recipe.nodes):
            continue
        recipe = _EFFECTS[effect](recipe)
    return recipe


def _behind(recipe: Recipe, *nodes: Node) -> Recipe:
    return replace(recipe, nodes=(*recipe.nodes, *nodes), out=replace(recipe.out, node=nodes[-1].id))


def _reverb(recipe: Recipe) -> Recipe:
    return _behind(recipe, Node("room", "reverb", (recipe.out.node,), {"decay_ms": 2400, "wet_permille": 260}))


def _echo(recipe: Recipe) -> Recipe:
    beats = grids(recipe)[recipe.out.node].beats
    ms = 375
    if len(beats) > 2:  # three quarters of a beat, so that the echo falls between the strokes
        beat = (beats[-1] - beats[0]) * 1000 // (recipe.sr * (len(beats) - 1))
        ms = min(2000, max(20, beat * 3 // 4))
    p = {"ms": ms, "feedback_permille": 380, "wet_permille": 240}
    return _behind(recipe, Node("echoes", "echo", (recipe.out.node,), p))


def _dull(recipe: Recipe) -> Recipe:
    return _behind(recipe, Node("dulled", "filter", (recipe.out.node,), {"kind": "low", "hz": 700}))


def _thin(recipe: Recipe) -> Recipe:
    high = Node("thinned", "filter", (recipe.out.node,), {"kind": "high", "hz": 400})
    return _behind(recipe, high, Node("narrow", "filter", ("thinned",), {"kind": "low", "hz": 3400}))


def _sidechain(recipe: Recipe) -> Recipe:
    """The music pumps on the beat of a drum layer that is not heard itself."""
    last = recipe.out.node
    kick = Node("pump", "groove", (last,), {"style": "four_floor", "intensity_permille": 1000})
    return _behind(recipe, kick, Node("pumped", "duck", (last, "pump"), {"centidb": 900, "release_ms": 220}))


def _build(recipe: Recipe) -> Recipe:
    """Eight bars of rising filter up to a downbeat near two thirds, a bar's breath, and the whole band again."""
    grid = grids(recipe)[recipe.out.node]
    marks = grid.downbeats
    if len(marks) < 24:
        raise PlanError([Finding("plan.effects", "a build-up needs 24 bars of beat grid", "leave the build-up out")])
    at = min(range(12, len(marks) - 4), key=lambda k: (abs(marks[k] - grid.frames * 2 // 3) // recipe.sr // 4, k % 4))
    begin, end = (marks[k] * 1000 // recipe.sr for k in (at - 8, at))
    last = recipe.out.node
    return _behind(
        recipe,
        Node(
            "rising",
            "filter",
            (last,),
            {"kind": "high", "hz": 20, "to_hz": 900, "from_ms": begin, "until_ms": end},
        ),
        Node("before", "ride", ("rising",), {"points": [[0, 0], [end - 20, 0], [end, -9600]]}),
        Node("drop", "ride", (last,), {"points": [[0, -9600], [end - 20, -9600], [end, 0]]}),
        Node("build_up", "mix", ("before", "drop"), {}),
    )


_EFFECTS: Mapping[str, Callable[[Recipe], Recipe]] = {
    "reverb": _reverb,
    "echo": _echo,
    "dull": _dull,
    "thin": _thin,
    "sidechain": _sidechain,
    "build": _build,
}
