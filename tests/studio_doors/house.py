"""A house with a short song that is really there: twelve bars of the demo's song with stems, its cast and answers."""

from __future__ import annotations

from pathlib import Path

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.people import service as people
from ritornello.people.roles import Role
from ritornello.studio.demo import performance
from ritornello.workflows.demo import cast, story
from ritornello.workflows.house import House, open_house
from ritornello.workflows.onboard_catalogue import Arrival, Holder, Sheet, onboard_recording

MAKER = "maker@example.org"


def opened(folder: Path) -> House:
    return open_house(
        home=folder,
        database_url=f"sqlite:///{folder / 'records.sqlite'}",
        blob_url=str(folder / "blobs"),
        lake=folder / "lake",
        key_folder=folder / "keys",
    )


def fill(house: House, bars: int = 12) -> None:
    """The cast, the short song with its stems and analysis, and everybody's answers."""
    files = house.home / "arriving"
    files.mkdir()
    stems = {
        part: Audio(samples, performance.RATE)
        for part, samples in performance.play(performance.Take(104, 0, bars=bars)).items()
    }
    for part, audio in stems.items():
        decode.write(files / f"{part}.flac", audio, "flac24")
    mix = Audio(sum((audio.samples for audio in stems.values()), start=stems["drums"].samples * 0), performance.RATE)
    decode.write(files / "mix.flac", mix, "flac24")
    arrival = Arrival(
        recording=cast.recording("Ritornello"),
        audio=files / "mix.flac",
        works=(cast.work("Ritornello"),),
        holders=[Holder(player.kind, player.details) for player in cast.PLAYERS],
        sheets=[
            Sheet(cast.RECORDING_ID if right == "master" else cast.WORK.id, right, rows())
            for right, rows in cast.SHEETS
        ],
        stems={part: files / f"{part}.flac" for part in stems},
    )
    with house.work(cast.ORGANISATION) as work:
        people.found_organisation(work.people, cast.ORGANISATION, cast.ORGANISATION_NAME, cast.REGISTERED)
        work.commit()
    done = onboard_recording(house, cast.ORGANISATION, arrival, cast.REGISTERED)
    story.record_answers(house, done.recording)
    with house.work(cast.ORGANISATION) as work:
        for role in Role:
            party = cast.FAN if role is Role.FAN else None
            email = MAKER if role is Role.FAN else f"{role}@example.org"
            people.admit(work.people, cast.ORGANISATION, email, role.value, [role], cast.REGISTERED, party)
        work.commit()
