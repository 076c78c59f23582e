"""`ritornello usage performance`, `first-days`, `payees`: what was played, how it began, and who earned from it."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

from ritornello.cli import money
from ritornello.cli.money import AsCsv, AsJson, Organisation

if TYPE_CHECKING:
    from ritornello.usage.performance import Dimension


def performance(
    by: str = typer.Option(
        "asset", "--by", help="asset, parent, type, territory, service, week, month, flow; several by comma."
    ),
    start: datetime | None = typer.Option(None, "--from", formats=["%Y-%m-%d"], help="First day of use."),
    end: datetime | None = typer.Option(None, "--to", formats=["%Y-%m-%d"], help="Last day of use."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Plays and money as services reported them, up to the day that each has reported. It never says why."""
    from ritornello.workflows.plays import played

    asked = _dimensions(by)
    house, org = money.house_of(organisation)
    found = played(house, org, asked, start.date() if start else None, end.date() if end else None)
    columns = (*asked, "plays", "amount", "currency")
    rows: list[tuple[money.Cell, ...]] = [
        (*line.key, line.units, Fraction(line.amount_e10, 10**10), line.currency) for line in found.lines
    ]
    money.table(columns, rows, as_json=as_json, csv=csv, empty="nothing was reported for this")
    if not as_json and csv is None:
        for one in found.as_of:
            typer.echo(f"{one.service}: reported up to {one.last_period}")
        if "week" in asked:
            for line in found.undated:
                typer.echo(f"{line.key[0]}: {line.units} plays have no day and are in no week")


def first_days(
    recording: str = typer.Argument(..., help="The recording's id or ISRC."),
    release: datetime | None = typer.Argument(
        None, formats=["%Y-%m-%d"], help="The day of release; the first day on which it was played by default."
    ),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Plays of the first 28 days, each service's as far as it has reported."""
    from datetime import timedelta

    from ritornello.workflows.plays import first_days as curve

    house, org = money.house_of(organisation)
    found = curve(house, org, recording, release.date() if release else None)
    services = [] if found is None else [one for one in found.services if one.days]
    rows: list[tuple[money.Cell, ...]] = [
        (
            *(number + 1, found.release + timedelta(days=number), plays),
            *(one.days[number] if number < len(one.days) else None for one in services),
        )
        for number, plays in enumerate(found.days if found is not None else ())
        if found is not None
    ]
    columns = ("day", "date", "plays", *(one.service for one in services))
    money.table(columns, rows, as_json=as_json, csv=csv, empty="no day of it is reported yet")
    if found is None or as_json or csv is not None:
        return
    for one in found.services:
        undated = f"; {one.undated_units} plays of this time have no day" if one.undated_units else ""
        typer.echo(f"{one.service}: {'reported' if one.days else 'no days reported'} up to {one.until}{undated}")
    if found.reported < len(found.days):
        typer.echo(f"from day {found.reported + 1} on not every service has reported: plays may still come")


def payees(
    recording: str | None = typer.Argument(None, help="The recording's id or ISRC; all of them by default."),
    by: str = typer.Option(
        "asset", "--by", help="asset, parent, type, territory, service, week, month, flow; several by comma."
    ),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Who earned what from plays, from the statements that stand."""
    from ritornello.workflows.plays import paid_for

    asked = _dimensions(by)
    house, org = money.house_of(organisation)
    found = paid_for(house, org, asked, None if recording is None else [recording])
    rows: list[tuple[money.Cell, ...]] = [(*one.key, one.payee, one.amount, one.currency) for one in found]
    columns = (*asked, "payee", "earned", "currency")
    money.table(columns, rows, as_json=as_json, csv=csv, empty="no statement tells of it yet")


def _dimensions(by: str) -> list[Dimension]:
    from ritornello.cli.failures import Refused
    from ritornello.usage.performance import DIMENSIONS

    asked = [one.strip() for one in by.split(",") if one.strip()]
    if not asked or set(asked) - set(DIMENSIONS) or len(set(asked)) < len(asked):
        raise Refused(f"--by {by}: write some of {', '.join(DIMENSIONS)}, each once")
    return [cast("Dimension", one) for one in asked]
