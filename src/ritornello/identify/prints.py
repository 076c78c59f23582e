"""The exact tier: ten words of 32 bits a second say where energy rises and falls across 33 bands.

Untouched, re-encoded, filtered and noisy copies keep most of those bits. A word that a query shares with a recording
proposes an offset; the proportion of equal bits over the whole overlap decides. It is the cheapest tier and answers
what the transformed tier would answer too, so it is asked first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ritornello.identify.model import Answer, Tier
from ritornello.identify.peaks import BINS, FRAMES_PER_SECOND, folded_spectrum
from ritornello.identify.segment import Segment

STEP = 5
"""Frames (100 ms) between a recording's words; a query has one each frame, five times as many."""

PER_SECOND = FRAMES_PER_SECOND / STEP
_BANDS = 33
_SMOOTH = 19
_FLIPPED = 3
"""Bits nearest to the fence that a query also asks for the other way."""

_MOST_PLACES = 400
_CANDIDATES = 12
LEAST_WORDS = 25
"""Words (2.5 s) that must overlap."""

EFFECTIVE_BITS = 1.6
"""Independent bits in one word: neighbouring bands and words share most of what they say (fitted on the bench)."""


def of_mono(mono: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
    """The words of a recording, uint32, ten a second, from 8 kHz mono samples."""
    return of_folded(folded_spectrum(mono))


def of_folded(folded: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
    """The same, of a folded spectrum that is already there."""
    return _packed(_differences(folded)[::STEP])


def _differences(folded: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """How much each band gains on its upper neighbour from 0.2 s before to 0.2 s after: (frames, 32)."""
    from scipy.ndimage import uniform_filter1d

    edges = np.linspace(0, BINS, _BANDS + 1).astype(np.int64)
    bands = np.log(np.add.reduceat(np.square(folded), edges[:-1], axis=0) + 1e-9)
    smooth = uniform_filter1d(bands, _SMOOTH, axis=1, mode="nearest")
    steps = smooth[:-1] - smooth[1:]
    before = np.roll(steps, _SMOOTH // 2, axis=1)
    after = np.roll(steps, -(_SMOOTH // 2), axis=1)
    out: npt.NDArray[np.float32] = (after - before).T.astype(np.float32)
    return out


def _packed(differences: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
    weights = np.uint32(1) << np.arange(32, dtype=np.uint32)
    words: npt.NDArray[np.uint32] = ((differences > 0) * weights).sum(axis=1, dtype=np.uint32)
    return words


def identify(mono: npt.NDArray[np.float32], segments: Sequence[Segment], most: int = 3) -> list[Answer]:
    """Recordings of which the query is a copy, best first.

    Args:
        mono: the query at 8 kHz.
        segments: where to look.
        most: how many answers at the most.
    """
    return identify_folded(folded_spectrum(mono), segments, most)


def identify_folded(folded: npt.NDArray[np.float32], segments: Sequence[Segment], most: int = 3) -> list[Answer]:
    """The same, of a folded spectrum (BINS, frames) that is already there."""
    differences = _differences(folded)
    words = _packed(differences)
    asked = [words]
    nearest = np.argsort(np.abs(differences), axis=1)[:, :_FLIPPED]
    for which in range(_FLIPPED):
        asked.append(words ^ (np.uint32(1) << nearest[:, which].astype(np.uint32)))
    found: dict[str, Answer] = {}
    for segment in segments:
        for number, offset in _candidates(asked, segment):
            answer = _compared(words, segment, number, offset)
            if answer is not None and (answer.recording not in found or found[answer.recording].score < answer.score):
                found[answer.recording] = answer
    ranked = sorted(found.values(), key=lambda answer: (-answer.score, answer.recording))
    return [answer for answer in ranked[:most] if answer.confident]


def _candidates(asked: list[npt.NDArray[np.uint32]], segment: Segment) -> list[tuple[int, int]]:
    """(recording, offset in frames: recording's frame at the query's first) that most words propose."""
    terms = segment.arrays["term"]
    proposed: list[npt.NDArray[np.int64]] = []
    for words in asked:
        low = np.searchsorted(terms, words, side="left")
        high = np.minimum(np.searchsorted(terms, words, side="right"), low + _MOST_PLACES)
        counts = high - low
        frame = np.repeat(np.arange(len(words)), counts)
        within = np.arange(len(frame)) - np.repeat(np.cumsum(counts) - counts, counts)
        place = np.repeat(low, counts) + within
        track = segment.arrays["term_track"][place].astype(np.int64)
        offset = segment.arrays["term_at"][place].astype(np.int64) * STEP - frame
        proposed.append((track << 32) + (offset + (1 << 31)) // 2)
    every, votes = np.unique(np.concatenate(proposed), return_counts=True)
    best = every[np.argsort(-votes, kind="stable")[:_CANDIDATES]]
    return [(int(one >> 32), int((one & 0xFFFFFFFF) * 2 - (1 << 31))) for one in best]


def _compared(words: npt.NDArray[np.uint32], segment: Segment, number: int, offset: int) -> Answer | None:
    """The answer at the best of the grids near an offset; None where too little overlaps."""
    kept = segment.prints(number)
    best: tuple[float, int, int, int, float] | None = None
    for near in range(offset - 2, offset + 4):
        first = max(0, -(-near // STEP))  # the first word of the recording that lies in the query
        last = min(len(kept), (near + len(words) - 1) // STEP + 1)
        if last - first < LEAST_WORDS:
            continue
        at = np.arange(first, last)
        differing = np.bitwise_count(kept[at] ^ words[at * STEP - near])
        error = float(differing.mean()) / 32
        if best is None or error < best[0]:
            best = (error, near, first, last, float(last - first))
    if best is None:
        return None
    error, near, first, last, overlap = best
    score = (0.5 - error) * 2 * float(np.sqrt(overlap * EFFECTIVE_BITS))
    return Answer(
        segment.names[number],
        Tier.EXACT,
        ((first * STEP - near) / FRAMES_PER_SECOND, (last * STEP - near) / FRAMES_PER_SECOND),
        (first / PER_SECOND, last / PER_SECOND),
        0.0,
        1.0,
        score,
        _chance(score),
    )


def _chance(score: float) -> float:
    """Of the best of many candidates: the normal tail, times the candidates looked at."""
    from math import erfc, sqrt

    return min(1.0, _CANDIDATES * 100 * 0.5 * erfc(score / sqrt(2)))
