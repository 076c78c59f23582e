"""The studio for programs: from a sentence or a plan to a proposal, from a recipe to a render with its progress.

Everything is held against the consent before a sample is read. A maker asks for themselves; whoever sees consent may
ask for somebody and vouch for facts about them. Orders are jobs: they report progress and can be cancelled, and the
same recipe ordered twice is one job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import Response

from ritornello.analysis.model import AudioError
from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.streaming import stream
from ritornello.consent.codes import ACTS, Outcome
from ritornello.consent.requests import Person
from ritornello.identifiers.territories import TerritorySet
from ritornello.jobs import Job, JobState
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio import plan as plans
from ritornello.studio.building import BUILDERS
from ritornello.studio.check import NotAllowed
from ritornello.studio.neural import NotThisModel, ProviderMissing, WeightsError
from ritornello.studio.plan import PlanError, plan_of, words_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import RecipeError
from ritornello.studio.score import ScoreError
from ritornello.studio.sentence import Understood
from ritornello.studio.syllables import LyricsError
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.measure_file import LicenceAway
from ritornello.workflows.studio_desk import Where, check_recipe, propose_derivative
from ritornello.workflows.studio_orders import RENDER, NotGranted, order_render
from ritornello.workflows.studio_papers import (
    PaperMissing,
    PaperRefused,
    owner_of,
    score_on_desk,
    take_of,
)
from ritornello.workflows.studio_songs import read_sentence, words_in

router = APIRouter(prefix="/api/v1/studio", tags=["studio"])

Makes = Annotated[Identity, Depends(allowed(Capability.MAKE_DERIVATIVE))]
Recording = Annotated[str, Body(embed=True, description="the original, a recording of the house")]
Person_ = Annotated[
    dict[str, Any] | None,
    Body(embed=True, description="the maker; left out, the asker. Facts are taken from those who see consent"),
]
Territories = Annotated[str, Body(embed=True, description='where it shall go, such as "DE, FR" or "WW ex JP"')]
Services = Annotated[list[str], Body(embed=True, description='on which services; "own" are the house\'s pages')]
Take_ = Annotated[str, Body(embed=True, description="your own recording: the id of a take on your desk")]
Acts = Annotated[list[str], Body(embed=True, description="what shall be done with it")]


class Refused(Problem):
    """A refusal with an entry for everything that is wrong."""

    def __init__(self, status: int, detail: str, errors: list[dict[str, str]], mend: str = "") -> None:
        super().__init__(status, detail, mend=mend)
        self.errors = errors


@contextmanager
def told() -> Iterator[None]:
    """What the studio refuses, as problem documents."""
    try:
        yield
    except (PlanError, RecipeError) as error:
        found = [{"where": one.where, "what": f"{one.what}; {one.mend}"} for one in error.findings]
        raise Refused(422, "what was sent cannot be made", found) from error
    except NotAllowed as error:
        found = [{"where": one.node or "recipe", "what": str(one)} for one in error.refusals]
        raise Refused(409, "the recipe asks for more than is allowed", found, "render the nearest one") from error
    except NotGranted as error:
        address = f"/api/v1/decisions/{error.decision.id}"
        asks = error.decision.outcome is Outcome.NEEDS_APPROVAL
        mend = f"put it before the holders: POST {address}/approvals" if asks else f"see what would be: GET {address}"
        raise Problem(403, str(error), mend=mend) from error
    except (ProviderMissing, NotThisModel, WeightsError) as error:
        raise Problem(409, str(error), mend="see GET /api/v1/studio/providers, or leave the model out") from error
    except SourceMissing as error:
        raise Problem(404, str(error), mend="name a recording of GET /api/v1/recordings that has sound") from error
    except PaperMissing as error:
        raise Problem(404, str(error), mend="list your papers with GET /api/v1/studio/papers") from error
    except (PaperRefused, ScoreError) as error:
        raise Refused(422, "this cannot be kept", [{"where": f.where, "what": f"{f.what}; {f.mend}"}
                                                   for f in error.findings]) from error  # fmt: skip
    except LyricsError as error:
        raise Problem(422, str(error), mend="send LRC or plain text in a language with rules") from error
    except AudioError as error:
        raise Problem(422, str(error), mend="send WAV, FLAC, OGG, Opus or MP3") from error
    except LicenceAway as error:
        raise Problem(409, str(error), mend="name a licence that stands, for exactly these recordings") from error


@router.get("/vocabulary")
def vocabulary(member: Makes) -> dict[str, Any]:
    """What a plan may say: every kind with its words, styles, effects, treatments, languages, and from where to where
    its numbers go."""
    return {
        "kinds": {kind: plans.KINDS[kind] for kind in BUILDERS},
        "styles": list(plans.STYLES),
        "effects": list(plans.EFFECTS),
        "vocals": [one for one in plans.VOCALS if one],
        "harmonies": [one for one in plans.HARMONIES if one],
        "feels": [one for one in plans.FEELS if one],
        "parts": list(plans.PARTS),
        "languages": list(plans.LANGUAGES),
        "orders": [one for one in plans.ORDERS if one],
        "modes": [one for one in plans.MODES if one],
        "numbers": {name: list(ends) for name, ends in plans.RANGES.items()},
    }


@router.post("/sentences")
def sentence(
    recording_id: Recording,
    sentence: Annotated[str, Body(embed=True)],
    member: Makes,
    here: Here,
    language: Annotated[str, Body(embed=True, description="en or es; by default the one that fits")] = "",
) -> dict[str, Any]:
    """Read a sentence into a plan; what is unclear is asked back, what may not be said is refused."""
    with told():
        return understood_document(
            read_sentence(here.house, member.organisation, recording_id, sentence, language=language)
        )


@router.post("/proposals")
def propose(
    recording_id: Recording,
    member: Makes,
    here: Here,
    plan: Annotated[dict[str, Any], Body(embed=True)],
    person: Person_ = None,
    territories: Territories = "WW",
    services: Services = ["own"],  # noqa: B006 - read, never changed
    acts: Acts = ["make", "publish"],  # noqa: B006
    sentence: Annotated[str, Body(embed=True, description="the sentence that the plan came from, if any")] = "",
    take: Take_ = "",
    take_at_ms: Annotated[int | None, Body(embed=True, description="where the take begins, if not recognised")] = None,
    corrected: Annotated[bool, Body(embed=True, description="play the score that you corrected")] = False,
    seed: Annotated[int, Body(embed=True, ge=1, le=2**31)] = 1,
) -> dict[str, Any]:
    """The recipe of a plan in plain view, what is refused of it, and the nearest that is allowed. Nothing is kept."""
    where = where_of(member, person, territories, services, acts, sentence)
    with told():
        own = take_of(here.house, member.organisation, owner_of(member), take) if take else None
        kept = score_on_desk(here.house, member.organisation, owner_of(member), recording_id) if corrected else None
        offered = propose_derivative(
            here.house,
            member.organisation,
            recording_id,
            plan_of(plan),
            where,
            here.now(),
            seed=seed,
            own=None if own is None else (own.source, own.listen),
            own_at_ms=take_at_ms,
            score=None if kept is None else kept[0],
        )
    return offered.to_document()


@router.post("/checks")
def check(
    recording_id: Recording,
    member: Makes,
    here: Here,
    recipe: Annotated[dict[str, Any], Body(embed=True)],
    person: Person_ = None,
    territories: Territories = "WW",
    services: Services = ["own"],  # noqa: B006
    acts: Acts = ["make", "publish"],  # noqa: B006
) -> dict[str, Any]:
    """A recipe that was written or corrected by hand, held against the consent before a sample is read."""
    where = where_of(member, person, territories, services, acts)
    with told():
        offered = check_recipe(here.house, member.organisation, recording_id, parse(recipe), where, here.now())
    return offered.to_document()


@router.post("/renders", status_code=202)
def order(
    recording_id: Recording,
    member: Makes,
    here: Here,
    recipe: Annotated[dict[str, Any], Body(embed=True)],
    own_work: Annotated[bool, Body(embed=True, description="the maker warrants that what they add is their own")],
    person: Person_ = None,
    territories: Territories = "WW",
    services: Services = ["own"],  # noqa: B006
    acts: Acts = ["make", "publish"],  # noqa: B006
    title: Annotated[str, Body(embed=True, max_length=200)] = "",
    take: Take_ = "",
) -> dict[str, Any]:
    """Take the licence and render as a job. 409 names every refusal, 403 the holders' answer."""
    where = where_of(member, person, territories, services, acts)
    with told():
        own = take_of(here.house, member.organisation, owner_of(member), take) if take else None
        taken = order_render(
            here.house,
            member.organisation,
            recording_id,
            parse(recipe),
            where,
            here.now(),
            title=title,
            own_work=own_work,
            contributions={} if own is None else {own.source.id: own.audio_key},
            desk=owner_of(member),
        )
    return {"licence_id": taken.licence_id, "render": job_document(taken.job, here.now())}


