"""A small house with books: a label, its artist, a fan without a licence, two songs, and reports in a plain dialect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import Recording, RightType
from ritornello.catalogue.shares import ShareRow, sheet
from ritornello.identifiers.territories import TerritorySet
from ritornello.messages import sheets
from ritornello.messages.dialects import BELIEVE
from ritornello.people import service as people
from ritornello.people.model import PartyDetails, PartyKind
from ritornello.people.roles import Role
from ritornello.royalty.approval import RunState
from ritornello.store.blobs import Blobs
from ritornello.usage.model import Source, TakenIn
from ritornello.workflows.close_period import Ran, close, run_period, step, waiting, write_statements
from ritornello.workflows.house import House
from ritornello.workflows.periods import named
from ritornello.workflows.take_in_usage import take_in_usage

ORGANISATION = "org_books"
START = datetime(2026, 8, 1, 9, tzinfo=UTC)
LABEL, ARTIST, RIVAL = (people.party_id_for(ORGANISATION, "books", one) for one in ("label", "artist", "rival"))
SONG, OTHER, LATER = "rec_song", "rec_other", "rec_later"
ISRCS = {SONG: "DEAB12600001", OTHER: "DEAB12600002", LATER: "DEAB12600003"}
WW = TerritorySet.parse("WW")
SOURCE = Source("believe", "Believe", services={"Alpha Music": "alpha"}, called={"alpha": "Alpha Music"})
IBANS = {LABEL: "DE89370400440532013000", ARTIST: "DE75512108001245126199", RIVAL: "DE27100777770209299700"}
NAMES = {LABEL: "Quay Records", ARTIST: "Mina Holt", RIVAL: "Second Label"}


class Moments:
    """One minute passes with every look at it, so that no two acts fall together."""

    def __init__(self, start: datetime = START) -> None:
        self.at = start

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


def house_on(engine: Engine, folder: Path) -> House:
    for name in ("keys", "lake"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return House(folder, engine, Blobs(str(folder / "blobs")), folder / "lake", folder / "keys")


def found(house: House) -> dict[Role, str]:
    """The organisation, its people by role, its parties, two songs and the terms."""
    with house.work(ORGANISATION) as work:
        people.found_organisation(work.people, ORGANISATION, "Quay", START)
        admitted = {
            role: people.admit(work.people, ORGANISATION, f"{role}@quay.example", role.value, [role], START).id
            for role in (Role.OWNER, Role.FINANCE, Role.FAN)
        }
        for party, name in NAMES.items():
            people.register_party(work.people, party, PartyKind.COMPANY, START)
            details = PartyDetails(party, name, country="DE", payout={"iban": IBANS[party]})
            people.record_details(work.people, details, START)
        for recording in (SONG, OTHER):
            register(work, recording)
        work.royalty.add_terms(terms(), START, admitted[Role.FINANCE])
        work.usage.save_source(SOURCE, admitted[Role.FINANCE], START)
        work.commit()
    return admitted


def register(work: Any, recording: str, at: datetime = START) -> None:
    """A recording of the label's."""
    title = recording.removeprefix("rec_").capitalize()
    work.catalogue.save_recording(Recording(recording, title, isrc=ISRCS[recording], main_artist=ARTIST))
    own(work, recording, [ShareRow(LABEL, Fraction(1), WW)], at)


def own(work: Any, recording: str, rows: Sequence[ShareRow], at: datetime) -> None:
    catalogue.record_sheet(work.catalogue, sheet(recording, RightType.MASTER, rows, recorded_at=at, source="label"))


def terms(**more: Any) -> dict[str, Any]:
    """The artist has a quarter of what the label gets, and an advance of 100 to earn back; 1 EUR is the least paid."""
    return {
        "currency": "EUR",
        "version": "books",
        "flows": [{"name": "stream"}, {"name": "creation_pool"}],
        "contracts": [
            {
                "id": "con_artist",
                "holder": LABEL,
                "royalties": [{"party": ARTIST, "rate": "0.25"}],
                "recoupments": [{"id": "adv_1", "kind": "advance", "party": ARTIST, "outstanding": "100.00"}],
            }
        ],
        "payees": [{"party": ARTIST, "minimum": "1.00"}],
        **more,
    }


Play = tuple[str, str, int, str]
"""Title, ISRC, streams, EUR."""


def report(path: Path, plays: Sequence[Play], month: str = "2026-07") -> Path:
    """A sheet of one month."""
    rows: list[dict[Any, str]] = [
        {
            "reporting_period": month,
            "use_period": month,
            "service": "Alpha Music",
            "territory": "DE",
            "title": title,
            "artist": "Mina Holt",
            "isrc": isrc,
            "units": str(units),
            "amount": amount,
            "currency": "EUR",
            "use_type": "Stream",
        }
        for title, isrc, units, amount in plays
    ]
    path.write_bytes(sheets.write(BELIEVE, rows))
    return path


def taken(house: House, path: Path, at: datetime, **more: Any) -> TakenIn:
    got = take_in_usage(house, ORGANISATION, [path], SOURCE, at, **more)
    assert not got.refused, got.findings
    return got


def settled(house: House, month: str, moments: Moments, *, closing: bool = True, why: str = "asked") -> Ran:
    """A period run, reviewed, approved by a second person, posted, and closed with its statements."""
    ran = run_period(house, ORGANISATION, named(month), moments(), "per_one")
    told = dict.fromkeys(waiting(ran.record, ran.result), why)
    for number, state in enumerate((RunState.REVIEWED, RunState.APPROVED, RunState.POSTED)):
        step(house, ORGANISATION, ran, state, moments(), f"per_{number}", told)
    if closing:
        close(house, ORGANISATION, ran, moments(), "per_9")
    write_statements(house, ORGANISATION, ran, moments())
    return ran


def balances(house: House) -> dict[str, Fraction]:
    """Account → what the books say, in EUR; nothing is left out but what is zero."""
    with house.work(ORGANISATION, read_only=True) as work:
        return {account: Fraction(micros, 10**6) for (account, _), micros in work.ledger.balances().items() if micros}


DAY = date(2026, 7, 1)
