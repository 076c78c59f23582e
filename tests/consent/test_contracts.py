"""The contract register, and what a change of the rules does to licences that are alive."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ritornello.consent.codes import Outcome
from ritornello.consent.contracts import ApprovalRight, Clause, Contract, Says, approval_rights
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.licence import Contribution, NewRecording, Ownership, issue
from ritornello.consent.rule_change import affected
from ritornello.consent.rules import RightsRules
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof.signing import KeyRing
from tests.consent.song import AT, LABEL, LYRICIST, SINGER, SONG, WRITER, facts, offers, request, source
from tests.consent.test_rules import shipped_document

WORLD = TerritorySet.parse("WW")


def contract(**changes: Any) -> Contract:
    plain = Contract(
        "ctr_1",
        "recording",
        (LABEL, SINGER),
        (SONG,),
        WORLD,
        date(2020, 1, 1),
        date(2027, 1, 1),
        AT,
        sell_off_days=180,
        clauses=(Clause("adaptation", Says.YES, "The label may adapt the recordings.", "12"),),
        approvals=(ApprovalRight(SINGER, frozenset({"NAME"}), "14.2"),),
    )
    return replace(plain, **changes)


def test_silent_is_what_no_clause_says_and_no_beats_yes() -> None:
    assert contract().says("adaptation") is Says.YES
    assert contract().says("ai") is Says.SILENT
    both = (*contract().clauses, Clause("adaptation", Says.NO, "not in advertising", "13"))
    assert contract(clauses=both).says("adaptation") is Says.NO


def test_a_contract_is_written_and_read_back() -> None:
    assert Contract.from_document(contract().to_document(), AT) == contract()
    assert contract().sells_off_until() == date(2027, 6, 30)
    assert contract(valid_until=None).sells_off_until() is None


def test_rights_of_approval_hold_for_their_catalogue_and_term() -> None:
    day = AT.date()
    assert approval_rights([contract()], {SONG}, day) == contract().approvals
    assert approval_rights([contract(catalogue=("*",))], {"rec_other"}, day) == contract().approvals
    assert not approval_rights([contract()], {"rec_other"}, day)
    assert not approval_rights([contract()], {SONG}, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parties": ()}, "parties"),
        ({"valid_until": date(2019, 1, 1)}, "valid_until"),
        ({"sell_off_days": -1}, "sell_off_days"),
        ({"clauses": (Clause("polka", Says.NO, "q", "1"),)}, "clauses[0].question"),
        ({"clauses": (Clause("ai", Says.YES, "", ""),)}, "clauses[0].quote"),
        ({"approvals": (ApprovalRight(SINGER, frozenset({"X"}), "1"),)}, "approvals[0].rights"),
        ({"approvals": (ApprovalRight(SINGER, frozenset({"VOICE"}), "1", 9),)}, "approvals[0].deemed_after_days"),
    ],
)
def test_a_wrong_contract_names_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConsentError) as caught:
        contract(**changes)
    assert caught.value.findings[0].field == field


def test_a_change_of_the_rules_lists_the_licences_it_would_decide_otherwise() -> None:
    # the United States begin to ask performers and authors in person, and one author never answered
    kept = facts(source(offers=tuple(entry for entry in offers() if entry.holder != WRITER)))
    asked = request(territories=TerritorySet.parse("US"))
    signed = issue(
        decide(asked, kept),
        contribution=Contribution(Ownership.HOUSE_OWNS, True, AT, "ef" * 32),
        new_recording=NewRecording(LABEL, LABEL),
        ring=KeyRing.generate(AT),
        at=AT,
        expires=date(2026, 12, 1),
    )
    document = deepcopy(shipped_document())
    document["grants"]["A_MORAL|US"]["default"] = "ASK"
    new = RightsRules.from_document(document)
    found = affected([signed.payload], lambda _: kept, new, at=AT + timedelta(days=1))
    assert [(entry.licence_id, entry.outcome, entry.reasons) for entry in found] == [
        (signed.payload["id"], Outcome.NEEDS_APPROVAL, ("MORAL_ASK",))
    ]
    assert not affected([signed.payload], lambda _: kept, kept.rules, at=AT + timedelta(days=1))
    assert not affected([signed.payload], lambda _: kept, new, at=AT.replace(month=12)), "it has ended"
    assert LYRICIST
