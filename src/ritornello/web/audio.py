"""The sound of a recording, for signed-in members only, in parts as a player asks for them."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.api.streaming import media_type, stream
from ritornello.people.roles import Capability

router = APIRouter(include_in_schema=False, dependencies=[Depends(allowed(Capability.SEE_CATALOGUE))])


@router.api_route("/audio/{recording_id}", methods=["GET", "HEAD"])
def audio(recording_id: str, request: Request, work: Reading, here: Here) -> Response:
    """The recording's own file, whole or in part."""
    recording = work.catalogue.recording(recording_id)
    if recording is None or not recording.audio_key:
        raise NotFound("recording with sound")
    blobs = here.house.blobs
    if not blobs.exists(recording.audio_key):
        raise NotFound("sound of this recording")
    return stream(request, blobs, recording.audio_key, media_type(blobs, recording.audio_key))


_ENDINGS = {"audio/flac": "flac", "audio/mpeg": "mp3", "audio/wav": "wav", "audio/ogg": "ogg", "application/xml": "xml"}


@router.get("/songs/{recording_id}/files/{role}")
def signed_file(recording_id: str, role: str, request: Request, work: Reading, here: Here) -> Response:
    """A cleared file of a recording, signed record included, as a download."""
    found = work.provenance.file(recording_id, role)
    if found is None or not here.house.blobs.exists(found.audio_key):
        raise NotFound("file of this recording")
    name = f"{recording_id}-{role}.{_ENDINGS.get(found.media_type, 'bin')}"
    return stream(request, here.house.blobs, found.audio_key, found.media_type, name=name)
