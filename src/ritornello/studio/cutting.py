"""Slices of a recording played one after the other, joined by equal-power cross-fades that end where the slice begins.

The fade lies wholly before the join: from the join on only the new slice sounds, so that the attack on its downbeat is
neither doubled nor softened. What fades in is the music that led up to the slice, what fades out goes on as it did.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import copied

Samples = npt.NDArray[np.float32]


def sequence(source: Samples, slices: Sequence[tuple[int, int]], fade: int, out: Samples) -> None:
    """Fill `out` (frames, channels) with the slices [start, end) of `source`; `fade` is the cross-fade in frames.

    Slices that follow each other in the source are joined untouched. Raises ValueError when the lengths differ.
    """
    if out.shape[0] != sum(end - start for start, end in slices):
        raise ValueError(f"{out.shape[0]} frames of room for slices of other length")
    at = 0
    before: int | None = None
    for start, end in slices:
        copied(source[start:end], out[at : at + end - start])
        if before is not None and before != start:
            n = min(fade, at)
            if n > 0:
                angle = (np.arange(n, dtype=np.float32) + 0.5) / n * np.float32(np.pi / 2)
                out[at - n : at] *= np.cos(angle)[:, None]
                m = min(n, start)  # the source's own beginning has nothing before it: what sounded still fades out
                out[at - m : at] += source[start - m : start] * np.sin(angle[n - m :])[:, None]
        before = end
        at += end - start
