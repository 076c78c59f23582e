"""The lyric workspace of a song as a page: words brought in, adapted line by line against the tune, kept, reopened.

A count by rule is an estimate, so no line is refused for it. The page works without a script; what stands in its fields
is what is checked, every finding is told at its field, and nothing is kept before it can be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound
from ritornello.api.studio import Makes
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.adaptation import MOST_BYTES, ROLES, SCRIPTS, Adaptation
from ritornello.studio.lyrics import Line, as_lrc, places_of
from ritornello.studio.plan import LANGUAGE_NAMES
from ritornello.studio.plan import LANGUAGES as SUNG
from ritornello.studio.syllables import LyricsError
from ritornello.web.exports import Kind, Table, answer
from ritornello.web.frames import frame
from ritornello.web.rendering import page
from ritornello.web.views import Link
from ritornello.workflows.make_derivative import SourceMissing
from ritornello.workflows.studio_papers import PaperRefused, owner_of
from ritornello.workflows.studio_words import Held, hold, keep_words, words_on_desk

router = APIRouter(include_in_schema=False)
MOST_ROWS = 1000
Text = Annotated[str, Form()]


@router.get("/songs/{recording_id}/lyrics")
def lyrics(recording_id: str, request: Request, member: Makes, work: Reading, here: Here) -> Response:
    """The workspace with the words that lie on the maker's desk, held against the tune."""
    _song(recording_id, work)
    kept = words_on_desk(here.house, member.organisation, owner_of(member), recording_id)
    if kept is None:
        return _drawn(recording_id, request, member, work, Adaptation())
    held, wrong = _held(here, member, recording_id, kept[0])
    return _drawn(recording_id, request, member, work, kept[0], held, wrong, kept=True)


