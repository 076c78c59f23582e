"""Identification: recall of each transform where at most 1 % of unrelated audio passes, beside Chromaprint's fpcalc.

The corpus is a folder of music, RITORNELLO_CORPUS or the shared music; every third recording is held out, as negatives
and as layers. RITORNELLO_BENCH_EXCERPTS (1) is the number of excerpts of each recording and transform. The threshold is
set on the negatives of one half of the held-out recordings and its false rate reported on the other half.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench import Row
from bench._transforms import TRANSFORMS, Sound, truth
from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.identify import match, peaks, prints
from ritornello.identify.segment import Entry, Segment, build

RATE = 22_050
SECONDS = 150
LENGTHS = (10, 20)
_NO_HARMONY = (np.zeros((0, 12), np.float32), np.zeros(0, np.float32))


@dataclass(slots=True)
class Cell:
    """The answers to one transform: (score, whether it is the right recording), and the errors of the right ones."""

    ours: list[tuple[float, bool]] = field(default_factory=list)
    peer: list[tuple[float, bool]] = field(default_factory=list)
    cents: list[float] = field(default_factory=list)
    scale: list[float] = field(default_factory=list)


def corpus() -> dict[str, Sound]:
    """The first 150 s of each recording, mono at 22 050 Hz."""
    named = os.environ.get("RITORNELLO_CORPUS") or str(Path(os.environ.get("RITORNELLO_SHARED", "../shared")) / "music")
    found = {}
    for path in sorted(one for one in Path(named).rglob("*") if one.suffix in (".ogg", ".flac", ".wav", ".mp3")):
        audio = decode.read(path)
        cut = Audio(np.ascontiguousarray(audio.mono()[: SECONDS * audio.rate, None]), audio.rate)
        if cut.duration_s >= 40:
            found[path.stem] = decode.resample(cut, RATE).samples[:, 0]
    return found


def rows() -> Iterable[Row]:
    sounds = corpus()
    if len(sounds) < 6:
        yield Row("corpus", f"{len(sounds)} recordings: set RITORNELLO_CORPUS to a folder of music")
        return
    held = sorted(sounds)[::3]
    known = [name for name in sorted(sounds) if name not in held]
    started = time.process_time()
    entries = [_entry(name, sounds[name]) for name in known]
    segment = build(entries)
    seconds = time.process_time() - started
    hours = sum(len(sounds[name]) for name in known) / RATE / 3600
    yield Row("corpus", f"{len(known)} recordings, {hours:.2f} h; {len(held)} held out")
    yield Row("index, CPU s per hour", f"{seconds / hours:.1f}", to_reach="≤ 12")
    yield Row("index, MB per hour, transformed tier", f"{segment.transformed_bytes / 1e6 / hours:.1f}", to_reach="≤ 6")
    references = {name: _fpcalc(sounds[name]) for name in known}
    for length in LENGTHS:
        yield from _length(sounds, known, held, segment, references, length)


def _length(
    sounds: dict[str, Sound],
    known: list[str],
    held: list[str],
    segment: Segment,
    references: dict[str, np.ndarray],  # type: ignore[type-arg]
    length: int,
) -> Iterator[Row]:
    negatives: list[list[tuple[float, float]]] = [[], []]
    spent: list[float] = []
    match.matches(_query(sounds[held[0]][: 4 * RATE]), [segment])  # compiles
    for place, name in enumerate(held):
        for start in range(0, len(sounds[name]) - length * RATE, 10 * RATE):
            clip = sounds[name][start : start + length * RATE]
            began = time.process_time()
            score, _ = _best(clip, segment)[:2]
            spent.append(time.process_time() - began)
            negatives[place % 2].append((score, _nearest(_fpcalc(clip), references)[0]))
    ours, peer = (float(np.quantile([one[which] for one in negatives[0]], 0.99)) for which in (0, 1))
    cells = _cells(sounds, known, held, segment, references, length)
    label = f"{length} s"
    false = sum(one[0] > ours for one in negatives[1]) / max(len(negatives[1]), 1)
    count = len(negatives[0]) + len(negatives[1])
    yield Row(f"{label}: false answers on the other half", f"{false:.1%} of {len(negatives[1])}", to_reach="≤ 1 %")
    yield Row(f"{label}: CPU of a query with its peaks, ms", f"{1000 * float(np.median(spent)):.0f}", to_reach="≤ 150")
    right, theirs, total = 0, 0, 0
    for name, cell in cells.items():
        a, b = (
            sum(good and score > limit for score, good in had) for had, limit in ((cell.ours, ours), (cell.peer, peer))
        )
        right, theirs, total = right + a, theirs + b, total + len(cell.ours)
        yield Row(f"{label}: {name}", f"{a}/{len(cell.ours)}", f"{b}/{len(cell.peer)}")
    target = "≥ 98 %" if length == 10 else "≥ 99 %"
    yield Row(f"{label}: all, recall@1", f"{right / total:.1%} of {total}", f"{theirs / total:.1%}", to_reach=target)
    cents = [one for cell in cells.values() for one in cell.cents]
    scale = [one for cell in cells.values() for one in cell.scale]
    yield Row(
        f"{label}: median error", f"{np.median(cents):.2f} cents, {np.median(scale):.3f} %", to_reach="≤ 10, ≤ 0.3 %"
    )
    yield Row(f"{label}: negatives", str(count), to_reach="≥ 1,000")


def _cells(
    sounds: dict[str, Sound],
    known: list[str],
    held: list[str],
    segment: Segment,
    references: dict[str, np.ndarray],  # type: ignore[type-arg]
    length: int,
) -> dict[str, Cell]:
    cells: dict[str, Cell] = defaultdict(Cell)
    for turn in range(int(os.environ.get("RITORNELLO_BENCH_EXCERPTS", "1"))):
        for place, name in enumerate(known):
            for number, (what, transform) in enumerate(TRANSFORMS.items()):
                rng = np.random.default_rng([turn, place, number])
                start = int(rng.integers(0, max(1, len(sounds[name]) - 28 * RATE)))
                other = sounds[held[int(rng.integers(len(held)))]]
                made = transform(np.array(sounds[name][start : start + 27 * RATE]), RATE, rng, other)[: length * RATE]
                score, found, cents, scale = _best(made, segment)
                cell = cells[what]
                cell.ours.append((score, found == name))
                nearest, there = _nearest(_fpcalc(made), references)
                cell.peer.append((nearest, there == name))
                if found == name:
                    true_cents, true_scale = truth(what)
                    cell.cents.append(abs(cents - true_cents))
                    cell.scale.append(abs(scale / true_scale - 1) * 100)
    return cells


def _entry(name: str, sound: Sound) -> Entry:
    mono = peaks.hear(Audio(sound[:, None], RATE))
    return Entry(name, peaks.find(mono, peaks.REFERENCE_PER_SECOND), prints.of_mono(mono), *_NO_HARMONY)


def _query(sound: Sound) -> peaks.Peaks:
    return peaks.find(peaks.hear(Audio(np.ascontiguousarray(sound)[:, None], RATE)), peaks.QUERY_PER_SECOND)


def _best(sound: Sound, segment: Segment) -> tuple[float, str, float, float]:
    found = match.matches(_query(sound), [segment], 1)
    if not found:
        return -9.0, "", 0.0, 1.0
    return found[0].score, segment.names[found[0].number], found[0].best.cents, found[0].best.time_scale


def _fpcalc(sound: Sound) -> np.ndarray:  # type: ignore[type-arg]
    """Chromaprint's raw fingerprint, about eight words a second."""
    with tempfile.TemporaryDirectory() as folder:
        level = max(1.0, float(np.abs(sound).max(initial=0.0)))
        path = decode.write(Path(folder) / "x.wav", Audio((sound / level)[:, None].astype(np.float32), RATE), "wav16")
        ran = subprocess.run(
            ["fpcalc", "-raw", "-json", "-length", "0", str(path)], capture_output=True, check=False, text=True
        )
    words = json.loads(ran.stdout)["fingerprint"] if ran.returncode == 0 else []
    return np.array(words, np.int64).astype(np.uint32)


def _nearest(words: np.ndarray, references: dict[str, np.ndarray]) -> tuple[float, str]:  # type: ignore[type-arg]
    """The reference with the fewest differing bits at any offset, and 1 - 2 · that share."""
    best = (-1.0, "")
    for name, kept in references.items():
        if 0 < len(words) <= len(kept):
            windows = np.lib.stride_tricks.sliding_window_view(kept, len(words))
            same = 1 - 2 * float(np.bitwise_count(windows ^ words).mean(axis=1).min()) / 32
            best = max(best, (same, name))
    return best
