"""A hundred sentences in each language: nine in ten are the right plan, the rest are asked back, none is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.studio.sentence import normal, understand

HERE = Path(__file__).parent
TITLES = {"Night Bus": "rec_night_bus", "Salt and Sand": "rec_salt_and_sand"}
NAMES = ("Ilse Varga", "The Lanterns", "Taylor Swift", "Shakira", "Country")
SENTENCES = {name: json.loads((HERE / f"sentences_{name}.json").read_text(encoding="utf-8")) for name in ("en", "es")}
EVERY = [row for rows in SENTENCES.values() for row in rows]


def read(sentence: str, **more: Any) -> Any:
    return understand(sentence, titles=TITLES, names=NAMES, **more)


@pytest.mark.parametrize("language", ["en", "es"])
def test_nine_in_ten_are_the_right_plan_and_none_is_wrong(language: str) -> None:
    right, wrong = 0, []
    for row in SENTENCES[language]:
        found = read(row["say"])
        got = None if found.plan is None else found.plan.to_document()
        if got is not None and got != row.get("plan"):
            wrong.append((row["say"], got))
        right += got is not None and got == row.get("plan")
        assert found.plan is not None or found.questions or found.refusals
    assert len(SENTENCES[language]) == 100
    assert wrong == []
    assert right >= 90, right


@pytest.mark.parametrize("row", [row for row in EVERY if "answer" in row], ids=lambda row: row["say"])
def test_what_is_unclear_is_asked_back_with_a_question(row: dict[str, Any]) -> None:
    found = read(row["say"])
    assert found.plan is None
    assert found.questions and all(question.ask for question in found.questions)


@given(row=st.sampled_from([row for row in EVERY if "plan" in row]), at=st.integers(0, 30), word=st.sampled_from(
    ("xylograph", "not", "never", "nunca", "less", "menos", "Beyond", "7", "-3")
))  # fmt: skip
def test_a_word_that_is_not_understood_is_never_passed_over(row: dict[str, Any], at: int, word: str) -> None:
    words = row["say"].split()
    at = min(at, len(words))
    found = read(" ".join((*words[:at], word, *words[at:])))
    assert found.plan is None or word in ("7", "-3", "less", "menos")
    if found.plan is not None and found.plan.to_document() != row["plan"]:
        # a number may complete a phrase; then the plan holds that very number
        assert any(str(abs(int(word)))[0] in str(value) for value in found.plan.to_document().values())


@pytest.mark.parametrize(
    ("sentence", "term"),
    [
        ("a slow ballad in the style of Taylor Swift", "Taylor Swift"),
        ("sing it like Adele", "like adele"),
        ("use the voice of Drake", "the voice of drake"),
        ("make it sound like The Lanterns", "The Lanterns"),
        ("que suene como Rosalía", "que suene como rosalia"),
        ("con la voz de Shakira", "Shakira"),
        ("al estilo de Bad Bunny", "al estilo de bad bunny"),
    ],
)
def test_other_artists_are_refused_with_the_term_and_a_way_out(sentence: str, term: str) -> None:
    found = read(sentence)
    assert found.plan is None
    assert term in [refused.term for refused in found.refusals]
    assert all(refused.why and refused.mend for refused in found.refusals)


def test_the_songs_own_artist_may_be_named_and_a_style_may_be_likened_to() -> None:
    assert read("keep Ilse Varga's voice").refusals  # of another song
    assert read("remix, keep the voice of Ilse Varga", own_names=["Ilse Varga"]).plan.vocals == "keep"
    assert read("I would like a remix").plan.kind == "remix"
    assert read("like a bossa nova").plan.style == "bossa_nova"
    assert read("country version").plan.style == "country"  # an artist called like a word of the grammar


def test_words_that_the_holders_excluded_are_refused() -> None:
    found = read("a nightcore remix for the election", forbidden=["election"])
    assert found.plan is None
    assert [one.term for one in found.refusals] == ["election"]
    assert read("selection remix", forbidden=["election"]).refusals == ()


def test_two_wishes_that_exclude_each_other_are_asked_with_both() -> None:
    (question,) = read("a bossa nova reggaeton remix").questions
    assert question.suggestions == ("bossa nova", "reggaeton")
    assert read("10% faster at 120 bpm").plan is None
    assert read("instrumental with just the vocals").plan is None


def test_a_typing_error_is_asked_with_the_nearest_word() -> None:
    (question,) = read("regaeton remix").questions
    assert "regaeton" in question.about and "reggaeton" in question.suggestions


def test_what_a_country_could_mean_is_asked_with_its_styles() -> None:
    (question,) = read("for Brazil").questions
    assert question.suggestions == ("bossa_nova", "baile_funk")


def test_the_meaning_of_each_phrase_is_told() -> None:
    found = read("slow bossa nova, keep the voice, for Brazil")
    assert [said for said, _ in found.meanings] == ["slow", "bossa nova", "keep the voice", "for brazil"]


def test_a_sentence_that_is_too_long_is_not_read() -> None:
    assert read("remix " * 200).questions[0].ask.startswith("the sentence is longer")


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    found = read(text)
    assert (found.plan is not None) + bool(found.questions) + bool(found.refusals) >= 1


def test_words_are_compared_without_accents_case_and_hyphens() -> None:
    assert normal("Reggaetón, K-Ballad; don't −5 %") == ("reggaeton", "k", "ballad", "dont", "-5", "%")


FANS = json.loads((HERE / "sentences_fans.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", FANS, ids=lambda row: row["say"])
def test_what_fans_write_is_read_asked_back_or_refused_and_never_guessed(row: dict[str, Any]) -> None:
    found = read(row["say"])
    assert (None if found.plan is None else found.plan.to_document()) == row.get("plan")
    assert [one.term for one in found.refusals] == ([row["refused"]] if "refused" in row else [])
    assert bool(found.questions) == ("asked" in row)


WALKED = [
    row
    for name in ("sentences_walk.json", "sentences_again.json")
    for row in json.loads((HERE / name).read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("row", WALKED, ids=lambda row: row["say"])
def test_sentences_written_before_the_grammar_was_looked_at(row: dict[str, Any]) -> None:
    found = read(row["say"])
    assert (None if found.plan is None else found.plan.to_document()) == row.get("plan")
    assert [one.term for one in found.refusals] == row.get("refused", [])
    assert bool(found.questions) == ("asked" in row)


def test_a_groove_is_borrowed_from_a_song_that_is_named_and_asked_for_where_it_is_not() -> None:
    assert read("with the groove of Salt and Sand, 5% faster").plan.to_document() == {
        "kind": "edit",
        "groove": "rec_salt_and_sand",
        "tempo_permille": 1050,
    }
    (question,) = read("use the groove of this one").questions
    assert "which song" in question.ask


def test_two_levels_of_one_part_exclude_each_other_and_those_of_two_parts_do_not() -> None:
    assert read("louder drums, less bass").plan.to_document()["levels"] == {"drums": 300, "bass": -300}
    (question,) = read("louder drums, quieter drums").questions
    assert question.suggestions == ("louder drums", "quieter drums")
