"""Found use becomes licensed use: the uploader sees the terms by a signed link, accepts, and is licensed from that day.

What was really done to the sound is measured on the file, as for every derivative; what cannot be measured asks the
holders first. Use before that day stays what it was unless a holder lets go of it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import Credit, Recording
from ritornello.consent.codes import EFFECT, Outcome
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.consent.nearest import with_nearest
from ritornello.consent.offers import instant_text, read_instant
from ritornello.consent.requests import Person, Plan
from ritornello.consent.sentence import summary
from ritornello.distribution.matches import CHOSEN_BY_HAND, Match, Route, Routing, standing
from ritornello.distribution.model import Hindrance
from ritornello.identifiers.territories import TerritorySet
from ritornello.people import service as people
from ritornello.people.model import PartyDetails, PartyKind
from ritornello.proof import CanonicalError, canonical_json, stable_id
from ritornello.proof.signing import Signed, SigningError, verify
from ritornello.studio.measure import Measurement, measure
from ritornello.workflows.ask import ask, gather, rules_of
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.identify_audio import index_recording
from ritornello.workflows.make_derivative import edges_of, license_decision
from ritornello.workflows.onboard_catalogue import listen
from ritornello.workflows.route_matches import (
    NotRouted,
    NotThere,
    plan_heard,
    request_for,
    routing_channel,
)

FORMAT = "ritornello-conversion/1"
LINK_DAYS = 30
ANSWERED = (Route.CONVERT, Route.CONTENT_CLAIM)
"""What an uploader is told by a link, and may answer."""


@dataclass(frozen=True, slots=True)
class Uploader:
    """What the service says about whoever put the file there; nobody is asked about themselves."""

    tier: str = "everyone"
    country: str = ""
    age: int | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What the uploader is shown.

    Attributes:
        match: the file.
        uploader: what is known of them.
        offered: whether a licence is offered; else it is claimed, and `lines` and `territories` are empty.
        lines: each offer behind it in one breath.
        territories: where it would be licensed.
        until: when the link ends.
        standing: what stands on the match.
        person_id: the party that the uploader is here.
        holders_word: what a person answered to a dispute, "" where there was none.
    """

    match: Match
    uploader: Uploader
    offered: bool
    lines: tuple[str, ...]
    territories: TerritorySet
    until: datetime
    standing: Routing
    person_id: str
    holders_word: str = ""


@dataclass(frozen=True, slots=True)
class Converted:
    """Found use that is licensed now."""

    recording: Recording
    licence: Mapping[str, Any]
    routing: Routing


def link_for(house: House, organisation: str, match_id: str, uploader: Uploader, at: datetime) -> str:
    """The part of a link by which the uploader of a match answers an offer or a claim; good for 30 days.

    Raises `NotRouted` where nobody decided to offer a licence or to claim it, `NotThere` for a match that is not there.
    """
    with house.work(organisation, read_only=True) as work:
        match = work.matches.match(match_id)
        if match is None:
            raise NotThere(f"there is no match {match_id}")
        now = standing(work.matches.routings(match_id), at)
    if now is None or now.route not in ANSWERED:
        raise NotRouted([Hindrance("route", "nobody decided to offer a licence or to claim it", "decide that first")])
    document = {
        "age": uploader.age,
        "country": uploader.country,
        "format": FORMAT,
        "match": match_id,
        "organisation": organisation,
        "tier": uploader.tier,
        "until": instant_text(at + timedelta(days=LINK_DAYS)),
        "verified": uploader.verified,
    }
    signed = house.keys(at).sign(document, at).to_document()
    return base64.urlsafe_b64encode(canonical_json(signed)).decode("ascii").rstrip("=")


def open_terms(house: House, token: str, at: datetime) -> tuple[str, Terms]:
    """The organisation and the terms of a link. Raises `NotRouted` for one that was changed, has ended or was used."""
    organisation, match_id, uploader, until = _read(house, token, at)
    rules = rules_of(house)
    with house.work(organisation, read_only=True) as work:
        match = work.matches.match(match_id)
        if match is None:
            raise NotRouted([_link("is about a file that is not here", "ask the sender for a new one")])
        routings = work.matches.routings(match_id)
        now = standing(routings, at)
        answered = [one for one in routings if one.at <= at and one.route is Route.DISPUTED]
        if now is None or (now.route in (Route.ALLOW_LIST, Route.LEFT_ALONE) and not answered):
            raise NotRouted([_link("was taken back by its sender", "ask the sender")])
        disputed = bool(answered) and now.route is not Route.DISPUTED
        chosen = max((one for one in routings if one.route in CHOSEN_BY_HAND and one.at <= at), key=lambda one: one.at)
        offered = chosen.route is Route.CONVERT
        lines: tuple[str, ...] = ()
        places = TerritorySet.of()
        if offered:
            originals = _originals(work, match)
            plan = plan_heard(match.answer, originals[0])
            request = request_for(match, originals, _person(match, uploader), plan, at)
            facts = gather(work, request, rules)
            decision = with_nearest(decide(request, facts), facts)
            lines = tuple(dict.fromkeys(summary(one.terms) for one in decision.offers))
            places = decision.largest_scope
    person = _person(match, uploader).id
    words = now.reason if disputed and now.route is not Route.LICENSED else ""
    return organisation, Terms(match, uploader, offered, lines, places, until, now, person, words)


