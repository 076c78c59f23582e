"""What is written as tags is read back, in both formats, in place of what was there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.analysis import decode
from ritornello.provenance import tags
from ritornello.provenance.tags import TagError, Tags
from tests.provenance.short_song import TAGS, file_of

READ_BACK = {
    "TITLE": "Ritornello (quietfox remix)",
    "ARTIST": "Ilse Varga",
    "ISRC": "DEXX12600002",
    "REMIXER": "quietfox",
    "ORIGINAL ARTIST": "Ilse Varga",
    "COMPOSER": "Tomas Brandt; Noor Haddad",
    "LABEL": "Saltmarsh Recordings",
    "DATE": "2026",
    "GENRE": "Electronic",
    "COPYRIGHT": "© 2026 Saltmarsh Recordings",
    "PHONOGRAPHIC COPYRIGHT": "℗ 2026 Saltmarsh Recordings",
    "LICENCE": "lic_one",
    "PARENT ISRC": "DEXX12600001",
}


@pytest.fixture(params=["flac", "mp3"])
def song(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return file_of(tmp_path, str(request.param))


def test_tags_are_read_back(song: Path) -> None:
    tags.write(song, TAGS)
    assert tags.read(song) == READ_BACK


def test_written_again_they_replace_what_was_there(song: Path) -> None:
    tags.write(song, replace(TAGS, remixer="somebody", extra=(("OLD", "fact"),)))
    tags.write(song, Tags("Title", "Artist", "DEXX12600003"))
    assert tags.read(song) == {"TITLE": "Title", "ARTIST": "Artist", "ISRC": "DEXX12600003"}


def test_a_file_without_tags_has_none(song: Path) -> None:
    assert "ISRC" not in tags.read(song) and "TITLE" not in tags.read(song)


def test_tagging_leaves_the_sound_as_it_is(song: Path) -> None:
    before = decode.pcm_sha256(decode.read(song))
    tags.write(song, TAGS)
    assert decode.pcm_sha256(decode.read(song)) == before


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WORDS.filter(str.strip), WORDS.filter(str.strip), st.lists(WORDS.filter(str.strip), min_size=1, max_size=3))
def test_any_words_survive(song: Path, title: str, artist: str, composers: list[str]) -> None:
    tags.write(song, replace(TAGS, title=title, artist=artist, composers=tuple(composers)))
    found = tags.read(song)
    assert (found["TITLE"], found["ARTIST"], found["COMPOSER"]) == (title, artist, "; ".join(composers))


def test_what_takes_no_tags_is_refused(tmp_path: Path) -> None:
    wave = file_of(tmp_path, "wav")
    with pytest.raises(TagError, match="use FLAC or MP3"):
        tags.write(wave, TAGS)
    with pytest.raises(TagError, match="no tags of ours"):
        tags.read(wave)


@pytest.mark.parametrize("name", ["song.flac", "song.mp3"])
def test_what_is_no_music_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"this is no music")
    with pytest.raises(TagError, match=name):
        tags.write(path, TAGS)
    with pytest.raises(TagError, match=name):
        tags.read(path)
    assert path.read_bytes() == b"this is no music"


def test_another_program_reads_the_same(song: Path) -> None:
    """Mutagen, which shares no line with our writer, finds every tag."""
    tags.write(song, TAGS)
    if song.suffix == ".flac":
        from mutagen.flac import FLAC

        found = {name.upper(): "; ".join(values) for name, values in FLAC(song).tags.as_dict().items()}
    else:
        from mutagen.id3 import ID3

        frames = ID3(song)
        names = {"TIT2": "TITLE", "TPE1": "ARTIST", "TSRC": "ISRC", "TPE4": "REMIXER", "TOPE": "ORIGINAL ARTIST"}
        names |= {"TCOM": "COMPOSER", "TPUB": "LABEL", "TDRC": "DATE", "TCON": "GENRE", "TCOP": "COPYRIGHT"}
        found = {names[frame.FrameID]: str(frame) for frame in frames.values() if frame.FrameID in names}
        found |= {frame.desc: str(frame) for frame in frames.getall("TXXX")}
    assert found == READ_BACK
