"""A finance person's month on the command line: reports in, run, compare, approve, post, close, correct, prove, pay."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from ritornello.catalogue.model import Recording
from ritornello.cli.main import app
from ritornello.messages.dialects import BELIEVE
from ritornello.workflows.house import House, open_house
from tests.messages.test_sheets import sheet_of
from tests.workflows import books

FINANCE, OWNER, FAN = "finance@quay.example", "owner@quay.example", "fan@quay.example"
ONE = ("Song", books.ISRCS[books.SONG], 1000, "800.00")
TWO = ("Other", books.ISRCS[books.OTHER], 500, "40.00")
STRANGE = ("Later", books.ISRCS[books.LATER], 300, "24.00")


@dataclass
class Desk:
    folder: Path
    house: House
    moments: books.Moments

    def run(self, *words: object, timed: bool = False) -> Result:
        at = ["--at", f"{self.moments():%Y-%m-%dT%H:%M:%S}"] if timed else []
        return CliRunner().invoke(app, [*(str(word) for word in words), *at])

    def done(self, *words: object) -> str:
        """What a command says; it must end well."""
        result = self.run(*words, timed=words[1] not in QUIET)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def json(self, *words: object) -> Any:
        return json.loads(self.done(*words, "--json"))

    def refused(self, *words: object) -> str:
        result = self.run(*words, timed=words[1] not in QUIET)
        assert result.exit_code == 1, result.output
        return f"{result.output}{result.exception}"


QUIET = frozenset(
    {"sources", "files", "findings", "differences", "performance", "payees", "show", "sheet", "holds", "runs", "proof"}
    | {"heads", "statements", "why-less", "opening", "rates", "acts"}
)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    home = tmp_path / "house"
    monkeypatch.setenv("RITORNELLO_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    house = open_house(
        home=home,
        database_url=f"sqlite:///{home / 'records.sqlite'}",
        blob_url=str(home / "blobs"),
        lake=home / "lake",
        key_folder=home / "keys",
    )
    books.found(house)
    yield Desk(tmp_path, house, books.Moments())
    house.engine.dispose()


def month(desk: Desk, name: str) -> str:
    """Run, explain, review, approve, post and close a month; the run's id."""
    run = desk.json("royalties", "run", name, "--by", FINANCE)["id"]
    if "suspense:no_asset" in desk.json("royalties", "show", run)["accounts"]:
        desk.done("royalties", "explain", run, "no_asset", "the label registers it", "--by", FINANCE)
    for act, who in (("mark-reviewed", FINANCE), ("approve", OWNER), ("post", OWNER), ("close", OWNER)):
        desk.done("royalties", act, run, "--by", who)
    return str(run)


