"""The everyday variations of one recording: each is a recipe built for it, inside its bounds.

Sped-up, slowed with reverb, nightcore, lo-fi, instrumental and a cappella, radio edit, extended mix, seamless loop.
Where a variation needs what is not there (a vocal stem, a beat grid) the error says what and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Analysis, Audio
from ritornello.studio.arranging import Passage, passages, whole_bars
from ritornello.studio.bounds import Bounds
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.nearest import nearest
from ritornello.studio.recipe import Node, Out, Recipe, Source

if TYPE_CHECKING:
    from ritornello.studio.hearing import Heard

LEAST_AGREEMENT = 0.5
"""How alike what follows the end of a loop and what follows its start must be."""
LOOP_BARS = (1, 2, 3, 4, 6, 8, 12, 16)
"""The lengths that are tried for somebody whose own number of bars does not come round."""


class VariationError(ValueError):
    """A variation that cannot be made of this recording: what is missing, and how to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Join:
    """Where a variation leaves the original's course: from sample, to sample, and how well it agrees 0..1."""

    end: int
    start: int
    agreement: float


def _node(op: str, read: str, name: str = "", /, **p: object) -> Node:
    return Node(name or op, op, (read,), p)


def _sped_up(source: Source) -> list[Node]:
    return [_node("varispeed", source.id, permille=1150)]


def _nightcore(source: Source) -> list[Node]:
    return [_node("varispeed", source.id, permille=1250)]


def _slowed_reverb(source: Source) -> list[Node]:
    return [
        _node("varispeed", source.id, permille=850),
        _node("reverb", "varispeed", decay_ms=3200, wet_permille=320),
        _node("fade", "reverb", out_ms=2500),
    ]


def _lo_fi(source: Source) -> list[Node]:
    return [
        _node("varispeed", source.id, permille=930),
        _node("filter", "varispeed", "dull", kind="low", hz=3600),
        _node("filter", "dull", "thin", kind="high", hz=110),
        _node("reverb", "thin", decay_ms=700, wet_permille=120),
    ]


def _voice(source: Source, what: str) -> str:
    if not source.stems:
        raise VariationError(
            f"{what} needs the stems of the recording: its owner delivered none, and no fader is faked",
            "ask for another kind, or have the stems delivered",
        )
    if not source.vocal_part or source.vocal_part not in source.stems:
        known = ", ".join(source.stems)
        raise VariationError(f"{what} needs to know which stem is sung (stems: {known})", "name vocal_part")
    return source.vocal_part


def _instrumental(source: Source) -> list[Node]:
    voice = _voice(source, "an instrumental")
    parts = [part for part in source.stems if part != voice]
    stems = [_node("stem", source.id, part, part=part, provider="supplied") for part in parts]
    return [*stems, Node("band", "mix", tuple(parts), {})]


def _a_cappella(source: Source) -> list[Node]:
    voice = _voice(source, "an a cappella")
    return [_node("stem", source.id, "voice", part=voice, provider="supplied")]


SIMPLE: Mapping[str, Callable[[Source], list[Node]]] = {
    "sped_up": _sped_up,
    "nightcore": _nightcore,
    "slowed_reverb": _slowed_reverb,
    "lo_fi": _lo_fi,
    "instrumental": _instrumental,
    "a_cappella": _a_cappella,
}
"""Variations that need nothing but the source."""


def variation(kind: str, source: Source, bounds: Bounds, *, rate: int, seed: int = 1) -> Recipe:
    """The recipe of a variation of SIMPLE, moved into `bounds` where they are narrower.

    Raises VariationError for what cannot be made of this source, NotAllowed where the bounds leave nothing of it.
    """
    if kind not in SIMPLE:
        raise VariationError(f"{kind!r} is unknown", f"use {', '.join(SIMPLE)}")
    return _within(source, SIMPLE[kind](source), bounds, rate, seed)


