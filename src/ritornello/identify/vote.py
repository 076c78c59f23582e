"""Words that a query shares with the index vote for (recording, pitch shift, time scale, position).

The votes of one word are worth less the more places hold that word, as in any text search: the roll of a drum is said
everywhere. They are counted in a hashed table of fixed size, and only the cells that stand out are told apart in a
second pass, so the memory of a query does not grow with the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.identify import triplets
from ritornello.identify.peaks import Peaks
from ritornello.identify.segment import Segment

QUERY_FOLLOWERS = 6
HYPOTHESES = 48
PER_RECORDING = 4
"""Hypotheses that one recording may have, so that a loop does not crowd out the others."""

LOG_SCALE_LOW, LOG_SCALE_HIGH = float(np.log(0.68)), float(np.log(1.48))
SCALE_CELLS = 24
SHIFT_REACH = 20
"""Bins (a 36th of an octave) that a recording may have been moved: ± 6 2/3 semitones."""

SHIFT_CELL = 2
SHIFT_CELLS = 2 * SHIFT_REACH // SHIFT_CELL + 1
OFFSET_CELL = 20
"""Frames: 0.4 s."""

PLACES_LOOKED_AT = 400_000_000
"""Most places of words that one query looks at; the commonest words are left out beyond it."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A recording laid over a query: pitch there = query pitch + shift, and
    frame there = place + (query frame - middle of the query) · stretch.

    `segment` and `number` name the recording; `votes` is the weight of the words behind it.
    """

    segment: int
    number: int
    shift: float
    stretch: float
    place: float
    votes: float


def vote(query: Peaks, segments: Sequence[Segment], most: int = HYPOTHESES) -> list[Hypothesis]:
    """The hypotheses with the most votes, best first; `place` belongs to the frame `query.frames / 2`."""
    from ritornello.identify.vote_kernels import gather, tally

    words = triplets.of(query, QUERY_FOLLOWERS, probes=True)
    if not len(words) or not any(len(segment.names) for segment in segments):
        return []
    places = np.zeros(len(words), np.int64)
    for segment in segments:
        starts = segment.arrays["starts"]
        places += starts[words.word + 1] - starts[words.word]
    by_rarity = np.argsort(places, kind="stable")
    kept = by_rarity[: max(1, int(np.searchsorted(np.cumsum(places[by_rarity]), PLACES_LOOKED_AT)))]
    kept.sort()  # in the order of time again, so that neighbours share their caches
    word, pitch, span = words.word[kept], words.pitch[kept], words.span[kept]
    away = (words.frame[kept] - query.frames / 2).astype(np.float32)
    lead = int(np.ceil(query.frames / 2 * 1.5 / OFFSET_CELL)) + 1
    positions = max(segment.longest for segment in segments) // OFFSET_CELL + 2 * lead + 2
    bits = int(np.clip(np.ceil(np.log2(max(int(places[kept].sum()), 1))), 12, 22))
    table = np.zeros(1 << bits, np.float32)
    bases = np.cumsum(np.array([0, *[len(segment.names) for segment in segments]], np.int64))
    for segment, base in zip(segments, bases, strict=False):
        lists = segment.arrays
        tally(
            word,
            pitch,
            away,
            span,
            lists["starts"],
            lists["track"],
            lists["step"],
            lists["pitch"],
            lists["span"],
            int(base),
            positions,
            lead,
            table,
            bits,
        )
    few = min(most * 8, len(table) - 1)
    least = float(np.partition(table, len(table) - few - 1)[len(table) - few - 1])
    chosen = table > max(least, 1e-9)
    keys, weights = [], []
    for segment, base in zip(segments, bases, strict=False):
        lists = segment.arrays
        key, weight = gather(
            word,
            pitch,
            away,
            span,
            lists["starts"],
            lists["track"],
            lists["step"],
            lists["pitch"],
            lists["span"],
            int(base),
            positions,
            lead,
            chosen,
            bits,
        )
        keys.append(key)
        weights.append(weight)
    cell, owner = np.unique(np.concatenate(keys), return_inverse=True)
    total = np.bincount(owner, np.concatenate(weights)).astype(np.float64)
    return _best(cell, total, bases, positions, lead, most)


def _best(
    cell: npt.NDArray[np.int64],
    total: npt.NDArray[np.float64],
    bases: npt.NDArray[np.int64],
    positions: int,
    lead: int,
    most: int,
) -> list[Hypothesis]:
    found: list[Hypothesis] = []
    seen: dict[int, list[tuple[int, int, int]]] = {}
    width = (LOG_SCALE_HIGH - LOG_SCALE_LOW) / SCALE_CELLS
    for at in np.argsort(-total, kind="stable"):
        rest, position = divmod(int(cell[at]), positions)
        rest, scale = divmod(rest, SCALE_CELLS)
        track, shift = divmod(rest, SHIFT_CELLS)
        others = seen.setdefault(track, [])
        near = any(
            abs(shift - s) <= 1 and abs(scale - c) <= 1 and abs(position - p) <= 1 for s, c, p in others
        )  # verification looks at the neighbours anyway
        if near or len(others) >= PER_RECORDING:
            continue
        others.append((shift, scale, position))
        segment = int(np.searchsorted(bases, track, side="right")) - 1
        found.append(
            Hypothesis(
                segment,
                track - int(bases[segment]),
                float(shift * SHIFT_CELL - SHIFT_REACH),
                float(np.exp(LOG_SCALE_LOW + (scale + 0.5) * width)),
                float((position - lead + 0.5) * OFFSET_CELL),
                float(total[at]),
            )
        )
        if len(found) == most:
            break
    return found
