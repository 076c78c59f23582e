"""`ritornello consent …` and `ritornello licence issue`, as somebody types them."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema_rs

from ritornello.consent.drafts import draft_schema
from ritornello.consent.errors import ConsentError
from ritornello.consent.schema import decision_schema
from ritornello.workflows.demo import answers, cast
from tests.cli.conftest import Desk
from tests.web.house import ORIGINAL_ID, PLAN

JAPAN = {
    "preset": "FAN-REMIX",
    "adjust": {
        "platform": {"services": ["own", "alpha", "beta"], "export_services": ["alpha", "beta"]},
        "limits.first_n_approval": 0,
        "moderation.mode": "none",
        "transformation.max_added_permille": 600,
    },
    "holder": cast.SUBPUBLISHER_JP,
    "reach": {"level": "recording", "id": ORIGINAL_ID},
    "rights": ["C_ARR", "C_MECH", "C_PERF"],
    "territories": "JP",
    "evidence": {"how": "authorised_representative", "sha256": "ef" * 32},
    "valid_from": "2026-06-01",
}
LATER = "2026-06-16T10:00:00"


def test_a_missing_signature_turns_a_no_into_a_yes_and_a_licence(desk: Desk) -> None:
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        original = work.catalogue.recording(ORIGINAL_ID)
    assert original is not None
    request = answers.remix_request(original, replace(PLAN, tempo_permille=50)).to_document()
    question = desk.file("request.json", request)
    refused = desk.told("consent", "check", question)
    jsonschema_rs.validate(decision_schema(), refused)
    assert (refused["outcome"], refused["largest_scope"]) == ("deny", "DE, US")
    words = desk.run("consent", "explain", refused["id"]).stdout
    assert "HOLDER_SILENT" in words
    assert "allowed as it is: territories" in words

    jsonschema_rs.validate(draft_schema(), JAPAN)
    draft = desk.file("japan.json", JAPAN)
    dry = desk.run("consent", "offer", draft, "--at", LATER, "--dry-run")
    assert "would be recorded" in dry.stdout
    recorded = desk.told("consent", "offer", draft, "--at", LATER, "--pdf", desk.folder / "japan.pdf")
    assert (recorded["version"], recorded["again"], recorded["conflicts"]) == (1, False, [])
    assert (desk.folder / "japan.pdf").read_bytes().startswith(b"%PDF")
    assert desk.told("consent", "offer", draft, "--at", LATER)["again"]

    asked = desk.file("again.json", {**request, "at": "2026-06-17T08:00:00.000000Z"})
    allowed = desk.run("consent", "check", asked)
    assert allowed.exit_code == 0, allowed.stdout
    decision = allowed.stdout.splitlines()[0]

    accepted = desk.file("accepted.txt", "I accept.")
    issue = ["licence", "issue", decision, "--owner", cast.LABEL, "--accepted", accepted, "--at", "2026-06-17T09:00:00"]
    without = desk.run(*issue)
    assert isinstance(without.exception, ConsentError)
    assert "own_work_warranty" in str(without.exception)
    signed = desk.folder / "licence.json"
    assert desk.run(*issue, "--own-work", "--out", signed).exit_code == 0
    payload = json.loads(signed.read_text())["payload"]
    assert payload["scope"]["territories"] == "DE, JP, US"
    again = desk.run(*issue, "--own-work")
    assert json.loads(again.stdout)["payload"]["id"] == payload["id"]
    keys = desk.file("keys.json", desk.house.keys(cast.ASKED).trusted().to_document())
    verified = desk.run("licence", "verify", signed, "--trust", keys, "--at", "2026-06-18T00:00:00")
    assert verified.stdout.startswith("Not checked for revocation")

    shown = desk.run("consent", "revoke", recorded["id"], "--by", cast.SUBPUBLISHER_JP, "--at", "2026-06-20T00:00:00")
    assert payload["id"] in shown.stdout
    assert "Nothing was done" in shown.stdout
    done = desk.told(
        "consent", "revoke", recorded["id"], "--by", cast.SUBPUBLISHER_JP, "--at", "2026-06-20T00:00:00", "--yes"
    )
    assert done["done"]
    after = desk.file("after.json", {**request, "at": f"{done['effective_from']}T12:00:00.000000Z"})
    codes = {(one["code"], one["holder"]) for one in desk.told("consent", "check", after)["reasons"]}
    assert ("OFFER_REVOKED", cast.SUBPUBLISHER_JP) in codes
    past = desk.told("consent", "check", asked)
    assert past["id"] == decision, "what was allowed then has the same answer now"


def test_a_stop_closes_at_once_and_a_lift_opens_again(desk: Desk) -> None:
    at = ["--service", "alpha", "--territories", "DE, US"]
    before = desk.told("consent", "coverage", *at, "--at", LATER)
    ready = {one["territory"]: one["allow"] for one in before["cells"] if one["type"] == "REMIX"}
    assert ready == {"DE": 1, "US": 1}
    pulled = desk.run(
        "consent", "stop", "--asset", ORIGINAL_ID, "--territories", "US", "--by", cast.LABEL, "--at", LATER
    )
    name = pulled.stdout.split()[0]
    after = desk.told("consent", "coverage", *at, "--at", "2026-06-16T11:00:00")
    assert {one["territory"]: one["allow"] for one in after["cells"] if one["type"] == "REMIX"} == {"DE": 1, "US": 0}
    desk.run("consent", "stop", "--lift", name, "--by", cast.LABEL, "--at", "2026-06-16T12:00:00")
    lifted = desk.told("consent", "coverage", *at, "--at", "2026-06-16T13:00:00")
    assert lifted["cells"] == before["cells"]
    assert isinstance(desk.run("consent", "stop", "--by", cast.LABEL).exception, ConsentError)


def test_the_feed_is_numbered_and_tells_what_closed(desk: Desk) -> None:
    first = desk.run("consent", "feed", "alpha", "--territories", "DE, JP, US", "--at", LATER)
    assert "issue 1 for alpha: 2 lines (full)" in first.stdout, first.output
    same = desk.run("consent", "feed", "alpha", "--territories", "DE, JP, US", "--at", "2026-06-17T10:00:00")
    assert "issue 2 for alpha: 0 lines (changes since 1)" in same.stdout
    desk.run("consent", "stop", "--asset", ORIGINAL_ID, "--by", cast.LABEL, "--at", "2026-06-18T10:00:00")
    closed = desk.run("consent", "feed", "alpha", "--territories", "DE, JP, US", "--at", "2026-06-18T11:00:00")
    assert "issue 3 for alpha: 2 lines (changes since 2)" in closed.stdout
    theirs = desk.file("theirs.csv", f'recording,type,territories\r\n{ORIGINAL_ID},REMIX,"DE, US"\r\n')
    told = desk.run(
        "consent", "feed", "alpha", "--territories", "DE, JP, US", "--at", "2026-06-27T11:00:00", "--compare", theirs
    )
    assert told.exit_code == 1
    assert "still open there in DE, US, withdrawn here for 9 days" in told.stdout


def test_a_wrong_draft_names_every_wrong_field(desk: Desk) -> None:
    wrong = {
        **JAPAN,
        "preset": "FAN-REMIXES",
        "adjust": {"share_money.fan_share_permille": 2000, "limits.mood": 1},
        "territories": "Atlantis",
        "valid_from": "tomorrow",
        "evidence": {"how": "shouting"},
    }
    failed = desk.run("consent", "offer", desk.file("wrong.json", wrong)).exception
    assert isinstance(failed, ConsentError)
    assert {finding.field for finding in failed.findings} >= {
        "preset",
        "adjust.share_money.fan_share_permille",
        "adjust.limits.mood",
        "territories",
        "valid_from",
        "evidence.how",
        "evidence.sha256",
    }
    not_held = desk.run("consent", "offer", desk.file("held.json", {**JAPAN, "rights": ["M_USE"]})).exception
    assert isinstance(not_held, ConsentError)
    assert "does not hold M_USE" in str(not_held)
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        assert not work.consent.offers_of_holder(cast.SUBPUBLISHER_JP)


def test_an_unknown_house_is_named(desk: Desk) -> None:
    result = desk.run("consent", "explain", "dec_x", "--organisation", "org_other")
    assert "known here are org_demo" in str(result.exception)


def test_schemas_are_printed(desk: Desk) -> None:
    for name in ("decision", "offer", "request", "terms"):
        told = json.loads(desk.run("consent", "schema", name).stdout)
        jsonschema_rs.validator_for(told)
