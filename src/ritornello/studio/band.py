"""The engine's own band: written notes played on its instruments, for covers that use nobody's recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import release, sample_buffer
from ritornello.studio.performers import KITS, PERFORMERS, PROGRAMS
from ritornello.studio.score import samples_of
from ritornello.studio.synth.drums import GM_PIECES, PAN, Kit
from ritornello.studio.synth.instruments import Player
from ritornello.studio.synth.space import add_at, panned, room
from ritornello.studio.synth.tones import singing_lead

Samples = npt.NDArray[np.float32]
Row = tuple[int, int, int, int, int]
Note = tuple[int, int, int, int]
"""(start, frames, pitch, velocity) in samples."""
Track = tuple[str, float, float, float, Sequence[Note]]

_LEAD_LEVEL = 0.3
_BLOCK = 1 << 17


def parts_of(p: Mapping[str, Any]) -> list[tuple[str, int, float, float, float]]:
    """The parts of a performance as (performer, program, gain, pan -1..1, send 0..1); each performer where none is."""
    if not p["parts"]:
        return [(name, PROGRAMS.get(name, 0), 1.0, 0.0, _plain_send(name)) for name in PERFORMERS]
    return [
        (PERFORMERS[performer], program, 10 ** (centidb / 2000), pan / 100, send / 1000)
        for performer, program, centidb, pan, send in p["parts"]
    ]


def _plain_send(name: str) -> float:
    return 0.0 if "bass" in name else 0.08 if name in KITS else 0.18


def in_samples(p: Mapping[str, Any], rate: int) -> list[Row]:
    """The notes of a performance in samples, in order: (part, start, frames, pitch, velocity)."""
    rows = [tuple(row) for row in p["notes"]]
    if p["tempo"]:
        starts = samples_of(p["tempo"], rate, [row[1] for row in rows])
        ends = samples_of(p["tempo"], rate, [row[1] + row[2] for row in rows])
        rows = [(r[0], a, max(1, b - a), r[3], r[4]) for r, a, b in zip(rows, starts, ends, strict=True)]
    return sorted(rows, key=lambda row: (row[1], *row))


def play(p: Mapping[str, Any], rate: int, seed: int, out: Samples) -> None:
    """Add a performance (the parameters of `perform`) to `out` (frames, channels)."""
    by_part: dict[int, list[Note]] = {}
    for part, *note in in_samples(p, rate):
        by_part.setdefault(part, []).append((note[0], note[1], note[2], note[3]))
    parts = parts_of(p)
    tracks = []
    for number, notes in sorted(by_part.items()):
        name, _, gain, pan, wet = parts[number]
        tracks.append((name, gain, pan, wet, notes))
    play_tracks(tracks, rate, seed, out)


def play_tracks(tracks: Sequence[Track], rate: int, seed: int, out: Samples) -> None:
    """Add tracks to `out` (frames, channels): (performer, gain, pan -1..1, send 0..1, notes in samples).

    A part at a time, each instrument for as long as its part lasts, so that memory holds one instrument's sounds. Notes
    of the singing lead that overlap are cut at the next.
    """
    stereo, send = (sample_buffer(out.shape[0], 2) for _ in range(2))
    for name, gain, pan, wet, notes in tracks:
        if not notes:
            continue
        if name in KITS:
            _drums(name, notes, rate, seed, gain, wet, stereo, send)
        elif name == "lead":
            _sung(notes, rate, seed, gain, pan, wet, stereo, send)
        else:
            Player(name, rate, seed).play(stereo, send, notes, gain, pan, wet)
        release(stereo)
        release(send)
    _in_room(send, rate, seed, stereo)
    for first in range(0, out.shape[0], _BLOCK):
        block = stereo[first : first + _BLOCK]
        out[first : first + _BLOCK] += block if out.shape[1] == 2 else block.mean(axis=1, keepdims=True)
        release(stereo)
        release(out)


def _drums(
    kit_name: str, rows: Sequence[Note], rate: int, seed: int, gain: float, wet: float, stereo: Samples, send: Samples
) -> None:
    kit = Kit(rate, seed)
    pieces = GM_PIECES[kit_name]
    for count, (start, _, key, velocity) in enumerate(rows):
        piece = pieces.get(key, pieces[min(pieces, key=lambda known: abs(known - key))])
        wave = panned(kit.strike(piece, velocity / 127, count) * np.float32(gain), PAN.get(piece, 0.0))
        add_at(stereo, wave, start)
        share = 0.25 if piece.startswith(("kick", "sub_kick", "surdo", "dhol_low", "cajon_low")) else 1.0
        if wet:
            add_at(send, wave * np.float32(wet * share), start)


def _sung(
    rows: Sequence[Note], rate: int, seed: int, gain: float, pan: float, wet: float, stereo: Samples, send: Samples
) -> None:
    """The singing lead, a phrase at a time: what lies further apart than a second is another breath."""
    phrases: list[list[Note]] = []
    for row in rows:
        if phrases and row[0] - (phrases[-1][-1][0] + phrases[-1][-1][1]) < rate:
            phrases[-1].append(row)
        else:
            phrases.append([row])
    for number, phrase in enumerate(phrases):
        first = phrase[0][0]
        nexts = [row[0] for row in phrase[1:]] + [stereo.shape[0]]
        line = [
            (start - first, max(1, min(frames, until - start)), float(pitch), velocity / 127)
            for (start, frames, pitch, velocity), until in zip(phrase, nexts, strict=True)
        ]
        length = min(stereo.shape[0] - first, line[-1][0] + line[-1][1] + rate // 4)
        if length <= 0:
            continue
        wave = singing_lead(line, length, rate, 6500.0, seed + number) * np.float32(_LEAD_LEVEL * gain)
        placed = panned(wave, pan) * np.float32(np.sqrt(2))
        add_at(stereo, placed, first)
        if wet:
            add_at(send, placed * np.float32(wet), first)


def _in_room(send: Samples, rate: int, seed: int, out: Samples) -> None:
    """Add the room's answer to the send, a block at a time."""
    from scipy.fft import next_fast_len
    from scipy.signal import oaconvolve

    if not np.any(send):
        return
    response = room(1.8, rate, seed)
    block = next_fast_len(max(_BLOCK, response.shape[0]))
    tail = np.zeros((response.shape[0] - 1, 2), dtype=np.float32)
    for first in range(0, send.shape[0], block):
        part = send[first : first + block]
        answer = np.stack([oaconvolve(part[:, c], response[:, c]) for c in range(2)], axis=1).astype(np.float32)
        answer[: tail.shape[0]] += tail[: answer.shape[0]]
        tail = answer[part.shape[0] :]
        out[first : first + block] += answer[: part.shape[0]]
        release(send)
        release(out)