def untouched(source: Source, bounds: Bounds, *, rate: int, seed: int = 1) -> Recipe:
    """The recording as it is, at the loudness of every other: what changes are then put behind."""
    return _within(source, [_node("gain", source.id, "original", centidb=0)], bounds, rate, seed)


def _within(source: Source, nodes: Sequence[Node], bounds: Bounds, rate: int, seed: int) -> Recipe:
    out = Out(nodes[-1].id, lufs=min(-1400, bounds.lufs_hi_centi), dbtp=min(-100, bounds.true_peak_centi))
    recipe = Recipe((source,), tuple(nodes), out, seed=seed, sr=rate)
    allowed = nearest(recipe, bounds)
    if allowed is None:
        raise NotAllowed(check(recipe, bounds))
    return allowed


def radio_edit(source: Source, analysis: Analysis, seconds: float, bounds: Bounds, *, seed: int = 1) -> Recipe:
    """At most `seconds` of the recording, in its order: whole passages left out where the joins are smoothest.

    Beginning and end stay; a letter of the form that occurs is kept at least once where the time allows. Time that
    whole passages leave is filled with the first bars of one that was left out. Where even the ends are too long
    together, the edit fades out on a downbeat.
    """
    if seconds * analysis.rate >= analysis.frames:
        return _within(source, [_node("gain", source.id, centidb=0)], bounds, analysis.rate, seed)
    form = passages(analysis)
    room = int(seconds * analysis.rate)
    kept = _shortest_way(form, room)
    if kept is None:
        marks = [int(m) for m in analysis.downbeats if 0 < int(m) <= room]
        end = marks[-1] if marks else room
        nodes = [_node("sequence", source.id, slices=[[0, end]]), _node("fade", "sequence", out_ms=4000)]
        return _within(source, nodes, bounds, analysis.rate, seed)
    slices = _joined(_filled(form, kept, [int(m) for m in analysis.downbeats], room))
    nodes = [_node("sequence", source.id, slices=slices, fade_ms=15), _node("fade", "sequence", out_ms=60)]
    return _within(source, nodes, bounds, analysis.rate, seed)


def _filled(form: Sequence[Passage], kept: Sequence[int], downbeats: Sequence[int], room: int) -> list[tuple[int, int]]:
    """The spans of the passages kept, and of the first bars of those left out that follow one: fours, twos, or one."""
    left = room - sum(form[k].length for k in kept)
    spans: list[tuple[int, int]] = []
    for k, passage in enumerate(form):
        if k in kept:
            spans.append((passage.start, passage.end))
            continue
        if k - 1 not in kept:
            continue
        marks = [mark for mark in downbeats if passage.start < mark < passage.end]
        bars = sum(mark - passage.start <= left for mark in marks)
        bars -= bars % 4 if bars >= 4 else bars % 2 if bars >= 2 else 0
        if bars:
            spans.append((passage.start, marks[bars - 1]))
            left -= marks[bars - 1] - passage.start
    return spans


def _joined(spans: Sequence[tuple[int, int]]) -> list[list[int]]:
    out: list[list[int]] = []
    for start, end in spans:
        if out and out[-1][1] == start:
            out[-1][1] = end
        else:
            out.append([start, end])
    return out


def _shortest_way(form: Sequence[Passage], room: int) -> tuple[int, ...] | None:
    """The passages to keep: first and last always, at most `room` samples, by length used, joins and letters lost."""
    inner = range(1, len(form) - 1)
    if len(form) < 3 or form[0].length + form[-1].length > room:
        return None
    letters = {passage.label for passage in form}
    best: tuple[float, tuple[int, ...]] | None = None
    most_gone = len(inner) if len(inner) <= 14 else 4  # many passages: leave out up to four
    for count in range(1, most_gone + 1):
        for gone in combinations(inner, count):
            kept = tuple(k for k in range(len(form)) if k not in gone)
            length = sum(form[k].length for k in kept)
            if length > room:
                continue
            cost = 5 * (room - length) / room + 0.8 * (len(letters) - len({form[k].label for k in kept}))
            for a, b in pairwise(kept):
                if b != a + 1:
                    cost += 0.6 + 0.4 * (form[a].next_label != form[b].label)
                    cost += 0.4 * (form[a].next_root != form[b].first_root)
            if best is None or (cost, kept) < best:
                best = (cost, kept)
    return None if best is None else best[1]