def test_a_month_is_closed_corrected_and_proven(desk: Desk) -> None:
    july = books.report(desk.folder / "july.csv", [ONE, STRANGE])
    taken = desk.json("usage", "take-in", july, "--source", "believe", "--by", FINANCE)
    assert taken["taken_in"] and taken["files"][0]["matched_rows"] == 1
    assert desk.refused("usage", "take-in", july, "--source", "believe", "--by", FINANCE).count("already") >= 1
    assert "no_asset" in desk.done("usage", "suspense")
    run = desk.json("royalties", "run", "2026-07", "--by", FINANCE)["id"]
    desk.done("royalties", "mark-reviewed", run, "--by", FINANCE)
    assert "unmatched money" in desk.refused("royalties", "approve", run, "--by", OWNER)
    desk.done("royalties", "explain", run, "no_asset", "the label registers it", "--by", FINANCE)
    assert "second person" in desk.refused("royalties", "approve", run, "--by", FINANCE)
    assert "does not let them" in desk.refused("royalties", "approve", run, "--by", FAN)
    for act in ("approve", "post", "close"):
        desk.done("royalties", act, run, "--by", OWNER)
    statements = desk.json("royalties", "statements")
    assert {one["payee"]: one["paid"] for one in statements} == {books.LABEL: "700", books.ARTIST: "100"}
    mine = next(one["id"] for one in statements if one["payee"] == books.ARTIST)
    head = json.loads(desk.done("royalties", "proof", mine, 1))["inclusion"]["head"]["payload"]["size"]

    # the month after: a late file for July, the stranger found its recording, August's own plays
    with desk.house.work(books.ORGANISATION) as work:
        books.register(work, books.LATER, desk.moments())
        work.commit()
    assert "1 row found" in desk.done("usage", "rematch", "--by", FINANCE)
    desk.done("usage", "take-in", books.report(desk.folder / "late.csv", [TWO]), "--source", "believe", "--by", FINANCE)
    again = desk.json("royalties", "run", "2026-07", "--by", FINANCE)
    assert again["restates"] == run
    review = desk.json("royalties", "review", again["id"])
    assert {one["account"]: one["difference"] for one in review}["suspense:no_asset"] == "-24"
    causes = desk.json("royalties", "review", again["id"], "--payee", books.ARTIST)
    assert {one["cause"] for one in causes} >= {"new"}
    for act, who in (("mark-reviewed", FINANCE), ("approve", OWNER), ("post", OWNER)):
        desk.done("royalties", act, again["id"], "--by", who)
    desk.done(
        "usage",
        "take-in",
        books.report(desk.folder / "august.csv", [ONE], "2026-08"),
        "--source",
        "believe",
        "--by",
        FINANCE,
    )
    august = month(desk, "2026-08")
    states = {one["id"]: one["state"] for one in desk.json("royalties", "runs")}
    assert states == {run: "closed", again["id"]: "closed", august: "closed"}
    newest = next(one["id"] for one in desk.json("royalties", "statements", august) if one["payee"] == books.ARTIST)
    why = desk.json("royalties", "why-less", newest)
    assert "recoupment" in {one["where"] for one in why}

    # the payee keeps the proofs, and checks them with the public keys alone
    keys, kept, grown = (desk.folder / name for name in ("keys.json", "line.json", "heads.json"))
    keys.write_text(json.dumps(desk.house.keys(desk.moments()).trusted().to_document()))
    desk.done("royalties", "proof", mine, 1, "--out", kept)
    desk.done("royalties", "heads", head, "--out", grown)
    result = desk.run("verify", kept, grown, "--trust", keys)
    assert result.exit_code == 0, result.output
    assert result.output.count("holds") == 2
    assert desk.run("verify", kept).exit_code == 1  # whose keys are these?
    kept.write_bytes(kept.read_bytes().replace(b'"amount":"', b'"amount":"1', 1))
    assert desk.run("verify", kept, "--trust", keys).exit_code == 1


def test_statements_and_payments_are_laid_out_and_can_be_checked(desk: Desk) -> None:
    desk.done("usage", "take-in", books.report(desk.folder / "july.csv", [ONE]), "--source", "believe", "--by", FINANCE)
    run = month(desk, "2026-07")
    desk.done("royalties", "statements", run, "--out", desk.folder / "out")
    files = sorted(path.suffix for path in (desk.folder / "out").iterdir())
    assert files == [".csv"] * 2 + [".html"] * 2 + [".json"] * 4 + [".pdf"] * 2
    keys = desk.folder / "keys.json"
    keys.write_text(json.dumps(desk.house.keys(desk.moments()).trusted().to_document()))
    laid_out = sorted((desk.folder / "out").iterdir())
    assert desk.run("verify", *laid_out, "--trust", keys).exit_code == 0
    pdf = next(path for path in laid_out if path.suffix == ".pdf")
    whole = pdf.read_bytes()
    pdf.write_bytes(whole[:-9] + b"!" + whole[-8:])
    told = desk.run("verify", *laid_out, "--trust", keys)
    assert told.exit_code == 1 and f"{pdf}: no: its packing list has other bytes" in told.output
    desk.done("royalties", "statements", run, "--out", desk.folder / "out")  # what was changed is written again
    assert pdf.read_bytes() == whole
    assert desk.run("verify", *laid_out, "--trust", keys).exit_code == 0
    statement = next(path for path in laid_out if path.suffix == ".json" and "packing" not in path.name)
    sheet = statement.with_suffix(".csv")
    assert desk.run("verify", statement, sheet).exit_code == 0
    sheet.write_bytes(sheet.read_bytes().replace(b"1000", b"1001", 1))
    assert desk.run("verify", statement, sheet).exit_code == 1
    shown = desk.json("payouts", "show", run)
    assert {one["name"]: one["paid"] for one in shown} == {"Quay Records": "700", "Mina Holt": "100"}
    order = desk.folder / "order.xml"
    payer = ("--name", "Quay Records Ltd", "--iban", "DE02120300000000202051", "--on", "2026-09-15", "--by", OWNER)
    desk.done("payouts", "order", run, *payer, "--out", order)
    first = order.read_bytes()
    desk.done("payouts", "order", run, *payer, "--out", order)
    assert order.read_bytes() == first
    beside = order.with_name("order.xml.packing.json")
    assert desk.run("verify", order, beside, "--trust", keys).exit_code == 0
    assert desk.run("verify", order, beside).exit_code == 1  # whose keys are these?
    kept = desk.folder / "kept.zip"
    table = desk.folder / "paid.csv"
    desk.done("payouts", "show", run, "--csv", table)
    desk.done("house", "pack", order, table, "--zip", kept)
    assert desk.run("verify", kept, "--trust", keys).exit_code == 0
    assert "with --out where the list" in desk.refused("house", "pack", order, table)
    desk.done("house", "pack", table)
    assert desk.run("verify", table, f"{table}.packing.json", "--trust", keys).exit_code == 0
    assert "no IBAN" in desk.refused(
        "payouts", "order", run, "--name", "Q", "--iban", "DE00", "--on", "2026-09-15", "--by", OWNER
    )
    sheet = desk.done("payouts", "sheet", run)
    assert f"{books.LABEL},Quay Records,,700.00,EUR,Royalties 2026-07" in sheet
    desk.done("payouts", "hold", books.LABEL, "a court asks", "--by", OWNER)
    assert desk.json("payouts", "holds") == [{"payee": books.LABEL, "why": "a court asks"}]
    desk.done("payouts", "release", books.LABEL, "--by", OWNER)
    assert desk.json("payouts", "holds") == []


