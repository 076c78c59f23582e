"""Tags: what a player shows of a file. They are written before the signature, never after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ritornello.provenance import flac_comments, id3


class TagError(Exception):
    """A file that takes no tags of ours; the message says which."""


@dataclass(frozen=True, slots=True)
class Tags:
    """What is written. `extra` are named facts of ours (licence, parents, AI), kept as TXXX or Vorbis comments."""

    title: str
    artist: str
    isrc: str
    remixer: str = ""
    original_artist: str = ""
    composers: tuple[str, ...] = ()
    label: str = ""
    year: int | None = None
    genre: str = ""
    p_line: str = ""
    c_line: str = ""
    extra: tuple[tuple[str, str], ...] = field(default=())


def write(path: Path, tags: Tags) -> None:
    """Write the tags into a FLAC or MP3 file, in place of those that were there; the file is replaced whole.

    Raises `TagError` for a file of another kind, or one that is not what its name says; it is left as it is.
    """
    content = path.read_bytes()
    try:
        match path.suffix.lower():
            case ".flac":
                made = flac_comments.written(content, _named(tags))
            case ".mp3":
                made = id3.written(content, [_frame(name, value) for name, value in _named(tags)])
            case other:
                raise TagError(f"{path.name}: {other or 'a nameless file'} takes no tags here; use FLAC or MP3")
    except (flac_comments.NotFlac, id3.NotMp3) as error:
        raise TagError(f"{path.name} cannot be tagged: {error}; export it again") from error
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(made)
    partial.replace(path)


def read(path: Path) -> dict[str, str]:
    """The tags of a FLAC or MP3 file under the names of Vorbis comments, for checks before delivery; empty without any.

    Raises `TagError` as `write` does.
    """
    content = path.read_bytes()
    try:
        match path.suffix.lower():
            case ".flac":
                return {name: "; ".join(values) for name, values in flac_comments.read(content).items()}
            case ".mp3":
                found = id3.read(content)
                return {name.upper() or _FRAMES[frame]: text for frame, name, text in found if name or frame in _FRAMES}
            case other:
                raise TagError(f"{path.name}: {other or 'a nameless file'} carries no tags of ours")
    except (flac_comments.NotFlac, id3.NotMp3) as error:
        raise TagError(f"{path.name} cannot be read: {error}; export it again") from error


_FRAMES = {
    "TIT2": "TITLE",
    "TPE1": "ARTIST",
    "TSRC": "ISRC",
    "TPE4": "REMIXER",
    "TOPE": "ORIGINAL ARTIST",
    "TCOM": "COMPOSER",
    "TPUB": "LABEL",
    "TDRC": "DATE",
    "TCON": "GENRE",
    "TCOP": "COPYRIGHT",
}


def _facts(tags: Tags) -> list[tuple[str, str]]:
    """Name and value of every tag that says something, in a fixed order."""
    plain: list[tuple[str, str]] = [
        ("TITLE", tags.title),
        ("ARTIST", tags.artist),
        ("ISRC", tags.isrc),
        ("REMIXER", tags.remixer),
        ("ORIGINAL ARTIST", tags.original_artist),
        ("COMPOSER", "; ".join(tags.composers)),
        ("LABEL", tags.label),
        ("DATE", "" if tags.year is None else str(tags.year)),
        ("GENRE", tags.genre),
        ("COPYRIGHT", tags.c_line or tags.p_line),
    ]
    return [(name, value) for name, value in plain if value]


def _named(tags: Tags) -> list[tuple[str, str]]:
    """All that is written, ours included."""
    more = [("PHONOGRAPHIC COPYRIGHT", tags.p_line), *tags.extra]
    return [*_facts(tags), *((name, value) for name, value in more if value)]


_FRAME_OF = {name: frame for frame, name in _FRAMES.items()}


def _frame(name: str, value: str) -> tuple[str, str, str]:
    frame = _FRAME_OF.get(name)
    return (id3.OWN, name, value) if frame is None else (frame, "", value)
