"""Who has to say yes: the catalogue's owners, writers and performers, as the rights name them.

Who owns the recording answers for its use; who owns the composition answers for mechanical, performing, arrangement,
lyric and synchronisation rights; moral rights, voice and name belong to the person and are asked of each one. Shares
and territories are those of the day of use, as they were known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from ritornello.catalogue.model import OwnershipShare, Recording, RightType, Work, parties_of
from ritornello.catalogue.shares import cells
from ritornello.consent.facts import Required, Standing
from ritornello.consent.offers import Level, Reach

OF_COMPOSITION = ("C_MECH", "C_PERF", "C_ARR", "C_LYR", "C_SYNC", "TRAIN")
OF_MASTER = ("M_USE", "TRAIN")
OF_PERFORMER = ("P_ECON", "P_MORAL", "VOICE", "TRAIN")
"""Training is asked of the owners and of the person, since every type that touches it touches a voice."""

TECHNICAL_ROLES = frozenset(
    {"StudioProducer", "Producer", "Engineer", "Mixer", "MasteringEngineer", "RemixingEngineer"}
)
"""Credits of a recording whose bearers make it without performing in it: they hold no performer's rights."""


def required_of(
    recording: Recording,
    works: Iterable[Work],
    shares: Iterable[OwnershipShare],
    standings: Mapping[str, Standing],
    *,
    day: date,
    known_at: datetime,
) -> tuple[Required, ...]:
    """Everyone whose answer a derivative of this recording may take, right by right.

    Args:
        recording: the original.
        works: what it records.
        shares: ownership shares of the recording and its works, as far as they were recorded.
        standings: whether a party answers in person, as a company, through a guardian or as an estate; a party that
            is not named answers in person.
        day: the day of use, which decides which shares hold.
        known_at: what was recorded later is not seen.
    """
    known = tuple(shares)
    found: list[Required] = []

    def owners(asset: str, right_type: RightType, rights: tuple[str, ...]) -> None:
        for cell in cells(known, asset, right_type, known_at):
            if (cell.valid_from is None or cell.valid_from <= day) and (cell.valid_to is None or day < cell.valid_to):
                for party, share in cell.holding.holders:
                    standing = standings.get(party, Standing.PERSON)
                    found.extend(
                        Required(right, party, share, cell.territories, standing, f"{asset}:{right_type}")
                        for right in rights
                    )

    def each(parties: Iterable[str], rights: tuple[str, ...]) -> None:
        for party in parties:
            standing = standings.get(party, Standing.PERSON)
            found.extend(Required(right, party, standing=standing, pool=f"{right}:{party}") for right in rights)

    owners(recording.id, RightType.MASTER, OF_MASTER)
    for work in works:
        owners(work.id, RightType.COMPOSITION, OF_COMPOSITION)
        each(parties_of(work.writers), ("A_MORAL",))
    performers = parties_of(credit for credit in recording.performers if credit.role not in TECHNICAL_ROLES)
    each(performers, OF_PERFORMER)
    artists = (recording.main_artist,) if recording.main_artist else performers[:1]
    each(artists, ("NAME",))
    return tuple(found)


def reaches_of(recording: Recording, release_ids: Iterable[str] = ()) -> tuple[Reach, ...]:
    """What an offer may be about to reach this recording: itself, its releases, its works, its artist, its label."""
    reaches = [Reach(Level.RECORDING, recording.id)]
    reaches += [Reach(Level.RELEASE, release) for release in release_ids]
    reaches += [Reach(Level.WORK, work) for work in recording.work_ids]
    if recording.main_artist:
        reaches.append(Reach(Level.ARTIST, recording.main_artist))
    if recording.label:
        reaches.append(Reach(Level.LABEL, recording.label))
    reaches.append(Reach(Level.CATALOGUE, "all"))
    return tuple(reaches)
