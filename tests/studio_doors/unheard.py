"""A derivative of a song without stems: nobody can measure what became of its voice, so it has an open point."""

from __future__ import annotations

from pathlib import Path

from ritornello.analysis.model import Analysis
from ritornello.catalogue.model import Recording
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.people import service as people
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.proof import sha256_hex
from ritornello.studio.bounds import Bounds
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe
from ritornello.workflows.ask import ask
from ritornello.workflows.demo import answers, cast, story
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import Made, Naming, license_decision, make_derivative
from tests.studio_doors import house as made_house

PERFORMER = "performer@example.org"


def filled(folder: Path, bars: int = 8) -> House:
    """The demo's cast around two short songs; the second has no stems. The performer is a member as the party."""
    house = made_house.opened(folder)
    made_house.fill(house, bars=bars)
    made_house.second_song(house, folder / "second", bars=bars)
    made_house.answer_for(house, made_house.SECOND)
    with house.work(cast.ORGANISATION) as work:
        people.admit(
            work.people, cast.ORGANISATION, PERFORMER, "Ilse Varga", [Role.APPROVER], cast.REGISTERED, cast.PERFORMER
        )
        work.commit()
    return house


def remix(house: House, style: str = "backbeat") -> Made:
    """A fan's remix of the second song, licensed and made."""
    with house.work(cast.ORGANISATION, read_only=True) as work:
        original, heard = work.catalogue.recording(made_house.SECOND), work.studio.heard(made_house.SECOND)
    assert original is not None and heard is not None
    plan = story.planned(original, Analysis.from_document(heard.analysis))
    request = answers.where_all_answered(answers.remix_request(original, plan))
    (decision,) = ask(house, cast.ORGANISATION, (request,))
    licence = license_decision(
        house,
        cast.ORGANISATION,
        decision,
        contribution=Contribution(Ownership.HOUSE_OWNS, True, cast.ASKED, sha256_hex(b"mine"), {"DE": "kept"}),
        new_recording=NewRecording(owner=cast.LABEL, administrator=cast.LABEL),
        at=cast.ASKED,
    )

    def cook(analysis: Analysis, original: Recording, bounds: Bounds) -> Recipe:
        source = {
            "id": "s0",
            "kind": "recording",
            "pcm_sha256": original.pcm_sha256,
            "frames": analysis.frames,
            "beats": [int(beat) for beat in analysis.beats],
            "downbeats": [int(beat) for beat in analysis.downbeats],
        }
        beat = {"id": "beat", "op": "groove", "in": ["s0"], "p": {"style": style}}
        mix = {"id": "all", "op": "mix", "in": ["s0", "beat"], "p": {"centidb": [0, -900]}}
        return parse({"v": 1, "sources": [source], "nodes": [beat, mix], "out": {"node": "all"}})

    naming = Naming("Undertow", f"quietfox {style} remix", cast.FAN, year=2026)
    return make_derivative(house, cast.ORGANISATION, licence, cook, naming, cast.ASKED)


def member(house: House, email: str) -> Identity:
    """A member as a door sees them."""
    with house.work(cast.ORGANISATION, read_only=True) as work:
        person = work.people.person_by_email(email)
        assert person is not None
        found = work.people.membership(person.id)
    assert found is not None
    return Identity(cast.ORGANISATION, person.id, found.roles, found.party_id, "test")
