"""The studio: speed in seconds of music per second of one core, attacks kept, and peers measured in the same run."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench import Row
from ritornello.analysis import analyse, decode, hpss, loudness
from ritornello.analysis.model import Audio
from ritornello.studio import demo_song, stretching
from ritornello.studio.arranging import remix_recipe
from ritornello.studio.bounds import TYPES, Bounds
from ritornello.studio.demo import performance
from ritornello.studio.hearing import hear
from ritornello.studio.measure import measure
from ritornello.studio.recipe import Source
from ritornello.studio.render import render
from ritornello.studio.timeline import scaled
from ritornello.studio.variations import variation

OPEN = Bounds(
    types=frozenset(TYPES),
    tempo_lo_permille=500,
    tempo_hi_permille=2000,
    key_lo_cents=-1200,
    key_hi_cents=1200,
    keep_pitch=False,
    structure="reorder",
    max_added_permille=1000,
    vocals="any",
    stems=frozenset({*demo_song.PARTS, "rest"}),
)
_FFMPEG = shutil.which("ffmpeg")


def _cpu(work: Callable[[], object]) -> float:
    """Seconds of one core, the better of two, so that no compilation counts."""
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def _children(work: Callable[[], object]) -> float:
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _ffmpeg(folder: Path, audio: Audio, *filters: str) -> tuple[Audio, float] | None:
    """The audio through an ffmpeg filter, and its CPU seconds; None where there is no ffmpeg or no such filter."""
    if _FFMPEG is None:
        return None
    source, target = folder / "in.wav", folder / "out.wav"
    decode.write(source, audio, "wav24")
    target.unlink(missing_ok=True)
    command = [_FFMPEG, "-v", "error", "-threads", "1", "-y", "-i", str(source), "-af", ",".join(filters), str(target)]
    seconds = _children(lambda: subprocess.run(command, check=False, capture_output=True))
    return (decode.read(target), seconds) if target.exists() else None


def _attacks(a: Audio, b: Audio) -> float:
    x, y = (hear(audio).attacks.sum(axis=1) for audio in (a, b))
    n = min(x.size, y.size)
    return float(np.corrcoef(x[:n], y[:n])[0, 1])


def _times(seconds: float, cpu: float) -> str:
    return f"{seconds / cpu:.1f} x"


def rows() -> Iterator[Row]:
    """The table, row by row as it is measured."""
    song_s = performance.Take().frames / performance.RATE
    yield Row("demo song composed and rendered", f"{_cpu(demo_song.compose):.1f} s CPU", to_reach="< 6 s")
    stems = demo_song.compose()
    song = demo_song.mix(stems)
    analysis = analyse(song)
    hashes = {part: decode.pcm_sha256(stem) for part, stem in stems.items()}
    given: dict[str, Audio | Callable[[], Audio]] = {"s0": song, **{f"s0/{p}": s for p, s in stems.items()}}
    digest = decode.pcm_sha256(song)

    full = remix_recipe(analysis, OPEN, pcm_sha256=digest, stems=hashes)
    cpu = _cpu(lambda: render(full, given, bounds=OPEN))
    yield Row("remix with tempo and key change, supplied stems", _times(song_s, cpu), to_reach="≥ 8 x")
    plain = remix_recipe(analysis, OPEN, pcm_sha256=digest, stems=hashes, tempo_permille=1000, key_cents=0)
    cpu = _cpu(lambda: render(plain, given, bounds=OPEN))
    yield Row("remix without tempo and key change", _times(song_s, cpu), to_reach="≥ 15 x")
    split = remix_recipe(analysis, OPEN, pcm_sha256=digest)
    cpu = _cpu(lambda: render(split, given, bounds=OPEN))
    yield Row("remix with tempo and key change, split drums", _times(song_s, cpu), to_reach="≥ 8 x")

    made = render(full, given, bounds=OPEN)
    cpu = _cpu(lambda: measure(song, made.audio))
    heard = measure(song, made.audio)
    yield Row("measuring a remix against its original", _times(song_s, cpu))
    yield Row("its tempo, key and re-ordering as measured", f"{heard.tempo_permille} ‰, {heard.key_cents} ct, "
              f"{heard.reordered_permille} ‰", "1060 ‰, 200 ct as asked")  # fmt: skip

    source = Source("s0", "recording", digest, song.frames)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("nightcore", "slowed_reverb"):
            recipe = variation(kind, source, OPEN, rate=song.rate)

            def deliver(recipe: object = recipe) -> None:
                decode.write(folder / "out.flac", render(recipe, given, bounds=OPEN).audio, "flac24")  # type: ignore[arg-type]

            yield Row(f"{kind} to FLAC, loudness and all", _times(song_s, _cpu(deliver)), to_reach="≥ 40 x")
        yield from _stretching(folder)
        yield from _listening(folder, song)


def _stretching(folder: Path) -> Iterator[Row]:
    """Attacks kept and spectra against the same music truly played at the new speed, beside Rubber Band where it is."""
    played = {permille: _played(permille) for permille in (1000, 800, 1250)}
    written = {permille: _rendered("pop", permille) for permille in (1000, 800, 1250)}
    for name, takes in (("demo song", played), ("pop, FluidR3", written)):
        if takes[1000] is None:
            continue
        short = takes[1000]
        for permille, least in ((800, "attacks ≥ .95"), (1250, "attacks ≥ .90")):
            truth = takes[permille]
            assert short is not None and truth is not None
            out = np.zeros((scaled(short.frames, permille), 2), dtype=np.float32)
            cpu = _cpu(lambda s=short, o=out, p=permille: stretching.stretched(s.samples, p, 0, s.rate, o))
            ours = _kept(Audio(out, short.rate), truth, short)
            for engine in ("R3", "R2"):
                peer = _rubberband(folder, short, permille, engine)
                theirs = f"{_times(short.duration_s, peer[1])}, {_kept(peer[0], truth, short)}" if peer else "–"
                ratio = f"{peer[1] / cpu:.1f}" if peer else "–"
                figure = f"stretch x {permille / 1000}, {name}: speed; attacks; dB beside the truth; change of L/R"
                yield Row(figure, f"{_times(short.duration_s, cpu)}, {ours}",
                          f"{theirs} (Rubber Band {engine})", ratio, f"≥ 24 x; {least}")  # fmt: skip


def _played(permille: int) -> Audio:
    parts = performance.play(performance.Take(tempo_bpm=104 * permille / 1000, bars=12))
    return Audio(sum(parts.values(), start=parts["drums"] * 0), performance.RATE)


def _rendered(name: str, permille: int) -> Audio | None:
    from dataclasses import replace

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


def _rubberband(folder: Path, audio: Audio, permille: int, engine: str) -> tuple[Audio, float] | None:
    program = shutil.which("rubberband")
    if program is None:
        return None
    source, target = decode.write(folder / "in.wav", audio, "wav24"), folder / "out.wav"
    command = [program, "-3" if engine == "R3" else "-2", "-q", "-T", str(permille / 1000), str(source), str(target)]
    seconds = _children(lambda: subprocess.run(command, check=True, capture_output=True))
    return decode.read(target), seconds


def _listening(folder: Path, song: Audio) -> Iterator[Row]:
    cpu = _cpu(lambda: hpss.split(song))
    yield Row("harmonic/percussive split, exact", _times(song.duration_s, cpu), to_reach="≥ 30 x")
    ours = loudness.measure(song)
    cpu = _cpu(lambda: loudness.measure(song))
    peer = _ffmpeg(folder, song, "ebur128=peak=true")
    peer_text, ratio = (_times(song.duration_s, peer[1]), f"{peer[1] / cpu:.0f}") if peer else ("–", "–")
    figure = f"{_times(song.duration_s, cpu)} ({ours.lufs:.2f} LUFS)"
    yield Row("loudness with true peak", figure, f"{peer_text} (ffmpeg ebur128)", ratio, "≥ 80 x")
