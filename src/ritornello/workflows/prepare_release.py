"""What a release needs besides its sound: who sends it, whose numbers it takes, product code, cover and day.

All of it is data of the house. A sender is kept with who said so and stands until another is set; the destinations are
those that are shipped and those of the house's own file, a row of the same id of which goes before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ritornello.catalogue.model import Recording, Release
from ritornello.distribution import destinations as on_file
from ritornello.distribution import numbers
from ritornello.distribution.destinations import Destinations
from ritornello.distribution.model import Hindrance, Sender
from ritornello.distribution.numbers import NumberError
from ritornello.identifiers import dpid as dpids
from ritornello.identifiers import ean
from ritornello.identifiers.reading import IdentifierError
from ritornello.people.model import Act
from ritornello.proof import stable_id
from ritornello.provenance.manifest import Disclosure
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House
from ritornello.workflows.route_matches import NotThere

OWN_FILE = "destinations.toml"
COVERS = {b"\xff\xd8\xff": ("jpg", "JPEG"), b"\x89PNG\r\n\x1a\n": ("png", "PNG")}
"""How a cover's file begins → its ending and its name in the message."""
SET_SENDER, SET_PREFIX, PREPARE = "release.sender", "release.prefix", "release.prepare"


class NotPrepared(Exception):
    """Particulars that cannot be kept. `found` holds everything that is wrong with them; nothing was kept."""

    def __init__(self, found: Sequence[Hindrance]) -> None:
        super().__init__("; ".join(f"{one.what} ({one.mend})" for one in found))
        self.found = tuple(found)


@dataclass(frozen=True, slots=True)
class Sending:
    """As whom a house sends, and from whose ranges it numbers: owner → (registrant prefix, ISRCs left this year)."""

    sender: Sender | None
    prefixes: dict[str, tuple[str, int]]

    def to_document(self) -> dict[str, Any]:
        sender = self.sender
        return {
            "dpid": None if sender is None else sender.dpid,
            "name": None if sender is None else sender.name,
            "since": None if sender is None else sender.at.isoformat(),
            "by": None if sender is None else sender.by,
            "prefixes": [
                {"owner": owner, "prefix": prefix, "left": left} for owner, (prefix, left) in self.prefixes.items()
            ],
        }


def destinations_of(house: House) -> Destinations:
    """The shipped destinations with those of the house's own file. Raises `DestinationError`."""
    own = house.destinations or house.home / OWN_FILE
    shipped = on_file.load()
    if house.destinations is None and not own.is_file():
        return shipped
    return shipped.and_these(on_file.load(own).by_id.values())


DESTINATION_COLUMNS = ("id", "name", "feed", "dpid", "ern_confirmed", "lead_days", "needs", "forbidden", "source")


def destination_rows(house: House) -> list[tuple[str | int, ...]]:
    """Every destination on file as a row of a table. Raises `DestinationError`."""
    return [
        (
            one.id, one.name, one.feed.value, one.dpid, ", ".join(one.ern_confirmed), one.lead_days_new,
            ", ".join(sorted(one.needs)), one.forbidden, one.source,
        )
        for one in sorted(destinations_of(house).by_id.values(), key=lambda one: one.id)
    ]  # fmt: skip


def sender_of(work: UnitOfWork, at: datetime) -> Sender | None:
    """As whom the house sent at a moment."""
    return next((one for one in reversed(work.distribution.senders()) if one.at <= at), None)


def sending_of(work: UnitOfWork, at: datetime) -> Sending:
    """The sender, and the ranges of every owner who has one."""
    prefixes = {
        owner: (prefix, numbers.left(work.distribution, owner, at.year, work.catalogue.issued_isrcs(prefix)))
        for owner, prefix in work.distribution.prefixes().items()
    }
    return Sending(sender_of(work, at), prefixes)


def set_sender(house: House, organisation: str, dpid: str, name: str, at: datetime, by: str) -> Sending:
    """Put on file as whom the house sends. The same again is no change. Raises `NotPrepared`."""
    found: list[Hindrance] = []
    try:
        dpid = dpids.parse(dpid)
    except IdentifierError as error:
        found.append(Hindrance("dpid", f"{dpid!r} is no DPID: {error.reason}", error.mend))
    if not 0 < len(name.strip()) <= 200:
        found.append(Hindrance("name", "a sender has a name of 1 to 200 letters", "give the company's"))
    if found:
        raise NotPrepared(found)
    with house.work(organisation) as work:
        known = sender_of(work, at)
        if known is None or (known.dpid, known.name) != (dpid, name.strip()):
            work.distribution.add_sender(Sender(dpid, name.strip(), by, at))
            work.people.add_act(Act(SET_SENDER, organisation, by, at, {"dpid": dpid}))
        told = sending_of(work, at)
        work.commit()
    return told


