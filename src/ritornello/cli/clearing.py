"""`ritornello release points …`: what could not be measured of a derivative, and who approved it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ritornello.cli.identify import HOME, ORGANISATION
from ritornello.cli.money import actor, house_of
from ritornello.cli.release import AS_JSON, RECORDING, day_of, named

if TYPE_CHECKING:
    from ritornello.people.model import Identity
    from ritornello.people.roles import Capability
    from ritornello.workflows.house import House
    from ritornello.workflows.open_points import Points

MEMBER = typer.Option(..., "--by", help="Who acts: the e-mail of a member whose role allows it.")


def add_to(release: typer.Typer) -> None:
    """Put these commands beside those of the gate."""
    release.command("points")(points)
    release.command("rule-point")(rule_point)


def points(
    recording: str = RECORDING,
    day: str = typer.Option("", "--day", help="As it stood at the end of a day (YYYY-MM-DD); by default now."),
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """What of a derivative could not be measured, with the bound that it belongs to; exit 1 while anything is open."""
    from ritornello.workflows.convert_match import end_of
    from ritornello.workflows.open_points import points_of

    house, org = house_of(organisation, home)
    moment = end_of(day_of(day)) if day else datetime.now(UTC)
    return _told(points_of(house, org, named(house, org, recording), moment), as_json)


def rule_point(
    recording: str = RECORDING,
    term: str = typer.Argument(..., metavar="POINT", help="The point, as `release points` names it."),
    approves: bool = typer.Option(..., "--approve/--refuse", help="Whether it may leave all the same."),
    reason: str = typer.Option(..., "--reason", help="Why; it is kept."),
    by: str = MEMBER,
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """Rule on what could not be measured, having listened; exit 1 while anything is open."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.open_points import rule_on_point

    house, org = house_of(organisation, home)
    member = identity(house, org, by, Capability.APPROVE)
    found = rule_on_point(
        house, org, named(house, org, recording), term, member,
        approves=approves, reason=reason, at=datetime.now(UTC),
    )  # fmt: skip
    return _told(found, as_json)


def identity(house: House, organisation: str, email: str, capability: Capability) -> Identity:
    """Who acts at the command line, as the interface would see them. Raises `Refused`."""
    from ritornello.people.model import Identity

    person = actor(house, organisation, email, capability)
    with house.work(organisation, read_only=True) as work:
        member = work.people.membership(person)
    assert member is not None, "an actor is a member"
    return Identity(organisation, person, member.roles, member.party_id, "command line")


def _told(found: Points, as_json: bool) -> int:
    if as_json:
        typer.echo(json.dumps(found.to_document(), ensure_ascii=False, indent=1))
    elif not found.points:
        typer.echo(f"{found.recording.id}: everything that its licence bounds could be measured")
    else:
        for one in found.points:
            typer.echo(f"{one.term}: {one.told}")
            if one.ruling is None:
                typer.echo("  open: it does not leave before somebody who may has heard and approved it")
            else:
                word = "approved" if one.ruling.approves else "refused"
                typer.echo(f"  {word} by {one.ruling.by} on {one.ruling.at:%Y-%m-%d}: {one.ruling.reason}")
    return int(not found.approved)
