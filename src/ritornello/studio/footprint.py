"""Which rights a recipe touches, read off its graph without hearing a sample.

Taint flows along the edges. A recording carries its recording, its composition and its performance into every node that
reads it; `perform` plays the composition anew and so drops the recording. Speed and pitch add up along each path, and
slices of slices are followed back to samples of the source, so that splitting a change into small steps hides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ritornello.studio.machine_help import ai_class as ai_class
from ritornello.studio.operations import OPERATIONS, completed
from ritornello.studio.recipe import Node, Recipe, Source
from ritornello.studio.time_map import through

Pieces = tuple[tuple[int, int], ...]
_EDGE = 64
"""Samples that rounding may cost at either end of a recording without its being cut."""


@dataclass(frozen=True, slots=True)
class Use:
    """One act upon a source: its name, how much (permille of speed or cents, 0 where it has no size), what, and where.

    `str()` is the form that is shown and stored, such as "tempo.change:+60permil" or "stem.isolate:drums".
    """

    name: str
    source: str
    node: str
    amount: int = 0
    detail: str = ""

    def __str__(self) -> str:
        if self.name in ("tempo.change", "speed.change"):
            return f"{self.name}:{self.amount:+d}permil"
        if self.name == "key.change":
            return f"{self.name}:{self.amount:+d}cents"
        return f"{self.name}:{self.detail}" if self.detail else self.name


@dataclass(frozen=True, slots=True)
class Carried:
    """What a node carries of one source.

    `rights` is what of it still sounds (recording, composition, performance). Speed and pitch are ranges over all
    paths, with the node that last changed them; `pieces` are the source's own samples in the order in which they
    sound; `parts` the stems that are left (None: the whole recording) with their level in centidecibel.
    """

    rights: frozenset[str]
    pieces: Pieces = ()
    tempo: tuple[Fraction, Fraction] = (Fraction(1), Fraction(1))
    key: tuple[int, int] = (0, 0)
    speed: bool = False
    parts: Mapping[str, int] | None = None
    split: bool = False
    separated: bool = False
    effects: frozenset[str] = frozenset()
    by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Added:
    """Material that no source gave: a groove layer, or a new performance."""

    node: str
    what: str


@dataclass(frozen=True, slots=True)
class Flow:
    """What arrives at one node: of each source, and of our own."""

    sources: Mapping[str, Carried]
    added: frozenset[Added] = frozenset()
    harmony_changed: bool = False
    metre_changed: bool = False
    market_style: str = "none"


def cents_of(speed: Fraction) -> int:
    """How far a turntable at `speed` shifts the pitch, in whole cents."""
    return round(1200 * math.log2(speed))


def _start(source: Source) -> Flow:
    if source.kind == "composition":
        return Flow({source.id: Carried(frozenset({"composition"}))})
    rights = {"recording": {"recording", "composition", "performance"}, "contribution": {"contribution"}}[source.kind]
    return Flow({source.id: Carried(frozenset(rights), ((0, source.frames),))})


def _cut(pieces: Pieces, slices: Iterable[tuple[int, int]]) -> Pieces:
    """The samples of the source that sound when `slices` of a signal made of `pieces` are played."""
    out: list[tuple[int, int]] = []
    for start, end in slices:
        at = 0
        for first, last in pieces:
            a, b = max(start, at), min(end, at + last - first)
            if a < b:
                piece = (first + a - at, first + b - at)
                if out and out[-1][1] == piece[0]:
                    piece = (out.pop()[0], piece[1])
                out.append(piece)
            at += last - first
    return tuple(out)


def _sounding(p: Mapping[str, Any], pieces: Pieces) -> tuple[int, int]:
    """The samples of its input, [first, end), that an alignment lets sound; a few at the edges do not count."""
    length = sum(end - start for start, end in pieces)
    ends = [round(float(at)) for at in through(p["anchors"]).source_at([0, p["frames"]])]
    first, last = max(0, ends[0]), min(length, ends[1])
    return (0 if first <= _EDGE else first, length if last >= length - _EDGE else max(first, last))


def _merge(a: Carried, b: Carried) -> Carried:
    """The same source heard twice at once."""
    parts: Mapping[str, int] | None = None
    if a.parts is not None and b.parts is not None:
        parts = {**b.parts, **a.parts}
    return Carried(
        rights=a.rights | b.rights,
        pieces=a.pieces if a.pieces == b.pieces else a.pieces + b.pieces,
        tempo=(min(a.tempo[0], b.tempo[0]), max(a.tempo[1], b.tempo[1])),
        key=(min(a.key[0], b.key[0]), max(a.key[1], b.key[1])),
        speed=a.speed or b.speed,
        parts=parts,
        split=a.split or b.split,
        separated=a.separated or b.separated,
        effects=a.effects | b.effects,
        by={**a.by, **b.by},
    )


def _louder(carried: Carried, centidb: int) -> Carried:
    parts = None if carried.parts is None else {part: level + centidb for part, level in carried.parts.items()}
    return replace(carried, parts=parts)


def _changed(node: Node, carried: Carried) -> Carried:
    """What one node with one input makes of what it carries."""
    p = completed(node.op, node.p)
    by = dict(carried.by)
    if node.op == "stem":
        by["stem"] = node.id
        return replace(carried, parts={p["part"]: 0}, split=p["provider"] != "supplied", by=by)
    if node.op == "separate":
        by["stem"] = node.id
        return replace(carried, parts={p["part"]: 0}, separated=True, by=by)
    if node.op == "generate":
        return Carried(carried.rights & {"composition"}, by={"perform": node.id})
    if node.op == "gain":
        return _louder(carried, p["centidb"])
    if node.op == "sequence":
        by["structure"] = node.id
        return replace(carried, pieces=_cut(carried.pieces, p["slices"]), by=by)
    if node.op in ("tempo", "varispeed"):
        ratio = Fraction(p["permille"], 1000)
        carried = replace(carried, tempo=(carried.tempo[0] * ratio, carried.tempo[1] * ratio))
        by["tempo"] = node.id
        if node.op == "varispeed":
            by["key"] = by["speed"] = node.id
            shift = cents_of(ratio)
            carried = replace(carried, key=(carried.key[0] + shift, carried.key[1] + shift), speed=True)
        return replace(carried, by=by)
    if node.op == "align":
        by["tempo"] = by["structure"] = node.id
        speeds = [Fraction(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(p["anchors"])]
        tempo = (carried.tempo[0] * min(speeds), carried.tempo[1] * max(speeds))
        if p["cents"]:
            by["key"] = node.id
        key = (carried.key[0] + p["cents"], carried.key[1] + p["cents"])
        pieces = _cut(carried.pieces, [_sounding(p, carried.pieces)])
        return replace(carried, tempo=tempo, key=key, pieces=pieces, by=by)
    if node.op == "key":
        by["key"] = node.id
        return replace(carried, key=(carried.key[0] + p["cents"], carried.key[1] + p["cents"]), by=by)
    if node.op == "perform":
        return Carried(carried.rights & {"composition"}, by={"perform": node.id})
    if OPERATIONS[node.op].effect:
        by["effect"] = node.id
        return replace(carried, effects=carried.effects | {node.op}, by=by)
    return carried


def flow(recipe: Recipe) -> Flow:
    """What reaches the output of a validated recipe."""
    flows = {source.id: _start(source) for source in recipe.sources}
    for node in recipe.nodes:
        inputs = [flows[name] for name in node.inputs]
        p = completed(node.op, node.p)
        if node.op in ("groove", "layer"):
            # a layer of its own: it follows the timeline of its input and carries none of its sound
            flows[node.id] = Flow({}, frozenset({Added(node.id, p["style"])}))
            continue
        if node.op == "groove_from":
            # of the second input only the timing is taken: its recording does not sound
            lent = {name: Carried(value.rights & {"groove"} or frozenset({"groove"}), by={"groove": node.id})
                    for name, value in inputs[1].sources.items() if value.rights & {"recording", "groove"}}  # fmt: skip
            inputs = inputs[:1]
        gains = (p.get("centidb") or [0] * len(inputs)) if node.op == "mix" else [0] * len(inputs)
        carried: dict[str, Carried] = {}
        for k, one in enumerate(inputs[:1] if node.op == "duck" else inputs):
            for name, value in one.sources.items():
                value = _louder(value, gains[k]) if gains[k] else value
                carried[name] = _merge(carried[name], value) if name in carried else value
        added = frozenset().union(*(one.added for one in inputs)) if node.op != "duck" else inputs[0].added
        if node.op not in ("mix",):
            carried = {name: _changed(node, value) for name, value in carried.items()}
        if node.op == "groove_from":
            carried |= {name: value for name, value in lent.items() if name not in carried}
        if node.op == "perform":
            added |= {Added(node.id, "performance")}
        if node.op == "generate":
            added |= {Added(node.id, "generated")}
        harmony, metre, style = _performed(p) if node.op == "perform" else (False, False, "none")
        flows[node.id] = Flow(
            carried,
            added,
            any(one.harmony_changed for one in inputs) or harmony,
            any(one.metre_changed for one in inputs) or metre,
            style if style != "none" else next((f.market_style for f in inputs if f.market_style != "none"), "none"),
        )
    return flows[recipe.out.node]


def _performed(p: Mapping[str, Any]) -> tuple[bool, bool, str]:
    """Whether a performance changes harmony or metre, and the market in whose style it is played.

    What the recipe declares can only add to what its score and its style pack show.
    """
    harmony, metre, market = p["harmony"] == "changed", p["metre"] == "changed", str(p["market_style"])
    if p["score"]:
        from ritornello.studio.score import Score

        score = Score.from_document(p["score"])
        harmony, metre = harmony or score.harmony_changed, metre or score.metre_changed
    if market == "none" and p["style"] != "none":
        from ritornello.studio.styles import packs

        style = packs().get(p["style"])
        market = p["style"] if style is None or style.market else "none"
    return harmony, metre, market


def structure_of(pieces: Pieces, frames: int) -> str:
    """keep, extract or reorder: what a list of pieces does to a recording of `frames` samples."""
    if pieces == ((0, frames),):
        return "keep"
    rising = all(b[0] >= a[1] for a, b in pairwise(pieces))
    return "extract" if rising else "reorder"


def covered(pieces: Pieces) -> int:
    """How many different samples of the source sound."""
    total, reached = 0, 0
    for start, end in sorted(pieces):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def rebalanced(carried: Carried, source: Source) -> bool:
    """Whether every part is there and their levels differ from the original's."""
    return carried.parts is not None and not missing_parts(carried, source) and len(set(carried.parts.values())) > 1


