"""Who has answered about one recording: every holder of every right, their share, and where their answer stands.

Shares are shown as they are on file for the day, segment by segment of the world, with what is missing to 100 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Literal

from ritornello.catalogue.model import Recording
from ritornello.consent.events import EventKind, replay
from ritornello.consent.facts import Required
from ritornello.consent.holders import reaches_of
from ritornello.consent.invitations import Standing
from ritornello.consent.offers import SPECIFICITY, Offer, Reply
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.ask import rules_of
from ritornello.workflows.ask_holders import Asked, Desk
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.house import House

Answer = Literal["granted", "refused", "revoked", "ended", "invited", "silent"]


@dataclass(frozen=True, slots=True)
class HolderStanding:
    """One holder of one right: the answer that counts (`offer`), and the invitation that is out or was used last."""

    right: str
    party: str
    share: Fraction
    territories: TerritorySet
    answer: Answer
    offer: Offer | None
    asked: Asked | None


@dataclass(frozen=True, slots=True)
class Split:
    """The shares of one side (master, composition) in one part of the world; they should add up to 1."""

    side: str
    territories: TerritorySet
    parts: tuple[tuple[str, Fraction, Answer], ...]

    @property
    def total(self) -> Fraction:
        return sum((share for _, share, _ in self.parts), Fraction(0))

    @property
    def granted(self) -> Fraction:
        return sum((share for _, share, answer in self.parts if answer == "granted"), Fraction(0))


@dataclass(frozen=True, slots=True)
class Standings:
    """How a recording stands: each holder of each right, and the meters of its splits."""

    recording: Recording
    holders: tuple[HolderStanding, ...]
    splits: tuple[Split, ...]


def who_answered(house: House, organisation: str, work: UnitOfWork, recording: Recording, at: datetime) -> Standings:
    """Everybody whose answer a derivative of this recording may take, and what they have said."""
    reader = FactsReader(work, rules_of(house), at=at, day=at.date())
    required = reader.required(recording)
    releases = [release.id for release in work.catalogue.releases_of(recording.id)]
    reaches = reaches_of(recording, releases)
    offers = work.consent.offers_reaching(reaches, at)
    state = replay(work.consent.events(at, kinds=[EventKind.OFFER_REVOKED]), at)
    revoked = {one.offer_id for one in state.revocations if one.effective_from <= at.date()}
    desk = Desk(house, organisation, work, at)
    invited = [desk.asked(one) for one in desk.invitations]
    holders = []
    for one in _joined(required):
        offer = _counting(offers, one)
        asked = _last_asked(invited, one, reaches)
        holders.append(
            HolderStanding(
                one.right,
                one.party,
                one.share,
                one.territories,
                _answer(offer, asked, revoked, at),
                offer,
                asked,
            )
        )
    return Standings(recording, tuple(holders), tuple(_splits(holders, required)))


def _joined(required: Iterable[Required]) -> list[Required]:
    """One entry per right, holder and share, with its territories joined."""
    found: dict[tuple[str, str, Fraction], Required] = {}
    for one in required:
        key = (one.right, one.party, one.share)
        known = found.get(key)
        found[key] = one if known is None else replace(known, territories=known.territories | one.territories)
    return list(found.values())


def _counting(offers: Iterable[Offer], required: Required) -> Offer | None:
    """The most specific of the holder's answers on this right, in its newest version; proposals say nothing."""
    theirs = [
        offer
        for offer in offers
        if offer.holder == required.party
        and required.right in offer.rights
        and offer.territories & required.territories
        and offer.reply is not Reply.PROPOSAL
    ]
    return min(theirs, key=lambda one: (SPECIFICITY[one.reach.level], -one.version), default=None)


def _last_asked(invited: Sequence[Asked], required: Required, reaches: Iterable[object]) -> Asked | None:
    known = set(reaches)
    theirs = [
        one
        for one in invited
        if one.invitation.holder == required.party
        and one.invitation.right == required.right
        and one.offer.reach in known
        and not one.superseded
    ]
    return theirs[-1] if theirs else None


def _answer(offer: Offer | None, asked: Asked | None, revoked: set[str], at: datetime) -> Answer:
    if offer is None:
        return "invited" if asked is not None and asked.standing is Standing.OPEN else "silent"
    if offer.id in revoked:
        return "revoked"
    if offer.reply is Reply.REFUSE:
        return "refused"
    return "granted" if offer.covers(at.date()) else "ended"


_SIDES: Mapping[str, str] = {"M_USE": "master", "C_ARR": "composition"}


def _splits(holders: Sequence[HolderStanding], required: Iterable[Required]) -> list[Split]:
    """The meters: each side's shares wherever in the world they are the same, widest part first."""
    answers = {(one.right, one.party, one.share): one.answer for one in holders}
    found: list[Split] = []
    pools: dict[tuple[str, str], list[Required]] = {}
    for one in required:
        if one.right in _SIDES:
            pools.setdefault((one.right, one.pool), []).append(one)
    for (right, _), members in pools.items():
        segments: list[tuple[TerritorySet, list[Required]]] = [(WORLD, [])]
        for member in members:
            cut = []
            for where, inside in segments:
                if both := where & member.territories:
                    cut.append((both, [*inside, member]))
                if rest := where - member.territories:
                    cut.append((rest, inside))
            segments = cut
        segments.sort(key=lambda entry: -len(entry[0].codes))
        for where, inside in segments:
            parts = tuple((one.party, one.share, answers[one.right, one.party, one.share]) for one in inside)
            found.append(Split(_SIDES[right], where, parts))
    return found
