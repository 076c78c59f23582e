"""What the engine answered, kept for each recording of the corpus under the digest of the engine's own source.

A run that was stopped goes on with the next recording; a changed engine begins anew.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import _fpcalc
from bench._identify_corpus import (
    HEARD,
    LENGTHS,
    RATE,
    SECONDS,
    Clock,
    Made,
    cache,
    halves,
    heard,
    made,
    mono_of,
    unrelated,
)
from bench._transforms import Sound, truth
from ritornello.identify import chance, match, peaks, prints
from ritornello.identify.attribution import Attribution, attribute
from ritornello.identify.model import Answer
from ritornello.identify.segment import Entry, Segment, build, read, write

NEGATIVE_HOP = 4
BETWEEN = 2
"""Seconds by which a second series of windows is displaced, so that there are more than 1,000."""

NO_HARMONY = (np.zeros((0, 12), np.float32), np.zeros(0, np.float32))


BESIDE = frozenset({"chance", "index", "covers", "declared", "service", "attribution", "model", "pieces"})
"""Modules that do not change what a single query scores."""


@functools.cache
def engine(whole: bool = False) -> str:
    """Twelve letters that change with the source of what scores a query; with `whole`, of all that answers a file."""
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parent.parent / "src" / "ritornello" / "identify").glob("*.py")):
        if path.stem not in BESIDE or (whole and path.stem in ("attribution", "chance")):
            digest.update(path.read_bytes())
    if whole:
        digest.update((Path(chance.__file__).parent / "chance.json").read_bytes())
    return digest.hexdigest()[:12]


@functools.cache
def builder() -> str:
    """The same of what makes segments."""
    digest = hashlib.sha256()
    for name in ("peaks", "prints", "segment", "triplet_kernels", "triplets"):
        digest.update((Path(chance.__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:12]


def kept(clock: Clock, kind: str, name: str, answer: Callable[[], Any], whole: bool = False) -> Any:
    """A document that is there already, or made now."""
    folder = cache() / "answers" / engine(whole) / kind
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name.replace("/", "__") + ".json")
    if not path.exists():
        clock.check()
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(answer()))
        partial.replace(path)
    return json.loads(path.read_text())


def entry(name: str, path: Path) -> Entry:
    mono = heard(np.load(path))
    return Entry(name, peaks.find(mono, peaks.REFERENCE_PER_SECOND), prints.of_mono(mono), *NO_HARMONY)


def index(clock: Clock, tracks: dict[str, Path], known: list[str]) -> tuple[Segment, dict[str, float]]:
    """The segment of all indexed recordings, and what it cost: CPU seconds, hours, bytes."""
    folder = cache() / "index" / builder()

    def make() -> dict[str, float]:
        began = time.process_time()
        entries = [entry(name, tracks[name]) for name in known]
        segment = build(entries)
        spent = time.process_time() - began
        hours = sum(one.peaks.frames for one in entries) / peaks.FRAMES_PER_SECOND / 3600
        if not folder.exists():
            write(segment, folder)
        return {"cpu": spent, "hours": hours, "bytes": segment.transformed_bytes, "all_bytes": segment.index_bytes}

    cost = kept(clock, "cost", "index", make)
    return read(folder), cost


def references(clock: Clock, tracks: dict[str, Path], known: list[str]) -> dict[str, Any]:
    """fpcalc's words of every indexed recording."""
    folder = cache() / "fpcalc"
    folder.mkdir(exist_ok=True)
    found = {}
    for name in known:
        path = folder / (name.replace("/", "__") + ".npy")
        if not path.exists():
            clock.check()
            np.save(path, _fpcalc.words(np.load(tracks[name]), RATE))
        found[name] = np.load(path)
    return found


def answer(sound: Sound, index: Segment | list[Segment]) -> dict[str, Any]:
    """The best recording of the transformed tier and of the exact one, with the CPU milliseconds of each."""
    segments = index if isinstance(index, list) else [index]
    began = time.process_time()
    query = peaks.asked(sound)
    found = match.matches(query, segments, 1)
    middle = time.process_time()
    copy = prints.identify(sound, segments, 1)
    best = found[0] if found else None
    return {
        "score": best.score if best else -9.0,
        "name": segments[best.segment].names[best.number] if best else "",
        "cents": best.best.cents if best else 0.0,
        "scale": best.best.time_scale if best else 1.0,
        "ms": 1000 * (middle - began),
        "exact": copy[0].recording if copy else "",
        "exact_score": copy[0].score if copy else 0.0,
        "exact_ms": 1000 * (time.process_time() - middle),
    }


