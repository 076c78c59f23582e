"""`ritornello catalogue …`: bring a recording with its facts, sound and stems; list what is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import typer

from ritornello.cli import money
from ritornello.cli.money import AsJson, At, Organisation

app = typer.Typer(help="The catalogue: bring recordings, list them.", no_args_is_help=True)


@app.command("add")
def add(
    facts: Path = typer.Argument(..., exists=True, dir_okay=False, help="What is told of the recording, as JSON."),
    sound: Path | None = typer.Option(None, "--sound", exists=True, dir_okay=False, help="Its sound."),
    stems: Path | None = typer.Option(None, "--stems", exists=True, file_okay=False, help="A folder with its stems."),
    by: str = money.By,
    organisation: str | None = Organisation,
    at: datetime | None = At,
    as_json: bool = AsJson,
) -> None:
    """Bring a recording: its people, works and shares, its sound and its stems. Told again it is no change."""
    import json

    from ritornello.analysis.model import AudioError
    from ritornello.catalogue.arrivals import ArrivalRefused, told_of
    from ritornello.cli.failures import Refused
    from ritornello.cli.working import worked_off
    from ritornello.jobs import Handlers
    from ritornello.people.roles import Capability
    from ritornello.workflows import bring_recording
    from ritornello.workflows.bring_recording import Files

    opened, org = money.house_of(organisation)
    who = money.actor(opened, org, by, Capability.EDIT_CATALOGUE)
    parts = () if stems is None else tuple((one.stem, one) for one in sorted(stems.iterdir()) if one.is_file())
    try:
        told = told_of(json.loads(facts.read_text(encoding="utf-8")))
        made = bring_recording.bring_recording(opened, org, told, Files(sound, parts), money.moment(at), who)
    except ArrivalRefused as error:
        raise Refused("\n".join(["this recording cannot be brought:", *map(str, error.findings)])) from error
    except (ValueError, AudioError) as error:
        raise Refused(f"{facts.name}: {error}") from error
    document = {**made.to_document(), "heard": None}
    if made.job is not None:

        def handlers(now: Callable[[], datetime]) -> Handlers:
            return bring_recording.register(Handlers(), opened, now)

        document["heard"] = dict(worked_off(opened, org, made.job.id, "hearing it", handlers))
    if as_json:
        money.say(document)
        return
    typer.echo(f"{made.recording.id}: {made.recording.title} ({made.recording.isrc})")
    for remark in made.remarks:
        typer.echo(f"  {remark}")
    if heard := document["heard"]:
        typer.echo(
            f"  {heard['duration_ms'] / 1000:.1f} s, {heard['bpm']:g} beats per minute, "
            f"{heard['beats_per_bar']}/4, {heard['key']}; stems: {', '.join(heard['stems']) or 'none'}"
        )


@app.command("list")
def list_(organisation: str | None = Organisation, as_json: bool = AsJson, csv: Path | None = money.AsCsv) -> None:
    """Every recording by title, with its ISRC, length and stems; a length of 0 means that it has no sound here."""
    from ritornello.workflows.bring_recording import RECORDING_COLUMNS, recordings_in

    opened, org = money.house_of(organisation)
    with opened.work(org, read_only=True) as work:
        rows = recordings_in(work)
    money.table(RECORDING_COLUMNS, rows, as_json=as_json, csv=csv, empty="no recording yet")
