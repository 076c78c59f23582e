"""`ritornello consent remind|addendum`: what the calendar asks for, and an offer on paper."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from ritornello.cli.consent import AsJson, At, Organisation, house_here, moment, say


def add_to(consent: typer.Typer) -> None:
    """Put these commands beside the others of the desk."""
    consent.command("remind")(remind)
    consent.command("addendum")(addendum)


def remind(organisation: str | None = Organisation, at: datetime | None = At, as_json: bool = AsJson) -> None:
    """What is due now: reminders of invitations (after 3, 7 and 14 days) with their links, and what silence has ended.

    A lapse refuses, of an invitation and of an approval. Each is told once; run it once a day.
    """
    from ritornello.cli import houses
    from ritornello.workflows.approve import settle_due
    from ritornello.workflows.ask_holders import remind as due

    house, org = house_here(organisation)
    when = moment(at)
    found, settled = due(house, org, when), settle_due(house, org, when)
    if as_json:
        say({"approvals": [o.to_document() for o in settled], "invitations": [one.to_document() for one in found]})
        return
    address = houses.settings_of().address.rstrip("/")
    for one in found:
        told = one.asked.invitation
        if one.day is None:
            typer.echo(f"lapsed: {told.holder} on {told.right}, {told.offer_id}; no answer is a no")
        else:
            typer.echo(f"day {one.day}: remind {told.holder} on {told.right}: {address}{one.asked.path}")
    for waiting in settled:
        told_item = waiting.item
        typer.echo(f"{waiting.standing.value}: {told_item.holder} on {told_item.right}, {told_item.id}")
    if not found and not settled:
        typer.echo("nothing is due")


def addendum(
    offer_id: str = typer.Argument(..., help="The offer."),
    out: Path = typer.Option(..., "--out", dir_okay=False, help="Write the PDF here."),
    version: int | None = typer.Option(None, "--version", help="Which version; the newest by default."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """An offer as an addendum to sign (PDF): every term in words, what a version changes, its hash on each page. Its
    signed packing list is written beside it."""
    from ritornello.workflows.addendum import addendum_on_file
    from ritornello.workflows.hand_out import hand_out

    house, org = house_here(organisation)
    offer, content = addendum_on_file(house, org, offer_id, version)
    hand_out(house, out, content, moment(at))
    typer.echo(f"{offer.id} version {offer.version}: {out} ({len(content):,} bytes), terms {offer.content_hash}")
