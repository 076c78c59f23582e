"""Ordering a derivative: ask for real, freeze the yes into a licence, and place the render as a job that names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ritornello.consent.codes import Outcome
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.jobs import Job, JobState, Order
from ritornello.proof import sha256_hex
from ritornello.studio.check import NotAllowed
from ritornello.studio.neural import registry
from ritornello.studio.recipe import Recipe
from ritornello.workflows.ask import ask
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import license_decision
from ritornello.workflows.studio_desk import Where, check_recipe, reasons_of, request_of, sources_of, worded
from ritornello.workflows.studio_songs import recording_of
from ritornello.workflows.studio_words import words_for

RENDER = "render"
"""The kind of job that makes a derivative."""
ACCEPTANCE = "I made this myself, within the licence; the new recording and my share are as the licence says.\n"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as it was taken: the licence, and the job that renders under it."""

    licence_id: str
    job: Job


class NotGranted(Exception):
    """The holders do not plainly allow it; the decision says why, and what they would allow."""

    def __init__(self, decision: Decision) -> None:
        words = dict.fromkeys(str(one["words"]) for one in reasons_of(decision))
        why = "; ".join(list(words)[:4]) or "nobody has said yes"
        super().__init__(f"this is not allowed as it stands ({decision.outcome.value.replace('_', ' ')}): {why}")
        self.decision = decision


def order_render(
    house: House,
    organisation: str,
    recording_id: str,
    recipe: Recipe,
    where: Where,
    at: datetime,
    *,
    title: str = "",
    own_work: bool,
    contributions: Mapping[str, str] | None = None,
    desk: str = "",
) -> Ordered:
    """Take the licence (or use the one on file) and place the render. The same recipe under one licence is one job.

    Words that the recipe names by their hash bring their title, credits, language and script along, from the maker's
    `desk` or that of whoever orders for them.

    Raises NotAllowed with every refusal, RecipeError where its texts or the title say what may not be said, NotGranted
    with the decision, ConsentError where the maker does not warrant the own work, or ProviderMissing, NotThisModel or
    WeightsError where a trained model that the recipe names is not here; no licence is taken then.
    """
    if not own_work:
        raise ConsentError.of("own_work", "is not warranted", "say that what you add is your own work")
    offered = check_recipe(house, organisation, recording_id, recipe, where, at, title=title)
    if offered.proposal.refusals:
        raise NotAllowed(offered.proposal.refusals)
    registry.expect(house.weights, recipe)
    asked = worded(where, recipe, title)
    licence_id = offered.licence_id or _licensed(house, organisation, recording_id, recipe, asked, at)
    words = words_for(house, organisation, (desk, where.person.id), recording_id, recipe.lyrics)
    payload = {
        "words": words,
        "licence": licence_id,
        "recipe": recipe.to_document(),
        "title": title,
        "maker": where.person.id,
        "contributions": dict(contributions or {}),
    }
    with house.work(organisation) as work:
        job = work.jobs.enqueue(Order(RENDER, f"render:{licence_id}:{recipe.id}"[:200], payload, max_attempts=3), at)
        if job.state in (JobState.FAILED, JobState.CANCELLED):  # ordered anew: it goes on from its finished steps
            job = work.jobs.again(job.id, at)
        work.commit()
    return Ordered(licence_id, job)


def _licensed(house: House, organisation: str, recording_id: str, recipe: Recipe, where: Where, at: datetime) -> str:
    """Ask for real, and freeze the yes."""
    sources = sources_of(house, organisation, recording_id, recipe)
    (decision,) = ask(house, organisation, [request_of(recipe, sources, where, at)])
    if decision.outcome is not Outcome.ALLOW:
        raise NotGranted(decision)
    accepted = ACCEPTANCE.encode()
    house.blobs.put(accepted)
    with house.work(organisation, read_only=True) as work:
        label = recording_of(work, recording_id).label or where.person.id
    signed = license_decision(
        house,
        organisation,
        decision,
        contribution=Contribution(
            ownership=Ownership.HOUSE_OWNS,
            own_work_warranty=True,
            accepted_at=at,
            evidence_sha256=sha256_hex(accepted),
        ),
        new_recording=NewRecording(owner=label, administrator=label),
        at=at,
    )
    return str(signed.payload["id"])