@router.get("/renders/{job_id}")
def render(job_id: str, member: Makes, work: Reading, here: Here) -> dict[str, Any]:
    """How far a render is: state, progress, what it is doing, seconds left; its result and what was `measured`."""
    job = render_of(job_id, member, work)
    made = None if job.result is None else work.studio.render(str(job.result["recording_id"]))
    return {**job_document(job, here.now()), "measured": None if made is None else dict(made.measurement)}


@router.post("/renders/{job_id}/cancel")
def cancel(job_id: str, member: Makes, here: Here) -> dict[str, Any]:
    """Stop a render: one that waits ends at once, one that runs at its next report. Finished steps stay kept."""
    with here.house.work(member.organisation) as work:
        render_of(job_id, member, work)
        job = work.jobs.cancel(job_id, here.now())
        work.commit()
    return job_document(job, here.now())


@router.get("/renders/{job_id}/sound")
def sound(job_id: str, request: Request, member: Makes, work: Reading, here: Here) -> Response:
    """The finished derivative as a FLAC file, whole or in part."""
    job = render_of(job_id, member, work)
    made = None if job.result is None else work.catalogue.recording(str(job.result["recording_id"]))
    if made is None or not made.audio_key:
        raise Problem(409, f"this render is {job.state.value}; there is no sound yet", mend="ask again when it is done")
    return stream(request, here.house.blobs, made.audio_key, "audio/flac", name=f"{made.id}.flac")


