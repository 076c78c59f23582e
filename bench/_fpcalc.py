"""The peer: Chromaprint's fpcalc (Debian's libchromaprint-tools), its words compared exhaustively at every offset."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from bench._transforms import Sound
from ritornello.analysis import decode
from ritornello.analysis.model import Audio


def words(sound: Sound, rate: int) -> np.ndarray:
    """The raw fingerprint, uint32, about eight words a second."""
    with tempfile.TemporaryDirectory() as folder:
        level = max(1.0, float(np.abs(sound).max(initial=0.0)))
        mono = np.ascontiguousarray(sound / level, np.float32)
        path = decode.write(Path(folder) / "x.wav", Audio(mono[:, None], rate), "wav16")
        command = ["fpcalc", "-raw", "-json", "-length", "0", str(path)]
        ran = subprocess.run(command, capture_output=True, check=False, text=True)
    # Debian's fpcalc 1.5.1 reports the end of a WAV file as an error (status 3) beside a whole fingerprint
    found = json.loads(ran.stdout)["fingerprint"] if ran.stdout.startswith("{") else []
    return np.array(found, np.int64).astype(np.uint32)


def nearest(asked: Any, references: dict[str, Any]) -> tuple[float, str]:
    """1 - 2 · the share of differing bits at the best offset of the best reference, and its name."""
    best = (-1.0, "")
    for name, kept in references.items():
        if 0 < len(asked) <= len(kept):
            best = max(best, (float(_closest(asked, kept)), name))
    return best


@njit(cache=True)
def _closest(asked: Any, kept: Any) -> float:
    least = np.int64(1) << 40
    for offset in range(len(kept) - len(asked) + 1):
        bits = np.int64(0)
        for k in range(len(asked)):
            x = asked[k] ^ kept[offset + k]
            x = x - ((x >> np.uint32(1)) & np.uint32(0x55555555))
            x = (x & np.uint32(0x33333333)) + ((x >> np.uint32(2)) & np.uint32(0x33333333))
            x = (x + (x >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
            bits += np.int64((x * np.uint32(0x01010101) & np.uint32(0xFFFFFFFF)) >> np.uint32(24))
        if bits < least:
            least = bits
    return 1.0 - 2.0 * least / (32.0 * len(asked))
