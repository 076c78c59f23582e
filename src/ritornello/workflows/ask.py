"""May this be made? The facts are gathered from the stores, the decision is made, and it is kept with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from ritornello.consent.claims import person_by
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.facts import Facts
from ritornello.consent.requests import Person, Request
from ritornello.consent.rules import RightsRules, shipped
from ritornello.proof.signing import Signed
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.house import House


def rules_of(house: House) -> RightsRules:
    """The rights rules in force: a house's own table, or the one that is shipped."""
    return RightsRules.load(house.rules) if house.rules is not None else shipped()


def gather(work: UnitOfWork, request: Request, rules: RightsRules) -> Facts:
    """Everything that a decision looks at, as it is known at the time of the request.

    Raises `ConsentError` for a source that is not in the catalogue.
    """
    reader = FactsReader(work, rules, at=request.at, day=request.day)
    return reader.facts({source: reader.source(reader.recording(source), request) for source in request.sources})


def claimed(house: House, organisation: str, person: str, claims: Sequence[Signed], at: datetime) -> Person:
    """The maker as the services that are known here describe them. Raises `ConsentError` for a claim that is forged, of
    an unknown service, or about somebody else."""
    with house.work(organisation, read_only=True) as work:
        keys = {name: service.claim_keys for name, service in work.feeds.services(at).items()}
    return person_by(person, claims, keys, at=at)


def ask(
    house: House, organisation: str, requests: Iterable[Request], *, claims: Sequence[Signed] = ()
) -> tuple[Decision, ...]:
    """Decide requests and keep the decisions; the same request under the same facts is the same decision.

    `claims` are kept with them: each decision names by hash those that its person rests on.
    """
    rules, asked = rules_of(house), tuple(requests)
    with house.work(organisation) as work:
        if claims and asked:
            work.feeds.add_claims(claims, asked[0].at)
        asked = tuple(_generation_told(work, request, rules) for request in asked)
        decisions = tuple(decide(request, gather(work, request, rules)) for request in asked)
        for decision in decisions:
            work.consent.add_decision(decision)
        work.commit()
    return decisions


def _generation_told(work: UnitOfWork, request: Request, rules: RightsRules) -> Request:
    """The request with its true depth: a derivative of a derivative is one, whatever its maker says of it."""
    reader = FactsReader(work, rules, at=request.at, day=request.day)
    depth = 1 + max(reader.generation(source) for source in request.sources)
    return request if depth <= request.depth else request.changed(depth=depth)


def allowed_on(house: House, organisation: str, request: Request, at: datetime) -> Decision:
    """What would have been answered at a past moment, from what was on file then."""
    with house.work(organisation, read_only=True) as work:
        rules = rules_of(house)
        past = _generation_told(work, request.changed(at=at), rules)
        return decide(past, gather(work, past, rules))
