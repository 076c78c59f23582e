"""May it be made, in a person's words: what the holders or the licence say, where it is open, and what is nearest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ritornello.studio.bounds import Bounds
from ritornello.studio.plain import card_of
from ritornello.studio.plan import words_of
from ritornello.studio.recipe import Recipe
from ritornello.web import field_words as w
from ritornello.web.studio_words import in_words, reason_in_words
from ritornello.web.views import State
from ritornello.workflows.studio_desk import Offered


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A smaller area in which it is open: as it is written in the form, and in words."""

    places: str
    words: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a wish gets: the answer with its reasons, the recipe in plain view, and the nearest that is allowed.

    `refusals` are rows of term, asked, allowed and nearest; `reasons` pairs of words and where. `card` is None where
    nothing was listened to, `recipe` and `nearest_recipe` are what is ordered (JSON, "" where there is none).
    """

    state: State
    says: str
    note: str
    wished: str
    notes: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    refusals: tuple[tuple[str, str, str, str], ...]
    elsewhere: Elsewhere | None
    card: Mapping[str, Any] | None
    recipe: str
    nearest: Mapping[str, Any] | None
    nearest_recipe: str

    @property
    def ready(self) -> bool:
        return self.state == "yes"


def answer_of(offered: Offered, songs: Mapping[str, str]) -> Answer:
    """The answer to a wish. `songs`: recording id → title, for those that are not the one it is about."""
    told, proposal = offered.to_document(), offered.proposal
    plainly_no = told["answer"] == "deny" and offered.bounds == Bounds()  # then every term is shut, and says nothing
    refusals = () if plainly_no else tuple(map(in_words, proposal.refusals))
    near = proposal.nearest if refusals and proposal.nearest is not None else None
    fewer = offered.open_in
    called = dict(songs) | ({proposal.plan.market: w.territory(proposal.plan.market)} if proposal.plan.market else {})
    if offered.ready:
        state, says = "yes", "Yes, as it stands"
    elif told["answer"] == "needs_approval" and not refusals:
        state, says = "ask", "Somebody has to be asked first"
    else:
        state, says = "no", "Not as it stands"
    note = ""
    if offered.ready:
        mine = f"Your licence {offered.licence_id} covers it."
        note = mine if offered.licence_id else "Everybody who has to say yes has said it."
    return Answer(
        state=state,  # type: ignore[arg-type]
        says=says,
        note=note,
        wished=w.sentence(", ".join(words_of(proposal.plan, called))) + ".",
        notes=tuple(f"{w.sentence(_named(one, called))}." for one in proposal.notes),
        reasons=tuple(reason_in_words(one, songs) for one in told["reasons"]),
        refusals=refusals,
        elsewhere=None if fewer is None else Elsewhere(str(fewer), w.places(str(fewer))),
        card=None if offered.unheard else told["proposal"],
        recipe=_text(proposal.recipe) if offered.ready else "",
        nearest=None if near is None else card_of(near),
        nearest_recipe="" if near is None else _text(near),
    )


def _named(text: str, called: Mapping[str, str]) -> str:
    """A note with the songs and markets that it names by id called by their names, and codes opened."""
    for code, name in called.items():
        text = text.replace(code, name)
    return text.replace("_", " ")


def _text(recipe: Recipe) -> str:
    return json.dumps(recipe.to_document(), separators=(",", ":"), ensure_ascii=False)
