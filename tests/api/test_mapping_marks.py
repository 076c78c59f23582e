"""The decimal mark of a mapping, said by a program and on the page: 1,234 is read as its person says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ritornello.messages.dialects import BELIEVE
from ritornello.people.roles import Role
from tests.api.test_money_doors import Desk, open_desk
from tests.messages.test_sheets import sheet_of

OPEN = sheet_of(BELIEVE, {"amount": "1,234"}, {"amount": "2,500"}).replace(b"Net Revenue", b"Net to us")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return open_desk(tmp_path)


def kept(desk: Desk) -> str | None:
    with desk.house.work("org_books", read_only=True) as work:
        (mapping,) = work.usage.mappings()
    return mapping.style


@pytest.mark.parametrize("mark", ["comma", "point"])
def test_a_program_says_the_mark(desk: Desk, mark: str) -> None:
    sent = desk.client(Role.FINANCE).post(
        "/api/v1/usage/mappings",
        data={"name": "ours", "amount": "Net to us", "decimal": mark},
        files={"files": ("b.csv", OPEN)},
    )
    assert sent.status_code == 200, sent.text
    assert kept(desk) == mark


def test_a_person_says_the_mark_on_the_page(desk: Desk) -> None:
    person = desk.client(Role.FINANCE)
    shown = person.post("/usage/mapping", files={"files": ("b.csv", OPEN)})
    assert shown.status_code == 200 and "the comma parts the decimals" in shown.text
    (key,) = re.findall('name="key" value="([^"]+)"', shown.text)
    chosen = dict(re.findall(r'name="(\w+)"><option value="">none</option>.*?<option selected>([^<]+)', shown.text))
    sent = {**chosen, "amount": "Net to us", "key": key, "file": "b.csv", "name": "ours", "decimal": "comma"}
    assert person.post("/usage/mapping/confirm", data=sent).status_code == 303
    assert kept(desk) == "comma"
