"""Two consented songs at once: the smallest audible change that brings them together, phrase laid on phrase.

The first song is the bed and keeps its form. For each of its phrases a phrase of the second is chosen by mashability
(after Davies et al., AutoMashUpper, 2014): do the harmonies agree, do the rhythms, and do the two share out the
spectrum. Key and tempo are split between the songs so that neither moves more than it must; the beats of the second are
laid on those of the first. Everything stays inside the bounds, which are the meet of what both songs allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
import numpy.typing as npt

from ritornello.analysis import beats as beat_tracking
from ritornello.analysis import chroma, spectra
from ritornello.analysis.model import Analysis, Audio
from ritornello.studio.bounds import Bounds
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.reading import validate
from ritornello.studio.recipe import Node, Out, Recipe, RecipeError, Source
from ritornello.studio.timeline import scaled

Grid = npt.NDArray[np.float32]

PHRASE_BARS = 4
_HARMONY, _RHYTHM, _BALANCE = 0.6, 0.25, 0.15
_ONWARD = 0.06
"""What it is worth that the second song simply goes on instead of jumping to another phrase."""
_TOUCHED = 2.5
"""What moving a song at all costs, in squared semitones (or squared steps of 2 % of tempo): two smaller moves must be
clearly better than one."""
_STEP = 0.02
_SAME_SCALE = 0.2
_CLASH, _AS_GOOD = 150.0, 0.03
"""What a worse agreement of pitch classes costs, and the difference that nobody hears."""
_EVEN = 4
"""Permille of speed that are kept free at the edge of the bounds, since bars are never quite even."""
_VOICE_OVER_HZ = 220
_ABOVE_BASS = "over_bass"
_OVER_FIRST_PITCH = 57 - spectra.LOWEST_PITCH
"""The first of the constant-Q semitones that lie above _VOICE_OVER_HZ (A3)."""
_UNDER_DB, _LEAST_DB, _MOST_DB = 1.0, -24.0, 18.0


class MashupError(ValueError):
    """Two songs that cannot be laid on one another: why, and how to mend it."""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One song as a mash-up needs it, per beat: `chroma` (beats, 12), `rhythm` (beats, 8), `balance` (beats, 36), and
    the power of its tones above the bass, `tonal` (beats,)."""

    source: Source
    analysis: Analysis
    chroma: Grid
    rhythm: Grid
    balance: Grid
    tonal: Grid


@dataclass(frozen=True, slots=True)
class Match:
    """How two songs come together: speed and key of each, and how many bars of the second fill one of the first."""

    tempo_permille: tuple[int, float]
    key_cents: tuple[int, int]
    bars: float
    mashability: float


def heard(source: Source, analysis: Analysis, audio: Audio) -> Heard:
    """Listen to what the choice of phrases needs. Raises MashupError for music without bars."""
    if len(analysis.downbeats) < 2 * PHRASE_BARS:
        raise MashupError(f"{source.id} has no eight bars that could be followed: correct its downbeats first")
    pictures = spectra.of(audio)
    marks = np.append(analysis.beats, 2 * analysis.beats[-1] - analysis.beats[-2]) / analysis.rate
    tones = chroma.harmonic_semitones(pictures.tones, analysis.key.tuning_cents)
    pitches = chroma.unit_rows(chroma.fold(chroma.over_spans(chroma.compress(tones), marks)))
    grouped = beat_tracking.novelty(pictures.bands)
    low_high = np.stack([grouped[:, :2].sum(axis=1), grouped[:, 2:].sum(axis=1)], axis=1)
    quarters = np.interp(np.arange(4 * (len(marks) - 1) + 1) / 4, np.arange(len(marks)), marks)
    rhythm = chroma.over_spans(low_high, quarters, spectra.ONSET_RATE).reshape(len(marks) - 1, 8)
    balance = chroma.over_spans(pictures.bands, marks, spectra.ONSET_RATE)
    power = np.sum(tones[:, _OVER_FIRST_PITCH:] ** 2, axis=1, keepdims=True)
    tonal = chroma.over_spans(power, marks)[:, 0]
    return Heard(source, analysis, pitches, rhythm.astype(np.float32), balance, tonal)


