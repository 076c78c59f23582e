"""Sing it yourself: somebody's own voice or instrument, laid on the beats of a licensed arrangement.

The arrangement is a performance of the composition by the engine, so no master is needed; the voice is the singer's own
recording, so nobody's voice is copied. The take is recognised against the melody of the arrangement: a first line
(offset and speed), then a gentle curve that follows how the singer breathed, never steeper than a few percent against
the line. The curve is data in the recipe and may be corrected there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ritornello.analysis import loudness
from ritornello.analysis.model import Audio
from ritornello.studio.alignment import align, along_line
from ritornello.studio.bounds import Bounds
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.hearing import hear
from ritornello.studio.operations import completed
from ritornello.studio.performers import PERFORMERS
from ritornello.studio.reading import validate
from ritornello.studio.recipe import DECLARATIONS, Node, Recipe, RecipeError, Source
from ritornello.studio.score import samples_of
from ritornello.studio.time_map import TimeMap, through
from ritornello.studio.timeline import grids

Floats = npt.NDArray[np.float64]
Report = Callable[[float, str], None]

_LEAD = PERFORMERS.index("lead")
_DRUMS = PERFORMERS.index("drums")
_TONE, _ATTACK_S = 0.15, 0.02
_SURE = 0.35
"""Confidence from which a take counts as recognised."""
_LINE_S = 0.5
"""How far from the line a moment may lie and still be this take, not another verse that sounds alike."""
_WINDOW_S = 2.0
_BREATH_S = 2.2
"""What a window of placing sees, and the neighbours among which the median is taken."""
_STEEPEST = 0.04
_ABOVE_LEAD_LU = 2.0


class AlongsideError(ValueError):
    """A take that cannot be laid on the arrangement: why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a take belongs: rows of (sample of the take, sample of the arrangement) at the recipe's rate.

    `offset_ms` is where the take's first sample comes to lie, `drift_permille` how much faster (+) than the arrangement
    it was performed, `cents` how far from its key (whole octaves left out), `confidence` 0 to 1.
    """

    anchors: tuple[tuple[int, int], ...]
    offset_ms: int
    drift_permille: int
    cents: int
    confidence: float


def guide(base: Recipe) -> Audio:
    """The melody of an arrangement as plain tones: its lead, or its highest notes where nobody leads.

    Plain, because an instrument that slides into its notes would make every singer seem early.

    Raises AlongsideError for a recipe that performs nothing.
    """
    lead = [row for node in base.nodes if node.op == "perform" for row in _tune(node, base.sr)]
    if not lead:
        raise AlongsideError("the arrangement has no notes to sing along with: make a cover of the song first")
    return plain_tones(lead, base.sr)


def plain_tones(rows: Sequence[tuple[int, int, int, int]], rate: int) -> Audio:
    """Rows of (start, frames, MIDI pitch, velocity) in samples at `rate` as plain tones, one channel."""
    out = np.zeros((max(row[0] + row[1] for row in rows) + rate, 1), dtype=np.float32)
    for start, length, pitch, velocity in rows:
        t = np.arange(length) / rate
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * k * hertz * t) / k for k in range(1, 9) if k * hertz < 0.45 * rate)
        edges = np.minimum(1, t / _ATTACK_S) * np.minimum(1, t[::-1] / _ATTACK_S)
        out[start : start + length, 0] += (_TONE * velocity / 127 * tone * edges).astype(np.float32)
    return Audio(out, rate)


def _tune(node: Node, rate: int) -> list[tuple[int, int, int, int]]:
    """(start, frames, pitch, velocity) in samples of what is sung: the score's tune, the lead, or the highest notes."""
    p = completed(node.op, node.p)
    sheet, tempo = p["score"], p["tempo"]
    if sheet:
        rows = [tuple(int(n) for n in row) for row in sheet["tune"]]
    else:
        performers = [part[0] for part in p["parts"]] or list(range(len(PERFORMERS)))
        notes = [(performers[row[0]], *row[1:]) for row in p["notes"] if row[0] < len(performers)]
        lead = [row[1:] for row in notes if row[0] == _LEAD]
        tops: dict[int, tuple[int, ...]] = {}
        for performer, *row in notes:
            if performer != _DRUMS and (row[0] not in tops or tops[row[0]][2] < row[2]):
                tops[row[0]] = tuple(row)
        rows = [tuple(row) for row in lead or tops.values()]
    if tempo:
        starts = samples_of(tempo, rate, [row[0] for row in rows])
        ends = samples_of(tempo, rate, [row[0] + row[1] for row in rows])
        rows = [(s, max(1, e - s), *row[2:]) for s, e, row in zip(starts, ends, rows, strict=True)]
    return [(row[0], row[1], row[2], row[3]) for row in rows if row[0] >= 0]


