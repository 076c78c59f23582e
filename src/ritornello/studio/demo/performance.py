"""The demo song played: the score humanised, each part on its instruments, mixed and mastered into four stems.

Mastering is gain alone (one fixed level, one limiter curve shared by all stems), so that the stems sum to the mix.
"""

from __future__ import annotations

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
SECONDS_PER_BEAT = 60 / score.TEMPO_BPM
FRAMES = round((score.BARS * score.BEATS_PER_BAR * SECONDS_PER_BEAT + TAIL_SECONDS) * RATE)


def frame_of(beat: float) -> int:
    """The sample at which a beat of the written grid falls."""
    return round(beat * SECONDS_PER_BEAT * RATE)


def _bus() -> Bus:
    return np.zeros((FRAMES, 2), dtype=np.float32)


def _random(stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([SEED, stream]))


def _late(rng: np.random.Generator, milliseconds: float) -> int:
    """How far a human hand misses the grid, in frames; never more than two and a half deviations."""
    return round(float(np.clip(rng.normal(), -2.5, 2.5)) * milliseconds / 1000 * RATE)


def _section_at(beat: float) -> str:
    bar = int(beat // score.BEATS_PER_BAR)
    return next((name for name, first, last in score.sections() if first <= bar < last), "outro")


def _drums() -> Bus:
    rng, kit, bus, send = _random(1), Kit(RATE, SEED), _bus(), _bus()
    wet = {"kick": 0.03, "hat": 0.08, "open": 0.1, "shaker": 0.12}
    for stroke, hit in enumerate(score.drums()):
        miss = 0 if hit.piece == "kick" else _late(rng, 1.6)
        velocity = float(np.clip(hit.velocity * (1 + rng.normal(0, 0.05)), 0.05, 1.0))
        wave = panned(kit.strike(hit.piece, velocity, stroke), PAN.get(hit.piece, 0.0))
        frame = max(0, frame_of(hit.beat) + miss)
        add_at(bus, wave, frame)
        add_at(send, wave * np.float32(wet.get(hit.piece, 0.26)), frame)
    bus += reverberated(send, room(0.7, RATE, SEED + 1, damping=6500, pre_delay=0.008))
    return bus


def _bass() -> Bus:
    rng, rack, bus = _random(2), Rack(RATE, SEED), _bus()
    for note in score.bass():
        velocity = float(np.clip(note.velocity * (1 + rng.normal(0, 0.04)), 0.1, 1.0))
        wave = rack.note("bass", note.pitch, note.length * SECONDS_PER_BEAT, velocity)
        add_at(bus, panned(wave, 0.0), max(0, frame_of(note.beat) + _late(rng, 2.5)))
    return bus * np.float32(0.4)


def _duck(bus: Bus, depth: float) -> None:
    """Let the pads breathe with the kick in choruses: an eighth of a second down, a quarter beat back up."""
    shape = 1 - depth * np.exp(-np.arange(int(0.3 * RATE)) / (0.09 * RATE))
    shape[: int(0.004 * RATE)] = np.linspace(1, shape[int(0.004 * RATE)], int(0.004 * RATE))
    for hit in score.drums():
        if hit.piece == "kick" and _section_at(hit.beat) == "chorus":
            frame = frame_of(hit.beat)
            bus[frame : frame + shape.size] *= shape[: FRAMES - frame, None].astype(np.float32)


def _harmony() -> Bus:
    rng, rack = _random(3), Rack(RATE, SEED)
    keys, plucks, pads = _bus(), _bus(), _bus()
    for note in score.comping():
        velocity = float(np.clip(note.velocity * (1 + rng.normal(0, 0.06)), 0.08, 1.0))
        wave = rack.note("keys", note.pitch, note.length * SECONDS_PER_BEAT, velocity)
        # the low notes of the piano sit left, the high ones right, and a slow tremolo sways between them
        sway = 0.22 * np.sin(2 * np.pi * note.beat / 6)
        frame = max(0, frame_of(note.beat) + _late(rng, 4.0))
        add_at(keys, panned(wave, float(np.clip((note.pitch - 64) / 22 + sway, -0.7, 0.7))), frame)
    for k, note in enumerate(score.arpeggio()):
        velocity = float(np.clip(note.velocity * (1 + rng.normal(0, 0.08)), 0.08, 1.0))
        wave = rack.note("pluck", note.pitch, note.length * SECONDS_PER_BEAT, velocity)
        add_at(plucks, panned(wave, 0.55 if k % 2 else -0.55), max(0, frame_of(note.beat) + _late(rng, 3.0)))
    for chord in score.chords():
        bright = {"chorus": 6500.0, "intro": 3800.0}.get(_section_at(chord.beat), 3000.0)
        level = {"chorus": 0.6, "intro": 0.58, "verse": 0.4}.get(_section_at(chord.beat), 0.5)
        wave = rack.pad(chord.voicing, chord.length * SECONDS_PER_BEAT, level, bright)
        add_at(pads, wave, frame_of(chord.beat))
    _duck(pads, 0.45)
    dry: Bus = keys * np.float32(0.2) + plucks * np.float32(0.24) + pads * np.float32(0.42)
    send = keys * np.float32(0.1) + plucks * np.float32(0.12) + pads * np.float32(0.12)
    send += echo(plucks, frame_of(0.75), 0.42) * np.float32(0.12)
    dry += reverberated(send, room(2.1, RATE, SEED + 2))
    return dry


def _voice(notes: tuple[score.Note, ...], rng: np.random.Generator, brightness: float, seed: int) -> Bus:
    sung = []
    for note in notes:
        frame = max(0, frame_of(note.beat) + _late(rng, 4.0))
        length = round(note.length * SECONDS_PER_BEAT * RATE * 0.97)
        sung.append((frame, length, float(note.pitch), float(np.clip(note.velocity + rng.normal(0, 0.025), 0.1, 1.0))))
    return panned(singing_lead(sung, FRAMES, RATE, brightness, seed), 0.0)


def _lead() -> Bus:
    rng = _random(4)
    main = _voice(score.melody(), rng, 7500.0, SEED + 3)
    third = _voice(score.second_voice(), rng, 5000.0, SEED + 4) * np.asarray([0.5, 0.3], dtype=np.float32)
    dry = main + third
    send = dry * np.float32(0.2) + echo(dry, frame_of(0.75), 0.4) * np.float32(0.3)
    out = dry + echo(dry, frame_of(0.75), 0.36) * np.float32(0.28)
    return (out + reverberated(send, room(2.4, RATE, SEED + 5))) * np.float32(0.5)


def play() -> dict[str, Bus]:
    """The four mastered stems, each (FRAMES, 2) float32 at RATE: their sum is the master."""
    from scipy.signal import butter, sosfilt

    stems = {"drums": _drums() * np.float32(1.0), "bass": _bass(), "harmony": _harmony(), "lead": _lead()}
    rumble = butter(2, 28, "high", fs=RATE, output="sos")
    end = np.ones(FRAMES, dtype=np.float32)
    end[-RATE:] = (0.5 + 0.5 * np.cos(np.pi * np.arange(RATE) / RATE)).astype(np.float32)
    for part, bus in stems.items():
        clean = sosfilt(rumble.astype(np.float32), bus, axis=0)
        stems[part] = np.asarray(clean * end[:, None] * np.float32(MASTER_GAIN), dtype=np.float32)
    total = sum(stems.values(), np.zeros((FRAMES, 2), dtype=np.float32))
    ceiling = 10 ** (CEILING_DBTP / 20)
    whole = total[: FRAMES - FRAMES % limiter.CELL]
    curve = limiter.gain_curve([limiter.cell_peaks(whole, ceiling * 0.5)], RATE, ceiling)
    return {part: limiter.apply_curve(bus, curve, 0) for part, bus in stems.items()}
