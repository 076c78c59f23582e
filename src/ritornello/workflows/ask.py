"""May this be made? The facts are gathered from the stores, the decision is made, and it is kept with its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.facts import Facts
from ritornello.consent.requests import Request
from ritornello.consent.rules import RightsRules, shipped
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