def extended(
    source: Source,
    analysis: Analysis,
    bounds: Bounds,
    *,
    bars: int | None = None,
    seconds: int | None = None,
    seed: int = 1,
) -> Recipe:
    """A mix for the dance floor: `bars` of drums, the recording with its longest passage twice, `bars` of drums.

    The drums are the engine's own, on the beat grid, and miss no beat. Where the bounds leave no room for added
    material, only the repeats are left. For a length of `seconds` the passage is heard as often, and the drums as many
    bars (of 4, 8 and 16, unless `bars` says), as comes nearest. Raises VariationError for a length that nothing comes
    near, naming the shortest and the longest.
    """
    plain = bounds.max_added_permille == 0
    times = 2
    if seconds is not None:
        bars, times = _as_long_as(analysis, seconds, bars, plain=plain)
    bars = 8 if bars is None else bars
    form = passages(analysis)
    marks = [int(m) for m in analysis.downbeats]
    if len(form) < 3 or len(marks) <= 2 * bars:
        raise VariationError(
            f"an extended mix needs three parts and {2 * bars} bars of beats: this recording has {len(form)} and "
            f"{max(0, len(marks) - 1)}",
            "ask for fewer bars" if len(form) >= 3 and len(marks) > 6 else "ask for another kind",
        )
    again = _longest(form)
    more = [[again.start, again.end]] * (times - 2)
    if plain:
        body = [[0, again.end], *more, [again.start, analysis.frames]]
        nodes = [_node("sequence", source.id, "longer", slices=body, fade_ms=15)]
        return _within(source, nodes, bounds, analysis.rate, seed)
    # The drums have a clock of their own, so that they miss no beat where the recording has none: its silence before
    # the first bar is heard over the last of the drums' bars, and what rings after the last bar over the outro.
    begin, end = whole_bars(analysis)
    lead, outro = [marks[0], marks[bars]], [marks[-1 - bars], marks[-1]]
    clock = [lead, [begin, again.end], *more, [again.start, end], outro]
    first = lead[1] - lead[0]
    before = min(begin, first)
    silent = [[lead[0], lead[1] - before]] if first > before else []
    played = [*silent, [begin - before, again.end], *more, [again.start, analysis.frames]]
    opens = (first - before) * 1000 // analysis.rate
    nodes = [
        _node("sequence", source.id, "clock", slices=clock, fade_ms=15),
        _node("groove", "clock", style="four_floor", intensity_permille=750),
        _node("sequence", source.id, "longer", slices=played, fade_ms=15),
        _node("ride", "longer", "band", points=[[0, -9600], [max(0, opens - 30), -9600], [opens, 0]]),
        Node("all", "mix", ("band", "groove"), {"centidb": [0, -700]}),
        _node("fade", "all", out_ms=3000),
    ]
    return _within(source, nodes, bounds, analysis.rate, seed)


MOST_TIMES = 40
"""How often an extended mix may bring its passage back."""


def _longest(form: Sequence[Passage]) -> Passage:
    return max(form[1:-1], key=lambda one: one.length)


