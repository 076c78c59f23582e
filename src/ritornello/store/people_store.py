"""People at rest. A secret's hash is looked up before the organisation is known; all else is one organisation's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Row, Table, select

from ritornello.people.model import (
    Act,
    ApiKey,
    DetailsVersion,
    Erasure,
    Membership,
    Organisation,
    Party,
    PartyDetails,
    PartyKind,
    Person,
    SealedDetails,
    Session,
    SignInLink,
)
from ritornello.people.roles import Role
from ritornello.proof import canonical_json
from ritornello.proof.ids import stable_id
from ritornello.store.people_tables import (
    acts,
    api_keys,
    erasures,
    memberships,
    organisations,
    parties,
    party_commitments,
    party_details,
    persons,
    sessions,
    sign_in_links,
)
from ritornello.store.scope import Scope


class PeopleStore:
    """Implements `ritornello.people.ports.People`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def within(self, organisation: str) -> Self:
        """The same transaction, seen as another organisation (after a secret has told which)."""
        return type(self)(Scope(self._scope.connection, organisation))

    # ── organisations and persons ──

    def add_organisation(self, organisation: Organisation) -> None:
        self._scope.insert(
            organisations,
            {"id": organisation.id, "name": organisation.name, "created_at": organisation.created_at},
        )

    def organisation(self, organisation_id: str) -> Organisation | None:
        row = self._scope.first(self._scope.select(organisations).where(organisations.c.id == organisation_id))
        return None if row is None else Organisation(row.id, row.name, row.created_at)

    def all_organisations(self) -> Sequence[Organisation]:
        """Every organisation of the installation (for its operator and its workers, never for a page)."""
        rows = self._scope.all(self._scope.select(organisations).order_by(organisations.c.id))
        return [Organisation(row.id, row.name, row.created_at) for row in rows]

    def add_person(self, person: Person) -> None:
        self._scope.insert(
            persons,
            {"id": person.id, "email": person.email, "name": person.name, "created_at": person.created_at},
        )

    def person(self, person_id: str) -> Person | None:
        row = self._scope.first(self._scope.select(persons).where(persons.c.id == person_id))
        return None if row is None else _person(row)

    def person_by_email(self, email: str) -> Person | None:
        row = self._scope.first(self._scope.select(persons).where(persons.c.email == email))
        return None if row is None else _person(row)

    def delete_person(self, person_id: str) -> None:
        self._scope.connection.execute(self._scope.delete(persons).where(persons.c.id == person_id))

    # ── memberships ──

    def members(self) -> Sequence[tuple[Person | None, Membership]]:
        found = [_membership(row) for row in self._scope.all(self._scope.select(memberships))]
        found.sort(key=lambda membership: (membership.since, membership.person_id))
        return [(self.person(membership.person_id), membership) for membership in found]

    def membership(self, person_id: str) -> Membership | None:
        row = self._scope.first(self._scope.select(memberships).where(memberships.c.person_id == person_id))
        return None if row is None else _membership(row)

    def memberships_of(self, person_id: str) -> Sequence[Membership]:
        """In every organisation: asked only for the person themselves, at sign-in and at erasure."""
        query = select(memberships).where(memberships.c.person_id == person_id)
        return [_membership(row) for row in self._scope.all(query.order_by(memberships.c.organisation))]

    def save_membership(self, membership: Membership) -> None:
        values = {
            "roles": sorted(membership.roles),
            "party_id": membership.party_id,
            "since": membership.since,
        }
        change = self._scope.update(memberships).where(memberships.c.person_id == membership.person_id)
        if not self._scope.connection.execute(change.values(**values)).rowcount:
            self._scope.insert(memberships, {"person_id": membership.person_id, **values})

    def remove_membership(self, person_id: str) -> None:
        self._scope.connection.execute(self._scope.delete(memberships).where(memberships.c.person_id == person_id))

    # ── doors: sign-in links, sessions, keys ──

    def add_link(self, link: SignInLink, token_hash: str) -> None:
        self._scope.insert(
            sign_in_links,
            {
                "id": link.id,
                "person_id": link.person_id,
                "token_hash": token_hash,
                "created_at": link.created_at,
                "expires_at": link.expires_at,
            },
        )

    def link_by_hash(self, token_hash: str) -> SignInLink | None:
        row = self._by_hash(sign_in_links, token_hash)
        if row is None:
            return None
        return SignInLink(row.id, row.organisation, row.person_id, row.created_at, row.expires_at, row.used_at)

    def use_link(self, link_id: str, at: datetime) -> bool:
        """Mark the link as used; False where somebody else was first."""
        links = sign_in_links.c
        change = self._scope.update(sign_in_links).where(links.id == link_id, links.used_at.is_(None))
        return self._scope.connection.execute(change.values(used_at=at)).rowcount == 1

    def add_session(self, session: Session, token_hash: str) -> None:
        self._scope.insert(
            sessions,
            {
                "id": session.id,
                "person_id": session.person_id,
                "token_hash": token_hash,
                "created_at": session.created_at,
                "expires_at": session.expires_at,
            },
        )

    def session_by_hash(self, token_hash: str) -> Session | None:
        row = self._by_hash(sessions, token_hash)
        if row is None:
            return None
        return Session(row.id, row.organisation, row.person_id, row.created_at, row.expires_at, row.ended_at)

    def end_session(self, session_id: str, at: datetime) -> None:
        change = self._scope.update(sessions).where(sessions.c.id == session_id, sessions.c.ended_at.is_(None))
        self._scope.connection.execute(change.values(ended_at=at))

    def end_sessions_of(self, person_id: str, at: datetime) -> None:
        mine = self._scope.update(sessions).where(sessions.c.person_id == person_id, sessions.c.ended_at.is_(None))
        self._scope.connection.execute(mine.values(ended_at=at))

    def close_links_of(self, person_id: str, at: datetime) -> None:
        """Spend the sign-in links of somebody that were not used yet."""
        links = sign_in_links.c
        mine = self._scope.update(sign_in_links).where(links.person_id == person_id, links.used_at.is_(None))
        self._scope.connection.execute(mine.values(used_at=at))

    def add_key(self, key: ApiKey, token_hash: str) -> None:
        self._scope.insert(
            api_keys,
            {
                "id": key.id,
                "name": key.name,
                "roles": sorted(key.roles),
                "hint": key.hint,
                "token_hash": token_hash,
                "created_by": key.created_by,
                "created_at": key.created_at,
                "expires_at": key.expires_at,
                "service": key.service,
            },
        )

    def key_by_hash(self, token_hash: str) -> ApiKey | None:
        row = self._by_hash(api_keys, token_hash)
        return None if row is None else _key(row)

    def api_keys(self) -> Sequence[ApiKey]:
        rows = self._scope.all(self._scope.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id))
        return [_key(row) for row in rows]

    def revoke_key(self, key_id: str, at: datetime) -> None:
        change = self._scope.update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        self._scope.connection.execute(change.values(revoked_at=at))

    def revoke_keys_of(self, person_id: str, at: datetime) -> None:
        mine = self._scope.update(api_keys).where(api_keys.c.created_by == person_id, api_keys.c.revoked_at.is_(None))
        self._scope.connection.execute(mine.values(revoked_at=at))

    def _by_hash(self, table: Table, token_hash: str) -> Row[Any] | None:
        # Not scoped: the secret itself says which organisation its holder belongs to.
        return self._scope.first(select(table).where(table.c.token_hash == token_hash))

    # ── parties ──

    def add_party(self, party: Party) -> None:
        self._scope.insert(parties, {"id": party.id, "kind": str(party.kind), "created_at": party.created_at})

    def party(self, party_id: str) -> Party | None:
        row = self._scope.first(self._scope.select(parties).where(parties.c.id == party_id))
        return None if row is None else Party(row.id, PartyKind(row.kind), row.created_at)

    def parties(self) -> Sequence[Party]:
        rows = self._scope.all(self._scope.select(parties).order_by(parties.c.id))
        return [Party(row.id, PartyKind(row.kind), row.created_at) for row in rows]

    def add_details(self, version: DetailsVersion, sealed: SealedDetails) -> None:
        key = {"party_id": version.party_id, "version": version.version}
        self._scope.insert(
            party_commitments, {**key, "commitment": version.commitment, "recorded_at": version.recorded_at}
        )
        self._scope.insert(party_details, {**key, "details": sealed.details.to_document(), "salt": sealed.salt})

    def versions(self, party_id: str) -> Sequence[DetailsVersion]:
        query = self._scope.select(party_commitments).where(party_commitments.c.party_id == party_id)
        rows = self._scope.all(query.order_by(party_commitments.c.version))
        return [DetailsVersion(row.party_id, row.version, row.commitment, row.recorded_at) for row in rows]

    def sealed(self, party_id: str, version: int | None = None) -> SealedDetails | None:
        query = self._scope.select(party_details).where(party_details.c.party_id == party_id)
        if version is not None:
            query = query.where(party_details.c.version == version)
        row = self._scope.first(query.order_by(party_details.c.version.desc()).limit(1))
        return None if row is None else _sealed(row)

    def details(self, party_id: str) -> PartyDetails | None:
        """The newest details; None where they were erased or never were."""
        sealed = self.sealed(party_id)
        return None if sealed is None else sealed.details

    def details_of_all(self) -> Sequence[SealedDetails]:
        """The newest details of every party that has some, by party."""
        rows = self._scope.all(
            self._scope.select(party_details).order_by(party_details.c.party_id, party_details.c.version)
        )
        newest = {row.party_id: row for row in rows}
        return [_sealed(row) for row in newest.values()]

    def delete_details(self, party_id: str) -> int:
        gone = self._scope.delete(party_details).where(party_details.c.party_id == party_id)
        return self._scope.connection.execute(gone).rowcount

    def add_erasure(self, erasure: Erasure) -> None:
        self._scope.insert(
            erasures, {"subject": erasure.subject, "erased_at": erasure.erased_at, "erased_by": erasure.erased_by}
        )

    def erasures(self) -> Sequence[Erasure]:
        rows = self._scope.all(self._scope.select(erasures).order_by(erasures.c.erased_at, erasures.c.subject))
        return [Erasure(row.subject, row.erased_at, row.erased_by) for row in rows]

    def add_act(self, act: Act) -> None:
        """Keep who did what; the same act at the same moment is kept once."""
        document = [self._scope.organisation, act.act, act.subject, act.by, act.at.isoformat(), dict(act.details)]
        number = stable_id("act", canonical_json(document).decode())
        if self._scope.first(self._scope.select(acts).where(acts.c.id == number)) is None:
            self._scope.insert(
                acts,
                {
                    "id": number,
                    "act": act.act,
                    "subject": act.subject,
                    "by": act.by,
                    "at": act.at,
                    "details": dict(act.details),
                },
            )

    def acts(self, newest: int) -> Sequence[Act]:
        """The newest acts, the last first."""
        query = self._scope.select(acts).order_by(acts.c.at.desc(), acts.c.id).limit(newest)
        return [Act(row.act, row.subject, row.by, row.at, row.details) for row in self._scope.all(query)]


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.email, row.name, row.created_at)


def _membership(row: Row[Any]) -> Membership:
    roles = frozenset(Role(role) for role in row.roles)
    return Membership(row.organisation, row.person_id, roles, row.party_id, row.since)


def _key(row: Row[Any]) -> ApiKey:
    roles = frozenset(Role(role) for role in row.roles)
    return ApiKey(
        row.id, row.organisation, row.name, roles, row.hint, row.created_by, row.created_at, row.expires_at,
        row.revoked_at, row.service,
    )  # fmt: skip


def _sealed(row: Row[Any]) -> SealedDetails:
    return SealedDetails(PartyDetails.from_document(row.details), row.version, row.salt)
