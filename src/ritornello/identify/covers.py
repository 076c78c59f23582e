"""Re-performances: the same composition and nothing of the recording, by the course of its harmony beat by beat.

A coarse filter first: how often the harmony moves by each interval over one, two, four and eight beats. That is the
same in all keys by construction, and costs 48 numbers and one product for each recording. The best are then compared in
full (Qmax, twelve transpositions) by the measure that the house uses to tell versions from other songs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.identify.model import Answer, Tier
from ritornello.identify.segment import Segment

LAGS = (1, 2, 4, 8)
COMPARED = 40
"""Recordings that are compared in full."""

LEAST_BEATS = 24

LOCATION, SCALE = 0.34, 0.06
"""Of the best Qmax among unrelated recordings (Gumbel): set where analysis.similarity sees unrelated songs."""


@dataclass(frozen=True, slots=True)
class Harmony:
    """Beat-synchronous chroma: float32 (n, 12), and the second at which each row begins."""

    chroma: npt.NDArray[np.float32]
    beats: npt.NDArray[np.float32]


def movement(chroma: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """48 numbers of unit length that no transposition changes: how the harmony moves over one to eight beats."""
    rows = chroma - chroma.mean(axis=1, keepdims=True)
    out = np.zeros((len(LAGS), 12), np.float32)
    for place, lag in enumerate(LAGS):
        if len(rows) <= lag:
            continue
        now, later = rows[:-lag], rows[lag:]
        for interval in range(12):
            out[place, interval] = float((now * np.roll(later, -interval, axis=1)).sum(axis=1).mean())
    flat = out.ravel()
    unit: npt.NDArray[np.float32] = flat / max(float(np.sqrt((flat**2).sum())), 1e-9)
    return unit


def identify(query: Harmony, segments: Sequence[Segment], most: int = 3) -> list[Answer]:
    """Recordings of the same composition, best first; only those that chance explains badly.

    Args:
        query: of at least 24 beats, best of 30 seconds or more.
        segments: where to look; recordings without chroma are passed over.
    """
    return [answer for answer in ranked(query, segments)[:most] if answer.confident]


def ranked(query: Harmony, segments: Sequence[Segment]) -> list[Answer]:
    """The recordings that were compared in full, best first, however likely chance is."""
    from ritornello.analysis.similarity import qmax, transposed_qmax

    if len(query.chroma) < LEAST_BEATS:
        return []
    wanted = movement(query.chroma)
    near: list[tuple[float, int, int]] = []
    for place, segment in enumerate(segments):
        for number in range(len(segment.names)):
            chroma = segment.chroma(number)
            if len(chroma) >= LEAST_BEATS:
                near.append((-float(movement(chroma) @ wanted), place, number))
    near.sort()
    answers = []
    for _, place, number in near[:COMPARED]:
        segment = segments[place]
        chroma = segment.chroma(number)
        score = qmax(query.chroma, chroma)
        by_shift = transposed_qmax(query.chroma, chroma)
        # raised by `shift` the recording meets the query, so the query lies that much higher
        shift = max(by_shift, key=lambda one: (by_shift[one], -one))
        answers.append(_answer(query, segment, number, score, shift))
    return sorted(answers, key=lambda answer: (-answer.score, answer.recording))


def _answer(query: Harmony, segment: Segment, number: int, score: float, shift: int) -> Answer:
    beats = segment.beats(number)
    semitones = shift if shift <= 6 else shift - 12
    pace, own = _beat_seconds(query.beats), _beat_seconds(beats)
    exponent = -(score - LOCATION) / SCALE
    return Answer(
        segment.names[number],
        Tier.REPERFORMED,
        (float(query.beats[0]), float(query.beats[-1])),
        (float(beats[0]), float(beats[-1])),
        semitones * 100.0,
        pace / own if own > 0 else 1.0,
        score,
        1.0 if exponent > 50 else -math.expm1(-math.exp(exponent)),
    )


def _beat_seconds(beats: npt.NDArray[np.float32]) -> float:
    return float(np.median(np.diff(beats))) if len(beats) > 1 else 0.0
