"""One unit of work is one transaction, seen as one organisation: all of it is written, or nothing.

    with UnitOfWork(engine, organisation) as work:
        work.catalogue.save(recording)
        work.jobs.enqueue(job)
        work.commit()

Leaving without `commit()` rolls back, by an exception or not. Services take the unit of work and never commit.
"""

from __future__ import annotations

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import Transaction

from ritornello.store import database
from ritornello.store.scope import Scope

if TYPE_CHECKING:
    from ritornello.store.catalogue_store import CatalogueStore
    from ritornello.store.consent_store import ConsentStore
    from ritornello.store.distribution_store import DistributionStore
    from ritornello.store.feed_store import FeedStore
    from ritornello.store.jobs_store import JobsStore
    from ritornello.store.ledger_store import LedgerStore
    from ritornello.store.log_store import LogStore
    from ritornello.store.match_store import MatchStore
    from ritornello.store.people_store import PeopleStore
    from ritornello.store.provenance_store import ProvenanceStore
    from ritornello.store.royalty_store import RoyaltyStore
    from ritornello.store.seal_store import SealStore
    from ritornello.store.statements_store import StatementsStore
    from ritornello.store.studio_store import StudioStore
    from ritornello.store.usage_store import UsageStore


class UnitOfWorkError(Exception):
    """The unit of work is used outside its `with`, or after its commit."""


class UnitOfWork:
    """A transaction as one organisation, with one store per room.

    Args:
        engine: from `ritornello.store.database.open_engine`.
        organisation: whose rows are seen and written.
        read_only: take a snapshot that waits for no writer and refuses to write (pages that only show).
    """

    def __init__(self, engine: Engine, organisation: str, *, read_only: bool = False) -> None:
        self.engine = engine
        self.organisation = organisation
        self.read_only = read_only
        self._connection: Connection | None = None
        self._transaction: Transaction | None = None

    def __enter__(self) -> Self:
        if self._connection is not None:
            raise UnitOfWorkError("this unit of work was already opened; make a new one for each transaction")
        connection = self.engine.connect()
        try:
            if self.read_only:
                connection = database.reading(connection)
            self._transaction = connection.begin()
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is None or self._transaction is None:
            return
        try:
            if self._transaction.is_active:
                self._transaction.rollback()
        finally:
            self._connection.close()

    def commit(self) -> None:
        """Write everything. Afterwards the unit is spent: there is exactly one commit."""
        transaction = self._open()
        if self.read_only:
            raise UnitOfWorkError("a unit of work opened with read_only has nothing to commit")
        transaction.commit()

    def rollback(self) -> None:
        """Undo everything; leaving the `with` without `commit()` does the same."""
        self._open().rollback()

    def _open(self) -> Transaction:
        if self._transaction is None or not self._transaction.is_active:
            raise UnitOfWorkError("this unit of work is not open: use it inside `with`, and commit once, at its end")
        return self._transaction

    @cached_property
    def scope(self) -> Scope:
        """The transaction's connection, seen as this organisation."""
        self._open()
        if self._connection is None:
            raise UnitOfWorkError("this unit of work is not open")
        return Scope(self._connection, self.organisation)

    # Each store is imported when it is first asked for, so that a command that needs one room loads one room.

    @cached_property
    def catalogue(self) -> CatalogueStore:
        from ritornello.store.catalogue_store import CatalogueStore

        return CatalogueStore(self.scope)

    @cached_property
    def people(self) -> PeopleStore:
        from ritornello.store.people_store import PeopleStore

        return PeopleStore(self.scope)

    @cached_property
    def consent(self) -> ConsentStore:
        from ritornello.store.consent_store import ConsentStore

        return ConsentStore(self.scope)

    @cached_property
    def feeds(self) -> FeedStore:
        from ritornello.store.feed_store import FeedStore

        return FeedStore(self.scope)

    @cached_property
    def ledger(self) -> LedgerStore:
        from ritornello.store.ledger_store import LedgerStore

        return LedgerStore(self.scope)

    @cached_property
    def usage(self) -> UsageStore:
        from ritornello.store.usage_store import UsageStore

        return UsageStore(self.scope)

    @cached_property
    def royalty(self) -> RoyaltyStore:
        from ritornello.store.royalty_store import RoyaltyStore

        return RoyaltyStore(self.scope)

    @cached_property
    def statements(self) -> StatementsStore:
        from ritornello.store.statements_store import StatementsStore

        return StatementsStore(self.scope)

    @cached_property
    def studio(self) -> StudioStore:
        from ritornello.store.studio_store import StudioStore

        return StudioStore(self.scope)

    @cached_property
    def provenance(self) -> ProvenanceStore:
        from ritornello.store.provenance_store import ProvenanceStore

        return ProvenanceStore(self.scope)

    @cached_property
    def distribution(self) -> DistributionStore:
        from ritornello.store.distribution_store import DistributionStore

        return DistributionStore(self.scope)

    @cached_property
    def matches(self) -> MatchStore:
        from ritornello.store.match_store import MatchStore

        return MatchStore(self.scope)

    @cached_property
    def jobs(self) -> JobsStore:
        from ritornello.store.jobs_store import JobsStore

        return JobsStore(self.scope)

    @cached_property
    def log(self) -> LogStore:
        from ritornello.store.log_store import LogStore

        return LogStore(self.scope)

    @cached_property
    def seals(self) -> SealStore:
        from ritornello.store.seal_store import SealStore

        return SealStore(self.scope)
