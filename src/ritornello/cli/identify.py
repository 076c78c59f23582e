"""`ritornello identify`: what is this audio made of?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from ritornello.workflows.identify_audio import FileAnswer, Named
    from ritornello.workflows.keep_index import Standing


class PathOrCommand(TyperGroup):
    """`identify song.wav` is `identify file song.wav`: what is no command is a path, so that nobody has to say so."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = [one for one in args if not one.startswith("-")]
        if words and words[0] not in self.commands:
            args = ["file", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    help="Say which recordings of the catalogue a file is made of: `ritornello identify PATH… [--json]`.",
    no_args_is_help=True,
    cls=PathOrCommand,
)

ORGANISATION = typer.Option(None, "--organisation", help="Whose house; the only one by default.")
LIGHT = typer.Option(
    None, "--light/--full", help="Keep a third of the bytes, which finds less; or all. By default as the index is."
)
HOME = typer.Option(None, "--home", help="The installation's folder, in place of RITORNELLO_HOME.")
SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".aif", ".aiff", ".m4a"})


@app.command("file")
def file(
    paths: list[Path] = typer.Argument(..., metavar="FILE…", help="Audio files, or folders of them."),
    as_json: bool = typer.Option(False, "--json", help="One JSON document for each file, on a line of its own."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """Say which recordings each file is made of, which seconds, and how they were moved; exit 1 if one is unusable."""
    import json

    from ritornello.analysis.model import AudioError
    from ritornello.cli.houses import house_here
    from ritornello.cli.money import progress
    from ritornello.identify.model import IdentifyError
    from ritornello.workflows.identify_audio import identify_file

    house, org = house_here(organisation, home)
    failed = 0
    found = every_file(paths)
    if not found:
        typer.echo(f"{', '.join(map(str, paths))}: no audio file is in it. Name a file, or a folder of them.", err=True)
        return 1
    for number, path in enumerate(found):
        if len(found) > 1 and not as_json:
            typer.echo(f"{number + 1} of {len(found)}: listening to {path.name}", err=True)
        try:
            with progress(path.name) as report:
                answer = identify_file(house, org, path, report)
        except (AudioError, IdentifyError) as error:
            failed = 1
            if as_json:
                typer.echo(json.dumps({"file": path.name, "error": str(error)}))
            else:
                typer.echo(told_of(path, error), err=True)
            continue
        if as_json:
            typer.echo(json.dumps(answer.to_document(), ensure_ascii=False))
        else:
            typer.echo("\n".join(lines(answer)))
    return failed


@app.command("status")
def status(
    as_json: bool = typer.Option(False, "--json", help="A JSON document."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> int:
    """How the index stands beside the catalogue: what can be found and what cannot; exit 1 unless it is in line."""
    import json

    from ritornello.cli.houses import house_here
    from ritornello.workflows.keep_index import standing_of

    found = standing_of(*house_here(organisation, home))
    if as_json:
        typer.echo(json.dumps(found.to_document(), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_standing_lines(found)))
    return int(bool(found.behind or found.gone or found.unreadable))


@app.command("add")
def add(
    recordings: list[str] = typer.Argument(
        None, metavar="[RECORDING…]", help="ISRCs or ids of recordings that were taken out and are put back."
    ),
    light: bool | None = LIGHT,
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Bring the index in line with the catalogue: what is new is heard, what left goes. Those named are put back.

    With --light or --full, what is heard now and later is kept so; the rest stays until it is merged or made anew.
    """
    from ritornello.cli.houses import house_here
    from ritornello.workflows.keep_index import put_back

    if recordings:
        put_back(*house_here(organisation, home), recordings)
    _index(organisation, home, anew=False, light=light)


@app.command("remove")
def remove(
    recordings: list[str] = typer.Argument(..., metavar="RECORDING…", help="ISRCs or ids."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Take recordings out of the index; they stay out, also when it is made anew, until `add` names them."""
    from ritornello.cli.houses import house_here
    from ritornello.workflows.keep_index import take_out

    gone = take_out(*house_here(organisation, home), recordings)
    typer.echo(f"{', '.join(gone)}: cannot be found any more")


@app.command("snapshot")
def snapshot(
    folder: Path | None = typer.Argument(None, metavar="[FOLDER]", help="A new folder; else inside the installation."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Keep the index as it stands; readers and the writer go on meanwhile."""
    from ritornello.cli.houses import house_here
    from ritornello.workflows.keep_index import snapshot as keep

    kept = keep(*house_here(organisation, home), datetime.now(UTC), folder)
    typer.echo(f"the index is kept as {kept if folder else kept.name}")


@app.command("restore")
def restore(
    source: str = typer.Argument(..., metavar="SNAPSHOT", help="The name of a snapshot, or its folder."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Put the index back to a snapshot; run `identify add` afterwards for what the catalogue gained since."""
    from ritornello.cli.houses import house_here
    from ritornello.workflows.keep_index import restore as put

    found = put(*house_here(organisation, home), Path(source) if Path(source).is_dir() else source)
    typer.echo(f"{found} recordings can be found")


@app.command("rebuild")
def rebuild(light: bool | None = LIGHT, organisation: str | None = ORGANISATION, home: Path | None = HOME) -> None:
    """Make the index anew from the catalogue's sound; as RITORNELLO_INDEX_DENSITY says, unless --light or --full do."""
    _index(organisation, home, anew=True, light=light)


@app.command("watch")
def watch(
    folder: Path = typer.Argument(..., metavar="FOLDER", help="Where files arrive."),
    service: str = typer.Option("", "--service", help="The service that they come from."),
    every: float = typer.Option(5.0, "--every", min=0.2, help="Seconds between two looks."),
    once: bool = typer.Option(False, "--once", help="Look once at what is there, and end."),
    organisation: str | None = ORGANISATION,
    home: Path | None = HOME,
) -> None:
    """Look into every file that arrives in a folder, and record what is found; Ctrl-C ends it.

    A file is heard when it has stopped growing; the same file is heard once, also after a restart.
    """
    import time

    from ritornello.cli.houses import house_here
    from ritornello.cli.matches import look_into

    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder", param_hint="FOLDER")
    house, org = house_here(organisation, home)
    seen = Seen(house.home / "identify" / f"{org}.watched", folder)
    if not once:
        typer.echo(f"watching {folder}; Ctrl-C ends it", err=True)
    sizes: dict[Path, int] = {}
    try:
        while True:
            for path in every_file([folder]):
                size = path.stat().st_size if path.exists() else -1
                settled = once or sizes.get(path) == size
                sizes[path] = size
                if size >= 0 and settled and not seen.knows(path):
                    words, good = look_into(house, org, path, service)
                    typer.echo(words, err=not good)
                    seen.note(path)
            if once:
                return
            time.sleep(every)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)


class Seen:
    """The files of a folder that were heard: name, size and time, one line each, so that a restart hears none twice."""

    def __init__(self, record: Path, folder: Path) -> None:
        self.record, self.folder = record, folder
        record.parent.mkdir(parents=True, exist_ok=True)
        self.known = set(record.read_text(encoding="utf-8").splitlines()) if record.exists() else set()

    def knows(self, path: Path) -> bool:
        """Whether this very file was heard."""
        return self._line(path) in self.known

    def note(self, path: Path) -> None:
        """Remember that a file was heard."""
        line = self._line(path)
        self.known.add(line)
        with self.record.open("a", encoding="utf-8") as record:
            record.write(f"{line}\n")

    def _line(self, path: Path) -> str:
        found = path.stat()
        return f"{path.resolve()}|{found.st_size}|{found.st_mtime_ns}"


def _index(organisation: str | None, home: Path | None, *, anew: bool, light: bool | None) -> None:
    from ritornello.cli.houses import house_here
    from ritornello.identify.index import Density
    from ritornello.workflows.identify_audio import index_catalogue

    def told(fraction: float, words: str) -> None:
        typer.echo(f"{fraction:4.0%} {words}", err=True)

    density = None if light is None else Density.LIGHT if light else Density.FULL
    count = index_catalogue(*house_here(organisation, home), told, anew=anew, density=density)
    typer.echo(f"{count} recordings can be found")


def _standing_lines(found: Standing) -> list[str]:
    lines = [f"{found.found} recordings can be found ({found.segments} segments, {found.bytes / 1e6:.1f} MB)"]
    lines += [
        f"  {part.density}: {part.recordings} recordings of {part.seconds / 3600:.2f} h, "
        f"{part.bytes_per_hour / 1e6:.1f} MB per hour"
        for part in found.parts
        if part.segments
    ]
    lines.append(f"  what is added is kept {found.density}")
    lines += [f"  {one.recording}  {one.title}: {one.why}" for one in (*found.behind, *found.kept_out)]
    if found.gone:
        lines.append(f"  {found.gone} are no longer in the catalogue")
    if found.behind or found.gone:
        lines.append("Run `ritornello identify add` to bring it in line.")
    lines += [f"  snapshot {name}" for name in found.snapshots]
    return lines + ([found.unreadable] if found.unreadable else [])


def every_file(paths: list[Path]) -> list[Path]:
    """The files, and the audio files of the folders, in order of their names."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        found += inside
    return found


def told_of(path: Path, error: Exception) -> str:
    """An error as one line that begins with the file's name, once."""
    words = str(error).removeprefix("audio: ")
    return words if words.startswith(path.name) else f"{path.name}: {words}"


def lines(answer: FileAnswer) -> list[str]:
    """An answer for people: one line for each passage, or for each recording where none was placed."""
    if not answer.found:
        return [f"{answer.path.name}: nothing of the catalogue was found in it"]
    out = [f"{answer.path.name}:"]
    placed = {one.answer.recording for one in answer.passages}
    for one in (*answer.passages, *(one for one in answer.found if one.answer.recording not in placed)):
        out.append(f"  {line(one)}")
    out += [f"  it is a copy of our derivative {one.title} ({one.artist})" for one in answer.copies]
    if answer.unknown_seconds >= 1:
        out.append(f"  {answer.unknown_seconds:.0f} s belong to nothing that is known")
    return out


def line(one: Named) -> str:
    """`0:04 to 0:31  Title (Artist) from 0:41, +3.9 semitones, 1.25 times as fast (transformed)`."""
    from ritornello.distribution.sample_gate import clock

    answer = one.answer
    where = f"{clock(answer.query_seconds[0])} to {clock(answer.query_seconds[1])}"
    moved = ""
    if abs(answer.cents) >= 10:
        moved += f", {answer.cents / 100:+.1f} semitones"
    if abs(answer.time_scale - 1) >= 0.003:
        moved += f", {1 / answer.time_scale:.2f} times as fast"
    name = f"{one.title} ({one.artist})" if one.artist else one.title
    return f"{where}  {name} from {clock(answer.reference_seconds[0])}{moved} ({answer.tier.value})"
