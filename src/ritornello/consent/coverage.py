"""How much of a catalogue is ready: one question asked of every recording, for every type and territory at once.

A snapshot is prepared once: every holder's stance (what this holder's offers come to, for all types and territories)
is computed by the very engine that decides single requests, and kept as rows of bits. Recordings whose sheets and
offers are alike share one combination of stances. To evaluate is then to join bits: a combination is denied where any
stance denies.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ritornello.consent.codes import EFFECT, RIGHTS, TYPES, Code, Outcome
from ritornello.consent.decide import decide
from ritornello.consent.decision import Reason
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Counts, Facts, Required, SourceFacts
from ritornello.consent.offers import Evidence, Level, Obtained, Offer, Reach, Reply
from ritornello.consent.parameters import Span
from ritornello.consent.presets import preset
from ritornello.consent.requests import Person, Plan, Request
from ritornello.identifiers.territories import WORLD, TerritorySet

COLUMNS = ("deny", "ask", "insists", "not_express", "fan_form", "parent_form")
_SHEET = frozenset({Code.HOLDER_UNKNOWN, Code.SHARES_INCOMPLETE, Code.SHARES_EXCEEDED, Code.UNCLEARED_SAMPLES})
_CROSS = frozenset({Code.NOT_INDIVIDUAL_EXPRESS, Code.SHARE_FORM_CONFLICT})
_UNSPOKEN = frozenset({Code.OFFER_REVOKED, Code.OFFER_EXPIRED, Code.OFFER_NOT_YET_VALID})
_PARTNER = "rec_partner_of_a_mash_up"
_OWN_LEVELS = frozenset({Level.STEM, Level.RECORDING, Level.RELEASE, Level.WORK})

Bits = NDArray[np.uint16]


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

    def add(self, source: SourceFacts, plays: int = 1) -> int:
        """One recording; `plays` is its weight. Returns its combination: recordings of one are decided alike."""
        parties = sorted({r.party for r in source.required} | {a.party for a in source.contract_approvals})
        places = {self._stance(source, party) for party in parties}
        places.add(self._sheet(source))
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
        )

    def _stance(self, source: SourceFacts, party: str) -> int:
        """What one holder's offers come to on this recording, apart from everybody else."""
        required = tuple(r for r in source.required if r.party == party)
        offers = tuple(o for o in source.offers if o.holder == party)
        approvals = tuple(a for a in source.contract_approvals if a.party == party)
        if self.probe.person.id == party:
            raise ConsentError.of("probe.person", f"{party} is a holder", "ask as a stranger")
        revoked = source.revoked_from if source.revocations else {}
        key = (
            frozenset((r.right, r.territories.mask, r.standing) for r in required),
            frozenset(_profile(offer, source, revoked) for offer in offers),
            frozenset((a.rights, a.clause) for a in approvals),
            source.counts,
        )
        place = self._stances.get(key)
        if place is None:
            only = replace(
                source,
                required=required,
                offers=offers,
                contract_approvals=approvals,
                contains_third_party_samples=False,
            )
            place = self._keep(key, only, sheet=False)
        return place

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

    def _keep(self, key: Any, source: SourceFacts, *, sheet: bool) -> int:
        facts = partner_of(source, self.facts)
        width = len(self.probe.territories)
        row = [[0] * width for _ in COLUMNS]
        for number, name in enumerate(TYPES):
            decision = decide(self.probe.request(name, source.asset_id), facts, seek_nearest=False)
            masks = dict.fromkeys(COLUMNS, 0)
            for reason in decision.reasons:
                if reason.source != source.asset_id or (reason.code in _SHEET) is not sheet or reason.code in _CROSS:
                    continue
                for name_of_column in _columns(reason, earning=self.probe.act == "monetise"):
                    masks[name_of_column] |= reason.where
            for column, mask in enumerate(masks.values()):
                for place, territory in enumerate(self._places):
                    if mask & territory:
                        row[column][place] |= 1 << number
        if sheet and self.probe.service in self.facts.insisting_services:
            row[COLUMNS.index("insists")] = [(1 << len(TYPES)) - 1] * width
        self._rows.append(row)
        self._stances[key] = len(self._rows) - 1
        return len(self._rows) - 1


