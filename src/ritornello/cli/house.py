"""`ritornello house …`: found one, let people in; seal what is written once, and examine whether it is as written."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ritornello.cli import money
from ritornello.cli.money import AsJson, At, Organisation

if TYPE_CHECKING:
    from ritornello.people.roles import Capability, Role
    from ritornello.workflows.house import House

house = typer.Typer(help="The house: found one, let people in, seal its records, examine them.", no_args_is_help=True)
ROLE_NAMES = "owner, rights_manager, approver, finance, distributor, fan, payee, auditor, service"
RoleNames = typer.Option(
    ...,
    "--role",
    help=f"One of {ROLE_NAMES}; repeatable.",
)


@house.command("found")
def found(
    name: str = typer.Argument(..., help="What the organisation is called."),
    owner: str = typer.Option(..., "--owner", help="The owner's e-mail."),
    at: datetime | None = At,
) -> None:
    """Found an organisation with its owner; doing it again changes nothing."""
    from ritornello.cli import houses
    from ritornello.people import service as people
    from ritornello.people.roles import Role
    from ritornello.proof.ids import stable_id

    opened, organisation = houses.open_here(houses.settings_of()), stable_id("org", name.strip().casefold())
    with opened.work(organisation) as work:
        people.found_organisation(work.people, organisation, name, money.moment(at))
        known = work.people.person_by_email(owner.strip().casefold())
        member = work.people.membership(known.id) if known is not None else None
        if member is None or Role.OWNER not in member.roles:
            people.admit(work.people, organisation, owner, owner, [Role.OWNER], money.moment(at))
        work.commit()
    typer.echo(f"{organisation}: {name.strip()}, owned by {owner}")


@house.command("admit")
def admit(
    email: str = typer.Argument(..., help="Whom."),
    role: list[str] = RoleNames,
    name: str = typer.Option("", "--name", help="What they are called."),
    by: str = money.By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Let somebody in with exactly these roles; the same e-mail again gives them other roles. A fan becomes a party."""
    from ritornello.people.roles import Capability
    from ritornello.workflows import people_desk

    roles = [_role(one) for one in role]
    opened, org = money.house_of(organisation)
    who = money.actor(opened, org, by, Capability.MANAGE_PEOPLE)
    person = people_desk.admit(opened, org, email, name, roles, money.moment(at), who)
    typer.echo(f"{person.email}: {', '.join(sorted(roles))}")


