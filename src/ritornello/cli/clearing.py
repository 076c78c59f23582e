"""`ritornello release points|check|clear …`: what is in the way of a derivative's delivery, and what leaves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ritornello.cli.identify import HOME, ORGANISATION
from ritornello.cli.money import AsCsv, At, actor, house_of, moment, table
from ritornello.cli.release import AS_JSON, RECORDING, day_of, named

if TYPE_CHECKING:
    from ritornello.people.model import Identity
    from ritornello.people.roles import Capability
    from ritornello.workflows.house import House
    from ritornello.workflows.open_points import Points
    from ritornello.workflows.prepare_release import Sending
    from ritornello.workflows.release_forecast import Forecast

MEMBER = typer.Option(..., "--by", help="Who acts: the e-mail of a member whose role allows it.")


def add_to(release: typer.Typer) -> None:
    """Put these commands beside those of the gate."""
    release.command("points")(points)
    release.command("rule-point")(rule_point)
    release.command("sender")(sender)
    release.command("prefix")(prefix)
    release.command("destinations")(destinations)
    release.command("prepare")(prepare)
    release.command("check")(check)
    release.command("clear")(clear)
    release.command("packages")(packages)


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
    when = end_of(day_of(day)) if day else datetime.now(UTC)
    return _told(points_of(house, org, named(house, org, recording), when), as_json)


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


def sender(
    dpid: str = typer.Argument("", metavar="[DPID]", help="The house's DDEX party id; without one it is shown."),
    name: str = typer.Option("", "--name", help="What the sender is called."),
    by: str = typer.Option("", "--by", help="Who says so: the e-mail of a member whose role lets them deliver."),
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
    at: datetime | None = At,
) -> None:
    """As whom the house sends, and from whose ranges it numbers; or put the sender's DPID on file."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.prepare_release import sending_of, set_sender

    house, org = house_of(organisation, home)
    when = moment(at)
    if dpid:
        told = set_sender(house, org, dpid, name, when, actor(house, org, by, Capability.DELIVER))
    else:
        with house.work(org, read_only=True) as work:
            told = sending_of(work, when)
    _told_sending(told, as_json)


def prefix(
    owner: str = typer.Argument(..., metavar="OWNER", help="Who owns the recordings that it numbers: a party's id."),
    registrant: str = typer.Argument(..., metavar="PREFIX", help="Five characters, such as DEXX1."),
    by: str = MEMBER,
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
    at: datetime | None = At,
) -> None:
    """Put an owner's ISRC registrant prefix on file; only what they own is numbered from it."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.prepare_release import set_prefix

    house, org = house_of(organisation, home)
    who = actor(house, org, by, Capability.DELIVER)
    _told_sending(set_prefix(house, org, owner, registrant, moment(at), who), as_json)


def destinations(
    as_json: bool = AS_JSON,
    csv: Path | None = AsCsv,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Where a release can go, with the rules that are on file: shipped, and from the house's own file."""
    from ritornello.workflows.prepare_release import DESTINATION_COLUMNS, destination_rows

    house, _ = house_of(organisation, home)
    table(DESTINATION_COLUMNS, destination_rows(house), as_json=as_json, csv=csv)


