"""A house with a short song that is really there: twelve bars of the demo's song with stems, its cast and answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.people import service as people
from ritornello.people.roles import Role
from ritornello.studio.demo import performance
from ritornello.workflows.demo import answers, cast, story
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


SECOND = "rec_second"


def second_song(house: House, folder: Path, bars: int = 12) -> str:
    """Another song of the same holders, about which nobody has answered; its id."""
    folder.mkdir()
    stems = performance.play(performance.Take(112, 3, bars=bars)).values()
    mix = Audio(sum(stems, start=next(iter(stems)) * 0), performance.RATE)
    decode.write(folder / "second.flac", mix, "flac24")
    recording = replace(cast.recording("Undertow"), id=SECOND, isrc="DEXX12600077")
    sheets = [
        Sheet(SECOND if right == "master" else cast.WORK.id, right, rows())
        for right, rows in cast.SHEETS
        if right == "master"
    ]
    arrival = Arrival(recording=recording, audio=folder / "second.flac", works=(), holders=[], sheets=sheets)
    onboard_recording(house, cast.ORGANISATION, arrival, cast.REGISTERED)
    return SECOND


def answer_for(house: House, recording_id: str) -> None:
    """Everybody's yes to another song, as they gave it to the first."""
    with house.work(cast.ORGANISATION) as work:
        recording = work.catalogue.recording(recording_id)
        assert recording is not None
        for answer in answers.ANSWERS:
            house.blobs.put(answers.evidence_of(answer, recording))
            work.consent.add_offer(answers.offer_of(answer, recording))
        work.commit()


def allow_covers(house: House) -> None:
    """The same holders' next answer: covers too, sung with the maker's own voice."""
    with house.work(cast.ORGANISATION) as work:
        original = work.catalogue.recording(cast.RECORDING_ID)
        assert original is not None
        for answer in answers.ANSWERS:
            offer = answers.offer_of(answer, original)
            terms = offer.terms.adjust(
                {
                    "types.allowed": frozenset({"REMIX", "COVER_SAME", "SPEED_PITCH"}),
                    "transformation.min_original_permille": 0,
                    "transformation.max_added_permille": 1000,
                    "transformation.vocals": frozenset({"keep", "remove", "replace"}),
                    "transformation.reharmonise": True,
                }
            )
            later = cast.ANSWERED + timedelta(hours=1)
            newer = replace(offer, terms=terms, version=2, replaces=offer.content_hash, recorded_at=later)
            work.consent.add_offer(newer)
        work.commit()