def set_prefix(house: House, organisation: str, owner: str, prefix: str, at: datetime, by: str) -> Sending:
    """Put an owner's registrant prefix on file: only what they own is numbered from it. Raises `NotPrepared`."""
    with house.work(organisation) as work:
        if work.people.party(owner) is None:
            raise NotPrepared([Hindrance("owner", f"{owner} is no party of this house", "name the owner by id")])
        try:
            before = work.distribution.prefix_of(owner)
            work.distribution.set_prefix(owner, prefix, at)
        except IdentifierError as error:
            raise NotPrepared([Hindrance("prefix", f"{prefix!r}: {error.reason}", error.mend)]) from error
        except NumberError as error:
            mend = "put the owner's own prefix on file"
            raise NotPrepared([Hindrance("prefix", str(error), mend)]) from error
        if before != work.distribution.prefix_of(owner):
            work.people.add_act(Act(SET_PREFIX, owner, by, at, {"prefix": prefix}))
        told = sending_of(work, at)
        work.commit()
    return told


def release_id(recording_id: str) -> str:
    """The id of the release of one derivative, which is also its number in messages."""
    return stable_id("rel", recording_id)


def release_of(work: UnitOfWork, recording: Recording) -> Release:
    """What is on file of a derivative's release; bare where nothing is."""
    known = work.catalogue.release(release_id(recording.id))
    return known or Release(
        release_id(recording.id), recording.title, (recording.id,), main_artist=recording.main_artist,
        label=recording.label, genre=recording.genre,
    )  # fmt: skip


def prepare_release(
    house: House,
    organisation: str,
    recording_id: str,
    at: datetime,
    by: str,
    *,
    upc: str | None = None,
    public: date | None = None,
    genre: str | None = None,
    cover: Path | None = None,
    cover_ai: str | None = None,
) -> Release:
    """Keep what a derivative's release needs besides its sound; what is None stays as it was.

    Args:
        upc: the product code (UPC or EAN), "" takes it away.
        public: the day on which it is public.
        genre: of the recording, in the words of the services.
        cover: a JPEG or PNG made of cleared parts.
        cover_ai: how machines took part in it: none, assistive or generative; a cover needs an answer.

    Raises `NotPrepared` with everything that is wrong, `NotThere` for what is no derivative.
    """
    found: list[Hindrance] = []
    with house.work(organisation) as work:
        recording = work.catalogue.recording(recording_id)
        if recording is None or recording.kind != "derivative":
            raise NotThere(f"{recording_id} is no derivative of this house")
        now = release_of(work, recording)
        if upc is not None:
            now = replace(now, upc=_upc(work, upc, now.id, found))
        if public is not None:
            if public < at.date():
                found.append(Hindrance("public", f"{public} is over", "choose a day to come"))
            now = replace(now, release_date=public)
        if cover_ai is not None and cover_ai not in set(Disclosure):
            mend = f"say one of {', '.join(Disclosure)}"
            found.append(Hindrance("cover_ai", f"{cover_ai!r} is no answer on machines in the cover", mend))
        elif cover_ai is not None:
            now = replace(now, artwork_ai=cover_ai)
        if cover is not None:
            if cover_of(cover.read_bytes()[:8]) is None:
                found.append(
                    Hindrance("cover", f"{cover.name} is neither JPEG nor PNG", "save the cover as one of them")
                )
            elif now.artwork_ai is None:
                mend = f"say how machines took part in it: {', '.join(Disclosure)}"
                found.append(Hindrance("cover_ai", "nobody has said whether machines made the cover", mend))
        if genre is not None and not genre.strip():
            found.append(Hindrance("genre", "the genre is empty", "every release needs one"))
        if found:
            raise NotPrepared(found)
        if cover is not None:
            now = replace(now, artwork_key=house.blobs.put_file(cover))
        if genre is not None and genre.strip() != recording.genre:
            work.catalogue.save_recording(replace(recording, genre=genre.strip()))
            now = replace(now, genre=genre.strip())
        if now != work.catalogue.release(now.id):
            work.catalogue.save_release(now)
            work.people.add_act(Act(PREPARE, recording_id, by, at))
        work.commit()
    return now


def cover_of(beginning: bytes) -> tuple[str, str] | None:
    """The ending and the codec of a cover by how its file begins; None for what is neither JPEG nor PNG."""
    return next((told for begins, told in COVERS.items() if beginning.startswith(begins)), None)


def _upc(work: UnitOfWork, upc: str, release: str, found: list[Hindrance]) -> str | None:
    if not upc.strip():
        return None
    try:
        number = ean.parse(upc)
    except IdentifierError as error:
        found.append(Hindrance("upc", f"{upc!r} is no product code: {error.reason}", error.mend))
        return None
    other = work.catalogue.release_by_upc(number)
    if other is not None and other.id != release:
        found.append(Hindrance("upc", f"{number} is the product code of {other.title}", "each release has its own"))
    return number
