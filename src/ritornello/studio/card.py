"""A derivative judged by figures, without a listener: is it what its recipe says, and is it well made?

What the recipe promises (tempo, key, chords, tune, at every moment of the result) is known from its graph and the truth
about the original; what is heard is found by the analysis, which knows nothing of the recipe. The card holds both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from itertools import pairwise
from math import log2
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Analysis, Audio
from ritornello.studio import footprint
from ritornello.studio.recipe import Recipe
from ritornello.studio.timeline import grids

STEP_S = 0.25
"""How often chords and tune are compared."""
TEMPO_HIT = 0.02
BANDS_HZ = (200, 4000)
SILENT_CENTIDB = -6000
LOUDNESS_LU, CEILING_DB, SIDES_DB = 0.5, 0.05, 2.0

Spans = Sequence[tuple[int, int, int, str]]
"""(start, end, pitch class, quality or "") in samples: chords, or the tones of a tune."""


@dataclass(frozen=True, slots=True)
class Promised:
    """What a recipe promises: tempo, key, and what sounds at which sample. `chords`: (sample, root, quality)."""

    bpm: float
    tonic: int
    mode: str
    chords: tuple[tuple[int, int, str], ...]
    tune: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """The figures of one derivative; agreements and similarities 0..1, levels in dB, `bands_db` against the original.

    `melody_agreement`: how often the tune's pitch class is among the three strongest (one in four by chance).
    """

    seconds: float
    bpm: float
    promised_bpm: float
    key: str
    promised_key: str
    chord_agreement: float
    melody_agreement: float
    cqt1_pcc: float
    qmax: float
    lufs: float
    target_lufs: float
    dbtp: float
    ceiling_dbtp: float
    clipped: int
    sides_db: float
    bands_db: tuple[float, float, float]

    @property
    def tempo_relation(self) -> float:
        """1 where the tempo is hit, 2 or 0.5 where it was counted at double or half, 0 where it is missed."""
        for relation in (1.0, 2.0, 0.5):
            if abs(self.bpm / (self.promised_bpm * relation) - 1) <= TEMPO_HIT:
                return relation
        return 0.0

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a listener would be told to listen for; empty where nothing stands out."""
        out = []
        if not self.tempo_relation:
            out.append(f"tempo {self.bpm:.1f}, promised {self.promised_bpm:.1f}")
        elif self.tempo_relation != 1:
            out.append("the tempo is heard at double or half")
        if self.key != self.promised_key:
            out.append(f"key heard as {self.key}, promised {self.promised_key}")
        if self.chord_agreement < 0.6:
            out.append(f"chords agree for {self.chord_agreement:.0%} only")
        if self.melody_agreement < 0.5:
            out.append(f"the tune is covered ({self.melody_agreement:.0%})")
        if abs(self.lufs - self.target_lufs) > LOUDNESS_LU:
            out.append(f"{self.lufs:.1f} LUFS instead of {self.target_lufs:.1f}")
        if self.dbtp > self.ceiling_dbtp + CEILING_DB:
            out.append(f"peaks at {self.dbtp:.1f} dBTP")
        if self.clipped:
            out.append(f"{self.clipped} samples clip")
        if abs(self.sides_db) > SIDES_DB:
            out.append(f"leans to the {'left' if self.sides_db > 0 else 'right'} by {abs(self.sides_db):.1f} dB")
        low, _, high = self.bands_db
        for value, more, less in ((low, "boomy", "thin"), (high, "bright", "dull")):
            if abs(value) > 8:
                out.append(f"{more if value > 0 else less} ({value:+.0f} dB)")
        return tuple(out)

    def to_document(self) -> dict[str, Any]:
        return {**asdict(self), "tempo_relation": self.tempo_relation, "remarks": list(self.remarks)}


def promised(recipe: Recipe, bpm: float, tonic: int, mode: str, chords: Spans, tune: Spans) -> Promised:
    """What a recipe makes of a song whose truth is known. Without a tonal source it promises the song itself."""
    performed = next((n for n in recipe.nodes if n.op == "perform" and n.p.get("score")), None)
    if performed is not None:
        return _of_score(performed.p["score"])
    flow = footprint.flow(recipe)
    name = next(iter(flow.sources))
    carried = flow.sources[name]
    cents = max(carried.key, key=abs)
    shift = round(cents / 100)
    rate = recipe.sr
    return Promised(
        bpm * float(carried.tempo[0]),
        (tonic + shift) % 12,
        mode,
        tuple((at, (root + shift) % 12, kind) for at, root, kind in _heard(recipe, name, chords, rate)),
        tuple((at, (pitch + shift) % 12) for at, pitch, _ in _heard(recipe, name, tune, rate)),
    )


