"""A waveform as SVG path data, drawn on the server so that it is there before any script runs.

Peaks come as (lowest, highest) per bucket in -127..127. Each bucket becomes one upright stroke in a view box of
`2 * buckets` by 256 units, its middle at 128; quiet buckets keep a stroke of two units, so silence is a line and
not a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

HEIGHT = 256
_MIDDLE = HEIGHT // 2
_FULL = 124


def path(peaks: Sequence[tuple[int, int]]) -> str:
    """Path data of upright strokes, one for each bucket; empty for no peaks."""
    strokes = []
    for number, (low, high) in enumerate(peaks):
        top, bottom = _MIDDLE - max(high, 1), _MIDDLE - min(low, -1)
        strokes.append(f"M{2 * number + 1} {top}V{bottom}")
    return "".join(strokes)


def width(peaks: Sequence[tuple[int, int]]) -> int:
    """The width of the view box that `path` draws in."""
    return max(2 * len(peaks), 1)


def thin(peaks: Sequence[tuple[int, int]], buckets: int) -> tuple[tuple[int, int], ...]:
    """Fewer buckets for a small picture: the extremes of each group stay, so no peak is lost."""
    if buckets < 1:
        raise ValueError(f"a waveform needs at least one bucket, not {buckets}")
    size = len(peaks)
    if size <= buckets:
        return tuple(peaks)
    edges = [size * number // buckets for number in range(buckets + 1)]
    groups = (peaks[start:end] for start, end in pairwise(edges))
    return tuple((min(low for low, _ in group), max(high for _, high in group)) for group in groups)


def fit(peaks: Sequence[tuple[int, int]], buckets: int) -> tuple[tuple[int, int], ...]:
    """Peaks of any full scale as they are drawn: thinned, and scaled so that the loudest moment fills the height."""
    few = thin(peaks, buckets)
    largest = max((max(abs(low), abs(high)) for low, high in few), default=0)
    if not largest:
        return few
    return tuple((-(-low * _FULL // largest), high * _FULL // largest) for low, high in few)


def share_of(ms: int, duration_ms: int) -> str:
    """A moment as a percentage of the whole, for `x` attributes: two decimals, within 0..100."""
    if duration_ms <= 0:
        return "0"
    hundredths = min(max(ms * 10_000 // duration_ms, 0), 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def ribbon(top_start: str, top_end: str, bottom_start: str, bottom_end: str) -> str:
    """Path data of a band from a stretch above to a stretch below, in a box of 100 by 100 with two soft bends."""
    down = f"M{top_start} 0C{top_start} 50 {bottom_start} 50 {bottom_start} 100"
    return f"{down}H{bottom_end}C{bottom_end} 50 {top_end} 50 {top_end} 0Z"