def prepare(
    recording: str = RECORDING,
    upc: str | None = typer.Option(None, "--upc", help="The product code (UPC or EAN); empty takes it away."),
    public: str = typer.Option("", "--public", help="The day on which it is public (YYYY-MM-DD)."),
    genre: str | None = typer.Option(None, "--genre", help="In the words of the services."),
    cover: Path | None = typer.Option(None, "--cover", exists=True, dir_okay=False, help="JPEG or PNG."),
    cover_ai: str | None = typer.Option(None, "--cover-ai", help="Machines in the cover: none, assistive, generative."),
    by: str = MEMBER,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
    at: datetime | None = At,
) -> None:
    """Keep what a release needs besides its sound; what is not named stays as it was."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.prepare_release import prepare_release

    house, org = house_of(organisation, home)
    who = actor(house, org, by, Capability.DELIVER)
    kept = prepare_release(
        house, org, named(house, org, recording), moment(at), who, upc=upc,
        public=day_of(public, "--public") if public else None, genre=genre, cover=cover, cover_ai=cover_ai,
    )  # fmt: skip
    typer.echo(
        f"{kept.title}: UPC {kept.upc or 'none'}, public {kept.release_date or 'as soon as may be'}, "
        f"genre {kept.genre or 'none'}, cover {f'there (machines: {kept.artwork_ai})' if kept.artwork_key else 'none'}"
    )


def check(
    recording: str = RECORDING,
    to: list[str] = typer.Option([], "--to", help="A service, by id; repeatable. By default all of its licence."),
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
    at: datetime | None = At,
) -> int:
    """Everything in the way of a delivery, with how to mend it; nothing is written. Exit 1 where something is."""
    from ritornello.workflows.release_forecast import forecast_release

    house, org = house_of(organisation, home)
    told = forecast_release(house, org, named(house, org, recording), to, moment(at))
    typer.echo(
        json.dumps(told.to_document(), ensure_ascii=False, indent=1) if as_json else "\n".join(forecast_lines(told))
    )
    return int(bool(told.hindrances))


def clear(
    recording: str = RECORDING,
    to: list[str] = typer.Option(..., "--to", help="A service that it goes to, by id; repeatable."),
    by: str = MEMBER,
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
    at: datetime | None = At,
) -> int:
    """Hear, number, tag, sign and pack a derivative; exit 1 and all that is in the way where something is. Done again
    it is the same folder; Ctrl-C packs nothing."""
    from ritornello.cli.money import progress
    from ritornello.people.roles import Capability
    from ritornello.workflows.clear_for_delivery import NotCleared, clear_for_delivery

    house, org = house_of(organisation, home)
    who = actor(house, org, by, Capability.DELIVER)
    try:
        with progress("clearing") as report:
            done = clear_for_delivery(house, org, named(house, org, recording), to, moment(at), by=who, report=report)
    except NotCleared as error:
        for one in error.found:
            typer.echo(f"{one.code}: {one.what} ({one.mend})", err=True)
        return 1
    if as_json:
        document = {
            "recording": done.recording.id,
            "isrc": done.recording.isrc,
            "isrcs_left": done.isrcs_left,
            "package": done.package.id,
            "folder": str(done.folder),
            "files": dict(done.package.files),
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        typer.echo(f"{done.credits.title}, ISRC {done.recording.isrc} ({done.isrcs_left:,} left): {done.folder}")
        for name in sorted(done.package.files):
            typer.echo(f"  {name}")
    return 0


def packages(
    recording: str = RECORDING,
    as_json: bool = AS_JSON,
    csv: Path | None = AsCsv,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """What was packed of a derivative: when, for whom, and each file with its SHA-256."""
    from ritornello.workflows.clear_for_delivery import PACKAGE_COLUMNS, package_rows, packages_of

    house, org = house_of(organisation, home)
    rows = package_rows(packages_of(house, org, named(house, org, recording)))
    table(PACKAGE_COLUMNS, rows, as_json=as_json, csv=csv, empty="nothing was packed yet")


def forecast_lines(told: Forecast) -> list[str]:
    """What is in the way of a delivery, for people."""
    one = told.prospect
    number = f"ISRC {one.recording.isrc}" if one.recording.isrc else f"ISRC to be {one.isrc or 'given'}"
    out = [f"{one.credits.title}: {number}, public on {told.release_date}"]
    out += [f"  {found.code}: {found.what} ({found.mend})" for found in told.general]
    for service in told.destinations:
        out.append(f"  {service.name}:{'' if service.hindrances else ' nothing of its own is in the way'}")
        out += [f"    {found.code}: {found.what} ({found.mend})" for found in service.hindrances]
        out += [f"    know: {note}" for note in service.notes]
    if not told.heard:
        out.append("  it was not heard at the gate as it sounds now; clearing hears it")
    out.append("not ready" if told.hindrances else "ready to be cleared")
    return out


def _told_sending(told: Sending, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told.to_document(), ensure_ascii=False, indent=1))
        return
    one = told.sender
    typer.echo("nobody has said as whom the house sends" if one is None else f"sends as {one.name}, {one.dpid}")
    for owner, (registrant, left) in told.prefixes.items():
        typer.echo(f"  {registrant}: {owner}, {left:,} left this year")


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
