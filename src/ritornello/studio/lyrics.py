"""The lyric workspace: words brought in, told in syllables and stresses, held against the tune line by line.

A count by rule is an estimate, so the workspace shows every division and never refuses a line for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from ritornello.proof.canonical import canonical_json, sha256_hex
from ritornello.studio.syllables import LANGUAGES, LyricsError, Word, words_of

if TYPE_CHECKING:
    from ritornello.studio.score import Score, Tone

REST_TICKS = 720
"""A rest of three quarters of a beat ends a sung phrase."""
_STAMP = re.compile(r"\[(\d{1,3}):(\d{2})(?:[.:](\d{1,3}))?\]")
_TAG = re.compile(r"\[([a-z]+):(.*)\]", re.IGNORECASE)
_MOST_LINES = 1000


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


def as_lrc(lines: Iterable[Line]) -> str:
    """Lines as LRC, with times of a millisecond where they are known; `read_lyrics` reads the same lines back."""
    return "\n".join(f"{stamp_of(line.start_ms)}{line.text}" for line in lines)


def stamp_of(ms: int | None) -> str:
    """A time as LRC writes it, "[01:02.500]"; "" for none."""
    return "" if ms is None else f"[{ms // 60_000:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}]"


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
    the share of stressed syllables that fall on strong tones, in permille, None where the counts do not meet; `strong`
    says of each tone whether it is strong."""

    text: str
    words: tuple[Word, ...]
    syllables: int
    tones: int
    stressed_well: int | None
    strong: tuple[bool, ...] = ()

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


def starts_of(phrases: Sequence[Phrase], score: Score) -> list[int]:
    """Where phrases begin in the recording, in ms."""
    from ritornello.studio.score import samples_of

    begins = [one.start for one in phrases]
    return [sample * 1000 // score.rate for sample in samples_of(score.tempo, score.rate, begins)]


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
    phrases = phrases_of(score)
    places = places_of(lyrics, starts_of(phrases, score))
    return tuple(
        _fitted(line.text, lyrics.language, None if place is None else phrases[place])
        for line, place in zip(lyrics.lines, places, strict=True)
    )


def places_of(lyrics: Lyrics, starts: Sequence[int]) -> list[int | None]:
    """Which phrase each line is sung to, of phrases that begin at `starts` (ms); None where none is left for it.

    A line with a time goes to the phrase that begins nearest. Beside such lines, one without a time is sung to no
    phrase that anybody knows.
    """
    timed = any(line.start_ms is not None for line in lyrics.lines)
    places: list[int | None] = []
    for number, line in enumerate(lyrics.lines):
        at = line.start_ms
        if at is not None and starts:
            places.append(min(range(len(starts)), key=lambda k: abs(starts[k] - at)))
        else:
            places.append(number if number < len(starts) and not timed else None)
    return places


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
    return Fit(text, words, count, phrase.tones, well, phrase.strong)


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

    phrases = phrases_of(score)
    return {
        "phrases": [
            {"start_ms": at, "tones": one.tones, "strong": list(one.strong)}
            for one, at in zip(phrases, starts_of(phrases, score), strict=True)
        ],
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
