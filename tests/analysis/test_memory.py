"""Long recordings take no more memory than short ones: three times the length, the same peak within a few MiB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

from tests.analysis import heard

PROGRAM = """
import json, sys, threading, time
from pathlib import Path
from ritornello.analysis import analyse, buffers, decode, hpss
buffers.IN_MEMORY_BYTES = 4 * 2**20

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) // 1024

peak, over = 0, False
def watch():
    global peak
    while not over:
        peak = max(peak, anonymous())
        time.sleep(0.01)

out = []
for number, path in enumerate(sys.argv[1:]):
    if number == 1:
        threading.Thread(target=watch, daemon=True).start()
    peak = base = anonymous()
    audio = decode.read(path)
    result = analyse(audio)
    hpss.split(decode.Audio(audio.samples[: len(audio.samples) // 3], audio.rate))
    out.append({"peak": peak - base, "seconds": audio.duration_s, "beats": len(result.beats)})
print(json.dumps(out))
"""


def test_memory_stays_flat(tmp_path: Path) -> None:
    loop = heard.audio("swing").samples
    lengths = {"warm": 20, "short": 100, "long": 300}
    for name, seconds in lengths.items():
        with soundfile.SoundFile(tmp_path / f"{name}.flac", "w", 44_100, 2, subtype="PCM_16") as file:
            left = seconds * 44_100
            while left > 0:
                file.write(loop[:left])
                left -= len(loop)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *(str(tmp_path / f"{name}.flac") for name in lengths)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    _, short, long = json.loads(run.stdout)
    assert np.isclose(long["seconds"], 300) and long["beats"] > 2.9 * short["beats"]
    assert long["peak"] < 200, "MiB above the process, for five minutes of stereo"
    assert long["peak"] - short["peak"] < 60