def _heard(recipe: Recipe, source: str, spans: Spans, rate: int) -> list[tuple[int, int, str]]:
    """The moments of the spans at which the source is not faded out: drums alone promise no chord."""
    silent = _silences(recipe, source)
    return [one for one in _moved(recipe, source, spans, rate) if not any(a <= one[0] < b for a, b in silent)]


Silences = list[tuple[float, float]]


def _silences(recipe: Recipe, source: str) -> Silences:
    """Where in the result the source is ridden down to silence on every way that it takes, as spans of samples.

    A ride that a cut or another change of time (but for a change of speed) comes after is not followed further.
    """
    found: dict[str, Silences | None] = {one.id: [] if one.id == source else None for one in recipe.sources}
    for node in recipe.nodes:
        ways = [spans for spans in map(found.get, node.inputs) if spans is not None]
        if not ways or node.op in ("groove", "layer", "perform"):
            found[node.id] = None  # the source is not heard in it: of the band only the beats are read
        elif node.op == "ride":
            found[node.id] = [*ways[0], *_ridden_out(node.p["points"], recipe.sr)]
        elif node.op in ("tempo", "varispeed"):
            found[node.id] = [(a * 1000 / node.p["permille"], b * 1000 / node.p["permille"]) for a, b in ways[0]]
        elif node.op in ("sequence", "align", "swing", "groove_from"):
            found[node.id] = []
        else:
            found[node.id] = reduce(_both, ways)
    return found[recipe.out.node] or []


def _ridden_out(points: Sequence[Sequence[int]], rate: int) -> Silences:
    """The spans between points of (ms, centidecibel) that both lie at silence; before the first and after the last."""
    ordered = [(ms * rate / 1000, centidb) for ms, centidb in sorted(map(tuple, points))]
    edged = [(0.0, ordered[0][1]), *ordered, (float("inf"), ordered[-1][1])]
    return [(a, b) for (a, low), (b, high) in pairwise(edged) if max(low, high) <= SILENT_CENTIDB and b > a]


def _both(one: Silences, other: Silences) -> Silences:
    return [(max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) < min(b, d)]


