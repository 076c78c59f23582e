"""What is handed out can be verified elsewhere, offline: of every kind, a thousand seeded changes of one byte each, and
not one goes unseen. No kind has a byte that may differ without meaning, so there is no list of exceptions."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from ritornello.consent.feed import full
from ritornello.consent.licence import RevocationList
from ritornello.distribution.allow_lists import COLUMNS
from ritornello.proof import canonical_json
from ritornello.proof.packing import Item, PackingError, packed, packing_list, read_list, unpacked
from ritornello.proof.signing import KeyRing, TrustedKeys
from ritornello.royalty.payout import Payout
from ritornello.statements.build import build
from ritornello.statements.model import Statement
from ritornello.statements.payment_order import payment_order
from ritornello.statements.sheets import mass_payment_csv, sheet
from ritornello.statements.view import Names
from ritornello.web.exports import Table, as_csv, as_json
from ritornello.workflows.lay_out import forms
from ritornello.workflows.verify_files import Handed, Worth, verify_files
from tests.consent.test_catalogue_wide import line
from tests.royalty.golden import golden_scenario
from tests.statements.test_payment_order import ORDER
from tests.statements.test_statements import made

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
RING = KeyRing.generate(AT - timedelta(days=1))
TRUST = RING.trusted()
CHANGES = 1000
TABLE = Table("payees", ("payee", "units", "on"), (("pty_ada", 12, date(2026, 7, 1)), ("=SUM(A1)", 3, None)))
CHANNEL = (
    "pty_label", "vistream", "UC_quietfox", "allow", "Ritornello (Remix)", "DEXX12600002", "rec_demo", "DEXX12600001",
    "WW ex JP", "2026-07-01", "", "lic_1", "published under the licence",
)  # fmt: skip


@pytest.fixture(scope="module")
def statement() -> Statement:
    result, engine, context = made(golden_scenario())
    return build("fan", result, engine, context)


LISTED = {
    "statement.pdf": lambda s: forms()["pdf"](s, Names(payee="Zoë")),
    "statement.html": lambda s: forms()["html"](s, Names(payee="Zoë")),
    "statement.csv": lambda s: forms()["csv"](s, Names()),
    "statement.json": lambda s: forms()["json"](s, Names()),
    "order.xml": lambda _: payment_order(ORDER, AT),
    "mass-payment.csv": lambda _: mass_payment_csv([Payout("fan", {}, 700, {}, 700, {})], "EUR", "Royalties"),
    "payees.csv": lambda _: as_csv(TABLE),
    "payees.json": lambda _: as_json(TABLE),
    "channels.csv": lambda _: sheet(COLUMNS, [CHANNEL]),
    "channels.json": lambda _: json.dumps([dict(zip(COLUMNS, CHANNEL, strict=True))], indent=1).encode(),
    "message.xml": lambda _: b"<?xml version='1.0'?><NewReleaseMessage/>\n",
    "master.flac": lambda _: b"fLaC" + random.Random("sound").randbytes(20_000),
    "master.flac.c2pa": lambda _: random.Random("manifest").randbytes(3_000),
}
"""Every kind that a packing list speaks for; the two last stand for what a release package holds."""


def listed(files: dict[str, bytes], ring: KeyRing = RING) -> bytes:
    return packing_list(ring, (Item.of(name, content) for name, content in files.items()), AT)


def worths(files: dict[str, bytes], trust: TrustedKeys = TRUST) -> dict[str, Worth]:
    return {one.name: one for one in verify_files([Handed.of(*file) for file in files.items()], trust)}


def hold(files: dict[str, bytes], trust: TrustedKeys = TRUST) -> bool:
    return all(one.holds for one in worths(files, trust).values())


def changes(name: str, content: bytes) -> list[bytes]:
    """The content with one byte changed, a thousand times; the same thousand in every run."""
    dice, found = random.Random(name), []
    for _ in range(CHANGES):
        place = dice.randrange(len(content))
        found.append(content[:place] + bytes([content[place] ^ dice.randrange(1, 256)]) + content[place + 1 :])
    return found


def none_goes_unseen(name: str, content: bytes, beside: dict[str, bytes]) -> None:
    assert hold({name: content, **beside})
    unseen = [one for one in changes(name, content) if hold({name: one, **beside})]
    assert unseen == []


@pytest.mark.parametrize("name", LISTED)
def test_no_changed_byte_of_a_listed_file_goes_unseen(name: str, statement: Statement) -> None:
    content = LISTED[name](statement)
    none_goes_unseen(name, content, {"x.packing.json": listed({name: content})})


def signed_documents() -> dict[str, Callable[[], bytes]]:
    def revocations() -> bytes:
        return canonical_json(RevocationList(3, AT, AT + timedelta(days=1), ()).sign(RING).to_document())

    def licence() -> bytes:
        document = RING.sign({"format": "ritornello-licence/1", "id": "lic_1", "licensee": "Zoë"}, AT).to_document()
        return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    return {
        "list.packing.json": lambda: listed({"a.pdf": b"a", "b.html": b"b"}),
        "revocations.json": revocations,
        "licence.json": licence,
        "cover.json": lambda: canonical_json(full("alpha", 1, [line("r1")], at=AT).sign(RING).to_document()),
    }


@pytest.mark.parametrize("name", signed_documents())
def test_no_changed_byte_of_a_signed_document_goes_unseen(name: str) -> None:
    none_goes_unseen(name, signed_documents()[name](), {})


@pytest.mark.parametrize("name", ["000001.csv", "000001.jsonl"])
def test_no_changed_byte_of_a_feed_goes_unseen(name: str) -> None:
    feed = full("alpha", 1, [line("r1", "WW ex JP", tempo=60), line("r2")], at=AT)
    content = feed.as_csv() if name.endswith("csv") else feed.as_json_lines()
    none_goes_unseen(name, content, {"cover.json": canonical_json(feed.sign(RING).to_document())})


def test_no_changed_byte_of_a_zip_goes_unseen(statement: Statement) -> None:
    files = {name: LISTED[name](statement) for name in ("statement.html", "statement.json", "order.xml")}
    content = packed(files, listed(files))
    assert unpacked(content) == (files, listed(files))
    assert packed(dict(reversed(files.items())), listed(files)) == content
    none_goes_unseen("all.zip", content, {})


# ── what else may be done to files than changing a byte ──


def test_a_file_keeps_its_worth_under_another_name() -> None:
    files = {"statement.pdf": b"%PDF"}
    assert hold({"statement (1).pdf": b"%PDF", "l.json": listed(files)})


def test_what_no_list_names_is_not_believed(statement: Statement) -> None:
    found = worths({"other.pdf": b"%PDF", "l.json": listed({"statement.pdf": b"%PDF-1"})})
    assert found["l.json"].holds and not found["other.pdf"].holds
    assert "about these bytes" in found["other.pdf"].because
    table = worths({"payees.json": as_json(TABLE)})["payees.json"]
    assert not table.holds and "no packing list" in table.because
    alone = worths({"statement.json": forms()["json"](statement, Names())})["statement.json"]
    assert alone.holds and "was not checked" in alone.because


def test_whose_list_it_is_matters() -> None:
    files = {"statement.pdf": b"%PDF"}
    stranger = KeyRing.generate(AT - timedelta(days=1))
    found = worths({**files, "l.json": listed(files, stranger)})
    assert not any(one.holds for one in found.values())
    assert "not on the list of trusted keys" in found["statement.pdf"].because
    revoked = RING.revoke(RING.key_id, AT).trusted()
    assert not hold({**files, "l.json": listed(files)}, revoked)


def test_a_changed_file_is_told_apart_from_an_unknown_one() -> None:
    found = worths({"statement.pdf": b"%PDF!", "l.json": listed({"statement.pdf": b"%PDF"})})
    assert "it was changed" in found["statement.pdf"].because


@pytest.mark.parametrize("how", ["less", "more", "anew", "no list", "another list"])
def test_a_zip_that_was_tampered_with_is_refused(how: str) -> None:
    files = {"a.html": b"<p>a", "b.csv": b"b,c\r\n"}
    whole = listed(files)
    content = {
        "less": lambda: packed({"a.html": b"<p>a"}, whole),
        "more": lambda: packed({**files, "c.csv": b"9\r\n"}, whole),
        "anew": lambda: packed(files, whole) + b"\0",
        "no list": lambda: packed({}, b"")[:0] or b"PK\x05\x06" + bytes(18),
        "another list": lambda: packed(files, listed({"a.html": b"<p>z", "b.csv": b"b,c\r\n"})),
    }[how]()
    assert not hold({"all.zip": content})


def test_a_statement_with_a_list_and_a_changed_line_does_not_hold(statement: Statement) -> None:
    one = forms()["json"](statement, Names())
    forged = replace(statement.lines[0], amount=statement.lines[0].amount + Fraction(1, 100))
    other = forms()["json"](replace(statement, lines=(forged, *statement.lines[1:])), Names())
    assert one != other
    found = worths({"statement.json": other, "l.json": listed({"statement.json": one})})["statement.json"]
    assert not found.holds and "it was changed" in found.because


def test_lists_are_refused_for_nothing_and_for_two_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(PackingError, match="at least one file"):
        packing_list(RING, [], AT)
    with pytest.raises(PackingError, match="a name of its own"):
        packing_list(RING, [Item.of("a", b"1"), Item.of("a", b"2")], AT)
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF" * 1000)
    assert Item.of_file(path) == Item.of("a.pdf", b"%PDF" * 1000)
    for wrong in (b"[]", b"nothing", b"{}", canonical_json(RING.sign({"what": "other"}, AT).to_document())):
        with pytest.raises(PackingError):
            read_list(wrong, TRUST)