def test_a_sheet_nobody_knows_is_mapped_and_taken_in(desk: Desk) -> None:
    sheet = desk.folder / "new.csv"
    lines = "".join(f"2026-07,DE,Song,{books.ISRCS[books.SONG]},{n}00,Alpha Music,{n},50\n" for n in (1, 2, 3))
    sheet.write_text(
        "Period,Country,Track Name,ISRC,Streams,Platform,Net Payable EUR\n".replace(" EUR", " (EUR)")
        + lines.replace(",50\n", ".50\n")
    )
    assert "no known header" in desk.refused("usage", "take-in", sheet, "--source", "believe", "--by", FINANCE)
    proposal = json.loads(desk.run("usage", "mapping", sheet, "--json").output)
    assert {one["meaning"]: one["header"] for one in proposal["guesses"]}["amount"] == "Net Payable (EUR)"
    desk.done("usage", "mapping", sheet, "--confirm", "newcomer", "--by", FINANCE)
    assert (
        desk.json("usage", "take-in", sheet, "--source", "believe", "--by", FINANCE)["files"][0]["form"]
        == "sheet:newcomer"
    )
    played = desk.json("usage", "performance", "--by", "asset,territory")
    assert played == [{"asset": books.SONG, "territory": "DE", "plays": 600, "amount": "7.5", "currency": "EUR"}]
    assert "asset" in desk.refused("usage", "performance", "--by", "mood")


def test_terms_are_recorded_and_an_unknown_one_is_refused(desk: Desk) -> None:
    document = desk.folder / "terms.json"
    document.write_text(json.dumps({**books.terms(), "comission": []}))
    assert "unknown term 'comission'" in desk.refused("royalties", "terms", document, "--by", FINANCE)
    document.write_text(json.dumps({**books.terms(), "version": "two"}))
    assert "version two" in desk.done("royalties", "terms", document, "--by", FINANCE)
    assert json.loads(desk.run("royalties", "terms").output)["version"] == "two"


ORDER = ("contracts.csv", "splits.csv", "payees.csv", "balances.csv", "costs.csv")
OPENING = {
    "contracts.csv": "contract;holder;party;rate\nC-1;L1;A1;25 %\nC-1;L1;P1;4 %\n",
    "payees.csv": "party;name;kind;country;iban;minimum\nL1;Harbour;company;DE;DE89370400440532013000;\n"
    "A1;Ida Stern;person;DE;DE75512108001245126199;20,00\nP1;Ole Brandt;person;DE;;\n",
    "splits.csv": f"asset;right;party;share\n{books.ISRCS[books.LATER]};master;L1;2/3\n"
    f"{books.ISRCS[books.LATER]};master;A1;1/3\n",
    "balances.csv": "balance;party;contract;amount\npayable;A1;C-1;12,40\npayable;L1;C-1;-3,00\nreserve;A1;C-1;5,00\n"
    "unrecouped;A1;C-1;1.200,00\n",
    "costs.csv": "cost;party;contract;amount;kind\nvideo;A1;C-1;80,00;cost\n",
}


