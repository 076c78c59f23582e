"""`ritornello matches`: what was found where, and what is done about it; `ritornello identify watch` feeds it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ritornello.cli.identify import HOME, ORGANISATION, every_file, told_of
from ritornello.cli.money import handed_out, house_of
from ritornello.people.model import COMMAND_LINE

if TYPE_CHECKING:
    from ritornello.workflows.house import House

app = typer.Typer(help="See what was found in other people's audio, and decide about it.", no_args_is_help=True)
BY = typer.Option("", "--by", help="The person who decides, by id; by default the command line.")
AS_JSON = typer.Option(False, "--json", help="A JSON document.")
TIERS = ("everyone", "subscribers", "superfans")


def _now() -> datetime:
    return datetime.now(UTC)


def _day(written: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(written) if written else otherwise
    except ValueError as error:
        raise typer.BadParameter(f"{written!r} is no day; write it as 2026-07-01", param_hint="--day") from error


@app.command("add")
def add(
    paths: list[Path] = typer.Argument(..., metavar="FILE…", help="Audio files, or folders of them."),
    service: str = typer.Option("", "--service", help="The service where they stand."),
    channel: str = typer.Option("", "--channel", help="The channel, in the service's own words."),
    plays: int | None = typer.Option(None, "--plays", min=0, help="How often they were played there."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """Look into files and record what is found in them; exit 1 if one is unusable."""
    (house, org), failed = house_of(organisation, home), 0
    for path in every_file(paths):
        words, good = look_into(house, org, path, service, channel, plays)
        typer.echo(words, err=not good)
        failed |= not good
    return int(failed)


@app.command("list")
def listed(
    day: str = typer.Option("", "--day", help="As it stood at the end of a day (YYYY-MM-DD); by default now."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
    as_json: bool = AS_JSON,
) -> None:
    """The queue: the undecided first, then by what their plays are worth."""
    import json

    from ritornello.workflows.convert_match import end_of
    from ritornello.workflows.take_in_matches import queue

    rows = queue(*house_of(organisation, home), end_of(_day(day, _now().date())) if day else _now())
    if as_json:
        documents = [
            {
                "id": one.match.id,
                "file": one.match.file_name,
                "service": one.match.service,
                "channel": one.match.channel,
                "plays": one.match.plays,
                "recordings": list(one.match.recordings),
                "copy_of": one.match.copy_of,
                "worth_micros": one.worth_micros,
                "route": None if one.standing is None else one.standing.route.value,
            }
            for one in rows
        ]
        typer.echo(json.dumps(documents, ensure_ascii=False, indent=1))
        return
    for one in rows:
        state = "not decided" if one.standing is None else one.standing.route.value.replace("_", " ")
        titles = ", ".join(dict.fromkeys(str(found["title"]) for found in one.match.answer["found"]))
        typer.echo(f"{one.match.id}  {state:20}  {one.match.file_name}: {titles}")
    if not rows:
        typer.echo("nothing was found yet")


@app.command("show")
def show(
    match_id: str = typer.Argument(..., metavar="MATCH"),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """One match: what the rules propose, what stands against each route, and what was decided."""
    from ritornello.workflows.route_matches import examine

    found = examine(*house_of(organisation, home), match_id, _now())
    typer.echo(f"{found.match.file_name}: proposed is {found.proposal.route.value.replace('_', ' ')}")
    for line in found.proposal.because:
        typer.echo(f"  {line}")
    if found.match.copy_of:
        how = "by its samples" if found.match.copied == "samples" else "by its sound"
        typer.echo(f"  a copy of our {found.match.copy_of}, known {how}; `matches manifest` writes its signed manifest")
    for route, against in found.against.items():
        for hindrance in against:
            typer.echo(f"  not {route.value.replace('_', ' ')}: {hindrance.what} ({hindrance.mend})")
    for decided in found.routings:
        typer.echo(f"  {decided.at:%Y-%m-%d} {decided.route.value.replace('_', ' ')} by {decided.by}: {decided.reason}")
    for one in found.releases:
        typer.echo(f"  {one.at:%Y-%m-%d} {one.holder} lets go of what was before, by {one.by}: {one.reason}")


@app.command("manifest")
def manifest(
    match_id: str = typer.Argument(..., metavar="MATCH"),
    out: Path = typer.Option(..., "--out", dir_okay=False, help="Write it here (.c2pa)."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """The signed manifest that belongs to a copy which lost it on its way."""
    from ritornello.cli.failures import Refused
    from ritornello.workflows.route_matches import examine
    from ritornello.workflows.take_in_matches import manifest_of

    house, org = house_of(organisation, home)
    match = examine(house, org, match_id, _now()).match
    with house.work(org, read_only=True) as work:
        kept = manifest_of(work, match)
    if kept is None:
        raise Refused(f"{match.file_name} is no copy of a file that was signed here; `matches show` says what it is")
    content = house.blobs.read(kept.manifest_key)
    out.write_bytes(content)
    typer.echo(
        f"{out}: {len(content):,} bytes, of the {kept.role} of {kept.recording_id}, signed {kept.signed_at:%Y-%m-%d}"
    )


@app.command("route")
def route(
    match_id: str = typer.Argument(..., metavar="MATCH"),
    to: str = typer.Argument(
        ..., metavar="ROUTE", help="allow_list, content_claim, convert_to_licensed or left_alone."
    ),
    reason: str = typer.Option(..., "--reason", help="Why; it is kept."),
    territories: str = typer.Option("WW", "--territories", help='Where it holds, such as "WW ex JP".'),
    releases_past: bool = typer.Option(False, "--release-past", help="Every holder lets go of what was earned before."),
    by: str = BY,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Decide about a match."""
    from ritornello.distribution.matches import CHOSEN_BY_HAND, Route
    from ritornello.identifiers.territories import TerritorySet
    from ritornello.workflows.route_matches import route_match

    if to not in {one.value for one in CHOSEN_BY_HAND}:
        raise typer.BadParameter(f"write one of {', '.join(one.value for one in CHOSEN_BY_HAND)}", param_hint="ROUTE")
    done = route_match(
        *house_of(organisation, home), match_id, Route(to), by=by or COMMAND_LINE, reason=reason, at=_now(),
        territories=TerritorySet.parse(territories), releases_past=releases_past,
    )  # fmt: skip
    typer.echo(f"{done.id}: {done.route.value.replace('_', ' ')} in {done.territories} from {done.valid_from}")


