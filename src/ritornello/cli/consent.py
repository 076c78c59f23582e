"""`ritornello consent …`: the desk of consent on the command line. Documents go in and out as JSON; `--json` says them
whole, otherwise the answer is told in plain words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ritornello.workflows.house import House

consent = typer.Typer(help="Consent: offers, questions, coverage, revocation, feeds.", no_args_is_help=True)
File = typer.Argument(..., help="The file.", exists=True, dir_okay=False)
Organisation = typer.Option(None, "--organisation", help="Whose house; the only one by default.")
At = typer.Option(None, "--at", help="As of this moment (UTC); now by default.")
AsJson = typer.Option(False, "--json", help="Print the document as JSON.")
DryRun = typer.Option(False, "--dry-run", help="Only show what would be; write nothing.")
Service = typer.Option("own", "--service", help="The service asked about.")
Territories = typer.Option("WW", "--territories", help='Where, such as "DE, FR" or "WW ex JP".')


@consent.command("offer")
def offer(
    file: Path = File,
    organisation: str | None = Organisation,
    at: datetime | None = At,
    pdf: Path | None = typer.Option(None, "--pdf", help="Write the offer as an addendum to sign."),
    dry_run: bool = DryRun,
    as_json: bool = AsJson,
) -> None:
    """Record an offer from its draft: a preset, what differs from it, and its evidence. Conflicts are told."""
    from ritornello.workflows.consent_desk import record_offer

    house, org = house_here(organisation)
    when = moment(at)
    recorded = record_offer(house, org, document(file), when, dry_run=dry_run)
    if pdf is not None:
        from ritornello.workflows.addendum import addendum_of
        from ritornello.workflows.hand_out import hand_out

        hand_out(house, pdf, addendum_of(house, org, recorded.offer), when)
    if as_json:
        say(recorded.to_document())
        return
    done = "on file already" if recorded.again else "would be recorded" if dry_run else "recorded"
    typer.echo(f"{recorded.offer.id} version {recorded.offer.version}: {done}")
    typer.echo(recorded.summary)
    for change in recorded.changes:
        typer.echo(f"  changed {change.path}: {change.before} → {change.after}")
    for conflict in recorded.conflicts:
        typer.echo(f"  at odds with {conflict.other}: {conflict.words}")


@consent.command("check")
def check(
    file: Path = File,
    organisation: str | None = Organisation,
    claims: Path | None = typer.Option(
        None, "--claims", exists=True, dir_okay=False, help="Facts about the person that services signed (JSON)."
    ),
    then: datetime | None = typer.Option(None, "--then", help="As it would have been answered at this moment (UTC)."),
    as_json: bool = AsJson,
) -> None:
    """Ask a request: the answer per act, territory and service, with all reasons; the decision is kept.

    With --then a past moment is asked about, from what was on file then; nothing is kept.

    Exit status 0 where everything is allowed, 1 where it is not.
    """
    from ritornello.cli.documents import read_json
    from ritornello.consent.claims import read_claims
    from ritornello.consent.codes import Outcome
    from ritornello.consent.requests import Request
    from ritornello.workflows.ask import allowed_on, ask, claimed
    from ritornello.workflows.consent_desk import words_of

    house, org = house_here(organisation)
    request = Request.from_document(document(file))
    if then is not None:
        request = request.changed(at=moment(then), use_date=None)
    signed = read_claims(read_json(claims)) if claims is not None else []
    if signed:
        request = request.changed(person=claimed(house, org, request.person.id, signed, request.at))
    if then is not None:
        decision = allowed_on(house, org, request, request.at)
    else:
        (decision,) = ask(house, org, [request], claims=signed)
    told = decision.to_document()
    if as_json:
        say(told)
    else:
        typer.echo(f"{decision.id}")
        for line in words_of(told):
            typer.echo(line)
    raise typer.Exit(0 if decision.outcome is Outcome.ALLOW else 1)


@consent.command("explain")
def explain(
    decision_id: str = typer.Argument(..., help="A decision on file."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
) -> None:
    """Say a decision on file again: the answer and all its reasons."""
    from ritornello.workflows.consent_desk import explain as explained

    house, org = house_here(organisation)
    found = explained(house, org, decision_id)
    if as_json:
        say(found.document)
        return
    for line in found.words:
        typer.echo(line)


@consent.command("coverage")
def coverage(
    organisation: str | None = Organisation,
    service: str = Service,
    territories: str = Territories,
    act: str = typer.Option("publish", "--act", help="The act asked about."),
    why: str | None = typer.Option(None, "--why", help="For this type: what blocks, and the shortest path to yes."),
    plays: Path | None = typer.Option(None, "--plays", help="Plays per recording (JSON), to weigh by."),
    by_plays: bool = typer.Option(False, "--by-plays", help="Weigh by the plays that services have reported."),
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """How much of the catalogue is ready, per type and territory; with --why, which signatures would open most."""
    from ritornello.consent.requests import read_territories
    from ritornello.workflows.consent_wide import coverage as board_of
    from ritornello.workflows.consent_wide import plays_of, stranger, why_blocked

    house, org = house_here(organisation)
    weights = document(plays) if plays is not None else plays_of(house, org) if by_plays else None
    probe = stranger(service, moment(at), read_territories(territories), act=act)
    if why is not None:
        path = why_blocked(house, org, probe, why, plays=weights)
        if as_json:
            say(path.to_document())
            return
        typer.echo(f"{why}: {path.ready} recordings are open, {path.blocked} are not ({path.prepared})")
        for number, one in enumerate(path.steps, start=1):
            counted = f", {one.weight} plays" if path.by_plays else ""
            sign = "signs" if len(one.signers) == 1 else "sign"
            told = "" if one.proved else " (perhaps not the shortest)"
            typer.echo(f"  {number}. {', '.join(one.signers)} {sign}: {len(one.unlocks)} more{counted}{told}")
        for code, count in path.obstacles.items():
            typer.echo(f"  no signature mends {code}: {count} recordings")
        return
    board = board_of(house, org, probe, plays=weights)
    if as_json:
        say(board.to_document())
        return
    counted = "plays" if board.by_plays else "originals"
    typer.echo(f"to {act} on {service}, {counted}: ready · asks · closed ({board.prepared})")
    for (name, territory), tally in board.tallies.items():
        if tally.allow or tally.needs_approval:
            typer.echo(f"{name:<20} {territory}  {tally.allow} · {tally.needs_approval} · {tally.deny}")


@consent.command("revoke")
def revoke(
    offer_id: str = typer.Argument(..., help="The offer; all its versions end."),
    by: str = typer.Option(..., "--by", help="The party that revokes."),
    organisation: str | None = Organisation,
    effective_from: datetime | None = typer.Option(
        None, "--from", formats=["%Y-%m-%d"], help="From this day; by default as soon as the notice allows."
    ),
    reason: str = typer.Option("", "--reason", help="Why, for the file."),
    yes: bool = typer.Option(False, "--yes", help="Do it; without this only the consequences are shown."),
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Take an offer back with its notice. First shows what stays, what leaves and who is told; --yes does it."""
    from ritornello.workflows.consent_desk import consequences_document, revoke_offer

    house, org = house_here(organisation)
    day = None if effective_from is None else effective_from.date()
    found = revoke_offer(house, org, offer_id, by=by, at=moment(at), effective_from=day, reason=reason, dry_run=not yes)
    if as_json:
        say({**consequences_document(found), "done": yes})
        return
    typer.echo(f"{offer_id} {'ends' if yes else 'would end'} on {found.effective_from.isoformat()}")
    for fall in (*found.stays, *found.leaves):
        leaves = "stays" if fall.leaves is None else f"leaves on {fall.leaves.isoformat()}"
        typer.echo(f"  {fall.licence_id} of {fall.licensee} {leaves} ({fall.fate.value.replace('_', ' ')})")
    typer.echo(f"  told: {', '.join(found.told) or 'nobody'}")
    if not yes:
        typer.echo("Nothing was done; say it again with --yes.")


