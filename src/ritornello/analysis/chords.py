"""The chord over every beat: 24 triads and silence, decoded as one sequence.

What sounds in a beat is compared with templates of the triads, upper voices and bass apart; the bass mostly plays
roots. A chord tends to last, tends to change on a downbeat and tends to belong to the key; how strongly, is what the
Viterbi search weighs. Two passes: the first finds the key without assuming any, the second listens with it in mind.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.chroma import fold
from ritornello.analysis.key import profile_scores
from ritornello.analysis.model import Chord

Grid = NDArray[np.float32]
Floats = NDArray[np.float64]

_SHARPNESS = 10.0
_BASS = 0.25
_CHANGE_COST = 3.0
_DOWNBEAT_EASE = 1.2
_DIATONIC_EASE = 0.9
_NOTHING = 24
_OCTAVES = np.asarray([1.0, 1.0, 0.7, 0.4, 0.25])
"""How much the octaves from C3 say about the chord: the tune lies high and often beside it."""
_MAJOR_SCALE = {(0, "maj"), (2, "min"), (4, "min"), (5, "maj"), (7, "maj"), (9, "min")}


def over_beats(
    pitches: Grid, beats: NDArray[np.int64], downbeats: NDArray[np.int64], loud: NDArray[np.float64] | None = None
) -> tuple[Chord, ...]:
    """One chord per beat interval.

    ``pitches`` are compressed semitone magnitudes per beat interval, (len(beats) - 1, 72), from C2; ``beats`` and
    ``downbeats`` are samples; ``loud`` the level of each interval relative to the loudest (no chord below 1/300).
    """
    count = len(pitches)
    if count == 0:
        return ()
    evidence = _evidence(pitches)
    if loud is not None:
        evidence[loud < 1 / 300] = 0.0
        evidence[loud < 1 / 300, _NOTHING] = _SHARPNESS
    on_downbeat = np.isin(beats[:count], downbeats)
    first = _decode(evidence, on_downbeat)
    favoured = evidence + _DIATONIC_EASE * _diatonic(first, evidence)
    path = _decode(favoured, on_downbeat)
    shares = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return tuple(
        Chord(
            int(beats[index]),
            int(beats[index + 1]),
            None if state == _NOTHING else int(state % 12),
            "none" if state == _NOTHING else "maj" if state < 12 else "min",
            float(shares[index, state]),
        )
        for index, state in enumerate(path)
    )


def templates() -> Floats:
    """(24, 12) unit rows: each note of the triad with its fifth and third partials, majors from C, then minors."""
    rows = []
    for third in (4, 3):
        for root in range(12):
            row = np.zeros(12)
            for note, weight in ((root, 1.0), (root + third, 0.9), (root + 7, 0.9)):
                row[note % 12] += weight
                row[(note + 7) % 12] += 0.18 * weight
                row[(note + 4) % 12] += 0.08 * weight
            rows.append(row)
    table = np.asarray(rows)
    table -= table.mean(axis=1, keepdims=True)
    scaled: Floats = table / np.linalg.norm(table, axis=1, keepdims=True)
    return scaled


def _evidence(pitches: Grid) -> Floats:
    """Log-likelihood-like scores (beats, 25): likeness to the templates plus the bass on the root."""
    upper = (pitches[:, 12:].reshape(len(pitches), -1, 12) * _OCTAVES[:, None]).sum(axis=1).astype(np.float64)
    upper -= upper.mean(axis=1, keepdims=True)
    upper /= np.maximum(np.linalg.norm(upper, axis=1, keepdims=True), 1e-9)
    bass = 1.5 * fold(pitches, last=12).astype(np.float64) + fold(pitches, first=12, last=24)
    bass -= bass.mean(axis=1, keepdims=True)
    bass /= np.maximum(np.linalg.norm(bass, axis=1, keepdims=True), 1e-9)
    likeness = upper @ templates().T
    scores = np.zeros((len(pitches), 25))
    scores[:, :24] = likeness + _BASS * np.concatenate([bass, bass], axis=1)
    scores[:, _NOTHING] = 0.45
    return scores * _SHARPNESS


def _diatonic(path: NDArray[np.int64], evidence: Floats) -> Floats:
    """One for the triads of the scale that fits the first pass best, else zero: (25,)."""
    sounding = path[path != _NOTHING]
    weight = np.zeros(12)
    for state in sounding:
        third = 4 if state < 12 else 3
        for step in (0, third, 7):
            weight[(state + step) % 12] += 1.0
    scores = profile_scores(weight)
    # a minor key shares the scale of the major key three semitones up
    scale = int(np.argmax(np.maximum(scores[:12], np.roll(scores[12:], 3))))
    out = np.zeros(evidence.shape[1])
    for degree, quality in _MAJOR_SCALE:
        out[(scale + degree) % 12 + (0 if quality == "maj" else 12)] = 1.0
    out[(scale + 4) % 12] = 0.5  # the major dominant of the relative minor
    return out


def _decode(evidence: Floats, on_downbeat: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The best sequence when a change costs more off the downbeat than on it."""
    count, states = evidence.shape
    score = evidence[0].copy()
    back = np.zeros((count, states), dtype=np.int64)
    for index in range(1, count):
        cost = _CHANGE_COST - (_DOWNBEAT_EASE if on_downbeat[index] else 0.0)
        best = int(np.argmax(score))
        change = score[best] - cost
        stay = score >= change
        back[index] = np.where(stay, np.arange(states), best)
        score = np.where(stay, score, change) + evidence[index]
    path = np.empty(count, dtype=np.int64)
    path[-1] = int(np.argmax(score))
    for index in range(count - 1, 0, -1):
        path[index - 1] = back[index, path[index]]
    return path
