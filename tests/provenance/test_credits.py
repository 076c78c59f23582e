"""Who is named how, by type of derivative (rules of the trade, 14)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ritornello.catalogue.model import Credit, Recording, Work
from ritornello.provenance.credits import OF_THE_RECORDING, Credits, credits_of

NAMES = {"pty_a": "Ilse Varga", "pty_b": "Ada Lindqvist", "pty_fan": "quietfox", "pty_w": "Tomas Brandt"}
ORIGINAL = Recording(
    "rec_a", "Ritornello", main_artist="pty_a", performers=(Credit("pty_a", "MainArtist"), Credit("pty_b", "Drummer"))
)
WORK = Work("wrk_a", "Ritornello", writers=(Credit("pty_w", "Composer"), Credit("pty_w", "Lyricist")))
ALL_TYPES = (
    "SPEED_PITCH", "REMIX", "STEM_RELEASE", "SAMPLE", "MASHUP", "INTERPOLATION", "COVER_SAME", "COVER_ARTIST_VOICE",
    "COVER_THIRD_VOICE", "STYLE_LOCALE", "REHARMONISE", "LYRIC_TRANSLATION", "LYRIC_CHANGE", "VOICE_TRANSLATION",
)  # fmt: skip


def credits(derivative_type: str, role: str = "Remixer", *, with_original: bool = True) -> Credits:
    performers = (*(ORIGINAL.performers if with_original else ()), Credit("pty_fan", role))
    made = replace(
        ORIGINAL,
        id="rec_b",
        version_title="quietfox version",
        performers=performers,
        kind="derivative",
        derivative_type=derivative_type,
    )
    return credits_of(made, ORIGINAL, [WORK], NAMES.__getitem__)


@pytest.mark.parametrize("derivative_type", ["REMIX", "SPEED_PITCH"])
def test_a_remix_or_speed_edit_is_the_original_artists_with_the_remixer_named(derivative_type: str) -> None:
    found = credits(derivative_type)
    assert (found.artist, found.artists) == ("Ilse Varga", ("pty_a",))
    assert (found.remixer, found.original_artist) == ("quietfox", "Ilse Varga")
    assert found.title == "Ritornello (quietfox version)"
    assert [(line.name, line.role) for line in found.lines] == [
        ("Tomas Brandt", "Composer"),
        ("Tomas Brandt", "Lyricist"),
        ("Ilse Varga", "MainArtist"),
        ("Ada Lindqvist", "Drummer"),
        ("quietfox", "Remixer"),
    ]


@pytest.mark.parametrize("role", ["Remixer", "MainArtist", "Vocalist"])
@pytest.mark.parametrize("derivative_type", ["COVER_SAME", "COVER_THIRD_VOICE", "REHARMONISE", "LYRIC_TRANSLATION"])
def test_a_cover_names_its_performer_and_the_original_artist_nowhere(derivative_type: str, role: str) -> None:
    found = credits(derivative_type, role)
    assert (found.artist, found.artists) == ("quietfox", ("pty_fan",))
    assert (found.remixer, found.original_artist) == ("", "")
    assert {line.name for line in found.lines} == {"Tomas Brandt", "quietfox"}


def test_a_sample_does_not_make_the_sampled_artist_the_artist_but_credits_who_is_heard() -> None:
    found = credits("SAMPLE", "MainArtist")
    assert found.artists == ("pty_fan",)
    assert ("Ada Lindqvist", "Drummer") in [(line.name, line.role) for line in found.lines]


def test_who_covers_their_own_song_is_its_artist() -> None:
    own = replace(ORIGINAL, id="rec_b", kind="derivative", derivative_type="COVER_SAME")
    assert credits_of(own, ORIGINAL, [WORK], NAMES.__getitem__).artists == ("pty_a",)


def test_the_artist_line_prefers_the_main_artist_among_the_makers() -> None:
    makers = (Credit("pty_b", "Guitar"), Credit("pty_fan", "MainArtist"))
    made = replace(ORIGINAL, id="rec_b", performers=makers, kind="derivative", derivative_type="COVER_SAME")
    assert credits_of(made, ORIGINAL, [WORK], NAMES.__getitem__).artists == ("pty_fan",)


def test_a_mash_up_stands_under_both_artists() -> None:
    other = Recording("rec_c", "Other", main_artist="pty_b")
    made = replace(ORIGINAL, id="rec_b", kind="derivative", derivative_type="MASHUP")
    found = credits_of(made, ORIGINAL, [WORK], NAMES.__getitem__, [other])
    assert (found.artist, found.artists) == ("Ilse Varga & Ada Lindqvist", ("pty_a", "pty_b"))


def test_a_name_as_credited_wins_and_a_writer_is_listed_once() -> None:
    made = replace(
        ORIGINAL,
        id="rec_b",
        performers=(Credit("pty_fan", "Remixer", "Quiet Fox"),),
        kind="derivative",
        derivative_type="REMIX",
    )
    found = credits_of(made, ORIGINAL, [WORK], NAMES.__getitem__)
    assert (found.remixer, found.composers) == ("Quiet Fox", ("Tomas Brandt",))


@pytest.mark.parametrize("derivative_type", ALL_TYPES)
def test_every_type_has_somebody_in_front(derivative_type: str) -> None:
    found = credits(derivative_type)
    assert found.artist and found.artists
    assert (found.artists == ("pty_a",)) is (derivative_type in OF_THE_RECORDING)
