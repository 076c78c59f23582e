"""Taking consent back, with notice and a fate for what exists; the kill switch is another act, and lives in `events`.

Earned money stays earned. Before anything is confirmed, `consequences` says what stays, what leaves and when, and who
is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from ritornello.consent.errors import ConsentError
from ritornello.consent.events import Event, EventKind, licence_revoked_event
from ritornello.consent.licence import RevokedLicence
from ritornello.consent.offers import Offer

MOST_AHEAD = timedelta(days=36525)
"""A day further ahead than this was not meant: an offer that old has long run out."""


class Fate(StrEnum):
    """What happens to derivatives that exist when consent ends."""

    KEEP = "keep"
    HIDE_NEW_PLAYS = "hide_new_plays"
    SUNSET = "sunset"
    TAKEDOWN = "takedown"


@dataclass(frozen=True, slots=True)
class Fall:
    """What becomes of one licence: `leaves` is the day on which it must be gone (None: it stays)."""

    licence_id: str
    licensee: str
    fate: Fate
    leaves: date | None
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a revocation would do, to be seen before it is confirmed."""

    offer_id: str
    effective_from: date
    stays: tuple[Fall, ...]
    leaves: tuple[Fall, ...]
    told: tuple[str, ...]
    fee_refund: str
    copies: str


def consequences(
    versions: Sequence[Offer],
    licences: Sequence[Mapping[str, Any]],
    *,
    by: str,
    at: datetime,
    effective_from: date | None = None,
) -> Consequences:
    """What revoking an offer (all its versions) would do to the licences that rest on it (their payloads).

    Who may and the notice are those of the newest version; the fate is that of the version under which each licence
    was granted. Raises `ConsentError` where nobody may, `by` may not, or the day lies before the notice
    has run or more than a hundred years ahead.
    """
    newest = max(versions, key=lambda offer: offer.version)
    terms = newest.terms.revocation
    if newest.terms.contract.irrevocable or terms.who == "nobody":
        raise ConsentError.of("revocation", "this offer cannot be revoked", "agree with the licensees instead")
    if terms.who == "holder" and by != newest.holder:
        raise ConsentError.of("revocation.by", f"{by} is not the holder", f"only {newest.holder} may revoke it")
    earliest = at.date() + timedelta(days=terms.notice_days)
    day = effective_from or earliest
    if day < earliest:
        mend = f"set it to {earliest.isoformat()} or later, or pull the kill switch"
        raise ConsentError.of("revocation.effective_from", f"the notice is {terms.notice_days} days", mend)
    if day > earliest + MOST_AHEAD:
        mend = "name the day on which it ends, or let the offer run out"
        raise ConsentError.of(
            "revocation.effective_from", f"{day.isoformat()} is more than a hundred years ahead", mend
        )
    by_version = {offer.version: offer for offer in versions}
    falls = []
    for licence in sorted(licences, key=lambda entry: str(entry["id"])):
        granted = next((e["version"] for e in licence["terms"] if e["offer"] == newest.id), None)
        if granted is not None:
            falls.append(_fall(by_version.get(granted, newest), licence, day))
    return Consequences(
        offer_id=newest.id,
        effective_from=day,
        stays=tuple(fall for fall in falls if fall.leaves is None),
        leaves=tuple(fall for fall in falls if fall.leaves is not None),
        told=tuple(sorted({name for fall in falls for name in fall.told})),
        fee_refund=terms.fee_refund,
        copies=terms.copies,
    )


def revoke(found: Consequences, *, by: str, at: datetime, reason: str = "") -> list[Event]:
    """The events that carry out what was shown: the end of the offer, and of each licence that leaves."""
    document = {"by": by, "effective_from": found.effective_from.isoformat(), "reason": reason}
    events = [Event.of(EventKind.OFFER_REVOKED, found.offer_id, at, document)]
    for fall in found.leaves:
        assert fall.leaves is not None, "what leaves has a day"
        since = datetime.combine(fall.leaves, time(), UTC)
        because = f"consent revoked: {fall.fate.value}"
        events.append(licence_revoked_event(RevokedLicence(fall.licence_id, since, because), at))
    return events


def _fall(offer: Offer, licence: Mapping[str, Any], day: date) -> Fall:
    terms = offer.terms.revocation
    fate = Fate(terms.fate)
    leaves = {
        Fate.KEEP: None,
        Fate.HIDE_NEW_PLAYS: None,
        Fate.SUNSET: day + timedelta(days=terms.sunset_days),
        Fate.TAKEDOWN: day,
    }[fate]
    told = {licence["licensee"], *licence["parties"], *licence["scope"]["services"]}
    return Fall(licence["id"], licence["licensee"], fate, leaves, tuple(sorted(told)))
