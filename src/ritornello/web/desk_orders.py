"""From a paper of the desk to a derivative: the recipe that a corrected score or a take makes, and its order.

What is proposed is shown as in the studio, step by step with every refusal; ordering takes the licence and renders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.studio import Makes
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.check import NotAllowed
from ritornello.studio.over_recording import lies_at
from ritornello.studio.plan import KINDS, LANGUAGES, PACKS, PlanError, plan_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import RecipeError
from ritornello.web.frames import frame
from ritornello.web.rendering import page
from ritornello.web.studio_answer import answer_of
from ritornello.web.studio_makers import makers_of, places_first, places_in_words, where_first
from ritornello.web.studio_words import not_granted_in_words
from ritornello.web.views import Link
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_desk import Offered, propose_derivative
from ritornello.workflows.studio_orders import NotGranted, order_render
from ritornello.workflows.studio_papers import PaperMissing, owner_of, score_on_desk, take_of
from ritornello.workflows.studio_words import words_on_desk

router = APIRouter(include_in_schema=False)
OFFERED = ("cover", "sing", "sing_over", "localise", "reharmonise")
"""Kinds that are made of a paper: what plays a score, or carries a take."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What shall be made of which papers, as the address says it.

    `corrected` and `words` are "yes" where the score and the words on the desk shall be taken; `take` is the paper of a
    take, `at` where it begins in ms (empty: recognised), `places` where it shall go (empty: where it is open).
    """

    kind: str = "cover"
    style: str = ""
    corrected: str = ""
    words: str = ""
    take: str = ""
    at: str = ""
    maker: str = ""
    places: str = ""


Text = Annotated[str, Form(max_length=200)]
_FIELDS = {"Made by": "maker", "You": "maker", "Where": "places", "vocals": "take"}
"""The form's fields by what a finding calls them."""


def by_query(request: Request) -> Asked:
    """What an address asks for."""
    return Asked(**{one.name: request.query_params.get(one.name, str(one.default))[:200] for one in fields(Asked)})


def by_form(
    kind: Text = "cover",
    style: Text = "",
    corrected: Text = "",
    words: Text = "",
    take: Text = "",
    at: Text = "",
    maker: Text = "",
    places: Text = "",
) -> Asked:
    """What a form asks for."""
    return Asked(kind, style, corrected, words, take, at, maker, places)


@router.get("/songs/{recording_id}/desk/proposal")
def proposal(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    asked: Annotated[Asked, Depends(by_query)],
) -> Response:
    """The recipe of a corrected score or a take, and what is refused of it. Nothing is kept."""
    offered: Offered | None = None
    wrong: dict[str, str] = {}
    _song(recording_id, work)
    asked = replace(asked, places=places_first(recording_id, member, work, here, asked.maker, asked.places))
    try:
        with _told(wrong):
            offered = _offered(recording_id, member, work, here, asked)
    except _Wrong:
        pass
    return _drawn(recording_id, request, member, work, asked, offered, wrong)


