"""The doors on money: every role at each, a whole quarter over the interface, and its pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Role, may
from ritornello.proof.packing import unpacked
from ritornello.proof.signing import TrustedKeys
from ritornello.settings import Settings
from ritornello.statements.proofs import check
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.web.site import create_site
from ritornello.workflows.house import House
from ritornello.workflows.verify_files import Handed, verify_files
from tests.api.money_table import DOORS
from tests.workflows import books

ADDRESS = "http://testserver"
ONE = ("Song", books.ISRCS[books.SONG], 1000, "800.00")
TWO = ("Other", books.ISRCS[books.OTHER], 500, "40.00")
STRANGE = ("Later", books.ISRCS[books.LATER], 300, "24.00")
PAYER = {"name": "Quay Records", "iban": "DE02120300000000202051", "on": "2026-09-15"}


@dataclass
class Desk:
    folder: Path
    house: House
    site: Any
    moments: books.Moments
    keys: dict[Role, str]

    def client(self, role: Role) -> TestClient:
        headers = {"Authorization": f"Bearer {self.keys[role]}"}
        return TestClient(self.site, ADDRESS, headers=headers, raise_server_exceptions=False, follow_redirects=False)

    def send(self, path: Path, address: str = "/api/v1/usage/files", role: Role = Role.FINANCE, **fields: str) -> Any:
        files = {"files": (path.name, path.read_bytes())}
        return self.client(role).post(address, data={"source": "believe", **fields}, files=files)


def open_desk(folder: Path) -> Desk:
    engine = database.open_engine(f"sqlite:///{folder / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    for name in ("keys", "lake"):
        (folder / name).mkdir()
    house = House(folder, engine, Blobs(str(folder / "blobs")), folder / "lake", folder / "keys")
    books.found(house)
    moments, keys = books.Moments(), {}
    with house.work(books.ORGANISATION) as work:
        for role in Role:
            person = service.admit(
                work.people, books.ORGANISATION, f"{role}@quay.example", role.value, [role], books.START
            )
            owner = Identity(books.ORGANISATION, person.id, frozenset({Role.OWNER}), None, "")
            more = {"service": "alpha"} if role.value == "service" else {}
            keys[role], _ = service.give_key(work.people, owner, role.value, [role], books.START, **more)  # type: ignore[arg-type]
        work.commit()
    settings = Settings(home=folder, base_url=ADDRESS, _env_file=None)  # type: ignore[call-arg]
    return Desk(folder, house, create_site(settings, house=house, now=moments), moments, keys)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.house.engine.dispose()


def settled(desk: Desk, month: str, plays: list[books.Play], why: str = "asked") -> str:
    """A month through the interface; the run's id."""
    finance, owner = desk.client(Role.FINANCE), desk.client(Role.OWNER)
    sent = desk.send(books.report(desk.folder / f"{month}-{len(plays)}.csv", plays, month)).json()
    assert finance.get(f"/api/v1/jobs/{sent['id']}").json()["result"]["taken_in"]
    return through(finance, owner, month, why)


def through(finance: TestClient, owner: TestClient, month: str, why: str = "asked") -> str:
    """The run of a month, and all its steps."""
    job = finance.post("/api/v1/royalties/runs", json={"period": month}).json()
    run = str(finance.get(f"/api/v1/jobs/{job['id']}").json()["result"]["run"])
    address = f"/api/v1/royalties/runs/{run}"
    if "suspense:no_asset" in finance.get(address).json()["accounts"]:
        finance.post(f"{address}/explanations", json={"kind": "no_asset", "why": why})
    assert finance.post(f"{address}/reviewed").status_code == 200
    for to in ("approved", "posted"):
        assert owner.post(f"{address}/steps", json={"to": to}).status_code == 200
    closing = owner.post(f"{address}/closing").json()
    assert owner.get(f"/api/v1/jobs/{closing['id']}").json()["state"] == "done"
    return run


