"""What the usage room needs stored: files that count, what they claim, and what was noticed in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol

from ritornello.messages.findings import Finding
from ritornello.usage.model import Receipt, TakenFile, TakenIn


class UsageRecords(Protocol):
    """The record of what was taken in. Written once; a correction is a further file that names the one it
    supersedes."""

    def record(self, taken: TakenIn) -> None:
        """Write files, receipts and findings. From then on the files of the lake count.

        Raises `UsageError` where a content is recorded already, or where what is superseded is not there or was
        superseded before.
        """

    def known_contents(self, contents: Collection[str]) -> frozenset[str]:
        """Those of the given SHA-256s that are recorded."""

    def file(self, file_id: str) -> TakenFile | None: ...

    def files(
        self,
        start: date | None = None,
        end: date | None = None,
        source: str | None = None,
        superseded: bool = False,
        known_at: datetime | None = None,
    ) -> Sequence[TakenFile]:
        """Files whose period touches start to end (both included), oldest first, each in its latest generation;
        superseded ones only when asked. `known_at` asks for the state of a past moment."""

    def receipts(self, file_ids: Collection[str]) -> Sequence[Receipt]: ...

    def findings(self, file_id: str) -> Sequence[Finding]: ...
