"""The desk of offers over HTTP: write one by form, try, hear, price and print it, sign it by link, take it back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import soundfile
from starlette.datastructures import FormData

from ritornello.consent.offers import Offer, Reply
from ritornello.consent.presets import presets
from ritornello.people.roles import Role
from ritornello.proof import sha256_hex
from ritornello.web.parameter_fields import groups, read_form
from ritornello.workflows.demo import cast
from tests.api.conftest import Installed
from tests.api.consent_house import browser, furnished, program
from tests.web import house

DRAFT: dict[str, Any] = {
    "preset": "FAN-REMIX",
    "adjust": {"limits.first_n_approval": 0, "moderation.mode": "none"},
    "holder": cast.SUBPUBLISHER_JP,
    "reach": {"level": "recording", "id": house.ORIGINAL_ID},
    "rights": ["C_ARR", "C_MECH", "C_PERF"],
    "territories": "JP",
    "evidence": {"how": "authorised_representative", "sha256": "ab" * 32},
    "valid_from": "2026-06-01",
}
FORM: dict[str, Any] = {
    "preset": "LISTEN-EDIT",
    "level": "recording",
    "reach_id": house.ORIGINAL_ID,
    "holder": "Kawabe Music Publishing",
    "rights": ["C_ARR", "C_MECH", "C_PERF"],
    "territories": "JP",
    "valid_from": "2026-06-01",
    "valid_until": "",
    "basis": "granted",
    "how": "authorised_representative",
    "evidence_words": "We agree, by telephone on 2 June.",
    "shown": ["transformation.tempo_permille", "types.allowed", "share_money.cap_micros"],
    "transformation.tempo_permille.low": "-10",
    "transformation.tempo_permille.high": "12.5",
    "types.allowed": ["SPEED_PITCH", "REMIX"],
    "share_money.cap_micros": "80,50",
    "act": "record",
}


@pytest.fixture
def installed(tmp_path: Any) -> Iterator[Installed]:
    yield from furnished(tmp_path)


def on_file(installed: Installed, holder: str) -> list[Offer]:
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        return list(work.consent.offers_of_holder(holder))


def test_an_offer_in_two_clicks_then_any_parameter_in_a_person_s_units(installed: Installed) -> None:
    desk = browser(installed)
    start = desk.get("/consent/offers/new").text
    assert "HERITAGE" in start and house.ORIGINAL_ID in start
    page = desk.get(f"/consent/offers/new?id={house.ORIGINAL_ID}&preset=LISTEN-EDIT").text
    assert "Saltmarsh Recordings" in page, "the holder of the recording is proposed"
    assert "Everyone" in page or "Subscribers" in page
    done = desk.post("/consent/offers", data=FORM)
    assert done.status_code == 303, re.findall(r"<li>.*?</li>", done.text)[:3]
    (offer,) = on_file(installed, cast.SUBPUBLISHER_JP)
    assert (offer.terms["transformation.tempo_permille"].low, offer.terms["transformation.tempo_permille"].high) == (
        -100,
        125,
    )
    assert offer.terms["share_money.cap_micros"] == 80_500_000
    assert offer.terms["transformation.key_cents"].low == -500, "what the form did not show is the preset's"
    assert offer.evidence.sha256 == sha256_hex(FORM["evidence_words"].encode())
    with installed.house.blobs.open(offer.evidence.sha256) as file:
        assert file.read().decode() == FORM["evidence_words"]


def test_every_form_of_every_preset_says_what_it_shows(installed: Installed) -> None:
    """What the editor draws, sent back untouched, is the very same terms."""
    for one in presets().values():
        pairs: list[tuple[str, str]] = []
        for group in groups(one.terms):
            for field in group.fields:
                pairs.append(("shown", field.path))
                if field.shape == "span":
                    pairs += [(f"{field.path}.low", field.value), (f"{field.path}.high", field.other)]
                elif field.shape == "boxes" or field.shape == "select":
                    pairs += [(field.path, option.value) for option in field.options if option.chosen]
                elif field.shape != "tick":
                    pairs.append((field.path, field.value))
                if field.open:
                    pairs.append((field.path if field.shape == "tick" else f"{field.path}.open", "on"))
        changes, findings = read_form(FormData(pairs), one.terms)
        assert (one.name, changes, findings) == (one.name, {}, [])


def test_the_panel_tells_words_answer_conflicts_sound_and_money_and_writes_nothing(installed: Installed) -> None:
    desk = browser(installed)
    form = {**FORM, "try.type": "SPEED_PITCH", "try.territories": "JP", "try.act": "make", "earn.plays": "200000"}
    told = desk.post("/consent/offers/words", data={**form, "preset": "FAN-REMIX"}).text
    assert "This would be version 1" in told
    assert "sped-up or slowed version" in told and "Kawabe Music Publishing" in told
    assert told.count("<audio") == 4
    assert "200,000 plays of one derivative" in told
    wrong = desk.post("/consent/offers/words", data={**form, "transformation.tempo_permille.low": "fast"}).text
    assert "cannot be read" in wrong
    label = {**form, "holder": "Saltmarsh Recordings", "rights": ["M_USE"], "territories": "DE"}
    assert "At odds with what is on file" in desk.post("/consent/offers/words", data=label).text
    assert on_file(installed, cast.SUBPUBLISHER_JP) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"holder": "Nobody Known"}, "no party of this house"),
        ({"evidence_words": ""}, "choose the document"),
        ({"rights": ["M_USE"]}, "does not hold M_USE"),
        ({"rights": []}, "names no right"),
        ({"territories": "Atlantis"}, "cannot be read"),
        ({"valid_until": "2026-01-01"}, "ends before it starts"),
        ({"basis": "warranted"}, "quote the clause"),
        ({"share_money.cap_micros": "80.1234567"}, "cannot be read"),
        ({"preset": "LOUD"}, "is no preset"),
        ({"evidence_words": "", "evidence": "abc"}, "is no SHA-256"),
    ],
)
def test_what_is_wrong_on_the_form_is_told_and_kept(installed: Installed, change: dict[str, Any], words: str) -> None:
    told = browser(installed).post("/consent/offers", data={**FORM, **change})
    assert (told.status_code, words in told.text) == (422, True), re.findall(r"<li>.*?</li>", told.text)[:4]
    assert on_file(installed, cast.SUBPUBLISHER_JP) == []


def test_a_change_is_a_version_with_its_difference_and_its_addendum(installed: Installed) -> None:
    desk = browser(installed)
    first = desk.post("/consent/offers", data=FORM).headers["location"].split("?")[0]
    assert "Change it" in desk.get(first).text
    edit = desk.get(f"{first}/edit").text
    assert 'value="12.5"' in edit
    installed.clock.pass_by(days=1)
    desk = browser(installed)
    desk.post("/consent/offers", data={**FORM, "transformation.tempo_permille.high": "20"})
    page = desk.get(first).text
    assert "Version 2" in page and "−10 % to +12.5 %" in page and "−10 % to +20 %" in page
    pdf = desk.get(f"{first}/addendum.pdf?version=1")
    assert pdf.content[:5] == b"%PDF-"
    api = program(installed).get(f"/api/v1/offers/{first.rsplit('/', 1)[1]}").json()
    assert [len(one["changes"]) for one in api["versions"]] == [0, 1]
    assert program(installed).get("/api/v1/offers/off_none").status_code == 404


def test_the_holder_signs_these_very_terms_by_link(installed: Installed) -> None:
    desk = browser(installed)
    offer = desk.post("/consent/offers", data={**FORM, "rights": ["C_ARR"]}).headers["location"].split("?")[0]
    told = desk.post(f"{offer}/sign")
    assert told.status_code == 303, told.text
    (invitation,) = program(installed).get("/api/v1/invitations").json()
    assert invitation["offer"] == offer.rsplit("/", 1)[1] and invitation["version"] == 2
    stranger = installed.client()
    stranger.post(
        invitation["link"].replace("/answer/", "/api/v1/answers/"), json={"answer": "grant", "signed_as": "Rei"}
    )
    newest = on_file(installed, cast.SUBPUBLISHER_JP)[-1]
    assert (newest.version, newest.reply, newest.evidence.how.value) == (3, Reply.GRANT, "individual_express")
    assert newest.terms["share_money.cap_micros"] == 80_500_000


def test_a_draft_is_tried_before_it_is_recorded(installed: Installed) -> None:
    rights = program(installed)
    asked = {"draft": DRAFT, "recording": house.ORIGINAL_ID, "type": "REMIX", "territories": "JP", "act": "make"}
    told = rights.post("/api/v1/offers/try", json=asked)
    assert (told.status_code, told.json()["outcome"]) == (200, "allow"), told.text
    refused = {**asked, "draft": {**DRAFT, "preset": "LISTEN-EDIT"}}
    codes = {one["code"] for one in rights.post("/api/v1/offers/try", json=refused).json()["reasons"]}
    assert "TYPE_NOT_ALLOWED" in codes
    assert rights.post("/api/v1/offers/try", json={**asked, "type": "HUM"}).status_code == 422
    assert on_file(installed, cast.SUBPUBLISHER_JP) == []


def test_one_hears_the_edges_in_bounded_time_and_length(installed: Installed) -> None:
    desk = browser(installed)
    slow = desk.get(f"/consent/hear/{house.ORIGINAL_ID}?tempo=750")
    assert (slow.status_code, slow.headers["content-type"]) == (200, "audio/wav")
    with soundfile.SoundFile(io.BytesIO(slow.content)) as file:
        assert 10.5 < file.frames / file.samplerate < 10.8
    with soundfile.SoundFile(io.BytesIO(desk.get(f"/consent/hear/{house.ORIGINAL_ID}?tempo=100").content)) as file:
        assert file.frames / file.samplerate <= 12
    assert desk.get(f"/consent/hear/{house.ORIGINAL_ID}?tempo=5").status_code == 422
    assert desk.get(f"/consent/hear/{house.ORIGINAL_ID}?key=9000").status_code == 422
    assert desk.get("/consent/hear/rec_none").status_code == 404


def test_what_it_would_earn_adds_up_and_says_what_is_assumed(installed: Installed) -> None:
    rights = program(installed)
    told = rights.post("/api/v1/offers/earnings", json={"plays": 1_000_000, "per_thousand": "4.00"}).json()
    assert told["amounts"] == {
        "the maker": "80",
        "the original's holders": "3320",
        "the distributor": "600",
    }, "the maker's tenth ends at the cap of 80 EUR"
    assert told["assumptions"][0] == "1,000,000 plays of one derivative"
    for body, field in (
        ({"plays": -1}, "plays"),
        ({"per_thousand": "much"}, "per_thousand"),
        ({"preset": "LISTEN-EDIT"}, "platform.monetise"),
    ):
        wrong = rights.post("/api/v1/offers/earnings", json=body)
        assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (422, field)


def test_taking_back_is_seen_first_and_then_done(installed: Installed) -> None:
    desk = browser(installed)
    (label,) = [one for one in on_file(installed, cast.LABEL) if "M_USE" in one.rights]
    address = f"/consent/offers/{label.id}/withdraw"
    page = desk.get(address).text
    assert "Night Bus Remix" in page and "quietfox" in page and "30 days" in page
    early = desk.get(f"{address}?from=2026-06-21")
    assert "the notice is 30 days" in early.text
    assert "more than a hundred years ahead" in desk.get(f"{address}?from=9999-12-31").text
    assert desk.get("/consent/offers", params={"skip": 10**30}).status_code == 422
    blind = desk.post(address, data={"from": "", "reason": "moving on"})
    assert (blind.status_code, "was not confirmed" in blind.text) == (422, True)
    done = desk.post(address, data={"from": "2026-08-01", "reason": "moving on", "seen": "yes"})
    assert done.status_code == 303, done.text
    assert "Ends on 2026-08-01" in desk.get(f"/consent/offers/{label.id}").text
    ask = {"day": "2026-06-20", "song": house.ORIGINAL_ID, "type": "REMIX", "act": "make", "service": "alpha"}
    assert "Allowed" in desk.get("/consent/day", params=ask).text
    installed.clock.pass_by(days=60)
    desk = browser(installed)
    later = desk.get("/consent/day", params={**ask, "day": "2026-08-15"}).text
    assert "OFFER_REVOKED" in later
    assert "OFFER_REVOKED" not in desk.get("/consent/day", params=ask).text, "the past keeps its answer"
    assert desk.get("/consent/day", params={**ask, "day": "2030-01-01"}).status_code == 422


def test_most_favoured_is_told_to_the_holder_and_only_of_themselves(installed: Installed) -> None:
    rights = program(installed)
    with installed.house.work(cast.ORGANISATION) as work:
        for offer in work.consent.offers_of_holder(cast.PUBLISHER):
            terms = offer.terms.adjust({"share_money.most_favoured": True})
            work.consent.add_offer(offer.next_version(installed.clock(), terms=terms))
        work.commit()
    assert rights.get("/api/v1/most-favoured").json() == []
    with installed.house.work(cast.ORGANISATION) as work:
        for offer in work.consent.offers_of_holder(cast.WRITER_B):
            terms = offer.terms.adjust({"share_money.fan_share_permille": 50})
            work.consent.add_offer(offer.next_version(installed.clock(), terms=terms))
        work.commit()
    (alert,) = rights.get("/api/v1/most-favoured").json()
    assert (alert["holder"], alert["other"]["holder"]) == (cast.PUBLISHER, cast.WRITER_B)
    assert (alert["ours"], alert["theirs"]) == ("The maker gets 10 %.", "The maker gets 5 %.")
    desk = browser(installed)
    assert "somebody has better terms" in desk.get(f"/consent/offers/{alert['offer']['id']}").text
    assert "Noor Haddad" in desk.get("/consent/most-favoured").text
    fan = browser(installed, house.MAKER)
    assert "Nobody has better terms" in fan.get("/consent/most-favoured").text
    assert len(desk.get("/exports/most-favoured.json").json()["most_favoured"]) == 1


def test_the_list_has_pages_filters_and_files(installed: Installed) -> None:
    desk = browser(installed)
    every = desk.get("/exports/offers.json").json()["offers"]
    assert len(every) == 5
    assert "Ilse Varga" in desk.get(f"/consent/offers?holder={cast.PERFORMER}").text
    assert len(desk.get(f"/exports/offers.json?holder={cast.PERFORMER}").json()["offers"]) == 1
    told = program(installed, Role.AUDITOR).get(f"/api/v1/offers?reach={house.ORIGINAL_ID}").json()
    assert (len(told["offers"]), told["next"]) == (5, None)
    assert len(program(installed).get("/api/v1/presets").json()) == len(presets())
