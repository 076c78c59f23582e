"""What is kept of a signed file on our side, since delivery strips it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignedFile:
    """One signed file of a recording.

    `file_sha256`, `audio_key`: of the signed bytes; `pcm_sha256`: of the samples inside, by which a stripped copy is
    found again; `manifest_key`: the blob with the manifest store; `verdict`: as verified under the house's trust list.
    """

    id: str
    recording_id: str
    role: str
    media_type: str
    file_sha256: str
    audio_key: str
    pcm_sha256: str
    manifest_key: str
    verdict: str
    signed_at: datetime
