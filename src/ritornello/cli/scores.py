"""`ritornello score`: a recording written down, as a lead sheet to read and as a score to correct."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from ritornello.cli.failures import Refused


def score(
    recording: str = typer.Argument(..., metavar="SONG", help="An audio file, or an ISRC or id of the house."),
    lead: Path | None = typer.Option(
        None, "--lead", exists=True, dir_okay=False, help="The stem of its tune, which is heard better alone."
    ),
    bpm: float | None = typer.Option(None, "--bpm", min=20, max=400, help="Its tempo, where listening errs."),
    beats: int | None = typer.Option(None, "--beats-per-bar", min=3, max=4, help="3 or 4, where listening errs."),
    corrected: Path | None = typer.Option(
        None, "--corrected", exists=True, dir_okay=False, help="A score that you corrected, in place of listening."
    ),
    keep: bool = typer.Option(False, "--keep", help="Lay it on the maker's desk, in place of what lies there."),
    maker: str = typer.Option("", "--for", help="Whose desk; by default that of the only fan of the house."),
    out: Path | None = typer.Option(None, "--out", help="Where to write; the endings are put to it."),
    organisation: str | None = typer.Option(None, "--organisation", help="Whose house; the only one by default."),
) -> None:
    """Write down tune, chords, bars and form: a lead sheet, a MIDI file, and a score to correct for `make --score`."""
    from ritornello.analysis import analyse, decode
    from ritornello.analysis.notes import transcribe
    from ritornello.cli.consent import house_here
    from ritornello.cli.making import only_fan
    from ritornello.studio.score import score_of
    from ritornello.studio.sheets import plain_midi, read_score, write_score
    from ritornello.workflows.measure_file import recording_named
    from ritornello.workflows.studio_papers import keep_score
    from ritornello.workflows.studio_songs import material_of

    file = Path(recording)
    house = org = recording_id = None
    if not file.is_file() or keep:
        if file.is_file():
            raise Refused("--keep: a score is kept beside a song of the house; name its ISRC or id in place of a file")
        house, org = house_here(organisation)
        recording_id = recording_named(house, org, recording)
    if corrected is not None:
        written = read_score(corrected)
    else:
        material = material_of(house, org, recording_id) if house and org and recording_id else None
        stem = next((one for one in ("vocals", "lead") if material and one in material.source.stems), None)
        audio = material.listen() if material is not None else decode.read(file)
        heard = analyse(audio, bpm=bpm, beats_per_bar=beats)
        sung = decode.read(lead) if lead is not None else audio
        if lead is None and stem is not None and material is not None and material.part is not None:
            sung = material.part(stem)
        try:
            written = score_of(heard, transcribe(sung, heard), title=material.title if material else file.stem)
        except ValueError as error:
            raise Refused(str(error)) from error
    if keep and house is not None and org is not None and recording_id is not None:
        paper = keep_score(house, org, maker or only_fan(house, org), recording_id, written, datetime.now(UTC))
        typer.echo(f"kept as {paper.id}")
    if not keep or out is not None:
        beside = out or (file if file.is_file() else Path(recording))
        midi = beside.with_suffix(".mid")
        midi.write_bytes(plain_midi(written))
        for path in (midi, *write_score(written, beside)):
            typer.echo(str(path))
    typer.echo(
        f"{written.key_name}, {written.bpm:.1f} BPM, {written.metre}/4, {len(written.bars)} bars, "
        f"{len(written.tune)} tones of the tune ({written.method}), {len(written.chords)} chords"
    )
