"""`ritornello usage rate`, `usage rates`: which rate each report is valued at, and fixing one after the fact."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ritornello.cli import money
from ritornello.cli.money import AsCsv, AsJson, At, By, Organisation

if TYPE_CHECKING:
    from ritornello.store.unit_of_work import UnitOfWork
    from ritornello.usage.model import Exchange

Into = typer.Option(None, "--into", help="The currency that the rates are into; that of the terms by default.")


def rate(
    file_id: str = typer.Argument(..., help="A file that was taken in."),
    rates: list[str] = typer.Argument(..., help="Units of the terms' currency for one of this: USD=0.92."),
    provider: str = typer.Option("", "--provider", help="Whose rates they are."),
    on: datetime | None = typer.Option(
        None, "--on", formats=["%Y-%m-%d"], help="The day of the rates; today by default."
    ),
    target: str | None = Into,
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Fix rates of exchange on a report that came without them, or with wrong ones."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.exchange_rates import exact_text, fix_rates

    house, org = money.house_of(organisation)
    person, when = money.actor(house, org, by, Capability.RUN_ROYALTIES), money.moment(at)
    with house.work(org, read_only=True) as work:
        told = rates_given(rates, work, target, on.date() if on else when.date(), provider)
    file, again = fix_rates(house, org, file_id, told, when, person)
    said = ", ".join(f"{exact_text(one.rate)} {one.target} for a {currency}" for currency, one in sorted(told.items()))
    typer.echo(f"{file.name}: {said}")
    typer.echo(
        f"run again to pay the difference: {', '.join(again)}" if again else "the next run of its period takes it"
    )


def rates(
    missing: bool = typer.Option(False, "--missing", help="Only reports that no run can value."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """What reports say in foreign currencies, and the rate that each is valued at."""
    from ritornello.workflows.exchange_rates import valued

    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        found = [one for one in valued(work, work.usage.files()) if one.rate is None or not missing]
    columns = ("id", "name", "currency", "total", "rate", "day", "provider", "fixed_on")
    rows: list[tuple[money.Cell, ...]] = [
        (
            *(one.file.id, one.file.name, one.currency, one.total, one.rate, one.day, one.provider),
            "nothing: it has no rate" if one.rate is None else "this report" if one.fixed else "the currency",
        )
        for one in found
    ]
    money.table(columns, rows, as_json=as_json, csv=csv, empty="no report needs a rate")


def rates_given(
    given: list[str], work: UnitOfWork, target: str | None, day: date, provider: str
) -> dict[str, Exchange]:
    """The rates of `--rate` options, into the house's currency unless another is named."""
    from ritornello.usage.exchange import rates_of
    from ritornello.workflows.exchange_rates import house_currency

    into = target.upper() if target else house_currency(work)
    return rates_of(given, into, day, provider or "the command line")
