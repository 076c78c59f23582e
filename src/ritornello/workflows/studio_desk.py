"""The fan's studio from wish to proposal: a recipe for a plan, what is refused of it, and how much room there is.

What is proposed is held against the licence that the maker has already, or against what the holders would grant if it
were asked for now; nothing is decided or kept by looking. Ordering is the next step (`studio_orders`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from ritornello.analysis.model import Audio
from ritornello.consent.bounds import bounds_of
from ritornello.consent.codes import OWN_SERVICE, Outcome
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.nearest import with_nearest
from ritornello.consent.requests import Person, Request
from ritornello.consent.requests import Plan as Facts
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof.signing import Signed
from ritornello.studio import footprint
from ritornello.studio.bounds import Bounds
from ritornello.studio.building import OPEN, Material, Proposal, build, propose, settle, title_of
from ritornello.studio.check import check
from ritornello.studio.over_recording import lies_at
from ritornello.studio.plain import card_of
from ritornello.studio.plan import Plan, PlanError, words_of
from ritornello.studio.recipe import Recipe, RecipeError, Source
from ritornello.studio.score import Score
from ritornello.studio.sketching import hears, sketch, unfit
from ritornello.studio.wording import texts_of
from ritornello.workflows.ask import gather, rules_of
from ritornello.workflows.house import House
from ritornello.workflows.licences_on_file import licences_for
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_songs import material_of, recording_of, wording_refused, words_in


@dataclass(frozen=True, slots=True)
class Where:
    """Where a derivative shall go, and who makes it."""

    person: Person
    territories: TerritorySet = field(default_factory=lambda: TerritorySet.parse("WW"))
    services: tuple[str, ...] = (OWN_SERVICE,)
    acts: tuple[str, ...] = ("make", "publish")
    words: frozenset[str] = frozenset()
    """The words of the sentence, which the holders may have excluded."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A proposal with what it rests on: a licence on file, or the answer that asking would get now."""

    proposal: Proposal
    bounds: Bounds
    licence_id: str = ""
    decision: Decision | None = None
    unheard: bool = False
    """The holders' plain no came before anything was listened to, so the recipe is a sketch without its notes."""

    @property
    def open_in(self) -> TerritorySet | None:
        """Where the same would find open doors: fewer places than were asked for; None where there are none."""
        return None if self.decision is None or self.licence_id else fewer_places(self.decision)

    @property
    def ready(self) -> bool:
        """Whether it could be ordered as it is."""
        granted = bool(self.licence_id) or (self.decision is not None and self.decision.outcome is Outcome.ALLOW)
        return granted and self.proposal.allowed

    def to_document(self) -> dict[str, Any]:
        """What a person or program needs to see before anything is rendered."""
        proposal = self.proposal
        nearest = proposal.nearest if proposal.refusals else None
        return {
            "plan": proposal.plan.to_document(),
            "words": list(words_of(proposal.plan)),
            "notes": list(proposal.notes),
            "title": proposal.title,
            "proposal": card_of(proposal.recipe),
            "take": None if (lies := lies_at(proposal.recipe)) is None else asdict(lies),
            "refusals": [refusal.to_document() for refusal in proposal.refusals],
            "nearest": None if nearest is None else card_of(nearest),
            "licence_id": self.licence_id,
            "answer": _answer(self),
            "reasons": reasons_of(self.decision),
            "open_in": "" if self.open_in is None else str(self.open_in),
            "ready": self.ready,
        }


def fewer_places(decision: Decision) -> TerritorySet | None:
    """The part of the asked places in which the same kinds and acts would be allowed, perhaps with a smaller change;
    None where no such part is left out of a yes."""
    asked, near = decision.request, decision.nearest
    if near is None or (near.types, near.acts) != (asked.types, asked.acts) or near.territories == asked.territories:
        return None
    return near.territories


def open_places(house: House, organisation: str, recording_id: str, person: Person, at: datetime) -> TerritorySet:
    """The largest area in which this person may make some kind of derivative; the whole world where there is none."""
    whole = TerritorySet.parse("WW")
    request = Request(
        types=("SPEED_PITCH",),
        sources=(recording_id,),
        plan=Facts(),
        acts=("make", "publish"),
        territories=whole,
        services=(OWN_SERVICE,),
        person=person,
        at=at,
    )
    near = _looked(house, organisation, request).nearest
    return whole if near is None or near.acts != request.acts else near.territories


