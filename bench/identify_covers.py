"""Re-performances: covers that the studio renders of the corpus's songs, asked of an index of all its originals.

`docs/identification-bench.md` describes the corpus and the split, `docs/decisions/re-performances.md` the protocol. The
threshold is set on one half of the held-out songs (excerpts of the recordings and of covers of them), false answers are
counted on the other half. RITORNELLO_BENCH_MINUTES bounds a run; the next one goes on.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench import Row
from bench._identify_corpus import RATE, Clock, OutOfTime, Sound, cache, core, halves
from bench._identify_covers import EXCERPTS, SECONDS, Cover, covers
from ritornello.analysis import analyse
from ritornello.analysis.beats import track
from ritornello.analysis.model import Audio
from ritornello.identify import cover_kernels
from ritornello.identify import covers as tier
from ritornello.identify.peaks import Peaks
from ritornello.identify.segment import Entry, Segment, build
from ritornello.workflows.identify_audio import chord_tones

ALLOWED = 0.01


def rows() -> Iterable[Row]:
    clock = Clock.started()
    try:
        yield from _rows(clock)
    except OutOfTime:
        yield Row("unfinished", "the minutes of this run are used up: run it again, it goes on from here")


def _rows(clock: Clock) -> Iterator[Row]:
    tracks = core(clock)
    known, held = halves(list(tracks))
    asked: list[tuple[Cover, tier.Query]] = []
    for place, name in enumerate(known[::2]):
        for number, cover in enumerate(_unseen(covers(clock, name, tracks[name], place))):
            asked.append((cover, _heard(clock, f"cover-{name}-{number}", lambda cover=cover: cover.sound)))
    strangers: list[list[tier.Query]] = [[], []]
    for place, name in enumerate(held):
        for number, sound in enumerate(_stretches(clock, name, tracks[name], place)):
            strangers[place % 2].append(_heard(clock, f"held-{name}-{number}", lambda sound=sound: sound))
    songs = {cover.song for cover, _ in asked}
    yield Row("covers", f"{len(asked)} excerpts of {SECONDS} s, of as many covers of {len(songs)} songs")
    yield Row("index", f"{len(known)} originals; {len(held)} songs held out")
    entries = [_entry(clock, name, tracks[name]) for name in known]
    yield from _index(clock, build(entries), asked, strangers)
    yield from _coarse(clock, entries, asked, [*strangers[0], *strangers[1]])


def _index(
    clock: Clock, segment: Segment, asked: list[tuple[Cover, tier.Query]], unrelated: list[list[tier.Query]]
) -> Iterator[Row]:
    """What an index of originals answers to the covers and to unrelated music."""
    found = [(cover, *_ranked(clock, f"cover-{n}", query, segment)) for n, (cover, query) in enumerate(asked)]
    strangers = [
        [_best(clock, f"held-{half}-{n}", query, segment) for n, query in enumerate(side)]
        for half, side in enumerate(unrelated)
    ]
    right = [bool(best) and best[0][0] == cover.song for cover, best, _ in found]
    five = [cover.song in [name for name, _ in best[:5]] for cover, best, _ in found]
    yield Row("top-1", f"{np.mean(right):.1%} of {len(right)}", to_reach="≥ 85 %")
    yield Row("among the first five", f"{np.mean(five):.1%}")
    limit = float(np.quantile(strangers[0], 1 - ALLOWED))
    sure = [good and best[0][1] > limit for good, (_, best, _) in zip(right, found, strict=True)]
    yield Row(f"found where at most 1 % of one half passes (score > {limit:.2f})", f"{np.mean(sure):.1%}")
    false = [one > limit for one in strangers[1]]
    yield Row("false answers on the other half", f"{np.mean(false):.1%} of {len(false)}")
    wrong = [bool(best) and best[0][1] > limit and not good for good, (_, best, _) in zip(right, found, strict=True)]
    yield Row("another song answered instead, beyond that score", f"{np.mean(wrong):.1%}")
    yield from _chance(strangers)
    yield Row("CPU of a query of 30 s, beats heard, ms", f"{np.median([spent for *_, spent in found]):.0f}")
    by_style: dict[str, list[bool]] = defaultdict(list)
    by_song: dict[str, list[bool]] = defaultdict(list)
    for (cover, _, _), good in zip(found, right, strict=True):
        by_style[cover.style].append(good)
        by_song[cover.song].append(good)
    yield Row("top-1 by style", ", ".join(f"{one} {sum(c)}/{len(c)}" for one, c in sorted(by_style.items())))
    missed = [f"{song} {sum(cell)}/{len(cell)}" for song, cell in sorted(by_song.items()) if np.mean(cell) < 0.8]
    yield Row("songs of which fewer than 4 of 5 are right", ", ".join(missed) or "none")


def _coarse(
    clock: Clock, originals: list[Entry], asked: list[tuple[Cover, tier.Query]], unrelated: list[tier.Query]
) -> Iterator[Row]:
    """How often the filter lets the right song through; the index is filled up with stretches of held-out songs."""
    none = np.zeros(0, np.int32)
    peaks = Peaks(none, none.astype(np.float32), none.astype(np.float32), 0)
    others = []
    for number, query in enumerate(unrelated):
        harmony = tier.harmony_in(query)
        others.append(Entry(f"held/{number}", peaks, np.zeros(0, np.uint32), harmony.chroma, harmony.beats))
    segment = build([*originals, *others])
    ranks = []
    for number, (cover, query) in enumerate(asked):

        def place(cover: Cover = cover, query: tier.Query = query) -> int:
            near = [segment.names[one] for _, one in tier.nearest(query, [segment], tier.COMPARED)]
            return near.index(cover.song) if cover.song in near else len(near)

        ranks.append(_told(clock, f"coarse-{number}", place))
    total = len(segment.names)
    for most in (20, 50, tier.COMPARED):
        yield Row(f"coarse filter: right song among {most} of {total}", f"{np.mean(np.array(ranks) < most):.1%}")
    some = asked[::4]
    best = [_ranked(clock, f"filled-{number}", query, segment)[0] for number, (_, query) in enumerate(some)]
    right = [bool(one) and one[0][0] == cover.song for one, (cover, _) in zip(best, some, strict=True)]
    yield Row(f"top-1 of {total}, {tier.COMPARED} compared", f"{np.mean(right):.1%} of {len(right)}")


def _chance(strangers: list[list[float]]) -> Iterator[Row]:
    """A Gumbel fitted to the upper half of one half, and what it says of the other."""
    first = np.sort(strangers[0])
    places = (np.arange(len(first)) + 0.5) / len(first)
    upper = places >= 0.5
    scale, location = np.polyfit(-np.log(-np.log(places[upper])), first[upper], 1)
    yield Row("Gumbel of unrelated music: location, scale", f"{location:.2f}, {scale:.2f}")
    for stated in (0.1, 0.01):
        edge = tier.LOCATION - tier.SCALE * np.log(-np.log1p(-stated))
        yield Row(f"chance stated as {stated:g}, observed on the other half", f"{np.mean(strangers[1] > edge):.1%}")


def _ranked(clock: Clock, name: str, query: tier.Query, segment: Segment) -> tuple[list[tuple[str, float]], float]:
    """The five recordings that fit best, with their scores, and the milliseconds of CPU."""

    def of() -> tuple[list[tuple[str, float]], float]:
        began = time.process_time()
        best = [(answer.recording, answer.score) for answer in tier.ranked(query, [segment])[:5]]
        return best, 1000 * (time.process_time() - began)

    best, spent = _told(clock, name, of)
    return best, spent


def _best(clock: Clock, name: str, query: tier.Query, segment: Segment) -> float:
    best, _ = _ranked(clock, name, query, segment)
    return best[0][1] if best else 0.0


def _told(clock: Clock, name: str, answer: Callable[[], Any]) -> Any:
    """What the tier answered, kept for as long as its source and what was heard stay the same."""
    digest = hashlib.sha256(_engine().encode())
    for module in (tier, cover_kernels):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        digest.update(re.sub("LOCATION, SCALE = .*", "", source).encode())  # no rank depends on the chance
    folder = cache() / "reperformed" / digest.hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}.json"
    if not target.exists():
        clock.check()
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps(answer()))
        partial.replace(target)
    return json.loads(target.read_text())


def _stretches(clock: Clock, name: str, path: Path, place: int) -> Iterator[Sound]:
    """Four stretches of a held-out recording, and the covers of every second one."""
    mono = np.load(path)
    for start in np.linspace(0, max(0, len(mono) - SECONDS * RATE), 4).astype(int).tolist():
        yield mono[start : start + SECONDS * RATE]
    if place % 2 == 0:
        for cover in _unseen(covers(clock, name, path, 100 + place // 2)):
            yield cover.sound


def _unseen(made: Iterable[Cover]) -> Iterator[Cover]:
    """The second excerpt of each cover: the first ones were listened to while the tier was built."""
    yield from list(made)[EXCERPTS - 1 :: EXCERPTS]


def _entry(clock: Clock, name: str, path: Path) -> Entry:
    """What the product keeps of an original: beats and chords as the studio hears them when it arrives."""

    def sounding() -> dict[str, Any]:
        audio = _audio(np.load(path))
        harmony = tier.harmony_of(audio, track(audio).samples(RATE))
        return {"rows": harmony.chroma, "marks": harmony.beats}

    def written() -> dict[str, Any]:
        heard = analyse(_audio(np.load(path)))
        tones = chord_tones((chord.start, chord.end, chord.root, chord.quality) for chord in heard.chords)
        return {"beats": np.asarray(heard.beats, np.int64), "tones": tones}

    kept = _kept(clock, f"original-{name}", sounding)
    rows, beats = kept["rows"], kept["marks"]
    studio = _kept(clock, f"written-{name}", written)
    if len(rows):
        rows = tier.with_written(rows, studio["beats"] / RATE, studio["tones"], RATE)
    none = np.zeros(0, np.int32)
    peaks = Peaks(none, none.astype(np.float32), none.astype(np.float32), 0)
    return Entry(name, peaks, np.zeros(0, np.uint32), rows, beats)


def _heard(clock: Clock, name: str, sound: Callable[[], Sound]) -> tier.Query:
    def made() -> dict[str, Any]:
        query = tier.hear(_audio(sound()))
        return {"rows": query.halves, "marks": query.marks}

    kept = _kept(clock, name, made)
    return tier.Query(kept["rows"], kept["marks"])


def _kept(clock: Clock, name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was heard, kept for as long as the source of the tier and of its chroma stays the same."""
    folder = cache() / "harmony" / _engine()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name.replace('/', '__')}.npz"
    if not target.exists():
        clock.check()
        partial = target.with_suffix(".partial.npz")
        np.savez(partial, **make())
        partial.replace(target)
    with np.load(target, allow_pickle=False) as kept:
        return {key: kept[key] for key in kept.files}


def _engine() -> str:
    from ritornello.analysis import beats, chords, chroma

    digest = hashlib.sha256()
    for module in (beats, chords, chroma):
        digest.update(Path(str(module.__file__)).read_bytes())
    for heard in (tier.hear, tier._sounding):
        digest.update(inspect.getsource(heard).encode())
    return digest.hexdigest()[:12]


def _audio(mono: Sound) -> Audio:
    return Audio(np.ascontiguousarray(mono, np.float32)[:, None], RATE)
