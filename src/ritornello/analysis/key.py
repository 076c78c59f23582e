"""The key of a recording: how often each pitch class sounds, held against what the 24 keys lead one to expect.

The profiles are those that Albrecht and Shanahan (Music Perception 31/1, 2013) drew from a corpus of 982 pieces; they
tell relative keys apart better than the older probe-tone profiles. The chords that were heard have a say as well: a
piece opens its phrases, and ends, on its own tonic rather than on that of the relative key.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.model import Chord, Key

Floats = NDArray[np.float64]
Grid = NDArray[np.float32]

_MAJOR = np.asarray([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
_MINOR = np.asarray([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
_CHORD_SAY = 0.75


def of_chroma(
    chroma: Grid, cents: float = 0.0, chords: Sequence[Chord] = (), starts: NDArray[np.int64] | None = None
) -> Key:
    """The key of a recording from its chroma rows (any number, 12), C first, and the chords heard, if any.

    ``starts`` are the samples at which phrases begin (sections and their groups of four bars).

    The confidence is the margin over the best other key, 0 to 1. Without any sound: C major with confidence 0.
    """
    total = chroma.astype(np.float64).sum(axis=0)
    if total.sum() <= 0:
        return Key(0, "major", 0.0, cents)
    scores = profile_scores(total)
    if chords:
        scores = scores + _CHORD_SAY * _rest(chords, starts)
    order = np.argsort(-scores)
    best, margin = int(order[0]), float(scores[order[0]] - scores[order[1]])
    return Key(best % 12, "major" if best < 12 else "minor", min(1.0, margin * 4), cents)


def profile_scores(total: Floats) -> Floats:
    """Correlation of 12 pitch-class weights with the 24 profiles: majors from C, then minors from C."""
    return np.asarray(
        [
            np.corrcoef(total, np.roll(profile, tonic))[0, 1] if total.std() > 0 else 0.0
            for profile in (_MAJOR, _MINOR)
            for tonic in range(12)
        ]
    )


def _rest(chords: Sequence[Chord], starts: NDArray[np.int64] | None) -> Floats:
    """For each key the share of time on its tonic triad; chords that open a phrase or close the piece count more."""
    out = np.zeros(24)
    whole = float(max(1, chords[-1].end - chords[0].start))
    typical = float(np.median([chord.end - chord.start for chord in chords]))
    weights = np.asarray([chord.end - chord.start for chord in chords], dtype=np.float64)
    if starts is not None:
        opening = np.isin([chord.start for chord in chords], starts)
        weights[opening] += 4 * typical
        whole += 4 * typical * int(opening.sum())
    sounding = [index for index, chord in enumerate(chords) if chord.root is not None]
    if not sounding:
        return out
    weights[sounding[0]] += 4 * typical
    weights[sounding[-1]] += 8 * typical
    for index in sounding:
        root = chords[index].root
        if root is not None:
            out[root + (12 if chords[index].quality == "min" else 0)] += weights[index] / whole
    return out
