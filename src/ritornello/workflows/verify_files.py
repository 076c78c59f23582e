"""What files are worth, without the house that they came from and without a network.

A packing list speaks for files of every kind, down to the byte; it lies beside them or in their ZIP. Proofs speak for
lines, records and heads, statements for themselves and for their sheet, a signed cover for a feed's two writings, and
audio has its content credentials. Where a list names a file, nothing else outweighs it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ritornello.consent import feed, licence
from ritornello.proof import CanonicalError, canonical_json
from ritornello.proof.packing import LIST_NAME, Item, PackingError, PackingList, is_list, read_list, unpacked
from ritornello.proof.signing import Signed, SigningError, TrustedKeys, verify
from ritornello.statements.model import Statement
from ritornello.statements.proofs import Found, NotAProof, check, statement_of
from ritornello.statements.sheets import statement_csv

_READ = {".json", ".csv", ".zip"}
_PAPERS = {".csv", ".htm", ".html", ".jsonl", ".pdf", ".tsv", ".txt", ".xlsx", ".xml", ".c2pa", ".md"}
"""What is no audio: it holds only where a list, a proof or a cover is about its bytes."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A file to look at. `content` is there for what is read (JSON, CSV, ZIP), `path` for what lies on disk."""

    name: str
    sha256: str
    content: bytes = b""
    path: Path | None = None

    @staticmethod
    def of(name: str, content: bytes, path: Path | None = None) -> Handed:
        return Handed(name, hashlib.sha256(content).hexdigest(), content, path)

    @staticmethod
    def read(path: Path) -> Handed:
        """From disk; what is not read is only hashed, however large."""
        if path.suffix.lower() in _READ:
            return Handed.of(str(path), path.read_bytes(), path)
        return Handed(str(path), Item.of_file(path).sha256, path=path)

    @property
    def kind(self) -> str:
        return Path(self.name).suffix.lower()


@dataclass(frozen=True, slots=True)
class Worth:
    """What one file is worth: yes or no, and why; `details` is what its content credentials say."""

    name: str
    holds: bool
    because: str
    details: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {'holds' if self.holds else 'no'}: {self.because}"


@dataclass
class _Bench:
    """What is known while the files are looked at."""

    trust: TrustedKeys
    roots: str
    lists: list[PackingList] = field(default_factory=list)
    hashes: set[str] = field(default_factory=set)
    covered: set[str] = field(default_factory=set)
    statements: dict[str, Statement] = field(default_factory=dict)


def verify_files(files: Iterable[Handed], trust: TrustedKeys, *, roots: str = "") -> list[Worth]:
    """What each file is worth. `roots`: certificates (PEM) that audio credentials are held against."""
    bench = _Bench(trust, roots)
    found: list[Worth] = []
    loose: list[Handed] = []
    for file in files:
        if file.kind != ".zip":
            loose.append(file)
            continue
        try:
            inside, listed = unpacked(file.content)
        except PackingError as error:
            found.append(Worth(file.name, False, str(error)))
            continue
        found += _absent(file.name, inside, listed, bench)
        loose.append(Handed.of(f"{file.name}/{LIST_NAME}", listed))
        loose += [Handed.of(f"{file.name}/{name}", content) for name, content in inside.items()]
    documents = {file.name: _document(file) for file in loose if file.kind == ".json"}
    lists = [file for file in loose if is_list(documents.get(file.name))]
    found += [_list(file, bench) for file in lists]
    rest = [file for file in loose if file not in lists]
    known = {file.name: _known(file, bench) for file in rest if documents.get(file.name) is not None}
    found += [_file(file, known.get(file.name), bench) for file in rest]
    found += _in_the_log(bench)
    return found


def _document(file: Handed) -> Any:
    try:
        return json.loads(file.content)
    except (ValueError, RecursionError):
        return None


def _list(file: Handed, bench: _Bench) -> Worth:
    try:
        read = read_list(file.content, bench.trust)
    except PackingError as error:
        return Worth(file.name, False, str(error))
    bench.lists.append(read)
    named = "1 file" if len(read.items) == 1 else f"{len(read.items)} files"
    said = f"a list of {named} of {read.signed.signed_at:%Y-%m-%d %H:%M} UTC, {read.verdict.value}"
    return Worth(file.name, bool(read.verdict), said)