@house.command("pack")
def pack(
    files: list[Path] = money.Files,
    out: Path | None = typer.Option(None, "--out", help="The list; beside the file by default, where it is one."),
    bundle: Path | None = typer.Option(None, "--zip", help="Pack files and list into this ZIP instead."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Sign a packing list of files that leave the house; `ritornello verify` tells each byte that is changed later."""
    from ritornello.cli.failures import Refused
    from ritornello.proof.packing import Item
    from ritornello.workflows import hand_out

    opened, _ = money.house_of(organisation)
    if len({file.name for file in files}) < len(files):
        raise Refused("two of the files have one name; a list names each file once")
    if bundle is not None:
        content = hand_out.with_list(opened, {file.name: file.read_bytes() for file in files}, money.moment(at))
        money.written(bundle, content, f"{len(files)} files and their list")
        return
    if out is None and len(files) > 1:
        raise Refused("say with --out where the list of several files goes, or with --zip pack them together")
    listed = hand_out.list_of(opened, [Item.of_file(file) for file in files], money.moment(at))
    money.written(out or hand_out.list_beside(files[0]), listed, "list")


@house.command("keys")
def keys(out: Path | None = money.Out, organisation: str | None = Organisation, at: datetime | None = At) -> None:
    """The public keys that this house signs with, for whoever verifies its documents: `ritornello verify --trust`."""
    from ritornello.proof import canonical_json

    opened, _ = money.house_of(organisation)
    money.written(out, canonical_json(opened.keys(money.moment(at)).trusted().to_document()), "keys")


@house.command("members")
def members(organisation: str | None = Organisation, as_json: bool = AsJson, csv: Path | None = money.AsCsv) -> None:
    """Who is a member, with which roles, and as which party they are paid."""
    from datetime import UTC
    from datetime import datetime as clock

    from ritornello.workflows import people_desk

    opened, org = money.house_of(organisation)
    with opened.work(org, read_only=True) as work:
        found = people_desk.members(work, clock.now(UTC))
    rows = [
        (one.email or "erased", one.name, ", ".join(sorted(one.roles)), "; ".join(one.keys), one.party, one.paid_as)
        for one in found
    ]
    columns = ("email", "name", "roles", "keys", "party", "paid as")
    money.table(columns, sorted(rows), as_json=as_json, csv=csv)


@house.command("program")
def program(
    name: str = typer.Argument("", help="What the program is called."),
    role: list[str] = typer.Option([], "--role", help="Some of the member's roles; all by default. Repeatable."),
    days: int | None = typer.Option(None, "--days", min=1, max=3660, help="How long it works; until ended by default."),
    end: str | None = typer.Option(None, "--end", help="End a key instead, by its id or name."),
    by: str = money.By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Give a member's program a key to act as that member over the interface; the secret is told this once."""
    from datetime import timedelta

    from ritornello.cli.failures import Refused
    from ritornello.people.roles import Capability
    from ritornello.workflows import people_desk

    opened, org = money.house_of(organisation)
    who, when = money.actor(opened, org, by, Capability.SEE_OWN), money.moment(at)
    if end is not None:
        people_desk.end_key(opened, org, who, end, when)
        typer.echo(f"{end}: works no longer")
        return
    if not name.strip():
        raise Refused("name the program, so that its key can be told from others")
    length = None if days is None else timedelta(days=days)
    roles = [_role(one) for one in role]
    secret, key = people_desk.give_key(opened, org, who, name, when, roles=roles, length=length)
    typer.echo(f"{key.id}: {key.name}, acts as {by} with {', '.join(sorted(key.roles))}", err=True)
    typer.echo(secret)


@house.command("withdraw")
def withdraw(
    email: str = typer.Argument(..., help="Whom."),
    by: str = money.By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """End somebody's membership: their sessions, links and keys stop working at once. The last owner stays."""
    from ritornello.people.roles import Capability
    from ritornello.workflows import people_desk

    opened, org, who, person = _member(email, by, organisation, Capability.MANAGE_PEOPLE)
    people_desk.withdraw(opened, org, person, money.moment(at), who)
    typer.echo(f"{email}: withdrawn; nothing that they came in by works any more")


@house.command("paid-as")
def paid_as(
    email: str = typer.Argument(..., help="Whom."),
    party: str = typer.Argument(..., help="A party: its id, a sheet's reference, or its name; or nobody."),
    by: str = money.By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Say which party a member is paid as and makes as: its statements, licences and derivatives are theirs to see."""
    from ritornello.people.roles import Capability
    from ritornello.workflows import people_desk

    opened, org, who, person = _member(email, by, organisation, Capability.MANAGE_PEOPLE)
    meant = people_desk.pay_as(opened, org, person, None if party == "nobody" else party, money.moment(at), who)
    typer.echo(f"{email}: paid as {'nobody' if meant is None else ' '.join(filter(None, (meant[1], f'({meant[0]})')))}")


@house.command("erase")
def erase(
    email: str = typer.Argument(..., help="Whom."),
    payee_too: bool = typer.Option(
        ...,
        "--with-payee/--keep-payee",
        help="Whether name, address and bank of whom they are paid as go as well.",
    ),
    commit: bool = typer.Option(False, "--commit", help="Do it; without it, only what would go is told."),
    by: str = money.By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Erase what is personal about a member, for good; what was agreed and earned stays under pseudonyms."""
    from ritornello.people.roles import Capability
    from ritornello.workflows import people_desk

    opened, org, who, person = _member(email, by, organisation, Capability.ERASE_PERSON)
    with opened.work(org, read_only=True) as work:
        known = next(one for one in people_desk.members(work, money.moment(at)) if one.person_id == person)
    party = f"{known.paid_as or 'the payee'} ({known.party})" if known.party else ""
    gone = [f"sign-in, name and e-mail of {email}"]
    if party:
        gone.append(f"{'name, address and bank of' if payee_too else 'nothing of'} {party}")
    if commit:
        people_desk.erase(opened, org, person, money.moment(at), who, party_too=payee_too)
    typer.echo(f"{'erased' if commit else 'would be erased'}: {'; '.join(gone)}")
    if not commit:
        typer.echo("nothing was changed; --commit erases, and cannot be undone", err=True)


@house.command("link")
def link(
    email: str = typer.Argument(..., help="For whom."),
    by: str = money.By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Make a link by which a member comes in, once and for a short time; hand it to them alone."""
    from ritornello.cli import houses
    from ritornello.people.roles import Capability
    from ritornello.workflows import people_desk

    opened, org, who, person = _member(email, by, organisation, Capability.MANAGE_PEOPLE)
    settings = houses.settings_of()
    length = settings.sign_in_link_length
    typer.echo(people_desk.sign_in_link(opened, org, person, settings.address, money.moment(at), length, who))


@house.command("acts")
def acts(
    newest: int = typer.Option(100, "--newest", min=1, max=1000, help="How many, the last first."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = money.AsCsv,
) -> None:
    """Who did what: people let in and withdrawn, reports taken in, payments ordered."""
    from ritornello.workflows import people_desk

    opened, org = money.house_of(organisation)
    with opened.work(org, read_only=True) as work:
        rows = [people_desk.act_row(one) for one in work.people.acts(newest)]
        known = {one: work.people.person(one) for row in rows for one in (row[1], row[3]) if one.startswith("per_")}
    names = {one: person.name for one, person in known.items() if person is not None}
    told = [(when, names.get(who, who), act, names.get(what, what), how) for when, who, act, what, how in rows]
    money.table(people_desk.ACT_COLUMNS, told, as_json=as_json, csv=csv, empty="nobody did anything yet")


def _member(email: str, by: str, organisation: str | None, capability: Capability) -> tuple[House, str, str, str]:
    """The house, its id, who acts (and may), and the id of the member that they act on."""
    from ritornello.workflows import people_desk

    opened, org = money.house_of(organisation)
    who = money.actor(opened, org, by, capability)
    with opened.work(org, read_only=True) as work:
        return opened, org, who, people_desk.person_of(work, email)


def _role(text: str) -> Role:
    from ritornello.cli.failures import Refused
    from ritornello.people.roles import Role

    try:
        return Role(text)
    except ValueError as error:
        raise Refused(f"--role {text}: there are {', '.join(Role)}") from error


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
