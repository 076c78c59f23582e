"""Why something is blocked, and the shortest path to yes: the fewest signatures that unlock the most.

A recording is unlocked when everybody who stands in its way has signed, so signatures that only help together are
looked at together. What no signature can mend (shares that do not add up, uncleared samples) is told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ritornello.consent.codes import EFFECT, Code, Outcome
from ritornello.consent.decision import Decision

BY_SIGNATURE = frozenset(
    {
        Code.HOLDER_SILENT,
        Code.OFFER_EXPIRED,
        Code.BASIS_NOT_ENOUGH,
        Code.NOT_INDIVIDUAL_EXPRESS,
        Code.CONTRACT_SILENT,
        Code.CONTRACT_ENDED,
        Code.CONTRACT_MISSING,
        Code.TYPE_NOT_ALLOWED,
        Code.ACT_NOT_ALLOWED,
        Code.MORAL_ASK,
        Code.CONTRACT_APPROVAL,
        Code.PRE_APPROVAL,
        Code.FIRST_N_APPROVAL,
        Code.NAME_APPROVAL,
        Code.LYRICIST_APPROVAL,
        Code.VOICE_APPROVAL,
        Code.VOICE_NOT_ALLOWED,
        Code.LYRICS_NOT_ALLOWED,
        Code.TRAINING_NOT_ALLOWED,
    }
)
"""What the holder's own signature would mend. A refusal or revocation is an answer, and is not asked again."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """What stands in the way of one request: who could sign it away, and what no signature mends (as codes)."""

    signers: frozenset[str]
    obstacles: frozenset[str]


def blocked_by(decision: Decision) -> Blocked:
    """Who and what stands in the way of everything that was asked; both are empty where it is allowed."""
    signers: set[str] = set()
    obstacles: set[str] = set()
    for reason in decision.reasons:
        if EFFECT[reason.code] is Outcome.ALLOW:
            continue
        if reason.code in BY_SIGNATURE and reason.holder:
            signers.add(reason.holder)
        else:
            obstacles.add(reason.code.value)
    return Blocked(frozenset(signers), frozenset(obstacles))


@dataclass(frozen=True, slots=True)
class Step:
    """Signatures to get together, and what they unlock: recordings, and their weight (plays, or one each)."""

    signers: tuple[str, ...]
    unlocks: tuple[str, ...]
    weight: int


def shortest_path(
    blocked: Mapping[str, Blocked], weights: Mapping[str, int] | None = None, *, most_steps: int = 20
) -> list[Step]:
    """The steps that unlock most per signature, one after the other, each counting on the ones before.

    `blocked`: recording → what stands in its way; those with obstacles are left out. `weights`: plays where they are
    known. Greedy by weight per signature, ties by fewer signatures, then by name, so that the same catalogue gives the
    same path.
    """
    weigh = weights or {}
    missing = {asset: entry.signers for asset, entry in blocked.items() if entry.signers and not entry.obstacles}
    steps: list[Step] = []
    while missing and len(steps) < most_steps:
        groups: dict[frozenset[str], int] = {}
        for asset, signers in missing.items():
            groups[signers] = groups.get(signers, 0) + weigh.get(asset, 1)
        best = max(sorted(groups, key=sorted), key=lambda signers: _rank(signers, groups))
        unlocked = sorted(asset for asset, signers in missing.items() if signers <= best)
        gained = sum(weigh.get(asset, 1) for asset in unlocked)
        steps.append(Step(tuple(sorted(best)), tuple(unlocked), gained))
        missing = {asset: signers - best for asset, signers in missing.items() if not signers <= best}
    return steps


def obstacles(blocked: Iterable[Blocked]) -> Mapping[str, int]:
    """How many recordings each obstacle stands in the way of, most first."""
    counts: dict[str, int] = {}
    for entry in blocked:
        for code in entry.obstacles:
            counts[code] = counts.get(code, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _rank(signers: frozenset[str], groups: Mapping[frozenset[str], int]) -> tuple[int, int]:
    """Weight unlocked per signature (as an exact integer, scaled), then fewer signatures."""
    gained = sum(weight for other, weight in groups.items() if other <= signers)
    return gained * 1_000_000 // len(signers), -len(signers)
