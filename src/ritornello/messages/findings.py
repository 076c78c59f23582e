"""What a reader noticed: values that are collected, never raised one at a time.

A finding says where (file, row, field), what stands there and how to mend it. An *error* means that the content cannot
be taken at its word (a cut-off file, an unreadable amount); a *warning* that it can, and that somebody should look.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]

MOST_PER_CODE = 200
"""How many findings of one code are kept per file; beyond it they are only counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed in one file.

    `row` counts from 1 as a text editor or a spreadsheet does; None where the whole file is meant. `field` is the
    column's own name in that file; `given` is what stands there, as text.
    """

    code: str
    severity: Severity
    message: str
    file: str
    row: int | None = None
    field: str | None = None
    given: str | None = None

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        return f"{place}{f', {self.field}' if self.field else ''}: {self.message}"


@dataclass(slots=True)
class Findings:
    """A collection that keeps the first `MOST_PER_CODE` of each code and file, and counts the rest."""

    kept: list[Finding] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, finding: Finding, times: int = 1) -> None:
        key = (finding.file, finding.code)
        seen = self.counts.get(key, 0)
        self.counts[key] = seen + times
        if seen < MOST_PER_CODE:
            self.kept.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    def extend_counted(self, others: Findings) -> None:
        """Everything that another collection kept and counted."""
        kept: dict[tuple[str, str], int] = {}
        for finding in others.kept:
            self.add(finding)
            kept[finding.file, finding.code] = kept.get((finding.file, finding.code), 0) + 1
        for key, total in others.counts.items():
            self.counts[key] += total - kept[key]

    def error(
        self,
        code: str,
        message: str,
        file: str,
        row: int | None = None,
        field: str | None = None,
        given: str | None = None,
    ) -> None:
        self.add(Finding(code, "error", message, file, row, field, given))

    def warn(
        self,
        code: str,
        message: str,
        file: str,
        row: int | None = None,
        field: str | None = None,
        given: str | None = None,
    ) -> None:
        self.add(Finding(code, "warning", message, file, row, field, given))

    def closed(self) -> tuple[Finding, ...]:
        """Everything kept, by file and row, with one line per code for those that were only counted."""
        rest = [
            Finding(code, "warning", f"{total - MOST_PER_CODE} more findings of the kind {code!r} were counted", file)
            for (file, code), total in self.counts.items()
            if total > MOST_PER_CODE
        ]
        return tuple(sorted([*self.kept, *rest], key=lambda found: (found.file, found.row or 0, found.code)))


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those findings that forbid to take the content in."""
    return tuple(found for found in findings if found.severity == "error")
