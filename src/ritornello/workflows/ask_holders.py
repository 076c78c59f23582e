"""Asking co-holders by a signed link: invite them, see who has answered, take the answer, remind, let silence end.

A round is every open proposal about one thing. A counter makes a new version of each of them, and a link that was sent
before leads its holder to the newest version of what they were asked. Whoever had said yes before keeps that yes when
they refuse a change of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.consent import invitations as links
from ritornello.consent.drafts import read_adjustments
from ritornello.consent.errors import ConsentError, raise_any
from ritornello.consent.events import Event, EventKind
from ritornello.consent.invitations import Invitation, LinkError, Standing
from ritornello.consent.offers import Evidence, Obtained, Offer, Reach, Reply, instant_text
from ritornello.consent.presets import preset as preset_of
from ritornello.consent.sentence import Change, difference
from ritornello.consent.terms import Terms
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import canonical_json, digest
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.addendum import addendum_of
from ritornello.workflows.ask import rules_of
from ritornello.workflows.consent_desk import place_offer
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.house import House

_KINDS = (EventKind.INVITED, EventKind.REMINDED, EventKind.ANSWERED, EventKind.LAPSED)
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One invitation and what became of it. `offer` is the version that was proposed; `path` is where its link leads.

    `superseded`: a later version was proposed to the same holder since; the link leads on to that one.
    """

    invitation: Invitation
    offer: Offer
    standing: Standing
    path: str
    reminded: tuple[int, ...] = ()
    answered_at: datetime | None = None
    evidence_sha256: str = ""
    superseded: bool = False

    def to_document(self) -> dict[str, Any]:
        told = self.invitation
        return {
            "answered_at": None if self.answered_at is None else instant_text(self.answered_at),
            "evidence_sha256": self.evidence_sha256,
            "holder": told.holder,
            "id": told.id,
            "invited_at": instant_text(told.invited_at),
            "lapses_at": instant_text(told.lapses_at),
            "link": self.path,
            "offer": told.offer_id,
            "reach": {"id": self.offer.reach.id, "level": self.offer.reach.level.value},
            "reminded_on_days": list(self.reminded),
            "right": told.right,
            "standing": self.standing.value,
            "superseded": self.superseded,
            "territories": str(self.offer.territories),
            "version": told.version,
        }


@dataclass(frozen=True, slots=True)
class Opened:
    """What a holder sees behind a link: the proposal, what changed since the link was sent, what stands already."""

    asked: Asked
    changes: tuple[Change, ...]
    standing_grant: Offer | None
    others: tuple[tuple[str, Standing], ...]
    """The other parts of the round: (right, where it stands), without saying who holds them."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it was taken: the version that it made (None where nothing but the log changed), and the proof."""

    asked: Asked
    offer: Offer | None
    evidence_sha256: str
    reopened: tuple[Asked, ...] = ()

    def to_document(self) -> dict[str, Any]:
        return {
            "answer": self.asked.standing.value,
            "evidence_sha256": self.evidence_sha256,
            "invited_again": len(self.reopened),
            "offer": None if self.offer is None else {"hash": self.offer.content_hash, "version": self.offer.version},
            "right": self.asked.invitation.right,
        }


@dataclass(frozen=True, slots=True)
class Due:
    """Something that the calendar asks for: a reminder (`day` 3, 7 or 14) to be sent with its link, or a lapse."""

    asked: Asked
    day: int | None

    def to_document(self) -> dict[str, Any]:
        told = self.asked
        return {
            "day": self.day,
            "holder": told.invitation.holder,
            "id": told.invitation.id,
            "lapses_at": instant_text(told.invitation.lapses_at),
            "link": told.path,
            "right": told.invitation.right,
            "what": "lapse" if self.day is None else "reminder",
        }


