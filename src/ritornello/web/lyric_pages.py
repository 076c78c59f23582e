"""The lyric workspace of a song as a page: words line by line against the tune, the difference, and their hash."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.studio.lyrics import LANGUAGES, LyricsError
from ritornello.web.frames import frame
from ritornello.web.rendering import page
from ritornello.web.views import Link
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_papers import owner_of, words_against_the_tune

router = APIRouter(include_in_schema=False)
Makes = Annotated[Identity, Depends(allowed(Capability.MAKE_DERIVATIVE))]
Words = Annotated[str, Form(max_length=200_000)]
NAMES = {"de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "pt": "Portuguese"}


@router.get("/songs/{recording_id}/lyrics")
def lyrics(recording_id: str, request: Request, member: Makes, work: Reading) -> Response:
    """An empty workspace."""
    return _drawn(recording_id, request, member, work, {"language": "en", "original_language": "en"})


@router.post("/songs/{recording_id}/lyrics")
def held(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    words: Words = "",
    language: Annotated[str, Form()] = "",
    original: Words = "",
    original_language: Annotated[str, Form()] = "",
) -> Response:
    """The words held against the tune; nothing is refused for a count, and the words are not kept."""
    said = {
        "words": words,
        "language": language,
        "original": original,
        "original_language": original_language,
    }
    try:
        found = words_against_the_tune(here.house, member.organisation, owner_of(member), recording_id, **said)
    except (LyricsError, SourceMissing) as error:
        return _drawn(recording_id, request, member, work, said, trouble=str(error))
    return _drawn(recording_id, request, member, work, said, found=found)


def _drawn(
    recording_id: str,
    request: Request,
    member: Identity,
    work: Reading,
    said: dict[str, str],
    *,
    found: dict[str, Any] | None = None,
    trouble: str = "",
) -> Response:
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    drawn = page(
        "lyrics.html",
        frame(request, work, member, "catalogue"),
        song=Link(recording.title, f"/songs/{recording.id}"),
        said=said,
        found=found,
        trouble=trouble,
        languages=[(code, NAMES[code]) for code in LANGUAGES],
    )
    return HTMLResponse(drawn, 422 if trouble else 200)
