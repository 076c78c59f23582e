"""A performance through FluidSynth and the soundfont that the recipe names: found, or an error that says how to get it.

Never taken instead of the engine's own band, nor the other way about: which of the two plays is in the recipe, because
it changes every sample and whose instruments they are.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDERS = (
    Path("/usr/share/sounds/sf2"),
    Path("/usr/share/sounds/sf3"),
    Path("/usr/share/soundfonts"),
    Path.home() / ".local/share/soundfonts",
)
INSTALL = "apt-get install fluidsynth fluid-soundfont-gm"
_LONGEST_S = 600


class BandMissing(RuntimeError):
    """The band that a recipe names is not on this machine: what is missing and how to install it."""


def program() -> str:
    """The path of the fluidsynth program. Raises BandMissing."""
    found = shutil.which("fluidsynth")
    if found is None:
        raise BandMissing(f"this recipe is rendered by FluidSynth, which is not installed: {INSTALL}")
    return found


def soundfont(name: str) -> Path:
    """The soundfont of that file name in the usual folders. Raises BandMissing."""
    if Path(name).name != name:
        raise BandMissing(f"a soundfont is named by its file name, not by a path: {name!r}")
    found = next((folder / name for folder in FOLDERS if (folder / name).is_file()), None)
    if found is None:
        places = ", ".join(map(str, FOLDERS))
        raise BandMissing(f"the soundfont {name} is in none of {places}: {INSTALL}")
    return found


def play(p: Mapping[str, Any], rate: int, out: npt.NDArray[np.float32]) -> None:
    """Add a performance (the parameters of `perform`) to `out` (frames, channels). Raises BandMissing.

    Reverb and chorus are FluidSynth's own at fixed settings; the same host gives the same samples.
    """
    from ritornello.studio.midi import midi_of

    command = [program(), "-ni", "-q", "-r", str(rate), "-g", "0.4", "-T", "wav", "-O", "float"]
    for option in (
        "synth.midi-bank-select=mma",
        "synth.reverb.level=0.35",
        "synth.chorus.active=0",
        "synth.cpu-cores=1",
    ):
        command += ["-o", option]
    font = soundfont(p["soundfont"])
    with tempfile.TemporaryDirectory() as folder:
        midi, wave = Path(folder) / "notes.mid", Path(folder) / "sound.wav"
        midi.write_bytes(midi_of(p, rate=rate, kits_apart=True))
        limit = max(60, _LONGEST_S * out.shape[0] // (600 * rate))
        done = subprocess.run(
            [*command, "-F", str(wave), str(font), str(midi)], capture_output=True, timeout=limit, check=False
        )
        if done.returncode or not wave.exists():
            raise BandMissing(f"FluidSynth could not render: {done.stderr.decode(errors='replace').strip()[:300]}")
        _added(wave, out)


def _added(wave: Path, out: npt.NDArray[np.float32]) -> None:
    import soundfile

    with soundfile.SoundFile(wave) as file:
        at = 0
        while at < out.shape[0]:
            block = file.read(1 << 17, dtype="float32", always_2d=True)[: out.shape[0] - at]
            if not len(block):
                break
            if out.shape[1] == 2:
                out[at : at + len(block)] += block
            else:
                out[at : at + len(block)] += block.mean(axis=1, keepdims=True)
            at += len(block)
