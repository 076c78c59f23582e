"""Words and phrases that a holder excludes, found in what a maker says: whole words, whatever their case or accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_WORD = re.compile(r"\w+")


def folded(text: str) -> tuple[str, ...]:
    """The words of a text without case and diacritics: “Café del MAR” is cafe, del, mar."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return tuple(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def excluded_in(said: Collection[str], terms: Collection[str]) -> tuple[str, ...]:
    """The excluded terms that stand in any of the words or texts said, sorted.

    A term of several words is found where they follow each other in one text. A part of a word is not the word.
    """
    if not said or not terms:
        return ()
    texts = [folded(text) for text in said]
    return tuple(sorted(term for term in terms if any(_holds(text, folded(term)) for text in texts)))


def _holds(text: tuple[str, ...], term: tuple[str, ...]) -> bool:
    if not term:
        return False
    return any(text[k : k + len(term)] == term for k in range(len(text) - len(term) + 1))
