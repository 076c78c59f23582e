"""`ritornello score`: a recording written down, as a lead sheet to read and as a score to correct."""

from __future__ import annotations

from pathlib import Path

import typer

from ritornello.cli.failures import Refused


def score(
    recording: Path = typer.Argument(..., exists=True, dir_okay=False, metavar="FILE", help="An audio file."),
    lead: Path | None = typer.Option(
        None, "--lead", exists=True, dir_okay=False, help="The stem of its tune, which is heard better alone."
    ),
    bpm: float | None = typer.Option(None, "--bpm", min=20, max=400, help="Its tempo, where listening errs."),
    beats: int | None = typer.Option(None, "--beats-per-bar", min=3, max=4, help="3 or 4, where listening errs."),
    out: Path | None = typer.Option(None, "--out", help="Where to write; the endings are put to it."),
) -> None:
    """Write down tune, chords, bars and form: a MusicXML lead sheet, and a score to correct for `make --score`."""
    from ritornello.analysis import analyse, decode
    from ritornello.analysis.notes import transcribe
    from ritornello.studio.score import score_of
    from ritornello.studio.sheets import write_score

    audio = decode.read(recording)
    heard = analyse(audio, bpm=bpm, beats_per_bar=beats)
    tune = transcribe(decode.read(lead) if lead is not None else audio, heard)
    try:
        written = score_of(heard, tune, title=recording.stem)
    except ValueError as error:
        raise Refused(str(error)) from error
    for path in write_score(written, out or recording):
        typer.echo(str(path))
    typer.echo(
        f"{written.key_name}, {written.bpm:.1f} BPM, {written.metre}/4, {len(written.bars)} bars, "
        f"{len(written.tune)} tones of the tune ({written.method}), {len(written.chords)} chords"
    )