def test_a_quarter_over_the_interface(desk: Desk) -> None:
    finance, owner = desk.client(Role.FINANCE), desk.client(Role.OWNER)
    july = books.report(desk.folder / "july.csv", [ONE, STRANGE])
    job = desk.send(july).json()
    assert job["state"] == "queued"
    done = finance.get(f"/api/v1/jobs/{job['id']}").json()
    assert (done["state"], done["progress_permille"]) == ("done", 1000)
    again = desk.send(july).json()
    refused = finance.get(f"/api/v1/jobs/{again['id']}").json()["result"]
    assert not refused["taken_in"] and refused["findings"][0]["code"] == "already_taken_in"
    (waits,) = finance.get("/api/v1/usage/suspense").json()
    assert (waits["reason"], waits["amount"]) == ("no_asset", "24.00")
    job = finance.post("/api/v1/royalties/runs", json={"period": "2026-07"}).json()
    run = finance.get(f"/api/v1/jobs/{job['id']}").json()["result"]["run"]
    address = f"/api/v1/royalties/runs/{run}"
    assert finance.post(f"{address}/steps", json={"to": "posted"}).status_code == 409
    finance.post(f"{address}/reviewed")
    unmatched = owner.post(f"{address}/steps", json={"to": "approved"})
    assert unmatched.status_code == 409 and "unmatched money" in unmatched.json()["detail"]
    finance.post(f"{address}/explanations", json={"kind": "no_asset", "why": "the label registers it"})
    second = finance.post(f"{address}/steps", json={"to": "approved"})
    assert second.status_code == 409 and "a second person" in second.json()["detail"]
    for to in ("approved", "posted"):
        assert owner.post(f"{address}/steps", json={"to": to}).json()["state"] == to
    closing = owner.post(f"{address}/closing").json()
    assert owner.get(f"/api/v1/jobs/{closing['id']}").json()["result"]["statements"] == 2

    # August: the stranger is registered, a late file for July, then August's own
    with desk.house.work(books.ORGANISATION) as work:
        books.register(work, books.LATER, desk.moments())
        work.commit()
    assert finance.post("/api/v1/usage/rematches").json()[0]["found"] == 1
    corrected = settled(desk, "2026-07", [TWO])
    review = finance.get(f"/api/v1/royalties/runs/{corrected}/review").json()
    assert review["against"]["id"] == run
    changed = {one["account"]: one["difference"] for one in review["others"]}
    assert changed == {"suspense:no_asset": "-24"}
    causes = finance.get(f"/api/v1/royalties/runs/{corrected}/review/{books.LABEL}").json()
    assert causes["causes"]
    settled(desk, "2026-08", [ONE])
    statements = desk.house.work(books.ORGANISATION, read_only=True)
    with statements as work:
        artist = next(one for one in work.statements.of_payee(books.ARTIST) if str(one.period_start) == "2026-08-01")
        keys = TrustedKeys.from_document(finance.get("/api/v1/keys").json())
    told = finance.get(f"/api/v1/statements/{artist.id}/causes").json()
    assert {"adjustment"} <= {one["cause"] for one in told}
    proof = finance.get(f"/api/v1/statements/{artist.id}/lines/1/proof").content
    assert check(proof, keys).holds
    sizes = [head["payload"]["size"] for head in finance.get("/api/v1/log/heads").json()]
    grown = finance.get(f"/api/v1/log/growth?first={sizes[0]}").content
    assert check(grown, keys).holds
    assert finance.get("/api/v1/log/growth?first=999999").status_code == 422

    order = owner.post(f"{address}/payment-order", json=PAYER)
    assert order.status_code == 200 and order.content.startswith(b"<?xml")
    assert owner.post(f"{address}/payment-order", json={**PAYER, "iban": "DE00"}).status_code == 409
    assert b"Royalties 2026-07" in owner.get(f"{address}/mass-payment").content
    handed_out(owner.post(f"{address}/payment-order?packed=yes", json=PAYER), f"{run}.xml", order.content, keys)
    handed_out(owner.get(f"{address}/mass-payment?packed=yes"), f"{run}.csv", b"Royalties 2026-07", keys)
    for path in ("/exports/statements.csv", "/exports/statements.json", f"/statements/{artist.id}.pdf"):
        handed_out(owner.get(f"{path}?packed=yes"), f"{path.rpartition('/')[2]}", b"", keys)
    handed_out(owner.get(f"/statements/{artist.id}.zip"), f"{artist.id}.html", b"<html", keys)
    assert owner.get("/api/v1/keys?packed=yes").json() == owner.get("/api/v1/keys").json()  # no download: as it is
    assert owner.get("/statements/stt_nothing.pdf?packed=yes").status_code == 404
    assert {one["payee"] for one in finance.get(f"{address}/payouts").json()} == {books.LABEL, books.ARTIST}


def handed_out(answer: Response, name: str, within: bytes, keys: TrustedKeys) -> None:
    """A ZIP that holds this file, with this in it, and whose every byte is on a signed list."""
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    assert int(answer.headers["content-length"]) == len(answer.content)
    files, _ = unpacked(answer.content)
    assert within in files[name]
    assert all(one.holds for one in verify_files([Handed.of("kept.zip", answer.content)], keys))


