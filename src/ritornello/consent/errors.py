"""One exception for the room; several findings are collected as values first and raised together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in one field: what, where, and how to mend it."""

    field: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}; {self.mend}"


class ConsentError(ValueError):
    """An offer, request, rule file, link or licence that cannot be taken; `findings` has one entry per field."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)

    @staticmethod
    def of(field: str, problem: str, mend: str) -> ConsentError:
        return ConsentError((Finding(field, problem, mend),))


def raise_any(findings: Sequence[Finding]) -> None:
    """Raise all findings as one `ConsentError`, or nothing."""
    if findings:
        raise ConsentError(findings)
