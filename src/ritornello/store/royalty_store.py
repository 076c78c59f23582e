"""Royalty runs at rest: results, the steps they took, why unmatched money may wait, and versions of terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from ritornello.proof import canonical_json, sha256_hex
from ritornello.royalty.approval import RunRecord, RunState, Step
from ritornello.royalty.records import Opening, TermsRecord, from_document, to_document
from ritornello.royalty.run import RunResult
from ritornello.store.royalty_tables import (
    payment_holds,
    royalty_explanations,
    royalty_openings,
    royalty_run_steps,
    royalty_runs,
    royalty_terms,
)
from ritornello.store.scope import Scope

_ORDER = {state.value: place for place, state in enumerate(RunState)}


class RoyaltyStore:
    """One organisation's runs inside one transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add_run(self, record: RunRecord, result: RunResult, at: datetime, by: str) -> bool:
        """Keep a run in draft; False where the same run (same digest) is kept already."""
        if self.run(record.id) is not None:
            return False
        self._scope.insert(
            royalty_runs,
            {
                "id": record.id,
                "period": record.period,
                "currency": record.currency,
                "digest": record.digest,
                "inputs_hash": record.inputs_hash,
                "shares_hash": record.shares_hash,
                "terms_version": record.terms_version,
                "engine": record.engine,
                "usage_rows": record.usage_rows,
                "restates": record.restates,
                "result": to_document(result),
                "made_at": at,
                "made_by": by,
            },
        )
        return True

    def save_steps(self, record: RunRecord) -> None:
        """Write down the steps that a record has taken and the store does not know."""
        known = self.run(record.id)
        taken = {step.state for step in known.steps} if known is not None else set()
        for step in record.steps:
            if step.state not in taken:
                self._scope.insert(
                    royalty_run_steps,
                    {"run_id": record.id, "state": step.state.value, "by": step.by, "at": step.at},
                )

    def explain(self, run_id: str, kind: str, why: str, by: str, at: datetime) -> bool:
        """Say why a kind of unmatched money may wait; False where it was said before (the first stays)."""
        known = self.run(run_id)
        if known is not None and any(told == kind for told, _ in known.explained):
            return False
        self._scope.insert(royalty_explanations, {"run_id": run_id, "kind": kind, "why": why, "by": by, "at": at})
        return True

    def run(self, run_id: str) -> RunRecord | None:
        row = self._scope.first(self._scope.select(royalty_runs).where(royalty_runs.c.id == run_id))
        return None if row is None else self._record(row)

    def result(self, run_id: str) -> RunResult | None:
        """What a run said, without its tables (run again to build statements)."""
        row = self._scope.first(
            self._scope.select(royalty_runs, royalty_runs.c.result).where(royalty_runs.c.id == run_id)
        )
        return None if row is None else from_document(row.result)

    def runs(self, period: str | None = None) -> Sequence[RunRecord]:
        """Runs in the order in which they were made, of one period or of all."""
        asked = self._scope.select(royalty_runs).order_by(royalty_runs.c.made_at, royalty_runs.c.id)
        if period is not None:
            asked = asked.where(royalty_runs.c.period == period)
        return [self._record(row) for row in self._scope.all(asked)]

    def latest(self, period: str, currency: str, *states: RunState) -> RunRecord | None:
        """The newest run of a period that is in one of these states (in any, where none is named)."""
        found = [one for one in self.runs(period) if one.currency == currency and (not states or one.state in states)]
        return found[-1] if found else None

    def add_terms(self, document: Mapping[str, Any], at: datetime, by: str) -> TermsRecord:
        """Keep a version of the terms; the one that stands, said again, is no new version. What stood before and is
        said again is a version of its own, under an id that follows from what it replaces."""
        found, latest = sha256_hex(canonical_json(dict(document))), self.terms()
        if latest is not None and latest.document == dict(document):
            return latest
        if latest is not None and self.terms(found) is not None:
            found = sha256_hex(f"{found}:{latest.id}".encode())
        self._scope.insert(
            royalty_terms, {"id": found, "document": dict(document), "recorded_at": at, "recorded_by": by}
        )
        return TermsRecord(found, dict(document), at, by)

    def terms(self, terms_id: str | None = None, known_at: datetime | None = None) -> TermsRecord | None:
        """A version of the terms by id, or the one recorded last (`known_at`: as it stood then)."""
        asked = self._scope.select(royalty_terms)
        if known_at is not None:
            asked = asked.where(royalty_terms.c.recorded_at <= known_at)
        if terms_id is not None:
            asked = asked.where(royalty_terms.c.id == terms_id)
        row = self._scope.first(asked.order_by(royalty_terms.c.recorded_at.desc(), royalty_terms.c.id).limit(1))
        return None if row is None else TermsRecord(row.id, row.document, row.recorded_at, row.recorded_by)

    # ── openings ──

    def add_opening(self, opening: Opening) -> None:
        """Keep what an older system states, or that the sheets tie to it."""
        number = len(self._scope.all(self._scope.select(royalty_openings, royalty_openings.c.number))) + 1
        self._scope.insert(
            royalty_openings,
            {
                "number": number,
                "as_of": opening.as_of,
                "currency": opening.currency,
                "stated": _texts(opening.stated),
                "found": None if opening.found is None else _texts(opening.found),
                "sheets": dict(opening.sheets),
                "by": opening.by,
                "at": opening.at,
            },
        )

    def openings(self) -> Sequence[Opening]:
        """In the order in which they were recorded; the last of a day and currency counts."""
        rows = self._scope.all(self._scope.select(royalty_openings).order_by(royalty_openings.c.number))
        return [
            Opening(
                row.as_of,
                row.currency,
                _fractions(row.stated),
                None if row.found is None else _fractions(row.found),
                row.sheets,
                row.by,
                row.at,
            )
            for row in rows
        ]

    # ── holds ──

    def hold(self, party: str, held: bool, why: str, by: str, at: datetime) -> bool:
        """Hold a payee's money, or release it; False where it stands so already."""
        if (party in self.holds()) == held:
            return False
        known = self._scope.select(payment_holds, payment_holds.c.number).where(payment_holds.c.party == party)
        number = len(self._scope.all(known)) + 1
        row = {"party": party, "number": number, "held": held, "why": why, "by": by, "at": at}
        self._scope.insert(payment_holds, row)
        return True

    def holds(self) -> dict[str, str]:
        """Party → why its money is held, for those whose money is."""
        ordered = self._scope.select(payment_holds).order_by(payment_holds.c.party, payment_holds.c.number)
        newest = {row.party: row for row in self._scope.all(ordered)}
        return {party: row.why for party, row in newest.items() if row.held}

    def _record(self, row: Row[Any]) -> RunRecord:
        steps = self._scope.all(self._scope.select(royalty_run_steps).where(royalty_run_steps.c.run_id == row.id))
        told = self._scope.all(self._scope.select(royalty_explanations).where(royalty_explanations.c.run_id == row.id))
        ordered = sorted(steps, key=lambda step: _ORDER[step.state])
        return RunRecord(
            id=row.id,
            period=row.period,
            currency=row.currency,
            digest=row.digest,
            inputs_hash=row.inputs_hash,
            shares_hash=row.shares_hash,
            terms_version=row.terms_version,
            engine=row.engine,
            usage_rows=row.usage_rows,
            restates=row.restates,
            steps=tuple(Step(RunState(step.state), step.by, step.at) for step in ordered),
            explained=tuple(sorted((one.kind, one.why) for one in told)),
            made_at=row.made_at,
            made_by=row.made_by,
        )


def _texts(amounts: Mapping[str, Fraction]) -> dict[str, str]:
    return {kind: str(amount) for kind, amount in sorted(amounts.items())}


def _fractions(texts: Mapping[str, str]) -> dict[str, Fraction]:
    return {kind: Fraction(amount) for kind, amount in sorted(texts.items())}