@router.post("/songs/{recording_id}/desk/proposal")
def order(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    asked: Annotated[Asked, Depends(by_form)],
    recipe: Annotated[str, Form()] = "",
    own_work: Annotated[str, Form()] = "",
    title: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Take the licence and render; what stands in the way is told on the page."""
    _song(recording_id, work)
    wrong: dict[str, str] = {}
    try:
        with _told(wrong):
            if not own_work:
                wrong["own_work"] = "is not warranted; tick that what you add is your own"
                raise _Wrong
            own = take_of(here.house, member.organisation, owner_of(member), asked.take) if asked.take else None
            taken = order_render(
                here.house,
                member.organisation,
                recording_id,
                parse(recipe),
                where_first(member, work, asked.maker, asked.places),
                here.now(),
                title=title,
                own_work=True,
                contributions={} if own is None else {own.source.id: own.audio_key},
                desk=owner_of(member),
            )
            return RedirectResponse(f"/studio/renders/{taken.job.id}", 303)
    except _Wrong:
        pass
    return _drawn(recording_id, request, member, work, asked, None, wrong)


class _Wrong(Exception):
    """Something is wrong that the page tells."""


@contextmanager
def _told(wrong: dict[str, str]) -> Iterator[None]:
    """What is refused, as words by field."""
    try:
        yield
    except (PlanError, RecipeError) as error:
        for one in error.findings:
            where = one.where.removeprefix("plan.")
            wrong[_FIELDS.get(where, where)] = f"{one.what}; {one.mend}"
        raise _Wrong from error
    except NotAllowed as error:
        wrong["terms"] = "; ".join(map(str, error.refusals))
        raise _Wrong from error
    except Problem as error:
        wrong["maker"] = f"{error.detail}; {error.mend}"
        raise _Wrong from error
    except NotGranted as error:
        wrong["holders"] = not_granted_in_words(error)
        raise _Wrong from error
    except (SourceMissing, PaperMissing, ValueError) as error:
        wrong["paper"] = str(error)
        raise _Wrong from error


def _offered(recording_id: str, member: Identity, work: UnitOfWork, here: Installation, asked: Asked) -> Offered:
    owner, house = owner_of(member), here.house
    said: dict[str, Any] = {"kind": asked.kind, "style": asked.style}
    kept = score_on_desk(house, member.organisation, owner, recording_id) if asked.corrected else None
    words = words_on_desk(house, member.organisation, owner, recording_id) if asked.words else None
    if words is not None:
        lyrics = words[0].lyrics()
        said |= {"lyrics": lyrics.sha256, "language": lyrics.language if lyrics.language in LANGUAGES else ""}
    own = take_of(house, member.organisation, owner, asked.take) if asked.take else None
    if own is not None:
        said["vocals"] = "own"
    return propose_derivative(
        house,
        member.organisation,
        recording_id,
        plan_of({name: value for name, value in said.items() if value}),
        where_first(member, work, asked.maker, asked.places),
        here.now(),
        own=None if own is None else (own.source, own.listen),
        own_at_ms=_ms(asked.at),
        score=None if kept is None else kept[0],
    )


def _ms(text: str) -> int | None:
    if not text.strip():
        return None
    try:
        value = int(text.replace("−", "-"))
    except ValueError as error:
        raise ValueError(f"the take begins at {text[:20]!r}: write milliseconds, such as 1500 or -200") from error
    if not -600_000 <= value <= 3_600_000:
        raise ValueError(f"the take begins at {value} ms: that is outside of the song")
    return value


def _song(recording_id: str, work: UnitOfWork) -> Link:
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    return Link(recording.title, f"/songs/{recording.id}")


def _drawn(
    recording_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    asked: Asked,
    offered: Offered | None,
    wrong: Mapping[str, str],
) -> Response:
    owner = owner_of(member)
    takes = work.studio.papers(owner, recording_id, "take")
    answer = None if offered is None else answer_of(offered, {})
    elsewhere = asked if answer is None or answer.elsewhere is None else replace(asked, places=answer.elsewhere.places)
    take = None if offered is None else lies_at(offered.proposal.recipe)
    drawn = page(
        "desk_proposal.html",
        frame(request, work, member, "catalogue"),
        song=_song(recording_id, work),
        asked={one.name: getattr(asked, one.name) for one in fields(Asked)},
        answer=answer,
        elsewhere_url=f"/songs/{recording_id}/desk/proposal?{urlencode(asdict(elsewhere))}",
        take=take,
        places_words=places_in_words(asked.places),
        wrong=wrong,
        kinds={kind: KINDS[kind] for kind in OFFERED},
        styles=PACKS,
        takes=[(one.id, one.name) for one in takes],
        has_score=bool(work.studio.papers(owner, recording_id, "score")),
        has_words=bool(work.studio.papers(owner, recording_id, "words")),
        makers=makers_of(member, work),
        audio=f"/audio/{recording_id}",
    )
    return HTMLResponse(drawn, 422 if wrong and request.method == "POST" else 200)
