"""What the room needs stored: shares and edges that are only ever added to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from ritornello.catalogue.model import LineageEdge, OwnershipShare, RightType


class CatalogueRecords(Protocol):
    """The store of the catalogue, as its services use it."""

    def shares_of(self, asset_id: str, right_type: RightType | None = None) -> tuple[OwnershipShare, ...]:
        """All shares ever recorded for an asset, in the order of recording."""
        ...

    def add_shares(self, shares: Sequence[OwnershipShare]) -> None:
        """Append a sheet's shares; those that are there already stay as they are."""
        ...

    def ancestry(self, asset_ids: Iterable[str]) -> tuple[LineageEdge, ...]:
        """All edges from these assets upward, at any distance."""
        ...

    def edges_to_children(self, parent: str) -> tuple[LineageEdge, ...]:
        """The edges of the direct children of an asset."""
        ...

    def add_edges(self, edges: Sequence[LineageEdge], recorded_at: datetime) -> None:
        """Append the edges of one child; the very same once more are no change."""
        ...
