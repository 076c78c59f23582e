"""The key of a recording: how often each pitch class sounds, held against what the 24 keys lead one to expect.

The profiles are those that Albrecht and Shanahan (Music Perception 31/1, 2013) drew from a corpus of 982 pieces; they
tell relative keys apart better than the older probe-tone profiles. The chords that were heard have a say as well, as in
Temperley and de Clercq (Journal of New Music Research 42/3, 2013), who find keys from chords and from where they stand
in the metre: a piece opens its phrases, and ends, on its own tonic rather than on that of the relative key, and it is
made of chords that are at home in its key, even where the tonic itself is seldom heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.model import Chord, Key

Floats = NDArray[np.float64]
Grid = NDArray[np.float32]

_MAJOR = np.asarray([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
_MINOR = np.asarray([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])
_CHORD_SAY = 0.75
_AT_HOME_SAY = 0.3

_MAJOR_CHORDS = {
    (0, "maj"): 0.33, (5, "maj"): 0.22, (7, "maj"): 0.17, (9, "min"): 0.09, (2, "min"): 0.06, (10, "maj"): 0.05,
    (4, "min"): 0.04,
}  # fmt: skip
_MINOR_CHORDS = {
    (0, "min"): 0.33, (10, "maj"): 0.14, (5, "min"): 0.12, (8, "maj"): 0.12, (7, "maj"): 0.10, (3, "maj"): 0.07,
    (7, "min"): 0.06, (5, "maj"): 0.03,
}  # fmt: skip
"""How often the triads of a key are met, by semitones above its tonic: the order of the roots (I, IV, V, bVII, vi) is
that of popular songs, the figures are ours."""
_ELSEWHERE = 0.005


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
        says = _says(chords, starts)
        scores = scores + _CHORD_SAY * says + _AT_HOME_SAY * _at_home(says)
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


def _says(chords: Sequence[Chord], starts: NDArray[np.int64] | None) -> Floats:
    """The share of time of the 24 triads, majors from C, then minors; those that open a phrase or close count more."""
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


def _at_home(says: Floats) -> Floats:
    """Mean log-probability of the triads under each of the 24 keys; equal for all keys where nothing sounds."""
    total = float(says.sum())
    scores: Floats = _log_home() @ (says / total if total > 0 else says)
    return scores


@lru_cache(maxsize=1)
def _log_home() -> Floats:
    """(24 keys, 24 triads): the log of how often a triad is met in a key."""
    table = np.full((24, 24), np.log(_ELSEWHERE))
    for key in range(24):
        for (step, quality), often in (_MAJOR_CHORDS if key < 12 else _MINOR_CHORDS).items():
            table[key, (key + step) % 12 + (0 if quality == "maj" else 12)] = np.log(often)
    return table
