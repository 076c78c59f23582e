"""The engine's own drummer: a groove in a style, played on the beats of whatever music it is given.

A cell is data: for each piece of the kit, strokes of one bar in sixteenths with their velocity, and how many
milliseconds ahead of (-) or behind (+) the grid that hand plays. Nothing here is sampled from anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import release
from ritornello.studio.synth.drums import PAN, Kit
from ritornello.studio.synth.space import add_at, panned
from ritornello.studio.timeline import Grid

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hand:
    """One piece of the kit in a cell: (sixteenth, velocity 0..100) strokes and the feel in milliseconds."""

    piece: str
    strokes: tuple[tuple[int, int], ...]
    feel_ms: float = 0.0


def _every(step: int, velocity: int, offset: int = 0, soft: int = 0) -> tuple[tuple[int, int], ...]:
    marks = range(offset, 16, step)
    return tuple((mark, soft if soft and k % 2 else velocity) for k, mark in enumerate(marks))


CELLS: dict[str, tuple[Hand, ...]] = {
    "backbeat": (
        Hand("kick", ((0, 92), (6, 62), (8, 84), (11, 50))),
        Hand("snare", ((4, 84), (12, 88), (15, 20)), 4),
        Hand("hat", _every(2, 56, soft=40), -1),
        Hand("shaker", _every(2, 30, 1), 3),
    ),
    "four_floor": (
        Hand("kick", _every(4, 94)),
        Hand("clap", ((4, 72), (12, 76)), 2),
        Hand("open", _every(4, 54, 2)),
        Hand("hat", _every(1, 34, soft=22), 1),
    ),
    "half_time": (
        Hand("kick", ((0, 94), (7, 56), (10, 66))),
        Hand("snare", ((8, 92),), 7),
        Hand("hat", _every(2, 50, soft=34), 2),
        Hand("rim", ((3, 24), (14, 30)), 5),
    ),
    "bossa_nova": (
        Hand("kick", ((0, 70), (6, 52), (8, 66), (14, 50))),
        Hand("rim", ((0, 56), (3, 52), (6, 54), (10, 52), (13, 52)), 3),
        Hand("hat", _every(2, 36, soft=28), 1),
        Hand("shaker", _every(1, 26, soft=18), 2),
    ),
    "reggaeton": (
        Hand("kick", _every(4, 90)),
        Hand("snare", ((3, 76), (6, 80), (11, 76), (14, 82)), 3),
        Hand("hat", _every(2, 38, soft=30)),
        Hand("conga_high", ((7, 34), (15, 38)), 5),
    ),
    "shuffle": (
        Hand("kick", ((0, 90), (8, 84), (10, 46))),
        Hand("snare", ((4, 82), (12, 84)), 6),
        Hand("hat", ((0, 54), (3, 36), (4, 50), (7, 36), (8, 54), (11, 36), (12, 50), (15, 38)), 4),
    ),
}


def bars_of(grid: Grid) -> list[tuple[int, ...]]:
    """The beats of each bar, with the beat that closes it: bars of any length, a pick-up before the first left out."""
    beats = sorted(set(grid.beats))
    if len(beats) < 2:
        return []
    closing = [*beats, beats[-1] + (beats[-1] - beats[-2])]
    marks = sorted(set(grid.downbeats) & set(beats)) or beats[::4]
    where = [beats.index(mark) for mark in marks] + [len(beats)]
    return [tuple(closing[a : b + 1]) for a, b in pairwise(where)]


def layer(
    grid: Grid, style: str, swing_permille: int, intensity_permille: int, seed: int, rate: int, out: Samples
) -> None:
    """Add the groove to `out` (frames, channels), silent outside the beats of `grid`.

    Swing moves every second sixteenth later by `swing_permille` of a sixteenth. Each fourth bar answers with a short
    turn, and the hands miss the grid by a millisecond or two, the same ones for the same seed.
    """
    rng = np.random.Generator(np.random.PCG64([seed, sorted(CELLS).index(style)]))
    kit = Kit(rate, seed)
    bars = bars_of(grid)
    count = 0
    for number, bar in enumerate(bars):
        beats = len(bar) - 1
        turn = number % 4 == 3
        for hand in CELLS[style]:
            for sixteenth, velocity in hand.strokes:
                if sixteenth >= beats * 4:
                    continue
                count += 1
                beat, part = divmod(sixteenth, 4)
                length = bar[beat + 1] - bar[beat]
                swing = swing_permille / 4000 if part % 2 else 0.0
                late = (hand.feel_ms + float(np.clip(rng.normal(0, 1.2), -3, 3))) * rate / 1000
                frame = round(bar[beat] + length * (part / 4 + swing) + late)
                force = velocity / 100 * intensity_permille / 1000 * (1 + 0.06 * float(rng.normal()))
                wave = kit.strike(hand.piece, min(1.0, max(0.05, force)), count)
                _lay(out, wave, PAN.get(hand.piece, 0.0), frame)
        if turn and beats >= 2:
            for k, piece in enumerate(("tom_high", "tom_low")):
                length = bar[beats] - bar[beats - 1]
                count += 1
                wave = kit.strike(piece, 0.5 * intensity_permille / 1000, count)
                _lay(out, wave, PAN[piece], round(bar[beats - 1] + length * (2 + k) / 4))
        release(out)


def _lay(out: Samples, wave: Samples, position: float, frame: int) -> None:
    if out.shape[1] == 2:
        add_at(out, panned(wave, position), frame)
    else:
        add_at(out, np.repeat(wave[:, None], out.shape[1], axis=1), frame)
