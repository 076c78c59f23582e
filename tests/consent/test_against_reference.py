"""Engine and slow reference agree, cell by cell, in outcome, approvers and every reason; faults do not survive it."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from ritornello.consent.codes import Code
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from tests.consent.cases import case
from tests.consent.reference import Found, answer

CASES = int(os.environ.get("RITORNELLO_CONSENT_CASES", "10000"))
"""In every run; set it to 50000 for the long one (`pytest tests/consent/test_against_reference.py -n 2`)."""
SHARDS = 10
"""Even parts, so that the workers of a run share the cases."""
_SAME = {Code.OFFER_EXPIRED: "HOLDER_SILENT", Code.OFFER_NOT_YET_VALID: "HOLDER_SILENT"}


def disagreement(decision: Decision, facts: object) -> str:
    """The first cell in which engine and reference differ, in words; empty where they agree."""
    request = decision.request
    for act in request.acts:
        for territory in request.territories:
            for service in request.services:
                want = answer(request, facts, act, territory, service)  # type: ignore[arg-type]
                got = decision.answer(act, territory, service)
                where = f"{act} in {territory} on {service}"
                if got != want.outcome:
                    return f"{where}: {got}, the reference says {want.outcome}: {sorted(want.found)}"
                if decision.approvers(act, territory, service) != want.approvers:
                    return f"{where}: approvers differ: {want.approvers}"
                found = {
                    Found(_SAME.get(r.code, r.code.value), r.right, r.holder)
                    for r in decision.reasons_for(act, territory, service)
                }
                if found != want.found:
                    return f"{where}: {sorted(found ^ want.found)}"
    return ""


@pytest.mark.parametrize("shard", range(SHARDS))
def test_engine_and_reference_agree(shard: int) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(shard, CASES, SHARDS):
        request, facts = case(seed)
        decision = decide(request, facts, seek_nearest=False)
        wrong = disagreement(decision, facts)
        assert not wrong, f"seed {seed}: {wrong}"
        outcomes[decision.outcome.value] += 1
    assert all(outcomes[name] > 0.03 * CASES / SHARDS for name in ("allow", "deny", "needs_approval")), outcomes
