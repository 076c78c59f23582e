"""Bars drawn on the server as SVG geometry; every chart stands beside the table that it was drawn from.

Widths are exact: the parts of a bar are allocated in hundredths of a percent, so they fill it to the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ritornello.money import allocate
from ritornello.web.money_views import Part
from ritornello.web.views import ChangeRow

_WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Slice:
    part: Part
    x: str
    width: str
    percent: str


def stacked(parts: Sequence[Part]) -> tuple[Slice, ...]:
    """Parts of one whole, side by side. Negative parts and zeros are told in the table and drawn as nothing."""
    weights = {f"{number:04d}": max(part.amount.micros, 0) for number, part in enumerate(parts)}
    if not any(weights.values()):
        return ()
    widths = allocate(_WHOLE, weights)
    slices, x = [], 0
    for number, part in enumerate(parts):
        width = widths[f"{number:04d}"]
        if width:
            slices.append(Slice(part, _percent(x), _percent(width), _short(width)))
        x += width
    return tuple(slices)


def bars(parts: Sequence[Part]) -> tuple[Slice, ...]:
    """Parts against the largest of them, one below the other."""
    largest = max((part.amount.micros for part in parts), default=0)
    if largest <= 0:
        return ()
    widths = [max(part.amount.micros, 0) * _WHOLE // largest for part in parts]
    return tuple(Slice(p, "0", _percent(w), _short(w)) for p, w in zip(parts, widths, strict=True))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart of counts, in percent of the picture; its top leaves room for nothing above."""

    x: str
    y: str
    width: str
    height: str


def columns(counts: Sequence[int]) -> tuple[Column, ...]:
    """Counts side by side against the largest of them, in their order; below zero is drawn as nothing."""
    largest, step = max(counts, default=0), _WHOLE // max(len(counts), 1)
    if largest <= 0:
        return ()
    heights = [max(one, 0) * _WHOLE // largest for one in counts]
    width, gap = _percent(step * 8 // 10), step // 10
    return tuple(
        Column(_percent(place * step + gap), _percent(_WHOLE - height), width, _percent(height))
        for place, height in enumerate(heights)
    )


@dataclass(frozen=True, slots=True)
class Gauge:
    """Where the allowed range and the measured value lie on the scale of one change, in percent."""

    low: str
    width: str
    measured: str | None


def gauge(row: ChangeRow) -> Gauge:
    """The allowed range of a change as a band, and the measured value as a mark, both kept within the scale."""
    low = _on_scale(row.scale_low if row.low is None else row.low, row)
    high = _on_scale(row.scale_high if row.high is None else row.high, row)
    mark = None if row.measured is None else _percent(_on_scale(row.measured, row))
    return Gauge(_percent(low), _percent(max(high - low, 0)), mark)


def _on_scale(value: int, row: ChangeRow) -> int:
    span = row.scale_high - row.scale_low
    return 0 if span <= 0 else min(max((value - row.scale_low) * _WHOLE // span, 0), _WHOLE)


def _percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _short(hundredths: int) -> str:
    """A percentage for a label: whole, or below one."""
    if 0 < hundredths < 100:
        return "< 1 %"
    return f"{(hundredths + 50) // 100} %"
