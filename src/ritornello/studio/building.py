"""From a plan to a recipe for one recording: what each wish becomes, and how far it is from what is allowed.

`build` gives the recipe as it was wished for, so that nobody is given something else in silence. `propose` holds it
against the bounds and puts the nearest permitted recipe beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import log2
from typing import TYPE_CHECKING

from ritornello.analysis.model import Analysis, Audio
from ritornello.studio import restyling, variations
from ritornello.studio.arranging import remix_recipe
from ritornello.studio.bounds import TYPES, Bounds
from ritornello.studio.check import Refusal, check
from ritornello.studio.nearest import nearest
from ritornello.studio.operations import SYNTHESIS_STYLES
from ritornello.studio.plan import KINDS, Plan, PlanError
from ritornello.studio.recipe import Finding, Node, Recipe, Source
from ritornello.studio.timeline import grids

if TYPE_CHECKING:
    from ritornello.studio.score import Score

OPEN = Bounds(
    types=frozenset(TYPES),
    tempo_lo_permille=250,
    tempo_hi_permille=4000,
    key_lo_cents=-2400,
    key_hi_cents=2400,
    keep_pitch=False,
    structure="reorder",
    max_added_permille=1000,
    vocals="any",
    stems=frozenset({"drums", "bass", "harmony", "lead", "vocals", "rest"}),
    reharmonise=True,
    languages=frozenset({"de", "en", "es", "fr", "it", "ja", "ko", "pt"}),
    ai="generative",
)
"""Everything: the bounds of somebody's own work."""


_WRITTEN: dict[tuple[str, str, tuple[int, ...], str], Score] = {}
"""Scores of the songs that were asked for last: one transcription serves every wish that is tried on a song."""
_MOST_WRITTEN = 16


