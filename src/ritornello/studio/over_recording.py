"""One's own voice or instrument over the recording itself, whole as it is: for songs that have no stems.

Unlike a cover with one's own voice, this uses the master: recording, performance and composition all sound on, and the
footprint says so (a remix). The take is recognised in the recording, else in the tune as it was written down, laid
where the recording plays it; where neither is heard in it, its maker says at which moment it begins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ritornello.analysis import loudness
from ritornello.studio import alongside, variations
from ritornello.studio.bounds import Bounds
from ritornello.studio.finishing import with_effects
from ritornello.studio.material import Material
from ritornello.studio.plan import Plan, PlanError
from ritornello.studio.recipe import Finding, Node, Recipe
from ritornello.studio.score_rows import heard_ms
from ritornello.studio.time_map import through

VOICE_LU = 0.0
"""How much louder the take sits than the recording as a whole, in LU: a lead voice is about as loud as its band."""


@dataclass(frozen=True, slots=True)
class Lies:
    """Where a take lies in a recipe: its id, where its first sample sounds (ms), and how much faster than the song it
    was performed (permille)."""

    take: str
    offset_ms: int
    drift_permille: int


def sung_over(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    """The recipe of a take over the whole recording. Raises PlanError where there is no take, or none that is known."""
    source, take_source = material.source, material.contribution
    if take_source is None or material.taken is None:
        what = "needs a recording of you"
        raise PlanError([Finding("plan.vocals", what, "record or upload your voice or instrument first")])
    base = variations.untouched(source, bounds, rate=material.analysis.rate, seed=seed)
    take, song = material.taken(), material.listen()
    gain = round(100 * (loudness.measure(song).lufs + VOICE_LU - loudness.measure(take).lufs))
    levels = [0, max(-3000, min(2400, gain))]
    together = Node("song_and_take", "mix", (base.out.node, take_source.id), {"centidb": levels})
    recipe = replace(
        base,
        sources=(*base.sources, take_source),
        nodes=(*base.nodes, together),
        out=replace(base.out, node=together.id),
        lyrics=plan.lyrics,
        language=plan.language,
    )
    if material.taken_at_ms is not None:
        placement = alongside.placed_by_hand(take, recipe.sr, material.taken_at_ms)
    else:
        placement = _recognised(material)
    return with_effects(alongside.on_beats(recipe, take_source.id, placement), plan)


def _recognised(material: Material) -> alongside.Placement:
    """Where the take belongs in the recording. Raises PlanError where it is not recognised."""
    assert material.taken is not None
    take = material.taken()
    try:
        return alongside.placed(take, material.listen())
    except alongside.AlongsideError as unheard:
        rows = _tune(material)
        try:
            if not rows:
                raise unheard
            return alongside.placed(take, alongside.plain_tones(rows, material.analysis.rate))
        except alongside.AlongsideError as error:
            mend = "record it again with the tune clearly heard, or say at which moment of the recording it begins"
            raise PlanError([Finding("plan.vocals", str(error), mend)]) from error


def _tune(material: Material) -> list[tuple[int, int, int, int]]:
    """The tune in the time of the recording: (start, frames, pitch, velocity) in samples at its rate."""
    score, rate = material.written(), material.analysis.rate
    starts = heard_ms(score, [tone.start for tone in score.tune])
    ends = heard_ms(score, [tone.end for tone in score.tune])
    return [
        (start * rate // 1000, max(1, (end - start) * rate // 1000), tone.pitch, tone.velocity)
        for start, end, tone in zip(starts, ends, score.tune, strict=True)
    ]


def lies_at(recipe: Recipe) -> Lies | None:
    """Where the take of a recipe lies; None where it carries none."""
    takes = {source.id for source in recipe.sources if source.kind == "contribution"}
    node = next((one for one in recipe.nodes if one.op == "align" and one.inputs[0] in takes), None)
    if node is None:
        return None
    anchors = node.p["anchors"]
    offset = round(float(through(anchors).result_at([0.0])[0]) * 1000 / recipe.sr)
    taken, lasts = anchors[-1][0] - anchors[0][0], anchors[-1][1] - anchors[0][1]
    return Lies(node.inputs[0], offset, round(1000 * (lasts / max(1, taken) - 1)))