def understood_document(found: Understood) -> dict[str, Any]:
    """A reading as JSON: the plan with its words, or what is asked or refused."""
    return {
        "language": found.language,
        "plan": None if found.plan is None else found.plan.to_document(),
        "words": [] if found.plan is None else list(words_of(found.plan)),
        "meanings": [{"said": said, "meant": meant} for said, meant in found.meanings],
        "questions": [asdict(one) for one in found.questions],
        "refusals": [asdict(one) for one in found.refusals],
    }


def where_of(
    member: Identity,
    person: Mapping[str, Any] | None,
    territories: str,
    services: list[str],
    acts: list[str],
    sentence: str = "",
) -> Where:
    """Where a derivative shall go and whose it is. Raises Problem for what the asker may not say."""
    if person is None:
        if member.party_id is None:
            raise Problem(422, "person: you are no party of this house", mend="name the maker whom you act for")
        maker = Person(member.party_id)
    else:
        maker = Person.from_document(person)
        if not member.may(Capability.SEE_CONSENT) and maker != Person(member.party_id or ""):
            raise Problem(403, "person: you may make for yourself only", mend="leave person out")
    try:
        places = TerritorySet.parse(territories)
    except ValueError as error:
        raise Problem(422, f"territories: {error}", mend='write such as "DE, FR" or "WW ex JP"') from error
    unknown = [act for act in acts if act not in ACTS]
    if unknown or not acts or not services:
        raise Problem(422, f"acts: {', '.join(unknown) or 'none'} cannot be asked", mend=f"use {', '.join(ACTS)}")
    return Where(maker, places, tuple(dict.fromkeys(services)), tuple(dict.fromkeys(acts)), words_in(sentence))


def render_of(job_id: str, member: Identity, work: UnitOfWork, kinds: tuple[str, ...] = (RENDER,)) -> Job:
    """A render (or another job of the studio) that the asker may see: their own, or any for whoever sees jobs."""
    job = work.jobs.get(job_id)
    mine = (member.party_id, member.person_id)
    own = job is not None and job.payload.get("maker") is not None and job.payload["maker"] in mine
    if job is None or job.kind not in kinds or not (own or member.may(Capability.SEE_JOBS)):
        raise NotFound("render")
    return job


def job_document(job: Job, at: datetime) -> dict[str, Any]:
    """A render as JSON; `seconds_left` is told once a hundredth is done."""
    left = None
    if job.state is JobState.RUNNING and job.started_at is not None and job.progress >= 10:
        left = round((at - job.started_at).total_seconds() * (1000 - job.progress) / job.progress)
    return {
        "id": job.id,
        "state": job.state.value,
        "progress_permille": job.progress,
        "doing": job.message,
        "seconds_left": left,
        "cancel_asked": job.cancel_asked,
        "recipe_id": job.key.rpartition(":")[2],
        "licence_id": job.payload.get("licence"),
        # blob addresses stay inside
        "result": None if job.result is None else {k: v for k, v in job.result.items() if not k.endswith("_key")},
        "error": job.error,
    }
