"""The demo song rendered once for all tests of the studio; excerpts of it where a whole song would only cost time."""

from __future__ import annotations

import pytest

from ritornello.analysis.model import Audio
from ritornello.studio import demo_song


@pytest.fixture(scope="session")
def stems() -> dict[str, Audio]:
    return demo_song.compose()


@pytest.fixture(scope="session")
def song(stems: dict[str, Audio]) -> Audio:
    return demo_song.mix(stems)
