"""`ritornello consent service` and `ritornello consent feed`: what is agreed with a service, and what it may open."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import typer

from ritornello.cli.consent import AsJson, At, Organisation, document, house_here, moment, say

Act = typer.Option(None, "--act", help="The act that the feed opens, such as publish or deliver.")
Places = typer.Option(None, "--territories", help='Where, such as "DE, FR" or "WW ex JP".')


def service(
    name: str = typer.Argument(..., help="The service, as offers and requests name it."),
    act: str | None = Act,
    territories: str | None = Places,
    express: bool | None = typer.Option(
        None, "--express/--any-basis", help="It takes only what every holder consented to individually and expressly."
    ),
    claim_keys: Path | None = typer.Option(
        None,
        "--claim-keys",
        exists=True,
        dir_okay=False,
        help="The public keys that its claims are signed with.",
    ),
    new_key: bool = typer.Option(False, "--new-key", help="Give its program a key to read its feed and to ask."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Show or change what is agreed with a service: what its feed opens, where, on what basis, whose claims count."""
    from ritornello.workflows import consent_feed

    house, org = house_here(organisation)
    when = moment(at)
    told = {
        "act": act,
        "claim_keys": None if claim_keys is None else document(claim_keys),
        "individual_express": express,
        "territories": territories,
    }
    changed = {field: value for field, value in told.items() if value is not None}
    profile, secret = consent_feed.agree(house, org, name, changed, when, new_key=new_key)
    issues = consent_feed.issues_of(house, org, name)
    if as_json:
        say({**profile.to_document(), "issues": len(issues), **({"key": secret} if secret else {})})
        return
    basis = "individual express consent only" if profile.individual_express else "any basis"
    typer.echo(
        f"{name}: {profile.act} in {profile.territories}, {basis}, {len(profile.claim_keys.keys)} keys for claims"
    )
    for issue in issues[-5:]:
        typer.echo(f"  issue {issue.number} of {issue.made_at:%Y-%m-%d %H:%M}: {issue.cover.payload['rows']} lines")
    if secret:
        typer.echo(f"  its key, shown this once: {secret}")


def feed(
    name: str = typer.Argument(..., metavar="SERVICE", help="The destination."),
    organisation: str | None = Organisation,
    territories: str | None = Places,
    act: str | None = Act,
    whole: bool = typer.Option(False, "--full", help="Everything, not only what changed since the last issue."),
    again: int | None = typer.Option(None, "--again", metavar="NUMBER", help="Print this issue once more."),
    compare: Path | None = typer.Option(
        None,
        "--compare",
        exists=True,
        dir_okay=False,
        help="Hold the service's own list (CSV, XLSX, JSON lines) against ours.",
    ),
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Write the next issue of a service's feed (CSV, JSON lines, signed cover), or compare the service's own list.

    A comparison that finds a difference exits with status 1.
    """
    from ritornello.consent.requests import read_territories
    from ritornello.workflows import consent_feed

    house, org = house_here(organisation)
    if again is not None:
        made, _ = consent_feed.issue_again(house, org, name, again, whole=whole)
        typer.echo(made.as_json_lines().decode("utf-8"), nl=False)
        return
    places = None if territories is None else read_territories(territories)
    probe = consent_feed.probe_of(house, org, name, moment(at), act=act, territories=places)
    if compare is not None:
        found = consent_feed.hold_against_service(house, org, probe, compare.read_bytes())
        if as_json:
            say([one.to_document() for one in found])
        else:
            for one in found:
                typer.echo(f"{one.recording} {one.type}: {one.words}")
            typer.echo(f"{len(found)} differences" if found else "the lists agree")
        raise typer.Exit(1 if found else 0)
    issued = consent_feed.issue_feed(house, org, probe, whole=whole)
    files = (issued.csv, issued.json_lines, issued.cover)
    if as_json:
        say({"files": [str(path) for path in files], "number": issued.feed.number, "rows": len(issued.feed.rows),
             "since": issued.feed.since})  # fmt: skip
        return
    kind = "full" if issued.feed.since is None else f"changes since {issued.feed.since}"
    typer.echo(f"issue {issued.feed.number} for {name}: {len(issued.feed.rows)} lines ({kind})")
    for path in files:
        typer.echo(f"  {path}")
