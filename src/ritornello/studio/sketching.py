"""What a plan is held against first: wishes that its kind cannot hold, and the least recipe that it amounts to.

A recipe of some plans can only be written after listening (a cover, a mash-up, a borrowed groove). So that nobody is
heard without a yes, consent is first asked about a sketch that touches the same rights and reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from ritornello.studio.finishing import grooved
from ritornello.studio.material import Material
from ritornello.studio.plan import KINDS, PACKS, Plan
from ritornello.studio.recipe import Finding, Node, Out, Recipe, Source
from ritornello.studio.styles import packs, packs_of

ANEW = ("cover", "localise", "reharmonise", "regroove", "acoustic", "sing")
HEARS = (*ANEW, "mashup", "loop", "sing_over")
SUNG = (*ANEW, "sing_over")
"""Kinds whose recipe cannot be written without listening to the recording."""


_UNCHANGED = (
    *("style", "tempo_permille", "bpm", "key_cents", "tonic", "mode", "metre", "feel", "harmony", "groove"),
    *("without", "order", "seconds", "bars"),
)
"""What a recording keeps when a take is laid over it: where it changed, the take would lie elsewhere."""


_AS_PLAYED = (
    *("edit", "sped_up", "nightcore", "slowed_reverb", "lo_fi", "instrumental", "a_cappella", "radio_edit", "extended"),
    "loop",
)
"""Kinds that are the recording as it was played: what its band plays stays what it is."""
_OF_THE_BAND = ("style", "mode", "harmony", "metre", "language")
_ELSEWHERE = {
    "style": "ask for a remix or a cover",
    "mode": "ask for a reharmonisation",
    "harmony": "ask for a reharmonisation",
    "metre": "ask for another rhythm (regroove)",
    "language": "ask for a local version, or sing it yourself",
    "order": "ask for a remix, or name the sections of an edit",
    "seconds": "ask for a radio edit, an extended mix or a loop",
    "bars": "ask for an extended mix or a loop",
    "without": "ask for a remix, or leave it out",
    "vocals": "ask for an instrumental, an a cappella, or a song of your own voice (sing, sing_over)",
}
_LACKS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_AS_PLAYED, _OF_THE_BAND),
    "mashup": (*_OF_THE_BAND, "without", "vocals"),
    "remix": ("mode", "harmony", "metre", "language"),
}
_LONG = ("radio_edit", "extended", "loop")
"""Kinds of which a length may be wished."""


def _lacking(plan: Plan) -> list[Finding]:
    """Wishes that nothing in a recipe of this kind would carry out."""
    lacks = list(_LACKS.get(plan.kind, ()))
    if plan.kind not in _LONG:
        lacks.append("seconds")
    if plan.kind not in ("extended", "loop"):
        lacks.append("bars")
    if plan.order == "reorder" and plan.kind != "remix":
        lacks.append("order")
    if plan.kind in ("cover", "localise", "reharmonise", "regroove", "acoustic") and plan.vocals == "only":
        lacks.append("vocals")
    if plan.vocals == "own" and plan.kind in (*_AS_PLAYED, "remix"):
        lacks.append("vocals")
    name = KINDS[plan.kind]
    return [
        Finding(f"plan.{one}", f"has no place in {name}", _ELSEWHERE[one])
        for one in dict.fromkeys(lacks)
        if getattr(plan, one) not in ("", None, (), "keep")
    ]


def hears(plan: Plan) -> bool:
    """Whether building the plan listens to a recording."""
    return plan.kind in HEARS or bool(plan.groove) or plan.feel == "straight"


def sketch(plan: Plan, material: Material) -> Recipe:
    """The least recipe of a plan that `hears`: it touches nothing that the plan would not touch, and no sample is read.

    Whoever may not even make this may not make the plan either, so consent is asked about it before anything is heard.
    """
    source, rate = material.source, material.analysis.rate
    sources: tuple[Source, ...] = (source,)
    if plan.kind in ANEW:
        changes = bool(plan.harmony or plan.mode or plan.metre or plan.kind == "reharmonise")
        p: dict[str, object] = {"notes": [[0, 0, rate, 60, 1]], "harmony": "changed" if changes else "same"}
        if plan.style in PACKS:
            p["style"] = plan.style
        sources = (Source(source.id, "composition", work_ref=source.work_ref, language=source.language),)
        nodes = [Node("least", "perform", (source.id,), p)]
    elif plan.kind == "mashup" and material.other is not None:
        sources = (source, material.other.source)
        nodes = [Node("least", "mix", (source.id, material.other.source.id), {})]
    elif plan.kind == "sing_over":  # the take is not heard yet: any would touch the same rights
        sources = (source, Source("take", "contribution", frames=rate, declaration="own_performance"))
        nodes = [Node("least", "mix", (source.id, "take"), {})]
    else:
        nodes = [Node("least", "gain", (source.id,), {"centidb": 0})]
    recipe = Recipe(sources, tuple(nodes), Out("least"), sr=rate, language=plan.language, lyrics=plan.lyrics)
    if plan.groove and material.lender is not None:
        recipe = grooved(recipe, material.lender.lends(rate), ((0, 0),) * 4)
    return recipe


def unfit(plan: Plan) -> list[Finding]:
    """Wishes that this kind of derivative cannot hold, so that none is passed over in silence."""
    name = KINDS[plan.kind]
    found = [] if plan.kind == "sing_over" else _lacking(plan)
    if plan.sections and plan.kind not in ("edit", "remix"):
        found.append(Finding("plan.sections", f"have no other order in {name}", "ask for an edit or a remix"))
    if plan.levels and plan.kind in (*ANEW, "mashup"):
        found.append(Finding("plan.levels", f"have no parts of the recording in {name}", "ask for an edit or a remix"))
    if plan.kind == "localise" and not (plan.style or plan.language or plan.lyrics):
        if not plan.market:
            found.append(Finding("plan.market", f"is missing for {name}", "say a market (BR), a style, or a language"))
        elif not packs_of(plan.market):
            homes = ", ".join(sorted({one.market for one in packs().values()} - {""}))
            mend = f"say a style or a language; styles are at home in {homes}"
            found.append(Finding("plan.market", f"is {plan.market}, where no style of ours is at home", mend))
    if plan.groove and plan.kind == "mashup":
        found.append(Finding("plan.groove", "is laid on one song, not on two", "ask for an edit or a remix"))
    if plan.kind == "sing_over":
        found += [
            Finding(f"plan.{one}", f"cannot change in {name}", "leave it out, or sing over a new performance (sing)")
            for one in _UNCHANGED
            if getattr(plan, one) not in ("", None, (), 0)
        ]
    if plan.lyrics and plan.kind not in SUNG:
        found.append(Finding("plan.lyrics", f"cannot be sung in {name}", "ask for a cover, or sing it yourself"))
    halved = plan.feel in ("half_time", "double_time")
    if plan.kind == "mashup" and plan.feel:
        found.append(Finding("plan.feel", "cannot be changed of two songs at once", "leave the feel as it is"))
    elif halved and plan.kind not in (*ANEW, "edit") and (plan.kind, plan.feel) != ("remix", "half_time"):
        words = plan.feel.replace("_", " ")
        found.append(Finding("plan.feel", f"cannot be {words} in {name}", "ask for an edit or a cover"))
    return found
