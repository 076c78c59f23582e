"""The whole of listening in one call: one spectral pass, from which beats, bars, key, chords and form are read.

The result depends on the samples, on :data:`VERSION` and on nothing else, so it may be kept under
:func:`analysis_key` for everybody who works on the same recording. Keeping it is the caller's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis import beats as beat_tracking
from ritornello.analysis import chords as chord_decoding
from ritornello.analysis import chroma as pitch
from ritornello.analysis import key as keys
from ritornello.analysis import loudness, metre, sections, spectra
from ritornello.analysis.model import Analysis, Audio, Key, Loudness, Section, Tempo

VERSION = 2
"""Raised whenever the same samples would be described otherwise."""

Report = Callable[[float, str], None]
Grid = NDArray[np.float32]


def analysis_key(pcm_digest: str, *, bpm: float | None = None, beats_per_bar: int | None = None) -> str:
    """The name under which an analysis may be kept: a digest of the recording, this version, and the overrides."""
    milli = "-" if bpm is None else str(round(bpm * 1000))
    text = f"ritornello-analysis/{VERSION}/{pcm_digest}/{milli}/{beats_per_bar or '-'}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def analyse(
    audio: Audio, report: Report | None = None, *, bpm: float | None = None, beats_per_bar: int | None = None
) -> Analysis:
    """Tempo, beats, bars, key, chords, sections and loudness of a recording.

    ``report`` hears the finished fraction and may raise to cancel. ``bpm`` and ``beats_per_bar`` override the metrical
    level and the metre where a person knows better. Music without a pulse has no beats, bars, chords or sections but
    does have a key and a loudness.
    """
    tell = report or (lambda fraction, message: None)
    tell(0.0, "listening")
    measured = loudness.measure(audio)
    tell(0.15, "loudness")
    heard = spectra.of(audio)
    tell(0.55, "spectra")
    found = beat_tracking.track(heard, bpm=bpm)
    tell(0.75, "beats")
    cents = pitch.tuning_cents(heard.mono)
    tones = pitch.harmonic_semitones(heard.tones, cents)
    if len(found.times) < 8:
        tonal = keys.of_chroma(pitch.fold(tones), cents)
        return Analysis(audio.rate, audio.frames, Tempo(0.0, 0.0, False), 4, 0.0, tonal, measured)
    return _musical(audio, heard, found, tones, cents, measured, beats_per_bar, tell)


def _musical(
    audio: Audio,
    heard: spectra.Spectra,
    found: beat_tracking.Beats,
    tones: Grid,
    cents: float,
    measured: Loudness,
    beats_per_bar: int | None,
    tell: Report,
) -> Analysis:
    samples = found.samples(audio.rate)
    marks = np.append(found.times, min(2 * found.times[-1] - found.times[-2], heard.duration_s))
    edges = np.append(samples, round(float(marks[-1]) * audio.rate))
    pitches = pitch.over_spans(pitch.compress(tones), marks)
    beat_chroma = pitch.unit_rows(pitch.fold(pitches))
    strokes = _strokes(beat_tracking.novelty(heard.bands), found.times)
    bars = metre.find_bars(beat_chroma, strokes, metre=beats_per_bar)
    downbeats = samples[bars.downbeats]
    levels = pitch.over_spans(heard.bands, marks, spectra.ONSET_RATE)
    loud = levels.sum(axis=1) / max(float(levels.sum(axis=1).max()), 1e-12)
    tell(0.8, "bars")
    chords = chord_decoding.over_beats(pitches, edges, downbeats, loud)
    tell(0.9, "chords")
    form = _form(beat_chroma, levels, bars, edges)
    phrases = _phrases(form, downbeats)
    tonal: Key = keys.of_chroma(pitch.fold(pitch.over_spans(tones, marks)), cents, chords, phrases)
    tell(1.0, "key and form")
    return Analysis(
        audio.rate,
        audio.frames,
        found.tempo,
        bars.metre,
        bars.confidence,
        tonal,
        measured,
        samples,
        downbeats,
        chords,
        form,
    )


def _phrases(form: tuple[Section, ...], downbeats: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first sample of every group of four bars, counted from where each section begins."""
    out: list[int] = []
    for section in form:
        inside = downbeats[(downbeats >= section.start) & (downbeats < section.end)]
        out += [int(mark) for mark in inside[::4]]
    return np.asarray(out, dtype=np.int64)


def _strokes(grouped: Grid, times: NDArray[np.float64]) -> Grid:
    """The novelty of each group at each beat: the highest within 40 ms."""
    at = np.round(times * spectra.ONSET_RATE).astype(np.int64)[:, None] + np.arange(-4, 5)
    highest: Grid = grouped[np.clip(at, 0, len(grouped) - 1)].max(axis=1)
    return highest


def _form(chroma: Grid, levels: Grid, bars: metre.Bars, edges: NDArray[np.int64]) -> tuple[Section, ...]:
    starts = bars.downbeats
    if len(starts) > 1 and len(chroma) - starts[-1] < bars.metre:
        starts = starts[:-1]  # the last sound rings in a bar that was never filled
    if len(starts) == 0:
        return ()
    ends = np.append(starts[1:], len(chroma))
    rows = [np.resize(chroma[start:end], (bars.metre, 12)).ravel() for start, end in zip(starts, ends, strict=True)]
    sound = np.asarray([levels[start:end].mean(axis=0) for start, end in zip(starts, ends, strict=True)])
    return sections.of_bars(np.asarray(rows), sound, edges[starts], int(edges[-1]))
