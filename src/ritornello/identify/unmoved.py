"""The place of a recording that was not moved: every peak of the index is read once, in the order in which it lies.

Words need three peaks to survive; under a louder recording, in a large room or cut into slices too few triplets do. But
most of what is masked is not moved in pitch or tempo, and for that neither words nor the query's own peaks are needed:
at the places of a recording's peaks the query's plane is lifted, also where something louder has the peaks. One pass
over the index adds, for each of its peaks, a row of the plane to the places that the peak speaks for; that tells all
places of all recordings. It costs some milliseconds for each hour of the index, so it is done while that is affordable.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ritornello.identify.peaks import Peaks
from ritornello.identify.segment import PITCH_STEPS, Segment
from ritornello.identify.verify import lifts
from ritornello.identify.vote import Hypothesis

LIKELY = 8
"""Places that are handed on."""

PER_RECORDING = 2

READ = 30_000_000
"""Peaks that one query reads at most (some 250 hours); beyond them, only moved or well heard recordings are found."""


def likely(query: Peaks, segments: Sequence[Segment], most: int = LIKELY) -> list[Hypothesis]:
    """The places at which the peaks of a recording, as it is, lie where the query is lifted most; the best first."""
    from ritornello.identify.unmoved_kernels import scan

    if not query.lift.shape[1] or sum(len(one.arrays["peak_frame"]) for one in segments) > READ:
        return []
    rows = np.ascontiguousarray(lifts(query)[:, : query.lift.shape[1]][:, ::-1])
    found: list[Hypothesis] = []
    for place, segment in enumerate(segments):
        if not len(segment.names):
            continue
        arrays = segment.arrays
        number, offset, z = scan(
            rows,
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
