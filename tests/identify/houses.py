"""A house whose catalogue is `tests.identify.music`'s songs: for every test that asks it what a sound is."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.catalogue.model import LineageEdge, Policy, Recording, RightType
from ritornello.people import service as people
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.workflows.demo import story
from ritornello.workflows.house import House, open_house
from ritornello.workflows.onboard_catalogue import Arrival, onboard_recording
from tests.identify import music

AT = datetime(2026, 6, 1, tzinfo=UTC)


def opened(folder: Path) -> House:
    """An installation of which everything lies in one folder."""
    return open_house(
        home=folder,
        database_url=f"sqlite:///{folder / 'records.sqlite'}",
        blob_url=str(folder / "blobs"),
        lake=folder / "lake",
        key_folder=folder / "keys",
    )


def with_songs(folder: Path, organisation: str, *seeds: int) -> House:
    """The same, of an organisation into whose catalogue these songs have arrived."""
    made = opened(folder)
    with made.work(organisation) as work:
        people.found_organisation(work.people, organisation, "Test", AT)
        work.commit()
    for seed in seeds:
        arrive(made, organisation, seed)
    return made


def arrive(house: House, organisation: str, seed: int) -> None:
    """A song arrives in the catalogue as `rec_<seed>`, and is in the index from then on."""
    path = decode.write(house.home / f"{seed}.wav", music.song(seed))
    recording = Recording(id=f"rec_{seed}", title=f"Song {seed}", main_artist="The Band", isrc=f"DEA4126000{seed:02d}")
    onboard_recording(house, organisation, Arrival(recording, path), AT)


def with_open_song(folder: Path, seconds: int) -> House:
    """The demo's house, whose one original is song 1; everybody in its cast has answered as in the demo."""
    made = opened(folder)
    original, _ = story.onboard(made, decode.write(folder / "Open Song.wav", music.song(1, seconds)))
    story.record_answers(made, original)
    return made


def derive(house: House, organisation: str, name: str, kind: str, parents: list[str], sound: Audio) -> Recording:
    """A derivative that says that it is made of these originals, whatever is in its sound."""
    path = decode.write(house.home / f"{name}.wav", sound)
    made = Recording(
        id=name,
        title=name.removeprefix("rec_").replace("_", " ").capitalize(),
        main_artist="The Band",
        kind="derivative",
        derivative_type=kind,
        audio_key=house.blobs.put_file(path),
        pcm_sha256=decode.pcm_sha256(decode.read(path)),
    )
    share = Fraction(1, 2 * max(1, len(parents)))
    edges = [LineageEdge(name, one, f"lic_{name}", RightType.MASTER, share, Policy.ABSOLUTE) for one in parents]
    with house.work(organisation) as work:
        work.catalogue.save_recording(made)
        work.catalogue.add_edges(edges, AT)
        work.commit()
    return made


def key_of(house: House, organisation: str, role: Role = Role.OWNER) -> str:
    """A key for programs, with one role."""
    with house.work(organisation) as work:
        person = people.admit(work.people, organisation, f"{role}@example.org", "Program", [role], AT)
        owner = Identity(organisation, person.id, frozenset({Role.OWNER}), None, "")
        made, _ = people.give_key(work.people, owner, role.value, [role], AT)
        work.commit()
    return made


def part(path: Path, seed: int, start: float = 4, end: float = 16) -> Path:
    """A stretch of a song, as a file."""
    return decode.write(path, music.audio(music.cut(music.song(seed), start, end)))
