"""The rights rules: which rights a type of derivative touches, and what holds in a territory when nobody has answered.

Rules are a dated data file with a source and a reviewed flag, validated on load and replaceable without code. A
territory without a row of its own falls to EU if it is a member, all others to `*`: all co-owners, and deny (ask for
moral rights). Nothing here is legal advice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from ritornello.consent.codes import ACTS, MASTER_RIGHTS, MORAL_RIGHTS, RIGHTS, TYPES
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.identifiers.territories import EU_MEMBERS, WORLD, TerritorySet
from ritornello.proof import canonical_json, sha256_hex


class Default(StrEnum):
    """What holds when nobody has answered, laxest first."""

    NONE = "NONE"
    BLANKET = "BLANKET"
    ASK = "ASK"
    DENY = "DENY"


class CoOwner(StrEnum):
    """Who of several holders must agree, laxest first."""

    CMO = "cmo"
    ANY = "any"
    EACH = "each"
    ALL = "all"


_STRICT_DEFAULT = {value: place for place, value in enumerate(Default)}
_STRICT_OWNER = {value: place for place, value in enumerate(CoOwner)}


class Masks(NamedTuple):
    """For one right, the territories (as masks) by default and by co-owner rule."""

    none: int
    blanket: int
    ask: int
    deny: int
    any: int
    all: int
    """Where every co-owner must agree and the shares must reach 100 %."""


class Rule(NamedTuple):
    """One row: what holds for one right in one zone."""

    right: str
    zone: str
    default: Default
    co_owner: CoOwner
    grantor: str
    note: str
    waivable: str

    @property
    def id(self) -> str:
        return f"{self.right}|{self.zone}"


@dataclass(frozen=True)
class RightsRules:
    """A validated rule file; `sha256` is of its canonical JSON and goes into every decision."""

    version: str
    dated: date
    source: str
    reviewed: bool
    types: Mapping[str, tuple[str, ...]]
    rows: Mapping[tuple[str, str], Rule]
    act_rights: Mapping[str, frozenset[str]]
    blanket_acts: frozenset[str]
    switches: Mapping[str, bool]
    sha256: str
    _masks: dict[str, Masks] = field(default_factory=dict, repr=False, compare=False)

    @staticmethod
    def load(path: Path) -> RightsRules:
        """Read and validate a rule file; `ConsentError` lists everything wrong in it."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConsentError.of("rules", f"{path} cannot be read: {error}", "name a rule file in JSON") from error
        if not isinstance(document, dict):
            raise ConsentError.of("rules", f"{path} holds no object", "write it as the shipped rule file")
        return RightsRules.from_document(document)

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> RightsRules:
        raise_any(_findings(document))
        rows = {}
        for key, row in document["grants"].items():
            right, zone = key.split("|")
            rows[right, zone] = Rule(
                right, zone, Default(row["default"]), CoOwner(row["co_owner"]),
                row["grantor"], row["note"], row["waivable"],
            )  # fmt: skip
        return RightsRules(
            version=document["version"],
            dated=date.fromisoformat(document["dated"]),
            source=document["source"],
            reviewed=document["reviewed"],
            types={name: tuple(rights) for name, rights in document["types"].items()},
            rows=rows,
            act_rights={act: frozenset(rights) for act, rights in document["acts"].items()},
            blanket_acts=frozenset(document["blanket_acts"]),
            switches=dict(document["switches"]),
            sha256=sha256_hex(canonical_json(document)),
        )

    def zone(self, territory: str) -> str:
        """The zone whose rows hold for a territory: its own, `EU` for members, else `*`."""
        if ("M_USE", territory) in self.rows:
            return territory
        return "EU" if territory in EU_MEMBERS else "*"

    @cached_property
    def zone_masks(self) -> Mapping[str, int]:
        """Every zone with the mask of the territories that fall to it."""
        found: dict[str, int] = {}
        for territory in WORLD:
            zone = self.zone(territory)
            found[zone] = found.get(zone, 0) | TerritorySet.of(territory).mask
        return found

    @cached_property
    def default_mask(self) -> int:
        """The territories that have no rows of their own."""
        return sum(mask for zone, mask in self.zone_masks.items() if zone in ("EU", "*"))

    def masks(self, right: str) -> Masks:
        found = self._masks.get(right)
        if found is None:
            rules = [(self.rule(right, zone), mask) for zone, mask in self.zone_masks.items()]
            by_default = {d: sum(mask for rule, mask in rules if rule.default is d) for d in Default}
            found = Masks(
                none=by_default[Default.NONE],
                blanket=by_default[Default.BLANKET],
                ask=by_default[Default.ASK],
                deny=by_default[Default.DENY],
                any=sum(mask for rule, mask in rules if rule.co_owner is CoOwner.ANY),
                all=sum(mask for rule, mask in rules if rule.co_owner is not CoOwner.EACH),
            )
            self._masks[right] = found
        return found

    def rule(self, right: str, zone: str) -> Rule:
        """The row of a right in a zone; `*` is derived: all co-owners, deny, but ask for moral rights."""
        row = self.rows.get((right, zone))
        return row if row is not None else _general(right)

    def rights_of(
        self, types: Iterable[str], *, conditioned_on_master: bool = False, video: bool = False
    ) -> tuple[str, ...]:
        """The rights that a derivative of these types touches, in the order of `RIGHTS`."""
        needed: set[str] = set()
        for name in types:
            needed.update(self.types[name])
        if conditioned_on_master:
            needed |= MASTER_RIGHTS
        if video:
            needed.add("C_SYNC")
        return tuple(right for right in RIGHTS if right in needed)

    def lookup(
        self, types: Iterable[str], territories: Iterable[str], *, conditioned: bool = False, video: bool = False
    ) -> dict[str, tuple[Default, CoOwner]]:
        """The raw table: per right the strictest default and co-owner rule over the territories, before any switch."""
        zones = [self.zone(territory) for territory in territories]
        found = {}
        for right in self.rights_of(types, conditioned_on_master=conditioned, video=video):
            rules = [self.rule(right, zone) for zone in zones]
            found[right] = (
                max((rule.default for rule in rules), key=_STRICT_DEFAULT.__getitem__),
                max((rule.co_owner for rule in rules), key=_STRICT_OWNER.__getitem__),
            )
        return found


