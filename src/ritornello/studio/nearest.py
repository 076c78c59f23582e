"""The nearest recipe that its bounds allow: what to offer somebody who asked for too much."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from ritornello.studio import footprint
from ritornello.studio.bounds import Bounds
from ritornello.studio.check import Refusal, check
from ritornello.studio.operations import OPERATIONS
from ritornello.studio.reading import validate
from ritornello.studio.recipe import Node, Recipe

_ROUNDS = 8


def nearest(recipe: Recipe, bounds: Bounds) -> Recipe | None:
    """A recipe as close as we can find to `recipe` that `check` passes; the recipe itself if it passes; None if none.

    Speed and pitch move to the edge of their range, forbidden slices are put back in order, effects, layers and split
    stems go where the type or a term forbids them. What no change of a recipe can mend (another language, machine help
    of a higher class, a type that the bounds never allow) gives None.
    """
    for _ in range(_ROUNDS):
        refusals = check(recipe, bounds)
        if not refusals:
            return recipe
        changed = recipe
        for refusal in refusals:
            changed = _mended(changed, bounds, refusal)
        if changed == recipe:
            return None
        recipe = _reachable(changed)
        if validate(recipe):
            return None
    return None


def _mended(recipe: Recipe, bounds: Bounds, refusal: Refusal) -> Recipe:
    """The recipe with one refusal taken out, unchanged where that is beyond us."""
    node = next((n for n in recipe.nodes if n.id == refusal.node), None)
    if node is not None and node.op == "align":  # its beats lie where another song's do, and nowhere else
        return recipe
    if refusal.term == "tempo_permille" and node is not None and isinstance(refusal.nearest, int):
        return _together(recipe, node, permille=_speed(recipe, node, bounds).p["permille"])
    if refusal.term == "key_cents" and node is not None and node.op == "key" and isinstance(refusal.nearest, int):
        assert isinstance(refusal.asked, int)
        return _together(recipe, node, cents=node.p["cents"] + refusal.nearest - refusal.asked)
    if refusal.term == "key_cents" and node is not None and node.op == "varispeed":
        return _swapped(recipe, node, replace(node, op="tempo", p={"permille": node.p["permille"]}))
    if refusal.term == "keep_pitch" and node is not None:
        return _swapped(recipe, node, replace(node, op="tempo", p={"permille": node.p["permille"]}))
    if refusal.term == "structure":
        return _reordered(recipe, bounds)
    if refusal.term == "max_extract_ms" and isinstance(refusal.nearest, int):
        return _shortened(recipe, refusal.nearest * recipe.sr // 1000)
    if refusal.term in ("stems", "vocals"):
        return _whole(recipe)
    if refusal.term == "max_added_permille":
        return _without(recipe, lambda n: n.op == "groove")
    if refusal.term == "styles" and node is not None:
        known = sorted((bounds.styles or frozenset()) & set(OPERATIONS["groove"].parameters["style"].of))  # type: ignore[union-attr]
        return _swapped(recipe, node, _with(node, style=known[0])) if known else _without(recipe, lambda n: n is node)
    if refusal.term == "types" and refusal.asked == "REMIX":
        plain = _without(recipe, lambda n: n.op == "groove" or OPERATIONS[n.op].effect)
        return _reordered(_whole(plain), replace(bounds, structure="extract"))
    if refusal.term == "types" and refusal.asked == "STEM_RELEASE":
        return _whole(recipe)
    if refusal.term == "lufs_centi" and isinstance(refusal.nearest, int):
        return replace(recipe, out=replace(recipe.out, lufs=refusal.nearest))
    if refusal.term == "true_peak_centi" and isinstance(refusal.nearest, int):
        return replace(recipe, out=replace(recipe.out, dbtp=refusal.nearest))
    return recipe


def _with(node: Node, **parameters: int | str | list[list[int]]) -> Node:
    return replace(node, p={**node.p, **parameters})


def _swapped(recipe: Recipe, old: Node, new: Node) -> Recipe:
    return replace(recipe, nodes=tuple(new if node.id == old.id else node for node in recipe.nodes))


def _together(recipe: Recipe, node: Node, **change: int) -> Recipe:
    """`node` changed, and with it every node beside it that does the very same: drums and band keep one tempo."""
    reads = {one.id: set(one.inputs) for one in recipe.nodes}
    for one in recipe.nodes:  # nodes stand in the order of computing, so what they reach back to is complete
        for name in one.inputs:
            reads[one.id] |= reads.get(name, set())
    for other in recipe.nodes:
        apart = other.id not in reads[node.id] and node.id not in reads[other.id]
        alike = other.op == node.op and all(other.p.get(name) == node.p.get(name) for name in change)
        if other.id == node.id or (apart and alike):
            recipe = _swapped(recipe, other, _with(other, **change))
    return recipe


def _speed(recipe: Recipe, node: Node, bounds: Bounds) -> Node:
    """`node` with the whole permille closest to its own that brings the speed of the whole path inside the bounds."""
    carried = footprint.flow(recipe).sources.values()
    lows, highs = [c.tempo[0] for c in carried], [c.tempo[1] for c in carried]
    own = Fraction(node.p["permille"], 1000)
    lo = max((Fraction(bounds.tempo_lo_permille) * own / low for low in lows), default=Fraction(1))
    hi = min((Fraction(bounds.tempo_hi_permille) * own / high for high in highs), default=Fraction(1))
    if lo > hi:
        return node
    least, most = -(-lo.numerator // lo.denominator), hi.numerator // hi.denominator
    return _with(node, permille=min(max(node.p["permille"], least), most)) if least <= most else node


def _reordered(recipe: Recipe, bounds: Bounds) -> Recipe:
    """Every sequence put in rising order without repeats; back to one whole slice where nothing may be left out."""
    nodes = []
    for node in recipe.nodes:
        if node.op == "sequence":
            if bounds.structure == "keep":
                source = recipe.source(node.inputs[0])
                frames = max((s.frames for s in recipe.sources), default=1) if source is None else source.frames
                node = _with(node, slices=[[0, frames]])
            elif bounds.structure == "extract":
                node = _with(node, slices=_rising(node.p["slices"]))
        nodes.append(node)
    return replace(recipe, nodes=tuple(nodes))


def _rising(slices: Iterable[tuple[int, int]]) -> list[list[int]]:
    out: list[list[int]] = []
    for start, end in sorted((s, e) for s, e in slices):
        if out and start <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return out


def _shortened(recipe: Recipe, frames: int) -> Recipe:
    """At most `frames` samples of each source: sequences end early; where there is none, a cut is put in."""
    if frames <= 0:
        return recipe
    if not any(node.op == "sequence" for node in recipe.nodes):
        return _cut_first(recipe, frames)
    nodes = []
    for node in recipe.nodes:
        if node.op == "sequence":
            left, kept = frames, []
            seen: list[tuple[int, int]] = []
            for start, end in node.p["slices"]:
                fresh = footprint.covered((*seen, (start, end))) - footprint.covered(tuple(seen))
                if fresh > left:
                    end -= fresh - left
                if end > start:
                    kept.append([start, end])
                    seen.append((start, end))
                    left = frames - footprint.covered(tuple(seen))
                if left <= 0:
                    break
            node = _with(node, slices=kept or [[0, frames]])
        nodes.append(node)
    return replace(recipe, nodes=tuple(nodes))


def _cut_first(recipe: Recipe, frames: int) -> Recipe:
    """Put a sequence of the first `frames` samples behind each recording and each stem taken from one."""
    nodes: list[Node] = []
    renamed: dict[str, str] = {}

    def cut(name: str) -> str:
        if name not in renamed:
            renamed[name] = f"cut-{name}"
            nodes.append(Node(renamed[name], "sequence", (name,), {"slices": [[0, frames]], "fade_ms": 10}))
        return renamed[name]

    recordings = {s.id for s in recipe.sources if s.kind == "recording" and s.frames > frames}
    cuttable = set(recordings)
    for node in recipe.nodes:
        if node.op == "stem":
            nodes.append(node)
            cuttable |= {node.id} if node.inputs[0] in recordings else set()
            continue
        nodes.append(replace(node, inputs=tuple(cut(name) if name in cuttable else name for name in node.inputs)))
    return replace(recipe, nodes=tuple(nodes))


def _whole(recipe: Recipe) -> Recipe:
    """Every stem replaced by the recording that it came from, heard once."""
    stands_for = {node.id: node.inputs[0] for node in recipe.nodes if node.op == "stem"}
    nodes = []
    for node in recipe.nodes:
        if node.op == "stem":
            continue
        inputs: list[str] = []
        gains: list[int] = []
        for k, name in enumerate(node.inputs):
            name = stands_for.get(name, name)
            if name not in inputs:
                inputs.append(name)
                gains.append(0 if name in stands_for.values() else (node.p.get("centidb") or [0] * 32)[k])
        if node.op == "gain" and inputs[0] in stands_for.values():
            stands_for[node.id] = inputs[0]
            continue
        p = {**node.p, "centidb": gains} if node.op == "mix" else node.p
        nodes.append(replace(node, inputs=tuple(inputs), p=p))
    recipe = replace(recipe, nodes=tuple(nodes))
    if recipe.out.node in stands_for:
        whole = Node("whole", "gain", (stands_for[recipe.out.node],), {"centidb": 0})
        recipe = replace(recipe, nodes=(*recipe.nodes, whole), out=replace(recipe.out, node="whole"))
    return recipe


def _without(recipe: Recipe, gone: Callable[[Node], bool]) -> Recipe:
    """Nodes that `gone` picks taken out: a layer leaves its mix, an effect hands its input on."""
    passes: dict[str, str | None] = {}
    nodes = []
    for node in recipe.nodes:
        kept = [(k, passes.get(name, name)) for k, name in enumerate(node.inputs)]
        inputs = tuple(name for _, name in kept if name is not None)
        if gone(node) or not inputs:
            passes[node.id] = inputs[0] if node.op != "groove" and inputs else None
            continue
        gains = node.p.get("centidb")
        p = node.p
        if node.op == "mix" and gains:
            p = {**node.p, "centidb": [gains[k] for k, name in kept if name is not None]}
        if node.op == "duck" and len(inputs) < 2:
            passes[node.id] = inputs[0]
            continue
        nodes.append(replace(node, inputs=inputs, p=p))
    out = passes.get(recipe.out.node, recipe.out.node)
    return recipe if out is None else replace(recipe, nodes=tuple(nodes), out=replace(recipe.out, node=out))


def _reachable(recipe: Recipe) -> Recipe:
    """Only the nodes that reach the output."""
    heard = {recipe.out.node}
    for node in reversed(recipe.nodes):
        if node.id in heard:
            heard |= set(node.inputs)
    return replace(recipe, nodes=tuple(node for node in recipe.nodes if node.id in heard))
