"""Who plays in the demo, and what they own: made-up people and companies around one song."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from types import MappingProxyType

from ritornello.catalogue.model import Credit, Recording, RightType, Work
from ritornello.catalogue.shares import ShareRow
from ritornello.identifiers.territories import TerritorySet
from ritornello.people.model import PartyDetails, PartyKind
from ritornello.people.roles import Role
from ritornello.people.service import party_id_for

ORGANISATION = "org_demo"
ORGANISATION_NAME = "Saltmarsh Recordings"

ALPHA, BETA = "alpha", "beta"
SERVICES: Mapping[str, str] = MappingProxyType({ALPHA: "Alpha Music", BETA: "Beta Sounds"})

REGISTERED = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
ANSWERED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ASKED = datetime(2026, 6, 15, 18, 30, tzinfo=UTC)
HEARD = datetime(2026, 6, 18, 20, 0, tzinfo=UTC)
DELIVERED = datetime(2026, 6, 20, 8, 0, tzinfo=UTC)
REPORTED = datetime(2026, 8, 14, 7, 0, tzinfo=UTC)
RUN_ON = datetime(2026, 8, 31, 9, 0, tzinfo=UTC)
PERIOD = (date(2026, 7, 1), date(2026, 8, 1))
"""July 2026, the last day excluded."""

SPLIT_CHANGES = date(2026, 7, 16)
"""From this day the performer owns a fifth of the master, and the writers share anew."""


def party(reference: str) -> str:
    """The pseudonymous id of one of the cast."""
    return party_id_for(ORGANISATION, "demo", reference)


LABEL = party("label")
PERFORMER = party("performer")
WRITER_A = party("writer-a")
WRITER_B = party("writer-b")
PUBLISHER = party("publisher")
SUBPUBLISHER_JP = party("subpublisher-jp")
PRODUCER = party("producer")
DISTRIBUTOR = party("distributor")
FAN = party("fan")


@dataclass(frozen=True, slots=True)
class Player:
    """One of the cast: the party, what kind it is, and the details that can be erased."""

    kind: PartyKind
    details: PartyDetails
    part: str


def _player(party_id: str, kind: PartyKind, name: str, country: str, part: str, iban: str) -> Player:
    return Player(kind, PartyDetails(party_id, name, country=country, payout={"iban": iban}), part)


_PERSON, _COMPANY = PartyKind.PERSON, PartyKind.COMPANY
PLAYERS: tuple[Player, ...] = (
    _player(LABEL, _COMPANY, "Saltmarsh Recordings", "DE", "label", "DE89370400440532013000"),
    _player(PERFORMER, _PERSON, "Ilse Varga", "DE", "featured performer", "DE75512108001245126199"),
    _player(WRITER_A, _PERSON, "Tomas Brandt", "DE", "composer", "DE27100777770209299700"),
    _player(WRITER_B, _PERSON, "Noor Haddad", "FR", "composer", "FR1420041010050500013M02606"),
    _player(PUBLISHER, _COMPANY, "Lantern House Music", "GB", "publisher", "GB29NWBK60161331926819"),
    _player(SUBPUBLISHER_JP, _COMPANY, "Kawabe Music Publishing", "JP", "publisher in Japan", ""),
    _player(PRODUCER, _PERSON, "Ada Lindqvist", "SE", "producer", "SE4550000000058398257466"),
    _player(DISTRIBUTOR, _COMPANY, "Tidewater Distribution", "NL", "distributor", "NL91ABNA0417164300"),
    _player(FAN, _PERSON, "quietfox", "DE", "fan", "DE02120300000000202051"),
)
NAMES: Mapping[str, str] = MappingProxyType({p.details.party_id: p.details.name for p in PLAYERS})

RECORDING_ID = "rec_demo_ritornello"
ISRC_PREFIX = "DEXX1"
"""The label's registrant prefix, made up."""

OWNER_PERSON = ("owner@saltmarsh.example", "Rosa Nilsen", {Role.OWNER})
FINANCE_PERSON = ("finance@saltmarsh.example", "Emil Okonkwo", {Role.FINANCE})
FAN_PERSON = ("quietfox@fans.example", "quietfox", {Role.FAN})
"""Those who can sign in: e-mail, name, roles."""

WORK = Work(
    id="wrk_demo_ritornello",
    title="Ritornello",
    iswc="T0345246801",
    language=None,
    writers=(Credit(WRITER_A, "Composer"), Credit(WRITER_B, "Composer")),
)

WW = TerritorySet.parse("WW")
JP = TerritorySet.parse("JP")
WW_EX_JP = TerritorySet.parse("WW ex JP")


def work(title: str) -> Work:
    """The work, under the title of the recording that was brought."""
    return replace(WORK, title=title)


def recording(title: str) -> Recording:
    """The original as the label registers it, before its sound is known."""
    return Recording(
        id=RECORDING_ID,
        title=title,
        work_ids=(WORK.id,),
        isrc="DEXX12600001",
        main_artist=PERFORMER,
        label=LABEL,
        performers=(Credit(PERFORMER, "MainArtist"), Credit(PRODUCER, "StudioProducer")),
        year=2026,
        p_line="℗ 2026 Saltmarsh Recordings",
        c_line="© 2026 Saltmarsh Recordings",
        genre="Electronic",
    )


def master_rows() -> tuple[ShareRow, ...]:
    """The recording: the label's, and from the middle of July a fifth the performer's."""
    return (
        ShareRow(LABEL, Fraction(1), WW, None, SPLIT_CHANGES),
        ShareRow(LABEL, Fraction(4, 5), WW, SPLIT_CHANGES, None),
        ShareRow(PERFORMER, Fraction(1, 5), WW, SPLIT_CHANGES, None),
    )


def composition_rows() -> tuple[ShareRow, ...]:
    """The song: half with a publisher (in Japan with its sub-publisher), half the second writer's own."""
    half, more, less = Fraction(1, 2), Fraction(3, 5), Fraction(2, 5)
    return (
        ShareRow(PUBLISHER, half, WW_EX_JP, None, SPLIT_CHANGES),
        ShareRow(SUBPUBLISHER_JP, half, JP, None, SPLIT_CHANGES),
        ShareRow(WRITER_B, half, WW, None, SPLIT_CHANGES),
        ShareRow(PUBLISHER, less, WW_EX_JP, SPLIT_CHANGES, None),
        ShareRow(SUBPUBLISHER_JP, less, JP, SPLIT_CHANGES, None),
        ShareRow(WRITER_B, more, WW, SPLIT_CHANGES, None),
    )


SHEETS = ((RightType.MASTER, master_rows), (RightType.COMPOSITION, composition_rows))
