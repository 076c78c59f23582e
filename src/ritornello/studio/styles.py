"""Style packs: how each style grooves, what its bass and its chords play, and who is in the band. Data, no code.

A pack is a JSON file in `packs/`. A groove is written for each hand as one or two bars of sixteen characters: a digit
is a stroke (velocity 14 times the digit), a point a rest. Bass and comping are rows of (sixteenth, length in
sixteenths, degree or voice, velocity). `light` serves verses, `full` choruses, `fill` the bar before a new part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import log2
from types import MappingProxyType
from typing import Any, Literal

from ritornello.studio.findings import Finding
from ritornello.studio.harmony import COLOURS
from ritornello.studio.performers import KITS, PERFORMERS, STROKES, role_of

Groove = Mapping[str, tuple[tuple[int, ...], ...]]
"""For each hand one or two bars of sixteen velocities (0 is a rest)."""
Event = tuple[int, int, str, int]
"""(sixteenth, length in sixteenths, degree of the chord or voice of the hand, velocity)."""
Bars = tuple[tuple[Event, ...], ...]
Role = Literal["comp", "pad", "lead", "double", "riff"]

CELLS = 16
VARIATIONS = ("intro", "light", "full", "fill")
DEGREES = ("1", "2", "3", "4", "5", "6", "b7", "8", "next", "app", "walk1", "walk2")
"""What a bass or a riff plays: degrees of the chord, the next root, a step towards it, or two steps of a walk-up."""
VOICES = ("all", "low", "top", "strum", "up", "1", "2", "3", "4", "5")
"""What a comping hand plays of its voicing: all, all but the top or the bottom, a strum down or up, one voice."""
LEAST_DIFFERENCE = 0.25
CHECKED = ("read", "quoted", "named")
"""How far a source was checked; see `Cited`."""


class PackError(ValueError):
    """A style pack that cannot be used, with every finding."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        super().__init__(f"style {name}: " + "; ".join(map(str, findings)))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Cited:
    """Where a rhythm is described, what was taken from there, and how far that was `checked`.

    `read`: the page was read in November 2026 and says it. `quoted`: its abstract, or its words in another text, were.
    `named`: author, title and publisher are general knowledge, and nobody here has opened it.
    """

    title: str
    author: str
    year: int
    where: str
    gives: str
    checked: Literal["read", "quoted", "named"]


@dataclass(frozen=True, slots=True)
class Player:
    """One part of the band. Levels in centidecibel, `pan` -100..100, `send` to the room in permille.

    `starts` is the energy (0 intro, 1 verse, 2 later verse, 3 chorus) from which it plays; `rests` parts play only
    where the tune rests; `shift` (semitones) is how far a double lies from the tune, ±3 or ±4 meaning thirds of
    the scale.
    """

    name: str
    role: Role | Literal["bass"]
    patch: str
    program: int
    lo: int
    hi: int
    starts: int = 0
    centidb: int = 0
    pan: int = 0
    send: int = 0
    voices: int = 3
    rootless: bool = False
    rests: bool = False
    shift: int = 0
    light: Bars = ()
    full: Bars = ()


@dataclass(frozen=True, slots=True)
class StylePack:
    """A style: see the module. `tempo` is (least, most, usual) in beats a minute, `tune` the range of the melody.

    `swing` is (note value that swings: 8, 16 or 0, permille of that value by which every second one is late), `timing`
    the micro-timing of each sixteenth in ticks, `lag` that of single hands, `human` the usual inaccuracy in ticks and
    in velocity.
    """

    name: str
    title: str
    market: str
    about: str
    metre: int
    tempo: tuple[int, int, int]
    tune: tuple[int, int]
    colour: str
    swing: tuple[int, int]
    timing: tuple[int, ...]
    human: tuple[int, int]
    crash: str
    lag: Mapping[str, int]
    drums: Mapping[str, Groove]
    bass: Player
    band: tuple[Player, ...]
    titles: Mapping[str, str]
    sources: tuple[Cited, ...]
    players: tuple[Player, ...] = field(default=())

    def title_in(self, language: str, song: str) -> str:
        """The title of a cover of `song` in a language (BCP 47; the nearest template, English at last)."""
        for tag in (language, language.split("-")[0], "en"):
            if tag in self.titles:
                return self.titles[tag].replace("{title}", song)
        return song