def _answer(offered: Offered) -> str:
    if offered.licence_id:
        return Outcome.ALLOW.value
    return Outcome.DENY.value if offered.decision is None else offered.decision.outcome.value


def reasons_of(decision: Decision | None) -> list[dict[str, str]]:
    """Why a decision is no yes: code, words, detail, the right that is not open, where, and in which recording."""
    if decision is None:
        return []
    told = [one for one in decision.to_document()["reasons"] if one["effect"] != Outcome.ALLOW.value]
    keys = ("code", "words", "detail", "right", "territories")
    rows = (
        (*((key, str(one[key])) for key in keys), ("recording", str(one["source"] or ""))) for one in told
    )  # of two songs one may be open and the other not
    return [dict(row) for row in dict.fromkeys(rows)]


# ── proposing ──


def propose_derivative(
    house: House,
    organisation: str,
    recording_id: str,
    plan: Plan,
    where: Where,
    at: datetime,
    *,
    seed: int = 1,
    own: tuple[Source, Callable[[], Audio]] | None = None,
    own_at_ms: int | None = None,
    score: Score | None = None,
) -> Offered:
    """The recipe of a plan, what would be refused of it, and the nearest that is allowed. Nothing is kept.

    `own` is the maker's own take and how to hear it, `own_at_ms` where it begins if the maker says so, `score` the song
    as the maker corrected it. Where a plan needs to listen, consent is asked about its sketch first. Raises
    SourceMissing, or PlanError for what cannot be made of this recording.
    """
    if held := unfit(plan):
        raise PlanError(held)
    material = material_of(house, organisation, recording_id)
    if score is not None:
        material = replace(material, score=score)
    if plan.other:
        material = replace(material, other=material_of(house, organisation, plan.other, source_id="s1"))
    if plan.groove:
        material = replace(material, lender=material_of(house, organisation, plan.groove, source_id="lender"))
    sources = _sources(recording_id, plan)
    if hears(plan):
        refused, allowed = _asked_unheard(house, organisation, plan, material, sources, where, at)
        if refused is not None:
            return refused
        # where the holders want no machine help, no trained model hears the song either
        material = replace(material, unaided=not allowed.allows_ai("assistive"))
    if own is not None:
        frames = round(own[0].frames * material.analysis.rate / own[1]().rate)
        material = replace(material, contribution=replace(own[0], frames=frames), taken=own[1])
        material = replace(material, taken_at_ms=own_at_ms)
    wished = build(settle(plan, material.analysis)[0], material, OPEN, seed=seed)
    for licence in _on_file(house, organisation, wished, sources, where, at):
        bounds = Bounds.from_document(licence.payload["bounds"])
        return Offered(propose(plan, material, bounds, seed=seed), bounds, str(licence.payload["id"]))
    decision = _looked(house, organisation, request_of(wished, sources, where, at))
    bounds = _bounds(decision, material)
    proposal = propose(plan, material, bounds, seed=seed)
    if proposal.recipe.id != wished.id:  # what the plan left open has moved inside the bounds: ask about that
        decision = _looked(house, organisation, request_of(proposal.recipe, sources, where, at))
    return Offered(proposal, bounds, decision=decision)


def _asked_unheard(
    house: House,
    organisation: str,
    plan: Plan,
    material: Material,
    sources: tuple[str, ...],
    where: Where,
    at: datetime,
) -> tuple[Offered | None, Bounds]:
    """What the holders say to a plan that would have to listen, before anything is heard: their plain no (None without
    one), and the bounds that they set."""
    recipe = sketch(settle(plan, material.analysis)[0], material)
    for licence in _on_file(house, organisation, recipe, sources, where, at):
        return None, Bounds.from_document(licence.payload["bounds"])
    request = request_of(recipe, sources, where, at)
    if plan.kind in ("sing", "sing_over"):  # the take is not in the sketch: it is laid on the beats after listening
        request = replace(request, plan=replace(request.plan, own_voice=True))
    decision = _looked(house, organisation, request)
    if decision.outcome is not Outcome.DENY:
        return None, _bounds(decision, material)
    notes = ("nothing was listened to, since the holders say no",)
    title = title_of(settle(plan, material.analysis)[0], material.title)
    sketched = Proposal(plan, recipe, check(recipe, Bounds()), notes=notes, title=title)
    refused = Offered(sketched, Bounds(), decision=decision, unheard=True)
    return refused, Bounds()


