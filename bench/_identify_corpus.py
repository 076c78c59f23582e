"""The music of the identification bench, what was done to it, and what has been heard of it so far.

RITORNELLO_CORPUS is a folder with a folder for each Debian package of music (`docs/identification-bench.md` says how to
make it); without it, the shared music alone. Making and transforming sound takes most of the bench's time, so all of it
is kept under RITORNELLO_BENCH_CACHE and a run that was stopped goes on where it was.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import _fpcalc
from bench._identify_songs import song
from bench._transforms import TRANSFORMS, Sound
from ritornello.analysis import decode
from ritornello.analysis.model import Audio

RATE = 22_050
HEARD = 8_000
SECONDS = 150
EXCERPT = 27
LENGTHS = (10, 20)
CORE = ("wesnoth-1.16-music", "warzone2100-music", "supertuxkart-data")
SONGS = 12

_AGAIN = re.compile(r"(_fast|_f|-old|_remake|_Unused.*|-epic|2)$")
"""The same music once more, under another name."""

_NO_MUSIC = {"static-radio", "sara_airport_pa", "intro2", "silence"}


class OutOfTime(Exception):
    """The minutes of this run are used up; run again to go on."""


@dataclass(slots=True)
class Clock:
    """RITORNELLO_BENCH_MINUTES of wall-clock time; without it there is no end."""

    until: float

    @classmethod
    def started(cls) -> Clock:
        minutes = os.environ.get("RITORNELLO_BENCH_MINUTES")
        return cls(time.monotonic() + 60 * float(minutes) if minutes else float("inf"))

    def check(self) -> None:
        if time.monotonic() > self.until:
            raise OutOfTime


def cache() -> Path:
    folder = Path(os.environ.get("RITORNELLO_BENCH_CACHE", "/tmp/ritornello-bench-identify"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def files() -> dict[str, Path]:
    """The core's recordings by name, one for each piece of music."""
    named = os.environ.get("RITORNELLO_CORPUS")
    if named is None:
        root = Path(os.environ.get("RITORNELLO_SHARED", "../shared")) / "music"
        return {path.stem: path for path in sorted(root.glob("*.ogg"))}
    found: dict[str, Path] = {}
    for package in CORE:
        for path in _audio(Path(named) / package):
            name = f"{package.split('-')[0].removesuffix('2100')}/{path.stem}"
            if not _AGAIN.search(path.stem) and path.stem not in _NO_MUSIC:
                found[name] = path
    return found


RELATED = ("megaglest-data/romans",)
"""Not unrelated: it holds `legends_of_the_north` of the core, sample for sample (correlation .99 over most of it)."""


def unrelated() -> dict[str, Path]:
    """Recordings of 40 s and more of the other packages: none of them is ever indexed, nor in one that is."""
    named = os.environ.get("RITORNELLO_CORPUS")
    if named is None:
        return {}
    import soundfile

    found: dict[str, Path] = {}
    for package in sorted(one for one in Path(named).iterdir() if one.is_dir() and one.name not in CORE):
        for path in _audio(package):
            if soundfile.info(path).duration >= 40:
                found[f"{package.name}/{path.stem}"] = path
    return {name: path for name, path in found.items() if name not in RELATED}


def _audio(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.suffix in (".ogg", ".opus", ".flac", ".wav", ".mp3"))


def core(clock: Clock) -> dict[str, Path]:
    """The first 150 s of each recording and song, mono at 22 050 Hz, as .npy files; shorter than 60 s is left out."""
    folder = cache() / "core"
    folder.mkdir(exist_ok=True)
    out: dict[str, Path] = {}
    sources: list[tuple[str, Path | int]] = [*files().items(), *((f"sung/{n:02d}", n) for n in range(SONGS))]
    for name, source in sources:
        target = folder / (name.replace("/", "__") + ".npy")
        if not target.exists():
            clock.check()
            if isinstance(source, int):
                mono = song(source, 100, RATE)
            else:
                mono = mono_of(source, RATE, SECONDS)
            _save(target, mono)
        if np.load(target, mmap_mode="r").shape[0] >= 60 * RATE:
            out[name] = target
    return out


def halves(names: list[str]) -> tuple[list[str], list[str]]:
    """(indexed, held out): every third recording is held out; a recording's second mix is in neither."""
    ordered = sorted(names)
    held = ordered[::3]
    known = [name for name in ordered if name not in held and not name.endswith("_enhanced")]
    return known, [name for name in held if not name.endswith("_enhanced")]


def mono_of(path: Path, rate: int, seconds: int) -> Sound:
    """The beginning of a file; read straight, since a package's file may end a frame early."""
    import soundfile

    with soundfile.SoundFile(path) as file:
        own = file.samplerate
        found = file.read(seconds * own, dtype="float32", always_2d=True).mean(axis=1)
    return decode.resample(Audio(np.ascontiguousarray(found[:, None]), own), rate).samples[:, 0]


def heard(sound: Sound) -> Sound:
    """8 kHz, as identification hears it."""
    from ritornello.identify import peaks

    return peaks.hear(Audio(np.ascontiguousarray(sound, np.float32)[:, None], RATE))


@dataclass(frozen=True, slots=True)
class Made:
    """A transformed excerpt: what it was made from, 8 kHz float32 of up to 20 s, fpcalc's words for both lengths."""

    name: str
    transform: str
    start: float
    sound: Sound
    words: dict[int, Any]


def made(clock: Clock, tracks: dict[str, Path], only: str) -> Iterator[Made]:
    """Every transform of an excerpt of one indexed recording, made now where it is not kept."""
    known, held = halves(list(tracks))
    folder = cache() / "made"
    folder.mkdir(exist_ok=True)
    for place, name in enumerate(known):
        if name != only:
            continue
        target = folder / (name.replace("/", "__") + ".npz")
        if not target.exists():
            clock.check()
            _make(target, place, tracks[name], [tracks[one] for one in held])
        with np.load(target, allow_pickle=False) as kept:
            for number, transform in enumerate(TRANSFORMS):
                yield Made(
                    name,
                    transform,
                    float(kept["starts"][number]),
                    kept[f"sound{number}"].astype(np.float32) / 32768,
                    {length: kept[f"words{length}_{number}"] for length in LENGTHS},
                )


def _make(target: Path, place: int, path: Path, others: list[Path]) -> None:
    sound = np.load(path, mmap_mode="r")
    arrays: dict[str, Any] = {}
    starts = []
    for number, transform in enumerate(TRANSFORMS.values()):
        rng = np.random.default_rng([place, number])
        start = int(rng.integers(0, max(1, len(sound) - (EXCERPT + 1) * RATE)))
        other = np.array(np.load(others[int(rng.integers(len(others)))], mmap_mode="r"))
        done = transform(np.array(sound[start : start + EXCERPT * RATE]), RATE, rng, other)
        done = np.asarray(done[: max(LENGTHS) * RATE], np.float32)
        done = done / max(1.0, float(np.abs(done).max()))
        starts.append(start / RATE)
        arrays[f"sound{number}"] = np.round(np.clip(heard(done), -1, 1) * 32767).astype(np.int16)
        for length in LENGTHS:
            arrays[f"words{length}_{number}"] = _fpcalc.words(done[: length * RATE], RATE)
    partial = target.with_suffix(".partial.npz")
    np.savez(partial, starts=np.array(starts), **arrays)
    partial.replace(target)


def _save(target: Path, array: Any) -> None:
    partial = target.with_suffix(".partial.npy")
    np.save(partial, array)
    partial.replace(target)
