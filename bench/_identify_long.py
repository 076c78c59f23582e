"""One long file: memory and processor time of identifying it, in a process of its own.

Two hours of 44.1 kHz stereo are laid end to end from recordings of the core (docs/identification-bench.md): indexed
ones at their own speed and 6 % faster, and held-out ones between them. `python -m bench._identify_long [HOURS]`.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import numpy as np

from bench import _identify_answers as answers
from bench._identify_corpus import RATE, Clock, cache, core, halves


def made(hours: float) -> Path:
    """The file, as FLAC; made once."""
    import soundfile
    import soxr

    target = cache() / f"long-{hours:g}.flac"
    if not target.exists():
        tracks = core(Clock.started())
        known, held = halves(list(tracks))
        order = [name for pair in zip(known[: len(held)], held, strict=False) for name in pair]
        partial = target.with_suffix(".partial")
        written, place = 0, 0
        with soundfile.SoundFile(partial, "w", 44_100, 2, format="FLAC", subtype="PCM_16") as file:
            while written < hours * 3600 * 44_100:
                mono = np.load(tracks[order[place % len(order)]])
                faster = 1.06 if place % 4 == 2 else 1.0
                block = soxr.resample(mono, RATE * faster, 44_100)
                block = 0.7 * block / max(1e-6, float(np.abs(block).max()))
                file.write(np.stack([block, block], axis=1)[: int(hours * 3600 * 44_100) - written])
                written, place = written + len(block), place + 1
        partial.replace(target)
    return target


def anonymous_kib() -> int:
    """Anonymous memory of this process now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1])
    return 0


def main(hours: float) -> None:
    from ritornello.analysis import decode
    from ritornello.identify import service

    path = made(hours)
    tracks = core(Clock.started())
    known, _ = halves(list(tracks))
    segment, _ = answers.index(Clock.started(), tracks, known)
    highest, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            highest[0] = max(highest[0], anonymous_kib())

    before = anonymous_kib()
    threading.Thread(target=watch, daemon=True).start()
    told: list[float] = []
    began, wall = time.process_time(), time.perf_counter()
    audio = decode.read(path)
    decoded = time.process_time() - began
    found = service.identify(audio, [segment], report=lambda done, words: told.append(time.perf_counter()))
    spent = time.process_time() - began
    over.set()
    print(f"{hours:.2f} h: CPU {spent:.0f} s, of it {decoded:.0f} decoding, {spent / hours:.0f} s an hour")
    print(f"wall {time.perf_counter() - wall:.0f} s, {len(told)} reports, longest silence {max(np.diff(told)):.1f} s")
    print(f"anonymous memory: {before / 1024:.0f} MiB before, {highest[0] / 1024:.0f} MiB at most")
    print(f"{len(found.attribution.parts)} passages, {len(found.answers)} recordings")
    print(f"unknown {found.attribution.unknown_seconds:.0f} of {found.seconds:.0f} s")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
