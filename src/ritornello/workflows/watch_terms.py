"""Who asked to be most favoured, and where somebody else has better terms now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ritornello.consent.events import EventKind, replay
from ritornello.consent.holders import reaches_of
from ritornello.consent.most_favoured import Beaten, beaten
from ritornello.consent.offers import Level, Offer, Reach, Reply
from ritornello.store.unit_of_work import UnitOfWork


def most_favoured(work: UnitOfWork, at: datetime, *, holder: str | None = None) -> tuple[Beaten, ...]:
    """Every term that is beaten now, one entry for each pair of offers and parameter; of one holder where named."""
    revoked = {
        one.offer_id
        for one in replay(work.consent.events(at, kinds=[EventKind.OFFER_REVOKED]), at).revocations
        if one.effective_from <= at.date()
    }
    asking = [
        offer
        for offer in work.consent.newest_offers(answers_only=True, holder=holder, saying={"most_favoured": True})
        if offer.terms["share_money.most_favoured"] and offer.id not in revoked
    ]
    if not asking:
        return ()
    beside: dict[Reach, set[Reach]] = {}
    by_release = any(offer.reach.level is Level.RELEASE for offer in asking)
    for recording in work.catalogue.recordings():
        reaches = set(reaches_of(recording))
        if by_release or any(offer.reach in reaches for offer in asking):
            reaches = set(reaches_of(recording, (one.id for one in work.catalogue.releases_of(recording.id))))
        for offer in asking:
            if offer.reach in reaches:
                beside.setdefault(offer.reach, set()).update(reaches)
    found = []
    for offer in asking:
        others = [
            one
            for one in _newest(work.consent.offers_reaching(beside.get(offer.reach, set()), at))
            if one.id not in revoked
        ]
        found += beaten(offer, others, at.date())
    return tuple(found)


def _newest(offers: Iterable[Offer]) -> list[Offer]:
    """The newest answer of each offer; proposals say nothing yet."""
    newest: dict[str, Offer] = {}
    for offer in offers:
        if offer.reply is not Reply.PROPOSAL and (offer.id not in newest or newest[offer.id].version < offer.version):
            newest[offer.id] = offer
    return list(newest.values())
