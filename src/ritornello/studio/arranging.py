"""From an analysis to a remix: which sections change places, how far speed and key may go, which groove joins in.

The result is a recipe like any other, in plain view and open to correction; it is built inside its bounds and checked
against them before it is given out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from ritornello.analysis.model import Analysis
from ritornello.studio.bounds import Bounds
from ritornello.studio.buildup import built_up
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.nearest import nearest
from ritornello.studio.operations import SYNTHESIS_STYLES
from ritornello.studio.recipe import Node, Out, Recipe, Source
from ritornello.studio.styles import packs

LEAST_REORDERED = 0.24
"""Share of the music that changes places, with room above the fifth that a remix is asked for."""
_GROOVE_BELOW_LU = 10.0
_GROOVE_LUFS = -19.0
"""What the engine's drummer measures by itself, whatever the style (within 2 LU)."""
_LAYER_LUFS = -19.0
"""What the drums and the bass of a style pack measure together (within 3 LU)."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the form from downbeat to downbeat, with its letter and the roots it begins with and leads to."""

    start: int
    end: int
    label: str
    first_root: int | None
    next_root: int | None
    next_label: str

    @property
    def length(self) -> int:
        return self.end - self.start


def passages(analysis: Analysis) -> tuple[Passage, ...]:
    """The sections on downbeats; phrases of eight bars (or four, or two) where the form was not found."""
    marks = [int(m) for m in analysis.downbeats]
    spans: list[tuple[int, int, str]] = []
    for section in analysis.sections:
        start = min(marks, key=lambda m: abs(m - section.start), default=section.start)
        if spans and start <= spans[-1][0]:
            continue
        if spans:
            spans[-1] = (spans[-1][0], start, spans[-1][2])
        spans.append((start, section.end, section.label))
    if len(spans) < 4 or max(e - s for s, e, _ in spans) > 0.6 * analysis.frames:
        for bars in (8, 4, 2):
            cuts = marks[::bars]
            if len(cuts) >= 5:
                break
        else:
            cuts = marks
        ends = [*cuts[1:], analysis.frames]
        spans = [(s, e, f"{k}") for k, (s, e) in enumerate(zip(cuts, ends, strict=True))]
    if not spans:
        return ()
    spans[0] = (0, *spans[0][1:])
    spans[-1] = (spans[-1][0], analysis.frames, spans[-1][2])
    out = []
    for k, (start, end, label) in enumerate(spans):
        following = spans[k + 1][2] if k + 1 < len(spans) else ""
        out.append(Passage(start, end, label, _root(analysis, start), _root(analysis, end), following))
    return tuple(out)


def slices_of(form: Sequence[Passage], order: Sequence[int], analysis: Analysis) -> list[list[int]]:
    """The passages in a new order as slices of samples.

    What lies before the first downbeat is heard only where the music begins with it, what lies after the last whole bar
    only where it ends so: in the middle, the silence around a recording would be a hole between two bars.
    """
    first, last = whole_bars(analysis)
    out = []
    for place, k in enumerate(order):
        start, end = form[k].start, form[k].end
        if k == 0 and place and start < first < end:
            start = first
        if k == len(form) - 1 and place < len(order) - 1 and start < last < end:
            end = last
        out.append([start, end])
    return out


def closing_ms(slices: Sequence[Sequence[int]], analysis: Analysis, tempo_permille: int = 1000) -> int:
    """How long music in this order fades out at its end, in ms: a bar where it ends in the middle of the song, which
    would otherwise break off at full loudness; next to nothing where it ends as the song does."""
    _, last = whole_bars(analysis)
    if len(analysis.downbeats) < 2 or slices[-1][1] >= last:
        return _ENDS_AS_THE_SONG_MS
    bar = (int(analysis.downbeats[-1]) - int(analysis.downbeats[0])) / (len(analysis.downbeats) - 1)
    return min(4000, max(800, round(1_000_000 * bar / analysis.rate / tempo_permille)))


_ENDS_AS_THE_SONG_MS = 60


