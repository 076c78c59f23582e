"""A quarter at a small label, as a finance person types it: July, August, September; what comes late, what was wrong.

The figures were worked out by hand from the papers in `tests.workflows.quarter`; docs/finance.md tells the same walk.
"""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner

from ritornello.cli.main import app
from ritornello.workflows.house import House, open_house
from tests.workflows import quarter

FIN, SEC = "--by fin@quay.example", "--by sec@quay.example"
BANK = '--name "Quay Records" --iban DE02120300000000202051'
TIMELESS = (
    *("usage sources", "usage files", "usage findings", "royalties show", "royalties runs", "royalties why-less"),
    *("royalties proof", "royalties heads", "royalties trace", "royalties terms", "royalties opening", "payouts show"),
    *("payouts holds", "house", "verify"),
)


ACTS = ("usage take-in", "usage rematch", "usage creations creations", "payouts order")
"""Commands in which somebody acts: it is the finance person where a line does not say who."""


@dataclass
class Office:
    """Types commands in a folder of papers; a minute passes with each that changes something."""

    folder: Path
    house: House

    def __post_init__(self) -> None:
        self.at = quarter.START

    def run(self, line: str, status: int = 0) -> str:
        words = shlex.split(line)
        if line.startswith(ACTS) and "--by" not in words:
            words += shlex.split(FIN)
        if not line.startswith(TIMELESS) or words[:3] == ["royalties", "opening", "commit"]:
            self.at += timedelta(minutes=1)
            words += ["--at", f"{self.at:%Y-%m-%dT%H:%M:%S}"]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == status, (line, result.output, result.exception)
        return f"{result.output}{result.exception if status else ''}"

    def table(self, line: str) -> list[dict[str, Any]]:
        return list(json.loads(self.run(f"{line} --json")))

    def amounts(self, line: str, what: str = "paid") -> dict[str, str]:
        return {one["name"]: one[what] for one in self.table(line)}

    def run_of(self, period: str) -> str:
        return str(json.loads(self.run(f"royalties run {period} {FIN} --json"))["id"])

    def through(self, run: str, *, closing: bool = True) -> None:
        """Reviewed by one, approved by another, posted, closed."""
        for act, who in (("mark-reviewed", FIN), ("approve", SEC), ("post", FIN), ("close", SEC))[: 3 + closing]:
            self.run(f"royalties {act} {run} {who}")

    def accounts(self, run: str) -> dict[str, str]:
        """What a run says per name (or kind of suspense) and contract."""
        found = {}
        for one in csv.DictReader(self.sheet(f"royalties show {run}")):
            contract = one["account"].split(":")[-1]
            found[f"{one['name']} {contract}" if one["name"] else one["account"]] = one["amount"]
        return found

    def sheet(self, line: str) -> list[str]:
        self.run(f"{line} --csv told.csv")
        return (self.folder / "told.csv").read_text(encoding="utf-8-sig").splitlines()


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    home = tmp_path / "house"
    monkeypatch.setenv("RITORNELLO_HOME", str(home))
    folder = quarter.write(tmp_path / "papers")
    monkeypatch.chdir(folder)
    house = open_house(
        home=home,
        database_url=f"sqlite:///{home / 'records.sqlite'}",
        blob_url=str(home / "blobs"),
        lake=home / "lake",
        key_folder=home / "keys",
    )
    yield Office(folder, house)
    house.engine.dispose()


def moved_in(office: Office) -> dict[str, str]:
    """The house founded, moved into by workbook, its senders on file; the parties by their reference."""
    office.run('house found "Quay Records" --owner olga@quay.example')
    for who in ("fin", "sec"):
        office.run(f"house admit {who}@quay.example --role finance --by olga@quay.example")
    office.run("royalties opening template quay.xlsx")
    quarter.workbook(Path("quay.xlsx"), Path("quay.xlsx").read_bytes())
    stated = " ".join(f"--stated {kind}={amount}" for kind, amount in quarter.STATED.items())
    office.run(f"royalties opening announce 2026-06-30 {stated} {FIN}")
    assert "ready to commit" in office.run("royalties opening check quay.xlsx")
    assert "brought in" in office.run(f"royalties opening commit quay.xlsx {FIN}")
    for source in quarter.SOURCES:
        office.run(f"usage source {source}.json {FIN}")
    return quarter.parties(office.house)