def accept(
    house: House,
    token: str,
    *,
    name: str,
    title: str,
    own_work: bool,
    at: datetime,
    report: Report = silent,
) -> Converted:
    """The uploader accepts: the file is measured, decided about, licensed from today, and becomes a derivative.

    Args:
        house: the installation.
        token: of the link.
        name: the uploader's name for the credits.
        title: how this version is called.
        own_work: the uploader's word that what was added is their own.
        at: when; the licence holds from then on.
        report: hears the progress.

    Raises `NotRouted` with everything that stands against it; nothing is kept then.
    """
    from ritornello.analysis import decode

    organisation, terms = open_terms(house, token, at)
    match = terms.match
    against: list[Hindrance] = []
    if terms.standing.route is Route.LICENSED:
        against.append(_link("was used", "the file is licensed already"))
    elif not terms.offered or terms.standing.route is Route.DISPUTED:
        against.append(_link("offers no licence now", "ask its sender"))
    if not name.strip():
        against.append(Hindrance("name", "no name is given", "say how you are credited"))
    if not title.strip():
        against.append(Hindrance("title", "the version has no title", "say how it is called"))
    if not own_work:
        against.append(
            Hindrance("own_work", "it is not said that what was added is your own", "only own work is licensed")
        )
    if match.audio_key is None:
        against.append(Hindrance("sound", "the file's sound was not kept", "upload it again"))
    if against or match.audio_key is None:
        raise NotRouted(against)
    with house.work(organisation, read_only=True) as work:
        originals = _originals(work, match)
        parents = [one for name_ in originals if (one := work.catalogue.recording(name_)) is not None]
    # the owner of the original owns and administers the new recording; the maker licenses their part back
    owner = parents[0].label
    if not owner:
        raise NotRouted([Hindrance("owner", "the original has no label on file", "say who owns it in the catalogue")])
    audio = decode.read(house.blobs.local_path(match.audio_key))
    report(0.1, "measuring what was done to the original")
    measured = measure(decode.read(house.blobs.local_path(parents[0].audio_key or "")), audio)
    person = _person(match, terms.uploader)
    plan = _plan(match, measured, len(originals))
    wide = request_for(match, originals, person, plan, at)
    (first,) = ask(house, organisation, [wide])
    decision, places = first, _not_denied(first)
    if first.outcome is Outcome.DENY and places:
        (decision,) = ask(house, organisation, [wide.changed(territories=places)])
    if decision.outcome is not Outcome.ALLOW:
        raise NotRouted(_refusals(decision))
    words = (
        f"{name.strip()} accepts the terms shown for {match.file_name}; what was added is their own work.\n".encode()
    )
    evidence = house.blobs.put(words)
    report(0.5, "licensing")
    licence = license_decision(
        house,
        organisation,
        decision,
        contribution=Contribution(Ownership.MAKER_LICENSES_BACK, own_work, at, evidence),
        new_recording=NewRecording(owner, owner),
        at=at,
    )
    recording_id = stable_id("rec", str(licence.payload["id"]), match.pcm_sha256)
    report(0.6, "listening")
    analysis, heard = listen(recording_id, audio, at, lambda done, said: report(0.6 + 0.3 * done, said))
    original = parents[0]
    recording = Recording(
        id=recording_id,
        title=original.title if len(parents) == 1 else title.strip(),
        version_title=title.strip() if len(parents) == 1 else "",
        work_ids=tuple(dict.fromkeys(work_id for one in parents for work_id in one.work_ids)),
        main_artist=original.main_artist,
        label=owner,
        performers=(*original.performers, Credit(person.id, "Remixer")),
        duration_ms=match.duration_ms,
        pcm_sha256=match.pcm_sha256,
        audio_key=match.audio_key,
        year=at.year,
        p_line=original.p_line,
        c_line=original.c_line,
        genre=original.genre,
        explicit=original.explicit,
        kind="derivative",
        derivative_type=decision.request.types[0],
    )
    routing = Routing(
        id=stable_id("rou", match.id, Route.LICENSED.value, str(licence.payload["id"])),
        match_id=match.id,
        route=Route.LICENSED,
        by=person.id,
        at=at,
        reason="the uploader accepted the terms",
        valid_from=at.date(),
        territories=decision.request.territories,
        valid_to=date.fromisoformat(licence.payload["expires"]) if licence.payload.get("expires") else None,
        licence_id=str(licence.payload["id"]),
        releases_past=terms.standing.releases_past,
    )
    with house.work(organisation) as work:
        people.register_party(work.people, person.id, PartyKind.PERSON, at)
        known = work.people.sealed(person.id)
        details = PartyDetails(person.id, name.strip(), country=terms.uploader.country or None)
        people.record_details(work.people, details if known is None else replace(known.details, name=name.strip()), at)
        work.catalogue.save_recording(recording)
        work.studio.save_heard(heard)
        catalogue.link(work.catalogue, recording_id, edges_of(work, licence.payload, recording_id), at)
        work.matches.add_routing(routing)
        if match.channel and match.service:
            work.matches.add_channel(routing_channel(recording_id, str(licence.payload["id"]), match, at))
        work.commit()
    index_recording(house, organisation, recording, audio, analysis.to_document())
    report(1.0, "licensed")
    return Converted(recording, licence.payload, routing)


