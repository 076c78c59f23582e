"""Rates of exchange over the interface: what is missing, fixed after the fact, and corrected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritornello.people.roles import Role
from tests.api.test_money_doors import ONE, Desk, open_desk, through
from tests.workflows import books


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.house.engine.dispose()


def in_dollars(desk: Desk) -> str:
    """A report of 800 dollars without a rate, taken in; its id."""
    path = books.report(desk.folder / "usd.csv", [ONE])
    path.write_text(path.read_text().replace("EUR", "USD"))
    finance = desk.client(Role.FINANCE)
    job = desk.send(path).json()
    (file,) = finance.get(f"/api/v1/jobs/{job['id']}").json()["result"]["files"]
    return str(file["id"])


def test_a_rate_is_missing_then_fixed_then_corrected(desk: Desk) -> None:
    finance, owner, file = desk.client(Role.FINANCE), desk.client(Role.OWNER), in_dollars(desk)
    address = f"/api/v1/usage/files/{file}/rates"
    (lacks,) = finance.get("/api/v1/usage/rates?missing=true").json()
    assert (lacks["file"], lacks["currency"], lacks["total"], lacks["rate"]) == (file, "USD", "800", None)
    done = finance.put(address, json={"rates": {"USD": "0.9"}, "provider": "the bank", "day": "2026-07-31"}).json()
    assert done["run_again"] == []
    assert done["rates"] == [
        {**lacks, "rate": "0.9", "day": "2026-07-31", "provider": "the bank", "fixed": True},
    ]
    assert finance.get("/api/v1/usage/rates?missing=true").json() == []
    first = through(finance, owner, "2026-07")
    assert finance.get(f"/api/v1/royalties/runs/{first}").json()["received"] == "720"
    assert finance.put(address, json={"rates": {"USD": "0.95"}}).json()["run_again"] == ["2026-07"]
    job = finance.post("/api/v1/royalties/runs", json={"period": "2026-07"}).json()
    again = finance.get(f"/api/v1/jobs/{job['id']}").json()["result"]["run"]
    shown = finance.get(f"/api/v1/royalties/runs/{again}").json()
    assert (shown["restates"], shown["received"]) == (first, "760")


def test_wrong_rates_are_each_told_and_only_whoever_runs_fixes_them(desk: Desk) -> None:
    finance, file = desk.client(Role.FINANCE), in_dollars(desk)
    address = f"/api/v1/usage/files/{file}/rates"
    wrong = finance.put(address, json={"rates": {"USD": "0,9", "QQQ": "1"}})
    assert wrong.status_code == 422
    assert all(one in wrong.json()["detail"] for one in ("USD=0,9", "QQQ=1", "write USD=0.92"))
    strange = finance.put(address, json={"rates": {"GBP": "1.2"}})
    assert strange.status_code == 409 and "reports no GBP" in strange.json()["detail"]
    assert finance.put("/api/v1/usage/files/fil_none/rates", json={"rates": {"USD": "1"}}).status_code == 404
    assert desk.client(Role.DISTRIBUTOR).put(address, json={"rates": {"USD": "1"}}).status_code == 403
    assert len(desk.client(Role.DISTRIBUTOR).get("/api/v1/usage/rates").json()) == 1


def test_a_delivery_is_valued_in_the_currency_of_the_terms(desk: Desk) -> None:
    with desk.house.work(books.ORGANISATION) as work:
        work.royalty.add_terms({**books.terms(), "currency": "CHF"}, desk.moments(), "per_one")
        work.commit()
    path = books.report(desk.folder / "eur.csv", [ONE])
    job = desk.send(path, rates="EUR=0.94").json()
    finance = desk.client(Role.FINANCE)
    assert finance.get(f"/api/v1/jobs/{job['id']}").json()["result"]["taken_in"]
    (one,) = finance.get("/api/v1/usage/rates").json()
    assert (one["currency"], one["rate"], one["fixed"]) == ("EUR", "0.94", True)
