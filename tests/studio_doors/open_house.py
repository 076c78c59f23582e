"""A house whose holders open everything to everybody, with two short songs: a fan who signs in can make it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ritornello.consent.presets import preset
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio_doors import house as made


def opened(folder: Path, bars: int = 12) -> House:
    """The house with its two songs and everybody's yes to both."""
    house = made.opened(folder)
    made.fill(house, bars)
    made.second_song(house, folder / "second", bars)
    made.answer_for(house, made.SECOND)
    open_to_all(house)
    return house


def open_to_all(house: House) -> None:
    """Everybody's next answer: whoever likes may make any kind of it, within what a plan can say, with other words."""
    later = cast.ANSWERED + timedelta(hours=1)
    with house.work(cast.ORGANISATION) as work:
        for offer in work.consent.newest_offers():
            wider = replace(offer, terms=preset("OPEN-CC").terms, recorded_at=later)
            work.consent.add_offer(replace(wider, version=offer.version + 1, replaces=offer.content_hash))
            if "C_ARR" in offer.rights:
                work.consent.add_offer(replace(wider, rights=frozenset({"C_LYR"})))
        work.commit()