def _bounds(decision: Decision, material: Material) -> Bounds:
    """The bounds of a decision; where nobody has set one, nothing is allowed."""
    try:
        return bounds_of(decision, material.source.stems or ("drums", "rest"))
    except ConsentError:
        return Bounds()


@dataclass(frozen=True, slots=True)
class Room:
    """How much room a kind of derivative has before anything is asked of it: the bounds, and what they rest on.

    `parts` are the recording's own parts, or drums and rest of one without delivered stems.
    """

    bounds: Bounds
    parts: tuple[str, ...]
    licence_id: str = ""
    decision: Decision | None = None

    @property
    def answer(self) -> Outcome:
        if self.licence_id:
            return Outcome.ALLOW
        return Outcome.DENY if self.decision is None else self.decision.outcome

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not plainly allowed, in words."""
        told = (
            f"{one['words']}: {one['detail']}" if one["detail"] else one["words"] for one in reasons_of(self.decision)
        )
        return tuple(dict.fromkeys(told))

    @property
    def heard_apart(self) -> frozenset[str]:
        """The delivered parts that a maker may move, and therefore hear, on their own."""
        return frozenset(self.parts) & self.bounds.stems if self.answer is Outcome.ALLOW else frozenset()


def settled(house: House, organisation: str, recording_id: str, plan: Plan) -> Plan:
    """The plan with a wished tempo and key as changes of this recording. Raises SourceMissing."""
    return settle(plan, material_of(house, organisation, recording_id).analysis)[0]


def room_for(house: House, organisation: str, recording_id: str, plan: Plan, where: Where, at: datetime) -> Room:
    """The room of a plan's kind, by the licence on file or what the holders would answer. Nothing is heard or kept.

    An edit has no type of its own until something is changed, so it is asked about as a change of speed. Raises
    SourceMissing, or PlanError for a kind that this recording cannot have.
    """
    material = material_of(house, organisation, recording_id)
    if plan.other:
        material = replace(material, other=material_of(house, organisation, plan.other, source_id="s1"))
    asked = Plan("edit", tempo_permille=1001) if plan.kind == "edit" else plan
    recipe = sketch(asked, material) if hears(asked) else build(asked, material, OPEN)
    sources = _sources(recording_id, asked)
    parts = tuple(material.source.stems or ("drums", "rest"))
    types = footprint.derivative_types(recipe)
    for licence in _on_file(house, organisation, recipe, sources, where, at):
        return Room(Bounds.from_document(licence.payload["bounds"]), parts, str(licence.payload["id"]))
    # the least of its kind: what a wish goes too far in is told by the wish's own check, not here
    least = replace(request_of(recipe, sources, where, at), plan=Facts(own_voice="COVER_SAME" in types))
    decision = _looked(house, organisation, least)
    if decision.outcome is Outcome.DENY:
        return Room(Bounds(), parts, decision=decision)
    return Room(_bounds(decision, material), parts, decision=decision)


def check_recipe(
    house: House,
    organisation: str,
    recording_id: str,
    recipe: Recipe,
    where: Where,
    at: datetime,
    *,
    title: str = "",
) -> Offered:
    """A recipe that somebody wrote or corrected, held against the same licence or answer as a proposal.

    Raises RecipeError where its texts, or the wished `title`, say what a sentence may not say.
    """
    sources = sources_of(house, organisation, recording_id, recipe)
    if found := wording_refused(house, organisation, sources, recipe, title):
        raise RecipeError(found)
    where = worded(where, recipe, title)
    plan = Plan("edit")
    for licence in _on_file(house, organisation, recipe, sources, where, at):
        bounds = Bounds.from_document(licence.payload["bounds"])
        return Offered(_held(plan, recipe, bounds), bounds, str(licence.payload["id"]))
    decision = _looked(house, organisation, request_of(recipe, sources, where, at))
    try:
        bounds = bounds_of(decision, recipe.sources[0].stems or ("drums", "rest"))
    except ConsentError:
        bounds = Bounds()
    return Offered(_held(plan, recipe, bounds), bounds, decision=decision)


def worded(where: Where, recipe: Recipe, title: str) -> Where:
    """The same with the words of a recipe's own texts and of the wished title, which the holders may have excluded."""
    texts = [text for _, text in texts_of(recipe)]
    return replace(where, words=where.words.union(*map(words_in, (*texts, title))))


