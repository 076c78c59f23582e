"""A takedown is the same message with ended deals: from its day on nothing is offered, and nobody is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.distribution.destinations import Destination, Feed, Takedown
from ritornello.distribution.release_message import findings_of, release_message
from ritornello.distribution.takedown import ended, route
from ritornello.messages import ern
from tests.distribution.remix_delivery import ALPHA, BETA, DELIVERY
from tests.shared_material import DDEX

MESSAGE = release_message(DELIVERY)
AT = datetime(2026, 8, 10, 9, tzinfo=UTC)


def test_a_running_deal_ends_the_day_before() -> None:
    down = ended(MESSAGE, date(2026, 8, 10), AT)
    assert {(deal.start, deal.end) for deal in down.deals} == {(date(2026, 6, 26), date(2026, 8, 9))}
    assert down.header.thread_id == MESSAGE.header.thread_id
    assert down.header.message_id != MESSAGE.header.message_id
    assert down.recordings == MESSAGE.recordings
    assert findings_of(DELIVERY, down) == ()


def test_a_deal_that_has_not_begun_never_begins() -> None:
    early = datetime(2026, 6, 22, 9, tzinfo=UTC)
    down = ended(MESSAGE, date(2026, 6, 22), early)
    assert {(deal.start, deal.end) for deal in down.deals} == {(date(2026, 6, 21), date(2026, 6, 21))}
    assert findings_of(DELIVERY, down) == ()


def test_a_deal_that_ends_earlier_keeps_its_end() -> None:
    short = replace(MESSAGE, deals=(replace(MESSAGE.deals[0], end=date(2026, 7, 1)),))
    assert ended(short, date(2026, 8, 10), AT).deals == short.deals


@given(
    st.dates(date(2026, 6, 16), date(2030, 1, 1)),
    st.dates(date(2026, 6, 16), date(2030, 1, 1)),
    st.none() | st.integers(0, 2000),
)
def test_from_that_day_on_nothing_is_offered(from_day: date, start: date, length: int | None) -> None:
    end = None if length is None else start + timedelta(days=length)
    deal = replace(MESSAGE.deals[0], start=start, end=end)
    (down,) = ended(replace(MESSAGE, deals=(deal,)), from_day, AT).deals
    assert down.end is not None and down.start <= down.end < from_day
    # it never offers a day that was not offered, but for the one before a deal that never began
    assert down.start >= start or down.start == down.end == from_day - timedelta(days=1)


def test_a_takedown_starts_from_the_message_as_it_was_sent() -> None:
    sent, left_out = ern.read(ern.write(MESSAGE))
    assert left_out == ()
    assert ended(sent, date(2026, 8, 10), AT) == ended(MESSAGE, date(2026, 8, 10), AT)


def test_everybody_is_reached_by_message_or_by_hand() -> None:
    by_hand = Destination("apple", "Apple", Feed.CHECKLIST, takedown=Takedown.BY_HAND)
    stubborn = replace(BETA, takedown=Takedown.BY_HAND)
    found = route([ALPHA, by_hand, stubborn])
    assert (found.by_message, found.by_hand) == ((ALPHA,), (by_hand, stubborn))


if DDEX is not None:
    XSD = DDEX / "xsd"

    @pytest.mark.parametrize("from_day", [date(2026, 6, 22), date(2026, 8, 10)])
    def test_the_schema_takes_a_takedown(from_day: date) -> None:
        assert ern.validate_schema(ern.write(ended(MESSAGE, from_day, AT)), XSD) == ()