SEPARATED = ("drums", "bass", "other", "vocals")
"""What a trained model takes a recording apart into."""


def missing_parts(carried: Carried, source: Source) -> tuple[str, ...]:
    """Parts of the recording that are not in the result, or so far down (60 dB) that nobody hears them."""
    if carried.parts is None:
        return ()
    whole = SEPARATED if carried.separated else ("drums", "rest") if carried.split else tuple(source.stems)
    loudest = max(carried.parts.values(), default=0)
    return tuple(part for part in whole if carried.parts.get(part, -(10**6)) < loudest - 6000)


def uses(recipe: Recipe) -> tuple[Use, ...]:
    """Every act upon every source that reaches the output, in the order of the sources."""
    out: list[Use] = []
    result = flow(recipe)
    for source in recipe.sources:
        carried = result.sources.get(source.id)
        if carried is not None:
            out += _uses_of(source, carried)
    anchor = recipe.sources[0].id if recipe.sources else ""
    for added in sorted(result.added, key=lambda a: a.node):
        if added.what != "performance":
            out.append(Use("material.add", anchor, added.node, detail=added.what))
    node = recipe.out.node
    if result.harmony_changed:
        out.append(Use("harmony.change", anchor, node))
    if result.metre_changed:
        out.append(Use("metre.change", anchor, node))
    if result.market_style != "none":
        out.append(Use("style.locale", anchor, node, detail=result.market_style))
    if _new_language(recipe):
        out.append(Use("lyrics.translate", anchor, node, detail=recipe.language))
    elif recipe.lyrics:
        out.append(Use("lyrics.change", anchor, node))
    return tuple(out)


