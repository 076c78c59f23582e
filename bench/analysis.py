"""Analysis: speed on one core and accuracy on thirty-six written songs, beside the peers that are on this machine.

The songs are rendered by FluidSynth and FluidR3 where both are installed and by the small synthesiser of the tests
where not; the first line says which. librosa is compared when it can be imported. Speeds are audio seconds per CPU
second.
"""

from __future__ import annotations

import importlib.util
import json
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from tests.analysis import soundfont, synth
from tests.analysis.songs import HELD_OUT, SONGS, Song, compose, plan_named
from tests.analysis.test_listen import boundary_f, chord_recall

from bench import Row
from ritornello.analysis import analyse, beats, decode, hpss, loudness, melody, spectra
from ritornello.analysis.model import Analysis, Audio


def rows() -> Iterator[Row]:
    """The table of the room."""
    songs = [compose(plan) for plan in SONGS]
    font = soundfont.soundfont()
    first = rendered(songs[0])
    yield Row("songs", f"{len(songs)}, rendered by {'FluidSynth, FluidR3' if font else 'our own synthesiser'}")
    warm(first)
    yield from codecs(first)
    yield from levels(first)
    yield from separation(first)
    yield from speed(first)
    yield from accuracy(songs)
    yield from _melody()
    yield from transcription()


def warm(audio: Audio) -> None:
    part = Audio(audio.samples[: 20 * audio.rate].copy(), audio.rate)
    analyse(part)
    hpss.split(part)


