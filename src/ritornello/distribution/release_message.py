"""The delivery message of a derivative, built from what the catalogue, the licence and the credits say.

Nothing is asked of anybody here: the records go in, the message comes out, the same for the same records. Territories,
days and services of its deals are the licence's own, so the message cannot offer more than was consented; the check
holds it against that scope all the same. What the records lack is told at once, never filled with a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ritornello.catalogue.model import Recording, Work
from ritornello.distribution.derivative_forms import FORMS, Form, relation_of
from ritornello.distribution.destinations import Destination, Feed
from ritornello.distribution.disclosure import AiUse, contains_ai
from ritornello.distribution.model import Hindrance
from ritornello.identifiers.territories import ALL, WORLD, TerritorySet
from ritornello.messages import ern
from ritornello.messages.ern_check import WORLDWIDE
from ritornello.proof import stable_id
from ritornello.provenance.credits import Credits
from ritornello.provenance.manifest import Disclosure

TRACK_OF_ONE = "SimpleAudioSingle"
"""The release profile of one recording with its artwork. Without artwork no profile is claimed."""

ROLES: Mapping[str, str] = {
    "MainArtist": "Artist",
    "FeaturedArtist": "Artist",
    "Producer": "StudioProducer",
    "Songwriter": "ComposerLyricist",
    "Writer": "ComposerLyricist",
}
"""Words of the catalogue that the standard says otherwise."""

STANDARD_ROLES = frozenset(
    {
        *("Adapter", "Arranger", "Composer", "ComposerLyricist", "Lyricist", "MusicPublisher", "SubArranger"),
        *("Artist", "AssociatedPerformer", "Conductor", "DJ", "Musician", "Orchestra", "Performer", "Soloist"),
        *("BackgroundVocalist", "LeadVocalist", "StudioMusician", "Translator", "VocalArranger", "Vocalist"),
        *("CoProducer", "ExecutiveProducer", "MusicArranger", "Programmer", "StudioProducer"),
        *("Editor", "Engineer", "MasteringEngineer", "Mixer", "MixingEngineer", "RecordingEngineer", "VocalEngineer"),
        *("RemixedArtist", "Remixer", "RemixingEngineer"),
    }
)
"""Roles that are sent as they are; any other goes as a role of the sender's own."""

_LINE = re.compile(r"\s*(?:[℗©]|\([PC]\))?\s*(?P<year>\d{4})\s+(?P<company>\S.*)", re.IGNORECASE)

_NO_MACHINE = AiUse()


class ReleaseError(Exception):
    """A message that cannot be written of these records. `found` holds everything that is missing."""

    def __init__(self, found: Sequence[Hindrance]) -> None:
        super().__init__("; ".join(f"{one.what} ({one.mend})" for one in found))
        self.found = tuple(found)


