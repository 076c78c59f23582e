"""What is on file beside offers, as somebody types it: blankets, standings, rule files, past days, generations."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import RightType
from ritornello.catalogue.shares import ShareRow, sheet
from ritornello.consent.errors import ConsentError
from ritornello.identifiers.territories import WORLD
from ritornello.workflows.demo import answers, cast
from tests.cli.conftest import Desk
from tests.consent.test_rules import shipped_document
from tests.web.house import ORIGINAL_ID, PLAN, REMIX_ID

LATER = "2026-06-16T10:00:00"
BLANKET = {
    "id": "slc_gamma",
    "service": "gamma",
    "rights": ["C_MECH", "C_PERF"],
    "territories": "DE",
    "acts": ["publish", "monetise"],
    "valid_from": "2026-01-01",
    "valid_until": "2027-01-01",
    "evidence_sha256": "ab" * 32,
}


def request(desk: Desk, **changes: Any) -> dict[str, Any]:
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        original = work.catalogue.recording(ORIGINAL_ID)
    assert original is not None
    made = answers.remix_request(original, replace(PLAN, tempo_permille=50)).to_document()
    return {**made, "territories": "DE", **changes}


def codes(told: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["code"], one["holder"]) for one in told["reasons"]}


def test_a_blanket_counts_once_it_is_on_file_and_only_while_it_lasts(desk: Desk) -> None:
    question = request(desk, services=["gamma"], acts=["publish"])
    file = desk.file("q.json", {**question, "at": "2026-06-16T11:00:00.000000Z"})
    assert "BLANKET_LICENCE" not in {code for code, _ in codes(desk.told("consent", "check", file))}
    made = desk.run("consent", "blanket", desk.file("b.json", BLANKET), "--at", LATER)
    assert "C_MECH, C_PERF on gamma in DE" in made.stdout, made.exception
    assert "BLANKET_LICENCE" in {code for code, _ in codes(desk.told("consent", "check", file))}
    after = desk.file("q2.json", {**question, "at": "2027-01-01T11:00:00.000000Z"})
    assert "BLANKET_LICENCE" not in {code for code, _ in codes(desk.told("consent", "check", after))}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"territories": "Atlantis"}, "service_licence"),
        ({"rights": ["X"]}, "rights"),
        ({"acts": ["sing"]}, "acts"),
        ({"valid_until": "2025-01-01"}, "valid_until"),
        ({"valid_from": "soon"}, "service_licence"),
        ({"evidence_sha256": "abc"}, "evidence_sha256"),
        ({"mood": 1}, "mood"),
    ],
)
def test_a_wrong_blanket_names_its_field(desk: Desk, change: dict[str, Any], field: str) -> None:
    failed = desk.run("consent", "blanket", desk.file("b.json", {**BLANKET, **change})).exception
    assert isinstance(failed, ConsentError)
    assert [one.field for one in failed.findings] == [field]
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        assert not [one for one in work.consent.service_licences(cast.RUN_ON) if one.service == "gamma"]


def test_a_minors_own_answer_is_not_enough_and_an_estates_representative_is(desk: Desk) -> None:
    proof = desk.file("proof.txt", "a birth certificate")
    asked = desk.file("q.json", request(desk, at="2026-06-17T11:00:00.000000Z"))
    assert desk.told("consent", "check", asked)["outcome"] == "allow"
    for standing, missing in (("minor", True), ("person", False), ("estate", False)):
        at = {"minor": "2026-06-16T01:00:00", "person": "2026-06-16T02:00:00", "estate": "2026-06-16T03:00:00"}[
            standing
        ]
        done = desk.run("consent", "standing", cast.WRITER_A, standing, "--evidence", proof, "--at", at)
        assert done.exit_code == 0, done.exception
        told = codes(desk.told("consent", "check", asked))
        assert (("GUARDIAN_MISSING", cast.WRITER_A) in told) is missing, standing
    before = desk.told("consent", "check", asked, "--then", "2026-06-16T01:30:00")
    assert ("GUARDIAN_MISSING", cast.WRITER_A) in codes(before), "a past moment knows what was known then"
    for party, standing, field in ((cast.WRITER_A, "ghost", "standing"), ("pty_nobody", "minor", "party")):
        failed = desk.run("consent", "standing", party, standing, "--evidence", proof).exception
        assert isinstance(failed, ConsentError)
        assert failed.findings[0].field == field


def test_a_derivative_of_a_derivative_is_one_and_asks_everybody_above(desk: Desk) -> None:
    told = desk.told("consent", "check", desk.file("q.json", request(desk, sources=[REMIX_ID], depth=1)))
    assert told["request"]["depth"] == 2, "whatever its maker says of it"
    found = codes(told)
    assert {code for code, _ in found} & {"CHAIN_NOT_ALLOWED", "CHAIN_TOO_DEEP"}
    assert {holder for _, holder in found} >= {cast.LABEL, cast.WRITER_A, cast.WRITER_B}
    with desk.house.work(cast.ORGANISATION) as work:
        rows = [ShareRow(cast.PRODUCER, Fraction(1), WORLD)]
        catalogue.record_sheet(work.catalogue, sheet(REMIX_ID, RightType.MASTER, rows, recorded_at=cast.ASKED))
        work.commit()
    later = request(desk, sources=[REMIX_ID], at="2026-06-20T11:00:00.000000Z")
    owned = desk.told("consent", "check", desk.file("q.json", later))
    of_master = {(one["code"], one["holder"]) for one in owned["reasons"] if one["right"] == "M_USE"}
    assert ("HOLDER_SILENT", cast.PRODUCER) in of_master, "who owns the remix"
    assert cast.LABEL in {holder for _, holder in of_master}, "and who owns the original"
    plain = desk.told("consent", "check", desk.file("o.json", request(desk)))
    assert plain["request"]["depth"] == 1
    assert not {code for code, _ in codes(plain)} & {"CHAIN_NOT_ALLOWED", "CHAIN_TOO_DEEP"}


def test_what_was_allowed_on_a_past_day_has_an_answer(desk: Desk) -> None:
    asked = desk.file("q.json", request(desk, at="2026-06-20T11:00:00.000000Z"))
    assert desk.told("consent", "check", asked)["outcome"] == "allow"
    stop = ["consent", "stop", "--asset", ORIGINAL_ID, "--by", cast.LABEL, "--at", "2026-06-18T00:00:00"]
    assert desk.run(*stop).exit_code == 0
    now = desk.run("consent", "check", asked)
    assert now.exit_code == 1
    assert "KILL_SWITCH" in now.stdout
    then = desk.run("consent", "check", asked, "--then", "2026-06-17T00:00:00")
    assert then.exit_code == 0, then.stdout
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        assert work.consent.decision(then.stdout.split()[0]) is None, "looking back keeps nothing"


def test_a_rule_file_is_held_against_the_licences_and_then_put_in_force(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = desk.told("consent", "rules")
    assert told["version"] == shipped_document()["version"]
    same = desk.run("consent", "rules", desk.file("same.json", shipped_document()), "--at", LATER)
    assert same.exit_code == 0, same.exception
    assert "0 would be decided otherwise" in same.stdout
    stricter = deepcopy(shipped_document())
    for right in ("P_MORAL", "A_MORAL"):
        stricter["grants"][f"{right}|US"]["default"] = "ASK"
    stricter["types"]["REMIX"] = sorted({*stricter["types"]["REMIX"], "VOICE"})
    stricter["version"] = "2027-01"
    file = desk.file("stricter.json", stricter)
    found = desk.told("consent", "rules", file, "--at", LATER)
    (one,) = found["affected"]
    assert one["outcome"] == "deny"
    assert "HOLDER_SILENT" in one["reasons"] or "VOICE_NOT_ALLOWED" in one["reasons"]
    asked = desk.file("q.json", request(desk))
    before = desk.told("consent", "check", asked)
    monkeypatch.setenv("RITORNELLO_RIGHTS_RULES", str(file))
    after = desk.told("consent", "check", asked)
    assert (before["outcome"], after["outcome"]) == ("allow", "deny")
    assert after["rules"]["version"] == "2027-01"


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda d: d["types"].pop("REMIX"), "types.REMIX"),
        (lambda d: d["grants"]["M_USE|DE"].update(default="MAYBE"), "grants.M_USE|DE.default"),
        (lambda d: d["grants"].pop("M_USE|DE"), "grants.M_USE|DE"),
        (lambda d: d["blanket_acts"].append("make"), "blanket_acts"),
        (lambda d: d.update(dated="soon"), "dated"),
        (lambda d: d["switches"].update(all_in=True), "switches.all_in"),
    ],
)
def test_a_wrong_rule_file_names_its_field(desk: Desk, spoil: Any, field: str) -> None:
    document = deepcopy(shipped_document())
    spoil(document)
    failed = desk.run("consent", "rules", desk.file("rules.json", document)).exception
    assert isinstance(failed, ConsentError)
    assert [one.field for one in failed.findings] == [field]
    broken = desk.run("consent", "rules", desk.file("broken.json", "{")).exception
    assert isinstance(broken, ConsentError)
    assert broken.findings[0].field == "rules"
