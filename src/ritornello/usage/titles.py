"""When two titles are the same song in the same version: a key that ignores spelling and keeps the version.

A derivative often carries its original's title, so the version is part of the key: "Return", "Return (Fan Remix)" and
"Return (Sped Up)" are three recordings. Featured artists are not part of it, since sheets write them in four places.
"""

from __future__ import annotations

import re
import unicodedata

_BRACKETS = re.compile(r"[(\[{]([^)\]}]*)[)\]}]")
_FEATURED = re.compile(r"\b(?:feat|ft|featuring|with)\b\.?.*", re.IGNORECASE)
_DASH_VERSION = re.compile(r"\s[-–—]\s(?P<version>.+)$")
_NO_VERSION = frozenset({"original", "original version", "original mix", "album version", "explicit", "clean"})
_WORD = re.compile(r"[^\W_]+")
_AND = re.compile(r"\s*(?:,|&|\band\b|\bx\b|\bvs\.?\b|;|/)\s*", re.IGNORECASE)


def title_key(title: str, artist: str, version: str = "") -> str:
    """The key of a title by an artist: base words, version words in order, first artist's words. Empty where title or
    artist is, since a title alone is no evidence."""
    base, versions = title, [version] if version else []
    for inner in _BRACKETS.findall(base):
        if not _FEATURED.match(inner.strip()):
            versions.append(inner)
    base = _BRACKETS.sub(" ", base)
    dashed = _DASH_VERSION.search(base)
    if dashed and not versions:
        versions.append(dashed["version"])
        base = base[: dashed.start()]
    base = _FEATURED.sub("", base) if _words(_FEATURED.sub("", base)) else base
    named = [words for one in versions if (words := _words(one)) and words not in _NO_VERSION]
    first_artist = _words(_AND.split(_FEATURED.sub("", artist))[0]) or _words(artist)
    base_words = _words(base) or _words(title)
    if not base_words or not first_artist:
        return ""
    return "\x1f".join((base_words, " ".join(sorted(set(named))), first_artist))


def _words(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    without_accents = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(without_accents.replace("'", "").replace("’", "")))