def _uses_of(source: Source, carried: Carried) -> list[Use]:
    by = carried.by
    out = [Use(f"{right}.use", source.id, by.get("perform", "")) for right in sorted(carried.rights)]
    for part in carried.parts or {}:
        out.append(Use("stem.isolate", source.id, by.get("stem", ""), detail=part))
    for ratio in sorted(set(carried.tempo)):
        if ratio != 1:
            name = "speed.change" if carried.speed else "tempo.change"
            out.append(Use(name, source.id, by["tempo"], amount=round((ratio - 1) * 1000)))
    for cents in sorted(set(carried.key)):
        if cents:
            out.append(Use("key.change", source.id, by["key"], amount=cents))
    if carried.pieces and source.kind == "recording":  # where a maker's own take is cut is their own affair
        structure = structure_of(carried.pieces, source.frames)
        if structure != "keep":
            out.append(Use(f"structure.{structure}", source.id, by.get("structure", "")))
    if rebalanced(carried, source):
        out.append(Use("stem.level", source.id, by.get("stem", "")))
    out += [Use("effect.apply", source.id, by["effect"], detail=effect) for effect in sorted(carried.effects)]
    return out


def _new_language(recipe: Recipe) -> bool:
    return bool(recipe.language) and any(s.language and s.language != recipe.language for s in recipe.sources)


