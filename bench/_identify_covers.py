"""Covers for the identification bench: songs of its corpus, listened to, written down and played by the studio.

Nothing of a recording is in its covers. Every made excerpt is kept under RITORNELLO_BENCH_CACHE, so that a run that was
stopped goes on where it was, and a changed engine is asked about the same sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench._identify_corpus import RATE, Clock, Sound, cache
from bench.studio import OPEN
from ritornello.analysis.model import Audio
from ritornello.studio.styles import packs

SECONDS = 30
EACH = 5
"""Covers of one song, every one in another style, key and tempo."""
EXCERPTS = 2
"""Stretches of 30 s of one cover."""
KEYS = (0, 200, -300, 500, -500, 100, 600, -100)
"""Cents by which covers are moved."""
TEMPI = (1000, 1080, 920, 1150, 870)
"""Permille of the original's speed."""


@dataclass(frozen=True, slots=True)
class Cover:
    """An excerpt of a cover: of which song, in which style, moved by how many cents, how fast (permille), 22 050 Hz."""

    song: str
    style: str
    cents: int
    permille: int
    sound: Sound


def covers(clock: Clock, name: str, path: Path, place: int) -> Iterator[Cover]:
    """The excerpts of one song's covers, made now where they are not kept; none of music in which no beat is heard."""
    target = cache() / "covers" / (name.replace("/", "__") + ".npz")
    target.parent.mkdir(exist_ok=True)
    if not target.exists():
        clock.check()
        partial = target.with_suffix(".partial.npz")
        np.savez(partial, **_made(np.load(path), place))
        partial.replace(target)
    with np.load(target, allow_pickle=False) as kept:
        for number, (style, cents, permille) in enumerate(kept["how"].tolist() if "how" in kept else []):
            for sound in kept[f"sound{number}"]:
                yield Cover(name, style, int(cents), int(permille), sound.astype(np.float32) / 32768)


def _made(mono: Sound, place: int) -> dict[str, Any]:
    from ritornello.analysis import analyse
    from ritornello.analysis.notes import transcribe
    from ritornello.studio.covering import cover_recipe
    from ritornello.studio.recipe import Source
    from ritornello.studio.render import render
    from ritornello.studio.score import score_of

    audio = Audio(np.ascontiguousarray(mono, np.float32)[:, None], RATE)
    heard = analyse(audio)
    if len(heard.beats) < 2:
        return {}
    score = score_of(heard, transcribe(audio, heard), title="cover")
    styles, how, out = sorted(packs()), [], {}
    for number in range(EACH):
        turn = place * EACH + number
        style, cents = styles[turn % len(styles)], KEYS[turn % len(KEYS)]
        permille = TEMPI[(turn + place) % len(TEMPI)]
        recipe = cover_recipe(
            score, style, OPEN, source=Source("w", "composition", work_ref="bench"), key_cents=cents,
            tempo_permille=permille, seed=turn + 1,
        )  # fmt: skip
        made = render(recipe, {}, bounds=OPEN).audio
        played = made.mono()
        most = max(1, len(played) - SECONDS * made.rate)
        starts = np.random.default_rng([place, number]).integers(0, most, EXCERPTS)
        cut = [played[start : start + SECONDS * made.rate] for start in starts.tolist()]
        out[f"sound{number}"] = np.round(np.clip(np.stack(cut), -1, 1) * 32767).astype(np.int16)
        how.append((style, str(cents), str(permille)))
    return {"how": np.array(how), **out}
