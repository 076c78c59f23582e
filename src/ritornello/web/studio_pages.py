"""The fan's studio: a wish by sentence or by form, the recipe in plain view, what is refused, and the render.

The whole wish stands in the address, so that a proposal can be shared, corrected and gone back to. The pages work
without a script; with one, a render's progress moves by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.api.studio import job_document, render_of
from ritornello.api.studio_desk import faders
from ritornello.consent.requests import Person
from ritornello.identifiers.territories import TerritorySet
from ritornello.people.model import Identity
from ritornello.people.roles import Capability, Role
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio import plan as plans
from ritornello.studio.building import BUILDERS
from ritornello.studio.check import NotAllowed, Refusal
from ritornello.studio.plan import PlanError, plan_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import RecipeError
from ritornello.studio.sentence import Understood
from ritornello.web.frames import frame
from ritornello.web.read_song import Reader
from ritornello.web.rendering import page
from ritornello.web.views import Link
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_desk import (
    NotGranted,
    Offered,
    Where,
    order_render,
    propose_derivative,
)
from ritornello.workflows.studio_songs import read_sentence, words_in

router = APIRouter(include_in_schema=False)
Makes = Annotated[Identity, Depends(allowed(Capability.MAKE_DERIVATIVE))]

FIELDS = (
    *("kind", "style", "tempo", "key", "vocals", "metre", "feel", "harmony", "seconds", "effect"),
    *("other", "groove", "levels", "sections", "language", "lyrics"),
)
MOST_SONGS = 500
"""Songs that are offered beside this one."""
TERMS: Mapping[str, str] = {
    "types": "The kind of derivative",
    "tempo_permille": "Speed",
    "key_cents": "Pitch",
    "keep_pitch": "Pitch that follows the speed",
    "structure": "The order of the sections",
    "max_extract_ms": "How much of it sounds",
    "stems": "Parts",
    "vocals": "The voice",
    "max_added_permille": "Added material",
    "styles": "Style",
    "reharmonise": "Harmony and metre",
    "locales": "The place it is made for",
    "languages": "Language",
    "ai": "Machine help",
    "commercial": "Commercial use",
    "lufs_centi": "Loudness",
    "true_peak_centi": "Peaks",
}


@dataclass(frozen=True, slots=True)
class Wished:
    """The studio's page: the wish as it was said, what was understood, and what would come of it."""

    song: Link
    say: str
    values: Mapping[str, str]
    understood: Understood | None = None
    offered: Offered | None = None
    findings: tuple[tuple[str, str], ...] = ()
    makers: tuple[tuple[str, str], ...] = ()
    maker: str = ""
    places: str = "WW"
    songs: tuple[tuple[str, str], ...] = ()
    faders: Mapping[str, Any] | None = None

    @property
    def recipe(self) -> str:
        return "" if self.offered is None else _text(self.offered.proposal.recipe.to_document())

    @property
    def nearest(self) -> str:
        near = None if self.offered is None or self.offered.proposal.allowed else self.offered.proposal.nearest
        return "" if near is None else _text(near.to_document())


@router.get("/songs/{recording_id}/studio")
def studio(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    say: str = "",
    maker: str = "",
    places: str = "WW",
) -> Response:
    """The studio of one song; with a wish in the address also its proposal."""
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    values = {name: request.query_params.get(name, "")[:120] for name in FIELDS}
    makers = _makers(member, work)
    chosen = maker or (makers[0][0] if makers else "")
    song = Link(recording.title, f"/songs/{recording.id}")
    view = Wished(song, say[:600], values, makers=makers, maker=chosen, places=places[:80])
    if say.strip() or any(values.values()):
        view = _answered(view, recording_id, member, here)
    return HTMLResponse(_drawn(view, request, member, work))


