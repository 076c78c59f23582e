"""`ritornello verify FILE…`: what a file is worth, without the house that it came from and without a network.

Audio: its content credentials. Proofs: a line under its statement under a signed head; a record under a head; a head
under a newer one. Statements as JSON, and as CSV where the JSON is given beside it. Any other file is held against the
proofs that are given with it: it is in the log if one of them is about its hash.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from ritornello.proof.signing import TrustedKeys
    from ritornello.statements.model import Statement


@dataclass
class _Bench:
    """What is known while the files are looked at, one after the other."""

    keys: TrustedKeys
    hashes: set[str] = field(default_factory=set)
    statements: dict[Path, Statement] = field(default_factory=dict)


def verify(
    files: list[Path] = typer.Argument(..., help="The files.", exists=True, dir_okay=False),
    trust: Path | None = typer.Option(
        None, "--trust", help="What you trust: root certificates (PEM) for audio, public keys (JSON) for proofs."
    ),
) -> None:
    """Say what files are worth, offline: audio credentials, proofs of lines and heads, statements."""
    from ritornello.proof.signing import TrustedKeys
    from ritornello.statements.proofs import statement_of

    text = trust.read_text(encoding="utf-8") if trust is not None else ""
    pem = "" if text.lstrip().startswith("{") else text
    bench = _Bench(TrustedKeys.from_document(json.loads(text)) if text and not pem else TrustedKeys(()))
    documents = {file: file.read_bytes() for file in files if file.suffix.lower() == ".json"}
    for file, content in documents.items():
        statement = statement_of(content)
        if statement is not None:
            bench.statements[file] = statement
    held = [_document(file, content, bench) for file, content in documents.items()]
    held += [_other(file, pem, bench) for file in files if file not in documents]
    for file, statement in bench.statements.items():
        if bench.hashes and statement.hash() not in bench.hashes:
            typer.echo(f"{file}: no: none of the proofs is about this statement")
            held.append(False)
        elif not bench.hashes:
            typer.echo(f"{file}: whether it is in the log was not checked; give its proof too")
    raise typer.Exit(0 if all(held) else 1)


def _document(file: Path, content: bytes, bench: _Bench) -> bool:
    from ritornello.statements.proofs import NotAProof, check

    try:
        found = check(content, bench.keys)
    except NotAProof as error:
        typer.echo(f"{file}: no: {error}")
        return False
    bench.hashes |= found.hashes
    typer.echo(f"{file}: {'holds' if found.holds else 'no'}: {'; '.join(found.because)}")
    return found.holds


def _other(file: Path, pem: str, bench: _Bench) -> bool:
    """A statement's sheet beside its JSON, a file whose hash is in the log, or audio."""
    from ritornello.proof import sha256_hex
    from ritornello.statements.sheets import statement_csv

    if file.suffix.lower() == ".csv":
        content = file.read_bytes()
        if any(statement_csv(one) == content for one in bench.statements.values()):
            typer.echo(f"{file}: holds: every cell is that of the statement")
            return True
        typer.echo(f"{file}: no: it is not the sheet of a statement that was given with it")
        return False
    if file.suffix.lower() == ".xml":
        holds = sha256_hex(file.read_bytes()) in bench.hashes
        typer.echo(f"{file}: {'holds: it is in the log' if holds else 'no: none of the proofs is about these bytes'}")
        return holds
    return _audio(file, pem)


def _audio(file: Path, pem: str) -> bool:
    from ritornello.provenance.manifest import verify as credentials

    found = credentials(file, pem)
    typer.echo(f"{found.state}{': ' + ', '.join(found.codes) if found.codes else ''}")
    if found.statement is not None:
        typer.echo(json.dumps(found.statement, indent=1, sort_keys=True, ensure_ascii=False))
    return bool(found)
