"""Style packs: twelve, checked on loading, each with its sources, each unlike every other."""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest

from ritornello.studio.styles import (
    CHECKED,
    LEAST_DIFFERENCE,
    PackError,
    differing_aspects,
    findings,
    groove_cells,
    groove_difference,
    pack,
    packs,
    read,
)

MARKETS = (
    *("afrobeats", "amapiano", "baile_funk", "bhangra", "bossa_nova", "city_pop", "country", "cumbia", "flamenco"),
    *("k_ballad", "reggaeton", "schlager"),
)


def document(name: str = "bossa_nova") -> dict[str, Any]:
    return json.loads((files("ritornello.studio") / "packs" / f"{name}.json").read_text("utf-8"))


def test_there_are_twelve_styles_of_markets() -> None:
    assert [name for name, style in packs().items() if style.market] == sorted(MARKETS)


@pytest.mark.parametrize("name", MARKETS)
def test_each_cites_two_sources_and_has_titles_in_its_market(name: str) -> None:
    style = packs()[name]
    assert style.name == name
    assert len({cited.title for cited in style.sources}) >= 2 and all(cited.gives for cited in style.sources)
    assert len(style.titles) >= 2
    assert style.title_in("xx", "Song").startswith("Song") and style.title_in("en-GB", "Song") != "Song"


@pytest.mark.parametrize(("one", "other"), list(combinations(MARKETS, 2)))
def test_every_two_styles_groove_apart(one: str, other: str) -> None:
    a, b = packs()[one], packs()[other]
    assert groove_difference(a, b) >= LEAST_DIFFERENCE
    assert len(differing_aspects(a, b)) >= 2


@pytest.mark.parametrize("name", sorted(packs()))
def test_verse_chorus_and_fill_are_not_the_same(name: str) -> None:
    drums = packs()[name].drums
    strokes = {part: sum(v > 0 for bars in drums[part].values() for v in bars[0]) for part in drums}
    assert strokes["full"] > strokes["light"] >= strokes["intro"]
    assert dict(drums["fill"]) != dict(drums["full"])


def test_a_style_is_not_different_from_itself() -> None:
    style = pack("cumbia")
    assert groove_difference(style, style) == 0 and differing_aspects(style, style) == ()


def test_cells_are_onsets_of_roles_and_neither_force_nor_another_drum_is_a_difference() -> None:
    plain = document("k_ballad")
    style = read(plain)
    assert len(groove_cells(style)) == 26  # by hand: 6 low, 4 back, 16 time (ride and tambourine fall on the hat)
    softer = document("k_ballad")
    softer["drums"]["full"]["snare"] = ["....1.......1..."]
    softer["drums"]["full"]["clap"] = softer["drums"]["full"].pop("snare")
    assert groove_difference(style, read(softer)) == 0
    shifted = document("k_ballad")
    shifted["drums"]["full"]["snare"] = [".....8.......8.."]
    # the four strokes of two bars are at other places: eight cells of those that either has
    assert groove_difference(style, read(shifted)) == pytest.approx(8 / (len(groove_cells(style)) + 4))


def test_a_pack_that_takes_over_another_groove_is_caught() -> None:
    copied = {**document("schlager"), "drums": {**document("schlager")["drums"], "full": document()["drums"]["full"]}}
    copied["drums"]["full"]["hat"] = ["5.3.5.3.5.3.5..."]  # one stroke left out hides nothing
    assert groove_difference(read(copied), pack("bossa_nova")) < LEAST_DIFFERENCE
    same_band = {**document("schlager"), "bass": document()["bass"], "band": document()["band"]}
    assert differing_aspects(read(same_band), pack("bossa_nova")) == ()


@pytest.mark.parametrize("name", MARKETS)
def test_one_source_of_each_rhythm_was_read(name: str) -> None:
    told = [cited.checked for cited in packs()[name].sources]
    assert "read" in told
    assert set(told) <= set(CHECKED)
    unread = {**document(name), "sources": [{**row, "checked": "named"} for row in document(name)["sources"]]}
    assert [finding.where for finding in findings(unread)] == ["sources"]


BROKEN: list[tuple[str, Any, str]] = [
    ("sources", [], "sources"),
    ("titles", {"en": "Song"}, "titles.en"),
    ("tempo", [200, 100, 150], "tempo"),
    ("colour", "blue", "colour"),
    ("swing", [4, 10], "swing"),
    ("timing", [0], "timing"),
    ("crash", "gong", "crash or lag"),
    ("metre", 7, "metre"),
]


@pytest.mark.parametrize(("name", "value", "where"), BROKEN)
def test_a_pack_that_makes_no_sense_is_told_where(name: str, value: object, where: str) -> None:
    broken = {**document(), name: value}
    assert where in {finding.where for finding in findings(broken)}
    with pytest.raises(PackError, match="bossa_nova"):
        read(broken)


def test_strokes_and_bars_are_checked() -> None:
    broken = document()
    broken["drums"]["full"]["kick"] = ["x..."]
    broken["drums"]["full"]["gong"] = ["9..............."]
    broken["bass"]["full"] = [[[0, 4, "77", 90]]]
    broken["band"][0]["patch"] = "kazoo"
    wheres = {finding.where for finding in findings(broken)}
    assert {"drums.full.kick", "drums.full.gong", "bass.full[0]", "band[0].patch"} <= wheres


def test_missing_and_unknown_fields_are_told() -> None:
    broken = document()
    del broken["bass"]
    broken["volume"] = 11
    assert {finding.where for finding in findings(broken)} == {"bass", "volume"}


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_what_is_no_pack_is_refused(text: str) -> None:
    with pytest.raises(PackError):
        read(text)


def test_an_unknown_style_names_those_there_are() -> None:
    with pytest.raises(PackError, match="bossa_nova"):
        pack("polka")
