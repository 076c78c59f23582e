"""The desk where consent is kept: record an offer, explain an answer, take consent back, stop, and license what is
allowed.

Every story shows before it does: an offer tells its conflicts and what it changes, a revocation tells what stays, what
leaves and who is told. Nothing is ever edited; each act is a new version of an offer or an event in the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ritornello.consent.codes import Outcome
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.drafts import offer_of_draft
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.events import lift_event, stop_event
from ritornello.consent.facts import Stop
from ritornello.consent.inheritance import Conflict, check_held, conflicts
from ritornello.consent.licence import Contribution, NewRecording
from ritornello.consent.offers import Level, Offer
from ritornello.consent.requests import Request
from ritornello.consent.revocation import Consequences, consequences, revoke
from ritornello.consent.sentence import Change, difference, offer_sentences, summary
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.proof import stable_id
from ritornello.proof.signing import Signed
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.ask import gather, rules_of
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import license_decision


class NotOnFile(ConsentError):
    """A decision, offer, stop or licence that this organisation has not."""

    def __init__(self, field: str, name: str) -> None:
        super().__init__((Finding(field, f"{name!r} is not on file", "check the id"),))


@dataclass(frozen=True, slots=True)
class Recorded:
    """An offer as it was (or would be) recorded; `again` where exactly this stands on file already."""

    offer: Offer
    conflicts: tuple[Conflict, ...]
    changes: tuple[Change, ...]
    summary: str
    sentences: tuple[str, ...]
    again: bool

    def to_document(self) -> dict[str, Any]:
        return {
            "again": self.again,
            "changes": [
                {"after": c.after, "before": c.before, "parameter": c.path, "wider": c.wider} for c in self.changes
            ],
            "conflicts": [
                {
                    "other": c.other,
                    "parameters": list(c.parameters),
                    "rights": sorted(c.rights),
                    "territories": str(c.territories),
                    "words": c.words,
                }
                for c in self.conflicts
            ],
            "content_hash": self.offer.content_hash,
            "id": self.offer.id,
            "offer": self.offer.to_document(),
            "sentences": list(self.sentences),
            "summary": self.summary,
            "version": self.offer.version,
        }


def record_offer(
    house: House, organisation: str, draft: Mapping[str, Any], at: datetime, *, dry_run: bool = False
) -> Recorded:
    """Record an offer, or the next version of one that is on file; with `dry_run` only tell what would be.

    Raises `ConsentError` for a draft that is wrong, about something unknown, or for rights that its holder does not
    hold.
    """
    offer = offer_of_draft(draft, at)
    with house.work(organisation, read_only=dry_run) as work:
        recorded = place_offer(work, offer, FactsReader(work, rules_of(house), at=at, day=offer.valid_from))
        if not dry_run:
            if not recorded.again:
                work.consent.add_offer(recorded.offer)
            work.commit()
    return recorded


def place_offer(work: UnitOfWork, offer: Offer, reader: FactsReader) -> Recorded:
    """Where a new offer belongs: its version, what it changes, and what it is at odds with. Writes nothing."""
    _check_reach(work, offer, reader)
    newest = work.consent.offer(offer.id)
    changes: tuple[Change, ...] = ()
    again = False
    if newest is not None:
        again = said(newest) == said(offer)
        changes = tuple(difference(newest.terms, offer.terms))
        offer = newest if again else following(newest, offer)
    found = conflicts(offer, work.consent.offers_of_holder(offer.holder))
    return Recorded(offer, tuple(found), changes, summary(offer.terms), tuple(offer_sentences(offer)), again)


def following(newest: Offer, offer: Offer) -> Offer:
    """What `offer` says, as the version after `newest`."""
    return newest.next_version(
        offer.recorded_at,
        basis=offer.basis,
        evidence=offer.evidence,
        mandate=offer.mandate,
        preset=offer.preset,
        reply=offer.reply,
        terms=offer.terms,
        valid_from=offer.valid_from,
        valid_until=offer.valid_until,
        warranty=offer.warranty,
    )


def said(offer: Offer) -> dict[str, Any]:
    """What an offer says, apart from when it was recorded as which version."""
    document = offer.to_document()
    for name in ("recorded_at", "replaces", "version"):
        del document[name]
    return document


def _check_reach(work: UnitOfWork, offer: Offer, reader: FactsReader) -> None:
    """The holder and what the offer is about are known, and the holder holds what the offer speaks for."""
    findings = []
    if work.people.party(offer.holder) is None:
        findings.append(Finding("holder", f"{offer.holder!r} is no party of this house", "register the party first"))
    known = {
        Level.RECORDING: work.catalogue.recording,
        Level.RELEASE: work.catalogue.release,
        Level.WORK: work.catalogue.work,
    }
    look = known.get(offer.reach.level)
    if look is not None and look(offer.reach.id) is None:
        findings.append(
            Finding("reach.id", f"{offer.reach.id!r} is not in the catalogue", f"register the {offer.reach.level}")
        )
    raise_any(findings)
    if offer.reach.level is Level.RECORDING:
        check_held(offer, reader.required(reader.recording(offer.reach.id, "reach.id")))


@dataclass(frozen=True, slots=True)
class Explained:
    """A decision on file: its document, and the same in plain words."""

    document: Mapping[str, Any]
    words: tuple[str, ...]


def explain(house: House, organisation: str, decision_id: str) -> Explained:
    """Say a stored decision in words. Raises `NotOnFile`."""
    with house.work(organisation, read_only=True) as work:
        document = work.consent.decision(decision_id)
    if document is None:
        raise NotOnFile("decision", decision_id)
    return Explained(document, tuple(words_of(document)))


def words_of(document: Mapping[str, Any]) -> list[str]:
    """A decision's document in plain words: the answer, why, how far it would go, and what would be allowed."""
    asked = document["request"]
    lines = [
        f"{document['outcome'].replace('_', ' ')}: {', '.join(asked['types'])} of {', '.join(asked['sources'])} "
        f"by {asked['person']['id']}, to {', '.join(asked['acts'])} on {', '.join(asked['services'])} "
        f"in {asked['territories']} ({asked['at'][:10]})"
    ]
    for answer in document["answers"]:
        whom = f" from {', '.join(answer['approvers'])}" if answer["approvers"] else ""
        outcome = answer["outcome"].replace("_", " ")
        lines.append(f"  {answer['act']} on {answer['service']} in {answer['territories']}: {outcome}{whom}")
    for reason in document["reasons"]:
        if reason["effect"] != Outcome.ALLOW.value:
            lines.append(f"  because {_reason_words(reason)}")
    lines.append(f"  everything that was asked is allowed in: {document['largest_scope']}")
    nearest = document["nearest"]
    if nearest is not None and document["outcome"] != Outcome.ALLOW.value:
        lines.append(f"  allowed as it is: {_nearest_words(asked, nearest)}")
    return lines


