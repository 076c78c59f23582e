"""Identifiers, packages and the records of the release gate at rest: given out once, written once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from ritornello.distribution.model import Allocation, Package, Sender
from ritornello.distribution.numbers import NumberError
from ritornello.distribution.open_points import PointRuling
from ritornello.distribution.release_checks import Hearing, Ruling
from ritornello.distribution.sample_gate import SampleFinding
from ritornello.identifiers.isrc import Registrant
from ritornello.proof.ids import stable_id
from ritornello.store.distribution_tables import (
    isrc_allocations,
    isrc_registrants,
    point_rulings,
    release_hearings,
    release_packages,
    release_rulings,
    release_senders,
)
from ritornello.store.scope import Scope


class DistributionStore:
    """One organisation's numbers and packages inside one transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def set_prefix(self, owner: str, prefix: str, since: datetime) -> None:
        """Put an owner's registrant prefix on file; the same once more is no change, and an earlier one comes back.

        Raises `NumberError` where another owner has the prefix: a registrant numbers its own recordings only.
        """
        prefix = Registrant(prefix).prefix
        if self.prefix_of(owner) == prefix:
            return
        row = self._scope.first(self._scope.select(isrc_registrants).where(isrc_registrants.c.prefix == prefix))
        if row is None:
            made = {"id": stable_id("reg", owner, prefix), "owner": owner, "prefix": prefix, "since": since}
            self._scope.insert(isrc_registrants, made)
        elif row.owner != owner:
            raise NumberError(f"the prefix {prefix} is {row.owner}'s; every registrant has a prefix of its own")
        else:
            again = self._scope.update(isrc_registrants).where(isrc_registrants.c.id == row.id)
            self._scope.connection.execute(again.values(since=since))

    def prefix_of(self, owner: str) -> str | None:
        """The owner's newest registrant prefix."""
        asked = self._scope.select(isrc_registrants).where(isrc_registrants.c.owner == owner)
        row = self._scope.first(asked.order_by(isrc_registrants.c.since.desc(), isrc_registrants.c.id))
        return None if row is None else str(row.prefix)

    def prefixes(self) -> Mapping[str, str]:
        """Every owner's newest registrant prefix."""
        rows = self._scope.all(self._scope.select(isrc_registrants).order_by(isrc_registrants.c.since))
        return {row.owner: str(row.prefix) for row in rows}

    def allocation(self, recording_id: str) -> Allocation | None:
        row = self._scope.first(
            self._scope.select(isrc_allocations).where(isrc_allocations.c.recording_id == recording_id)
        )
        return None if row is None else _allocation(row)

    def issued(self, prefix: str, year: int) -> Collection[str]:
        """All ISRCs given out from a prefix in a year."""
        asked = self._scope.select(isrc_allocations, isrc_allocations.c.isrc)
        rows = self._scope.all(asked.where(isrc_allocations.c.prefix == prefix, isrc_allocations.c.year == year))
        return frozenset(str(row.isrc) for row in rows)

    def add_allocation(self, allocation: Allocation) -> None:
        self._scope.insert(
            isrc_allocations,
            {
                "id": allocation.id,
                "recording_id": allocation.recording_id,
                "isrc": allocation.isrc,
                "prefix": allocation.prefix,
                "year": allocation.year,
                "allocated_at": allocation.allocated_at,
            },
        )

    def add_package(self, package: Package) -> bool:
        """Keep the record of a package; False where this very package is there already."""
        known = self._scope.select(release_packages).where(release_packages.c.id == package.id)
        if self._scope.first(known) is not None:
            return False
        self._scope.insert(
            release_packages,
            {
                "id": package.id,
                "recording_id": package.recording_id,
                "licence_id": package.licence_id,
                "destinations": list(package.destinations),
                "files": dict(package.files),
                "packed_at": package.packed_at,
            },
        )
        return True

    def packages_of(self, recording_id: str) -> Sequence[Package]:
        """All packages of a recording, oldest first."""
        asked = self._scope.select(release_packages).where(release_packages.c.recording_id == recording_id)
        rows = self._scope.all(asked.order_by(release_packages.c.packed_at, release_packages.c.id))
        return [_package(row) for row in rows]

    def add_hearing(self, hearing: Hearing) -> bool:
        """Keep what was heard at the gate; False where this very record is there already."""
        known = self._scope.select(release_hearings).where(release_hearings.c.id == hearing.id)
        if self._scope.first(known) is not None:
            return False
        self._scope.insert(
            release_hearings,
            {
                "id": hearing.id,
                "recording_id": hearing.recording_id,
                "licence_id": hearing.licence_id,
                "pcm_sha256": hearing.pcm_sha256,
                "declared": {name: dict(one) for name, one in hearing.declared.items()},
                "findings": [one.to_document() for one in hearing.findings],
                "heard_by": hearing.heard_by,
                "heard_at": hearing.heard_at,
            },
        )
        return True

    def hearings(self, recording_id: str | None = None) -> Sequence[Hearing]:
        """Everything that was heard at the gate, or of one derivative, oldest first."""
        asked = self._scope.select(release_hearings)
        if recording_id is not None:
            asked = asked.where(release_hearings.c.recording_id == recording_id)
        rows = self._scope.all(asked.order_by(release_hearings.c.heard_at, release_hearings.c.id))
        return [_hearing(row) for row in rows]

    def add_ruling(self, ruling: Ruling) -> bool:
        """Keep what a person ruled; False where this very record is there already."""
        known = self._scope.select(release_rulings).where(release_rulings.c.id == ruling.id)
        if self._scope.first(known) is not None:
            return False
        values = asdict(ruling)
        self._scope.insert(release_rulings, {"ruled_by": values.pop("by"), "ruled_at": values.pop("at"), **values})
        return True

    def rulings(self, recording_id: str | None = None) -> Sequence[Ruling]:
        """Everything that people ruled, or about one derivative, oldest first."""
        asked = self._scope.select(release_rulings)
        if recording_id is not None:
            asked = asked.where(release_rulings.c.recording_id == recording_id)
        rows = self._scope.all(asked.order_by(release_rulings.c.ruled_at, release_rulings.c.id))
        return [_ruling(row) for row in rows]

    def add_point_ruling(self, ruling: PointRuling) -> bool:
        """Keep what a person ruled about what could not be measured; False where this very record is there already."""
        known = self._scope.select(point_rulings).where(point_rulings.c.id == ruling.id)
        if self._scope.first(known) is not None:
            return False
        values = asdict(ruling)
        self._scope.insert(point_rulings, {"ruled_by": values.pop("by"), "ruled_at": values.pop("at"), **values})
        return True

    def point_rulings(self, recording_id: str) -> Sequence[PointRuling]:
        """Everything that people ruled about what could not be measured in one derivative, oldest first."""
        asked = self._scope.select(point_rulings).where(point_rulings.c.recording_id == recording_id)
        rows = self._scope.all(asked.order_by(point_rulings.c.ruled_at, point_rulings.c.id))
        return [
            PointRuling(
                row.id, row.recording_id, row.pcm_sha256, row.licence_id, row.term, row.told, bool(row.approves),
                row.ruled_by, row.ruled_at, row.reason,
            )
            for row in rows
        ]  # fmt: skip

    def add_sender(self, sender: Sender) -> None:
        """Put on file as whom the house sends from now on; what stood before is kept."""
        values = asdict(sender)
        values = {"set_by": values.pop("by"), "set_at": values.pop("at"), **values}
        made = {
            "id": stable_id("snd", self._scope.organisation, sender.dpid, sender.name, sender.at.isoformat()),
            **values,
        }
        self._scope.insert(release_senders, made)

    def senders(self) -> Sequence[Sender]:
        """As whom the house sent, the latest last."""
        rows = self._scope.all(self._scope.select(release_senders).order_by(release_senders.c.set_at))
        return [Sender(row.dpid, row.name, row.set_by, row.set_at) for row in rows]

    def package(self, package_id: str) -> Package | None:
        row = self._scope.first(self._scope.select(release_packages).where(release_packages.c.id == package_id))
        return None if row is None else _package(row)


def _hearing(row: Row[Any]) -> Hearing:
    findings = tuple(SampleFinding.from_document(one) for one in row.findings)
    return Hearing(
        row.id, row.recording_id, row.licence_id, row.pcm_sha256, dict(row.declared), findings, row.heard_by,
        row.heard_at,
    )  # fmt: skip


def _ruling(row: Row[Any]) -> Ruling:
    return Ruling(
        row.id, row.hearing_id, row.recording_id, row.pcm_sha256, row.code, row.original, bool(row.passes),
        row.ruled_by, row.ruled_at, row.reason,
    )  # fmt: skip


def _allocation(row: Row[Any]) -> Allocation:
    return Allocation(row.id, row.recording_id, row.isrc, row.prefix, row.year, row.allocated_at)


def _package(row: Row[Any]) -> Package:
    return Package(
        id=row.id,
        recording_id=row.recording_id,
        licence_id=row.licence_id,
        destinations=tuple(row.destinations),
        files=dict(row.files),
        packed_at=row.packed_at,
    )