@consent.command("stop")
def stop(
    organisation: str | None = Organisation,
    asset: str | None = typer.Option(None, "--asset", help="This recording."),
    maker: str | None = typer.Option(None, "--maker", help="This maker."),
    service: str | None = typer.Option(None, "--service", help="This service."),
    territories: str = Territories,
    by: str = typer.Option(..., "--by", help="Who stops it."),
    reason: str = typer.Option("", "--reason", help="Why, for the file."),
    lift: str | None = typer.Option(None, "--lift", help="Lift this stop instead."),
    at: datetime | None = At,
) -> None:
    """Pull the kill switch: what it covers stops now, until it is lifted."""
    from ritornello.consent.requests import read_territories
    from ritornello.workflows import consent_desk

    house, org = house_here(organisation)
    if lift is not None:
        consent_desk.lift(house, org, lift, by=by, reason=reason, at=moment(at))
        typer.echo(f"{lift} is lifted")
        return
    made = consent_desk.stop(
        house,
        org,
        by=by,
        reason=reason,
        at=moment(at),
        asset_id=asset,
        person_id=maker,
        service=service,
        territories=read_territories(territories),
    )
    typer.echo(f"{made.id} stops it now; lift it with: ritornello consent stop --lift {made.id} --by {by}")


@consent.command("import")
def import_sheet(
    file: Path | None = typer.Argument(None, help="The sheet (CSV or XLSX).", exists=True, dir_okay=False),
    holder: str = typer.Option("", "--holder", help="Who answers, for rows that name nobody."),
    preset: str = typer.Option("FAN-REMIX", "--preset", help="What every row starts from."),
    commit: bool = typer.Option(False, "--commit", help="Record the good rows; without this only the difference."),
    undo: str | None = typer.Option(None, "--undo", help="Take this import back instead."),
    by: str = typer.Option("", "--by", help="Who does it, for the log."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Offers by spreadsheet: asset;type;territory;who;scope;fan_share;from;until. First shows what would change.

    Exit status 1 where rows are left out (their findings say why).
    """
    from ritornello.cli.failures import Refused
    from ritornello.workflows.import_offers import import_offers, undo_import

    house, org = house_here(organisation)
    if undo is not None:
        undone = undo_import(house, org, undo, at=moment(at), by=by)
        if as_json:
            say(undone.to_document())
            return
        typer.echo(f"{undo}: {len(undone.ended)} offers ended, {len(undone.restored)} as they were before")
        for name, why in undone.stays.items():
            typer.echo(f"  {name} stays: {why}")
        return
    if file is None:
        raise Refused("name the sheet to read, or an import to take back with --undo")
    content = file.read_bytes()
    made = import_offers(house, org, content, at=moment(at), by=by, holder=holder, base=preset, commit=commit)
    if as_json:
        say(made.to_document())
        raise typer.Exit(1 if made.left_out else 0)
    for finding in made.findings:
        typer.echo(f"{finding.gravity.value}: {finding}")
    for one in made.planned:
        changed = f" ({', '.join(one.parameters)})" if one.parameters else ""
        typer.echo(f"row {one.row}: {one.offer.reach.id} {one.what}{changed}")
        for conflict in one.conflicts:
            typer.echo(f"  at odds: {conflict.words}")
    typer.echo(
        f"{made.count('new')} new, {made.count('changed')} changed, {made.count('same')} the same, "
        f"{made.left_out} of {made.rows} rows left out"
    )
    typer.echo(f"{made.id}: recorded" if commit else "Nothing was written; say it again with --commit.")
    raise typer.Exit(1 if made.left_out else 0)


@consent.command("schema")
def schema(name: str = typer.Argument(..., help="decision, request, terms or offer.")) -> None:
    """Print a published JSON schema."""
    from ritornello.cli.failures import Refused
    from ritornello.consent import drafts, schema

    known = {
        "decision": schema.decision_schema,
        "offer": drafts.draft_schema,
        "request": schema.request_schema,
        "terms": schema.terms_schema,
    }
    if name not in known:
        raise Refused(f"there is no schema of {name!r}: write one of {', '.join(known)}")
    say(known[name]())


def issue_licence(
    decision_id: str = typer.Argument(..., help="An allowed decision on file."),
    owner: str = typer.Option(..., "--owner", help="Who owns the new recording."),
    administrator: str | None = typer.Option(None, "--administrator", help="Which owner administers it; the owner."),
    accepted: Path = typer.Option(
        ..., "--accepted", exists=True, dir_okay=False, help="The maker's acceptance; its hash goes into the licence."
    ),
    own_work: bool = typer.Option(False, "--own-work", help="The maker warrants that the contribution is their own."),
    ownership: str = typer.Option("maker_licenses_back", "--ownership", help="Who owns what the maker made."),
    guardian: str | None = typer.Option(None, "--guardian", help="The guardian who signs for a minor."),
    expires: datetime | None = typer.Option(None, "--expires", formats=["%Y-%m-%d"], help="The day on which it ends."),
    out: Path | None = typer.Option(None, "--out", help="Write the signed licence here instead of printing it."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Freeze an allowed decision into a signed licence. The same decision gives the same licence."""
    from ritornello.cli.failures import Refused
    from ritornello.consent.licence import Contribution, NewRecording, Ownership
    from ritornello.proof import sha256_hex
    from ritornello.workflows.consent_desk import license_stored

    if ownership not in set(Ownership):
        raise Refused(f"--ownership {ownership}: write one of {', '.join(Ownership)}")
    house, org = house_here(organisation)
    when = moment(at)
    signed = license_stored(
        house,
        org,
        decision_id,
        contribution=Contribution(
            Ownership(ownership),
            own_work_warranty=own_work,
            accepted_at=when,
            evidence_sha256=sha256_hex(accepted.read_bytes()),
            guardian=guardian,
        ),
        new_recording=NewRecording(owner, administrator or owner),
        at=when,
        expires=None if expires is None else expires.date(),
    )
    text = json.dumps(signed.to_document(), indent=1, sort_keys=True, ensure_ascii=False)
    if out is None:
        typer.echo(text)
        return
    out.write_text(text + "\n", encoding="utf-8")
    typer.echo(f"{signed.payload['id']}: {out}")


def moment(at: datetime | None) -> datetime:
    """The moment a command works at, in UTC."""
    return datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)


def say(told: Any) -> None:
    typer.echo(json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False))


def document(path: Path) -> dict[str, Any]:
    from ritornello.cli.documents import read_document

    return read_document(path)


def house_here(organisation: str | None) -> tuple[House, str]:
    """The house that is open here, and whose it is: the one named, or the only one."""
    from ritornello.cli import houses

    return houses.house_here(organisation)