def _reason_words(reason: Mapping[str, Any]) -> str:
    parts = [f"{reason['code']}: {reason['words']}"]
    named = [reason[name] for name in ("right", "holder") if reason[name]]
    if reason["offer"] is not None:
        named.append(f"offer {reason['offer']['id']} version {reason['offer']['version']}")
    if reason["rule"] is not None:
        named.append(f"rule {reason['rule']['id']} of {reason['rule']['dated']}")
    detail = f" ({reason['detail']})" if reason["detail"] else ""
    return f"{parts[0]}{detail} [{', '.join([*named, 'in ' + reason['territories']])}]"


def _nearest_words(asked: Mapping[str, Any], nearest: Mapping[str, Any]) -> str:
    """What of the request would have to change."""
    changed = []
    for name in sorted(asked):
        if name == "plan":
            changed += [
                f"{key} {asked[name][key]} → {value}"
                for key, value in nearest[name].items()
                if asked[name][key] != value
            ]
        elif asked[name] != nearest[name]:
            changed.append(f"{name} {_plain(asked[name])} → {_plain(nearest[name])}")
    return "; ".join(changed) or "the very same request"


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def revoke_offer(
    house: House,
    organisation: str,
    offer_id: str,
    *,
    by: str,
    at: datetime,
    effective_from: date | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> Consequences:
    """Take an offer back, with its notice; with `dry_run` only show what stays, what leaves and who is told.

    Raises `NotOnFile`, or `ConsentError` where it may not be revoked, not by this party, or not so soon.
    """
    with house.work(organisation, read_only=dry_run) as work:
        versions = work.consent.versions(offer_id)
        if not versions:
            raise NotOnFile("offer", offer_id)
        licences = [entry["payload"] for entry in work.consent.licences_on_offer(offer_id)]
        found = consequences(versions, licences, by=by, at=at, effective_from=effective_from)
        if not dry_run:
            for event in revoke(found, by=by, at=at, reason=reason):
                work.consent.add_event(event)
            work.commit()
    return found


def consequences_document(found: Consequences) -> dict[str, Any]:
    """What a revocation does, as a JSON document."""
    return {
        "copies": found.copies,
        "effective_from": found.effective_from.isoformat(),
        "fee_refund": found.fee_refund,
        "leaves": [_fall(one) for one in found.leaves],
        "offer": found.offer_id,
        "stays": [_fall(one) for one in found.stays],
        "told": list(found.told),
    }


def _fall(one: Any) -> dict[str, Any]:
    leaves = None if one.leaves is None else one.leaves.isoformat()
    return {"fate": one.fate.value, "leaves": leaves, "licence": one.licence_id, "licensee": one.licensee}


def stop(
    house: House,
    organisation: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    asset_id: str | None = None,
    person_id: str | None = None,
    service: str | None = None,
    territories: TerritorySet = WORLD,
) -> Stop:
    """Pull the kill switch, from this moment on. Raises `ConsentError` where it would name nothing at all."""
    if asset_id is None and person_id is None and service is None and territories == WORLD:
        raise ConsentError.of("stop", "would stop the whole house", "name a recording, maker, service or territory")
    name = stable_id("stp", asset_id or "", person_id or "", service or "", str(territories), at.isoformat())
    made = Stop(name, at, None, asset_id, person_id, service, territories)
    with house.work(organisation) as work:
        if asset_id is not None and work.catalogue.recording(asset_id) is None:
            raise NotOnFile("asset", asset_id)
        work.consent.add_event(stop_event(made, at, by=by, reason=reason))
        work.commit()
    return made


def lift(house: House, organisation: str, stop_id: str, *, by: str, reason: str, at: datetime) -> None:
    """Lift a stop. Raises `NotOnFile` for one that is not in force."""
    with house.work(organisation) as work:
        reader = FactsReader(work, rules_of(house), at=at, day=at.date())
        if not any(one.id == stop_id and one.active(at) for one in reader.state.stops):
            raise NotOnFile("stop", stop_id)
        work.consent.add_event(lift_event(stop_id, at, by=by, reason=reason))
        work.commit()


def license_stored(
    house: House,
    organisation: str,
    decision_id: str,
    *,
    contribution: Contribution,
    new_recording: NewRecording,
    at: datetime,
    expires: date | None = None,
) -> Signed:
    """License a decision on file, if it would still be allowed now. The same decision is licensed once.

    Raises `NotOnFile`, or `ConsentError` where the decision is no plain yes, or something on file has changed since.
    """
    with house.work(organisation, read_only=True) as work:
        document = work.consent.decision(decision_id)
        if document is None:
            raise NotOnFile("decision", decision_id)
        kept = work.consent.licences_of_decision(decision_id)
        wanted = None if expires is None else expires.isoformat()
        for licence in kept:
            if expires is None or licence["payload"]["expires"] == wanted:
                return Signed.from_document(licence)
        request = Request.from_document(document["request"])
        rules = rules_of(house)
        then = decide(request, gather(work, request, rules), seek_nearest=document["nearest"] is not None)
        now = _as_of(work, request, at, house)
    if then.id != decision_id:
        raise ConsentError.of(
            "decision", "cannot be made again as it was (the catalogue or rules changed)", "ask again"
        )
    if then.outcome is Outcome.ALLOW and now.outcome is not Outcome.ALLOW:
        codes = sorted({reason.code.value for reason in now.reasons if reason.where & ~now.allowed})
        raise ConsentError.of("decision", f"would be {now.outcome.value} now ({', '.join(codes)})", "ask again")
    return license_decision(
        house, organisation, then, contribution=contribution, new_recording=new_recording, at=at, expires=expires
    )


def _as_of(work: UnitOfWork, request: Request, at: datetime, house: House) -> Decision:
    today = request.changed(at=at)
    return decide(today, gather(work, today, rules_of(house)), seek_nearest=False)
