"""Sets of territories: ISO 3166-1 alpha-2 codes, written as people in the trade write them ("WW ex JP").

A set is what consents, shares and deals are limited to. It is exact: "EU" means the member states of `AS_OF`, and the
shortest writing of a set always reads back as the same set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ritornello.identifiers.reading import IdentifierError

KIND = "territory"
AS_OF = date(2026, 1, 1)
"""The day whose ISO 3166-1 list and EU membership are held here."""

# ISO 3166-1 alpha-2, and XK (Kosovo), which is user-assigned but what services report with.
_CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
VN VU WF WS XK YE YT ZA ZM ZW
"""
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

ALL: frozenset[str] = frozenset(_CODES.split())
EU_MEMBERS: frozenset[str] = frozenset(_MEMBERS.split())

_ORDER = tuple(sorted(ALL))
_BIT = {code: 1 << place for place, code in enumerate(_ORDER)}
_WORLD_MASK = (1 << len(_ORDER)) - 1
_EU_MASK = sum(_BIT[code] for code in EU_MEMBERS)
_GROUPS = {"WW": _WORLD_MASK, "WORLDWIDE": _WORLD_MASK, "WORLD": _WORLD_MASK, "*": _WORLD_MASK, "EU": _EU_MASK}
_MISTAKEN = {"UK": "GB", "EL": "GR", "USA": "US", "GBR": "GB", "DEU": "DE", "JPN": "JP", "FRA": "FR"}
_EXCEPT = re.compile(r"\b(?:EX|EXCEPT|EXCL|EXCLUDING|WITHOUT)\b[.:]?", re.IGNORECASE)
_EMPTY = "none"


@dataclass(frozen=True, slots=True)
class TerritorySet:
    """An immutable set of territories; one bit per code, so that intersecting two costs nothing."""

    mask: int

    @staticmethod
    def parse(text: str) -> TerritorySet:
        """Read "WW", "DE, FR", "EU", "WW ex JP, CN", "EU, CH ex DE", "*, -US" or "none". Raises `IdentifierError`."""
        return _parsed(text) if isinstance(text, str) else TerritorySet._parse(text)

    @staticmethod
    def _parse(text: str) -> TerritorySet:
        if not isinstance(text, str) or not text.strip():
            raise IdentifierError(KIND, text, "it is empty", 'write codes such as "DE, FR", or "WW", or "none"')
        if text.strip().lower() == _EMPTY:
            return NOWHERE
        halves = _EXCEPT.split(text)
        if len(halves) > 2:
            raise IdentifierError(KIND, text, '"ex" stands in it twice', 'write one list after one "ex"')
        included = excluded = 0
        for token in _tokens(halves[0]):
            if token.startswith("-"):
                excluded |= _mask_of(token[1:], text)
            else:
                included |= _mask_of(token, text)
        exceptions = _tokens(halves[1]) if len(halves) == 2 else []
        if len(halves) == 2 and not exceptions:
            raise IdentifierError(KIND, text, 'nothing follows "ex"', "name the territories that are taken out")
        for token in exceptions:
            excluded |= _mask_of(token, text)
        if not included:
            raise IdentifierError(KIND, text, "it names nothing to take from", 'begin with "WW" or with codes')
        return TerritorySet(included & ~excluded)

    @staticmethod
    def of(*codes: str) -> TerritorySet:
        """The set of these codes. Raises `IdentifierError` for one that is no territory."""
        return TerritorySet.from_codes(codes)

    @staticmethod
    def from_codes(codes: Iterable[str]) -> TerritorySet:
        mask = 0
        for code in codes:
            mask |= _bit_of(code)
        return TerritorySet(mask)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(self)

    def contains(self, code: str) -> bool:
        """Whether one territory (alpha-2) is in the set. Raises `IdentifierError` where the code is no territory."""
        return bool(self.mask & _bit_of(code))

    def covers(self, other: TerritorySet) -> bool:
        """Whether all of `other` is in this set."""
        return other.mask & ~self.mask == 0

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and bool(self.mask & _BIT.get(code, 0))

    def __iter__(self) -> Iterator[str]:
        return (code for code in _ORDER if self.mask & _BIT[code])

    def __len__(self) -> int:
        return self.mask.bit_count()

    def __and__(self, other: TerritorySet) -> TerritorySet:
        return TerritorySet(self.mask & other.mask)

    def __or__(self, other: TerritorySet) -> TerritorySet:
        return TerritorySet(self.mask | other.mask)

    def __sub__(self, other: TerritorySet) -> TerritorySet:
        return TerritorySet(self.mask & ~other.mask)

    def __str__(self) -> str:
        """The shortest writing that `parse` reads back as this set; of equally short ones, the plainest."""
        return _shortest(self.mask)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> TerritorySet:
    return TerritorySet._parse(text)


@lru_cache(maxsize=4096)
def _shortest(mask: int) -> str:
    outside = _WORLD_MASK & ~mask
    if not mask or not outside:
        return "WW" if mask else _EMPTY
    candidates = [_listed(mask), f"WW ex {_listed(outside)}"]
    if mask & _EU_MASK == _EU_MASK:
        candidates.append(_with_union(mask))
    else:
        candidates.append(f"{_with_union(mask | _EU_MASK)} ex {_listed(_EU_MASK & ~mask)}")
    if outside & _EU_MASK == _EU_MASK:
        candidates.append(f"WW ex {_with_union(outside)}")
    return min(candidates, key=len)


def _listed(mask: int) -> str:
    return ", ".join(code for code in _ORDER if mask & _BIT[code])


def _with_union(mask: int) -> str:
    """A mask that holds the whole EU, written with its name in place of its members."""
    return ", ".join(part for part in ("EU", _listed(mask & ~_EU_MASK)) if part)


def _tokens(text: str) -> list[str]:
    return [token for token in re.split(r"[\s,;/+|]+", text.strip()) if token]


def _mask_of(token: str, text: str) -> int:
    upper = token.upper()
    if upper in _GROUPS:
        return _GROUPS[upper]
    return _bit_of(upper, text)


def _bit_of(code: str, text: str | None = None) -> int:
    bit = _BIT.get(code)
    if bit is not None:
        return bit
    upper = code.strip().upper()
    meant = _MISTAKEN.get(upper) or (upper if upper in _BIT else None)
    mend = f"did you mean {meant}?" if meant else 'use ISO 3166-1 alpha-2 codes such as "DE", or "WW" or "EU"'
    raise IdentifierError(KIND, text or code, f"{code!r} is no territory", mend, meant)


WORLD = TerritorySet(_WORLD_MASK)
EU = TerritorySet(_EU_MASK)
NOWHERE = TerritorySet(0)
