"""How the room refuses a record."""

from __future__ import annotations


class CatalogueError(ValueError):
    """A record that cannot be: which one, which field, why, and how to mend it."""

    def __init__(self, where: str, reason: str, mend: str) -> None:
        self.where = where
        self.reason = reason
        self.mend = mend
        super().__init__(f"{where}: {reason}; {mend}")