def positives(
    clock: Clock, tracks: dict[str, Path], segment: Segment, peer: dict[str, Any], length: int
) -> list[dict[str, Any]]:
    """One document for each recording and transform."""
    known = [name for name in halves(list(tracks))[0] if name in segment.names]
    order = np.random.default_rng(3).permutation(len(known))  # so that a part of them stands for the whole
    found: list[dict[str, Any]] = []
    for place in order.tolist():
        name = known[place]

        def of(name: str = name) -> list[dict[str, Any]]:
            return [_positive(one, segment, peer, length) for one in made(clock, tracks, name)]

        found += kept(clock, f"positives{length}", name, of)
    return found


def _positive(one: Made, segment: Segment, peer: dict[str, Any], length: int) -> dict[str, Any]:
    cents, scale = truth(one.transform)
    got = answer(one.sound[: length * HEARD], segment)
    near, there = _fpcalc.nearest(one.words[length], peer)
    got |= {"transform": one.transform, "length": length, "right": got["name"] == one.name}
    got |= {"exact_right": got["exact"] == one.name, "peer": near, "peer_right": there == one.name}
    if got["right"]:
        got |= {"cents_off": abs(got["cents"] - cents), "scale_off": abs(got["scale"] / scale - 1) * 100}
    return got


def negatives(
    clock: Clock, tracks: dict[str, Path], held: list[str], segment: Segment, peer: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Windows of the recordings that were held out, by recording."""

    def of(name: str, length: int, first: int = 0) -> list[dict[str, Any]]:
        sound = np.load(tracks[name])
        mono = heard(sound)
        out = []
        for start in range(first, len(mono) // HEARD - length + 1, NEGATIVE_HOP):
            got = answer(mono[start * HEARD : (start + length) * HEARD], segment)
            words = _fpcalc.words(sound[start * RATE : (start + length) * RATE], RATE)
            out.append(got | {"length": length, "peer": _fpcalc.nearest(words, peer)[0]})
        return out

    found: dict[str, list[dict[str, Any]]] = {name: [] for name in held}
    for length in LENGTHS:  # one length after the other, so that a run that is stopped has one whole
        for name in held:
            found[name] += kept(clock, f"negatives{length}", name, lambda name=name, length=length: of(name, length))
    for length in LENGTHS:
        for name in held:
            asked = f"negatives{length}-between"
            found[name] += kept(clock, asked, name, lambda name=name, length=length: of(name, length, BETWEEN))
    return found


def windows(clock: Clock, segment: Segment) -> dict[str, list[float]]:
    """Scores of ten seconds each, of recordings that are not indexed: for the calibration of chance."""

    def of(path: Path) -> list[float]:
        mono = _stranger(path)
        starts = range(0, len(mono) // HEARD - 9, 10)
        return [answer(mono[at * HEARD : (at + 10) * HEARD], segment)["score"] for at in starts]

    return {name: kept(clock, "windows", name, lambda path=path: of(path)) for name, path in unrelated().items()}


def strangers(clock: Clock, segment: Segment) -> dict[str, dict[str, Any]]:
    """What the product says of whole files that are not indexed."""

    def of(path: Path) -> dict[str, Any]:
        mono = _stranger(path)
        if len(mono) < 10 * HEARD:
            return {"seconds": 0.0, "answers": [], "cpu": 0.0}
        began = time.process_time()
        told = service_answers(mono, segment)
        return {
            "seconds": len(mono) / HEARD,
            "cpu": time.process_time() - began,
            "answers": [[one.recording, one.tier.value, one.score, one.query_seconds] for one in told],
        }

    files = unrelated().items()
    return {name: kept(clock, "strangers", name, lambda path=path: of(path), True) for name, path in files}


def _stranger(path: Path) -> Sound:
    return heard(mono_of(path, RATE, 4 * SECONDS))


def service_answers(mono: Sound, segment: Segment) -> list[Answer]:
    """What the product answers to a file by its sound (without re-performances)."""
    return [*prints.identify(mono, [segment]), *(part.answer for part in attributed(mono, segment).parts)]


def attributed(mono: Sound, segment: Segment) -> Attribution:
    return attribute(peaks.asked(mono), [segment])
