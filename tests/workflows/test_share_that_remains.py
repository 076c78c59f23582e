"""A licence that would promise the originals more than there is: refused, with the largest share that still fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from ritornello.catalogue.model import LineageEdge, Policy, Recording, RightType
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import license_decision
from tests.consent.song import AT, LABEL, SONG, facts, offers, opened, request, source

HOUSE, ROOT = "org_test", "rec_root"


def decision(permille: int) -> Decision:
    """A remix of a song whose holders ask for a part of everything that comes of it."""
    terms = opened(
        share_money__form="parent_share",
        share_money__fan_share_permille=0,
        share_money__parent_share_permille=permille,
        chain__derivatives=True,
        chain__max_depth=4,
    )
    made = decide(request(depth=2), facts(source(offers=tuple(replace(one, terms=terms) for one in offers()))))
    assert made.outcome == "allow", made.reasons
    return made


def test_the_largest_share_that_still_fits_is_named(tmp_path: Path) -> None:
    engine = database.open_engine(f"sqlite:///{tmp_path / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    house = House(tmp_path, engine, Blobs(str(tmp_path / "blobs")), tmp_path / "lake", tmp_path / "keys")
    house.key_folder.mkdir()
    with house.work(HOUSE) as work:
        work.catalogue.save_recording(Recording(ROOT, "Root"))
        work.catalogue.save_recording(Recording(SONG, "Song", kind="derivative", derivative_type="REMIX"))
        edge = LineageEdge(SONG, ROOT, "lic_first", RightType.MASTER, Fraction(1, 2), Policy.ABSOLUTE)
        work.catalogue.add_edges([edge], AT)
        work.commit()

    def license_it(permille: int) -> None:
        license_decision(
            house,
            HOUSE,
            decision(permille),
            contribution=Contribution(Ownership.HOUSE_OWNS, True, AT, "ef" * 32),
            new_recording=NewRecording(LABEL, LABEL),
            at=AT + timedelta(minutes=1),
        )

    with pytest.raises(ConsentError, match="the largest share that still fits is 50 %") as failed:
        license_it(700)
    assert [one.field for one in failed.value.findings] == ["share_money.parent_share_permille"]
    with house.work(HOUSE, read_only=True) as work:
        assert not work.consent.licences_of_source(SONG)
        assert not work.consent.decisions()
    license_it(500)
    with house.work(HOUSE, read_only=True) as work:
        assert len(work.consent.licences_of_source(SONG)) == 1
    engine.dispose()
