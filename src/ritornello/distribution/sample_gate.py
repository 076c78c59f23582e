"""What identification heard decides whether a derivative may leave: its declared sources and no others must be in it.

A confident match to an original that the licence does not name is an uncleared sample and blocks, with its seconds. A
declared source that is not found goes to a person: it may be buried too deep, or the declaration may be wrong. What is
found is a fact about sound; who may do what with it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ritornello.distribution.model import Hindrance
from ritornello.identify.declared import Declared
from ritornello.identify.model import Answer

RECORDING_TYPES = frozenset({"SPEED_PITCH", "REMIX", "STEM_RELEASE", "SAMPLE", "MASHUP", "VOICE_TRANSLATION"})
"""Types that use the recording itself (those that need the right M_USE in the table of rights)."""


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
    """

    code: str
    recording: str
    outcome: Outcome
    seconds: tuple[tuple[float, float], ...] = ()

    def hindrance(self, title: str = "") -> Hindrance:
        """The finding as one line of the release gate."""
        name = title or self.recording
        where = ", ".join(f"{clock(a)} to {clock(b)}" for a, b in self.seconds)
        if self.code == "undeclared_sample":
            return Hindrance(
                self.code, f"{name} is heard at {where} and is not licensed", f"license {name}, or take it out"
            )
        if self.code == "declared_not_found":
            return Hindrance(
                self.code, f"{name} is declared and was not found in the sound", "have a person listen and decide"
            )
        return Hindrance(
            self.code,
            f"melody and chords do not agree enough with {name} to say that it is a version of it",
            "have a person listen and decide",
        )


def sample_findings(
    derivative_type: str,
    declared: Sequence[Declared],
    undeclared: Sequence[Answer],
    *,
    composition_agrees: bool | None = None,
) -> tuple[SampleFinding, ...]:
    """What identification holds against a release; empty for one that is what it declares.

    Args:
        derivative_type: a code of the table of rights.
        declared: each declared original as tier 0 found it.
        undeclared: answers about originals of the catalogue that the licence names nowhere; those that chance explains
            are left aside.
        composition_agrees: for types that use the composition only, whether the measured melody and chords agree;
            None when that was not measured.
    """
    found: list[SampleFinding] = []
    by_recording: dict[str, list[tuple[float, float]]] = {}
    named = {one.recording for one in declared}
    for answer in undeclared:
        if answer.confident and answer.recording not in named:
            by_recording.setdefault(answer.recording, []).append(answer.query_seconds)
    for recording, seconds in sorted(by_recording.items()):
        found.append(SampleFinding("undeclared_sample", recording, Outcome.BLOCKS, tuple(sorted(seconds))))
    if derivative_type in RECORDING_TYPES:
        found += [
            SampleFinding("declared_not_found", one.recording, Outcome.PERSON) for one in declared if not one.found
        ]
    elif composition_agrees is not True:
        found += [SampleFinding("composition_not_agreed", one.recording, Outcome.PERSON) for one in declared]
    return tuple(found)


def clock(seconds: float) -> str:
    """`1:07` for 67.3 seconds: the nearest whole one."""
    whole = int(seconds + 0.5)
    return f"{whole // 60}:{whole % 60:02d}"
