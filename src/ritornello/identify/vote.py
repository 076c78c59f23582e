"""Words that a query shares with the index vote for (recording, pitch shift, time scale, position).

The votes of one word are worth less the more places hold that word, as in any text search: the roll of a drum is said
everywhere. Where an index is so large that the places are too many, the rarest words are asked and the others are not.
Votes are counted in a hashed table of bounded size, segment by segment, and only the cells that stand out are told
apart in a second pass, so the memory of a query does not grow with the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.identify import triplets
from ritornello.identify.peaks import Peaks
from ritornello.identify.segment import Segment

QUERY_FOLLOWERS = 5
HYPOTHESES = 256
PER_RECORDING = 6
"""Hypotheses that one recording may have, so that a loop does not crowd out the others."""

LOG_SCALE_LOW, LOG_SCALE_HIGH = float(np.log(0.68)), float(np.log(1.48))
SCALE_CELLS = 24
SHIFT_REACH = 20
"""Bins (a 36th of an octave) that a recording may have been moved: ± 6 2/3 semitones."""

SHIFT_CELL = 2
OFFSET_CELL = 20
"""Frames: 0.4 s."""

PLACES_LOOKED_AT = 30_000_000
"""Most places of words that one query looks at; the commonest words are left out beyond it. Half of a query's words
hold a tenth of its places, and a rare word tells as much against chance as a common one."""

_TABLE_BITS = (12, 19)
_SLOTS = 2048
"""Slots of each segment's table that are told apart."""


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
    from ritornello.identify.vote_kernels import standing_out, votes, windows

    words = triplets.of(query, QUERY_FOLLOWERS, probes=True)
    if not len(words) or not any(len(segment.names) for segment in segments):
        return []
    within = [
        windows(words.word, words.pitch, segment.arrays["starts"], segment.arrays["places"]) for segment in segments
    ]
    places = sum((window[:, 1] - window[:, 0] for window in within), np.zeros(len(words), np.int64))
    kept = _asked(places)
    weight = (1.0 / np.sqrt(np.maximum(places[kept], 1))).astype(np.float32)
    pitch, span = words.pitch[kept], words.span[kept]
    away = (words.frame[kept] - query.frames / 2).astype(np.float32)
    lead = int(np.ceil(query.frames / 2 * 1.5 / OFFSET_CELL)) + 1
    none = np.zeros(0, np.bool_)
    owners: list[npt.NDArray[Any]] = []
    cells: list[npt.NDArray[np.int64]] = []
    totals: list[npt.NDArray[Any]] = []
    for place, segment in enumerate(segments):
        window = within[place][kept]
        count = int((window[:, 1] - window[:, 0]).sum())
        if not count:
            continue
        table = np.zeros(1 << int(np.clip(np.ceil(np.log2(count)), *_TABLE_BITS)), np.float32)
        said = (window, pitch, away, span, weight, segment.arrays["places"], lead, table)
        votes(*said, none)
        key, heavy = votes(*said, standing_out(table, _SLOTS))
        cell, owner = np.unique(key, return_inverse=True)
        total = np.bincount(owner, heavy)
        best = np.argsort(-total, kind="stable")[: most * 2]
        owners.append(np.full(len(best), place))
        cells.append(cell[best])
        totals.append(total[best])
    if not cells:
        return []
    return _best(np.concatenate(owners), np.concatenate(cells), np.concatenate(totals), segments, lead, most)


def _asked(places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Which words to ask, in the order of time: all that have a place, or the rarest of them."""
    if places.sum() <= PLACES_LOOKED_AT:
        return np.flatnonzero(places)
    by_rarity = np.argsort(places, kind="stable")
    kept = by_rarity[: max(1, int(np.searchsorted(np.cumsum(places[by_rarity]), PLACES_LOOKED_AT)))]
    kept = kept[places[kept] > 0]
    kept.sort()  # neighbours in time share their caches
    return kept


def _best(
    owner: npt.NDArray[np.int64],
    cell: npt.NDArray[np.int64],
    total: npt.NDArray[np.float64],
    segments: Sequence[Segment],
    lead: int,
    most: int,
) -> list[Hypothesis]:
    from ritornello.identify.vote_kernels import CELL_BITS

    found: list[Hypothesis] = []
    seen: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    width = (LOG_SCALE_HIGH - LOG_SCALE_LOW) / SCALE_CELLS
    for at in np.argsort(-total, kind="stable").tolist():
        segment = int(owner[at])
        moved, position = divmod(int(cell[at]), 1 << CELL_BITS)
        shift, scale = divmod(moved, SCALE_CELLS)
        place = (position - lead + 0.5) * OFFSET_CELL
        number = segments[segment].recording_at(place)
        others = seen.setdefault((segment, number), [])
        near = any(
            abs(shift - s) <= 1 and abs(scale - c) <= 1 and abs(position - p) <= 1 for s, c, p in others
        )  # verification looks at the neighbours anyway
        if near or len(others) >= PER_RECORDING:
            continue
        others.append((shift, scale, position))
        found.append(
            Hypothesis(
                segment,
                number,
                float(shift * SHIFT_CELL - SHIFT_REACH),
                float(np.exp(LOG_SCALE_LOW + (scale + 0.5) * width)),
                place - segments[segment].begin(number),
                float(total[at]),
            )
        )
        if len(found) == most:
            break
    return found
