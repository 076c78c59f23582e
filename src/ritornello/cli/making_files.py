"""What `ritornello make` does with a loose file: propose, show, and render where all of it is the person's own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from ritornello.cli.failures import Refused
from ritornello.cli.making import TAKE, Wish, own_take, plan_for, shown
from ritornello.studio.building import OPEN, Material, Proposal, propose
from ritornello.studio.plain import separation_lines
from ritornello.studio.plan import Plan
from ritornello.studio.reading import parse
from ritornello.studio.recipe import RecipeError, Source
from ritornello.studio.score import Score
from ritornello.studio.sentence import understand
from ritornello.studio.sheets import read_score, write_sheets
from ritornello.studio.wording import held, texts_of
from ritornello.workflows.house import House
from ritornello.workflows.studio_desk import Offered


def from_file(wish: Wish, file: Path, stem_folder: Path | None) -> None:
    """Propose for an audio file, and render it where all of it is the person's own."""
    from ritornello.analysis import analyse, decode
    from ritornello.cli.studio import read_stems

    audio = decode.read(file)
    parts = read_stems(stem_folder, file) if stem_folder is not None else {}
    sound: dict[str, Any] = {"s0": audio, **{f"s0/{part}": stem for part, stem in parts.items()}}
    analysis = analyse(audio)
    source = Source(
        "s0",
        "recording",
        pcm_sha256=decode.pcm_sha256(audio),
        frames=audio.frames,
        stems={part: decode.pcm_sha256(stem) for part, stem in parts.items()},
        vocal_part="vocals" if "vocals" in parts else None,
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )
    material = Material(source, analysis, lambda: audio, file.stem, parts.__getitem__)
    if wish.score is not None:
        material = replace(material, score=read_score(wish.score))
    if wish.recipe is not None:
        written = parse(wish.recipe.read_bytes())
        if found := held((*texts_of(written), ("--title", wish.title))):
            raise RecipeError(found)
        proposal = Proposal(Plan("edit"), written)
    else:
        understood = None if wish.kind else understand(wish.what)
        plan = plan_for(wish, understood)
        if plan.other:
            material = replace(material, other=_other(Path(plan.other), sound))
        if plan.groove:
            material = replace(material, lender=_other(Path(plan.groove), sound, "lender"))
        if wish.voice is not None:
            take, taken = own_take(wish, audio.rate)
            sound[TAKE] = taken()
            material = replace(material, contribution=take, taken=taken, taken_at_ms=wish.voice_at)
        proposal = propose(plan, material, OPEN, seed=wish.seed)
    recipe = proposal.recipe
    shown(Offered(proposal, OPEN), recipe, wish)
    if wish.dry_run or not wish.own_work:
        if not wish.dry_run:
            raise Refused(
                "this is the recipe; to render a loose file, say --own-work (all of it is yours), "
                "or bring the song into the catalogue and make it under a licence"
            )
        return
    from ritornello.cli import houses
    from ritornello.studio.neural.registry import neural_of
    from ritornello.studio.render import render

    done = render(recipe, sound, _bar(), bounds=OPEN, neural=neural_of(houses.settings_of().neural_weights))
    target = wish.out or file.with_name(f"{file.stem}-{proposal.plan.kind}.flac")
    made = decode.write(target, done.audio, target.suffix.lstrip(".").replace("flac", "flac24").replace("wav", "wav24"))
    manifest = json.dumps(done.manifest.to_document(), indent=1, sort_keys=True)
    made.with_suffix(".manifest.json").write_text(manifest, encoding="utf-8")
    write_sheets(recipe, made)
    for line in separation_lines(one.to_document() for one in done.manifest.separations):
        typer.echo(f"  {line}")
    typer.echo(f"{made}: {done.manifest.lufs_centi / 100:.1f} LUFS, {done.manifest.dbtp_centi / 100:.1f} dBTP")


def _other(path: Path, sound: dict[str, Any], name: str = "s1") -> Material:
    from ritornello.analysis import analyse, decode

    if not path.is_file():
        raise Refused(f"{path}: beside a loose file the second song is a file too")
    audio = decode.read(path)
    analysis = analyse(audio)
    sound[name] = audio
    source = Source(
        name,
        "recording",
        pcm_sha256=decode.pcm_sha256(audio),
        frames=audio.frames,
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
    )
    return Material(source, analysis, lambda: audio, path.stem)


def score_of_song(song: str, open_house: Callable[[], tuple[House, str]]) -> Score:
    """The song written down: of the house, or of an audio file."""
    from ritornello.analysis import analyse, decode
    from ritornello.workflows.measure_file import recording_named
    from ritornello.workflows.studio_songs import material_of

    if Path(song).is_file():
        audio = decode.read(Path(song))
        source = Source("s0", "recording", pcm_sha256=decode.pcm_sha256(audio), frames=audio.frames)
        return Material(source, analyse(audio), lambda: audio, Path(song).stem).written()
    house, organisation = open_house()
    return material_of(house, organisation, recording_named(house, organisation, song)).written()


def _bar() -> Callable[[float, str], None] | None:
    """How a render of a loose file tells its progress: on a terminal, as one line that is written over."""
    if not sys.stderr.isatty():
        return None

    def told(part: float, what: str) -> None:
        end = "\n" if part >= 1 else ""
        sys.stderr.write(f"\r{part:4.0%} {what[:40]:40}{end}")
        sys.stderr.flush()

    return told