def _as_long_as(analysis: Analysis, seconds: int, bars: int | None, *, plain: bool) -> tuple[int, int]:
    """Bars of drums at either end and rounds of the longest passage whose mix comes nearest to a length."""
    form, marks = passages(analysis), analysis.downbeats
    few = [one for one in ((4, 8, 16) if bars is None else (bars,)) if 2 * one < len(marks)]
    if len(form) < 3 or not few:
        return bars or 4, 2  # the mix itself says what is missing
    again = _longest(form).length
    bar = (int(marks[-1]) - int(marks[0])) / (len(marks) - 1)

    def length(drums: int, times: int) -> float:
        return (analysis.frames + (times - 1) * again + (0 if plain else 2 * drums * bar)) / analysis.rate

    choices = [(drums, times) for drums in few for times in range(2, MOST_TIMES + 1)]
    best = min(choices, key=lambda one: (abs(length(*one) - seconds), abs(one[0] - 8)))
    if abs(length(*best) - seconds) > max(again / analysis.rate / 2, 1) + bar / analysis.rate:
        lengths = sorted(length(*one) for one in choices)
        raise VariationError(
            f"an extended mix of this recording takes {lengths[0]:.0f} to {lengths[-1]:.0f} s, not {seconds}",
            f"ask for {lengths[0]:.0f} s or more" if seconds < lengths[0] else f"ask for at most {lengths[-1]:.0f} s",
        )
    return best


def loop(
    source: Source, analysis: Analysis, audio: Audio, bounds: Bounds, *, bars: int = 8, seed: int = 1
) -> tuple[Recipe, Join]:
    """A seamless loop of `bars` bars, and its join: the end that leads back best to its own beginning.

    Each candidate is judged by what comes after its end beside what comes at its start (tones, attacks, level). Where
    none agrees by LEAST_AGREEMENT the VariationError names the numbers of bars that do. The file ends in the fade that
    leads into its start.
    """
    from ritornello.studio.hearing import hear

    marks = [int(m) for m in analysis.downbeats]
    if len(marks) <= bars + 1:
        found = max(0, len(marks) - 1)
        raise VariationError(f"{bars} bars are more than the {found} that were found", "ask for fewer")
    heard = hear(audio)
    best = _best_join(heard, marks, bars, audio)
    if best is None:
        others = [n for n in LOOP_BARS if n != bars and _best_join(heard, marks, n, audio)]
        if others:
            mend = f"ask for {' or '.join(map(str, others))}"
        else:
            mend = "ask for another kind: nothing in it comes round again as it was"
        raise VariationError(f"no {bars} bars of this recording lead back to their own start", mend)
    length = best.end - best.start
    # the middle one of three rounds begins behind one join and ends in the fade that leads into the next
    nodes = [
        _node("sequence", source.id, "rounds", slices=[[best.start, best.end]] * 3, fade_ms=25),
        _node("sequence", "rounds", "round", slices=[[length, 2 * length]]),
    ]
    return _within(source, nodes, bounds, analysis.rate, seed), best


def _best_join(heard: Heard, marks: Sequence[int], bars: int, audio: Audio) -> Join | None:
    """The end that leads back best to a start `bars` bars before it; None where none agrees by LEAST_AGREEMENT."""
    bar = int(np.median(np.diff(marks)))
    joins = [
        Join(end, start, _agreement(heard.tones, heard.attacks, start, end, bar, audio.rate))
        for start, end in zip(marks, marks[bars:], strict=False)
        if end + bar <= audio.frames
    ]
    best = max(joins, key=lambda join: (join.agreement, -join.start), default=None)
    return best if best is not None and best.agreement >= LEAST_AGREEMENT else None


def _agreement(
    tones: npt.NDArray[np.float32], attacks: npt.NDArray[np.float32], start: int, end: int, span: int, rate: int
) -> float:
    """How alike the `span` samples after `start` and after `end` are: the mean of tones and attacks, 0..1."""
    from ritornello.studio.hearing import ATTACK_HOP, RATE, TONE_HOP

    scores = []
    for features, hop in ((tones, TONE_HOP), (attacks, ATTACK_HOP)):
        n = max(2, round(span / rate * RATE / hop))
        a, b = (features[round(at / rate * RATE / hop) :][:n] for at in (start, end))
        n = min(a.shape[0], b.shape[0])
        a, b = a[:n] - a[:n].mean(), b[:n] - b[:n].mean()
        scores.append(float(np.sum(a * b) / max(1e-9, np.sqrt(np.sum(a * a) * np.sum(b * b)))))
    return max(0.0, sum(scores) / 2)
