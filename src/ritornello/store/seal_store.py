"""Sealing what is written once, and finding what was changed behind the database's back.

A seal lists the hash of every row of every append-only table that no earlier seal lists; its root goes into the log,
whose heads are signed. A row that a seal lists and that is no longer there was changed or taken away: in whatever
column, also in those that no other proof covers. Rows that came after the last seal wait for the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Table, Text, type_coerce
from sqlalchemy.types import TypeDecorator

from ritornello.proof import canonical_json, merkle, sha256_hex
from ritornello.proof.signing import TrustedKeys, verify
from ritornello.store.database import load_tables
from ritornello.store.log_store import LogStore
from ritornello.store.log_tables import log_heads, log_leaves
from ritornello.store.scope import Scope
from ritornello.store.seal_tables import sealed_rows, seals

LEAF = "seal"
_OWN = ("seals", "sealed_rows", "log_nodes")
"""Not listed in a seal: the seals themselves, and the log's nodes, which are held against their leaves."""


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal: its number in the organisation, how many rows it lists, and the root over their hashes (hex)."""

    number: int
    rows: int
    root: str
    sealed_at: datetime

    def hash(self) -> str:
        """The content hash of its leaf in the log."""
        document = {"number": self.number, "rows": self.rows, "root": self.root, "at": self.sealed_at.isoformat()}
        return sha256_hex(canonical_json(document))


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination found: complaints (none where all is as it was written), and how many rows it saw."""

    complaints: tuple[str, ...]
    rows: int
    unsealed: int


class SealStore:
    """One organisation's seals inside one transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def seals(self) -> list[Seal]:
        rows = self._scope.all(self._scope.select(seals).order_by(seals.c.number))
        return [Seal(row.number, row.rows, row.root, row.sealed_at) for row in rows]

    def seal(self, log: LogStore, at: datetime) -> Seal | None:
        """List every row that is not listed yet, and enter the root in the log; None where nothing is new.

        Rows of the log itself are listed as far as they are there; the seal's own entry is checked by what it says.
        """
        known = self._listed()
        fresh = sorted({(name, row_hash) for name, row_hash in self._rows() if row_hash not in known.get(name, {})})
        if not fresh:
            return None
        number = len(self.seals()) + 1
        made = Seal(number, len(fresh), _root(fresh), at.astimezone(UTC))
        self._scope.insert(seals, {"number": number, "rows": made.rows, "root": made.root, "sealed_at": made.sealed_at})
        self._scope.insert(sealed_rows, [{"table_name": name, "row_hash": one, "seal": number} for name, one in fresh])
        log.append(LEAF, f"seal_{number}", made.hash(), made.sealed_at)
        return made

    def examine(self, log: LogStore, trust: TrustedKeys) -> Examined:
        """Hold every row against the seals, the seals against the log, and the log against its signed heads."""
        complaints = [*log.disagreements(), *self._heads(log, trust)]
        by_seal: dict[int, list[tuple[str, str]]] = {}
        listed = self._listed()
        for name, hashes in listed.items():
            for row_hash, number in hashes.items():
                by_seal.setdefault(number, []).append((name, row_hash))
        known = self.seals()
        complaints += self._seals(known, by_seal)
        present: dict[str, set[str]] = {}
        count = 0
        for name, row_hash in self._rows():
            present.setdefault(name, set()).add(row_hash)
            count += 1
        for name, hashes in sorted(listed.items()):
            gone = len(hashes.keys() - present.get(name, set()))
            if gone:
                complaints.append(f"{name}: {gone} rows are not as they were sealed, or are gone")
        unsealed = sum(len(hashes - listed.get(name, {}).keys()) for name, hashes in present.items())
        return Examined(tuple(complaints), count, unsealed)

    def _seals(self, known: list[Seal], by_seal: dict[int, list[tuple[str, str]]]) -> Iterator[str]:
        leaves = {
            row.reference: row
            for row in self._scope.all(
                self._scope.select(log_leaves).where(
                    log_leaves.c.organisation == self._scope.organisation, log_leaves.c.kind == LEAF
                )
            )
        }
        if set(leaves) != {f"seal_{one.number}" for one in known} or set(by_seal) != {one.number for one in known}:
            yield "seals: the log tells of other seals than those that are here"
        for one in known:
            own = sorted(by_seal.get(one.number, []))
            leaf = leaves.get(f"seal_{one.number}")
            if len(own) != one.rows or _root(own) != one.root:
                yield f"seal {one.number}: the rows that it lists do not give its root"
            if leaf is None or (leaf.content_hash, leaf.appended_at) != (one.hash(), one.sealed_at):
                yield f"seal {one.number}: the log has another seal under this number"

    def _heads(self, log: LogStore, trust: TrustedKeys) -> Iterator[str]:
        for row in self._scope.all(self._scope.select(log_heads)):
            head = log.head(row.size)
            if head is None or not verify(head.signed, trust):
                yield f"head {row.size}: it is not signed by a key of this house"
            elif (dict(head.signed.payload), head.signed.signed_at) != (
                {"root": row.root, "size": row.size, "what": "ritornello tree head"},
                row.signed_at,
            ):
                yield f"head {row.size}: what was signed is another head than the one that stands here"
        for leaf in self._scope.all(self._scope.select(log_leaves)):
            if merkle.leaf_hash(bytes.fromhex(leaf.content_hash)).hex() != leaf.leaf_hash:
                yield f"entry {leaf.position} of the log: its hash is not that of its record"

    def _listed(self) -> dict[str, dict[str, int]]:
        """Table → hash of a row → the seal that lists it."""
        found: dict[str, dict[str, int]] = {}
        for row in self._scope.all(self._scope.select(sealed_rows)):
            found.setdefault(row.table_name, {})[row.row_hash] = row.seal
        return found

    def _rows(self) -> Iterator[tuple[str, str]]:
        """Table and hash of every row of this organisation that is written once, and of the log's heads."""
        for table in load_tables().sorted_tables:
            if not table.info.get("append_only") or table.name in _OWN:
                continue
            query = self._scope.select(table, *map(_raw, table.columns))
            if table.name == "log_leaves":  # an entry that is a seal is checked by what it says
                query = query.where(table.c.organisation == self._scope.organisation, table.c.kind != LEAF)
            names = [column.name for column in table.columns]
            for row in self._scope.connection.execute(query):
                yield table.name, _hash_of(table, dict(zip(names, row, strict=True)))


def _raw(column: Any) -> Any:
    """Documents and exact numbers as the text that stands in the database, so that each letter counts."""
    kind = column.type
    as_text = isinstance(kind, TypeDecorator) and isinstance(kind.impl_instance, Text)
    return type_coerce(column, Text).label(column.name) if as_text else column


def _hash_of(table: Table, values: dict[str, Any]) -> str:
    return sha256_hex(canonical_json([table.name, {name: _plain(value) for name, value in values.items()}]))


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else f"{type(value).__name__}:{value}"


def _root(rows: list[tuple[str, str]]) -> str:
    return merkle.root([f"{name} {row_hash}".encode() for name, row_hash in rows]).hex()
