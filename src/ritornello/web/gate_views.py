"""What the page on the release gate shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ritornello.distribution.model import Hindrance
from ritornello.distribution.release_checks import Ruling, Verdict
from ritornello.distribution.sample_gate import Outcome
from ritornello.studio.agreement import Agreement
from ritornello.web.frames import Names
from ritornello.web.wording import timecode
from ritornello.workflows.release_gate import AtGate

VERDICTS: Mapping[Verdict | None, tuple[str, str]] = {
    Verdict.PASSES: ("yes", "It passes"),
    Verdict.BLOCKED: ("no", "It is blocked"),
    Verdict.PERSON: ("wait", "It waits for a person"),
    Verdict.REFUSED: ("no", "A person refused it"),
    None: ("wait", "Its sound has changed since: hear it again"),
}


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """A declared original; where its recording was found and how far its composition agrees, in words, else ""."""

    title: str
    url: str
    where: str
    agreement: str


@dataclass(frozen=True, slots=True)
class RulingLine:
    """A ruling, as it is told."""

    about: str
    passes: bool
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One thing that is held against it, with the ruling that stands."""

    code: str
    original: str
    title: str
    url: str
    what: str
    mend: str
    blocks: bool
    ruling: RulingLine | None


@dataclass(frozen=True, slots=True)
class GateView:
    """A derivative at the gate."""

    id: str
    title: str
    heard_at: datetime | None
    heard_by: str
    state: str
    words: str
    declared: tuple[DeclaredLine, ...]
    findings: tuple[FindingLine, ...]
    history: tuple[RulingLine, ...]


def view_of(found: AtGate, names: Names) -> GateView:
    """The page's record of where a derivative stands."""
    recording, hearing = found.recording, found.hearing
    state, words = VERDICTS[found.verdict] if hearing is not None else ("none", "It was not heard yet")

    def told(one: Ruling) -> RulingLine:
        about = found.titles.get(one.original, one.original)
        return RulingLine(about, one.passes, names(one.by), one.at, one.reason)

    return GateView(
        id=recording.id,
        title=f"{recording.title} ({recording.version_title})" if recording.version_title else recording.title,
        heard_at=None if hearing is None else hearing.heard_at,
        heard_by="" if hearing is None else names(hearing.heard_by),
        state=state,
        words=words,
        declared=()
        if hearing is None
        else tuple(
            DeclaredLine(
                found.titles.get(name, name),
                f"/songs/{name}",
                "; ".join(
                    f"{timecode(one['query_ms'][0])} to {timecode(one['query_ms'][1])} from "
                    f"{timecode(one['reference_ms'][0])}"
                    for one in placed["spans"]
                ),
                "" if placed.get("agreement") is None else Agreement.from_document(placed["agreement"]).words,
            )
            for name, placed in hearing.declared.items()
        ),
        findings=tuple(
            FindingLine(
                one.finding.code,
                one.finding.recording,
                found.titles.get(one.finding.recording, one.finding.recording),
                f"/songs/{one.finding.recording}",
                *_words(one.finding.hindrance(found.titles.get(one.finding.recording, ""))),
                one.finding.outcome is Outcome.BLOCKS,
                None if one.ruling is None else told(one.ruling),
            )
            for one in found.ruled
        ),
        history=tuple(told(one) for one in reversed(found.rulings)),
    )


def _words(one: Hindrance) -> tuple[str, str]:
    return f"{one.what[0].upper()}{one.what[1:]}", one.mend
