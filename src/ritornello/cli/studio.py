"""`ritornello make`, `measure` and `stems`: the studio on the command line, over the house's songs and loose files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

stems = typer.Typer(help="Stems in and out: the check on arrival, and the contest package.", no_args_is_help=True)
studio = typer.Typer(help="The studio: what it may use here.", no_args_is_help=True)
Organisation = typer.Option(None, "--organisation", help="Whose house; the only one by default.")
AsJson = typer.Option(False, "--json", help="Print the document as JSON.")


def make(
    what: str = typer.Argument(..., metavar="WHAT", help="A kind (remix, nightcore, cover …) or a whole sentence."),
    song: str = typer.Argument(..., metavar="SONG", help="An ISRC or id of the house, or an audio file."),
    style: str = typer.Option("", "--style", help="A style pack or groove, such as bossa_nova."),
    tempo: int | None = typer.Option(None, "--tempo", help="Speed in permille of the original (1060: 6 % faster)."),
    bpm: int | None = typer.Option(None, "--bpm", help="A tempo in place of --tempo."),
    key: int | None = typer.Option(None, "--key", help="Transposition in cents (100: a semitone up)."),
    mode: str = typer.Option("", "--mode", help="major or minor."),
    vocals: str = typer.Option("", "--vocals", help="keep, remove, only or own."),
    market: str = typer.Option("", "--market", help="A country, such as BR."),
    language: str = typer.Option("", "--language", help="A language that is sung, such as pt."),
    seconds: int | None = typer.Option(None, "--seconds", help="The longest it may be (radio edit, loop)."),
    bars: int | None = typer.Option(None, "--bars", help="Bars of a loop or of an extended mix's intro."),
    metre: int | None = typer.Option(None, "--metre", help="3 or 4 beats a bar."),
    feel: str = typer.Option("", "--feel", help="swing, straight, half_time or double_time."),
    harmony: str = typer.Option("", "--harmony", help="richer, simpler, secondary_dominants, tritone …"),
    effect: list[str] = typer.Option([], "--effect", help="reverb, echo, dull, thin, build, sidechain; repeatable."),
    without: list[str] = typer.Option([], "--without", help="A part that is left out; repeatable."),
    with_song: str = typer.Option("", "--with", help="The second song of a mash-up."),
    groove: str = typer.Option("", "--groove", help="The song whose timing and accents are borrowed; it is asked too."),
    sections: str = typer.Option("", "--sections", help="Its sections in a new order, such as 1,3,2 (from 1)."),
    level: list[str] = typer.Option([], "--level", metavar="PART=DB", help="A part louder or softer; repeatable."),
    words: Path | None = typer.Option(
        None, "--words", exists=True, dir_okay=False, help="Other words (LRC or text); the recipe carries their hash."
    ),
    voice: Path | None = typer.Option(
        None, "--voice", exists=True, dir_okay=False, help="Your own singing or playing, laid on the beats (sing)."
    ),
    voice_at: int | None = typer.Option(
        None, "--voice-at", help="Where your take begins, in ms of the arrangement, if it is not recognised."
    ),
    recipe_in: Path | None = typer.Option(
        None, "--recipe", exists=True, help="A corrected recipe, in place of a plan."
    ),
    stem_folder: Path | None = typer.Option(
        None, "--stems", exists=True, file_okay=False, help="Stems of a loose file."
    ),
    score: Path | None = typer.Option(
        None, "--score", exists=True, dir_okay=False, help="The song's score as you corrected it (see score)."
    ),
    seed: int = typer.Option(1, "--seed", min=1, help="Another seed, other accidents of playing."),
    nearest: bool = typer.Option(False, "--nearest", help="Take the nearest that is allowed."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only propose: show the recipe and what is refused of it."),
    own_work: bool = typer.Option(
        False, "--own-work", help="I warrant that what I add is my own; of a loose file, that all of it is."
    ),
    maker: str = typer.Option("", "--for", help="The party that makes it; by default the only fan of the house."),
    tier: str = typer.Option("subscribers", "--tier", help="What the house vouches for: everyone, subscribers …"),
    age: int | None = typer.Option(None, "--age", help="The maker's age, where the house vouches for it."),
    territories: str = typer.Option("WW", "--territories", help='Where, such as "DE, FR" or "WW ex JP".'),
    services: str = typer.Option("own", "--services", help="On which services, with commas."),
    acts: str = typer.Option("make,publish", "--acts", help="What shall be done with it, with commas."),
    title: str = typer.Option("", "--title", help="The title of the new recording."),
    out: Path | None = typer.Option(None, "--out", help="Write the sound here (flac, wav or mp3)."),
    recipe_out: Path | None = typer.Option(None, "--recipe-out", help="Write the recipe here, to be corrected."),
    at: datetime | None = typer.Option(None, "--at", help="As of this moment (UTC); now by default."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
) -> None:
    """Propose a derivative, check it against the consent, and render it.

    Of a song of the house it is made under a licence, taken here where the holders allow it. Of a loose file only the
    recipe is shown, unless --own-work warrants that the file is one's own.
    """
    from ritornello.cli import making, making_files, option_values

    said: dict[str, Any] = {
        "style": style,
        "tempo_permille": tempo,
        "bpm": bpm,
        "key_cents": key,
        "mode": mode,
        "vocals": vocals,
        "market": market,
        "language": language,
        "seconds": seconds,
        "bars": bars,
        "metre": metre,
        "feel": feel,
        "harmony": harmony,
        "effects": effect,
        "without": without,
        "other": with_song,
        "groove": groove,
        "sections": option_values.numbers(sections, "--sections"),
        "levels": option_values.levels(level),
        "lyrics": "" if words is None else option_values.words_hash(words, language),
    }
    said = {name: value for name, value in said.items() if value not in (None, "", [], {})}
    from ritornello.cli.consent import house_here, moment

    wish = making.Wish(
        *(what, said, recipe_in, seed, nearest, dry_run, own_work, title, out, recipe_out, as_json, voice),
        score=score,
        voice_at=voice_at,
    )
    if Path(song).is_file():
        making_files.from_file(wish, Path(song), stem_folder)
        return
    house, org = house_here(organisation)
    person = making.Maker(maker, tier, age)
    making.in_house(wish, house, org, song, person, territories, services, acts, moment(at))


def measure(
    file: Path = typer.Argument(..., exists=True, dir_okay=False, help="The audio file."),
    parent: list[str] = typer.Option(..., "--parent", help="A declared original: ISRC or id; repeatable."),
    licence: str = typer.Option("", "--licence", help="Hold it against this licence, as our own renders are."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
) -> None:
    """Say what a file is made of, measured against its declared parents; with --licence exit 1 unless it passes."""
    from ritornello.cli.consent import house_here
    from ritornello.workflows.measure_file import measure_file, words_of

    house, org = house_here(organisation)

    def told(fraction: float, words: str) -> None:
        typer.echo(f"{fraction:4.0%} {words}", err=True)

    found = measure_file(house, org, file, parent, datetime.now(UTC), licence_id=licence, report=told)
    if as_json:
        typer.echo(json.dumps(found.to_document(), indent=1, sort_keys=True))
    else:
        typer.echo("\n".join(words_of(found)))
    raise typer.Exit(1 if licence and not found.passes else 0)


@studio.command("providers")
def providers(as_json: bool = AsJson) -> None:
    """List the trained models that a recipe may name: licences, weights, installed here or how to install them."""
    from ritornello.cli import houses
    from ritornello.studio.neural.registry import standing

    found = standing(houses.settings_of().neural_weights)
    if as_json:
        typer.echo(json.dumps([one.to_document() for one in found], indent=1))
        return
    for one in found:
        told = one.to_document()
        typer.echo(f"{one.provider}  {'ready' if one.ready else 'not ready'}  ({one.operation}, {told['ai']})")
        typer.echo(f"  code      {one.code_licence}")
        if one.card is None:
            typer.echo(f"  weights   none: {one.trouble} (RITORNELLO_NEURAL_WEIGHTS)")
        else:
            use = "commercial use permitted" if one.card.commercial_ok else "noncommercial use only"
            typer.echo(f"  weights   {one.card.weights_licence}, {use}")
            typer.echo(f"  sha256    {one.card.weights_sha256}")
        typer.echo("  installed" if one.installed else f"  missing   {', '.join(one.missing)}: {told['install']}")


@studio.command("operations")
def operations(as_json: bool = AsJson) -> None:
    """List what a recipe may hold: operations, parameters with their ranges, machine help."""
    from ritornello.studio import vocabulary

    typer.echo(json.dumps(vocabulary.operations(), indent=1) if as_json else "\n".join(vocabulary.lines()))


@studio.command("room")
def room(
    song: str = typer.Argument(..., metavar="SONG", help="An ISRC or id of the house."),
    kind: list[str] = typer.Option([], "--kind", help="A kind, such as remix; all by default. Repeatable."),
    with_song: str = typer.Option("", "--with", help="The second song of a mash-up."),
    groove: str = typer.Option("", "--groove", help="The song whose groove is borrowed; it is asked too."),
    maker: str = typer.Option("", "--for", help="The party that makes it; by default the only fan of the house."),
    tier: str = typer.Option("subscribers", "--tier", help="What the house vouches for: everyone, subscribers …"),
    age: int | None = typer.Option(None, "--age", help="The maker's age, where the house vouches for it."),
    territories: str = typer.Option("WW", "--territories", help='Where, such as "DE, FR" or "WW ex JP".'),
    services: str = typer.Option("own", "--services", help="On which services, with commas."),
    at: datetime | None = typer.Option(None, "--at", help="As of this moment (UTC); now by default."),
    organisation: str | None = Organisation,
    as_json: bool = AsJson,
) -> None:
    """Say how much room each kind has by the licence on file or what the holders would answer; nothing is heard."""
    from ritornello.cli import making
    from ritornello.cli.consent import house_here, moment

    house, org = house_here(organisation)
    found = making.rooms(
        house, org, song, moment(at), kinds=kind, other=with_song, groove=groove,
        maker=making.Maker(maker, tier, age), territories=territories, services=services,
    )  # fmt: skip
    if as_json:
        typer.echo(json.dumps([one.to_document() for one in found], indent=1, sort_keys=True))
    else:
        typer.echo("\n".join(line for one in found for line in one.lines()))


@stems.command("check")
def check(
    folder: Path = typer.Argument(..., exists=True, file_okay=False, help="The stems, one file each."),
    master: Path = typer.Option(..., "--master", exists=True, dir_okay=False, help="The master that they make."),
    as_json: bool = AsJson,
) -> None:
    """Check delivered stems: offset, length, rate, polarity, naming, silence, doubles, and the null test."""
    from dataclasses import asdict

    from ritornello.analysis import decode
    from ritornello.studio.intake import check_stems
    from ritornello.studio.package import words_of

    found = check_stems(decode.read(master), read_stems(folder, master))
    typer.echo(json.dumps(asdict(found), indent=1) if as_json else "\n".join(words_of(found)))
    raise typer.Exit(0 if found.accepted else 1)


@stems.command("package")
def package(
    folder: Path = typer.Argument(..., exists=True, file_okay=False, help="The stems, one file each."),
    master: Path = typer.Option(..., "--master", exists=True, dir_okay=False, help="The master that they make."),
    title: str = typer.Option("", "--title", help="The song's title; by default the master's file name."),
    terms: str = typer.Option("", "--terms", help="Under which words the stems are given."),
    out: Path = typer.Option(Path(), "--out", file_okay=False, help="The folder of the archive."),
) -> None:
    """Make a contest package: aligned and labelled stems with tempo, key and loudness, in one archive."""
    from ritornello.analysis import analyse, decode
    from ritornello.studio.package import pack_stems

    whole = decode.read(master)
    out.mkdir(parents=True, exist_ok=True)
    made = pack_stems(out, title or master.stem, whole, read_stems(folder, master), analyse(whole), terms)
    typer.echo(f"{made.path}: {len(made.document['files'])} files, {made.document['milli_bpm'] / 1000:.2f} bpm")


def read_stems(folder: Path, master: Path | None = None) -> dict[str, Any]:
    """The audio files of a folder by name, without the master where it lies there too."""
    from ritornello.analysis import decode
    from ritornello.cli.failures import Refused
    from ritornello.cli.identify import SUFFIXES

    files = sorted(one for one in folder.iterdir() if one.suffix.lower() in SUFFIXES)
    found = {
        one.stem: decode.read(one, silent=True) for one in files if master is None or one.resolve() != master.resolve()
    }
    if not found:
        raise Refused(f"{folder} holds no audio files: put one file for each stem there")
    return found
