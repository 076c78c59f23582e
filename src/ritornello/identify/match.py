"""Which recording is this, how was it moved, and how sure is that?

Words that a query shares with the index vote for (recording, pitch shift, time scale, offset); the best hypotheses are
verified by laying the query's peaks over the recording's and counting those that coincide, while pitch, scale and
offset are refined. The count becomes a score against the same count at wrong offsets, less what the best *other*
recordings reach (cohort normalisation): straight drums fit everything a little, the right recording fits far better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.identify import triplets
from ritornello.identify.index import Segment
from ritornello.identify.peaks import FRAMES_PER_SECOND, Peaks

QUERY_FOLLOWERS = 6
HYPOTHESES = 48
LOG_SCALE_LOW, LOG_SCALE_HIGH = float(np.log(0.68)), float(np.log(1.48))
SCALE_CELLS = 24
PITCH_SHIFT_REACH = 20.0
"""Bins (a 36th of an octave) that a recording may have been moved: ± 6 2/3 semitones."""

PITCH_SHIFT_CELL = 2.0
OFFSET_CELL = 20
"""Frames: 0.4 s."""


@dataclass(frozen=True, slots=True)
class Match:
    """One recording found in a query.

    Attributes:
        name: the recording.
        query_seconds: (from, to) in the query.
        reference_seconds: (from, to) in the recording.
        cents: how far the query was moved up against the recording.
        time_scale: seconds of the query per second of the recording (below 1 = faster).
        score: peaks that coincide, in standard deviations above chance, less the cohort's.
        coinciding: how many peaks coincide.
    """

    name: str
    query_seconds: tuple[float, float]
    reference_seconds: tuple[float, float]
    cents: float
    time_scale: float
    score: float
    coinciding: int


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A recording laid over a query: reference frame = offset + query frame · stretch, pitch = query pitch + shift."""

    track: int
    shift: float
    stretch: float
    offset: float
    votes: int


