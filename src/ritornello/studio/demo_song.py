"""The built-in demo song: four stems that sum to the mix, and the truth about it, known because we wrote it.

Composed and synthesised by this project and released under CC0 1.0, so that every installation has music that it may
remix, measure and ship. Rendering takes a few seconds of one core; the same machine gives the same samples each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ritornello.studio.demo import score

if TYPE_CHECKING:
    from ritornello.analysis.model import Audio

TITLE = score.TITLE
LICENCE = "CC0-1.0"
PARTS = ("drums", "bass", "harmony", "lead")
RATE = 44_100


@dataclass(frozen=True, slots=True)
class Span:
    """Something that holds from sample `start` to sample `end` (half-open): a chord or a section."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class SungNote:
    """A note of the tune as written: samples, MIDI pitch."""

    start: int
    end: int
    pitch: int


@dataclass(frozen=True, slots=True)
class Truth:
    """What an analysis of the demo song ought to find. Times are samples at `rate`."""

    rate: int
    tempo_bpm: int
    metre: int
    key: str
    beats: tuple[int, ...]
    downbeats: tuple[int, ...]
    chords: tuple[Span, ...]
    sections: tuple[Span, ...]
    melody: tuple[SungNote, ...]


def compose() -> dict[str, Audio]:
    """The four stems (drums, bass, harmony, lead), each stereo float32 at 44.1 kHz and equally long."""
    from ritornello.analysis.model import Audio
    from ritornello.studio.demo import performance

    return {part: Audio(samples, performance.RATE) for part, samples in performance.play().items()}


def mix(stems: Mapping[str, Audio]) -> Audio:
    """The master: the stems added in the order of PARTS. Raises KeyError where a part is missing."""
    from ritornello.analysis.model import Audio

    total = stems[PARTS[0]].samples.copy()
    for part in PARTS[1:]:
        total += stems[part].samples
    return Audio(total, stems[PARTS[0]].rate)


def truth() -> Truth:
    """Tempo, metre, key, beats, chords, sections and tune as written, in samples of the rendered song."""

    def at(beat: float) -> int:
        return round(beat * 60 / score.TEMPO_BPM * RATE)

    beats = tuple(at(k) for k in range(score.BARS * score.BEATS_PER_BAR))
    return Truth(
        rate=RATE,
        tempo_bpm=score.TEMPO_BPM,
        metre=score.BEATS_PER_BAR,
        key="D major",
        beats=beats,
        downbeats=beats[:: score.BEATS_PER_BAR],
        chords=tuple(Span(at(c.beat), at(c.beat + c.length), c.label) for c in score.chords()),
        sections=tuple(
            Span(at(first * score.BEATS_PER_BAR), at(last * score.BEATS_PER_BAR), name)
            for name, first, last in score.sections()
        ),
        melody=tuple(SungNote(at(n.beat), at(n.beat + n.length), n.pitch) for n in score.melody()),
    )
