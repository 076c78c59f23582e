"""`ritornello demo` and `ritornello serve`: the main job told as a story, and its pages in a browser."""

from __future__ import annotations

from pathlib import Path

import typer

Song = typer.Option(None, "--song", help="A recording of your own (wav, flac, mp3, ogg) in place of the built-in song.")


def demo(song: Path | None = Song) -> None:
    """Do the main job end to end: from a song and its consents to a remix, its reports and everybody's statement."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from ritornello.cli import houses
    from ritornello.cli.failures import Refused
    from ritornello.workflows.demo.tell import CHAPTERS, tell_story

    if song is not None and not song.is_file():
        raise Refused(f"{song} is not a file: give the path of a recording, such as SONG=music/my-song.wav")
    home = houses.home_of_song(houses.settings_of(), song)
    console = Console(highlight=False)
    started = time.monotonic()
    house = houses.open_here(houses.settings_of(home))
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), TextColumn("{task.fields[words]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=not console.is_terminal) as progress:
        bars = [
            progress.add_task(f"{number}. {title}", total=1.0, words="", start=number == 1)
            for number, title in enumerate(CHAPTERS, start=1)
        ]
        reached = 1

        def tell(chapter: int, done: float, words: str) -> None:
            nonlocal reached
            for earlier in range(reached, chapter):
                progress.update(bars[earlier - 1], completed=1.0, words="")
                progress.start_task(bars[earlier])
            reached = max(reached, chapter)
            progress.update(bars[chapter - 1], completed=done, words=words if done < 1 else "")

        story = tell_story(house, song, tell)
        tell(len(CHAPTERS), 1.0, "")
    for number, chapter in enumerate(story.chapters, start=1):
        console.print(f"\n[bold]{number}. {chapter.title}[/bold]")
        for line in chapter.lines:
            console.print(f"   {line}", soft_wrap=True)
        for name, path in chapter.files.items():
            console.print(f"   {name}: {_near(path)}", soft_wrap=True)
    console.print(f"\nDone in {time.monotonic() - started:.0f} s. Open it in a browser:  make serve", end="")
    console.print(f' SONG="{song}"' if song is not None else "")


def serve(
    song: Path | None = Song,
    port: int | None = typer.Option(None, "--port", help="The port to listen on; 0 takes a free one."),
) -> None:
    """Open the web application on loopback and print a link that signs you in."""
    from ritornello.cli import houses
    from ritornello.web.serving import serve_here

    settings = houses.settings_of(houses.home_of_song(houses.settings_of(), song))
    if port is not None:
        settings = settings.model_copy(update={"port": port})
    serve_here(settings, typer.echo)


def _near(path: Path) -> str:
    """The path from here where it lies below, else the whole path."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
