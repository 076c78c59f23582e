"""One song as the tests see it: a label, two writers with their publisher, a featured singer, a fan."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from ritornello.consent.facts import Facts, Required, ServiceLicence, SourceFacts, Standing
from ritornello.consent.offers import Basis, Evidence, Level, Obtained, Offer, Reach, Reply
from ritornello.consent.presets import preset
from ritornello.consent.requests import Person, Plan, Request
from ritornello.consent.rules import shipped
from ritornello.consent.terms import Terms
from ritornello.identifiers.territories import TerritorySet

AT = datetime(2026, 5, 3, 12, tzinfo=UTC)
SONG = "rec_song"
LABEL, PUBLISHER, WRITER, LYRICIST, SINGER = "pty_label", "pty_publisher", "pty_writer", "pty_lyricist", "pty_singer"
ALPHA, BETA = "svc_alpha", "svc_beta"
WORLD = TerritorySet.parse("WW")
MUSIC_RIGHTS = ("C_MECH", "C_PERF", "C_ARR", "C_LYR", "C_SYNC")
FAN = Person("per_fan", tier="subscribers", country="DE", age=24)


def evidence(holder: str, how: Obtained = Obtained.INDIVIDUAL_EXPRESS) -> Evidence:
    return Evidence(how=how, sha256="ab" * 32, signer=holder, signed_at=AT.replace(month=1))


def opened(**more: Any) -> Terms:
    """FAN-REMIX, adjusted to be published to two services without approval."""
    services = frozenset({"own", ALPHA, BETA})
    return preset("FAN-REMIX").adjust(
        {
            "platform.services": services,
            "platform.export_services": frozenset({ALPHA, BETA}),
            "limits.first_n_approval": 0,
            "moderation.mode": "none",
            **{name.replace("__", "."): value for name, value in more.items()},
        }
    )


def offer(holder: str, rights: str, terms: Terms | None = None, **changes: Any) -> Offer:
    plain: dict[str, Any] = {
        "holder": holder,
        "reach": Reach(Level.RECORDING, SONG),
        "rights": frozenset(rights.split()),
        "territories": WORLD,
        "evidence": evidence(holder),
        "terms": terms or opened(),
        "valid_from": date(2026, 1, 1),
        "recorded_at": AT.replace(month=1),
        "reply": Reply.GRANT,
        "basis": Basis.GRANTED,
    }
    return Offer(**{**plain, **changes})


def sheet() -> tuple[Required, ...]:
    half = Fraction(1, 2)
    rows = [
        Required("M_USE", LABEL, standing=Standing.COMPANY),
        Required("P_ECON", LABEL, standing=Standing.COMPANY),
        Required("NAME", SINGER),
        Required("P_MORAL", SINGER),
        Required("VOICE", SINGER),
        Required("A_MORAL", WRITER),
        Required("A_MORAL", LYRICIST),
        Required("TRAIN", LABEL, pool="master", standing=Standing.COMPANY),
    ]
    for right in MUSIC_RIGHTS:
        rows.append(Required(right, PUBLISHER, half, standing=Standing.COMPANY))
        rows.append(Required(right, LYRICIST, half))
    return tuple(rows)


def offers() -> tuple[Offer, ...]:
    return (
        offer(LABEL, "M_USE P_ECON"),
        offer(PUBLISHER, "C_MECH C_PERF C_ARR"),
        offer(LYRICIST, "C_MECH C_PERF C_ARR A_MORAL"),
        offer(WRITER, "A_MORAL"),
        offer(SINGER, "NAME P_MORAL"),
    )


def source(**changes: Any) -> SourceFacts:
    plain: dict[str, Any] = {
        "asset_id": SONG,
        "required": sheet(),
        "offers": offers(),
        "reaches": (Reach(Level.RECORDING, SONG), Reach(Level.ARTIST, "art_x"), Reach(Level.LABEL, "lab_x")),
    }
    return SourceFacts(**{**plain, **changes})


def blanket(service: str, territories: str = "WW") -> ServiceLicence:
    return ServiceLicence(
        id=f"slc_{service}",
        service=service,
        rights=frozenset({"C_MECH", "C_PERF"}),
        territories=TerritorySet.parse(territories),
        acts=frozenset({"publish", "deliver", "monetise"}),
        valid_from=date(2026, 1, 1),
        valid_until=date(2027, 1, 1),
        evidence_sha256="cd" * 32,
    )


def facts(*sources: SourceFacts, **changes: Any) -> Facts:
    made = sources or (source(),)
    plain: dict[str, Any] = {
        "sources": {entry.asset_id: entry for entry in made},
        "rules": shipped(),
        "service_licences": (blanket(ALPHA), blanket(BETA)),
    }
    return Facts(**{**plain, **changes})


def request(**changes: Any) -> Request:
    plain: dict[str, Any] = {
        "types": ("REMIX",),
        "sources": (SONG,),
        "plan": Plan(tempo_permille=80, key_cents=200, structure="reorder", original_permille=800, added_permille=200),
        "acts": ("make", "publish", "monetise"),
        "territories": TerritorySet.parse("DE, US, JP"),
        "services": (ALPHA, BETA),
        "person": FAN,
        "at": AT,
    }
    return Request(**{**plain, **changes})
