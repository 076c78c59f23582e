"""One song as the builders of recipes need it, with what was heard in it kept for as long as it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ritornello.analysis.model import Analysis, Audio
from ritornello.studio.grooves import groove_of
from ritornello.studio.recipe import Source

if TYPE_CHECKING:
    from ritornello.studio.score import Score

_WRITTEN: dict[tuple[str, str, tuple[int, ...], str, bool], Score] = {}
"""Scores of the songs that were asked for last: one transcription serves every wish that is tried on a song."""
_GROOVES: dict[str, tuple[tuple[int, int], ...]] = {}
_MOST_WRITTEN = 16


@dataclass(frozen=True, slots=True)
class Material:
    """One song as the builders need it: the source as recipes name it, what was heard, and how to hear it again.

    `part` hears a delivered stem. `score` is the song written down where a person has corrected it; otherwise it is
    written down when a plan needs it. `contribution` is the person's own recording and `taken` hears it; it begins at
    `taken_at_ms` where the person says so, else it is recognised. `other` is the second song of a mash-up, `lender` the
    song whose groove is borrowed. `unaided` keeps trained models away from it: our own method writes the tune down.
    """

    source: Source
    analysis: Analysis
    listen: Callable[[], Audio]
    title: str = ""
    part: Callable[[str], Audio] | None = None
    score: Score | None = None
    contribution: Source | None = None
    taken: Callable[[], Audio] | None = None
    taken_at_ms: int | None = None
    other: Material | None = None
    lender: Material | None = None
    unaided: bool = False

    def groove(self) -> tuple[tuple[int, int], ...]:
        """How late and how strong each quarter beat of its bar is played, heard once for as long as the song is asked
        for. Raises GrooveError for music without bars or strokes."""
        key = self.source.pcm_sha256
        if key not in _GROOVES:
            while len(_GROOVES) >= _MOST_WRITTEN:
                _GROOVES.pop(next(iter(_GROOVES)), None)
            _GROOVES[key] = groove_of(self.listen(), self.analysis)
        return _GROOVES[key]

    def lends(self, rate: int) -> Source:
        """The song as the lender of a groove in a recipe at `rate`."""
        frames = round(self.source.frames * rate / self.analysis.rate)
        return Source("lender", "recording", self.source.pcm_sha256, frames, work_ref=self.source.work_ref)

    def written(self, report: Callable[[float, str], None] | None = None) -> Score:
        """The song as a score: corrected, or transcribed from the voice or lead stem, or from the whole.

        `report` hears the finished fraction and may raise to stop.
        """
        from ritornello.analysis.notes import transcribe
        from ritornello.studio.score import score_of

        if self.score is not None:
            return self.score
        tune = next((name for name in (self.source.vocal_part, "vocals", "lead") if name in self.source.stems), None)
        sung = self.source.stems.get(tune or "", "")
        key = (self.source.pcm_sha256, sung, self.source.beats, self.title, self.unaided)
        if key not in _WRITTEN:
            audio = self.part(tune) if self.part is not None and tune else self.listen()
            while len(_WRITTEN) >= _MOST_WRITTEN:
                _WRITTEN.pop(next(iter(_WRITTEN)), None)
            heard = transcribe(audio, self.analysis, report, method="own" if self.unaided else None)
            _WRITTEN[key] = score_of(self.analysis, heard, title=self.title)
        return _WRITTEN[key]
