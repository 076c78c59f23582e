"""Stretching beside Rubber Band and Signalsmith: attacks and spectra, against the same music truly played so fast."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np

from bench import Row
from bench.analysis import children
from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.studio import stretching
from ritornello.studio.demo import performance
from ritornello.studio.hearing import hear
from ritornello.studio.timeline import scaled


def rows() -> Iterator[Row]:
    """Attacks kept and spectra against the same music truly played at the new speed, beside the peers that are here."""
    played = {permille: _played(permille) for permille in (1000, 800, 1250)}
    written = {permille: _rendered("pop", permille) for permille in (1000, 800, 1250)}
    for name, takes in (("demo song", played), ("pop, FluidR3", written)):
        if takes[1000] is None:
            continue
        short = takes[1000]
        for permille, least in ((800, "≥ 24 x; attacks ≥ .95"), (1250, "≥ 24 x; attacks ≥ .90")):
            truth = takes[permille]
            assert short is not None and truth is not None
            out = np.zeros((scaled(short.frames, permille), 2), dtype=np.float32)
            cpu = _cpu(lambda s=short, o=out, p=permille: stretching.stretched(s.samples, p, 0, s.rate, o))
            ours = _kept(Audio(out, short.rate), truth, short)
            figure = f"stretch x {permille / 1000}, {name}: speed; attacks; dB beside the truth; change of L/R"
            peers = [(f"Rubber Band {engine}", _rubberband(short, permille, engine)) for engine in ("R3", "R2")]
            for peer, made in [*peers, ("Signalsmith", _signalsmith(short, permille))]:
                theirs = f"{_times(short.duration_s, made[1])}, {_kept(made[0], truth, short)}" if made else "not here:"
                ratio = f"{made[1] / cpu:.1f}" if made else "–"
                yield Row(figure, f"{_times(short.duration_s, cpu)}, {ours}", f"{theirs} {peer}", ratio, least)


def _cpu(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(2):
        start = process_time()
        work()
        best = min(best, process_time() - start)
    return best


def _times(seconds: float, cpu: float) -> str:
    return f"{seconds / cpu:.1f} x"


def _played(permille: int) -> Audio:
    parts = performance.play(performance.Take(tempo_bpm=104 * permille / 1000, bars=12))
    return Audio(sum(parts.values(), start=parts["drums"] * 0), performance.RATE)


def _rendered(name: str, permille: int) -> Audio | None:
    from tests.analysis import soundfont
    from tests.analysis.songs import compose, plan_named

    font = soundfont.soundfont()
    if font is None:
        return None
    song, slower = compose(plan_named(name)), 1000 / permille
    notes = tuple(replace(n, start=n.start * slower, length=n.length * slower) for n in song.notes if n.start < 30)
    sound = soundfont.render(replace(song, notes=notes), font)
    return Audio(sound.samples[: int(30 * slower * sound.rate)].copy(), sound.rate)


def _kept(made: Audio, truth: Audio, before: Audio) -> str:
    n = min(made.frames, truth.frames)
    levels = []
    for audio in (made, truth):
        mono = np.ascontiguousarray(audio.mono()[:n])
        power = np.abs(np.fft.rfft(np.lib.stride_tricks.sliding_window_view(mono, 2048)[::512] * np.hanning(2048))) ** 2
        edges = np.unique(np.round(np.geomspace(3, 1024, 41)).astype(int))
        bands = np.add.reduceat(power, edges, axis=1)[:, :-1]
        levels.append(10 * np.log10(bands + 1e-4 * bands.mean()))
    away = float(np.abs(levels[0] - levels[1]).mean())
    image = [float(np.corrcoef(a.samples[:, 0], a.samples[:, 1])[0, 1]) for a in (made, before)]
    return f"{_attacks(made, truth):.3f}, {away:.2f} dB, {abs(image[0] - image[1]):.3f}"


def _attacks(a: Audio, b: Audio) -> float:
    x, y = (hear(audio).attacks.sum(axis=1) for audio in (a, b))
    n = min(x.size, y.size)
    return float(np.corrcoef(x[:n], y[:n])[0, 1])


def _rubberband(audio: Audio, permille: int, engine: str) -> tuple[Audio, float] | None:
    program = shutil.which("rubberband")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source, target = decode.write(Path(folder) / "in.wav", audio, "wav24"), Path(folder) / "out.wav"
        quality = "-3" if engine == "R3" else "-2"
        command = [program, quality, "-q", "-T", str(permille / 1000), str(source), str(target)]
        seconds = children(lambda: subprocess.run(command, check=True, capture_output=True))
        return decode.read(target), seconds


def _signalsmith(audio: Audio, permille: int) -> tuple[Audio, float] | None:
    if importlib.util.find_spec("python_stretch") is None:
        return None
    import python_stretch

    made: list[np.ndarray] = []

    def work() -> None:
        stretch = python_stretch.Signalsmith.Stretch()
        stretch.preset(audio.channels, audio.rate)
        stretch.setTimeFactor(permille / 1000)
        made.append(np.asarray(stretch.process(np.ascontiguousarray(audio.samples.T))).T)

    seconds = _cpu(work)
    return Audio(np.ascontiguousarray(made[-1], dtype=np.float32), audio.rate), seconds