def match(first: Heard, second: Heard, bounds: Bounds) -> Match:
    """The smallest audible change of both songs that is allowed and lets them fit; None of the songs moves in vain.

    Raises MashupError where the metres differ or no permitted change brings them together.
    """
    one, two = first.analysis, second.analysis
    if one.metre != two.metre:
        raise MashupError(
            f"{first.source.id} counts {one.metre} and {second.source.id} {two.metre} beats to the bar: "
            "choose two songs of one metre"
        )
    bars, speeds = _speeds(_bar_seconds(one), _bar_seconds(two), bounds)
    fits = {shift: _harmony(first, second, shift) for shift in range(-6, 7)}
    best = max(fits.values())
    options = []
    for shift, fit in fits.items():
        for mine in range(-6, 7):
            theirs = mine + shift
            if all(bounds.key_lo_cents <= 100 * k <= bounds.key_hi_cents for k in (mine, theirs)):
                cost = _cost(mine) + _cost(theirs)
                options.append((cost + _CLASH * max(0.0, best - fit - _AS_GOOD), mine, theirs, fit))
    if not options:
        raise MashupError("no change of key that both songs allow lets them sound together")
    _, mine, theirs, fit = min(options, key=lambda row: (row[0], abs(row[1]), row[1]))
    return Match(speeds, (100 * mine, 100 * theirs), bars, fit)


def _bar_seconds(analysis: Analysis) -> float:
    return float(np.median(np.diff(analysis.downbeats))) / analysis.rate


def _cost(semitones: float) -> float:
    return semitones**2 + (_TOUCHED if semitones else 0.0)


def _speeds(one: float, two: float, bounds: Bounds) -> tuple[float, tuple[int, float]]:
    """Bars of the second per bar of the first, and the speed of each in permille, for bars of `one`, `two` seconds."""
    bars = min((0.5, 1.0, 2.0), key=lambda ratio: abs(log2(two * ratio / one)))
    apart = two * bars / one  # above one: the second song is the slower one
    lo, hi = bounds.tempo_lo_permille, bounds.tempo_hi_permille
    options = []
    for mine in range(lo, hi + 1):
        theirs = mine * apart
        if lo + _EVEN <= theirs <= hi - _EVEN:
            options.append((_cost_of_speed(mine) + _cost_of_speed(theirs), mine, theirs))
    if not options:
        raise MashupError(
            f"their bars differ by {abs(apart - 1):.1%}, more than both songs allow ({lo} to {hi} permille of speed)"
        )
    _, mine, theirs = min(options)
    return bars, (mine, theirs)


def _cost_of_speed(permille: float) -> float:
    change = abs(permille / 1000 - 1)
    return 0.0 if change < 5e-5 else _cost(change / _STEP)


def _harmony(first: Heard, second: Heard, shift: int) -> float:
    """How well the pitch classes of two songs agree, the second moved up `shift` semitones; one scale counts more."""
    a, b = first.chroma.sum(axis=0), np.roll(second.chroma.sum(axis=0), shift)
    one, two = first.analysis.key, second.analysis.key
    scales = [(key.tonic + (3 if key.mode == "minor" else 0)) % 12 for key in (one, two)]
    same = (scales[1] + shift - scales[0]) % 12 == 0
    return float(np.corrcoef(a, b)[0, 1]) + (_SAME_SCALE * min(one.confidence, two.confidence) if same else 0.0)


def phrases(analysis: Analysis) -> tuple[int, ...]:
    """Indices of the downbeats that open a phrase of four bars, counted from where each section begins."""
    marks = analysis.downbeats
    starts = [int(np.argmin(np.abs(marks - section.start))) for section in analysis.sections] or [0]
    out: list[int] = []
    for begin, end in zip(starts, [*starts[1:], len(marks)], strict=True):
        out += [k for k in range(begin, end, PHRASE_BARS) if k + PHRASE_BARS <= min(end, len(marks) - 1)]
    return tuple(sorted(set(out))) or (0,)


