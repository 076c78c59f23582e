"""A wish as the studio's form holds it, and the plan that it says: one into the other and back.

What a sentence was understood as is laid into the form's own controls, so that it can be changed there. The few parts
of a plan that have no control (the bars of a loop, the market) travel in one hidden field and are told in words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ritornello.studio.plan import Plan, PlanError, plan_of, words_of
from ritornello.studio.recipe import Finding

FIELDS = (
    *("kind", "style", "tempo", "key", "vocals", "metre", "feel", "harmony", "seconds", "effect"),
    *("other", "groove", "levels", "sections", "language", "lyrics", "more"),
)
_SAME = ("kind", "style", "vocals", "feel", "harmony", "other", "groove", "language", "lyrics")
MOST_LETTERS = {"more": 600, "levels": 600, "sections": 400}


def cut(name: str, text: str) -> str:
    """A field's text, no longer than a wish may be."""
    return text[: MOST_LETTERS.get(name, 120)]


def said(values: Mapping[str, str]) -> dict[str, Any]:
    """The form's fields as a plan's document; what is no number is told by the plan's own check.

    Raises PlanError where the hidden rest of a sentence is no JSON.
    """
    found: dict[str, Any] = _rest(values.get("more", ""))
    found |= {name: values[name] for name in _SAME if values.get(name)}
    if values.get("levels"):
        found["levels"] = _levels(values["levels"])
    if values.get("sections"):
        found["sections"] = [_number(part) for part in values["sections"].replace(",", " ").split()]
    if values.get("tempo"):
        change = _number(values["tempo"], 10)
        found["tempo_permille"] = 1000 + change if isinstance(change, int) else change
    if values.get("key"):
        found["key_cents"] = _number(values["key"], 100)
    for name in ("metre", "seconds"):
        if values.get(name):
            found[name] = _number(values[name])
    if values.get("effect"):
        found["effects"] = sorted({*found.get("effects", ()), values["effect"]})
    if found and "kind" not in found:
        found["kind"] = "edit"
    return found


def laid_out(plan: Plan) -> dict[str, str]:
    """A settled plan as the form's fields: the inverse of `said`."""
    document = plan.to_document()
    values = dict.fromkeys(FIELDS, "") | {name: document.pop(name) for name in _SAME if name in document}
    if "tempo_permille" in document:
        values["tempo"] = _plain(document.pop("tempo_permille") - 1000, 10)
    if "key_cents" in document:
        values["key"] = _plain(document.pop("key_cents"), 100)
    for name in ("metre", "seconds"):
        if name in document:
            values[name] = str(document.pop(name))
    if "levels" in document:
        values["levels"] = ", ".join(f"{part} {_plain(level, 100)}" for part, level in document.pop("levels").items())
    if "sections" in document:
        values["sections"] = " ".join(map(str, document.pop("sections")))
    if len(document.get("effects", ())) == 1:
        values["effect"] = document.pop("effects")[0]
    if document:
        values["more"] = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return values


def rest_in_words(more: str) -> tuple[str, ...]:
    """What stands in the hidden field, for people; empty where it cannot be read, which `said` tells."""
    try:
        return tuple(words_of(plan_of({"kind": "edit"} | _rest(more)))[1:]) if more else ()
    except PlanError:
        return ()


def _rest(more: str) -> dict[str, Any]:
    if not more:
        return {}
    try:
        found = json.loads(more)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise PlanError([Finding("more", "is not what the sentence left there", "say the sentence again")])
    return found


def _number(text: str, times: int = 1) -> Any:
    try:
        return round(float(text.replace(",", ".").replace("−", "-")) * times)
    except (ValueError, OverflowError):
        return text


def _plain(number: int, parts: int) -> str:
    return f"{number / parts:g}"


def _levels(text: str) -> Any:
    """Parts and hundredths of a decibel from "drums -3, lead +1"; what is written otherwise the plan's check tells."""
    rows = [row.replace("=", " ").split() for row in text.split(",") if row.strip()]
    return {row[0]: _number(row[1], 100) for row in rows} if all(len(row) == 2 for row in rows) else text
