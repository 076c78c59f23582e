"""Stops, the board, the path to yes and spreadsheets over HTTP."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

from ritornello.people.roles import Role
from ritornello.workflows.demo import cast
from tests.api.conftest import Installed
from tests.api.consent_house import browser, furnished, program
from tests.web import house

QUESTION = {
    "types": ["REMIX"],
    "sources": [house.ORIGINAL_ID],
    "acts": ["make"],
    "territories": "DE",
    "services": ["own"],
    "person": {"id": cast.FAN, "tier": "subscribers", "age": 30, "verified": True},
}
HEADING = "asset;type;territory;who;scope;fan_share;from;until;holder;rights\n"
GOOD = f"DEXX12600001;SPEED_PITCH;JP;subscribers;platform;7,5;2026-06-01;;{cast.SUBPUBLISHER_JP};C_ARR, C_MECH\n"
BAD = "DEXX99999999;SPEED_PITCH;JP;subscribers;platform;7,5;2026-06-01;;;\n"


@pytest.fixture
def installed(tmp_path: Any) -> Iterator[Installed]:
    yield from furnished(tmp_path)


def outcome(installed: Installed) -> str:
    return str(program(installed).post("/api/v1/decisions", json=QUESTION).json()["outcome"])


def test_the_kill_switch_stops_now_and_the_past_still_has_its_answer(installed: Installed) -> None:
    desk = browser(installed)
    assert outcome(installed) == "allow"
    before = installed.clock()
    installed.clock.pass_by(hours=1)
    wrong = desk.post("/consent/stops", data={"asset": house.ORIGINAL_ID, "territories": "WW", "reason": ""})
    assert (wrong.status_code, "say why" in wrong.text) == (422, True)
    whole = desk.post("/consent/stops", data={"territories": "WW", "reason": "all of it"})
    assert (whole.status_code, "would stop the whole house" in whole.text) == (422, True)
    done = desk.post("/consent/stops", data={"maker": "quietfox", "territories": "DE", "reason": "a claim came in"})
    assert done.status_code == 303, done.text
    assert outcome(installed) == "deny"
    (row,) = program(installed).get("/api/v1/stops").json()
    assert (row["maker"], row["territories"], row["active"]) == (cast.FAN, "DE", True)
    assert "a claim came in" in desk.get("/consent/stops").text
    past = program(installed).post("/api/v1/decisions/on-a-day", params={"at": before.isoformat()}, json=QUESTION)
    assert past.json()["outcome"] == "allow", past.text
    installed.clock.pass_by(hours=1)
    desk.post(f"/consent/stops/{row['id']}/lift", data={"reason": "settled"})
    assert outcome(installed) == "allow"
    again = desk.post(f"/consent/stops/{row['id']}/lift", data={"reason": "settled"})
    assert (again.status_code, "is not on file" in again.text) == (422, True)
    assert desk.get("/exports/stops.json").json()["stops"][0]["active"] is False


def test_a_stop_by_interface_names_what_it_cannot_do(installed: Installed) -> None:
    rights = program(installed)
    told = rights.post("/api/v1/stops", json={"reason": "x", "asset": "rec_none"})
    assert (told.status_code, told.json()["errors"][0]["where"]) == (422, "asset")
    assert rights.post("/api/v1/stops", json={"reason": "x", "service": "alpha"}).status_code == 200
    assert (
        program(installed, Role.APPROVER).post("/api/v1/stops", json={"reason": "x", "service": "a"}).status_code == 403
    )
    for at, words in (("2026-06-20T08:00:00", "time zone"), ("2030-01-01T00:00:00Z", "has not come")):
        told = rights.post("/api/v1/decisions/on-a-day", params={"at": at}, json=QUESTION)
        assert (told.status_code, words in told.text) == (422, True)


def test_the_board_and_the_shortest_path_to_yes(installed: Installed) -> None:
    desk = browser(installed)
    ask = {"territories": "DE, JP", "act": "make"}
    page = desk.get("/consent/coverage", params=ask).text
    assert "Remix" in page and "1 original" in page
    table = desk.get("/exports/coverage.json", params=ask).json()["coverage"]
    remix = {one["territory"]: one["ready"] for one in table if one["type"] == "REMIX"}
    assert remix == {"DE": 1, "JP": 0}
    path = desk.get("/consent/blocked", params={**ask, "type": "REMIX", "territories": "JP"}).text
    assert "Kawabe Music Publishing signs" in path
    steps = desk.get("/exports/blocked.json", params={**ask, "type": "REMIX", "territories": "JP"}).json()["path"]
    assert "/exports/blocked.csv?type=REMIX&amp;territories=JP" in path
    heard = desk.get("/consent/blocked", params={**ask, "type": "REMIX", "territories": "JP", "weigh": "plays"})
    assert "plays that services reported" in heard.text and "of what was played so far" in heard.text
    assert [(one["step"], one["unlocks"]) for one in steps] == [(1, 1)]
    for wrong in ({"territories": "Atlantis"}, {"territories": "WW"}, {"act": "hum"}):
        assert desk.get("/consent/coverage", params={**ask, **wrong}).status_code == 422
    assert desk.get("/consent/blocked", params={**ask, "type": "HUM"}).status_code == 422


def look(desk: Any, content: bytes, name: str = "offers.csv") -> Any:
    return desk.post("/consent/sheets", data={"preset": "FAN-REMIX", "holder": ""}, files={"sheet": (name, content)})


def test_a_sheet_is_looked_at_committed_and_taken_back(installed: Installed) -> None:
    desk = browser(installed)
    told = look(desk, (HEADING + GOOD + BAD).encode())
    assert told.status_code == 200, told.text
    assert "DEXX99999999 is not in the catalogue" in told.text and "register the recording first" in told.text
    assert "Record the 1 good row" in told.text
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        assert work.consent.offers_of_holder(cast.SUBPUBLISHER_JP) == []
    fields = dict(re.findall(r'name="(key|preset|holder|act)" value="([^"]*)"', told.text))
    findings = desk.get(f"/exports/sheets/{fields['key']}/findings.csv").text
    assert "3,asset,error" in findings
    rows = desk.get(f"/exports/sheets/{fields['key']}/rows.json").json()["rows"]
    assert [(one["row"], one["what"]) for one in rows] == [(2, "new")]
    done = desk.post("/consent/sheets", data=fields)
    assert (done.status_code, "1%20offers%20are%20recorded" in done.headers["location"]) == (303, True)
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        (offer,) = work.consent.offers_of_holder(cast.SUBPUBLISHER_JP)
    assert offer.evidence.sha256 == fields["key"], "the file itself is the evidence"
    installed.clock.pass_by(days=1)
    desk = browser(installed)
    (name,) = re.findall(r"/consent/sheets/(imp_[a-z0-9]+)/undo", desk.get("/consent/sheets").text)
    assert desk.post(f"/consent/sheets/{name}/undo").status_code == 303
    assert "taken back" in desk.get("/consent/sheets").text
    again = desk.post(f"/consent/sheets/{name}/undo")
    assert (again.status_code, "was undone before" in again.text) == (422, True)


def test_a_workbook_is_read_too_and_what_is_no_sheet_is_told(installed: Installed) -> None:
    desk = browser(installed)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (HEADING + GOOD).splitlines():
        sheet.append(line.split(";"))
    file = io.BytesIO()
    book.save(file)
    assert "Record the 1 good row" in look(desk, file.getvalue(), "offers.xlsx").text
    for content in (b"", b"\x00\x01\x02", b"colour;size\nred;1\n"):
        told = look(desk, content)
        assert (told.status_code, 'role="alert"' in told.text) == (422, True), told.text
    nothing = desk.post("/consent/sheets", data={"preset": "FAN-REMIX"})
    assert (nothing.status_code, "choose a CSV or XLSX file" in nothing.text) == (422, True)
    forged = desk.post("/consent/sheets", data={"act": "commit", "key": "0" * 64, "preset": "FAN-REMIX"})
    assert forged.status_code == 422
    assert desk.get("/exports/sheets/" + "0" * 64 + "/rows.json").status_code == 404
    assert look(desk, desk.get("/consent/sheets/example.csv").content).status_code == 200