def whole_bars(analysis: Analysis) -> tuple[int, int]:
    """The samples between which there are whole bars, with all their beats; all of it for music without bars."""
    marks = [int(m) for m in analysis.downbeats]
    if len(marks) < 2:
        return 0, analysis.frames
    complete = int((analysis.beats >= marks[-1]).sum()) >= analysis.metre
    return marks[0], min(analysis.frames, 2 * marks[-1] - marks[-2]) if complete else marks[-1]


def _root(analysis: Analysis, sample: int) -> int | None:
    return next((chord.root for chord in analysis.chords if chord.start <= sample < chord.end), None)


def moved_share(order: Sequence[int], lengths: Sequence[int]) -> float:
    """Share of the music that must be moved to bring `order` back to 0, 1, 2 …: all but the heaviest rising part."""
    best: list[int] = []
    for k, number in enumerate(order):
        below = [best[j] for j in range(k) if order[j] < number]
        best.append(lengths[number] + max(below, default=0))
    return 1 - max(best, default=0) / max(1, sum(lengths))


def reordered(form: Sequence[Passage]) -> tuple[int, ...]:
    """A new order of the passages that moves at least LEAST_REORDERED of the music with the smoothest joins.

    The first passage stays first and the last one last where possible. Candidates are exchanges of neighbours (one or
    two) and moves of a block. A join costs nothing where the original goes on to that letter or to that chord.
    """
    count = len(form)
    identity = tuple(range(count))
    lengths = [passage.length for passage in form]
    candidates = set(_candidates(count))
    fit = [order for order in candidates if moved_share(order, lengths) >= LEAST_REORDERED]
    if not fit:
        return max(candidates, key=lambda order: (moved_share(order, lengths), order), default=identity)

    def cost(order: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
        total = abs(moved_share(order, lengths) - 0.3)
        total += 1.5 * (order[0] != 0) + 2.5 * (order[-1] != count - 1)
        for a, b in pairwise(order):
            if b != a + 1:
                total += (
                    0.6 + 0.4 * (form[a].next_label != form[b].label) + 0.4 * (form[a].next_root != form[b].first_root)
                )
        return total, order

    return min(fit, key=cost)


def _candidates(count: int) -> list[tuple[int, ...]]:
    out: list[tuple[int, ...]] = []
    base = list(range(count))
    swaps = range(count - 1)
    pairs = [(k,) for k in swaps] + [pair for pair in combinations(swaps, 2) if pair[1] - pair[0] > 1]
    for chosen in pairs:
        order = base.copy()
        for k in chosen:
            order[k], order[k + 1] = order[k + 1], order[k]
        out.append(tuple(order))
    if count <= 40:
        for first in range(count):
            for last in range(first + 1, count + 1):
                rest = base[:first] + base[last:]
                for at in range(len(rest) + 1):
                    out.append(tuple(rest[:at] + base[first:last] + rest[at:]))
    return out


def remix_recipe(
    analysis: Analysis,
    bounds: Bounds,
    *,
    pcm_sha256: str,
    stems: Mapping[str, str] | None = None,
    source_id: str = "s0",
    work_ref: str = "",
    grant_ref: str = "",
    vocal_part: str | None = None,
    style: str | None = None,
    tempo_permille: int | None = None,
    key_cents: int | None = None,
    order: Sequence[int] | None = None,
    layers: str = "",
    build_up: bool = False,
    seed: int = 1,
) -> Recipe:
    """A whole remix within `bounds`: stem gains, sections in a new order, speed, key, groove layer, -14 LUFS, -1 dBTP.

    `pcm_sha256` and `stems` (part to hash) name the samples; without stems the drums come from the harmonic/percussive
    split. `tempo_permille`, `key_cents` and `style` are wishes, moved into the bounds. `order` names the passages
    to play (see `passages`); without it some change places where the bounds allow. Of a `style` that is a style pack
    the `layers` (drums, bass, pad, comp joined by +; drums by default) are laid over, in the song's chords;
    `build_up` leads into the third passage by four bars of build-up and a drop. Raises NotAllowed where the bounds
    leave no remix.
    """
    source = Source(
        id=source_id,
        kind="recording",
        pcm_sha256=pcm_sha256,
        frames=analysis.frames,
        work_ref=work_ref,
        grant_ref=grant_ref,
        stems=dict(stems or {}),
        vocal_part=vocal_part,
        beats=tuple(int(b) for b in analysis.beats),
        downbeats=tuple(int(b) for b in analysis.downbeats),
        chords=chord_rows(analysis) if _laid_over(style, layers) else (),
    )
    form = passages(analysis)
    if order is None:
        order = reordered(form) if bounds.allows_structure("reorder") and len(form) > 2 else range(len(form))
    slices = slices_of(form, order, analysis) or [[0, analysis.frames]]
    tempo = _speed(analysis, bounds, tempo_permille)
    cents = _shift(bounds, key_cents)
    nodes: list[Node] = []
    parts = _parts(source, bounds)
    tonal = _tonal(source, parts, nodes)
    nodes.append(Node("tonal_order", "sequence", (tonal,), {"slices": slices, "fade_ms": 12}))
    last = "tonal_order"
    transients = "plain" if parts else "keep"
    if cents:
        nodes.append(Node("tonal_key", "key", (last,), {"cents": cents, "transients": transients}))
        last = "tonal_key"
    if tempo != 1000:
        nodes.append(Node("tonal_tempo", "tempo", (last,), {"permille": tempo, "transients": transients}))
        last = "tonal_tempo"
    if parts:
        nodes.append(Node("drums_order", "sequence", ("drums",), {"slices": slices, "fade_ms": 12}))
        drums = "drums_order"
        if tempo != 1000:
            nodes.append(Node("drums_tempo", "tempo", (drums,), {"permille": tempo, "transients": "strokes"}))
            drums = "drums_tempo"
        nodes.append(Node("band", "mix", (drums, last), {"centidb": [-150, 0]}))
        last = "band"
    rise = _rise(analysis, slices, tempo) if build_up else None
    if rise is not None:
        nodes += built_up(last, *rise)
        last = "build_all"
    last = _layered(analysis, bounds, style, nodes, last, layers, rise)
    nodes.append(Node("end", "fade", (last,), {"in_ms": 5, "out_ms": closing_ms(slices, analysis, tempo)}))
    recipe = Recipe((source,), tuple(nodes), _out(bounds, "end"), seed=seed, sr=analysis.rate)
    allowed = nearest(recipe, bounds)
    if allowed is None:
        raise NotAllowed(check(recipe, bounds))
    return allowed


def _laid_over(style: str | None, layers: str) -> bool:
    """Whether a style is played by its pack: where layers are asked for, or the drummer has no groove of that name."""
    return style in packs() and (bool(layers) or style not in SYNTHESIS_STYLES)


def chord_rows(analysis: Analysis) -> tuple[tuple[int, int, int, int], ...]:
    """The chords that were heard as rows of a source: (start, end, root, 1 for minor), like neighbours joined."""
    out: list[tuple[int, int, int, int]] = []
    for chord in analysis.chords:
        if chord.root is None:
            continue
        row = (int(chord.start), int(chord.end), int(chord.root), int(chord.quality == "min"))
        if out and out[-1][1] == row[0] and out[-1][2:] == row[2:]:
            row = (out.pop()[0], *row[1:])
        out.append(row)
    return tuple(out)


def _rise(analysis: Analysis, slices: Sequence[Sequence[int]], tempo: int) -> tuple[int, int] | None:
    """Four bars (in ms of the result) that lead into the third passage; None where there is no room for them."""
    if len(slices) < 3 or len(analysis.downbeats) < 9:
        return None
    bar = (int(analysis.downbeats[8]) - int(analysis.downbeats[0])) // 8
    drop = sum(end - start for start, end in slices[:2])
    begin = drop - 4 * bar
    if begin <= 0:
        return None
    return tuple(mark * 1_000_000 // (analysis.rate * tempo) for mark in (begin, drop))  # type: ignore[return-value]


def _out(bounds: Bounds, node: str) -> Out:
    lufs = min(max(-1400, bounds.lufs_lo_centi), max(bounds.lufs_lo_centi, bounds.lufs_hi_centi))
    return Out(node, lufs=lufs, dbtp=min(-100, bounds.true_peak_centi))


def _speed(analysis: Analysis, bounds: Bounds, wish: int | None) -> int:
    lo, hi = bounds.tempo_lo_permille, bounds.tempo_hi_permille
    wishes = [wish] if wish is not None else [1060, 940] if analysis.tempo_bpm < 135 else [940, 1060]
    inside = [min(max(w, lo), hi) for w in wishes]
    return max(inside, key=lambda v: abs(v - 1000), default=1000) if wish is None else inside[0]


def _shift(bounds: Bounds, wish: int | None) -> int:
    lo, hi = bounds.key_lo_cents, bounds.key_hi_cents
    if wish is not None:
        return min(max(wish, lo), hi)
    # whole semitones only: a remix in between two keys cannot be played along with
    return next((cents for cents in (200, -200, 100, -100) if lo <= cents <= hi), 0)


def _parts(source: Source, bounds: Bounds) -> tuple[str, ...]:
    """The stems to work with: the delivered ones where all are allowed, else the split where it is, else none."""
    delivered = tuple(source.stems)
    if "drums" in delivered and len(delivered) > 1 and set(delivered) <= bounds.stems:
        return delivered
    return ("drums", "rest") if {"drums", "rest"} <= bounds.stems else ()


def _tonal(source: Source, parts: tuple[str, ...], nodes: list[Node]) -> str:
    """Nodes for the stems; the name of what carries everything but the drums."""
    if not parts:
        return source.id
    provider = "hpss" if parts == ("drums", "rest") and "rest" not in source.stems else "supplied"
    for part in parts:
        nodes.append(Node(part, "stem", (source.id,), {"part": part, "provider": provider}))
    others = tuple(part for part in parts if part != "drums")
    if len(others) == 1:
        return others[0]
    gains = [{"bass": 100, "lead": 50}.get(part, -50) for part in others]
    nodes.append(Node("tonal", "mix", others, {"centidb": gains}))
    return "tonal"


def _layered(
    analysis: Analysis,
    bounds: Bounds,
    style: str | None,
    nodes: list[Node],
    band: str,
    layers: str,
    rise: tuple[int, int] | None,
) -> str:
    """Add the groove under the band, ten LU below it, and let the band give way to its strokes a little."""
    if bounds.max_added_permille == 0 or len(analysis.beats) < 8:
        return band
    if _laid_over(style, layers) and (bounds.styles is None or style in bounds.styles):
        p: dict[str, object] = {"style": style, "parts": layers or "drums"}
        if rise is not None:
            p |= {"drop_ms": rise[1], "build_ms": rise[1] - rise[0]}
        level = round(100 * (max(analysis.loudness.lufs, -40.0) - _GROOVE_BELOW_LU + 3 - _LAYER_LUFS))
        nodes.append(Node("layer", "layer", (band,), p))
        nodes.append(Node("ducked", "duck", (band, "layer"), {"centidb": 200, "release_ms": 160}))
        nodes.append(Node("all", "mix", ("ducked", "layer"), {"centidb": [0, min(600, max(-6000, level))]}))
        return "all"
    fitting = "half_time" if analysis.tempo_bpm < 84 or analysis.tempo_bpm > 150 else "backbeat"
    wishes = [wish for wish in (style, fitting, *SYNTHESIS_STYLES) if wish in SYNTHESIS_STYLES]
    chosen = next((wish for wish in wishes if bounds.styles is None or wish in bounds.styles), None)
    if chosen is None:
        return band
    level = round(100 * (max(analysis.loudness.lufs, -40.0) - _GROOVE_BELOW_LU - _GROOVE_LUFS))
    nodes.append(Node("groove", "groove", (band,), {"style": chosen, "swing_permille": 60}))
    nodes.append(Node("ducked", "duck", (band, "groove"), {"centidb": 150, "release_ms": 160}))
    nodes.append(Node("all", "mix", ("ducked", "groove"), {"centidb": [0, min(600, max(-6000, level))]}))
    return "all"
