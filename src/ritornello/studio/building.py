"""From a plan to a recipe for one recording: what each wish becomes, and how far it is from what is allowed.

`build` gives the recipe as it was wished for, so that nobody is given something else in silence. `propose` holds it
against the bounds and puts the nearest permitted recipe beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import log2
from statistics import median

from ritornello.analysis.model import Analysis
from ritornello.studio import grooves, restyling, variations
from ritornello.studio.arranging import closing_ms, passages, remix_recipe, slices_of
from ritornello.studio.bounds import TYPES, Bounds
from ritornello.studio.check import Refusal, check
from ritornello.studio.finishing import SWUNG_PERMILLE, balanced, finished, grooved, swung, with_effects
from ritornello.studio.material import Material as Material
from ritornello.studio.nearest import nearest
from ritornello.studio.operations import SYNTHESIS_STYLES
from ritornello.studio.over_recording import sung_over
from ritornello.studio.plan import KINDS, Plan, PlanError
from ritornello.studio.recipe import Finding, Node, Recipe
from ritornello.studio.sketching import ANEW, unfit
from ritornello.studio.styles import packs, packs_of

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
    title: str = ""
    """How the result may be called: the title of a style's version in the plan's language, else the song's own."""

    @property
    def allowed(self) -> bool:
        return not self.refusals


def propose(plan: Plan, material: Material, bounds: Bounds, *, seed: int = 1) -> Proposal:
    """The recipe of a plan within view of its bounds. Raises PlanError for what cannot be made of this recording."""
    settled, notes = settle(plan, material.analysis)
    recipe = build(settled, material, bounds, seed=seed)
    refusals = check(recipe, bounds)
    near = nearest(recipe, bounds) if refusals else recipe
    return Proposal(plan, recipe, refusals, near, notes, title_of(settled, material.title))


def title_of(plan: Plan, song: str) -> str:
    """The title for a plan's result: a market style's own template in the plan's language, else the song's title."""
    anew = plan.kind in ANEW and plan.style in packs()
    return packs()[plan.style].title_in(plan.language, song) if anew and packs()[plan.style].market else song


def settle(plan: Plan, analysis: Analysis) -> tuple[Plan, tuple[str, ...]]:
    """The plan with a wished tempo and a wished key turned into changes of this recording, a market without a style
    into the style that is at home there, and notes on how."""
    notes = []
    if plan.kind == "localise" and plan.market and not plan.style:
        at_home = packs_of(plan.market, analysis.tempo.bpm)
        if at_home:
            plan = replace(plan, style=at_home[0].name)
            others = ", ".join(one.name for one in at_home[1:])
            notes.append(f"{plan.style} is at home in {plan.market}{f' (or choose {others})' if others else ''}")
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
    if held := unfit(plan):
        raise PlanError(held)
    try:
        return builder(plan, material, bounds, seed)
    except grooves.GrooveError as error:
        raise PlanError([Finding("plan.groove", str(error), "choose another song, or leave the groove")]) from error
    except variations.VariationError as error:
        raise PlanError([Finding("plan.kind", str(error), error.mend)]) from error


