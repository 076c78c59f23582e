"""`ritornello royalties …`: a period from its run to everybody's statement, and the proof of any line of it."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ritornello.cli import money
from ritornello.cli.documents import EngineName, Master, royalties
from ritornello.cli.money import AsCsv, AsJson, At, By, Files, Organisation, Out

if TYPE_CHECKING:
    from ritornello.royalty.approval import RunRecord, RunState

__all__ = ["royalties"]

Run = typer.Argument(..., help="The run's id.")
opening = typer.Typer(help="Moving in: balances, contracts, splits and payees by sheet.", no_args_is_help=True)
royalties.add_typer(opening, name="opening")


@royalties.command("terms")
def terms(
    file: Path | None = typer.Argument(
        None, help="A document of terms to record; without it the present ones are shown."
    ),
    by: str = typer.Option("", "--by", help="Who records them: the e-mail of a member whose role allows it."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Record the contract terms, or show those on file. An unknown or contradictory term is refused."""
    from ritornello.cli.documents import read_document
    from ritornello.cli.failures import Refused
    from ritornello.people.roles import Capability
    from ritornello.royalty.terms_document import read_terms

    house, org = money.house_of(organisation)
    if file is None:
        with house.work(org, read_only=True) as work:
            kept = work.royalty.terms()
        if kept is None:
            raise Refused("there are no terms on file; record some with `royalties terms FILE --by …`")
        money.say(kept.document)
        return
    person = money.actor(house, org, by, Capability.RUN_ROYALTIES)
    told = read_document(file)
    found = read_terms(told)
    with house.work(org) as work:
        record = work.royalty.add_terms(told, money.moment(at), person)
        work.commit()
    counts = f"contracts: {len(found.contracts)}, payees with terms of their own: {len(found.payees)}"
    typer.echo(f"version {found.version} recorded; {counts} ({record.id[:16]}…)")


@royalties.command("run")
def run(
    period: str = typer.Argument(..., help="2026-07, 2026-Q3, 2026-H2 or 2026."),
    by: str = By,
    engine: str = EngineName,
    master: str = Master,
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Value a period's usage and keep the run as a draft. The same inputs are the same run; a changed one restates."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.close_period import EngineChoice, run_period, waiting
    from ritornello.workflows.periods import named

    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.RUN_ROYALTIES)
    with money.progress(f"running {period}") as report:
        choice = EngineChoice(engine, master)
        ran = run_period(house, org, named(period), money.moment(at), person, report, choice)
    if as_json:
        money.say(told(ran.record, ran.result))
        return
    typer.echo(f"{ran.record.id}: {period}, {ran.record.state}{' (the same inputs as before)' if ran.again else ''}")
    if ran.record.restates:
        typer.echo(f"restates {ran.record.restates}; {len(ran.result.delta)} accounts change")
    for kind in waiting(ran.record, ran.result):
        typer.echo(f"unmatched: {kind}; match it, or say why it waits, before it can be approved")


def told(record: RunRecord, result: Any) -> dict[str, Any]:
    """A run as a document: its record, its steps, and every account in minor units."""
    return {
        "id": record.id,
        "period": record.period,
        "state": record.state.value,
        "currency": record.currency,
        "restates": record.restates,
        "digest": record.digest,
        "rows": record.usage_rows,
        "made_at": record.made_at.isoformat() if record.made_at else None,
        "steps": [{"state": s.state.value, "by": s.by, "at": s.at.isoformat()} for s in record.steps],
        "explained": dict(record.explained),
        "received": str(result.receipts),
        "accounts": {account: str(count) for account, count in result.units.items()},
        "changes": {account: str(count) for account, count in result.delta.items()},
        "payouts": [
            {"party": p.party, "paid": str(p.paid), "carried": str(sum(p.carried.values())), "why": p.why}
            for p in result.payouts
        ],
    }


