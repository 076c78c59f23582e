"""Codes to names: the way back from what `territory_code` reads."""

from __future__ import annotations

import pytest

from ritornello.identifiers.territories import ALL
from ritornello.messages import territory_names
from ritornello.messages.territory_names import territory_code, territory_name


@pytest.mark.parametrize(("code", "name"), [("DE", "Germany"), ("GB", "United Kingdom"), ("US", "United States")])
def test_the_first_name_is_shown(code: str, name: str) -> None:
    assert territory_name(code) == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Deutschland", "DE"), ("Allemagne", "DE"), ("Alemania", "DE"), ("Germania", "DE"), ("Schweiz", "CH"),
        ("Suisse", "CH"), ("Svizzera", "CH"), ("Österreich", "AT"), ("OSTERREICH", "AT"), ("Royaume-Uni", "GB"),
        ("Vereinigtes Königreich", "GB"), ("royaume uni", "GB"), ("États-Unis", "US"), ("Etats-Unis", "US"),
        ("Estados Unidos", "US"),
        ("Países Baixos", "NL"), ("Japón", "JP"), ("Türkei", "TR"), (" España ", "ES"), ("Suède", "SE"),
    ],
)  # fmt: skip
def test_places_are_read_in_the_languages_of_large_markets(name: str, code: str) -> None:
    """With and without accents, in any case; a place is never taken for another."""
    assert territory_code(name) == code


@pytest.mark.parametrize("name", ["Atlantis", "Deutsch", "Land", "Norge Sør"])
def test_what_names_no_place_is_none(name: str) -> None:
    assert territory_code(name) is None


def test_no_name_stands_for_two_places() -> None:
    """Each name of the tables leads to the code that it stands beside: none is overwritten by a later one."""
    for table in (territory_names._NAMES, territory_names._IN_OTHER_LANGUAGES):
        for entry in table.replace("\n", "|").strip("|").split("|"):
            code, _, name = entry.strip().partition(" ")
            assert territory_code(name) == code, entry


def test_every_name_reads_back() -> None:
    named = {code: territory_name(code) for code in ALL}
    assert all(name == code or territory_code(name) == code for code, name in named.items())
    assert territory_name("??") == "??"
