"""An ISRC is given once, from the owner's own range, and never to two recordings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.distribution.model import Allocation
from ritornello.distribution.numbers import NumberError, allocate, left
from ritornello.identifiers import isrc
from ritornello.identifiers.isrc import RangeExhausted

AT = datetime(2026, 6, 20, 8, tzinfo=UTC)


@dataclass
class Book:
    """What has been given out, in memory."""

    prefixes: dict[str, str] = field(default_factory=lambda: {"pty_label": "DEXX1", "pty_other": "FRYY2"})
    given: list[Allocation] = field(default_factory=list)

    def prefix_of(self, owner: str) -> str | None:
        return self.prefixes.get(owner)

    def allocation(self, recording_id: str) -> Allocation | None:
        return next((one for one in self.given if one.recording_id == recording_id), None)

    def issued(self, prefix: str, year: int) -> Collection[str]:
        return [one.isrc for one in self.given if (one.prefix, one.year) == (prefix, year)]

    def add_allocation(self, allocation: Allocation) -> None:
        self.given.append(allocation)


def test_the_same_recording_keeps_its_number() -> None:
    book = Book()
    first = allocate(book, "rec_a", "pty_label", AT)
    again = allocate(book, "rec_a", "pty_label", AT.replace(year=2027))
    assert first == again and len(book.given) == 1
    assert (first.isrc, first.prefix, first.year) == ("DEXX12600000", "DEXX1", 2026)


def test_each_year_starts_anew_and_each_owner_has_a_range_of_its_own() -> None:
    book = Book()
    given = [
        allocate(book, "rec_a", "pty_label", AT),
        allocate(book, "rec_b", "pty_label", AT),
        allocate(book, "rec_c", "pty_label", AT.replace(year=2027)),
        allocate(book, "rec_d", "pty_other", AT),
    ]
    assert [one.isrc for one in given] == ["DEXX12600000", "DEXX12600001", "DEXX12700000", "FRYY22600000"]


def test_an_owner_without_a_range_gets_none() -> None:
    book = Book()
    with pytest.raises(NumberError, match="pty_fan has no registrant prefix"):
        allocate(book, "rec_a", "pty_fan", AT)
    assert (book.given, left(book, "pty_fan", 2026)) == ([], 0)


def test_numbers_that_the_catalogue_has_from_elsewhere_are_not_given_again() -> None:
    book = Book()
    assert allocate(book, "rec_a", "pty_label", AT, ["DEXX12600000", "DEXX12600041"]).isrc == "DEXX12600042"
    # those of another prefix or year say nothing about this range
    assert allocate(Book(), "rec_a", "pty_label", AT, ["FRYY22600041", "DEXX12500041"]).isrc == "DEXX12600000"


def test_a_year_that_is_used_up_says_so_and_gives_nothing() -> None:
    book = Book()
    every = {f"DEXX126{number:05d}" for number in range(100_000)}
    with pytest.raises(RangeExhausted, match="100,000"):
        allocate(book, "rec_a", "pty_label", AT, every)
    assert book.given == []
    assert allocate(book, "rec_a", "pty_label", AT, every - {"DEXX12600777"}).isrc == "DEXX12600777"


def test_what_is_left_is_shown() -> None:
    book = Book()
    assert left(book, "pty_label", 2026) == 100_000
    allocate(book, "rec_a", "pty_label", AT)
    assert (left(book, "pty_label", 2026), left(book, "pty_label", 2027)) == (99_999, 100_000)
    # what the catalogue has from elsewhere is gone too, and is counted once
    assert left(book, "pty_label", 2026, ["DEXX12600000", "DEXX12600009", "FRYY22600010"]) == 99_998


@given(
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["pty_label", "pty_other"]), st.integers(2026, 2028))),
    st.sets(st.integers(0, 99_999), max_size=20),
)
def test_no_number_is_ever_given_twice(asked: list[tuple[int, str, int]], taken: set[int]) -> None:
    book = Book()
    elsewhere = {f"DEXX126{number:05d}" for number in taken}
    for number, owner, year in asked:
        allocate(book, f"rec_{number}", owner, AT.replace(year=year), elsewhere)
    numbers = [one.isrc for one in book.given]
    assert len(set(numbers)) == len(numbers)
    assert len({one.recording_id for one in book.given}) == len(numbers) == len({one[0] for one in asked})
    assert not elsewhere & set(numbers)
    assert len({one.id for one in book.given}) == len(numbers)
    for one in book.given:
        assert isrc.parse(one.isrc) == one.isrc
        assert one.isrc.startswith(f"{one.prefix}{one.year % 100:02d}")
