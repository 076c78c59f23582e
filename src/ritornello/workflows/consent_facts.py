"""What a decision looks at, read from the stores: for one request, or for a whole catalogue with each record read once.

The facts are those of one moment. Who must agree comes from the catalogue, what they said from the offers, what has
happened since from the log of events, and what has been made so far from the licences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property

from ritornello.catalogue.model import OwnershipShare, Recording, Work
from ritornello.consent.contracts import ApprovalRight, Contract, approval_rights
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import State, replay
from ritornello.consent.facts import Counts, Facts, Required, SourceFacts, Standing
from ritornello.consent.holders import reaches_of, required_of
from ritornello.consent.offers import Offer, Reach
from ritornello.consent.requests import Request
from ritornello.consent.rules import RightsRules
from ritornello.consent.services import insisting
from ritornello.people.model import PartyKind
from ritornello.store.unit_of_work import UnitOfWork


class FactsReader:
    """Reads facts as they were known at a moment, for uses on a day. Cheap to make; what is shared is read once."""

    def __init__(self, work: UnitOfWork, rules: RightsRules, *, at: datetime, day: date) -> None:
        self.work = work
        self.rules = rules
        self.at = at
        self.day = day
        self._offers: dict[Reach, tuple[Offer, ...]] = {}
        self._shares: Mapping[str, Sequence[OwnershipShare]] | None = None
        self._works: dict[str, Work | None] = {}
        self._releases: Mapping[str, tuple[str, ...]] | None = None

    @cached_property
    def state(self) -> State:
        """What the log of events adds up to."""
        return replay(self.work.consent.events(self.at), self.at)

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        return self.work.consent.contracts(self.at)

    @cached_property
    def _standings(self) -> Mapping[str, Standing]:
        """Who does not answer in person: companies, and whom the house has on file as a minor or an estate."""
        parties = self.work.people.parties()
        plain = {party.id: Standing.COMPANY for party in parties if party.kind is not PartyKind.PERSON}
        return plain | self.work.consent.standings(self.at)

    def facts(self, sources: Mapping[str, SourceFacts], *, about_requests: bool = True) -> Facts:
        """The facts of these sources; without `about_requests` stops and approvals are left out."""
        return Facts(
            sources=sources,
            rules=self.rules,
            service_licences=tuple(self.work.consent.service_licences(self.at)),
            stops=self.state.stops if about_requests else (),
            approvals=self.state.approvals if about_requests else (),
            contracts=self.contracts,
            insisting_services=insisting(self.work.feeds.services(self.at).values()),
        )

    def recording(self, recording_id: str, field: str = "sources") -> Recording:
        """A recording of the catalogue. Raises `ConsentError` naming the field for one that is not there."""
        found = self.work.catalogue.recording(recording_id)
        if found is None:
            raise ConsentError.of(field, f"{recording_id!r} is not in the catalogue", "register the recording first")
        return found

    def required(self, recording: Recording) -> tuple[Required, ...]:
        """Whose answer a derivative of this recording may take. A derivative holds what it came from, so that everybody
        above it is asked as well."""
        if recording.kind != "derivative":
            return self._own(recording)
        own = self._own(recording)
        if not any(entry.right == "M_USE" for entry in own):
            own += tuple(Required("M_USE", owner, pool=f"{recording.id}:owner") for owner in self._owners(recording.id))
        above = [entry for one in self._ancestors(recording.id) for entry in self._own(one)]
        return tuple(dict.fromkeys((*own, *above)))

    def generation(self, recording_id: str) -> int:
        """How many derivatives lie between a recording and its originals: 0 for an original, by the longest way."""
        parents: dict[str, set[str]] = {}
        for edge in self.work.catalogue.ancestry([recording_id]):
            parents.setdefault(edge.child, set()).add(edge.parent)
        found: dict[str, int] = {}

        def of(name: str) -> int:
            if name not in found:
                found[name] = 1 + max(map(of, parents[name])) if name in parents else 0
            return found[name]

        return of(recording_id)

    def _ancestors(self, recording_id: str) -> tuple[Recording, ...]:
        above = {edge.parent for edge in self.work.catalogue.ancestry([recording_id])}
        return self.work.catalogue.recordings(above)

    def _owners(self, recording_id: str) -> tuple[str, ...]:
        """Who owns a derivative without a sheet of its own: whom its licences name."""
        names = {edge.licence_id for edge in self.work.catalogue.edges_of(recording_id)}
        licences = [self.work.consent.licence(name) for name in sorted(names)]
        return tuple(dict.fromkeys(one["payload"]["new_recording"]["owner"] for one in licences if one is not None))

    def _own(self, recording: Recording) -> tuple[Required, ...]:
        works = [one for name in recording.work_ids if (one := self._work(name)) is not None]
        shares = [share for asset in (recording.id, *recording.work_ids) for share in self._shares_of(asset)]
        return required_of(recording, works, shares, self._standings, day=self.day, known_at=self.at)

    def source(self, recording: Recording, request: Request | None = None) -> SourceFacts:
        """Everything on file about one recording and, for a derivative, about all that it came from; with a request,
        also how much of the quotas is used."""
        above = self._ancestors(recording.id) if recording.kind == "derivative" else ()
        every = [reach for one in (recording, *above) for reach in reaches_of(one, self._releases_of(one.id))]
        reaches = tuple(dict.fromkeys(every))
        required = self.required(recording)
        offers = self._offers_of(reaches)
        known = {offer.id for offer in offers}
        return SourceFacts(
            asset_id=recording.id,
            required=required,
            offers=offers,
            reaches=reaches,
            revocations=tuple(one for one in self.state.revocations if one.offer_id in known),
            contract_approvals=self._approval_rights(recording, reaches, required),
            contains_third_party_samples=any(one.contains_third_party_samples for one in (recording, *above)),
            counts=Counts() if request is None else self._counts(recording.id, known, request),
        )

    def read_sheets(self) -> None:
        """Read all shares, works and releases at once, before many recordings are looked at."""
        shares: dict[str, list[OwnershipShare]] = {}
        for share in self.work.catalogue.all_shares(self.at):
            shares.setdefault(share.asset_id, []).append(share)
        self._shares = shares
        self._works = {work.id: work for work in self.work.catalogue.works()}
        self._releases = self.work.catalogue.release_ids()

    def every_source(self, recordings: Sequence[Recording]) -> Iterator[SourceFacts]:
        """The facts of many recordings, in their order, with shares and offers read in bulk."""
        self.read_sheets()
        wanted: dict[Reach, None] = {}
        for recording in recordings:
            wanted.update(dict.fromkeys(reaches_of(recording, self._releases_of(recording.id))))
        self._read_offers(wanted)
        for recording in recordings:
            yield self.source(recording)

    def _work(self, work_id: str) -> Work | None:
        if work_id not in self._works:
            self._works[work_id] = self.work.catalogue.work(work_id)
        return self._works[work_id]

    def _shares_of(self, asset_id: str) -> Sequence[OwnershipShare]:
        if self._shares is not None:
            return self._shares.get(asset_id, ())
        return self.work.catalogue.shares_of(asset_id)

    def _releases_of(self, recording_id: str) -> tuple[str, ...]:
        if self._releases is not None:
            return self._releases.get(recording_id, ())
        return tuple(release.id for release in self.work.catalogue.releases_of(recording_id))

    def _read_offers(self, reaches: Iterable[Reach]) -> None:
        missing = [reach for reach in reaches if reach not in self._offers]
        found: dict[Reach, list[Offer]] = {reach: [] for reach in missing}
        for offer in self.work.consent.offers_reaching(missing, self.at):
            found[offer.reach].append(offer)
        self._offers.update({reach: tuple(offers) for reach, offers in found.items()})

    def _offers_of(self, reaches: Sequence[Reach]) -> tuple[Offer, ...]:
        self._read_offers(reaches)
        offers = [offer for reach in reaches for offer in self._offers[reach]]
        return tuple(sorted(offers, key=lambda offer: (offer.id, offer.version)))

    def _approval_rights(
        self, recording: Recording, reaches: Sequence[Reach], required: Sequence[Required]
    ) -> tuple[ApprovalRight, ...]:
        """The rights of approval that the contract register gives over a recording.

        A contract about everything of its parties reaches only what one of them has a part in.
        """
        involved = {entry.party for entry in required} | {recording.main_artist or "", recording.label or ""}
        reaching = [
            contract
            for contract in self.contracts.values()
            if "*" not in contract.catalogue or not involved.isdisjoint(contract.parties)
        ]
        return approval_rights(reaching, {reach.id for reach in reaches}, self.day)

    def _counts(self, asset_id: str, offers: Iterable[str], request: Request) -> Counts:
        """How much of the quotas was used before the request.

        What was licensed under any offer that reaches this recording counts, so that a quota is never overrun; the
        request's own derivative does not, or else nobody could deliver what they were allowed to make.
        """
        given = [
            one
            for one in self.work.consent.given(offers=offers, sources=(asset_id,), before=self.at)
            if one.subject != request.subject
        ]
        return Counts(
            total=len(given),
            by_person=sum(one.licensee == request.person.id for one in given),
            today=sum(one.issued_at.date() == self.at.date() for one in given),
            of_source=sum(one.of_source for one in given),
        )
