"""How much of one recording is heard in another: two measures that need no trained model.

:func:`qmax` compares the course of the harmony beat by beat, in whatever key and at whatever tempo, and finds the
longest stretch that both share: it tells a version of a song from other songs. :func:`cqt1_pcc` compares two recordings
of equal length frame by frame by their strongest pitch: it tells how closely the tune was kept.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.chroma import (
    compress,
    fold,
    harmonic_semitones,
    harmonic_tones,
    over_spans,
    tuning_cents,
    unit_rows,
)
from ritornello.analysis.model import Audio
from ritornello.analysis.similarity_kernels import longest_trace
from ritornello.analysis.spectra import TONE_RATE, Spectra, mono_22k, tone_magnitudes

Grid = NDArray[np.float32]

EMBEDDED_BEATS = 8
NEAREST = 0.10
ALIKE = 0.70
_POOLED_BEATS = 36
_GAP_ONSET, _GAP_EXTENSION = 0.5, 0.7


def beat_chroma(heard: Audio | Spectra, beats: NDArray[np.int64]) -> Grid:
    """One unit vector of 12 pitch classes per beat interval, (len(beats) - 1, 12) float32, C first.

    ``beats`` are samples of the recording (as in ``Analysis.beats``). With fewer than two beats the recording is cut
    into half seconds instead, so that music without a pulse can be compared as well.
    """
    if isinstance(heard, Spectra):
        mono, tones, rate, seconds = heard.mono, heard.tones, heard.source_rate, heard.duration_s
    else:
        mono = mono_22k(heard)
        tones, rate, seconds = tone_magnitudes(mono), heard.rate, heard.duration_s
    marks = np.asarray(beats, dtype=np.float64) / rate if len(beats) >= 2 else np.arange(0.0, seconds, 0.5)
    pitches = compress(harmonic_semitones(tones, tuning_cents(mono)))
    return unit_rows(over_spans(fold(pitches), marks))


def qmax(chroma_a: Grid, chroma_b: Grid) -> float:
    """The share of the shorter sequence that runs along with the other, best of 12 transpositions.

    Higher is more alike: 0 for nothing in common, about 1 for the same recording; unrelated songs stay below 0.4 or so.
    ``chroma_*`` as :func:`beat_chroma` gives them, at the same metrical level or at two or three times it. Either one
    shorter than 16 beats gives 0.
    """
    pairs = _pairs(chroma_a, chroma_b)
    return max((max(transposed_qmax(a, b).values()) for a, b in pairs), default=0.0)


def _pairs(chroma_a: Grid, chroma_b: Grid) -> list[tuple[Grid, Grid]]:
    """The two sequences at the metrical levels at which they might meet; nothing when one is too short."""
    if min(len(chroma_a), len(chroma_b)) < 2 * EMBEDDED_BEATS:
        return []
    pairs = [(chroma_a, chroma_b)]
    for beats in (2, 3):
        pairs += [(pooled(chroma_a, beats), chroma_b), (chroma_a, pooled(chroma_b, beats))]
    # a short sequence resembles anything by chance, so pooling must leave a sequence that says something
    return pairs[:1] + [pair for pair in pairs[1:] if min(map(len, pair)) >= _POOLED_BEATS]


def pooled(chroma: Grid, beats: int) -> Grid:
    """The chroma of every ``beats`` beats together, so that one counted twice as fast meets one counted plainly."""
    if beats == 1:
        return chroma
    whole = len(chroma) // beats * beats
    return unit_rows(chroma[:whole].reshape(-1, beats, 12).sum(axis=1))


def transposed_qmax(chroma_a: Grid, chroma_b: Grid, shifts: Iterable[int] = range(12)) -> dict[int, float]:
    """Qmax for each number of semitones by which ``chroma_b`` is raised before it is compared."""
    shortest = min(len(chroma_a), len(chroma_b))
    if shortest < EMBEDDED_BEATS:
        return dict.fromkeys(shifts, 0.0)
    a = _embedded(chroma_a)
    out = {}
    for shift in shifts:
        b = _embedded(np.roll(chroma_b, shift, axis=1))
        out[shift] = float(longest_trace(_recurrence(a, b), _GAP_ONSET, _GAP_EXTENSION)) / (
            shortest - EMBEDDED_BEATS + 1
        )
    return out


def _embedded(chroma: Grid) -> Grid:
    """Each row becomes itself with the seven that follow: what recurs is a phrase, not a chord."""
    centred = chroma - chroma.mean(axis=1, keepdims=True)
    windows = np.lib.stride_tricks.sliding_window_view(centred, EMBEDDED_BEATS, axis=0)
    rows = windows.reshape(len(windows), -1)
    length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    out: Grid = rows / np.maximum(length, 1e-9)
    return out


def _recurrence(a: Grid, b: Grid) -> NDArray[np.bool_]:
    """Cells that are alike, and among the nearest tenth of their row and of their column.

    The published method has the second condition only; between two songs that share nothing it still marks the least
    unlike cells, and long traces form by chance. The floor of 0.7 removes them.
    """
    alike = a @ b.T
    row_place = max(0, int(alike.shape[1] * (1 - NEAREST)) - 1)
    column_place = max(0, int(alike.shape[0] * (1 - NEAREST)) - 1)
    row_edge = np.partition(alike, row_place, axis=1)[:, row_place]
    column_edge = np.partition(alike, column_place, axis=0)[column_place]
    near: NDArray[np.bool_] = (alike > ALIKE) & (alike > row_edge[:, None]) & (alike > column_edge[None, :])
    return near


def shared_phrases(chroma_a: Grid, chroma_b: Grid) -> float:
    """How well each phrase of eight beats of the shorter sequence is found anywhere in the longer one, 0 to 1.

    Unlike :func:`qmax` it does not mind the order, so it recognises a remix whose bars were all moved. The best of 12
    transpositions; unrelated songs reach 0.6 to 0.75.
    """
    best = 0.0
    for a, b in _pairs(chroma_a, chroma_b):
        rows = _embedded(a)
        for shift in range(12):
            alike = rows @ _embedded(np.roll(b, shift, axis=1)).T
            best = max(best, float(alike.max(axis=1 if len(a) <= len(b) else 0).mean()))
    return best


def cqt1_pcc(audio_a: Audio, audio_b: Audio) -> float:
    """Pearson correlation of the strongest constant-Q bin per frame, over the frames where both sound; -1 to 1.

    The recordings are compared as they lie, frame by frame: bring both to one tempo first. 0 when too little sounds.
    """
    lines, levels = zip(*(_top_line(audio) for audio in (audio_a, audio_b)), strict=True)
    frames = min(len(lines[0]), len(lines[1]))
    a, b = lines[0][:frames], lines[1][:frames]
    heard = levels[0][:frames] & levels[1][:frames]
    a, b = a[heard], b[heard]
    if len(a) < TONE_RATE or a.std() == 0 or b.std() == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _top_line(audio: Audio) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    tones = harmonic_tones(tone_magnitudes(mono_22k(audio)))
    top = tones.max(axis=1)
    return np.argmax(tones, axis=1).astype(np.float64), top > 0.01 * np.quantile(top, 0.99)