def register_unowned(desk: Desk) -> None:
    """A recording in the catalogue that nobody has stated the owners of."""
    with desk.house.work(books.ORGANISATION) as work:
        recording = Recording(books.LATER, "Later", isrc=books.ISRCS[books.LATER])
        work.catalogue.save_recording(recording)
        work.commit()


def test_moving_in_ties_before_anything_runs(desk: Desk) -> None:
    paths = []
    for name, text in OPENING.items():
        path = desk.folder / name
        path.write_text(text)
        paths.append(path)
    register_unowned(desk)
    plays = [("Later", books.ISRCS[books.LATER], 300, "800.00")]
    desk.done("usage", "take-in", books.report(desk.folder / "july.csv", plays), "--source", "believe", "--by", FINANCE)
    stated = ["payable=9.40", "reserve=5", "unrecouped=1200", "costs=90"]
    announce = ["royalties", "opening", "announce", "2026-06-30", "--by", FINANCE]
    assert desk.run(*announce, *(word for one in stated for word in ("--stated", one))).exit_code == 0
    assert "nothing runs until" in desk.refused("royalties", "run", "2026-07", "--by", FINANCE)
    checked = desk.run("royalties", "opening", "check", *paths)
    assert checked.exit_code == 1
    assert "costs: the sheets say 80, 90 was stated (10 too little)" in checked.output
    assert desk.run("royalties", "opening", "commit", *paths, "--by", OWNER).exit_code == 1
    with desk.house.work(books.ORGANISATION, read_only=True) as work:
        assert work.ledger.balances() == {}
        assert len(work.people.parties()) == 3
    paths[-1].write_text(OPENING["costs.csv"].replace("80,00", "90,00"))
    done = desk.run("royalties", "opening", "commit", *paths, "--by", OWNER, timed=True)
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "brought in"), done.output
    with desk.house.work(books.ORGANISATION, read_only=True) as work:
        balances = {account.split(":")[0]: 0 for account, _ in work.ledger.balances()}
        assert set(balances) == {"opening", "payable", "reserve"}
        kept = work.royalty.terms()
        assert kept is not None
        contract = next(one for one in kept.document["contracts"] if one["id"] == "C-1")
        artist = contract["royalties"][0]["party"]
    assert [one["outstanding"] for one in contract["recoupments"]] == ["1200", "90"]
    run = month(desk, "2026-07")
    paid = {one["payee"]: (one["due"], one["paid"], one["why"]) for one in desk.json("payouts", "show", run)}
    # a third of 800 is the artist's as a holder, without a contract; 12.40 came from the older system
    assert paid[artist][:2] == ("279.07", "279.07")


def as_number(cell: str) -> str | float:
    bare = cell.replace(".", "").replace(",", ".")
    return float(bare) if "," in cell and bare.lstrip("-").replace(".", "").isdigit() else cell


