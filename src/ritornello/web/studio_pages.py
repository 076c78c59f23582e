"""The fan's studio: a wish by sentence or by form, the recipe in plain view, what is refused, and the render.

The whole wish stands in the address, so that a proposal can be shared, corrected and gone back to. The pages work
without a script; with one, a render's progress moves by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound
from ritornello.api.studio import job_document, render_of
from ritornello.api.studio_desk import faders
from ritornello.api.studio_files import files_of
from ritornello.jobs import Job, JobState
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio import plan as plans
from ritornello.studio.building import BUILDERS
from ritornello.studio.check import NotAllowed
from ritornello.studio.neural import NotThisModel, ProviderMissing, WeightsError
from ritornello.studio.plan import PlanError, plan_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Finding, RecipeError
from ritornello.studio.records import Paper
from ritornello.studio.sentence import Understood
from ritornello.studio.sketching import HEARS
from ritornello.web.frames import frame
from ritornello.web.read_song import Reader
from ritornello.web.rendering import page
from ritornello.web.studio_answer import answer_of
from ritornello.web.studio_makers import Makes, draft_of, makers_of, places_first, places_in_words, where_for
from ritornello.web.studio_song import ChordMark, song_heard
from ritornello.web.studio_wish import FIELDS, cut, laid_out, rest_in_words, said
from ritornello.web.studio_words import field_in_words, not_granted_in_words, refused_in_words
from ritornello.web.views import Link, SongView
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_desk import Offered, propose_derivative, settled
from ritornello.workflows.studio_orders import NotGranted, order_render
from ritornello.workflows.studio_papers import owner_of
from ritornello.workflows.studio_songs import read_sentence

router = APIRouter(include_in_schema=False)
_FILES = {
    "performance.mid": "MIDI",
    "lead-sheet.musicxml": "Lead sheet (MusicXML)",
    "score.json": "Score (JSON)",
    "recipe.json": "Recipe",
    "report.json": "Report",
}
MOST_SONGS = 500
"""Songs that are offered beside this one."""


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
    heard: str = ""
    draft: str = ""
    songs: tuple[tuple[str, str], ...] = ()
    faders: Mapping[str, Any] | None = None
    staff: SongView | None = None
    chords: tuple[ChordMark, ...] = ()
    drafts: tuple[Paper, ...] = ()

    @property
    def more(self) -> tuple[str, ...]:
        """What the sentence asked for that no control holds."""
        return rest_in_words(self.values.get("more", ""))

    def address(self, places: str) -> str:
        """Where the same wish stands for other places."""
        said = {"say": self.say, "heard": self.heard, "maker": self.maker, **self.values, "places": places}
        return f"{self.song.url}/studio?{urlencode({name: text for name, text in said.items() if text})}"


@router.get("/songs/{recording_id}/studio")
def studio(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    say: str = "",
    heard: str = "",
    maker: str = "",
    places: str = "",
    draft: str = "",
) -> Response:
    """The studio of one song; with a wish in the address (or kept as a draft) also its proposal."""
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    asked: Mapping[str, str] = dict(request.query_params)
    if draft:
        asked = draft_of(draft, recording_id, member, work)
        say, heard, places = asked.get("say", ""), asked.get("heard", ""), places or asked.get("places", "")
        maker = maker or asked.get("maker", "")
    values = {name: cut(name, asked.get(name, "")) for name in FIELDS}
    makers = makers_of(member, work)
    chosen = maker or (makers[0][0] if makers else "")
    places = places_first(recording_id, member, work, here, chosen, places)
    song = Link(recording.title, f"/songs/{recording.id}")
    view = Wished(song, say[:600], values, makers=makers, maker=chosen, places=places, heard=heard[:600])
    view = replace(view, draft=draft)
    if say.strip() or any(values.values()):
        view = _answered(view, recording_id, member, here)
    return HTMLResponse(_drawn(view, request, member, work, here))


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
    makers = makers_of(member, work)
    song = Link(recording.title, f"/songs/{recording.id}")
    view = Wished(song, "", dict.fromkeys(FIELDS, ""), makers=makers, maker=maker, places=places[:80])
    try:
        if not own_work:
            raise PlanError([Finding("Your own work", "is not warranted", "tick that what you add is your own")])
        where = where_for(member, makers, maker, places)
        taken = order_render(
            here.house,
            member.organisation,
            recording_id,
            parse(recipe),
            where,
            here.now(),
            title=title[:200],
            own_work=True,
            desk=owner_of(member),
        )
    except (PlanError, RecipeError) as error:
        found = tuple((field_in_words(one.where), f"{one.what}; {one.mend}") for one in error.findings)
        return HTMLResponse(_drawn(_with(view, found), request, member, work, here), 422)
    except NotAllowed as error:
        found = tuple(map(refused_in_words, error.refusals))
        return HTMLResponse(_drawn(_with(view, found), request, member, work, here), 409)
    except (ProviderMissing, NotThisModel, WeightsError) as error:
        return HTMLResponse(_drawn(_with(view, (("The model", str(error)),)), request, member, work, here), 409)
    except (NotGranted, ValueError) as error:
        told = not_granted_in_words(error) if isinstance(error, NotGranted) else str(error)
        return HTMLResponse(_drawn(_with(view, (("The holders", told),)), request, member, work, here), 403)
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
    files = [] if job.result is None else [(name, _FILES[name]) for name in files_of(job, work)]
    drawn = page(
        "render.html",
        around,
        job=status,
        view=song,
        song=_song_of(job, work),
        refused=job.error or "",
        files=files,
    )
    return HTMLResponse(drawn)


def _song_of(job: Job, work: UnitOfWork) -> Link | None:
    """The song that a render is made of, by its licence."""
    licence = work.consent.licence(str(job.payload.get("licence", "")))
    found = None if licence is None else work.catalogue.recording(licence["payload"]["scope"]["sources"][0])
    return None if found is None else Link(found.title, f"/songs/{found.id}")


@router.post("/studio/renders/{job_id}/cancel")
def cancel(job_id: str, member: Makes, here: Here) -> Response:
    """Stop a render; ordered again, it goes on from its finished steps."""
    with here.house.work(member.organisation) as work:
        render_of(job_id, member, work)
        work.jobs.cancel(job_id, here.now())
        work.commit()
    return RedirectResponse(f"/studio/renders/{job_id}", 303)


@router.post("/studio/renders/{job_id}/again")
def again(job_id: str, member: Makes, here: Here) -> Response:
    """Go on with a render that was stopped or failed, under the licence that it has; one that has not is only shown."""
    with here.house.work(member.organisation) as work:
        if render_of(job_id, member, work).state in (JobState.FAILED, JobState.CANCELLED):
            work.jobs.again(job_id, here.now())
            work.commit()
    return RedirectResponse(f"/studio/renders/{job_id}", 303)


def _answered(view: Wished, recording_id: str, member: Identity, here: Installation) -> Wished:
    """The wish understood, laid out in the form, built and held against the consent.

    A sentence fills the controls; once they are filled (`heard`), they are what counts, until another is said.
    """
    organisation = member.organisation
    try:
        if view.say.strip() and view.say != view.heard:
            understood = read_sentence(here.house, organisation, recording_id, view.say)
            view = replace(view, understood=understood)
            if understood.plan is None:
                return view
            by_hand = {} if view.heard else said(view.values)
            plan = plan_of({**understood.plan.to_document(), **by_hand})
            laid = laid_out(settled(here.house, organisation, recording_id, plan))
            view = replace(view, values=laid, heard=view.say)
        else:
            plan = plan_of(said(view.values))
        where = where_for(member, view.makers, view.maker, view.places, view.say)
        offered = propose_derivative(here.house, organisation, recording_id, plan, where, here.now())
    except PlanError as error:
        return _with(view, tuple((field_in_words(one.where), f"{one.what}; {one.mend}") for one in error.findings))
    except SourceMissing as error:
        return _with(view, (("This song", str(error)),))
    return replace(view, offered=offered)


def _drawn(view: Wished, request: Request, member: Identity, work: UnitOfWork, here: Installation) -> str:
    offered = view.offered
    recording_id = view.song.url.rpartition("/")[2]
    others = [one for one in work.catalogue.recordings() if one.kind != "derivative" and one.id != recording_id]
    songs = tuple((one.id, one.title) for one in sorted(others, key=lambda one: one.title)[:MOST_SONGS])
    staff, chords = song_heard(recording_id, member, work, here.now())
    answer = None if offered is None else answer_of(offered, dict(songs))
    drafts = tuple(work.studio.papers(owner_of(member), recording_id, "draft"))
    view = replace(view, songs=songs, faders=faders(recording_id, work), staff=staff, chords=chords, drafts=drafts)
    return page(
        "studio.html",
        frame(request, work, member, "catalogue"),
        view=view,
        answer=answer,
        elsewhere_url=view.address(answer.elsewhere.places) if answer and answer.elsewhere else "",
        places_words=places_in_words(view.places),
        kinds={kind: plans.KINDS[kind] for kind in BUILDERS if kind not in ("sing", "sing_over")},
        styles=_options(plans.STYLES),
        harmonies=_options(plans.HARMONIES),
        feels=_options(plans.FEELS),
        effects=_options(plans.EFFECTS),
        listens=" ".join(HEARS),
    )


def _options(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, value.replace("_", " ")) for value in values if value]


def _with(view: Wished, findings: tuple[tuple[str, str], ...]) -> Wished:
    return replace(view, offered=None, findings=findings)