@dataclass(frozen=True, slots=True)
class Artwork:
    """The cover of a release: made of cleared parts, with an AI flag of its own (in `AiUse.artwork`)."""

    uri: str
    sha256: str
    size: int
    codec: str = "JPEG"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a release message is built from.

    Attributes:
        recording: the derivative, with its ISRC.
        originals: its parents, each with an ISRC.
        works: what it is a recording of.
        credits: how it is signed (`provenance.credits.credits_of`).
        licence: the payload of its licence.
        names: party id to the name as it is shown.
        sender: who sends.
        recipients: who receives: the service itself, or an aggregator that serves several.
        destinations: the services that it is for; each offering of each becomes a deal.
        master: the file that travels, with its path in the package.
        at: when the message is made.
        release_date: when it is public.
        ai: how machines took part.
        upc: the product code, None while it has none (then the sender's own number stands alone).
        grid: the GRid, if one is used.
        artwork: the cover, None without one.
        tempo_permille: the measured tempo against the original, for speed edits.
        test: a message that must not be acted upon.
    """

    recording: Recording
    originals: Sequence[Recording]
    works: Sequence[Work]
    credits: Credits
    licence: Mapping[str, Any]
    names: Callable[[str], str]
    sender: ern.MessagingParty
    recipients: Sequence[ern.MessagingParty]
    destinations: Sequence[Destination]
    master: ern.DeliveredFile
    at: datetime
    release_date: date
    ai: AiUse = _NO_MACHINE
    upc: str | None = None
    grid: str | None = None
    artwork: Artwork | None = None
    tempo_permille: int | None = None
    test: bool = False


def release_message(delivery: Delivery) -> ern.NewReleaseMessage:
    """The NewReleaseMessage of a derivative. Raises `ReleaseError` with everything that the records lack."""
    if found := lacks(delivery):
        raise ReleaseError(found)
    recording, form = delivery.recording, FORMS[delivery.recording.derivative_type or ""]
    owner = str(delivery.licence["new_recording"]["owner"])
    cast = _Cast(delivery.names)
    artist_name = delivery.credits.artist
    shown = tuple(ern.DisplayArtist(cast.reference(artist)) for artist in delivery.credits.artists)
    contributors = _contributors(delivery, form, cast)
    label = cast.reference(recording.label or owner)
    p_line, c_line = lines(recording, delivery.names(owner), delivery.release_date)
    title = ern.Title(recording.title, recording.version_title)
    parental: ern.Parental = "Explicit" if recording.explicit else "NotExplicit"
    genre = recording.genre or ""
    ours = delivery.sender.dpid
    sound = ern.SoundRecording(
        reference="A1",
        isrc=recording.isrc or "",
        title=title,
        artist_name=artist_name,
        artists=shown,
        duration_ms=recording.duration_ms,
        p_line=p_line,
        contributors=contributors,
        version_types=form.version_types,
        iswcs=tuple(work.iswc for work in delivery.works if work.iswc is not None),
        proprietary_ids=((ours, recording.id),),
        related=tuple(
            ern.Related(
                relation_of(recording.derivative_type or "", delivery.tempo_permille),
                isrc=original.isrc,
            )
            for original in delivery.originals
        ),
        parental=parental,
        contains_ai=contains_ai(delivery.ai.in_recording),
        is_cover=form.is_cover,
        language=next((work.language for work in delivery.works if work.language), None),
        files=(delivery.master,),
    )
    images = _images(delivery, c_line)
    release = ern.Release(
        reference="R0",
        id=ern.ReleaseId(
            grid=delivery.grid, icpn=delivery.upc, proprietary_ids=((ours, stable_id("rel", recording.id)),)
        ),
        title=title,
        artist_name=artist_name,
        artists=shown,
        label=label,
        p_line=p_line,
        c_line=c_line,
        genre=genre,
        resources=("A1",),
        cover="A2" if images else None,
        kind=form.release_type,
        release_date=delivery.release_date,
        original_release_date=delivery.release_date,
        parental=parental,
        contains_ai=contains_ai(
            delivery.ai.in_recording or (bool(images) and delivery.ai.artwork is Disclosure.GENERATIVE)
        ),
        version_types=form.version_types,
    )
    track = ern.TrackRelease(
        "R1", ern.ReleaseId(proprietary_ids=((ours, stable_id("trk", recording.id)),)), "A1", label, genre
    )
    return ern.NewReleaseMessage(
        header=_header(delivery),
        parties=cast.parties(label, ours if delivery.names(recording.label or owner) == delivery.sender.name else None),
        recordings=(sound,),
        images=images,
        release=release,
        track_releases=(track,),
        deals=tuple(_deals(delivery)),
        profile=TRACK_OF_ONE if images and form.release_type == "Single" else None,
    )


def scope_of(licence: Mapping[str, Any], destinations: Sequence[Destination]) -> ern.ConsentScope:
    """What the licence lets the message offer: its territories, its days, and those services that it names.

    A licence ends on the day that it names, so the day before is the last one of a deal.
    """
    scope = licence["scope"]
    expires = licence.get("expires")
    return ern.ConsentScope(
        territories=TerritorySet.parse(scope["territories"]),
        start=datetime.fromisoformat(licence["issued_at"]).date(),
        end=None if expires is None else date.fromisoformat(expires) - timedelta(days=1),
        services=frozenset(one.dpid for one in destinations if one.id in scope["services"] and one.dpid),
    )


def findings_of(delivery: Delivery, message: ern.NewReleaseMessage) -> tuple[str, ...]:
    """What the checks of the field find in a message, held against the licence and the parents; in words."""
    parents = [original.isrc for original in delivery.originals if original.isrc]
    found = ern.check(message, scope_of(delivery.licence, delivery.destinations), parents)
    return tuple(f"{one.field}: {one.message}" for one in found if one.severity == "error")


def lines(recording: Recording, owner: str, released: date) -> tuple[ern.Line, ern.Line]:
    """The ℗ and © line of a derivative: the year in which *it* appears, and who owns it.

    A line of its own in the catalogue is kept where it names that year; the line of the original, copied, does not
    serve: the derivative is a new recording (rules of the trade, 18).
    """
    own = ern.Line(released.year, owner)
    found = [_read_line(text) for text in (recording.p_line, recording.c_line)]
    p_line, c_line = (line if line is not None and line.year == released.year else own for line in found)
    return p_line, c_line


def _read_line(text: str | None) -> ern.Line | None:
    match = _LINE.fullmatch(text or "")
    return None if match is None else ern.Line(int(match["year"]), match["company"].strip())


def lacks(delivery: Delivery) -> tuple[Hindrance, ...]:
    """Everything that the records lack for a message; empty where one can be written."""
    return tuple(_missing(delivery))


def _missing(one: Delivery) -> Iterator[Hindrance]:
    recording = one.recording
    if recording.derivative_type not in FORMS:
        what = f"a derivative of type {recording.derivative_type} does not travel as a release of sound"
        yield Hindrance("type", what, f"deliver one of {', '.join(FORMS)}")
    if not recording.isrc:
        yield Hindrance("isrc", "it has no ISRC", "allocate one from the owner's range")
    if not one.originals:
        yield Hindrance("parent", "no parent is given", "name the recordings that it was made of")
    for original in one.originals:
        if not original.isrc:
            mend = "give the original its ISRC; without it lineage is lost on the way"
            yield Hindrance("parent", f"the parent {original.title!r} has no ISRC", mend)
    if not any(one.credits.artists) or not one.credits.artist.strip():
        yield Hindrance("artist", "nobody stands in its artist line", "name the performer, or the original's artist")
    if not recording.genre:
        yield Hindrance("genre", "it has no genre", "give the recording one; every release needs it")
    if one.ai.in_recording and not one.ai.roles:
        mend = "say which roles a generative model took wholly"
        yield Hindrance("ai_roles", "generative AI took part, and nobody says as what", mend)
    if one.ai.roles and not one.ai.in_recording:
        mend = "disclose it for the sound or the composition, or take the roles out"
        yield Hindrance("ai_roles", "roles of a generative model are given, and none is disclosed", mend)
    licensed = set(one.licence["scope"]["services"])
    for destination in one.destinations:
        if destination.feed is not Feed.ERN:
            what = f"{destination.name} takes no ERN message"
            yield Hindrance("feed", what, "leave it out of the message; its list is for a person")
        elif not destination.dpid:
            yield Hindrance("dpid", f"no DPID of {destination.name} is on file", "ask the partner, and put it there")
        elif destination.id not in licensed:
            yield Hindrance("service", f"{destination.name} is not in the licence", "leave it out, or ask for it")
    if not one.destinations:
        yield Hindrance("service", "it goes nowhere", "name the services that it is for")


class _Cast:
    """The parties of a message, numbered in the order in which they are first named."""

    def __init__(self, names: Callable[[str], str]) -> None:
        self._names = names
        self._references: dict[str, str] = {}

    def reference(self, party_id: str) -> str:
        return self._references.setdefault(party_id, f"P{len(self._references) + 1}")

    def parties(self, label: str, label_dpid: str | None) -> tuple[ern.Party, ...]:
        return tuple(
            ern.Party(reference, self._names(party_id), dpid=label_dpid if reference == label else None)
            for party_id, reference in self._references.items()
        )


def _contributors(delivery: Delivery, form: Form, cast: _Cast) -> tuple[ern.Contributor, ...]:
    roles: dict[str, list[str]] = {}
    if form.remixed:
        for artist in delivery.credits.artists:
            roles.setdefault(artist, []).append("RemixedArtist")
    for line in delivery.credits.lines:
        role = ROLES.get(line.role, line.role)
        if role == "Remixer" and not form.remixed:
            role = "Artist" if form.is_cover else "StudioProducer"
        if role not in roles.setdefault(line.party_id, []):
            roles[line.party_id].append(role)
    people = [
        ern.Contributor(
            roles=tuple(role for role in own if role in STANDARD_ROLES),
            party=cast.reference(party_id),
            own_roles=tuple((delivery.sender.dpid, role) for role in own if role not in STANDARD_ROLES),
        )
        for party_id, own in roles.items()
    ]
    if delivery.ai.in_recording:
        people.append(ern.Contributor(delivery.ai.roles, special="GenerativeAI", ai="All"))
    return tuple(people)


def _images(delivery: Delivery, c_line: ern.Line) -> tuple[ern.Image, ...]:
    art = delivery.artwork
    if art is None:
        return ()
    return (
        ern.Image(
            "A2",
            (delivery.sender.dpid, stable_id("art", art.sha256)),
            c_line=c_line,
            contains_ai=contains_ai(delivery.ai.artwork is Disclosure.GENERATIVE),
            file=ern.DeliveredFile(art.uri, art.sha256, art.size, "T2", art.codec),
        ),
    )


def _header(delivery: Delivery) -> ern.Header:
    addressed = [one.dpid for one in delivery.recipients]
    thread = stable_id("thr", delivery.recording.id, str(delivery.licence["id"]), *addressed)
    return ern.Header(
        message_id=stable_id("msg", thread, delivery.at.isoformat()),
        thread_id=thread,
        sender=delivery.sender,
        recipients=tuple(delivery.recipients),
        created_at=delivery.at,
        test=delivery.test,
    )


def _deals(delivery: Delivery) -> Iterator[ern.Deal]:
    scope = scope_of(delivery.licence, delivery.destinations)
    recipients = {one.dpid for one in delivery.recipients}
    territories, excluded = deal_territories(scope.territories)
    for destination in delivery.destinations:
        # a recipient that is the one service needs no channel beside it
        alone = recipients == {destination.dpid} and len(delivery.destinations) == 1
        for offering in destination.offerings:
            yield ern.Deal(
                releases=("R0", "R1"),
                start=delivery.release_date,
                end=scope.end,
                territories=territories,
                excluded=excluded,
                models=offering.models,
                uses=offering.uses,
                channels=() if alone else (ern.MessagingParty(destination.dpid, destination.name),),
                claim_policies=() if destination.claim is None else (ern.ClaimPolicy(destination.claim),),
            )


def deal_territories(territories: TerritorySet) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Territory codes and excluded codes of a deal, one of them empty: the shorter of the two that say the same."""
    if territories == WORLD:
        return (WORLDWIDE,), ()
    outside = WORLD - territories
    return ((), tuple(outside)) if len(outside) < len(ALL) // 2 else (tuple(territories), ())
