"""Identification for programs: what is this audio made of, what was found where, and what is done about it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, File, Form, Query, UploadFile
from fastapi.responses import Response

from ritornello.analysis.model import AudioError
from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.uploads import heard_in_turn, plain_name, uploaded
from ritornello.consent.offers import instant_text
from ritornello.distribution.allow_lists import COLUMNS
from ritornello.distribution.matches import Channel, Match, PastRelease, Route, Routing
from ritornello.identifiers.territories import TerritorySet
from ritornello.identify.model import IdentifyError
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows import answer_match, convert_match, refer, route_matches, service_lists, take_in_matches
from ritornello.workflows.identify_audio import identify_file
from ritornello.workflows.route_matches import NotRouted

router = APIRouter(prefix="/api/v1", tags=["identification"])

Asks = Annotated[Identity, Depends(allowed(Capability.ASK_DECISION))]
Sees = Annotated[Identity, Depends(allowed(Capability.DELIVER, Capability.EDIT_OFFERS, Capability.SEE_CONSENT))]
Routes = Annotated[Identity, Depends(allowed(Capability.DELIVER, Capability.EDIT_OFFERS))]
Publishes = Annotated[
    Identity, Depends(allowed(Capability.DELIVER, Capability.EDIT_OFFERS, Capability.MAKE_DERIVATIVE))
]


def problem_of(error: Exception) -> Problem:
    """What a failed identification or routing is told as."""
    if isinstance(error, NotRouted):
        return Problem(422, "; ".join(one.what for one in error.found), mend="; ".join(one.mend for one in error.found))
    if isinstance(error, IdentifyError | AudioError):
        return Problem(422, f"{error.where}: {error.what}", mend=error.mend)
    return NotFound(str(error))


@router.post("/identify")
def identify(member: Asks, here: Here, file: Annotated[UploadFile, File()]) -> dict[str, Any]:
    """Say which recordings of the catalogue a file is made of: which seconds, moved how, how sure. Nothing is kept."""
    with heard_in_turn(here), uploaded(file, here) as path:
        try:
            answer = identify_file(here.house, member.organisation, path)
        except (AudioError, IdentifyError) as error:
            raise problem_of(error) from error
    return {**answer.to_document(), "file": plain_name(file)}


@router.post("/matches")
def take_in(
    member: Routes,
    here: Here,
    file: Annotated[UploadFile, File()],
    service: Annotated[str, Form(max_length=64)] = "",
    channel: Annotated[str, Form(max_length=128)] = "",
    plays: Annotated[int | None, Form(ge=0)] = None,
) -> dict[str, Any]:
    """Hear a file that was found somewhere and record what is in it; `match` is null where nothing of ours is."""
    taken = _taken_in(member, here, file, service, channel, plays)
    found = None if taken.match is None else match_document(taken.match)
    return {"answer": {**taken.answer.to_document(), "file": plain_name(file)}, "match": found}


def _taken_in(
    member: Identity, here: Installation, file: UploadFile, service: str, channel: str, plays: int | None
) -> take_in_matches.TakenIn:
    with heard_in_turn(here), uploaded(file, here) as path:
        try:
            return take_in_matches.take_in_match(
                here.house,
                member.organisation,
                path,
                here.now(),
                name=plain_name(file),
                service=service.strip(),
                channel=channel.strip(),
                plays=plays,
            )
        except (AudioError, IdentifyError) as error:
            raise problem_of(error) from error


@router.get("/matches")
def matches(
    member: Sees, here: Here, at: Annotated[date | None, Query(description="as it stood at the end of a day")] = None
) -> list[dict[str, Any]]:
    """All matches: the undecided first, then by what their plays are worth, with what stands on each."""
    moment = here.now() if at is None else convert_match.end_of(at)
    return [
        {
            **match_document(one.match),
            "worth_micros": one.worth_micros,
            "standing": None if one.standing is None else routing_document(one.standing),
        }
        for one in take_in_matches.queue(here.house, member.organisation, moment)
    ]


@router.get("/matches/{match_id}")
def match(match_id: str, member: Sees, here: Here) -> dict[str, Any]:
    """One match with its proposal, what stands against each route, and every decision about it."""
    try:
        found = route_matches.examine(here.house, member.organisation, match_id, here.now())
    except LookupError as error:
        raise NotFound("match") from error
    return {
        **match_document(found.match),
        "proposal": {
            "route": found.proposal.route.value,
            "because": list(found.proposal.because),
            "derivative_type": found.proposal.derivative_type,
            "recordings": list(found.proposal.recordings),
        },
        "against": {route.value: [asdict(one) for one in reasons] for route, reasons in found.against.items()},
        "decisions": [routing_document(one) for one in found.routings],
        "releases": [release_document(one) for one in found.releases],
    }


@router.get("/matches/{match_id}/manifest")
def manifest(match_id: str, member: Sees, here: Here, work: Reading) -> Response:
    """The signed manifest that belongs to a copy which lost it."""
    found = work.matches.match(match_id)
    kept = None if found is None else take_in_matches.manifest_of(work, found)
    if kept is None or not here.house.blobs.exists(kept.manifest_key):
        raise NotFound("manifest of this copy")
    return Response(here.house.blobs.read(kept.manifest_key), media_type="application/c2pa")


@router.post("/matches/{match_id}/routing")
def routing(
    match_id: str,
    member: Routes,
    here: Here,
    route: Annotated[Route, Body(embed=True)],
    reason: Annotated[str, Body(embed=True, min_length=1, max_length=500)],
    territories: Annotated[str, Body(embed=True)] = "WW",
    valid_from: Annotated[date | None, Body(embed=True)] = None,
    valid_to: Annotated[date | None, Body(embed=True)] = None,
    releases_past: Annotated[bool, Body(embed=True)] = False,
) -> dict[str, Any]:
    """Decide about a match: allow-list, content claim, convert to licensed, or leave alone."""
    try:
        places = TerritorySet.parse(territories)
    except ValueError as error:
        raise Problem(422, f"territories: {error}", mend='write such as "DE, FR" or "WW ex JP"') from error
    try:
        done = route_matches.route_match(
            here.house,
            member.organisation,
            match_id,
            route,
            by=member.person_id,
            reason=reason,
            at=here.now(),
            territories=places,
            valid_from=valid_from,
            valid_to=valid_to,
            releases_past=releases_past,
        )
    except (NotRouted, LookupError) as error:
        raise problem_of(error) from error
    return routing_document(done)


@router.post("/matches/{match_id}/link")
def link(
    match_id: str,
    member: Routes,
    here: Here,
    tier: Annotated[Literal["everyone", "subscribers", "superfans"], Body(embed=True)] = "everyone",
    country: Annotated[str, Body(embed=True, max_length=2)] = "",
    age: Annotated[int | None, Body(embed=True, ge=0, le=150)] = None,
    verified: Annotated[bool, Body(embed=True)] = False,
) -> dict[str, str]:
    """The link by which the uploader of a match sees terms or claim, and answers. The service says who they are."""
    uploader = convert_match.Uploader(tier, country.upper(), age, verified)
    try:
        token = convert_match.link_for(here.house, member.organisation, match_id, uploader, here.now())
    except (NotRouted, LookupError) as error:
        raise problem_of(error) from error
    return {"link": f"{here.settings.address}/found/{token}"}


@router.get("/channels")
def channels(
    member: Sees,
    here: Here,
    day: Annotated[date | None, Query(description="as of a day; today if left out")] = None,
    co_owner: Annotated[str, Query(max_length=64, description="one party's rows, by id")] = "",
) -> list[dict[str, str]]:
    """What each co-owner has to enter at the services that match content: channels to allow, claims to let go of."""
    at = here.now()
    found = service_lists.lists_of(here.house, member.organisation, day or at.date(), at)
    return [dict(zip(COLUMNS, row.cells(), strict=True)) for row in found if co_owner in ("", row.co_owner)]


@router.get("/recordings/{recording_id}/publish-sheet")
def publish_sheet(recording_id: str, member: Publishes, work: Reading, here: Here) -> dict[str, Any]:
    """The publish sheet of a licensed derivative: credits, disclosure, where it may go, the expected shares of
    everyone with their reasons, its channels."""
    sheet = route_matches.publish_sheet(work, recording_id, here.now())
    if sheet is None:
        raise NotFound("licensed derivative")
    return sheet.to_document()


@router.post("/recordings/{recording_id}/channels")
def channel(
    recording_id: str,
    member: Publishes,
    here: Here,
    service: Annotated[str, Body(embed=True, max_length=64)],
    channel: Annotated[str, Body(embed=True, max_length=128)],
) -> dict[str, str]:
    """Tell on which channel a licensed derivative is published, so that it is never claimed there."""
    try:
        told = route_matches.tell_channel(
            here.house, member.organisation, recording_id, service=service, channel=channel, at=here.now()
        )
    except (NotRouted, LookupError) as error:
        raise problem_of(error) from error
    return channel_document(told)


@router.post("/recordings/{recording_id}/reference")
def reference(
    recording_id: str,
    member: Routes,
    here: Here,
    exclusive: Annotated[str, Body(embed=True, max_length=500)] = "",
    where: Annotated[str, Body(embed=True, max_length=500)] = "",
) -> dict[str, Any]:
    """May a derivative become a reference of its own? Every reason against it; the default is no. Nothing is kept."""
    with heard_in_turn(here):
        return referred(here, member, recording_id, exclusive, where).to_document()


def referred(here: Installation, member: Identity, recording_id: str, exclusive: str, where: str) -> refer.Referred:
    """The answer for whoever asks. Raises `Problem` for places that are none and derivatives that are not there."""
    try:
        asked = TerritorySet.parse(where) if where.strip() else None
        vouched = TerritorySet.parse(exclusive) if exclusive.strip() else refer.NOWHERE
    except ValueError as error:
        raise Problem(422, f"territories: {error}", mend='write such as "DE, FR" or "WW ex JP"') from error
    try:
        return refer.may_be_reference(
            here.house, member.organisation, recording_id, here.now(), by=member.person_id, asked=asked, vouched=vouched
        )
    except LookupError as error:
        raise NotFound("licensed derivative") from error


@router.post("/matches/{match_id}/answers")
def answered(
    match_id: str,
    member: Routes,
    here: Here,
    answer: Annotated[Literal["declined", "disputed"], Body(embed=True)],
    reason: Annotated[str, Body(embed=True, max_length=500)] = "",
) -> dict[str, Any]:
    """Write down what the uploader answered in another way than by the link, such as to the service."""
    try:
        done = answer_match.record_answer(
            here.house, member.organisation, match_id, Route(answer), reason, by=member.person_id, at=here.now()
        )
    except (NotRouted, LookupError) as error:
        raise problem_of(error) from error
    return routing_document(done)


@router.post("/matches/{match_id}/releases")
def let_go(
    match_id: str,
    member: Routes,
    here: Here,
    holder: Annotated[str, Body(embed=True, max_length=64, description="the party that said so, by id")],
    reason: Annotated[str, Body(embed=True, max_length=500, description="who said it and how")],
) -> dict[str, str]:
    """Write down that a holder lets go of what was earned before the licence: their own claims, nobody else's."""
    try:
        done = answer_match.let_go(
            here.house, member.organisation, match_id, holder, by=member.person_id, reason=reason, at=here.now()
        )
    except (NotRouted, LookupError) as error:
        raise problem_of(error) from error
    return release_document(done)


