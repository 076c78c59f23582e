"""`ritornello royalties simulate` and `schema`: what would these terms pay, without writing anything."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ritornello.cli import money
from ritornello.cli.documents import File, Master, read_document

if TYPE_CHECKING:
    from ritornello.royalty.engines import Engine
    from ritornello.royalty.run import RunResult
    from ritornello.royalty.tables import UsageLine

SimulationEngine = typer.Option("memory", "--engine", help="memory (none), duckdb or spark: all give the same digits.")
History = typer.Option(None, "--history", help="Value this past period again under the file's changes; repeatable.")


def simulate(
    file: Path = File,
    history: list[str] | None = History,
    engine: str = SimulationEngine,
    master: str = Master,
    organisation: str | None = money.Organisation,
    at: datetime | None = money.At,
    as_json: bool = money.AsJson,
    csv: Path | None = money.AsCsv,
) -> None:
    """Value a scenario without a database: who would be paid what, and how it came about.

    With --history, FILE names changes of terms or licences, and the usage of past periods is valued again under them.
    """
    if history:
        _replayed(file, history, engine, master, organisation, at, as_json, csv)
        return
    document = _checked(file, "scenario")
    result = _simulated(document, engine, master)
    if as_json:
        from ritornello.royalty.records import to_document

        typer.echo(json.dumps(to_document(result), indent=1, sort_keys=True))
        return
    from ritornello.money import minor_unit
    from ritornello.royalty.wording import decimal

    unit = minor_unit(result.currency)
    rows = [(account, count * unit) for account, count in sorted(result.units.items())]
    money.table(("account", result.currency), rows, csv=csv, empty="nothing was received")
    for one in result.figures:
        typer.echo(f"  {one.rule:<22} {one.subject:<30} {decimal(one.amount):>14}  {one.words}")
    for payout in result.payouts:
        why = f" ({payout.why})" if payout.why else ""
        typer.echo(f"payout {payout.party}: {payout.paid * unit} {result.currency}{why}")


def schema(
    history: bool = typer.Option(False, "--history", help="The changes that `simulate --history` takes."),
) -> None:
    """Print the JSON schema of a scenario."""
    from ritornello.royalty.schema import HISTORY, SCENARIO

    typer.echo(json.dumps(HISTORY if history else SCENARIO, indent=1, ensure_ascii=False))


def _checked(file: Path, what: str) -> dict[str, Any]:
    """The document, which keeps to its schema; everything that does not is told at once. Raises `Refused`."""
    from ritornello.cli.failures import Refused
    from ritornello.royalty.schema import HISTORY, SCENARIO, findings

    document = read_document(file)
    wrong = findings(document, SCENARIO if what == "scenario" else HISTORY, what)
    for one in wrong[:-1]:
        typer.echo(str(one), err=True)
    if wrong:
        raise Refused(f"{wrong[-1]}" + (f" ({len(wrong)} findings)" if len(wrong) > 1 else ""))
    return document


def _simulated(document: dict[str, Any], engine: str, master: str) -> RunResult:
    from ritornello.royalty.engines import engine as made
    from ritornello.royalty.scenario import simulate as simulated

    if engine == "memory":
        return simulated(document)
    with tempfile.TemporaryDirectory(prefix="ritornello-simulate-") as folder:
        opened: list[Engine] = []

        def over(lines: Sequence[UsageLine]) -> Engine:
            from ritornello.royalty.engines.duckdb import write_lake

            lake = Path(folder) / "usage.parquet"
            write_lake(lake, lines)
            opened.append(made(engine, [lake], master=master))
            return opened[-1]

        try:
            return simulated(document, engine=over)
        finally:
            for one in opened:
                one.close()


def _replayed(
    file: Path,
    history: Sequence[str],
    engine: str,
    master: str,
    organisation: str | None,
    at: datetime | None,
    as_json: bool,
    csv: Path | None,
) -> None:
    from ritornello.royalty.what_if import amount
    from ritornello.workflows.close_period import EngineChoice
    from ritornello.workflows.periods import named
    from ritornello.workflows.replay import replay

    change = _checked(file, "change")
    house, org = money.house_of(organisation)
    choice = EngineChoice("duckdb" if engine == "memory" else engine, master)
    with money.progress("replaying") as report:
        found = replay(house, org, [named(name) for name in history], change, money.moment(at), report, choice)
    rows = [
        (
            one.period,
            who.party,
            amount(who.before, one.before.currency),
            amount(who.after, one.before.currency),
            amount(who.more, one.before.currency),
            one.before.currency,
        )
        for one in found
        for who in one.differences
    ]
    columns = ("period", "payee", "on_file", "changed", "more", "currency")
    money.table(columns, rows, as_json=as_json, csv=csv, empty="nobody would have had more or less")
    if not as_json:
        for one in found:
            typer.echo(f"{one.period}: {one.before.usage_rows:,} rows, {len(one.met)} derivatives under other terms")
