"""Every style lets the tune be heard: its loudness against the whole band, each part played alone."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from ritornello.analysis.loudness import measure
from ritornello.analysis.model import Audio
from ritornello.studio.arrangement import arrange
from ritornello.studio.band import in_samples, play
from ritornello.studio.covering import performance
from ritornello.studio.styles import packs
from tests.studio.songs import demo_score, first_bars

RATE = 44_100
MOST_UNDER_LU = 7.0


@cache
def levels(style: str) -> tuple[float, dict[str, float]]:
    """The loudness of the whole in LUFS, and of each part by its player's name."""
    pack = packs()[style]
    score = first_bars(demo_score(), 8)
    p = performance(score, pack, arrange(score, pack, 1))
    names = [track.name for track in arrange(score, pack, 1).tracks]
    rows = in_samples(p, RATE)
    whole = np.zeros((max(start + frames for _, start, frames, *_ in rows) + RATE, 2), np.float32)
    found = {}
    for k, name in enumerate(names):
        own = {**p, "notes": [row for row in p["notes"] if row[0] == k]}  # type: ignore[attr-defined]
        if not own["notes"]:
            continue
        sound = np.zeros_like(whole)
        play(own, RATE, 1, sound)
        whole += sound
        found[name] = measure(Audio(sound, RATE)).lufs
    return measure(Audio(whole, RATE)).lufs, found


@pytest.mark.parametrize("style", sorted(packs()))
def test_the_tune_is_heard_over_the_band(style: str) -> None:
    whole, parts = levels(style)
    leads = [player.name for player in packs()[style].players if player.role == "lead"]
    (tune,) = [parts[name] for name in leads if name in parts]
    assert whole - tune <= MOST_UNDER_LU, (whole, parts)
