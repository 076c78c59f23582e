"""A song as it is written down, as a page: ordered, seen, heard against the recording, corrected row by row, kept.

A stretch of bars is corrected at a time. The rows work with a keyboard and without a script; what is kept is data in
the recipe of a cover.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Reading
from ritornello.api.errors import NotFound
from ritornello.api.studio import Makes, job_document, render_of
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.harmony import NAMES, chord_name
from ritornello.studio.score import Score, ScoreError
from ritornello.studio.score_rows import (
    ChordRow,
    Correction,
    SectionRow,
    Stretch,
    ToneRow,
    chords_in,
    corrected,
    heard_ms,
    pitch_name,
    sections_of,
    span_of,
    stretches,
    tones_in,
)
from ritornello.studio.sheets import chords_as_played
from ritornello.web.frames import frame
from ritornello.web.rendering import page
from ritornello.web.views import Link
from ritornello.workflows.studio_papers import WRITE_DOWN, keep_score, order_writing, owner_of, score_on_desk

router = APIRouter(include_in_schema=False)
Rows = Annotated[list[str], Form()]
Text = Annotated[str, Form()]
EMPTY_ROWS = 2
"""Rows in which something new is written, below those that stand."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A stretch of a score as it is shown: its rows, the picture of it, and what is played of it."""

    stretch: Stretch
    tones: tuple[ToneRow, ...]
    chords: tuple[ChordRow, ...]
    sections: tuple[SectionRow, ...]
    picture: Mapping[str, Any]
    sound: Mapping[str, Any]


@router.get("/songs/{recording_id}/score")
def score(
    recording_id: str, request: Request, member: Makes, work: Reading, here: Here, bars: str = "", job: str = ""
) -> Response:
    """The score on the maker's desk, a stretch of it with its rows; how far the writing is; or how to order it."""
    watched = job_document(render_of(job, member, work, (WRITE_DOWN,)), here.now()) if job else None
    found = score_on_desk(here.house, member.organisation, owner_of(member), recording_id)
    running = watched is not None and watched["state"] in ("queued", "running")
    written = None if found is None or running else found[0]
    return _drawn(recording_id, request, member, work, written, bars, job=watched)


@router.post("/songs/{recording_id}/score/writing")
def write(
    recording_id: str, member: Makes, work: Reading, here: Here, bpm: Text = "", beats_per_bar: Text = ""
) -> Response:
    """Have the song written down; what listening gets wrong (tempo, metre) may be said."""
    _song(recording_id, work)
    tempo = int(bpm) if bpm.isdigit() and 20 <= int(bpm) <= 400 else None
    metre = int(beats_per_bar) if beats_per_bar in ("3", "4") else None
    ordered = order_writing(
        here.house,
        member.organisation,
        owner_of(member),
        recording_id,
        here.now(),
        bpm=tempo,
        beats_per_bar=metre,
    )
    return RedirectResponse(f"/songs/{recording_id}/score?job={ordered.id}", 303)


@router.post("/songs/{recording_id}/score")
def correct(
    recording_id: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    bars: Text = "",
    tone_bar: Rows = [],  # noqa: B006 - read, never changed
    tone_beat: Rows = [],  # noqa: B006
    tone_pitch: Rows = [],  # noqa: B006
    tone_length: Rows = [],  # noqa: B006
    tone_velocity: Rows = [],  # noqa: B006
    chord_bar: Rows = [],  # noqa: B006
    chord_beat: Rows = [],  # noqa: B006
    chord_symbol: Rows = [],  # noqa: B006
    section_bar: Rows = [],  # noqa: B006
    section_name: Rows = [],  # noqa: B006
    tonic: Annotated[int, Form(ge=0, le=11)] = 0,
    mode: Text = "major",
    shift_from: Text = "",
    shift_by: Text = "",
    then: Text = "",
) -> Response:
    """Keep the correction of one stretch; every finding is told at its row, and nothing is kept of a wrong one.

    `then` cover goes on to the cover of what was kept; else the stretch is shown again.
    """
    found = score_on_desk(here.house, member.organisation, owner_of(member), recording_id)
    if found is None:
        raise NotFound("score of yours")
    stretch = _chosen(found[0], bars)
    tones = zip(tone_bar, tone_beat, tone_pitch, tone_length, tone_velocity, strict=False)
    change = Correction(
        stretch,
        tuple(ToneRow(*row) for row in tones),
        tuple(ChordRow(*row) for row in zip(chord_bar, chord_beat, chord_symbol, strict=False)),
        tuple(SectionRow(*row) for row in zip(section_bar, section_name, strict=False) if row[1].strip()),
        tonic,
        "minor" if mode == "minor" else "major",
        shift_from,
        shift_by,
    )
    try:
        made = corrected(found[0], change)
    except ScoreError as error:
        return _drawn(recording_id, request, member, work, found[0], bars, change=change, wrong=error)
    keep_score(here.house, member.organisation, owner_of(member), recording_id, made, here.now())
    if then == "cover":
        return RedirectResponse(f"/songs/{recording_id}/desk/proposal?kind=cover&corrected=yes", 303)
    lines = min(stretch.first, len(made.bars))
    return RedirectResponse(f"/songs/{recording_id}/score?bars={lines}-{min(stretch.last, len(made.bars))}", 303)


