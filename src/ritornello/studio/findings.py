"""What is wrong with something that a person wrote: where, what, how to mend it. All of it, never only the first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a document: where (a path such as nodes[2].p.cents), what, and how to mend it."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} ({self.mend})"
