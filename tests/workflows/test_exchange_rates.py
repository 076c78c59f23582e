"""Rates of exchange after the fact: what is missing, what is fixed, what a wrong one costs when it is corrected."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ritornello.royalty.documents import TermError
from ritornello.usage.exchange import rates_of
from ritornello.usage.model import TakenFile, UsageError
from ritornello.workflows.close_period import run_period
from ritornello.workflows.exchange_rates import exact_text, fix_rates, missing, valued
from ritornello.workflows.house import House
from ritornello.workflows.periods import named
from tests.workflows.books import (
    ISRCS,
    LABEL,
    ORGANISATION,
    SONG,
    Moments,
    balances,
    found,
    house_on,
    report,
    settled,
    taken,
)

DAY = date(2026, 7, 31)


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    made = house_on(engine, tmp_path)
    found(made)
    return made


@pytest.fixture
def moments() -> Moments:
    return Moments()


def in_dollars(house: House, folder: Path, moments: Moments) -> TakenFile:
    """1,000 dollars for the song, reported without a rate."""
    path = report(folder / "usd.csv", [("Song", ISRCS[SONG], 1000, "1000.00")])
    path.write_text(path.read_text().replace("EUR", "USD"))
    (file,) = taken(house, path, moments()).files
    return file


def paid(house: House) -> F:
    return sum((amount for account, amount in balances(house).items() if account.startswith("payout:")), F(0))


def test_a_missing_rate_is_told_fixed_and_paid_and_a_wrong_one_is_corrected(
    house: House, tmp_path: Path, moments: Moments
) -> None:
    file = in_dollars(house, tmp_path, moments)
    with house.work(ORGANISATION, read_only=True) as work:
        (lacks,) = missing(work)
    assert (lacks.file.id, lacks.currency, lacks.total, lacks.rate) == (file.id, "USD", F(1000), None)
    with pytest.raises(TermError, match="no rate from USD to EUR"):
        run_period(house, ORGANISATION, named("2026-07"), moments(), "per_one")
    kept, again = fix_rates(
        house, ORGANISATION, file.id, rates_of(["usd = 0.9"], "EUR", DAY, "the bank"), moments(), "per_one"
    )
    assert (kept.id, again) == (file.id, ())
    with house.work(ORGANISATION, read_only=True) as work:
        assert missing(work) == []
        (one,) = valued(work, work.usage.files())
    assert (one.rate, one.day, one.provider, one.fixed) == (F("0.9"), DAY, "the bank", True)
    first = settled(house, "2026-07", moments)
    assert paid(house) == F(900)  # the label has 675 and the 100 of the advance, the artist 125
    # the bank's letter says 0.92: the period is told, and its run posts 20 more and says what it corrects
    better = rates_of(["USD=0.92"], "EUR", DAY, "the bank's letter")
    assert fix_rates(house, ORGANISATION, file.id, better, moments(), "per_two")[1] == ("2026-07",)
    second = settled(house, "2026-07", moments, closing=False)
    assert second.record.restates == first.record.id
    assert sum(second.result.delta.values()) == 2000
    assert paid(house) == F(920)
    with house.work(ORGANISATION, read_only=True) as work:
        terms = work.royalty.terms()
        assert terms is not None
        assert [one["rate"] for one in terms.document["fx"]] == ["0.92"]  # the wrong one is no longer in force


def test_a_rate_that_ends_nowhere_reads_back_as_the_same_number() -> None:
    assert [exact_text(one) for one in (F("0.92"), F(1, 3), F(7))] == ["0.92", "1/3", "7"]


def test_what_is_wrong_with_rates_is_told_together(house: House, tmp_path: Path, moments: Moments) -> None:
    with pytest.raises(UsageError) as told:
        rates_of(["USD=0,92", "XXX=1", "GBP=-1", "EUR=1", "CHF=1", "chf=2", "nothing"], "EUR", DAY, "")
    for words in ("'USD=0,92'", "'XXX'", "above zero", "need no rate", "another rate already", "'nothing'"):
        assert words in str(told.value)
    file = in_dollars(house, tmp_path, moments)
    with pytest.raises(UsageError) as told:
        fix_rates(house, ORGANISATION, file.id, rates_of(["GBP=1"], "CHF", DAY, ""), moments(), "per_one")
    assert "reports no GBP; it reports USD" in str(told.value)
    assert "the terms are in EUR, the rates are into CHF" in str(told.value)
    with pytest.raises(UsageError, match="no rate was given"):
        fix_rates(house, ORGANISATION, file.id, {}, moments(), "per_one")
    with pytest.raises(UsageError, match="there is no report fil_none"):
        fix_rates(house, ORGANISATION, "fil_none", rates_of(["USD=1"], "EUR", DAY, ""), moments(), "per_one")
    with house.work(ORGANISATION, read_only=True) as work:
        kept = work.royalty.terms()
        assert kept is not None and "fx" not in kept.document  # nothing was written


def test_a_corrected_report_takes_no_rate_its_correction_does(house: House, tmp_path: Path, moments: Moments) -> None:
    old = in_dollars(house, tmp_path, moments)
    path = report(tmp_path / "better.csv", [("Song", ISRCS[SONG], 900, "900.00")])
    path.write_text(path.read_text().replace("EUR", "USD"))
    (new,) = taken(house, path, moments(), supersedes=old.id).files
    rates = rates_of(["USD=0.9"], "EUR", DAY, "")
    with pytest.raises(UsageError, match=f"no longer counts, {new.id} corrects it"):
        fix_rates(house, ORGANISATION, old.id, rates, moments(), "per_one")
    fix_rates(house, ORGANISATION, new.id, rates, moments(), "per_one")
    settled(house, "2026-07", moments)
    assert paid(house) == F(810)
    assert balances(house)[f"payout:{LABEL}"] == F("707.5")  # three quarters of 810, and the advance of 100
