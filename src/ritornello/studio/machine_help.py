"""Where machines helped with a derivative: step by step, and the strongest help of all.

Rules of the trade, 15: the class belongs to the operation. `assistive` is help by a trained model that makes no sound
(separation, transcription), `generative` is sound that a model made, `none` is everything that is computed by rule.
Only what reaches the result counts, so a step that nobody reads discloses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ritornello.studio.operations import OPERATIONS, AiClass, completed
from ritornello.studio.recipe import Node, Recipe

CLASSES: tuple[AiClass, ...] = ("none", "assistive", "generative")
"""From no help to sound made by a model."""
TRANSCRIBERS = ("basic-pitch",)
"""Methods of writing a tune down that are trained models; `score.method` names them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step that a trained model took. `by` names the model, `weights` is the hash of what it knew, where known."""

    node: str
    op: str
    ai: AiClass
    by: str
    weights: str = ""

    def to_document(self) -> dict[str, str]:
        document = {"node": self.node, "op": self.op, "ai": str(self.ai), "by": self.by, "weights": self.weights}
        return {name: value for name, value in document.items() if value}


def steps(recipe: Recipe) -> tuple[Step, ...]:
    """Every step of a recipe on the way to its result that a trained model takes, in the order of the recipe."""
    heard = {recipe.out.node}
    for node in reversed(recipe.nodes):
        if node.id in heard:
            heard |= set(node.inputs)
    return tuple(step for node in recipe.nodes if node.id in heard and (step := _step(node)) is not None)


def ai_class(recipe: Recipe) -> AiClass:
    """none, assistive or generative: the strongest machine help of any step on the way to the result."""
    return max((step.ai for step in steps(recipe)), key=CLASSES.index, default="none")


def disclosed(own: Mapping[str, Any], parents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The manifest of a derivative with what its parents disclose added to its own disclosure.

    Args:
        own: the document of its `Manifest`.
        parents: recording ids to the manifests of those parents whose sound is in it and that were made here.

    Returns: the document; the steps of a parent carry the id of its `recording`.
    """
    rows: list[Mapping[str, Any]] = list(own.get("ai_steps", ()))
    classes = [str(own["ai"])]
    for recording, manifest in sorted(parents.items()):
        classes.append(str(manifest.get("ai", "none")))
        rows += [{"recording": recording, **row} for row in manifest.get("ai_steps", ())]
    return {**own, "ai": strongest(classes), "ai_steps": rows}


def strongest(classes: Iterable[str]) -> str:
    """The strongest of some classes; none without any."""
    return max(classes, key=[str(one) for one in CLASSES].index, default="none")


def _step(node: Node) -> Step | None:
    p = completed(node.op, node.p)
    if node.op == "perform":
        method = str(p["score"].get("method", ""))
        return Step(node.id, "transcribe", "assistive", method) if method in TRANSCRIBERS else None
    ai = OPERATIONS[node.op].ai
    return None if ai == "none" else Step(node.id, node.op, ai, str(p["provider"]), str(p["weights"]))
