"""What somebody wants to make, as data: the same record from a sentence, a form, the command line or a program.

A plan says the intent ("bossa nova, slower, the voice stays, for Brazil"); `building.build` turns it into a recipe for
one recording. Every field has a range, and whatever wrote the plan (a grammar, a language model, a person) passes the
same check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ritornello.studio.recipe import Finding

KINDS: Mapping[str, str] = {
    "edit": "the recording with these changes and no others",
    "sped_up": "sped up, the pitch rising with it",
    "nightcore": "nightcore: a quarter faster and as much higher",
    "slowed_reverb": "slowed, with reverb",
    "lo_fi": "lo-fi: slower, duller, roomier",
    "acoustic": "an acoustic version",
    "instrumental": "the recording without the voice",
    "a_cappella": "the voice alone",
    "radio_edit": "a radio edit",
    "extended": "an extended mix",
    "loop": "a seamless loop",
    "remix": "a remix",
    "mashup": "a mash-up with another song",
    "cover": "a new performance of the song (a cover)",
    "localise": "a version for another place or language",
    "reharmonise": "the same tune with other harmony",
    "regroove": "the same song in another rhythm",
    "sing": "your own voice or instrument over the song",
    "sing_over": "your own voice or instrument over the recording itself",
}
"""Every kind of derivative with its plain words."""
_ALSO_CALLED: Mapping[str, str] = {
    "lofi": "lo_fi",
    "slowed": "slowed_reverb",
    "acapella": "a_cappella",
    "acappella": "a_cappella",
    "extended_mix": "extended",
    "seamless_loop": "loop",
    "mash_up": "mashup",
    "localize": "localise",
    "localized": "localise",
    "localised": "localise",
    "reharmonize": "reharmonise",
    "groove": "regroove",
    "rhythm": "regroove",
    "metre": "regroove",
}


def kind_named(words: str) -> str:
    """The kind that these words are a name of, however it is spelt; "" where they are none."""
    name = words.strip().lower().replace("-", "_").replace(" ", "_")
    return name if name in KINDS else _ALSO_CALLED.get(name, "")


PACKS = (
    *("afrobeats", "amapiano", "baile_funk", "bhangra", "bossa_nova", "city_pop", "country", "cumbia", "flamenco"),
    *("k_ballad", "reggaeton", "schlager"),
)
GROOVES = ("four_floor", "backbeat", "half_time", "shuffle")
STYLES = (*PACKS, *GROOVES)
VOCALS = ("", "keep", "remove", "only", "own")
HARMONIES = ("", "richer", "secondary_dominants", "tritone", "modal_interchange", "simpler")
FEELS = ("", "swing", "straight", "half_time", "double_time")
PARTS = ("drums", "bass", "harmony", "lead")
EFFECTS = ("reverb", "echo", "dull", "thin", "build", "sidechain")
ORDERS = ("", "keep", "reorder")
MODES = ("", "major", "minor")
LANGUAGE_NAMES: Mapping[str, str] = {
    "de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "pt": "Portuguese",
}  # fmt: skip
LANGUAGES = tuple(LANGUAGE_NAMES)
MOST_SECTIONS = 64
SILENT_CENTIDB = -6000
"""Hundredths of a decibel from which on nobody hears a part."""
NOTES = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")

RANGES: Mapping[str, tuple[int, int]] = {
    "tempo_permille": (500, 2000),
    "bpm": (40, 240),
    "key_cents": (-1200, 1200),
    "tonic": (0, 11),
    "seconds": (5, 1800),
    "bars": (1, 64),
    "metre": (3, 4),
}
_CHOICES: Mapping[str, Sequence[str]] = {
    "kind": tuple(KINDS),
    "style": ("", *STYLES),
    "vocals": VOCALS,
    "harmony": HARMONIES,
    "feel": FEELS,
    "order": ORDERS,
    "mode": MODES,
    "language": ("", *LANGUAGES),
}
_LISTS: Mapping[str, Sequence[str]] = {"effects": EFFECTS, "without": PARTS}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted; what is unsaid is empty or None and left to the builder.

    `tempo_permille` is of the original's speed (900: a tenth slower), `bpm` a wished tempo in its place; `key_cents` a
    transposition, `tonic` (0 = C) and `mode` a wished key in its place. `vocals` own: the person sings. `market` is an
    ISO 3166 country, `other` the second song of a mash-up, `seconds` a length, `bars` the length of a loop or intro.
    `sections` are the parts of the form to play, counted from 1 in the original's order; `levels` hundredths of a
    decibel by part; `groove` the song whose timing and accents are borrowed; `lyrics` the SHA-256 of other words.
    """

    kind: str
    style: str = ""
    tempo_permille: int | None = None
    bpm: int | None = None
    key_cents: int | None = None
    tonic: int | None = None
    mode: str = ""
    vocals: str = ""
    market: str = ""
    language: str = ""
    seconds: int | None = None
    bars: int | None = None
    metre: int | None = None
    feel: str = ""
    harmony: str = ""
    effects: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    order: str = ""
    sections: tuple[int, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    other: str = ""
    groove: str = ""
    lyrics: str = ""

    def to_document(self) -> dict[str, Any]:
        """Integer JSON; what is unsaid is left out."""
        document: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value not in (None, "", ()):
                document[field.name] = list(value) if isinstance(value, tuple) else value
        if self.levels:
            document["levels"] = dict(self.levels)
        return document


class PlanError(ValueError):
    """A plan that cannot be used or built, with every finding."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{f.where}: {f.what} ({f.mend})" for f in findings))
        self.findings = tuple(findings)


def plan_of(document: Mapping[str, Any]) -> Plan:
    """Read a plan from JSON. Raises PlanError with every finding."""
    known = {field.name for field in fields(Plan)}
    found = [
        Finding(f"plan.{name}", "is not known here", f"use {', '.join(sorted(known))}")
        for name in document
        if name not in known
    ]
    values = {name: value for name, value in document.items() if name in known}
    if "kind" not in values:
        found.append(Finding("plan.kind", "is missing", f"say one of {', '.join(KINDS)}"))
    for name, value in values.items():
        found += _wrong(name, value)
    if found:
        raise PlanError(found)
    values |= {name: tuple(sorted(set(values[name]))) for name in _LISTS if name in values}
    if "sections" in values:
        values["sections"] = tuple(values["sections"])
    if "levels" in values:
        values["levels"] = tuple(sorted(values["levels"].items()))
    plan = Plan(**values)
    if at_odds := contradictions(plan):
        raise PlanError(at_odds)
    return plan


def _wrong(name: str, value: Any) -> list[Finding]:
    where = f"plan.{name}"
    if name in RANGES:
        lo, hi = RANGES[name]
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not lo <= value <= hi):
            return [Finding(where, f"is {value!r}", f"write a whole number from {lo} to {hi}")]
    elif name in _CHOICES:
        if value not in _CHOICES[name]:
            return [Finding(where, f"is {value!r}", f"use one of {', '.join(filter(None, _CHOICES[name]))}")]
    elif name in _LISTS:
        if not isinstance(value, list | tuple) or any(one not in _LISTS[name] for one in value):
            return [Finding(where, f"is {value!r}", f"list some of {', '.join(_LISTS[name])}")]
    elif name == "sections":
        if not isinstance(value, list | tuple) or len(value) > MOST_SECTIONS or not all(_counts(one) for one in value):
            return [Finding(where, f"is {value!r}", f"list at most {MOST_SECTIONS} section numbers from 1")]
    elif name == "levels":
        if not isinstance(value, Mapping) or len(value) > 32 or not all(_level(*one) for one in value.items()):
            return [Finding(where, f"is {value!r}", "write parts with hundredths of a decibel from -9600 to 1200")]
    elif name == "lyrics":
        if not isinstance(value, str) or (value and not re.fullmatch("[0-9a-f]{64}", value)):
            return [Finding(where, f"is {value!r}", "write the SHA-256 that the lyric workspace gives")]
    elif name == "market":
        if not isinstance(value, str) or (value and not (len(value) == 2 and value.isascii() and value.isupper())):
            return [Finding(where, f"is {value!r}", "write a country as two capitals, such as BR")]
    elif not isinstance(value, str) or len(value) > 120:
        return [Finding(where, f"is {value!r}", "write a text of at most 120 characters")]
    return []


def _counts(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= 999


def _level(part: object, centidb: object) -> bool:
    whole = isinstance(centidb, int) and not isinstance(centidb, bool) and -9600 <= centidb <= 1200
    return whole and isinstance(part, str) and 0 < len(part) <= 64


def contradictions(plan: Plan) -> list[Finding]:
    """What no reading can do at once."""
    found = []
    if plan.tempo_permille is not None and plan.bpm is not None:
        found.append(Finding("plan.bpm", "stands beside a change of tempo", "say either a tempo or a change"))
    if plan.key_cents and plan.tonic is not None:
        found.append(Finding("plan.tonic", "stands beside a transposition", "say either a key or a transposition"))
    if plan.kind == "instrumental" and plan.vocals in ("keep", "only"):
        found.append(Finding("plan.vocals", f"is {plan.vocals} in an instrumental", "say which of the two you mean"))
    if plan.kind == "a_cappella" and plan.vocals in ("keep", "remove"):
        found.append(Finding("plan.vocals", f"is {plan.vocals} in an a cappella", "say which of the two you mean"))
    if plan.kind == "mashup" and not plan.other:
        found.append(Finding("plan.other", "is missing", "name the other song"))
    if plan.groove and plan.feel:
        found.append(Finding("plan.groove", f"stands beside a {plan.feel} feel", "say which of the two you mean"))
    if plan.sections and plan.order:
        found.append(Finding("plan.sections", "stand beside a wish for the order", "say which of the two you mean"))
    if plan.kind == "radio_edit" and plan.seconds is None:
        found.append(Finding("plan.seconds", "is missing", "say how long the edit shall be"))
    return found


def words_of(plan: Plan, called: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The plan in plain words, one statement for each thing that was said.

    `called` are the names of the songs and markets that it names by id and code, where they are known.
    """
    names = called or {}
    out = [KINDS[plan.kind]]
    if plan.style:
        out.append(f"in the style {plan.style.replace('_', ' ')}")
    if plan.tempo_permille is not None:
        change = plan.tempo_permille - 1000
        percent = f"{abs(change) // 10}{f'.{abs(change) % 10}' if change % 10 else ''} %"
        out.append("at the same tempo" if not change else f"{percent} {'faster' if change > 0 else 'slower'}")
    if plan.bpm is not None:
        out.append(f"at {plan.bpm} beats per minute")
    if plan.key_cents is not None:
        size = abs(plan.key_cents)
        steps = f"{size // 100} semitone{'s' if size != 100 else ''}" if size % 100 == 0 else f"{size} cents"
        out.append("in the same key" if not size else f"{steps} {'higher' if plan.key_cents > 0 else 'lower'}")
    if plan.tonic is not None or plan.mode:
        note = NOTES[plan.tonic] if plan.tonic is not None else "the same tonic,"
        out.append(f"in {note} {plan.mode}".rstrip())
    if plan.vocals:
        voice = {"keep": "the voice stays", "remove": "without the voice", "only": "the voice alone"}
        out.append(voice.get(plan.vocals, "you sing or play yourself"))
    if plan.feel:
        out.append(f"with a {plan.feel.replace('_', '-')} feel")
    if plan.metre:
        out.append(f"in {plan.metre}/4")
    if plan.harmony:
        out.append(f"harmony: {plan.harmony.replace('_', ' ')}")
    if plan.effects:
        out.append(f"with {', '.join(plan.effects)}")
    if plan.without:
        out.append(f"without {', '.join(plan.without)}")
    if plan.order:
        out.append("sections in their order" if plan.order == "keep" else "sections in a new order")
    if plan.sections:
        out.append(f"sections {' '.join(map(str, plan.sections))}")
    for part, centidb in plan.levels:
        out.append(f"without {part}" if centidb <= SILENT_CENTIDB else f"{part} {centidb / 100:+g} dB")
    if plan.groove:
        out.append(f"with the groove of {names.get(plan.groove, plan.groove)}")
    if plan.lyrics:
        out.append("with other words")
    if plan.seconds is not None:
        how = "at most" if plan.kind == "radio_edit" else "about"
        out.append(f"{how} {plan.seconds // 60}:{plan.seconds % 60:02d} long")
    if plan.bars is not None:
        out.append(f"{plan.bars} bars")
    if plan.language:
        out.append(f"sung in {LANGUAGE_NAMES[plan.language]}")
    if plan.market:
        out.append(f"for {names.get(plan.market, plan.market)}")
    if plan.other:
        out.append(f"with {names.get(plan.other, plan.other)}")
    return tuple(out)
