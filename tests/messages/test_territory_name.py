"""Codes to names: the way back from what `territory_code` reads."""

from __future__ import annotations

import pytest

from ritornello.identifiers.territories import ALL
from ritornello.messages.territory_names import territory_code, territory_name


@pytest.mark.parametrize(("code", "name"), [("DE", "Germany"), ("GB", "United Kingdom"), ("US", "United States")])
def test_the_first_name_is_shown(code: str, name: str) -> None:
    assert territory_name(code) == name


def test_every_name_reads_back() -> None:
    named = {code: territory_name(code) for code in ALL}
    assert all(name == code or territory_code(name) == code for code, name in named.items())
    assert territory_name("??") == "??"