def test_a_wrong_file_is_told_by_row_and_nothing_is_written(desk: Desk) -> None:
    path = books.report(desk.folder / "bad.csv", [ONE])
    path.write_text(path.read_text().replace("800.00", "eight hundred"))
    job = desk.send(path).json()
    result = desk.client(Role.FINANCE).get(f"/api/v1/jobs/{job['id']}").json()["result"]
    assert not result["taken_in"] and result["findings"][0]["row"] == 2
    assert desk.client(Role.FINANCE).get("/api/v1/usage/files").json() == []
    assert desk.send(path, source="nobody").status_code == 409
    assert desk.client(Role.FINANCE).post("/api/v1/usage/files", data={"source": "believe"}).status_code == 422


def test_a_job_that_waits_is_stopped_and_nothing_is_written(desk: Desk) -> None:
    finance = desk.client(Role.FINANCE)
    from ritornello.workflows.money_jobs import order_run

    job = order_run(desk.house, books.ORGANISATION, "2026-07", desk.moments(), "per_somebody")
    assert finance.post(f"/api/v1/jobs/{job.id}/cancel").json()["state"] == "cancelled"
    assert finance.get("/api/v1/royalties/runs").json() == []
    assert finance.post("/api/v1/royalties/runs", json={"period": "July"}).status_code == 409
    failed = finance.post("/api/v1/royalties/runs", json={"period": "2026-07"}).json()
    told = finance.get(f"/api/v1/jobs/{failed['id']}").json()
    assert told["state"] == "failed" and "no usage was taken in" in told["error"]


def test_moving_in_over_the_interface(desk: Desk) -> None:
    from tests.cli.test_money_commands import OPENING

    with desk.house.work(books.ORGANISATION) as work:
        from ritornello.catalogue.model import Recording

        work.catalogue.save_recording(Recording(books.LATER, "Later", isrc=books.ISRCS[books.LATER]))
        work.commit()
    finance, owner = desk.client(Role.FINANCE), desk.client(Role.OWNER)
    files = [("files", (name, text.encode())) for name, text in OPENING.items()]
    assert finance.post("/api/v1/royalties/opening/check", files=files).status_code == 409
    stated = {"payable": "9.40", "reserve": "5", "unrecouped": "1200", "costs": "80"}
    body = {"as_of": "2026-06-30", "stated": stated}
    assert finance.post("/api/v1/royalties/opening", json=body).status_code == 200
    blocked = finance.post("/api/v1/royalties/runs", json={"period": "2026-07"}).json()
    assert "nothing runs until" in finance.get(f"/api/v1/jobs/{blocked['id']}").json()["error"]
    checked = finance.post("/api/v1/royalties/opening/check", files=files).json()
    assert not checked["refused"] and not checked["committed"]
    assert owner.post("/api/v1/royalties/opening/commit", files=files).json()["committed"]
    assert owner.post("/api/v1/royalties/opening/commit", files=files).status_code == 409


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, dict[str, str]]]:
    desk = open_desk(tmp_path_factory.mktemp("desk"))
    (old,) = books.taken(desk.house, books.report(desk.folder / "old.csv", [ONE, STRANGE]), desk.moments()).files
    corrected = books.report(desk.folder / "new.csv", [ONE, STRANGE, TWO])
    (file,) = books.taken(desk.house, corrected, desk.moments(), supersedes=old.id).files
    run = through(desk.client(Role.FINANCE), desk.client(Role.OWNER), "2026-07")
    with desk.house.work(books.ORGANISATION, read_only=True) as work:
        statement = next(one for one in work.statements.of_run(run) if one.payee == books.LABEL)
        job = work.jobs.newest(1)[0]
    yield (
        desk,
        {
            "{run_id}": run,
            "{file_id}": file.id,
            "{statement_id}": statement.id,
            "{number}": "1",
            "{payee}": books.LABEL,
            "{party_id}": books.LABEL,
            "{source_id}": "believe",
            "{job_id}": job.id,
            "{kind}": "json",
        },
    )
    desk.house.engine.dispose()


