"""From a sentence to a plan: a deterministic grammar whose words are data, one file for each language.

Every word of a sentence has to be accounted for: it belongs to a phrase of the grammar, or it is one of the words that
carry no wish ("please", "make it"). A word that is neither is asked back, with the nearest phrase; so are two wishes
that exclude each other. Nothing is guessed in silence. Imitating a person, names of other artists, and words that the
holders excluded are refused before anything else is read.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from ritornello.studio.plan import KINDS, Plan, PlanError, plan_of

GRAMMARS = ("en", "es")
_TOKEN = re.compile(r"\d+:\d\d|\d+/\d+|\d+s\b|(?<![\w.])[+-]\d+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|%|&|#|[^\W\d_]+")
_WHICH = "?"
"""A song that a phrase speaks of and that is still to be named."""
_CLOCK = re.compile(r"(\d+):(\d\d)")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_LONGEST = 600
_PLAIN = ("like", "la")
"""Last words of phrases that ask for an imitation in a sentence and for nothing in a title."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to ask back: about which words, what, and answers that would do."""

    about: str
    ask: str
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedTerm:
    """Words that no plan may hold, why, and what to write instead."""

    term: str
    why: str
    mend: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a sentence was taken to mean: a plan, or what has to be asked, or what is refused."""

    language: str
    plan: Plan | None
    meanings: tuple[tuple[str, str], ...] = ()
    questions: tuple[Question, ...] = ()
    refusals: tuple[RefusedTerm, ...] = ()


def understand(
    sentence: str,
    *,
    language: str = "",
    names: Collection[str] = (),
    own_names: Collection[str] = (),
    forbidden: Collection[str] = (),
    titles: Mapping[str, str] | None = None,
) -> Understood:
    """Read one sentence.

    Args:
        sentence: at most 600 characters.
        language: "en" or "es"; by default the one that knows more of the words.
        names: artists of the catalogue; naming one is refused.
        own_names: artists of the very song, who may be named.
        forbidden: words and phrases that the song's holders excluded.
        titles: titles of songs that may take part in a mash-up, to their ids.
    """
    if len(sentence) > _LONGEST:
        asked = Question("", f"the sentence is longer than {_LONGEST} characters: say it shorter")
        return Understood(language or "en", None, questions=(asked,))
    readings = [
        _Reader(_grammar(one), sentence, names, own_names, forbidden, titles or {}).read()
        for one in ((language,) if language in GRAMMARS else GRAMMARS)
    ]
    best: Understood = min(readings, key=lambda pair: pair[0])[1]
    return best


def refused_in(
    text: str,
    *,
    names: Collection[str] = (),
    own_names: Collection[str] = (),
    forbidden: Collection[str] = (),
    title: bool = False,
) -> tuple[RefusedTerm, ...]:
    """What of a text is refused, by the words of every language, whether or not it is a sentence.

    The arguments are those of `understand`. In a `title` only what cannot be meant otherwise asks for an imitation.
    """
    found: dict[str, RefusedTerm] = {}
    for language in GRAMMARS:
        for term in _Reader(_grammar(language), text, names, own_names, forbidden, {}).refused(title=title):
            found.setdefault(term.term.lower(), term)
    return tuple(found.values())


def normal(text: str) -> tuple[str, ...]:
    """The words of a text without accents, case, apostrophes and hyphens; numbers, %, # and times are words too."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    plain = re.sub(r"(?<=\w)['’]s\b", "", plain)
    plain = re.sub(r"(?<=\w)['’](?=\w)", "", plain.replace("−", "-"))
    plain = re.sub(r"(?<=[^\W\d_])[-‐–](?=[^\W_])", " ", plain).replace("♯", "#").replace("♭", " flat")
    return tuple(_TOKEN.findall(plain))


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One way to say something: its words (with {n}, {signed}, {clock} and {note} for slots) and what it sets."""

    words: tuple[str, ...]
    sets: Mapping[str, Any]
    asks: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Grammar:
    language: str
    phrases: Mapping[str, tuple[_Phrase, ...]]
    fillers: frozenset[str]
    numbers: Mapping[str, int]
    notes: Mapping[tuple[str, ...], int]
    imitations: tuple[tuple[str, ...], ...]
    wishing: frozenset[str]
    asks: Mapping[str, str]
    market_styles: Mapping[str, tuple[str, ...]]
    vocabulary: frozenset[str]


@cache
def _grammar(language: str) -> _Grammar:
    raw = json.loads(files("ritornello.studio").joinpath("grammar", f"{language}.json").read_text(encoding="utf-8"))
    by_first: dict[str, list[_Phrase]] = {}
    entries = [*raw["phrases"], *_countries(raw["countries"], raw["for"]), *_languages(raw)]
    for entry in entries:
        for pattern in entry["say"]:
            for words in _ways(pattern):
                phrase = _Phrase(words, entry.get("set", {}), entry.get("ask", ""), tuple(entry.get("suggest", ())))
                by_first.setdefault(words[0], []).append(phrase)
    phrases = {
        first: tuple(sorted(some, key=lambda phrase: (-len(phrase.words), phrase.words)))
        for first, some in by_first.items()
    }
    return _Grammar(
        language,
        phrases,
        frozenset(word for text in raw["fillers"] for word in normal(text)),
        raw["numbers"],
        {normal(name): number for name, number in raw["notes"].items()},
        tuple(sorted((normal(text) for text in raw["imitations"]), key=len, reverse=True)),
        frozenset(raw["wishing"]),
        raw["asks"],
        {country: tuple(styles) for country, styles in raw["market_styles"].items()},
        frozenset(word for some in phrases.values() for one in some for word in one.words if "{" not in word),
    )


def _countries(countries: Mapping[str, Sequence[str]], lead: Sequence[str]) -> Iterator[dict[str, Any]]:
    for code, called in countries.items():
        yield {"say": [f"{before} {name}" for before in lead for name in called], "set": {"market": code}}


def _languages(raw: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for code, called in raw["languages"].items():
        yield {
            "say": [pattern.replace("<language>", name) for pattern in raw["in_language"] for name in called],
            "set": {"language": code},
        }


def _ways(pattern: str) -> list[tuple[str, ...]]:
    """Every way to say a pattern: (a|b) is one of them, [a|b] one of them or nothing; words in braces are slots."""
    pieces = re.findall(r"\([^)]*\)|\[[^\]]*\]|\{\w+\}|[^\s()\[\]{}]+", pattern)
    choices: list[list[tuple[str, ...]]] = []
    for piece in pieces:
        if piece[0] in "([":
            some = [normal(text) for text in piece[1:-1].split("|")]
            choices.append([*some, ()] if piece[0] == "[" else some)
        elif piece[0] == "{":
            choices.append([(piece,)])
        else:
            choices.append([normal(piece)])
    return [words for ways in product(*choices) if (words := tuple(word for way in ways for word in way))]


class _Reader:
    """One reading of one sentence in one language."""

    def __init__(
        self,
        grammar: _Grammar,
        sentence: str,
        names: Collection[str],
        own_names: Collection[str],
        forbidden: Collection[str],
        titles: Mapping[str, str],
    ) -> None:
        self.grammar = grammar
        self.words = normal(sentence)
        self.own = {normal(name) for name in own_names}
        self.names = {normal(name): name for name in names}
        self.forbidden = forbidden
        self.titles = {normal(title): (title, one) for title, one in titles.items() if normal(title)}
        self.meanings: list[tuple[str, str]] = []
        self.questions: list[Question] = []
        self.sets: dict[str, Any] = {}
        self.said: dict[str, str] = {}
        self.unknown: list[str] = []

    def read(self) -> tuple[int, Understood]:
        """How many words were not understood, and the reading."""
        language = self.grammar.language
        refused = self.refused()
        at = 0
        while at < len(self.words):
            at = self._step(at)
        if refused:
            return len(self.unknown), Understood(language, None, refusals=tuple(refused))
        if self.unknown:
            self.questions.insert(0, self._about_unknown())
        if not self.questions:
            self._complete()
        plan = None if self.questions else self._plan()
        told = Understood(language, plan, tuple(self.meanings), tuple(self.questions))
        return len(self.unknown), told

    # ── words ──

    def _step(self, at: int) -> int:
        title = self._title_at(at)
        if title:
            return at + title
        for phrase in self._candidates(self.words[at]):
            found = self._match(phrase.words, at)
            if found is not None:
                length, slots = found
                self._take(phrase, " ".join(self.words[at : at + length]), slots)
                return at + length
        own = next((name for name in self.own if name and self.words[at : at + len(name)] == name), ())
        if own:
            return at + len(own)
        if self.words[at] not in self.grammar.fillers:
            self.unknown.append(self.words[at])
        return at + 1

    def _candidates(self, word: str) -> Iterator[_Phrase]:
        some = [
            phrase
            for first in (word, "{n}", "{signed}", "{clock}", "{note}")
            for phrase in self.grammar.phrases.get(first, ())
        ]
        yield from sorted(some, key=lambda phrase: -len(phrase.words))

    def _match(self, words: Sequence[str], at: int) -> tuple[int, dict[str, float]] | None:
        start, slots = at, {}
        for word in words:
            if word in ("{n}", "{signed}", "{clock}"):
                number = self._number(at, word)
                if number is None:
                    return None
                slots[word[1:-1]] = number
                at += 1
            elif word == "{note}":
                note = self._note(at)
                if note is None:
                    return None
                slots["note"], length = note
                at += length
            elif at < len(self.words) and self.words[at] == word:
                at += 1
            else:
                return None
        return at - start, slots

    def _number(self, at: int, slot: str) -> float | None:
        """The number that fills a slot: {n} takes no sign ("-5 % slower" is asked back), {signed} needs one."""
        word = self.words[at] if at < len(self.words) else ""
        if slot == "{clock}":
            clock = _CLOCK.fullmatch(word)
            return int(clock[1]) * 60.0 + int(clock[2]) if clock else None
        if _NUMBER.fullmatch(word):
            return float(word.replace(",", ".")) if (word[0] in "+-") == (slot == "{signed}") else None
        number = self.grammar.numbers.get(word) if slot == "{n}" else None
        return None if number is None else float(number)

    def _note(self, at: int) -> tuple[float, int] | None:
        for length in (2, 1):
            note = self.grammar.notes.get(self.words[at : at + length])
            if note is not None:
                return float(note), length
        return None

    def _title_at(self, at: int) -> int:
        for words, (title, one) in self.titles.items():
            if self.words[at : at + len(words)] != words:
                continue
            if self.sets.get("groove") == _WHICH:
                self.sets["groove"] = one
                self.said["groove"] = title
                self.meanings.append((title, "the song whose groove is borrowed"))
                return len(words)
            if self.sets.get("kind") == "mashup":
                self._set("other", one, title)
                self.meanings.append((title, "the other song"))
                return len(words)
        return 0

    # ── meanings ──

    def _take(self, phrase: _Phrase, said: str, slots: Mapping[str, float]) -> None:
        if phrase.asks:
            self.questions.append(Question(said, phrase.asks, phrase.suggestions))
            return
        for name, value in phrase.sets.items():
            if isinstance(value, Mapping):
                value = value.get("add", 0) + value.get("times", 1) * slots[value["slot"]]
                if value != int(value):
                    self.questions.append(Question(said, self.grammar.asks["whole"]))
                    return
                value = int(value)
            self._set(name, value, said)
        self.meanings.append((said, ", ".join(f"{k} {v}" for k, v in phrase.sets.items() if not isinstance(v, dict))))

    def _set(self, name: str, value: Any, said: str) -> None:
        if name in ("effects", "without"):
            self.sets[name] = tuple(sorted({*self.sets.get(name, ()), value}))
        elif name == "level":  # such as drums=300, in hundredths of a decibel
            part, _, centidb = value.partition("=")
            if (before := self.sets.get("levels", {}).get(part)) is not None and before != int(centidb):
                ask = self.grammar.asks["which"].format(a=self.said[f"level {part}"], b=said)
                self.questions.append(Question(said, ask, (self.said[f"level {part}"], said)))
                return
            self.sets["levels"] = {**self.sets.get("levels", {}), part: int(centidb)}
            self.said[f"level {part}"] = said
        elif name in self.sets and self.sets[name] != value:
            other = self.said[name]
            ask = self.grammar.asks["which"].format(a=other, b=said)
            self.questions.append(Question(said, ask, (other, said)))
        else:
            self.sets[name] = value
            self.said[name] = said

    def _about_unknown(self) -> Question:
        near = [
            close
            for word in self.unknown
            for close in get_close_matches(word, sorted(self.grammar.vocabulary), n=2, cutoff=0.75)
        ]
        words = ", ".join(dict.fromkeys(self.unknown))
        return Question(words, self.grammar.asks["unknown"].format(words=words), tuple(dict.fromkeys(near)))

    def _complete(self) -> None:
        """The kind, where it was not said, from what was."""
        if "kind" not in self.sets:
            kind = kind_of(self.sets)
            if kind is None:
                self.questions.append(Question("", self.grammar.asks["kind"], tuple(KINDS)))
                return
            self.sets["kind"] = kind
        if self.sets.get("groove") == _WHICH:
            self.questions.append(Question(self.said["groove"], self.grammar.asks["groove"]))
        if self.sets["kind"] == "localise" and not self.sets.get("style") and not self.sets.get("language"):
            styles = self.grammar.market_styles.get(self.sets.get("market", ""), ())
            self.questions.append(Question(self.sets.get("market", ""), self.grammar.asks["style"], styles))
        if self.sets["kind"] == "mashup" and "other" not in self.sets:
            self.questions.append(Question("", self.grammar.asks["other"]))
        if self.sets["kind"] == "radio_edit" and "seconds" not in self.sets:
            self.questions.append(Question("", self.grammar.asks["seconds"], ("3:00", "2:30", "1:00")))

    def _plan(self) -> Plan | None:
        try:
            return plan_of(self.sets)
        except PlanError as error:
            self.questions += [Question(one.where, f"{one.what}: {one.mend}") for one in error.findings]
            return None

    # ── what is refused ──

    def refused(self, *, title: bool = False) -> list[RefusedTerm]:
        """Everything in the words that no plan may hold."""
        out: list[RefusedTerm] = []
        for term in self.forbidden:
            if self._holds(normal(term)):
                out.append(RefusedTerm(term, self.grammar.asks["forbidden"], self.grammar.asks["without"]))
        for words, name in self.names.items():
            common = len(words) == 1 and (words[0] in self.grammar.vocabulary or words[0] in self.grammar.fillers)
            if words and words not in self.own and not common and self._holds(words):
                out.append(RefusedTerm(name, self.grammar.asks["artist"], self.grammar.asks["styles"]))
        told: set[int] = set()  # the longest phrases come first, and hold shorter ones
        for phrase in self.grammar.imitations:
            if title and (len(phrase) < 2 or phrase[-1] in _PLAIN):
                continue
            for at in range(len(self.words) - len(phrase)):
                wish = at > 0 and self.words[at - 1] in self.grammar.wishing  # "I would like"
                if wish or at in told or self.words[at : at + len(phrase)] != phrase:
                    continue
                if not self._permitted(at + len(phrase)):
                    rest = " ".join(self.words[at : at + len(phrase) + 3])
                    out.append(RefusedTerm(rest, self.grammar.asks["imitation"], self.grammar.asks["styles"]))
                    told |= set(range(at, at + len(phrase)))
                    break
        return list(dict.fromkeys(out))

    def _permitted(self, at: int) -> bool:
        """Whether what follows is a phrase of the grammar ("like a bossa nova"), the original, or the own artist."""
        while at < len(self.words) and self.words[at] in self.grammar.fillers:
            at += 1
        if at >= len(self.words) or _NUMBER.fullmatch(self.words[at]):  # "like 10 %" says about how much
            return True
        if self.words[at] == "original":  # the very song, in both languages
            return True
        own = any(self.words[at : at + len(name)] == name for name in self.own if name)
        return own or any(self._match(phrase.words, at) is not None for phrase in self._candidates(self.words[at]))

    def _holds(self, words: tuple[str, ...]) -> bool:
        size = len(words)
        return bool(words) and any(self.words[at : at + size] == words for at in range(len(self.words) - size + 1))


def kind_of(said: Mapping[str, Any]) -> str | None:
    """The kind that the other wishes amount to, None where they amount to nothing."""
    if said.get("other"):
        return "mashup"
    if said.get("vocals") == "own":
        return "sing"
    if said.get("language") or (said.get("market") and said.get("style") not in ("", None)):
        return "localise"
    if said.get("market"):
        return "localise" if not set(said) - {"market", "vocals"} else _plain(said)
    return _plain(said)


def _plain(said: Mapping[str, Any]) -> str | None:
    if said.get("style"):
        return "remix" if said.get("vocals") == "keep" or said.get("order") else "cover"
    if said.get("metre") or said.get("feel"):
        return "regroove"
    if said.get("harmony") or said.get("mode"):
        return "reharmonise"
    if said.get("order") == "reorder":
        return "remix"
    if said.get("seconds"):
        return "radio_edit"
    if said.get("vocals") in ("remove", "only"):
        return "instrumental" if said["vocals"] == "remove" else "a_cappella"
    if set(said) & {"tempo_permille", "bpm", "key_cents", "tonic", "effects", "without", "levels", "groove"}:
        return "edit"
    return None
