"""Who may remix this? Each holder's newest answer on each right that a remix touches, as it stands today.

This shows answers and decides nothing: what a request may do is asked of the decision (`ritornello.consent.decide`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ritornello.catalogue.model import Recording
from ritornello.consent.codes import MORAL_RIGHTS
from ritornello.consent.events import EventKind, replay
from ritornello.consent.facts import Required
from ritornello.consent.holders import reaches_of, required_of
from ritornello.consent.offers import SPECIFICITY, Offer, Reply
from ritornello.consent.rules import RightsRules, shipped
from ritornello.identifiers.territories import WORLD
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import field_words as w
from ritornello.web.frames import Names
from ritornello.web.views import HolderAnswer, RightView, State
from ritornello.web.wording import percent

TYPE = "REMIX"
_ORDER: dict[State, int] = {"no": 0, "wait": 1, "ask": 2, "yes": 3, "none": 4}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a recording stands: its rights with their holders' answers, and how many have answered."""

    rights: tuple[RightView, ...]
    state: State
    words: str


class Answers:
    """The answers on file as one organisation knows them now."""

    def __init__(self, work: UnitOfWork, names: Names, now: datetime, rules: RightsRules | None = None) -> None:
        self.work, self.names, self.now = work, names, now
        self.rules = rules or shipped()
        kinds = [EventKind.OFFER_REVOKED]
        state = replay(work.consent.events(now, kinds=kinds), now)
        self.revoked = {r.offer_id for r in state.revocations if r.effective_from <= now.date()}

    def about(self, recording: Recording) -> Standing:
        """How one recording stands."""
        work, day = self.work, self.now.date()
        works = [found for one in recording.work_ids if (found := work.catalogue.work(one)) is not None]
        shares = [share for asset in (recording.id, *recording.work_ids) for share in work.catalogue.shares_of(asset)]
        required = required_of(recording, works, shares, {}, day=day, known_at=self.now)
        releases = [release.id for release in work.catalogue.releases_of(recording.id)]
        offers = work.consent.offers_reaching(reaches_of(recording, releases), self.now)
        needed = self.rules.rights_of([TYPE])
        rights = tuple(
            right
            for code in needed
            if (right := self._right(code, [one for one in required if one.right == code], offers)) is not None
        )
        return Standing(rights, *_summary(rights))

    def _right(self, code: str, required: Sequence[Required], offers: Sequence[Offer]) -> RightView | None:
        if not required:
            return None
        holders = tuple(self._holder(code, one, offers) for one in _joined(required, offers, code))
        states = [holder.state for holder in holders]
        worst = min(states, key=_ORDER.__getitem__)
        told = {
            "yes": "Everybody allows" if len(states) > 1 else "Allows",
            "ask": "Asks first",
            "no": "Refused",
            "wait": f"{sum(state != 'wait' for state in states)} of {len(states)} have answered",
            "none": "",
        }
        return RightView(code, w.sentence(w.words(code, w.RIGHTS)), worst, told[worst], holders)

    def _holder(self, code: str, required: Required, offers: Sequence[Offer]) -> HolderAnswer:
        share = percent(required.share) if not required.pool.startswith(code) else ""
        if share and required.territories != WORLD:
            share = f"{share}, {w.places(str(required.territories))}"
        offer = _newest(offers, code, required)
        name = self.names(required.party)
        if offer is None:
            state: State = "ask" if code in MORAL_RIGHTS else "wait"
            told = "Is asked in person" if state == "ask" else "No answer yet"
            return HolderAnswer(name, share, state, told, "", "", None)
        state, told = self._said(offer)
        preset = w.sentence(offer.preset.replace("-", " ").lower()) or "Own terms"
        basis = w.words(offer.basis.value, w.BASES)
        version = f"{preset}, version {offer.version}"
        return HolderAnswer(name, share, state, told, basis, version, offer.valid_from)

    def _said(self, offer: Offer) -> tuple[State, str]:
        if offer.id in self.revoked:
            return "no", "Taken back"
        if not offer.covers(self.now.date()):
            return "wait", "Not in force now"
        if offer.reply is Reply.REFUSE:
            return "no", "Refused"
        if offer.reply is Reply.PROPOSAL:
            return "wait", "No answer yet"
        if TYPE not in offer.terms.types.allowed:
            return "no", "No remixes"
        if offer.terms.moderation.mode == "pre_approval":
            return "ask", "Hears each one first"
        return "yes", "Allows"


def _joined(required: Sequence[Required], offers: Sequence[Offer], code: str) -> list[Required]:
    """One entry for each holder, share and answer: the territories in which they are the same are joined."""
    found: dict[tuple[str, str, str], Required] = {}
    for one in required:
        offer = _newest(offers, code, one)
        key = (one.party, str(one.share), "" if offer is None else offer.version_id)
        known = found.get(key)
        found[key] = one if known is None else replace(known, territories=known.territories | one.territories)
    return list(found.values())


def _newest(offers: Iterable[Offer], code: str, required: Required) -> Offer | None:
    """The most specific of the holder's offers on this right, in its newest version."""
    theirs = [
        offer
        for offer in offers
        if offer.holder == required.party and code in offer.rights and offer.territories & required.territories
    ]
    return min(theirs, key=lambda one: (SPECIFICITY[one.reach.level], -one.version), default=None)


def _summary(rights: Sequence[RightView]) -> tuple[State, str]:
    """The recording in one line."""
    answers: Mapping[str, State] = {
        holder.name: min(
            (h.state for right in rights for h in right.holders if h.name == holder.name), key=_ORDER.__getitem__
        )
        for right in rights
        for holder in right.holders
    }
    if not answers:
        return "wait", "Nobody has been asked"
    states = list(answers.values())
    if "no" in states:
        return "no", "Closed"
    if "wait" in states:
        answered = sum(state != "wait" for state in states)
        return "wait", f"{answered} of {len(states)} have answered"
    if "ask" in states:
        who = w.listed(sorted(name for name, state in answers.items() if state == "ask"))
        return "ask", f"{who} {'is' if states.count('ask') == 1 else 'are'} asked first"
    return "yes", "Open to remixes"
