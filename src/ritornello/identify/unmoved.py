"""The place of a recording that was not moved: every peak of the index is read once, in the order in which it lies.

Words need three peaks to survive; under a louder recording, in a large room or cut into slices too few triplets do. But
most of what is masked is not moved in pitch or tempo, and for that no index is needed: each peak of a recording meets
the query's peaks of the same pitch and says where the query would lie. One pass over the peaks, 6 bytes each, tells all
places of all recordings; about a millisecond for each hour of the index, so it is done while that is affordable.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ritornello.identify.peaks import Peaks
from ritornello.identify.segment import PITCH_STEPS, Segment
from ritornello.identify.vote import Hypothesis

LIKELY = 64
"""Places that are handed on."""

PER_RECORDING = 3

READ = 60_000_000
"""Peaks that one query reads at most (some 500 hours); beyond them, only moved or well heard recordings are found."""

STRONGEST = 400
"""Peaks of a query that are asked, at the most, for each ten seconds."""


def likely(query: Peaks, segments: Sequence[Segment], most: int = LIKELY) -> list[Hypothesis]:
    """The places at which most of the query's peaks lie on peaks of a recording as it is, the best first."""
    from ritornello.identify.unmoved_kernels import scan

    if not len(query) or sum(len(one.arrays["peak_frame"]) for one in segments) > READ:
        return []
    by_pitch = np.argsort(query.pitch, kind="stable")
    pitch, frame = query.pitch[by_pitch], query.frame[by_pitch]
    found: list[Hypothesis] = []
    for place, segment in enumerate(segments):
        if not len(segment.names):
            continue
        arrays = segment.arrays
        number, offset, z = scan(
            pitch,
            frame,
            query.frames,
            arrays["peak_ends"],
            arrays["peak_frames"],
            arrays["peak_frame"],
            arrays["peak_pitch"],
            np.float32(1 / PITCH_STEPS),
            PER_RECORDING,
        )
        for at in np.argsort(-z, kind="stable")[:most].tolist():
            if z[at] > 0:
                middle = float(offset[at]) + query.frames / 2
                found.append(Hypothesis(place, int(number[at]), 0.0, 1.0, middle, float(z[at])))
    return sorted(found, key=lambda one: (-one.votes, one.segment, one.number, one.place))[:most]
