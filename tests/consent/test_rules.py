"""The rights rules as data: the published vectors, and every way in which a rule file can be wrong."""

from __future__ import annotations

import json
from copy import deepcopy
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from ritornello.consent.codes import RIGHTS, TYPES
from ritornello.consent.errors import ConsentError
from ritornello.consent.rules import CoOwner, Default, RightsRules, shipped

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "rights_rules.json").read_text(encoding="utf-8"))


def shipped_document() -> dict[str, Any]:
    text = resources.files("ritornello.consent").joinpath("data/rights_rules.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.mark.parametrize("key", list(VECTORS["vectors"]))
def test_the_raw_lookup_agrees_with_the_vectors(key: str) -> None:
    name, territories, conditioned, video = key.split("|")
    found = shipped().lookup(
        [name], territories.split("+"), conditioned=conditioned == "cond=1", video=video == "video=1"
    )
    assert {right: list(row) for right, row in found.items()} == VECTORS["vectors"][key]


def test_the_shipped_rows_are_those_of_the_vectors() -> None:
    rules = shipped()
    assert set(rules.types) == set(TYPES)
    assert not rules.reviewed
    for key, row in VECTORS["grants"].items():
        right, zone = key.split("|")
        rule = rules.rule(right, zone)
        assert (rule.default, rule.co_owner, rule.note) == (row["default"], row["co_owner"], row["note"])
    assert {name: sorted(rights) for name, rights in rules.types.items()} == {
        name: sorted(rights) for name, rights in VECTORS["types"].items()
    }


def test_territories_without_rows() -> None:
    rules = shipped()
    assert [rules.zone(t) for t in ("DE", "AT", "BO", "US")] == ["DE", "EU", "*", "US"]
    assert rules.rule("M_USE", "*")[2:4] == (Default.DENY, CoOwner.ALL)
    assert rules.rule("C_MECH", "*").default is Default.DENY
    assert rules.rule("A_MORAL", "*").default is Default.ASK
    union = 0
    for mask in rules.zone_masks.values():
        assert not union & mask, "a territory is in one zone"
        union |= mask
    assert union.bit_count() == 250


def test_what_the_recording_and_video_add() -> None:
    rules = shipped()
    assert "M_USE" not in rules.rights_of(["REHARMONISE"])
    assert {"M_USE", "P_ECON", "P_MORAL"} <= set(rules.rights_of(["REHARMONISE"], conditioned_on_master=True))
    assert "C_SYNC" in rules.rights_of(["COVER_SAME"], video=True)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("source",), "", "source"),
        (("reviewed",), "no", "reviewed"),
        (("dated",), "July", "dated"),
        (("types", "POLKA"), ["M_USE"], "types.POLKA"),
        (("types", "REMIX"), ["M_UES"], "types.REMIX"),
        (("grants", "M_USE|DE", "default"), "MAYBE", "grants.M_USE|DE.default"),
        (("grants", "M_USE|DE", "co_owner"), "some", "grants.M_USE|DE.co_owner"),
        (("grants", "M_USE|DE", "default"), "BLANKET", "grants.M_USE|DE.default"),
        (("acts", "make"), ["M_UES"], "acts.make"),
        (("blanket_acts",), ["make"], "blanket_acts"),
        (("switches", "anything"), True, "switches.anything"),
    ],
)
def test_a_wrong_file_is_refused_with_the_field(path: tuple[str, ...], value: Any, field: str) -> None:
    document = deepcopy(shipped_document())
    inner = document
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    with pytest.raises(ConsentError) as caught:
        RightsRules.from_document(document)
    assert field in [finding.field for finding in caught.value.findings]


@pytest.mark.parametrize("name", ["version", "dated", "source", "reviewed", "types", "grants", "acts", "switches"])
def test_nothing_may_be_missing(name: str) -> None:
    document = shipped_document()
    del document[name]
    with pytest.raises(ConsentError, match=name):
        RightsRules.from_document(document)


def test_a_territory_has_a_row_for_every_right(tmp_path: Path) -> None:
    document = shipped_document()
    del document["grants"]["VOICE|JP"]
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ConsentError, match=r"VOICE\|JP"):
        RightsRules.load(path)
    assert all(f"{right}|DE" in document["grants"] for right in RIGHTS)
