"""Commands on documents: verify a licence offline, explain an identifier; and the options that royalties share."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

licence = typer.Typer(help="Licences: issue one, verify one offline.", no_args_is_help=True)
royalties = typer.Typer(
    help="Royalties: from a scenario, or from a period's usage to everybody's statement.", no_args_is_help=True
)
File = typer.Argument(..., help="The file.", exists=True, dir_okay=False)
EngineName = typer.Option("duckdb", "--engine", help="Where the query runs: duckdb, or spark.")
Master = typer.Option("", "--master", help="Of Spark: local[2], spark://host:7077, yarn; all cores here by default.")


@licence.command("verify")
def verify_licence(
    file: Path = File,
    trust: Path | None = typer.Option(None, "--trust", help="The public keys that you trust (JSON)."),
    revocations: Path | None = typer.Option(None, "--revocations", help="The signer's list of revocations (JSON)."),
    at: datetime | None = typer.Option(None, "--at", help="As of this moment (UTC); now by default."),
) -> None:
    """Say what a licence is worth: Trusted, Valid but unknown signer, Invalid, Expired, Revoked, or Not checked."""
    from ritornello.consent.licence import RevocationList, verify
    from ritornello.proof.signing import TrustedKeys

    keys = TrustedKeys.from_document(read_document(trust)) if trust is not None else TrustedKeys(())
    known = RevocationList.read(read_document(revocations), keys) if revocations is not None else None
    when = at.replace(tzinfo=UTC) if at is not None else datetime.now(UTC)
    found = verify(read_document(file), keys, at=when, revocations=known)
    typer.echo(f"{found.status}: {found.because}")
    raise typer.Exit(0 if found else 1)


def explain(identifier: str = typer.Argument(..., help="An ISRC, ISWC, IPI, ISNI, GRid, UPC, EAN or DPID.")) -> None:
    """Say what an identifier is, part by part, or why it is none."""
    from ritornello.cli.failures import Refused
    from ritornello.identifiers.explained import explain as explained

    found = explained(identifier)
    known = [one for one in found if one.refusal is None]
    if not known:
        reasons = "; ".join(f"{one.kind}: {one.refusal.reason}" for one in found if one.refusal is not None)
        raise Refused(f"{identifier!r} is none of them ({reasons})")
    for one in known:
        typer.echo(f"{one.kind}  {one.shown}")
        for name, value in one.parts:
            typer.echo(f"  {name}: {value}")


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises `Refused` where there is none."""
    from ritornello.cli.failures import Refused

    found = read_json(path)
    if not isinstance(found, dict):
        raise Refused(f"{path}: a JSON object is expected, this is {type(found).__name__}")
    return found


def read_json(path: Path) -> Any:
    """The JSON in a file. Raises `Refused` where there is none."""
    from ritornello.cli.failures import Refused

    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{path}: this is not JSON ({error})") from error