def match_document(one: Match) -> dict[str, Any]:
    """A match as JSON."""
    return {
        "id": one.id,
        "file": one.file_name,
        "service": one.service,
        "channel": one.channel,
        "plays": one.plays,
        "copy_of": one.copy_of,
        "copied": one.copied,
        "found_at": instant_text(one.found_at),
        "answer": dict(one.answer),
    }


def routing_document(one: Routing) -> dict[str, Any]:
    """A decision as JSON."""
    return {
        "id": one.id,
        "route": one.route.value,
        "by": one.by,
        "at": instant_text(one.at),
        "reason": one.reason,
        "territories": str(one.territories),
        "from": one.valid_from.isoformat(),
        "until": None if one.valid_to is None else one.valid_to.isoformat(),
        "licence": one.licence_id,
        "releases_past": one.releases_past,
    }


def release_document(one: PastRelease) -> dict[str, str]:
    """What a holder let go of, as JSON."""
    return {
        "id": one.id,
        "match": one.match_id,
        "holder": one.holder,
        "by": one.by,
        "at": instant_text(one.at),
        "reason": one.reason,
    }


def channel_document(one: Channel) -> dict[str, str]:
    """A channel as JSON."""
    return {
        "recording_id": one.recording_id,
        "licence_id": one.licence_id,
        "service": one.service,
        "channel": one.channel,
        "told_at": instant_text(one.told_at),
    }
