"""A performance as a Standard MIDI File of 960 ticks to the beat: exactly the notes, the tempo and the bars.

Written by hand, for the format is small: format 1, one track for tempo, metre, key and form, one for each part. Pitched
parts take the channels 1 to 16 except 10; all drums share channel 10, with their General MIDI keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ritornello.studio.operations import completed
from ritornello.studio.performers import KITS, PERFORMERS, PROGRAMS
from ritornello.studio.recipe import Recipe
from ritornello.studio.score import PPQ, Score, samples_of

Event = tuple[int, int, bytes]
_DRUMS = 9


def to_midi(recipe: Recipe, node: str = "") -> bytes:
    """The performance of a recipe as a MIDI file: of the node named, or of its first `perform`.

    Raises ValueError where there is none.
    """
    found = next((n for n in recipe.nodes if n.op == "perform" and node in ("", n.id)), None)
    if found is None:
        raise ValueError("this recipe performs nothing: a MIDI file comes from a cover")
    return midi_of(completed("perform", found.p), rate=recipe.sr)


def midi_of(p: Mapping[str, Any], *, rate: int = 44_100, kits_apart: bool = False) -> bytes:
    """The parameters of a `perform` node as a MIDI file.

    `kits_apart` gives every drum kit a channel of its own on the percussion bank (MMA bank 128), for a synthesiser that
    knows it. Notes in samples (without a tempo map) are laid at 120 beats a minute.
    """
    score = Score.from_document(p["score"]) if p["score"] else None
    tempo = [tuple(mark) for mark in p["tempo"]] or [(0, 500_000)]
    notes = [tuple(row) for row in p["notes"]]
    if not p["tempo"]:
        unit = samples_of(tempo, rate, [PPQ])[0]
        notes = [(a, s * PPQ // unit, max(1, n * PPQ // unit), k, v) for a, s, n, k, v in notes]
    parts = [(PERFORMERS[row[0]], row[1], row[2], row[3]) for row in p["parts"]] or [
        (name, KITS.get(name, PROGRAMS.get(name, 0)), 0, 0) for name in PERFORMERS
    ]
    tracks = [_conductor(tempo, score)]
    free = iter([channel for channel in range(16) if channel != _DRUMS])
    channels = {
        k: _DRUMS if name in KITS and not kits_apart else next(free, 15)
        for k, (name, _, _, _) in enumerate(parts)
        if any(note[0] == k for note in notes)
    }
    for k, channel in channels.items():
        name, program, centidb, pan = parts[k]
        head = _head(name, channel, program, centidb, pan, percussion=kits_apart and name in KITS)
        tracks.append(_track(head, _notes(channel, [note for note in notes if note[0] == k])))
    header = b"MThd" + (6).to_bytes(4, "big")
    return header + b"".join(n.to_bytes(2, "big") for n in (1, len(tracks), PPQ)) + b"".join(tracks)


def _head(name: str, channel: int, program: int, centidb: int, pan: int, *, percussion: bool) -> list[Event]:
    text = name.replace("_", " ").encode("ascii")
    head = [(0, 0, b"\xff\x03" + _length(len(text)) + text)]
    bank = 1 if percussion else 0
    if percussion or channel != _DRUMS:
        head += [(0, 1, bytes((0xB0 | channel, 0, bank))), (0, 2, bytes((0xB0 | channel, 32, 0)))]
    head.append((0, 3, bytes((0xC0 | channel, program))))
    # controller 7 is read as 40 log10(value / 127) dB: 100 is the usual level of a part
    level = min(127, max(1, round(100 * 10 ** (centidb / 4000))))
    head.append((0, 4, bytes((0xB0 | channel, 7, level))))
    head.append((0, 5, bytes((0xB0 | channel, 10, min(127, max(0, 64 + round(pan * 0.63)))))))
    return head


def _notes(channel: int, rows: Iterable[Sequence[int]]) -> list[Event]:
    """Note on and off, offs first; where a key is struck again while it sounds, it is let go just before."""
    events: list[Event] = []
    sounding: dict[int, int] = {}
    ordered = sorted(rows, key=lambda row: (row[1], row[3]))
    following: dict[int, list[int]] = {}
    for row in ordered:
        following.setdefault(row[3], []).append(row[1])
    for _, start, length, key, velocity in ordered:
        starts = following[key]
        starts.pop(0)
        end = start + length
        if starts and starts[0] < end:
            end = max(start + 1, starts[0])
        if sounding.get(key) == start:
            continue  # two strokes of one key at one moment are one
        sounding[key] = start
        events.append((start, 10, bytes((0x90 | channel, key, velocity))))
        events.append((end, 9, bytes((0x80 | channel, key, 0))))
    return events


def _conductor(tempo: Sequence[tuple[int, ...]], score: Score | None) -> bytes:
    events: list[Event] = [(tick, 2, b"\xff\x51\x03" + micros.to_bytes(3, "big")) for tick, micros in tempo]
    if score is None:
        return _track([], events)
    title = score.title.encode("utf-8")
    head = [(0, 0, b"\xff\x03" + _length(len(title)) + title)]
    last = 0
    for start, end in score.bar_spans():
        beats = (end - start) // PPQ
        if beats != last:
            events.append((start, 1, bytes((0xFF, 0x58, 4, beats, 2, 24, 8))))
            last = beats
    from ritornello.studio.musicxml import fifths

    events.append((0, 1, b"\xff\x59\x02" + bytes((fifths(score.tonic, score.mode) & 0xFF, score.mode == "minor"))))
    for part in score.sections:
        label = part.label.encode("utf-8")
        events.append((part.start, 3, b"\xff\x06" + _length(len(label)) + label))
    return _track(head, events)


def _track(head: list[Event], events: list[Event]) -> bytes:
    body = bytearray()
    last = 0
    for tick, _, data in [*head, *sorted(events)]:
        body += _length(tick - last) + data
        last = tick
    body += _length(0) + b"\xff\x2f\x00"
    return b"MTrk" + len(body).to_bytes(4, "big") + bytes(body)


def _length(value: int) -> bytes:
    """A variable-length quantity."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | (value & 0x7F))
    return bytes(reversed(out))
