"""Settings: everything in one home unless it is said otherwise, and every field explained."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from ritornello.settings import Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in os.environ:
        if name.startswith("RITORNELLO_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_everything_rests_in_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RITORNELLO_HOME", str(tmp_path / "house"))
    settings = Settings()
    home = tmp_path / "house"
    assert settings.database_url == f"sqlite:///{home / 'records.sqlite'}"
    assert (settings.blob_url, settings.lake, settings.key_folder) == (
        str(home / "blobs"),
        str(home / "lake"),
        home / "keys",
    )
    assert settings.address == "http://127.0.0.1:8765" and not settings.cookies_over_https_only


def test_what_is_said_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RITORNELLO_DATABASE_URL", "postgresql://db/ritornello")
    monkeypatch.setenv("RITORNELLO_BLOB_URL", "s3://masters/audio")
    monkeypatch.setenv("RITORNELLO_BASE_URL", "https://music.example/")
    monkeypatch.setenv("RITORNELLO_LAKE", "s3://usage/lake")
    settings = Settings()
    assert (settings.database_url, settings.blob_url) == ("postgresql://db/ritornello", "s3://masters/audio")
    assert settings.lake == "s3://usage/lake"
    assert settings.address == "https://music.example" and settings.cookies_over_https_only


def test_a_lake_in_a_folder_is_the_same_from_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for said, meant in (("/srv/lake", "/srv/lake"), ("~/lake", f"{tmp_path}/lake"), ("lake", f"{Path.cwd()}/lake")):
        monkeypatch.setenv("RITORNELLO_LAKE", said)
        assert Settings().lake == meant


def test_a_relative_home_means_the_same_from_every_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RITORNELLO_HOME", "var")
    assert Settings().home == tmp_path / "var"


@pytest.mark.parametrize(("name", "value"), [("PORT", "70000"), ("LOG_FORMAT", "xml"), ("SESSION_HOURS", "0")])
def test_what_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"RITORNELLO_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_every_field_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(("address", "words"), [("foo://x/y", "nothing here knows"), ("gs://x/y", "not installed")])
@pytest.mark.parametrize("name", ["BLOB_URL", "LAKE"])
def test_an_address_that_nobody_can_reach_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str, words: str
) -> None:
    monkeypatch.setenv(f"RITORNELLO_{name}", address)
    with pytest.raises(ValidationError, match=words):
        Settings()
