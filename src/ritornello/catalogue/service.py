"""The room's two acts that need what is stored: recording a sheet, and linking a derivative to its parents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.lineage import Graph, LineageRefusal
from ritornello.catalogue.model import LineageEdge, OwnershipShare
from ritornello.catalogue.pool import ChargeOnce
from ritornello.catalogue.ports import CatalogueRecords
from ritornello.catalogue.shares import same_statement


class LineageError(CatalogueError):
    """A derivative cannot be linked; `refusals` holds every reason."""

    def __init__(self, child: str, refusals: Sequence[LineageRefusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__(
            f"lineage of {child}",
            "; ".join(refusal.message for refusal in refusals),
            "change the parents or their shares before the licence is granted",
        )


def record_sheet(records: CatalogueRecords, sheet: Sequence[OwnershipShare]) -> tuple[OwnershipShare, ...]:
    """Append a sheet (from `shares.sheet`), unless its source's latest word says the same; returns what stands.

    So importing the same sheet again is no change, while a return to an older statement is a new version.
    """
    if len({(share.asset_id, share.right_type, share.source, share.sheet_id) for share in sheet}) != 1:
        raise CatalogueError(
            "sheet", "its shares are of several assets, rights, sources or sheets", "record each apart"
        )
    first = sheet[0]
    said = [share for share in records.shares_of(first.asset_id, first.right_type) if share.source == first.source]
    if said:
        latest = max(said, key=lambda share: (share.recorded_at, share.sheet_id)).sheet_id
        standing = tuple(share for share in said if share.sheet_id == latest)
        if same_statement(standing, sheet):
            return standing
    records.add_shares(sheet)
    return tuple(sheet)


def link(
    records: CatalogueRecords,
    child: str,
    edges: Sequence[LineageEdge],
    recorded_at: datetime,
    charge_once: ChargeOnce = False,
) -> None:
    """Write a derivative's lineage, once, after holding it against the graph. Raises `LineageError`.

    The same edges once more are no change.
    """
    above = records.ancestry([child, *(edge.parent for edge in edges)])
    graph = Graph([*above, *records.edges_to_children(child)])
    if refusals := graph.check_new(child, edges, charge_once):
        raise LineageError(child, refusals)
    if not graph.edges_of(child):
        records.add_edges(edges, recorded_at)
