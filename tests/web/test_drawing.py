"""Words, waveforms, bars and exports: small exact functions that every page is drawn with."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.web import charts, exports, waveform, wording
from ritornello.web.money_views import Part
from ritornello.web.views import Amount, ChangeRow


def eur(micros: int) -> Amount:
    return Amount(micros, "EUR")


def test_words() -> None:
    assert [wording.timecode(ms) for ms in (0, 999, 62_000, 3_723_000)] == ["0:00", "0:00", "1:02", "1:02:03"]
    assert wording.day(date(2026, 3, 4)) == "4 March 2026"
    assert wording.instant(datetime(2026, 3, 4, 14, 5, tzinfo=UTC)) == "4 March 2026, 14:05 UTC"
    assert wording.period("2026-03") == "March 2026"
    assert wording.period("2026-Q4") == "fourth quarter of 2026"
    assert wording.period("whole life") == "whole life"
    assert [wording.percent(Fraction(n, 3)) for n in (1, 2, 3)] == ["33.3333 %", "66.6667 %", "100 %"]
    assert [wording.signed_permille(n) for n in (1080, 950, 1000, 1005)] == ["+8 %", "−5 %", "unchanged", "+0.5 %"]
    assert [wording.signed_cents(n) for n in (200, -100, 201, 20, 0)] == [
        "+2 semitones",
        "−1 semitone",
        "+2.01 semitones",
        "+20 cents",
        "unchanged",
    ]
    assert wording.hundredths(-1400, "LUFS") == "−14.0 LUFS"
    assert wording.hundredths(-105, "dBTP") == "−1.05 dBTP"


def test_money_is_escaped_exact_and_signed() -> None:
    assert "1,234.50" in wording.money(eur(1_234_500_000))
    assert "\u22120.01" in wording.money(eur(-10_000))
    assert "0.000001" in wording.money(eur(1))
    assert "no amount" in wording.money(None)


@given(
    st.lists(st.tuples(st.integers(-127, 127), st.integers(-127, 127)), min_size=1, max_size=400), st.integers(1, 64)
)
def test_a_thinned_waveform_keeps_every_extreme(peaks: list[tuple[int, int]], buckets: int) -> None:
    thin = waveform.thin(peaks, buckets)
    assert len(thin) == min(buckets, len(peaks))
    assert min(low for low, _ in thin) == min(low for low, _ in peaks)
    assert max(high for _, high in thin) == max(high for _, high in peaks)
    assert waveform.path(thin).count("M") == len(thin)


@given(st.lists(st.tuples(st.integers(-32767, 0), st.integers(0, 32767)), min_size=1, max_size=200))
def test_a_drawn_waveform_fills_its_height_and_stays_within(peaks: list[tuple[int, int]]) -> None:
    drawn = waveform.fit(peaks, 64)
    largest = max(max(-low, high) for low, high in drawn)
    assert largest == (124 if any(low or high for low, high in peaks) else 0)


@given(st.lists(st.integers(-5, 10**12), min_size=1, max_size=9))
def test_a_stacked_bar_is_full_to_the_last_hundredth(amounts: list[int]) -> None:
    slices = charts.stacked([Part("payable", str(n), eur(amount)) for n, amount in enumerate(amounts)])
    if any(amount > 0 for amount in amounts):
        assert sum(int(s.width.replace(".", "")) for s in slices) == 10_000
    else:
        assert slices == ()


def test_a_gauge_stays_on_its_scale() -> None:
    row = ChangeRow("Tempo", "", "", 1500, 850, 1150, 700, 1300, "no")
    assert charts.gauge(row) == charts.Gauge("25.00", "50.00", "100.00")


@pytest.mark.parametrize("text", ["=1+1", "+7", "-x", "@cmd", "\tx"])
def test_a_formula_in_a_name_stays_text(text: str) -> None:
    table = exports.Table("songs", ("title", "earned"), [(text, eur(-12_500_000)), ("plain", None)])
    rows = list(csv.reader(io.StringIO(exports.as_csv(table).decode("utf-8-sig"))))
    assert rows == [["title", "earned", "earned_currency"], [f"'{text}", "-12.50", "EUR"], ["plain", "", ""]]
    told = json.loads(exports.as_json(table))
    assert told == {
        "songs": [
            {"title": text, "earned": {"amount": "-12.50", "currency": "EUR"}},
            {"title": "plain", "earned": None},
        ]
    }