@cache
def packs() -> Mapping[str, StylePack]:
    """Every pack by name, checked. Raises PackError for a pack that cannot be used."""
    folder = files("ritornello.studio") / "packs"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".json"))
    return MappingProxyType({name[:-5]: read((folder / name).read_text("utf-8")) for name in names})


def packs_of(market: str, bpm: float = 0.0) -> tuple[StylePack, ...]:
    """The packs that are at home in a market (ISO 3166-1 alpha-2), those first whose usual tempo is nearest to `bpm`
    or to its half or double; by name without one."""

    def far(one: StylePack) -> float:
        return min(abs(log2(one.tempo[2] / (bpm * step))) for step in (0.5, 1.0, 2.0)) if bpm > 0 else 0.0

    return tuple(sorted((one for one in packs().values() if market and one.market == market), key=far))


def pack(name: str) -> StylePack:
    """One pack. Raises PackError naming the packs there are."""
    if name not in packs():
        raise PackError(name, [Finding("style", f"{name!r} is unknown", f"use {', '.join(packs())}")])
    return packs()[name]


def read(document: Mapping[str, Any] | str) -> StylePack:
    """A pack from its JSON. Raises PackError with every finding."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError as error:
            raise PackError("?", [Finding("pack", f"is not JSON: {error}", "send one JSON object")]) from error
    if not isinstance(document, Mapping):
        raise PackError("?", [Finding("pack", "is not a JSON object", "send one JSON object")])
    found = findings(document)
    if found:
        raise PackError(str(document.get("name", "?")), found)
    bass = _player({"role": "bass", **document["bass"]})
    band = tuple(_player(row) for row in document["band"])
    return StylePack(
        name=document["name"],
        title=document["title"],
        market=document["market"],
        about=document["about"],
        metre=document["metre"],
        tempo=(document["tempo"][0], document["tempo"][1], document["tempo"][2]),
        tune=(document["tune"][0], document["tune"][1]),
        colour=document["colour"],
        swing=(document["swing"][0], document["swing"][1]),
        timing=tuple(document["timing"]),
        human=(document["human"][0], document["human"][1]),
        crash=document["crash"],
        lag=MappingProxyType(dict(document["lag"])),
        drums=MappingProxyType({name: _groove(document["drums"][name]) for name in VARIATIONS}),
        bass=bass,
        band=band,
        titles=MappingProxyType(dict(document["titles"])),
        sources=tuple(Cited(**row) for row in document["sources"]),
        players=(bass, *band),
    )


def _groove(rows: Mapping[str, Sequence[str]]) -> Groove:
    return MappingProxyType(
        {hand: tuple(tuple(14 * int(c) if c != "." else 0 for c in bar) for bar in bars) for hand, bars in rows.items()}
    )


def _bars(rows: Sequence[Sequence[Sequence[Any]]]) -> Bars:
    return tuple(tuple(_event(row) for row in bar) for bar in rows)


def _event(row: Sequence[Any]) -> Event:
    what, velocity = (row[2], row[3]) if isinstance(row[2], str) else (row[3], row[2])
    return (row[0], row[1], what, velocity)


def _player(row: Mapping[str, Any]) -> Player:
    names = ("name", "role", "patch", "program", "lo", "hi", "centidb", "pan", "send", "voices", "rootless", "rests")
    light = _bars(row.get("light", ()))
    return Player(
        **{name: row[name] for name in (*names, "shift") if name in row},
        starts=row.get("from", 0),
        light=light,
        full=_bars(row["full"]) if "full" in row else light,
    )


_KEYS = {
    *("v", "name", "title", "market", "about", "metre", "sources", "titles", "tempo", "tune", "colour", "swing"),
    *("timing", "human", "crash", "lag", "drums", "bass", "band"),
}


def findings(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Everything that is wrong with a pack; empty when it can be used."""
    found = [Finding(name, "is missing", "write it") for name in sorted(_KEYS - set(document))]
    found += [Finding(name, "is not known here", "leave it out") for name in sorted(set(document) - _KEYS)]
    if found:
        return tuple(found)
    if document["v"] != 1:
        found.append(Finding("v", f"is {document['v']!r}", "this engine reads version 1"))
    if document["metre"] not in (3, 4):
        found.append(Finding("metre", f"is {document['metre']!r}", "grooves are written in 3 or 4"))
    if document["colour"] not in COLOURS:
        found.append(Finding("colour", f"is {document['colour']!r}", f"use {', '.join(COLOURS)}"))
    for name, count in (("tempo", 3), ("tune", 2), ("swing", 2), ("human", 2), ("timing", CELLS)):
        values = document[name]
        if not isinstance(values, list) or len(values) != count or not all(type(v) is int for v in values):
            found.append(Finding(name, f"is {values!r}", f"write {count} whole numbers"))
    if not found:
        lo, hi, usual = document["tempo"]
        if not 30 <= lo <= usual <= hi <= 300:
            found.append(Finding("tempo", f"is {document['tempo']}", "write least, most and usual, 30 to 300"))
        if document["swing"][0] not in (0, 8, 16) or not 0 <= document["swing"][1] <= 333:
            found.append(Finding("swing", f"is {document['swing']}", "write 0, 8 or 16, and 0 to 333 permille"))
    found += _sources(document)
    found += _drums(document)
    for where, row in (("bass", {"role": "bass", **document["bass"]}), *_numbered(document["band"])):
        found += _part(where, row)
    roles = [row.get("role") for row in document["band"]]
    if "lead" not in roles or "comp" not in roles:
        found.append(Finding("band", "has nobody for the tune or for the chords", "add a lead and a comp"))
    return tuple(found)