@royalties.command("runs")
def runs(
    period: str | None = typer.Argument(None, help="One period alone."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Every run, in the order in which they were made."""
    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        found = work.royalty.runs(period)
    columns = ("id", "period", "state", "currency", "rows", "made_at", "restates")
    rows = [(r.id, r.period, r.state.value, r.currency, r.usage_rows, r.made_at, r.restates) for r in found]
    money.table(columns, rows, as_json=as_json, csv=csv, empty="no period was run yet")


@royalties.command("show")
def show(
    run_id: str = Run, organisation: str | None = Organisation, as_json: bool = AsJson, csv: Path | None = AsCsv
) -> None:
    """A run: where every cent that was received is, and who took which step."""
    from ritornello.cli.failures import Refused
    from ritornello.money import minor_unit

    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        record, result = work.royalty.run(run_id), work.royalty.result(run_id)
    if record is None or result is None:
        raise Refused(f"there is no run {run_id} here")
    if as_json:
        money.say(told(record, result))
        return
    unit = minor_unit(result.currency)
    called = money.called(house, org)
    rows = [(account, called(account), count * unit, result.currency) for account, count in result.units.items()]
    money.table(("account", "name", "amount", "currency"), rows, csv=csv)
    if csv is None:
        for step in record.steps:
            typer.echo(f"{step.state} by {called(step.by) or step.by} at {step.at:%Y-%m-%d %H:%M}")


@royalties.command("review")
def review(
    run_id: str = Run,
    payee: str | None = typer.Option(None, "--payee", help="One payee's causes in full."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """The differences against the last run, per payee and reason: the largest first."""
    from ritornello.money import minor_unit
    from ritornello.workflows.review import causes_for, compared

    house, org = money.house_of(organisation)
    if payee is not None:
        with money.progress("comparing") as report:
            _, _, causes = causes_for(house, org, run_id, payee, money.moment(at), report)
        lines = [(one.cause, one.subject, one.amount, one.words) for one in causes]
        money.table(
            ("cause", "where", "amount", "words"),
            lines,
            as_json=as_json,
            csv=csv,
            empty="nothing differs, or nothing was stated before",
        )
        return
    with house.work(org, read_only=True) as work:
        found = compared(work, run_id)
    unit = minor_unit(found.record.currency)
    called, rows = money.called(house, org), []
    for d in found.differences:
        amounts = (d.before * unit, d.after * unit, (d.after - d.before) * unit)
        rows.append((d.account, called(d.account), *amounts, "; ".join(d.reasons)))
    if not as_json and csv is None:
        against = found.against
        typer.echo(f"against {against.period} ({against.id})" if against else "there is no earlier run to compare with")
    columns = ("account", "name", "before", "now", "difference", "reasons")
    money.table(columns, rows, as_json=as_json, csv=csv, empty="nothing differs")


@royalties.command("explain")
def explain(
    run_id: str = Run,
    kind: str = typer.Argument(..., help="What waits, such as no_asset."),
    why: str = typer.Argument(..., help="Why it may wait, in words."),
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Say why unmatched money of a run may wait; without it the run cannot be approved."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.close_period import explain as explained

    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.RUN_ROYALTIES)
    record = explained(house, org, run_id, kind, why, money.moment(at), person)
    typer.echo(f"{run_id}: {dict(record.explained)[kind]}")


@royalties.command("mark-reviewed")
def mark_reviewed(
    run_id: str = Run, by: str = By, organisation: str | None = Organisation, at: datetime | None = At
) -> None:
    """Say that the differences were looked at."""
    from ritornello.royalty.approval import RunState

    _step(run_id, RunState.REVIEWED, by, organisation, at)


@royalties.command("approve")
def approve(run_id: str = Run, by: str = By, organisation: str | None = Organisation, at: datetime | None = At) -> None:
    """Approve a reviewed run, as a second person."""
    from ritornello.royalty.approval import RunState

    _step(run_id, RunState.APPROVED, by, organisation, at)


@royalties.command("post")
def post(run_id: str = Run, by: str = By, organisation: str | None = Organisation, at: datetime | None = At) -> None:
    """Write an approved run into the books; a correction goes into the next period that is open."""
    from ritornello.royalty.approval import RunState

    _step(run_id, RunState.POSTED, by, organisation, at)


def _step(run_id: str, to: RunState, by: str, organisation: str | None, at: datetime | None) -> None:
    from ritornello.cli.failures import Refused
    from ritornello.people.roles import Capability
    from ritornello.royalty.approval import RunState
    from ritornello.workflows.close_period import step

    house, org = money.house_of(organisation)
    needs = Capability.RUN_ROYALTIES if to is RunState.REVIEWED else Capability.CLOSE_PERIOD
    person = money.actor(house, org, by, needs)
    with house.work(org, read_only=True) as work:
        known = work.royalty.run(run_id)
    if known is None:
        raise Refused(f"there is no run {run_id} here")
    record = step(house, org, known, to, money.moment(at), person)
    typer.echo(f"{record.id}: {record.state}")


@royalties.command("close")
def close(run_id: str = Run, by: str = By, organisation: str | None = Organisation, at: datetime | None = At) -> None:
    """Close the books that a posted run stands in for good, and write everybody's statement."""
    from ritornello.people.roles import Capability
    from ritornello.workflows.close_period import close_with_statements

    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.CLOSE_PERIOD)
    with money.progress("closing") as report:
        closed = close_with_statements(house, org, run_id, money.moment(at), person, report)
    typer.echo(f"{closed.closure.period}: closed over {closed.closure.transactions} transactions")
    typer.echo(f"{len(closed.statements)} statements written")


# ── statements ──


@royalties.command("statements")
def statements(
    run_id: str | None = typer.Argument(None, help="One run's; those that stand by default."),
    out: Path | None = typer.Option(None, "--out", file_okay=False, help="Write each as CSV, JSON, HTML and PDF here."),
    paper: str = typer.Option("a4", "--paper", help="Of the PDF: a4 or letter."),
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """The statements, one per payee and currency; --out lays them out as files, each with its signed packing list."""
    from ritornello.money import minor_unit
    from ritornello.workflows.lay_out import lay_out_all, statements_of

    house, org = money.house_of(organisation)
    found = statements_of(house, org, run_id)
    if out is not None:
        with money.progress("laying out") as report:
            laid_out = lay_out_all(house, org, found, out, money.moment(at), report, paper=paper)
        typer.echo(f"{laid_out.files} files: {out}")
        for finding in laid_out.findings:
            typer.echo(f"warning: {finding}", err=True)
        return
    columns = ("id", "payee", "name", "from", "to", "earned", "paid", "carried", "currency", "why")
    called, rows = money.called(house, org), []
    for one in found:
        unit, totals = minor_unit(one.currency), one.totals
        amounts = (totals.earned * unit, totals.paid * unit, totals.carried * unit)
        days = (one.period_start, one.period_end)
        rows.append((one.id, one.payee, called(one.payee), *days, *amounts, one.currency, totals.why))
    money.table(columns, rows, as_json=as_json, csv=csv, empty="no statement is written yet")


@royalties.command("why-less")
def why_less(
    statement_id: str = typer.Argument(..., help="The statement's id."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
    csv: Path | None = AsCsv,
) -> None:
    """Why a payee has more or less than last time, in numbers that add up to the difference."""
    from ritornello.cli.failures import Refused
    from ritornello.statements.compare import compare

    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        now = work.statements.statement(statement_id)
        then = work.statements.before(now) if now is not None else None
    if now is None:
        raise Refused(f"there is no statement {statement_id} here")
    if then is None:
        name = money.called(house, org)(now.payee) or now.payee
        raise Refused(f"{name} has no earlier statement in {now.currency} to compare with")
    rows = [(one.cause, one.subject, one.amount, one.words) for one in compare(now, then)]
    money.table(("cause", "where", "amount", "words"), rows, as_json=as_json, csv=csv, empty="nothing differs")


@royalties.command("proof")
def proof(
    statement_id: str = typer.Argument(..., help="The statement's id."),
    line: int = typer.Argument(..., help="The line's number."),
    out: Path | None = Out,
    organisation: str | None = Organisation,
) -> None:
    """The proof of one line, which `ritornello verify` checks without this house."""
    from ritornello.cli.failures import Refused
    from ritornello.proof import canonical_json
    from ritornello.statements.proofs import line_proof

    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        found = work.statements.statement(statement_id)
        inclusion = work.log.prove(found.hash()) if found is not None else None
    if found is None or inclusion is None:
        raise Refused(f"statement {statement_id} is not in the log")
    money.written(out, canonical_json(line_proof(found, line, inclusion.to_document())), "proof")


@royalties.command("heads")
def heads(
    first: int = typer.Argument(..., help="The size of the older head, from a proof that was kept."),
    second: int | None = typer.Argument(None, help="The size of the newer head; the newest by default."),
    out: Path | None = Out,
    organisation: str | None = Organisation,
) -> None:
    """The proof that the log only grew between two signed heads."""
    from ritornello.cli.failures import Refused
    from ritornello.proof import canonical_json
    from ritornello.statements.proofs import head_proof

    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        older, newer = work.log.head(first), work.log.head(second)
        if older is None or newer is None:
            sizes = ", ".join(str(head.size) for head in work.log.heads())
            raise Refused(f"heads were signed at the sizes {sizes or 'none yet'}")
        path = work.log.continues(older.size, newer.size)
    money.written(out, canonical_json(head_proof(older.signed, newer.signed, path)), "proof")


# ── opening ──


@opening.command("announce")
def announce(
    as_of: datetime = typer.Argument(..., formats=["%Y-%m-%d"], help="The last day of the older system."),
    stated: list[str] = typer.Option(
        ..., "--stated", help="A total of it: payable=1234.50; also reserve, unrecouped, costs."
    ),
    currency: str = typer.Option("EUR", "--currency", help="In which currency."),
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
) -> None:
    """Say what the older system states. From now on nothing runs until the sheets tie to it."""
    from ritornello.cli.failures import Refused
    from ritornello.money import AmountError, parse_decimal
    from ritornello.people.roles import Capability
    from ritornello.workflows import opening as moving

    totals: dict[str, Fraction] = {}
    for one in stated:
        kind, _, amount = one.partition("=")
        try:
            totals[kind] = parse_decimal(amount)
        except AmountError as error:
            raise Refused(f"--stated {one}: {error}") from error
    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.RUN_ROYALTIES)
    moving.announce(house, org, as_of.date(), currency.upper(), totals, money.moment(at), person)
    typer.echo(f"announced as of {as_of:%Y-%m-%d}; nothing runs until the sheets tie to it")


@opening.command("check")
def check(files: list[Path] = Files, organisation: str | None = Organisation, as_json: bool = AsJson) -> None:
    """Hold the sheets against themselves, the catalogue and the stated totals; writes nothing."""
    from ritornello.workflows import opening as moving

    house, org = money.house_of(organisation)
    raise typer.Exit(_tell(moving.check(house, org, _contents(files)), as_json=as_json))


@opening.command("commit")
def commit(
    files: list[Path] = Files,
    by: str = By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Bring everything in, in one step, if the sheets are whole and tie; else nothing is written."""
    from ritornello.people.roles import Capability
    from ritornello.workflows import opening as moving

    house, org = money.house_of(organisation)
    person = money.actor(house, org, by, Capability.CLOSE_PERIOD)
    raise typer.Exit(_tell(moving.commit(house, org, _contents(files), money.moment(at), person), as_json=as_json))


@opening.command("template")
def template(out: Path = typer.Argument(..., help="Write it here, such as opening.xlsx.", dir_okay=False)) -> None:
    """A workbook to fill in: one sheet for each kind, headings in place, and what each column means as its note."""
    from ritornello.royalty.opening_sheets import template as workbook

    money.written(out, workbook(), "workbook")


def _contents(files: list[Path]) -> list[tuple[str, bytes]]:
    return [(file.name, file.read_bytes()) for file in files]


def _tell(checked: Any, *, as_json: bool) -> int:
    from ritornello.workflows.opening import told as document

    if as_json:
        money.say(document(checked))
        return 1 if checked.refused else 0
    money.tell_findings(checked.findings)
    columns = ("total", "sheets", "stated")
    kinds = sorted({*checked.found, *checked.stated})
    money.table(columns, [(k, checked.found.get(k, Fraction(0)), checked.stated.get(k, Fraction(0))) for k in kinds])
    for point in checked.open_points:
        typer.echo(f"does not tie: {point}")
    ready = "brought in" if checked.committed else "ready to commit"
    typer.echo("refused, nothing is written" if checked.refused else ready)
    return 1 if checked.refused else 0