def _song(recording_id: str, work: UnitOfWork) -> Link:
    recording = work.catalogue.recording(recording_id)
    if recording is None:
        raise NotFound("recording")
    return Link(recording.title, f"/songs/{recording.id}")


def _chosen(score: Score, bars: str) -> Stretch:
    """The stretch that an address names; the first one where it names none that there is."""
    first, _, last = bars.partition("-")
    known = stretches(score)
    if first.isdigit() and last.isdigit() and 1 <= int(first) <= int(last) <= len(score.bars):
        label = next((one.label for one in known if one.first <= int(first) <= one.last), "")
        return Stretch(int(first), min(int(last), int(first) + 31), label)
    return known[0]


def _view(score: Score, stretch: Stretch, change: Correction | None) -> Drawn:
    """What is shown of a stretch: the rows as they stand, or as somebody typed them with findings beside."""
    start, end = span_of(score, stretch)
    return Drawn(
        stretch,
        change.tones if change else tones_in(score, stretch),
        change.chords if change else chords_in(score, stretch),
        change.sections if change else sections_of(score),
        _picture(score, start, end),
        _sound(score, start, end),
    )


def _picture(score: Score, start: int, end: int) -> Mapping[str, Any]:
    """The stretch drawn: tones as bars by pitch, bar lines, chord symbols; shares of the width in percent."""
    tones = [tone for tone in score.tune if start <= tone.start < end]
    low = min((tone.pitch for tone in tones), default=60) - 2
    high = max((tone.pitch for tone in tones), default=72) + 2

    def across(tick: int) -> float:
        return round(100 * (tick - start) / (end - start), 3)

    return {
        "rows": high - low,
        "tones": [
            (across(tone.start), round(100 * tone.length / (end - start), 3), high - tone.pitch) for tone in tones
        ],
        "lines": [across(line) for line in score.bars if start <= line < end],
        "chords": [
            (across(max(span.start, start)), chord_name(span.chord))
            for span in score.chords
            if span.start < end and span.end > start
        ],
        "words": ", ".join(pitch_name(tone.pitch) for tone in tones[:24]) or "no tone",
    }


def _sound(score: Score, start: int, end: int) -> Mapping[str, Any]:
    """What the score sounds like in the time of the recording: [start ms, end ms, MIDI pitches], and the stretch."""
    tones = [(tone.start, tone.end, (tone.pitch,)) for tone in score.tune if start <= tone.start < end]
    chords = [(max(a, start), min(b, end), hand) for a, b, hand in chords_as_played(score) if a < end and b > start]
    edges = heard_ms(score, [start, end])
    rows = {}
    for name, events in (("tune", tones), ("chords", chords)):
        begins, stops = heard_ms(score, [one[0] for one in events]), heard_ms(score, [one[1] for one in events])
        rows[name] = [[a, b, list(one[2])] for a, b, one in zip(begins, stops, events, strict=True)]
    return {**rows, "from": edges[0], "until": edges[1]}


def _drawn(
    recording_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    score: Score | None,
    bars: str,
    *,
    job: Mapping[str, Any] | None = None,
    change: Correction | None = None,
    wrong: ScoreError | None = None,
) -> Response:
    recording = work.catalogue.recording(recording_id)
    song = _song(recording_id, work)
    view = None if score is None else _view(score, _chosen(score, bars), change)
    told = () if wrong is None else wrong.findings
    if view is not None:
        tone = ToneRow(str(view.stretch.first), "1", "", "1")
        chord = ChordRow(str(view.stretch.first), "1", "")
        if change is None:
            view = replace(
                view, tones=(*view.tones, *[tone] * EMPTY_ROWS), chords=(*view.chords, *[chord] * EMPTY_ROWS)
            )
    drawn = page(
        "score.html",
        frame(request, work, member, "catalogue"),
        song=song,
        score=score,
        view=view,
        job=job,
        change=change,
        findings=told,
        at=_at(told),
        stretches=() if score is None else stretches(score),
        names=NAMES,
        audio=f"/audio/{recording_id}" if recording is not None and recording.audio_key else "",
        spare=range(EMPTY_ROWS),
    )
    return HTMLResponse(drawn, 422 if told else 200)


def _at(found: Sequence[Any]) -> dict[str, str]:
    """What is wrong by row: "tone 3" → words."""
    wrong: dict[str, str] = {}
    for one in found:
        words = f"{one.what}; {one.mend}"
        wrong[one.where] = f"{wrong[one.where]}. {words}" if one.where in wrong else words
    return wrong
