"""Shares in double time: by day of use and by what was known; holes and overclaims told, never scaled."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.model import OwnershipShare, RightType, ShareStatus
from ritornello.catalogue.shares import (
    Holding,
    ShareRow,
    cells,
    findings,
    holders_on,
    percent,
    released,
    same_statement,
    sheet,
    uncontested,
)
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.money import allocate

VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parent.parent / "vectors" / "money.json").read_text())["vectors"]
}
MASTER = RightType.MASTER
START = datetime(2026, 1, 1, tzinfo=UTC)
LATER = START + timedelta(days=200)
HALF = Fraction(1, 2)


def stated(*rows: ShareRow, at: datetime = START, **more: Any) -> tuple[OwnershipShare, ...]:
    return sheet("rec_a", MASTER, rows, recorded_at=at, **more)


def row(party: str, share: Fraction, where: str = "WW", begin: date | None = None, end: date | None = None) -> ShareRow:
    return ShareRow(party, share, TerritorySet.parse(where), begin, end)


def on(shares: Any, where: str = "DE", day: date = date(2026, 6, 1), known: datetime = LATER) -> Holding:
    return holders_on(shares, "rec_a", MASTER, where, day, known)


def test_territory_rights_vector() -> None:
    vector = VECTORS["territory-rights"]
    owners = {party: ", ".join(codes) for party, codes in vector["given"]["owners"].items()}
    shares = stated(*(row(party, Fraction(1), where) for party, where in owners.items()))
    received = {"X": 0, "Y": 0, "suspense_no_right": 0}
    for territory, amount in vector["given"]["lines"].items():
        holding = on(shares, territory)
        for party, share in holding.holders:
            received[party] += int(amount * share)
        received["suspense_no_right"] += int(amount * holding.hole)
    assert received == vector["expect"]


def test_split_version_by_use_date_vector() -> None:
    vector = VECTORS["split-version-by-use-date"]
    change = date(2026, 4, 1)
    shares = stated(row("A", HALF, end=change), row("B", HALF, end=change)) + stated(
        row("A", Fraction(7, 10), begin=change), row("B", Fraction(3, 10), begin=change), at=LATER
    )
    paid = {"A": 0, "B": 0}
    for day, amount in ((date(2026, 3, 31), vector["given"]["mar"]), (change, vector["given"]["apr"])):
        for party, part in allocate(amount, dict(on(shares, day=day).holders)).items():
            paid[party] += part
    assert paid == {"A": vector["expect"]["A"], "B": vector["expect"]["B"]}


def test_overclaim_overlap_vector() -> None:
    vector = VECTORS["overclaim-overlap-hold"]
    amount, claims = vector["given"]["amount"], vector["given"]["claims"]
    shares = [
        share
        for party, pct in claims.items()
        for share in stated(row(party, Fraction(pct, 100)), source=f"claim of {party}")
    ]
    holding = on(shares)
    assert holding.overclaim == Fraction(20, 100) and holding.hole == 0
    safe, held = uncontested(holding)
    assert {party: share * amount for party, share in safe} == {"X": vector["expect"]["X"], "Y": vector["expect"]["Y"]}
    assert held * amount == vector["expect"]["held"]
    due = released(holding, {"X": Fraction(55, 100), "Y": Fraction(45, 100)})
    assert {party: share * amount for party, share in due.items()} == vector["expect"]["release"]


def test_what_was_known_on_a_past_day_can_be_asked_for() -> None:
    shares = stated(row("A", Fraction(1))) + stated(row("B", Fraction(1)), at=LATER)
    assert on(shares, known=LATER - timedelta(seconds=1)).parties == ("A",)
    assert on(shares, known=LATER).parties == ("B",)
    assert on(shares, known=START - timedelta(seconds=1)) == on([])
    assert on([]).hole == 1


def test_a_newer_sheet_changes_only_the_points_it_speaks_about() -> None:
    shares = stated(row("A", Fraction(1))) + stated(row("B", Fraction(1), "JP", date(2026, 5, 1)), at=LATER)
    assert on(shares, "JP").parties == ("B",)
    assert on(shares, "JP", date(2026, 4, 30)).parties == ("A",)
    assert on(shares, "DE").parties == ("A",)


def test_spans_are_half_open() -> None:
    shares = stated(row("A", Fraction(1), begin=date(2026, 1, 1), end=date(2026, 2, 1)))
    assert on(shares, day=date(2026, 1, 1)).parties == ("A",)
    assert on(shares, day=date(2026, 1, 31)).parties == ("A",)
    assert on(shares, day=date(2026, 2, 1)).parties == ()
    assert on(shares, day=date(2025, 12, 31)).parties == ()


def test_a_rival_claim_stands_beside_until_a_sheet_is_agreed() -> None:
    label = stated(row("A", Fraction(1)), source="label")
    rival = stated(row("B", Fraction(1, 4)), at=START + timedelta(days=1), source="B", status=ShareStatus.DISPUTED)
    both = on([*label, *rival])
    assert both.holders == (("A", Fraction(1)), ("B", Fraction(1, 4))) and both.disputed == {"B"}
    agreed = stated(
        row("A", Fraction(3, 4)), row("B", Fraction(1, 4)), at=LATER, source="label", status=ShareStatus.AGREED
    )
    settled = on([*label, *rival, *agreed])
    assert settled.holders == (("A", Fraction(3, 4)), ("B", Fraction(1, 4)))
    assert settled.overclaim == 0 and not settled.disputed


def test_one_party_in_two_sources_counts_once() -> None:
    holding = on([*stated(row("A", Fraction(3, 5)), source="label"), *stated(row("A", HALF), source="society")])
    assert holding.holders == (("A", Fraction(3, 5)),)


def test_a_sum_of_99_99_is_reported_as_it_is() -> None:
    third = Fraction(3333, 10_000)
    shares = stated(*(row(party, third) for party in "abc"))
    assert on(shares).hole == Fraction(1, 10_000)
    assert dict(on(shares).holders) == dict.fromkeys("abc", third), "nobody is scaled up"
    (finding,) = findings(shares, "rec_a", MASTER, LATER)
    assert finding.code == "hole" and finding.amount == Fraction(1, 10_000)
    assert "99.99 %" in finding.message and "0.01 %" in finding.message and "WW at all times" in finding.message


def test_findings_name_region_and_days() -> None:
    shares = stated(
        row("A", Fraction(1)),
        row("B", Fraction(1, 5), "DE, FR", date(2026, 3, 1), date(2026, 4, 1)),
    )
    (finding,) = findings(shares, "rec_a", MASTER, LATER)
    assert (finding.code, str(finding.territories)) == ("overclaim", "DE, FR")
    assert (finding.valid_from, finding.valid_to) == (date(2026, 3, 1), date(2026, 4, 1))
    assert findings(stated(row("A", Fraction(1), "EU")), "rec_a", MASTER, LATER) == (), "unspoken points are no finding"


DAYS = st.one_of(st.none(), st.integers(1, 20).map(lambda day: date(2026, 3, day)))
WHERE = st.sampled_from(["WW", "EU", "DE", "DE, US", "WW ex JP", "WW ex EU", "JP"])
PARTS = st.sampled_from([Fraction(0), Fraction(1, 3), HALF, Fraction(3, 5), Fraction(1)])


@st.composite
def histories(draw: st.DrawFn) -> list[OwnershipShare]:
    shares: dict[str, OwnershipShare] = {}
    for _ in range(draw(st.integers(1, 4))):
        rows = []
        for party in draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=3, unique=True)):
            begin, end = draw(DAYS), draw(DAYS)
            if begin is not None and end is not None and end <= begin:
                begin, end = None, end
            rows.append(row(party, draw(PARTS), draw(WHERE), begin, end))
        at = START + timedelta(days=draw(st.integers(0, 3)))
        source, status = draw(st.sampled_from(["", "x"])), draw(st.sampled_from(list(ShareStatus)))
        shares |= {share.id: share for share in stated(*rows, at=at, source=source, status=status)}
    return list(shares.values())


@given(histories(), st.data())
def test_the_cells_are_all_points_at_once(shares: list[OwnershipShare], data: st.DataObject) -> None:
    known = START + timedelta(days=data.draw(st.integers(-1, 4)))
    found = cells(shares, "rec_a", MASTER, known)
    where = data.draw(st.sampled_from(["DE", "US", "JP", "BR", "FR"]))
    day = date(2026, 3, 1) + timedelta(days=data.draw(st.integers(-1, 20)))
    inside = [
        cell
        for cell in found
        if where in cell.territories
        and (cell.valid_from is None or cell.valid_from <= day)
        and (cell.valid_to is None or day < cell.valid_to)
    ]
    assert len(inside) == 1, "the cells cover everything once"
    assert inside[0].holding == on(shares, where, day, known)


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(shares: list[OwnershipShare], shuffler: Any) -> None:
    shuffled = list(shares)
    shuffler.shuffle(shuffled)
    assert on(shuffled, day=date(2026, 3, 9)) == on(shares, day=date(2026, 3, 9))


@given(histories())
def test_a_holding_is_whole(shares: list[OwnershipShare]) -> None:
    holding = on(shares, day=date(2026, 3, 9))
    total = sum((share for _, share in holding.holders), Fraction(0))
    assert total + holding.hole - holding.overclaim == 1
    assert 0 in (holding.hole, holding.overclaim)
    safe, held = uncontested(holding)
    assert sum((share for _, share in safe), Fraction(0)) + held + holding.hole == 1
    assert all(share >= 0 for _, share in safe)


def test_sheets_name_themselves_by_what_they_say() -> None:
    one, again = stated(row("A", HALF), row("B", HALF)), stated(row("B", HALF), row("A", HALF))
    assert one == again
    later = stated(row("A", HALF), row("B", HALF), at=LATER)
    assert later[0].sheet_id != one[0].sheet_id and same_statement(one, later)
    assert not same_statement(one, stated(row("A", HALF)))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "no lines"),
        ([row("A", HALF), row("A", HALF)], "twice"),
        ([row("A", Fraction(3, 2))], "from 0 to 1"),
        ([row("A", HALF, "none")], "no territory"),
        ([row("A", HALF, "WW", date(2026, 2, 1), date(2026, 2, 1))], "before it begins"),
    ],
)
def test_what_is_no_sheet(rows: list[ShareRow], says: str) -> None:
    with pytest.raises(CatalogueError, match=says):
        stated(*rows)


def test_instants_and_resolutions_are_checked() -> None:
    with pytest.raises(CatalogueError, match="time zone"):
        on([], known=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(CatalogueError, match="time zone"):
        stated(row("A", HALF), at=datetime(2026, 1, 1))  # noqa: DTZ001
    holding = Holding((("X", Fraction(3, 5)), ("Y", Fraction(3, 5))), Fraction(0), Fraction(1, 5), frozenset(), ())
    with pytest.raises(CatalogueError, match="above 100"):
        released(holding, {"X": Fraction(3, 5), "Y": Fraction(3, 5)})
    with pytest.raises(CatalogueError, match="was paid more"):
        released(holding, {"X": Fraction(1), "Y": Fraction(0)})


def test_percent_is_exact_or_says_so() -> None:
    assert percent(Fraction(1, 4)) == "25 %" and percent(Fraction(9999, 10000)) == "99.99 %"
    assert percent(Fraction(1, 3)) == "~33.33333333 %" and percent(Fraction(0)) == "0 %"


def test_holders_are_world_wide_where_the_sheet_says_so() -> None:
    assert all(on(stated(row("A", Fraction(1))), where).parties == ("A",) for where in WORLD)
