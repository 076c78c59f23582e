"""What is told of a recording when it is brought: one document with its people, its works, and who owns what.

The document is read whole: everything that is wrong with it is told at once, each with its field, before anybody
looks into the books. Parties are named by the sender's own references, or by their id here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.model import RightType
from ritornello.identifiers import IdentifierError, isrc, iswc
from ritornello.identifiers.territories import TerritorySet

KINDS = ("person", "company", "group", "society")
MOST_ROWS = 200
"""Parties, works, credits or shares that one document tells of."""

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "": (
        *("isrc", "title", "version_title", "artist", "label", "year", "genre", "explicit", "p_line", "c_line"),
        *("performers", "parties", "works", "shares"),
    ),
    "parties": ("reference", "name", "kind", "country", "ipi", "isni"),
    "performers": ("party", "role", "name_as_credited"),
    "works": ("title", "iswc", "language", "writers"),
    "writers": ("party", "role", "name_as_credited"),
    "shares": ("right", "party", "share", "territories", "valid_from", "valid_to"),
}


class ArrivalRefused(ValueError):
    """A recording that cannot be brought as it was told; `findings` holds everything that is wrong."""

    def __init__(self, findings: Sequence[CatalogueError]) -> None:
        super().__init__("; ".join(map(str, findings)))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class ToldParty:
    """Somebody who is new here, under the sender's own reference."""

    reference: str
    name: str
    kind: str = "person"
    country: str | None = None
    ipi: str | None = None
    isni: str | None = None


@dataclass(frozen=True, slots=True)
class ToldCredit:
    """Who did what: a party by reference or id, a role in the field's words."""

    party: str
    role: str
    name_as_credited: str | None = None


