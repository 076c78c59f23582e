"""Asking a holder by a signed link, without an account: for one right, to grant, to refuse, or to counter.

The link is a signed document and nothing secret is kept of it. Reminders go out after 3, 7 and 14 days; after that
silence has lasted long enough, and a lapse refuses. A counter makes a new version of the proposal that every holder
sees.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.events import Event, EventKind
from ritornello.consent.offers import Evidence, Obtained, Offer, Reply, instant_text, read_instant
from ritornello.proof import CanonicalError, canonical_json, stable_id
from ritornello.proof.signing import KeyRing, Signed, SigningError, TrustedKeys, verify

FORMAT = "ritornello-invitation/1"
REMINDER_DAYS = (3, 7, 14)
LAPSE_DAYS = 21


class LinkError(ConsentError):
    """A link that opens nothing: `why` is "tampered", "expired" or "used", and each says so in its own words."""

    def __init__(self, why: str, problem: str, mend: str) -> None:
        super().__init__((Finding("link", problem, mend),))
        self.why = why


class Standing(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    COUNTERED = "countered"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One holder, one right, one version of a proposal (by hash), until a moment."""

    id: str
    offer_id: str
    version: int
    content_hash: str
    holder: str
    right: str
    invited_at: datetime
    lapses_at: datetime

    def to_document(self) -> dict[str, Any]:
        return {
            "content_hash": self.content_hash,
            "format": FORMAT,
            "holder": self.holder,
            "id": self.id,
            "invited_at": instant_text(self.invited_at),
            "lapses_at": instant_text(self.lapses_at),
            "offer_id": self.offer_id,
            "right": self.right,
            "version": self.version,
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Invitation:
        if document["format"] != FORMAT:
            raise ConsentError.of("link", f"is a {document['format']!r}", "open the link that was sent")
        return Invitation(
            id=document["id"],
            offer_id=document["offer_id"],
            version=document["version"],
            content_hash=document["content_hash"],
            holder=document["holder"],
            right=document["right"],
            invited_at=read_instant(document["invited_at"]),
            lapses_at=read_instant(document["lapses_at"]),
        )


def invite(proposal: Offer, *, at: datetime, days: int = LAPSE_DAYS) -> tuple[Invitation, Event]:
    """Invite the holder of a proposal, which names exactly one right."""
    if proposal.reply is not Reply.PROPOSAL:
        raise ConsentError.of("proposal.reply", f"is {proposal.reply.value}", "invite with a proposal")
    if len(proposal.rights) != 1:
        raise ConsentError.of("proposal.rights", "a link answers for one right", "make one proposal per right")
    made = Invitation(
        id=stable_id("inv", proposal.id, str(proposal.version), instant_text(at)),
        offer_id=proposal.id,
        version=proposal.version,
        content_hash=proposal.content_hash,
        holder=proposal.holder,
        right=next(iter(proposal.rights)),
        invited_at=at,
        lapses_at=at + timedelta(days=days),
    )
    return made, Event.of(EventKind.INVITED, made.id, at, made.to_document())


def link(invitation: Invitation, ring: KeyRing) -> str:
    """The part of the link that carries the invitation: signed, and safe in an address."""
    return sealed(invitation.to_document(), ring, invitation.invited_at)


def sealed(document: Mapping[str, Any], ring: KeyRing, at: datetime) -> str:
    """A signed document as one word of an address; the same document of the same moment is the same word."""
    return base64.urlsafe_b64encode(canonical_json(ring.sign(document, at).to_document())).decode("ascii").rstrip("=")


def unsealed(token: str, trust: TrustedKeys) -> Mapping[str, Any]:
    """The document of a link. Raises `LinkError` for a word that is damaged or that nobody trusted has signed."""
    again = "open the link exactly as it was sent"
    try:
        signed = Signed.from_document(json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))))
        verdict = verify(signed, trust)
    except (binascii.Error, CanonicalError, KeyError, TypeError, ValueError, SigningError) as error:
        raise LinkError("tampered", "is damaged", again) from error
    if not verdict:
        raise LinkError("tampered", f"was changed on the way ({verdict.value})", again)
    return signed.payload


def read_link(token: str, trust: TrustedKeys) -> Invitation:
    """The invitation that a link carries, whatever became of it since. Raises `LinkError`."""
    document = unsealed(token, trust)
    try:
        return Invitation.from_document(document)
    except (KeyError, TypeError, ValueError) as error:
        raise LinkError("tampered", "is no invitation", "open the link exactly as it was sent") from error


def open_link(token: str, trust: TrustedKeys, events: Iterable[Event], *, at: datetime) -> Invitation:
    """The invitation of a link. Raises `LinkError` for one that was tampered with, has expired or was used."""
    invitation = read_link(token, trust)
    check_open(invitation, events, at=at)
    return invitation


