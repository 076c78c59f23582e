"""`ritornello usage …`: reports come in, are looked at, matched again, corrected, and counted."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import typer

from ritornello.cli import exchange, money
from ritornello.cli.money import AsCsv, AsJson, At, By, Files, Organisation

usage = typer.Typer(help="Usage: reports in, findings, suspense, corrections, plays.", no_args_is_help=True)


@usage.command("source")
def source(
    file: Path = typer.Argument(..., help="The source as JSON: id, name, services, called, currency.", exists=True),
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Record who reports: how its texts are read, and what its services are called."""
    from ritornello.cli.documents import read_document
    from ritornello.people.roles import Capability
    from ritornello.usage.model import Source

    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.TAKE_IN_USAGE)
    told = Source.from_document(read_document(file))
    with house.work(org) as work:
        new = work.usage.save_source(told, person, money.moment(at))
        work.commit()
    typer.echo(f"{told.id}: {'recorded' if new else 'on file already'}")


@usage.command("sources")
def sources(organisation: str | None = Organisation, as_json: bool = AsJson, csv: Path | None = AsCsv) -> None:
    """Those who report."""
    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        rows = [(s.id, s.name, ", ".join(f"{k} = {v}" for k, v in s.services.items())) for s in work.usage.sources()]
    money.table(("id", "name", "services"), rows, as_json=as_json, csv=csv, empty="nobody is recorded as a source yet")


@usage.command("take-in")
def take_in(
    files: list[Path] = Files,
    source: str = typer.Option(..., "--source", help="Who reports; see `usage sources`."),
    period: str | None = typer.Option(None, "--period", help="First and last day where the report says none: A..B."),
    rate: list[str] = typer.Option([], "--rate", help="Fix a rate of exchange on the receipts: USD=0.92."),
    target: str | None = exchange.Into,
    provider: str = typer.Option("", "--provider", help="Whose rates they are."),
    supersedes: str | None = typer.Option(None, "--supersedes", help="The id of the file that this one corrects."),
    accept: list[str] = typer.Option([], "--accept", help="Codes of findings that were looked at and are accepted."),
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Take in the files of one delivery, all of it or none: what is wrong is told by file, row and field."""
    from ritornello.people.roles import Capability
    from ritornello.royalty.wording import decimal
    from ritornello.workflows.money_jobs import told
    from ritornello.workflows.take_in_usage import take_in_usage

    house, org = money.house_of(organisation)
    person, when = money.actor(house, org, by, Capability.TAKE_IN_USAGE), money.moment(at)
    with house.work(org, read_only=True) as work:
        sender = work.usage.source(source)
        rates = exchange.rates_given(rate, work, target, when.date(), provider)
    with money.progress("taking in") as report:
        taken = take_in_usage(
            house,
            org,
            files,
            sender,
            when,
            exchange=rates,
            period=_days(period),
            supersedes=supersedes,
            accept=accept,
            report=report,
            by=person,
        )
    if as_json:
        money.say(told(taken))
    else:
        money.tell_findings(taken.findings)
        for file in taken.files:
            typer.echo(f"{file.id}: {file.name}, {file.rows} rows, {file.matched_rows} matched, as {file.form}")
        for receipt in taken.receipts:
            total = decimal(Fraction(receipt.total_e10, 10**10))
            rated = f", at {decimal(receipt.exchange.rate)}" if receipt.exchange is not None else ""
            typer.echo(f"  {total} {receipt.currency} reported{rated}")
        if taken.refused:
            typer.echo("nothing was taken in")
    raise typer.Exit(1 if taken.refused else 0)


@usage.command("files")
def files(
    every: bool = typer.Option(False, "--all", help="Superseded files too."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """The files that count."""
    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        found = work.usage.files(superseded=every)
    columns = ("id", "name", "source", "form", "from", "to", "rows", "matched", "supersedes")
    rows = [
        (f.id, f.name, f.source, f.form, f.period_start, f.period_end, f.rows, f.matched_rows, f.supersedes)
        for f in found
    ]
    money.table(columns, rows, as_json=as_json, csv=csv, empty="nothing was taken in yet")


@usage.command("findings")
def findings(
    file_id: str = typer.Argument(..., help="A file that was taken in."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """What was noticed in a file when it was taken in."""
    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        found = work.usage.findings(file_id)
    money.tell_findings(found, csv, as_json=as_json)


@usage.command("suspense")
def suspense(
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """What was reported and matches nothing: by reason, source and month, with its age, oldest first."""
    from ritornello.workflows.usage_desk import suspense as waiting

    house, org = money.house_of(organisation)
    found = waiting(house, org, money.moment(at).date())
    columns = ("reason", "source", "month", "days", "rows", "amount", "currency", "titles")
    rows = [
        (w.kind, w.source, w.month, w.days, w.rows, Fraction(w.amount_e10, 10**10), w.currency, "; ".join(w.titles))
        for w in found
    ]
    money.table(columns, rows, as_json=as_json, csv=csv, empty="nothing waits: every row found its recording")


@usage.command("rematch")
def rematch(by: str = By, organisation: str | None = Organisation, at: datetime | None = At) -> None:
    """Match what waits against the catalogue of today; the next run pays it at the shares of the day of use."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.usage_desk import rematch_usage

    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.TAKE_IN_USAGE)
    with money.progress("matching again") as report:
        found = rematch_usage(house, org, money.moment(at), report, person)
    for one in found:
        rows = "row" if one.found == 1 else "rows"
        typer.echo(f"{one.file_id}: {one.found} {rows} found their recording ({one.matched_rows} matched now)")
    if not found:
        typer.echo("no row found a recording that it had not")


