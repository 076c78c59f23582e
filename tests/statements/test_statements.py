"""Statements: they add up to the posted cent, explain and prove each line, and survive being written and read."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.proof import canonical_json, sha256_hex
from ritornello.royalty.engines.memory import MemoryEngine
from ritornello.royalty.explain import Explainer
from ritornello.royalty.run import RunResult
from ritornello.royalty.scenario import read_scenario, simulate
from ritornello.statements.build import build, build_many, payees_of, source_rows
from ritornello.statements.compare import compare
from ritornello.statements.model import USAGE, Statement, StatementError, from_document, to_document, verify_line
from ritornello.statements.sheets import mass_payment_csv, safe, sheet, statement_csv
from ritornello.statements.usage_lines import Context, Reasons
from ritornello.statements.view import Names, shown, view
from ritornello.statements.writers import statement_html, statement_json, statement_pdf
from tests.royalty.golden import golden_scenario
from tests.royalty.scenarios import random_scenario


def made(document: dict[str, Any], earlier: RunResult | None = None) -> tuple[RunResult, MemoryEngine, Context]:
    scenario = read_scenario(document)
    context = Context(
        titles={"rec_remix": "Ritornello in D (Night Bus Remix)"},
        offers={"lic_fan": ("off_label v3",)},
        explainer=Explainer(scenario.ownership, scenario.terms, scenario.known_at),
    )
    return simulate(document, earlier=earlier), MemoryEngine(scenario.usage), context


def golden(payee: str) -> Statement:
    result, engine, context = made(golden_scenario())
    return build(payee, result, engine, context)


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_lines_add_up_to_what_was_posted_for_every_payee(seed: int) -> None:
    result, engine, context = made(random_scenario(seed))
    stated = 0
    for payee in payees_of(result):
        statement = build(payee, result, engine, context)
        assert sum((line.amount for line in statement.lines), Fraction(0)) * 100 == statement.totals.earned
        assert statement.totals.due == statement.totals.opening + statement.totals.earned
        paid = statement.totals.paid + sum(amount for _, amount in statement.totals.withheld)
        assert paid + statement.totals.carried == statement.totals.due
        stated += statement.totals.earned
    assert stated == sum(count for name, count in result.units.items() if name.startswith("payable:"))


@given(st.integers(0, 10**6), st.sampled_from([1, 4, 10**6]))
@settings(max_examples=10, deadline=None)
def test_payees_together_get_what_each_alone_gets(seed: int, at_once: int) -> None:
    result, engine, context = made(random_scenario(seed))
    payees = payees_of(result)
    alone = [build(payee, result, engine, context) for payee in payees]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ritornello.statements.build._AT_ONCE", at_once)
        batches = list(build_many(payees, result, engine, context))
    assert [statement for batch in batches for statement in batch] == alone
    assert at_once != 1 or len(batches) > 1
    assert at_once != 10**6 or len(batches) == 1


@given(st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_reasons_of_a_window_and_region_are_those_of_each_of_its_lines(seed: int) -> None:
    result, engine, context = made(random_scenario(seed))
    told = list(build_many(payees_of(result), result, engine, context))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reasons, "of", lambda self, row, how: self._looked_up(context.explainer, row, how))
        assert list(build_many(payees_of(result), result, engine, context)) == told


def test_a_restatement_shows_what_was_stated_before() -> None:
    document = golden_scenario()
    first, engine, context = made(document)
    before = build("fan", first, engine, context)
    document["usage"].append(
        {
            "service": "alpha",
            "territory": "US",
            "flow": "stream",
            "currency": "USD",
            "amount": "-50.00",
            "asset": "rec_remix",
        }
    )
    document["terms"]["licences"][0]["cap"] = "60"
    second, engine, context = made(document, earlier=first)
    after = build("fan", second, engine, context, earlier=first, supersedes=before.id)
    assert after.totals.earned == second.delta["payable:fan:lic_fan"] == -2000
    assert [line.amount for line in after.lines if line.kind == "earlier"] == [Fraction(-70)]
    # the 70.00 that were stated are paid already: the correction comes off the next payment, nothing is paid twice
    assert (after.totals.opening, after.totals.due, after.totals.paid, after.totals.carried) == (0, -2000, 0, -2000)
    with pytest.raises(StatementError, match="not the one"):
        build("fan", second, engine, context)


def test_every_usage_line_leads_to_rows_shares_licence_and_offer() -> None:
    result, engine, context = made(golden_scenario())
    statement = build("fan", result, engine, context)
    lines = [line for line in statement.lines if line.kind == USAGE]
    assert len(lines) == 11
    for line in lines:
        assert line.evidence.licences == ("lic_fan",) and line.evidence.offers == ("off_label v3",)
        assert line.evidence.edges
        assert "by licence lic_fan" in line.words
        rows = source_rows(line, result, engine)
        assert sum(row.units for row in rows) == line.units
        assert sum(Fraction(row.amount_e10, 10**10) for row in rows) == line.source_amount
        assert line.amount == line.source_amount * line.rate * line.kept
    label = build("label", result, engine, context)
    assert all(line.evidence.sheets for line in label.lines if line.kind == USAGE)
    brazil = next(line for line in label.lines if line.territory == "BR" and line.flow == "stream")
    assert brazil.words.startswith(
        "900 BRL reported, exchanged at 0.16, less 15 % withheld in BR, less 15 % distributor"
    )


def test_a_line_is_proven_against_the_statement_without_the_others() -> None:
    statement = golden("artist")
    for line in statement.lines:
        proof = statement.line_proof(line.number)
        assert verify_line(line, len(statement.lines), proof, statement.root())
        forged = replace(line, amount=line.amount + 1)
        assert not verify_line(forged, len(statement.lines), proof, statement.root())
    with pytest.raises(StatementError, match="lines 1 to"):
        statement.line_proof(99)


def test_the_hash_stands_on_everything_that_is_stated() -> None:
    statement = golden("artist")
    others = [
        replace(statement, payee="else"),
        replace(statement, currency="USD"),
        replace(statement, period_end=date(2026, 2, 1)),
        replace(statement, run_digest="0"),
        replace(statement, memo=Fraction(1)),
        replace(statement, supersedes="stt_x"),
        replace(statement, balances=()),
        replace(statement, totals=replace(statement.totals, paid=1)),
        replace(statement, lines=statement.lines[:-1]),
        replace(statement, lines=(replace(statement.lines[0], words="x"), *statement.lines[1:])),
    ]
    assert len({statement.hash(), *(one.hash() for one in others)}) == len(others) + 1


def test_read_back_it_is_the_same_and_a_changed_one_is_noticed() -> None:
    statement = golden("label")
    document = json.loads(json.dumps(to_document(statement)))
    assert from_document(document) == statement
    document["lines"][3]["amount"] = "1"
    with pytest.raises(StatementError, match="was changed"):
        from_document(document)


def test_json_can_be_checked_by_anybody() -> None:
    written = json.loads(statement_json(golden("fan")))
    assert sha256_hex(canonical_json(written["statement"])) == written["hash"]
    assert len(written["lines"]) == written["statement"]["lines"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", ' =HYPERLINK("http://x")', "\u00a0=1", "\n=1"],
)
def test_no_text_is_a_formula(text: str) -> None:
    assert safe(text).startswith("'")
    rows = list(csv.reader(io.StringIO(sheet(("a",), [(text,)]).decode("utf-8-sig"), newline="")))
    assert rows == [["a"], ["'" + text]]


@given(st.text(max_size=12))
def test_whatever_the_title_no_cell_begins_like_a_formula(title: str) -> None:
    statement = golden_once()
    lines = (replace(statement.lines[0], title=title, words=title, service=title), *statement.lines[1:])
    rows = csv.reader(io.StringIO(statement_csv(replace(statement, lines=lines)).decode("utf-8-sig"), newline=""))
    numbers = re.compile(r"-?\d+(\.\d+)?")
    for row in rows:
        for cell in row:
            assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r")) or numbers.fullmatch(cell)


_GOLDEN: list[Statement] = []


def golden_once() -> Statement:
    if not _GOLDEN:
        _GOLDEN.append(golden("label"))
    return _GOLDEN[0]


def test_numbers_stay_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(statement_csv(golden("fan")).decode("utf-8-sig"), newline="")))
    assert sum(Fraction(row["amount"]) for row in rows) == 70
    assert any(row["amount"].startswith("-") for row in rows)


def test_the_mass_payment_sheet_pays_what_the_run_says() -> None:
    result, _, _ = made(golden_scenario())
    rows = list(csv.DictReader(io.StringIO(mass_payment_csv(result.payouts, "EUR", "Q1", {}).decode("utf-8-sig"))))
    assert {row["payee"]: Fraction(row["amount"]) * 100 for row in rows} == {
        one.party: one.paid for one in result.payouts if one.paid
    }


def test_html_stands_alone_and_escapes() -> None:
    statement = golden_once()
    nasty = replace(
        statement, lines=(replace(statement.lines[0], title="<script>alert(1)</script>"), *statement.lines[1:])
    )
    page = statement_html(nasty, Names(payee="Läntern & Söhne")).decode()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "Läntern &amp; Söhne" in page
    assert not re.search(r"(src|href)=", page)
    assert "prefers-color-scheme: dark" in page
    assert statement.hash() not in page and nasty.hash() in page


def many_lines(count: int) -> Statement:
    statement = golden_once()
    title = "A rather long title, the way remixers like it (Extended 12-inch Night Bus Remix, Remastered)"
    lines = tuple(
        replace(statement.lines[number % 15], number=number + 1, title=title, units=123_456_789_012)
        for number in range(count)
    )
    return replace(statement, lines=lines)


@pytest.mark.parametrize("count", [0, 1, 200])
def test_pdf_pages_have_text_totals_and_no_overflow(count: int) -> None:
    from pypdf import PdfReader

    statement = many_lines(count)
    reader = PdfReader(io.BytesIO(statement_pdf(statement, Names(payee="Lantern Records"))))
    pages = [page.extract_text() for page in reader.pages]
    assert "Lantern Records" in pages[0]
    assert all("page" in text for text in pages)
    if count == 200:
        total = view(statement)["usage_total"]
        table_pages = [text for text in pages if "Reported" in text]
        assert len(table_pages) > 3
        assert all(total in text for text in table_pages), "the total is repeated under every page of lines"
        assert all("Your part" in text for text in table_pages)
    edges = []
    for page in reader.pages:
        width = float(page.mediabox.width)
        page.extract_text(
            visitor_text=lambda text, cm, tm, font, size, width=width: (
                edges.append((text, tm[4], width)) if text.strip() else None
            )
        )
    assert all(0 <= x <= width - 40 for _, x, width in edges), "text stays inside the margins"


def test_the_same_statement_is_the_same_file() -> None:
    statement = golden_once()
    assert statement_pdf(statement) == statement_pdf(statement)
    assert statement_html(statement) == statement_html(statement)


def test_why_less_than_last_time_adds_up() -> None:
    document = golden_scenario()
    before = golden_once()
    document["usage"] = [
        {
            **line,
            "amount": str(Fraction(line["amount"]) * 9 // 10) if line["territory"] == "DE" else line["amount"],
            "units": line.get("units", 0) + 500,
        }
        for line in document["usage"]
        if (line["service"], line["territory"]) != ("beta", "GB")
    ]
    document["terms"]["fx"][0]["rate"] = "0.8"
    document["terms"]["licences"][0]["fan_share"] = "0.2"
    result, engine, context = made(document)
    now = build("label", result, engine, context)
    causes = compare(now, before)
    assert sum(cause.amount for cause in causes) * 100 == now.totals.earned - before.totals.earned
    assert {cause.cause for cause in causes} == {"volume", "price", "part", "gone", "adjustment"}
    assert [abs(cause.amount) for cause in causes] == sorted((abs(cause.amount) for cause in causes), reverse=True)
    with pytest.raises(StatementError, match="one payee"):
        compare(now, golden("fan"))


@pytest.mark.parametrize(
    ("amount", "digits", "text"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "−0.01"),
        ("1234567.891", 2, "1,234,567.89"),
        ("-0.001", 2, "0.00"),
        ("7", 0, "7"),
    ],
)
def test_amounts_as_people_read_them(amount: str, digits: int, text: str) -> None:
    assert shown(Fraction(amount), digits) == text
