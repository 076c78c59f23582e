"""A style's rhythm section under somebody's recording: drums, bass and pads on its own beats, following its chords.

The recording is not touched. Its beats and its chords come with the source and are carried through every cut, change of
speed and change of key, so a layer that is added last plays on the music as it has become.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.studio.accompaniment import Accompanist, Note
from ritornello.studio.arrangement import swung
from ritornello.studio.band import play_tracks
from ritornello.studio.drumming import drum_notes
from ritornello.studio.form import CHORUS, VERSE, FormBar
from ritornello.studio.harmony import Harmony
from ritornello.studio.performers import KITS
from ritornello.studio.score import PPQ, ChordSpan, Score
from ritornello.studio.styles import pack
from ritornello.studio.timeline import Grid

Samples = npt.NDArray[np.float32]
LAYERS = ("drums", "bass", "pad", "comp")


def layer(grid: Grid, p: Mapping[str, Any], seed: int, rate: int, out: Samples) -> None:
    """Add the layer to `out` (frames, channels), silent outside the beats of `grid`.

    `p` are the parameters of the operation: `style`, `parts` (drums, bass, pad, comp joined by +),
    `intensity_permille`, and the build-up: over the `build_ms` before `drop_ms` the layer falls silent but for a roll
    that grows.
    """
    style = pack(p["style"])
    score, ticks_to_samples = _score_of(grid, rate)
    if score is None:
        return
    energy = CHORUS if p["intensity_permille"] >= 600 else VERSE
    bars = [
        FormBar(start, end, energy, k % 8, 8, k + 1 < len(score.bars))
        for k, (start, end) in enumerate(score.bar_spans())
    ]
    wanted = set(p["parts"].split("+"))
    tracks: list[tuple[str, float, float, float, list[Note]]] = []
    last = len(bars)  # a layer does not come to rest: the recording does
    if "drums" in wanted:
        struck = drum_notes(style, bars, last)
        tracks += [(kit, 0.7, 0.0, 0.08, struck[kit]) for kit in KITS if struck[kit]]
    accompanist = Accompanist(score, score.chords, style, bars, last)
    for player in style.players:
        if player.role in wanted and score.chords:
            gain, pan, send = 10 ** (player.centidb / 2000), player.pan / 100, player.send / 1000
            tracks.append((player.patch, gain, pan, send, accompanist.part(player)))
    rng = np.random.Generator(np.random.PCG64([seed, len(style.name)]))
    drop = p["drop_ms"] * rate // 1000
    begin = drop - p["build_ms"] * rate // 1000
    rows = []
    for name, gain, pan, send, notes in tracks:
        played = []
        for note in notes:
            miss = 0.0 if note.exact else float(np.clip(rng.normal(), -2.5, 2.5)) * style.human[0]
            start = int(ticks_to_samples(swung(note.start, style.swing) + note.late + miss))
            end = int(ticks_to_samples(swung(note.start + note.length, style.swing)))
            if drop and begin <= start < drop:
                continue
            force = max(1, min(127, round(note.velocity * (0.55 + 0.45 * p["intensity_permille"] / 1000))))
            if 0 <= start < grid.frames:
                played.append((start, max(1, end - start), note.pitch, force))
        rows.append((name, gain, pan, send, played))
    if drop and "drums" in wanted:
        rows.append(("machine", 0.8, 0.0, 0.2, _roll(grid, begin, drop)))
    play_tracks(rows, rate, seed, out)


def _roll(grid: Grid, begin: int, drop: int) -> list[tuple[int, int, int, int]]:
    """A snare that doubles its pace from beats to sixteenths and grows until the drop, and claps on the drop."""
    beats = [*(beat for beat in grid.beats if begin <= beat < drop), drop]
    rolled = []
    for k, (beat, following) in enumerate(pairwise(beats)):
        along = k / max(1, len(beats) - 1)
        strokes = 1 if along < 0.34 else 2 if along < 0.67 else 4
        for n in range(strokes):
            at = beat + (following - beat) * n // strokes
            rolled.append((at, 1000, 38, round(44 + 72 * along)))
    return [*rolled, (drop, 1000, 39, 120)]


def _score_of(grid: Grid, rate: int) -> tuple[Score | None, Any]:
    """A score whose beats are those of the grid, one of 960 ticks each, and the map from its ticks to samples."""
    beats = sorted(set(grid.beats))
    if len(beats) < 4:
        return None, None
    marks = [k for k, beat in enumerate(beats) if beat in set(grid.downbeats)] or list(range(0, len(beats), 4))
    offset = marks[0]
    lines = [(mark - offset) * PPQ for mark in marks]
    end = (len(beats) - offset) * PPQ
    steps = np.asarray([*beats, 2 * beats[-1] - beats[-2]], dtype=np.float64)
    ticks = (np.arange(len(steps)) - offset) * float(PPQ)

    def samples(tick: float) -> float:
        return float(np.interp(tick, ticks, steps))

    chords: list[ChordSpan] = []
    for start, stop, root, quality in grid.chords:
        a, b = (max(0, round(float(np.interp(mark, steps, ticks)) / PPQ) * PPQ) for mark in (start, stop))
        b = min(b, end)
        if b > a and root >= 0 and (not chords or a >= chords[-1].end):
            chords.append(ChordSpan(a, b, Harmony(root, "min" if quality else "maj", root)))
    lines = [line for line in lines if line < end]
    score = Score(*("", rate, 4, 0, "major"), tempo=((0, 500_000),), bars=tuple(lines), end=end, chords=tuple(chords))
    return score, samples
