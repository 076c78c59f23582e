"""A new performance of a song: its score in a style, as a recipe that holds every note.

Nothing of the recording is used, only the composition. The recipe carries the score that is played (with the chords and
the metre as they were heard beside it) and all notes as data, so that a person may correct either, and so that what it
does to harmony and metre can be read off it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ritornello.studio.arrangement import Arrangement, arrange, begun_at
from ritornello.studio.bounds import Bounds
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.nearest import nearest
from ritornello.studio.performers import PERFORMERS
from ritornello.studio.recipe import Node, Out, Recipe, Source
from ritornello.studio.reinterpret import Time, Way, begun_later, reinterpreted
from ritornello.studio.score import PPQ, Score
from ritornello.studio.styles import StylePack, pack

SOUNDFONT = "FluidR3_GM.sf2"
_HAIR = PPQ // 8
"""How much before its bar a hand may strike and still belong to it."""


def cover_recipe(
    score: Score,
    style: StylePack | str,
    bounds: Bounds,
    *,
    source: Source,
    key_cents: int = 0,
    tempo_permille: int = 1000,
    reharmonise: Sequence[Way] | None = None,
    mode: str | None = None,
    metre: int | None = None,
    time: Time = "same",
    swing_permille: int = 0,
    band: str = "own",
    soundfont: str = SOUNDFONT,
    contribution: Source | None = None,
    language: str = "",
    without: Sequence[str] = (),
    seed: int = 1,
) -> Recipe:
    """The recipe of a cover of `score` in `style`, inside `bounds`.

    Args:
        score: what is played, as it was heard and perhaps corrected.
        style: a style pack or its name.
        source: the composition (or the recording that it was heard in; its sound is not used).
        key_cents: transposition in whole semitones of 100 cents.
        tempo_permille: of the original's speed.
        reharmonise: ways of `reinterpret.WAYS`, applied under the same tune.
        mode: "major" or "minor" in place of the song's own mode.
        metre: 3 or 4 beats a bar.
        time: "half" or "double" time; the tune keeps its speed.
        swing_permille: how late every second eighth is, in permille of an eighth (333: a triplet shuffle).
        band: "own" instruments or "fluidsynth" with `soundfont`.
        contribution: a person's own voice or instrument, aligned to the score's beats, laid over the arrangement.
        without: roles that are left out (drums, bass, comp, pad, lead, double, riff): "lead" for singing it yourself.
        seed: decides the inaccuracies of the hands.

    Whole bars in which nothing sounds are left out at the beginning: a cover begins with its first sounding bar.

    Raises NotAllowed where the bounds leave no such cover, PackError for an unknown style, ValueError for a key change
    that is no whole semitone.
    """
    chosen = pack(style) if isinstance(style, str) else style
    played = reinterpreted(
        score,
        key_cents=key_cents,
        tempo_permille=tempo_permille,
        ways=tuple(reharmonise or ()),
        mode=mode,
        metre=metre,
        time=time,
    )
    arrangement = arrange(played, chosen, seed, swing_permille=swing_permille)
    p = performance(played, chosen, arrangement, band=band, soundfont=soundfont, without=without)
    if resting := _resting(played, p, sung="lead" in without):
        arrangement = begun_at(arrangement, played.bar_spans()[resting][0])
        played = begun_later(played, resting)
        p = performance(played, chosen, arrangement, band=band, soundfont=soundfont, without=without)
    nodes = [Node("cover", "perform", (source.id,), p)]
    sources = [source]
    last = "cover"
    if contribution is not None:
        sources.append(contribution)
        nodes.append(Node("together", "mix", ("cover", contribution.id), {"centidb": [-200, 0]}))
        last = "together"
    nodes.append(Node("end", "fade", (last,), {"in_ms": 0, "out_ms": 400}))
    lufs = min(max(-1400, bounds.lufs_lo_centi), max(bounds.lufs_lo_centi, bounds.lufs_hi_centi))
    out = Out("end", lufs=lufs, dbtp=min(-100, bounds.true_peak_centi))
    recipe = Recipe(tuple(sources), tuple(nodes), out, seed=seed, sr=score.rate, language=language)
    allowed = nearest(recipe, bounds)
    if allowed is None:
        raise NotAllowed(check(recipe, bounds))
    return allowed


def _resting(score: Score, p: Mapping[str, Any], *, sung: bool) -> int:
    """How many whole bars pass at the beginning before a note of the band, or of a tune that is `sung` over it."""
    starts = [row[1] for row in p["notes"]] + ([tone.start for tone in score.tune] if sung else [])
    first = min(starts, default=0) + _HAIR
    return max(0, bisect_right(score.bars, first) - 1)


def performance(
    score: Score,
    style: StylePack,
    arrangement: Arrangement,
    *,
    band: str = "own",
    soundfont: str = SOUNDFONT,
    without: Sequence[str] = (),
) -> Mapping[str, Any]:
    """The parameters of a `perform` node: the arrangement with the score that it plays."""
    silent = {player.name for player in style.players if player.role in without}
    kept = [
        k
        for k, track in enumerate(arrangement.tracks)
        if track.name not in silent and not ("drums" in without and track.performer in ("drums", "machine", "hands"))
    ]
    place = {k: n for n, k in enumerate(kept)}
    tracks = [arrangement.tracks[k] for k in kept]
    return {
        "notes": [[place[part], *rest] for part, *rest in arrangement.notes if part in place],
        "tempo": [list(mark) for mark in score.tempo],
        "parts": [[PERFORMERS.index(t.performer), t.program, t.centidb, t.pan, t.send] for t in tracks],
        "style": style.name,
        "score": replace(score, chords=arrangement.chords).to_document(),
        "band": band,
        "soundfont": soundfont if band == "fluidsynth" else "none",
    }
