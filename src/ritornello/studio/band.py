"""The engine's own band: written notes played on its instruments, for covers that use nobody's recording."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ritornello.studio.operations import PERFORMERS
from ritornello.studio.synth.drums import PAN, PIECES, Kit
from ritornello.studio.synth.space import add_at, panned, reverberated, room
from ritornello.studio.synth.tones import Rack, singing_lead

Samples = npt.NDArray[np.float32]

# General MIDI percussion keys to the pieces of the kit
GM_DRUMS = {
    **{35: "kick", 36: "kick", 37: "rim", 38: "snare", 39: "clap", 40: "snare", 42: "hat", 44: "hat", 46: "open"},
    **{41: "tom_low", 43: "tom_low", 45: "tom_mid", 47: "tom_mid", 48: "tom_high", 50: "tom_high", 49: "crash"},
    **{57: "crash", 56: "cowbell", 62: "conga_high", 63: "conga_high", 64: "conga_low", 69: "shaker", 70: "shaker"},
}
_LEVEL = {"keys": 0.24, "bass": 0.4, "pluck": 0.26, "lead": 0.42}
_SEND = {"keys": 0.16, "bass": 0.0, "pluck": 0.2, "lead": 0.2, "drums": 0.08}


def play(notes: Sequence[Sequence[int]], rate: int, seed: int, out: Samples) -> None:
    """Add a performance to `out` (frames, channels).

    A note is (part, start, frames, pitch, velocity): part indexes `PERFORMERS`, start and frames are samples, pitch is
    a MIDI number (General MIDI percussion for drums), velocity 1..127. Lead notes that overlap are cut at the next.
    """
    rack, kit = Rack(rate, seed), Kit(rate, seed)
    stereo = np.zeros((out.shape[0], 2), dtype=np.float32)
    send = np.zeros_like(stereo)
    sung: list[tuple[int, int, float, float]] = []
    for count, (part, start, frames, pitch, velocity) in enumerate(sorted(tuple(note) for note in notes)):
        name = PERFORMERS[part]
        force = min(127, max(1, velocity)) / 127
        if name == "lead":
            sung.append((start, frames, float(pitch), force))
            continue
        if name == "drums":
            piece = GM_DRUMS.get(pitch, PIECES[pitch % len(PIECES)])
            wave = panned(kit.strike(piece, force, count), PAN.get(piece, 0.0))
        else:
            tone = rack.note(name, pitch, min(frames / rate, rack.LONGEST_S), force)
            position = 0.0 if name == "bass" else max(-0.6, min(0.6, (pitch - 64) / 24))
            wave = panned(tone * np.float32(_LEVEL[name]), position)
        add_at(stereo, wave, start)
        if _SEND[name]:
            add_at(send, wave * np.float32(_SEND[name]), start)
    if sung:
        nexts = [start for start, _, _, _ in sung[1:]] + [out.shape[0]]
        line = [(s, min(n, until - s), p, v) for (s, n, p, v), until in zip(sung, nexts, strict=True)]
        lead = panned(singing_lead(line, out.shape[0], rate, 6500.0, seed), 0.0) * np.float32(_LEVEL["lead"])
        stereo += lead
        send += lead * np.float32(_SEND["lead"])
    stereo += reverberated(send, room(1.8, rate, seed))
    out += stereo if out.shape[1] == 2 else stereo.mean(axis=1, keepdims=True)
