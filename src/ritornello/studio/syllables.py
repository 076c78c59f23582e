"""How many syllables the words of a line have, and which of them is stressed.

Six languages are rules as data (`grammar/syllables.json`). A count by rule is an estimate, right for nine words in ten
and wrong for the tenth.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


class LyricsError(ValueError):
    """Lyrics that cannot be read or held against a tune: what is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its number of syllables and which of them is stressed (-1: none, as an article has none)."""

    text: str
    syllables: int
    stress: int


@dataclass(frozen=True, slots=True)
class _Rules:
    vowels: frozenset[str]
    glue: tuple[str, ...]
    silent: tuple[re.Pattern[str], ...]
    words: Mapping[str, int]
    stress: str
    weak: frozenset[str]
    accented: frozenset[str]
    penultimate_ends: re.Pattern[str]
    prefixes: tuple[str, ...]
    last_but_one: tuple[re.Pattern[str], ...]
    consonant_y: bool = field(default=False)


@cache
def _rules(language: str) -> _Rules:
    raw = json.loads(files("ritornello.studio").joinpath("grammar", "syllables.json").read_text(encoding="utf-8"))
    if language not in raw:
        raise LyricsError(
            f"{language or 'an unnamed language'} has no syllable rules; there are {', '.join(sorted(raw))}"
        )
    one = raw[language]
    return _Rules(
        frozenset(one["vowels"]),
        tuple(sorted(one["glue"], key=len, reverse=True)),
        tuple(map(re.compile, one["silent"])),
        one["words"],
        one["stress"],
        frozenset(one["weak"]),
        frozenset(one["accented"]),
        re.compile(one.get("penultimate_ends", "$^")),
        tuple(sorted(one.get("prefixes", ()), key=len, reverse=True)),
        tuple(map(re.compile, one.get("last_but_one", ()))),
        one.get("consonant_y", False),
    )


def words_of(text: str, language: str) -> tuple[Word, ...]:
    """The words of a line. Raises LyricsError for a language without rules."""
    rules = _rules(language)
    return tuple(_word(found.group(), rules) for found in _WORD.finditer(text))


def _word(text: str, rules: _Rules) -> Word:
    plain = unicodedata.normalize("NFC", text.lower()).replace("’", "'")
    nuclei = _nuclei(plain, rules)
    known = rules.words.get(plain.replace("'", ""))
    count = known if known is not None else max(1, len(nuclei))
    if plain in rules.weak:
        return Word(text, count, -1)
    return Word(text, count, _stress(plain, nuclei, count, rules))


def _nuclei(plain: str, rules: _Rules) -> list[str]:
    """The sounding vowels of a word: runs of vowels, divided where no diphthong holds them together."""
    letters = list(plain)
    for pattern in rules.silent:
        for gone in pattern.finditer(plain):
            letters[gone.start() : gone.end()] = ["'"] * (gone.end() - gone.start())
    heard = "".join(letters)
    if rules.consonant_y:  # a y before a vowel is a consonant
        heard = re.sub(r"y(?=[aeiouáéíóú])", "j", heard)
    else:
        heard = re.sub(r"^y(?=[aeiou])", "j", heard)
    nuclei: list[str] = []
    at = 0
    while at < len(heard):
        if heard[at] not in rules.vowels:
            at += 1
            continue
        held = next((glue for glue in rules.glue if heard.startswith(glue, at)), heard[at])
        nuclei.append(held)
        at += len(held)
    return nuclei


def _stress(plain: str, nuclei: Sequence[str], count: int, rules: _Rules) -> int:
    marked = [k for k, nucleus in enumerate(nuclei) if set(nucleus) & rules.accented]
    if marked:
        return min(marked[-1], count - 1)
    if count == 1:
        return 0
    if any(pattern.search(plain) for pattern in rules.last_but_one):
        return count - 2
    if rules.stress == "last":
        return count - 1
    if rules.stress == "penultimate":
        return count - 2 if rules.penultimate_ends.search(plain) else count - 1
    begins = next((one for one in rules.prefixes if plain.startswith(one) and len(plain) > len(one) + 2), "")
    # a prefix that is a syllable of its own gives the stress away
    rest = plain[len(begins) :]
    return 1 if begins and rest[0] not in rules.vowels and count >= 2 and set(begins) & rules.vowels else 0