def _moved(recipe: Recipe, source: str, spans: Spans, rate: int) -> list[tuple[int, int, str]]:
    """Where in the result each moment of the spans is heard, found by sending the moments through the timeline."""
    step = int(STEP_S * rate)
    kinds: dict[tuple[int, str], list[int]] = {}
    for start, end, pitch, quality in spans:
        kinds.setdefault((pitch, quality), []).extend(range(start + step // 2, end, step))
    out = []
    for (pitch, quality), moments in kinds.items():
        marked = tuple(
            replace(one, beats=tuple(sorted(moments)), downbeats=()) if one.id == source else one
            for one in recipe.sources
        )
        grid = grids(replace(recipe, sources=marked))[recipe.out.node]
        out += [(at, pitch, quality) for at in grid.beats]
    return out


def _of_score(document: Mapping[str, Any]) -> Promised:
    from ritornello.studio.score import PPQ, Score, samples_of

    score = Score.from_document(document)

    def moments(spans: Iterable[tuple[int, int, int, str]]) -> list[tuple[int, int, str]]:
        marks = [
            (tick, pitch, kind) for start, end, pitch, kind in spans for tick in range(start + PPQ // 4, end, PPQ // 2)
        ]
        at = samples_of(score.tempo, score.rate, [tick for tick, _, _ in marks])
        return [(sample, pitch, kind) for sample, (_, pitch, kind) in zip(at, marks, strict=True)]

    chords = [(c.start, c.end, c.chord.root, third_of(c.chord.quality)) for c in score.chords if c.chord.root >= 0]
    tune = [(t.start, t.start + t.length, t.pitch % 12, "") for t in score.tune]
    return Promised(
        score.bpm,
        score.tonic,
        score.mode,
        tuple(moments(chords)),
        tuple((at, pitch) for at, pitch, _ in moments(tune)),
    )


def third_of(quality: str) -> str:
    """Major or minor, whatever else a chord holds."""
    minor = quality.startswith(("m", "dim")) and not quality.startswith("maj")
    return "min" if minor else "maj"


def card_of(
    recipe: Recipe, derivative: Audio, original: Audio, promise: Promised, heard: Analysis | None = None
) -> Card:
    """The card of a rendered recipe. `heard` is the derivative's analysis where it was made before."""
    from ritornello.analysis import analyse, similarity

    analysis = heard or analyse(derivative)
    ratio = analysis.tempo.bpm / promise.bpm if promise.bpm else 1.0
    first = analyse_beats(original)
    return Card(
        seconds=round(derivative.duration_s, 1),
        bpm=round(analysis.tempo.bpm, 2),
        promised_bpm=round(promise.bpm, 2),
        key=_key(analysis.key.tonic, analysis.key.mode),
        promised_key=_key(promise.tonic, promise.mode),
        chord_agreement=round(_chords(analysis, promise), 3),
        melody_agreement=round(_tune(derivative, promise), 3),
        cqt1_pcc=round(similarity.cqt1_pcc(original, derivative), 3),
        qmax=round(similarity.qmax(first, similarity.beat_chroma(derivative, _level(analysis.beats, ratio))), 3),
        lufs=round(analysis.loudness.lufs, 2),
        target_lufs=recipe.out.lufs / 100,
        dbtp=round(analysis.loudness.true_peak_dbtp, 2),
        ceiling_dbtp=recipe.out.dbtp / 100,
        clipped=int(np.count_nonzero(np.abs(derivative.samples) >= 0.99999)),
        sides_db=round(_sides(derivative), 2),
        bands_db=_bands(derivative, original),
    )


_BEATS: dict[int, Any] = {}


def analyse_beats(audio: Audio) -> Any:
    """The beat chroma of an original, kept while the same audio is asked about."""
    from ritornello.analysis import analyse, similarity

    if id(audio) not in _BEATS:
        _BEATS.clear()
        _BEATS[id(audio)] = similarity.beat_chroma(audio, analyse(audio).beats)
    return _BEATS[id(audio)]


def _level(beats: npt.NDArray[np.int64], ratio: float) -> npt.NDArray[np.int64]:
    """Every second beat where they were counted at double."""
    return beats[::2] if ratio > 0 and log2(ratio) > 0.75 else beats


def _key(tonic: int, mode: str) -> str:
    from ritornello.analysis.model import PITCH_CLASSES

    return f"{PITCH_CLASSES[tonic]} {mode}"


def _chords(analysis: Analysis, promise: Promised) -> float:
    """Share of the moments with a promised chord at which its root and third are heard."""
    starts = np.array([chord.start for chord in analysis.chords] or [0])
    hits = total = 0
    for at, root, quality in promise.chords:
        if not analysis.chords or at >= analysis.frames:
            continue
        chord = analysis.chords[max(0, int(np.searchsorted(starts, at, side="right")) - 1)]
        total += 1
        hits += chord.root == root and third_of(str(chord.quality)) == quality
    return hits / total if total else 0.0


def _tune(audio: Audio, promise: Promised) -> float:
    from ritornello.analysis import similarity

    step = int(STEP_S * audio.rate)
    chroma = similarity.beat_chroma(audio, np.arange(0, audio.frames, step, dtype=np.int64))
    strongest = np.argsort(chroma, axis=1)[:, -3:]
    rows = [(at // step, pitch) for at, pitch in promise.tune if at // step < len(strongest)]
    return sum(pitch in strongest[row] for row, pitch in rows) / len(rows) if rows else 0.0


def _sides(audio: Audio) -> float:
    """Left over right in dB; 0 for mono."""
    if audio.channels < 2:
        return 0.0
    power = np.mean(np.square(audio.samples[:, :2], dtype=np.float64), axis=0) + 1e-12
    return float(10 * np.log10(power[0] / power[1]))


def _bands(derivative: Audio, original: Audio) -> tuple[float, float, float]:
    """Lows, mids and highs of the derivative over the original's, each as a share of the whole, in dB."""
    ours, theirs = _spectrum(derivative), _spectrum(original)
    low, mid, high = (round(10 * float(np.log10(a / b)), 1) for a, b in zip(ours, theirs, strict=True))
    return low, mid, high


def _spectrum(audio: Audio) -> tuple[float, ...]:
    mono = audio.mono()
    size = 8192
    windows = [mono[at : at + size] for at in range(0, mono.size - size, size * 4)] or [np.pad(mono, (0, size))[:size]]
    power = np.mean([np.abs(np.fft.rfft(one * np.hanning(size))) ** 2 for one in windows], axis=0)
    edges = [0, *(int(hz * size / audio.rate) for hz in BANDS_HZ), power.size]
    whole = float(power.sum()) + 1e-12
    return tuple((float(power[a:b].sum()) + 1e-12) / whole for a, b in pairwise(edges))
