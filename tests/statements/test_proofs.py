"""Proofs and exports: each holds as it was handed out, and not one of a thousand changed bytes goes unseen."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from ritornello.proof import canonical_json, merkle
from ritornello.proof.signing import KeyRing, TrustedKeys
from ritornello.statements.build import build
from ritornello.statements.model import Statement
from ritornello.statements.proofs import NotAProof, check, head_proof, line_proof, statement_of
from ritornello.statements.sheets import statement_csv
from ritornello.statements.writers import statement_json
from tests.royalty.golden import golden_scenario
from tests.statements.test_statements import made

AT = datetime(2026, 9, 1, tzinfo=UTC)
RING = KeyRing.generate(AT - timedelta(days=1))
TRUST = RING.trusted()


@pytest.fixture(scope="module")
def statement() -> Statement:
    result, engine, context = made(golden_scenario())
    return build("fan", result, engine, context)


@pytest.fixture(scope="module")
def exports(statement: Statement) -> dict[str, bytes]:
    """One of everything that is handed out."""
    leaves = [bytes([number]) * 32 for number in range(5)] + [bytes.fromhex(statement.hash())]
    older, newer = merkle.Tree(), merkle.Tree()
    for leaf in leaves[:3]:
        older.append(leaf)
    for leaf in leaves:
        newer.append(leaf)
    heads = [
        RING.sign({"root": tree.root().hex(), "size": len(tree), "what": "ritornello tree head"}, AT)
        for tree in (older, newer)
    ]
    inclusion = {
        "content_hash": statement.hash(),
        "head": heads[1].to_document(),
        "path": [part.hex() for part in newer.inclusion_proof(5)],
        "position": 5,
    }
    grown = head_proof(heads[0], heads[1], [part.hex() for part in newer.consistency_proof(3)])
    return {
        "line": canonical_json(line_proof(statement, 2, inclusion)),
        "record": canonical_json(inclusion),
        "heads": canonical_json(grown),
        "statement": statement_json(statement),
    }


@pytest.mark.parametrize("name", ["line", "record", "heads", "statement"])
def test_as_handed_out_it_holds(exports: dict[str, bytes], name: str) -> None:
    found = check(exports[name], TRUST)
    assert found.holds, found.because


@pytest.mark.parametrize("name", ["line", "record", "heads", "statement"])
def test_no_changed_byte_goes_unseen(exports: dict[str, bytes], name: str) -> None:
    dice = random.Random(name)
    content = exports[name]
    for _ in range(1000):
        place, value = dice.randrange(len(content)), dice.randrange(256)
        if content[place] == value:
            continue
        changed = content[:place] + bytes([value]) + content[place + 1 :]
        try:
            found = check(changed, TRUST)
        except NotAProof:
            continue
        assert not found.holds, (place, content[place : place + 1], bytes([value]))


def test_no_changed_byte_of_a_sheet_goes_unseen(statement: Statement, exports: dict[str, bytes]) -> None:
    read = statement_of(exports["statement"])
    assert read is not None
    sheet, dice = statement_csv(statement), random.Random("sheet")
    assert statement_csv(read) == sheet
    for _ in range(1000):
        place = dice.randrange(len(sheet))
        changed = sheet[:place] + bytes([sheet[place] ^ dice.randrange(1, 256)]) + sheet[place + 1 :]
        assert statement_csv(read) != changed


def test_without_the_public_keys_nothing_is_trusted(exports: dict[str, bytes]) -> None:
    found = check(exports["line"], TrustedKeys(()))
    assert not found.holds and "not on the list of trusted keys" in found.because[-1]


def test_a_rewritten_log_does_not_continue_the_old_one(exports: dict[str, bytes]) -> None:
    document = json.loads(exports["heads"])
    forged = merkle.Tree()
    for number in range(6):
        forged.append(bytes([number + 1]) * 32)
    payload = {"root": forged.root().hex(), "size": 6, "what": "ritornello tree head"}
    document["second"] = RING.sign(payload, AT).to_document()
    document["path"] = [part.hex() for part in forged.consistency_proof(3)]
    found = check(canonical_json(document), TRUST)
    assert not found.holds and "does not continue" in found.because[0]


def test_a_line_of_another_statement_is_not_proven(statement: Statement, exports: dict[str, bytes]) -> None:
    document = json.loads(exports["line"])
    document["line"]["number"] = 3
    assert not check(canonical_json(document), TRUST).holds
    for wrong in (b"[]", b"nothing", b"{}", b'{"what": 3}'):
        with pytest.raises(NotAProof):
            check(wrong, TRUST)


@pytest.mark.parametrize("name", ["line", "record", "heads", "statement"])
def test_the_same_content_written_anew_is_not_what_was_handed_out(exports: dict[str, bytes], name: str) -> None:
    anew = json.dumps(json.loads(exports[name]), indent=1).encode()
    found = check(anew, TRUST)
    assert not found.holds and "not the bytes handed out" in found.because[0]