@dataclass(frozen=True)
class Snapshot:
    """Stances as bits (stance × column × territory, one bit per type), combinations of them, and who has which."""

    territories: tuple[str, ...]
    table: Bits
    starts: NDArray[np.int64]
    members: NDArray[np.int32]
    recordings: NDArray[np.int32]
    plays: NDArray[np.int64]
    ids: tuple[str, ...]

    def evaluate(self, chunk: int = 65_536) -> Coverage:
        """Every recording × type × territory, in chunks of combinations so that memory stays small."""
        count, width = len(self.starts), len(self.territories)
        denied = np.empty((count, width), np.uint16)
        asked = np.empty((count, width), np.uint16)
        used = [place for place in range(len(COLUMNS)) if self.table[:, place].any()]
        for low in range(0, count, chunk):
            high = min(low + chunk, count)
            first = self.starts[low]
            last = self.starts[high] if high < count else len(self.members)
            members = self.members[first:last]
            starts = self.starts[low:high] - first
            columns = {
                COLUMNS[place]: np.bitwise_or.reduceat(self.table[members, place], starts, axis=0) for place in used
            }
            nothing = np.zeros((high - low, width), np.uint16)
            part = {name: columns.get(name, nothing) for name in COLUMNS}
            deny = part["deny"] | (part["insists"] & part["not_express"]) | (part["fan_form"] & part["parent_form"])
            denied[low:high] = deny
            asked[low:high] = part["ask"] & ~deny
        return Coverage(self, denied, asked)

    def save(self, path: Path) -> None:
        """Write the snapshot to one file."""
        with path.open("wb") as file:
            np.savez(
                file,
                territories=np.array(self.territories),
                table=self.table,
                starts=self.starts,
                members=self.members,
                recordings=self.recordings,
                plays=self.plays,
                ids=np.array(self.ids),
            )

    @staticmethod
    def load(path: Path) -> Snapshot:
        with np.load(path, allow_pickle=False) as kept:
            return Snapshot(
                territories=tuple(str(t) for t in kept["territories"]),
                table=kept["table"],
                starts=kept["starts"],
                members=kept["members"],
                recordings=kept["recordings"],
                plays=kept["plays"],
                ids=tuple(str(i) for i in kept["ids"]),
            )


@dataclass(frozen=True)
class Tally:
    """How many recordings (or plays) are ready, wait for an approval, or are closed."""

    allow: int
    needs_approval: int
    deny: int

    @property
    def permille_ready(self) -> int:
        whole = self.allow + self.needs_approval + self.deny
        return self.allow * 1000 // whole if whole else 0


@dataclass(frozen=True)
class Coverage:
    """The answers: per combination and territory one bit per type."""

    snapshot: Snapshot
    denied: Bits
    asked: Bits

    def outcome(self, recording: int, name: str, territory: str) -> Outcome:
        """The answer for the recording that was added as number `recording`."""
        bit = 1 << TYPES.index(name)
        place = self.snapshot.territories.index(territory)
        combination = self.snapshot.recordings[recording]
        if int(self.denied[combination, place]) & bit:
            return Outcome.DENY
        return Outcome.NEEDS_APPROVAL if int(self.asked[combination, place]) & bit else Outcome.ALLOW

    def board(self, *, by_plays: bool = False) -> Mapping[tuple[str, str], Tally]:
        """(type, territory) → how much of the catalogue is ready."""
        snapshot = self.snapshot
        weights = snapshot.plays if by_plays else np.ones(len(snapshot.recordings), np.int64)
        per_combination = np.zeros(len(snapshot.starts), np.int64)
        np.add.at(per_combination, snapshot.recordings, weights)
        whole = int(per_combination.sum())
        board = {}
        for number, name in enumerate(TYPES):
            bit = np.uint16(1 << number)
            for place, territory in enumerate(snapshot.territories):
                deny = int(per_combination[(self.denied[:, place] & bit) != 0].sum())
                ask = int(per_combination[(self.asked[:, place] & bit) != 0].sum())
                board[name, territory] = Tally(whole - deny - ask, ask, deny)
        return board


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
