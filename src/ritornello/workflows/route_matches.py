"""What is to be done about a match: the catalogue and today's consent are asked, a person decides, it is written down.

Nothing here tells a service anything by itself. The lists that co-owners enter there are drawn from these records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from ritornello.catalogue.model import Recording
from ritornello.consent.codes import OWN_SERVICE
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import replay
from ritornello.consent.requests import Person, Plan, Request
from ritornello.consent.rules import RightsRules
from ritornello.distribution.matches import CHOSEN_BY_HAND, Channel, Match, PastRelease, Route, Routing, standing
from ritornello.distribution.model import Hindrance
from ritornello.distribution.routing import Found, Proposal, after_answer, forbidden, kind_of_use, propose
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import stable_id
from ritornello.royalty.documents import TermError
from ritornello.royalty.expected import ExpectedShare
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.ask import gather, rules_of
from ritornello.workflows.expected_shares import expected_shares
from ritornello.workflows.house import House

WORLD = TerritorySet.parse("WW")
MOST_CHANNEL_LETTERS = 128


class NotThere(LookupError):
    """What is asked about is not on file."""


class NotRouted(Exception):
    """A decision about a match that cannot be taken. `found` holds everything that stands against it."""

    def __init__(self, found: Sequence[Hindrance]) -> None:
        super().__init__("; ".join(f"{one.what} ({one.mend})" for one in found))
        self.found = tuple(found)


@dataclass(frozen=True, slots=True)
class Examined:
    """A match with what the rules say of it today: the proposal, and for each route what stands against it."""

    match: Match
    proposal: Proposal
    against: Mapping[Route, tuple[Hindrance, ...]]
    routings: tuple[Routing, ...]
    releases: tuple[PastRelease, ...] = ()


def examine(house: House, organisation: str, match_id: str, at: datetime) -> Examined:
    """Look at a match as of a moment. Raises `NotThere` for one that is not there."""
    rules = rules_of(house)
    with house.work(organisation, read_only=True) as work:
        match = _as_known_now(work, _match(work, match_id))
        known = _known(work, match, at)
        may = _may_be_made(work, match, known, rules, at)
        routings = tuple(work.matches.routings(match_id))
        releases = tuple(work.matches.releases(match_id))
    against = {route: forbidden(route, match, known, may) for route in CHOSEN_BY_HAND}
    proposal = after_answer(propose(match, known, may), standing(routings, at))
    return Examined(match, proposal, against, routings, releases)


def route_match(
    house: House,
    organisation: str,
    match_id: str,
    route: Route,
    *,
    by: str,
    reason: str,
    at: datetime,
    territories: TerritorySet = WORLD,
    valid_from: date | None = None,
    valid_to: date | None = None,
    releases_past: bool = False,
) -> Routing:
    """Decide about a match. The same decision of the same person at the same moment is one record.

    Args:
        route: one of those that a person may choose.
        by: the person who decides.
        reason: why, in their words; needed.
        territories, valid_from, valid_to: where and when it holds; from today and everywhere unless said.
        releases_past: a holder lets go of what was earned before.

    Raises `NotRouted` with everything that stands against it, `NotThere` for a match that is not there.
    """
    examined = examine(house, organisation, match_id, at)
    found = list(examined.against.get(route, ()))
    if route not in CHOSEN_BY_HAND:
        found.append(Hindrance("route", f"{route.value} follows by itself", "offer the uploader a licence"))
    if not reason.strip():
        found.append(Hindrance("reason", "no reason is given", "say why, so that it can be read again"))
    first = valid_from or at.date()
    if valid_to is not None and valid_to <= first:
        found.append(Hindrance("valid_to", f"{valid_to} is not after {first}", "give a later day, or none"))
    if found:
        raise NotRouted(found)
    with house.work(organisation) as work:
        match = examined.match
        licence = licence_under(work, match.copy_of) if route is Route.ALLOW_LIST and match.copy_of else None
        routing = Routing(
            id=stable_id("rou", match_id, route.value, by, at.isoformat()),
            match_id=match_id,
            route=route,
            by=by,
            at=at,
            reason=reason.strip(),
            valid_from=first,
            territories=territories,
            valid_to=valid_to,
            licence_id=None if licence is None else str(licence["id"]),
            releases_past=releases_past,
        )
        work.matches.add_routing(routing)
        if route is Route.ALLOW_LIST and match.copy_of and match.channel and match.service and licence is not None:
            work.matches.add_channel(routing_channel(match.copy_of, str(licence["id"]), match, at))
        work.commit()
    return routing


def tell_channel(
    house: House, organisation: str, recording_id: str, *, service: str, channel: str, at: datetime
) -> Channel:
    """The publish sheet: on which channel a licensed derivative is published, so that it is never claimed.

    Raises `NotRouted` where the recording has no licence that stands, or not for that service.
    """
    found: list[Hindrance] = []
    channel = channel.strip()
    if not 0 < len(channel) <= MOST_CHANNEL_LETTERS:
        found.append(Hindrance("channel", "a channel id has 1 to 128 letters", "copy it from the service's own page"))
    with house.work(organisation) as work:
        recording = work.catalogue.recording(recording_id)
        if recording is None:
            raise NotThere(f"there is no recording {recording_id} in the catalogue")
        licence = licence_under(work, recording_id)
        if licence is None or not licence_stands(work, licence, at):
            found.append(Hindrance("licence", "it has no licence that stands", "license it first"))
        elif service not in licence["scope"]["services"]:
            listed = ", ".join(licence["scope"]["services"])
            found.append(Hindrance("service", f"its licence does not cover {service}", f"it covers {listed}"))
        if found or licence is None:
            raise NotRouted(found)
        told = _channel(recording_id, str(licence["id"]), service, channel, at)
        work.matches.add_channel(told)
        work.commit()
    return told


@dataclass(frozen=True, slots=True)
class PublishSheet:
    """What is known of a licensed derivative on the day it is published."""

    recording: Recording
    licence: Mapping[str, Any]
    stands: bool
    services: tuple[str, ...]
    territories: str
    ai: str
    ai_steps: tuple[Mapping[str, str], ...]
    shares: tuple[tuple[str, str], ...]
    channels: tuple[Channel, ...]
    expected: tuple[ExpectedShare, ...] = ()
    expected_trouble: str = ""
    """Why a run could not share it out today."""
    words: Mapping[str, Any] = field(default_factory=dict)
    """What is sung in it where other words are: their title, credits (role, name), language, script and hash."""

    def to_document(self) -> dict[str, Any]:
        """The sheet as JSON."""
        return {
            "recording": self.recording.id,
            "title": self.recording.title,
            "licence": self.licence["id"],
            "stands": self.stands,
            "services": list(self.services),
            "territories": self.territories,
            "ai": self.ai,
            "ai_steps": [dict(one) for one in self.ai_steps],
            "credits": [{"party": one.party_id, "role": one.role} for one in self.recording.performers],
            "words": dict(self.words),
            "licensed_shares": dict(self.shares),
            "expected_shares": [one.to_document() for one in self.expected],
            "expected_trouble": self.expected_trouble,
            "channels": [{"service": one.service, "channel": one.channel} for one in self.channels],
        }


def publish_sheet(work: UnitOfWork, recording_id: str, at: datetime) -> PublishSheet | None:
    """Credits, disclosure, scope, expected shares and channels of a derivative; None for what has no licence."""
    recording, licence = work.catalogue.recording(recording_id), licence_under(work, recording_id)
    if recording is None or licence is None:
        return None
    render = work.studio.render(recording_id)
    shares = tuple(
        (side["side"], f"{int(side[licence['money']['form'] + '_permille']) / 10:g} %")
        for side in licence["money"]["sides"]
    )
    expected: tuple[ExpectedShare, ...] = ()
    trouble = ""
    try:
        expected = expected_shares(work, recording, licence["scope"]["territories"], at)
    except TermError as error:
        trouble = str(error)
    return PublishSheet(
        recording,
        licence,
        licence_stands(work, licence, at),
        tuple(licence["scope"]["services"]),
        licence["scope"]["territories"],
        str(render.manifest.get("ai", "not known")) if render is not None else "not known",
        tuple(render.manifest.get("ai_steps", ())) if render is not None else (),
        shares,
        tuple(work.matches.channels(recording_id)),
        expected,
        trouble,
        dict(render.manifest.get("words", {})) if render is not None else {},
    )


def request_for(match: Match, originals: Sequence[str], person: Person, plan: Plan, at: datetime) -> Request:
    """The question whether what was found may be made and published where it was found."""
    return Request(
        types=(kind_of_use(match.answer),),
        sources=tuple(originals),
        plan=plan,
        acts=("make", "publish"),
        territories=WORLD,
        services=(match.service or OWN_SERVICE,),
        person=person,
        at=at,
    )


def plan_heard(answer: Mapping[str, Any], recording: str) -> Plan:
    """What identification heard was done to one recording: speed and pitch of its longest passage."""
    placed = [one for one in answer["passages"] if one["recording"] == recording]
    if not placed:
        return Plan(original_permille=0, added_permille=1000)
    longest = max(placed, key=lambda one: int(one["query_ms"][1]) - int(one["query_ms"][0]))
    tempo = round(1_000_000_000 / int(longest["time_scale_ppm"])) - 1000
    reordered = kind_of_use(answer) not in ("", "SPEED_PITCH")
    return Plan(tempo_permille=tempo, key_cents=int(longest["cents"]), structure="reorder" if reordered else "extract")


def routing_channel(recording_id: str, licence_id: str, match: Match, at: datetime) -> Channel:
    """The channel on which a match was found, as one that publishes under a licence."""
    return _channel(recording_id, licence_id, match.service, match.channel, at)


def _may_be_made(
    work: UnitOfWork, match: Match, known: Mapping[str, Found], rules: RightsRules, at: datetime
) -> dict[str, str]:
    """Today's answer for each original, asked for a stranger who subscribes, and the places where it was licensed."""
    if not kind_of_use(match.answer):
        return {}
    person = Person("pty_any_subscriber", tier="subscribers", age=30, verified=True)
    found: dict[str, str] = {}
    for one in match.recordings:
        if known[one].derivative_type is not None:
            continue
        try:
            request = request_for(match, (one,), person, plan_heard(match.answer, one), at)
            decision = decide(request, gather(work, request, rules))
        except ConsentError:
            found[one] = "deny"
            continue
        # open somewhere is open: the licence then says where
        found[one] = "allow" if decision.largest_scope else decision.outcome.value
    return found


