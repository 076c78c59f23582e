"""What goes with the sound of a cover: notes for a sequencer, a lead sheet for a musician, a score to correct."""

from __future__ import annotations

import json
from pathlib import Path

from ritornello.studio.findings import Finding
from ritornello.studio.harmony import voicing
from ritornello.studio.midi import midi_of, to_midi
from ritornello.studio.musicxml import lead_sheet
from ritornello.studio.performers import PERFORMERS, PROGRAMS
from ritornello.studio.recipe import Recipe
from ritornello.studio.score import Score, ScoreError


def sheets_of(recipe: Recipe) -> dict[str, bytes]:
    """What goes with the sound of a recipe, by the ending of its file; nothing of one that performs nothing.

    `.mid` holds every note that is played; where the recipe carries a score, `.musicxml` is its lead sheet and
    `.score.json` the score to correct.
    """
    performed = next((node for node in recipe.nodes if node.op == "perform"), None)
    if performed is None:
        return {}
    found = {".mid": to_midi(recipe, performed.id)}
    if document := performed.p.get("score"):
        score = Score.from_document(document)
        found |= {".musicxml": lead_sheet(score), ".score.json": score_text(score).encode()}
    return found


def write_sheets(recipe: Recipe, sound: Path) -> tuple[Path, ...]:
    """Write what `sheets_of` a recipe gives beside its sound; the paths written."""
    written = []
    for ending, content in sheets_of(recipe).items():
        path = sound.with_suffix(ending)
        path.write_bytes(content)
        written.append(path)
    return tuple(written)


def write_score(score: Score, beside: Path) -> tuple[Path, Path]:
    """Write the lead sheet (MusicXML) and the score (JSON, to be corrected) beside a file."""
    sheet, document = beside.with_suffix(".musicxml"), beside.with_suffix(".score.json")
    sheet.write_bytes(lead_sheet(score))
    document.write_text(score_text(score), encoding="utf-8")
    return sheet, document


def score_text(score: Score) -> str:
    """The score as JSON, a row to a line: a person corrects it with an editor."""
    text = json.dumps(score.to_document(), ensure_ascii=False, sort_keys=True)
    return text.replace("], [", "],\n[").replace(', "', ',\n"') + "\n"


def chords_as_played(score: Score) -> list[tuple[int, int, tuple[int, ...]]]:
    """The chords of a score as plain hands play them: (start, end) in ticks and three MIDI pitches over their bass."""
    rows: list[tuple[int, int, tuple[int, ...]]] = []
    hand: tuple[int, ...] = ()
    for span in score.chords:
        if span.chord.root < 0:
            continue
        hand = voicing(span.chord, hand, count=3, lo=52, hi=72)
        rows.append((span.start, span.end, (36 + span.chord.bass, *hand)))
    return rows


def plain_midi(score: Score) -> bytes:
    """The tune and plain chords of a score as a Standard MIDI File, with its tempo, metre, key and form."""
    notes = [[0, tone.start, tone.length, tone.pitch, tone.velocity] for tone in score.tune]
    notes += [[1, start, end - start, pitch, 64] for start, end, hand in chords_as_played(score) for pitch in hand]
    parts = [[PERFORMERS.index(name), PROGRAMS[name], 0, 0, 0] for name in ("lead", "piano")]
    tempo = [list(mark) for mark in score.tempo]
    return midi_of({"notes": notes, "tempo": tempo, "parts": parts, "score": score.to_document()}, rate=score.rate)


def read_score(path: Path) -> Score:
    """A score that a person has corrected. Raises ScoreError with every finding."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ScoreError([Finding(path.name, f"cannot be read: {error}", "give a score as JSON")]) from error
    return Score.from_document(document)
