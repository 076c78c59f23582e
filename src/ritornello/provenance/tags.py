"""Tags: what a player shows of a file. They are written before the signature, never after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENCODED_UTF8 = 3


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
    """Write the tags into a FLAC or MP3 file, in place of those that were there.

    Raises `TagError` for a file of another kind, or one that is not what its name says; it is left as it is.
    """
    from mutagen import MutagenError

    try:
        match path.suffix.lower():
            case ".flac":
                _flac(path, tags)
            case ".mp3":
                _mp3(path, tags)
            case other:
                raise TagError(f"{path.name}: {other or 'a nameless file'} takes no tags here; use FLAC or MP3")
    except MutagenError as error:
        raise TagError(f"{path.name} cannot be tagged: {error}; export it again") from error


def read(path: Path) -> dict[str, str]:
    """The tags of a FLAC or MP3 file under the names of Vorbis comments, for checks before delivery; empty without any.

    Raises `TagError` as `write` does.
    """
    from mutagen import MutagenError

    try:
        match path.suffix.lower():
            case ".flac":
                return _read_flac(path)
            case ".mp3":
                return _read_mp3(path)
            case other:
                raise TagError(f"{path.name}: {other or 'a nameless file'} carries no tags of ours")
    except MutagenError as error:
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


def _read_flac(path: Path) -> dict[str, str]:
    from mutagen.flac import FLAC

    comments: Any = FLAC(path).tags
    found: dict[str, list[str]] = comments.as_dict() if comments is not None else {}
    return {name.upper(): "; ".join(values) for name, values in found.items()}


def _read_mp3(path: Path) -> dict[str, str]:
    from mutagen.mp3 import MP3

    frames: Any = MP3(path).tags
    if frames is None:
        return {}
    plain = {name: str(frames[frame]) for frame, name in _FRAMES.items() if frame in frames}
    return plain | {frame.desc.upper(): str(frame) for frame in frames.getall("TXXX")}


def _flac(path: Path, tags: Tags) -> None:
    from mutagen.flac import FLAC

    file = FLAC(path)
    file.delete()
    if file.tags is None:
        file.add_tags()
    for name, value in [*_facts(tags), ("PHONOGRAPHIC COPYRIGHT", tags.p_line), *tags.extra]:
        if value:
            file[name] = value
    file.save()


def _mp3(path: Path, tags: Tags) -> None:
    from mutagen import id3
    from mutagen.mp3 import MP3

    MP3(path)  # refuses what is no MP3 before a byte is written
    frames: dict[str, Any] = {name: frame for frame, name in _FRAMES.items()}
    made = id3.ID3()
    for name, value in _facts(tags):
        made.add(getattr(id3, frames[name])(encoding=ENCODED_UTF8, text=[value]))
    for name, value in [("PHONOGRAPHIC COPYRIGHT", tags.p_line), *tags.extra]:
        if value:
            made.add(id3.TXXX(encoding=ENCODED_UTF8, desc=name, text=[value]))
    made.save(path, v2_version=4)