def mashability(first: Heard, second: Heard, mine: int, theirs: int, shift: int, bars: float) -> float:
    """How well a phrase of the second, from its downbeat `theirs`, lies on the first's from downbeat `mine`: 0..1."""
    a, b = _span(first, mine, PHRASE_BARS), _span(second, theirs, round(PHRASE_BARS * bars))
    if a is None or b is None:
        return -1.0
    count = a.stop - a.start
    rows = np.clip((np.arange(count) + 0.5) * (b.stop - b.start) / count, 0, None).astype(np.int64) + b.start
    harmony = _likeness(first.chroma[a], np.roll(second.chroma[rows], shift, axis=1))
    rhythm = _likeness(first.rhythm[a], second.rhythm[rows])
    together = np.log1p(first.balance[a].mean(axis=0)), np.log1p(second.balance[rows].mean(axis=0))
    masking = float(np.corrcoef(*together)[0, 1])
    return _HARMONY * harmony + _RHYTHM * rhythm + _BALANCE * (1 - max(0.0, masking))


def _likeness(a: Grid, b: Grid) -> float:
    x, y = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    size = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return float(np.mean(np.where(size > 1e-9, (x * y).sum(axis=1) / np.maximum(size, 1e-9), 0.0)))


def _span(song: Heard, downbeat: int, bars: int) -> slice | None:
    """The beats of `bars` bars from a downbeat, None where the song does not reach so far."""
    marks = song.analysis.downbeats
    if bars < 1 or downbeat + bars >= len(marks):
        return None
    beats = song.analysis.beats
    return slice(int(np.searchsorted(beats, marks[downbeat])), int(np.searchsorted(beats, marks[downbeat + bars])))


def chosen(first: Heard, second: Heard, found: Match, structure: str) -> list[tuple[int, int]]:
    """Pairs (downbeat of the first, downbeat of the second) of phrases, in order of the first.

    With leave to reorder every phrase is free; with leave to extract the second runs on in one piece.
    """
    shift = (found.key_cents[1] - found.key_cents[0]) // 100
    stride = round(PHRASE_BARS * found.bars)
    beds = phrases(first.analysis)
    beds = beds[1:-1] if len(beds) > 3 else beds  # the bed opens and closes alone
    offers = [k for k in phrases(second.analysis) if _span(second, k, stride) is not None]
    if not offers:
        raise MashupError(f"{second.source.id} has no phrase of {stride} bars to lay on the other song")
    worth = np.asarray([[mashability(first, second, m, t, shift, found.bars) for t in offers] for m in beds])
    if structure == "extract":
        runs = []
        for k in range(len(offers)):
            count = min(len(beds), len(offers) - k)
            onward = [offers[k] + j * stride for j in range(count)]
            count = next((j for j, at in enumerate(onward) if offers[k + j] != at), count)
            runs.append((sum(float(worth[j, k + j]) for j in range(count)), count, k))
        _, count, k = max(runs)
        return [(beds[j], offers[k + j]) for j in range(count)]
    score, came = worth[0].copy(), []
    for row in worth[1:]:
        step = score[:, None] + np.asarray([[_ONWARD * (b == a + stride) for b in offers] for a in offers])
        came.append(step.argmax(axis=0))
        score = step.max(axis=0) + row
    path = [int(np.argmax(score))]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return [(bed, offers[k]) for bed, k in zip(beds, reversed(path), strict=True)]