def workbook(path: Path, changed: dict[tuple[str, str], object] | None = None, **more: list[list[object]]) -> Path:
    """The opening sheets as one workbook, with numbers as numbers; `changed` names cells by sheet and place."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, text in OPENING.items():
        sheet = made.create_sheet(name.removesuffix(".csv"))
        for cells in csv.reader(io.StringIO(text), delimiter=";"):
            sheet.append([as_number(cell) for cell in cells])
    for name, rows in more.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for (name, place), value in (changed or {}).items():
        made[name][place] = value
    made.save(path)
    return path


STATED = [word for one in ("payable=9.40", "reserve=5", "unrecouped=1200", "costs=80") for word in ("--stated", one)]
NEW: list[list[object]] = [
    ["isrc", "title", "artist", "iswc"],
    [books.ISRCS[books.LATER], "Later", "A1", "T-034.524.680-1"],
]


def test_a_whole_catalogue_moves_in_by_one_workbook(desk: Desk) -> None:
    filled = desk.folder / "template.xlsx"
    assert desk.run("royalties", "opening", "template", filled).exit_code == 0
    assert openpyxl.load_workbook(filled).sheetnames == ["recordings", *(n.removesuffix(".csv") for n in ORDER)]
    assert desk.run("royalties", "opening", "announce", "2026-06-30", *STATED, "--by", FINANCE).exit_code == 0
    wrong = workbook(
        desk.folder / "wrong.xlsx",
        {("balances", "D2"): "twelve", ("splits", "D3"): 0.4, ("payees", "E2"): "DE00"},
        recordings=[*NEW, ["QZ12", "Short"]],
        notes=[["remember", "the milk"]],
    )
    document = json.loads(desk.run("royalties", "opening", "check", wrong, "--json").output)
    told = {(one["file"], one["row"], one["field"]): one["message"] for one in document["findings"]}
    assert "'twelve' is no amount" in told["wrong.xlsx, sheet balances", 2, "amount"]
    assert "too much" in told["wrong.xlsx, sheet splits", 3, "share"]
    assert "is no IBAN" in told["wrong.xlsx, sheet payees", 2, "iban"]
    assert "it has 4 characters" in told["wrong.xlsx, sheet recordings", 3, "isrc"]
    assert "take the sheet out of the workbook" in told["wrong.xlsx, sheet notes", None, None]
    right = workbook(desk.folder / "right.xlsx", recordings=NEW)
    done = desk.run("royalties", "opening", "commit", right, "--by", OWNER, timed=True)
    assert done.output.splitlines()[-1] == "brought in", done.output
    with desk.house.work(books.ORGANISATION, read_only=True) as work:
        recording = work.catalogue.recording_by_isrc(books.ISRCS[books.LATER])
        assert recording is not None and work.catalogue.work_by_iswc("T0345246801") is not None
        assert [one.iswc for one in work.catalogue.works()] == ["T0345246801"]
        artist = work.people.details(recording.main_artist)
        assert artist is not None and artist.name == "Ida Stern"
        assert work.ledger.balances()["opening:2026-06-30", "EUR"] == -14_400_000
    plays = [("Later", books.ISRCS[books.LATER], 300, "800.00")]
    taken = desk.json(
        "usage", "take-in", books.report(desk.folder / "july.csv", plays), "--source", "believe", "--by", FINANCE
    )
    assert taken["files"][0]["matched_rows"] == 1


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("splits.csv", ("2/3", "0.67"), "is too much"),
        ("splits.csv", ("2/3", "0.66"), "was rounded"),
        ("balances.csv", ("A1;C-1;12,40", "A9;C-1;12,40"), "A9 stands in no row of the payees"),
        ("balances.csv", ("reserve;A1;C-1;5,00", "reserve;A1;C-1;-5,00"), "is below zero"),
        ("payees.csv", ("DE89370400440532013000", "DE89370400440532013001"), "is no IBAN"),
        ("contracts.csv", ("25 %", "twenty"), "is no part of one"),
        ("costs.csv", ("C-1", "C-7"), "there is no contract C-7"),
        ("splits.csv", (books.ISRCS[books.LATER], "DEAB12699999"), "is no ISRC, ISWC or id of this catalogue"),
    ],
)
def test_what_is_wrong_in_an_opening_sheet_is_told_by_row(
    desk: Desk, name: str, change: tuple[str, str], told: str
) -> None:
    register_unowned(desk)
    paths = []
    for sheet, text in OPENING.items():
        path = desk.folder / sheet
        path.write_text(text.replace(*change) if sheet == name else text)
        paths.append(path)
    stated = (
        "--stated",
        "payable=9.40",
        "--stated",
        "reserve=5",
        "--stated",
        "unrecouped=1200",
        "--stated",
        "costs=80",
    )
    assert desk.run("royalties", "opening", "announce", "2026-06-30", *stated, "--by", FINANCE).exit_code == 0
    document = json.loads(desk.run("royalties", "opening", "check", *paths, "--json").output)
    assert document["refused"]
    assert told in " ".join(one["message"] for one in document["findings"])


def test_a_mapping_says_its_decimal_mark(desk: Desk) -> None:
    sheet = desk.folder / "ours.csv"
    sheet.write_bytes(sheet_of(BELIEVE, {"amount": "1,234"}).replace(b"Net Revenue", b"Net to us"))
    asked = ("usage", "mapping", sheet, "--confirm", "ours", "--set", "amount=Net to us", "--by", FINANCE)
    assert "say point or comma" in desk.refused(*asked, "--decimal", "dot")
    desk.done(*asked, "--decimal", "comma")
    with desk.house.work(books.ORGANISATION, read_only=True) as work:
        assert [one.style for one in work.usage.mappings()] == ["comma"]
