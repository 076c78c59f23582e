"""Registering what is new over the interface: looked at, held to what was seen, written, and paid by the next run."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from ritornello.catalogue.model import RightType
from ritornello.people.roles import Role
from tests.api.test_money_doors import ONE, Desk, open_desk, settled
from tests.workflows import books

CHECK, COMMIT = "/api/v1/royalties/registrations/check", "/api/v1/royalties/registrations/commit"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.house.engine.dispose()


def splits(label: str = "75 %", rival: str = "25 %") -> list[tuple[str, tuple[str, bytes]]]:
    parts = ((books.LABEL, label), (books.RIVAL, rival))
    rows = [f"{books.ISRCS[books.SONG]},master,{party},{share},2026-07-01" for party, share in parts]
    return [("files", ("splits.csv", "\n".join(["asset,right,party,share,from", *rows]).encode()))]


def test_a_split_corrected_backwards_is_seen_written_and_paid(desk: Desk) -> None:
    finance, owner = desk.client(Role.FINANCE), desk.client(Role.OWNER)
    first = settled(desk, "2026-07", [ONE])
    agreed = {"agreed": "yes"}
    looked = finance.post(CHECK, files=splits(), data=agreed).json()
    assert not looked["refused"] and not looked["committed"]
    assert looked["run_again"] == ["2026-07"]
    (change,) = looked["changes"]
    assert (change["before"], change["after"]) == ("Quay Records 100 %", "Quay Records 75 %, Second Label 25 %")
    assert finance.post(CHECK, files=splits(), data=agreed).json() == looked  # looking kept nothing

    # held to what was seen: other sheets are not written under it, and none at all once the house has moved
    other = owner.post(COMMIT, files=splits("50 %", "50 %"), data={**agreed, "effect": looked["effect"]}).json()
    assert not other["committed"] and other["effect"] != looked["effect"]
    done = owner.post(COMMIT, files=splits(), data={**agreed, "effect": looked["effect"]}).json()
    assert done["committed"] and done["run_again"] == ["2026-07"]
    again = owner.post(COMMIT, files=splits(), data={**agreed, "effect": looked["effect"]}).json()
    assert not again["committed"] and again["changes"] == []

    job = finance.post("/api/v1/royalties/runs", json={"period": "2026-07"}).json()
    run = finance.get(f"/api/v1/jobs/{job['id']}").json()["result"]["run"]
    shown = finance.get(f"/api/v1/royalties/runs/{run}").json()
    assert shown["restates"] == first
    assert shown["changes"][f"payable:{books.RIVAL}:direct"] == "200"  # a quarter of 800


def test_what_is_wrong_is_told_by_file_sheet_row_and_field_and_nothing_is_written(desk: Desk) -> None:
    book = openpyxl.Workbook()
    first = book.worksheets[0]
    first.title = "splits"
    first.append(["asset", "right", "party", "share"])
    first.append(["DEAB12699999", "master", "Z9", 1])
    second = book.create_sheet("balances")
    second.append(["balance", "party", "contract", "amount"])
    second.append(["unrecouped", books.ARTIST, "con_none", 12.5])
    second.append(["payable", books.ARTIST, "con_artist", 3])
    out = io.BytesIO()
    book.save(out)
    told = desk.client(Role.OWNER).post(COMMIT, files=[("files", ("new.xlsx", out.getvalue()))]).json()
    assert told["refused"] and not told["committed"]
    found = {(one["file"], one["row"], one["field"]): one["message"] for one in told["findings"]}
    assert "is no ISRC" in found["new.xlsx, sheet splits", 2, "asset"]
    assert "Z9 stands in no row of the payees" in found["new.xlsx, sheet splits", 2, "party"]
    assert "there is no contract con_none" in found["new.xlsx, sheet balances", 2, "contract"]
    assert "belongs to moving in" in found["new.xlsx, sheet balances", 3, "balance"]
    with desk.house.work(books.ORGANISATION, read_only=True) as work:
        assert len(work.catalogue.shares_of(books.SONG, RightType.MASTER)) == 1


def test_a_sheet_of_no_kind_and_no_sheet_are_each_one_sentence(desk: Desk) -> None:
    owner = desk.client(Role.OWNER)
    (finding,) = owner.post(CHECK, files=[("files", ("notes.csv", b"remember,the milk\n1,2\n"))]).json()["findings"]
    assert "these are not the columns of an opening sheet" in finding["message"]
    assert owner.post(CHECK).status_code == 422
    assert desk.client(Role.DISTRIBUTOR).post(CHECK, files=splits()).status_code == 403
