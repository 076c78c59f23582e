"""`ritornello consent blanket`, `standing` and `rules`: what is on file beside offers, and the rights rules."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from ritornello.cli.consent import AsJson, At, File, Organisation, document, house_here, moment, say


def blanket(file: Path = File, organisation: str | None = Organisation, at: datetime | None = At) -> None:
    """Put a service's blanket licence on file: service × territories × rights × acts, between two days."""
    from ritornello.workflows.consent_register import register_blanket

    house, org = house_here(organisation)
    made = register_blanket(house, org, document(file), moment(at))
    rights, acts = ", ".join(sorted(made.rights)), ", ".join(sorted(made.acts))
    typer.echo(f"{made.id}: {rights} on {made.service} in {made.territories}, to {acts}, from {made.valid_from}")


def standing(
    party: str = typer.Argument(..., help="The party, by its pseudonym."),
    how: str = typer.Argument(..., metavar="STANDING", help="person, company, minor or estate."),
    evidence: Path = typer.Option(..., "--evidence", exists=True, dir_okay=False, help="What shows it; kept by hash."),
    by: str = typer.Option("", "--by", help="Who puts it on file."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Put on file how a party answers: in person, through a guardian, or as an estate."""
    from ritornello.proof import sha256_hex
    from ritornello.workflows.consent_register import register_standing

    house, org = house_here(organisation)
    digest = sha256_hex(evidence.read_bytes())
    register_standing(house, org, party, how, evidence_sha256=digest, by=by, at=moment(at))
    typer.echo(f"{party} answers as {how} from now on")


def rules(
    file: Path | None = typer.Argument(None, exists=True, dir_okay=False, help="A rule file to hold against them."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Say which rights rules are in force; with a file, which live licences it would decide otherwise.

    Exit status 1 where a licence would be.
    """
    from ritornello.workflows.ask import rules_of
    from ritornello.workflows.consent_register import hold_rules_against_licences, rules_document

    house, org = house_here(organisation)
    if file is None:
        told = rules_document(rules_of(house))
        if as_json:
            say(told)
            return
        reviewed = "reviewed" if told["reviewed"] else "not reviewed by counsel"
        typer.echo(f"{told['version']} of {told['dated']}, {reviewed} ({told['source']})")
        return
    found = hold_rules_against_licences(house, org, file, moment(at))
    if as_json:
        say(found.to_document())
    else:
        typer.echo(f"{found.after.version} of {found.after.dated}: {found.looked_at} live licences looked at")
        for one in found.affected:
            outcome = one.outcome.value.replace("_", " ")
            why = ", ".join(one.reasons)
            typer.echo(f"  {one.licence_id}: {outcome} ({why}); still allowed in {one.still_allowed}")
        typer.echo(f"{len(found.affected)} would be decided otherwise")
    raise typer.Exit(1 if found.affected else 0)
