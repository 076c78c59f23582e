"""What the workers of an installation do: the handlers of every kind of job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ritornello.analysis.model import AudioError
from ritornello.consent.errors import ConsentError
from ritornello.jobs import GiveUp, Handlers, Job, Report
from ritornello.proof.signing import Signed
from ritornello.studio.check import NotAllowed
from ritornello.studio.neural import NotThisModel, ProviderMissing, WeightsError
from ritornello.studio.reading import parse
from ritornello.studio.recipe import RecipeError
from ritornello.studio.render import SourceError
from ritornello.studio.score import ScoreError
from ritornello.workflows import bring_recording, clearing_jobs, keep_index, look_into, money_jobs, release_jobs
from ritornello.workflows.house import House
from ritornello.workflows.licences_on_file import stands
from ritornello.workflows.make_derivative import Naming, Overstepped, SourceMissing, make_derivative
from ritornello.workflows.measure_file import LicenceAway
from ritornello.workflows.studio_measuring import MEASURE, measure_ordered
from ritornello.workflows.studio_orders import RENDER
from ritornello.workflows.studio_papers import WRITE_DOWN, write_down
from ritornello.workflows.studio_stems import STEMS, check_ordered


def handlers_of(house: House, now: Callable[[], datetime]) -> Handlers:
    """The handlers of a house. What no second try mends (a refusal, a wrong source) fails at once."""
    handlers = Handlers()
    final = (
        *(NotAllowed, Overstepped, RecipeError, SourceError, SourceMissing, ConsentError),
        *(ProviderMissing, WeightsError, NotThisModel),
    )
    handlers.register(RENDER, lambda job, report: render_ordered(house, job, report, now()), final)
    refusals = (SourceMissing, LicenceAway, AudioError, ScoreError, ValueError)
    handlers.register(WRITE_DOWN, lambda job, report: write_down(house, job, report, now()), refusals)
    handlers.register(STEMS, lambda job, report: check_ordered(house, job, report, now()), refusals)
    handlers.register(MEASURE, lambda job, report: measure_ordered(house, job, report, now()), refusals)
    release_jobs.register(handlers, house, now)
    clearing_jobs.register(handlers, house, now)
    bring_recording.register(handlers, house, now)
    return look_into.register(keep_index.register(money_jobs.register(handlers, house, now), house), house, now)


def render_ordered(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    """Make the derivative of an order; the result names it and says what still needs an approval.

    A licence that was revoked or has ended since the order was placed stops the render.
    """
    payload = job.payload
    with house.work(job.organisation, read_only=True) as work:
        document = work.consent.licence(payload["licence"])
        recipe = parse(payload["recipe"])
        titles = (
            [one.title for one in work.catalogue.recordings(document["payload"]["scope"]["sources"])]
            if document
            else []
        )
        sealed = work.people.sealed(payload["maker"])
    if document is None:
        raise GiveUp(f"the licence {payload['licence']} is not on file")
    if (why := stands(house, job.organisation, document, at)) is not None:
        raise GiveUp(why)
    maker = sealed.details.name if sealed is not None else "fan"
    words = payload.get("words") or {}
    naming = Naming(
        title=payload["title"] or words.get("title") or " / ".join(titles) or "Untitled",
        version_title=f"{maker} {_TYPE_WORDS.get(document['payload']['scope']['types'][0], 'version')}",
        maker=payload["maker"],
        year=at.year,
    )
    made = make_derivative(
        house,
        job.organisation,
        Signed.from_document(document),
        lambda _analysis, _original, _bounds: recipe,
        naming,
        at,
        report,
        contributions=payload["contributions"],
        words=words,
    )
    return {
        "recording_id": made.recording.id,
        "licence_id": payload["licence"],
        "recipe_id": recipe.id,
        "again": made.again,
        "separations": made.render.manifest["measured"].get("separations", []),
        "needs_approval": [point.to_document() for point in made.open_points],
    }


_TYPE_WORDS = {
    "REMIX": "remix",
    "SPEED_PITCH": "edit",
    "STEM_RELEASE": "stems",
    "MASHUP": "mash-up",
    "COVER_SAME": "cover",
    "STYLE_LOCALE": "local version",
    "REHARMONISE": "reinterpretation",
}
