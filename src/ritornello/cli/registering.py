"""`ritornello royalties register …`: what is new or changed after moving in, by the same sheets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from ritornello.cli import money
from ritornello.cli.money import AsCsv, AsJson, At, Files, Organisation


def register(
    files: list[Path] = Files,
    commit: bool = typer.Option(False, "--commit", help="Write it; without it, what would change is told."),
    agreed: bool = typer.Option(
        False, "--agreed", help="All holders agree to these splits: they close what other sources said."
    ),
    by: str = typer.Option("", "--by", help="Who commits: the e-mail of a member whose role allows it."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Register recordings, splits, payees, contracts, advances and costs by sheets like the opening's; a split may be
    corrected backwards. What changes is told first, with the periods to run again."""
    from ritornello.people.roles import Capability
    from ritornello.workflows import registering

    house, org = money.house_of(organisation)
    contents = [(file.name, file.read_bytes()) for file in files]
    if commit:
        person = money.actor(house, org, by, Capability.CLOSE_PERIOD)
        found = registering.commit(house, org, contents, money.moment(at), person, agreed=agreed)
    else:
        found = registering.check(house, org, contents, money.moment(at), agreed=agreed)
    document = registering.told(found)
    if as_json:
        money.say(document)
        raise typer.Exit(1 if found.refused else 0)
    money.tell_findings(found.findings)
    for kind in ("recordings", "payees", "contracts", "advances_and_costs"):
        if document[kind]:
            typer.echo(f"{kind.replace('_', ' ')}: {', '.join(document[kind])}")
    columns = ("asset", "right", "where", "from", "until", "before", "after")
    rows = [(c.asset, c.right, c.territories, c.valid_from, c.valid_to, c.before, c.after) for c in found.changes]
    money.table(columns, rows, csv=csv, empty="no split changes")
    if found.periods:
        typer.echo(f"run again to pay the difference: {', '.join(found.periods)}")
    ready = "registered" if found.committed else "ready to commit"
    typer.echo("refused, nothing is written" if found.refused else ready)
    raise typer.Exit(1 if found.refused else 0)
