"""Month after month: what is carried, what a late file or a correction posts, what waits and pays later."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ritornello.catalogue.shares import ShareRow
from ritornello.ledger.rules import by_side
from ritornello.royalty.approval import RunState, StepError
from ritornello.workflows import plays, usage_desk
from ritornello.workflows.close_period import (
    books_of,
    close,
    explain,
    made_again,
    run_period,
    step,
    write_statements,
)
from ritornello.workflows.house import House
from ritornello.workflows.periods import PeriodProblem, named
from tests.workflows.books import (
    ARTIST,
    ISRCS,
    LABEL,
    LATER,
    ORGANISATION,
    OTHER,
    RIVAL,
    SONG,
    WW,
    Moments,
    balances,
    found,
    house_on,
    own,
    register,
    report,
    settled,
    taken,
)

ONE = ("Song", ISRCS[SONG], 1000, "80.00")
TWO = ("Other", ISRCS[OTHER], 500, "40.00")


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    made = house_on(engine, tmp_path)
    found(made)
    return made


@pytest.fixture
def moments() -> Moments:
    return Moments()


def paid(house: House, party: str) -> F:
    return balances(house).get(f"payout:{party}", F(0))


def test_a_quarter_of_months_carries_the_advance_and_pays_each_cent_once(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    taken(house, report(tmp_path / "july.csv", [ONE, TWO]), moments())
    july = settled(house, "2026-07", moments)
    # 120: the artist's 30 go to the advance, the label has all of it
    assert (paid(house, LABEL), paid(house, ARTIST)) == (F(120), F(0))
    taken(house, report(tmp_path / "august.csv", [("Song", ISRCS[SONG], 4000, "320.00")], "2026-08"), moments())
    settled(house, "2026-08", moments)
    # 80 more are the artist's: 70 end the advance, 10 are paid
    assert (paid(house, LABEL), paid(house, ARTIST)) == (F(430), F(10))
    taken(house, report(tmp_path / "september.csv", [TWO], "2026-09"), moments())
    settled(house, "2026-09", moments)
    assert (paid(house, LABEL), paid(house, ARTIST)) == (F(460), F(20))
    sides = by_side({account: int(amount * 10**6) for account, amount in balances(house).items()})
    assert sum(sides.values()) == 0
    # the run of July is still the run of July
    again = run_period(house, ORGANISATION, named("2026-07"), moments(), "per_one")
    assert again.again and again.record.id == july.record.id
    assert made_again(house, ORGANISATION, july.record.id).result.digest == july.result.digest


def test_what_is_below_the_minimum_is_carried_and_paid_when_it_is_enough(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    with house.work(ORGANISATION) as work:
        kept = work.royalty.terms()
        assert kept is not None
        document = dict(kept.document)
        document |= {"contracts": [{**document["contracts"][0], "recoupments": []}]}
        document |= {"payees": [{"party": ARTIST, "minimum": "20.00"}]}
        work.royalty.add_terms(document, moments(), "per_one")
        work.commit()
    for month, amount in (("2026-07", "49.60"), ("2026-08", "36.40")):
        taken(house, report(tmp_path / f"{month}.csv", [("Song", ISRCS[SONG], 10, amount)], month), moments())
        ran = settled(house, month, moments)
        with house.work(ORGANISATION, read_only=True) as work:
            totals = {one.payee: one.totals for one in work.statements.of_run(ran.record.id)}[ARTIST]
        if month == "2026-07":
            assert (totals.earned, totals.paid, totals.carried) == (1240, 0, 1240)
            assert "below the minimum" in totals.why
        else:
            assert (totals.opening, totals.earned, totals.paid, totals.carried) == (1240, 910, 2150, 0)
    assert paid(house, ARTIST) == F("21.50")


def test_a_late_file_for_a_closed_month_posts_its_differences_in_the_open_one(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    taken(house, report(tmp_path / "july.csv", [ONE]), moments())
    first = settled(house, "2026-07", moments)
    taken(house, report(tmp_path / "late.csv", [TWO]), moments())
    second = settled(house, "2026-07", moments, closing=False)
    assert second.record.restates == first.record.id
    assert second.result.delta == {f"payable:{LABEL}:con_artist": 4000}  # the artist's tenth is recouped
    with house.work(ORGANISATION, read_only=True) as work:
        assert books_of(work, second.result, "2026-07") == "2026-08"
        (corrected,) = [
            posted.transaction
            for posted in work.ledger.transactions("2026-08")
            if posted.transaction.corrects is not None
        ]
        original = work.ledger.transaction(str(corrected.corrects))
        statements = {one.payee: one for one in work.statements.of_run(second.record.id)}
        before = {one.payee: one for one in work.statements.of_run(first.record.id)}
    assert original is not None and original.transaction.period == "2026-07"
    assert statements[LABEL].supersedes == before[LABEL].id
    assert (statements[LABEL].totals.earned, statements[LABEL].totals.paid) == (4000, 4000)
    assert paid(house, LABEL) == F(120)
    # the same again posts nothing
    third = run_period(house, ORGANISATION, named("2026-07"), moments(), "per_one")
    assert third.again and third.record.id == second.record.id


def test_a_corrected_file_posts_the_differences_that_were_shown(house: House, tmp_path: Path, moments: Moments) -> None:
    (old,) = taken(house, report(tmp_path / "july.csv", [ONE, TWO]), moments()).files
    settled(house, "2026-07", moments)
    better = report(tmp_path / "better.csv", [ONE, ("Other", ISRCS[OTHER], 400, "32.00")])
    (new,) = taken(house, better, moments(), supersedes=old.id).files
    was, now, changes = usage_desk.differences_of(house, ORGANISATION, new.id)
    assert (was.id, now.id) == (old.id, new.id)
    assert [(one.asset_id, one.units, one.amount) for one in changes] == [(OTHER, -100, "-8.00")]
    ran = settled(house, "2026-07", moments, closing=False)
    assert sum(ran.result.delta.values()) == -800
    # what was paid too much comes off the next payment; a payout never goes below nothing
    assert paid(house, LABEL) == F(120)
    assert balances(house)[f"payable:{LABEL}:con_artist"] == F(-8)


def test_a_split_corrected_backwards_moves_the_money_and_says_what_it_corrects(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    taken(house, report(tmp_path / "july.csv", [ONE]), moments())
    first = settled(house, "2026-07", moments)
    with house.work(ORGANISATION) as work:
        own(work, SONG, [ShareRow(LABEL, F(3, 4), WW), ShareRow(RIVAL, F(1, 4), WW)], moments())
        work.commit()
    second = settled(house, "2026-07", moments, closing=False)
    assert second.record.restates == first.record.id
    assert second.result.delta[f"payable:{RIVAL}:direct"] == 2000
    assert sum(second.result.delta.values()) == 0
    assert paid(house, RIVAL) == F(20)


def test_unmatched_money_waits_must_be_explained_and_pays_at_the_day_of_use(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    strange = ("Later", ISRCS[LATER], 300, "24.00")
    taken(house, report(tmp_path / "july.csv", [ONE, strange]), moments())
    ran = run_period(house, ORGANISATION, named("2026-07"), moments(), "per_one")
    step(house, ORGANISATION, ran, RunState.REVIEWED, moments(), "per_one")
    with pytest.raises(StepError, match="unmatched money"):
        step(house, ORGANISATION, ran, RunState.APPROVED, moments(), "per_two")
    with pytest.raises(PeriodProblem, match="holds nothing as 'no_right'"):
        explain(house, ORGANISATION, ran.record.id, "no_right", "because", moments(), "per_two")
    told = explain(house, ORGANISATION, ran.record.id, "no_asset", "the label registers it", moments(), "per_one")
    assert told.explained == (("no_asset", "the label registers it"),)
    with pytest.raises(StepError, match="a second person"):
        step(house, ORGANISATION, ran, RunState.APPROVED, moments(), "per_one")
    step(house, ORGANISATION, ran, RunState.APPROVED, moments(), "per_two")
    step(house, ORGANISATION, ran, RunState.POSTED, moments(), "per_two")
    close(house, ORGANISATION, ran, moments(), "per_two")
    (waits,) = usage_desk.suspense(house, ORGANISATION, moments().date())
    assert (waits.kind, waits.amount, waits.titles) == ("no_asset", "24.00", ("Later",))
    assert balances(house)["suspense:no_asset"] == F(24)
    with house.work(ORGANISATION) as work:
        register(work, LATER, moments())
        work.commit()
    (again,) = usage_desk.rematch_usage(house, ORGANISATION, moments())
    assert again.found == 1
    assert usage_desk.suspense(house, ORGANISATION, moments().date()) == []
    second = settled(house, "2026-07", moments, closing=False)
    assert second.result.delta == {f"payable:{LABEL}:con_artist": 2400, "suspense:no_asset": -2400}
    assert "suspense:no_asset" not in balances(house)
    # the statement of the first run still leads to the rows as they were matched then
    assert made_again(house, ORGANISATION, ran.record.id).result.digest == ran.result.digest


def test_a_creation_without_an_isrc_pays_its_parents(house: House, tmp_path: Path, moments: Moments) -> None:
    rows = tmp_path / "july.csv"
    rows.write_text(
        "Sales Month,Store,Country of Sale,Title,Artist,ISRC,UPC,Quantity,Earnings (EUR),Item\n"
        "2026-07,Alpha Music,DE,Song (sped up),somebody,,,100,8.00,cre-17\n"
    )
    proposal = usage_desk.propose_mapping(rows.read_bytes(), rows.name)
    usage_desk.confirm_mapping(
        house, ORGANISATION, proposal, moments(), "per_one", name="alpha-creations",
        changed={"proprietary_id": "Item"}, currency="EUR",
    )  # fmt: skip
    taken(house, rows, moments())
    settled(house, "2026-07", moments)
    assert balances(house)["suspense:no_asset"] == F(8)
    told = tmp_path / "creations.csv"
    told.write_text(
        "Derivative ID,Parent ISRCs,Type,Territory,Created At,Maker,Title\n"
        f"cre-17,{ISRCS[SONG]},SPEED_PITCH,DE,2026-07-05T10:00:00Z,user-4,Song (sped up)\n"
    )
    made = usage_desk.take_in_creations(house, ORGANISATION, told.name, told.read_bytes(), "alpha", moments())
    assert (made.told, made.new, made.linked, made.refused) == (1, 1, 1, False)
    assert usage_desk.take_in_creations(house, ORGANISATION, told.name, told.read_bytes(), "alpha", moments()).new == 0
    assert [one.found for one in usage_desk.rematch_usage(house, ORGANISATION, moments())] == [1]
    ran = settled(house, "2026-07", moments, closing=False)
    assert ran.result.delta == {f"payable:{LABEL}:con_artist": 800, "suspense:no_asset": -800}
    by_parent = plays.played(house, ORGANISATION, ["parent", "type"])
    assert [(one.key, one.units, one.amount) for one in by_parent.lines] == [((SONG, "SPEED_PITCH"), 100, "8.00")]
    settled(house, "2026-07", moments)
    with house.work(ORGANISATION, read_only=True) as work:
        (told_one,) = usage_desk.told_creations(work)
    assert (told_one.parents, told_one.unknown, told_one.creation.derivative_id) == (("Song",), (), "cre-17")
    earned = plays.paid_for(house, ORGANISATION, ["parent", "type", "week", "month"])
    # the artist's part goes into the advance, and is told on a statement of its own
    key = (SONG, "SPEED_PITCH", plays.SEVERAL, "2026-07")
    assert {(one.key, one.payee, one.amount) for one in earned} == {(key, LABEL, F(6)), (key, ARTIST, F(2))}
    assert plays.paid_for(house, ORGANISATION, ["service"], [ISRCS[SONG]]) == []  # the original was not played


def test_a_quarter_and_a_month_of_it_are_never_both_paid(house: House, tmp_path: Path, moments: Moments) -> None:
    taken(house, report(tmp_path / "july.csv", [ONE]), moments())
    settled(house, "2026-07", moments)
    with pytest.raises(PeriodProblem, match="shares days with 2026-07"):
        run_period(house, ORGANISATION, named("2026-Q3"), moments(), "per_one")


def test_of_two_drafts_of_a_month_only_one_can_be_posted(house: House, tmp_path: Path, moments: Moments) -> None:
    taken(house, report(tmp_path / "july.csv", [ONE]), moments())
    early = run_period(house, ORGANISATION, named("2026-07"), moments(), "per_one")
    taken(house, report(tmp_path / "more.csv", [TWO]), moments())
    late = run_period(house, ORGANISATION, named("2026-07"), moments(), "per_one")
    for ran in (early, late):
        step(house, ORGANISATION, ran, RunState.REVIEWED, moments(), "per_one")
        step(house, ORGANISATION, ran, RunState.APPROVED, moments(), "per_two")
    step(house, ORGANISATION, early, RunState.POSTED, moments(), "per_two")
    with pytest.raises(StepError, match="another run of 2026-07 was posted"):
        step(house, ORGANISATION, late, RunState.POSTED, moments(), "per_two")
    settled(house, "2026-07", moments)
    assert paid(house, LABEL) == F(120)


def test_a_payee_who_is_held_or_without_details_accrues(house: House, tmp_path: Path, moments: Moments) -> None:
    with house.work(ORGANISATION) as work:
        assert work.royalty.hold(LABEL, True, "a court asks", "per_one", moments())
        assert not work.royalty.hold(LABEL, True, "again", "per_one", moments())
        work.people.delete_details(ARTIST)
        work.commit()
    taken(house, report(tmp_path / "july.csv", [("Song", ISRCS[SONG], 1, "800.00")]), moments())
    ran = settled(house, "2026-07", moments)
    whys = {payout.party: payout.why for payout in ran.result.payouts}
    assert whys == {LABEL: "held: a court asks", ARTIST: "payout details are missing; the money accrues"}
    with house.work(ORGANISATION) as work:
        work.royalty.hold(LABEL, False, "settled", "per_one", moments())
        work.commit()
    taken(house, report(tmp_path / "august.csv", [TWO], "2026-08"), moments())
    settled(house, "2026-08", moments)
    assert paid(house, LABEL) == F(730)  # 700 of July and 30 of August


def test_the_rate_fixed_on_a_receipt_goes_before_that_of_the_terms(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    from ritornello.usage.model import Exchange

    path = report(tmp_path / "usd.csv", [ONE])
    path.write_text(path.read_text().replace("EUR", "USD"))
    rate = Exchange("EUR", F("0.9"), moments().date(), "the bank")
    taken(house, path, moments(), exchange={"USD": rate})
    ran = settled(house, "2026-07", moments)
    assert ran.result.receipts == F(72)
    write_statements(house, ORGANISATION, ran, moments())
