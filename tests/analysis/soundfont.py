"""The composed songs through FluidSynth and a General MIDI soundfont: sounds that nobody here has made."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from ritornello.analysis.decode import read
from ritornello.analysis.model import Audio
from tests.analysis.songs import Song

SOUNDFONTS = (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),)
_PROGRAMS = {"bass": 33, "harmony": 0, "pad": 48, "lead": 73}
_CHANNELS = {"bass": 0, "harmony": 1, "pad": 2, "lead": 3, "drums": 9}
_TICKS_PER_SECOND = 20_000


def soundfont() -> Path | None:
    """The soundfont, when it and FluidSynth are on this machine."""
    return next((path for path in SOUNDFONTS if path.exists()), None) if shutil.which("fluidsynth") else None


def render(song: Song, font: Path) -> Audio:
    """Stereo at 44.1 kHz; notes start within 50 µs of what was written, plus the attack of the instrument."""
    import mido

    track = mido.MidiTrack()
    for part, program in {**_PROGRAMS, **song.plan.programs}.items():
        track.append(mido.Message("program_change", channel=_CHANNELS[part], program=program, time=0))
    events = []
    for note in song.notes:
        channel = _CHANNELS[note.part]
        on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
        off = mido.Message("note_off", channel=channel, note=note.pitch)
        events.append((round(note.start * _TICKS_PER_SECOND), 1, on))
        events.append((round((note.start + note.length) * _TICKS_PER_SECOND), 0, off))
    last = 0
    for at, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=at - last))
        last = at
    with tempfile.TemporaryDirectory() as folder:
        midi, wave = Path(folder) / "song.mid", Path(folder) / "song.wav"
        mido.MidiFile(ticks_per_beat=_TICKS_PER_SECOND // 2, tracks=[track]).save(midi)
        command = ["fluidsynth", "-ni", "-q", "-r", "44100", "-g", "0.5", "-T", "wav", "-O", "float"]
        subprocess.run([*command, "-F", str(wave), str(font), str(midi)], check=True, capture_output=True)
        return read(wave)