class Desk:
    """The invitations of one organisation as they are known at a moment."""

    def __init__(self, house: House, organisation: str, work: UnitOfWork, at: datetime) -> None:
        self.house, self.organisation, self.work, self.at = house, organisation, work, at
        self.events: Sequence[Event] = work.consent.events(at, kinds=_KINDS)
        self._by_subject: dict[str, list[Event]] = {}
        for event in self.events:
            self._by_subject.setdefault(event.subject, []).append(event)
        invited = [Invitation.from_document(e.document) for e in self.events if e.kind is EventKind.INVITED]
        self.invitations = sorted(invited, key=lambda one: (one.invited_at, one.version, one.id))
        self._newest: dict[str, Invitation] = {one.offer_id: one for one in self.invitations}
        self._versions: dict[tuple[str, int], Offer] = {}
        self._keys = house.keys(at)

    def asked(self, invitation: Invitation) -> Asked:
        log = self._by_subject.get(invitation.id, [])
        answer = next((e for e in log if e.kind is EventKind.ANSWERED), None)
        standing = links.standing_of(invitation, log, at=self.at)
        newest = self._newest[invitation.offer_id]
        return Asked(
            invitation=invitation,
            offer=self.version(invitation.offer_id, invitation.version),
            standing=standing,
            path=f"/answer/{self.organisation}/{links.link(invitation, self._keys)}",
            reminded=tuple(sorted(e.document["day"] for e in log if e.kind is EventKind.REMINDED)),
            answered_at=None if answer is None else answer.recorded_at,
            evidence_sha256="" if answer is None else answer.document.get("evidence_sha256", ""),
            superseded=standing in (Standing.OPEN, Standing.LAPSED) and newest.id != invitation.id,
        )

    def newest(self, invitation: Invitation) -> Invitation:
        """The last invitation about the same offer: where a link that was sent before leads to."""
        return self._newest.get(invitation.offer_id, invitation)

    def known(self, invitation: Invitation) -> bool:
        return any(one == invitation for one in self.invitations)

    def log_of(self, invitation: Invitation) -> Sequence[Event]:
        return self._by_subject.get(invitation.id, [])

    def version(self, offer_id: str, version: int) -> Offer:
        key = (offer_id, version)
        if key not in self._versions:
            found = self.work.consent.offer(offer_id, version)
            assert found is not None, "an invitation names a version that is on file"
            self._versions[key] = found
        return self._versions[key]

    def round_of(self, reach: Reach) -> list[Asked]:
        """The newest invitation of every offer about the same thing, in the order in which they were sent."""
        found = [self.asked(one) for one in self._newest.values()]
        return [one for one in found if one.offer.reach == reach]


def invitations(house: House, organisation: str, at: datetime) -> tuple[Asked, ...]:
    """Every invitation, the newest first."""
    with house.work(organisation, read_only=True) as work:
        desk = Desk(house, organisation, work, at)
        return tuple(desk.asked(one) for one in reversed(desk.invitations))


def invite_holder(
    house: House, organisation: str, proposal: Offer, *, at: datetime, by: str, days: int = links.LAPSE_DAYS
) -> Asked:
    """Propose terms to one holder for one right, and make their link. The same proposal is not sent twice while open.

    Raises `ConsentError` for a proposal about something unknown, or about a right that the holder does not hold.
    """
    (asked,) = invite_holders(house, organisation, [proposal], at=at, by=by, days=days)
    return asked


def invite_holders(
    house: House,
    organisation: str,
    proposals: Iterable[Offer],
    *,
    at: datetime,
    by: str,
    days: int = links.LAPSE_DAYS,
) -> tuple[Asked, ...]:
    """Send a round: several proposals at once, all or none."""
    if not 1 <= days <= 365:
        raise ConsentError.of("days", f"{days} days is no time to answer in", "give 1 to 365 days")
    sent: list[Invitation] = []
    with house.work(organisation) as work:
        desk = Desk(house, organisation, work, at)
        reader = FactsReader(work, rules_of(house), at=at, day=at.date())
        for proposal in proposals:
            open_already = _open_about(desk, proposal)
            if open_already is not None:
                sent.append(open_already)
                continue
            placed = place_offer(work, proposal, reader).offer
            work.consent.add_offer(placed)
            sent.append(_send(work, placed, at=at, by=by, days=days))
        work.commit()
    with house.work(organisation, read_only=True) as work:
        desk = Desk(house, organisation, work, at)
        return tuple(desk.asked(one) for one in sent)


