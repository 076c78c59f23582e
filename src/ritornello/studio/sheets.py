"""What goes with the sound of a cover: notes for a sequencer, a lead sheet for a musician, a score to correct."""

from __future__ import annotations

import json
from pathlib import Path

from ritornello.studio.findings import Finding
from ritornello.studio.midi import to_midi
from ritornello.studio.musicxml import lead_sheet
from ritornello.studio.recipe import Recipe
from ritornello.studio.score import Score, ScoreError


def write_sheets(recipe: Recipe, sound: Path) -> tuple[Path, ...]:
    """Write MIDI and, where the recipe carries a score, lead sheet and score beside the sound; the paths written.

    Nothing is written for a recipe that performs nothing.
    """
    performed = next((node for node in recipe.nodes if node.op == "perform"), None)
    if performed is None:
        return ()
    midi = sound.with_suffix(".mid")
    midi.write_bytes(to_midi(recipe, performed.id))
    document = performed.p.get("score")
    if not document:
        return (midi,)
    return midi, *write_score(Score.from_document(document), sound)


def write_score(score: Score, beside: Path) -> tuple[Path, Path]:
    """Write the lead sheet (MusicXML) and the score (JSON, to be corrected) beside a file."""
    sheet, document = beside.with_suffix(".musicxml"), beside.with_suffix(".score.json")
    sheet.write_bytes(lead_sheet(score))
    text = json.dumps(score.to_document(), ensure_ascii=False, sort_keys=True)
    # a row to a line: a person corrects it with an editor
    document.write_text(text.replace("], [", "],\n[").replace(', "', ',\n"') + "\n", encoding="utf-8")
    return sheet, document


def read_score(path: Path) -> Score:
    """A score that a person has corrected. Raises ScoreError with every finding."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ScoreError([Finding(path.name, f"cannot be read: {error}", "give a score as JSON")]) from error
    return Score.from_document(document)
