"""A score as rows that a person corrects: unchanged rows change nothing, changes are told by bar and beat."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.studio.harmony import Harmony
from ritornello.studio.score import ChordSpan, Part, Score, ScoreError, Tone
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
    pitch_named,
    sections_of,
    stretches,
    tones_in,
)
from tests.studio.songs import demo_score

AM, F, G = Harmony(9, "min", 9), Harmony(5, "maj", 5), Harmony(7, "maj", 7)
BAR = 3840
SMALL = Score(
    "Small", 44_100, 4, 9, "minor", ((0, 500_000),), tuple(range(0, 8 * BAR, BAR)), 8 * BAR,
    tuple(Tone(k * BAR + 960, 320, 60 + k) for k in range(8)),
    (ChordSpan(0, 3 * BAR, AM), ChordSpan(3 * BAR, 5 * BAR, F), ChordSpan(6 * BAR, 8 * BAR, G)),
    (Part(0, 4 * BAR, "A"), Part(4 * BAR, 8 * BAR, "B")), tuple(range(0, 44_100 * 16, 22_050)), 0,
)  # fmt: skip


def change(score: Score, stretch: Stretch, **other: object) -> Correction:
    """The rows of a stretch as they stand, with what is said in place of them."""
    rows = Correction(
        stretch, tones_in(score, stretch), chords_in(score, stretch), sections_of(score), score.tonic, score.mode
    )
    return replace(rows, **other)  # type: ignore[arg-type]


@given(st.integers(1, 8), st.integers(1, 8))
def test_unchanged_rows_change_nothing(first: int, last: int) -> None:
    stretch = Stretch(min(first, last), max(first, last))
    assert corrected(SMALL, change(SMALL, stretch)) == SMALL


def test_a_real_song_comes_back_as_it_was() -> None:
    score = demo_score()
    assert stretches(score)[0].first == 1 and stretches(score)[-1].last == len(score.bars)
    for stretch in stretches(score):
        assert corrected(score, change(score, stretch)) == score


@given(st.integers(0, 127))
def test_pitches_are_read_as_they_are_written(pitch: int) -> None:
    assert pitch_named(pitch_name(pitch)) == pitch
    assert pitch_named("Eb4") == pitch_named("D#4") == pitch_named("e♭4") == 63


def test_a_tone_a_chord_a_section_and_the_key_are_corrected() -> None:
    rows = tones_in(SMALL, Stretch(5, 6))
    assert rows[0] == ToneRow("5", "2", "E4", "0.3333")
    made = corrected(SMALL, change(
        SMALL, Stretch(5, 6),
        tones=(ToneRow("5", "2.5", "G4", "1/3"), replace(rows[1], pitch="")),
        chords=(ChordRow("5", "1", "Dm7"), ChordRow("5", "3", "G/B"), ChordRow("6", "1", "N.C.")),
        sections=(SectionRow("1", "Verse"), SectionRow("3", "Chorus")), tonic=0, mode="major",
    ))  # fmt: skip
    assert made.tune[4] == Tone(4 * BAR + 1440, 320, 67) and len(made.tune) == 7
    assert [(one.start // 960, one.end // 960, one.chord.name) for one in made.chords[1:4]] == [
        (12, 16, "F"), (16, 18, "Dm7"), (18, 20, "G/B"),
    ]  # fmt: skip
    assert [(part.start, part.end, part.label) for part in made.sections] == [
        (0, 2 * BAR, "Verse"), (2 * BAR, 8 * BAR, "Chorus"),
    ]  # fmt: skip
    assert made.key_name == "C major"


def test_bar_lines_move_and_what_sounds_stays() -> None:
    made = corrected(SMALL, change(SMALL, Stretch(1, 4), shift_from="1", shift_by="1"))
    assert made.bars[:3] == (0, BAR + 960, 2 * BAR + 960) and made.tune == SMALL.tune and made.chords == SMALL.chords
    assert [part.start for part in made.sections] == [0, 4 * BAR + 960]
    back = corrected(made, change(made, Stretch(1, 4), shift_from="2", shift_by="-1"))
    assert back.bars == SMALL.bars and back.sections == SMALL.sections
    late = corrected(SMALL, change(SMALL, Stretch(1, 4), shift_from="6", shift_by="-3"))
    assert late.bars[4:6] == (4 * BAR, 4 * BAR + 960)


WRONG: list[tuple[dict[str, object], str]] = [
    ({"tones": (ToneRow("5", "2", "H4", "1"),)}, "tone 1: 'H4' is no pitch"),
    ({"tones": (ToneRow("1", "2", "C4", "1"),)}, "tone 1: is in bar 1"),
    ({"tones": (ToneRow("5", "9", "C4", "1"),)}, "tone 1: is on beat 9"),
    ({"tones": (ToneRow("5", "x", "C4", "1"),)}, "tone 1: is at bar '5', beat 'x'"),
    ({"tones": (ToneRow("5", "1", "C4", "0"),)}, "tone 1: is '0' beats long"),
    ({"tones": (ToneRow("5", "1", "C4", "1/0"),)}, "tone 1: is '1/0' beats long"),
    ({"tones": (ToneRow("5", "1", "C4", "4"), ToneRow("5", "2", "C4", "1"))}, "tone 2: begins at bar 5 beat 2"),
    ({"tones": (ToneRow("6", "4", "C4", "9"),)}, "tone 1: still sounds"),
    ({"chords": (ChordRow("5", "1", "Xm"),)}, "chord 1: 'Xm' is no chord"),
    ({"chords": (ChordRow("5", "1", "C"), ChordRow("5", "1.0", "F"))}, "chord 2: begins with another"),
    ({"sections": (SectionRow("99", "A"),)}, "section 1: begins in bar '99'"),
    ({"sections": (SectionRow("1", "A"), SectionRow("1", "B"))}, "section 2: begins in bar 1"),
    ({"sections": ()}, "section 1: is missing"),
    ({"shift_by": "-4"}, "bar lines: cannot move 4 beats"),
    ({"shift_by": "a"}, "bar lines: are moved by something else"),
    ({"shift_by": "1", "shift_from": "99"}, "bar lines: are moved from bar 99"),
]


@pytest.mark.parametrize(("other", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_is_wrong_is_told_at_its_row(other: dict[str, object], told: str) -> None:
    with pytest.raises(ScoreError) as caught:
        corrected(SMALL, change(SMALL, Stretch(5, 6), **other))
    assert told in str(caught.value)
    assert all(one.mend for one in caught.value.findings)


def test_every_finding_is_told_at_once() -> None:
    with pytest.raises(ScoreError) as caught:
        corrected(SMALL, change(SMALL, Stretch(5, 6), tones=WRONG[0][0]["tones"], chords=WRONG[8][0]["chords"]))
    assert [one.where for one in caught.value.findings] == ["tone 1", "chord 1"]


def test_ticks_lie_where_the_recording_played_them() -> None:
    assert heard_ms(SMALL, [0, 960, 1440, 8 * BAR]) == [0, 500, 750, 16_000]
    late = replace(SMALL, beats=(4_410, 26_460, 52_920), first_beat=960)
    assert heard_ms(late, [960, 1920, 2400, 0]) == [100, 600, 900, 0]
    assert heard_ms(replace(SMALL, beats=()), [1920]) == [1000]
