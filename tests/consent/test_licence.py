"""A licence is a decision frozen and signed; anybody can check it offline, and every way to cheat is told apart."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import jsonschema_rs
import pytest

from ritornello.consent.bounds import bounds_of
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import replay
from ritornello.consent.licence import (
    Contribution,
    NewRecording,
    Ownership,
    RevocationList,
    RevokedLicence,
    Status,
    issue,
    licence_id,
    verify,
)
from ritornello.consent.requests import Plan, Request
from ritornello.consent.revocation import Fate, consequences, revoke
from ritornello.consent.schema import decision_schema, request_schema, terms_schema
from ritornello.consent.terms import Terms
from ritornello.proof.signing import KeyRing, Signed, TrustedKeys
from tests.consent.song import (
    ALPHA,
    AT,
    BETA,
    FAN,
    LABEL,
    PUBLISHER,
    SINGER,
    facts,
    offer,
    offers,
    opened,
    request,
    source,
)

RING = KeyRing.generate(AT - timedelta(days=1))
SIGNED_UP = Contribution(Ownership.HOUSE_OWNS, True, AT, "ef" * 32, {"DE": "kept"})
OWNERS = NewRecording(LABEL, LABEL)


def licensed(**changes: Any) -> Signed:
    plain: dict[str, Any] = {"contribution": SIGNED_UP, "new_recording": OWNERS, "ring": RING, "at": AT}
    return issue(decide(request(), facts()), **{**plain, **changes})


def told(document: dict[str, Any], at: Any = AT, trust: TrustedKeys | None = None, listed: Any = None) -> Status:
    return verify(document, RING.trusted() if trust is None else trust, at=at, revocations=listed).status


def listing(*revoked: RevokedLicence) -> RevocationList:
    made = RevocationList(1, AT, AT + timedelta(days=7), revoked)
    return RevocationList.read(made.sign(RING).to_document(), RING.trusted())


def test_all_six_answers_of_a_verifier() -> None:
    document = json.loads(json.dumps(licensed(expires=date(2026, 6, 1)).to_document()))
    name = document["payload"]["id"]
    assert told(document, listed=listing()) is Status.TRUSTED
    assert told(document) is Status.NOT_CHECKED
    assert told(document, at=AT + timedelta(days=8), listed=listing()) is Status.NOT_CHECKED
    assert told(document, trust=KeyRing.generate(AT).trusted()) is Status.UNKNOWN_SIGNER
    assert told(document, at=AT.replace(month=6, day=1), listed=listing()) is Status.EXPIRED
    gone = RevokedLicence(name, AT, "consent revoked")
    assert told(document, listed=listing(gone)) is Status.REVOKED
    assert told(document, listed=listing(replace(gone, effective_from=AT + timedelta(days=1)))) is Status.TRUSTED
    forged = deepcopy(document)
    forged["payload"]["licensee"] = "per_other"
    assert told(forged, listed=listing()) is Status.INVALID
    assert told(forged, trust=KeyRing.generate(AT).trusted()) is Status.INVALID
    assert told({}) is Status.INVALID


def test_every_field_is_under_the_signature() -> None:
    document = licensed().to_document()
    for field in document["payload"]:
        forged = deepcopy(document)
        forged["payload"][field] = "forged"
        assert told(forged, listed=listing()) is Status.INVALID, field


def test_a_strangers_key_inside_does_not_make_a_forgery_valid() -> None:
    document = licensed().to_document()
    stranger = KeyRing.generate(AT - timedelta(days=1))
    payload = {**document["payload"], "licensee": "per_other"}
    resigned = stranger.sign(payload, AT).to_document()
    assert told(resigned, listed=listing()) is Status.INVALID


def test_a_revoked_key_trusts_nothing() -> None:
    ring = KeyRing.generate(AT - timedelta(days=1))
    document = licensed(ring=ring).to_document()
    assert told(document, trust=ring.revoke(ring.key_id, AT).trusted(), listed=listing()) is Status.INVALID


def test_a_list_of_revocations_must_be_signed_by_the_house() -> None:
    made = RevocationList(1, AT, AT + timedelta(days=7), ()).sign(KeyRing.generate(AT))
    with pytest.raises(ConsentError, match="not on the list"):
        RevocationList.read(made.to_document(), RING.trusted())


def test_what_a_licence_holds() -> None:
    payload = licensed().payload
    assert payload["scope"]["territories"] == "DE, JP, US"
    assert payload["money"]["form"] == "fan_share"
    assert payload["money"]["cap_micros"] == 80_000_000
    assert {s["side"]: s["fan_share_permille"] for s in payload["money"]["sides"]} == {
        "master": 100,
        "composition": 100,
    }
    assert {entry["offer_sha256"] for entry in payload["terms"]} == {o.content_hash for o in offers()}
    assert payload["bounds"]["tempo_lo_permille"] == 850
    assert payload["bounds"]["structure"] == "reorder"
    assert payload["contribution"]["ownership"] == "house_owns"
    assert payload["new_recording"] == {"administrator": LABEL, "owner": LABEL}


def test_what_later_makers_owe_earlier_ones_is_frozen_at_the_least_that_is_offered() -> None:
    def money(*permille: int) -> int:
        terms = [
            opened(chain__derivatives=True, chain__max_depth=4, chain__reciprocity_permille=part) for part in permille
        ]
        kept = tuple(replace(one, terms=terms[place % len(terms)]) for place, one in enumerate(offers()))
        made = decide(request(depth=2), facts(source(offers=kept)))
        signed = issue(made, contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT)
        return int(signed.payload["money"]["reciprocity_permille"])

    assert money(200) == 200
    assert money(200, 50) == 50


def test_the_makers_share_is_the_least_that_a_holder_of_that_side_offers() -> None:
    less = opened(share_money__fan_share_permille=70, share_money__cap_micros=None)
    kept = (offer(LABEL, "M_USE P_ECON", less), *offers()[1:])
    payload = issue(
        decide(request(), facts(source(offers=kept))), contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT
    ).payload
    assert {s["side"]: s["fan_share_permille"] for s in payload["money"]["sides"]} == {"master": 70, "composition": 100}
    assert payload["money"]["cap_micros"] == 80_000_000


def test_of_two_holders_on_one_side_the_smaller_offer_counts() -> None:
    less = opened(share_money__fan_share_permille=70)
    kept = (*offers()[:1], offer(PUBLISHER, "C_MECH C_PERF C_ARR", less), *offers()[2:])
    money = issue(
        decide(request(), facts(source(offers=kept))), contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT
    ).payload["money"]
    assert {s["side"]: s["fan_share_permille"] for s in money["sides"]} == {"master": 100, "composition": 70}


def test_a_cover_pays_no_master_whatever_else_its_holders_offer() -> None:
    every = opened(
        types__allowed=frozenset({"COVER_SAME"}),
        voice__own_voice_required=False,
        transformation__min_original_permille=0,
        transformation__max_added_permille=1000,
    )
    kept = tuple(replace(one, terms=every) for one in offers())
    whole = (*kept[:-1], replace(kept[-1], rights=frozenset({"NAME", "P_MORAL", "P_ECON"})))
    plan = Plan(original_permille=0, added_permille=1000)
    made = decide(request(types=("COVER_SAME",), plan=plan), facts(source(offers=whole)))
    money = issue(made, contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT).payload["money"]
    assert [one["side"] for one in money["sides"]] == ["composition"]


def test_offers_that_count_from_different_bases_make_no_licence() -> None:
    other = opened(share_money__base="gross")
    kept = (offer(LABEL, "M_USE P_ECON", other), *offers()[1:])
    with pytest.raises(ConsentError, match=r"share_money\.base"):
        issue(
            decide(request(), facts(source(offers=kept))),
            contribution=SIGNED_UP,
            new_recording=OWNERS,
            ring=RING,
            at=AT,
        )


def test_only_what_is_allowed_is_licensed() -> None:
    refused = decide(request(plan=Plan(tempo_permille=400)), facts())
    with pytest.raises(ConsentError, match="nearest request"):
        issue(refused, contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT)
    with pytest.raises(ConsentError, match="own_work_warranty"):
        licensed(contribution=replace(SIGNED_UP, own_work_warranty=False))
    with pytest.raises(ConsentError, match="expires"):
        licensed(expires=date(2026, 5, 3))
    young = decide(request(person=replace(FAN, age=17, guardian_signed=True)), facts())
    with pytest.raises(ConsentError, match="guardian"):
        issue(young, contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT)


def test_a_licence_never_outlives_an_offer_behind_it() -> None:
    kept = (offer(LABEL, "M_USE P_ECON", valid_until=date(2026, 7, 1)), *offers()[1:])
    decision = decide(request(), facts(source(offers=kept)))
    given = issue(decision, contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT)
    assert given.payload["expires"] == "2026-07-01"
    with pytest.raises(ConsentError, match="ends on 2026-07-01"):
        issue(decision, contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT, expires=date(2026, 8, 1))


def test_taken_twice_it_is_one_licence() -> None:
    later = decide(request(at=AT + timedelta(hours=1)), facts())
    assert licence_id(later, None) == licence_id(decide(request(), facts()), None)
    other = decide(request(territories=request().territories.of("DE")), facts())
    assert licence_id(other, None) != licence_id(later, None)


def test_bounds_are_the_meet_of_every_offer() -> None:
    tight = opened(transformation__tempo_permille=opened().transformation.tempo_permille & _span(-50, 200))
    kept = (offer(LABEL, "M_USE P_ECON", tight), *offers()[1:])
    bounds = bounds_of(decide(request(plan=Plan(tempo_permille=20)), facts(source(offers=kept))))
    assert (bounds.tempo_lo_permille, bounds.tempo_hi_permille) == (950, 1150)
    assert bounds.types == {"REMIX"}


def _span(low: int, high: int) -> Any:
    from ritornello.consent.parameters import Span

    return Span(low, high)


def test_documents_follow_their_published_schemas() -> None:
    decisions = jsonschema_rs.validator_for(decision_schema())
    for asked in (request(), request(plan=Plan(tempo_permille=400)), request(types=("COVER_ARTIST_VOICE",))):
        decision = decide(asked, facts(source(offers=offers()[1:])))
        document = json.loads(json.dumps(decision.to_document()))
        decisions.validate(document)
        jsonschema_rs.validator_for(request_schema()).validate(document["request"])
        assert Request.from_document(document["request"]) == asked
    terms = jsonschema_rs.validator_for(terms_schema())
    terms.validate(json.loads(json.dumps(Terms().to_document())))
    terms.validate(json.loads(json.dumps(opened().to_document())))
    assert not terms.is_valid({"who": {"shoe_size": 44}})
    assert not decisions.is_valid({})


def test_revoking_shows_first_what_stays_what_leaves_and_who_is_told() -> None:
    payload = licensed().payload
    first = offers()[0]
    harsher = first.next_version(AT, terms=opened(revocation__fate="takedown", revocation__notice_days=0))
    shown = consequences([first, harsher], [payload], by=LABEL, at=AT)
    assert [fall.fate for fall in shown.stays] == [Fate.KEEP], "the fate is that of the version it was granted under"
    assert set(shown.told) >= {"per_fan", LABEL, SINGER, ALPHA, BETA}

    gone = offer(LABEL, "M_USE P_ECON", opened(revocation__fate="sunset", revocation__sunset_days=10))
    kept = (gone, *offers()[1:])
    decision = decide(request(), facts(source(offers=kept)))
    payload = issue(decision, contribution=SIGNED_UP, new_recording=OWNERS, ring=RING, at=AT).payload
    shown = consequences([gone], [payload], by=LABEL, at=AT)
    assert shown.effective_from == date(2026, 6, 2)
    assert [fall.leaves for fall in shown.leaves] == [date(2026, 6, 12)]
    state = replay(revoke(shown, by=LABEL, at=AT), AT)
    assert state.revoked_licences[0].licence_id == payload["id"]
    revoked = facts(source(offers=kept, revocations=state.revocations))
    assert not replay(revoke(shown, by=LABEL, at=AT), AT - timedelta(seconds=1)).revocations, "not yet known then"
    assert decide(request(at=AT + timedelta(days=29)), revoked).outcome == "allow"
    assert decide(request(at=AT + timedelta(days=30)), revoked).outcome == "deny"


def test_who_may_revoke_and_when() -> None:
    entry = offers()[0]
    with pytest.raises(ConsentError, match="not the holder"):
        consequences([entry], [], by=SINGER, at=AT)
    with pytest.raises(ConsentError, match="notice is 30 days"):
        consequences([entry], [], by=LABEL, at=AT, effective_from=AT.date())
    fixed = offer(LABEL, "M_USE", opened(contract__irrevocable=True))
    with pytest.raises(ConsentError, match="cannot be revoked"):
        consequences([fixed], [], by=LABEL, at=AT)
