"""The addendum of an offer, with the names that the house knows for its parties and its music."""

from __future__ import annotations

from ritornello.consent.addendum import addendum, addendum_pdf
from ritornello.consent.offers import Level, Offer
from ritornello.workflows.consent_desk import NotOnFile
from ritornello.workflows.house import House


def addendum_of(house: House, organisation: str, offer: Offer, *, link: str = "") -> bytes:
    """An offer as PDF, against the version before it where there is one on file."""
    with house.work(organisation, read_only=True) as work:
        names: dict[str, str] = {}
        for party in (offer.holder, offer.evidence.signer):
            details = work.people.details(party)
            names[party] = details.name if details is not None else ""
        if offer.reach.level is Level.RECORDING:
            recording = work.catalogue.recording(offer.reach.id)
            names[offer.reach.id] = recording.title if recording is not None else ""
        before = work.consent.offer(offer.id, offer.version - 1) if offer.version > 1 else None
        known = work.people.organisation(organisation)
    issuer = organisation if known is None else known.name
    return addendum_pdf(addendum(offer, issuer=issuer, names=names, before=before, link=link))


def addendum_on_file(house: House, organisation: str, offer_id: str, version: int | None = None) -> tuple[Offer, bytes]:
    """A version of an offer on file (the newest by default) with its PDF. Raises `NotOnFile`."""
    with house.work(organisation, read_only=True) as work:
        offer = work.consent.offer(offer_id, version)
    if offer is None:
        raise NotOnFile("offer", offer_id if version is None else f"{offer_id} version {version}")
    return offer, addendum_of(house, organisation, offer)