@router.post("/songs/{recording_id}/studio")
def order(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    recipe: Annotated[str, Form()] = "",
    own_work: Annotated[str, Form()] = "",
    maker: Annotated[str, Form()] = "",
    places: Annotated[str, Form()] = "WW",
    title: Annotated[str, Form()] = "",
) -> Response:
    """Take the licence and render; what stands in the way is told on the page."""
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    makers = _makers(member, work)
    song = Link(recording.title, f"/songs/{recording.id}")
    view = Wished(song, "", dict.fromkeys(FIELDS, ""), makers=makers, maker=maker, places=places[:80])
    try:
        if not own_work:
            raise PlanError([_finding("Your own work", "is not warranted", "tick that what you add is your own")])
        where = _where(member, makers, maker, places)
        taken = order_render(
            here.house,
            member.organisation,
            recording_id,
            parse(recipe),
            where,
            here.now(),
            title=title[:200],
            own_work=True,
        )
    except (PlanError, RecipeError) as error:
        found = tuple((one.where, f"{one.what}; {one.mend}") for one in error.findings)
        return HTMLResponse(_drawn(_with(view, found), request, member, work), 422)
    except NotAllowed as error:
        found = tuple((TERMS.get(one.term, one.term), str(one)) for one in error.refusals)
        return HTMLResponse(_drawn(_with(view, found), request, member, work), 409)
    except (NotGranted, ValueError) as error:
        return HTMLResponse(_drawn(_with(view, (("The holders", str(error)),)), request, member, work), 403)
    return RedirectResponse(f"/studio/renders/{taken.job.id}", 303)


@router.get("/studio/renders/{job_id}")
def render(job_id: str, request: Request, member: Makes, work: Reading, here: Here) -> Response:
    """A render on its way, or finished: then beside the original, in sync."""
    from ritornello.web.pages import names_of

    job = render_of(job_id, member, work)
    status = job_document(job, here.now())
    song = None
    made = None if job.result is None else work.catalogue.recording(str(job.result["recording_id"]))
    if made is not None:
        song = Reader(work, member, names_of(work, member), here.now(), {}).song(made, lambda _one: None)
    around = frame(request, work, member, "catalogue")
    return HTMLResponse(page("render.html", around, job=status, view=song, refused=job.error or ""))


@router.post("/studio/renders/{job_id}/cancel")
def cancel(job_id: str, member: Makes, here: Here) -> Response:
    """Stop a render; ordered again, it goes on from its finished steps."""
    with here.house.work(member.organisation) as work:
        render_of(job_id, member, work)
        work.jobs.cancel(job_id, here.now())
        work.commit()
    return RedirectResponse(f"/studio/renders/{job_id}", 303)


def _answered(view: Wished, recording_id: str, member: Identity, here: Installation) -> Wished:
    """The wish understood, built and held against the consent."""
    understood = None
    said = _said(view.values)
    try:
        if view.say.strip():
            understood = read_sentence(here.house, member.organisation, recording_id, view.say)
            if understood.plan is None:
                return _with(view, (), understood)
            said = {**understood.plan.to_document(), **said}
        where = _where(member, view.makers, view.maker, view.places, view.say)
        offered = propose_derivative(here.house, member.organisation, recording_id, plan_of(said), where, here.now())
    except PlanError as error:
        return _with(view, tuple((one.where, f"{one.what}; {one.mend}") for one in error.findings), understood)
    except SourceMissing as error:
        return _with(view, (("This song", str(error)),), understood)
    return Wished(view.song, view.say, view.values, understood, offered, (), view.makers, view.maker, view.places)


def _said(values: Mapping[str, str]) -> dict[str, Any]:
    """The form's fields as a plan's document; what is no number is told by the plan's own check."""

    def number(text: str, times: int = 1) -> Any:
        try:
            return round(float(text.replace(",", ".").replace("−", "-")) * times)
        except ValueError:
            return text

    said: dict[str, Any] = {
        name: values[name]
        for name in ("kind", "style", "vocals", "feel", "harmony", "other", "groove", "language", "lyrics")
        if values[name]
    }
    if values["levels"]:
        said["levels"] = _levels(values["levels"], number)
    if values["sections"]:
        said["sections"] = [number(part) for part in values["sections"].replace(",", " ").split()]
    if values["tempo"]:
        change = number(values["tempo"], 10)
        said["tempo_permille"] = 1000 + change if isinstance(change, int) else change
    if values["key"]:
        said["key_cents"] = number(values["key"], 100)
    for name in ("metre", "seconds"):
        if values[name]:
            said[name] = number(values[name])
    if values["effect"]:
        said["effects"] = [values["effect"]]
    if said and "kind" not in said:
        said["kind"] = "edit"
    return said


