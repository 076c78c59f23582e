"""An index larger than any music at hand: synthetic streams of peaks, fitted to the real ones.

What a word costs and how often chance votes depends on which peaks follow which. So a synthetic recording is made of
real ones without being a copy of any: pieces of half a second to two seconds are cut from the peaks of random indexed
recordings, moved by a random interval, stretched by up to 25 % and laid end to end. Within a piece, the peaks are as
regular, as dense and as harmonic as music; but nothing longer than a piece agrees with anything.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench._identify_answers import NO_HARMONY, builder
from bench._identify_corpus import Clock, cache
from ritornello.identify.peaks import BINS, FRAMES_PER_SECOND, Peaks
from ritornello.identify.segment import Entry, Segment, build, read, write

HOURS_EACH = 50
MINUTES = 3.5


def distractors(clock: Clock, hours: int, real: Segment) -> tuple[list[Segment], float]:
    """Segments of synthetic recordings, `HOURS_EACH` each, and the CPU seconds that building one hour's words took."""
    found, spent = [], 0.0
    for place in range(-(-hours // HOURS_EACH)):
        size = min(HOURS_EACH, hours - place * HOURS_EACH)
        folder = cache() / "synthetic" / f"{builder()}-{place}-{size}"
        if not folder.exists():
            clock.check()
            rng = np.random.default_rng([place, 5])
            sources = [real.peaks(number) for number in range(len(real.names))]
            entries = [
                Entry(f"synthetic/{place}-{n}", stream(rng, sources), np.zeros(0, np.uint32), *NO_HARMONY)
                for n in range(round(size * 60 / MINUTES))
            ]
            began = time.process_time()
            segment = build(entries)
            spent = (time.process_time() - began) / size
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            write(segment, partial)
            partial.rename(folder)
        found.append(read(folder))
    return found, spent


def stream(rng: np.random.Generator, sources: Sequence[Peaks]) -> Peaks:
    """The peaks of one synthetic recording of three and a half minutes."""
    frames = int(MINUTES * 60 * FRAMES_PER_SECOND)
    frame, pitch = [], []
    at = 0
    while at < frames:
        source = sources[int(rng.integers(len(sources)))]
        length = int(rng.uniform(25, 100))
        start = int(rng.integers(0, max(1, source.frames - length)))
        low, high = np.searchsorted(source.frame, [start, start + length])
        stretch = float(np.exp(rng.uniform(-0.22, 0.22)))
        frame.append(at + (source.frame[low:high] - start) * stretch)
        pitch.append(source.pitch[low:high] + rng.uniform(-15, 15))
        at += int(length * stretch)
    every, high_up = np.concatenate(frame), np.concatenate(pitch)
    kept = (high_up > 1) & (high_up < BINS - 2) & (every < frames)
    every, high_up = np.floor(every[kept]).astype(np.int32), high_up[kept].astype(np.float32)
    order = np.lexsort((high_up, every))
    return Peaks(every[order], high_up[order], np.ones(len(order), np.float32), frames)


def anonymous_megabytes() -> float:
    """Memory of this process that no file backs, at its highest so far since `reset`."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return 0.0
