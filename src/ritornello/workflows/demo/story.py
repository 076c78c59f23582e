"""The demo told chapter by chapter: each does its part through the same workflows as everybody else's work.

A chapter finds what an earlier telling left and does it no second time; what it tells is read from the records.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ritornello.analysis.model import Analysis
from ritornello.catalogue.model import Recording
from ritornello.consent.decision import Decision
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.consent.requests import Plan
from ritornello.people import service as people
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.proof import sha256_hex
from ritornello.proof.signing import Signed
from ritornello.studio.arranging import remix_recipe
from ritornello.studio.bounds import Bounds
from ritornello.studio.recipe import Recipe
from ritornello.workflows.ask import ask
from ritornello.workflows.demo import answers, cast
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.make_derivative import Made, Naming, license_decision, make_derivative
from ritornello.workflows.onboard_catalogue import Arrival, Holder, Sheet, onboard_recording
from ritornello.workflows.open_points import points_of, rule_on_point

TEMPO_PERMILLE = 1060
KEY_CENTS = 200
STYLE = "house"

Tell = Callable[[int, float, str], None]
"""Hears the progress: the chapter (from 1), a fraction of it, and what is being done."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """What happened: a title, sentences with their figures, and where the files are."""

    title: str
    lines: tuple[str, ...]
    files: Mapping[str, Path] = field(default_factory=dict)


def chapter_report(tell: Tell, number: int) -> Report:
    """The report of one chapter."""
    return lambda done, words: tell(number, done, words)


# ── 1: a song arrives ──


def onboard(house: House, song: Path | None, report: Report = silent) -> tuple[Recording, Analysis]:
    """The original with its people and shares: the built-in song with its stems, or somebody's own recording."""
    with house.work(cast.ORGANISATION) as work:
        people.found_organisation(work.people, cast.ORGANISATION, cast.ORGANISATION_NAME, cast.REGISTERED)
        known = work.catalogue.recording(cast.RECORDING_ID)
        heard = work.studio.heard(cast.RECORDING_ID)
        work.commit()
    if known is not None and heard is not None:
        return known, Analysis.from_document(heard.analysis)
    holders = [Holder(player.kind, player.details) for player in cast.PLAYERS]
    with tempfile.TemporaryDirectory(dir=house.home) as folder:
        audio, stems = (song, {}) if song is not None else _composed(Path(folder), report)
        title = cast.WORK.title if song is None else song.stem.replace("_", " ").replace("-", " ").strip().title()
        arrival = Arrival(
            recording=cast.recording(title),
            audio=audio,
            works=(cast.work(title),),
            holders=holders,
            sheets=[
                Sheet(cast.RECORDING_ID if right == "master" else cast.WORK.id, right, rows())
                for right, rows in cast.SHEETS
            ],
            stems=stems,
        )
        done = onboard_recording(
            house, cast.ORGANISATION, arrival, cast.REGISTERED, lambda part, words: report(0.4 + 0.6 * part, words)
        )
    return done.recording, done.analysis


def _composed(folder: Path, report: Report) -> tuple[Path, dict[str, Path]]:
    from ritornello.analysis import decode
    from ritornello.studio import demo_song

    report(0.05, "playing the song: drums, bass, harmony, lead")
    parts = demo_song.compose()
    files = {part: folder / f"{part}.flac" for part in parts}
    for part, audio in parts.items():
        decode.write(files[part], audio, "flac24")
    mix = folder / "ritornello.flac"
    decode.write(mix, demo_song.mix(parts), "flac24")
    return mix, files


# ── 2: everybody answers, and the fan asks ──


def record_answers(house: House, original: Recording) -> None:
    """Each holder's own answer with its evidence, and the services' blanket licences."""
    with house.work(cast.ORGANISATION) as work:
        for answer in answers.ANSWERS:
            house.blobs.put(answers.evidence_of(answer, original))
            offer = answers.offer_of(answer, original)
            work.consent.add_offer(offer)
            work.log.append("offer", offer.version_id, offer.content_hash, cast.ANSWERED)
        for licence in answers.service_licences():
            work.consent.add_service_licence(licence, cast.ANSWERED)
        work.commit()


def planned(original: Recording, analysis: Analysis) -> Plan:
    """What the fan means to do, as the question puts it."""
    return Plan(
        tempo_permille=TEMPO_PERMILLE - 1000,
        key_cents=KEY_CENTS,
        structure="reorder",
        original_permille=700,
        added_permille=300,
        loudness_centilu=-1400,
        true_peak_centidb=-100,
    )


def put_questions(house: House, original: Recording, analysis: Analysis) -> tuple[Decision, Decision, Decision]:
    """Three questions: in three countries, where all have answered, and a quarter faster."""
    wide = answers.remix_request(original, planned(original, analysis))
    first, second, third = ask(
        house, cast.ORGANISATION, (wide, answers.where_all_answered(wide), answers.too_fast(wide))
    )
    return first, second, third


# ── 3: the licence, the render, the measurement ──


def license_and_make(house: House, decision: Decision, report: Report = silent) -> tuple[Signed, Made]:
    """Freeze the yes and make the remix under it."""
    accepted = b"I made this myself, and the house owns the new recording; my share is in the licence.\n"
    licence = license_decision(
        house,
        cast.ORGANISATION,
        decision,
        contribution=Contribution(
            ownership=Ownership.HOUSE_OWNS,
            own_work_warranty=True,
            accepted_at=cast.ASKED,
            evidence_sha256=sha256_hex(accepted),
            moral_rights={"DE": "kept", "US": "waived"},
        ),
        new_recording=NewRecording(owner=cast.LABEL, administrator=cast.LABEL),
        at=cast.ASKED,
    )
    house.blobs.put(accepted)
    with house.work(cast.ORGANISATION, read_only=True) as work:
        stems = {stem.part: stem.pcm_sha256 for stem in work.catalogue.stems_of(cast.RECORDING_ID)}
        original = work.catalogue.recording(cast.RECORDING_ID)
    assert original is not None, "the licence names a recording of the catalogue"

    def cook(analysis: Analysis, original: Recording, bounds: Bounds) -> Recipe:
        return remix_recipe(
            analysis,
            bounds,
            pcm_sha256=original.pcm_sha256 or "",
            stems=stems,
            work_ref=cast.WORK.id,
            grant_ref=str(licence.payload["id"]),
            # our own song has no voice; of somebody's own recording nobody has said, and then it counts as unknown
            vocal_part="" if stems else None,
            style=STYLE,
            tempo_permille=TEMPO_PERMILLE,
            key_cents=KEY_CENTS,
        )

    naming = Naming(
        title=str(original.title),
        version_title=f"{cast.NAMES[cast.FAN]} remix",
        maker=cast.FAN,
        year=2026,
    )
    return licence, make_derivative(house, cast.ORGANISATION, licence, cook, naming, cast.ASKED, report)


def approve_open_points(house: House, made: Made) -> tuple[str, ...]:
    """What could not be measured goes to the performer, who hears original and remix and approves; the points.

    Without stems nobody can measure what became of a voice; it never passes by itself.
    """
    performer = Identity(cast.ORGANISATION, cast.PERFORMER, frozenset({Role.APPROVER}), cast.PERFORMER, "demo")
    found = points_of(house, cast.ORGANISATION, made.recording.id, cast.HEARD)
    for point in found.points:
        if not point.approved:
            rule_on_point(
                house, cast.ORGANISATION, made.recording.id, point.term, performer,
                approves=True, reason="I heard both; it is fine as it is.", at=cast.HEARD,
            )  # fmt: skip
    return tuple(one.told for one in found.points)
