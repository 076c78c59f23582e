"""From a wish to a derivative in the house: proposed in view of the consent, ordered as a job, made under a licence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ritornello.consent.errors import ConsentError
from ritornello.identifiers.territories import TerritorySet
from ritornello.jobs import Job, JobState, Worker
from ritornello.store.job_queue import DatabaseQueue
from ritornello.studio import footprint
from ritornello.studio.check import NotAllowed
from ritornello.studio.plan import Plan, plan_of
from ritornello.workflows.demo import answers, cast
from ritornello.workflows.house import House
from ritornello.workflows.studio_desk import Where, facts_of, propose_derivative
from ritornello.workflows.studio_jobs import handlers_of
from ritornello.workflows.studio_orders import NotGranted, Ordered, order_render
from ritornello.workflows.studio_songs import read_sentence, words_in
from tests.studio_doors import house as made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: these tests count what is on file."""
    opened = made.opened(tmp_path_factory.mktemp("desk"))
    made.fill(opened)
    yield opened
    opened.engine.dispose()


FAN = Where(answers.fan(), TerritorySet.parse("DE, US"), (cast.ALPHA, cast.BETA), answers.ACTS)
REMIX = Plan("remix", tempo_permille=1060, key_cents=200)


def proposed(house: House, plan: Plan = REMIX, where: Where = FAN, at: datetime = cast.ASKED) -> Any:
    return propose_derivative(house, cast.ORGANISATION, cast.RECORDING_ID, plan, where, at)


def ordered(house: House, plan: Plan = REMIX, at: datetime = cast.ASKED, **more: Any) -> Ordered:
    recipe = proposed(house, plan, at=at).proposal.recipe
    return order_render(house, cast.ORGANISATION, cast.RECORDING_ID, recipe, FAN, at, own_work=True, **more)


def work_off(house: House, at: datetime) -> None:
    worker = Worker(DatabaseQueue(house.engine), handlers_of(house, lambda: at), name="w", clock=lambda: at)
    worker.run_all()


def stored(house: House, job: Job) -> Job:
    with house.work(cast.ORGANISATION, read_only=True) as work:
        found = work.jobs.get(job.id)
    assert found is not None
    return found


def test_a_proposal_is_told_in_plain_view_and_nothing_of_it_is_kept(house: House) -> None:
    offered = proposed(house)
    told = offered.to_document()
    assert told["answer"] == "allow" and told["ready"] and told["refusals"] == []
    assert told["proposal"]["types"] == ["REMIX"]
    assert any("6 % faster" in line for line in told["proposal"]["lines"])
    assert told["proposal"]["ai"] == "none"
    with house.work(cast.ORGANISATION, read_only=True) as work:
        assert work.consent.decisions() == []


def test_what_is_too_much_is_refused_with_the_nearest_before_a_sample_is_read(house: House) -> None:
    offered = proposed(house, plan_of({"kind": "remix", "tempo_permille": 1400, "key_cents": 900}))
    told = offered.to_document()
    assert {refusal["term"] for refusal in told["refusals"]} >= {"tempo_permille", "key_cents"}
    assert not told["ready"] and told["nearest"] is not None
    assert {"TEMPO_OUT_OF_RANGE", "KEY_OUT_OF_RANGE"} & {reason["code"] for reason in told["reasons"]} or told[
        "reasons"
    ]
    with pytest.raises(NotAllowed):
        order_render(
            house, cast.ORGANISATION, cast.RECORDING_ID, offered.proposal.recipe, FAN, cast.ASKED, own_work=True
        )


def test_a_stranger_is_told_why_and_no_job_is_placed(house: House) -> None:
    stranger = replace(FAN, person=replace(FAN.person, tier="everyone"))
    offered = proposed(house, where=stranger)
    assert not offered.ready and offered.to_document()["reasons"]
    with pytest.raises(NotGranted, match="not allowed as it stands"):
        order_render(
            house, cast.ORGANISATION, cast.RECORDING_ID, offered.proposal.recipe, stranger, cast.ASKED, own_work=True
        )
    with house.work(cast.ORGANISATION, read_only=True) as work:
        assert work.jobs.newest() == []


def test_nothing_is_ordered_without_the_own_work_warranty(house: House) -> None:
    recipe = proposed(house).proposal.recipe
    with pytest.raises(ConsentError, match="own work"):
        order_render(house, cast.ORGANISATION, cast.RECORDING_ID, recipe, FAN, cast.ASKED, own_work=False)