def _varied(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    base = variations.variation(plan.kind, material.source, OPEN, rate=material.analysis.rate, seed=seed)
    return _finished(base, plan, material)


def _edited(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    rate = material.analysis.rate
    if plan.feel in ("half_time", "double_time"):
        base = grooves.feel_recipe(material.source, plan.feel, OPEN, rate=rate, seed=seed)
    else:
        base = variations.untouched(material.source, OPEN, rate=rate, seed=seed)
    if order := _order(plan, material.analysis):
        form = passages(material.analysis)
        slices = slices_of(form, order, material.analysis)
        ordered = Node("new_order", "sequence", (base.out.node,), {"slices": slices, "fade_ms": 12})
        fading = {"in_ms": 0, "out_ms": closing_ms(slices, material.analysis)}
        end = Node("order_end", "fade", (ordered.id,), fading)
        base = replace(base, nodes=(*base.nodes, ordered, end), out=replace(base.out, node=end.id))
    return _finished(base, plan, material)


def _order(plan: Plan, analysis: Analysis) -> tuple[int, ...]:
    """The sections that the plan names as places in the form, from 0; empty where it names none."""
    count = len(passages(analysis)) if plan.sections else 0
    if unknown := sorted({number for number in plan.sections if number > count}):
        what = f"name {', '.join(map(str, unknown))}, and this song has {count} sections"
        raise PlanError([Finding("plan.sections", what, f"use 1 to {count}")])
    return tuple(number - 1 for number in plan.sections)


def _radio_edit(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    assert plan.seconds is not None, "a plan for a radio edit says how long"
    base = variations.radio_edit(material.source, material.analysis, plan.seconds, OPEN, seed=seed)
    return _finished(base, plan, material)


def _extended(plan: Plan, material: Material, bounds: Bounds, seed: int) -> Recipe:
    room = OPEN if bounds.max_added_permille else replace(OPEN, max_added_permille=0)
    base = variations.extended(
        material.source, material.analysis, room, bars=plan.bars, seconds=plan.seconds, seed=seed
    )
    return _finished(base, plan, material)


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
        except variations.VariationError as error:
            if number < len(wishes) - 1:
                continue
            if bars is None:  # nobody named a number of bars: none is blamed
                what = f"no {', '.join(map(str, sorted(wishes)))} bars of this recording lead back to their own start"
                raise variations.VariationError(what, error.mend) from error
            raise
    return _finished(base, plan, material)


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
    if plan.sections:
        room = replace(room, structure="reorder")
    if plan.vocals == "keep" and source.vocal_part in source.stems:
        room = replace(room, vocals="keep")
    style = _groove_of(plan.style or ("half_time" if plan.feel == "half_time" else ""))
    if style:
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
        order=_order(plan, analysis) or None,
        seed=seed,
    )
    recipe = replace(recipe, sources=(replace(recipe.sources[0], language=source.language),))
    recipe = _felt(balanced(recipe, plan, source), plan, material)
    return with_effects(recipe, plan)


def _groove_of(style: str) -> str:
    """The groove that the drummer plays for a style, or the style pack whose drums are laid over."""
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
    recipe = replace(recipe, lyrics=plan.lyrics)
    return with_effects(_felt(recipe, replace(plan, feel=""), material), plan)


def _sung(plan: Plan, material: Material, recipe: Recipe) -> Recipe:
    """The take on the beats: recognised in the tune as it was written down, or in the original that it was sung to."""
    from ritornello.studio import alongside
    from ritornello.studio.score import PPQ, Score, samples_of

    assert material.contribution is not None and material.taken is not None
    take = material.taken()
    if material.taken_at_ms is not None:
        by_hand = alongside.placed_by_hand(take, recipe.sr, material.taken_at_ms)
        return alongside.on_beats(recipe, material.contribution.id, by_hand)
    try:
        try:
            placement = alongside.placed(take, alongside.guide(recipe))
        except alongside.AlongsideError:
            # the score that is played keeps its beats, unless it counts otherwise than the recording
            played = next(node for node in recipe.nodes if node.op == "perform")
            score = Score.from_document(played.p["score"])
            if len(score.beats) < 2:
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
    return finished(recipe, plan)


def _finished(recipe: Recipe, plan: Plan, material: Material) -> Recipe:
    return finished(_felt(balanced(recipe, plan, material.source), plan, material), plan)


def _felt(recipe: Recipe, plan: Plan, material: Material) -> Recipe:
    """The recipe swung, straightened, or with another song's groove on its beats."""
    if plan.feel == "swing":
        return swung(recipe, 500, SWUNG_PERMILLE)
    if plan.feel == "straight":
        heard = _swing_of(material)
        if heard < _SWINGS_PERMILLE:
            what = f"is straight, and so is the recording (its half beats fall at {heard / 10:.0f} % of the beat)"
            raise PlanError([Finding("plan.feel", what, "leave the feel as it is")])
        return swung(recipe, heard, 500)
    if not plan.groove:
        return recipe
    if material.lender is None:
        raise PlanError([Finding("plan.groove", "was not found", "name a song of the catalogue")])
    lender = material.lender
    if lender.source.pcm_sha256 == material.source.pcm_sha256:
        raise PlanError([Finding("plan.groove", "is that of the song itself", "name another song")])
    if lender.analysis.metre != material.analysis.metre:
        counts = f"counts {lender.analysis.metre} beats a bar, this song {material.analysis.metre}"
        raise PlanError([Finding("plan.groove", counts, "choose a song of the same metre")])
    return grooved(recipe, lender.lends(recipe.sr), lender.groove())


_SWINGS_PERMILLE = 530
"""Where the half beats fall from which on a recording counts as swung."""


def _swing_of(material: Material) -> int:
    """Where the half beats of a recording fall, in permille of the beat (500: straight)."""
    halves = [late for k, (late, _) in enumerate(material.groove()) if k % 4 == 2 and late]
    return 500 + round(median(halves) / 4) if halves else 500


BUILDERS: Mapping[str, Callable[[Plan, Material, Bounds, int], Recipe]] = {
    "edit": _edited,
    **dict.fromkeys(variations.SIMPLE, _varied),
    "radio_edit": _radio_edit,
    "extended": _extended,
    "loop": _loop,
    "remix": _remix,
    "mashup": _mashup,
    "sing_over": lambda plan, material, bounds, seed: sung_over(plan, material, OPEN, seed),
    **dict.fromkeys(ANEW, _anew),
}
"""Every kind of plan that can be built, with what builds it."""
