"""Words as a maker brings them: what the file says and what is said beside it, findings by field, one hash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ritornello.studio.adaptation import Adaptation, credits_of, lyrics_from_document
from ritornello.studio.lyrics import Line, as_lrc, fit, read_lyrics
from ritornello.studio.score import Score, Tone
from ritornello.studio.syllables import LyricsError

LRC = "[ti:Vuelve]\n[au:Ana Prado]\n[la:es]\n[00:04.50]Vuelve a mí\n[00:08.123]Nunca más\n"
SAID = Adaptation(words=LRC, original="[la:en]\nCome back to me\nNever again")


def test_what_the_file_says_stands_in_the_fields_and_what_is_said_goes_before() -> None:
    told = SAID.told()
    assert (told.title, told.language, told.script, told.original_language) == ("Vuelve", "es", "Latn", "en")
    assert told.credits == "lyricist: Ana Prado"
    assert told.words == "[00:04.500]Vuelve a mí\n[00:08.123]Nunca más"
    said = replace(SAID, title="Vuelve ya", language="pt", credits="Translator: Rui Sá\nlyricist: Ana Prado").lyrics()
    assert (said.title, said.language) == ("Vuelve ya", "pt")
    assert said.credits == (("translator", "Rui Sá"), ("lyricist", "Ana Prado"))


def test_the_hash_is_that_of_the_words_however_they_are_brought() -> None:
    told = SAID.told()
    assert told.lyrics().sha256 == SAID.lyrics().sha256 == told.told().lyrics().sha256
    assert SAID.to_document()["lyrics_sha256"] == SAID.lyrics().sha256
    assert Adaptation.from_document(told.to_document()) == told
    document = SAID.lyrics().to_document()
    assert lyrics_from_document(document).sha256 == SAID.lyrics().sha256
    for name, other in (("title", "Vuelve ya"), ("language", "pt"), ("script", "Cyrl"), ("credits", "lyricist: A B")):
        assert replace(SAID, **{name: other}).lyrics().sha256 != SAID.lyrics().sha256, name


def test_every_finding_is_told_at_its_field() -> None:
    wrong = Adaptation(
        words="  \n", language="klingon", script="latin", title="x" * 301, credits="Ana Prado\nlyricist: Ana\n: B",
        original="a\n" * 1001, original_language="E",
    )  # fmt: skip
    found = [(one.where, one.mend) for one in wrong.findings()]
    assert [where for where, _ in found] == [
        *("words", "original", "language", "original_language", "script", "title", "credits", "credits")
    ]
    assert all(mend for _, mend in found)
    assert SAID.findings() == ()
    assert Adaptation(words="ab" * 100_001).findings()[0].what == "is larger than 200 kB"


def test_credits_keep_their_order_and_a_name_with_a_colon() -> None:
    assert credits_of("lyricist: Ana\n\nAdaptor: B: C") == (("lyricist", "Ana"), ("adaptor", "B: C"))


@pytest.mark.parametrize("document", [None, [], {"lines": 3}, {"v": 1, "lines": []}, "words"])
def test_a_document_of_words_is_what_was_written(document: object) -> None:
    with pytest.raises(LyricsError):
        lyrics_from_document(document)
    good = SAID.lyrics().to_document()
    with pytest.raises(LyricsError, match="changed by hand"):
        lyrics_from_document({**good, "extra": 1})


def test_lines_with_times_are_read_back_as_they_were() -> None:
    lines = (Line("Uno", 0), Line("Dos", 61_001), Line("Tres", 600_999))
    assert read_lyrics(as_lrc(lines)).lines == lines


def test_beside_lines_with_times_one_without_has_no_phrase() -> None:
    tones = tuple(Tone(960 * k, 480, 60) for k in (0, 1, 4, 5))
    score = Score("", 44_100, 4, 0, "major", ((0, 500_000),), (0, 3840), 7680, tones)
    first, second = fit(read_lyrics("[00:02.00]no more\nnever", "en"), score)
    assert (first.tones, second.tones) == (2, 0) and len(first.strong) == 2