@app.command("link")
def link(
    match_id: str = typer.Argument(..., metavar="MATCH"),
    tier: str = typer.Option("everyone", "--tier", help="What the service says: everyone, subscribers or superfans."),
    country: str = typer.Option("", "--country", help="Of the uploader, such as DE, where the service says it."),
    age: int | None = typer.Option(None, "--age", min=0, max=150, help="Where the service says it."),
    verified: bool = typer.Option(False, "--verified", help="The service has verified who they are."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """The link by which the uploader sees the terms, or the claim, and answers; good for 30 days."""
    from ritornello.cli.houses import settings_of
    from ritornello.workflows.convert_match import Uploader, link_for

    if tier not in TIERS:
        raise typer.BadParameter(f"write one of {', '.join(TIERS)}", param_hint="--tier")
    uploader = Uploader(tier, country.upper(), age, verified)
    token = link_for(*house_of(organisation, home), match_id, uploader, _now())
    typer.echo(f"{settings_of(home).address}/found/{token}")


@app.command("answer")
def answer(
    match_id: str = typer.Argument(..., metavar="MATCH"),
    given: str = typer.Argument(..., metavar="ANSWER", help="declined or disputed."),
    reason: str = typer.Option("", "--reason", help="In the uploader's words; a dispute needs one."),
    by: str = BY,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Write down what the uploader answered in another way than by the link; a person decides again then."""
    from ritornello.distribution.matches import Route
    from ritornello.workflows.answer_match import ANSWERS, record_answer

    if given not in {one.value for one in ANSWERS}:
        raise typer.BadParameter("write declined or disputed", param_hint="ANSWER")
    done = record_answer(
        *house_of(organisation, home), match_id, Route(given), reason, by=by or COMMAND_LINE, at=_now()
    )
    typer.echo(f"{done.id}: {done.route.value}; decide again with `ritornello matches route`")


@app.command("let-go")
def let_go(
    match_id: str = typer.Argument(..., metavar="MATCH"),
    holder: str = typer.Option(..., "--holder", help="The party that lets go of it, by id."),
    reason: str = typer.Option(..., "--reason", help="Who said so, and how; it is kept."),
    by: str = BY,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Write down that a holder lets go of what was earned before the licence: their own claims, nobody else's."""
    from ritornello.workflows.answer_match import let_go as write

    done = write(*house_of(organisation, home), match_id, holder, by=by or COMMAND_LINE, reason=reason, at=_now())
    typer.echo(f"{done.id}: {done.holder} lets go of use before the licence; see `ritornello matches lists`")


@app.command("publish-sheet")
def publish_sheet(
    recording: str = typer.Argument(..., metavar="RECORDING", help="A licensed derivative, by id."),
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Tell where a derivative may go, what is said of AI, and who gets which share of what it earns, and why."""
    from ritornello.royalty.wording import percent
    from ritornello.workflows.route_matches import publish_sheet as sheet_of

    house, org = house_of(organisation, home)
    with house.work(org, read_only=True) as work:
        sheet = sheet_of(work, recording, _now())
        names = {sealed.details.party_id: sealed.details.name for sealed in work.people.details_of_all()}
    if sheet is None:
        raise typer.BadParameter(f"{recording} is no licensed derivative", param_hint="RECORDING")
    if as_json:
        import json

        typer.echo(json.dumps(sheet.to_document(), ensure_ascii=False, indent=1))
        return
    typer.echo(f"{sheet.recording.title}: {', '.join(sheet.services)} in {sheet.territories}; AI: {sheet.ai}")
    several = len({one.territories for one in sheet.expected}) > 1
    for one in sheet.expected:
        of = f"{one.right} ({', '.join(one.flows)})" + (f" in {', '.join(one.territories)}" if several else "")
        typer.echo(f"{of}  {percent(one.share)}  {names.get(one.party, one.party)}: {one.why}")
    if sheet.expected_trouble:
        typer.echo(f"no shares can be told: {sheet.expected_trouble}", err=True)


@app.command("channel")
def channel(
    recording: str = typer.Argument(..., metavar="RECORDING", help="A licensed derivative, by id."),
    service: str = typer.Option(..., "--service"),
    name: str = typer.Option(..., "--channel", help="The channel id, as the service writes it."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Tell on which channel a licensed derivative is published, so that it is never claimed there."""
    from ritornello.workflows.route_matches import tell_channel

    told = tell_channel(*house_of(organisation, home), recording, service=service, channel=name, at=_now())
    typer.echo(f"{told.channel} on {told.service} publishes under {told.licence_id}")


@app.command("reference")
def reference(
    recording: str = typer.Argument(..., metavar="RECORDING", help="A licensed derivative, by id."),
    exclusive: str = typer.Option("", "--exclusive", help="Where you vouch that nobody else has any of its material."),
    where: str = typer.Option("", "--where", help="Where it is asked for; by default where its licence holds."),
    by: str = typer.Option("", "--by", help="The person who wants it, by id; without one the answer is no."),
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """May a derivative become a reference of its own? Exit 1 and every reason where it may not; the default is no."""
    import json

    from ritornello.identifiers.territories import TerritorySet
    from ritornello.workflows.refer import NOWHERE, may_be_reference

    found = may_be_reference(
        *house_of(organisation, home), recording, _now(), by=by,
        asked=TerritorySet.parse(where) if where else None,
        vouched=TerritorySet.parse(exclusive) if exclusive else NOWHERE,
    )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(found.to_document(), ensure_ascii=False, indent=1))
    else:
        typer.echo("it may be a reference" if not found.against else "it may not be a reference:")
        for one in found.against:
            typer.echo(f"  {one.what} ({one.mend})")
    return int(bool(found.against))


@app.command("lists")
def lists(
    day: str = typer.Option("", "--day", help="As of a day (YYYY-MM-DD); by default today."),
    co_owner: str = typer.Option("", "--co-owner", help="Only one party's rows, by id."),
    out: Path | None = typer.Option(None, "--out", dir_okay=False, help="Write it here, with its packing list."),
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """What each co-owner has to enter at the services that match content, as CSV or JSON."""
    import json

    from ritornello.distribution.allow_lists import COLUMNS
    from ritornello.statements.sheets import sheet
    from ritornello.workflows.service_lists import lists_of

    at = _now()
    chosen = _day(day, at.date())
    house, org = house_of(organisation, home)
    found = lists_of(house, org, chosen, at)
    rows = [row.cells() for row in found if co_owner in ("", row.co_owner)]
    if as_json:
        listed = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        content = (json.dumps(listed, ensure_ascii=False, indent=1) + "\n").encode()
    else:
        content = sheet(COLUMNS, rows)
    handed_out(house, out, content, f"{len(rows)} rows", at)


def look_into(
    house: House, organisation: str, path: Path, service: str = "", channel: str = "", plays: int | None = None
) -> tuple[str, bool]:
    """Take in one file; a line for people, and whether the file could be used."""
    from ritornello.analysis.model import AudioError
    from ritornello.cli.money import progress
    from ritornello.identify.model import IdentifyError
    from ritornello.workflows.take_in_matches import take_in_match

    try:
        with progress(path.name) as report:
            taken = take_in_match(
                house, organisation, path, _now(), service=service, channel=channel, plays=plays, report=report
            )
    except (AudioError, IdentifyError) as error:
        return told_of(path, error), False
    if taken.match is None:
        return f"{path.name}: nothing of the catalogue was found in it", True
    titles = ", ".join(dict.fromkeys(str(one["title"]) for one in taken.match.answer["found"]))
    copied = f"; a copy of our {taken.match.copy_of}" if taken.match.copy_of else ""
    before = " (known before)" if taken.known_before else ""
    return f"{path.name}: {titles}{copied} → {taken.match.id}{before}", True
