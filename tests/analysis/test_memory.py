"""Listening to fifteen minutes takes no more memory than listening to five, the pages of unlinked files counted too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

from ritornello.analysis.decode import resample
from tests.analysis import heard

PROGRAM = """
import json, sys, threading, time
from pathlib import Path
from ritornello.analysis import analyse, buffers, decode, hpss
buffers.IN_MEMORY_BYTES = 4 * 2**20

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024

peak, over = 0, False
def watch():
    global peak
    while not over:
        peak = max(peak, resident())
        time.sleep(0.01)

out = []
for number, path in enumerate(sys.argv[1:]):
    if number == 1:
        threading.Thread(target=watch, daemon=True).start()
    peak = base = resident()
    audio = decode.read(path)
    result = analyse(audio)
    hpss.split(decode.Audio(audio.samples[: len(audio.samples) // 3], audio.rate))
    out.append({"peak": peak - base, "seconds": audio.duration_s, "beats": len(result.beats)})
print(json.dumps(out))
"""


def test_memory_is_flat_from_five_to_fifteen_minutes(tmp_path: Path) -> None:
    loop = resample(heard.audio("swing"), 22_050).samples[:, 0]
    lengths = {"warm": 20, "short": 300, "long": 900}
    for name, seconds in lengths.items():
        with soundfile.SoundFile(tmp_path / f"{name}.flac", "w", 22_050, 1, subtype="PCM_16") as file:
            left = seconds * 22_050
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
    assert np.isclose(long["seconds"], 900) and long["beats"] > 2.9 * short["beats"]
    assert long["peak"] < 200, "MiB above the process, for fifteen minutes"
    assert long["peak"] - short["peak"] < 60