def placed(take: Audio, melody: Audio, report: Report | None = None) -> Placement:
    """Recognise `take` against `melody` (see `guide`). Both may have any rate; anchors are at the melody's.

    Raises AlongsideError when the take does not sound like the melody; then the offset is given by hand
    (`placed_by_hand`).
    """
    tell = report or (lambda part, what: None)
    tell(0.1, "listening to the take")
    original, sung = hear(melody), hear(take)
    tell(0.4, "looking for the take in the song")
    found = align(original, sung)
    if found is None or len(found.offsets) < 3:
        raise AlongsideError(_UNKNOWN)
    tell(0.8, "laying the take on the beats")
    t, o, w, _ = (np.asarray(column, dtype=np.float64) for column in zip(*found.offsets, strict=True))
    near = _one_line(t, o, w, found.speed)
    confidence = float(w[near].sum() / max(float(w.sum()), 1e-9)) * float(np.mean(w[near]))
    if near.sum() < 3 or confidence < _SURE:
        raise AlongsideError(_UNKNOWN)
    slope, start = _line(t[near], o[near], w[near])
    closer = along_line(original, sung, slope, start, found.cents, _WINDOW_S)
    if len(closer) < 3:
        raise AlongsideError(_UNKNOWN)
    t, o, w = (np.asarray(column, dtype=np.float64) for column in zip(*closer, strict=True))
    slope, start = _line(t, o, w)
    knots, curve = _gentle(t, o - (start + slope * t), w, slope)
    times = np.concatenate(([0.0], knots, [max(take.duration_s, knots[-1] + 1.0)]))
    residual = np.concatenate((curve[:1], curve, curve[-1:]))
    anchors = _rows(times, start + slope * times + residual, melody.rate)
    tell(1.0, "placed")
    octave = round(found.cents / 1200) * 1200
    offset = float(through(anchors).result_at([0.0])[0])
    return Placement(
        anchors, round(offset * 1000 / melody.rate), round(1000 * (slope - 1)), found.cents - octave, confidence
    )


_UNKNOWN = (
    "the take was not recognised in the melody of the arrangement: sing the song's own tune, or give the moment at "
    "which the take begins by hand"
)


def carried_over(placement: Placement, beats: Sequence[int], played: Sequence[int], rate: int) -> Placement:
    """A placement in the original recording, as one in the arrangement: beat k at `beats[k]` there is `played[k]` here.

    For a take that was sung to the original. The original is listened to for this and does not sound.
    """
    line = through(zip(beats, played, strict=True))
    takes, places = (np.asarray(column, dtype=np.float64) for column in zip(*placement.anchors, strict=True))
    anchors = _rows(takes / rate, line.result_at(places) / rate, rate)
    offset = round(float(through(anchors).result_at([0.0])[0]) * 1000 / rate)
    return replace(placement, anchors=anchors, offset_ms=offset)


def placed_by_hand(take: Audio, rate: int, offset_ms: int) -> Placement:
    """A take that begins `offset_ms` into the arrangement (negative: before it) and keeps its own time."""
    begin = offset_ms * rate // 1000
    frames = max(2, round(take.duration_s * rate))
    return Placement(((0, begin), (frames, begin + frames)), offset_ms, 0, 0, 1.0)


def _one_line(t: Floats, o: Floats, w: Floats, speed: float) -> npt.NDArray[np.bool_]:
    """Which placements lie on the one line through most of them; a verse that matches another verse lies elsewhere."""
    start = o - speed * t
    support = (w[None, :] * (np.abs(start[:, None] - start[None, :]) < _LINE_S / 2)).sum(axis=1)
    middle = float(start[int(np.argmax(support))])
    near: npt.NDArray[np.bool_] = np.abs(start - middle) < _LINE_S
    return near


def _line(t: Floats, o: Floats, w: Floats) -> tuple[float, float]:
    """Slope and start of the line through the placements, outliers losing their weight."""
    slope, start = 1.0, float(np.median(o - t))
    weight = w.copy()
    for scale in (0.4, 0.2, 0.1, 0.08):
        mean_t, mean_o = np.average(t, weights=weight), np.average(o, weights=weight)
        spread = float((weight * (t - mean_t) ** 2).sum())
        slope = float((weight * (t - mean_t) * (o - mean_o)).sum() / spread) if spread > 0 else 1.0
        start = float(mean_o - slope * mean_t)
        weight = w * np.clip(1 - ((o - start - slope * t) / scale) ** 2, 0.01, None)
    return slope, start


