"""The lyric workspace: LRC and text come in, syllables and stresses by rule, lines against the tune, the difference."""

from __future__ import annotations

import pytest

from ritornello.studio import footprint
from ritornello.studio.lyrics import (
    Lyrics,
    difference,
    fit,
    lines_in_words,
    phrases_of,
    read_lyrics,
    script_of,
    workspace,
)
from ritornello.studio.reading import parse
from ritornello.studio.recipe import RecipeError
from ritornello.studio.score import Score, Tone
from ritornello.studio.syllables import LyricsError, words_of
from tests.studio.recipes import document, node, recording

LRC = """[ti:Come Back]
[ar:Ilse Varga]
[la:en]
[offset:+500]
[00:04.50][00:12.50]Come back to me
[00:08.00]Never again
"""

COUNTS = {
    "en": "love:1 people:2 beautiful:3 loved:1 wanted:2 evening:2 remember:3 tomorrow:3 river:2 sometimes:2 nation:2 "
    "again:2 places:2 because:2 ocean:2 heart:1 believe:2 yesterday:3 silence:2 little:2",
    "es": "corazón:3 día:2 noche:2 canción:2 poeta:3 quiero:2 guitarra:3 maría:3 siempre:2 ciudad:2 playa:2 rey:1",
    "pt": "coração:3 saudade:3 noite:2 amanhã:3 mãe:1 pai:1 praia:2 violão:3 luz:1 janeiro:3 meu:1",
    "it": "amore:3 cuore:2 notte:2 città:2 ciao:1 giorno:2 mia:2 perché:2 chiesa:2 finestra:3",
    "fr": "amour:2 nuit:1 étoile:2 chanson:2 belle:1 lumière:2 rêve:1 oiseau:2 fille:1 chantent:1",
    "de": "liebe:2 nacht:1 sonne:2 träume:2 vergessen:3 mein:1 erinnerung:4 gefühl:2 feuer:2",
}
STRESSES = {
    "en": "remember:1 table:0 again:1 nation:0 believe:1",
    "es": "corazón:2 noche:0 ciudad:1 guitarra:1 canción:1",
    "pt": "coração:2 saudade:1 amanhã:2 janeiro:1",
    "it": "città:1 amore:1 perché:1 finestra:1",
    "fr": "amour:1 chanson:1 lumière:1",
    "de": "vergessen:1 liebe:0 gefühl:1 himmel:0",
}


def song(*lines: tuple[int, ...]) -> Score:
    """A tune of quarter notes: each line so many beats long at so many beats in, at 120 beats a minute."""
    tune = [Tone((start + k) * 960, 900, 62 + k) for start, length in lines for k in range(length)]
    return Score("song", 44_100, 4, 2, "major", ((0, 500_000),), (0, 3840, 7680), 11_520, tuple(tune))


def test_lrc_keeps_times_tags_and_repeated_lines() -> None:
    read = read_lyrics(LRC)
    assert [(line.start_ms, line.text) for line in read.lines] == [
        (4000, "Come back to me"),
        (7500, "Never again"),
        (12_000, "Come back to me"),
    ]
    assert (read.title, read.language, read.script) == ("Come Back", "en", "Latn")
    assert read.credits == (("artist", "Ilse Varga"),)


def test_plain_text_is_lines_in_their_order_and_nothing_is_refused_as_nothing() -> None:
    read = read_lyrics("\ufeffuno\n\n  dos  \n", "es")
    assert [line.text for line in read.lines] == ["uno", "dos"]
    for empty in ("", "\n\n", "[ti:only a tag]"):
        with pytest.raises(LyricsError, match="0 lines"):
            read_lyrics(empty)
    with pytest.raises(LyricsError, match="1001"):
        read_lyrics("la\n" * 1001)


@pytest.mark.parametrize("language", sorted(COUNTS))
def test_syllables_are_counted_by_rule(language: str) -> None:
    wrong = []
    for row in COUNTS[language].split():
        word, count = row.split(":")
        (found,) = words_of(word, language)
        if found.syllables != int(count):
            wrong.append((word, found.syllables))
    assert wrong == []


@pytest.mark.parametrize("language", sorted(STRESSES))
def test_stresses_are_found_by_rule_and_small_words_have_none(language: str) -> None:
    for row in STRESSES[language].split():
        word, stress = row.split(":")
        assert words_of(word, language)[0].stress == int(stress), word
    small = {"en": "the", "es": "el", "pt": "o", "it": "il", "fr": "le", "de": "der"}[language]
    assert words_of(small, language)[0].stress == -1


def test_a_language_without_rules_is_said() -> None:
    with pytest.raises(LyricsError, match="has no syllable rules"):
        words_of("hei maailma", "fi")


def test_each_line_is_held_against_its_phrase() -> None:
    score = song((0, 4), (8, 3))
    assert [(phrase.tones, all(phrase.strong)) for phrase in phrases_of(score)] == [(4, True), (3, True)]
    come, never = fit(read_lyrics("Come back to me\nNever again my love", "en"), score)
    assert (come.syllables, come.tones, come.spare, come.stressed_well) == (4, 4, 0, 1000)
    assert (never.spare, never.stressed_well) == (-3, None)
    assert "3 too many" in lines_in_words([never])[0]


def test_a_line_with_a_time_finds_the_phrase_at_that_time() -> None:
    score = song((0, 4), (8, 3))
    (late,) = fit(read_lyrics("[00:04.00]Never again", "en"), score)
    assert (late.tones, late.spare) == (3, -1)


def test_the_difference_shows_the_lyricist_every_word() -> None:
    before, after = read_lyrics("Come back to me\nStay", "en"), read_lyrics("Come home to me\nStay\nPlease", "en")
    changed, same, added = difference(before, after)
    assert (changed.kind, changed.gone, changed.new) == ("changed", ("back",), ("home",))
    assert (same.kind, added.kind, added.after) == ("same", "added", "Please")


def test_the_hash_of_the_words_goes_into_the_recipe_and_a_new_language_into_its_types() -> None:
    words = read_lyrics("Vuelve a mí", "es")
    assert words.sha256 != read_lyrics("Vuelve a mi", "es").sha256
    sources = [recording(language="en")]
    sung = parse(document(node("same", "gain", "s0", centidb=0), sources=sources, language="es", lyrics=words.sha256))
    assert "LYRIC_TRANSLATION" in footprint.derivative_types(sung)
    assert sung.to_document()["lyrics"] == words.sha256
    changed = parse(
        document(node("same", "gain", "s0", centidb=0), sources=sources, language="en", lyrics=words.sha256)
    )
    assert "LYRIC_CHANGE" in footprint.derivative_types(changed)
    with pytest.raises(RecipeError, match="SHA-256"):
        parse(document(node("same", "gain", "s0", centidb=0), lyrics="the words"))


def test_the_workspace_is_one_document() -> None:
    told = workspace(read_lyrics("Come back", "en"), read_lyrics("Vuelve a mí", "es"), song((0, 4)))
    assert told["new_language"] and told["lyrics_sha256"] == Lyrics(**_fields(told)).sha256
    assert told["adapted_fit"][0]["syllables"] == 4 and told["difference"][0]["kind"] == "changed"


def _fields(told: dict[str, object]) -> dict[str, object]:
    return {"lines": read_lyrics("Vuelve a mí", "es").lines, "language": "es", "script": "Latn"}


def test_the_script_is_told_by_the_letters() -> None:
    assert [script_of(text) for text in ("Olá", "Привет", "सुनो", "사랑", "")] == [
        "Latn",
        "Cyrl",
        "Deva",
        "Hang",
        "Zyyy",
    ]
