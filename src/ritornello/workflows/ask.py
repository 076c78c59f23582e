"""May this be made? The facts are gathered from the stores, the decision is made, and it is kept with its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import replay
from ritornello.consent.facts import Facts, SourceFacts, Standing
from ritornello.consent.holders import reaches_of, required_of
from ritornello.consent.requests import Request
from ritornello.consent.rules import RightsRules, shipped
from ritornello.people.model import PartyKind
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House


def rules_of(house: House) -> RightsRules:
    """The rights rules in force: a house's own table, or the one that is shipped."""
    return RightsRules.load(house.rules) if house.rules is not None else shipped()


def gather(work: UnitOfWork, request: Request, rules: RightsRules) -> Facts:
    """Everything that a decision looks at, as it is known at the time of the request.

    Raises `ConsentError` for a source that is not in the catalogue.
    """
    at = request.at
    state = replay(work.consent.events(at), at)
    standings = {party.id: Standing.COMPANY for party in work.people.parties() if party.kind is not PartyKind.PERSON}
    sources: dict[str, SourceFacts] = {}
    for source in request.sources:
        recording = work.catalogue.recording(source)
        if recording is None:
            raise ConsentError.of("sources", f"{source!r} is not in the catalogue", "register the recording first")
        works = [one for name in recording.work_ids if (one := work.catalogue.work(name)) is not None]
        shares = [share for asset in (source, *recording.work_ids) for share in work.catalogue.shares_of(asset)]
        reaches = reaches_of(recording, (release.id for release in work.catalogue.releases_of(source)))
        offers = tuple(work.consent.offers_reaching(reaches, at))
        known = {offer.id for offer in offers}
        sources[source] = SourceFacts(
            asset_id=source,
            required=required_of(recording, works, shares, standings, day=request.day, known_at=at),
            offers=offers,
            reaches=reaches,
            revocations=tuple(one for one in state.revocations if one.offer_id in known),
            contains_third_party_samples=recording.contains_third_party_samples,
        )
    return Facts(
        sources=sources,
        rules=rules,
        service_licences=tuple(work.consent.service_licences(at)),
        stops=state.stops,
        approvals=state.approvals,
        contracts=work.consent.contracts(at),
    )


def ask(house: House, organisation: str, requests: Iterable[Request]) -> tuple[Decision, ...]:
    """Decide requests and keep the decisions; the same request under the same facts is the same decision."""
    rules = rules_of(house)
    with house.work(organisation) as work:
        decisions = tuple(decide(request, gather(work, request, rules)) for request in requests)
        for decision in decisions:
            work.consent.add_decision(decision)
        work.commit()
    return decisions


def allowed_on(house: House, organisation: str, request: Request, at: datetime) -> Decision:
    """What would have been answered at a past moment, from what was on file then."""
    with house.work(organisation, read_only=True) as work:
        past = request.changed(at=at)
        return decide(past, gather(work, past, rules_of(house)))
