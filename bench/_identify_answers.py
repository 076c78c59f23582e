"""What the engine answered, kept for each recording of the corpus under the digest of the engine's own source.

A run that was stopped goes on with the next recording; a changed engine begins anew.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import _fpcalc
from bench._identify_corpus import HEARD, LENGTHS, RATE, SECONDS, Clock, cache, heard, made, unrelated
from bench._transforms import Sound, truth
from ritornello.identify import match, peaks, prints
from ritornello.identify.attribution import Attribution, attribute
from ritornello.identify.model import Answer
from ritornello.identify.segment import Entry, Segment, build, read, write

NEGATIVE_HOP = 3
NO_HARMONY = (np.zeros((0, 12), np.float32), np.zeros(0, np.float32))


def engine() -> str:
    """Twelve letters that change with the engine's source, except for the constants of chance."""
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parent.parent / "src" / "ritornello" / "identify").glob("*.py")):
        if path.stem not in ("chance", "index", "covers", "declared"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def kept(clock: Clock, kind: str, name: str, answer: Callable[[], Any]) -> Any:
    """A document that is there already, or made now."""
    folder = cache() / "answers" / engine() / kind
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
    folder = cache() / "index" / engine()

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


def answer(sound: Sound, segment: Segment) -> dict[str, Any]:
    """The best recording of the transformed tier and of the exact one, with the CPU milliseconds of each."""
    began = time.process_time()
    query = peaks.find(sound, peaks.QUERY_PER_SECOND)
    found = match.matches(query, [segment], 1)
    middle = time.process_time()
    copy = prints.identify(sound, [segment], 1)
    best = found[0] if found else None
    return {
        "score": best.score if best else -9.0,
        "name": segment.names[best.number] if best else "",
        "cents": best.best.cents if best else 0.0,
        "scale": best.best.time_scale if best else 1.0,
        "ms": 1000 * (middle - began),
        "exact": copy[0].recording if copy else "",
        "exact_score": copy[0].score if copy else 0.0,
        "exact_ms": 1000 * (time.process_time() - middle),
    }


def positives(clock: Clock, tracks: dict[str, Path], segment: Segment, peer: dict[str, Any]) -> list[dict[str, Any]]:
    """One document for each recording, transform and length."""
    found: list[dict[str, Any]] = []
    waiting: list[Any] = []
    for one in made(clock, tracks):
        waiting.append(one)
        if len(waiting) < _transforms():
            continue
        batch, waiting = waiting, []
        name = batch[0].name
        if name in segment.names:
            found += kept(clock, "positives", name, lambda batch=batch: _positives(batch, segment, peer))
    return found


def _transforms() -> int:
    from bench._transforms import TRANSFORMS

    return len(TRANSFORMS)


def _positives(batch: list[Any], segment: Segment, peer: dict[str, Any]) -> list[dict[str, Any]]:
    out = []
    for one in batch:
        cents, scale = truth(one.transform)
        for length in LENGTHS:
            got = answer(one.sound[: length * HEARD], segment)
            near, there = _fpcalc.nearest(one.words[length], peer)
            got |= {"transform": one.transform, "length": length, "right": got["name"] == one.name}
            got |= {"exact_right": got["exact"] == one.name, "peer": near, "peer_right": there == one.name}
            if got["right"]:
                got |= {"cents_off": abs(got["cents"] - cents), "scale_off": abs(got["scale"] / scale - 1) * 100}
            out.append(got)
    return out


def negatives(
    clock: Clock, tracks: dict[str, Path], held: list[str], segment: Segment, peer: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Windows of the recordings that were held out, by recording."""

    def of(name: str) -> list[dict[str, Any]]:
        sound = np.load(tracks[name])
        mono = heard(sound)
        out = []
        for length in LENGTHS:
            for start in range(0, len(mono) // HEARD - length + 1, NEGATIVE_HOP if length == 10 else 2 * NEGATIVE_HOP):
                got = answer(mono[start * HEARD : (start + length) * HEARD], segment)
                words = _fpcalc.words(sound[start * RATE : (start + length) * RATE], RATE)
                out.append(got | {"length": length, "peer": _fpcalc.nearest(words, peer)[0]})
        return out

    return {name: kept(clock, "negatives", name, lambda name=name: of(name)) for name in held}


def strangers(clock: Clock, segment: Segment) -> dict[str, dict[str, Any]]:
    """Whole files of the packages that are not indexed: what the product says of each, and windows for calibration."""
    out: dict[str, dict[str, Any]] = {}
    for name, path in unrelated().items():
        out[name] = kept(clock, "strangers", name, lambda path=path: stranger(path, segment))
    return out


def stranger(path: Path, segment: Segment) -> dict[str, Any]:
    from bench._identify_corpus import mono_of

    sound = mono_of(path, RATE, 4 * SECONDS)
    if len(sound) < 10 * RATE:
        return {"seconds": 0.0, "answers": [], "windows": []}
    mono = heard(sound)
    windows = []
    for start in range(0, len(mono) // HEARD - 9, 10):
        windows.append(answer(mono[start * HEARD : (start + 10) * HEARD], segment)["score"])
    began = time.process_time()
    told = service_answers(mono, segment)
    return {
        "seconds": len(mono) / HEARD,
        "windows": windows,
        "cpu": time.process_time() - began,
        "answers": [[one.recording, one.tier.value, one.score, one.query_seconds] for one in told],
    }


def service_answers(mono: Sound, segment: Segment) -> list[Answer]:
    """What the product answers to a file by its sound (without re-performances)."""
    return [*prints.identify(mono, [segment]), *(part.answer for part in attributed(mono, segment).parts)]


def attributed(mono: Sound, segment: Segment) -> Attribution:
    return attribute(peaks.find(mono, peaks.QUERY_PER_SECOND), [segment])
