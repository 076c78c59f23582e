"""A song's words for programs: held against the tune line by line, kept on the maker's desk, read again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from ritornello.api.doors import Here
from ritornello.api.errors import Problem
from ritornello.api.studio import Makes, Recording, told
from ritornello.api.studio_desk import paper_document
from ritornello.studio.adaptation import Adaptation
from ritornello.workflows.studio_papers import owner_of
from ritornello.workflows.studio_words import hold, keep_words, words_on_desk

router = APIRouter(prefix="/api/v1/studio", tags=["studio"])
Words = Annotated[str, Body(embed=True, max_length=200_000, description="the adapted words, LRC or text")]
Language = Annotated[str, Body(embed=True, description="ISO 639-1; left out, what the file says")]
Script = Annotated[str, Body(embed=True, description="ISO 15924; left out, the one that most letters are of")]
Title = Annotated[str, Body(embed=True, description="the title in that language; left out, what the file says")]
Credits = Annotated[str, Body(embed=True, description='one a line, such as "lyricist: Ana Prado"')]
Back = Annotated[
    str,
    Body(embed=True, max_length=200_000, description="line by line, what the words mean in the original's language"),
]
Original = Annotated[str, Body(embed=True, max_length=200_000, description="the original words")]


def _said(
    words: Words,
    language: Language = "",
    script: Script = "",
    title: Title = "",
    credits: Credits = "",
    original: Original = "",
    original_language: Language = "",
    back: Back = "",
) -> Adaptation:
    """The words of a request's body, as both doors read them."""
    return Adaptation(words, language, script, title, credits, original, original_language, back)


Said = Annotated[Adaptation, Depends(_said)]


@router.post("/lyrics")
def lyrics(recording_id: Recording, member: Makes, here: Here, said: Said) -> dict[str, Any]:
    """The lyric workspace: each line's syllables and stresses against the tune, the difference, and the hash."""
    with told():
        return dict(hold(here.house, member.organisation, owner_of(member), recording_id, said).workspace)


@router.get("/words/{recording_id}")
def kept(recording_id: str, member: Makes, here: Here) -> dict[str, Any]:
    """The words that lie on your desk beside a song, with the hash that recipes carry. 404 until some are kept."""
    found = words_on_desk(here.house, member.organisation, owner_of(member), recording_id)
    if found is None:
        raise Problem(404, "no words are kept for this song", mend="PUT /api/v1/studio/words/{recording} first")
    return paper_document(found[1])


@router.put("/words/{recording_id}")
def keep(recording_id: str, member: Makes, here: Here, said: Said) -> dict[str, Any]:
    """Keep words beside a song, in place of what lay there; every finding is told; of wrong ones nothing is kept."""
    with told():
        return paper_document(
            keep_words(here.house, member.organisation, owner_of(member), recording_id, said, here.now())
        )