@usage.command("differences")
def differences(
    file_id: str = typer.Argument(..., help="A file that was taken in as a correction."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """What a corrected file changes against the one that it supersedes, place by place."""
    from ritornello.workflows.usage_desk import differences_of

    house, org = money.house_of(organisation)
    _, _, found = differences_of(house, org, file_id)
    columns = ("asset", "service", "territory", "flow", "use_date", "units", "amount", "currency")
    rows = [
        (d.asset_id, d.service, d.territory, d.flow, d.use_date, d.units, Fraction(d.amount_e10, 10**10), d.currency)
        for d in found
    ]
    money.table(columns, rows, as_json=as_json, csv=csv, empty="the two files say the same")


@usage.command("creations")
def creations(
    file: Path | None = typer.Argument(
        None, help="A service's creation report; without it, what was told so far.", exists=True, dir_okay=False
    ),
    service: str | None = typer.Option(None, "--service", help="Whose report it is, by our name of the service."),
    by: str = typer.Option("", "--by", help="Who records it: the e-mail of a member whose role allows it."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Record what people made inside a service, and link it to its parents: its money then flows to them."""
    from ritornello.cli.failures import Refused
    from ritornello.people.roles import Capability
    from ritornello.workflows.usage_desk import CREATION_COLUMNS, take_in_creations, told_creations

    house, org = money.house_of(organisation)
    if file is None:
        with house.work(org, read_only=True) as work:
            rows = [one.row() for one in told_creations(work, service)]
        money.table(CREATION_COLUMNS, rows, as_json=as_json, csv=csv, empty="no service told of a creation yet")
        return
    if service is None:
        raise Refused("--service: name whose report it is, by our name of the service")
    person = money.actor(house, org, by, Capability.TAKE_IN_USAGE)
    made = take_in_creations(house, org, file.name, file.read_bytes(), service, money.moment(at), person)
    money.tell_findings(made.findings)
    typer.echo("nothing was recorded" if made.refused else f"{made.told} told, {made.new} new, {made.linked} linked")
    raise typer.Exit(1 if made.refused else 0)


@usage.command("mapping")
def mapping(
    file: Path = typer.Argument(..., help="A sheet of no known kind.", exists=True, dir_okay=False),
    confirm: str | None = typer.Option(None, "--confirm", help="Keep the mapping under this name."),
    changed: list[str] = typer.Option(
        [], "--set", help="A column's meaning: amount='Net Revenue'; empty takes it away."
    ),
    currency: str | None = typer.Option(None, "--currency", help="Of the amounts, where the sheet names none."),
    service: str | None = typer.Option(None, "--service", help="Which service it is about, where it names none."),
    day_first: bool | None = typer.Option(None, "--day-first/--month-first", help="How its dates are written."),
    fiscal_months: bool = typer.Option(False, "--fiscal-months", help="Its months are periods of whole weeks."),
    decimal: str | None = typer.Option(None, "--decimal", help="point or comma, where its amounts leave it open."),
    by: str = typer.Option("", "--by", help="Who confirms: the e-mail of a member whose role allows it."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Propose what the columns of a sheet mean, with examples and questions; --confirm keeps it for the next months."""
    from dataclasses import asdict

    from ritornello.cli.failures import Refused
    from ritornello.messages.dialects import MEANINGS, Meaning
    from ritornello.messages.sheet_values import Style
    from ritornello.people.roles import Capability
    from ritornello.workflows.usage_desk import confirm_mapping, propose_mapping

    proposal = propose_mapping(file.read_bytes(), file.name)
    chosen: dict[Meaning, str | None] = {}
    for one in changed:
        meaning, equals, header = one.partition("=")
        if not equals or meaning not in MEANINGS:
            raise Refused(f"--set {one}: write meaning=column; meanings are {', '.join(MEANINGS)}")
        chosen[meaning] = header or None
    if decimal not in (None, "point", "comma"):
        raise Refused(f"--decimal {decimal}: say point or comma")
    style: Style | None = None if decimal is None else "comma" if decimal == "comma" else "point"
    if confirm is not None:
        house, org = money.house_of(organisation)
        person = money.actor(house, org, by, Capability.TAKE_IN_USAGE)
        dialect = confirm_mapping(
            house,
            org,
            proposal,
            money.moment(at),
            person,
            name=confirm,
            changed=chosen,
            currency=currency,
            service=service,
            day_first=day_first,
            fiscal_months=fiscal_months,
            style=style,
        )
        typer.echo(f"{dialect.name}: kept; sheets with this header can be taken in now")
        return
    if as_json:
        money.say(
            {
                "guesses": [asdict(guess) for guess in proposal.guesses],
                "missing": list(proposal.missing),
                "questions": list(proposal.questions),
                "columns": list(proposal.layout.headers),
            }
        )
        return
    rows = [(g.meaning, g.header, g.evidence, "; ".join(g.examples)) for g in proposal.guesses]
    money.table(("meaning", "column", "evidence", "examples"), rows)
    for missing in proposal.missing:
        typer.echo(f"missing: no column says {missing}")
    for question in proposal.questions:
        typer.echo(f"question: {question}")
    typer.echo(
        "right so? keep it with --confirm NAME --by …; else say otherwise with --set meaning=column, --service …"
    )


def _days(text: str | None) -> tuple[date, date] | None:
    from ritornello.cli.failures import Refused

    if text is None:
        return None
    first, _, last = text.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise Refused(f"--period {text}: write two days such as 2026-07-01..2026-07-31") from error
