"""Proofs that a payee keeps: a line under its statement, the statement under a signed head of the log, head under head.

Whoever has such a document and the public keys checks it alone, without the house and without its database. A proof is
read strictly: it must be the canonical JSON that was handed out, down to the byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ritornello.proof import canonical_json, merkle, sha256_hex
from ritornello.proof.signing import Signed, SigningError, TrustedKeys, verify
from ritornello.royalty.wording import decimal
from ritornello.statements.model import Statement, StatementError, from_document

LINE, HEADS = "ritornello line proof", "ritornello head proof"
HEAD = "ritornello tree head"
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Found:
    """What a document proves. `holds`: everything in it fits together and the heads are signed by trusted keys;
    `because`: what was shown, or what is wrong, as sentences; `hashes`: the records that it shows to be in the log."""

    holds: bool
    because: tuple[str, ...]
    hashes: frozenset[str] = frozenset()


class NotAProof(ValueError):
    """A document that is none of those that can be verified here; the message says what was expected."""


def line_proof(statement: Statement, number: int, inclusion: Mapping[str, Any]) -> dict[str, Any]:
    """The proof of one line. `inclusion`: the statement's own proof under a signed head of the log.

    Raises `StatementError` for no such line.
    """
    path = statement.line_proof(number)
    return {
        "what": LINE,
        "line": statement.lines[number - 1].document(),
        "path": [part.hex() for part in path],
        "statement": statement.header(),
        "inclusion": dict(inclusion),
    }


def head_proof(first: Signed, second: Signed, path: Sequence[str]) -> dict[str, Any]:
    """The proof that the log of a newer head continues that of an older one."""
    return {"what": HEADS, "first": first.to_document(), "second": second.to_document(), "path": list(path)}


def check(content: bytes, trust: TrustedKeys) -> Found:
    """What the bytes of a proof or statement are worth. Raises `NotAProof` for anything else."""
    document = _read(content)
    try:
        if document.get("what") == LINE:
            found = _line(document, trust)
        elif document.get("what") == HEADS:
            found = _heads(document, trust)
        elif set(document) == {"content_hash", "head", "path", "position"}:
            found = _inclusion(document, trust)
        elif set(document) == {"statement", "hash", "lines"}:
            found = _statement(document)
        else:
            raise NotAProof("this is neither a proof of a line, of a record or of heads, nor a statement")
    except (SigningError, StatementError, KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        if isinstance(error, NotAProof):
            raise
        return Found(False, (f"it is not whole: {error}",))
    if found.holds and content != canonical_json(document):
        return Found(False, ("its content fits together, but it was written anew: these are not the bytes handed out",))
    return found


def _read(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotAProof(f"this is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise NotAProof("a proof is a JSON object")
    return document


def _line(document: Mapping[str, Any], trust: TrustedKeys) -> Found:
    _keys(document, {"what", "line", "path", "statement", "inclusion"})
    line, header = document["line"], document["statement"]
    root, size = _digest(header["root"]), header["lines"]
    leaf = canonical_json(line)
    path = [_digest(part) for part in document["path"]]
    if not merkle.verify_inclusion(leaf, line["number"] - 1, size, path, root):
        return Found(False, (f"the line does not lead to the root of statement {header['id']}",))
    hashed = sha256_hex(canonical_json(header))
    if hashed != document["inclusion"]["content_hash"]:
        return Found(False, ("the proof of the log is about another record than this statement",))
    under = _inclusion(document["inclusion"], trust)
    first, last = header["period"]
    amount = f"{decimal(Fraction(line['amount']))} {header['currency']}"
    said = f"line {line['number']} of {size}, {amount}, stands in statement {header['id']} of {first} to {last}"
    return Found(under.holds, (said, *under.because), under.hashes)


def _inclusion(document: Mapping[str, Any], trust: TrustedKeys) -> Found:
    _keys(document, {"content_hash", "head", "path", "position"})
    size, root, signed = _head(document["head"])
    content = _digest(document["content_hash"])
    path = [_digest(part) for part in document["path"]]
    if not merkle.verify_inclusion(content, document["position"], size, path, root):
        return Found(False, (f"the record does not lead to the root of the head of {size} entries",))
    verdict = verify(signed, trust)
    said = f"it is entry {document['position']} of the log, under the head of {size} entries"
    hashes = frozenset({document["content_hash"]}) if verdict else frozenset()
    return Found(bool(verdict), (said, f"the head is {verdict.value}"), hashes)


def _heads(document: Mapping[str, Any], trust: TrustedKeys) -> Found:
    _keys(document, {"what", "first", "second", "path"})
    (first, first_root, one), (second, second_root, other) = _head(document["first"]), _head(document["second"])
    path = [_digest(part) for part in document["path"]]
    if not merkle.verify_consistency(first, second, first_root, second_root, path):
        return Found(False, (f"the log of {second} entries does not continue the log of {first}",))
    verdicts = [verify(signed, trust) for signed in (one, other)]
    said = f"the log of {second} entries continues the log of {first}: nothing before was changed or taken away"
    told = tuple(f"the {which} head is {v.value}" for which, v in zip(("older", "newer"), verdicts, strict=True))
    return Found(all(verdicts), (said, *told))


def _statement(document: Mapping[str, Any]) -> Found:
    statement = from_document({"header": document["statement"], "lines": document["lines"]})
    if statement.hash() != document["hash"]:
        return Found(False, ("the header does not have the hash that the file states",))
    if [line.document() for line in statement.lines] != document["lines"]:
        return Found(False, ("a line has more or other fields than were hashed",))
    return Found(True, (f"its {len(statement.lines)} lines have the root, and its header the hash, that it states",))


def statement_of(content: bytes) -> Statement | None:
    """The statement in a JSON export, where it is one and holds."""
    try:
        document = _read(content)
    except NotAProof:
        return None
    if set(document) != {"statement", "hash", "lines"} or not check(content, TrustedKeys(())).holds:
        return None
    return from_document({"header": document["statement"], "lines": document["lines"]})


def _head(document: Mapping[str, Any]) -> tuple[int, bytes, Signed]:
    signed = Signed.from_document(document)
    if signed.to_document() != dict(document):
        raise SigningError("the signed head was written anew")
    payload = signed.payload
    _keys(payload, {"root", "size", "what"})
    if payload["what"] != HEAD or type(payload["size"]) is not int:
        raise SigningError("what is signed is no head of the log")
    return payload["size"], _digest(payload["root"]), signed


def _digest(text: Any) -> bytes:
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise ValueError(f"{text!r} is no SHA-256 in 64 hexadecimal digits")
    return bytes.fromhex(text)


def _keys(document: Mapping[str, Any], expected: set[str]) -> None:
    if set(document) != expected:
        raise ValueError(f"it has the fields {', '.join(sorted(document))}; expected are {', '.join(sorted(expected))}")
