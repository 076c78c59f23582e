"""A house is founded and people are let in by commands alone; who may not, may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ritornello.cli.main import app

OWNER, FINANCE = "ada@quay.example", "fay@quay.example"


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RITORNELLO_HOME", str(tmp_path / "house"))


def test_a_house_from_nothing_to_its_finance_person() -> None:
    assert "there is no house here yet: found one" in str(run("usage", "sources").exception)
    first = run("house", "found", "Quay Records", "--owner", OWNER)
    assert first.exit_code == 0 and "Quay Records" in first.output
    assert run("house", "found", "Quay Records", "--owner", OWNER).output == first.output
    assert run("house", "admit", FINANCE, "--role", "finance", "--name", "Fay", "--by", OWNER).exit_code == 0
    assert json.loads(run("house", "members", "--json").output) == [
        {"email": OWNER, "name": OWNER, "roles": "owner", "keys": "", "party": "", "paid as": ""},
        {"email": FINANCE, "name": "Fay", "roles": "finance", "keys": "", "party": "", "paid as": ""},
    ]
    run("house", "admit", FINANCE, "--role", "finance", "--role", "distributor", "--by", OWNER)
    assert json.loads(run("house", "members", "--json").output)[1]["roles"] == "distributor, finance"
    assert run("usage", "sources").output == "nobody is recorded as a source yet\n"


def test_somebody_is_withdrawn_and_the_last_owner_stays() -> None:
    run("house", "found", "Quay Records", "--owner", OWNER)
    run("house", "admit", FINANCE, "--role", "finance", "--name", "Fay", "--by", OWNER)
    link = run("house", "link", FINANCE, "--by", OWNER)
    assert link.exit_code == 0 and "/sign-in/ritl_" in link.output
    assert "does not let them manage people" in str(run("house", "withdraw", OWNER, "--by", FINANCE).exception)
    assert run("house", "withdraw", FINANCE, "--by", OWNER).exit_code == 0
    assert "nobody with the e-mail" in str(run("house", "withdraw", FINANCE, "--by", OWNER).exception)
    assert "the only owner" in str(run("house", "withdraw", OWNER, "--by", OWNER).exception)
    assert "the only owner" in str(run("house", "admit", OWNER, "--role", "fan", "--by", OWNER).exception)
    assert [one["email"] for one in json.loads(run("house", "members", "--json").output)] == [OWNER]
    acts = json.loads(run("house", "acts", "--json").output)
    assert [(one["who"], one["act"], one["subject"], one["details"]) for one in acts] == [
        (OWNER, "house.withdraw", "Fay", "roles: finance"),
        (OWNER, "house.link", "Fay", ""),
        (OWNER, "house.admit", "Fay", "roles: finance"),
    ]


def members() -> dict[str, dict[str, str]]:
    return {one["email"]: one for one in json.loads(run("house", "members", "--json").output)}


def test_a_fan_is_a_party_and_a_manager_is_paid_as_another() -> None:
    run("house", "found", "Quay Records", "--owner", OWNER)
    run("house", "admit", "kit@quay.example", "--role", "fan", "--name", "Kit", "--by", OWNER)
    run("house", "admit", "max@quay.example", "--role", "payee", "--name", "Max", "--by", OWNER)
    kit = members()["kit@quay.example"]
    assert kit["party"] and kit["paid as"] == "Kit"
    linked = run("house", "paid-as", "max@quay.example", "Kit", "--by", OWNER)
    assert linked.output == f"max@quay.example: paid as Kit ({kit['party']})\n"
    assert members()["max@quay.example"]["party"] == kit["party"]
    assert "is no party" in str(run("house", "paid-as", "max@quay.example", "Kate", "--by", OWNER).exception)
    told = run("house", "erase", "max@quay.example", "--keep-payee", "--by", OWNER)
    assert "would be erased" in told.output and f"nothing of Kit ({kit['party']})" in told.output
    assert "max@quay.example" in members(), "only told"
    run("house", "erase", "max@quay.example", "--keep-payee", "--commit", "--by", OWNER)
    assert set(members()) == {OWNER, "kit@quay.example"} and members()["kit@quay.example"]["paid as"] == "Kit"
    run("house", "paid-as", "kit@quay.example", "nobody", "--by", OWNER)
    assert members()["kit@quay.example"]["party"] == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("admit", FINANCE, "--role", "king", "--by", OWNER), "--role king: there are owner"),
        (("admit", "fay", "--role", "finance", "--by", OWNER), "is no e-mail address"),
        (("admit", FINANCE, "--role", "finance", "--by", FINANCE), "nobody with this e-mail"),
        (("found", " ", "--owner", OWNER), "needs a name"),
    ],
)
def test_what_cannot_be_is_told(words: tuple[str, ...], told: str) -> None:
    run("house", "found", "Quay Records", "--owner", OWNER)
    result = run("house", *words)
    assert result.exit_code == 1 and told in str(result.exception)
    assert len(json.loads(run("house", "members", "--json").output)) == 1