def proposal_of(
    *,
    holder: str,
    right: str,
    reach: Reach,
    territories: TerritorySet,
    preset: str,
    adjust: Mapping[str, Any],
    at: datetime,
    terms: Terms | None = None,
) -> Offer:
    """The terms to put before one holder: a preset with what differs, or `terms` as they stand.

    Raises `ConsentError` naming each parameter that is wrong.
    """
    if terms is None:
        changes, findings = read_adjustments(adjust)
        raise_any(findings)
        terms = preset_of(preset).adjust(changes)
    return Offer(
        holder=holder,
        reach=reach,
        rights=frozenset({right}),
        territories=territories,
        # nothing is signed yet: what is hashed is what was put before the holder
        evidence=Evidence(Obtained.INDIVIDUAL_EXPRESS, digest(terms.to_document()), holder, at),
        terms=terms,
        valid_from=at.date(),
        recorded_at=at,
        reply=Reply.PROPOSAL,
        preset=preset,
    )


def open_invitation(house: House, organisation: str, token: str, at: datetime) -> Opened:
    """What is behind a link. Raises `LinkError` for one that was tampered with, has expired or was used."""
    with house.work(organisation, read_only=True) as work:
        desk = Desk(house, organisation, work, at)
        return _opened(desk, _entered(desk, token))


def answer_invitation(
    house: House,
    organisation: str,
    token: str,
    *,
    answer: Standing,
    signed_as: str,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
) -> Answered:
    """Take a holder's answer: granted, refused, or countered with changed parameters.

    What was signed (the addendum) and the signature are kept as one document each; the hash of the signature is the
    evidence of the version that it makes. Raises `LinkError`, or `ConsentError` for a counter that cannot be.
    """
    name = " ".join(signed_as.split())
    if not name or len(name) > LONGEST_NAME:
        raise ConsentError.of("signed_as", "is no name", "sign with your name")
    with house.work(organisation, read_only=True) as work:
        desk = Desk(house, organisation, work, at)
        opened = _opened(desk, _entered(desk, token))
    asked = opened.asked
    invitation, proposal = asked.invitation, asked.offer
    wanted: dict[str, Any] = {}
    if answer is Standing.COUNTERED:
        wanted, findings = read_adjustments(changes or {})
        raise_any(findings)
        wanted = {path: value for path, value in wanted.items() if proposal.terms[path] != value}
        proposal.terms.adjust(wanted)  # what cannot be is told before anything is kept
    evidence = house.blobs.put(_signature(house, organisation, asked, answer, name, wanted, at))
    with house.work(organisation) as work:
        desk = Desk(house, organisation, work, at)
        links.check_open(invitation, desk.log_of(invitation), at=at)
        made: Offer | None = None
        reopened: list[Invitation] = []
        match answer:
            case Standing.GRANTED:
                made, event = links.grant(invitation, proposal, evidence_sha256=evidence, at=at)
            case Standing.REFUSED:
                made, event = links.refuse(invitation, proposal, evidence_sha256=evidence, at=at)
                if opened.standing_grant is not None:
                    made = None  # what they had said before still stands: they refuse the change
            case Standing.COUNTERED:
                others = [
                    one
                    for one in desk.round_of(proposal.reach)
                    if one.standing is Standing.OPEN and one.invitation.id != invitation.id
                ]
                round_ = [proposal, *(one.offer for one in others)]
                versions, event = links.counter(invitation, round_, wanted, evidence_sha256=evidence, at=at)
                made, *asked_again = versions
                for version in asked_again:
                    work.consent.add_offer(version)
                    reopened.append(_send(work, version, at=at, by=proposal.holder))
            case _:
                raise ConsentError.of("answer", f"{answer.value} is no answer", "write granted, refused or countered")
        if made is not None:
            work.consent.add_offer(made)
        told = {**event.document, "evidence_sha256": evidence}
        work.consent.add_event(Event.of(EventKind.ANSWERED, invitation.id, at, told))
        work.commit()
    with house.work(organisation, read_only=True) as work:
        desk = Desk(house, organisation, work, at)
        return Answered(desk.asked(invitation), made, evidence, tuple(desk.asked(one) for one in reopened))


