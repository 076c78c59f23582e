"""What is registered after moving in: a split corrected backwards by sheet, an advance that was paid later."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ritornello.workflows import registering
from ritornello.workflows.house import House
from tests.workflows.books import (
    ARTIST,
    ISRCS,
    LABEL,
    ORGANISATION,
    RIVAL,
    SONG,
    Moments,
    balances,
    found,
    house_on,
    report,
    settled,
    taken,
)

PLAYED = ("Song", ISRCS[SONG], 1000, "80.00")


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    made = house_on(engine, tmp_path)
    found(made)
    return made


@pytest.fixture
def moments() -> Moments:
    return Moments()


def splits(label: str = "75 %", rival: str = "25 %") -> list[tuple[str, bytes]]:
    rows = [f"{ISRCS[SONG]},master,{party},{share},2026-07-01" for party, share in ((LABEL, label), (RIVAL, rival))]
    return [("splits.csv", "\n".join(["asset,right,party,share,from", *rows]).encode())]


def test_a_split_corrected_backwards_by_sheet_names_the_period_and_moves_the_money(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    taken(house, report(tmp_path / "july.csv", [PLAYED]), moments())
    first = settled(house, "2026-07", moments)
    looked = registering.check(house, ORGANISATION, splits(), moments(), agreed=True)
    assert not looked.refused and looked.periods == ("2026-07",)
    (change,) = looked.changes
    assert (change.before, change.after) == ("Quay Records 100 %", "Quay Records 75 %, Second Label 25 %")
    assert registering.check(house, ORGANISATION, splits(), moments(), agreed=True).changes  # looking kept nothing
    assert registering.commit(house, ORGANISATION, splits(), moments(), "per_one", agreed=True).committed
    again = settled(house, "2026-07", moments, closing=False)
    assert again.record.restates == first.record.id
    assert balances(house)[f"payout:{RIVAL}"] == F(20)  # a quarter of 80
    assert registering.check(house, ORGANISATION, splits(), moments(), agreed=True).changes == ()


def test_an_advance_paid_later_takes_nothing_from_a_month_before_it(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    with house.work(ORGANISATION) as work:
        kept = work.royalty.terms()
        assert kept is not None
        bare = {**kept.document["contracts"][0], "recoupments": []}
        work.royalty.add_terms({**kept.document, "contracts": [bare]}, moments(), "per_one")
        work.commit()
    taken(house, report(tmp_path / "july.csv", [PLAYED]), moments())
    settled(house, "2026-07", moments)
    assert balances(house)[f"payout:{ARTIST}"] == F(20)  # a quarter of 80
    sheet = f"balance,party,contract,amount,id\nunrecouped,{ARTIST},con_artist,500.00,adv_2\n".encode()
    done = registering.commit(house, ORGANISATION, [("balances.csv", sheet)], moments(), "per_one")
    assert done.committed and done.periods == ()
    assert done.terms["contracts"][0]["recoupments"][0]["since"] == "2026-08-01"
    taken(house, report(tmp_path / "late.csv", [("Song", ISRCS[SONG], 100, "8.00")]), moments())
    settled(house, "2026-07", moments, closing=False)  # July is told anew: its money is still the artist's
    assert balances(house)[f"payout:{ARTIST}"] == F(22)
    taken(house, report(tmp_path / "august.csv", [PLAYED], "2026-08"), moments())
    settled(house, "2026-08", moments)
    assert balances(house)[f"payout:{ARTIST}"] == F(22)  # August goes to the advance


def test_wrong_sheets_are_refused_whole(house: House, moments: Moments) -> None:
    told = registering.commit(house, ORGANISATION, splits("75 %", "30 %"), moments(), "per_one")
    assert told.refused and not told.committed
    sheet = f"balance,party,contract,amount\npayable,{ARTIST},con_artist,5.00\n".encode()
    (finding,) = registering.check(house, ORGANISATION, [("balances.csv", sheet)], moments()).findings
    assert "belongs to moving in" in finding.message