def _numbered(rows: Sequence[Any]) -> list[tuple[str, Any]]:
    return [(f"band[{k}]", row) for k, row in enumerate(rows)]


def _sources(document: Mapping[str, Any]) -> list[Finding]:
    found = []
    if len(document["sources"]) < 2:
        found.append(Finding("sources", f"has {len(document['sources'])}", "cite two sources for the rhythm"))
    for k, row in enumerate(document["sources"]):
        if set(row) != set(Cited.__slots__) or not all(row.values()):
            mend = "write title, author, year, where, what it gives and how it was checked"
            found.append(Finding(f"sources[{k}]", f"is {row!r}", mend))
        elif row["checked"] not in CHECKED:
            found.append(Finding(f"sources[{k}].checked", f"is {row['checked']!r}", f"use {', '.join(CHECKED)}"))
    marks = [row.get("checked") for row in document["sources"] if isinstance(row, Mapping)]
    if document["market"] and "read" not in marks:
        found.append(Finding("sources", "holds none that was read", "cite one that somebody has read"))
    for language, template in document["titles"].items():
        if template.count("{title}") != 1:
            found.append(Finding(f"titles.{language}", f"is {template!r}", "write {title} once"))
    if "en" not in document["titles"]:
        found.append(Finding("titles", "lacks English", "write en"))
    return found


def _drums(document: Mapping[str, Any]) -> list[Finding]:
    found = [Finding(f"drums.{name}", "is missing", "write it") for name in VARIATIONS if name not in document["drums"]]
    hands = [
        (f"drums.{name}.{hand}", hand, bars) for name, rows in document["drums"].items() for hand, bars in rows.items()
    ]
    for where, hand, bars in hands:
        if hand not in STROKES:
            found.append(Finding(where, "is no hand", f"use {', '.join(STROKES)}"))
        for bar in bars:
            if len(bar) != CELLS or set(bar) - set(".123456789"):
                found.append(Finding(where, f"holds {bar!r}", f"write {CELLS} digits or points"))
        if len(bars) not in (1, 2):
            found.append(Finding(where, f"has {len(bars)} bars", "write one or two"))
    for name in ([document["crash"]] if document["crash"] else []) + list(document["lag"]):
        if name not in STROKES:
            found.append(Finding("crash or lag", f"names {name!r}", f"use {', '.join(STROKES)}"))
    return found


