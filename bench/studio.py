"""The studio's budget, row by row: our figure, the peer's measured in the same run, and the ratio.

Speeds are seconds of music per CPU second of one core. `python -m bench studio:making` prints one part; the parts are
those of :data:`PARTS`. A peer that is not installed is "not here".
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.analysis.songs import compose, plan_named

from bench import Row, _studio_memory, _studio_stretching, analysis
from bench.analysis import children
from ritornello.analysis import analyse, decode
from ritornello.analysis.model import Audio
from ritornello.studio import demo_song
from ritornello.studio.arranging import remix_recipe
from ritornello.studio.bounds import TYPES, Bounds
from ritornello.studio.demo import performance
from ritornello.studio.measure import measure
from ritornello.studio.recipe import Source
from ritornello.studio.render import render
from ritornello.studio.variations import loop, radio_edit, variation

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
_LOUD = ("loudnorm=I=-14:TP=-1", "aformat=sample_rates=44100:channel_layouts=stereo")
_AS_FFMPEG = {
    "nightcore": ("asetrate=55125", "aresample=44100", *_LOUD),
    "slowed_reverb": ("asetrate=37485", "aresample=44100", "aecho=.8:.6:60|110|170:.4|.3|.2", *_LOUD),
}
"""The nearest that ffmpeg's own filters come to a variation; its echoes are no room."""


def _cpu(work: Callable[[], object]) -> float:
    """Seconds of one core, the better of two, so that no compilation counts."""
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def _ffmpeg(folder: Path, audio: Audio, *filters: str) -> tuple[Audio, float] | None:
    """The audio through an ffmpeg filter, and its CPU seconds; None where there is no ffmpeg or no such filter."""
    if _FFMPEG is None:
        return None
    source, target = folder / "in.wav", folder / "out.flac"
    decode.write(source, audio, "wav24")
    target.unlink(missing_ok=True)
    command = [_FFMPEG, "-v", "error", "-threads", "1", "-y", "-i", str(source), "-af", ",".join(filters), str(target)]
    seconds = children(lambda: subprocess.run(command, check=False, capture_output=True))
    return (decode.read(target), seconds) if target.exists() else None


def _times(seconds: float, cpu: float) -> str:
    return f"{seconds / cpu:.1f} x"


def listening() -> Iterator[Row]:
    """Decoding, analysis, separation and loudness of the demo song; accuracy on the three songs of the budget."""
    song = demo_song.mix(demo_song.compose())
    analysis.warm(song)
    yield from analysis.codecs(song)
    yield from analysis.speed(song)
    yield from analysis.separation(song)
    yield from analysis.levels(song)
    yield from analysis.accuracy([compose(plan_named(name)) for name in ("pop", "minor", "waltz")])


def making() -> Iterator[Row]:
    """Remixes, variations, and what was changed as measured on the result."""
    song_s = performance.Take().frames / performance.RATE
    yield Row("demo song composed and rendered", f"{_cpu(demo_song.compose):.1f} s CPU", to_reach="< 6 s")
    stems = demo_song.compose()
    song = demo_song.mix(stems)
    heard = analyse(song)
    hashes = {part: decode.pcm_sha256(stem) for part, stem in stems.items()}
    given: dict[str, Audio | Callable[[], Audio]] = {"s0": song, **{f"s0/{p}": s for p, s in stems.items()}}
    digest = decode.pcm_sha256(song)

    full = remix_recipe(heard, OPEN, pcm_sha256=digest, stems=hashes)
    cpu = _cpu(lambda: render(full, given, bounds=OPEN))
    yield Row("remix with tempo and key change, supplied stems", _times(song_s, cpu), to_reach="≥ 8 x")
    plain = remix_recipe(heard, OPEN, pcm_sha256=digest, stems=hashes, tempo_permille=1000, key_cents=0)
    cpu = _cpu(lambda: render(plain, given, bounds=OPEN))
    yield Row("remix without tempo and key change", _times(song_s, cpu), to_reach="≥ 15 x")
    split = remix_recipe(heard, OPEN, pcm_sha256=digest)
    cpu = _cpu(lambda: render(split, given, bounds=OPEN))
    yield Row("remix with tempo and key change, split drums", _times(song_s, cpu), to_reach="≥ 8 x")

    made = render(full, given, bounds=OPEN)
    cpu = _cpu(lambda: measure(song, made.audio))
    changed = measure(song, made.audio)
    yield Row("measuring a remix against its original", _times(song_s, cpu))
    yield Row("its tempo, key and re-ordering as measured", f"{changed.tempo_permille} ‰, {changed.key_cents} ct, "
              f"{changed.reordered_permille} ‰", "1060 ‰, 200 ct as asked")  # fmt: skip

    source = Source("s0", "recording", digest, song.frames)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("nightcore", "slowed_reverb"):
            recipe = variation(kind, source, OPEN, rate=song.rate)

            def deliver(recipe: object = recipe) -> None:
                decode.write(folder / "out.flac", render(recipe, given, bounds=OPEN).audio, "flac24")  # type: ignore[arg-type]

            cpu = _cpu(deliver)
            peer = _ffmpeg(folder, song, *_AS_FFMPEG[kind])
            theirs = f"{_times(song_s, peer[1])} (ffmpeg, loudness in one pass)" if peer else "ffmpeg is not here"
            yield Row(f"{kind} to FLAC, loudness and all", _times(song_s, cpu), theirs,
                      f"{peer[1] / cpu:.1f}" if peer else "–", "≥ 40 x")  # fmt: skip
        edits = {
            "radio edit of 45 s": radio_edit(source, heard, 45.0, OPEN),
            "loop of 16 bars": loop(source, heard, song, OPEN, bars=16)[0],
        }
        for kind, recipe in edits.items():
            cpu = _cpu(lambda recipe=recipe: deliver(recipe))
            yield Row(f"{kind} to FLAC, of the source", _times(song_s, cpu), to_reach="≥ 40 x")


def covering() -> Iterator[Row]:
    """Covers from listening to the lead sheet."""
    from bench import studio_covers

    yield from studio_covers.speed()


def holding() -> Iterator[Row]:
    """Memory of long recordings, and what the command line costs before it does anything."""
    samples = demo_song.mix(demo_song.compose()).samples
    for minutes in (5, 15, 60):
        resident, anonymous, cpu = _studio_memory.peak(samples, minutes)
        said = f"{resident} MiB resident ({anonymous} anonymous), {minutes * 60 / cpu:.0f} x"
        yield Row(f"heard, slowed, in a room, mastered, to FLAC: {minutes} minutes", said, to_reach="≤ 400 MiB")
    program = [sys.executable, "-m", "ritornello.cli.main", "--help"]
    cpu = children(lambda: subprocess.run(program, check=True, capture_output=True))
    bare = children(lambda: subprocess.run([sys.executable, "-c", "import scipy.signal"], check=True))
    yield Row(
        "ritornello --help", f"{cpu:.2f} s", f"{bare:.2f} s (import scipy.signal)", f"{bare / cpu:.1f}", "≤ 0.3 s"
    )
    yield Row("neural separation", "provider only, on weights that the person names", to_reach="provider only")


PARTS = {
    "listening": listening,
    "making": making,
    "stretching": _studio_stretching.rows,
    "covering": covering,
    "holding": holding,
}


def rows() -> Iterator[Row]:
    """The table, row by row as it is measured."""
    for part in PARTS.values():
        yield from part()
