"""The catalogue at rest: works, recordings, stems, releases, and the append-only shares and lineage."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Row, Select, Table, func

from ritornello.catalogue.lineage import Graph
from ritornello.catalogue.model import (
    Credit,
    LineageEdge,
    OwnershipShare,
    Recording,
    Release,
    RightType,
    Stem,
    Work,
)
from ritornello.identifiers.territories import TerritorySet
from ritornello.store.catalogue_tables import (
    credits,
    lineage_edges,
    ownership_shares,
    recording_works,
    recordings,
    release_recordings,
    releases,
    stems,
    works,
)
from ritornello.store.scope import Scope

MOST_IN_ONE_QUERY = 500
"""How many ids one IN list holds; longer ones are asked for in parts."""


@dataclass(frozen=True, slots=True)
class Family:
    """A recording with everything it came from and everything that came from it."""

    recordings: tuple[Recording, ...]
    edges: tuple[LineageEdge, ...]

    @property
    def graph(self) -> Graph:
        return Graph(self.edges)


class CatalogueStore:
    """One organisation's catalogue inside one transaction. Saving what is there already changes nothing."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    # Works, recordings, stems and releases: descriptions, saved whole under their id.

    def save_work(self, work: Work) -> None:
        self._save(works, work.id, _columns(work, works))
        self._save_list(credits, "asset_id", work.id, [_columns(credit, credits) for credit in work.writers])

    def work(self, work_id: str) -> Work | None:
        return next(iter(self._works(self._scope.select(works).where(works.c.id == work_id))), None)

    def works(self) -> tuple[Work, ...]:
        return self._works(self._scope.select(works).order_by(works.c.title, works.c.id))

    def work_by_iswc(self, iswc: str) -> Work | None:
        """The work with this ISWC (normal form); the first by id, should two records carry it."""
        return next(iter(self._works(self._scope.select(works).where(works.c.iswc == iswc).order_by(works.c.id))), None)

    def save_recording(self, recording: Recording) -> None:
        """Save a recording; its works must be saved before it."""
        self._save(recordings, recording.id, _columns(recording, recordings))
        self._save_list(credits, "asset_id", recording.id, [_columns(one, credits) for one in recording.performers])
        named = [{"work_id": work_id} for work_id in recording.work_ids]
        self._save_list(recording_works, "recording_id", recording.id, named)

    def recording(self, recording_id: str) -> Recording | None:
        return next(iter(self._recordings(recordings.c.id == recording_id)), None)

    def recording_by_isrc(self, isrc: str) -> Recording | None:
        return next(iter(self._recordings(recordings.c.isrc == isrc)), None)

    def recordings_by_samples(self, pcm_sha256: str) -> tuple[Recording, ...]:
        """The recordings whose decoded samples have this hash."""
        return self._recordings(recordings.c.pcm_sha256 == pcm_sha256)

    def recordings(self, recording_ids: Iterable[str] | None = None) -> tuple[Recording, ...]:
        """These recordings, or all, in the order of title and id."""
        if recording_ids is None:
            return self._recordings()
        found = [one for part in _parts(recording_ids) for one in self._recordings(recordings.c.id.in_(part))]
        return tuple(sorted(found, key=lambda recording: (recording.title, recording.id)))

    def recordings_of_work(self, work_id: str) -> tuple[Recording, ...]:
        named = self._scope.select(recording_works, recording_works.c.recording_id)
        return self._recordings(recordings.c.id.in_(named.where(recording_works.c.work_id == work_id)))

    def issued_isrcs(self, prefix: str) -> tuple[str, ...]:
        """The ISRCs of our recordings that begin with a registrant's prefix (five characters)."""
        asked = self._scope.select(recordings, recordings.c.isrc).where(recordings.c.isrc.startswith(prefix))
        return tuple(sorted(row.isrc for row in self._scope.all(asked)))

    def save_stem(self, stem: Stem) -> None:
        self._save(stems, stem.id, _columns(stem, stems))

    def stems_of(self, recording_id: str) -> tuple[Stem, ...]:
        asked = self._scope.select(stems).where(stems.c.recording_id == recording_id).order_by(stems.c.part)
        return tuple(Stem(**_values(row, Stem)) for row in self._scope.all(asked))

    def save_release(self, release: Release) -> None:
        """Save a release; its recordings must be saved before it."""
        self._save(releases, release.id, _columns(release, releases))
        named = [{"recording_id": recording_id} for recording_id in release.recording_ids]
        self._save_list(release_recordings, "release_id", release.id, named)

    def release(self, release_id: str) -> Release | None:
        return next(iter(self._releases(releases.c.id == release_id)), None)

    def release_by_upc(self, upc: str) -> Release | None:
        return next(iter(self._releases(releases.c.upc == upc)), None)

    def releases_of(self, recording_id: str) -> tuple[Release, ...]:
        named = self._scope.select(release_recordings, release_recordings.c.release_id)
        return self._releases(releases.c.id.in_(named.where(release_recordings.c.recording_id == recording_id)))

    def release_ids(self) -> Mapping[str, tuple[str, ...]]:
        """Recording id → the ids of its releases; a recording without a release has no entry."""
        found: dict[str, list[str]] = {}
        asked = self._scope.select(
            release_recordings, release_recordings.c.recording_id, release_recordings.c.release_id
        )
        for row in self._scope.all(asked.order_by(release_recordings.c.recording_id, release_recordings.c.release_id)):
            found.setdefault(row.recording_id, []).append(row.release_id)
        return {recording: tuple(ids) for recording, ids in found.items()}

    # Ownership shares: only ever added, and all of them read back, since the rules weigh sheets against each other.

    def add_shares(self, shares: Sequence[OwnershipShare]) -> None:
        """Append shares; those with an id that is there already stay as they are."""
        known = self._known_ids(ownership_shares, [share.id for share in shares])
        fresh = {share.id: share for share in shares if share.id not in known}
        self._scope.insert(
            ownership_shares,
            [{**_columns(share, ownership_shares), "territories": str(share.territories)} for share in fresh.values()],
        )

    def shares_of(self, asset_id: str, right_type: RightType | None = None) -> tuple[OwnershipShare, ...]:
        """All shares ever recorded for an asset, in the order of recording."""
        asked = self._scope.select(ownership_shares).where(ownership_shares.c.asset_id == asset_id)
        if right_type is not None:
            asked = asked.where(ownership_shares.c.right_type == right_type.value)
        return self._shares(asked)

    def all_shares(self, known_at: datetime | None = None) -> tuple[OwnershipShare, ...]:
        """The shares of all assets, as known at an instant (now, if not given)."""
        asked = self._scope.select(ownership_shares)
        if known_at is not None:
            asked = asked.where(ownership_shares.c.recorded_at <= known_at)
        return self._shares(asked)

    def shares_of_party(self, party_id: str) -> tuple[OwnershipShare, ...]:
        return self._shares(self._scope.select(ownership_shares).where(ownership_shares.c.party_id == party_id))

    def content_key(self, known_at: datetime) -> str:
        """A hash over what says who holds which recording: another whenever a credit, work, release or share is."""
        hashed = hashlib.sha256()
        rows = (
            (recordings, ("id", "kind", "main_artist", "label", "contains_third_party_samples")),
            (recording_works, ("recording_id", "work_id")),
            (works, ("id",)),
            (credits, ("asset_id", "position", "party_id", "role")),
            (release_recordings, ("release_id", "recording_id")),
        )
        for table, names in rows:
            columns = [table.c[name] for name in names]
            for row in self._scope.connection.execute(self._scope.select(table, *columns).order_by(*columns)):
                hashed.update(repr(tuple(row)).encode())
        # shares are append-only, so that their number says which they are
        shares = self._scope.select(ownership_shares, func.count(), func.max(ownership_shares.c.recorded_at))
        hashed.update(repr(self._scope.first(shares.where(ownership_shares.c.recorded_at <= known_at))).encode())
        return hashed.hexdigest()

    # Lineage: written once per child.

    def add_edges(self, edges: Sequence[LineageEdge], recorded_at: datetime) -> None:
        """Append all edges of one child, together. The database refuses a second time and a circle."""
        numbers = {parent: number for number, parent in enumerate(sorted({edge.parent for edge in edges}), 1)}
        self._scope.insert(
            lineage_edges,
            [
                {
                    **_columns(edge, lineage_edges),
                    "parent_number": numbers[edge.parent],
                    "recorded_at": recorded_at,
                }
                for edge in edges
            ],
        )

    def edges_of(self, child: str) -> tuple[LineageEdge, ...]:
        return self._edges(self._scope.select(lineage_edges).where(lineage_edges.c.child == child))

    def edges_to_children(self, parent: str) -> tuple[LineageEdge, ...]:
        return self._edges(self._scope.select(lineage_edges).where(lineage_edges.c.parent == parent))

    def all_edges(self, known_at: datetime | None = None) -> tuple[LineageEdge, ...]:
        """The lineage of all recordings, as known at an instant (now, if not given)."""
        asked = self._scope.select(lineage_edges)
        if known_at is not None:
            asked = asked.where(lineage_edges.c.recorded_at <= known_at)
        return self._edges(asked)

    def ancestry(self, asset_ids: Iterable[str]) -> tuple[LineageEdge, ...]:
        """All edges from these assets upward, at any distance."""
        return self._walk(asset_ids, lineage_edges.c.child, lineage_edges.c.parent)

    def descent(self, asset_ids: Iterable[str]) -> tuple[LineageEdge, ...]:
        """All edges from these assets downward, at any distance."""
        return self._walk(asset_ids, lineage_edges.c.parent, lineage_edges.c.child)

    def parents(self, recording_id: str) -> tuple[Recording, ...]:
        return self.recordings({edge.parent for edge in self.edges_of(recording_id)})

    def children(self, recording_id: str) -> tuple[Recording, ...]:
        return self.recordings({edge.child for edge in self.edges_to_children(recording_id)})

    def family(self, recording_id: str) -> Family:
        """The family tree: all ancestors and descendants, and whatever else the descendants came from."""
        below = self.descent([recording_id])
        above = self.ancestry([recording_id, *(edge.child for edge in below)])
        edges = {edge.id: edge for edge in (*above, *below)}
        members = {recording_id, *(end for edge in edges.values() for end in (edge.child, edge.parent))}
        return Family(
            recordings=self.recordings(members),
            edges=tuple(sorted(edges.values(), key=lambda edge: (edge.child, edge.parent, edge.right_type, edge.flow))),
        )

    # How rows become records and records become rows.

    def _walk(self, asset_ids: Iterable[str], near: Any, far: Any) -> tuple[LineageEdge, ...]:
        found: dict[str, LineageEdge] = {}
        for part in _parts(asset_ids):
            start = self._scope.select(lineage_edges, near.label("node")).where(near.in_(part))
            reached = start.cte("reached", recursive=True)
            step = self._scope.select(lineage_edges, far.label("node")).where(near == reached.c.node)
            reached = reached.union(step)
            edges = self._edges(self._scope.select(lineage_edges).where(near.in_(reached.select())))
            found |= {edge.id: edge for edge in edges}
        return tuple(found.values())

    def _works(self, asked: Select[Any]) -> tuple[Work, ...]:
        rows = self._scope.all(asked)
        writers = self._credits([row.id for row in rows])
        return tuple(Work(**{**_values(row, Work), "writers": writers.get(row.id, ())}) for row in rows)

    def _recordings(self, *where: Any) -> tuple[Recording, ...]:
        asked = self._scope.select(recordings).where(*where).order_by(recordings.c.title, recordings.c.id)
        rows = self._scope.all(asked)
        ids = [row.id for row in rows]
        performers = self._credits(ids)
        named = self._lists(recording_works, "recording_id", ids)
        return tuple(
            Recording(
                **{
                    **_values(row, Recording),
                    "work_ids": tuple(one.work_id for one in named.get(row.id, ())),
                    "performers": performers.get(row.id, ()),
                }
            )
            for row in rows
        )

    def _releases(self, *where: Any) -> tuple[Release, ...]:
        rows = self._scope.all(self._scope.select(releases).where(*where).order_by(releases.c.title, releases.c.id))
        named = self._lists(release_recordings, "release_id", [row.id for row in rows])
        return tuple(
            Release(
                **{**_values(row, Release), "recording_ids": tuple(one.recording_id for one in named.get(row.id, ()))}
            )
            for row in rows
        )

    def _shares(self, asked: Select[Any]) -> tuple[OwnershipShare, ...]:
        rows = self._scope.all(asked.order_by(ownership_shares.c.recorded_at, ownership_shares.c.id))
        return tuple(
            OwnershipShare(**{**_values(row, OwnershipShare), "territories": TerritorySet.parse(row.territories)})
            for row in rows
        )

    def _edges(self, asked: Select[Any]) -> tuple[LineageEdge, ...]:
        ordered = asked.order_by(lineage_edges.c.child, lineage_edges.c.parent, lineage_edges.c.right_type)
        return tuple(
            LineageEdge(**_values(row, LineageEdge)) for row in self._scope.all(ordered.order_by(lineage_edges.c.flow))
        )

    def _credits(self, asset_ids: Sequence[str]) -> dict[str, tuple[Credit, ...]]:
        listed = self._lists(credits, "asset_id", asset_ids)
        return {asset: tuple(Credit(**_values(row, Credit)) for row in rows) for asset, rows in listed.items()}

    def _lists(self, table: Table, owner: str, owner_ids: Iterable[str]) -> dict[str, list[Row[Any]]]:
        found: dict[str, list[Row[Any]]] = {}
        for part in _parts(owner_ids):
            asked = self._scope.select(table).where(table.c[owner].in_(part)).order_by(table.c.position)
            for row in self._scope.all(asked):
                found.setdefault(row._mapping[owner], []).append(row)
        return found

    def _save(self, table: Table, identity: str, values: Mapping[str, Any]) -> None:
        known = self._scope.first(self._scope.select(table).where(table.c.id == identity))
        if known is None:
            self._scope.insert(table, values)
        elif any(known._mapping[name] != value for name, value in values.items()):
            self._scope.connection.execute(self._scope.update(table).where(table.c.id == identity).values(**values))

    def _save_list(self, table: Table, owner: str, owner_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
        wanted = [{**row, owner: owner_id, "position": position} for position, row in enumerate(rows)]
        known = self._lists(table, owner, [owner_id]).get(owner_id, [])
        if [{name: row._mapping[name] for name in (wanted[0] if wanted else ())} for row in known] == wanted:
            return
        self._scope.connection.execute(self._scope.delete(table).where(table.c[owner] == owner_id))
        self._scope.insert(table, wanted)

    def _known_ids(self, table: Table, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for part in _parts(ids):
            asked = self._scope.select(table, table.c.id).where(table.c.id.in_(part))
            found.update(row.id for row in self._scope.all(asked))
        return found


def _columns(record: Any, table: Table) -> dict[str, Any]:
    """The record's fields that the table has columns for."""
    return {one.name: getattr(record, one.name) for one in fields(record) if one.name in table.c}


def _values(row: Row[Any], record: type[Any]) -> dict[str, Any]:
    """The row's columns that the record has fields for."""
    return {name: row[place] for name, place in _places(cast(Hashable, record), row._fields)}


@cache
def _places(record: Hashable, columns: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Which columns of such rows the record has fields for, and where they stand."""
    known = {one.name for one in fields(cast(Any, record))}
    return tuple((name, place) for place, name in enumerate(columns) if name in known)


def _parts(ids: Iterable[str]) -> Iterable[list[str]]:
    every = sorted(set(ids))
    return (every[start : start + MOST_IN_ONE_QUERY] for start in range(0, len(every), MOST_IN_ONE_QUERY))