def _part(where: str, row: Mapping[str, Any]) -> list[Finding]:
    found = []
    if row.get("patch") not in PERFORMERS or row.get("patch") in KITS:
        found.append(Finding(f"{where}.patch", f"is {row.get('patch')!r}", f"use {', '.join(PERFORMERS)}"))
    if row.get("role") not in ("bass", "comp", "pad", "lead", "double", "riff"):
        found.append(Finding(f"{where}.role", f"is {row.get('role')!r}", "use comp, pad, lead, double or riff"))
    for name, lo, hi in (("program", 0, 127), ("lo", 12, 108), ("hi", 12, 108)):
        if type(row.get(name)) is not int or not lo <= row[name] <= hi:
            found.append(Finding(f"{where}.{name}", f"is {row.get(name)!r}", f"write {lo} to {hi}"))
    if not found and row["hi"] - row["lo"] < 12:
        found.append(Finding(f"{where}.hi", f"leaves {row['hi'] - row['lo']} semitones", "leave an octave or more"))
    words = DEGREES if row.get("role") in ("bass", "riff") else VOICES
    for name in ("light", "full"):
        for k, bar in enumerate(row.get(name, ())):
            for event in bar:
                whats = [value for value in event if isinstance(value, str)]
                numbers = [value for value in event if type(value) is int]
                fits = len(event) == 4 and len(whats) == 1 and whats[0] in words and len(numbers) == 3
                if not fits or not 0 <= event[0] < CELLS or not 0 < event[1] <= 2 * CELLS:
                    found.append(
                        Finding(f"{where}.{name}[{k}]", f"holds {event!r}", f"write one of {', '.join(words)}")
                    )
    return found


def groove_cells(style: StylePack) -> frozenset[tuple[str, int]]:
    """Where the full groove strikes in two bars from the downbeat, whoever plays: (role, sixteenth 0..31)."""
    return frozenset(
        (role_of(hand), k)
        for hand, bars in style.drums["full"].items()
        for k in range(2 * CELLS)
        if bars[k // CELLS % len(bars)][k % CELLS]
    )


def groove_difference(a: StylePack, b: StylePack) -> float:
    """The share of the cells that at least one of two grooves strikes in which the other is silent.

    Cells are roles times sixteenths with the bars laid upon each other, so neither another drum in the same role nor
    another force makes a difference, and rests of both count for nothing.
    """
    one, other = groove_cells(a), groove_cells(b)
    return len(one ^ other) / max(1, len(one | other))


def differing_aspects(a: StylePack, b: StylePack) -> tuple[str, ...]:
    """In which of bass, comping and instrumentation two styles differ.

    Bass: another pattern in choruses. Comping: fewer than half of the places in common. Instrumentation: fewer than
    half of the patches in common.
    """
    out = []
    if a.bass.full != b.bass.full and _overlap(_places((a.bass,)), _places((b.bass,))) < 0.75:
        out.append("bass")
    comps = [_places([player for player in style.band if player.role == "comp"]) for style in (a, b)]
    if _overlap(*comps) < 0.5:
        out.append("comping")
    if _overlap(*({player.patch for player in style.players} for style in (a, b))) < 0.5:
        out.append("instrumentation")
    return tuple(out)


def _places(players: Sequence[Player]) -> set[tuple[int, str]]:
    """Two bars of the full pattern: (sixteenth, what is played)."""
    return {
        (bar * CELLS + at, what)
        for player in players
        for bar in range(2)
        for at, _, what, _ in (player.full[bar % len(player.full)] if player.full else ())
    }


def _overlap(a: set[Any], b: set[Any]) -> float:
    return len(a & b) / max(1, len(a | b))
