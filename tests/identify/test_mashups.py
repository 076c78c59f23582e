"""Who is heard when: parts reach to their borders, also where another recording lies on top."""

from __future__ import annotations

import numpy as np
import pytest

from ritornello.identify import chance
from ritornello.identify.attribution import Attribution, attribute
from ritornello.identify.segment import build
from tests.identify import music

SEGMENT = build([music.entry(seed) for seed in range(1, 8)])


def spans(found: Attribution) -> dict[str, list[tuple[float, float]]]:
    out: dict[str, list[tuple[float, float]]] = {}
    for part in found.parts:
        out.setdefault(part.recording, []).append(part.answer.query_seconds)
    return out


@pytest.fixture(scope="module")
def overlapping() -> Attribution:
    """Song 1 from 0 to 20 s and song 4 from 12 to 32 s, equally loud."""
    made = np.zeros(32 * music.RATE)
    for seed, start, gain in ((1, 0, 1.0), (4, 12, 1.0)):
        clip = music.cut(music.song(seed), 2, 22)
        made[start * music.RATE : (start + 20) * music.RATE] += gain * clip / clip.std()
    return attribute(music.query(made), [SEGMENT])


def test_a_part_reaches_under_what_covers_it(overlapping: Attribution) -> None:
    (one,) = spans(overlapping)["rec_1"]
    (other,) = spans(overlapping)["rec_4"]
    assert one == pytest.approx((0, 20), abs=1.5)
    assert other == pytest.approx((12, 32), abs=1.5)


def test_shares_halve_what_two_are_heard_in(overlapping: Attribution) -> None:
    assert overlapping.duration_shares == pytest.approx({"rec_1": 0.5, "rec_4": 0.5}, abs=0.04)
    assert overlapping.unknown_seconds < 1.5


def test_a_part_ends_where_a_stranger_begins() -> None:
    made = np.concatenate([music.cut(music.song(3), 1, 16), music.cut(music.song(23), 0, 14)])
    found = attribute(music.query(made), [SEGMENT])
    (only,) = spans(found)["rec_3"]
    assert only == pytest.approx((0, 15), abs=1.5)
    assert set(found.duration_shares) == {"rec_3"}
    assert found.unknown_seconds == pytest.approx(14, abs=1.5)


@pytest.mark.parametrize(("silence", "believed"), [(40, True), (192, False)])
def test_every_window_is_one_more_occasion_for_chance(
    monkeypatch: pytest.MonkeyPatch, silence: int, believed: bool
) -> None:
    monkeypatch.setattr(chance, "of_score", lambda score, *_: 5e-4 if score > 5 else 1.0)
    made = np.concatenate([music.cut(music.song(2), 3, 11), np.zeros(silence * music.RATE)])
    windows = (8 + silence - 8) // 4 + 1
    found = {part.recording: part.answer.chance for part in attribute(music.query(made), [SEGMENT]).parts}
    assert found == ({"rec_2": pytest.approx(5e-4 * windows)} if believed else {})
