"""One line of a statement followed back: the received rows, who owned what, the lineage, the licence, every consent.

Nothing here is worked out anew: a line names its evidence, and this story reads what stands behind each name. The rows
are added up again while they are read, so that a lake that was changed since is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from ritornello.royalty.wording import decimal, percent
from ritornello.statements.model import USAGE, Line, Statement, StatementError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.usage.rows import Behind, Place, rows_behind
from ritornello.workflows.run_facts import files_behind

MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Traced:
    """A line with all that stands behind it. `rows`: the first of them, `count` of all; `complete`: they add up to the
    line. The rest are documents, in the order from the money down to the consent."""

    statement: str
    payee: str
    line: Line
    rows: tuple[dict[str, Any], ...]
    count: int
    complete: bool
    sheets: tuple[dict[str, Any], ...]
    edges: tuple[dict[str, Any], ...]
    creations: tuple[dict[str, Any], ...]
    licences: tuple[dict[str, Any], ...]
    consents: tuple[dict[str, Any], ...]

    def document(self) -> dict[str, Any]:
        """As JSON values: amounts as exact text."""
        return {
            "statement": self.statement,
            "payee": self.payee,
            "line": self.line.document(),
            "rows": list(self.rows),
            "rows_in_all": self.count,
            "rows_add_up": self.complete,
            "sheets": list(self.sheets),
            "lineage": list(self.edges),
            "creations": list(self.creations),
            "licences": list(self.licences),
            "consents": list(self.consents),
        }


def trace(work: UnitOfWork, lake: Lake, statement: Statement, number: int, *, most: int | None = MOST_ROWS) -> Traced:
    """Follow one line back. `most`: how many rows are listed (None: all). Raises `StatementError` for no such line."""
    if not 1 <= number <= len(statement.lines):
        raise StatementError(f"statement {statement.id} has lines 1 to {len(statement.lines)}, not {number}")
    line = statement.lines[number - 1]
    run = next((one for one in work.royalty.runs() if one.digest == statement.run_digest), None)
    made_at = run.made_at if run is not None else None
    files = files_behind(work, statement.period_start, statement.period_end, made_at)
    behind = None
    if line.kind == USAGE:
        behind = rows_behind(lake, [one.lake_path for one in files], _place(line), limit=most)
    names = {one.sha256: one.name for one in files}
    lineage = work.catalogue.ancestry([line.asset]) if line.asset else ()
    assets = [line.asset, *(edge.parent for edge in lineage)]
    return Traced(
        statement=statement.id,
        payee=statement.payee,
        line=line,
        rows=tuple(_rows(behind, names)) if behind is not None else (),
        count=0 if behind is None else behind.count,
        complete=behind is None
        or (behind.units == line.units and Fraction(behind.amount_e10, 10**10) == line.source_amount),
        sheets=tuple(_sheets(work, line, assets)),
        edges=tuple(
            {
                "id": edge.id,
                "child": edge.child,
                "parent": edge.parent,
                "parent_title": _title(work, edge.parent),
                "right": edge.right_type.value,
                "share": str(edge.share),
                "licence": edge.licence_id,
            }
            for edge in lineage
            if edge.id in line.evidence.edges
        ),
        creations=tuple(
            {
                "service": one.service,
                "id": one.derivative_id,
                "type": one.type,
                "territory": one.territory,
                "made_at": one.created_at.isoformat(),
                "maker": one.maker,
            }
            for one in work.usage.creations()
            if one.asset_id in assets
        ),
        licences=tuple(_licences(work, line)),
        consents=tuple(_consents(work, line)),
    )


def _place(line: Line) -> Place:
    days = (date.fromisoformat(line.first_use), date.fromisoformat(line.last_use))
    return Place(line.asset, line.service, line.territory, line.flow, line.source_currency, *days)


def _rows(behind: Behind, names: dict[str, str]) -> Iterable[dict[str, Any]]:
    for one in behind.rows:
        yield {
            "file": names.get(one.file_sha256, ""),
            "sha256": one.file_sha256,
            "row": one.row_number,
            "used_on": one.use_date.isoformat(),
            "day_is_known": one.use_date_exact,
            "units": one.units,
            "amount": decimal(Fraction(one.amount_e10, 10**10)),
        }


def _sheets(work: UnitOfWork, line: Line, assets: list[str]) -> Iterable[dict[str, Any]]:
    recordings = work.catalogue.recordings(sorted(set(assets) - {""}))
    owned = [*assets, *(one for recording in recordings for one in recording.work_ids)]
    shares = {one.id: one for asset in owned if asset for one in work.catalogue.shares_of(asset)}
    for share in sorted(shares.values(), key=lambda one: (one.sheet_id, one.id)):
        if share.sheet_id in line.evidence.sheets:
            yield {
                "id": share.sheet_id,
                "asset": share.asset_id,
                "right": share.right_type.value,
                "party": share.party_id,
                "share": percent(share.share),
                "territories": str(share.territories),
                "source": share.source,
                "recorded_at": share.recorded_at.isoformat(),
            }


def _licences(work: UnitOfWork, line: Line) -> Iterable[dict[str, Any]]:
    for name in line.evidence.licences:
        signed = work.consent.licence(name)
        if signed is not None:
            payload = signed["payload"]
            yield {
                "id": name,
                "issued_at": payload["issued_at"],
                "licensee": payload["licensee"],
                "territories": payload["scope"]["territories"],
                "services": list(payload["scope"]["services"]),
                "decision": payload["decision"]["id"],
            }


def _consents(work: UnitOfWork, line: Line) -> Iterable[dict[str, Any]]:
    for told in line.evidence.offers:
        name, _, version = told.partition("@")
        offer = work.consent.offer(name, int(version) if version.isdigit() else None)
        if offer is not None:
            yield {
                "offer": name,
                "version": offer.version,
                "holder": offer.holder,
                "rights": sorted(offer.rights),
                "territories": str(offer.territories),
                "reply": offer.reply.value,
                "basis": offer.basis.value,
                "evidence": offer.evidence.how.value,
                "evidence_sha256": offer.evidence.sha256,
                "signed_by": offer.evidence.signer,
                "signed_at": offer.evidence.signed_at.isoformat(),
            }


def _title(work: UnitOfWork, asset: str) -> str:
    found = work.catalogue.recording(asset)
    return found.title if found is not None else asset
