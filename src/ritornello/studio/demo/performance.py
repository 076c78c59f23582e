"""The demo song played: the score humanised, each part on its instruments, mixed and mastered into four stems.

Mastering is gain alone (one fixed level, one limiter curve shared by all stems), so that the stems sum to the mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ritornello.studio import limiter
from ritornello.studio.demo import score
from ritornello.studio.synth.drums import PAN, Kit
from ritornello.studio.synth.space import add_at, echo, panned, reverberated, room
from ritornello.studio.synth.tones import Rack, singing_lead

RATE = 44_100
SEED = 20_240_601
PARTS = ("drums", "bass", "harmony", "lead")
TAIL_SECONDS = 3.0
CEILING_DBTP = -1.1
# Found by measuring the finished mix (BS.1770): it brings the master to -14 LUFS. The loudness test holds it there.
MASTER_GAIN = 0.784

Bus = npt.NDArray[np.float32]
Written = TypeVar("Written", score.Note, score.Hit, score.Chord)


@dataclass(frozen=True, slots=True)
class Take:
    """How the score is played this time: its tempo, a shift in semitones, and up to which bar.

    The song is the default take. The others are what a change of speed or pitch is measured against: the same music
    truly played faster, slower, higher or lower.
    """

    tempo_bpm: float = score.TEMPO_BPM
    transpose: int = 0
    bars: int = score.BARS

    @property
    def beat_s(self) -> float:
        return 60 / self.tempo_bpm

    @property
    def beats(self) -> int:
        return self.bars * score.BEATS_PER_BAR

    @property
    def frames(self) -> int:
        return round((self.beats * self.beat_s + TAIL_SECONDS) * RATE)

    def at(self, beat: float) -> int:
        """The sample at which a beat of the written grid falls."""
        return round(beat * self.beat_s * RATE)

    def played(self, written: tuple[Written, ...]) -> tuple[Written, ...]:
        """What of a part falls into the bars that are played."""
        return tuple(item for item in written if item.beat < self.beats)

    def bus(self) -> Bus:
        return np.zeros((self.frames, 2), dtype=np.float32)


def _random(stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([SEED, stream]))


def _late(rng: np.random.Generator, milliseconds: float) -> int:
    """How far a human hand misses the grid, in frames; never more than two and a half deviations."""
    return round(float(np.clip(rng.normal(), -2.5, 2.5)) * milliseconds / 1000 * RATE)


def _section_at(beat: float) -> str:
    bar = int(beat // score.BEATS_PER_BAR)
    return next((name for name, first, last in score.sections() if first <= bar < last), "outro")


def _drums(take: Take) -> Bus:
    rng, kit, bus, send = _random(1), Kit(RATE, SEED), take.bus(), take.bus()
    wet = {"kick": 0.03, "hat": 0.08, "open": 0.1, "shaker": 0.12}
    for stroke, hit in enumerate(take.played(score.drums())):
        miss = 0 if hit.piece == "kick" else _late(rng, 1.6)
        velocity = float(np.clip(hit.velocity * (1 + rng.normal(0, 0.05)), 0.05, 1.0))
        wave = panned(kit.strike(hit.piece, velocity, stroke), PAN.get(hit.piece, 0.0))
        frame = max(0, take.at(hit.beat) + miss)
        add_at(bus, wave, frame)
        add_at(send, wave * np.float32(wet.get(hit.piece, 0.26)), frame)
    bus += reverberated(send, room(0.7, RATE, SEED + 1, damping=6500, pre_delay=0.008))
    return bus


def _bass(take: Take) -> Bus:
    rng, rack, bus = _random(2), Rack(RATE, SEED), take.bus()
    for note in take.played(score.bass()):
        velocity = float(np.clip(note.velocity * (1 + rng.normal(0, 0.04)), 0.1, 1.0))
        wave = rack.note("bass", note.pitch + take.transpose, note.length * take.beat_s, velocity)
        add_at(bus, panned(wave, 0.0), max(0, take.at(note.beat) + _late(rng, 2.5)))
    return bus * np.float32(0.4)


def _duck(take: Take, bus: Bus, depth: float) -> None:
    """Let the pads breathe with the kick in choruses: an eighth of a second down, a quarter beat back up."""
    shape = 1 - depth * np.exp(-np.arange(int(0.3 * RATE)) / (0.09 * RATE))
    shape[: int(0.004 * RATE)] = np.linspace(1, shape[int(0.004 * RATE)], int(0.004 * RATE))
    for hit in take.played(score.drums()):
        if hit.piece == "kick" and _section_at(hit.beat) == "chorus":
            frame = take.at(hit.beat)
            bus[frame : frame + shape.size] *= shape[: take.frames - frame, None].astype(np.float32)


def _harmony(take: Take) -> Bus:
    rng, rack = _random(3), Rack(RATE, SEED)
    keys, plucks, pads = take.bus(), take.bus(), take.bus()
    for note in take.played(score.comping()):
        velocity = float(np.clip(note.velocity * (1 + rng.normal(0, 0.06)), 0.08, 1.0))
        wave = rack.note("keys", note.pitch + take.transpose, note.length * take.beat_s, velocity)
        # the low notes of the piano sit left, the high ones right, and a slow tremolo sways between them
        sway = 0.22 * np.sin(2 * np.pi * note.beat / 6)
        frame = max(0, take.at(note.beat) + _late(rng, 4.0))
        add_at(keys, panned(wave, float(np.clip((note.pitch - 64) / 22 + sway, -0.7, 0.7))), frame)
    for k, note in enumerate(take.played(score.arpeggio())):
        velocity = float(np.clip(note.velocity * (1 + rng.normal(0, 0.08)), 0.08, 1.0))
        wave = rack.note("pluck", note.pitch + take.transpose, note.length * take.beat_s, velocity)
        add_at(plucks, panned(wave, 0.55 if k % 2 else -0.55), max(0, take.at(note.beat) + _late(rng, 3.0)))
    for chord in take.played(score.chords()):
        bright = {"chorus": 6500.0, "intro": 3800.0}.get(_section_at(chord.beat), 3000.0)
        level = {"chorus": 0.6, "intro": 0.58, "verse": 0.4}.get(_section_at(chord.beat), 0.5)
        wave = rack.pad(
            tuple(pitch + take.transpose for pitch in chord.voicing), chord.length * take.beat_s, level, bright
        )
        add_at(pads, wave, take.at(chord.beat))
    _duck(take, pads, 0.45)
    dry: Bus = keys * np.float32(0.2) + plucks * np.float32(0.24) + pads * np.float32(0.42)
    send = keys * np.float32(0.1) + plucks * np.float32(0.12) + pads * np.float32(0.12)
    send += echo(plucks, take.at(0.75), 0.42) * np.float32(0.12)
    dry += reverberated(send, room(2.1, RATE, SEED + 2))
    return dry


def _voice(take: Take, notes: tuple[score.Note, ...], rng: np.random.Generator, brightness: float, seed: int) -> Bus:
    sung = []
    for note in take.played(notes):
        frame = max(0, take.at(note.beat) + _late(rng, 4.0))
        length = round(note.length * take.beat_s * RATE * 0.97)
        sung.append(
            (
                frame,
                length,
                float(note.pitch + take.transpose),
                float(np.clip(note.velocity + rng.normal(0, 0.025), 0.1, 1.0)),
            )
        )
    return panned(singing_lead(sung, take.frames, RATE, brightness, seed), 0.0)


def _lead(take: Take) -> Bus:
    rng = _random(4)
    main = _voice(take, score.melody(), rng, 7500.0, SEED + 3)
    third = _voice(take, score.second_voice(), rng, 5000.0, SEED + 4) * np.asarray([0.5, 0.3], dtype=np.float32)
    dry = main + third
    send = dry * np.float32(0.2) + echo(dry, take.at(0.75), 0.4) * np.float32(0.3)
    out = dry + echo(dry, take.at(0.75), 0.36) * np.float32(0.28)
    return (out + reverberated(send, room(2.4, RATE, SEED + 5))) * np.float32(0.5)


def play(take: Take | None = None) -> dict[str, Bus]:
    """The four mastered stems, each (frames, 2) float32 at RATE: their sum is the master."""
    from scipy.signal import butter, sosfilt

    take = take or Take()
    stems = {
        "drums": _drums(take) * np.float32(1.0),
        "bass": _bass(take),
        "harmony": _harmony(take),
        "lead": _lead(take),
    }
    rumble = butter(2, 28, "high", fs=RATE, output="sos")
    end = np.ones(take.frames, dtype=np.float32)
    end[-RATE:] = (0.5 + 0.5 * np.cos(np.pi * np.arange(RATE) / RATE)).astype(np.float32)
    for part, bus in stems.items():
        clean = sosfilt(rumble.astype(np.float32), bus, axis=0)
        stems[part] = np.asarray(clean * end[:, None] * np.float32(MASTER_GAIN), dtype=np.float32)
    total = sum(stems.values(), np.zeros((take.frames, 2), dtype=np.float32))
    ceiling = 10 ** (CEILING_DBTP / 20)
    whole = total[: take.frames - take.frames % limiter.CELL]
    curve = limiter.gain_curve([limiter.cell_peaks(whole, ceiling * 0.5)], RATE, ceiling)
    gain = limiter.apply_curve(np.ones((take.frames, 1), dtype=np.float32), curve, 0)
    return {part: bus * gain for part, bus in stems.items()}
