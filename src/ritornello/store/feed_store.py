"""Services at rest: their profiles, the issues of their feeds, and the claims that they signed about people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func
from sqlalchemy.exc import IntegrityError

from ritornello.consent.errors import ConsentError
from ritornello.consent.feed import Change, Line
from ritornello.consent.services import Service
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import canonical_json, sha256_hex
from ritornello.proof.signing import Signed
from ritornello.store.consent_tables import consent_claims, consent_services, feed_changes, feed_issues
from ritornello.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of a service's feed. `whole` says whether it was handed out in full; both ways are signed."""

    service: str
    number: int
    made_at: datetime
    whole: bool
    cover: Signed
    whole_cover: Signed


class FeedStore:
    """What one organisation keeps about its services; all of it is appended, but for claims, which may be erased."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    # ── profiles ──

    def add_service(self, service: Service) -> bool:
        """Keep the next version of a profile; False where this is what is on file already."""
        columns = consent_services.c
        query = self._scope.select(consent_services).where(columns.service == service.id)
        newest = self._scope.first(query.order_by(columns.version.desc()).limit(1))
        if newest is not None and newest.document == service.to_document():
            return False
        row = {
            "service": service.id,
            "version": 1 if newest is None else newest.version + 1,
            "recorded_at": service.recorded_at,
            "document": service.to_document(),
        }
        self._scope.insert(consent_services, row)
        return True

    def services(self, known_at: datetime) -> Mapping[str, Service]:
        """Every service by its id, as it was known at a moment."""
        columns = consent_services.c
        query = self._scope.select(consent_services).where(columns.recorded_at <= known_at)
        rows = self._scope.all(query.order_by(columns.service, columns.version))
        return {row.service: Service.from_document(row.document, row.recorded_at) for row in rows}

    # ── feeds ──

    def add_issue(self, issue: Issue, changes: Sequence[Change]) -> None:
        """Append an issue with what changed since the one before. Raises `ConsentError` where its number is taken."""
        try:
            self._scope.insert(
                feed_issues,
                {
                    "service": issue.service,
                    "number": issue.number,
                    "made_at": issue.made_at,
                    "whole": int(issue.whole),
                    "cover": issue.cover.to_document(),
                    "whole_cover": issue.whole_cover.to_document(),
                },
            )
        except IntegrityError as error:
            raise ConsentError.of(
                "number", f"issue {issue.number} for {issue.service} was made meanwhile", "make the next one"
            ) from error
        self._scope.insert(
            feed_changes,
            [
                {
                    "service": issue.service,
                    "number": issue.number,
                    "recording": change.line.recording,
                    "type": change.line.type,
                    "action": change.action,
                    "territories": str(change.line.territories),
                    "valid_from": change.line.valid_from,
                    "valid_until": change.line.valid_until,
                    "bounds": dict(change.line.bounds),
                }
                for change in changes
            ],
        )

    def last_number(self, service: str) -> int:
        """The number of the newest issue; 0 where there is none."""
        query = self._scope.select(feed_issues, func.max(feed_issues.c.number)).where(feed_issues.c.service == service)
        row = self._scope.first(query)
        return 0 if row is None or row[0] is None else int(row[0])

    def issues(self, service: str) -> Sequence[Issue]:
        """All issues of a service, oldest first."""
        query = self._scope.select(feed_issues).where(feed_issues.c.service == service)
        return [_issue(row) for row in self._scope.all(query.order_by(feed_issues.c.number))]

    def issue(self, service: str, number: int) -> Issue | None:
        query = self._scope.select(feed_issues).where(feed_issues.c.service == service, feed_issues.c.number == number)
        row = self._scope.first(query)
        return None if row is None else _issue(row)

    def changes(self, service: str, *, until: int | None = None) -> Sequence[Change]:
        """What changed, issue by issue, up to an issue (all, if not given)."""
        columns = feed_changes.c
        query = self._scope.select(feed_changes).where(columns.service == service)
        if until is not None:
            query = query.where(columns.number <= until)
        rows = self._scope.all(query.order_by(columns.number, columns.recording, columns.type))
        return [
            Change(
                row.number,
                row.action,
                Line(
                    row.recording,
                    row.type,
                    TerritorySet.parse(row.territories),
                    row.valid_from,
                    row.valid_until,
                    row.bounds,
                ),
            )
            for row in rows
        ]

    # ── claims ──

    def add_claims(self, claims: Iterable[Signed], received_at: datetime) -> None:
        """Keep signed claims about people, each once."""
        for claim in claims:
            document = claim.to_document()
            digest = sha256_hex(canonical_json(document))
            if self.claim(digest) is None:
                self._scope.insert(
                    consent_claims,
                    {
                        "sha256": digest,
                        "person": claim.payload["person"],
                        "service": claim.payload["issuer"],
                        "received_at": received_at,
                        "document": document,
                    },
                )

    def claim(self, sha256: str) -> Mapping[str, Any] | None:
        """A signed claim by the hash under which decisions name it; None where it was erased."""
        query = self._scope.select(consent_claims, consent_claims.c.document).where(consent_claims.c.sha256 == sha256)
        row = self._scope.first(query)
        return None if row is None else row.document

    def erase_claims(self, person: str) -> int:
        """Erase what services said about a person; returns how many claims there were."""
        gone = self._scope.delete(consent_claims).where(consent_claims.c.person == person)
        return self._scope.connection.execute(gone).rowcount


def _issue(row: Row[Any]) -> Issue:
    return Issue(
        row.service,
        row.number,
        row.made_at,
        bool(row.whole),
        Signed.from_document(row.cover),
        Signed.from_document(row.whole_cover),
    )