@cache
def shipped() -> RightsRules:
    """The rules that come with the package: a starting point that counsel has not reviewed."""
    text = resources.files("ritornello.consent").joinpath("data/rights_rules.json").read_text(encoding="utf-8")
    return RightsRules.from_document(json.loads(text))


@cache
def _general(right: str) -> Rule:
    moral = right in MORAL_RIGHTS
    return Rule(
        right=right,
        zone="*",
        default=Default.ASK if moral else Default.DENY,
        # rights of persons have no shares that could add up: every person is asked
        co_owner=CoOwner.EACH if moral or right in ("VOICE", "NAME") else CoOwner.ALL,
        grantor="every holder",
        note="no rules for this territory",
        waivable="no",
    )


def _findings(document: Mapping[str, Any]) -> list[Finding]:
    found = [
        Finding(name, "is missing", "a rule file is dated, names its source and says whether it was reviewed")
        for name in ("version", "dated", "source", "reviewed", "types", "grants", "acts", "blanket_acts", "switches")
        if name not in document
    ]
    if found:
        return found
    if not isinstance(document["reviewed"], bool):
        found.append(Finding("reviewed", "is no yes or no", "write true or false"))
    if not document["source"]:
        found.append(Finding("source", "is empty", "say where the rules come from"))
    try:
        date.fromisoformat(document["dated"])
    except (TypeError, ValueError):
        found.append(Finding("dated", f"{document['dated']!r} is no date", "write it as 2026-07-31"))
    for name in sorted(set(TYPES) ^ set(document["types"])):
        found.append(Finding(f"types.{name}", "is missing or unknown", f"the types are {', '.join(TYPES)}"))
    for name, rights in document["types"].items():
        found += [
            Finding(f"types.{name}", f"{r!r} is no right", "use the rights' codes") for r in rights if r not in RIGHTS
        ]
    found += _grant_findings(document["grants"])
    for act in sorted(set(ACTS) ^ set(document["acts"])):
        found.append(Finding(f"acts.{act}", "is missing or unknown", f"the acts are {', '.join(ACTS)}"))
    for act, rights in document["acts"].items():
        found += [
            Finding(f"acts.{act}", f"{r!r} is no right", "use the rights' codes") for r in rights if r not in RIGHTS
        ]
    # rules of the trade, 6: a blanket never covers making an adaptation, downloads or video
    for act in sorted(set(document["blanket_acts"]) - {"publish", "deliver", "monetise"}):
        found.append(
            Finding("blanket_acts", f"{act!r} cannot rest on a blanket", "only publish, deliver, monetise can")
        )
    for name, value in document["switches"].items():
        if name != "us_any_co_owner" or not isinstance(value, bool):
            found.append(Finding(f"switches.{name}", "is no switch, or not yes or no", "known: us_any_co_owner"))
    return found


def _grant_findings(grants: Mapping[str, Any]) -> list[Finding]:
    found = []
    zones = {key.partition("|")[2] for key in grants}
    for zone in sorted(zones):
        for right in RIGHTS:
            if f"{right}|{zone}" not in grants:
                found.append(Finding(f"grants.{right}|{zone}", "is missing", "a territory has a row for every right"))
    for key, row in grants.items():
        right, _, zone = key.partition("|")
        if right not in RIGHTS or not (len(zone) == 2 and zone.isalpha() and zone.isupper()):
            found.append(Finding(f"grants.{key}", "is no RIGHT|TERRITORY", "write it as M_USE|DE"))
        if missing := {"default", "co_owner", "grantor", "note", "waivable"} - set(row):
            found.append(Finding(f"grants.{key}", f"lacks {', '.join(sorted(missing))}", "write every field"))
            continue
        if row["default"] not in set(Default):
            found.append(
                Finding(f"grants.{key}.default", f"{row['default']!r} is unknown", "DENY, ASK, BLANKET or NONE")
            )
        if row["co_owner"] not in set(CoOwner):
            found.append(Finding(f"grants.{key}.co_owner", f"{row['co_owner']!r} is unknown", "all, each, any or cmo"))
        if row["default"] == "BLANKET" and right not in ("C_MECH", "C_PERF"):
            found.append(Finding(f"grants.{key}.default", "cannot be a blanket", "only C_MECH and C_PERF can"))
    return found
