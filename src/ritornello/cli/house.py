"""`ritornello house …`: seal what is written once, and examine whether it is still as it was written."""

from __future__ import annotations

from datetime import datetime

import typer

from ritornello.cli import money
from ritornello.cli.money import AsJson, At, Organisation

house = typer.Typer(help="The house: seal its records, examine them.", no_args_is_help=True)


@house.command("seal")
def seal(organisation: str | None = Organisation, at: datetime | None = At) -> None:
    """List every new row that is written once under a root in the signed log."""
    from ritornello.workflows.sealing import seal_house

    opened, org = money.house_of(organisation)
    made = seal_house(opened, org, money.moment(at))
    typer.echo(
        "nothing is new since the last seal" if made is None else f"seal {made.number}: {made.rows} rows, {made.root}"
    )


@house.command("check")
def check(organisation: str | None = Organisation, at: datetime | None = At, as_json: bool = AsJson) -> None:
    """Examine every row, seal, entry and signed head of the log, and the books. Exit status 1 where one is changed."""
    from ritornello.workflows.sealing import examine_house

    opened, org = money.house_of(organisation)
    found = examine_house(opened, org, money.moment(at))
    if as_json:
        money.say({"complaints": list(found.complaints), "rows": found.rows, "unsealed": found.unsealed})
    else:
        for complaint in found.complaints:
            typer.echo(complaint)
        verdict = "something was changed" if found.complaints else "all is as it was written"
        typer.echo(f"{verdict}: {found.rows} rows, {found.unsealed} since the last seal")
    raise typer.Exit(1 if found.complaints else 0)
