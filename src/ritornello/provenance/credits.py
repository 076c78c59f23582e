"""Who is named how: display artists and credits of a derivative, by the rule of its type.

Rules of the trade, 14: an official remix or speed edit names the original artist first, with the remixer as Remixer; a
cover names its performer only, and the original artist in no artist field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ritornello.catalogue.model import Credit, Recording, Work

OF_THE_RECORDING = frozenset({"SPEED_PITCH", "REMIX", "STEM_RELEASE", "MASHUP", "SAMPLE"})
"""Types that keep the original artist as display artist (which takes the right NAME)."""

COVERS = frozenset({"COVER_SAME", "COVER_ARTIST_VOICE", "COVER_THIRD_VOICE"})

Names = Callable[[str], str]
"""Party id to the name as it is shown."""


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One line of the credits: a name and its role in the field's words."""

    party_id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Credits:
    """How a derivative is signed. `artist` and `title` are what a listener sees."""

    title: str
    artist: str
    remixer: str
    original_artist: str
    composers: tuple[str, ...]
    lines: tuple[CreditLine, ...]


def credits_of(derivative: Recording, original: Recording, works: Iterable[Work], names: Names) -> Credits:
    """The credits of a derivative of one original."""
    kind = derivative.derivative_type or ""
    maker = next((credit for credit in derivative.performers if credit.role == "Remixer"), None)
    performers = [credit for credit in derivative.performers if credit.role != "Remixer"]
    own_performer = maker or (performers[0] if performers else None)
    artist = (
        names(original.main_artist)
        if kind in OF_THE_RECORDING or own_performer is None
        else _shown(own_performer, names)
    )
    writers = [credit for work in works for credit in work.writers]
    lines = [
        *(_line(credit, names) for credit in writers),
        *(_line(credit, names) for credit in derivative.performers if not (kind in COVERS and credit in performers)),
    ]
    version = f" ({derivative.version_title})" if derivative.version_title else ""
    return Credits(
        title=f"{derivative.title}{version}",
        artist=artist,
        remixer=_shown(maker, names) if maker is not None and kind in OF_THE_RECORDING else "",
        original_artist="" if kind in COVERS else names(original.main_artist),
        composers=tuple(dict.fromkeys(_shown(credit, names) for credit in writers)),
        lines=tuple(lines),
    )


def _shown(credit: Credit, names: Names) -> str:
    return credit.name_as_credited or names(credit.party_id)


def _line(credit: Credit, names: Names) -> CreditLine:
    return CreditLine(credit.party_id, _shown(credit, names), credit.role)
