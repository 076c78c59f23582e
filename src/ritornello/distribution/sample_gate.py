"""What identification heard decides whether a derivative may leave: its declared sources and no others must be in it.

A confident match to an original that the licence does not name is an uncleared sample and blocks, with its seconds. A
declared source that is not found goes to a person: it may be buried too deep, or the declaration may be wrong. A type
that uses the composition only has nothing of the recording in it: there the measured chords and tune have to agree.
What is found is a fact about sound; who may do what with it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ritornello.distribution.model import Hindrance
from ritornello.identify.declared import Declared
from ritornello.identify.model import Answer
from ritornello.studio.agreement import Agreement

RECORDING_TYPES = frozenset({"SPEED_PITCH", "REMIX", "STEM_RELEASE", "SAMPLE", "MASHUP", "VOICE_TRANSLATION"})
"""Types that use the recording itself (those that need the right M_USE in the table of rights)."""

Span = tuple[float, float]


class Outcome(StrEnum):
    """Whether a finding keeps the derivative back for good, or until a person has listened."""

    BLOCKS = "blocks"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class SampleFinding:
    """One thing that identification holds against a release.

    Attributes:
        code: `undeclared_sample`, `declared_not_found` or `composition_not_agreed`.
        recording: the original concerned.
        outcome: what follows.
        seconds: (from, to) in the derivative, where something was heard.
        reference_seconds: (from, to) in the original, one for each of `seconds`.
        agreement: what was measured, where a composition does not agree; None where it could not be measured.
    """

    code: str
    recording: str
    outcome: Outcome
    seconds: tuple[Span, ...] = ()
    reference_seconds: tuple[Span, ...] = ()
    agreement: Agreement | None = None

    def hindrance(self, title: str = "") -> Hindrance:
        """The finding as one line of the release gate."""
        name = title or self.recording
        if self.code == "undeclared_sample":
            where = ", ".join(
                f"{clock(a)} to {clock(b)} (its {clock(c)} to {clock(d)})"
                for (a, b), (c, d) in zip(self.seconds, self.reference_seconds, strict=True)
            )
            return Hindrance(
                self.code, f"{name} is heard at {where} and is not licensed", f"license {name}, or take it out"
            )
        if self.code == "declared_not_found":
            return Hindrance(
                self.code, f"{name} is declared and was not found in the sound", "have a person listen and decide"
            )
        figures = "too little of either was heard to measure it"
        if self.agreement is not None:
            figures = self.agreement.words
        return Hindrance(
            self.code,
            f"melody and chords do not agree enough with {name} to say that it is a version of it: {figures}",
            "have a person listen and decide",
        )

    def to_document(self) -> dict[str, Any]:
        """JSON of texts and whole numbers: milliseconds, permille."""
        return {
            "code": self.code,
            "recording": self.recording,
            "outcome": self.outcome.value,
            "query_ms": [_ms(one) for one in self.seconds],
            "reference_ms": [_ms(one) for one in self.reference_seconds],
            "agreement": None if self.agreement is None else self.agreement.to_document(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> SampleFinding:
        """The inverse of `to_document`, to the millisecond."""
        measured = document["agreement"]
        return cls(
            str(document["code"]),
            str(document["recording"]),
            Outcome(document["outcome"]),
            tuple((a / 1000, b / 1000) for a, b in document["query_ms"]),
            tuple((a / 1000, b / 1000) for a, b in document["reference_ms"]),
            None if measured is None else Agreement.from_document(measured),
        )


def sample_findings(
    derivative_type: str,
    declared: Sequence[Declared],
    undeclared: Sequence[Answer],
    *,
    composition: Mapping[str, Agreement | None] | None = None,
) -> tuple[SampleFinding, ...]:
    """What identification holds against a release; empty for one that is what it declares.

    Args:
        derivative_type: a code of the table of rights.
        declared: each declared original as tier 0 found it.
        undeclared: answers about originals of the catalogue that the licence names nowhere; those that chance explains
            are left aside.
        composition: for types that use the composition only, how far chords and tune of each declared original were
            measured to agree; one that is missing, or None, was not measured.
    """
    found: list[SampleFinding] = []
    by_recording: dict[str, list[tuple[Span, Span]]] = {}
    named = {one.recording for one in declared}
    for answer in undeclared:
        if answer.confident and answer.recording not in named:
            by_recording.setdefault(answer.recording, []).append((answer.query_seconds, answer.reference_seconds))
    for recording, places in sorted(by_recording.items()):
        heard, there = zip(*sorted(places), strict=True)
        found.append(SampleFinding("undeclared_sample", recording, Outcome.BLOCKS, tuple(heard), tuple(there)))
    if derivative_type in RECORDING_TYPES:
        found += [
            SampleFinding("declared_not_found", one.recording, Outcome.PERSON) for one in declared if not one.found
        ]
        return tuple(found)
    for one in declared:
        measured = (composition or {}).get(one.recording)
        if measured is None or not measured.agrees:
            found.append(SampleFinding("composition_not_agreed", one.recording, Outcome.PERSON, agreement=measured))
    return tuple(found)


def clock(seconds: float) -> str:
    """`1:07` for 67.3 seconds: the nearest whole one."""
    whole = int(seconds + 0.5)
    return f"{whole // 60}:{whole % 60:02d}"


def _ms(span: Span) -> list[int]:
    return [round(one * 1000) for one in span]
