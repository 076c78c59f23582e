"""What is in the way of a release, told before anything is numbered, tagged or signed: all of it, with how to mend it.

It is computed from records alone: the licence, the render and its open points, the last hearing at the gate, the
owner's range, the sender, the release's particulars, and each destination's dated rules. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from ritornello.catalogue.model import Recording, Release, Work
from ritornello.consent.codes import OWN_SERVICE
from ritornello.distribution import numbers
from ritornello.distribution.destination_rules import Departure, hindrances_at, notes_at
from ritornello.distribution.destinations import Destination, Feed, earliest_release
from ritornello.distribution.disclosure import AiUse
from ritornello.distribution.gate import Candidate, forecast
from ritornello.distribution.model import Hindrance, Package, Sender
from ritornello.distribution.release_checks import Verdict
from ritornello.distribution.release_message import Artwork, Delivery, ReleaseError, findings_of, lacks, release_message
from ritornello.identifiers.isrc import RangeExhausted, Registrant
from ritornello.identifiers.territories import TerritorySet
from ritornello.messages import ern
from ritornello.proof import digest, stable_id
from ritornello.provenance.credits import Credits, credits_of
from ritornello.provenance.manifest import Disclosure
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.records import Render
from ritornello.workflows.house import House
from ritornello.workflows.licences_on_file import stands
from ritornello.workflows.open_points import Points, points_in
from ritornello.workflows.prepare_release import destinations_of, release_of, sender_of
from ritornello.workflows.release_gate import AtGate, at_gate

MASTER = "master.flac"
_OF_THE_NUMBER = "isrc"


@dataclass(frozen=True, slots=True)
class AtDestination:
    """One service that a release is meant for: what is in the way there, and what to know."""

    id: str
    name: str
    feed: Feed | None
    earliest: date | None
    hindrances: tuple[Hindrance, ...]
    notes: tuple[str, ...]

    def to_document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "feed": None if self.feed is None else self.feed.value,
            "earliest_release": None if self.earliest is None else self.earliest.isoformat(),
            "hindrances": [hindrance_document(one) for one in self.hindrances],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a release is made of, as it is on file.

    Attributes:
        recording: the derivative.
        originals: what it was made of, in the licence's order.
        works: what it is a recording of.
        credits: how it is signed.
        names: party id to the name as it is shown.
        document: the licence as it was signed; `licence` is its payload.
        render: how it was made.
        points: what could not be measured.
        gate: where it stands at the gate.
        release: its particulars.
        sender: as whom the house sends, None while nobody said so.
        isrc: its number, or the one that it would be given, "" where it can be given none.
        isrcs_left: in the owner's range this year.
        profiles: the rules of the destinations that are on file.
        packages: those that were packed of it before.
    """

    recording: Recording
    originals: tuple[Recording, ...]
    works: tuple[Work, ...]
    credits: Credits
    names: Callable[[str], str]
    document: Mapping[str, Any]
    render: Render
    points: Points
    gate: AtGate
    release: Release
    sender: Sender | None
    isrc: str
    isrcs_left: int
    profiles: tuple[Destination, ...]
    packages: Sequence[Package]

    @property
    def licence(self) -> Mapping[str, Any]:
        payload: Mapping[str, Any] = self.document["payload"]
        return payload

    @property
    def owner(self) -> str:
        return str(self.licence["new_recording"]["owner"])

    @property
    def ai(self) -> AiUse:
        """How machines took part, in the sound and in the cover."""
        sound = AiUse.of_manifest(self.render.manifest)
        return AiUse(sound.sound, sound.composition, Disclosure(self.release.artwork_ai or "none"), roles=sound.roles)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is in the way of a release, in all and at each destination. `package_id` is that of the package that it
    would be, or is."""

    prospect: Prospect
    release_date: date
    general: tuple[Hindrance, ...]
    destinations: tuple[AtDestination, ...]
    package_id: str

    @property
    def hindrances(self) -> tuple[Hindrance, ...]:
        return (*self.general, *(found for one in self.destinations for found in one.hindrances))

    @property
    def heard(self) -> bool:
        """Whether it was heard at the gate as it sounds now; clearing hears it in any case."""
        return self.prospect.gate.verdict is not None

    def to_document(self) -> dict[str, Any]:
        """JSON of texts, whole numbers and lists."""
        one = self.prospect
        return {
            "recording": one.recording.id,
            "licence": one.licence["id"],
            "ready": not self.hindrances,
            "isrc": one.recording.isrc,
            "isrc_to_be": one.isrc or None,
            "isrcs_left": one.isrcs_left,
            "sender": None if one.sender is None else one.sender.dpid,
            "release_date": self.release_date.isoformat(),
            "upc": one.release.upc,
            "cover": one.release.artwork_key is not None,
            "heard_at_gate": self.heard,
            "open_points": [point.to_document() for point in one.points.points],
            "hindrances": [hindrance_document(found) for found in self.general],
            "destinations": [at.to_document() for at in self.destinations],
            "package": self.package_id,
        }


def hindrance_document(one: Hindrance) -> dict[str, str]:
    """A hindrance as JSON of texts."""
    return {"code": one.code, "what": one.what, "mend": one.mend}


def forecast_release(house: House, organisation: str, recording_id: str, to: Sequence[str], at: datetime) -> Forecast:
    """Everything that is known to be in the way of delivering a derivative to these services.

    Args:
        to: destinations by id; none stands for every service of its licence.

    Raises `NotThere` for what was not rendered here under a licence on file, `DestinationError` for a destinations file
    that cannot be used.
    """
    gate = at_gate(house, organisation, recording_id, at)
    known = destinations_of(house).by_id
    with house.work(organisation, read_only=True) as work:
        points = points_in(work, recording_id, at)
        scope = points.licence["scope"]
        wanted = tuple(dict.fromkeys(to)) or tuple(one for one in scope["services"] if one != OWN_SERVICE)
        profiles = tuple(known[one] for one in wanted if one in known)
        prospect = _prospect(work, points, gate, profiles, at)
    package = package_id(prospect, wanted)
    packed = next((one.packed_at for one in prospect.packages if one.id == package), at)
    earlier = {service for one in prospect.packages if one.packed_at < packed for service in one.destinations}
    release_date = prospect.release.release_date or earliest_release(profiles, packed.date())
    found = [_at(service, prospect, known, release_date, packed, update=service in earlier) for service in wanted]
    return Forecast(
        prospect, release_date, tuple(_general(house, organisation, prospect, wanted, release_date, at)), tuple(found),
        package,
    )  # fmt: skip


def delivery_of(
    prospect: Prospect, master: ern.DeliveredFile, cover: Artwork | None, release_date: date, at: datetime
) -> Delivery | None:
    """What the delivery message is built from; None where no destination takes one."""
    profiles = [one for one in prospect.profiles if one.feed is Feed.ERN]
    sender = prospect.sender
    if not profiles:
        return None
    return Delivery(
        recording=replace(prospect.recording, isrc=prospect.isrc or None),
        originals=prospect.originals,
        works=prospect.works,
        credits=prospect.credits,
        licence=prospect.licence,
        names=prospect.names,
        sender=ern.MessagingParty("" if sender is None else sender.dpid, "" if sender is None else sender.name),
        recipients=[ern.MessagingParty(one.dpid, one.name) for one in profiles],
        destinations=profiles,
        master=master,
        at=at,
        release_date=release_date,
        ai=prospect.ai,
        upc=prospect.release.upc,
        artwork=cover,
        tempo_permille=prospect.render.measurement.get("tempo_permille"),
    )


def package_id(prospect: Prospect, to: Sequence[str]) -> str:
    """The id of the package of a derivative for these services, as it is on file now: told anew where that changes."""
    recording, release = prospect.recording, prospect.release
    made_of = {
        "artist": prospect.credits.artist,
        "cover": [release.artwork_key, release.artwork_ai],
        "credits": [[line.name, line.role] for line in prospect.credits.lines],
        "explicit": recording.explicit,
        "genre": recording.genre,
        "public": None if release.release_date is None else release.release_date.isoformat(),
        "points": [[one.term, one.ruling.id] for one in prospect.points.points if one.ruling is not None],
        "sender": None if prospect.sender is None else [prospect.sender.dpid, prospect.sender.name],
        "title": prospect.credits.title,
        "to": sorted(to),
        "upc": release.upc,
    }
    return stable_id("pkg", recording.id, str(prospect.licence["id"]), digest(made_of))


def _prospect(
    work: UnitOfWork, points: Points, gate: AtGate, profiles: tuple[Destination, ...], at: datetime
) -> Prospect:
    recording, licence = points.recording, points.licence
    render, document = work.studio.render(recording.id), work.consent.licence(str(licence["id"]))
    assert render is not None and document is not None, "open points are those of a render under a licence on file"
    kept = {one.id: one for one in work.catalogue.recordings(licence["scope"]["sources"])}
    originals = tuple(kept[name] for name in licence["scope"]["sources"] if name in kept)
    works = tuple(song for name in recording.work_ids if (song := work.catalogue.work(name)) is not None)
    known = {sealed.details.party_id: sealed.details.name for sealed in work.people.details_of_all()}
    known |= {person.id: person.name for person, _ in work.people.members() if person is not None}

    def names(party: str) -> str:
        return known.get(party, party)

    isrc, left = _number(work, recording, str(licence["new_recording"]["owner"]), at)
    return Prospect(
        recording=recording,
        originals=originals,
        works=works,
        credits=credits_of(recording, originals[0], works, names, originals[1:]),
        names=names,
        document=document,
        render=render,
        points=points,
        gate=gate,
        release=release_of(work, recording),
        sender=sender_of(work, at),
        isrc=isrc,
        isrcs_left=left,
        profiles=profiles,
        packages=work.distribution.packages_of(recording.id),
    )


def _number(work: UnitOfWork, recording: Recording, owner: str, at: datetime) -> tuple[str, int]:
    """The number that it has or would be given, "" for none; and how many its owner has left."""
    prefix = work.distribution.prefix_of(owner)
    taken = () if prefix is None else work.catalogue.issued_isrcs(prefix)
    left = numbers.left(work.distribution, owner, at.year, taken)
    allocation = work.distribution.allocation(recording.id)
    if allocation is not None:
        return allocation.isrc, left
    if prefix is None:
        return "", 0
    try:
        return Registrant(prefix).next(at.year, {*work.distribution.issued(prefix, at.year), *taken}), left
    except RangeExhausted:
        return "", 0


def _general(
    house: House, organisation: str, one: Prospect, to: Sequence[str], release_date: date, at: datetime
) -> list[Hindrance]:
    """What is in the way wherever it goes."""
    why = stands(house, organisation, one.document, at)
    found = [*forecast(
        Candidate(
            licence=one.licence,
            licence_stands=why is None,
            destinations=to,
            territories=TerritorySet.parse(one.licence["scope"]["territories"]),
            open_points=one.points.points,
            heard=held_at_gate(one.gate),
        ),
        at.date(),
    )]  # fmt: skip
    if not to:
        found.append(Hindrance("nowhere", "it goes nowhere", "name the services that it is for"))
    if not one.isrc:
        found.append(_no_number(one, at))
    if one.sender is None and any(profile.feed is Feed.ERN for profile in one.profiles):
        mend = "put the house's DPID on file"
        found.append(Hindrance("sender", "nobody has said as whom the house sends", mend))
    told = {finding.code for finding in found}
    placeholder = ern.DeliveredFile(MASTER, "0" * 64, 1, "T1", "FLAC")
    cover = None if one.release.artwork_key is None else Artwork("cover", one.release.artwork_key, 1)
    delivery = delivery_of(one, placeholder, cover, release_date, at)
    if delivery is None:
        return found
    missing = [each for each in lacks(delivery) if each.code not in (_OF_THE_NUMBER, "dpid", "service")]
    found += missing
    if not (missing or {"sender", "isrc", "service"} & told) and all(p.dpid for p in delivery.destinations):
        try:
            found += [
                Hindrance("message", words, "mend the release's metadata")
                for words in findings_of(delivery, release_message(delivery))
            ]
        except ReleaseError as error:
            found += error.found
    return found


def held_at_gate(gate: AtGate) -> list[Hindrance]:
    """What is held against a derivative at the gate, but for what a person let pass, having listened to this sound."""
    if gate.verdict in (None, Verdict.PASSES):
        return []
    left = [one.finding for one in gate.ruled if one.ruling is None or not one.ruling.passes]
    return [finding.hindrance(gate.titles.get(finding.recording, "")) for finding in left]


def _no_number(one: Prospect, at: datetime) -> Hindrance:
    owner = one.owner
    if one.isrcs_left == 0 and not one.isrc:
        what = f"{owner} owns it and has no registrant prefix on file, or none left for {at.year}"
        return Hindrance("prefix", what, "put the owner's own prefix on file")
    return Hindrance("isrc", "it can be given no ISRC", "see the owner's range")


def _at(
    service: str, one: Prospect, known: Mapping[str, Destination], release_date: date, at: datetime, *, update: bool
) -> AtDestination:
    destination = known.get(service)
    if destination is None:
        mend = "add it to the house's own destinations file, with its rules and where they were read"
        missing = Hindrance("no_rules", f"no rules of {service} are on file", mend)
        return AtDestination(service, one.names(service), None, None, (missing,), ())
    leaving = Departure(
        derivative_type=one.recording.derivative_type or "",
        delivered=at.date(),
        release_date=release_date,
        update=update,
        upc=one.release.upc or "",
        artwork=one.release.artwork_key is not None,
        ai=one.ai,
    )
    found = [*hindrances_at(leaving, destination)]
    if destination.feed is Feed.ERN and not destination.forbidden and not destination.dpid:
        mend = "ask the partner, and put it into the house's own destinations file"
        found.append(Hindrance("dpid", f"no DPID of {destination.name} is on file", mend))
    earliest = None if destination.forbidden else earliest_release([destination], at.date(), update=update)
    return AtDestination(
        service, destination.name, destination.feed, earliest, tuple(found), notes_at(leaving, destination)
    )
