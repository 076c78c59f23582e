"""What leaves the house: identifiers for delivery, destinations, findings of the gate, packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Allocation:
    """An ISRC given to a recording, once and for good."""

    id: str
    recording_id: str
    isrc: str
    prefix: str
    year: int
    allocated_at: datetime


MOST_REASON_LETTERS = 500
"""How long a reason may be that somebody gives for a ruling or an answer."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Something that keeps a derivative from leaving: what, where, and how to mend it."""

    code: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Sender:
    """As whom the house sends to services: its DDEX party id, its name, who said so and when."""

    dpid: str
    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Package:
    """A release as it was packed: file names to SHA-256, and the services it is meant for."""

    id: str
    recording_id: str
    licence_id: str
    destinations: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    packed_at: datetime = field(kw_only=True)