BODIES: dict[str, Any] = {
    "PUT /api/v1/usage/sources/{source_id}": books.SOURCE.to_document(),
    "PUT /api/v1/royalties/terms": books.terms(),
    "PUT /api/v1/usage/files/{file_id}/rates": {"rates": {"USD": "0.92"}},
    "POST /api/v1/royalties/runs": {"period": "2026-07"},
    "POST /api/v1/royalties/runs/{run_id}/explanations": {"kind": "no_asset", "why": "asked"},
    "POST /api/v1/royalties/runs/{run_id}/steps": {"to": "posted"},
    "POST /api/v1/royalties/runs/{run_id}/payment-order": PAYER,
    "PUT /api/v1/royalties/holds/{party_id}": {"held": False, "why": "asked"},
    "POST /api/v1/royalties/opening": {"as_of": "2026-06-30", "stated": {"nothing": "1"}},
}
FORMS: dict[str, dict[str, str]] = {
    "POST /runs": {"period": "2026-07"},
    "POST /runs/{run_id}/explain": {"kind": "no_asset", "why": "asked"},
    "POST /runs/{run_id}/payment-order": PAYER,
    "POST /runs/{run_id}/holds/{party_id}": {"held": "no", "why": "asked"},
    "POST /usage/sources": {"id": "believe", "name": "Believe", "services": "Alpha Music = alpha = Alpha Music"},
    "POST /opening/announce": {"as_of": "2026-06-30", "payable": "x"},
}
EMPTY_HANDED = frozenset(
    {
        "POST /api/v1/usage/files", "POST /api/v1/usage/creations", "POST /api/v1/usage/mappings/proposal",
        "POST /api/v1/usage/mappings", "POST /api/v1/royalties/opening", "POST /api/v1/royalties/opening/check",
        "POST /api/v1/royalties/opening/commit", "POST /usage", "POST /usage/mapping", "POST /usage/mapping/confirm",
        "POST /opening/announce", "POST /opening", "POST /usage/creations",
        "POST /api/v1/royalties/registrations/check", "POST /api/v1/royalties/registrations/commit",
        "POST /registering", "PUT /api/v1/usage/files/{file_id}/rates", "POST /usage/files/{file_id}/rates",
    }
)  # fmt: skip
"""Doors that let the right role in and then say what is missing."""
QUERIES = {"GET /api/v1/usage/first-days": f"?recording={books.SONG}&release=2026-07-01"}


def knock(client: TestClient, door: str, filled: dict[str, str]) -> int:
    method, path = door.split(" ")
    for name, value in filled.items():
        path = path.replace(name, value)
    answer = client.request(
        method,
        path + QUERIES.get(door, ""),
        json=BODIES.get(door),
        data=FORMS.get(door),
        headers={"Accept": "text/html"},
    )
    return answer.status_code


@pytest.mark.parametrize("role", list(Role))
def test_every_role_comes_in_where_it_may_and_nowhere_else(filled: tuple[Desk, dict[str, str]], role: Role) -> None:
    desk, parts = filled
    client, wrong = desk.client(role), []
    for door, needs in DOORS.items():
        status = knock(client, door, parts)
        allowed = any(may([role], one) for one in needs)
        of_a_payee = "{statement_id}" in door and not may([role], DOORS["GET /api/v1/royalties/runs"][0])
        if not allowed:
            expected = {403}
        elif of_a_payee:
            expected = {404}
        elif door in EMPTY_HANDED:
            expected = {409, 422}
        else:
            expected = {200, 202, 303}
        if status not in expected:
            wrong.append(f"{role} at {door}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_another_house_sees_nothing_of_it(filled: tuple[Desk, dict[str, str]]) -> None:
    desk, parts = filled
    with desk.house.work("org_next_door") as work:
        service.found_organisation(work.people, "org_next_door", "Next door", books.START)
        person = service.admit(work.people, "org_next_door", "o@next.example", "O", [Role.OWNER], books.START)
        owner = Identity("org_next_door", person.id, frozenset({Role.OWNER}), None, "")
        key, _ = service.give_key(work.people, owner, "k", [Role.OWNER], books.START)
        work.commit()
    client = TestClient(desk.site, ADDRESS, headers={"Authorization": f"Bearer {key}"}, follow_redirects=False)
    named = ("{run_id}", "{file_id}", "{statement_id}", "{job_id}")
    for door in DOORS:
        status = knock(client, door, parts)
        if any(part in door for part in named):
            assert status == 404, f"{door}: {status}"
        elif door.startswith("GET"):
            method, path = door.split(" ")
            text = client.request(method, path.replace("{kind}", "json") + QUERIES.get(door, "")).text
            assert not any(word in text for word in ("Song", "Quay", "Mina", books.LABEL, "no_asset")), door


def test_whoever_is_not_signed_in_finds_no_door_open(filled: tuple[Desk, dict[str, str]]) -> None:
    desk, parts = filled
    client = TestClient(desk.site, ADDRESS, follow_redirects=False)
    for door in DOORS:
        assert knock(client, door, parts) == 401, door


def test_exports_are_csv_and_json(filled: tuple[Desk, dict[str, str]]) -> None:
    desk, parts = filled
    client = desk.client(Role.FINANCE)
    for door in (one for one in DOORS if "{kind}" in one):
        path = door.split(" ")[1]
        for name, value in parts.items():
            if name != "{kind}":
                path = path.replace(name, value)
        assert json.loads(client.get(path.replace("{kind}", "json")).content)
        assert client.get(path.replace("{kind}", "csv")).content.startswith(b"\xef\xbb\xbf")
