"""How much of a catalogue is ready: one question asked of every recording, for every type and territory at once.

A snapshot is prepared once: every holder's stance (what this holder's offers come to, for all types and territories)
is computed by the very engine that decides single requests, and kept as rows of bits. Recordings whose sheets and
offers are alike share one combination of stances. To evaluate is then to join bits: a combination is denied where any
stance denies.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import numpy as np

from ritornello.consent.blocked import BY_SIGNATURE
from ritornello.consent.codes import EFFECT, RIGHTS, TYPES, Code, Outcome
from ritornello.consent.decide import decide
from ritornello.consent.decision import Reason
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Counts, Facts, Required, SourceFacts
from ritornello.consent.offers import Evidence, Level, Obtained, Offer, Reach, Reply
from ritornello.consent.parameters import Span
from ritornello.consent.presets import preset
from ritornello.consent.requests import Person, Plan, Request
from ritornello.consent.snapshot import COLUMNS, Snapshot
from ritornello.identifiers.territories import WORLD, TerritorySet

_SHEET = frozenset({Code.HOLDER_UNKNOWN, Code.SHARES_INCOMPLETE, Code.SHARES_EXCEEDED, Code.UNCLEARED_SAMPLES})
_CROSS = frozenset({Code.NOT_INDIVIDUAL_EXPRESS, Code.SHARE_FORM_CONFLICT})
_UNSPOKEN = frozenset({Code.OFFER_REVOKED, Code.OFFER_EXPIRED, Code.OFFER_NOT_YET_VALID})
_PARTNER = "rec_partner_of_a_mash_up"
_OWN_LEVELS = frozenset({Level.STEM, Level.RECORDING, Level.RELEASE, Level.WORK})


@dataclass(frozen=True)
class Probe:
    """The question asked of every recording: one act on one service by one person, unchanged sound by default.

    The person must be a stranger to every sheet, since a holder's own making is decided one by one.
    """

    act: str
    service: str
    person: Person
    at: datetime
    territories: tuple[str, ...]
    plan: Plan = field(default_factory=Plan)

    def request(self, name: str, asset_id: str, territories: TerritorySet | None = None) -> Request:
        """The single request that this question stands for (a mash-up has a partner that is wholly open)."""
        return Request(
            types=(name,),
            sources=(asset_id, _PARTNER) if name == "MASHUP" else (asset_id,),
            plan=self.plan,
            acts=(self.act,),
            territories=territories or TerritorySet.of(*self.territories),
            services=(self.service,),
            person=self.person,
            at=self.at,
        )


def partner_of(source: SourceFacts, facts: Facts) -> Facts:
    """The facts of one recording and of the partner that it has in a mash-up."""
    return replace(facts, sources={source.asset_id: source, _PARTNER: _open_partner()})


class SnapshotBuilder:
    """Takes recordings one by one; like stances and like combinations are kept once."""

    def __init__(self, probe: Probe, facts: Facts) -> None:
        if facts.approvals or facts.stops:
            raise ConsentError.of(
                "facts", "hold approvals or stops, which are about single requests", "leave them out of a snapshot"
            )
        self.probe = probe
        self.facts = facts
        self._places = [TerritorySet.of(territory).mask for territory in probe.territories]
        self._stances: dict[Any, int] = {}
        self._rows: list[list[list[int]]] = []
        self._combinations: dict[tuple[int, ...], int] = {}
        self._recordings: list[int] = []
        self._plays: list[int] = []
        self._ids: list[str] = []
        self._mends: list[int] = []
        self._obstacles: list[list[int]] = []
        self._obstacle_sets: dict[frozenset[str], int] = {frozenset(): 0}
        self._parties: dict[str, int] = {}
        # flat and packed: a million recordings have some five million pairs
        self._pairs = array("i")
        self._pair_starts = array("q")
        # where one co-owner is enough, what a holder's answer does depends on the others: nothing is joined then
        self._whole = facts.rules.switches["us_any_co_owner"]

    def add(self, source: SourceFacts, plays: int = 1) -> int:
        """One recording; `plays` is its weight. Returns its combination: recordings of one are decided alike."""
        parties = sorted({r.party for r in source.required} | {a.party for a in source.contract_approvals})
        self._pair_starts.append(len(self._pairs) // 2)
        if self._whole:
            places = {self._together(source, parties)}
        else:
            stances = [(self._stance(source, party), party) for party in parties]
            places = {place for place, _ in stances} | {self._sheet(source)}
            for place, party in stances:
                self._pairs.extend((place, self._parties.setdefault(party, len(self._parties))))
        key = tuple(sorted(places))
        combination = self._combinations.setdefault(key, len(self._combinations))
        self._recordings.append(combination)
        self._plays.append(plays)
        self._ids.append(source.asset_id)
        return combination

    def finish(self) -> Snapshot:
        """The snapshot of everything that was added."""
        lengths = np.fromiter((len(key) for key in self._combinations), np.int64, len(self._combinations))
        members = np.fromiter((place for key in self._combinations for place in key), np.int32, int(lengths.sum()))
        return Snapshot(
            territories=self.probe.territories,
            table=np.array(self._rows, np.uint16).reshape(-1, len(COLUMNS), len(self.probe.territories)),
            starts=np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.int64),
            members=members,
            recordings=np.array(self._recordings, np.int32),
            plays=np.array(self._plays, np.int64),
            ids=tuple(self._ids),
            mends=np.array(self._mends, np.uint16),
            obstacles=np.array(self._obstacles, np.int32).reshape(-1, len(TYPES)),
            obstacle_sets=tuple(self._obstacle_sets),
            parties=tuple(self._parties),
            pairs=np.array(self._pairs, np.int32).reshape(-1, 2),
            pair_starts=np.array(self._pair_starts, np.int64),
            attributes=not self._whole,
        )

    def _stance(self, source: SourceFacts, party: str) -> int:
        """What one holder's offers come to on this recording, apart from everybody else."""
        key = self._key(source, party)
        place = self._stances.get(key)
        if place is None:
            only = replace(
                source,
                required=tuple(r for r in source.required if r.party == party),
                offers=tuple(o for o in source.offers if o.holder == party),
                contract_approvals=tuple(a for a in source.contract_approvals if a.party == party),
                contains_third_party_samples=False,
            )
            place = self._keep(key, only, sheet=False)
        return place

    def _together(self, source: SourceFacts, parties: Sequence[str]) -> int:
        """What all holders come to on this recording, as one stance."""
        held = frozenset((r.right, r.party, r.share, r.pool) for r in source.required)
        blocked = source.contains_third_party_samples and not source.samples_cleared
        key = ("whole", tuple(self._key(source, party) for party in parties), held, blocked)
        place = self._stances.get(key)
        return self._keep(key, source, sheet=None) if place is None else place

    def _key(self, source: SourceFacts, party: str) -> Hashable:
        """All that one holder's stance on this recording depends on."""
        required = tuple(r for r in source.required if r.party == party)
        offers = tuple(o for o in source.offers if o.holder == party)
        approvals = tuple(a for a in source.contract_approvals if a.party == party)
        if self.probe.person.id == party:
            raise ConsentError.of("probe.person", f"{party} is a holder", "ask as a stranger")
        revoked = source.revoked_from if source.revocations else {}
        return (
            frozenset((r.right, r.territories.mask, r.standing) for r in required),
            frozenset(_profile(offer, source, revoked) for offer in offers),
            frozenset((a.rights, a.clause) for a in approvals),
            source.counts,
        )

    def _sheet(self, source: SourceFacts) -> int:
        """What the sheet itself comes to: shares that do not add up, rights that nobody holds, uncleared samples."""
        # a pool's name is the recording's own, and only what stands in one pool together matters
        pools: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for r in source.required:
            pools.setdefault((r.right, r.pool), []).append((str(r.share), r.territories.mask))
        shape = tuple(sorted((right, tuple(sorted(members))) for (right, _), members in pools.items()))
        blocked = source.contains_third_party_samples and not source.samples_cleared
        key = ("sheet", shape, blocked)
        place = self._stances.get(key)
        if place is None:
            bare = replace(source, offers=(), contract_approvals=(), revocations=(), counts=Counts())
            place = self._keep(key, bare, sheet=True)
        return place

    def _keep(self, key: Hashable, source: SourceFacts, *, sheet: bool | None) -> int:
        """A new stance: of the sheet alone, of one holder alone, or (None) of everything together."""
        facts = partner_of(source, self.facts)
        width = len(self.probe.territories)
        row = [[0] * width for _ in COLUMNS]
        mends, obstacles = 0, []
        for number, name in enumerate(TYPES):
            decision = decide(self.probe.request(name, source.asset_id), facts, seek_nearest=False)
            masks = dict.fromkeys(COLUMNS, 0)
            stands: set[str] = set()
            if sheet is None:
                masks["deny"], masks["ask"] = decision.denied, decision.asked
            for reason in () if sheet is None else decision.reasons:
                if reason.source != source.asset_id or (reason.code in _SHEET) is not sheet or reason.code in _CROSS:
                    continue
                for name_of_column in _columns(reason, earning=self.probe.act == "monetise"):
                    masks[name_of_column] |= reason.where
                if EFFECT[reason.code] is not Outcome.ALLOW:
                    if reason.code in BY_SIGNATURE and reason.holder:
                        mends |= 1 << number
                    else:
                        stands.add(reason.code.value)
            obstacles.append(self._obstacle_sets.setdefault(frozenset(stands), len(self._obstacle_sets)))
            for column, mask in enumerate(masks.values()):
                for place, territory in enumerate(self._places):
                    if mask & territory:
                        row[column][place] |= 1 << number
        if sheet and self.probe.service in self.facts.insisting_services:
            row[COLUMNS.index("insists")] = [(1 << len(TYPES)) - 1] * width
        self._rows.append(row)
        self._mends.append(mends)
        self._obstacles.append(obstacles)
        self._stances[key] = len(self._rows) - 1
        return len(self._rows) - 1


