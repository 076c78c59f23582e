"""`ritornello payouts …`: what leaves after a run, the bank's order, the sheet for mass payment, holds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from ritornello.cli import money
from ritornello.cli.money import AsCsv, AsJson, At, By, Organisation, Out

payouts = typer.Typer(help="Payouts: who is paid, the order for the bank, holds.", no_args_is_help=True)
Run = typer.Argument(..., help="The run's id.")
Party = typer.Argument(..., help="The payee's pseudonym.")


@payouts.command("show")
def show(
    run_id: str = Run, organisation: str | None = Organisation, as_json: bool = AsJson, csv: Path | None = AsCsv
) -> None:
    """Who is paid by a run, who is not and why (below the minimum, held, without details, still recouping)."""
    from ritornello.money import minor_unit
    from ritornello.workflows.payments import paying

    house, org = money.house_of(organisation)
    found = paying(house, org, run_id)
    unit = minor_unit(found.currency)
    rows = [
        (
            p.party,
            found.details[p.party].name if p.party in found.details else "",
            p.balance * unit,
            sum(p.withheld.values()) * unit,
            p.paid * unit,
            sum(p.carried.values()) * unit,
            found.currency,
            p.why,
        )
        for p in found.payouts
    ]
    columns = ("payee", "name", "due", "withheld", "paid", "carried", "currency", "why")
    money.table(columns, rows, as_json=as_json, csv=csv, empty="nobody is owed anything")


@payouts.command("order")
def order(
    run_id: str = Run,
    name: str = typer.Option(..., "--name", help="Who pays, as the bank knows it."),
    iban: str = typer.Option(..., "--iban", help="From which account."),
    bic: str = typer.Option("", "--bic", help="The bank's BIC, where it wants one."),
    on: datetime = typer.Option(..., "--on", formats=["%Y-%m-%d"], help="The day of execution."),
    out: Path | None = Out,
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """The order for the bank (ISO 20022 pain.001.001.09) over a posted run; its hash goes into the log."""
    from ritornello.people.roles import Capability
    from ritornello.statements.payment_order import Account
    from ritornello.workflows.payments import bank_order

    house, org = money.house_of(organisation)
    person, when = money.actor(house, org, by, Capability.CLOSE_PERIOD), money.moment(at)
    content, found = bank_order(house, org, run_id, Account(name, iban, bic), on.date(), when, person)
    money.handed_out(house, out, content, "order", money.moment(at))
    for party in found.unreachable:
        typer.echo(f"{party} has no account on file and is not in the order; see `payouts sheet`", err=True)


@payouts.command("sheet")
def sheet(
    run_id: str = Run, out: Path | None = Out, organisation: str | None = Organisation, at: datetime | None = At
) -> None:
    """One row per payee who is paid, for a payment service."""
    from ritornello.workflows.payments import mass_sheet

    house, org = money.house_of(organisation)
    money.handed_out(house, out, mass_sheet(house, org, run_id), "sheet", money.moment(at))


@payouts.command("hold")
def hold(
    party: str = Party,
    why: str = typer.Argument(..., help="Why, in words; the payee reads it."),
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Keep a payee's money here from the next run on; it accrues."""
    from ritornello.people.roles import Capability
    from ritornello.workflows import payments

    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.CLOSE_PERIOD)
    changed = payments.hold(house, org, party, why, money.moment(at), person)
    typer.echo(f"{party}: {'held' if changed else 'is held already'}")


@payouts.command("release")
def release(
    party: str = Party,
    why: str = typer.Argument("released", help="Why, in words."),
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Let a payee's money go again with the next run."""
    from ritornello.people.roles import Capability
    from ritornello.workflows import payments

    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.CLOSE_PERIOD)
    changed = payments.release(house, org, party, why, money.moment(at), person)
    typer.echo(f"{party}: {'released' if changed else 'is not held'}")


@payouts.command("holds")
def holds(organisation: str | None = Organisation, as_json: bool = AsJson, csv: Path | None = AsCsv) -> None:
    """Whose money is held, and why."""
    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        found = work.royalty.holds()
    money.table(("payee", "why"), list(found.items()), as_json=as_json, csv=csv, empty="nobody's money is held")
