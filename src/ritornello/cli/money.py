"""What the commands on money share: whose house, who acts, progress, tables as words, CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ritornello.messages.findings import Finding
    from ritornello.people.roles import Capability
    from ritornello.workflows.house import House, Report

Organisation = typer.Option(None, "--organisation", help="Whose house; the only one by default.")
At = typer.Option(None, "--at", help="At this moment (UTC); now by default.")
By = typer.Option(..., "--by", help="Who acts: the e-mail of a member whose role allows it.")
AsJson = typer.Option(False, "--json", help="Print the document as JSON.")
AsCsv = typer.Option(None, "--csv", help="Write the table to this file as CSV.")
Files = typer.Argument(..., help="The files.", exists=True, dir_okay=False)
Out = typer.Option(None, "--out", help="Write here instead of printing.")

Cell = str | int | Fraction | date | datetime | None


def house_of(organisation: str | None, home: Path | None = None) -> tuple[House, str]:
    """The house that is open here, or in another folder, and whose it is: the one named, or the only one."""
    from ritornello.cli import houses

    return houses.house_here(organisation, home)


def called(house: House, organisation: str) -> Callable[[str], str]:
    """How parties and members are called here: for an id, or an account that ends in one, the name; else nothing."""
    with house.work(organisation, read_only=True) as work:
        names = {one.details.party_id: one.details.name for one in work.people.details_of_all()}
        names |= {person.id: person.name or person.email for person, _ in work.people.members() if person}
    return lambda text: next((names[part] for part in text.split(":") if part in names), "")


def moment(at: datetime | None) -> datetime:
    """The moment a command works at, in UTC."""
    from ritornello.cli.consent import moment as utc

    return utc(at)


def actor(house: House, organisation: str, email: str, capability: Capability) -> str:
    """The person of an e-mail, who must be a member that may do it. Raises `Refused`."""
    from ritornello.cli.failures import Refused
    from ritornello.people.roles import may

    with house.work(organisation, read_only=True) as work:
        person = work.people.person_by_email(email.strip().casefold())
        member = work.people.membership(person.id) if person is not None else None
    if person is None or member is None:
        raise Refused(f"--by {email}: nobody with this e-mail is a member of {organisation}")
    if not may(member.roles, capability):
        raise Refused(f"--by {email}: their role does not let them {capability.value.replace('_', ' ')}")
    return person.id


@contextmanager
def progress(words: str) -> Iterator[Report]:
    """A bar on the terminal, on the error output; Ctrl-C stops what it shows."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), TextColumn("{task.fields[words]}"))
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(words, total=1.0, words="")
        yield lambda done, told: bar.update(task, completed=done, words=told)


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    as_json: bool = False,
    csv: Path | None = None,
    empty: str = "nothing",
) -> None:
    """A table for reading, and the same as JSON or CSV: exact amounts as decimal text, never as floats."""
    from ritornello.royalty.wording import decimal
    from ritornello.statements.sheets import sheet

    if csv is not None:
        csv.write_bytes(sheet(columns, [[_for_sheet(cell) for cell in row] for row in rows]))
    if as_json:
        plain = [
            [decimal(c) if isinstance(c, Fraction) else str(c) if isinstance(c, date) else c for c in r] for r in rows
        ]
        say([dict(zip(columns, row, strict=True)) for row in plain])
        return
    if csv is not None:
        typer.echo(f"{len(rows)} rows: {csv}")
        return
    if not rows:
        typer.echo(empty)
        return
    shown = [["" if c is None else decimal(c) if isinstance(c, Fraction) else str(c) for c in row] for row in rows]
    for place in range(len(columns)):
        _aligned(shown, place, [row[place] for row in rows])
    widths = [max(len(row[place]) for row in [list(columns), *shown]) for place in range(len(columns))]
    right = [all(_numeric(row[place]) for row in rows if row[place] is not None) for place in range(len(columns))]
    for row in [list(columns), *shown]:
        cells = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
        typer.echo("  ".join(cells).rstrip())


def _aligned(shown: list[list[str]], place: int, cells: Sequence[Cell]) -> None:
    """Give the amounts of a column as many decimals as the longest of them has, and money at least two."""
    amounts = [number for number, cell in enumerate(cells) if isinstance(cell, Fraction)]
    digits = max((len(shown[number][place].partition(".")[2]) for number in amounts), default=0)
    if not digits or any("…" in shown[number][place] for number in amounts):
        return
    for number in amounts:
        head, _, tail = shown[number][place].partition(".")
        shown[number][place] = f"{head}.{tail.ljust(max(digits, 2), '0')}"


def _for_sheet(cell: Cell) -> str | int | Fraction:
    return cell if isinstance(cell, int | Fraction) else "" if cell is None else str(cell)


def _numeric(cell: Any) -> bool:
    return isinstance(cell, int | Fraction) and not isinstance(cell, bool)


def say(told: Any) -> None:
    """A document as JSON."""
    typer.echo(json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False))


def tell_findings(findings: Sequence[Finding], csv: Path | None = None, *, as_json: bool = False) -> None:
    """What was noticed: severity, place, and how to mend it."""
    rows = [(f.severity, f.code, f.file, f.row, f.field, f.given, f.message) for f in findings]
    if as_json or csv is not None:
        columns = ("severity", "code", "file", "row", "field", "given", "message")
        table(columns, rows, as_json=as_json, csv=csv)
        return
    for found in findings:
        typer.echo(f"{found.severity}: {found}")


def written(out: Path | None, content: bytes, words: str) -> None:
    """Content to a file, whole or not at all, or to the output."""
    if out is None:
        typer.echo(content.decode("utf-8"), nl=False)
        return
    from ritornello.workflows.hand_out import whole

    whole(out, content)
    typer.echo(f"{words}: {out}")


def handed_out(house: House, out: Path | None, content: bytes, words: str, at: datetime) -> None:
    """Content to a file with its signed packing list beside it, or to the output."""
    if out is None:
        written(None, content, words)
        return
    from ritornello.workflows.hand_out import hand_out

    listed = hand_out(house, out, content, at)
    typer.echo(f"{words}: {out}, with {listed.name}")