def _columns(reason: Reason, *, earning: bool) -> Iterable[str]:
    effect = EFFECT[reason.code]
    if effect is Outcome.DENY:
        yield "deny"
    elif effect is Outcome.NEEDS_APPROVAL:
        yield "ask"
    offer = reason.offer
    if offer is None or reason.code in _UNSPOKEN:
        return
    yield from _across(offer, earning=earning)


def _across(offer: Offer, *, earning: bool) -> Iterable[str]:
    """What an offer that counts means for the others: insistence, and the form of the money."""
    if offer.evidence.how is not Obtained.INDIVIDUAL_EXPRESS:
        yield "not_express"
    if offer.reply is Reply.GRANT:
        if offer.terms.contract.individual_express:
            yield "insists"
        if earning:
            yield offer.terms.share_money.form.replace("_share", "_form")


def _profile(offer: Offer, source: SourceFacts, revoked: Mapping[str, date]) -> Hashable:
    """All of an offer that a decision about one recording can depend on, but not which recording or holder it is."""
    return (
        offer.reach.level if offer.reach in source.reaches else None,
        offer.reach.id if offer.reach.level not in _OWN_LEVELS else "",
        offer.rights,
        offer.territories.mask,
        offer.terms.sha256,
        offer.reply,
        offer.basis,
        offer.evidence.how,
        offer.warranty,
        offer.valid_from,
        offer.valid_until,
        offer.recorded_at,
        offer.version,
        revoked.get(offer.id) if revoked else None,
    )


@cache
def _open_partner() -> SourceFacts:
    """The other song of a mash-up: one holder who has granted everything."""
    everything = (Span(-7000, 0), 0, 8_000)
    terms = preset("OPEN-CC").adjust(
        {
            "types.allowed": frozenset(TYPES),
            "platform.monetise": True,
            "who.not_banned": False,
            "transformation.loudness_centilu": everything[0],
            "transformation.true_peak_centidb": everything[1],
            "transformation.min_sample_rate": everything[2],
        }
    )
    always = datetime(1970, 1, 1, tzinfo=UTC)
    holder, reach = "pty_partner_of_a_mash_up", Reach(Level.RECORDING, _PARTNER)
    evidence = Evidence(Obtained.INDIVIDUAL_EXPRESS, "0" * 64, holder, always)
    offer = Offer(holder, reach, frozenset(RIGHTS), WORLD, evidence, terms, always.date(), always)
    return SourceFacts(_PARTNER, tuple(Required(right, holder) for right in RIGHTS), (offer,), (reach,))
