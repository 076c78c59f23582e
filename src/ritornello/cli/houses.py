"""Opening the installation that a command works in, from its settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from ritornello.cli.failures import Refused
from ritornello.settings import Settings
from ritornello.workflows.house import House


def settings_of(home: Path | None = None) -> Settings:
    """The settings of the environment; `home` goes before.

    Raises `Refused` with every setting that makes no sense, under the name by which it was given.
    """
    try:
        return Settings(home=home) if home is not None else Settings()
    except ValidationError as wrong:
        said = [
            f"RITORNELLO_{str(one['loc'][0]).upper()} = {one['input']!r}: {one['msg'].removeprefix('Value error, ')}"
            for one in wrong.errors()
        ]
        raise Refused("; ".join(said)) from wrong


def open_here(settings: Settings) -> House:
    """Open the installation that the settings name, bringing its database up to date."""
    from ritornello.api.app import house_of

    return house_of(settings)


def house_here(organisation: str | None, home: Path | None = None) -> tuple[House, str]:
    """The house that is open here, and the organisation it is about: the one named, or the only one.

    `home`: the installation's folder in place of the one that the settings name. Raises `Refused`.
    """
    house = open_here(settings_of(home))
    with house.work(organisation or "org_nobody", read_only=True) as work:
        known = sorted(one.id for one in work.people.all_organisations())
    if not known:
        raise Refused("there is no house here yet: found one (`ritornello house found`), or see `ritornello demo`")
    if organisation is not None and organisation not in known:
        raise Refused(f"--organisation {organisation}: known here are {', '.join(known)}")
    if organisation is None and len(known) != 1:
        raise Refused(f"name the house with --organisation: known here are {', '.join(known)}")
    return house, organisation or known[0]


def home_of_song(settings: Settings, song: Path | None) -> Path:
    """Where the demo of a person's own recording lives: beside the built-in one, so that they do not mix."""
    if song is None:
        return settings.home
    letters = "".join(letter if letter.isalnum() else "-" for letter in song.stem.lower()).strip("-")
    return settings.home / "songs" / (letters[:60] or "song")