@dataclass(frozen=True, slots=True)
class Material:
    """One song as the builders need it: the source as recipes name it, what was heard, and how to hear it again.

    `part` hears a delivered stem. `score` is the song written down where a person has corrected it; otherwise it is
    written down when a plan needs it. `contribution` is the person's own recording and `taken` hears it; it begins at
    `taken_at_ms` where the person says so, else it is recognised. `other` is the second song.
    """

    source: Source
    analysis: Analysis
    listen: Callable[[], Audio]
    title: str = ""
    part: Callable[[str], Audio] | None = None
    score: Score | None = None
    contribution: Source | None = None
    taken: Callable[[], Audio] | None = None
    taken_at_ms: int | None = None
    other: Material | None = None

    def written(self) -> Score:
        """The song as a score: corrected, or transcribed from the voice or lead stem, or from the whole."""
        from ritornello.analysis.notes import transcribe
        from ritornello.studio.score import score_of

        if self.score is not None:
            return self.score
        tune = next((name for name in (self.source.vocal_part, "vocals", "lead") if name in self.source.stems), None)
        key = (self.source.pcm_sha256, self.source.stems.get(tune or "", ""), self.source.beats, self.title)
        if key not in _WRITTEN:
            audio = self.part(tune) if self.part is not None and tune else self.listen()
            while len(_WRITTEN) >= _MOST_WRITTEN:
                _WRITTEN.pop(next(iter(_WRITTEN)), None)
            _WRITTEN[key] = score_of(self.analysis, transcribe(audio, self.analysis), title=self.title)
        return _WRITTEN[key]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recipe for a plan, what its bounds refuse of it, and the nearest recipe that they allow (None: there is none).

    `notes` say what was decided on the way, such as the change of tempo that a wished tempo amounts to.
    """

    plan: Plan
    recipe: Recipe
    refusals: tuple[Refusal, ...] = ()
    nearest: Recipe | None = None
    notes: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.refusals


def propose(plan: Plan, material: Material, bounds: Bounds, *, seed: int = 1) -> Proposal:
    """The recipe of a plan within view of its bounds. Raises PlanError for what cannot be made of this recording."""
    settled, notes = settle(plan, material.analysis)
    recipe = build(settled, material, bounds, seed=seed)
    refusals = check(recipe, bounds)
    return Proposal(plan, recipe, refusals, nearest(recipe, bounds) if refusals else recipe, notes)


def settle(plan: Plan, analysis: Analysis) -> tuple[Plan, tuple[str, ...]]:
    """The plan with a wished tempo and a wished key turned into changes of this recording, and notes on how."""
    notes = []
    if plan.bpm is not None:
        ratio = plan.bpm / analysis.tempo.bpm
        fitting = min((ratio * step for step in (1.0, 0.5, 2.0)), key=lambda one: (not 0.5 <= one <= 2, abs(log2(one))))
        ratio = ratio if 0.5 <= ratio <= 2 else fitting
        plan = replace(plan, bpm=None, tempo_permille=min(2000, max(500, round(1000 * ratio))))
        notes.append(f"the original is at {analysis.tempo.bpm:.1f} beats per minute, so its speed becomes {ratio:.1%}")
    if plan.tonic is not None:
        cents = ((plan.tonic - analysis.key.tonic + 5) % 12 - 5) * 100
        plan = replace(plan, tonic=None, key_cents=cents)
        notes.append(f"the original is in {analysis.key.name}, so it moves by {cents / 100:+.0f} semitones")
    if plan.mode and plan.mode == analysis.key.mode:
        plan = replace(plan, mode="")
        notes.append(f"the original is in {analysis.key.mode} already")
        if plan.kind == "reharmonise" and not plan.harmony:
            plan = replace(plan, kind="edit")
    return plan, tuple(notes)


def build(plan: Plan, material: Material, bounds: Bounds = OPEN, *, seed: int = 1) -> Recipe:
    """The recipe that a settled plan asks for; `bounds` only decide what the plan leaves unsaid.

    Raises PlanError for what cannot be made of this recording, and why.
    """
    builder = BUILDERS.get(plan.kind)
    if builder is None:
        raise PlanError([Finding("plan.kind", f"{KINDS[plan.kind]} is not built here", f"use {', '.join(BUILDERS)}")])
    try:
        return builder(plan, material, bounds, seed)
    except variations.VariationError as error:
        raise PlanError(
            [Finding("plan.kind", str(error), "ask for another kind, or have the stems delivered")]
        ) from error


def _varied(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    base = variations.variation(plan.kind, material.source, OPEN, rate=material.analysis.rate, seed=seed)
    return _shaped(base, plan)


def _edited(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    base = variations.untouched(material.source, OPEN, rate=material.analysis.rate, seed=seed)
    return _shaped(_without(base, plan, material), plan)


def _radio_edit(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    assert plan.seconds is not None, "a plan for a radio edit says how long"
    base = variations.radio_edit(material.source, material.analysis, plan.seconds, OPEN, seed=seed)
    return _shaped(base, plan)


def _extended(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    room = OPEN if bounds.max_added_permille else replace(OPEN, max_added_permille=0)
    base = variations.extended(material.source, material.analysis, room, bars=plan.bars or 8, seed=seed)
    return _shaped(base, plan)


def _loop(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    analysis = material.analysis
    bars = plan.bars
    if bars is None and plan.seconds is not None and len(analysis.downbeats) > 1:
        bar = (int(analysis.downbeats[-1]) - int(analysis.downbeats[0])) / (len(analysis.downbeats) - 1)
        bars = max(1, round(plan.seconds * analysis.rate / bar))
    audio = material.listen()
    wishes = (8, 4, 16, 2) if bars is None else (bars,)
    for number, wish in enumerate(wishes):
        try:
            base, _ = variations.loop(material.source, analysis, audio, OPEN, bars=wish, seed=seed)
            break
        except variations.VariationError:
            if number == len(wishes) - 1:
                raise
    return _shaped(base, plan)


def _remix(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    """What the plan says is taken as said; what it leaves open stays inside the bounds."""
    source, analysis = material.source, material.analysis
    room = replace(bounds, types=OPEN.types, lufs_lo_centi=-1400, lufs_hi_centi=-1400, true_peak_centi=-100)
    if plan.tempo_permille is not None:
        room = replace(
            room,
            tempo_lo_permille=min(1000, plan.tempo_permille),
            tempo_hi_permille=max(1000, plan.tempo_permille),
        )
    if plan.key_cents is not None:
        # drums keep their pitch, so the way from unchanged to the wish is open
        room = replace(room, key_lo_cents=min(0, plan.key_cents), key_hi_cents=max(0, plan.key_cents))
    if plan.order:
        room = replace(room, structure="keep" if plan.order == "keep" else "reorder")
    if plan.vocals == "keep" and source.vocal_part in source.stems:
        room = replace(room, vocals="keep")
    style = _groove_of(plan.style)
    if plan.style:
        room = replace(room, styles=None, max_added_permille=1000)
    recipe = remix_recipe(
        analysis,
        room,
        pcm_sha256=source.pcm_sha256,
        stems=source.stems,
        source_id=source.id,
        work_ref=source.work_ref,
        grant_ref=source.grant_ref,
        vocal_part=source.vocal_part,
        style=style or None,
        tempo_permille=plan.tempo_permille,
        key_cents=plan.key_cents,
        seed=seed,
    )
    recipe = replace(recipe, sources=(replace(recipe.sources[0], language=source.language),))
    return _effects(_without(recipe, plan, material), plan)


def _groove_of(style: str) -> str:
    """The groove that the drummer plays for a style, or the style pack whose drums are laid over."""
    from ritornello.studio.styles import packs

    if style in SYNTHESIS_STYLES or style in packs() or not style:
        return style
    raise PlanError(
        [
            Finding(
                "plan.style",
                f"{style} has no drum layer for a remix",
                f"use {', '.join((*SYNTHESIS_STYLES, *packs()))}",
            )
        ]
    )


def _anew(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    """A new performance of the song; a style that is only a groove of ours makes a remix."""
    song = restyling.Song(material.source, material.analysis, material.written(), material.contribution)
    recipe = restyling.played_anew(plan, song, OPEN, seed)
    if material.contribution is not None and material.taken is not None:
        recipe = _sung(plan, material, recipe)
    return _effects(recipe, plan)


def _sung(plan: Plan, material: Material, recipe: Recipe) -> Recipe:
    """The take on the beats: recognised in the tune as it was written down, or in the original that it was sung to."""
    from ritornello.studio import alongside
    from ritornello.studio.score import PPQ, samples_of

    assert material.contribution is not None and material.taken is not None
    take = material.taken()
    if material.taken_at_ms is not None:
        by_hand = alongside.placed_by_hand(take, recipe.sr, material.taken_at_ms)
        return alongside.on_beats(recipe, material.contribution.id, by_hand)
    try:
        try:
            placement = alongside.placed(take, alongside.guide(recipe))
        except alongside.AlongsideError:
            score = material.written()
            played = next(node for node in recipe.nodes if node.op == "perform")
            counts_otherwise = plan.metre is not None or plan.feel in ("half_time", "double_time")
            if counts_otherwise or len(score.beats) < 2:
                raise
            ticks = [score.first_beat + PPQ * k for k in range(len(score.beats))]
            where = samples_of(played.p["tempo"], recipe.sr, ticks)
            heard = alongside.placed(take, material.listen())
            placement = alongside.carried_over(heard, score.beats, where, recipe.sr)
    except alongside.AlongsideError as error:
        finding = Finding("plan.vocals", str(error), "record it again, with the tune clearly heard")
        raise PlanError([finding]) from error
    return alongside.on_beats(recipe, material.contribution.id, placement)


def _mashup(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    """Both songs together inside the bounds; where these leave none, the mash-up that they refuse is shown."""
    from ritornello.studio import mashup
    from ritornello.studio.check import NotAllowed

    if material.other is None:
        raise PlanError([Finding("plan.other", "was not found", "name the other song")])
    room = replace(bounds, types=OPEN.types, lufs_lo_centi=-1400, lufs_hi_centi=-1400, true_peak_centi=-100)
    try:
        bed = mashup.heard(material.source, material.analysis, material.listen())
        over = mashup.heard(material.other.source, material.other.analysis, material.other.listen())
        try:
            recipe = mashup.mashup_recipe(bed, over, room, seed=seed)
        except (mashup.MashupError, NotAllowed):
            recipe = mashup.mashup_recipe(bed, over, OPEN, seed=seed)
    except mashup.MashupError as error:
        raise PlanError([Finding("plan.other", str(error), "choose another song")]) from error
    return _shaped(recipe, plan)


BUILDERS: Mapping[str, Callable[[Plan, Material, Bounds, int], Recipe]] = {
    "edit": _edited,
    **dict.fromkeys(variations.SIMPLE, _varied),
    "radio_edit": _radio_edit,
    "extended": _extended,
    "loop": _loop,
    "remix": _remix,
    "mashup": _mashup,
    **dict.fromkeys(("cover", "localise", "reharmonise", "regroove", "acoustic", "sing"), _anew),
}
"""Every kind of plan that can be built, with what builds it."""


def _shaped(recipe: Recipe, plan: Plan) -> Recipe:
    """The recipe with the plan's key, tempo and effects behind it."""
    nodes, last = list(recipe.nodes), recipe.out.node
    if plan.key_cents:
        nodes.append(Node("plan_key", "key", (last,), {"cents": plan.key_cents}))
        last = "plan_key"
    if plan.tempo_permille not in (None, 1000):
        nodes.append(Node("plan_tempo", "tempo", (last,), {"permille": plan.tempo_permille}))
        last = "plan_tempo"
    recipe = replace(recipe, nodes=tuple(nodes), out=replace(recipe.out, node=last))
    return _effects(recipe, plan)


