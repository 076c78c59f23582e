"""Long audio in pieces of ten minutes, so that two hours cost no more memory than a few songs.

Up to ten minutes nothing is cut. Beyond, the sound is brought to 8 kHz a block at a time, and its spectrum is made in
pieces, each with two seconds of its neighbours on either side: more than anything looks around that is kept of a frame
(local mean 0.5 s, peaks 0.1 s, prints 0.4 s). What is near to silence counts as such within its own piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import release
from ritornello.analysis.model import Audio
from ritornello.identify import peaks
from ritornello.identify.model import Answer, IdentifyError
from ritornello.identify.peaks import FRAMES_PER_SECOND, HOP, RATE, Peaks

Report = Callable[[float, str], None]
"""Hears how far it is (0 to 1) and what is done; what it raises stops the work."""

FRAMES = 30_000
"""Of one piece: ten minutes."""

MARGIN = 100
"""Frames (2 s) of its neighbours that a piece sees: whole seconds, so that the peaks of a second are told together."""

_BLOCK = 2**17
_SAME_PLACE = 0.3
"""Seconds by which two pieces may differ about where one copy lies."""


def silent(fraction: float, words: str) -> None:
    """The report of a caller who does not want to hear."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a spectrum.

    Attributes:
        folded: (BINS, frames), float32, with the margins.
        first: the frame of the whole at which its own frames begin.
        own: which columns of `folded` are its own.
    """

    folded: npt.NDArray[np.float32]
    first: int
    own: slice

    @property
    def begin(self) -> float:
        """Seconds of the whole at which `folded` begins."""
        return (self.first - int(self.own.start)) / FRAMES_PER_SECOND

    def kept(self, found: Peaks) -> Peaks:
        """Of peaks found in `folded`, those of its own frames."""
        return found.between(self.own.start, self.own.stop)


def hear(audio: Audio) -> npt.NDArray[np.float32]:
    """What identification hears of a recording: mono at 8 kHz, float32. As `peaks.hear`, a block at a time.

    Raises `IdentifyError` for audio shorter than `peaks.LEAST_SECONDS`, or with samples that are not finite.
    """
    if audio.duration_s * FRAMES_PER_SECOND <= FRAMES or audio.rate == RATE:
        return peaks.hear(audio)
    import soxr

    stream = soxr.ResampleStream(audio.rate, RATE, 1, dtype="float32", quality="MQ")
    heard: list[npt.NDArray[np.float32]] = []
    for start in range(0, audio.frames, _BLOCK):
        block = Audio(audio.samples[start : start + _BLOCK], audio.rate).mono()
        if not np.isfinite(block).all():
            raise IdentifyError("some samples are no numbers", "audio", "Export the file again from its source.")
        heard.append(stream.resample_chunk(block, last=start + _BLOCK >= audio.frames))
        release(audio.samples)
    return np.concatenate(heard)


def of(mono: npt.NDArray[np.float32]) -> Iterator[Piece]:
    """The spectrum of 8 kHz samples, piece by piece; all of it in one where it is short."""
    frames = max(1, len(mono) // HOP)
    starts = list(range(0, max(1, frames - MARGIN), FRAMES))  # a rest of two seconds goes with the piece before it
    for first, last in zip(starts, [*starts[1:], frames], strict=True):
        low, high = max(0, first - MARGIN), min(frames, last + MARGIN)
        stop = len(mono) if high == frames else high * HOP
        yield Piece(peaks.folded_spectrum(mono[low * HOP : stop]), first, slice(first - low, last - low))


def joined(parts: list[Peaks]) -> Peaks:
    """The own peaks of all pieces, in their order, as those of the whole."""
    if len(parts) == 1:
        return parts[0]
    begins = np.cumsum([0, *(one.frames for one in parts)])
    return Peaks(
        np.concatenate([one.frame + begin for one, begin in zip(parts, begins, strict=False)]).astype(np.int32),
        np.concatenate([one.pitch for one in parts]),
        np.concatenate([one.strength for one in parts]),
        int(begins[-1]),
        np.concatenate([one.lift for one in parts], axis=1),
    )


def of_question(mono: npt.NDArray[np.float32]) -> Peaks:
    """The peaks of 8 kHz samples in question, with the lift of their plane."""
    return joined([piece.kept(peaks.of_question(piece.folded)) for piece in of(mono)])


def together(answers: list[tuple[float, Answer]], count: int) -> list[Answer]:
    """What `count` pieces answered, in seconds of the whole; what goes on from one piece to the next is one answer.

    With each answer comes the second at which its piece begins.

    More pieces are more occasions for chance, so each answer's chance counts once for each of them.
    """
    found: list[Answer] = []
    for begin, one in answers:
        start, end = (second + begin for second in one.query_seconds)
        moved = replace(one, query_seconds=(start, end), chance=min(1.0, one.chance * count))
        before = next((each for each in found if _goes_on(each, moved)), None)
        if before is None:
            found.append(moved)
            continue
        best = min(before, moved, key=lambda each: (each.chance, -each.score))
        spans = [
            (min(a[0], b[0]), max(a[1], b[1]))
            for a, b in (
                (before.query_seconds, moved.query_seconds),
                (before.reference_seconds, moved.reference_seconds),
            )
        ]
        found[found.index(before)] = replace(best, query_seconds=spans[0], reference_seconds=spans[1])
    return sorted(found, key=lambda one: (-one.score, one.recording))


def _goes_on(before: Answer, then: Answer) -> bool:
    there = [one.reference_seconds[0] - one.query_seconds[0] for one in (before, then)]
    touches = then.query_seconds[0] <= before.query_seconds[1] + _SAME_PLACE
    return before.recording == then.recording and touches and abs(there[0] - there[1]) <= _SAME_PLACE
