"""`ritornello usage …`: reports come in, are looked at, matched again, corrected, and counted."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from ritornello.cli import money
from ritornello.cli.money import AsCsv, AsJson, At, By, Files, Organisation

if TYPE_CHECKING:
    from ritornello.usage.performance import Dimension

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
    target: str = typer.Option("EUR", "--into", help="The currency that the rates are into."),
    provider: str = typer.Option("", "--provider", help="Whose rates they are."),
    supersedes: str | None = typer.Option(None, "--supersedes", help="The id of the file that this one corrects."),
    accept: list[str] = typer.Option([], "--accept", help="Codes of findings that were looked at and are accepted."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Take in the files of one delivery, all of it or none: what is wrong is told by file, row and field."""
    from ritornello.royalty.wording import decimal
    from ritornello.workflows.money_jobs import told
    from ritornello.workflows.take_in_usage import take_in_usage

    house, org = money.house_of(organisation)
    when = money.moment(at)
    with house.work(org, read_only=True) as work:
        sender = work.usage.source(source)
    with money.progress("taking in") as report:
        taken = take_in_usage(
            house,
            org,
            files,
            sender,
            when,
            exchange=_rates(rate, target, when.date(), provider),
            period=_days(period),
            supersedes=supersedes,
            accept=accept,
            report=report,
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


@usage.command("rate")
def rate(
    file_id: str = typer.Argument(..., help="A file that was taken in."),
    rates: list[str] = typer.Argument(..., help="Units of the terms' currency for one of this: USD=0.92."),
    provider: str = typer.Option("", "--provider", help="Whose rates they are."),
    target: str = typer.Option("EUR", "--into", help="The currency that the rates are into."),
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Fix rates of exchange on a report that came without them, or with wrong ones."""
    from ritornello.people.roles import Capability
    from ritornello.royalty.wording import decimal
    from ritornello.workflows.usage_desk import fix_rates

    house, org = money.house_of(organisation)
    person, when = money.actor(house, org, by, Capability.RUN_ROYALTIES), money.moment(at)
    told = _rates(rates, target, when.date(), provider)
    file = fix_rates(house, org, file_id, told, when, person)
    said = ", ".join(f"{decimal(one.rate)} {one.target} for a {currency}" for currency, one in sorted(told.items()))
    typer.echo(f"{file.name}: {said}; run its period again")


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
def rematch(organisation: str | None = Organisation, at: datetime | None = At) -> None:
    """Match what waits against the catalogue of today; the next run pays it at the shares of the day of use."""
    from ritornello.workflows.usage_desk import rematch_usage

    house, org = money.house_of(organisation)
    with money.progress("matching again") as report:
        found = rematch_usage(house, org, money.moment(at), report)
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
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Record what people made inside a service, and link it to its parents: its money then flows to them."""
    from ritornello.cli.failures import Refused
    from ritornello.workflows.usage_desk import CREATION_COLUMNS, take_in_creations, told_creations

    house, org = money.house_of(organisation)
    if file is None:
        with house.work(org, read_only=True) as work:
            rows = [one.row() for one in told_creations(work, service)]
        money.table(CREATION_COLUMNS, rows, as_json=as_json, csv=csv, empty="no service told of a creation yet")
        return
    if service is None:
        raise Refused("--service: name whose report it is, by our name of the service")
    made = take_in_creations(house, org, file.name, file.read_bytes(), service, money.moment(at))
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


@usage.command("performance")
def performance(
    by: str = typer.Option(
        "asset", "--by", help="asset, parent, type, territory, service, week, month, flow; several by comma."
    ),
    start: datetime | None = typer.Option(None, "--from", formats=["%Y-%m-%d"], help="First day of use."),
    end: datetime | None = typer.Option(None, "--to", formats=["%Y-%m-%d"], help="Last day of use."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Plays and money as services reported them, up to the day that each has reported. It never says why."""
    from ritornello.workflows.plays import played

    asked = _dimensions(by)
    house, org = money.house_of(organisation)
    found = played(house, org, asked, start.date() if start else None, end.date() if end else None)
    columns = (*asked, "plays", "amount", "currency")
    rows: list[tuple[money.Cell, ...]] = [
        (*line.key, line.units, Fraction(line.amount_e10, 10**10), line.currency) for line in found.lines
    ]
    money.table(columns, rows, as_json=as_json, csv=csv, empty="nothing was reported for this")
    if not as_json and csv is None:
        for one in found.as_of:
            typer.echo(f"{one.service}: reported up to {one.last_period}")
        if "week" in asked:
            for line in found.undated:
                typer.echo(f"{line.key[0]}: {line.units} plays have no day and are in no week")


@usage.command("first-days")
def first_days(
    recording: str = typer.Argument(..., help="The recording's id or ISRC."),
    release: datetime | None = typer.Argument(
        None, formats=["%Y-%m-%d"], help="The day of release; the first day on which it was played by default."
    ),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Plays of the first 28 days, as far as every service that played it has reported."""
    from datetime import timedelta

    from ritornello.workflows.plays import first_days as curve

    house, org = money.house_of(organisation)
    found = curve(house, org, recording, release.date() if release else None)
    days = [] if found is None else [(found.release + timedelta(days=day), one) for day, one in enumerate(found.days)]
    rows = [(number, day, plays) for number, (day, plays) in enumerate(days, 1)]
    money.table(("day", "date", "plays"), rows, as_json=as_json, csv=csv, empty="no day of it is reported yet")
    if found is not None and not as_json and csv is None and found.undated_units:
        typer.echo(f"{found.undated_units} more plays of this time have no day")


@usage.command("payees")
def payees(
    recording: str | None = typer.Argument(None, help="The recording's id or ISRC; all of them by default."),
    by: str = typer.Option(
        "asset", "--by", help="asset, parent, type, territory, service, week, month, flow; several by comma."
    ),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Who earned what from plays, from the statements that stand."""
    from ritornello.workflows.plays import paid_for

    asked = _dimensions(by)
    house, org = money.house_of(organisation)
    found = paid_for(house, org, asked, None if recording is None else [recording])
    rows: list[tuple[money.Cell, ...]] = [(*one.key, one.payee, one.amount, one.currency) for one in found]
    columns = (*asked, "payee", "earned", "currency")
    money.table(columns, rows, as_json=as_json, csv=csv, empty="no statement tells of it yet")


def _dimensions(by: str) -> list[Dimension]:
    from ritornello.cli.failures import Refused
    from ritornello.usage.performance import DIMENSIONS

    asked = [one.strip() for one in by.split(",") if one.strip()]
    if not asked or set(asked) - set(DIMENSIONS) or len(set(asked)) < len(asked):
        raise Refused(f"--by {by}: write some of {', '.join(DIMENSIONS)}, each once")
    return [cast("Dimension", one) for one in asked]


def _rates(given: list[str], target: str, day: date, provider: str) -> dict[str, Any]:
    from ritornello.cli.failures import Refused
    from ritornello.money import AmountError, parse_decimal
    from ritornello.usage.model import Exchange

    found = {}
    for one in given:
        currency, equals, text = one.partition("=")
        try:
            rate = parse_decimal(text)
        except AmountError as error:
            raise Refused(f"--rate {one}: {error}") from error
        if not equals or rate <= 0:
            raise Refused(f"--rate {one}: write USD=0.92")
        found[currency.upper()] = Exchange(target.upper(), rate, day, provider or "the command line")
    return found


def _days(text: str | None) -> tuple[date, date] | None:
    from ritornello.cli.failures import Refused

    if text is None:
        return None
    first, _, last = text.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError as error:
        raise Refused(f"--period {text}: write two days such as 2026-07-01..2026-07-31") from error
