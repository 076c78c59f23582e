"""A new rule file, and what it does to licences that are alive: those that would now be decided differently.

Nothing is changed by it. A licence keeps the rules under which it was granted; what the list is for is to ask the
people it names, or to take things down, before somebody else does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ritornello.consent.codes import EFFECT, Outcome
from ritornello.consent.decide import decide
from ritornello.consent.facts import Facts
from ritornello.consent.requests import Request
from ritornello.consent.rules import RightsRules
from ritornello.identifiers.territories import TerritorySet


@dataclass(frozen=True, slots=True)
class Affected:
    """A live licence that the new rules would decide otherwise than the ones in force: where it would still be granted,
    and why not elsewhere."""

    licence_id: str
    outcome: Outcome
    still_allowed: TerritorySet
    reasons: tuple[str, ...]


def affected(
    licences: Iterable[Mapping[str, Any]], facts_of: Callable[[Request], Facts], new: RightsRules, *, at: datetime
) -> list[Affected]:
    """Decide the request of every live licence (payloads) again, now and under the new rules.

    `facts_of` gathers the facts of a request as they are known; a licence that ended before `at` is left out.
    """
    found = []
    for licence in sorted(licences, key=lambda entry: str(entry["id"])):
        if licence["expires"] is not None and licence["expires"] <= at.date().isoformat():
            continue
        request = Request.from_document(licence["decision"]["request"]).changed(at=at, use_date=None)
        facts = facts_of(request)
        before = decide(request, facts, seek_nearest=False)
        decision = decide(request, replace(facts, rules=new), seek_nearest=False)
        if (decision.outcome, decision.denied, decision.asked) != (before.outcome, before.denied, before.asked):
            reasons = sorted({r.code.value for r in decision.reasons if EFFECT[r.code] is not Outcome.ALLOW})
            found.append(Affected(licence["id"], decision.outcome, decision.largest_scope, tuple(reasons)))
    return found