def _known(file: Handed, bench: _Bench) -> Found | None:
    """What a proof, a statement or a signed document says of itself; None for any other JSON."""
    try:
        found = _signed(file.content, bench) or check(file.content, bench.trust)
    except NotAProof:
        return None
    if found.holds:
        bench.hashes |= found.hashes
        statement = statement_of(file.content)
        if statement is not None:
            bench.statements[file.name] = statement
    return found


def _signed(content: bytes, bench: _Bench) -> Found | None:
    """What a document that the house signed is worth (a licence, a list of revocations, a head, a feed's cover), down
    to the byte; None for what is not signed."""
    document = json.loads(content)
    if not isinstance(document, dict) or not {"key_id", "payload", "signature"} <= set(document):
        return None
    try:
        signed = Signed.from_document(document)
        again = signed.to_document()
        # canonical, or written for reading, as a package holds its licence
        written = (
            canonical_json(again),
            (json.dumps(again, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode(),
        )
    except (SigningError, CanonicalError, TypeError, ValueError) as error:
        return Found(False, (f"it is not whole: {error}",))
    if content not in written:
        return Found(False, ("it was written anew: these are not the bytes handed out",))
    verdict = verify(signed, bench.trust)
    kind = str(signed.payload.get("format") or signed.payload.get("what") or "document")
    said = [f"this {kind} is {verdict.value}"]
    if kind == licence.FORMAT:
        said.append("whether it stands today, `ritornello licence verify` says")
    if verdict and kind == feed.FORMAT:
        bench.covered |= {str(signed.payload[name]) for name in ("csv_sha256", "jsonl_sha256")}
    return Found(bool(verdict), tuple(said))


def _file(file: Handed, known: Found | None, bench: _Bench) -> Worth:
    listed = _listed(file, bench)
    if listed is not None and not (listed.holds and known is not None):
        return listed
    if known is not None:
        because = list(known.because)
        if listed is not None:
            because.append(listed.because)
        elif file.name in bench.statements and not bench.hashes:
            because.append("whether it is in the log was not checked; give its proof too")
        return Worth(file.name, known.holds, "; ".join(because))
    if file.sha256 in bench.covered:
        return Worth(file.name, True, "these are the bytes that the signed cover names")
    if file.sha256 in bench.hashes:
        return Worth(file.name, True, "it is in the log")
    if file.kind == ".csv" and any(statement_csv(one) == file.content for one in bench.statements.values()):
        return Worth(file.name, True, "every cell is that of the statement")
    if file.kind == ".json":
        return Worth(file.name, False, _not_a_proof(file))
    if file.path is None or file.kind in _PAPERS:
        return Worth(file.name, False, "no packing list, proof, cover or statement that was given is about these bytes")
    return _audio(file.name, file.path, bench.roots)


def _listed(file: Handed, bench: _Bench) -> Worth | None:
    """What the lists say of a file; None where none of them names it."""
    for one in bench.lists:
        if any(item.sha256 == file.sha256 for item in one.items):
            said = f"these are the bytes that were handed out; their list is {one.verdict.value}"
            return Worth(file.name, bool(one.verdict), said)
    if any(one.named(Path(file.name).name) for one in bench.lists):
        return Worth(file.name, False, "its packing list has other bytes under this name: it was changed")
    return None


def _not_a_proof(file: Handed) -> str:
    try:
        check(file.content, TrustedKeys(()))
    except NotAProof as error:
        return f"{error}; no packing list that was given is about it"
    return "it is not whole"


def _in_the_log(bench: _Bench) -> Iterator[Worth]:
    if bench.hashes:
        for name, statement in bench.statements.items():
            if statement.hash() not in bench.hashes:
                yield Worth(name, False, "none of the proofs is about this statement")


def _absent(archive: str, names: Iterable[str], listed: bytes, bench: _Bench) -> Iterator[Worth]:
    """Files that a ZIP's list names and the ZIP does not hold."""
    try:
        items = read_list(listed, bench.trust).items
    except PackingError:
        return  # the list itself is told to be none
    for item in items:
        if item.name not in names:
            yield Worth(f"{archive}/{item.name}", False, "the list names it, and the ZIP does not hold it")


def _audio(name: str, path: Path, roots: str) -> Worth:
    from ritornello.provenance.manifest import verify as credentials

    found = credentials(path, roots)
    said = f"{found.state}{': ' + ', '.join(found.codes) if found.codes else ''}"
    details = ""
    if found.statement is not None:
        details = json.dumps(found.statement, indent=1, sort_keys=True, ensure_ascii=False)
    return Worth(name, bool(found), said, details)
