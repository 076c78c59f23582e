"""The job of the first release: a fan's remix in Germany, the United States and Japan on two services."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from ritornello.consent.codes import Code, Outcome
from ritornello.consent.contracts import ApprovalRight, Clause, Contract, Says
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Approval, Counts, Facts, Required, Revocation, Standing, Stop
from ritornello.consent.offers import Basis, Level, Obtained, Reach, Reply, Warranty
from ritornello.consent.requests import Plan
from ritornello.identifiers.territories import TerritorySet
from tests.consent.song import (
    ALPHA,
    AT,
    BETA,
    FAN,
    LABEL,
    LYRICIST,
    PUBLISHER,
    SINGER,
    SONG,
    WRITER,
    blanket,
    evidence,
    facts,
    offer,
    offers,
    opened,
    request,
    sheet,
    source,
)

JAPAN_OUT = TerritorySet.parse("WW ex JP")


def codes(decision: Decision, act: str = "publish", territory: str = "DE", service: str = ALPHA) -> set[Code]:
    return {reason.code for reason in decision.reasons_for(act, territory, service)}


def without(holder: str) -> tuple:
    return tuple(entry for entry in offers() if entry.holder != holder)


def test_everybody_agreed_so_it_is_allowed_everywhere() -> None:
    decision = decide(request(), facts())
    assert decision.outcome is Outcome.ALLOW
    assert str(decision.largest_scope) == "DE, JP, US"
    assert decision.nearest == decision.request
    assert all(reason.offer for reason in decision.grants)


def test_worldwide_without_japan_is_said_in_the_trades_words() -> None:
    kept = (*without(WRITER), offer(WRITER, "A_MORAL", territories=JAPAN_OUT))
    decision = decide(request(territories=TerritorySet.parse("WW")), facts(source(offers=kept)))
    assert str(decision.largest_scope) == "WW ex JP"
    assert decision.answer("publish", "JP", ALPHA) is Outcome.NEEDS_APPROVAL
    assert decision.approvers("publish", "JP", ALPHA) == {WRITER}
    assert Code.MORAL_ASK in codes(decision, territory="JP")


def test_a_tempo_out_of_bounds_is_denied_with_the_nearest_that_is_allowed() -> None:
    asked = request(plan=Plan(tempo_permille=220, key_cents=200, structure="reorder", original_permille=800))
    decision = decide(asked, facts())
    assert decision.outcome is Outcome.DENY
    assert Code.TEMPO_OUT_OF_BOUNDS in codes(decision)
    assert decision.nearest is not None
    assert decision.nearest.plan == replace(asked.plan, tempo_permille=150)
    assert decision.nearest.territories == asked.territories
    assert decide(decision.nearest, facts()).outcome is Outcome.ALLOW


@pytest.mark.parametrize(("holder", "right"), [(LABEL, "M_USE"), (PUBLISHER, "C_ARR"), (SINGER, "NAME")])
def test_one_silent_holder_is_a_no(holder: str, right: str) -> None:
    decision = decide(request(), facts(source(offers=without(holder))))
    assert decision.answer("publish", "DE", ALPHA) is Outcome.DENY
    found = [r for r in decision.reasons if r.code is Code.HOLDER_SILENT and r.right == right]
    assert [r.holder for r in found] == [holder]
    assert decision.outcome is Outcome.DENY


def test_a_name_is_asked_for_what_is_shown_and_not_for_making() -> None:
    kept = (*without(SINGER), offer(SINGER, "P_MORAL"))
    decision = decide(request(), facts(source(offers=kept)))
    assert decision.answer("make", "DE", ALPHA) is Outcome.ALLOW
    assert decision.answer("publish", "DE", ALPHA) is Outcome.DENY
    assert decision.nearest is not None and decision.nearest.acts == ("make",)


def test_nobody_on_the_sheet_is_a_no() -> None:
    kept = tuple(entry for entry in sheet() if entry.right != "NAME")
    assert Code.HOLDER_UNKNOWN in codes(decide(request(), facts(source(required=kept))))


def test_shares_must_reach_exactly_a_hundred_per_cent() -> None:
    def shared(lyricist: Fraction) -> Decision:
        kept = tuple(replace(r, share=lyricist) if r.right == "C_ARR" and r.party == LYRICIST else r for r in sheet())
        return decide(request(), facts(source(required=kept)), seek_nearest=False)

    assert Code.SHARES_INCOMPLETE in codes(shared(Fraction(49, 100)))
    assert Code.SHARES_EXCEEDED in codes(shared(Fraction(51, 100)))
    assert shared(Fraction(1, 2)).outcome is Outcome.ALLOW


def test_a_blanket_holds_only_under_a_dated_service_licence() -> None:
    kept = (offer(PUBLISHER, "C_ARR"), offer(LYRICIST, "C_ARR A_MORAL"), *without(PUBLISHER)[:1], *offers()[3:])
    asked = request(acts=("publish", "monetise"))
    covered = facts(source(offers=kept))
    assert decide(asked, covered).outcome is Outcome.ALLOW
    expired = facts(
        source(offers=kept), service_licences=(replace(blanket(ALPHA), valid_until=AT.date()), blanket(BETA))
    )
    decision = decide(asked, expired)
    assert decision.answer("publish", "DE", ALPHA) is Outcome.DENY
    assert decision.answer("publish", "DE", BETA) is Outcome.ALLOW
    elsewhere = facts(source(offers=kept), service_licences=(blanket(ALPHA, "WW ex JP"), blanket(BETA)))
    assert decide(asked, elsewhere).answer("publish", "JP", ALPHA) is Outcome.DENY


@pytest.mark.parametrize("act", ["make", "keep", "share"])
def test_a_blanket_never_covers_making_or_copies(act: str) -> None:
    everything = replace(blanket(ALPHA), acts=frozenset({"make", "keep", "share", "publish"}))
    kept = (*without(PUBLISHER), offer(PUBLISHER, "C_ARR"))
    known = facts(source(offers=kept), service_licences=(everything,))
    asked = request(acts=(act, "publish"), services=(ALPHA,))
    decision = decide(asked, known)
    assert decision.answer(act, "DE", ALPHA) is Outcome.DENY
    assert not [r for r in decision.reasons_for(act, "DE", ALPHA) if r.code is Code.BLANKET_LICENCE]


def test_a_blanket_never_covers_our_own_pages_nor_video() -> None:
    kept = (*without(PUBLISHER), offer(PUBLISHER, "C_ARR C_SYNC"))
    own = facts(source(offers=kept), service_licences=(blanket("own"), blanket(ALPHA)))
    assert decide(request(services=("own",)), own).answer("publish", "DE", "own") is Outcome.DENY
    filmed = decide(request(services=(ALPHA,), video=True), own)
    assert Code.BLANKET_LICENCE not in codes(filmed)


def test_moral_rights_are_given_in_person() -> None:
    for changes in (
        {"evidence": evidence(WRITER, Obtained.AUTHORISED_REPRESENTATIVE)},
        {"evidence": evidence(WRITER, Obtained.CONTRACT_CLAUSE)},
        {"basis": Basis.WARRANTED, "warranty": Warranty("ctr_1", "7.2", "12", LABEL)},
        {"basis": Basis.MANDATED, "mandate": "society"},
    ):
        decision = decide(request(), facts(source(offers=(*without(WRITER), offer(WRITER, "A_MORAL", **changes)))))
        assert decision.answer("publish", "DE", ALPHA) is Outcome.DENY
        assert Code.BASIS_NOT_ENOUGH in codes(decision)
        assert decision.answer("publish", "US", ALPHA) is Outcome.ALLOW


def test_an_estate_answers_through_its_representative() -> None:
    rows = tuple(replace(r, standing=Standing.ESTATE) if r.party == WRITER else r for r in sheet())
    kept = (*without(WRITER), offer(WRITER, "A_MORAL", evidence=evidence(WRITER, Obtained.AUTHORISED_REPRESENTATIVE)))
    assert decide(request(), facts(source(required=rows, offers=kept))).outcome is Outcome.ALLOW


def test_a_minor_holder_needs_the_guardian() -> None:
    rows = tuple(replace(r, standing=Standing.MINOR) if r.party == SINGER else r for r in sheet())
    assert Code.GUARDIAN_MISSING in codes(decide(request(), facts(source(required=rows))))


def test_statute_asks_nobody_but_a_contract_may() -> None:
    approval = ApprovalRight(SINGER, frozenset({"P_MORAL"}), "clause 9")
    kept = (*without(SINGER), offer(SINGER, "NAME"))
    asked = request(territories=TerritorySet.parse("US"))
    assert decide(asked, facts(source(offers=kept))).outcome is Outcome.ALLOW
    bound = decide(asked, facts(source(offers=kept, contract_approvals=(approval,))))
    assert bound.outcome is Outcome.NEEDS_APPROVAL
    assert bound.approvers("publish", "US", ALPHA) == {SINGER}


def test_the_most_specific_answer_of_one_holder_wins() -> None:
    general = offer(LABEL, "M_USE P_ECON", reach=Reach(Level.LABEL, "lab_x"))
    refused = offer(LABEL, "M_USE P_ECON", reply=Reply.REFUSE)
    rest = without(LABEL)
    assert decide(request(), facts(source(offers=(*rest, general)))).outcome is Outcome.ALLOW
    decision = decide(request(), facts(source(offers=(*rest, general, refused))))
    assert Code.HOLDER_REFUSED in codes(decision)
    narrow = offer(LABEL, "M_USE P_ECON", reply=Reply.REFUSE, territories=TerritorySet.parse("JP"))
    decision = decide(request(), facts(source(offers=(*rest, general, narrow))))
    assert str(decision.scope("publish", ALPHA)) == "DE, US"


def test_a_special_grant_goes_before_a_general_refusal() -> None:
    general = offer(LABEL, "M_USE P_ECON", reach=Reach(Level.LABEL, "lab_x"), reply=Reply.REFUSE)
    assert decide(request(), facts(source(offers=(*offers(), general)))).outcome is Outcome.ALLOW
    beside = offer(LABEL, "M_USE", opened(who__min_age=30))
    both = decide(request(), facts(source(offers=(*offers(), beside))))
    assert both.outcome is Outcome.DENY, "two offers on one level both count"


def test_a_revoked_special_offer_does_not_open_the_general_one() -> None:
    general = offer(LABEL, "M_USE P_ECON", reach=Reach(Level.LABEL, "lab_x"))
    special = offers()[0]
    gone = Revocation(special.id, AT.date(), AT)
    known = facts(source(offers=(*offers(), general), revocations=(gone,)))
    assert Code.OFFER_REVOKED in codes(decide(request(), known))
    later = facts(source(offers=(*offers(), general), revocations=(replace(gone, effective_from=date(2026, 5, 4)),)))
    assert decide(request(), later).outcome is Outcome.ALLOW


def test_the_newest_version_known_then_counts() -> None:
    first = offers()[0]
    second = first.next_version(AT + timedelta(days=1), reply=Reply.REFUSE)
    known = facts(source(offers=(*offers(), second)))
    assert decide(request(), known).outcome is Outcome.ALLOW
    assert decide(request(at=AT + timedelta(days=2)), known).outcome is Outcome.DENY


def test_an_offer_that_ended_is_told_apart_from_silence() -> None:
    kept = (*without(LABEL), offer(LABEL, "M_USE P_ECON", valid_until=date(2026, 5, 1)))
    assert Code.OFFER_EXPIRED in codes(decide(request(), facts(source(offers=kept))))
    kept = (*without(LABEL), offer(LABEL, "M_USE P_ECON", valid_from=date(2026, 6, 1)))
    assert Code.OFFER_NOT_YET_VALID in codes(decide(request(), facts(source(offers=kept))))


def test_approvals_answer_what_was_asked_for_this_request_only() -> None:
    terms = opened(moderation__mode="pre_approval")
    kept = (*without(LABEL), offer(LABEL, "M_USE P_ECON", terms))
    asked = request()
    waiting = decide(asked, facts(source(offers=kept)))
    assert waiting.answer("publish", "DE", ALPHA) is Outcome.NEEDS_APPROVAL
    assert waiting.answer("make", "DE", ALPHA) is Outcome.ALLOW
    yes = Approval(LABEL, asked.subject, True, AT)
    assert decide(asked, facts(source(offers=kept), approvals=(yes,))).outcome is Outcome.ALLOW
    no = replace(yes, approved=False, reason="not my style")
    assert Code.APPROVAL_REFUSED in codes(decide(asked, facts(source(offers=kept), approvals=(no,))))
    other = request(plan=Plan(tempo_permille=10))
    assert decide(other, facts(source(offers=kept), approvals=(yes,))).outcome is not Outcome.ALLOW


def test_a_deemed_approval_never_counts_for_moral_rights() -> None:
    deemed = Approval(WRITER, request().subject, True, AT, deemed=True)
    decision = decide(request(), facts(source(offers=without(WRITER)), approvals=(deemed,)))
    assert decision.answer("publish", "DE", ALPHA) is Outcome.NEEDS_APPROVAL


def test_a_warranty_is_as_good_as_its_clause() -> None:
    warranty = Warranty("ctr_1", "The label may adapt.", "12", LABEL)
    kept = (*without(PUBLISHER), offer(PUBLISHER, "C_MECH C_PERF C_ARR", basis=Basis.WARRANTED, warranty=warranty))

    def under(*clauses: Clause, until: date | None = None) -> set[Code]:
        contract = Contract(
            "ctr_1",
            "publishing",
            (PUBLISHER,),
            ("*",),
            TerritorySet.parse("WW"),
            date(2020, 1, 1),
            until,
            AT,
            clauses=clauses,
        )
        return codes(decide(request(), facts(source(offers=kept), contracts={"ctr_1": contract}), seek_nearest=False))

    yes = Clause("adaptation", Says.YES, "may adapt", "12")
    assert not under(yes) & {Code.CONTRACT_SILENT, Code.CONTRACT_ENDED, Code.CONTRACT_REFUSES}
    assert Code.CONTRACT_SILENT in under()
    assert Code.CONTRACT_REFUSES in under(yes, Clause("adaptation", Says.NO, "may not", "13"))
    assert Code.CONTRACT_ENDED in under(yes, until=date(2026, 1, 1))
    assert Code.CONTRACT_MISSING in codes(decide(request(), facts(source(offers=kept))))


def test_individual_express_may_be_insisted_on() -> None:
    by_agent = offer(PUBLISHER, "C_MECH C_PERF C_ARR", evidence=evidence(PUBLISHER, Obtained.AUTHORISED_REPRESENTATIVE))
    kept = (*without(PUBLISHER), by_agent)
    assert decide(request(), facts(source(offers=kept))).outcome is Outcome.ALLOW
    insisted = facts(source(offers=kept), insisting_services=frozenset({BETA}))
    decision = decide(request(), insisted)
    assert decision.answer("publish", "DE", ALPHA) is Outcome.ALLOW
    assert decision.answer("publish", "DE", BETA) is Outcome.DENY


def test_the_kill_switch_stops_at_once_and_only_there() -> None:
    stop = Stop("stp_1", AT - timedelta(hours=1), service=ALPHA, territories=TerritorySet.parse("JP"))
    decision = decide(request(), facts(stops=(stop,)))
    assert decision.answer("publish", "JP", ALPHA) is Outcome.DENY
    assert decision.answer("publish", "JP", BETA) is Outcome.ALLOW
    assert decide(request(at=AT - timedelta(hours=2)), facts(stops=(stop,))).outcome is Outcome.ALLOW
    lifted = replace(stop, until=AT)
    assert decide(request(), facts(stops=(lifted,))).outcome is Outcome.ALLOW
    assert decide(request(), facts(stops=(replace(stop, person_id="per_other"),))).outcome is Outcome.ALLOW


def test_uncleared_samples_inside_the_original_block_it() -> None:
    known = facts(source(contains_third_party_samples=True))
    assert Code.UNCLEARED_SAMPLES in codes(decide(request(types=("SPEED_PITCH",)), known))
    assert (
        decide(request(), facts(source(contains_third_party_samples=True, samples_cleared=True))).outcome
        is Outcome.ALLOW
    )


def test_who_may_and_quotas() -> None:
    assert Code.WHO_NOT_ALLOWED in codes(decide(request(person=replace(FAN, tier="everyone")), facts()))
    assert Code.TOO_YOUNG in codes(decide(request(person=replace(FAN, age=None)), facts()))
    assert Code.GUARDIAN_MISSING in codes(decide(request(person=replace(FAN, age=17)), facts()))
    assert Code.PERSON_BANNED in codes(decide(request(person=replace(FAN, banned=True)), facts()))
    terms = opened(limits__max_total=50)
    kept = (*without(LABEL), offer(LABEL, "M_USE P_ECON", terms))
    assert Code.QUOTA_TOTAL in codes(decide(request(), facts(source(offers=kept, counts=Counts(total=50)))))
    assert decide(request(), facts(source(offers=kept, counts=Counts(total=49)))).outcome is Outcome.ALLOW


def test_a_maker_who_holds_rights_in_it_needs_an_approval() -> None:
    person = replace(FAN, id=WRITER)
    decision = decide(request(person=person), facts())
    assert Code.SELF_DEAL in codes(decision)
    assert WRITER not in decision.approvers("publish", "DE", ALPHA)


def test_a_mash_up_takes_the_strictest_of_every_source() -> None:
    other = source(
        asset_id="rec_other",
        offers=tuple(replace_reach(o) for o in offers()),
        reaches=(Reach(Level.RECORDING, "rec_other"),),
    )
    terms = opened(types__allowed=frozenset({"MASHUP"}))
    open_both = [
        source(offers=tuple(replace(o, terms=terms) for o in offers())),
        replace(other, offers=tuple(replace(o, terms=terms) for o in other.offers)),
    ]
    asked = request(types=("MASHUP",), sources=(SONG, "rec_other"))
    assert decide(asked, facts(*open_both)).outcome is Outcome.ALLOW
    assert decide(asked, facts(open_both[0], other)).outcome is Outcome.DENY


def replace_reach(entry: object) -> object:
    return replace(entry, reach=Reach(Level.RECORDING, "rec_other"))  # type: ignore[type-var]


def test_one_co_owner_is_enough_only_where_the_switch_says_so() -> None:
    kept = (*without(PUBLISHER), offer(PUBLISHER, "C_MECH C_PERF"))
    asked = request(territories=TerritorySet.parse("US, DE"))
    assert decide(asked, facts(source(offers=kept))).answer("publish", "US", ALPHA) is Outcome.DENY
    rules = replace(facts().rules, switches={"us_any_co_owner": True})
    decision = decide(asked, facts(source(offers=kept), rules=rules))
    assert decision.answer("publish", "US", ALPHA) is Outcome.ALLOW
    assert decision.answer("publish", "DE", ALPHA) is Outcome.DENY
    assert Code.ANY_CO_OWNER in codes(decision, territory="US")


def test_a_territory_without_rules_takes_the_general_ones() -> None:
    decision = decide(request(territories=TerritorySet.parse("AT, BO")), facts())
    assert decision.outcome is Outcome.ALLOW
    assert Code.TERRITORY_DEFAULT in codes(decision, territory="BO")
    document = decision.to_document()
    ids = {r["rule"]["id"] for r in document["reasons"] if r["right"] == "M_USE"}
    assert ids == {"M_USE|EU", "M_USE|*"}


def test_an_unknown_source_is_an_error_and_not_an_answer() -> None:
    with pytest.raises(ConsentError, match="rec_nobody"):
        decide(request(sources=("rec_nobody",)), facts())


def test_unmeasured_needs_an_approval() -> None:
    asked = request(plan=Plan(unmeasured=frozenset({"vocals"})))
    decision = decide(asked, facts())
    assert decision.answer("publish", "DE", ALPHA) is Outcome.NEEDS_APPROVAL
    assert decision.answer("make", "DE", ALPHA) is Outcome.ALLOW


def test_a_holder_whose_share_is_elsewhere_is_not_asked() -> None:
    rows = (
        *(r for r in sheet() if r.right != "M_USE"),
        Required("M_USE", LABEL, territories=TerritorySet.parse("WW ex JP"), standing=Standing.COMPANY),
        Required("M_USE", "pty_japan", territories=TerritorySet.parse("JP"), standing=Standing.COMPANY),
    )
    decision = decide(request(), facts(source(required=rows)))
    assert str(decision.largest_scope) == "DE, US"
    assert decision.nearest is not None and str(decision.nearest.territories) == "DE, US"


def excluding(**changes: object) -> Facts:
    return facts(source(offers=tuple(replace(o, terms=o.terms.adjust(changes)) for o in offers())))


def test_an_age_that_nobody_knows_is_no_hindrance_where_none_is_asked_for() -> None:
    unknown = request(person=replace(FAN, age=None))
    assert Code.TOO_YOUNG not in codes(decide(unknown, excluding(**{"who.min_age": 0})))
    assert Code.TOO_YOUNG in codes(decide(unknown, excluding(**{"who.min_age": 1})))


@pytest.mark.parametrize(
    ("term", "said", "found"),
    [
        ("white lies", {"strings full of WHITE  Lies, please"}, True),
        ("white lies", {"white", "lies"}, False),  # apart from each other they are two other words
        ("white lies", {"white little lies"}, False),
        ("Führer", {"fuhrer"}, True),
        ("cafe", {"Café del Mar"}, True),
        ("rude", {"RUDE"}, True),
        ("rude", {"rudeness", "crude"}, False),
        ("straße", {"STRASSE"}, True),
        ("...", {"anything"}, False),
    ],
)
def test_an_excluded_term_is_found_by_whole_words(term: str, said: set[str], found: bool) -> None:
    asked = request(plan=replace(request().plan, words=frozenset(said)))
    decision = decide(asked, excluding(**{"exclusions.terms": frozenset({term})}))
    assert (Code.TERM_EXCLUDED in codes(decision)) is found
