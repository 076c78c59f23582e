"""`ritornello lyrics`: words held against a tune, kept on a maker's desk, and written out for a recipe."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import typer

from ritornello.cli.failures import Refused


def lyrics(
    words: Path = typer.Argument(
        ..., metavar="WORDS", exists=True, dir_okay=False, help="The adapted words, LRC or text."
    ),
    song: str = typer.Argument(..., metavar="SONG", help="An ISRC or id of the house, or an audio file."),
    language: str = typer.Option("", "--language", help="Their language, such as pt; by default what the file says."),
    script: str = typer.Option("", "--script", help="Their script as ISO 15924; by default the one that is seen."),
    title: str = typer.Option("", "--title", help="The title in that language; by default what the file says."),
    credit: list[str] = typer.Option(
        [], "--credit", metavar="ROLE:NAME", help="Such as 'lyricist: Ana Prado'; repeatable."
    ),
    original: Path | None = typer.Option(None, "--original", exists=True, help="The original words, to compare with."),
    original_language: str = typer.Option("", "--original-language", help="The original's language."),
    back: Path | None = typer.Option(
        None, "--back", exists=True, help="Line by line, what the words mean in the original's language."
    ),
    keep: bool = typer.Option(False, "--keep", help="Lay them on the maker's desk, in place of those that lie there."),
    maker: str = typer.Option("", "--for", help="Whose desk; by default that of the only fan of the house."),
    out: Path | None = typer.Option(None, "--out", help="Write the words as the document whose hash recipes carry."),
    organisation: str | None = typer.Option(None, "--organisation", help="Whose house; the only one by default."),
    as_json: bool = typer.Option(False, "--json", help="Print the document as JSON."),
) -> None:
    """Hold words against the tune: syllables and stresses line by line, the difference, and the hash for the recipe."""
    from ritornello.cli.consent import house_here
    from ritornello.cli.making import only_fan
    from ritornello.cli.making_files import score_of_song
    from ritornello.studio.adaptation import Adaptation
    from ritornello.studio.lyrics import difference, fit, lines_in_words, workspace
    from ritornello.studio.syllables import LANGUAGES
    from ritornello.workflows.measure_file import recording_named
    from ritornello.workflows.studio_papers import PaperRefused
    from ritornello.workflows.studio_words import keep_words

    texts = [path.read_text(encoding="utf-8") if path is not None else "" for path in (words, original, back)]
    said = Adaptation(texts[0], language, script, title, "\n".join(credit), texts[1], original_language, texts[2])
    if found := said.findings():
        raise PaperRefused(found)
    said = said.told()
    adapted = said.lyrics()
    before = said.before() or adapted
    if keep and Path(song).is_file():
        raise Refused("--keep: words are kept beside a song of the house; name its ISRC or id in place of a file")
    score = score_of_song(song, lambda: house_here(organisation))
    if as_json:
        typer.echo(json.dumps(workspace(before, adapted, score), indent=1, sort_keys=True, ensure_ascii=False))
    else:
        if adapted.language in LANGUAGES:
            typer.echo("\n".join(lines_in_words(fit(adapted, score))))
        else:
            typer.echo(f"{adapted.language or 'an unnamed language'} has no syllable rules: nothing is counted")
        for change in difference(before, adapted):
            if change.kind != "same":
                typer.echo(f"{change.kind}: {change.before or '-'} → {change.after or '-'}")
        typer.echo(f"lyrics {adapted.sha256}")
    if out is not None:
        text = json.dumps(adapted.to_document(), indent=1, sort_keys=True, ensure_ascii=False)
        out.write_text(text + "\n", encoding="utf-8")
    if keep:
        house, org = house_here(organisation)
        owner = maker or only_fan(house, org)
        kept = keep_words(house, org, owner, recording_named(house, org, song), said, datetime.now(UTC))
        typer.echo(f"kept as {kept.id}", err=as_json)
