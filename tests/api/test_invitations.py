"""From the invitation to the answer, over HTTP: who is asked, what they see, and what each answer leaves on file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ritornello.consent.offers import Reply
from ritornello.proof import sha256_hex
from ritornello.workflows.demo import cast
from tests.api.conftest import Installed
from tests.api.consent_house import browser, furnished, program
from tests.web import house

RIGHTS = ("C_ARR", "C_MECH", "C_PERF")


@pytest.fixture
def installed(tmp_path: Any) -> Iterator[Installed]:
    yield from furnished(tmp_path)


def asked(installed: Installed, right: str = "C_ARR", **more: Any) -> dict[str, Any]:
    """The sub-publisher for Japan, who has been silent, is asked for one right."""
    body = {
        "holder": cast.SUBPUBLISHER_JP,
        "right": right,
        "reach": {"level": "recording", "id": house.ORIGINAL_ID},
        "territories": "JP",
        "preset": "FAN-REMIX",
        **more,
    }
    told = program(installed).post("/api/v1/invitations", json=body)
    assert told.status_code == 200, told.text
    found: dict[str, Any] = told.json()
    return found


def door(invitation: dict[str, Any]) -> str:
    return str(invitation["link"]).replace("/answer/", "/api/v1/answers/")


def stranger(installed: Installed) -> TestClient:
    return installed.client()


def newest(installed: Installed, offer_id: str) -> Any:
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        return work.consent.offer(offer_id)


def test_a_holder_without_account_reads_one_right_and_grants_it(installed: Installed) -> None:
    invitation = asked(installed)
    told = stranger(installed).get(door(invitation)).json()
    assert told["invitation"]["right"] == "C_ARR"
    assert told["offer"]["rights"] == ["C_ARR"]
    assert "Subscribers may make remixes" in told["summary"]
    answer = stranger(installed).post(door(invitation), json={"answer": "grant", "signed_as": "Rei Kawabe"})
    assert answer.status_code == 200, answer.text
    offer = newest(installed, invitation["offer"])
    assert (offer.reply, offer.version) == (Reply.GRANT, 2)
    assert offer.evidence.sha256 == answer.json()["evidence_sha256"]
    with installed.house.blobs.open(offer.evidence.sha256) as file:
        record = file.read()
    assert sha256_hex(record) == offer.evidence.sha256
    assert b"Rei Kawabe" in record and offer.replaces.encode() in record


def test_each_way_in_which_a_link_does_not_open_is_told_apart(installed: Installed) -> None:
    invitation = asked(installed)
    address = door(invitation)
    stem, token = address.rsplit("/", 1)
    for broken in (token[:-8], "A" + token[1:], token[:200] + "x" + token[201:]):
        told = stranger(installed).get(f"{stem}/{broken}")
        assert (told.status_code, told.json()["mend"]) == (422, "open the link exactly as it was sent"), told.text
    assert stranger(installed).get(address.replace(cast.ORGANISATION, "org_elsewhere")).status_code == 422
    stranger(installed).post(address, json={"answer": "refuse", "signed_as": "Rei Kawabe"})
    told = stranger(installed).get(address)
    assert (told.status_code, told.json()["detail"]) == (410, "this link was used: refused")
    assert stranger(installed).post(address, json={"answer": "grant", "signed_as": "R"}).status_code == 410
    late = asked(installed, "C_MECH")
    installed.clock.pass_by(days=21)
    told = stranger(installed).get(door(late))
    assert (told.status_code, "expired on 2026-07-11" in told.json()["detail"]) == (410, True)
    page = stranger(installed).get(late["link"])
    assert (page.status_code, "Too late" in page.text) == (410, True)


def test_a_counter_is_seen_by_all_and_old_links_lead_to_it(installed: Installed) -> None:
    first, second = asked(installed, "C_ARR"), asked(installed, "C_MECH")
    told = stranger(installed).post(
        door(first),
        json={
            "answer": "counter",
            "signed_as": "Rei Kawabe",
            "changes": {"share_money.fan_share_permille": 50, "transformation.key_cents": [-200, 200]},
        },
    )
    assert told.json()["invited_again"] == 1, told.text
    assert newest(installed, first["offer"]).terms["share_money.fan_share_permille"] == 50
    waiting = newest(installed, second["offer"])
    assert (waiting.reply, waiting.version, waiting.terms["share_money.fan_share_permille"]) == (Reply.PROPOSAL, 2, 50)
    seen = stranger(installed).get(door(second)).json()
    assert {one["parameter"] for one in seen["changes"]} == {
        "share_money.fan_share_permille",
        "transformation.key_cents",
    }
    assert seen["others"] == [{"right": "C_ARR", "standing": "countered"}]
    stranger(installed).post(door(second), json={"answer": "grant", "signed_as": "Rei Kawabe"})
    granted = newest(installed, second["offer"])
    assert (granted.reply, granted.version, granted.terms["share_money.fan_share_permille"]) == (Reply.GRANT, 3, 50)
    assert stranger(installed).get(door(second)).status_code == 410, "the old link led to the one that was used"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answer": "perhaps", "signed_as": "R"}, "answer"),
        ({"answer": "grant", "signed_as": "  "}, "signed_as"),
        ({"answer": "counter", "signed_as": "R", "changes": {}}, "changes"),
        ({"answer": "counter", "signed_as": "R", "changes": {"share_money.fan_share_permille": 1200}}, "adjust.share"),
        ({"answer": "counter", "signed_as": "R", "changes": {"mood.blue": 1}}, "adjust.mood.blue"),
    ],
)
def test_a_wrong_answer_names_its_field_and_leaves_the_link_open(
    installed: Installed, body: dict[str, Any], field: str
) -> None:
    invitation = asked(installed)
    told = stranger(installed).post(door(invitation), json=body)
    assert told.status_code == 422
    assert told.json()["errors"][0]["where"].startswith(field)
    assert newest(installed, invitation["offer"]).version == 1
    assert stranger(installed).get(door(invitation)).status_code == 200


def test_whoever_refuses_a_change_keeps_what_they_granted(installed: Installed) -> None:
    invitation = asked(installed)
    stranger(installed).post(door(invitation), json={"answer": "grant", "signed_as": "Rei Kawabe"})
    change = asked(installed, adjust={"share_money.fan_share_permille": 300})
    assert change["version"] == 3
    assert stranger(installed).get(door(change)).json()["standing_grant"] == 2
    told = stranger(installed).post(door(change), json={"answer": "refuse", "signed_as": "Rei Kawabe"}).json()
    assert told["offer"] is None
    answers = program(installed).get(f"/api/v1/recordings/{house.ORIGINAL_ID}/answers").json()
    (theirs,) = [h for h in answers["holders"] if h["party"] == cast.SUBPUBLISHER_JP and h["right"] == "C_ARR"]
    assert (theirs["answer"], theirs["offer"]["version"]) == ("granted", 2)


def test_reminders_after_3_7_and_14_days_and_silence_ends_it(installed: Installed) -> None:
    invitation = asked(installed)
    rights = program(installed)
    told = []
    for _ in range(22):
        told += [(one["what"], one["day"]) for one in rights.post("/api/v1/invitations/due").json()]
        installed.clock.pass_by(days=1)
    assert told == [("reminder", 3), ("reminder", 7), ("reminder", 14), ("lapse", None)]
    (row,) = [one for one in rights.get("/api/v1/invitations").json() if one["id"] == invitation["id"]]
    assert (row["standing"], row["reminded_on_days"]) == ("lapsed", [3, 7, 14])
    again = asked(installed)
    assert again["id"] != invitation["id"] and again["version"] == 2


def test_the_same_open_proposal_is_one_invitation(installed: Installed) -> None:
    assert asked(installed) == asked(installed)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"holder": "pty_nobody"}, "holder"),
        ({"right": "M_USE"}, "rights"),
        ({"right": "HUMMING"}, "rights"),
        ({"reach": {"level": "planet", "id": "x"}}, "reach.level"),
        ({"reach": {"level": "recording", "id": "rec_none"}}, "reach.id"),
        ({"preset": "LOUD"}, "preset"),
        ({"territories": "Atlantis"}, "territories"),
        ({"days": 0}, "days"),
        ({"adjust": {"who.min_age": -1}}, "adjust.who.min_age"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_by_field(
    installed: Installed, change: dict[str, Any], field: str
) -> None:
    body = {
        "holder": cast.SUBPUBLISHER_JP,
        "right": "C_ARR",
        "reach": {"level": "recording", "id": house.ORIGINAL_ID},
        "territories": "JP",
        **change,
    }
    told = program(installed).post("/api/v1/invitations", json=body)
    assert told.status_code == 422, told.text
    assert told.json()["errors"][0]["where"] == field
    assert program(installed).get("/api/v1/invitations").json() == []


def test_the_splits_say_what_is_on_file_and_who_agrees(installed: Installed) -> None:
    installed.clock.at = cast.DELIVERED
    answers = program(installed).get(f"/api/v1/recordings/{house.ORIGINAL_ID}/answers").json()
    by_place = {(one["side"], one["territories"]): one for one in answers["splits"]}
    assert by_place["composition", "JP"]["granted"] == "1/2"
    assert by_place["composition", "WW ex JP"]["granted"] == "1"
    assert {one["total"] for one in answers["splits"]} == {"1"}
    silent = {(h["right"], h["party"]) for h in answers["holders"] if h["answer"] == "silent"}
    assert {(right, cast.SUBPUBLISHER_JP) for right in RIGHTS} <= silent


def test_by_pages_a_manager_invites_and_a_holder_counters_in_percent(installed: Installed) -> None:
    desk = browser(installed)
    page = desk.get(f"/consent/songs/{house.ORIGINAL_ID}").text
    keys = re.findall(rf'value="(C_ARR:{cast.SUBPUBLISHER_JP}:[^"]+)"', page)
    assert len(keys) == 1
    form = {"ask": keys, "preset": "FAN-REMIX", "territories": "WW", "days": "21"}
    sent = desk.post(f"/consent/songs/{house.ORIGINAL_ID}/invite", data=form)
    assert sent.status_code == 303, sent.text
    (row,) = program(installed).get("/api/v1/invitations").json()
    assert row["territories"] == "JP", "they are asked for their own part of the world"
    assert row["link"] in desk.get("/consent/invitations").text
    opened = stranger(installed).get(row["link"]).text
    assert "Kawabe Music Publishing" in opened and "Lantern House" not in opened and "Tomas" not in opened
    counter = {
        "answer": "counter",
        "signed_as": "Rei Kawabe",
        "shown": ["share_money.fan_share_permille", "transformation.tempo_permille"],
        "share_money.fan_share_permille": "7,5",
        "transformation.tempo_permille.low": "-10",
        "transformation.tempo_permille.high": "15",
    }
    told = stranger(installed).post(row["link"], data={**counter, "share_money.fan_share_permille": "lots"})
    assert (told.status_code, "cannot be read" in told.text) == (422, True)
    told = stranger(installed).post(row["link"], data=counter)
    assert (told.status_code, "You proposed other terms" in told.text) == (200, True), told.text
    terms = newest(installed, row["offer"]).terms
    assert terms["share_money.fan_share_permille"] == 75
    assert terms["transformation.tempo_permille"].low == -100
    assert stranger(installed).get(row["link"]).status_code == 410


def test_the_addendum_behind_a_link_is_a_pdf_and_closes_with_it(installed: Installed) -> None:
    invitation = asked(installed)
    told = stranger(installed).get(f"{door(invitation)}/addendum.pdf")
    assert (told.headers["content-type"], told.content[:5]) == ("application/pdf", b"%PDF-")
    installed.clock.at += timedelta(days=30)
    assert stranger(installed).get(f"{door(invitation)}/addendum.pdf").status_code == 410


def test_tables_come_as_files(installed: Installed) -> None:
    asked(installed)
    desk = browser(installed)
    assert desk.get("/exports/invitations.csv").text.count("Kawabe Music Publishing") == 1
    told = desk.get(f"/exports/consent/songs/{house.ORIGINAL_ID}.json").json()
    assert {"Asked, not answered yet", "Agrees"} <= {one["answer"] for one in told["answers"]}
