"""What is a copy of a recording, and what only shares its beat."""

from __future__ import annotations

import numpy as np
import pytest

from ritornello.identify import prints, service
from ritornello.identify.model import Answer, Tier
from ritornello.identify.segment import build
from tests.identify import music

WHOLE = (0.0, 24.0)


def bits(error: float) -> Answer:
    """An answer of the exact tier for all of a song, in which so many of the bits differ."""
    score = (0.5 - error) * 2 * float(np.sqrt(240 * prints.EFFECTIVE_BITS))
    return Answer("rec_2", Tier.EXACT, WHOLE, WHOLE, 0.0, 1.0, score, 1e-20)


@pytest.mark.parametrize(("error", "copied"), [(0.05, ["rec_2"]), (0.29, ["rec_2"]), (0.31, []), (0.37, [])])
def test_a_shared_beat_makes_no_copy(monkeypatch: pytest.MonkeyPatch, error: float, copied: list[str]) -> None:
    """Song 1 is asked, and the prints say song 2: only few differing bits are believed without laying it over."""
    monkeypatch.setattr(prints, "identify_folded", lambda folded, segments: [bits(error)])
    found = service.copies(music.song(1), [build([music.entry(2)])], ())
    assert [one.recording for one in found] == copied


def test_what_the_prints_doubt_is_laid_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "identify_folded", lambda folded, segments: [bits(0.4)])
    others = [build([music.entry(seed) for seed in range(3, 9)])]
    (found,) = service.copies(music.song(2), [build([music.entry(2)])], (), others)
    assert (found.recording, found.tier) == ("rec_2", Tier.DECLARED)