def _without(recipe: Recipe, plan: Plan, material: Material) -> Recipe:
    """The recipe with the source replaced by a mix of the parts that stay."""
    if not plan.without:
        return recipe
    source = material.source
    delivered = tuple(source.stems) or ("drums", "rest")
    if missing := [part for part in plan.without if part not in delivered]:
        have = "the owner delivered no stems, and a split gives drums only" if not source.stems else "delivered: "
        what = f"{', '.join(missing)} cannot be taken out: {have}{', '.join(source.stems)}"
        raise PlanError([Finding("plan.without", what, "leave it in, or have its stem delivered")])
    if any(node.op == "stem" for node in recipe.nodes):
        gone = {node.id for node in recipe.nodes if node.op == "stem" and node.p["part"] in plan.without}
        return _silenced(recipe, gone)
    provider = "supplied" if source.stems else "hpss"
    kept = [part for part in delivered if part not in plan.without]
    stems = [Node(part, "stem", (source.id,), {"part": part, "provider": provider}) for part in kept]
    band = Node("parts", "mix", tuple(kept), {})
    rest = [
        replace(node, inputs=tuple("parts" if name == source.id else name for name in node.inputs))
        for node in recipe.nodes
    ]
    return replace(recipe, nodes=(*stems, band, *rest))


