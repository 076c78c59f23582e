"""The nearest request that would be allowed: what to change so that nobody has to be asked.

First everything that has a nearest value is moved to it (tempo, key, form, loudness, extract). Then, where types are
the trouble, the other types that the holders offer are tried. What is still stopped is left out: the largest block of
acts, services and territories that is allowed throughout. The result is decided again, so that it is allowed by proof
and not by hope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from ritornello.consent.codes import ACTS, TYPES, Code, Outcome
from ritornello.consent.decide import decide
from ritornello.consent.decision import STRIDE, Decision
from ritornello.consent.excluded import excluded_in
from ritornello.consent.facts import Facts
from ritornello.consent.offers import Offer
from ritornello.consent.requests import Plan, Request
from ritornello.consent.terms import Terms
from ritornello.identifiers.territories import TerritorySet

_BLOCK = (1 << STRIDE) - 1
_MOST_SERVICES = 6
"""With more services than this, only single ones and all of them are tried together."""


def with_nearest(decision: Decision, facts: Facts) -> Decision:
    """The decision with its nearest allowed request filled in (None where there is none)."""
    if decision.outcome is Outcome.ALLOW:
        return replace(decision, nearest=decision.request)
    return replace(decision, nearest=nearest(decision, facts))


def nearest(decision: Decision, facts: Facts) -> Request | None:
    """The nearest request that `decide` allows in every cell, or None."""
    best: tuple[tuple[int, int, int], Request] | None = None
    for changes, request in _candidates(decision, facts):
        trial = decide(request, facts, seek_nearest=False)
        kept = _largest_block(trial)
        if kept is None:
            continue
        cells = len(kept.acts) * len(kept.services) * len(kept.territories)
        rank = (_acts_weight(kept.acts), cells, -changes)
        if best is None or rank > best[0]:
            best = (rank, kept)
    if best is None:
        return None
    found = best[1]
    return found if decide(found, facts, seek_nearest=False).outcome is Outcome.ALLOW else None


def _candidates(decision: Decision, facts: Facts) -> Iterator[tuple[int, Request]]:
    """Requests to try, with the number of changes to the derivative itself, least changed first."""
    request = decision.request
    yield 0, request
    plan = clamp(request.plan, _terms_of(decision), request)
    if plan != request.plan:
        yield 1, request.changed(plan=plan)
    if any(reason.code is Code.TYPE_NOT_ALLOWED for reason in decision.reasons):
        offered = _types_offered(decision.offers)
        for name in TYPES:
            if name in offered and (name,) != request.types and not (name == "MASHUP" and len(request.sources) < 2):
                other = request.changed(types=(name,))
                retold = clamp(request.plan, _terms_of(decide(other, facts, seek_nearest=False)), other)
                yield 3, other.changed(plan=retold)


def clamp(plan: Plan, terms: Sequence[Terms], request: Request) -> Plan:
    """The plan with every value moved to the nearest one that all these terms allow, where one exists."""
    for offered in terms:
        bounds = offered.transformation
        changes: dict[str, Any] = {
            "tempo_permille": bounds.tempo_permille.nearest(plan.tempo_permille),
            "key_cents": bounds.key_cents.nearest(plan.key_cents),
            "pitch_follows_tempo": plan.pitch_follows_tempo and not bounds.keep_pitch,
            "structure": min(plan.structure, bounds.structure, key=("keep", "extract", "reorder").index),
            "original_permille": max(plan.original_permille, bounds.min_original_permille),
            "added_permille": min(plan.added_permille, bounds.max_added_permille),
            "reharmonised": plan.reharmonised and bounds.reharmonise,
            "ai": min(plan.ai, bounds.ai, key=("none", "assistive", "generative").index),
            "topics": plan.topics - offered.exclusions.topics,
            "words": frozenset(w for w in plan.words if not excluded_in((w,), offered.exclusions.terms)),
        }
        if plan.extract_ms is not None and bounds.max_extract_ms is not None:
            changes["extract_ms"] = min(plan.extract_ms, bounds.max_extract_ms)
        if plan.vocals not in bounds.vocals and "keep" in bounds.vocals:
            changes["vocals"] = "keep"
        if bounds.stems is not None:
            changes["stems"] = plan.stems & bounds.stems
        if plan.loudness_centilu is not None:
            changes["loudness_centilu"] = bounds.loudness_centilu.nearest(plan.loudness_centilu)
        if plan.true_peak_centidb is not None:
            changes["true_peak_centidb"] = min(plan.true_peak_centidb, bounds.true_peak_centidb)
        if plan.sample_rate is not None:
            changes["sample_rate"] = max(plan.sample_rate, bounds.min_sample_rate)
        if "COVER_SAME" in request.types and offered.voice.own_voice_required:
            changes["own_voice"] = True
        plan = replace(plan, **changes)
    return plan


def _terms_of(decision: Decision) -> list[Terms]:
    return [offer.terms for offer in decision.offers]


def _types_offered(offers: Sequence[Offer]) -> frozenset[str]:
    offered = frozenset(TYPES)
    for offer in offers:
        offered &= offer.terms.types.allowed
    return offered


def _acts_weight(acts: Sequence[str]) -> int:
    """Acts further down the way of a derivative count more, as they are what was asked for."""
    return sum(1 << ACTS.index(act) for act in acts)


def _largest_block(decision: Decision) -> Request | None:
    """The request cut down to the acts, services and territories that are allowed throughout: most acts, then most
    cells."""
    request, cells = decision.request, decision.cells
    services = cells.services
    width = len(services)
    masks = [decision.allowed >> (STRIDE * place) & _BLOCK for place in range(cells.count)]
    if width <= _MOST_SERVICES:
        groups = [group for size in range(width, 0, -1) for group in combinations(range(width), size)]
    else:
        groups = [tuple(range(width)), *((place,) for place in range(width))]
    best: tuple[tuple[int, int], tuple[int, ...], tuple[int, ...], int] | None = None
    count = len(cells.acts)
    for group in groups:
        per_act = []
        for act in range(count):
            mask = _BLOCK
            for place in group:
                mask &= masks[act * width + place]
            per_act.append(mask)
        for size in range(count, 0, -1):
            for chosen in combinations(range(count), size):
                mask = _BLOCK
                for act in chosen:
                    mask &= per_act[act]
                if not mask:
                    continue
                weight = _acts_weight([cells.acts[act] for act in chosen])
                rank = (weight, mask.bit_count() * len(group) * size)
                if best is None or rank > best[0]:
                    best = (rank, chosen, group, mask)
    if best is None:
        return None
    _, chosen, group, mask = best
    return request.changed(
        acts=tuple(cells.acts[act] for act in chosen),
        services=tuple(services[place] for place in group),
        territories=TerritorySet(mask),
    )
