"""A decision's document as people read it: one question, one answer, and every reason behind it once.

The document repeats a reason for each zone of the rules and each group of cells; here what says the same is one
sentence, with its territories joined. Nothing is decided and nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from ritornello.identifiers.territories import NOWHERE, TerritorySet
from ritornello.proof import canonical_json, sha256_hex
from ritornello.web import field_words as w
from ritornello.web.frames import Names
from ritornello.web.views import (
    DecisionCell,
    DecisionPlace,
    DecisionRow,
    DecisionView,
    LicenceView,
    Link,
    NearestView,
    ReasonView,
    State,
)
from ritornello.web.wording import hundredths, signed_cents, signed_permille

_MOST_ROWS = 12
_STATES: dict[str, State] = {"allow": "yes", "needs_approval": "ask", "deny": "no"}
_CELL_WORDS: dict[State, str] = {"yes": "Allowed", "ask": "Asks first", "no": "Not allowed", "wait": "No answer yet"}
_SILENT = "HOLDER_SILENT"


def question(document: Mapping[str, Any], song: str, names: Names) -> str:
    """The request as a question."""
    request = document["request"]
    kind = w.an(w.listed((w.words(t, w.TYPES) for t in request["types"]), "and at once"))
    acts = [w.words(act, w.ACTS) for act in request["acts"]]
    services = w.listed(map(names, request["services"]))
    where = w.places(request["territories"])
    where = where if where == "worldwide" or where.startswith("worldwide ") else f"in {where}"
    return f"May {names(request['person']['id'])} {w.listed(acts)} {kind} of {song} {where}, on {services}?"


def row(document: Mapping[str, Any], song: str, names: Names) -> DecisionRow:
    """One line of the list of decisions."""
    said = _Said(document, names)
    return DecisionRow(
        document["id"],
        question(document, song, names),
        said.state,
        f"{said.verdict}. {said.answer}",
        names(document["request"]["person"]["id"]),
        _instant(document["request"]["at"]),
    )


def view(
    document: Mapping[str, Any],
    song: Link,
    names: Names,
    *,
    licence: LicenceView | None = None,
    derivative: Link | None = None,
) -> DecisionView:
    """The page of one decision."""
    said = _Said(document, names)
    request = document["request"]
    return DecisionView(
        id=document["id"],
        song=song,
        question=question(document, song.label, names),
        state=said.state,
        verdict=said.verdict,
        answer=said.answer,
        asked_by=names(request["person"]["id"]),
        at=_instant(request["at"]),
        services=tuple(map(names, request["services"])),
        places=tuple(said.places()),
        reasons=tuple(_reasons(document, names)),
        largest_scope="" if said.state == "yes" or said.verdict == "No" else w.places(document["largest_scope"]),
        nearest=tuple(_nearest(document, names)),
        licence=licence,
        derivative=derivative,
        content_hash=_hash(document),
    )


class _Said:
    """The answers of a document by cell."""

    def __init__(self, document: Mapping[str, Any], names: Names) -> None:
        self.document, self.names = document, names
        request = document["request"]
        self.asked = TerritorySet.parse(request["territories"])
        self.cells: dict[tuple[str, str], list[tuple[TerritorySet, State, tuple[str, ...]]]] = {}
        self.silent: dict[str, TerritorySet] = {}
        others: dict[str, TerritorySet] = {}
        for reason in document["reasons"]:
            if reason["effect"] == "deny":
                kept = self.silent if reason["code"] == _SILENT else others
                for cell in reason["where"]:
                    kept[cell] = kept.get(cell, NOWHERE) | TerritorySet.parse(reason["territories"])
        for answer in document["answers"]:
            cell = f"{answer['act']}@{answer['service']}"
            where = TerritorySet.parse(answer["territories"])
            self._add(answer, cell, where, others.get(cell, NOWHERE))

    def _add(self, answer: Mapping[str, Any], cell: str, where: TerritorySet, refused: TerritorySet) -> None:
        """A refusal that rests on silence alone is told apart: there, somebody has still to answer."""
        kept = self.cells.setdefault((answer["act"], answer["service"]), [])
        state = _STATES[answer["outcome"]]
        waiting = where & (self.silent.get(cell, NOWHERE) - refused) if state == "no" else NOWHERE
        if waiting:
            kept.append((waiting, "wait", ()))
        if where - waiting:
            kept.append((where - waiting, state, tuple(answer["approvers"])))

    @property
    def state(self) -> State:
        """The best that any territory gets: there, the meet over all acts and services."""
        if self.largest:
            return "yes"
        _, waits, asks = self._elsewhere()
        return "ask" if asks else "wait" if waits else "no"

    @property
    def verdict(self) -> str:
        if self.document["outcome"] == "allow":
            return "Yes"
        return {
            "yes": "Yes, but not everywhere",
            "ask": "Only after asking",
            "wait": "Not until everybody has answered",
        }.get(self.state, "No")

    @property
    def answer(self) -> str:
        """Where it is allowed, where somebody is asked, where it is refused and by what, in a few short sentences."""
        refused, waits, asks = self._elsewhere()
        told = []
        if self.largest:
            told.append(f"Allowed {_in(self.largest)}.")
        if asks:
            told.append(f"{w.sentence(_in(asks))}, only when {self._approvers()} agrees.")
        if waits:
            told.append(f"{w.sentence(_in(waits))}, {self._silent_holders()} has not answered, and silence is no.")
        if refused:
            told.append(f"Not allowed {_in(refused)}: {self._first_refusal()}.")
        return " ".join(told)

    @cached_property
    def largest(self) -> TerritorySet:
        return TerritorySet.parse(self.document["largest_scope"])

    def _elsewhere(self) -> tuple[TerritorySet, TerritorySet, TerritorySet]:
        """Outside the largest scope: where something is refused, else waits, else is asked."""
        refused = self._somewhere("no") - self.largest
        waits = self._somewhere("wait") - self.largest - refused
        return refused, waits, self._somewhere("ask") - self.largest - refused - waits

    def _somewhere(self, state: State) -> TerritorySet:
        found = NOWHERE
        for cell in self.cells.values():
            for where, one, _ in cell:
                found = found | where if one == state else found
        return found

    def _approvers(self) -> str:
        ids = {name for cell in self.cells.values() for _, _, names in cell for name in names}
        return w.listed(sorted(map(self.names, ids))) or "a holder"

    def _silent_holders(self) -> str:
        ids = {r["holder"] for r in self.document["reasons"] if r["code"] == _SILENT and r["holder"]}
        return w.listed(sorted(map(self.names, ids))) or "somebody who holds a right"

    def _first_refusal(self) -> str:
        denied = [r for r in self.document["reasons"] if r["effect"] == "deny" and r["code"] != _SILENT]
        return str(denied[0]["words"]) if denied else "somebody who holds a right has not answered"

    def places(self) -> list[DecisionPlace]:
        """One row for each territory, or group of many; acts that are answered alike stand together."""
        services = self.document["request"]["services"]
        answers: dict[tuple[tuple[str, str, tuple[DecisionCell, ...]], ...], list[str]] = {}
        for act in self.document["request"]["acts"]:
            rows = tuple(
                (str(zone), _name(zone), tuple(self._cell(act, service, zone) for service in services))
                for zone in self._zones(act)
            )
            answers.setdefault(rows, []).append(w.words(act, w.ACTS))
        return [DecisionPlace(w.sentence(w.listed(acts)), *row) for rows, acts in answers.items() for row in rows]

    def _zones(self, act: str) -> list[TerritorySet]:
        if len(self.asked) <= _MOST_ROWS:
            return [TerritorySet.of(code) for code in sorted(self.asked.codes)]
        zones = [self.asked]
        for (one, _), answers in self.cells.items():
            if one == act:
                zones = [part for zone in zones for where, _, _ in answers if (part := zone & where)]
        return zones

    def _cell(self, act: str, service: str, zone: TerritorySet) -> DecisionCell:
        for where, state, approvers in self.cells.get((act, service), ()):
            if where.covers(zone):
                asks = f"{w.listed(sorted(map(self.names, approvers)))} is asked first" if approvers else ""
                return DecisionCell(self.names(service), state, asks or _CELL_WORDS[state])
        return DecisionCell(self.names(service), "none", "Not asked")


@dataclass
class _Joined:
    """Entries of a document that say the same thing."""

    first: Mapping[str, Any]
    territories: TerritorySet = NOWHERE
    rights: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    services: list[str] = field(default_factory=list)


_EFFECTS: dict[str, State] = {"deny": "no", "needs_approval": "ask", "allow": "yes"}
_ORDER: dict[State, int] = {"no": 0, "wait": 1, "ask": 2, "yes": 3, "none": 4}


def _reasons(document: Mapping[str, Any], names: Names) -> list[ReasonView]:
    joined: dict[tuple[str, ...], _Joined] = {}
    for entry in document["reasons"]:
        offer = entry["offer"] or {"id": "", "version": 0}
        key = (entry["code"], entry["holder"], offer["id"], str(offer["version"]), entry["detail"], entry["reference"])
        one = joined.setdefault(key, _Joined(entry))
        one.territories = one.territories | TerritorySet.parse(entry["territories"])
        if entry["right"] and entry["right"] not in one.rights:
            one.rights.append(entry["right"])
        if entry["rule"] and entry["rule"]["id"] not in one.rules:
            one.rules.append(entry["rule"]["id"])
        services = (cell.partition("@")[2] for cell in entry["where"])
        one.services += [service for service in services if service not in one.services]
    count = len(document["request"]["services"])
    found = [_reason(one, names, everywhere=len(one.services) >= count) for one in joined.values()]
    return sorted(found, key=lambda reason: _ORDER[reason.state])


def _reason(one: _Joined, names: Names, *, everywhere: bool) -> ReasonView:
    entry = one.first
    holder = names(entry["holder"]) if entry["holder"] else ""
    words = f"{holder}: {entry['words']}" if holder else w.sentence(entry["words"])
    told = told_detail(entry["code"], entry["detail"])
    detail = f" ({told})" if told else ""
    offer, rule = entry["offer"], entry["rule"]
    return ReasonView(
        state="wait" if entry["code"] == _SILENT else _EFFECTS.get(entry["effect"], "none"),
        sentence=f"{words}{detail}.",
        right=w.sentence(w.listed(w.words(right, w.RIGHTS) for right in one.rights)),
        holder="",
        territories=w.places(str(one.territories))
        + ("" if everywhere else f" on {w.listed(map(names, one.services))}"),
        offer=entry["reference"] if offer is None else f"answer on file, version {offer['version']}",
        rule=w.listed(one.rules[:3]) + (f" and {len(one.rules) - 3} more" if len(one.rules) > 3 else ""),
        rule_date=date.fromisoformat(rule["dated"]) if rule else None,
        code=entry["code"],
    )


_DETAIL = re.compile(r"(-?\d+) not in (-?\d+)\.\.(-?\d+)")
_MEASURES = {
    "TEMPO_OUT_OF_BOUNDS": "tempo_permille",
    "KEY_OUT_OF_BOUNDS": "key_cents",
    "LOUDNESS_OUT_OF_BOUNDS": "loudness_centilu",
}


_SHARES = re.compile(r"(\d+) (under|over) (\d+)")
_CODED = {"TYPE_NOT_ALLOWED": w.TYPES, "STRUCTURE_NOT_ALLOWED": {}, "LOCALE_NOT_ALLOWED": {}, "GENRE_NOT_ALLOWED": {}}


def told_detail(code: str, detail: str) -> str:
    """The detail of a reason without codes and bare numbers: ranges, shares and lengths with their unit."""
    if code in _CODED:
        return w.words(detail, _CODED[code])
    if code in ("TOO_LITTLE_ORIGINAL", "TOO_MUCH_ADDED", "EXTRACT_TOO_LONG"):
        name = "extract_ms" if code == "EXTRACT_TOO_LONG" else "share_permille"
        detail = _SHARES.sub(
            lambda found: f"{_value(name, int(found[1]))} {found[2]} {_value(name, int(found[3]))}", detail
        )
    return _DETAIL.sub(lambda found: _range(code, found), detail)


def _range(code: str, found: re.Match[str]) -> str:
    """ "220 not in -150..150" with the unit that the code speaks of."""
    asked, low, high = (_value(_MEASURES.get(code, ""), int(part)) for part in found.groups())
    return f"{asked} was asked, {low} to {high} is allowed"


def _nearest(document: Mapping[str, Any], names: Names) -> list[NearestView]:
    """What differs between what was asked and the nearest that would be allowed."""
    asked, near = document["request"], document["nearest"]
    if near is None or document["outcome"] == "allow":
        return []
    found = []
    for name, before in asked["plan"].items():
        after = near["plan"].get(name)
        if after != before:
            label = w.sentence(name.removesuffix("_permille").removesuffix("_cents").replace("_", " "))
            found.append(NearestView(label, _value(name, before), "", _value(name, after)))
    for name, label in (("types", "Kind"), ("acts", "What is done with it"), ("services", "Services")):
        if asked[name] != near[name]:
            tables: dict[str, dict[str, str]] = {"types": w.TYPES, "acts": w.ACTS, "services": {}}
            told = [
                w.listed(names(one) if name == "services" else w.words(one, tables[name]) for one in part[name])
                for part in (asked, near)
            ]
            found.append(NearestView(label, told[0], "", told[1]))
    if asked["territories"] != near["territories"]:
        found.append(NearestView("Where", w.places(asked["territories"]), "", w.places(near["territories"])))
    return found


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "any"}[value]
    if isinstance(value, list):
        return w.listed(map(str, value)) or "none"
    if not isinstance(value, int):
        return str(value)
    if name == "tempo_permille":
        return signed_permille(1000 + value)
    if name == "key_cents":
        return signed_cents(value)
    if name.endswith("_permille"):
        return f"{value // 10}.{value % 10} %".replace(".0 ", " ")
    if name in {"loudness_centilu", "true_peak_centidb"}:
        return hundredths(value, "LUFS" if name == "loudness_centilu" else "dBTP")
    return f"{value / 1000:g} s" if name.endswith("_ms") else str(value)


def _hash(document: Mapping[str, Any]) -> str:
    """The content hash that the decision's id was made from: over everything but the id."""
    return sha256_hex(canonical_json({name: value for name, value in document.items() if name != "id"}))


def _in(zone: TerritorySet) -> str:
    name = w.places(str(zone))
    return name if name.startswith("worldwide") else f"in {name}"


def _name(zone: TerritorySet) -> str:
    return w.sentence(w.places(str(zone)))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