def _silenced(recipe: Recipe, gone: set[str]) -> Recipe:
    """Parts that are in the recipe already brought down to nothing behind their stem."""
    nodes: list[Node] = []
    for node in recipe.nodes:
        nodes.append(replace(node, inputs=tuple(f"no_{name}" if name in gone else name for name in node.inputs)))
        if node.id in gone:
            nodes.append(Node(f"no_{node.id}", "gain", (node.id,), {"centidb": -9600}))
    return replace(recipe, nodes=tuple(nodes))


def _effects(recipe: Recipe, plan: Plan) -> Recipe:
    """The plan's effects behind the recipe, in an order that sounds: the build-up last."""
    for effect in plan.effects:
        if effect == "sidechain" and any(node.op == "duck" for node in recipe.nodes):
            continue
        recipe = _EFFECTS[effect](recipe)
    return recipe


def _behind(recipe: Recipe, *nodes: Node) -> Recipe:
    return replace(recipe, nodes=(*recipe.nodes, *nodes), out=replace(recipe.out, node=nodes[-1].id))


def _reverb(recipe: Recipe) -> Recipe:
    return _behind(recipe, Node("room", "reverb", (recipe.out.node,), {"decay_ms": 2400, "wet_permille": 260}))


def _echo(recipe: Recipe) -> Recipe:
    beats = grids(recipe)[recipe.out.node].beats
    ms = 375
    if len(beats) > 2:  # three quarters of a beat, so that the echo falls between the strokes
        beat = (beats[-1] - beats[0]) * 1000 // (recipe.sr * (len(beats) - 1))
        ms = min(2000, max(20, beat * 3 // 4))
    p = {"ms": ms, "feedback_permille": 380, "wet_permille": 240}
    return _behind(recipe, Node("echoes", "echo", (recipe.out.node,), p))


def _dull(recipe: Recipe) -> Recipe:
    return _behind(recipe, Node("dulled", "filter", (recipe.out.node,), {"kind": "low", "hz": 700}))


def _thin(recipe: Recipe) -> Recipe:
    high = Node("thinned", "filter", (recipe.out.node,), {"kind": "high", "hz": 400})
    return _behind(recipe, high, Node("narrow", "filter", ("thinned",), {"kind": "low", "hz": 3400}))


def _sidechain(recipe: Recipe) -> Recipe:
    """The music pumps on the beat of a drum layer that is not heard itself."""
    last = recipe.out.node
    kick = Node("pump", "groove", (last,), {"style": "four_floor", "intensity_permille": 1000})
    return _behind(recipe, kick, Node("pumped", "duck", (last, "pump"), {"centidb": 900, "release_ms": 220}))


def _build(recipe: Recipe) -> Recipe:
    """Eight bars of rising filter up to a downbeat near two thirds, a bar's breath, and the whole band again."""
    grid = grids(recipe)[recipe.out.node]
    marks = grid.downbeats
    if len(marks) < 24:
        raise PlanError([Finding("plan.effects", "a build-up needs 24 bars of beat grid", "leave the build-up out")])
    at = min(range(12, len(marks) - 4), key=lambda k: (abs(marks[k] - grid.frames * 2 // 3) // recipe.sr // 4, k % 4))
    begin, end = (marks[k] * 1000 // recipe.sr for k in (at - 8, at))
    last = recipe.out.node
    return _behind(
        recipe,
        Node(
            "rising",
            "filter",
            (last,),
            {"kind": "high", "hz": 20, "to_hz": 900, "from_ms": begin, "until_ms": end},
        ),
        Node("before", "ride", ("rising",), {"points": [[0, 0], [end - 20, 0], [end, -9600]]}),
        Node("drop", "ride", (last,), {"points": [[0, -9600], [end - 20, -9600], [end, 0]]}),
        Node("build_up", "mix", ("before", "drop"), {}),
    )


_EFFECTS: Mapping[str, Callable[[Recipe], Recipe]] = {
    "reverb": _reverb,
    "echo": _echo,
    "dull": _dull,
    "thin": _thin,
    "sidechain": _sidechain,
    "build": _build,
}
