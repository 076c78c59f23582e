"""The quarter of `tests.workflows.quarter` over HTTP alone, in a served house: each with a key of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from ritornello.people.roles import Role
from ritornello.proof.signing import TrustedKeys
from ritornello.settings import Settings
from ritornello.statements.proofs import check
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.web.site import create_site
from ritornello.workflows import people_desk
from ritornello.workflows.house import House
from tests.web.conftest import serve
from tests.workflows import quarter
from tests.workflows.books import Moments

PEOPLE = {"olga": Role.OWNER, "fin": Role.FINANCE, "sec": Role.FINANCE, "aud": Role.AUDITOR}
PAYER = {"name": "Quay Records", "iban": "DE02120300000000202051"}


@dataclass
class Office:
    """A served house, its papers, and a client for each of its people."""

    papers: Path
    house: House
    moments: Moments
    address: str
    keys: dict[str, str]
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def call(self, who: str, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """What the interface answers to one of the house's people; documents as JSON, files as bytes."""
        client = self.clients.setdefault(
            who, httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {self.keys[who]}"}, timeout=60)
        )
        answer = client.request(method, f"/api/v1/{path}", **more)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return answer.json() if "json" in answer.headers["content-type"] else answer.content

    def done(self, who: str, path: str, **more: Any) -> Any:
        """The outcome of a job, or why it failed."""
        job = self.call(who, "POST", path, 202, **more)
        while (job := self.call(who, "GET", f"jobs/{job['id']}"))["state"] not in {"done", "failed"}:
            time.sleep(0.1)
        return job["result"] if job["state"] == "done" else job["error"]

    def sent(self, who: str, path: str, name: str, job: bool = True, **fields: str) -> Any:
        files = {"files": (name, (self.papers / name).read_bytes())}
        if job:
            return self.done(who, path, data=fields, files=files)
        return self.call(who, "POST", path, data=fields, files=files)

    def take_in(self, name: str, source: str, **fields: str) -> Any:
        taken = self.sent("fin", "usage/files", name, source=source, **fields)
        assert taken["taken_in"], taken
        return taken

    def run_of(self, period: str) -> str:
        return str(self.done("fin", "royalties/runs", json={"period": period})["run"])

    def through(self, run: str, *, closing: bool = True) -> None:
        """Reviewed by one, approved by another, posted, closed."""
        self.call("fin", "POST", f"royalties/runs/{run}/reviewed")
        for to in ("approved", "posted"):
            self.call("sec", "POST", f"royalties/runs/{run}/steps", json={"to": to})
        if closing:
            assert self.done("sec", f"royalties/runs/{run}/closing")["statements"]

    def statements(self, run: str, what: str = "paid", who: str = "fin") -> dict[str, str]:
        return {one["name"]: one[what] for one in self.call(who, "GET", f"statements?run={run}")}

    def payouts(self, run: str, *what: str) -> dict[str, tuple[str, ...]]:
        return {
            one["name"]: tuple(one[part] for part in what)
            for one in self.call("fin", "GET", f"royalties/runs/{run}/payouts")
        }


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    for name in ("keys", "lake"):
        (tmp_path / name).mkdir()
    house = House(tmp_path, engine, Blobs(str(tmp_path / "blobs")), tmp_path / "lake", tmp_path / "keys")
    quarter.founded(house, PEOPLE)
    keys = {}
    for name in PEOPLE:
        with house.work(quarter.ORGANISATION, read_only=True) as work:
            person = people_desk.person_of(work, f"{name}@quay.example")
        keys[name], _ = people_desk.give_key(house, quarter.ORGANISATION, person, f"{name}'s program", quarter.START)
    moments = Moments(quarter.START)
    settings = Settings(home=tmp_path, _env_file=None)  # type: ignore[call-arg]
    site = create_site(settings, house=house, now=moments)
    for address in serve(site):
        yield Office(quarter.write(tmp_path / "papers"), house, moments, address, keys)
    house.engine.dispose()