@router.post("/songs/{recording_id}/lyrics")
def bring(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    words: Text = "",
    language: Text = "",
    script: Text = "",
    title: Text = "",
    credits: Text = "",
    original: Text = "",
    original_language: Text = "",
    back: Text = "",
    line: Annotated[list[str], Form()] = [],  # noqa: B006 - read, never changed
    stamp: Annotated[list[str], Form()] = [],  # noqa: B006
    act: Text = "hold",
    words_file: Annotated[UploadFile | None, File()] = None,
    original_file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Hold words against the tune, and keep them where that is asked.

    The lines of the workspace are the words, unless others are pasted or uploaded in their place. With `act` "fit" only
    the lines' fit is answered, for a page that asks while somebody writes.
    """
    _song(recording_id, work)
    if not words.strip() and any(map(str.strip, line)):
        words = as_lrc(_rows(line, stamp))
    said = Adaptation(words, language, script, title, credits, original, original_language, back)
    wrong: dict[str, str] = {}
    for name, file in (("words", words_file), ("original", original_file)):
        if file is not None and file.filename:
            try:
                said = replace(said, **{name: _text(file)})
            except LyricsError as error:
                wrong[name] = str(error)
    held, more = (None, {}) if wrong else _held(here, member, recording_id, said)
    wrong |= more
    if act == "fit":
        return HTMLResponse(page("lyric_fit.html", None, rows=_lines(held), found=held), 200 if held else 422)
    if act == "keep" and held is not None:
        try:
            keep_words(here.house, member.organisation, owner_of(member), recording_id, held.said, here.now())
            return RedirectResponse(f"/songs/{recording_id}/lyrics", 303)
        except PaperRefused as error:
            wrong["words"] = str(error)
    return _drawn(recording_id, request, member, work, held.said if held else said, held, wrong)


@router.get("/songs/{recording_id}/lyrics.json")
def document(recording_id: str, member: Makes, here: Here) -> Response:
    """The kept words as the document whose hash recipes carry; `make --words` reads it."""
    kept = words_on_desk(here.house, member.organisation, owner_of(member), recording_id)
    if kept is None:
        raise NotFound("words of yours")
    name = {"Content-Disposition": 'attachment; filename="words.json"'}
    return JSONResponse(kept[0].lyrics().to_document(), headers=name)


@router.get("/exports/songs/{recording_id}/lyrics.{kind}")
def export(recording_id: str, kind: Kind, member: Makes, here: Here) -> Response:
    """The lines of the kept words against the tune as a table."""
    kept = words_on_desk(here.house, member.organisation, owner_of(member), recording_id)
    if kept is None:
        raise NotFound("words of yours")
    held = hold(here.house, member.organisation, owner_of(member), recording_id, kept[0])
    columns = ("number", "start_ms", "original", "words", "syllables", "tones", "spare", "stressed_well_permille")
    rows = [
        tuple(
            {**one, **(one["fit"] or {})}.get(name.removesuffix("_permille").replace("words", "text"))
            for name in columns
        )
        for one in _lines(held)
    ]
    return answer(Table("lyrics", columns, rows), kind)


def _song(recording_id: str, work: UnitOfWork) -> Link:
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    return Link(recording.title, f"/songs/{recording.id}")


def _rows(lines: list[str], stamps: list[str]) -> list[Line]:
    """The filled lines of the workspace with their times; what is no time is none."""
    times = [int(one) if one.isascii() and one.isdigit() and len(one) < 9 else None for one in stamps[:MOST_ROWS]]
    times += [None] * (len(lines) - len(times))
    filled = zip(lines[:MOST_ROWS], times, strict=False)
    return [Line(" ".join(text.split()), at) for text, at in filled if text.strip()]


def _text(file: UploadFile) -> str:
    """An uploaded text. Raises LyricsError where it is too large or no UTF-8."""
    raw = file.file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise LyricsError(f"{file.filename} is larger than {MOST_BYTES // 1000} kB; bring the words of one song")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LyricsError(f"{file.filename} is no UTF-8 text at byte {error.start}; save it as UTF-8") from error


def _held(
    here: Installation, member: Identity, recording_id: str, said: Adaptation
) -> tuple[Held | None, dict[str, str]]:
    """The workspace of what was said, or what is wrong by field."""
    try:
        return hold(here.house, member.organisation, owner_of(member), recording_id, said), {}
    except PaperRefused as error:
        wrong: dict[str, str] = {}
        for one in error.findings:
            told = f"{one.what}; {one.mend}" if one.mend else one.what
            wrong[one.where] = f"{wrong[one.where]}. {told}" if one.where in wrong else told
        return None, wrong
    except SourceMissing as error:
        return None, {"words": str(error)}


def _lines(held: Held | None) -> list[dict[str, Any]]:
    """The rows of the workspace, phrase by phrase: each line beside the original's, and empty ones without words.

    Where both have as many lines, they are beside each other in their order; else by the phrase that each is sung to.
    """
    if held is None:
        return []
    found = held.workspace
    phrases = found["phrases"]
    starts = [one["start_ms"] for one in phrases]
    adapted, before = held.said.lyrics(), held.said.before()
    fits = found["adapted_fit"] or [None] * len(adapted.lines)
    own = list(zip(places_of(adapted, starts), adapted.lines, fits, strict=True))
    theirs = [] if before is None else [one.text for one in before.lines]
    there = [] if before is None else places_of(before, starts)
    together = len(theirs) == len(own)
    rows: list[dict[str, Any]] = []
    for place in (*range(len(phrases)), None):
        mine = [(number, one) for number, one in enumerate(own) if one[0] == place]
        beside = (
            [theirs[number] for number, _ in mine]
            if together
            else [text for text, at in zip(theirs, there, strict=True) if at == place]
        )
        count = max(len(mine), len(beside), 0 if place is None else 1)
        for k in range(count):
            line, fit = (mine[k][1][1], mine[k][1][2]) if k < len(mine) else (Line(""), None)
            at = line.start_ms if line.start_ms is not None or place is None else starts[place]
            rows.append({
                "number": len(rows) + 1,
                "start_ms": at,
                "original": beside[k] if k < len(beside) else "",
                "text": line.text,
                "fit": fit,
                "tones": 0 if place is None else phrases[place]["tones"],
            })  # fmt: skip
    return rows


def _drawn(
    recording_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    said: Adaptation,
    held: Held | None = None,
    wrong: Mapping[str, str] | None = None,
    *,
    kept: bool = False,
) -> Response:
    drawn = page(
        "lyrics.html",
        frame(request, work, member, "catalogue"),
        song=_song(recording_id, work),
        said=said.to_document() if held else {name: getattr(said, name) for name in Adaptation.__slots__},
        found=held.workspace if held else None,
        rows=_lines(held),
        wrong=wrong or {},
        kept=kept,
        languages=LANGUAGE_NAMES,
        sung=SUNG,
        scripts=SCRIPTS,
        roles=ROLES,
    )
    return HTMLResponse(drawn, 422 if wrong else 200)