def _cpu(task: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds (the better of two) and the result."""
    best, result = float("inf"), None
    for _ in range(2):
        began = process_time()
        result = task()
        best = min(best, process_time() - began)
    return best, result


def _row(figure: str, audio: Audio, ours: float, peer: str = "–", theirs: float | None = None, reach: str = "–") -> Row:
    speed = f"{audio.duration_s / ours:.0f}x"
    if theirs is None:
        return Row(figure, speed, peer, to_reach=reach)
    return Row(figure, speed, f"{peer} {audio.duration_s / theirs:.1f}x", f"{theirs / ours:.1f}", reach)


def codecs(audio: Audio) -> Iterator[Row]:
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        for format, suffix in (("wav24", "wav"), ("flac16", "flac"), ("mp3", "mp3"), ("ogg", "ogg")):
            path = decode.write(Path(folder) / f"song.{suffix}", audio, format)
            ours, _ = _cpu(lambda path=path: decode.read(path))
            theirs, _ = _cpu(lambda path=path: soundfile.read(path, dtype="float32"))
            row = _row(f"decode {suffix}, checked", audio, ours, "soundfile, unchecked", theirs, ">= 500x")
            yield replace(row, peer=f"{row.peer}; {_ffmpeg_decodes(path, audio)}")
    ours, _ = _cpu(lambda: decode.pcm_sha256(audio))
    yield _row("hash of the PCM", audio, ours)


def _ffmpeg_decodes(path: Path, audio: Audio) -> str:
    if shutil.which("ffmpeg") is None:
        return "ffmpeg is not here"
    command = ["ffmpeg", "-v", "error", "-threads", "1", "-i", str(path), "-f", "f32le", "-y", "/dev/null"]
    return f"ffmpeg {audio.duration_s / children(lambda: subprocess.run(command, check=True)):.0f}x"


def children(work: Callable[[], object]) -> float:
    """CPU seconds of the programs that ``work`` starts, the better of two."""
    best = float("inf")
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        work()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def levels(audio: Audio) -> Iterator[Row]:
    import pyloudnorm

    ours, measured = _cpu(lambda: loudness.measure(audio))
    theirs, level = _cpu(lambda: pyloudnorm.Meter(audio.rate).integrated_loudness(audio.samples))
    yield _row("loudness and true peak", audio, ours, "pyloudnorm, no peak", theirs, ">= 80x")
    yield Row("integrated loudness", f"{measured.lufs:.2f} LUFS", f"pyloudnorm {level:.2f}", to_reach="within 0.1")
    if shutil.which("ffmpeg"):
        with tempfile.TemporaryDirectory() as folder:
            path = decode.write(Path(folder) / "song.wav", audio, "wav24")
            command = [
                "ffmpeg",
                "-hide_banner",
                "-nostats",
                "-i",
                str(path),
                "-af",
                "ebur128=peak=true",
                "-f",
                "null",
                "-",
            ]
            said: list[str] = []
            cpu = children(
                lambda: said.append(subprocess.run(command, capture_output=True, text=True, check=True).stderr)
            )
            told = said[-1]
        lufs, peak = re.findall(r"I:\s+(\S+) LUFS", told)[-1], re.findall(r"Peak:\s+(\S+) dBFS", told)[-1]
        ours_said = f"{measured.lufs:.2f} LUFS, {measured.true_peak_dbtp:.2f} dBTP"
        yield Row("loudness, true peak", ours_said, f"ffmpeg {lufs}, {peak}, at {audio.duration_s / cpu:.0f}x",
                  f"{cpu / ours:.1f}", "within 0.1 LU")  # fmt: skip


def separation(audio: Audio) -> Iterator[Row]:
    from scipy.ndimage import median_filter

    from ritornello.analysis.medians import median_columns, median_rows

    ours, _ = _cpu(lambda: hpss.split(audio))
    librosa = _librosa()
    theirs = _cpu(lambda: librosa.decompose.hpss(librosa.stft(audio.mono(), n_fft=4096)))[0] if librosa else None
    yield _row(
        "HPSS, stereo", audio, ours, "librosa, mono, masks only" if librosa else "librosa is not here", theirs, ">= 30x"
    )
    grid = np.random.default_rng(0).random((600, 2049)).astype(np.float32)
    quick, _ = _cpu(lambda: (median_columns(grid, 31), median_rows(grid, 31)))
    slow, _ = _cpu(lambda: (median_filter(grid, size=(31, 1)), median_filter(grid, size=(1, 31))))
    yield Row("two exact medians, 600 x 2049, 31", f"{quick:.3f} s", f"scipy {slow:.3f} s", f"{slow / quick:.1f}")
    for name in ("pop", "minor", "waltz"):
        song = compose(plan_named(name))
        drums, mix = rendered(song.without("bass", "harmony", "pad", "lead")).mono(), rendered(song)
        gain = _si_sdr(hpss.split(mix)[1].mono(), drums) - _si_sdr(mix.mono(), drums)
        yield Row(f"drums out of the mix of {name}, SI-SDR gained", f"{gain:.1f} dB", to_reach=">= 9 dB")


def rendered(song: Song) -> Audio:
    font = soundfont.soundfont()
    return soundfont.render(song, font) if font else synth.render(song)


def _si_sdr(estimate: np.ndarray, truth: np.ndarray) -> float:
    length = min(len(estimate), len(truth))
    e, t = estimate[:length].astype(np.float64), truth[:length].astype(np.float64)
    target = t * (e @ t) / (t @ t)
    return float(10 * np.log10((target**2).sum() / ((e - target) ** 2).sum()))


def speed(audio: Audio) -> Iterator[Row]:
    ours, _ = _cpu(lambda: analyse(audio))
    librosa = _librosa()
    if librosa:

        def pieces() -> None:
            mono = librosa.resample(audio.mono(), orig_sr=audio.rate, target_sr=22_050)
            librosa.beat.beat_track(y=mono, sr=22_050)
            chroma = librosa.feature.chroma_cqt(y=librosa.effects.harmonic(mono), sr=22_050)
            librosa.segment.agglomerative(chroma, 8)

        theirs, _ = _cpu(pieces)
        yield _row("whole analysis, cold", audio, ours, "librosa's pieces", theirs, ">= 40x")
    else:
        yield _row("whole analysis, cold", audio, ours, "librosa is not here", reach=">= 40x")
    kept = json.dumps(analyse(audio).to_document())
    again, _ = _cpu(lambda: Analysis.from_document(json.loads(kept)))
    yield Row("whole analysis, read back where it was kept", f"{again * 1000:.1f} ms", to_reach="<= 50 ms")
    heard = spectra.of(audio)
    yield _row("the shared spectral pass of it", audio, _cpu(lambda: spectra.of(audio))[0])
    yield _row("beats, given the spectra", audio, _cpu(lambda: beats.track(heard))[0])


def accuracy(songs: list[Song]) -> Iterator[Row]:
    recalls, forms = [], []
    librosa = _librosa()
    for song in songs:
        sound = rendered(song)
        said, recall, form = _one(song, analyse(sound))
        recalls.append(recall)
        forms.append(form)
        peer = _librosa_beats(librosa, song, sound) if librosa else "librosa is not here"
        first = ", first heard here" if song.plan in HELD_OUT else ""
        yield Row(f"{song.plan.name} (seed {song.plan.seed}{first})", said, peer)
    fresh = [song.plan in HELD_OUT for song in songs]
    for figure, values, reach in (("chords, WCSR", recalls, ">= .90"), ("form, F at 3 s", forms, ">= .80")):
        said = f"{np.mean(values):.3f}"
        if any(fresh):
            said += f"; of those first heard here {np.mean(np.asarray(values)[fresh]):.3f}"
        yield Row(f"{figure} on average", said, to_reach=reach)


def _one(song: Song, result: Analysis) -> tuple[str, float, float]:
    import mir_eval

    found = result.beats / result.rate
    f = mir_eval.beat.f_measure(song.beats, found, 0.025)
    error = np.median(np.abs(found[:, None] - song.beats).min(axis=1)) * 1000
    steady = song.plan.later_bpm is None and song.plan.drift == 0
    tempo = f"tempo {(result.tempo_bpm / song.plan.bpm - 1) * 100:+.3f} %" if steady else "tempo varies"
    down = mir_eval.beat.f_measure(song.downbeats, result.downbeats / result.rate, 0.07)
    key = "right" if (result.key.tonic, result.key.mode) == (song.plan.tonic, song.plan.mode) else result.key.name
    recall, form = chord_recall(song, result.chords, result.rate), boundary_f(song, result)
    said = (
        f"beats F25 {f:.3f}, {error:.1f} ms; {tempo}; bars F {down:.3f}; key {key}; WCSR {recall:.3f}; form {form:.2f}"
    )
    return said, recall, form


def _melody() -> Iterator[Row]:
    import mir_eval

    for name in ("pop", "minor", "waltz"):
        song = compose(plan_named(name)).without("drums", "bass", "harmony", "pad")
        sound = rendered(song)
        ours, line = _cpu(lambda sound=sound: melody.track(sound))
        written = np.zeros(len(line.times))
        for note in song.notes:
            written[(line.times >= note.start) & (line.times < note.start + note.length)] = _hertz(note.pitch)
        sung = np.where(np.isnan(line.pitch), 0.0, _hertz(np.nan_to_num(line.pitch)))
        accuracy = mir_eval.melody.evaluate(line.times, written, line.times, sung)["Raw Pitch Accuracy"]
        said = f"{accuracy:.3f} at {sound.duration_s / ours:.0f}x"
        yield Row(f"melody of the lead of {name}, raw pitch accuracy", said, to_reach=">= .77 at >= 60x")


def transcription() -> Iterator[Row]:
    """Onsets at 50 ms and pitch right, by the model and by our own method, on the first 40 s."""
    import mir_eval

    from ritornello.analysis import notes

    methods: list[notes.Method] = ["basic-pitch", "own"] if notes.model_path() else ["own"]
    for name in ("pop", "minor"):
        for label, drop in (("whole mix", ()), ("accompaniment", ("drums", "bass", "lead", "pad"))):
            song = compose(plan_named(name)).without(*drop)
            sound = rendered(song)
            part = Audio(sound.samples[: 40 * sound.rate].copy(), sound.rate)
            written = [note for note in song.notes if note.part != "drums" and note.start < 39.5]
            spans = np.asarray([(note.start, note.start + note.length) for note in written])
            pitches = _hertz([note.pitch for note in written])
            said = []
            for method in methods:
                cpu, found = _cpu(lambda m=method, p=part: notes.transcribe(p, method=m))
                at = np.asarray([(note.start, note.end) for note in found.notes]) / part.rate
                tones = _hertz([note.pitch_cents / 100 for note in found.notes])
                f = mir_eval.transcription.precision_recall_f1_overlap(spans, pitches, at, tones, offset_ratio=None)[2]
                said.append(f"{method} F {f:.3f} at {part.duration_s / cpu:.0f}x")
            yield Row(f"notes of {name}, {label}", "; ".join(said), to_reach=">= 20x")


def _hertz(pitch: Any) -> Any:
    return 440.0 * 2 ** ((np.asarray(pitch) - 69) / 12)


def _librosa() -> Any:
    if importlib.util.find_spec("librosa") is None:
        return None
    import librosa

    return librosa


def _librosa_beats(librosa: Any, song: Song, sound: Audio) -> str:
    import mir_eval

    mono = librosa.resample(sound.mono(), orig_sr=sound.rate, target_sr=22_050)
    bpm, frames = librosa.beat.beat_track(y=mono, sr=22_050)
    times = librosa.frames_to_time(frames, sr=22_050)
    f = mir_eval.beat.f_measure(song.beats, times, 0.025)
    error = np.median(np.abs(times[:, None] - song.beats).min(axis=1)) * 1000 if len(times) else float("nan")
    return f"librosa F25 {f:.3f}, {error:.1f} ms, {float(np.atleast_1d(bpm)[0]):.1f} BPM"