def end_of(day: date) -> datetime:
    """The last moment of a day."""
    return datetime.combine(day, time.max, UTC)


def _plan(match: Match, measured: Measurement, sources: int) -> Plan:
    """The measured values as the plan that is decided about; what was not measured is named and asks the holders."""
    unmeasured: set[str] = set()
    heard = plan_heard(match.answer, match.recordings[0])
    if measured.tempo_permille is None or measured.key_cents is None:
        unmeasured |= {"tempo", "key"}
    if measured.structure is None:
        unmeasured.add("structure")
    if measured.original_permille is None:
        unmeasured.add("share of the original")
    if measured.vocals == "unmeasured":
        unmeasured.add("vocals")
    if sources > 1:
        # only one original can be laid under the file at a time; the rest is heard, not measured
        unmeasured.add("what the other recordings add")
    return Plan(
        tempo_permille=heard.tempo_permille if measured.tempo_permille is None else measured.tempo_permille - 1000,
        key_cents=heard.key_cents if measured.key_cents is None else measured.key_cents,
        pitch_follows_tempo=measured.pitch_follows_speed,
        structure=measured.structure or "reorder",
        extract_ms=measured.used_ms if measured.structure == "extract" else None,
        original_permille=1000 if measured.original_permille is None else measured.original_permille,
        added_permille=0 if measured.added_permille is None else measured.added_permille,
        vocals="remove" if measured.vocals == "remove" else "keep",
        loudness_centilu=measured.lufs_centi,
        true_peak_centidb=measured.dbtp_centi,
        unmeasured=frozenset(unmeasured),
    )


def _person(match: Match, uploader: Uploader) -> Person:
    """The uploader under a pseudonym that is derived from the channel, so that one channel is one party."""
    reference = f"{match.service}/{match.channel}" if match.channel else match.id
    return Person(
        stable_id("pty", "uploader", reference),
        tier=uploader.tier,
        country=uploader.country,
        age=uploader.age,
        verified=uploader.verified,
    )


def _originals(work: Any, match: Match) -> tuple[str, ...]:
    kinds = {one.id: one.kind for one in work.catalogue.recordings(match.recordings)}
    return tuple(name for name in match.recordings if kinds.get(name) == "original")


def _not_denied(decision: Decision) -> TerritorySet:
    """Where nothing that was asked is denied: it is allowed there, or will be once the holders approve."""
    asked = decision.request
    return TerritorySet.of(
        *(
            place
            for place in asked.territories
            if all(
                decision.answer(act, place, service) is not Outcome.DENY
                for act in asked.acts
                for service in asked.services
            )
        )
    )


def _refusals(decision: Decision) -> Sequence[Hindrance]:
    who = ", ".join(sorted({holder for holder, _ in decision.askers}))
    word = f"waits for {who}" if decision.outcome is Outcome.NEEDS_APPROVAL else "is not allowed"
    codes = sorted({one.code.value for one in decision.reasons if EFFECT[one.code] is not Outcome.ALLOW})
    return [Hindrance("decision", f"it {word}: {', '.join(codes)}", f"see decision {decision.id}")]


def _read(house: House, token: str, at: datetime) -> tuple[str, str, Uploader, datetime]:
    try:
        document = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        signed = Signed.from_document(document)
        verdict = verify(signed, house.keys(at).trusted())
        if not verdict:
            raise NotRouted([_link(verdict.value, "open the link exactly as it was sent")])
        payload = signed.payload
        if payload["format"] != FORMAT:
            raise NotRouted([_link("is of another kind", "open the link exactly as it was sent")])
        until = read_instant(payload["until"])
        uploader = Uploader(payload["tier"], payload["country"], payload["age"], payload["verified"])
        organisation, match_id = str(payload["organisation"]), str(payload["match"])
    except NotRouted:
        raise
    except (binascii.Error, CanonicalError, KeyError, TypeError, ValueError, SigningError) as error:
        raise NotRouted([_link("is damaged", "open the link exactly as it was sent")]) from error
    if at >= until:
        raise NotRouted([_link(f"ended on {until.date().isoformat()}", "ask the sender for a new one")])
    return organisation, match_id, uploader, until


def _link(what: str, mend: str) -> Hindrance:
    return Hindrance("link", f"the link {what}", mend)
