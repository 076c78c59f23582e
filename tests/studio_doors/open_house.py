"""A house whose holders open everything to everybody, with two short songs: a fan who signs in can make it all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ritornello.consent.presets import preset
from ritornello.settings import Settings
from ritornello.web.serving import crew_of
from ritornello.web.site import create_site
from ritornello.workflows.demo import answers, cast
from ritornello.workflows.house import House
from tests.studio_doors import house as made
from tests.web.conftest import serve


def opened(folder: Path, bars: int = 12) -> House:
    """The house with its two songs and everybody's yes to both."""
    house = made.opened(folder)
    made.fill(house, bars)
    made.second_song(house, folder / "second", bars)
    made.answer_for(house, made.SECOND)
    for recording_id in (cast.RECORDING_ID, made.SECOND):
        open_to_all(house, recording_id)
    return house


def open_to_all(house: House, recording_id: str) -> None:
    """The holders' next answer: whoever likes may make any kind of it, within half and double the speed."""
    terms = preset("OPEN-CC").terms
    later = cast.ANSWERED + timedelta(hours=1)
    with house.work(cast.ORGANISATION) as work:
        original = work.catalogue.recording(recording_id)
        assert original is not None
        for answer in answers.ANSWERS:
            offer = answers.offer_of(answer, original)
            newer = replace(
                offer,
                terms=terms,
                version=2,
                replaces=offer.content_hash,
                recorded_at=later,
                rights=offer.rights | ({"C_LYR"} if "C_ARR" in offer.rights else frozenset()),
            )
            work.consent.add_offer(newer)
        work.commit()
