"""What-if questions on the command line: a scenario, its schema, and past periods under changed terms."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ritornello.catalogue.lineage import Graph
from ritornello.catalogue.model import Recording, RightType
from ritornello.cli.main import app
from ritornello.workflows.house import House, open_house
from tests.royalty.golden import golden_scenario
from tests.royalty.test_terms import base
from tests.workflows import books

DOCS = Path(__file__).parents[2] / "docs"
REMIX = "rec_remix"


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def file(folder: Path, document: Any, name: str = "scenario.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_scenario_is_told_in_words_with_its_steps(tmp_path: Path) -> None:
    told = run("royalties", "simulate", file(tmp_path, base(terms={"platform_fees": [{"rate": "0.3"}]})))
    assert told.exit_code == 0, told.output
    assert "cleared:platform_fee:alpha" in told.output and "payable:artist:deal" in told.output
    assert "30 % of the gross stays with alpha" in told.output
    assert "payout fan: 70 EUR" in told.output


def test_the_engines_give_one_digest(tmp_path: Path) -> None:
    path = file(tmp_path, golden_scenario())
    digests = {
        json.loads(run("royalties", "simulate", path, "--json", "--engine", name).stdout)["digest"]
        for name in ("memory", "duckdb")
    }
    assert len(digests) == 1
    assert "choose one of duckdb, spark" in str(run("royalties", "simulate", path, "--engine", "oracle").exception)
    assert "a master goes with" in str(
        run("royalties", "simulate", path, "--engine", "duckdb", "--master", "yarn").exception
    )


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    document = base()
    document["usage"][0]["amount"] = 1.5
    document["terms"]["payes"] = []
    told = run("royalties", "simulate", file(tmp_path, document))
    assert told.exit_code == 1
    assert "scenario.usage[0].amount" in told.output and "2 findings" in str(told.exception)
    assert "scenario.terms.payes: unknown term; did you mean 'payees'?" in f"{told.output}{told.exception}"


def test_the_published_schemas_are_those_of_the_command() -> None:
    for name, more in (("scenario", ()), ("history", ("--history",))):
        told = run("royalties", "schema", *more)
        assert json.loads(told.stdout) == json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    home = tmp_path / "house"
    monkeypatch.setenv("RITORNELLO_HOME", str(home))
    made = open_house(
        home=home,
        database_url=f"sqlite:///{home / 'records.sqlite'}",
        blob_url=str(home / "blobs"),
        lake=home / "lake",
        key_folder=home / "keys",
    )
    books.found(made)
    with made.work(books.ORGANISATION) as work:
        at = datetime(2026, 6, 1, tzinfo=UTC)
        work.catalogue.save_recording(
            Recording(REMIX, "Remix", isrc="DEAB12600009", kind="derivative", derivative_type="REMIX")
        )
        edges = Graph().fan_share_edges(
            REMIX, {books.SONG: 1}, fan_share=Fraction(1, 10), licence_id="lic_remix", right_type=RightType.MASTER
        )
        work.catalogue.add_edges(edges, at)
        licence = {"id": "lic_remix", "derivative": REMIX, "maker": "pty_fan", "fan_share": "0.1"}
        work.royalty.add_terms(books.terms(licences=[licence]), books.START, "per_finance")
        work.commit()
    plays = [("Song", books.ISRCS[books.SONG], 1000, "80.00"), ("Remix", "DEAB12600009", 500, "40.00")]
    books.taken(made, books.report(tmp_path / "july.csv", plays), books.START)
    return made


def test_what_would_july_have_paid(house: House, tmp_path: Path) -> None:
    change = {"licences": [{"made_from": [books.SONG], "fan_share": "0.25"}]}
    asked = ("royalties", "simulate", file(tmp_path, change), "--history", "2026-07", "--at", "2026-08-05")
    told = json.loads(run(*asked, "--json").stdout)
    by_payee = {row["payee"]: row for row in told}
    assert (by_payee["pty_fan"]["on_file"], by_payee["pty_fan"]["changed"]) == ("4", "10")
    assert sum(Fraction(row["more"]) for row in told) == 0
    words = run(*asked)
    assert "2 rows, 1 derivatives under other terms" in words.output
    sheet = tmp_path / "differences.csv"
    assert run(*asked, "--csv", sheet).exit_code == 0
    assert (
        sheet.read_text(encoding="utf-8-sig").splitlines()[0].startswith("period,payee,on_file,changed,more,currency")
    )
    with house.work(books.ORGANISATION, read_only=True) as work:
        assert work.royalty.runs() == [], "a question writes nothing"


def test_a_question_about_nothing_is_refused(house: House, tmp_path: Path) -> None:
    change = file(tmp_path, {"licences": [{"derivatives": ["rec_nothing"], "cap": "1"}]})
    told = run("royalties", "simulate", change, "--history", "2026-07", "--at", "2026-08-05")
    assert "no licensed derivative is met" in str(told.exception)
    told = run("royalties", "simulate", file(tmp_path, {}), "--history", "2026-03", "--at", "2026-08-05")
    assert "no usage was taken in" in str(told.exception)
