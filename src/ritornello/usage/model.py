"""Usage is what reports say: this many plays, there, then, for that much. It values nothing and pays nobody.

A *source* is who reports and how its texts are read. A *taken-in file* is known by the SHA-256 of its content, whatever
it was called and however it was packed. A *receipt* is what one file claims in one currency: the claim that money is
later matched with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from ritornello.messages.findings import Finding, errors

E10 = 10**10
"""Amounts in the lake are whole numbers of 10^-10 of the currency's unit."""

LAKE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("file_sha256", "VARCHAR"),
    ("row_number", "BIGINT"),
    ("source", "VARCHAR"),
    ("service", "VARCHAR"),
    ("period_start", "DATE"),
    ("period_end", "DATE"),
    ("use_date", "DATE"),
    ("use_date_exact", "BOOLEAN"),
    ("territory", "VARCHAR"),
    ("flow", "VARCHAR"),
    ("isrc", "VARCHAR"),
    ("proprietary_id", "VARCHAR"),
    ("title", "VARCHAR"),
    ("artist", "VARCHAR"),
    ("asset_id", "VARCHAR"),
    ("match_rule", "VARCHAR"),
    ("match_confidence", "INTEGER"),
    ("units", "DECIMAL(18,0)"),
    ("amount_e10", "DECIMAL(18,0)"),
    ("currency", "VARCHAR"),
    ("suspense_kind", "VARCHAR"),
)
"""Columns of every Parquet file of the lake, in order. `period_end` is the last day of the period, included; `use_date`
is that day where the report gives none (`use_date_exact` is then false); `asset_id` is NULL for what was not matched;
`match_confidence` is in permille."""


class UsageError(ValueError):
    """A request to the usage room that cannot be met; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who sends reports, and how to read its texts.

    `id` is a short name used in paths ("alpha"); `services` turns reported names into ours ("Alpha Premium" → "alpha");
    `currency` holds for sheets that name none; `controllers` are the names under which a report of many rights
    controllers means us (all of them where it is empty); `called` gives our services the names that people read
    ("alpha" → "Alpha Music").
    """

    id: str
    name: str
    services: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    controllers: frozenset[str] = frozenset()
    party_id: str | None = None
    called: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.id or not all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in self.id):
            raise UsageError(f"source id {self.id!r}: use letters, digits, - and _ (it names a folder)")

    def service_of(self, *reported: str | None) -> str:
        """Our name of the service, by the first reported name that has one; else the last one that is not empty."""
        folded = {name.casefold(): ours for name, ours in self.services.items()}
        given = [name for name in reported if name]
        return next(
            (folded[name.casefold()] for name in given if name.casefold() in folded), given[-1] if given else ""
        )

    def to_document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "id": self.id,
            "name": self.name,
            "services": dict(self.services),
            "currency": self.currency,
            "controllers": sorted(self.controllers),
            "party_id": self.party_id,
            "called": dict(self.called),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Source:
        """What `to_document` wrote; everything but id and name may be left out. Raises `UsageError`."""
        unknown = sorted(set(document) - set(cls.__dataclass_fields__))
        if unknown:
            raise UsageError(f"a source has no {unknown[0]!r}; it has {', '.join(cls.__dataclass_fields__)}")
        for name in ("id", "name"):
            if not isinstance(document.get(name), str):
                raise UsageError(f"a source needs {name!r} as a text")
        for name in ("services", "called"):
            told = document.get(name, {})
            if not isinstance(told, Mapping) or not all(isinstance(one, str) for pair in told.items() for one in pair):
                raise UsageError(f"{name!r} of source {document['id']} is an object of texts: reported name → ours")
        return cls(
            id=document["id"],
            name=document["name"],
            services=dict(document.get("services", {})),
            currency=document.get("currency"),
            controllers=frozenset(document.get("controllers", ())),
            party_id=document.get("party_id"),
            called=dict(document.get("called", {})),
        )


@dataclass(frozen=True, slots=True)
class Exchange:
    """The rate that a receipt is valued at, fixed on it: units of `target` for one unit of the receipt's currency."""

    target: str
    rate: Fraction
    day: date
    provider: str


@dataclass(frozen=True, slots=True)
class TakenFile:
    """One file whose rows are in the lake. `form` says how it was read ("dsr:BasicAudioProfile", "sheet:believe").

    `size` in bytes after unpacking; `lake_path` relative to the lake; `supersedes` the id of the file that this one
    corrects.
    """

    id: str
    sha256: str
    name: str
    size: int
    source: str
    form: str
    period_start: date
    period_end: date
    rows: int
    matched_rows: int
    lake_path: str
    taken_in_at: datetime
    message_id: str | None = None
    supersedes: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one file reports in one currency: `total_e10` in 10^-10 units, over all rows, matched or not."""

    id: str
    file_id: str
    source: str
    period_start: date
    period_end: date
    currency: str
    total_e10: int
    unmatched_e10: int
    rows: int
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The outcome of one intake: either files and receipts, or findings of severity "error" and nothing written."""

    files: tuple[TakenFile, ...]
    receipts: tuple[Receipt, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        return not self.files

    @property
    def errors(self) -> tuple[Finding, ...]:
        return errors(self.findings)