def _known(work: UnitOfWork, match: Match, at: datetime) -> dict[str, Found]:
    names = {*match.recordings, *((match.copy_of,) if match.copy_of else ())}
    catalogue = {one.id: one for one in work.catalogue.recordings(names)}
    found: dict[str, Found] = {}
    for name in names:
        recording = catalogue.get(name)
        if recording is None or recording.kind != "derivative":
            found[name] = Found(name)
            continue
        licence = licence_under(work, name)
        stands = licence is not None and licence_stands(work, licence, at)
        found[name] = Found(
            name,
            recording.derivative_type or "",
            stands,
            frozenset() if licence is None else frozenset(licence["scope"]["services"]),
            None if licence is None else TerritorySet.parse(licence["scope"]["territories"]),
        )
    return found


def _channel(recording_id: str, licence_id: str, service: str, channel: str, at: datetime) -> Channel:
    return Channel(stable_id("chn", recording_id, service, channel), recording_id, licence_id, service, channel, at)


def licence_under(work: UnitOfWork, recording_id: str) -> Mapping[str, Any] | None:
    """The licence that a derivative rests on, by its render or its lineage."""
    render = work.studio.render(recording_id)
    edges = work.catalogue.edges_of(recording_id)
    licence_id = render.licence_id if render is not None else next((one.licence_id for one in edges), None)
    return None if licence_id is None else licence_payload(work, licence_id)


def licence_payload(work: UnitOfWork, licence_id: str) -> Mapping[str, Any] | None:
    document = work.consent.licence(licence_id)
    return None if document is None else dict(document["payload"])


def licence_stands(work: UnitOfWork, licence: Mapping[str, Any], at: datetime) -> bool:
    """Whether a licence is neither revoked nor over. Its signature was checked when it was kept."""
    expires = licence.get("expires")
    if expires is not None and date.fromisoformat(expires) <= at.date():
        return False
    revoked = replay(work.consent.events(at), at).revoked_licences
    return not any(one.licence_id == licence["id"] and one.effective_from <= at for one in revoked)


def _as_known_now(work: UnitOfWork, match: Match) -> Match:
    """The match; what became a derivative of ours after it was found is a copy of it, and never claimed any more."""
    if match.copy_of is not None:
        return match
    for recording in work.catalogue.recordings_by_samples(match.pcm_sha256):
        if recording.kind == "derivative":
            return replace(match, copy_of=recording.id, copied="samples")
    return match


def _match(work: UnitOfWork, match_id: str) -> Match:
    found = work.matches.match(match_id)
    if found is None:
        raise NotThere(f"there is no match {match_id}")
    return found
