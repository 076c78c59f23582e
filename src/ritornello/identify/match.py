"""Which recordings are in a query, and how sure is that?

Hypotheses of the vote are verified; a recording's strength is that of its best alignment and of further ones with the
same pitch and scale. From it goes what the best *other* recordings reach (cohort normalisation): straight drums fit
everything a little, the right recording fits far better. What remains is turned into the probability of chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ritornello.identify import chance, decoys
from ritornello.identify.model import Answer, Tier
from ritornello.identify.peaks import FRAMES_PER_SECOND, Peaks
from ritornello.identify.segment import Segment, hours_of
from ritornello.identify.unmoved import likely
from ritornello.identify.verify import FURTHER_LEVEL, Alignment, further, lifted, lifts, promise, refine
from ritornello.identify.vote import Hypothesis, vote

COHORT = slice(2, 7)
"""Ranks whose mean is the level of chance for this query: the third to the seventh recording."""

USUAL_LEVEL = 7.5
"""Stands in for the cohort that a small index has not: what an unrelated recording may well reach, on the cautious
side, since without others nothing tells a drum pattern that everybody plays from a recording."""

REFINED = 10
"""Hypotheses of the vote that are refined, beside the likely places: those that promise most at a first look."""

_ENOUGH = 200

_EXAMINED = 8
"""Recordings whose further alignments are looked for."""

DOUBTED = (1.8, 12.0)
"""Scores that are held against decoys: below, nothing is answered; above, chance was never seen."""

_DOUBTED_MOST = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A recording found in a query, with all its alignments, the best first."""

    segment: int
    number: int
    score: float
    alignments: tuple[Alignment, ...]

    @property
    def best(self) -> Alignment:
        return self.alignments[0]


def matches(query: Peaks, segments: Sequence[Segment], most: int = 3) -> list[Match]:
    """The recordings that fit best, best first, whatever their score."""
    best: dict[tuple[int, int], Alignment] = {}
    opened: dict[tuple[int, int], Peaks] = {}
    rows = lifts(query)
    for one in _promising(query, segments, opened):
        key = (one.segment, one.number)
        found = lifted(rows, opened[key], refine(query, opened[key], one.shift, one.stretch, one.place))
        if key not in best or found.strength > best[key].strength:
            best[key] = found
    ranked = sorted(best.items(), key=lambda pair: (-pair[1].strength, pair[0]))
    strengths: list[tuple[float, tuple[int, int], tuple[Alignment, ...]]] = []
    for place, (key, alignment) in enumerate(ranked):
        others: list[Alignment] = []
        if place < _EXAMINED:
            others = further(query, opened[key], alignment)
        strength = alignment.strength + sum(other.z - FURTHER_LEVEL for other in others)
        strengths.append((strength, key, (alignment, *others)))
    strengths.sort(key=lambda one: (-one[0], one[1]))
    cohort = [strength for strength, _, _ in strengths[COHORT]]
    cohort += [USUAL_LEVEL] * (COHORT.stop - COHORT.start - len(cohort))
    level = float(np.mean(cohort))
    every = [Match(*key, strength - level, alignments) for strength, key, alignments in strengths]
    return _doubted(query, every, opened)[:most]


def _doubted(query: Peaks, found: list[Match], opened: dict[tuple[int, int], Peaks]) -> list[Match]:
    """The matches without what the query's decoys reach with their recordings; the best first."""
    low, high = DOUBTED
    first = [
        replace(one, score=one.score - decoys.excess(query, opened[one.segment, one.number]))
        if low <= one.score < high
        else one
        for one in found[:_DOUBTED_MOST]
    ]
    return sorted([*first, *found[_DOUBTED_MOST:]], key=lambda one: (-one.score, one.segment, one.number))


def _promising(query: Peaks, segments: Sequence[Segment], opened: dict[tuple[int, int], Peaks]) -> list[Hypothesis]:
    """The hypotheses worth refining; the peaks of their recordings go to `opened`."""
    weighed: list[tuple[float, int, Hypothesis]] = []
    unmoved = likely(query, segments)
    loudest = _loudest(query)
    for place, one in enumerate([*unmoved, *vote(query, segments)]):
        key = (one.segment, one.number)
        if key not in opened:
            opened[key] = segments[one.segment].peaks(one.number)
        if place >= len(unmoved):
            weighed.append((-promise(loudest, opened[key], one.shift, one.stretch, one.place), place, one))
    return [*unmoved, *(one for _, _, one in sorted(weighed, key=lambda each: each[:2])[:REFINED])]


def _loudest(query: Peaks) -> Peaks:
    """The half of a query's peaks that stand out most: enough for a first look."""
    if len(query) < _ENOUGH:
        return query
    return query.only(query.strength >= np.median(query.strength))


def identify(query: Peaks, segments: Sequence[Segment], most: int = 3) -> list[Answer]:
    """The recordings in a query, best first; only those that chance explains badly.

    Args:
        query: peaks of the audio in question, some seconds to half a minute.
        segments: where to look.
        most: how many recordings at the most.
    """
    answers = [answer_of(query, segments, match) for match in matches(query, segments, most)]
    return [answer for answer in answers if answer.confident]


def answer_of(query: Peaks, segments: Sequence[Segment], match: Match) -> Answer:
    """A match as an answer; alignments are one span when they touch, else the best one's."""
    return Answer(
        segments[match.segment].names[match.number],
        Tier.TRANSFORMED,
        match.best.query_seconds,
        match.best.reference_seconds,
        match.best.cents,
        match.best.time_scale,
        match.score,
        chance.of_score(match.score, query.frames / FRAMES_PER_SECOND, hours_of(segments)),
    )
