"""Letters on paper: which fonts a statement needs for the names and titles in it, and which letters no font here has.

Latin, Greek, Cyrillic and Hebrew are in the typesetter's own serif, Arabic and Devanagari in two fonts that are
installed with us (Noto, OFL). For every other script (Han, kana, Hangul, Thai …) the machine's own fonts are asked, of
families that are known to be whole. What none of them has is never set as an empty box: it is told, with the mend.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

SERIF = "Libertinus Serif"
_SERIF_HAS = (
    (0x20, 0x7E), (0xA0, 0x23F), (0x250, 0x2E4), (0x300, 0x331), (0x386, 0x386), (0x388, 0x38A), (0x38C, 0x38C),
    (0x38E, 0x3A1), (0x3A3, 0x3CE), (0x3D0, 0x3E1), (0x3FD, 0x45F), (0x490, 0x4C4), (0x4D0, 0x4F9), (0x5B0, 0x5C3),
    (0x5D0, 0x5EA), (0x1E00, 0x1E9B), (0x1EA0, 0x1EF9), (0x1F00, 0x1F15), (0x2000, 0x2027), (0x202F, 0x2037),
    (0x20AC, 0x20AC), (0x2153, 0x2184), (0x2190, 0x219B), (0x2200, 0x220D), (0x220F, 0x221C), (0x2223, 0x222B),
)  # fmt: skip
"""What upright, semibold and italic of Typst's own serif have in common, as far as names need it; a test sets it."""

_INSTALLED = ("fontpkg_noto_sans_arabic", "fontpkg_noto_sans_devanagari")
FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
_WHOLE = ("NotoSansCJK*", "NotoSerifCJK*", "SourceHan*", "NotoSans*-Regular*", "wqy-*", "DroidSansFallback*")
"""File names of families that cover their scripts whole; the first that helps is taken."""


@dataclass(frozen=True, slots=True)
class Letters:
    """What a text needs: `families` in their order, `files` that hold those that are not the typesetter's own, and
    `missing`: letters that no font here has."""

    families: tuple[str, ...]
    files: tuple[Path, ...]
    missing: frozenset[str]

    @property
    def finding(self) -> str:
        """What is missing, and how to mend it; "" where nothing is."""
        if not self.missing:
            return ""
        scripts = sorted({script_of(letter) for letter in self.missing})
        return (
            f"no font on this machine has {len(self.missing)} of its letters ({', '.join(scripts)}), which the PDF "
            "shows as ?; install one (Debian: fonts-noto-cjk, fonts-noto-core) and lay it out again"
        )


def letters_of(text: str, folders: tuple[Path, ...] | None = None) -> Letters:
    """The fonts for a text. `folders`: where the machine's fonts lie, by default `FOLDERS`."""
    left = {letter for letter in text if not _plain(letter)}
    families, files = [SERIF], []
    for path in _candidates(FOLDERS if folders is None else folders) if left else ():
        family, known = _font(path)
        if not family or not (found := {letter for letter in left if ord(letter) in known}):
            continue
        left -= found
        families.append(family)
        files.append(path)
        if not left:
            break
    return Letters(tuple(families), tuple(files), frozenset(left))


def script_of(letter: str) -> str:
    """The script of a letter by its Unicode name: "CJK", "HANGUL", "THAI"; "U+…" for what has no name."""
    name = unicodedata.name(letter, "")
    return name.split()[0].capitalize() if name else f"U+{ord(letter):04X}"


def _plain(letter: str) -> bool:
    code = ord(letter)
    if unicodedata.category(letter) in ("Cc", "Cf"):
        return True  # marks of direction and joining are not drawn
    return any(first <= code <= last for first, last in _SERIF_HAS)


def _candidates(folders: tuple[Path, ...]) -> Iterator[Path]:
    for package in _INSTALLED:
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec is not None else ():
            yield from sorted(Path(place, "files").glob("*.ttf"))
    for pattern in _WHOLE:
        for folder in folders:
            yield from sorted(path for path in folder.rglob(pattern) if path.suffix in (".ttf", ".otf", ".ttc"))


@lru_cache(maxsize=64)
def _font(path: Path) -> tuple[str, frozenset[int]]:
    """A font's family and the characters that it has; of a collection the first font. ("", none) if it is damaged."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            return str(font["name"].getBestFamilyName() or ""), frozenset(font.getBestCmap() or ())
    except (TTLibError, struct.error, OSError, AssertionError, LookupError, ValueError):
        return "", frozenset()
