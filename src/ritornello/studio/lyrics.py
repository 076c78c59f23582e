"""The lyric workspace: words brought in, told in syllables and stresses, held against the tune line by line.

Six languages are rules as data (`grammar/syllables.json`). A count by rule is an estimate, right for nine words in ten
and wrong for the tenth, so the workspace shows every division and never refuses a line for it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ritornello.proof.canonical import canonical_json, sha256_hex

if TYPE_CHECKING:
    from ritornello.studio.score import Score, Tone

LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
REST_TICKS = 720
"""A rest of three quarters of a beat ends a sung phrase."""
_STAMP = re.compile(r"\[(\d{1,3}):(\d{2})(?:[.:](\d{1,3}))?\]")
_TAG = re.compile(r"\[([a-z]+):(.*)\]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MOST_LINES = 1000


class LyricsError(ValueError):
    """Lyrics that cannot be read or held against a tune: what is wrong and how to mend it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is sung; `start_ms` where it is known when it begins."""

    text: str
    start_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Lyrics:
    """The words of a song in one language (ISO 639-1) and script (ISO 15924), with title and credits."""

    lines: tuple[Line, ...]
    language: str = ""
    script: str = "Latn"
    title: str = ""
    credits: tuple[tuple[str, str], ...] = ()

    def to_document(self) -> dict[str, Any]:
        return {
            "v": 1,
            "title": self.title,
            "language": self.language,
            "script": self.script,
            "credits": [list(one) for one in self.credits],
            "lines": [{"text": one.text, "start_ms": one.start_ms} for one in self.lines],
        }

    @property
    def sha256(self) -> str:
        """The hash that a recipe carries: the words themselves stay with whoever wrote them."""
        return sha256_hex(canonical_json(self.to_document()))


def read_lyrics(text: str, language: str = "") -> Lyrics:
    """Lyrics from LRC (`[01:02.50] words`, tags `ti`, `ar`, `au`, `la`, `offset`) or from plain text.

    A line with several stamps is sung several times; lines are put in the order of time where every line has one.
    Raises LyricsError for more than 1,000 lines or none.
    """
    text = unicodedata.normalize("NFC", text.lstrip("\ufeff"))
    tags: dict[str, str] = {}
    rows: list[Line] = []
    for raw in text.splitlines():
        row = raw.strip()
        stamps = list(_STAMP.finditer(row))
        if not stamps and (tag := _TAG.fullmatch(row)):
            tags[tag[1].lower()] = tag[2].strip()
            continue
        words = _STAMP.sub("", row).strip()
        if not words:
            continue
        rows += [Line(words, _ms(stamp)) for stamp in stamps] or [Line(words)]
    if not rows or len(rows) > _MOST_LINES:
        raise LyricsError(f"there are {len(rows)} lines of words; bring 1 to {_MOST_LINES}")
    shift = int(tags["offset"]) if re.fullmatch(r"[+-]?\d+", tags.get("offset", "")) else 0
    if all(row.start_ms is not None for row in rows):
        moved = [Line(row.text, max(0, (row.start_ms or 0) - shift)) for row in rows]
        rows = sorted(moved, key=lambda row: row.start_ms or 0)
    credits = tuple((role, tags[tag]) for tag, role in (("ar", "artist"), ("au", "lyricist")) if tags.get(tag))
    spoken = language or tags.get("la", "").lower()[:2]
    script = script_of(" ".join(row.text for row in rows))
    return Lyrics(tuple(rows), spoken, script, tags.get("ti", ""), credits)


def _ms(stamp: re.Match[str]) -> int:
    fraction = (stamp[3] or "0").ljust(3, "0")[:3]
    return int(stamp[1]) * 60_000 + int(stamp[2]) * 1000 + int(fraction)


def script_of(text: str) -> str:
    """The script that most letters are of, as ISO 15924: Latn, Cyrl, Grek, Arab, Hebr, Deva, Hang, Jpan, Hans, …"""
    names = {
        "LATIN": "Latn", "CYRILLIC": "Cyrl", "GREEK": "Grek", "ARABIC": "Arab", "HEBREW": "Hebr", "DEVANAGARI": "Deva",
        "GURMUKHI": "Guru", "HANGUL": "Hang", "HIRAGANA": "Jpan", "KATAKANA": "Jpan", "CJK": "Hani", "THAI": "Thai",
    }  # fmt: skip
    counts: dict[str, int] = {}
    for letter in filter(str.isalpha, text):
        script = names.get(unicodedata.name(letter, "").split(" ")[0], "Zyyy")
        counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda name: (counts[name], name)) if counts else "Zyyy"


# ── syllables ──


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


# ── against the tune ──


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is sung in one breath: start in ticks, the number of tones, and which of them are strong."""

    start: int
    tones: int
    strong: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """A line held against its phrase. `spare` tones are left over (negative: syllables too many); `stressed_well` is
    the share of stressed syllables that fall on strong tones, in permille, None where the counts do not meet."""

    text: str
    words: tuple[Word, ...]
    syllables: int
    tones: int
    stressed_well: int | None

    @property
    def spare(self) -> int:
        return self.tones - self.syllables

    def to_document(self) -> dict[str, Any]:
        return {**asdict(self), "spare": self.spare}


