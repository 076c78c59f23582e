""" "Why less than last time?": each cause by a known answer, and the sum of them by property."""

from __future__ import annotations

from datetime import date
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.statements.compare import compare
from ritornello.statements.model import ADJUSTMENT, EARLIER, USAGE, Line, Statement, StatementError, Totals

ACCOUNT = "payable:pty_a:con_a"


def used(title: str, units: int, gross: F, kept: F, service: str = "alpha") -> Line:
    """A line of usage: so many uses that brought so much, of which this part is the payee's."""
    return Line(
        0, USAGE, ACCOUNT, gross * kept, "", title=title, service=service, territory="DE", flow="stream", units=units,
        source_amount=gross, source_currency="EUR", kept=kept,
    )  # fmt: skip


def statement(*lines: Line, payee: str = "pty_a", currency: str = "EUR") -> Statement:
    earned = int(sum((line.amount for line in lines), F(0)) * 100)
    totals = Totals(earned=earned, opening=0, due=earned, withheld=(), paid=earned, carried=0)
    return Statement("stt_a", payee, currency, date(2026, 7, 1), date(2026, 7, 31), tuple(lines), totals, "run")


def causes(now: Statement, before: Statement) -> dict[tuple[str, str], tuple[F, str]]:
    return {(one.cause, one.subject): (one.amount, one.words) for one in compare(now, before)}


def test_volume_price_and_part_are_divided_in_this_order() -> None:
    before, now = used("Song", 1000, F(10), F(1, 2)), used("Song", 1500, F(12), F(2, 5))
    where = "Song · alpha · DE · stream"
    assert causes(statement(now), statement(before)) == {
        ("volume", where): (F("2.5"), "1,500 uses, 1,000 last time"),  # 500 uses more at 0.01, of which half
        ("price", where): (F("-1.5"), "0.008 per use, 0.01 last time"),  # 1,500 at 0.002 less, of which half
        ("part", where): (F("-1.2"), "your part is 40 %, 50 % last time"),  # a tenth less of 12
    }


def test_what_stands_on_one_side_only_is_new_or_gone() -> None:
    now, before = statement(used("New", 1, F(3), F(1))), statement(used("Old", 1, F(2), F(1)))
    assert [(one.cause, one.amount) for one in compare(now, before)] == [("new", F(3)), ("gone", F(-2))]


@pytest.mark.parametrize(("units", "gross"), [(-19_000, F(-135)), (0, F(-1)), (100, F(-5)), (-5, F(2))])
def test_what_was_taken_back_has_no_price_per_use(units: int, gross: F) -> None:
    (one,) = compare(
        statement(used("Song", units, gross, F(1, 2))), statement(used("Song", 3001, F("92.0092"), F(1, 2)))
    )
    assert one.cause == "volume" and one.amount == (gross - F("92.0092")) / 2
    assert one.words == f"{gross} was reported, 92.0092 last time"


def test_rules_differ_by_their_name_and_what_was_stated_before_is_no_rule() -> None:
    advance = Line(0, ADJUSTMENT, ACCOUNT, F(-40), "", rule="recoupment")
    stated = Line(0, EARLIER, ACCOUNT, F(-7), "", rule="restatement")
    plays = used("Song", 1, F(50), F(1))
    found = causes(statement(plays, advance, stated), statement(plays))
    assert found == {("adjustment", "recoupment"): (F(-40), "recoupment differs")}


@pytest.mark.parametrize(("payee", "currency"), [("pty_b", "EUR"), ("pty_a", "USD")])
def test_only_one_payee_in_one_currency_is_compared(payee: str, currency: str) -> None:
    with pytest.raises(StatementError, match="one payee in one currency"):
        compare(statement(), statement(payee=payee, currency=currency))


AMOUNTS = st.fractions(min_value=-500, max_value=500, max_denominator=1000)
LINES = st.lists(
    st.builds(used, st.sampled_from(["A", "B"]), st.integers(-50, 50), AMOUNTS, st.fractions(0, 1, max_denominator=20)),
    max_size=6,
)


@given(LINES, LINES)
def test_the_causes_add_up_to_the_difference(now: list[Line], before: list[Line]) -> None:
    """Whatever was used, taken back, new or gone: nothing of the difference is left without a cause."""
    difference = sum((line.amount for line in now), F(0)) - sum((line.amount for line in before), F(0))
    assert sum((one.amount for one in compare(statement(*now), statement(*before))), F(0)) == difference
