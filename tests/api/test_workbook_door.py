"""A report as XLSX over the interface and by command: mapped, taken in, refused the second time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritornello.people.roles import Role
from tests.api.test_money_doors import ONE, TWO, Desk, open_desk
from tests.usage.workbook_reports import as_workbook, cells_of, workbook
from tests.workflows import books


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.house.engine.dispose()


def result(desk: Desk, path: Path, **fields: str) -> dict[str, object]:
    job = desk.send(path, **fields).json()
    told = desk.client(Role.FINANCE).get(f"/api/v1/jobs/{job['id']}").json()
    assert told["state"] == "done", told
    return dict(told["result"])


def test_a_workbook_is_taken_in_once(desk: Desk) -> None:
    path = desk.folder / "july.xlsx"
    path.write_bytes(as_workbook(books.report(desk.folder / "july.csv", [ONE, TWO]).read_bytes(), "July"))
    first = result(desk, path)
    assert first["taken_in"] and first["files"][0]["name"] == "july.xlsx, sheet July"  # type: ignore[index]
    (file,) = desk.client(Role.FINANCE).get("/api/v1/usage/files").json()
    assert (file["rows"], file["matched_rows"], file["receipts"][0]["total"]) == (2, 2, "840")
    again = result(desk, path)
    assert not again["taken_in"] and again["findings"][0]["code"] == "already_taken_in"  # type: ignore[index]


def test_a_workbook_that_nobody_knows_is_mapped(desk: Desk) -> None:
    plain = books.report(desk.folder / "new.csv", [ONE, TWO]).read_bytes()
    rows = cells_of(plain.replace(b"Net Revenue", b"Net to us"))
    path = desk.folder / "new.xlsx"
    path.write_bytes(workbook(("Cover", [["Dear label"]]), ("August", rows)))
    finance = desk.client(Role.FINANCE)
    assert result(desk, path)["findings"][0]["code"] == "unknown_sheet"  # type: ignore[index]
    sheet = {"files": (path.name, path.read_bytes())}
    proposal = finance.post("/api/v1/usage/mappings/proposal", files=sheet).json()
    assert "worksheet August" in proposal["questions"][0]
    kept = finance.post("/api/v1/usage/mappings", files=sheet, data={"name": "new", "amount": "Net to us"})
    assert kept.status_code == 200, kept.text
    refused = result(desk, path)
    assert [one["code"] for one in refused["findings"]] == ["unknown_worksheet"]  # type: ignore[index, attr-defined]
    assert result(desk, path, accept="unknown_worksheet")["taken_in"]
    broken = finance.post("/api/v1/usage/mappings/proposal", files={"files": ("b.xlsx", path.read_bytes()[:900])})
    assert broken.status_code == 409 and "cannot be opened as XLSX" in broken.json()["detail"]