def check_open(invitation: Invitation, events: Iterable[Event], *, at: datetime) -> None:
    """Raise `LinkError` for an invitation that has expired or was used."""
    standing = standing_of(invitation, events, at=at)
    if standing is Standing.LAPSED:
        day = invitation.lapses_at.date().isoformat()
        raise LinkError("expired", f"expired on {day}", "ask the sender for a new one")
    if standing is not Standing.OPEN:
        raise LinkError("used", f"was used: {standing.value}", "ask the sender for a new one to answer otherwise")


def standing_of(invitation: Invitation, events: Iterable[Event], *, at: datetime) -> Standing:
    """Where an invitation stood at a moment."""
    answers = [e for e in events if e.kind is EventKind.ANSWERED and e.subject == invitation.id and e.recorded_at <= at]
    if answers:
        return Standing(min(answers, key=lambda e: (e.recorded_at, e.id)).document["answer"])
    return Standing.LAPSED if at >= invitation.lapses_at else Standing.OPEN


def grant(invitation: Invitation, proposal: Offer, *, evidence_sha256: str, at: datetime) -> tuple[Offer, Event]:
    """The holder says yes to exactly what was proposed."""
    return _answer(invitation, proposal, Reply.GRANT, Standing.GRANTED, evidence_sha256, at)


def refuse(invitation: Invitation, proposal: Offer, *, evidence_sha256: str, at: datetime) -> tuple[Offer, Event]:
    """The holder says no, on file."""
    return _answer(invitation, proposal, Reply.REFUSE, Standing.REFUSED, evidence_sha256, at)


def counter(
    invitation: Invitation,
    proposals: Sequence[Offer],
    changes: Mapping[str, Any],
    *,
    evidence_sha256: str,
    at: datetime,
) -> tuple[list[Offer], Event]:
    """The holder would agree to other terms: a new version of every proposal of the round, to be seen by all.

    `proposals` are the newest versions of the round, the countering holder's among them. That holder's new version is a
    grant of the changed terms; the others' are proposals again. Raises `ConsentError` for changes that cannot be.
    """
    own = next((p for p in proposals if p.id == invitation.offer_id), None)
    if own is None:
        raise ConsentError.of("proposals", "lack the one that is answered", "give every proposal of the round")
    _fits(invitation, own)
    if not changes:
        raise ConsentError.of("changes", "are empty", "change a parameter, or grant")
    made = []
    for proposal in proposals:
        terms = proposal.terms.adjust(changes)
        if proposal is own:
            evidence = _signed(proposal, evidence_sha256, at)
            made.append(proposal.next_version(at, terms=terms, reply=Reply.GRANT, evidence=evidence))
        else:
            made.append(proposal.next_version(at, terms=terms, reply=Reply.PROPOSAL))
    return made, _answered(invitation, Standing.COUNTERED, at, {"changes": _written(own, changes)})


def due(invitations: Iterable[Invitation], events: Sequence[Event], *, at: datetime) -> list[Event]:
    """The reminders (after 3, 7 and 14 days) and lapses that are due now and not yet in the log."""
    told = {(e.subject, e.document.get("day")) for e in events if e.kind in (EventKind.REMINDED, EventKind.LAPSED)}
    found = []
    for invitation in invitations:
        standing = standing_of(invitation, events, at=at)
        if standing is Standing.LAPSED and (invitation.id, None) not in told:
            document = {"holder": invitation.holder, "right": invitation.right}
            found.append(Event.of(EventKind.LAPSED, invitation.id, invitation.lapses_at, document))
        elif standing is Standing.OPEN:
            days = [d for d in REMINDER_DAYS if at >= invitation.invited_at + timedelta(days=d)]
            if days and (invitation.id, days[-1]) not in told:
                reminder = {"day": days[-1], "holder": invitation.holder}
                found.append(Event.of(EventKind.REMINDED, invitation.id, at, reminder))
    return found


def _answer(
    invitation: Invitation, proposal: Offer, reply: Reply, standing: Standing, evidence_sha256: str, at: datetime
) -> tuple[Offer, Event]:
    _fits(invitation, proposal)
    evidence = _signed(proposal, evidence_sha256, at)
    return proposal.next_version(at, reply=reply, evidence=evidence), _answered(invitation, standing, at, {})


def _fits(invitation: Invitation, proposal: Offer) -> None:
    if proposal.content_hash != invitation.content_hash:
        raise ConsentError.of("link", "is about an older version of the proposal", "open the newest link")


def _signed(proposal: Offer, evidence_sha256: str, at: datetime) -> Evidence:
    return replace(
        proposal.evidence,
        how=Obtained.INDIVIDUAL_EXPRESS,
        sha256=evidence_sha256,
        signer=proposal.holder,
        signed_at=at,
    )


def _answered(invitation: Invitation, standing: Standing, at: datetime, more: Mapping[str, Any]) -> Event:
    document = {"answer": standing.value, "holder": invitation.holder, "right": invitation.right, **more}
    return Event.of(EventKind.ANSWERED, invitation.id, at, document)


def _written(proposal: Offer, changes: Mapping[str, Any]) -> dict[str, Any]:
    document = proposal.terms.adjust(changes).to_document()
    return {path: document[path.partition(".")[0]][path.partition(".")[2]] for path in changes}
