"""`ritornello verify FILE…`: what a file is worth, without the house that it came from and without a network."""

from __future__ import annotations

import json
from pathlib import Path

import typer


def verify(
    files: list[Path] = typer.Argument(..., help="The files.", exists=True, dir_okay=False),
    trust: Path | None = typer.Option(
        None, "--trust", help="What you trust: root certificates (PEM) for audio, public keys (JSON) for all else."
    ),
) -> None:
    """Say what files are worth, offline: packing lists and what they list, proofs, statements, audio credentials."""
    from ritornello.proof.signing import TrustedKeys
    from ritornello.workflows.verify_files import Handed, verify_files

    text = trust.read_text(encoding="utf-8") if trust is not None else ""
    pem = "" if text.lstrip().startswith("{") else text
    keys = TrustedKeys.from_document(json.loads(text)) if text and not pem else TrustedKeys(())
    found = verify_files([Handed.read(file) for file in files], keys, roots=pem)
    for one in found:
        typer.echo(str(one))
        if one.details:
            typer.echo(one.details)
    raise typer.Exit(0 if all(one.holds for one in found) else 1)