def phrases_of(score: Score) -> tuple[Phrase, ...]:
    """The sung phrases of a score's tune, parted by rests."""
    groups: list[list[Tone]] = []
    for tone in score.tune:
        if groups and tone.start - (groups[-1][-1].start + groups[-1][-1].length) < REST_TICKS:
            groups[-1].append(tone)
        else:
            groups.append([tone])
    return tuple(_phrase(group, score) for group in groups)


def _phrase(tones: Sequence[Tone], score: Score) -> Phrase:
    """A tone is strong on a beat, or where it is held longer than both of its neighbours."""
    lengths = [tone.length for tone in tones]
    strong = []
    for k, tone in enumerate(tones):
        beside = [lengths[n] for n in (k - 1, k + 1) if 0 <= n < len(lengths)]
        strong.append(tone.start % 960 < 120 or tone.start % 960 > 840 or all(tone.length > one for one in beside))
    return Phrase(tones[0].start, len(tones), tuple(strong))


def fit(lyrics: Lyrics, score: Score) -> tuple[Fit, ...]:
    """Each line against the phrase that it is sung to: by its time where it has one, else one after the other.

    Raises LyricsError for a language without syllable rules.
    """
    from ritornello.studio.score import samples_of

    phrases = list(phrases_of(score))
    starts = [
        sample * 1000 // score.rate for sample in samples_of(score.tempo, score.rate, [one.start for one in phrases])
    ]
    out = []
    for number, line in enumerate(lyrics.lines):
        if line.start_ms is not None and starts:
            place = min(range(len(starts)), key=lambda k: abs(starts[k] - (line.start_ms or 0)))
            phrase: Phrase | None = phrases[place]
        else:
            phrase = phrases[number] if number < len(phrases) else None
        out.append(_fitted(line.text, lyrics.language, phrase))
    return tuple(out)


def _fitted(text: str, language: str, phrase: Phrase | None) -> Fit:
    words = words_of(text, language)
    count = sum(word.syllables for word in words)
    if phrase is None:
        return Fit(text, words, count, 0, None)
    well: int | None = None
    if count == phrase.tones:
        stressed, at = [], 0
        for word in words:
            if word.stress >= 0:
                stressed.append(at + word.stress)
            at += word.syllables
        on_strong = sum(phrase.strong[k] for k in stressed if k < len(phrase.strong))
        well = 1000 * on_strong // len(stressed) if stressed else 1000
    return Fit(text, words, count, phrase.tones, well)


# ── the adaptation ──


@dataclass(frozen=True, slots=True)
class Change:
    """One line before and after: the same, changed (with the words that went and came), added or removed."""

    kind: str
    before: str
    after: str
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def difference(before: Lyrics, after: Lyrics) -> tuple[Change, ...]:
    """What an adaptation changes, line by line and word by word."""
    out: list[Change] = []
    old, new = [line.text for line in before.lines], [line.text for line in after.lines]
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            out += [Change("same", text, text) for text in old[a:b]]
            continue
        for k in range(max(b - a, d - c)):
            was = old[a + k] if a + k < b else ""
            now = new[c + k] if c + k < d else ""
            name = "changed" if was and now else "removed" if was else "added"
            out.append(Change(name, was, now, *_words_apart(was, now)))
    return tuple(out)


def _words_apart(was: str, now: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    old, new = was.split(), now.split()
    gone: list[str] = []
    came: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            gone += old[a:b]
            came += new[c:d]
    return tuple(gone), tuple(came)


def workspace(original: Lyrics, adapted: Lyrics, score: Score) -> dict[str, Any]:
    """The whole workspace as a document: both texts, each line's fit, the difference, and the hash for the recipe."""

    def fits(lyrics: Lyrics) -> list[dict[str, Any]]:
        return [one.to_document() for one in fit(lyrics, score)] if lyrics.language in LANGUAGES else []

    return {
        "original": original.to_document(),
        "adapted": adapted.to_document(),
        "original_fit": fits(original),
        "adapted_fit": fits(adapted),
        "difference": [asdict(one) for one in difference(original, adapted)],
        "lyrics_sha256": adapted.sha256,
        "new_language": bool(adapted.language) and adapted.language != original.language,
    }


def lines_in_words(fits: Iterable[Fit]) -> list[str]:
    """The fit of each line as one printed line: syllables against tones, the divisions, and the stresses."""
    out = []
    for one in fits:
        met = "fits" if one.spare == 0 else f"{one.spare} tones to spare" if one.spare > 0 else f"{-one.spare} too many"
        stress = "" if one.stressed_well is None else f", {one.stressed_well // 10} % of stresses on strong tones"
        divided = " ".join(
            f"{word.text}({word.syllables}{'' if word.stress < 0 else f'ˈ{word.stress + 1}'})" for word in one.words
        )
        out.append(f"{one.syllables}/{one.tones} {met}{stress}: {divided}")
    return out
