"""Fifteen minutes take no more memory than five, whichever path they take through the studio.

Arrays above half a MiB live in unlinked files here, so that a low rate shows what a long recording shows: what counts
is all resident memory, the pages of those files as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import json, sys, threading, time
from pathlib import Path
import numpy as np
from ritornello.analysis import buffers, decode
from ritornello.analysis.model import Audio
from ritornello.studio.reading import parse
from ritornello.studio.render import render
from tests.studio.recipes import WIDE, node
buffers.IN_MEMORY_BYTES = 2**19
RATE = 8_000

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024

peak = 0
def watch():
    global peak
    while True:
        peak = max(peak, resident())
        time.sleep(0.005)

def music(seconds):
    # a stroke and a new tone every half second, written into a file-backed buffer piece by piece
    out = buffers.sample_buffer(seconds * RATE, 2)
    t = np.arange(RATE // 2) / RATE
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(t.size) * np.exp(-t / 0.03)
    for k in range(2 * seconds):
        tone = np.sin(2 * np.pi * (220 + 20 * (k % 12)) * t) * np.exp(-t)
        out[k * t.size : (k + 1) * t.size] = (0.2 * tone + 0.2 * noise).astype(np.float32)[:, None]
        buffers.release(out)
    return Audio(out, RATE)

PATHS = {
    "stretched": [node("a", "swing", "s0", to_permille=620),
                  node("b", "key", "a", cents=200, transients="plain")],
    "split": [node("a", "stem", "s0", part="drums", provider="hpss"),
              node("b", "stem", "s0", part="rest", provider="hpss"), node("c", "mix", "a", "b")],
    "slowed": [node("a", "varispeed", "s0", permille=850), node("b", "reverb", "a", decay_ms=2000, wet_permille=300),
               node("c", "filter", "b", kind="low", hz=3000)],
}
threading.Thread(target=watch, daemon=True).start()
out = {}
for name, nodes in PATHS.items():
    row = []
    for seconds in (5, 300, 900):
        audio = music(seconds)
        beats = list(range(0, audio.frames, RATE // 2))
        recipe = parse({"v": 1, "sr": RATE, "nodes": nodes, "out": {"node": nodes[-1]["id"]}, "sources": [
            {"id": "s0", "kind": "recording", "pcm_sha256": decode.pcm_sha256(audio), "frames": audio.frames,
             "beats": beats}]})
        base = peak = resident()
        render(recipe, {"s0": audio}, bounds=WIDE)
        row.append(peak - base)
    out[name] = row
print(json.dumps(out))
"""


def test_memory_of_every_path_is_flat_from_five_to_fifteen_minutes() -> None:
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"},
    )
    for name, (_, short, long) in json.loads(run.stdout).items():
        assert long < 200, f"{name}: MiB above the process for fifteen minutes"
        assert long - short < 25, f"{name}: {short} MiB for five minutes, {long} for fifteen"
