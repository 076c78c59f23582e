"""The demo song as a score, from its own truth: what a perfect ear would have written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from ritornello.studio import demo_song
from ritornello.studio.demo import score as written
from ritornello.studio.harmony import chord_named, plain
from ritornello.studio.recipe import Source
from ritornello.studio.score import PPQ, ChordSpan, Part, Score, score_of
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
    """The demo song in triads, as an analysis hears them."""
    score = score_of(
        true_analysis(), [Sung(n.start, n.end, n.pitch) for n in demo_song.truth().melody], title="Refrain"
    )
    chords = tuple(
        ChordSpan(round(c.beat * PPQ), round((c.beat + c.length) * PPQ), plain(chord_named(c.label)))
        for c in written.chords()
    )
    return replace(score, chords=chords, heard=chords)


def first_bars(score: Score, count: int) -> Score:
    """The first `count` bars alone."""
    end = score.bars[count]
    chords = tuple(span for span in score.chords if span.end <= end)
    return replace(
        score,
        bars=score.bars[:count],
        end=end,
        tune=tuple(tone for tone in score.tune if tone.end <= end),
        chords=chords,
        heard=chords,
        sections=(Part(0, end, "verse"),),
    )