@dataclass(frozen=True, slots=True)
class ToldWork:
    """A work that the recording performs. `language` is an ISO 639 code, None for music without words."""

    title: str
    iswc: str | None = None
    language: str | None = None
    writers: tuple[ToldCredit, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldShare:
    """What a party owns: of the composition in every work, of the other rights in the recording."""

    right: RightType
    party: str
    share: Fraction
    territories: TerritorySet
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A recording as it is told of, known by its ISRC. An empty title: it is in the catalogue already."""

    isrc: str
    title: str = ""
    version_title: str | None = None
    artist: str = ""
    label: str = ""
    year: int | None = None
    genre: str | None = None
    explicit: bool = False
    p_line: str | None = None
    c_line: str | None = None
    performers: tuple[ToldCredit, ...] = ()
    parties: tuple[ToldParty, ...] = ()
    works: tuple[ToldWork, ...] = ()
    shares: tuple[ToldShare, ...] = ()

    def named(self) -> tuple[str, ...]:
        """Every party that is named somewhere, each once."""
        names = [self.artist, self.label, *(one.party for one in self.performers), *(one.party for one in self.shares)]
        names += [credit.party for work in self.works for credit in work.writers]
        return tuple(dict.fromkeys(filter(None, names)))


def told_of(document: object) -> Told:
    """Read what is told of a recording. Raises `ArrivalRefused` with every finding."""
    read = _Reader()
    if not isinstance(document, Mapping):
        raise ArrivalRefused([CatalogueError("facts", "they are no object", 'send {"isrc": …, "title": …}')])
    read.unknown(document, "", "")
    told = Told(
        isrc=read.normal(document, "isrc", isrc.parse, needed=True) or "",
        title=read.text(document, "title") or "",
        version_title=read.text(document, "version_title"),
        artist=read.text(document, "artist") or "",
        label=read.text(document, "label") or "",
        year=read.year(document),
        genre=read.text(document, "genre"),
        explicit=read.flag(document, "explicit"),
        p_line=read.text(document, "p_line"),
        c_line=read.text(document, "c_line"),
        performers=tuple(read.credit(row, at) for row, at in read.rows(document, "performers")),
        parties=tuple(read.party(row, at) for row, at in read.rows(document, "parties")),
        works=tuple(read.work(row, at) for row, at in read.rows(document, "works")),
        shares=tuple(filter(None, (read.share(row, at) for row, at in read.rows(document, "shares")))),
    )
    references = [one.reference for one in told.parties]
    if twice := sorted({one for one in references if one and references.count(one) > 1}):
        read.wrong("parties", f"{', '.join(twice)} stands in them twice", "tell each party once")
    if any(one.right is RightType.COMPOSITION for one in told.shares) and not told.works:
        read.wrong("works", "there is none, and shares of the composition are told", "tell the work that is performed")
    if read.findings:
        raise ArrivalRefused(read.findings)
    return told


class _Reader:
    """Reads fields and keeps what is wrong with them."""

    def __init__(self) -> None:
        self.findings: list[CatalogueError] = []

    def wrong(self, where: str, reason: str, mend: str) -> None:
        self.findings.append(CatalogueError(where, reason, mend))

    def unknown(self, row: Mapping[str, Any], kind: str, at: str) -> None:
        for name in row:
            if name not in _FIELDS[kind]:
                self.wrong(f"{at}{name}", "is not known here", f"use {', '.join(_FIELDS[kind])}")

    def text(self, row: Mapping[str, Any], name: str, at: str = "", *, needed: bool = False) -> str | None:
        value = row.get(name)
        if value is None or value == "":
            if needed:
                self.wrong(f"{at}{name}", "it is missing", "write it")
            return None
        if not isinstance(value, str) or len(value) > 500 or not value.strip():
            self.wrong(f"{at}{name}", f"it is {value!r}"[:80], "write a text of at most 500 letters")
            return None
        return value.strip()

    def normal(
        self, row: Mapping[str, Any], name: str, parse: Any, at: str = "", *, needed: bool = False
    ) -> str | None:
        value = self.text(row, name, at, needed=needed)
        if value is None:
            return None
        try:
            return str(parse(value))
        except IdentifierError as error:
            self.wrong(f"{at}{name}", f"{error.text!r}: {error.reason}", error.mend)
            return None

    def year(self, row: Mapping[str, Any]) -> int | None:
        value = row.get("year")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1850 <= value <= 2200):
            self.wrong("year", f"it is {value!r}"[:80], "write a year such as 2026")
            return None
        return value

    def flag(self, row: Mapping[str, Any], name: str) -> bool:
        value = row.get(name, False)
        if not isinstance(value, bool):
            self.wrong(name, f"it is {value!r}"[:80], "write true or false")
        return value is True

    def rows(self, document: Mapping[str, Any], name: str, at: str = "") -> list[tuple[Mapping[str, Any], str]]:
        value = document.get(name, [])
        if not isinstance(value, list) or len(value) > MOST_ROWS:
            self.wrong(f"{at}{name}", "it is no list of objects", f"list at most {MOST_ROWS}")
            return []
        found = []
        for number, row in enumerate(value):
            where = f"{at}{name}[{number}]."
            if isinstance(row, Mapping):
                self.unknown(row, name, where)
                found.append((row, where))
            else:
                self.wrong(where.rstrip("."), "it is no object", f"use {', '.join(_FIELDS[name])}")
        return found

    def party(self, row: Mapping[str, Any], at: str) -> ToldParty:
        kind = row.get("kind", "person")
        if kind not in KINDS:
            self.wrong(f"{at}kind", f"it is {kind!r}"[:80], f"say {', '.join(KINDS)}")
            kind = "person"
        return ToldParty(
            self.text(row, "reference", at, needed=True) or "",
            self.text(row, "name", at, needed=True) or "",
            kind,
            self.text(row, "country", at),
            self.text(row, "ipi", at),
            self.text(row, "isni", at),
        )

    def credit(self, row: Mapping[str, Any], at: str) -> ToldCredit:
        return ToldCredit(
            self.text(row, "party", at, needed=True) or "",
            self.text(row, "role", at, needed=True) or "",
            self.text(row, "name_as_credited", at),
        )

    def work(self, row: Mapping[str, Any], at: str) -> ToldWork:
        return ToldWork(
            self.text(row, "title", at, needed=True) or "",
            self.normal(row, "iswc", iswc.parse, at),
            self.text(row, "language", at),
            tuple(self.credit(one, where) for one, where in self.rows(row, "writers", at)),
        )

    def share(self, row: Mapping[str, Any], at: str) -> ToldShare | None:
        party = self.text(row, "party", at, needed=True)
        right = next((one for one in RightType if one == row.get("right")), None)
        if right is None:
            self.wrong(f"{at}right", f"it is {row.get('right')!r}"[:80], f"say {', '.join(RightType)}")
        exact = self._exact(row, at)
        first, last = self._day(row, "valid_from", at), self._day(row, "valid_to", at)
        if first is not None and last is not None and last <= first:
            self.wrong(f"{at}valid_to", f"it ends on {last}, before it begins", "give the day after its last day")
        try:
            where = TerritorySet.parse(row.get("territories") or "WW")
        except (ValueError, AttributeError, TypeError) as error:
            self.wrong(f"{at}territories", str(error), 'write such as "WW", "DE, FR" or "WW ex JP"')
            return None
        if party is None or exact is None or right is None:
            return None
        return ToldShare(right, party, exact, where, first, last)

    def _exact(self, row: Mapping[str, Any], at: str) -> Fraction | None:
        value = row.get("share")
        try:
            found = Fraction(value) if isinstance(value, str) and len(value) <= 40 else None
        except (ValueError, ZeroDivisionError):
            found = None
        if found is None or not 0 <= found <= 1:
            self.wrong(f"{at}share", f"it is {value!r}"[:80], 'write an exact part of one as text, such as "1/2"')
            return None
        return found

    def _day(self, row: Mapping[str, Any], name: str, at: str) -> date | None:
        value = row.get(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (ValueError, TypeError):
            self.wrong(f"{at}{name}", f"it is {value!r}"[:80], "write a day such as 2026-07-16")
            return None
