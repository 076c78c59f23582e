"""Who is named how: display artists and credits of a derivative, by the rule of its type.

Rules of the trade, 14: an official remix or speed edit names the original artist first, with the remixer as Remixer; a
cover names its performer only, and the original artist in no artist field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ritornello.catalogue.model import Credit, Recording, Work

OF_THE_RECORDING = frozenset({"SPEED_PITCH", "REMIX", "STEM_RELEASE", "MASHUP", "VOICE_TRANSLATION"})
"""Types that are the original recording in another shape: its artist stays in front (which takes the right NAME). All
others are performances of their own; a sample makes nobody the artist of the song that it is in."""

MAKERS_FIRST = ("MainArtist", "Remixer")
"""Of several people who made it, who stands in the artist line of a performance of its own."""

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
    """How a derivative is signed. `artist` and `title` are what a listener sees; `artists` the parties behind it."""

    title: str
    artist: str
    remixer: str
    original_artist: str
    composers: tuple[str, ...]
    lines: tuple[CreditLine, ...]
    artists: tuple[str, ...] = ()


def credits_of(
    derivative: Recording, original: Recording, works: Iterable[Work], names: Names, others: Iterable[Recording] = ()
) -> Credits:
    """The credits of a derivative.

    Args:
        derivative: the new recording. Its performers are those of the original who are in it, and its makers.
        original: its parent; of several, the first.
        works: what is performed.
        names: party id to name.
        others: the further parents of a mash-up, whose artists stand beside the first.
    """
    parents = (original, *others)
    theirs = {credit for parent in parents for credit in parent.performers}
    makers = [credit for credit in derivative.performers if credit not in theirs]
    writers = [credit for work in works for credit in work.writers]
    version = f" ({derivative.version_title})" if derivative.version_title else ""
    title, composers = (
        f"{derivative.title}{version}",
        tuple(dict.fromkeys(_shown(credit, names) for credit in writers)),
    )
    if derivative.derivative_type in OF_THE_RECORDING:
        artists = tuple(dict.fromkeys(parent.main_artist for parent in parents))
        remixer = next((credit for credit in makers if credit.role == "Remixer"), None)
        return Credits(
            title=title,
            artist=" & ".join(names(artist) for artist in artists),
            remixer="" if remixer is None else _shown(remixer, names),
            original_artist=" & ".join(names(artist) for artist in artists),
            composers=composers,
            lines=tuple(_line(credit, names) for credit in (*writers, *derivative.performers)),
            artists=artists,
        )
    # a self-cover has no maker beside the performers of the original
    own = makers or list(derivative.performers)
    first = min(own, key=_rank, default=None)
    sampled = [credit for credit in derivative.performers if credit in theirs]
    performing = derivative.performers if derivative.derivative_type == "SAMPLE" and sampled else own
    return Credits(
        title=title,
        artist="" if first is None else _shown(first, names),
        remixer="",
        original_artist="",
        composers=composers,
        lines=tuple(_line(credit, names) for credit in (*writers, *performing)),
        artists=() if first is None else (first.party_id,),
    )


def _rank(credit: Credit) -> int:
    return MAKERS_FIRST.index(credit.role) if credit.role in MAKERS_FIRST else len(MAKERS_FIRST)


def _shown(credit: Credit, names: Names) -> str:
    return credit.name_as_credited or names(credit.party_id)


def _line(credit: Credit, names: Names) -> CreditLine:
    return CreditLine(credit.party_id, _shown(credit, names), credit.role)