def test_an_order_becomes_a_derivative_with_its_lineage(house: House) -> None:
    order = ordered(house, title="Evening Tide")
    assert order.job.state is JobState.QUEUED
    assert ordered(house, title="Evening Tide").job.id == order.job.id
    work_off(house, cast.ASKED)
    job = stored(house, order.job)
    assert job.state is JobState.DONE, job.error
    assert job.result is not None
    with house.work(cast.ORGANISATION, read_only=True) as work:
        derivative = work.catalogue.recording(job.result["recording_id"])
        render = work.studio.render(job.result["recording_id"])
        edges = work.catalogue.edges_of(job.result["recording_id"])
    assert derivative is not None and (derivative.title, derivative.kind) == ("Evening Tide", "derivative")
    assert render is not None and render.measurement["tempo_permille"] == pytest.approx(1060, abs=2)
    assert {edge.parent for edge in edges} == {cast.RECORDING_ID}
    # the licence that stands now carries the next wish, without asking anybody again
    assert proposed(house).licence_id == order.licence_id
    narrower = proposed(house, where=replace(FAN, territories=TerritorySet.parse("DE")))
    assert narrower.licence_id == order.licence_id
    elsewhere = proposed(house, where=replace(FAN, territories=TerritorySet.parse("DE, FR")))
    assert not elsewhere.licence_id and elsewhere.decision is not None, "a licence says nothing of other places"


def test_a_licence_that_has_ended_stops_the_render(house: House) -> None:
    order = ordered(house, plan_of({"kind": "remix", "tempo_permille": 1020}))
    with house.work(cast.ORGANISATION, read_only=True) as work:
        document = work.consent.licence(order.licence_id)
    assert document is not None
    ends = date.fromisoformat(document["payload"]["expires"])
    after = datetime(ends.year, ends.month, ends.day, tzinfo=UTC) + timedelta(days=2)
    work_off(house, after)
    job = stored(house, order.job)
    assert job.state is JobState.FAILED and "Expired" in (job.error or "")


def test_an_order_that_was_cancelled_is_taken_up_when_ordered_again(house: House) -> None:
    order = ordered(house, plan_of({"kind": "remix", "tempo_permille": 1030}))
    with house.work(cast.ORGANISATION) as work:
        work.jobs.cancel(order.job.id, cast.ASKED)
        work.commit()
    assert stored(house, order.job).state is JobState.CANCELLED
    assert ordered(house, plan_of({"kind": "remix", "tempo_permille": 1030})).job.state is JobState.QUEUED


def test_a_sentence_knows_the_artists_of_the_house(house: House) -> None:
    def read(sentence: str) -> Any:
        return read_sentence(house, cast.ORGANISATION, cast.RECORDING_ID, sentence)

    assert read("remix 6% faster, keep the voice of Ilse Varga").plan is not None
    assert read("remix like quietfox").refusals
    assert read("remix 6% faster").plan == Plan("remix", tempo_permille=1060)


@pytest.mark.parametrize(
    ("plan", "facts"),
    [
        ({"kind": "nightcore"}, {"tempo_permille": 250, "pitch_follows_tempo": True, "structure": "keep"}),
        ({"kind": "edit", "tempo_permille": 900, "key_cents": -300}, {"tempo_permille": -100, "key_cents": -300}),
        ({"kind": "edit", "without": ["drums"]}, {"stems": frozenset({"bass", "harmony", "lead"})}),
        ({"kind": "edit", "effects": ["echo"]}, {"ai": "none", "added_permille": 0}),
        ({"kind": "remix", "style": "reggaeton"}, {"genre": "reggaeton", "added_permille": 300}),
        ({"kind": "radio_edit", "seconds": 12}, {"structure": "extract"}),
    ],
)
def test_what_a_recipe_does_is_what_consent_is_asked_for(
    house: House, plan: Mapping[str, Any], facts: Mapping[str, Any]
) -> None:
    recipe = proposed(house, plan_of(plan)).proposal.recipe
    told = facts_of(recipe, words_in("an Evening remix"))
    assert {name: getattr(told, name) for name in facts} == dict(facts)
    assert told.words == {"an", "evening", "remix", "an evening remix"}  # phrases are looked for in the whole
    assert footprint.derivative_types(recipe)
