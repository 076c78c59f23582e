"""Covers: how fast a song becomes another one, from listening to the lead sheet, and how well it is the song still."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from bench import Row
from bench.analysis import children
from bench.studio import OPEN
from ritornello.analysis import analyse, melody
from ritornello.analysis.model import Audio
from ritornello.analysis.similarity import beat_chroma, qmax
from ritornello.studio import demo_song, fluidsynth
from ritornello.studio.covering import SOUNDFONT, cover_recipe
from ritornello.studio.harmony import family
from ritornello.studio.midi import to_midi
from ritornello.studio.musicxml import lead_sheet
from ritornello.studio.recipe import Source
from ritornello.studio.render import Rendered, render
from ritornello.studio.score import Score, samples_of, score_of
from ritornello.studio.styles import packs

_WORK = Source("w", "composition", work_ref="bench")


def _cover(song: Audio, lead: Audio, style: str, band: str) -> tuple[Rendered, Score, bytes, bytes]:
    """The whole way: listening, writing down, arranging, rendering, MIDI and MusicXML."""
    heard = analyse(song)
    tune = SimpleNamespace(notes=melody.notes(melody.track(lead), lead.rate), method="own")
    score = score_of(heard, tune, title=demo_song.TITLE)
    recipe = cover_recipe(score, style, OPEN, source=_WORK, band=band, soundfont=SOUNDFONT)
    rendered = render(recipe, {}, bounds=OPEN)
    return rendered, score, to_midi(recipe), lead_sheet(score)


def _both_cpu(work: object) -> tuple[float, object]:
    """Seconds of one core of this process and of what it started, the better of two."""
    import resource

    best, result = float("inf"), None
    for _ in range(2):
        own, children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        result = work()  # type: ignore[operator]
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = time.process_time() - own
        spent += after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        best = min(best, spent)
    return best, result


def chord_agreement(score: Score, audio: Audio) -> float:
    """The share of the time in which the chord that is heard is the one that was written."""
    heard = analyse(audio).chords
    hit = total = 0
    starts, ends = (
        samples_of(score.tempo, audio.rate, [getattr(s, n) for s in score.chords]) for n in ("start", "end")
    )
    for span, a, b in zip(score.chords, starts, ends, strict=True):
        if span.chord.root < 0:
            continue
        total += b - a
        for chord in heard:
            if chord.root == span.chord.root and chord.quality == family(span.chord.quality):
                hit += max(0, min(b, chord.end) - max(a, chord.start))
    return hit / max(1, total)


def _musescore(xml: bytes) -> str:
    program = shutil.which("mscore3") or shutil.which("musescore3")
    if program is None:
        return "MuseScore is not installed"
    with tempfile.TemporaryDirectory() as folder:
        sheet, out = Path(folder) / "lead.musicxml", Path(folder) / "lead.mid"
        sheet.write_bytes(xml)
        environment = {
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": folder,
            "HOME": folder,
            "PATH": "/usr/bin:/bin",
        }
        done = subprocess.run(
            [program, "-o", str(out), str(sheet)], capture_output=True, env=environment, timeout=120, check=False
        )
        said = (done.stdout + done.stderr).decode(errors="replace").splitlines()
        known = ("convert <", "\tto <", "... success!")
        messages = [line for line in said if line.strip() and not line.startswith(known)]
        return "converted without a message" if out.exists() and not messages else "; ".join(messages)[:120]


def speed() -> Iterator[Row]:
    """Both bands end to end, FluidSynth alone, and the lead sheet."""
    stems = demo_song.compose()
    song, lead = demo_song.mix(stems), stems["lead"]
    seconds = song.duration_s
    cpu, made = _both_cpu(lambda: _cover(song, lead, "bossa_nova", "own"))
    _, score, midi, xml = made  # type: ignore[misc]
    yield Row("cover end to end, own instruments (bossa nova)", f"{seconds / cpu:.1f} x", to_reach="≥ 6 x")
    try:
        fluidsynth.program()
        fluidsynth.soundfont(SOUNDFONT)
        cpu, _ = _both_cpu(lambda: _cover(song, lead, "bossa_nova", "fluidsynth"))
        alone = _fluidsynth_alone(midi)
        yield Row("cover end to end, FluidSynth and FluidR3", f"{seconds / cpu:.1f} x",
                  f"{seconds / alone:.1f} x (FluidSynth alone, playing it)", f"{alone / cpu:.2f}", "≥ 8 x")  # fmt: skip
    except fluidsynth.BandMissing as missing:
        yield Row("cover end to end, FluidSynth and FluidR3", str(missing), to_reach="≥ 8 x")
    cpu, _ = _both_cpu(lambda: lead_sheet(score))
    peer = _music21(score)
    yield Row("MusicXML lead sheet", f"{cpu * 1000:.1f} ms", f"{peer:.2f} s (music21)", f"{peer / cpu:.0f}", "≤ 0.3 s")
    yield Row("lead sheet in MuseScore 3", _musescore(xml), to_reach="no message")


def rows() -> Iterator[Row]:
    """The table, row by row as it is measured: speeds, then every style heard again."""
    yield from speed()
    stems = demo_song.compose()
    song, lead = demo_song.mix(stems), stems["lead"]
    original = beat_chroma(song, np.asarray(demo_song.truth().beats))
    for name in packs():
        rendered = _cover(song, lead, name, "own")[0]
        written = Score.from_document(rendered.manifest.recipe.nodes[0].p["score"])
        heard = analyse(rendered.audio)
        alike = qmax(original, beat_chroma(rendered.audio, np.asarray(rendered.manifest.beats)))
        figures = (
            f"{heard.tempo_bpm:.3f} for {written.bpm:.3f} BPM, {heard.key.name}, "
            f"chords {chord_agreement(written, rendered.audio):.2f}, Qmax {alike:.2f}, "
            f"{rendered.manifest.lufs_centi / 100:.2f} LUFS, {rendered.manifest.dbtp_centi / 100:.2f} dBTP"
        )
        yield Row(f"cover in {name}", figures, to_reach="tempo ± 0.2 %, key D major, -14 LUFS, -1 dBTP")


def _fluidsynth_alone(midi: bytes) -> float:
    """CPU seconds of the FluidSynth program for playing the finished MIDI file, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        score, out = Path(folder) / "cover.mid", Path(folder) / "cover.wav"
        score.write_bytes(midi)
        command = [fluidsynth.program(), "-ni", "-q", "-r", "44100", "-F", str(out)]
        font = str(fluidsynth.soundfont(SOUNDFONT))
        return children(lambda: subprocess.run([*command, font, str(score)], check=True, capture_output=True))


def _music21(score: Score) -> float:
    """CPU seconds of music21 for the same sheet, from its own objects."""
    import music21

    stream = music21.stream.Part()
    for tone in score.tune:
        note = music21.note.Note(tone.pitch, quarterLength=tone.length / 960)
        stream.insert(tone.start / 960, note)
    cpu, _ = _both_cpu(lambda: music21.musicxml.m21ToXml.GeneralObjectExporter(stream).parse())
    return cpu
