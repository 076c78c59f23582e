"""Why something is blocked, and the shortest path to yes: the fewest signatures that unlock the most.

A recording is unlocked when everybody who stands in its way has signed, so signatures that only help together are
looked at together. What no signature can mend (shares that do not add up, uncleared samples) is told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ritornello.consent.codes import EFFECT, Code, Outcome
from ritornello.consent.decision import Decision
from ritornello.consent.signatures import best_among, best_signers, without

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
        Code.BACK_TRANSLATION_CHECK,
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
    """Signatures to get together, and what they unlock: recordings, and their weight (plays, or one each).

    `proved`: no equally many further signatures unlock more.
    """

    signers: tuple[str, ...]
    unlocks: tuple[str, ...]
    weight: int
    proved: bool = True


MOST_TOGETHER = 12
"""How many signatures one step asks for at most. The best set of a catalogue in which hardly anybody has signed may be
thousands of people; nobody can act on that, so it is taken in smaller steps, which are then not proved."""


def shortest_path(
    blocked: Mapping[str, Blocked], weights: Mapping[str, int] | None = None, *, most_steps: int = 20
) -> list[Step]:
    """The steps that unlock most per signature, one after the other, each counting on the ones before.

    `blocked`: recording → what stands in its way; those with obstacles are left out. `weights`: plays where they are
    known; a recording without any then weighs nothing. Every beginning of the path unlocks as much as any equally many
    signatures could (where its steps are `proved`); ties go by fewer signatures, then by name.
    """
    missing = {asset: entry.signers for asset, entry in blocked.items() if entry.signers and not entry.obstacles}
    groups: dict[frozenset[str], int] = {}
    members: dict[frozenset[str], list[str]] = {}
    for asset, signers in missing.items():
        groups[signers] = groups.get(signers, 0) + (1 if weights is None else weights.get(asset, 0))
        members.setdefault(signers, []).append(asset)
    steps: list[Step] = []
    while len(steps) < most_steps and (best := best_signers(groups)) is not None:
        if len(best.signers) > MOST_TOGETHER:
            best = best_among(groups, MOST_TOGETHER) or best
        unlocks = [asset for signers, assets in members.items() if signers <= best.signers for asset in assets]
        steps.append(Step(tuple(sorted(best.signers)), tuple(sorted(unlocks)), best.weight, best.proved))
        groups = without(groups, best.signers)
        left: dict[frozenset[str], list[str]] = {}
        for signers, assets in members.items():
            if rest := signers - best.signers:
                left.setdefault(rest, []).extend(assets)
        members = left
    return steps


def obstacles(blocked: Iterable[Blocked]) -> Mapping[str, int]:
    """How many recordings each obstacle stands in the way of, most first."""
    counts: dict[str, int] = {}
    for entry in blocked:
        for code in entry.obstacles:
            counts[code] = counts.get(code, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