def remind(house: House, organisation: str, at: datetime) -> tuple[Due, ...]:
    """What is due now: reminders to send (each with its link) and lapses. Asked twice, nothing is due twice."""
    with house.work(organisation) as work:
        desk = Desk(house, organisation, work, at)
        current = [one for one in desk.invitations if desk.newest(one).id == one.id]
        found = links.due(current, desk.events, at=at)
        for event in found:
            work.consent.add_event(event)
        work.commit()
    with house.work(organisation, read_only=True) as work:
        desk = Desk(house, organisation, work, at)
        by_id = {one.id: one for one in desk.invitations}
        return tuple(Due(desk.asked(by_id[event.subject]), event.document.get("day")) for event in found)


def _entered(desk: Desk, token: str) -> tuple[Invitation, Invitation]:
    """The invitation that was sent, and the one that it leads to now. Raises `LinkError`."""
    sent = links.read_link(token, desk.house.keys(desk.at).trusted())
    if not desk.known(sent):
        raise LinkError("tampered", "leads nowhere here", "open the link exactly as it was sent")
    newest = desk.newest(sent)
    if newest.id != sent.id and links.standing_of(sent, desk.log_of(sent), at=desk.at) in (
        Standing.OPEN,
        Standing.LAPSED,
    ):
        links.check_open(newest, desk.log_of(newest), at=desk.at)
        return sent, newest
    links.check_open(sent, desk.log_of(sent), at=desk.at)
    return sent, sent


def _opened(desk: Desk, entered: tuple[Invitation, Invitation]) -> Opened:
    sent, current = entered
    asked = desk.asked(current)
    before = desk.version(sent.offer_id, sent.version)
    changes = () if sent.id == current.id else tuple(difference(before.terms, asked.offer.terms))
    others = [one for one in desk.round_of(asked.offer.reach) if one.invitation.id != current.id]
    return Opened(
        asked,
        changes,
        standing_grant(desk.work.consent.versions(current.offer_id), current.version),
        tuple((one.invitation.right, one.standing) for one in others),
    )


def standing_grant(versions: Sequence[Offer], before: int) -> Offer | None:
    """The yes that stands when a proposal is on the table: the newest version before it that is no proposal, if a
    grant."""
    said = [one for one in versions if one.version < before and one.reply is not Reply.PROPOSAL]
    return said[-1] if said and said[-1].reply is Reply.GRANT else None


def _open_about(desk: Desk, proposal: Offer) -> Invitation | None:
    """An open invitation that says exactly this already."""
    newest = next(
        (one for one in desk.invitations if one.offer_id == proposal.id and desk.newest(one).id == one.id), None
    )
    if newest is None or links.standing_of(newest, desk.log_of(newest), at=desk.at) is not Standing.OPEN:
        return None
    return newest if desk.version(newest.offer_id, newest.version).terms == proposal.terms else None


def _send(work: UnitOfWork, proposal: Offer, *, at: datetime, by: str, days: int = links.LAPSE_DAYS) -> Invitation:
    invitation, event = links.invite(proposal, at=at, days=days)
    work.consent.add_event(Event.of(EventKind.INVITED, invitation.id, at, {**event.document, "by": by}))
    return invitation


def _signature(
    house: House,
    organisation: str,
    asked: Asked,
    answer: Standing,
    name: str,
    changes: Mapping[str, Any],
    at: datetime,
) -> bytes:
    """The record of the signature. It holds the name that was written, and a salt so that its hash gives none away."""
    addendum = house.blobs.put(addendum_of(house, organisation, asked.offer))
    offer = asked.offer
    written = offer.terms.adjust(changes).to_document() if changes else {}
    return canonical_json(
        {
            "addendum_sha256": addendum,
            "answer": answer.value,
            "changes": {path: written[path.partition(".")[0]][path.partition(".")[2]] for path in changes},
            "format": "ritornello-signature/1",
            "invitation": asked.invitation.to_document(),
            "offer": {"hash": offer.content_hash, "id": offer.id, "version": offer.version},
            "salt": secrets.token_hex(16),
            "signed_as": name,
            "signed_at": instant_text(at),
        }
    )
