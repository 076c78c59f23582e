"""The licence check of a recipe, made before a sample is read: a pure function of the recipe and the bounds.

Each refusal names the node that goes too far, the term it breaks, what was asked, what is allowed and the nearest value
that would pass. All refusals are found at once. `nearest` (in `nearest.py`) gives a whole recipe that would pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ritornello.studio import footprint
from ritornello.studio.bounds import Bounds
from ritornello.studio.footprint import Carried, Flow
from ritornello.studio.recipe import Recipe, Source

Value = int | str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One term that a recipe breaks. `nearest` is the closest value that passes, None where no value does.

    `term` is the name of the bound. Units are those of the bound: permille, cents, ms, centi-LU, centi-dBTP or texts.
    """

    node: str
    term: str
    asked: Value
    allowed: str
    nearest: Value

    def __str__(self) -> str:
        mend = "" if self.nearest is None else f"; nearest allowed: {self.nearest}"
        return f"{self.node or 'recipe'}: {self.term} {self.asked} asked, {self.allowed} allowed{mend}"

    def to_document(self) -> dict[str, Any]:
        return {
            "node": self.node,
            "term": self.term,
            "asked": self.asked,
            "allowed": self.allowed,
            "nearest": self.nearest,
        }


class NotAllowed(PermissionError):
    """A recipe that its bounds refuse, raised before any sample is read."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("; ".join(str(refusal) for refusal in refusals))
        self.refusals = refusals


def check(recipe: Recipe, bounds: Bounds) -> tuple[Refusal, ...]:
    """Every term of `bounds` that a validated recipe breaks; empty when it may be rendered.

    What only the sound can tell (share of the original, loudness reached) is measured after rendering.
    """
    result = footprint.flow(recipe)
    out: list[Refusal] = []
    types = footprint.derivative_types(recipe)
    out += [
        Refusal(recipe.out.node, "types", kind, _listed(bounds.types), None)
        for kind in types
        if kind not in bounds.types
    ]
    for source in recipe.sources:
        carried = result.sources.get(source.id)
        if carried is not None and "recording" in carried.rights:
            out += _speed_and_pitch(carried, bounds)
            out += _structure(source, carried, bounds, recipe.sr)
            out += _parts(source, carried, bounds)
    out += _additions(recipe, result, bounds)
    out += _level(recipe, bounds)
    return tuple(out)


def _listed(names: frozenset[str] | None) -> str:
    return "any" if names is None else ", ".join(sorted(names)) or "none"


def clamp(value: Fraction, lo: int, hi: int) -> int | None:
    """The nearest allowed whole value, None for an empty range."""
    return None if lo > hi else min(max(round(value), lo), hi)


def _speed_and_pitch(carried: Carried, bounds: Bounds) -> list[Refusal]:
    out = []
    lo, hi = bounds.tempo_lo_permille, bounds.tempo_hi_permille
    for ratio in sorted(set(carried.tempo)):
        permille = ratio * 1000
        if not lo <= permille <= hi:
            node = carried.by.get("tempo", "")
            out.append(Refusal(node, "tempo_permille", round(permille), f"{lo}..{hi}", clamp(permille, lo, hi)))
    lo, hi = bounds.key_lo_cents, bounds.key_hi_cents
    for cents in sorted(set(carried.key)):
        if not lo <= cents <= hi:
            node = carried.by.get("key", "")
            out.append(Refusal(node, "key_cents", cents, f"{lo}..{hi}", clamp(Fraction(cents), lo, hi)))
    if carried.speed and bounds.keep_pitch:
        out.append(Refusal(carried.by["speed"], "keep_pitch", "varispeed", "tempo that keeps the pitch", "tempo"))
    return out


def _structure(source: Source, carried: Carried, bounds: Bounds, rate: int) -> list[Refusal]:
    out = []
    structure = footprint.structure_of(carried.pieces, source.frames)
    node = carried.by.get("structure", "")
    if not bounds.allows_structure(structure):
        out.append(Refusal(node, "structure", structure, bounds.structure, bounds.structure))
    if bounds.max_extract_ms is not None:
        milliseconds = -(-footprint.covered(carried.pieces) * 1000 // rate)
        if milliseconds > bounds.max_extract_ms:
            limit = bounds.max_extract_ms
            out.append(Refusal(node or source.id, "max_extract_ms", milliseconds, f"0..{limit}", limit))
    return out


def _parts(source: Source, carried: Carried, bounds: Bounds) -> list[Refusal]:
    out = []
    node = carried.by.get("stem", "")
    for part in carried.parts or {}:
        if part not in bounds.stems:
            out.append(Refusal(node, "stems", part, _listed(bounds.stems), None))
    missing = footprint.missing_parts(carried, source)
    voice = "vocals" if carried.separated and source.vocal_part != "" else source.vocal_part
    if voice and voice in missing and not bounds.allows_vocals("remove"):
        out.append(Refusal(node, "vocals", "remove", bounds.vocals, "keep"))
    return out


def _additions(recipe: Recipe, result: Flow, bounds: Bounds) -> list[Refusal]:
    out = []
    for added in sorted(result.added, key=lambda a: a.node):
        if added.what == "performance":
            continue
        if bounds.max_added_permille == 0:
            out.append(Refusal(added.node, "max_added_permille", added.what, "0", "none"))
        if bounds.styles is not None and added.what not in bounds.styles:
            nearest = min(bounds.styles, default=None)
            out.append(Refusal(added.node, "styles", added.what, _listed(bounds.styles), nearest))
    if bounds.max_added_permille == 0 and any("recording" in one.rights for one in result.sources.values()):
        out += [
            Refusal(_reader(recipe, source.id), "max_added_permille", "your own take", "0", None)
            for source in recipe.sources
            if source.kind == "contribution" and source.id in result.sources
        ]
    if (result.harmony_changed or result.metre_changed) and not bounds.reharmonise:
        out.append(Refusal(recipe.out.node, "reharmonise", "changed", "same harmony and metre", "same"))
    if result.market_style != "none" and bounds.locales is not None and result.market_style not in bounds.locales:
        out.append(Refusal(recipe.out.node, "locales", result.market_style, _listed(bounds.locales), None))
    if "LYRIC_TRANSLATION" in footprint.derivative_types(recipe) and recipe.language not in bounds.languages:
        out.append(Refusal(recipe.out.node, "languages", recipe.language, _listed(bounds.languages), None))
    if bounds.commercial:
        out += [
            Refusal(node.id, "commercial", f"{node.p['provider']} under noncommercial terms", "commercial use", None)
            for node in recipe.nodes
            if node.p.get("terms") == "noncommercial"
        ]
    ai = footprint.ai_class(recipe)
    if not bounds.allows_ai(ai):
        out.append(Refusal(recipe.out.node, "ai", ai, bounds.ai, None))
    return out


def _reader(recipe: Recipe, name: str) -> str:
    """The node that reads a source first."""
    return next((node.id for node in recipe.nodes if name in node.inputs), recipe.out.node)


def _level(recipe: Recipe, bounds: Bounds) -> list[Refusal]:
    out = []
    lo, hi = bounds.lufs_lo_centi, bounds.lufs_hi_centi
    if not lo <= recipe.out.lufs <= hi:
        nearest = clamp(Fraction(recipe.out.lufs), lo, hi)
        out.append(Refusal("out", "lufs_centi", recipe.out.lufs, f"{lo}..{hi}", nearest))
    if recipe.out.dbtp > bounds.true_peak_centi:
        limit = bounds.true_peak_centi
        out.append(Refusal("out", "true_peak_centi", recipe.out.dbtp, f"at most {limit}", limit))
    return out
