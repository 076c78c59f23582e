"""Consent at rest: every write is a new row, and writing the same record twice writes it once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, Text, and_, func, or_, tuple_, type_coerce

from ritornello.consent.contracts import Contract
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import Event, EventKind
from ritornello.consent.facts import ServiceLicence, Standing
from ritornello.consent.offers import Offer, Reach
from ritornello.proof import canonical_json, sha256_hex
from ritornello.proof.signing import Signed
from ritornello.store.consent_tables import (
    consent_contracts,
    consent_decisions,
    consent_events,
    consent_offers,
    consent_services,
    consent_standings,
    licence_offers,
    licence_sources,
    licences,
    service_licences,
)
from ritornello.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Given:
    """One licence as the quotas count it; `subject` is that of its request, empty where the decision is not on file."""

    licence_id: str
    licensee: str
    issued_at: datetime
    subject: str
    of_source: bool


class ConsentStore:
    """Offers, contracts, service licences, decisions, licences and the log of events of one organisation."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    # ── offers ──

    def add_offer(self, offer: Offer) -> None:
        """Keep a version of an offer. Raises `ConsentError` where that version exists with another content."""
        self.add_offers((offer,))

    def add_offers(self, offers: Iterable[Offer]) -> None:
        """Keep versions of many offers, in the order in which they were made.

        Raises `ConsentError` for a version that is on file with another content, or that does not name the hash of the
        version before; then none of them is kept.
        """
        given = list(offers)
        known = self._hashes(offer.id for offer in given)
        rows = []
        for offer in given:
            kept = known.get((offer.id, offer.version))
            if kept is not None:
                if kept != offer.content_hash:
                    mend = f"make version {offer.version + 1}"
                    raise ConsentError.of("offer.version", f"{offer.version_id} is on file with other content", mend)
                continue
            if offer.version > 1 and known.get((offer.id, offer.version - 1)) != offer.replaces:
                raise ConsentError.of(
                    "offer.replaces", "is not the hash of the version before", "read the newest version and change that"
                )
            known[offer.id, offer.version] = offer.content_hash
            rows.append(
                {
                    "id": offer.id,
                    "version": offer.version,
                    "content_hash": offer.content_hash,
                    "replaces": offer.replaces,
                    "holder": offer.holder,
                    "reach_level": offer.reach.level.value,
                    "reach_id": offer.reach.id,
                    "reply": offer.reply.value,
                    "valid_from": offer.valid_from,
                    "valid_until": offer.valid_until,
                    "recorded_at": offer.recorded_at,
                    "document": offer.to_document(),
                }
            )
        self._scope.insert(consent_offers, rows)

    def _hashes(self, offer_ids: Iterable[str]) -> dict[tuple[str, int], str]:
        """(offer, version) → content hash, of every version on file."""
        columns = (consent_offers.c.id, consent_offers.c.version, consent_offers.c.content_hash)
        found: dict[tuple[str, int], str] = {}
        for part in _parts(offer_ids):
            query = self._scope.select(consent_offers, *columns).where(consent_offers.c.id.in_(part))
            found |= {(row.id, row.version): row.content_hash for row in self._scope.all(query)}
        return found

    def newest_two(self, offer_ids: Iterable[str]) -> Mapping[str, tuple[Offer, Offer | None]]:
        """Of each of these offers the newest version, and the one before it where there is one."""
        found: dict[str, list[Offer]] = {}
        for part in _parts(offer_ids):
            query = self._scope.select(consent_offers, consent_offers.c.id, consent_offers.c.document)
            query = query.where(consent_offers.c.id.in_(part))
            for row in self._scope.all(query.order_by(consent_offers.c.id, consent_offers.c.version.desc())):
                kept = found.setdefault(row.id, [])
                if len(kept) < 2:
                    kept.append(Offer.from_document(row.document))
        return {name: (pair[0], pair[1] if len(pair) > 1 else None) for name, pair in found.items()}

    def offer(self, offer_id: str, version: int | None = None) -> Offer | None:
        """One version, or the newest."""
        query = self._scope.select(consent_offers, consent_offers.c.document).where(consent_offers.c.id == offer_id)
        if version is not None:
            query = query.where(consent_offers.c.version == version)
        row = self._scope.first(query.order_by(consent_offers.c.version.desc()).limit(1))
        return None if row is None else Offer.from_document(row.document)

    def versions(self, offer_id: str) -> Sequence[Offer]:
        """All versions of an offer, oldest first."""
        query = self._scope.select(consent_offers, consent_offers.c.document).where(consent_offers.c.id == offer_id)
        rows = self._scope.all(query.order_by(consent_offers.c.version))
        return [Offer.from_document(row.document) for row in rows]

    def newest_offers(
        self,
        *,
        answers_only: bool = False,
        holder: str | None = None,
        reach_id: str | None = None,
        saying: Mapping[str, Any] | None = None,
        skip: int = 0,
        most: int | None = None,
    ) -> Sequence[Offer]:
        """The newest version of every offer, by holder and id: all of them, or a page of those that are asked for.

        With `answers_only` proposals are passed over, and the newest answer before them counts. `saying` keeps those
        in whose document a field of this name has this value, wherever in it; the reader looks at the terms again.
        """
        inner = self._scope.select(
            consent_offers, consent_offers.c.id, func.max(consent_offers.c.version).label("version")
        )
        if answers_only:
            inner = inner.where(consent_offers.c.reply != "proposal")
        if holder is not None:
            inner = inner.where(consent_offers.c.holder == holder)
        if reach_id is not None:
            inner = inner.where(consent_offers.c.reach_id == reach_id)
        newest = inner.group_by(consent_offers.c.id).subquery()
        query = self._scope.select(consent_offers, consent_offers.c.document).join(
            newest, and_(consent_offers.c.id == newest.c.id, consent_offers.c.version == newest.c.version)
        )
        for name, value in (saying or {}).items():
            # a document is text with one spelling, so that a field of it can be looked for
            spelled = json.dumps({name: value}, ensure_ascii=False)[1:-1]
            query = query.where(type_coerce(consent_offers.c.document, Text).contains(spelled, autoescape=True))
        query = query.order_by(consent_offers.c.holder, consent_offers.c.id).offset(skip)
        rows = self._scope.all(query if most is None else query.limit(most))
        return [Offer.from_document(row.document) for row in rows]

    def offers_reaching(self, reaches: Iterable[Reach], known_at: datetime) -> Sequence[Offer]:
        """All versions of all offers about any of these, as they were known at a moment."""
        keys = sorted({(reach.level.value, reach.id) for reach in reaches})
        if not keys:
            return []
        found: list[Offer] = []
        for low in range(0, len(keys), 500):
            query = (
                self._scope.select(consent_offers, consent_offers.c.document)
                .where(tuple_(consent_offers.c.reach_level, consent_offers.c.reach_id).in_(keys[low : low + 500]))
                .where(consent_offers.c.recorded_at <= known_at)
            )
            found += [Offer.from_document(row.document) for row in self._scope.all(query)]
        return sorted(found, key=lambda offer: (offer.id, offer.version))

    def offers_of_holder(self, holder: str) -> Sequence[Offer]:
        query = self._scope.select(consent_offers, consent_offers.c.document).where(consent_offers.c.holder == holder)
        rows = self._scope.all(query.order_by(consent_offers.c.id, consent_offers.c.version))
        return [Offer.from_document(row.document) for row in rows]

    # ── contracts and service licences ──

    def add_contract(self, contract: Contract) -> None:
        """Keep a state of a contract; the newest recorded one counts."""
        document = contract.to_document()
        digest = sha256_hex(canonical_json(document))
        known = self._scope.select(consent_contracts, consent_contracts.c.id).where(
            consent_contracts.c.id == contract.id, consent_contracts.c.content_hash == digest
        )
        if self._scope.first(known) is None:
            row = {"id": contract.id, "content_hash": digest, "recorded_at": contract.recorded_at, "document": document}
            self._scope.insert(consent_contracts, row)

    def contracts(self, known_at: datetime) -> Mapping[str, Contract]:
        """Every contract by id, as it was known at a moment."""
        query = self._scope.select(consent_contracts).where(consent_contracts.c.recorded_at <= known_at)
        rows = self._scope.all(query.order_by(consent_contracts.c.recorded_at, consent_contracts.c.content_hash))
        return {row.id: Contract.from_document(row.document, row.recorded_at) for row in rows}

    def contract_versions(self, contract_id: str) -> Sequence[Contract]:
        """All versions of a contract, oldest first."""
        query = self._scope.select(consent_contracts).where(consent_contracts.c.id == contract_id)
        rows = self._scope.all(query.order_by(consent_contracts.c.recorded_at, consent_contracts.c.content_hash))
        found = [Contract.from_document(row.document, row.recorded_at) for row in rows]
        return sorted(found, key=lambda one: (one.recorded_at, one.version))

    def add_service_licence(self, licence: ServiceLicence, recorded_at: datetime) -> None:
        """Keep a blanket. Raises `ConsentError` where its id is on file with other content."""
        query = self._scope.select(service_licences, service_licences.c.document)
        row = self._scope.first(query.where(service_licences.c.id == licence.id))
        if row is not None:
            if row.document != licence.to_document():
                raise ConsentError.of("service_licence.id", f"{licence.id} is on file", "give the new one its own id")
            return
        self._scope.insert(
            service_licences,
            {
                "id": licence.id,
                "service": licence.service,
                "valid_from": licence.valid_from,
                "valid_until": licence.valid_until,
                "recorded_at": recorded_at,
                "document": licence.to_document(),
            },
        )

    def service_licences(self, known_at: datetime, day: date | None = None) -> Sequence[ServiceLicence]:
        """The blankets known at a moment; with `day`, those in force on it."""
        query = self._scope.select(service_licences, service_licences.c.document).where(
            service_licences.c.recorded_at <= known_at
        )
        if day is not None:
            query = query.where(
                service_licences.c.valid_from <= day,
                or_(service_licences.c.valid_until.is_(None), service_licences.c.valid_until > day),
            )
        rows = self._scope.all(query.order_by(service_licences.c.id))
        return [ServiceLicence.from_document(row.document) for row in rows]

    def add_standing(
        self, party: str, standing: Standing, *, recorded_at: datetime, recorded_by: str, evidence_sha256: str
    ) -> None:
        """Keep how a party answers from now on: in person, through a guardian, as an estate."""
        query = self._scope.select(consent_standings, func.max(consent_standings.c.version))
        row = self._scope.first(query.where(consent_standings.c.party == party))
        self._scope.insert(
            consent_standings,
            {
                "party": party,
                "version": 1 + (row[0] or 0 if row is not None else 0),
                "standing": standing.value,
                "recorded_at": recorded_at,
                "recorded_by": recorded_by,
                "evidence_sha256": evidence_sha256,
            },
        )

    def standings(self, known_at: datetime) -> dict[str, Standing]:
        """How parties answer, as it was known at a moment; a party that is not named answers as what it is."""
        columns = consent_standings.c
        query = self._scope.select(consent_standings).where(columns.recorded_at <= known_at)
        return {row.party: Standing(row.standing) for row in self._scope.all(query.order_by(columns.version))}

    def live_licences(self, day: date) -> Sequence[Mapping[str, Any]]:
        """The payloads of every licence that has not ended on a day, by id."""
        query = self._scope.select(licences, licences.c.document)
        query = query.where(or_(licences.c.expires.is_(None), licences.c.expires > day))
        return [row.document["payload"] for row in self._scope.all(query.order_by(licences.c.id))]

    def content_key(self, known_at: datetime) -> str:
        """A text that differs whenever something was recorded that a decision about any recording looks at: offers,
        contracts, blankets, profiles of services, revocations. All of it is append-only, so counting is enough."""
        parts = []
        for table in (
            consent_offers, consent_contracts, service_licences, consent_services, consent_standings, consent_events,
        ):  # fmt: skip
            query = self._scope.select(
                table, func.count().label("rows"), func.max(table.c.recorded_at).label("newest")
            ).where(table.c.recorded_at <= known_at)
            if table is consent_events:
                query = query.where(table.c.kind == EventKind.OFFER_REVOKED.value)
            parts += [f"{table.name} {row.rows} {row.newest}" for row in self._scope.all(query)]
        return "\n".join(parts)

    # ── decisions and licences ──

    def add_decision(self, decision: Decision) -> None:
        if self.decision(decision.id) is None:
            self._scope.insert(
                consent_decisions,
                {
                    "id": decision.id,
                    "subject": decision.request.subject,
                    "outcome": decision.outcome.value,
                    "decided_at": decision.request.at,
                    "document": decision.to_document(),
                },
            )

    def decision(self, decision_id: str) -> Mapping[str, Any] | None:
        """The document of a decision."""
        return self._document(consent_decisions, decision_id)

    def decisions(self, *, limit: int = 200) -> Sequence[Mapping[str, Any]]:
        """The documents of the newest decisions, newest first."""
        query = self._scope.select(consent_decisions, consent_decisions.c.document)
        query = query.order_by(consent_decisions.c.decided_at.desc(), consent_decisions.c.id).limit(limit)
        return [row.document for row in self._scope.all(query)]

    def licences_of_subject(self, subject: str) -> Sequence[Mapping[str, Any]]:
        """The signed documents of every licence whose request had this subject: the same derivative by its maker."""
        decided = self._scope.select(consent_decisions, consent_decisions.c.id)
        query = self._scope.select(licences, licences.c.document).where(
            licences.c.decision_id.in_(decided.where(consent_decisions.c.subject == subject))
        )
        return [row.document for row in self._scope.all(query.order_by(licences.c.issued_at, licences.c.id))]

    def licences_of_decision(self, decision_id: str) -> Sequence[Mapping[str, Any]]:
        """The signed documents of every licence that was frozen from a decision."""
        query = self._scope.select(licences, licences.c.document).where(licences.c.decision_id == decision_id)
        return [row.document for row in self._scope.all(query.order_by(licences.c.id))]

    def add_licence(self, signed: Signed) -> bool:
        """Keep a licence with what it rests on; False where it is on file already (the first signature stays)."""
        payload = signed.payload
        if self.licence(payload["id"]) is not None:
            return False
        expires = payload["expires"]
        self._scope.insert(
            licences,
            {
                "id": payload["id"],
                "decision_id": payload["decision"]["id"],
                "licensee": payload["licensee"],
                "issued_at": datetime.fromisoformat(payload["issued_at"]),
                "expires": None if expires is None else date.fromisoformat(expires),
                "document": signed.to_document(),
            },
        )
        terms = {(entry["offer"], entry["version"]) for entry in payload["terms"]}
        rows = [{"licence_id": payload["id"], "offer_id": offer, "version": v} for offer, v in sorted(terms)]
        self._scope.insert(licence_offers, rows)
        sources = sorted(set(payload["scope"]["sources"]))
        self._scope.insert(licence_sources, [{"licence_id": payload["id"], "asset_id": asset} for asset in sources])
        return True

    def licence(self, licence_id: str) -> Mapping[str, Any] | None:
        """The signed document of a licence."""
        return self._document(licences, licence_id)

    def licences_on_offer(self, offer_id: str) -> Sequence[Mapping[str, Any]]:
        """The signed documents of every licence that rests on any version of an offer."""
        inner = self._scope.select(licence_offers, licence_offers.c.licence_id)
        return self._licences(inner.where(licence_offers.c.offer_id == offer_id))

    def resting_on(self, offer_ids: Iterable[str]) -> Mapping[tuple[str, int], int]:
        """(offer, version) → how many licences rest on that version."""
        found: dict[tuple[str, int], int] = {}
        for part in _parts(offer_ids):
            query = self._scope.select(licence_offers, licence_offers.c.offer_id, licence_offers.c.version)
            for row in self._scope.all(query.where(licence_offers.c.offer_id.in_(part))):
                found[row.offer_id, row.version] = found.get((row.offer_id, row.version), 0) + 1
        return found

    def licences_of_source(self, asset_id: str) -> Sequence[Mapping[str, Any]]:
        """The signed documents of every licence about an original."""
        inner = self._scope.select(licence_sources, licence_sources.c.licence_id)
        return self._licences(inner.where(licence_sources.c.asset_id == asset_id))

    def given(self, *, offers: Iterable[str], sources: Iterable[str], before: datetime) -> Sequence[Given]:
        """What was licensed before a moment under these offers or of these originals, in the order of issue."""
        under = self._ids_in(licence_offers, licence_offers.c.offer_id, offers)
        of = self._ids_in(licence_sources, licence_sources.c.asset_id, sources)
        found: list[Given] = []
        for part in _parts(under | of):
            query = (
                self._scope.select(
                    licences, licences.c.id, licences.c.licensee, licences.c.issued_at, consent_decisions.c.subject
                )
                .join_from(
                    licences,
                    consent_decisions,
                    and_(
                        consent_decisions.c.organisation == licences.c.organisation,
                        consent_decisions.c.id == licences.c.decision_id,
                    ),
                    isouter=True,
                )
                .where(licences.c.id.in_(part), licences.c.issued_at < before)
            )
            found += [
                Given(row.id, row.licensee, row.issued_at, row.subject or "", row.id in of)
                for row in self._scope.all(query)
            ]
        return sorted(found, key=lambda one: (one.issued_at, one.licence_id))

    def licences_of_maker(self, licensee: str) -> Sequence[Mapping[str, Any]]:
        query = self._scope.select(licences, licences.c.document).where(licences.c.licensee == licensee)
        return [row.document for row in self._scope.all(query.order_by(licences.c.id))]

    # ── events ──

    def add_event(self, event: Event) -> bool:
        """Append to the log; False where this very event is there already."""
        known = self._scope.select(consent_events, consent_events.c.id).where(consent_events.c.id == event.id)
        if self._scope.first(known) is not None:
            return False
        self._scope.insert(
            consent_events,
            {
                "id": event.id,
                "kind": event.kind.value,
                "subject": event.subject,
                "recorded_at": event.recorded_at,
                "document": dict(event.document),
            },
        )
        return True

    def events(
        self, until: datetime, *, kinds: Iterable[EventKind] | None = None, subjects: Iterable[str] | None = None
    ) -> Sequence[Event]:
        """The log until a moment, in order; only these kinds and subjects where they are given."""
        query = self._scope.select(consent_events).where(consent_events.c.recorded_at <= until)
        if kinds is not None:
            query = query.where(consent_events.c.kind.in_([kind.value for kind in kinds]))
        if subjects is not None:
            query = query.where(consent_events.c.subject.in_(list(subjects)))
        rows = self._scope.all(query.order_by(consent_events.c.recorded_at, consent_events.c.id))
        return [Event(r.id, EventKind(r.kind), r.subject, r.recorded_at, r.document) for r in rows]

    def _ids_in(self, table: Table, column: Any, values: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for part in _parts(values):
            rows = self._scope.all(self._scope.select(table, table.c.licence_id).where(column.in_(part)))
            found |= {row.licence_id for row in rows}
        return found

    def _licences(self, ids: Any) -> Sequence[Mapping[str, Any]]:
        query = self._scope.select(licences, licences.c.document).where(licences.c.id.in_(ids))
        return [row.document for row in self._scope.all(query.order_by(licences.c.id))]

    def _document(self, table: Table, row_id: str) -> Mapping[str, Any] | None:
        row = self._scope.first(self._scope.select(table, table.c.document).where(table.c.id == row_id))
        return None if row is None else row.document


def _parts(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in pieces that a database takes as parameters of one query."""
    every = sorted(set(ids))
    for low in range(0, len(every), 500):
        yield every[low : low + 500]