def mashup_recipe(first: Heard, second: Heard, bounds: Bounds, *, seed: int = 1) -> Recipe:
    """A mash-up of two songs within `bounds` (the meet of both). The first is the bed.

    Where stems are delivered and may be used, the voice of the second is laid on the first without its own voice;
    else the second gives what its harmonic part holds above the bass. Raises MashupError for songs that do not go
    together, NotAllowed where the bounds refuse the result.
    """
    found = match(first, second, bounds)
    rate = first.analysis.rate
    if second.analysis.rate != rate:
        raise MashupError("the two songs have different sample rates: resample one of them first")
    mine, _ = found.tempo_permille
    nodes: list[Node] = []
    bed, over = _parts(first, second, bounds, nodes)
    bed = _moved(nodes, "bed", bed, found.key_cents[0])
    if mine != 1000:
        nodes.append(Node("bed_tempo", "tempo", (bed,), {"permille": mine}))
        bed = "bed_tempo"
    length = scaled(first.source.frames, mine)
    cents = found.key_cents[1]
    if bounds.structure == "keep":
        anchors, length = _whole(first, second, found, length)
        nodes.append(Node("over_beats", "align", (over,), {"anchors": anchors, "frames": length, "cents": cents}))
        laid, gains = ["over_beats"], [_gain(first.tonal, second.tonal)]
    else:
        laid, gains = [], []
        for k, run in enumerate(_runs(chosen(first, second, found, bounds.structure))):
            gains.append(_gain(*_tonal_of(run, first, second, found)))
            slices, anchors = _laid(run, first, second, found)
            nodes.append(Node(f"phrases{k}", "sequence", (over,), {"slices": slices, "fade_ms": 15}))
            nodes.append(Node(f"edges{k}", "fade", (f"phrases{k}",), {"in_ms": 30, "out_ms": 400}))
            laid.append(f"laid{k}")
            p = {"anchors": anchors, "frames": length, "cents": cents}
            nodes.append(Node(laid[-1], "align", (f"edges{k}",), p))
    if over != _ABOVE_BASS:  # a voice keeps the place that it had in its own mix
        level = first.analysis.loudness.lufs - second.analysis.loudness.lufs - _UNDER_DB
        gains = [round(100 * max(_LEAST_DB, min(_MOST_DB, level)))] * len(laid)
    nodes.append(Node("together", "mix", (bed, *laid), {"centidb": [0, *gains]}))
    nodes.append(Node("end", "fade", ("together",), {"in_ms": 5, "out_ms": 60}))
    lufs = min(max(-1400, bounds.lufs_lo_centi), max(bounds.lufs_lo_centi, bounds.lufs_hi_centi))
    out = Out("end", lufs=lufs, dbtp=min(-100, bounds.true_peak_centi))
    recipe = Recipe((first.source, second.source), tuple(nodes), out, seed=seed, sr=rate)
    if wrong := validate(recipe):
        raise RecipeError(wrong)
    if refusals := check(recipe, bounds):
        raise NotAllowed(refusals)
    return recipe


def _gain(bed: Grid, over: Grid) -> int:
    """Hundredths of a decibel that bring the tones of the second song to the first's, a little under them.

    By their tones above the bass alone: drums and bass of the second are not heard, and would make it seem louder.
    """
    level = 10 * np.log10(max(float(bed.mean()), 1e-12) / max(float(over.mean()), 1e-12)) - _UNDER_DB
    return round(100 * float(max(_LEAST_DB, min(_MOST_DB, level))))


def _tonal_of(run: Sequence[tuple[int, int]], first: Heard, second: Heard, found: Match) -> tuple[Grid, Grid]:
    """The tones of the bed and of the phrases that lie on it, beat by beat."""
    stride = round(PHRASE_BARS * found.bars)
    pairs = [(_span(first, mine, PHRASE_BARS), _span(second, theirs, stride)) for mine, theirs in run]
    bed = [first.tonal[span] for span, _ in pairs if span is not None]
    over = [second.tonal[span] for _, span in pairs if span is not None]
    return np.concatenate(bed or [first.tonal]), np.concatenate(over or [second.tonal])


def _moved(nodes: list[Node], name: str, read: str, cents: int) -> str:
    if not cents:
        return read
    nodes.append(Node(f"{name}_key", "key", (read,), {"cents": cents}))
    return f"{name}_key"


