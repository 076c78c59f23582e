"""How much memory a long recording takes on its whole way: read, heard, slowed, brought into a room, mastered, written.

Each length runs in a process of its own. What counts is the highest resident memory above what the process held after
its imports and one short run, which loads every compiled loop; of it, the anonymous part is what the system cannot take
back by writing out pages of the unlinked files that long arrays live in.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

RATE = 44_100

PROGRAM = """
import json, sys, threading, time
from pathlib import Path
from bench.studio import OPEN
from ritornello.analysis import analyse, decode
from ritornello.studio.reading import parse
from ritornello.studio.render import render

def held():
    lines = Path("/proc/self/status").read_text().splitlines()
    return tuple(next(int(l.split()[1]) for l in lines if l.startswith(n)) / 1024 for n in ("VmRSS", "RssAnon"))

def whole_way(path):
    audio = decode.read(path)
    beats = analyse(audio).beats
    recipe = parse({"v": 1, "sr": audio.rate, "out": {"node": "c"}, "sources": [
        {"id": "s0", "kind": "recording", "pcm_sha256": decode.pcm_sha256(audio), "frames": audio.frames,
         "beats": [int(b) for b in beats]}], "nodes": [
        {"id": "a", "op": "tempo", "in": ["s0"], "p": {"permille": 940}},
        {"id": "b", "op": "reverb", "in": ["a"], "p": {"decay_ms": 2000, "wet_permille": 200}},
        {"id": "c", "op": "filter", "in": ["b"], "p": {"kind": "low", "hz": 9000}}]})
    decode.write(Path(path).with_suffix(".out"), render(recipe, {"s0": audio}, bounds=OPEN).audio, "flac24")

short, long = sys.argv[1:]
whole_way(short)
base, most, over = held(), [0.0, 0.0], False

def watch():
    while not over:
        most[:] = map(max, most, held())
        time.sleep(0.02)

thread = threading.Thread(target=watch, daemon=True)
thread.start()
began = time.process_time()
whole_way(long)
over = True
print(json.dumps([round(a - b) for a, b in zip(most, base)] + [round(time.process_time() - began)]))
"""


def peak(samples: np.ndarray, minutes: float) -> tuple[int, int, int]:
    """MiB above the process: resident, and anonymous of it; CPU seconds. ``samples`` (frames, 2) float32 repeat."""
    import soundfile

    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds in (("short", 20.0), ("long", 60 * minutes)):
            left = int(seconds * RATE)
            with soundfile.SoundFile(f"{folder}/{name}.flac", "w", RATE, 2, subtype="PCM_16") as file:
                while left > 0:
                    file.write(samples[:left])
                    left -= len(samples)
        command = [sys.executable, "-c", PROGRAM, f"{folder}/short.flac", f"{folder}/long.flac"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    resident, anonymous, cpu = json.loads(done.stdout)
    return resident, anonymous, cpu
