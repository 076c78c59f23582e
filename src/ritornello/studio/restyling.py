"""Plans that play a song anew: covers, local versions, other harmony, other rhythm, and singing it yourself.

All of them are the song's score in a style pack. Where the original's voice shall stay, its stem goes over the new
arrangement; without that stem it cannot, and the plan is told so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ritornello.analysis.model import Analysis
from ritornello.studio.bounds import Bounds
from ritornello.studio.plan import Plan, PlanError
from ritornello.studio.recipe import Finding, Node, Recipe, Source

if TYPE_CHECKING:
    from ritornello.studio.reinterpret import Time, Way
    from ritornello.studio.score import Score

NEUTRAL = "pop_band"
"""The pack of a plan that names no style."""
SWING_PERMILLE = 280
_UNPLUGGED = ("drums", "pad", "riff", "double")


@dataclass(frozen=True, slots=True)
class Song:
    """What playing anew needs: the source that was heard, the score, and the person's own part where there is one."""

    source: Source
    analysis: Analysis
    score: Score
    contribution: Source | None = None


def played_anew(plan: Plan, song: Song, bounds: Bounds, seed: int) -> Recipe:
    """The recipe of a settled plan. Raises PlanError."""
    from ritornello.studio.covering import cover_recipe
    from ritornello.studio.styles import PackError

    if plan.kind == "sing" and song.contribution is None:
        what = "needs a recording of you"
        raise PlanError([Finding("plan.vocals", what, "record or upload your voice or instrument first")])
    without: Sequence[str] = ()
    if plan.kind == "acoustic":
        without = _UNPLUGGED
    elif plan.kind == "sing" or _keeps_voice(plan, song):
        without = ("lead", "double")
    if "drums" in plan.without:
        without = (*without, "drums")
    if others := sorted(set(plan.without) - {"drums"}):
        what = f"{', '.join(others)} cannot be left out of a new performance by name"
        raise PlanError([Finding("plan.without", what, "leave out drums only, or correct the recipe")])
    try:
        recipe = cover_recipe(
            song.score,
            plan.style or NEUTRAL,
            bounds,
            source=_composition(song.source),
            key_cents=_semitones(plan),
            tempo_permille=plan.tempo_permille or 1000,
            reharmonise=_ways(plan),
            mode=plan.mode or None,
            metre=plan.metre,
            time=_time(plan),
            swing_permille=SWING_PERMILLE if plan.feel == "swing" else 0,
            contribution=song.contribution,
            language=plan.language,
            without=without,
            seed=seed,
        )
    except PackError as error:
        raise PlanError([Finding("plan.style", str(error), "use a style pack")]) from error
    return _with_voice(recipe, plan, song) if _keeps_voice(plan, song) else recipe


def _composition(source: Source) -> Source:
    """The song without its sound."""
    return Source(source.id, "composition", work_ref=source.work_ref, language=source.language)


def _keeps_voice(plan: Plan, song: Song) -> bool:
    """Whether the original's voice goes over the arrangement; a song without a voice has none to keep."""
    if plan.vocals != "keep" or song.source.vocal_part == "":
        return False
    if not song.source.vocal_part or song.source.vocal_part not in song.source.stems:
        have = ", ".join(song.source.stems) or "none"
        what = f"the voice cannot be kept: its stem was not delivered (stems: {have}), and no fader is faked"
        raise PlanError([Finding("plan.vocals", what, "ask for a new performance without it, or for a remix")])
    if plan.metre or plan.feel in ("half_time", "double_time") or plan.mode or plan.language:
        what = "the voice as it was sung does not fit another metre, time, mode or language"
        raise PlanError([Finding("plan.vocals", what, "keep the metre, mode and language, or sing it anew")])
    return True


def _with_voice(recipe: Recipe, plan: Plan, song: Song) -> Recipe:
    """The voice's stem over the performance, on its beats, at its speed and pitch."""
    from ritornello.studio.score import Score, samples_of

    part = song.source.vocal_part or ""
    # the score that is played: it begins with the first sounding bar, which the one that was heard need not do
    played = Score.from_document(next(node.p["score"] for node in recipe.nodes if node.op == "perform"))
    before = samples_of(played.tempo, played.rate, [played.first_beat])[0] * (plan.tempo_permille or 1000) // 1000
    begins = (played.beats[0] if played.beats else before) - before
    if begins < 0:
        what = "the voice begins before the first whole bar that was heard"
        raise PlanError([Finding("plan.vocals", what, "correct the beats so that the first bar is whole")])
    heard = replace(song.source, id="voice_of")
    nodes = [
        Node("voice", "stem", (heard.id,), {"part": part, "provider": "supplied"}),
        Node("voice_begins", "sequence", ("voice",), {"slices": [[begins, heard.frames]]}),
    ]
    last = "voice_begins"
    if cents := _semitones(plan):
        nodes.append(Node("voice_key", "key", (last,), {"cents": cents, "transients": "plain"}))
        last = "voice_key"
    if plan.tempo_permille not in (None, 1000):
        nodes.append(Node("voice_tempo", "tempo", (last,), {"permille": plan.tempo_permille, "transients": "plain"}))
        last = "voice_tempo"
    nodes.append(Node("sung", "mix", (recipe.out.node, last), {"centidb": [-300, 0]}))
    return replace(
        recipe,
        sources=(heard, *recipe.sources),
        nodes=(*recipe.nodes, *nodes),
        out=replace(recipe.out, node="sung"),
    )


def _semitones(plan: Plan) -> int:
    return round((plan.key_cents or 0) / 100) * 100


def _ways(plan: Plan) -> tuple[Way, ...]:
    from ritornello.studio.reinterpret import WAYS

    if plan.harmony:
        return tuple(way for way in WAYS if way == plan.harmony)
    return ("richer",) if plan.kind == "reharmonise" and not plan.mode else ()


def _time(plan: Plan) -> Time:
    return "half" if plan.feel == "half_time" else "double" if plan.feel == "double_time" else "same"