def derivative_types(recipe: Recipe) -> tuple[str, ...]:
    """Every type of derivative that the recipe is, the governing one first, in the codes of the rights rules."""
    result = flow(recipe)
    recordings = [
        (source, result.sources[source.id])
        for source in recipe.sources
        if source.id in result.sources and "recording" in result.sources[source.id].rights
    ]
    types: list[str] = []
    if len(recordings) >= 2:
        types.append("MASHUP")
    elif recordings:
        types += _types_of_one(recipe, result, *recordings[0])
    elif any("composition" in carried.rights for carried in result.sources.values()):
        if result.harmony_changed or result.metre_changed:
            types.append("REHARMONISE")
        if result.market_style != "none":
            types.append("STYLE_LOCALE")
        if not types:
            types.append("COVER_SAME")
    if types and _new_language(recipe):
        types.append("LYRIC_TRANSLATION")
    elif types and recipe.lyrics:
        types.append("LYRIC_CHANGE")
    return tuple(types)


def _types_of_one(recipe: Recipe, result: Flow, source: Source, carried: Carried) -> list[str]:
    structure = structure_of(carried.pieces, source.frames)
    others = [name for name, other in result.sources.items() if name != source.id and other.rights]
    if carried.effects or result.added or others or structure == "reorder" or rebalanced(carried, source):
        return ["REMIX"]
    shifted = any(ratio != 1 for ratio in carried.tempo) or any(carried.key) or structure == "extract"
    if missing_parts(carried, source):
        return ["STEM_RELEASE", "SPEED_PITCH"] if shifted else ["STEM_RELEASE"]
    return ["SPEED_PITCH"]


def derivative_type(recipe: Recipe) -> str:
    """The governing type, or "" where nothing of anybody else is used."""
    return next(iter(derivative_types(recipe)), "")


def readers(recipe: Recipe) -> dict[str, int]:
    """How often each source and node is read, the output counting once."""
    counts = dict.fromkeys((*(s.id for s in recipe.sources), *(n.id for n in recipe.nodes)), 0)
    for node in recipe.nodes:
        for name in node.inputs:
            counts[name] += 1
    counts[recipe.out.node] += 1
    return counts