def vote(query: Peaks, segment: Segment) -> list[Hypothesis]:
    """The hypotheses with the most votes, best first."""
    words = triplets.of(query, QUERY_FOLLOWERS, probes=True)
    if not len(words):
        return []
    longest = max((p.frames for p in segment.peaks), default=0) + query.frames * 2
    offsets = int(longest // OFFSET_CELL) + 2
    packed, weight = _compiled("vote", _vote_loop)(
        words.word,
        words.pitch,
        words.frame,
        words.span,
        segment.starts,
        segment.track,
        segment.frame,
        segment.pitch,
        segment.span,
        np.int64(offsets),
        np.int64(query.frames * 2),
        np.int64(HYPOTHESES),
    )
    found = []
    shifts = int(2 * PITCH_SHIFT_REACH / PITCH_SHIFT_CELL) + 1
    for key, votes in zip(packed.tolist(), weight.tolist(), strict=True):
        rest, offset = divmod(key, offsets)
        rest, scale = divmod(rest, SCALE_CELLS)
        track, shift = divmod(rest, shifts)
        width = (LOG_SCALE_HIGH - LOG_SCALE_LOW) / SCALE_CELLS
        found.append(
            Hypothesis(
                track,
                shift * PITCH_SHIFT_CELL - PITCH_SHIFT_REACH,
                float(np.exp(LOG_SCALE_LOW + (scale + 0.5) * width)),
                (offset + 0.5) * OFFSET_CELL - query.frames * 2,
                votes,
            )
        )
    return found


def identify(query: Peaks, segment: Segment, most: int = 3) -> list[Match]:
    """The recordings in the query, best first; nothing below a score of zero.

    Args:
        query: peaks of the audio in question.
        segment: where to look.
        most: how many recordings at the most.
    """
    best: dict[int, tuple[float, Match]] = {}
    for hypothesis in vote(query, segment):
        z, match = verify(query, segment.peaks[hypothesis.track], hypothesis, segment.names[hypothesis.track])
        if hypothesis.track not in best or z > best[hypothesis.track][0]:
            best[hypothesis.track] = (z, match)
    ranked = sorted(best.values(), key=lambda pair: -pair[0])
    if not ranked:
        return []
    cohort = [z for z, _ in ranked[2:5]]
    level = float(np.mean(cohort)) if cohort else 0.0
    matches = []
    for z, match in ranked[:most]:
        score = z - level
        if score > 0:
            matches.append(
                Match(
                    match.name,
                    match.query_seconds,
                    match.reference_seconds,
                    match.cents,
                    match.time_scale,
                    score,
                    match.coinciding,
                )
            )
    return matches


def verify(query: Peaks, reference: Peaks, hypothesis: Hypothesis, name: str) -> tuple[float, Match]:
    """Refine a hypothesis and say how far above chance its peaks coincide."""
    z, count, shift, stretch, offset, first, last = _compiled("verify", _verify_loop)(
        query.frame,
        query.pitch,
        reference.frame,
        reference.pitch,
        np.int64(reference.frames),
        float(hypothesis.shift),
        float(hypothesis.stretch),
        float(hypothesis.offset),
    )
    cents = -shift * 1200.0 / 36.0
    return z, Match(
        name,
        (first / FRAMES_PER_SECOND, last / FRAMES_PER_SECOND),
        (
            max(0.0, (offset + first * stretch) / FRAMES_PER_SECOND),
            max(0.0, (offset + last * stretch) / FRAMES_PER_SECOND),
        ),
        float(cents),
        float(1.0 / stretch),
        float(z),
        int(count),
    )


_loops: dict[str, Any] = {}


def _compiled(name: str, loop: Callable[..., Any]) -> Any:
    """A loop compiled on first use and kept on disk by numba."""
    if name not in _loops:
        import numba

        _loops[name] = numba.njit(cache=True, nogil=True)(loop)
    return _loops[name]


def _vote_loop(  # type: ignore[no-untyped-def]
    word, pitch, frame, span, starts, track, ref_frame, ref_pitch, ref_span, offsets, lead, most
):
    low, high, cells = np.log(0.68), np.log(1.48), 24
    width = (high - low) / cells
    total = 0
    for i in range(len(word)):
        total += starts[word[i] + 1] - starts[word[i]]
    keys = np.empty(total, np.int64)
    n = 0
    for i in range(len(word)):
        for j in range(starts[word[i]], starts[word[i] + 1]):
            shift = ref_pitch[j] / 8.0 - pitch[i]
            if shift < -20.0 or shift > 20.0:
                continue
            stretch = ref_span[j] / span[i]
            scaled = (np.log(stretch) - low) / width
            if scaled < 0 or scaled >= cells:
                continue
            offset = (ref_frame[j] - frame[i] * stretch + lead) / 20.0
            if offset < 0 or offset >= offsets:
                continue
            s = int((shift + 20.0) / 2.0 + 0.5)
            keys[n] = ((np.int64(track[j]) * 21 + s) * cells + int(scaled)) * offsets + int(offset)
            n += 1
    keys = np.sort(keys[:n])
    top_key = np.zeros(most, np.int64)
    top_count = np.zeros(most, np.int64)
    smallest = 0
    i = 0
    while i < n:
        j = i
        while j < n and keys[j] == keys[i]:
            j += 1
        if j - i > top_count[smallest]:
            top_count[smallest] = j - i
            top_key[smallest] = keys[i]
            smallest = int(np.argmin(top_count))
        i = j
    order = np.argsort(-top_count)
    kept = 0
    for k in order:
        if top_count[k] > 1:
            kept += 1
    return top_key[order][:kept], top_count[order][:kept]


def _verify_loop(  # type: ignore[no-untyped-def]
    q_frame, q_pitch, r_frame, r_pitch, r_frames, shift0, stretch0, offset0
):
    # frame → first reference peak at or after it
    first_at = np.searchsorted(r_frame, np.arange(r_frames + 2))
    best_count, best_shift, best_stretch, best_offset = -1, shift0, stretch0, offset0
    best_null = 0.0
    reach = 40
    n = len(q_frame)
    middle = 0.0
    for i in range(n):
        middle += q_frame[i]
    middle /= max(n, 1)
    for level in range(2):
        steps = 9 if level == 0 else 7
        grain = 0.009 if level == 0 else 0.0025
        centre = best_stretch if level else stretch0
        pivot = (best_offset if level else offset0) + middle * centre
        base_shift = best_shift if level else shift0
        for step in range(steps):
            stretch = centre * (1.0 + (step - steps // 2) * grain)
            offset = pivot - middle * stretch
            for move in range(5):
                shift = base_shift + (move - 2) * (0.75 if level == 0 else 0.3)
                histogram = np.zeros(2 * reach + 1, np.int64)
                for i in range(n):
                    at = int(offset + q_frame[i] * stretch + 0.5)
                    low = max(0, at - reach)
                    high = min(r_frames, at + reach + 1)
                    if low >= r_frames or high <= 0:
                        continue
                    want = q_pitch[i] + shift
                    for j in range(first_at[low], first_at[high]):
                        if abs(r_pitch[j] - want) <= 0.75:
                            histogram[r_frame[j] - at + reach] += 1
                smooth_best, where = -1, 0
                for k in range(1, 2 * reach):
                    value = histogram[k - 1] + histogram[k] + histogram[k + 1]
                    if value > smooth_best:
                        smooth_best, where = value, k
                if smooth_best > best_count:
                    away, cells = 0, 0
                    for k in range(1, 2 * reach, 3):
                        if abs(k - where) > 6:
                            away += histogram[k - 1] + histogram[k] + histogram[k + 1]
                            cells += 1
                    best_count = smooth_best
                    best_null = away / max(cells, 1)
                    best_shift, best_stretch, best_offset = shift, stretch, offset + (where - reach)
    z = (best_count - best_null) / np.sqrt(best_null + 1.0)
    first, last = 1e9, 0.0
    total, sum_pitch = 0, 0.0
    for i in range(n):
        at = int(best_offset + q_frame[i] * best_stretch + 0.5)
        if at < 1 or at >= r_frames - 1:
            continue
        for j in range(first_at[at - 1], first_at[at + 2]):
            away_pitch = r_pitch[j] - q_pitch[i] - best_shift
            if abs(away_pitch) <= 0.75:
                total += 1
                sum_pitch += away_pitch
                first = min(first, q_frame[i])
                last = max(last, q_frame[i])
    if total:
        best_shift += sum_pitch / total
    else:
        first = 0.0
    return z, best_count, best_shift, best_stretch, best_offset, first, last
