"""What a light index finds and weighs beside a full one, and an index of which one half is light.

The corpus, the excerpts and the split are those of `python -m bench identify` (docs/identification-bench.md): every
fourth indexed recording is asked for in all transforms, 10 s of it, and every twelve seconds of the held-out recordings
are asked as negatives. Each index has its own threshold, the 99th percentile of one half of the negatives; false
answers are counted on the other half. RITORNELLO_BENCH_MINUTES bounds a run; the next one goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench import Row
from bench import _identify_answers as answers
from bench._identify_corpus import HEARD, Clock, OutOfTime, core, halves, heard, made
from ritornello.identify.index import LIGHT_FOLLOWERS
from ritornello.identify.segment import FOLLOWERS, Segment, build, hours_of

ALLOWED = 0.01
LENGTH = 10
EVERY, HOP = 4, 12


def rows() -> Iterable[Row]:
    clock = Clock.started()
    try:
        yield from _rows(clock)
    except OutOfTime:
        yield Row("unfinished", "the minutes of this run are used up: run it again, it goes on from here")


def _rows(clock: Clock) -> Iterator[Row]:
    tracks = core(clock)
    known, held = halves(list(tracks))
    entries = [answers.entry(name, tracks[name]) for name in known]
    kinds = {
        "full": [build(entries, FOLLOWERS)],
        "light": [build(entries, LIGHT_FOLLOWERS)],
        "half of it light": [build(entries[::2], FOLLOWERS), build(entries[1::2], LIGHT_FOLLOWERS)],
    }
    for kind, segments in kinds.items():
        size = sum(one.transformed_bytes for one in segments) / 1e6 / hours_of(segments)
        yield Row(f"{kind}: MB per hour, transformed tier", f"{size:.2f}", to_reach="≤ 2" if kind == "light" else "≤ 6")
        yield from _found(clock, kind, segments, tracks, known, held)


def _found(
    clock: Clock, kind: str, segments: list[Segment], tracks: dict[str, Path], known: list[str], held: list[str]
) -> Iterator[Row]:
    def asked(name: str) -> list[dict[str, Any]]:
        found = []
        for one in made(clock, tracks, name):
            got = answers.answer(one.sound[: LENGTH * HEARD], segments)
            found.append(got | {"transform": one.transform, "right": got["name"] == name})
        return found

    def unrelated(name: str) -> list[float]:
        mono = heard(np.load(tracks[name]))
        starts = range(0, len(mono) // HEARD - LENGTH + 1, HOP)
        return [answers.answer(mono[at * HEARD : (at + LENGTH) * HEARD], segments)["score"] for at in starts]

    label = f"density-{kind.replace(' ', '-')}"
    false: list[list[float]] = [[], []]
    for place, name in enumerate(held):
        false[place % 2] += answers.kept(clock, f"{label}-negatives", name, lambda name=name: unrelated(name))
    limit = float(np.quantile(false[0], 1 - ALLOWED))
    found = []
    for name in known[::EVERY]:
        found += answers.kept(clock, label, name, lambda name=name: asked(name))
    right = [one["right"] and one["score"] > limit for one in found]
    yield Row(f"{kind}: recall@1, {LENGTH} s", f"{np.mean(right):.1%} of {len(right)}")
    wrong = [score > limit for score in false[1]]
    yield Row(f"{kind}: false answers on the other half", f"{np.mean(wrong):.1%} of {len(wrong)}", to_reach="≤ 1 %")
    yield Row(f"{kind}: CPU of a query, ms", f"{np.median([one['ms'] for one in found]):.0f}")
    missed: dict[str, list[bool]] = {}
    for one, good in zip(found, right, strict=True):
        missed.setdefault(one["transform"], []).append(good)
    told = [f"{name} {sum(cell)}/{len(cell)}" for name, cell in missed.items() if not all(cell)]
    yield Row(f"{kind}: transforms of which some are missed", ", ".join(told) or "none")
