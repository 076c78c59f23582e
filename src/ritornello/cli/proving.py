"""`ritornello royalties trace`: one line of a statement followed back to the rows, the shares and every consent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from ritornello.cli import money
from ritornello.cli.money import AsJson, Organisation

if TYPE_CHECKING:
    from ritornello.workflows.trace_line import Traced


def trace(
    statement_id: str = typer.Argument(..., help="The statement's id."),
    line: int = typer.Argument(..., help="The line's number."),
    every: bool = typer.Option(False, "--all", help="Every row; the first fifty by default."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
) -> None:
    """Follow one line back: the rows that were received, who owned what, the lineage, the licence, every consent."""
    from ritornello.cli.failures import Refused
    from ritornello.usage.lake import Lake
    from ritornello.workflows import trace_line

    house, org = money.house_of(organisation)
    with house.work(org, read_only=True) as work:
        found = work.statements.statement(statement_id)
        if found is None:
            raise Refused(f"there is no statement {statement_id} here")
        told = trace_line.trace(work, Lake(house.lake), found, line, most=None if every else trace_line.MOST_ROWS)
    if as_json:
        money.say(told.document())
        return
    called = money.called(house, org)
    _line(told, called(told.payee) or told.payee, found.currency)
    if told.rows:
        columns = ("file", "row", "used", "units", "amount")
        day = {True: "on {}", False: "by {}"}
        rows = [
            (one["file"], one["row"], day[one["day_is_known"]].format(one["used_on"]), one["units"], one["amount"])
            for one in told.rows
        ]
        money.table(columns, rows)
        more = f", {told.count - len(told.rows)} more with --all" if told.count > len(told.rows) else ""
        typer.echo(f"rows in all: {told.count}; they {'add' if told.complete else 'DO NOT add'} up to the line{more}")
    _shares(told, called)
    _consent(told, called)


def _line(told: Traced, payee: str, currency: str) -> None:
    from ritornello.royalty.wording import decimal

    one = told.line
    where = ", ".join(part for part in (one.title, one.service, one.territory, one.flow) if part)
    typer.echo(f"line {one.number} of {payee}: {decimal(one.amount)} {currency}{f' for {where}' if where else ''}")
    typer.echo(f"  {one.words}")


def _shares(told: Traced, called: Callable[[str], str]) -> None:
    for one in told.sheets:
        whose, source = called(one["party"]) or one["party"], one["source"] or "the owner"
        typer.echo(
            f"owned: {whose} has {one['share']} of the {one['right']} of {one['asset']} in {one['territories']} "
            f"(sheet {one['id']}, stated by {source}, recorded {one['recorded_at'][:10]})"
        )
    for one in told.edges:
        under = f", under licence {one['licence']}" if one["licence"] else ""
        typer.echo(f"made from: {one['parent_title']} ({one['parent']}), {one['right']}{under}")
    for one in told.creations:
        made = f"{one['type']} of {one['made_at'][:10]}"
        typer.echo(f"made inside {one['service']}: {one['id']}, {made}, as its creation report told")


def _consent(told: Traced, called: Callable[[str], str]) -> None:
    for one in told.licences:
        whose, where = called(one["licensee"]) or one["licensee"], ", ".join(one["services"])
        typer.echo(
            f"licence {one['id']}: granted to {whose} on {one['issued_at'][:10]} for {one['territories']} on {where}; "
            f"decision {one['decision']}"
        )
    for one in told.consents:
        whose, how = called(one["holder"]) or one["holder"], one["evidence"].replace("_", " ")
        typer.echo(
            f"consent: {whose} answered {one['reply']} for {', '.join(one['rights'])} in {one['territories']} (offer "
            f"{one['offer']}, version {one['version']}, {how}, signed {one['signed_at'][:10]}, evidence SHA-256 "
            f"{one['evidence_sha256'][:16]}…)"
        )
    if not told.licences and told.line.asset and not told.creations:
        typer.echo("no licence stands behind it: it is the holder's own recording")
