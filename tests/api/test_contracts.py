"""The contract register over HTTP: put on file, edited as a new version, silent is no, and what rests on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from ritornello.consent.contract_drafts import contract_schema
from ritornello.people.roles import Role
from ritornello.workflows.demo import cast
from tests.api.conftest import Installed
from tests.api.consent_house import browser, furnished, program
from tests.web import house

DRAFT: dict[str, Any] = {
    "id": "2019/114",
    "kind": "recording agreement",
    "parties": [cast.LABEL, cast.PERFORMER],
    "catalogue": [house.ORIGINAL_ID],
    "territories": "WW ex JP",
    "valid_from": "2019-03-01",
    "valid_until": "2029-03-01",
    "sell_off_days": 180,
    "clauses": [
        {"question": "adaptation", "says": "yes", "quote": "The Label may adapt the Recordings.", "page": "7"},
        {"question": "ai", "says": "silent", "quote": "", "page": ""},
    ],
    "approvals": [
        {
            "party": cast.PERFORMER,
            "rights": ["NAME"],
            "clause": "subject to the Artist's approval (p. 9)",
            "deemed_after_days": 10,
        }
    ],
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    yield from furnished(tmp_path_factory.mktemp("house"))


def test_a_change_is_a_new_version_and_going_back_is_one_too(installed: Installed) -> None:
    rights = program(installed)
    jsonschema_rs.validate(contract_schema(), DRAFT)
    looked = rights.post("/api/v1/contracts?dry_run=true", json=DRAFT)
    assert looked.status_code == 200, looked.text
    assert rights.get("/api/v1/contracts").json() == []
    first = rights.post("/api/v1/contracts", json=DRAFT).json()["contract"]
    assert (first["version"], first["sells_off_until"]) == (1, "2029-08-28")
    assert rights.post("/api/v1/contracts", json=DRAFT).json()["again"] is True
    installed.clock.pass_by(days=1)
    longer = rights.post("/api/v1/contracts", json={**DRAFT, "valid_until": None}).json()
    assert longer["changes"] == [{"after": "2019-03-01 to open", "before": "2019-03-01 to 2029-03-01", "what": "term"}]
    installed.clock.pass_by(days=1)
    assert rights.post("/api/v1/contracts", json=DRAFT).json()["contract"]["version"] == 3
    (newest,) = rights.get("/api/v1/contracts").json()
    assert (newest["version"], newest["valid_until"]) == (3, "2029-03-01")
    told = rights.get("/api/v1/contracts/2019/114").json()
    assert [one["version"] for one in told["versions"]] == [1, 2, 3]
    page = browser(installed).get("/consent/contracts/2019/114").text
    assert "Silent, which is no" in page and "“The Label may adapt the Recordings.”" in page and "Version 2" in page


def test_what_is_warranted_rests_on_the_clause(installed: Installed) -> None:
    rights = program(installed)
    rights.post("/api/v1/contracts", json={**DRAFT, "id": "K-7"})
    offer = rights.post(
        "/api/v1/offers",
        json={
            "preset": "LISTEN-EDIT",
            "holder": cast.PERFORMER,
            "reach": {"level": "recording", "id": house.ORIGINAL_ID},
            "rights": ["P_ECON"],
            "territories": "DE",
            "basis": "warranted",
            "warranty": {"contract_id": "K-7", "clause": "The Label may adapt", "page": "7", "indemnity": cast.LABEL},
            "evidence": {"how": "contract_clause", "sha256": "ab" * 32},
            "valid_from": "2026-06-01",
        },
    ).json()
    assert rights.get("/api/v1/contracts/K-7").json()["offers_resting_on_it"] == [offer["id"]]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"id": ""}, ["id"]),
        ({"parties": []}, ["parties"]),
        ({"parties": ["pty_nobody"]}, ["parties[0]"]),
        ({"valid_until": "2019-01-01"}, ["valid_until"]),
        ({"valid_from": "soon", "territories": "Atlantis"}, ["valid_from", "territories"]),
        ({"clauses": [{"question": "mood", "says": "yes", "quote": "q", "page": "1"}]}, ["clauses[0].question"]),
        ({"clauses": [{"question": "ai", "says": "yes", "quote": "", "page": ""}]}, ["clauses[0].quote"]),
        ({"clauses": DRAFT["clauses"] * 2}, ["clauses", "clauses"]),
        ({"sell_off_days": "many"}, ["sell_off_days"]),
        ({"evidence_sha256": "abc"}, ["evidence_sha256"]),
        ({"colour": "blue"}, ["colour"]),
        (
            {"approvals": [{"party": cast.PERFORMER, "rights": ["VOICE"], "clause": "c", "deemed_after_days": 5}]},
            ["approvals[0].deemed_after_days"],
        ),
        (
            {"approvals": [{"party": "", "rights": ["NAME"], "clause": "c", "deemed_after_days": None}]},
            ["approvals[0].party"],
        ),
    ],
)
def test_each_wrong_field_is_named_and_nothing_is_written(
    installed: Installed, change: dict[str, Any], fields: list[str]
) -> None:
    told = program(installed).post("/api/v1/contracts", json={**DRAFT, "id": "X-1", **change})
    assert told.status_code == 422
    assert [one["where"] for one in told.json()["errors"]] == fields
    assert program(installed).get("/api/v1/contracts/X-1").status_code == 404


def test_by_form_with_names_and_the_document_kept_by_its_hash(installed: Installed) -> None:
    desk = browser(installed)
    form = {
        "id": "PUB 22",
        "kind": "publishing agreement",
        "parties": "Lantern House Music\nTomas Brandt",
        "catalogue": cast.WORK.id,
        "territories": "WW",
        "valid_from": "2022-01-01",
        "valid_until": "",
        "sell_off_days": "0",
        "says.adaptation": "no",
        "quote.adaptation": "No arrangement without the Writer.",
        "page.adaptation": "3",
        "approval_rows": "1",
        "approver.0": "Tomas Brandt",
        "rights.0": ["C_ARR"],
        "clause.0": "The Writer approves (p. 4)",
        "days.0": "",
    }
    wrong = desk.post("/consent/contracts", data={**form, "parties": "Somebody Else", "sell_off_days": "x"})
    assert wrong.status_code == 422
    assert "no party of this house" in wrong.text and "no number of days" in wrong.text
    assert "No arrangement without the Writer." in wrong.text, "what was written stays on the form"
    done = desk.post("/consent/contracts", data=form, files={"document": ("pub22.pdf", b"%PDF-1.7 signed")})
    assert (done.status_code, done.headers["location"]) == (
        303,
        "/consent/contracts/PUB%2022?done=Version%201%20is%20on%20file",
    )
    told = program(installed).get("/api/v1/contracts/PUB 22").json()["versions"][0]
    assert told["parties"] == [cast.PUBLISHER, cast.WRITER_A]
    assert told["approvals"][0]["rights"] == ["C_ARR"]
    with installed.house.blobs.open(told["evidence_sha256"]) as file:
        assert file.read() == b"%PDF-1.7 signed"
    assert "Put a contract on file" not in browser(installed, "auditor@example.org").get("/consent/contracts").text
    assert "PUB 22" in desk.get("/exports/contracts.csv").text
    assert program(installed, Role.AUDITOR).post("/api/v1/contracts", json=DRAFT).status_code == 403
