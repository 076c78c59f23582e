"""May this be made? One request, the facts of the moment, and the answer with every reason.

Order: types → rights → rules of each territory → who must agree → what each has said (most specific first, within one
holder and right) → terms → approvals. Across holders, rights and sources the answer is the meet: a reason that denies
always wins, approvals add up, and only what no reason stops is allowed. Silence is no.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ritornello.consent.codes import EFFECT, NEVER_BY_WARRANTY, OWN_SERVICE, Code, Outcome
from ritornello.consent.decision import STRIDE, Decision, Reason, spread
from ritornello.consent.errors import ConsentError
from ritornello.consent.evaluate import Cells, Note, notes_of_right, notes_of_terms
from ritornello.consent.facts import Approval, Facts, Required, SourceFacts
from ritornello.consent.offers import Obtained, Offer, Reply
from ritornello.consent.requests import Request

_ASKS = Outcome.NEEDS_APPROVAL
_DENIES = Outcome.DENY
_YES = frozenset({Code.GRANTED, Code.APPROVED, Code.DEEMED_APPROVED, Code.BLANKET_LICENCE})


def decide(request: Request, facts: Facts, *, seek_nearest: bool = True) -> Decision:
    """Decide a request. Raises `ConsentError` where a source is not in the facts; everything else is an answer."""
    decision = _Deciding(request, facts).decision()
    if seek_nearest:
        from ritornello.consent.nearest import with_nearest

        return with_nearest(decision, facts)
    return decision


class _Selected(NamedTuple):
    """What one holder has said about one right, where it counts, and whether it is over."""

    offer: Offer
    mask: int
    revoked: bool


class _Deciding:
    """The state of one decision: reasons are added, and each falls on the cells that it covers."""

    def __init__(self, request: Request, facts: Facts) -> None:
        self.request = request
        self.facts = facts
        self.cells = Cells(request.acts, request.services)
        self.mask = request.territories.mask
        self.everything = spread(self.cells.all)
        self.reasons: list[Reason] = []
        self.denied = 0
        self.asked = 0
        self.granted = 0
        self.askers: dict[tuple[str, str], int] = {}
        self._terms_notes: dict[tuple[int, str], tuple[Note, ...]] = {}
        self._approvals = (
            [entry for entry in facts.approvals if entry.subject == request.subject] if facts.approvals else []
        )
        self.video = request.video or "UGC_VIDEO" in request.types
        self._maker_holds = any(
            entry.party == request.person.id
            for source in request.sources
            if source in facts.sources
            for entry in facts.sources[source].required
        )

    def decision(self) -> Decision:
        for place, asset_id in enumerate(self.request.sources):
            source = self.facts.sources.get(asset_id)
            if source is None:
                raise ConsentError.of(f"sources[{place}]", f"nothing is known of {asset_id!r}", "register it first")
            self._source(source)
        self._stops()
        # nothing is allowed by default: where no yes is on file at all, whatever the rules say, nobody has consented
        if bare := self.everything * self.mask & ~self.granted & ~self.denied & ~self.asked:
            self.add(Reason(Code.HOLDER_UNKNOWN, bare))
        return Decision(
            request=self.request,
            cells=self.cells,
            rules=self.facts.rules,
            reasons=tuple(self.reasons),
            denied=self.denied,
            asked=self.asked & ~self.denied,
            askers=self.askers,
        )

    def add(self, reason: Reason) -> None:
        """One reason more: what it denies is denied, what it asks is asked."""
        effect = EFFECT[reason.code]
        if effect is _DENIES:
            self.denied |= reason.where
        elif effect is _ASKS:
            self.asked |= reason.where
            key = (reason.holder, reason.right)
            self.askers[key] = self.askers.get(key, 0) | reason.where
        elif reason.code in _YES:
            self.granted |= reason.where
        self.reasons.append(reason)

    def _source(self, source: SourceFacts) -> None:
        request, rules = self.request, self.facts.rules
        rights = rules.rights_of(request.types, conditioned_on_master=request.conditioned_on_master, video=self.video)
        if "sync" in request.acts and "C_SYNC" not in rights:
            rights = (*rights, "C_SYNC")
        if foreign := self.mask & rules.default_mask:
            self.add(Reason(Code.TERRITORY_DEFAULT, self.everything * foreign, source.asset_id))
        if source.contains_third_party_samples and not source.samples_cleared and "M_USE" in rights:
            self.add(Reason(Code.UNCLEARED_SAMPLES, self.everything * self.mask, source.asset_id, "M_USE"))
        selected: list[tuple[_Selected, int]] = []
        for right in rights:
            self._right(source, right, selected)
        self._insistence(source, selected)
        self._money_forms(source, selected)

    def _right(self, source: SourceFacts, right: str, selected: list[tuple[_Selected, int]]) -> None:
        """One right of one source: the rules, the blankets, the sheet, and every holder."""
        rules = self.facts.rules
        acting = 0
        for act in self.request.acts:
            if right in rules.act_rights[act]:
                acting |= self.cells.of_act(act)
        if right == "C_SYNC" and self.video:
            acting = self.cells.all
        if not acting:
            return
        masks = rules.masks(right)
        asset = source.asset_id
        foot = spread(acting)
        for approval in source.contract_approvals:
            if right in approval.rights:
                self._contract_approval(source, right, approval.party, approval.clause, foot)
        if free := self.mask & masks.none:
            self.add(Reason(Code.NO_STATUTORY_RIGHT, foot * free, asset, right))
        bound = self.mask & ~masks.none
        need = foot * bound
        if masks.blanket & bound:
            need &= ~self._blanket(source, right, foot * (masks.blanket & bound))
        if not need:
            return
        below, above, unheld = source.share_gaps(right)
        if unheld & bound and (where := foot * (unheld & bound) & need):
            self.add(Reason(Code.HOLDER_UNKNOWN, where, asset, right))
        joined = masks.any & bound if rules.switches["us_any_co_owner"] else 0
        if summed := masks.all & bound & ~joined:
            if below & summed & ~unheld and (where := foot * (below & summed & ~unheld) & need):
                self.add(Reason(Code.SHARES_INCOMPLETE, where, asset, right))
            if above & summed and (where := foot * (above & summed) & need):
                self.add(Reason(Code.SHARES_EXCEEDED, where, asset, right))
        holders = source.by_right.get(right, ())
        if joined and (where := foot * joined & need):
            self._any_co_owner(source, right, holders, where, joined)
            need &= ~where
            bound &= ~joined
        for holder in holders:
            if mine := holder.territories.mask & bound:
                self._holder(source, right, holder, mine, need, selected)

    def _holder(
        self,
        source: SourceFacts,
        right: str,
        holder: Required,
        mine: int,
        need: int,
        selected: list[tuple[_Selected, int]],
    ) -> None:
        """One holder's answer about one right, in the territories `mine` and the cells `need`."""
        everything, party, asset = self.everything, holder.party, source.asset_id
        rest = mine
        for choice in self._select(source, party, right, mine):
            rest &= ~choice.mask
            where = everything * choice.mask & need
            if not where:
                continue
            offer = choice.offer
            if choice.revoked:
                self.add(Reason(Code.OFFER_REVOKED, where, asset, right, party, offer))
                continue
            stopped = 0
            for note in self._notes(source, right, holder, offer):
                hit = where if note.cells == self.cells.all else where & spread(note.cells) * choice.mask
                if hit:
                    stopped |= self._note(note.code, hit, asset, right, party, offer, note.detail)
            if granted := where & ~stopped:
                self.add(Reason(Code.GRANTED, granted, asset, right, party, offer))
            selected.append((choice, where))
        if rest and (where := everything * rest & need):
            self._silent(source, right, party, rest, where)

    def _note(
        self, code: Code, where: int, asset: str, right: str, party: str, offer: Offer | None, detail: str
    ) -> int:
        """Add what was found; an approval on file answers what would be asked. Returns what is stopped."""
        if EFFECT[code] is _ASKS and self._approvals:
            answer = self._approval(party, right)
            if answer is not None:
                code = (
                    (Code.DEEMED_APPROVED if answer.deemed else Code.APPROVED)
                    if answer.approved
                    else Code.APPROVAL_REFUSED
                )
                detail = answer.reason or detail
                self.add(Reason(code, where, asset, right, party, offer, detail))
                return 0 if answer.approved else where
        self.add(Reason(code, where, asset, right, party, offer, detail))
        return where

    def _notes(self, source: SourceFacts, right: str, holder: Required, offer: Offer) -> tuple[Note, ...]:
        key = (id(offer), source.asset_id)
        notes = self._terms_notes.get(key)
        if notes is None:
            notes = notes_of_terms(offer, self.request, self.cells, source.counts, maker_holds=self._maker_holds)
            self._terms_notes[key] = notes
        own = notes_of_right(offer, right, holder.standing, self.request, self.cells, self.facts.contracts)
        return (*notes, *own) if own else notes

    def _select(self, source: SourceFacts, party: str, right: str, mine: int) -> Iterator[_Selected]:
        """The offers that count, most specific first; a level hides what the wider levels say in its territories.

        Two offers on one level both count, so that the stricter wins. A revoked offer still hides wider ones: taking
        back the special permission never opens the general one.
        """
        day, at = self.request.day, self.request.at
        rest = mine
        for level in source.books.get((party, right), ()):
            hidden = 0
            newest: dict[str, Offer] = {}
            for offer in level:
                if offer.recorded_at > at:
                    continue
                kept = newest.get(offer.id)
                if kept is None or offer.version > kept.version:
                    newest[offer.id] = offer
            for offer in newest.values():
                mask = offer.territories.mask & rest
                if not mask:
                    continue
                revoked_from = source.revoked_from.get(offer.id)
                revoked = revoked_from is not None and revoked_from <= day
                if revoked or offer.covers(day):
                    hidden |= mask
                    yield _Selected(offer, mask, revoked)
            rest &= ~hidden
            if not rest:
                return

    def _silent(self, source: SourceFacts, right: str, party: str, rest: int, where: int) -> None:
        """Nothing that counts was said: moral rights are asked for in person, everything else is denied."""
        masks, asset = self.facts.rules.masks(right), source.asset_id
        late = self._out_of_time(source, party, right, rest)
        if asking := rest & masks.ask:
            hit = self.everything * asking & where
            self._note(Code.MORAL_ASK, hit, asset, right, party, None, "")
            where &= ~hit
        if where:
            code, offer = late or (Code.HOLDER_SILENT, None)
            self.add(Reason(code, where, asset, right, party, offer))

    def _out_of_time(self, source: SourceFacts, party: str, right: str, rest: int) -> tuple[Code, Offer] | None:
        """An offer that would have covered all of this on another day, to say so instead of calling it silence."""
        day, at = self.request.day, self.request.at
        for level in source.books.get((party, right), ()):
            for offer in level:
                if offer.recorded_at <= at and offer.reply is Reply.GRANT and rest & ~offer.territories.mask == 0:
                    return (Code.OFFER_EXPIRED if offer.valid_from <= day else Code.OFFER_NOT_YET_VALID), offer
        return None

    def _approval(self, party: str, right: str) -> Approval | None:
        """The newest approval or refusal of this holder for this very request; silence is never deemed for some
        rights."""
        at = self.request.at
        answers = [
            entry
            for entry in self._approvals
            if entry.holder == party
            and entry.right in (None, right)
            and entry.at <= at
            and (entry.until is None or at < entry.until)
            and not (entry.deemed and right in NEVER_BY_WARRANTY)
        ]
        return max(answers, key=lambda entry: (entry.at, not entry.approved), default=None)

    def _contract_approval(self, source: SourceFacts, right: str, party: str, clause: str, foot: int) -> None:
        """A contractual right of approval holds also where statute asks nobody: a grant or an approval answers it."""
        rest = self.mask
        for choice in self._select(source, party, right, self.mask):
            rest &= ~choice.mask
            where = foot * choice.mask
            if choice.revoked:
                self.add(Reason(Code.OFFER_REVOKED, where, source.asset_id, right, party, choice.offer, clause))
                continue
            holder = Required(right, party)
            stopped = 0
            for note in self._notes(source, right, holder, choice.offer):
                if hit := where & spread(note.cells) * choice.mask:
                    stopped |= self._note(
                        note.code, hit, source.asset_id, right, party, choice.offer, note.detail or clause
                    )
            if granted := where & ~stopped:
                self.add(Reason(Code.GRANTED, granted, source.asset_id, right, party, choice.offer, clause))
        if rest:
            self._note(Code.CONTRACT_APPROVAL, foot * rest, source.asset_id, right, party, None, clause)

    def _blanket(self, source: SourceFacts, right: str, where: int) -> int:
        """What the services' own licences cover of `where`; never our own pages, never making, copies or video."""
        if self.video:
            return 0
        covered = 0
        acts, services = self.cells.acts, self.cells.services
        for licence in self.facts.service_licences:
            if right not in licence.rights or licence.service == OWN_SERVICE or not licence.covers(self.request.day):
                continue
            bits = 0
            for place, (bit, act, service) in enumerate(self.cells.each()):
                assert acts[place // len(services)] == act
                if service == licence.service and act in licence.acts and act in self.facts.rules.blanket_acts:
                    bits |= bit
            hit = spread(bits) * licence.territories.mask & where if bits else 0
            if hit:
                covered |= hit
                self.add(Reason(Code.BLANKET_LICENCE, hit, source.asset_id, right, reference=licence.id))
        return covered

    def _any_co_owner(
        self, source: SourceFacts, right: str, holders: tuple[Required, ...], where: int, joined: int
    ) -> None:
        """A join, not a meet: one co-owner's yes is enough. Each is decided apart and the best answer holds."""
        best_denied = where
        trials = []
        for holder in holders:
            mine = holder.territories.mask & joined
            trial = _Deciding(self.request, self.facts)
            trial._holder(source, right, holder, mine, where, [])
            reach = self.everything * mine & where
            allowed = reach & ~trial.denied & ~trial.asked
            asked = reach & trial.asked & ~trial.denied
            best_denied &= ~(allowed | asked)
            trials.append((holder, trial, allowed, asked))
        settled = 0
        for holder, trial, allowed, _ in trials:
            for reason in trial.reasons:
                if reason.code in (Code.GRANTED, Code.APPROVED) and (hit := reason.where & allowed):
                    self.add(reason._replace(where=hit))
            if allowed:
                self.add(Reason(Code.ANY_CO_OWNER, allowed, source.asset_id, right, holder.party))
            settled |= allowed
        for _, trial, _, asked in trials:
            for reason in trial.reasons:
                if EFFECT[reason.code] is _ASKS and (hit := reason.where & asked & ~settled):
                    self.add(reason._replace(where=hit))
        for _, trial, _, _ in trials:
            for reason in trial.reasons:
                if EFFECT[reason.code] is _DENIES and (hit := reason.where & best_denied):
                    self.add(reason._replace(where=hit))

    def _insistence(self, source: SourceFacts, selected: list[tuple[_Selected, int]]) -> None:
        """An offer or a destination may insist that everybody consented individually and expressly."""
        insisted = 0
        for choice, where in selected:
            if choice.offer.reply is Reply.GRANT and choice.offer.terms.contract.individual_express:
                insisted |= where
        if self.facts.insisting_services:
            bits = sum(bit for bit, _, service in self.cells.each() if service in self.facts.insisting_services)
            insisted |= spread(bits) * self.mask
        if not insisted:
            return
        for choice, where in selected:
            offer = choice.offer
            if offer.evidence.how is not Obtained.INDIVIDUAL_EXPRESS and (hit := where & insisted):
                how = offer.evidence.how.value
                self.add(Reason(Code.NOT_INDIVIDUAL_EXPRESS, hit, source.asset_id, "", offer.holder, offer, how))

    def _money_forms(self, source: SourceFacts, selected: list[tuple[_Selected, int]]) -> None:
        """A licence has one money form; where holders ask for both, nothing can be earned."""
        earning = self.cells.of_act("monetise")
        if not earning:
            return
        forms = {"fan_share": 0, "parent_share": 0}
        for choice, where in selected:
            if choice.offer.reply is Reply.GRANT:
                forms[choice.offer.terms.share_money.form] |= where
        everywhere = spread(earning) * ((1 << STRIDE) - 1)
        if clash := forms["fan_share"] & forms["parent_share"] & everywhere:
            self.add(Reason(Code.SHARE_FORM_CONFLICT, clash, source.asset_id))

    def _stops(self) -> None:
        request = self.request
        for stop in self.facts.stops:
            if not stop.active(request.at):
                continue
            if stop.asset_id is not None and stop.asset_id not in request.sources:
                continue
            if stop.person_id is not None and stop.person_id != request.person.id:
                continue
            bits = sum(bit for bit, _, service in self.cells.each() if stop.service in (None, service))
            if where := spread(bits) * (stop.territories.mask & self.mask):
                self.add(Reason(Code.KILL_SWITCH, where, stop.asset_id or "", reference=stop.id))
