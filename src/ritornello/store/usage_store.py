"""The record of what was taken in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from ritornello.messages.dialects import Dialect
from ritornello.messages.findings import Finding
from ritornello.proof import digest
from ritornello.proof.ids import stable_id
from ritornello.store.scope import Scope
from ritornello.store.usage_tables import (
    usage_creations,
    usage_files,
    usage_findings,
    usage_mappings,
    usage_receipts,
    usage_rematches,
    usage_sources,
)
from ritornello.usage.creations import Creation, news
from ritornello.usage.model import Exchange, Receipt, Source, TakenFile, TakenIn, UsageError
from ritornello.usage.rematching import Rematch


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
        """A file in its latest generation."""
        row = self._scope.first(self._scope.select(usage_files).where(usage_files.c.id == file_id))
        return None if row is None else self._latest([_file(row)])[0]

    def files(
        self,
        start: date | None = None,
        end: date | None = None,
        source: str | None = None,
        superseded: bool = False,
        known_at: datetime | None = None,
    ) -> Sequence[TakenFile]:
        """Files whose period touches start to end (both included), oldest first; superseded ones only when asked.

        `known_at`: as it stood then: files, corrections and generations of later days are left out.
        """
        query = self._scope.select(usage_files)
        if start is not None:
            query = query.where(usage_files.c.period_end >= start)
        if end is not None:
            query = query.where(usage_files.c.period_start <= end)
        if source is not None:
            query = query.where(usage_files.c.source == source)
        if known_at is not None:
            query = query.where(usage_files.c.taken_in_at <= known_at)
        if not superseded:
            gone = self._scope.select(usage_files, usage_files.c.supersedes).where(
                usage_files.c.supersedes.is_not(None)
            )
            if known_at is not None:
                gone = gone.where(usage_files.c.taken_in_at <= known_at)
            query = query.where(usage_files.c.id.not_in(gone))
        ordered = query.order_by(usage_files.c.period_start, usage_files.c.taken_in_at, usage_files.c.id)
        return self._latest([_file(row) for row in self._scope.all(ordered)], known_at)

    def _latest(self, files: Sequence[TakenFile], known_at: datetime | None = None) -> list[TakenFile]:
        table = usage_rematches
        query = self._scope.select(table).where(table.c.file_id.in_([file.id for file in files]))
        if known_at is not None:
            query = query.where(table.c.at <= known_at)
        latest = {row.file_id: row for row in self._scope.all(query.order_by(table.c.generation))}
        return [
            replace(file, lake_path=row.lake_path, matched_rows=row.matched_rows)
            if (row := latest.get(file.id)) is not None
            else file
            for file in files
        ]

    def generations(self, file_id: str) -> int:
        """How often a file was matched again."""
        query = self._scope.select(usage_rematches).where(usage_rematches.c.file_id == file_id)
        return len(self._scope.all(query))

    def add_rematch(self, rematch: Rematch) -> None:
        """From now on the new generation of the file's rows counts."""
        self._scope.insert(usage_rematches, asdict(rematch))

    def lake_paths(self) -> frozenset[str]:
        """Every path of the lake that is recorded, of all generations; anything else there is an orphan."""
        files = self._scope.all(self._scope.select(usage_files, usage_files.c.lake_path))
        generations = self._scope.all(self._scope.select(usage_rematches, usage_rematches.c.lake_path))
        return frozenset(row.lake_path for row in (*files, *generations))

    def add_creations(self, creations: Sequence[Creation], told_in: str, at: datetime) -> int:
        """Record creations that are new; how many were. `told_in` is the SHA-256 of the report.

        Raises `UsageError` where one contradicts what was told before; nothing is then written.
        """
        fresh, contradictions = news(creations, {one.asset_id: one for one in self.creations()})
        if contradictions:
            raise UsageError("; ".join(contradictions[:5]) + "; settle it with the service before taking it in")
        rows = [
            {
                **asdict(one),
                "parents": list(one.parents),
                "unknown_parents": list(one.unknown_parents),
                "told_in": told_in,
                "told_at": at,
            }
            for one in fresh
        ]
        self._scope.insert(usage_creations, rows)
        return len(rows)

    def creations(self, service: str | None = None) -> Sequence[Creation]:
        query = self._scope.select(usage_creations)
        if service is not None:
            query = query.where(usage_creations.c.service == service)
        ordered = query.order_by(usage_creations.c.service, usage_creations.c.derivative_id)
        return [_creation(row) for row in self._scope.all(ordered)]

    def confirm_mapping(self, dialect: Dialect, by: str, at: datetime) -> None:
        """Keep a confirmed mapping; the newest of a name counts."""
        document = dialect.to_document()
        mapping_id = stable_id("map", digest(document), at.isoformat())
        row = {"id": mapping_id, "name": dialect.name, "document": document, "confirmed_by": by, "confirmed_at": at}
        self._scope.insert(usage_mappings, row)

    def mappings(self) -> Sequence[Dialect]:
        """The confirmed mappings, the newest of each name, by name."""
        rows = self._scope.all(self._scope.select(usage_mappings).order_by(usage_mappings.c.confirmed_at))
        newest = {row.name: Dialect.from_document(row.document) for row in rows}
        return [newest[name] for name in sorted(newest)]

    def save_source(self, source: Source, by: str, at: datetime) -> bool:
        """Keep a source, or the next version of it; False where it says what it said before."""
        versions = self._scope.all(self._scope.select(usage_sources).where(usage_sources.c.id == source.id))
        newest = max(versions, key=lambda row: row.version, default=None)
        document = source.to_document()
        if newest is not None and newest.document == document:
            return False
        row = {"id": source.id, "version": len(versions) + 1, "document": document}
        self._scope.insert(usage_sources, {**row, "recorded_by": by, "recorded_at": at})
        return True

    def sources(self) -> Sequence[Source]:
        """Those who report, by id, each as it was recorded last."""
        ordered = self._scope.select(usage_sources).order_by(usage_sources.c.id, usage_sources.c.version)
        newest = {row.id: Source.from_document(row.document) for row in self._scope.all(ordered)}
        return list(newest.values())

    def source(self, source_id: str) -> Source:
        """One of them. Raises `UsageError` where it is not recorded."""
        found = {one.id: one for one in self.sources()}
        if source_id not in found:
            known = ", ".join(found) or "none yet"
            raise UsageError(f"source {source_id!r} is not recorded (known: {known}); record it first")
        return found[source_id]

    def service_names(self) -> dict[str, str]:
        """Service → what people call it, from all sources."""
        return {service: name for source in self.sources() for service, name in source.called.items()}

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


def _creation(row: Row[Any]) -> Creation:
    fields = row._mapping
    values = {name: fields[name] for name in Creation.__dataclass_fields__}
    return Creation(
        **{**values, "parents": tuple(values["parents"]), "unknown_parents": tuple(values["unknown_parents"])}
    )


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
