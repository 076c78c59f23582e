"""The demo song as a score, from its own truth: what a perfect ear would have written down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ritornello.studio import demo_song
from ritornello.studio.recipe import Source
from ritornello.studio.score import Score, score_of
from tests.studio.test_arranging import true_analysis

WORK = Source("w", "composition", work_ref="wrk_1")


@dataclass(frozen=True)
class Sung:
    """A note as a transcription gives it."""

    start: int
    end: int
    pitch: int


@cache
def demo_score() -> Score:
    return score_of(true_analysis(), [Sung(n.start, n.end, n.pitch) for n in demo_song.truth().melody], title="Refrain")