def licensed(office: Office, parties: dict[str, str]) -> str:
    """A fan's remix of the label's song, by the holders' own answers; the licence."""
    song, fan = quarter.cast(office.house, office.at)
    for name, draft in quarter.offers(parties, song).items():
        Path(f"offer-{name}.json").write_text(json.dumps(draft), encoding="utf-8")
        office.run(f"consent offer offer-{name}.json")
    office.at = office.at.replace(day=2, hour=10)
    Path("question.json").write_text(json.dumps(quarter.question(fan, song)), encoding="utf-8")
    decision = CliRunner().invoke(app, ["consent", "check", "question.json"]).output.split()[0]
    Path("accepted.txt").write_text("I accept.", encoding="utf-8")
    office.run(
        f"licence issue {decision} --owner {parties['quay']} --accepted accepted.txt --own-work --out licence.json"
    )
    payload = json.loads(Path("licence.json").read_text())["payload"]
    quarter.rendered(office.house, payload, fan, office.at)
    return str(payload["id"])


def test_a_quarter_from_the_first_report_to_the_last_proof(office: Office) -> None:
    parties = moved_in(office)
    licence = licensed(office, parties)

    # ── July: five senders, one of them unknown, one file wrong at first ──
    office.at = office.at.replace(month=8, day=10)
    wrong = office.run("usage take-in kid-july-wrong.csv --source kid --rate USD=0.92", 1)
    assert "kid-july-wrong.csv, row 4, Earnings (USD): '9x5' is not an amount" in wrong
    office.run("usage take-in kid-july.csv --source kid --rate USD=0.92")
    assert "taken in already" in office.run("usage take-in kid-july.csv --source kid", 1)
    office.run("usage take-in tube-july.csv --source tube --rate USD=0.92")
    assert "2 told, 2 new, 1 linked" in office.run("usage creations creations-july.csv --service alpha")
    assert "alpha-2026-07_2of2.tsv, 2 rows" in office.run("usage take-in alpha-july.zip --source alpha --rate USD=0.92")
    assert "make a mapping" in office.run("usage take-in bay-july.csv --source bay", 1)
    assert "no column names the service" in office.run(f"usage mapping bay-july.csv --confirm bay {FIN}", 1)
    meant = " ".join(f"--set {meaning}={column!r}" for meaning, column in quarter.MAPPING.items())
    office.run(f"usage mapping bay-july.csv {meant} --service bay --confirm bay {FIN}")
    assert "12.2 EUR reported" in office.run("usage take-in bay-july.csv --source bay")
    assert [(one["amount"], one["titles"]) for one in office.table("usage suspense")] == [("7.77", "Lantern")]

    # what the terms and the reports leave open is told all at once, with the way to mend it
    told = office.run(f"royalties run 2026-07 {FIN}", 1)
    files = {one["name"]: one["id"] for one in office.table("usage files")}
    assert f"no rate from CHF, USD to EUR is fixed on bay-july.csv (usage rate {files['bay-july.csv']} CHF=…" in told
    office.run(f"usage rate {files['bay-july.csv']} CHF=1.05 USD=0.92 {FIN}")
    told = office.run(f"royalties run 2026-07 {FIN}", 1)
    assert "flows 'adjustment', 'ugc'" in told and '{"name": "stream"}, {"name": "adjustment"}' in told
    terms = json.loads(office.run("royalties terms"))
    Path("terms.json").write_text(json.dumps({**terms, "flows": quarter.FLOWS}), encoding="utf-8")
    office.at += timedelta(minutes=1)
    CliRunner().invoke(app, shlex.split(f"royalties terms terms.json {FIN} --at {office.at:%Y-%m-%dT%H:%M:%S}"))

    july = office.run_of("2026-07")
    assert office.accounts(july) == {
        "Mina Holt C-1": "60.39",  # a quarter of 641.56448, less the advance of 100
        "Quay Records C-1": "581.17",
        "Quay Records C-2": "109.66",
        "North Masters direct": "43.44",  # 40 % of 108.5992
        f"Nia Fan {licence}": "11.04",  # a tenth of 110.40
        "suspense:no_asset": "7.15",
        "suspense:no_right": "2",  # a mash-up with a parent that nobody knows yet
    }
    office.run(f"royalties mark-reviewed {july} {FIN}")
    assert "unmatched money (no_asset, no_right)" in office.run(f"royalties approve {july} {SEC}", 1)
    office.run(f'royalties explain {july} no_asset "Lantern is registered in August" {FIN}')
    office.run(f'royalties explain {july} no_right "a mash-up with Lantern" {FIN}')
    assert "second person" in office.run(f"royalties approve {july} {FIN}", 1)
    assert "paid once it is posted" in office.run(f"payouts order {july} {BANK} --on 2026-08-20", 1)
    for act, who in (("approve", SEC), ("post", FIN), ("close", SEC)):
        office.run(f"royalties {act} {july} {who}")
    stated = {one["name"]: one for one in office.table(f"royalties statements {july}")}
    assert {name: one["paid"] for name, one in stated.items()} == {
        "Mina Holt": "72.79",  # 12.40 came from the older system
        "Quay Records": "940.83",
        "North Masters": "43.44",
        "Nia Fan": "11.04",
        "Cleo Brandt": "0",  # her royalty went into the video, and she is told so
    }
    cleo = json.loads(office.run(f"royalties trace {stated['Cleo Brandt']['id']} 1 --json"))
    assert cleo["rows_add_up"] and cleo["line"]["title"] == "Salt (Live)"

    # ── August: registered what was missing, a split corrected backwards, a clawback, a hold ──
    office.at = office.at.replace(month=9, day=8)
    looked = office.run("royalties register august-changes.xlsx")
    assert "run again to pay the difference: 2026-07" in looked and "adv_video (50 since 2026-08-01)" in looked
    office.run(f"royalties register august-changes.xlsx --commit {SEC}")
    assert "1 row found their recording" in office.run("usage rematch")
    assert "nothing waits" in office.run("usage suspense")
    office.run("usage take-in kid-august.csv --source kid --rate USD=0.90")
    office.run("usage take-in tube-august.csv --source tube --rate USD=0.90")
    office.run("usage take-in alpha-august.zip --source alpha --rate USD=0.90")
    office.run("usage take-in bay-august.csv --source bay --rate CHF=1.06")
    again = office.run_of("2026-07")
    differs = {one["name"] or one["account"]: one for one in office.table(f"royalties review {again}")}
    assert {name: one["difference"] for name, one in differs.items()} == {
        "North Masters": "11.35",
        "suspense:no_asset": "-7.15",  # nothing is left there: no cent of the first rounding stays behind
        "suspense:no_right": "-2",
        "Quay Records": "-1.65",
        "Mina Holt": "-0.55",
    }
    assert differs["suspense:no_asset"]["reasons"] == "less waits than in that run"
    causes = office.table(f"royalties review {again} --payee {parties['north']}")
    assert {one["words"] for one in causes if one["cause"] == "part"} == {"your part is 50 %, 40 % last time"}
    office.through(again, closing=False)
    back = {one["name"]: (one["due"], one["paid"], one["why"]) for one in office.table(f"payouts show {again}")}
    assert back["Mina Holt"] == ("-0.55", "0", "0.55 is owed back and is taken from what comes next")
    office.run(f'payouts hold {parties["quay"]} "the bank account is being changed" {SEC}')
    august = office.run_of("2026-08")
    paid = {one["name"]: (one["due"], one["paid"], one["carried"]) for one in office.table(f"payouts show {august}")}
    assert paid == {
        "Mina Holt": ("104.4", "104.4", "0"),
        "Quay Records": ("533.02", "0", "533.02"),  # held
        "North Masters": ("-62.55", "0", "-62.55"),  # what was clawed back is more than what came in
        "Nia Fan": ("13.5", "13.5", "0"),
    }
    office.through(august)
    north = next(one for one in office.table(f"royalties statements {august}") if one["name"] == "North Masters")
    assert (north["earned"], north["paid"], north["carried"]) == ("-62.55", "0", "-62.55")
    assert north["why"] == "62.55 is owed back and is taken from what comes next"
    less = {one["where"]: one["words"] for one in office.table(f"royalties why-less {north['id']}")}
    assert less["Night Ferry · spotify · FR · stream"] == "-135 was reported, 92.0092 last time"
    office.run(f"payouts order {august} {BANK} --on 2026-09-15 --out august.xml")
    leaving = [one.text for one in etree.parse("august.xml").iter("{*}InstdAmt")]
    assert leaving == ["104.40", "13.50"]  # nobody below zero, nobody held

    # ── September: an account at last, the hold let go, a late file for July ──
    office.at = office.at.replace(month=10, day=8)
    office.run(f"royalties register september-changes.xlsx --commit {SEC}")
    office.run(f'payouts release {parties["quay"]} "the new account is confirmed" {SEC}')
    office.run("usage take-in kid-july-late.csv --source kid --rate USD=0.92")
    office.run("usage take-in kid-september.csv --source kid --rate USD=0.91")
    office.run("usage take-in tube-september.csv --source tube --rate USD=0.91")
    office.run("usage take-in alpha-september.zip --source alpha --rate USD=0.91")
    office.run("usage take-in bay-september.csv --source bay")
    late = office.run_of("2026-07")
    assert office.amounts(f"royalties review {late}", "difference") == {
        "North Masters": "9.2",
        "Quay Records": "6.9",  # and 10.22 under the contract for Salt, told first
        "Mina Holt": "2.3",
    }
    office.through(late, closing=False)
    why = {one["name"]: (one["paid"], one["why"]) for one in office.table(f"payouts show {late}")}
    assert why["Mina Holt"] == ("0", "below the minimum of 10") and why["Quay Records"][0] == "550.14"
    september = office.run_of("2026-09")
    assert {one["name"]: one["due"] for one in office.table(f"payouts show {september}")} == {
        "Mina Holt": "180.26",
        "Quay Records": "622.3",
        "North Masters": "87.59",  # 140.94, less the 53.35 that were still owed back
        "Cleo Brandt": "19.52",
        "Nia Fan": "8.19",
    }
    office.through(september)
    states = {one["state"] for one in office.table("royalties runs")}
    assert states == {"closed"} and len(office.table("royalties runs")) == 5
    assert "all is as it was written" in office.run("house check")

    # ── one line, proven to its payee and followed down to every consent ──
    fan = next(one for one in office.table(f"royalties statements {september}") if one["name"] == "Nia Fan")
    line = json.loads(office.run(f"royalties trace {fan['id']} 1 --json"))
    assert [(one["file"], one["row"], one["amount"]) for one in line["rows"]] == [("kid-september.csv", 5, "90")]
    assert [one["id"] for one in line["licences"]] == [licence]
    assert {(one["holder"], one["reply"]) for one in line["consents"]} == {
        (parties[name], "grant") for name in ("quay", "mina", "lowell")
    }
    words = office.run(f"royalties trace {fan['id']} 1")
    assert "they add up to the line" in words and "consent: Lowell Writers answered grant for A_MORAL" in words


def test_a_payee_checks_a_line_in_an_empty_folder(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    moved_in(office)
    office.run("usage take-in kid-august.csv --source kid --rate USD=0.90")
    run = office.run_of("2026-08")
    if "suspense:no_asset" in office.accounts(run):
        office.run(f'royalties explain {run} no_asset "the remix is not on file" {FIN}')
    office.through(run)
    mina = next(one for one in office.table(f"royalties statements {run}") if one["name"] == "North Masters")
    empty = office.folder.parent / "payee"
    empty.mkdir()
    office.run(f"royalties proof {mina['id']} 1 --out {empty / 'line.json'}")
    office.run(f"house keys --out {empty / 'keys.json'}")
    monkeypatch.setenv("RITORNELLO_HOME", str(empty / "nowhere"))
    monkeypatch.chdir(empty)
    assert "line 1 of" in office.run("verify line.json --trust keys.json")
    assert not (empty / "nowhere").exists(), "verifying opens no house"
    Path("line.json").write_bytes(Path("line.json").read_bytes().replace(b'"units":"', b'"units":"1', 1))
    office.run("verify line.json --trust keys.json", 1)
