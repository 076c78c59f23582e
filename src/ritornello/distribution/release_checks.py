"""A hearing at the release gate and what people ruled about it: written once, so that any past day can be read again.

What blocks (an undeclared original) nobody can wave through: it has to be licensed, or taken out. What needs a person
(a declared original that was not found, a composition that does not agree) is ruled on by name, with a reason. A ruling
is about this sound and this original: heard again unchanged it still holds, and other sound has to be ruled on anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ritornello.distribution.sample_gate import Outcome, SampleFinding


class Verdict(StrEnum):
    """Where a derivative stands at the gate."""

    PASSES = "passes"
    BLOCKED = "blocked"
    PERSON = "waits_for_a_person"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Hearing:
    """One time that a derivative was heard at the gate.

    Attributes:
        id: of the record.
        recording_id: the derivative.
        licence_id: what it rests on, "" where that is not on file.
        pcm_sha256: hash of the samples that were heard.
        declared: every declared original, with the seconds in which it was found (query and reference, as `spans`).
        findings: what was held against it.
        heard_by: the person who asked, or the workflow.
        heard_at: when.
    """

    id: str
    recording_id: str
    licence_id: str
    pcm_sha256: str
    declared: Mapping[str, Mapping[str, Any]]
    findings: tuple[SampleFinding, ...]
    heard_by: str
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person ruled about one finding.

    Attributes:
        id: of the record.
        hearing_id: the hearing that they had before them.
        recording_id, pcm_sha256: the derivative, by name and by its samples.
        code, original: the finding.
        passes: whether it may leave all the same.
        by: the person.
        at: when.
        reason: in their words.
    """

    id: str
    hearing_id: str
    recording_id: str
    pcm_sha256: str
    code: str
    original: str
    passes: bool
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """A finding with the ruling that stands on it; None while nobody ruled, and always for what blocks."""

    finding: SampleFinding
    ruling: Ruling | None


def ruled(hearing: Hearing, rulings: Iterable[Ruling], at: datetime) -> tuple[Ruled, ...]:
    """Each finding of a hearing with what stood on it at a moment: the latest ruling about this sound until then."""
    known = [one for one in rulings if one.at <= at and one.pcm_sha256 == hearing.pcm_sha256]
    found = []
    for finding in hearing.findings:
        about = [one for one in known if (one.code, one.original) == (finding.code, finding.recording)]
        stands = max(about, key=lambda one: (one.at, one.id), default=None)
        found.append(Ruled(finding, None if finding.outcome is Outcome.BLOCKS else stands))
    return tuple(found)


def verdict(found: Sequence[Ruled]) -> Verdict:
    """Where a derivative stands: blocked before refused, refused before waiting, and it passes when nothing is left."""
    if any(one.finding.outcome is Outcome.BLOCKS for one in found):
        return Verdict.BLOCKED
    if any(one.ruling is not None and not one.ruling.passes for one in found):
        return Verdict.REFUSED
    return Verdict.PERSON if any(one.ruling is None for one in found) else Verdict.PASSES


def latest(hearings: Iterable[Hearing], at: datetime) -> Hearing | None:
    """The last hearing until a moment."""
    return max((one for one in hearings if one.heard_at <= at), key=lambda one: (one.heard_at, one.id), default=None)
