"""What is kept of signed files: written once, found by recording or by the hash of the samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, Select

from ritornello.provenance.model import SignedFile
from ritornello.store.provenance_tables import signed_files
from ritornello.store.scope import Scope


class ProvenanceStore:
    """One organisation's signed files inside one transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, file: SignedFile) -> bool:
        """Keep a signed file; False where its recording has one in that role (the first stays)."""
        if self.file(file.recording_id, file.role) is not None:
            return False
        self._scope.insert(signed_files, asdict(file))
        return True

    def file(self, recording_id: str, role: str) -> SignedFile | None:
        return next((one for one in self.files_of(recording_id) if one.role == role), None)

    def files_of(self, recording_id: str) -> Sequence[SignedFile]:
        """All signed files of a recording, by role."""
        asked = self._scope.select(signed_files).where(signed_files.c.recording_id == recording_id)
        return self._files(asked)

    def by_samples(self, pcm_sha256: str) -> Sequence[SignedFile]:
        """The signed files whose samples these are: how a copy without its manifest finds it again."""
        return self._files(self._scope.select(signed_files).where(signed_files.c.pcm_sha256 == pcm_sha256))

    def _files(self, asked: Select[Any]) -> Sequence[SignedFile]:
        return [_file(row) for row in self._scope.all(asked.order_by(signed_files.c.role))]


def _file(row: Row[Any]) -> SignedFile:
    values = dict(row._mapping)
    values.pop("organisation")
    return SignedFile(**values)
