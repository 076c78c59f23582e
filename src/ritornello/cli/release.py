"""`ritornello release`: hear a derivative at the gate, see where it stands, rule on what needs a person."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ritornello.cli.identify import HOME, ORGANISATION
from ritornello.cli.money import house_of
from ritornello.people.model import COMMAND_LINE

if TYPE_CHECKING:
    from ritornello.workflows.house import House
    from ritornello.workflows.release_gate import AtGate

app = typer.Typer(
    help="The release gate: hear a derivative for what it declares and for everything else, and rule on it.",
    no_args_is_help=True,
)
RECORDING = typer.Argument(..., metavar="RECORDING", help="A derivative, by id or ISRC.")
BY = typer.Option("", "--by", help="The person, by id; by default the command line.")
AS_JSON = typer.Option(False, "--json", help="A JSON document.")


@app.command("hear")
def hear(
    recording: str = RECORDING,
    by: str = BY,
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """Hear a derivative at the gate and keep what was heard; exit 1 unless it passes. Ctrl-C keeps nothing."""
    from ritornello.cli.money import progress
    from ritornello.workflows.release_gate import hear_at_gate

    house, org = house_of(organisation, home)
    with progress("at the gate") as report:
        found = hear_at_gate(
            house, org, named(house, org, recording), datetime.now(UTC), by=by or COMMAND_LINE, report=report
        )
    return _told(found, as_json)


@app.command("show")
def show(
    recording: str = RECORDING,
    day: str = typer.Option("", "--day", help="As it stood at the end of a day (YYYY-MM-DD); by default now."),
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """Where a derivative stands at the gate, or stood on a day; exit 1 unless it passes."""
    from ritornello.workflows.convert_match import end_of
    from ritornello.workflows.release_gate import at_gate

    house, org = house_of(organisation, home)
    moment = end_of(day_of(day)) if day else datetime.now(UTC)
    return _told(at_gate(house, org, named(house, org, recording), moment), as_json)


@app.command("rule")
def rule(
    recording: str = RECORDING,
    code: str = typer.Argument(..., metavar="FINDING", help="declared_not_found or composition_not_agreed."),
    original: str = typer.Argument(..., metavar="ORIGINAL", help="The recording that it is about, by id or ISRC."),
    passes: bool = typer.Option(..., "--pass/--refuse", help="Whether it may leave all the same."),
    reason: str = typer.Option(..., "--reason", help="Why; it is kept."),
    by: str = BY,
    as_json: bool = AS_JSON,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """Rule on a finding that needs a person, having listened; exit 1 unless the derivative passes then."""
    from ritornello.workflows.release_gate import rule as take

    house, org = house_of(organisation, home)
    found = take(
        house, org, named(house, org, recording), code, named(house, org, original), passes=passes,
        by=by or COMMAND_LINE, reason=reason, at=datetime.now(UTC),
    )  # fmt: skip
    return _told(found, as_json)


def lines(found: AtGate) -> list[str]:
    """Where a derivative stands, for people."""
    from ritornello.distribution.sample_gate import clock
    from ritornello.studio.agreement import Agreement

    if found.hearing is None:
        return ["it was not heard at the gate yet: `ritornello release hear` it"]
    state = (
        "its sound has changed since it was heard" if found.verdict is None else found.verdict.value.replace("_", " ")
    )
    out = [f"{found.recording.id}: {state} (heard {found.hearing.heard_at:%Y-%m-%d %H:%M} by {found.hearing.heard_by})"]
    for name, placed in found.hearing.declared.items():
        spans = [
            f"{clock(one['query_ms'][0] / 1000)} to {clock(one['query_ms'][1] / 1000)} from "
            f"{clock(one['reference_ms'][0] / 1000)}"
            for one in placed["spans"]
        ]
        told = ", ".join(spans) if spans else "its recording was not found"
        if placed.get("agreement") is not None:
            told += f"; {Agreement.from_document(placed['agreement']).words}"
        out.append(f"  declared {found.titles.get(name, name)}: {told}")
    for one in found.ruled:
        against = one.finding.hindrance(found.titles.get(one.finding.recording, ""))
        out.append(f"  {one.finding.code} {one.finding.recording}: {against.what} ({against.mend})")
        if one.ruling is not None:
            word = "passes" if one.ruling.passes else "refused"
            out.append(f"    {word}, by {one.ruling.by} on {one.ruling.at:%Y-%m-%d}: {one.ruling.reason}")
    return out


def _told(found: AtGate, as_json: bool) -> int:
    from ritornello.distribution.release_checks import Verdict

    typer.echo(json.dumps(found.to_document(), ensure_ascii=False, indent=1) if as_json else "\n".join(lines(found)))
    return int(found.verdict is not Verdict.PASSES)


def day_of(written: str, option: str = "--day") -> date:
    """A day as it is written on the command line."""
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise typer.BadParameter(f"{written!r} is no day; write it as 2026-07-01", param_hint=option) from error


def named(house: House, organisation: str, name: str) -> str:
    """The id of the recording that is meant by an id or an ISRC. Raises `SourceMissing`."""
    from ritornello.workflows.measure_file import recording_named

    return recording_named(house, organisation, name)
