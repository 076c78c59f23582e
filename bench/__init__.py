"""Speed and accuracy, measured: one module per room, each with `rows()`; `python -m bench ROOM` prints its table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a bench: what was measured, ours, the peer measured in the same run, and the figure to reach."""

    figure: str
    ours: str
    peer: str = "–"
    ratio: str = "–"
    to_reach: str = "–"
