"""What is heard of a style's drums is what its pack says: where something strikes, and which of the twelve it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from ritornello.studio.covering import cover_recipe
from ritornello.studio.performers import role_of
from ritornello.studio.render import render
from ritornello.studio.score import Part, Score
from ritornello.studio.styles import CELLS, StylePack, packs
from tests.studio.recipes import WIDE
from tests.studio.songs import WORK, demo_score, first_bars

STYLES = {name: style for name, style in packs().items() if style.market}
QUIET = ("bass", "comp", "pad", "lead", "double", "riff")
HOP, SIZE = 110, 1024
BANDS = (20, 160, 3000, 16_000)
ROLES = (("low",), ("back", "percussion"), ("time",))
"""What sounds in each of the three bands, as far as a band can tell."""
BARS = (4, 8)
"""The bars that are heard: inside the chorus, past its first crash and before its last stroke."""


def chorus() -> Score:
    score = first_bars(demo_score(), 11)
    return replace(score, sections=(Part(0, score.bars[2], "verse"), Part(score.bars[2], score.end, "chorus")))


def strikes(style: StylePack, roles: Collection[str]) -> np.ndarray:
    """The pack's own word: the strongest stroke of these roles in each sixteenth of two bars, 0 for silence."""
    out = np.zeros(2 * CELLS)
    for hand, bars in style.drums["full"].items():
        for k in range(2 * CELLS if role_of(hand) in roles else 0):
            out[k] = max(out[k], bars[k // CELLS % len(bars)][k % CELLS])
    return out


@cache
def heard(name: str) -> np.ndarray:
    """How much newly sounds in each band and sixteenth of two bars, the mean of two pairs of bars: by sound alone."""
    style = STYLES[name]
    recipe = cover_recipe(chorus(), style, WIDE, source=WORK, without=QUIET)
    done = render(recipe, {}, bounds=WIDE)
    rate, mono = done.audio.rate, np.concatenate([np.zeros(SIZE), done.audio.mono()])
    frames = np.lib.stride_tricks.sliding_window_view(mono, SIZE)[::HOP] * np.hanning(SIZE)
    loud = np.log1p(100 * np.abs(np.fft.rfft(frames, axis=1)))
    rise = np.maximum(np.diff(loud, axis=0), 0)
    edges = [round(hz * SIZE / rate) for hz in BANDS]
    bands = np.stack([rise[:, lo:hi].sum(axis=1) for lo, hi in pairwise(edges)])
    # frame k of the flux ends where its last new sample is: k hops past the start of the sound
    beats = np.asarray(done.manifest.beats, dtype=float)
    places = np.interp(np.arange(16 * BARS[0], 16 * BARS[1]) / 4, np.arange(len(beats)), beats)
    note, share = style.swing
    step = 16 // note if note else 0
    late = [share / 1000 * 4 / note if note and k % (2 * step) == step else 0.0 for k in range(len(places))]
    beat = float(np.median(np.diff(beats)))
    cells = [
        bands[:, _near(at + part * beat - 0.02 * rate) : _near(at + part * beat + 0.06 * rate)].max(axis=1)
        for at, part in zip(places, late, strict=True)
    ]
    return np.asarray(cells).T.reshape(len(bands), -1, 2 * CELLS).mean(axis=1)


def _near(sample: float) -> int:
    return max(0, round(sample / HOP))


def agreement(name: str, other: str) -> float:
    """How alike the three bands of one style's sound and the three roles of another's pack are, -1 to 1."""
    sound = [_standard(band) for band in heard(name)]
    written = [_standard(strikes(STYLES[other], roles)) for roles in ROLES]
    return float(np.mean([band @ cells / (2 * CELLS) for band, cells in zip(sound, written, strict=True)]))


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / max(float(values.std()), 1e-9)


@pytest.mark.parametrize("name", sorted(STYLES))
def test_something_begins_in_every_cell_that_is_struck_and_in_no_other(name: str) -> None:
    written = strikes(STYLES[name], [role for roles in ROLES for role in roles])
    sound = heard(name).sum(axis=0)
    silent = sound[written == 0]
    assert sound[written > 0].min() > (silent.max() if len(silent) else 0)


@pytest.mark.parametrize("name", sorted(STYLES))
def test_the_style_that_is_heard_is_the_one_that_was_asked_for(name: str) -> None:
    # ten of twelve are the likeliest; bhangra and flamenco lie within .04 of cumbia, whose drums sound as low
    likely = {other: agreement(name, other) for other in STYLES}
    assert likely[name] > max(0.45, max(likely.values()) - 0.05), sorted(likely.items(), key=lambda one: -one[1])[:3]
