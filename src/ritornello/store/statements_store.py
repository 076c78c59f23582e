"""Statements at rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ritornello.statements.model import Statement, StatementError, from_document, to_document
from ritornello.store.scope import Scope
from ritornello.store.statements_tables import statements


class StatementsStore:
    """One organisation's statements inside one transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, statement: Statement, run_id: str, at: datetime) -> bool:
        """Keep a statement; False where it is kept already. Raises `StatementError` where another one has its id."""
        known = self.statement(statement.id)
        if known is not None:
            if known.hash() != statement.hash():
                raise StatementError(f"statement {statement.id} is written and differs; a correction has its own id")
            return False
        self._scope.insert(
            statements,
            {
                "id": statement.id,
                "run_id": run_id,
                "payee": statement.payee,
                "currency": statement.currency,
                "period_start": statement.period_start,
                "period_end": statement.period_end,
                "line_count": len(statement.lines),
                "root": statement.root().hex(),
                "hash": statement.hash(),
                "supersedes": statement.supersedes,
                "document": to_document(statement),
                "recorded_at": at,
            },
        )
        return True

    def statement(self, statement_id: str) -> Statement | None:
        row = self._scope.first(
            self._scope.select(statements, statements.c.document).where(statements.c.id == statement_id)
        )
        return None if row is None else from_document(row.document)

    def of_run(self, run_id: str) -> Sequence[Statement]:
        """The statements of a run, by payee."""
        asked = self._scope.select(statements, statements.c.document).where(statements.c.run_id == run_id)
        rows = self._scope.all(asked.order_by(statements.c.payee, statements.c.id))
        return [from_document(row.document) for row in rows]

    def of_payee(self, payee: str, currency: str | None = None) -> Sequence[Statement]:
        """A payee's statements, the newest first."""
        asked = self._scope.select(statements, statements.c.document).where(statements.c.payee == payee)
        if currency is not None:
            asked = asked.where(statements.c.currency == currency)
        ordered = asked.order_by(statements.c.period_end.desc(), statements.c.recorded_at.desc(), statements.c.id)
        return [from_document(row.document) for row in self._scope.all(ordered)]

    def before(self, statement: Statement) -> Statement | None:
        """What "less than last time" compares: the statement that this one corrects, else the payee's newest one of
        the period before, in the same currency."""
        if statement.supersedes and (corrected := self.statement(statement.supersedes)) is not None:
            return corrected
        earlier = [
            one for one in self.of_payee(statement.payee, statement.currency) if one.period_end < statement.period_start
        ]
        return earlier[0] if earlier else None
