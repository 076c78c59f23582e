"""The record of what was taken in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from ritornello.messages.findings import Finding
from ritornello.store.scope import Scope
from ritornello.store.usage_tables import usage_files, usage_findings, usage_receipts
from ritornello.usage.model import Exchange, Receipt, TakenFile, TakenIn, UsageError


class UsageStore:
    """Implements `ritornello.usage.ports.UsageRecords`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def record(self, taken: TakenIn) -> None:
        """Write files, receipts and findings; see `UsageRecords.record`."""
        for file in taken.files:
            self._refuse_unfit(file)
        self._scope.insert(usage_files, [asdict(file) for file in taken.files])
        self._scope.insert(usage_receipts, [_receipt_row(receipt) for receipt in taken.receipts])
        of_name = {file.name: file.id for file in reversed(taken.files)}
        placed: dict[str, int] = {}
        rows = []
        for finding in taken.findings:
            file_id = of_name.get(finding.file, taken.files[0].id if taken.files else "")
            if file_id:
                placed[file_id] = placed.get(file_id, 0) + 1
                rows.append({"file_id": file_id, "position": placed[file_id], "finding": asdict(finding)})
        self._scope.insert(usage_findings, rows)

    def _refuse_unfit(self, file: TakenFile) -> None:
        if self.known_contents([file.sha256]):
            raise UsageError(f"{file.name}: this content is recorded already; nothing was written")
        if file.supersedes is None:
            return
        if self.file(file.supersedes) is None:
            raise UsageError(f"{file.name} supersedes {file.supersedes}, which is not recorded")
        by = self._scope.first(
            self._scope.select(usage_files, usage_files.c.name).where(usage_files.c.supersedes == file.supersedes)
        )
        if by is not None:
            raise UsageError(f"{file.supersedes} was superseded by {by.name} already; supersede that one")

    def known_contents(self, contents: Collection[str]) -> frozenset[str]:
        query = self._scope.select(usage_files, usage_files.c.sha256).where(usage_files.c.sha256.in_(list(contents)))
        return frozenset(row.sha256 for row in self._scope.all(query))

    def file(self, file_id: str) -> TakenFile | None:
        row = self._scope.first(self._scope.select(usage_files).where(usage_files.c.id == file_id))
        return None if row is None else _file(row)

    def files(
        self, start: date | None = None, end: date | None = None, source: str | None = None, superseded: bool = False
    ) -> Sequence[TakenFile]:
        """Files whose period touches start to end (both included), oldest first; superseded ones only when asked."""
        query = self._scope.select(usage_files)
        if start is not None:
            query = query.where(usage_files.c.period_end >= start)
        if end is not None:
            query = query.where(usage_files.c.period_start <= end)
        if source is not None:
            query = query.where(usage_files.c.source == source)
        if not superseded:
            gone = self._scope.select(usage_files, usage_files.c.supersedes).where(
                usage_files.c.supersedes.is_not(None)
            )
            query = query.where(usage_files.c.id.not_in(gone))
        ordered = query.order_by(usage_files.c.period_start, usage_files.c.taken_in_at, usage_files.c.id)
        return [_file(row) for row in self._scope.all(ordered)]

    def receipts(self, file_ids: Collection[str]) -> Sequence[Receipt]:
        query = self._scope.select(usage_receipts).where(usage_receipts.c.file_id.in_(list(file_ids)))
        ordered = query.order_by(usage_receipts.c.file_id, usage_receipts.c.currency)
        return [_receipt(row) for row in self._scope.all(ordered)]

    def findings(self, file_id: str) -> Sequence[Finding]:
        query = self._scope.select(usage_findings).where(usage_findings.c.file_id == file_id)
        return [Finding(**row.finding) for row in self._scope.all(query.order_by(usage_findings.c.position))]


def _file(row: Row[Any]) -> TakenFile:
    fields = row._mapping
    return TakenFile(**{name: fields[name] for name in TakenFile.__dataclass_fields__})


def _receipt_row(receipt: Receipt) -> dict[str, Any]:
    exchange = receipt.exchange
    document = None
    if exchange is not None:
        document = {
            "target": exchange.target,
            "rate": str(exchange.rate),
            "day": exchange.day.isoformat(),
            "provider": exchange.provider,
        }
    return {**asdict(receipt), "exchange": document}


def _receipt(row: Row[Any]) -> Receipt:
    fields = dict(row._mapping)
    document = fields.pop("exchange")
    fields.pop("organisation")
    exchange = None
    if document is not None:
        day = date.fromisoformat(document["day"])
        exchange = Exchange(document["target"], Fraction(document["rate"]), day, document["provider"])
    fields["total_e10"], fields["unmatched_e10"] = int(fields["total_e10"]), int(fields["unmatched_e10"])
    return Receipt(**fields, exchange=exchange)
