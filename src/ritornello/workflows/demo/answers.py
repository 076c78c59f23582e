"""What each holder of the demo's song answered, on their own, and what the fan asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from ritornello.catalogue.model import Recording
from ritornello.consent.codes import OWN_SERVICE
from ritornello.consent.facts import ServiceLicence
from ritornello.consent.offers import Evidence, Obtained, Offer, Reach
from ritornello.consent.offers import Level as Reached
from ritornello.consent.presets import preset
from ritornello.consent.requests import Person, Plan, Request
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import sha256_hex
from ritornello.workflows.demo import cast

VALID_FROM = date(2026, 6, 1)
VALID_UNTIL = date(2028, 6, 1)
ACTS = ("make", "publish", "deliver", "monetise")
PLACES = TerritorySet.parse("DE, US, JP")

ADJUSTED = {
    "platform.services": frozenset({OWN_SERVICE, cast.ALPHA, cast.BETA}),
    "platform.export_services": frozenset({cast.ALPHA, cast.BETA}),
    "limits.first_n_approval": 0,
    "moderation.mode": "none",
    "transformation.max_added_permille": 600,
}
"""FAN-REMIX, but published to two services without an approval, and with room for a groove layer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One holder's answer: which rights, where, and the words that were signed (their hash is the evidence)."""

    holder: str
    rights: tuple[str, ...]
    territories: TerritorySet
    how: Obtained
    words: str


_BOTH = "Alpha Music and Beta Sounds"
ANSWERS: tuple[Answer, ...] = (
    Answer(
        cast.LABEL,
        ("M_USE",),
        cast.WW,
        Obtained.AUTHORISED_REPRESENTATIVE,
        f"We let subscribers remix our recording and publish the result on {_BOTH}.",
    ),
    Answer(
        cast.PERFORMER,
        ("P_ECON", "P_MORAL", "NAME"),
        cast.WW,
        Obtained.INDIVIDUAL_EXPRESS,
        f"I let subscribers remix my performance under my name on {_BOTH}, with the voice kept as it is.",
    ),
    Answer(
        cast.PUBLISHER,
        ("C_ARR", "C_MECH", "C_PERF"),
        cast.WW_EX_JP,
        Obtained.AUTHORISED_REPRESENTATIVE,
        f"For our share, outside Japan, we let subscribers arrange the song and publish it on {_BOTH}.",
    ),
    Answer(
        cast.WRITER_B,
        ("C_ARR", "C_MECH", "C_PERF", "A_MORAL"),
        cast.WW,
        Obtained.INDIVIDUAL_EXPRESS,
        f"For my share, and in person as its author, I let subscribers arrange the song and publish it on {_BOTH}.",
    ),
    Answer(
        cast.WRITER_A,
        ("A_MORAL",),
        cast.WW,
        Obtained.INDIVIDUAL_EXPRESS,
        "In person, as its author, I agree that subscribers remix the song within these bounds.",
    ),
)
"""The sub-publisher for Japan was asked too and has not answered: there is no offer, and silence is no."""


def evidence_of(answer: Answer, recording: Recording) -> bytes:
    """The document that was signed, as bytes."""
    who = cast.NAMES[answer.holder]
    return (
        f"{answer.words}\nRecording: {recording.id} ({recording.title}). Rights: {', '.join(answer.rights)}. "
        f"Territories: {answer.territories}. Signed by {who} on {cast.ANSWERED:%Y-%m-%d}.\n"
    ).encode()


def offer_of(answer: Answer, recording: Recording) -> Offer:
    """The offer that records one answer: preset FAN-REMIX, adjusted."""
    return Offer(
        holder=answer.holder,
        reach=Reach(Reached.RECORDING, recording.id),
        rights=frozenset(answer.rights),
        territories=answer.territories,
        evidence=Evidence(
            how=answer.how,
            sha256=sha256_hex(evidence_of(answer, recording)),
            signer=answer.holder,
            signed_at=cast.ANSWERED,
        ),
        terms=preset("FAN-REMIX").adjust(ADJUSTED),
        valid_from=VALID_FROM,
        valid_until=VALID_UNTIL,
        recorded_at=cast.ANSWERED,
        preset="FAN-REMIX",
    )


def service_licences() -> tuple[ServiceLicence, ...]:
    """The two services' own blanket licences with the societies, on file: they cover playing, never making."""
    return tuple(
        ServiceLicence(
            id=f"svl_demo_{service}",
            service=service,
            rights=frozenset({"C_MECH", "C_PERF"}),
            territories=cast.WW,
            acts=frozenset({"publish", "deliver", "monetise"}),
            valid_from=date(2026, 1, 1),
            valid_until=date(2029, 1, 1),
            evidence_sha256=sha256_hex(f"{name}: mechanical and performing rights, world, 2026-2028".encode()),
        )
        for service, name in cast.SERVICES.items()
    )


def fan() -> Person:
    """The fan: a subscriber in Germany."""
    return Person(cast.FAN, tier="subscribers", country="DE", age=24, verified=True)


def remix_request(recording: Recording, plan: Plan) -> Request:
    """What the fan asks for: a remix, made and published on both services in three countries."""
    return Request(
        types=("REMIX",),
        sources=(recording.id,),
        plan=plan,
        acts=ACTS,
        territories=PLACES,
        services=(cast.ALPHA, cast.BETA),
        person=fan(),
        at=cast.ASKED,
    )


def too_fast(request: Request) -> Request:
    """The same remix a quarter faster, where everybody has answered: only the tempo is in the way."""
    return request.changed(plan=replace(request.plan, tempo_permille=250), territories=TerritorySet.parse("DE, US"))


def where_all_answered(request: Request) -> Request:
    """The request without Japan."""
    return request.changed(territories=TerritorySet.parse("DE, US"))