def _held(plan: Plan, recipe: Recipe, bounds: Bounds) -> Proposal:
    from ritornello.studio.nearest import nearest

    refusals = check(recipe, bounds)
    return Proposal(plan, recipe, refusals, nearest(recipe, bounds) if refusals else recipe)


def facts_of(recipe: Recipe, words: frozenset[str] = frozenset()) -> Facts:
    """What a recipe does to the sound, as a request for consent puts it. A groove layer counts as three tenths."""
    flow = footprint.flow(recipe)
    facts: dict[str, Any] = {"words": words, "ai": footprint.ai_class(recipe)}
    for source in recipe.sources:
        carried = flow.sources.get(source.id)
        if carried is None or "recording" not in carried.rights:
            continue
        tempo = max(carried.tempo, key=lambda ratio: abs(ratio - 1))
        structure = footprint.structure_of(carried.pieces, source.frames)
        facts |= {
            "tempo_permille": round((tempo - 1) * 1000),
            "key_cents": max(carried.key, key=abs),
            "pitch_follows_tempo": carried.speed,
            "structure": structure,
            "stems": frozenset(carried.parts or ()),
        }
        if structure == "extract":
            facts["extract_ms"] = footprint.covered(carried.pieces) * 1000 // recipe.sr
        if source.vocal_part and source.vocal_part in footprint.missing_parts(carried, source):
            facts["vocals"] = "remove"
    # a contribution comes with the declaration that its maker sings or plays it: no cover of a recipe has another voice
    facts["own_voice"] = any(one.kind == "contribution" and one.id in flow.sources for one in recipe.sources)
    added = sorted(one.what for one in flow.added if one.what != "performance")
    if added:
        facts |= {"original_permille": 700, "added_permille": 300, "genre": added[0]}
    elif facts["own_voice"] and any("recording" in one.rights for one in flow.sources.values()):
        facts |= {"original_permille": 500, "added_permille": 500}  # as loud as the recording that it lies over
    facts["reharmonised"] = flow.harmony_changed or flow.metre_changed
    if flow.market_style != "none":
        facts["locale"] = flow.market_style
    if "LYRIC_TRANSLATION" in footprint.derivative_types(recipe):
        facts |= {"lyrics": "translate", "language": recipe.language}
    facts["words_sha256"] = recipe.lyrics
    return Facts(**facts, loudness_centilu=recipe.out.lufs, true_peak_centidb=recipe.out.dbtp)


def _on_file(
    house: House, organisation: str, recipe: Recipe, sources: tuple[str, ...], where: Where, at: datetime
) -> list[Signed]:
    """The maker's licences that stand and serve this recipe's types, places and words."""
    types = footprint.derivative_types(recipe)
    return licences_for(
        house, organisation, where.person.id, sources, types, where.territories, at, words_sha256=recipe.lyrics
    )


def _looked(house: House, organisation: str, request: Request) -> Decision:
    """What would be answered now; nothing is kept."""
    rules = rules_of(house)
    with house.work(organisation, read_only=True) as work:
        facts = gather(work, request, rules)
        return with_nearest(decide(request, facts), facts)


def request_of(recipe: Recipe, sources: tuple[str, ...], where: Where, at: datetime) -> Request:
    return Request(
        types=footprint.derivative_types(recipe),
        sources=sources,
        plan=facts_of(recipe, where.words),
        acts=where.acts,
        territories=where.territories,
        services=where.services,
        person=where.person,
        at=at,
    )


def _sources(recording_id: str, plan: Plan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (recording_id, plan.other, plan.groove))))


def sources_of(house: House, organisation: str, recording_id: str, recipe: Recipe) -> tuple[str, ...]:
    """The recordings that a recipe reads: the one it is about first, then those found by the hash of their samples."""
    others = {source.pcm_sha256 for source in recipe.sources if source.kind == "recording" and source.pcm_sha256}
    with house.work(organisation, read_only=True) as work:
        first = recording_of(work, recording_id)
        named = {one.pcm_sha256: one.id for one in work.catalogue.recordings() if one.pcm_sha256 in others}
    if strangers := others - set(named):
        raise SourceMissing(f"the recipe reads samples {min(strangers)[:12]}…, which no recording of the house has")
    return tuple(dict.fromkeys((first.id, *sorted(named.values()))))