def _parts(first: Heard, second: Heard, bounds: Bounds, nodes: list[Node]) -> tuple[str, str]:
    """Nodes for what of each song sounds: names of the bed and of what is laid over it."""
    one, two = first.source, second.source
    sung = [s.vocal_part for s in (one, two) if s.vocal_part and s.vocal_part in s.stems]
    named = set(one.stems) | set(two.stems)
    if len(sung) == 2 and named <= bounds.stems and bounds.allows_vocals("remove"):
        band = [part for part in one.stems if part != one.vocal_part]
        for part in band:
            nodes.append(Node(f"bed_{part}", "stem", (one.id,), {"part": part, "provider": "supplied"}))
        nodes.append(Node("bed", "mix", tuple(f"bed_{part}" for part in band), {}))
        nodes.append(Node("over", "stem", (two.id,), {"part": two.vocal_part, "provider": "supplied"}))
        return "bed", "over"
    over = two.id
    if "rest" in bounds.stems:
        nodes.append(Node("over", "stem", (two.id,), {"part": "rest", "provider": "hpss"}))
        over = "over"
    nodes.append(Node(_ABOVE_BASS, "filter", (over,), {"kind": "high", "hz": _VOICE_OVER_HZ}))
    return one.id, _ABOVE_BASS


def _runs(pairs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Pairs whose phrases of the bed follow each other without a gap, together."""
    out: list[list[tuple[int, int]]] = []
    for pair in pairs:
        if out and pair[0] == out[-1][-1][0] + PHRASE_BARS:
            out[-1].append(pair)
        else:
            out.append([pair])
    return out


def _laid(
    pairs: Sequence[tuple[int, int]], first: Heard, second: Heard, found: Match
) -> tuple[list[list[int]], list[list[int]]]:
    """Slices of the second song, and anchors that lay their bars on those of the bed as it will be played."""
    mine, stride = found.tempo_permille[0], round(PHRASE_BARS * found.bars)
    marks, bars = second.analysis.downbeats, first.analysis.downbeats
    slices: list[list[int]] = []
    anchors: list[list[int]] = []
    at = last = 0
    for bed, offer in pairs:
        begin, end = int(marks[offer]), int(marks[offer + stride])
        for k in range(PHRASE_BARS):
            bar = k * found.bars
            source = int(marks[offer + int(bar)])
            if bar != int(bar):
                source = (source + int(marks[offer + int(bar) + 1])) // 2
            anchors.append([at + source - begin, scaled(int(bars[bed + k]), mine)])
        at += end - begin
        if slices and slices[-1][1] == begin:
            slices[-1][1] = end
        else:
            slices.append([begin, end])
        last = scaled(int(bars[bed + PHRASE_BARS]), mine)
    anchors.append([at, last])
    return slices, anchors


def _whole(first: Heard, second: Heard, found: Match, length: int) -> tuple[list[list[int]], int]:
    """The second song from its first to its last sample on the bars of the first: anchors and length of the result.

    Where it must begin before the bed does, it begins with a later bar of the bed.
    """
    mine = found.tempo_permille[0]
    bars = [scaled(int(bar), mine) for bar in first.analysis.downbeats]
    stride = int(found.bars) or 1
    marks = [int(mark) for mark in second.analysis.downbeats[::stride]]
    skip = 2 if found.bars == 0.5 else 1
    lead = round(marks[0] * 1000 / found.tempo_permille[1])
    start = next((k for k, bar in enumerate(bars) if bar >= lead), None)
    if start is None:
        raise MashupError("the second song begins with more music before its first bar than the first song has")
    anchors = [[mark, bar] for mark, bar in zip(marks, bars[start::skip], strict=False)]
    rest = second.source.frames - anchors[-1][0]
    end = anchors[-1][1] + round(rest * 1000 / found.tempo_permille[1]) + 1
    return anchors, max(length, end)