def _levels(text: str, number: Callable[[str, int], Any]) -> Any:
    """Parts and hundredths of a decibel from "drums -3, lead +1"; what is written otherwise the plan's check tells."""
    rows = [row.replace("=", " ").split() for row in text.split(",") if row.strip()]
    return {row[0]: number(row[1], 100) for row in rows} if all(len(row) == 2 for row in rows) else text


def _where(member: Identity, makers: tuple[tuple[str, str], ...], maker: str, places: str, say: str = "") -> Where:
    """Whose derivative it is and where it goes. Staff act for a maker of the house and vouch for being a subscriber."""
    try:
        territories = TerritorySet.parse(places or "WW")
    except ValueError as error:
        raise PlanError([_finding("Where", str(error), 'write such as "DE, FR" or "WW ex JP"')]) from error
    if member.may(Capability.SEE_CONSENT):
        if maker not in dict(makers):
            raise PlanError([_finding("Made by", "is nobody of this house", "choose a maker")])
        person = Person(maker, tier="subscribers", age=18, verified=True)
    else:
        if member.party_id is None:
            raise PlanError([_finding("You", "are no party of this house", "ask its owner to register you")])
        person = Person(member.party_id)
    return Where(person, territories, words=words_in(say))


def _makers(member: Identity, work: UnitOfWork) -> tuple[tuple[str, str], ...]:
    """For staff: the makers of the house by party and name; nobody for a maker, who makes for themselves."""
    if not member.may(Capability.SEE_CONSENT):
        return ()
    found = {
        one.party_id: person.name
        for person, one in work.people.members()
        if person is not None and Role.FAN in one.roles and one.party_id
    }
    return tuple(sorted(found.items(), key=lambda pair: pair[1]))


def _drawn(view: Wished, request: Request, member: Identity, work: UnitOfWork) -> str:
    offered = view.offered
    recording_id = view.song.url.rpartition("/")[2]
    others = [one for one in work.catalogue.recordings() if one.kind != "derivative" and one.id != recording_id]
    songs = tuple((one.id, one.title) for one in sorted(others, key=lambda one: one.title)[:MOST_SONGS])
    view = replace(view, songs=songs, faders=faders(recording_id, work))
    return page(
        "studio.html",
        frame(request, work, member, "catalogue"),
        view=view,
        told=None if offered is None else offered.to_document(),
        refusals=() if offered is None else tuple(map(_in_words, offered.proposal.refusals)),
        kinds={kind: plans.KINDS[kind] for kind in BUILDERS if kind not in ("sing", "sing_over")},
        styles=_options(plans.STYLES),
        harmonies=_options(plans.HARMONIES),
        feels=_options(plans.FEELS),
        effects=_options(plans.EFFECTS),
    )


def _options(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, value.replace("_", " ")) for value in values if value]


def _in_words(refusal: Refusal) -> tuple[str, str, str, str]:
    """The term, what was asked, what is allowed and the nearest, as a person reads them."""

    def shown(value: object) -> str:
        if value is None:
            return "nothing comes near"
        if refusal.term == "tempo_permille" and isinstance(value, int):
            return f"{(value - 1000) / 10:+g} %"
        if refusal.term == "key_cents" and isinstance(value, int):
            return f"{value / 100:+g} semitones"
        return str(value).replace("_", " ")

    allowed_ = refusal.allowed
    if ".." in allowed_ and refusal.term in ("tempo_permille", "key_cents"):
        low, _, high = allowed_.partition("..")
        allowed_ = f"{shown(int(low))} to {shown(int(high))}"
    return TERMS.get(refusal.term, refusal.term), shown(refusal.asked), allowed_, shown(refusal.nearest)


def _with(view: Wished, findings: tuple[tuple[str, str], ...], understood: Understood | None = None) -> Wished:
    return Wished(view.song, view.say, view.values, understood, None, findings, view.makers, view.maker, view.places)


def _finding(where: str, what: str, mend: str) -> Any:
    from ritornello.studio.recipe import Finding

    return Finding(where, what, mend)


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)