def _gentle(t: Floats, residual: Floats, w: Floats, slope: float) -> tuple[Floats, Floats]:
    """What is left beside the line as a curve: a running weighted median, held to a few percent of steepness."""
    order = np.argsort(t)
    t, residual, w = t[order], residual[order], w[order]
    knots = np.arange(t[0], t[-1] + 1e-6, 1.0)
    curve = np.empty(knots.size)
    for k, at in enumerate(knots):
        near = np.abs(t - at) <= _BREATH_S / 2
        if not near.any():
            near = np.abs(t - at) <= np.abs(t - at).min() + 1e-9
        ranked = np.argsort(residual[near])
        share = np.cumsum(w[near][ranked])
        curve[k] = residual[near][ranked][np.searchsorted(share, share[-1] / 2)]
    if knots.size > 2:
        curve = np.convolve(np.pad(curve, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    for k, (a, b) in enumerate(pairwise(knots)):
        most = _STEEPEST * slope * (b - a)
        curve[k + 1] = min(max(curve[k + 1], curve[k] - most), curve[k] + most)
    return knots, curve


def _rows(times: Floats, places: Floats, rate: int) -> tuple[tuple[int, int], ...]:
    rows: list[tuple[int, int]] = []
    for t, o in zip(np.round(times * rate).astype(np.int64), np.round(places * rate).astype(np.int64), strict=True):
        if not rows or (t > rows[-1][0] + rate // 10 and o > rows[-1][1] + rate // 10):
            rows.append((int(t), int(o)))
    return tuple(rows)


def alongside_recipe(
    base: Recipe,
    take: Source,
    placement: Placement,
    bounds: Bounds,
    *,
    voice_lufs: float | None = None,
    guide_lufs: float | None = None,
    keep_lead: bool = False,
) -> Recipe:
    """`base` (a cover) with the take laid over it; the engine's own lead gives way unless `keep_lead`.

    `take` is a source of kind contribution whose maker declares it their own (`DECLARATIONS`). With both loudnesses
    known the voice sits two units above where the lead was. Raises AlongsideError, RecipeError or NotAllowed.
    """
    if take.kind != "contribution" or take.declaration not in DECLARATIONS:
        known = ", ".join(DECLARATIONS)
        raise AlongsideError(f"{take.id or 'the take'} carries no declaration that it is one's own: declare {known}")
    nodes = [node if keep_lead else _without_lead(node) for node in base.nodes]
    frames = grids(base)[base.out.node].frames
    nodes.append(_aligned(take.id, placement, frames))
    nodes.append(Node("take_room", "reverb", ("take_on_beats",), {"decay_ms": 1400, "wet_permille": 140}))
    gain = 0
    if voice_lufs is not None and guide_lufs is not None:
        gain = round(100 * max(-30.0, min(24.0, guide_lufs + _ABOVE_LEAD_LU - voice_lufs)))
    nodes.append(Node("song_and_take", "mix", (base.out.node, "take_room"), {"centidb": [0, gain]}))
    out = replace(base.out, node="song_and_take")
    recipe = replace(base, sources=(*base.sources, take), nodes=tuple(nodes), out=out)
    if wrong := validate(recipe):
        raise RecipeError(wrong)
    if refusals := check(recipe, bounds):
        raise NotAllowed(refusals)
    return recipe


def sing_along(
    base: Recipe, take: Audio, source: Source, bounds: Bounds, report: Report | None = None
) -> tuple[Recipe, Placement]:
    """The whole way from a cover and a take to a recipe: guide, placement, levels."""
    melody = guide(base)
    placement = placed(take, melody, report)
    voice, lead = loudness.measure(take).lufs, loudness.measure(melody).lufs
    return alongside_recipe(base, source, placement, bounds, voice_lufs=voice, guide_lufs=lead), placement


def on_beats(recipe: Recipe, take_id: str, placement: Placement) -> Recipe:
    """`recipe` with every reading of a contribution replaced by that contribution on the beats of the arrangement."""
    first = next((k for k, node in enumerate(recipe.nodes) if take_id in node.inputs), None)
    if first is None:
        raise AlongsideError(f"{take_id} is not read by the recipe")
    frames = max(grids(recipe)[name].frames for name in recipe.nodes[first].inputs if name != take_id)
    aligned = _aligned(take_id, placement, frames)
    nodes = [replace(n, inputs=tuple("take_on_beats" if i == take_id else i for i in n.inputs)) for n in recipe.nodes]
    return replace(recipe, nodes=(*nodes[:first], aligned, *nodes[first:]))


def _aligned(take_id: str, placement: Placement, frames: int) -> Node:
    cents = -placement.cents if abs(placement.cents) < 50 else 0  # a little flat is tuned; another key is not hidden
    p = {"anchors": [list(row) for row in placement.anchors], "frames": frames, "cents": cents}
    return Node("take_on_beats", "align", (take_id,), p)


def _without_lead(node: Node) -> Node:
    if node.op != "perform":
        return node
    p = completed(node.op, node.p)
    performers = [part[0] for part in p["parts"]] or list(range(len(PERFORMERS)))
    rows: Sequence[Sequence[int]] = node.p["notes"]
    band = [row for row in rows if performers[row[0]] != _LEAD]
    if not band or len(band) == len(rows):
        return node
    return replace(node, p={**p, "notes": band})


def time_map(placement: Placement) -> TimeMap:
    """Where each moment of the take sounds."""
    return through(placement.anchors)