def moved_in(office: Office) -> dict[str, str]:
    template = office.call("fin", "GET", "royalties/opening/template")
    quarter.workbook(office.papers / "quay.xlsx", template)
    body = {"as_of": "2026-06-30", "stated": quarter.STATED}
    office.call("fin", "POST", "royalties/opening", json=body)
    assert not office.sent("fin", "royalties/opening/check", "quay.xlsx", job=False)["refused"]
    assert office.sent("sec", "royalties/opening/commit", "quay.xlsx", job=False)["committed"]
    for name, source in quarter.SOURCES.items():
        office.call("fin", "PUT", f"usage/sources/{name}", json=source)
    return quarter.parties(office.house)


def test_a_quarter_over_http(office: Office) -> None:
    office.call("aud", "POST", "royalties/runs", 403, json={"period": "2026-07"})
    parties = moved_in(office)
    licence = quarter.licensed(office.house, parties, office.moments())

    # ── July ──
    office.moments.at = office.moments.at.replace(month=8, day=10)
    wrong = office.sent("fin", "usage/files", "kid-july-wrong.csv", source="kid")
    assert not wrong["taken_in"] and wrong["findings"][0]["row"] == 4
    office.take_in("kid-july.csv", "kid", rates="USD=0.92")
    office.take_in("tube-july.csv", "tube", rates="USD=0.92")
    told = office.sent("fin", "usage/creations", "creations-july.csv", job=False, service="alpha")
    assert (told["new"], told["linked"], len(told["findings"])) == (2, 1, 1)
    office.take_in("alpha-july.zip", "alpha", rates="USD=0.92")
    guessed = office.sent("fin", "usage/mappings/proposal", "bay-july.csv", job=False)
    assert guessed["missing"] == ["title"] and guessed["questions"]
    meant = {**quarter.MAPPING, "name": "bay"}
    sheet = {"files": ("bay-july.csv", (office.papers / "bay-july.csv").read_bytes())}
    refused = office.call("fin", "POST", "usage/mappings", 409, data=meant, files=sheet)
    assert "no column names the service" in refused["detail"]
    office.call("fin", "POST", "usage/mappings", data={**meant, "for_service": "bay"}, files=sheet)
    (bay,) = office.take_in("bay-july.csv", "bay")["files"]
    assert [one["titles"] for one in office.call("fin", "GET", "usage/suspense")] == [["Lantern"]]
    assert "no rate from CHF, USD to EUR is fixed on bay-july.csv" in office.done(
        "fin", "royalties/runs", json={"period": "2026-07"}
    )
    rates = {"rates": {"CHF": "1.05", "USD": "0.92"}}
    office.call("fin", "PUT", f"usage/files/{bay['id']}/rates", json=rates)
    assert "'adjustment', 'ugc'" in office.done("fin", "royalties/runs", json={"period": "2026-07"})
    terms = office.call("fin", "GET", "royalties/terms")["terms"]
    office.call("fin", "PUT", "royalties/terms", json={**terms, "flows": quarter.FLOWS})
    july = office.run_of("2026-07")
    shown = office.call("aud", "GET", f"royalties/runs/{july}")["accounts"]
    assert {kind: amount for kind, amount in shown.items() if kind.startswith("suspense")} == {
        "suspense:no_asset": "7.15",
        "suspense:no_right": "2",
    }
    for kind in ("no_asset", "no_right"):
        body = {"kind": kind, "why": "Lantern is registered in August"}
        office.call("fin", "POST", f"royalties/runs/{july}/explanations", json=body)
    office.call("fin", "POST", f"royalties/runs/{july}/reviewed")
    same = office.call("fin", "POST", f"royalties/runs/{july}/steps", 409, json={"to": "approved"})
    assert "second person" in same["detail"]
    for to in ("approved", "posted"):
        office.call("sec", "POST", f"royalties/runs/{july}/steps", json={"to": to})
    assert office.done("sec", f"royalties/runs/{july}/closing")["statements"] == 5
    assert office.statements(july) == {
        "Mina Holt": "72.79",
        "Quay Records": "940.83",
        "North Masters": "43.44",
        "Nia Fan": "11.04",
        "Cleo Brandt": "0",
    }

    # ── August ──
    office.moments.at = office.moments.at.replace(month=9, day=8)
    looked = office.sent("fin", "royalties/registrations/check", "august-changes.xlsx", job=False)
    assert looked["run_again"] == ["2026-07"]
    office.sent("sec", "royalties/registrations/commit", "august-changes.xlsx", job=False)
    assert [one["found"] for one in office.call("fin", "POST", "usage/rematches")] == [1]
    for name, source, rates in (
        ("kid-august.csv", "kid", "USD=0.90"),
        ("tube-august.csv", "tube", "USD=0.90"),
        ("alpha-august.zip", "alpha", "USD=0.90"),
        ("bay-august.csv", "bay", "CHF=1.06"),
    ):
        office.take_in(name, source, rates=rates)
    again = office.run_of("2026-07")
    review = office.call("aud", "GET", f"royalties/runs/{again}/review")
    assert {one["account"]: one["difference"] for one in review["others"]} == {
        "suspense:no_asset": "-7.15",
        "suspense:no_right": "-2",
    }
    causes = office.call("aud", "GET", f"royalties/runs/{again}/review/{parties['north']}")
    assert "your part is 50 %, 40 % last time" in {one["words"] for one in causes["causes"]}
    office.through(again, closing=False)
    hold = {"held": True, "why": "the bank account is being changed"}
    office.call("sec", "PUT", f"royalties/holds/{parties['quay']}", json=hold)
    august = office.run_of("2026-08")
    assert office.payouts(august, "due", "paid") == {
        "Mina Holt": ("104.4", "104.4"),
        "Quay Records": ("533.02", "0"),
        "North Masters": ("-62.55", "0"),
        "Nia Fan": ("13.5", "13.5"),
    }
    office.through(august)
    order = office.call("sec", "POST", f"royalties/runs/{august}/payment-order", json={**PAYER, "on": "2026-09-15"})
    assert [one.text for one in etree.fromstring(order).iter("{*}InstdAmt")] == ["104.40", "13.50"]

    # ── September ──
    office.moments.at = office.moments.at.replace(month=10, day=8)
    office.sent("sec", "royalties/registrations/commit", "september-changes.xlsx", job=False)
    office.call(
        "sec", "PUT", f"royalties/holds/{parties['quay']}", json={"held": False, "why": "the account is confirmed"}
    )
    office.take_in("kid-july-late.csv", "kid", rates="USD=0.92")
    for name, source in (
        ("kid-september.csv", "kid"),
        ("tube-september.csv", "tube"),
        ("alpha-september.zip", "alpha"),
    ):
        office.take_in(name, source, rates="USD=0.91")
    office.take_in("bay-september.csv", "bay")
    office.through(office.run_of("2026-07"), closing=False)
    september = office.run_of("2026-09")
    office.through(september)
    assert office.statements(september, who="sec") == {
        "Mina Holt": "180.26",
        "Quay Records": "622.3",
        "North Masters": "87.59",
        "Cleo Brandt": "19.52",
        "Nia Fan": "8.19",
    }
    paid = office.call("sec", "GET", f"royalties/runs/{september}/mass-payment").decode("utf-8-sig")
    assert ",Cleo Brandt,cleo@quay.example,19.52,EUR," in paid

    # ── a line is proven, and followed down to the consents ──
    fan = next(one for one in office.call("fin", "GET", f"statements?run={september}") if one["name"] == "Nia Fan")
    assert {one["name"] for one in office.call("aud", "GET", "statements")} == {""}, "an auditor sees no names"
    line = office.call("aud", "GET", f"statements/{fan['id']}/lines/1")
    assert line["rows_add_up"] and [one["file"] for one in line["rows"]] == ["kid-september.csv"]
    assert [one["id"] for one in line["licences"]] == [licence]
    assert {one["holder"] for one in line["consents"]} == {parties[name] for name in ("quay", "mina", "lowell")}
    office.call("aud", "GET", f"statements/{fan['id']}/lines/99", 404)
    proof = httpx.get(
        f"{office.address}/api/v1/statements/{fan['id']}/lines/1/proof",
        headers={"Authorization": f"Bearer {office.keys['aud']}"},
    ).content
    trusted = TrustedKeys.from_document(httpx.get(f"{office.address}/api/v1/keys").json())
    assert check(proof, trusted).holds
    assert json.loads(proof)["line"] == line["line"]
