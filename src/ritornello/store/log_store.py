"""The log that anybody can check: what was recorded is in it, and nothing of it was ever rewritten.

A leaf's content is the SHA-256 of a record (a licence, a statement), 32 bytes; its place in the tree is hashed as RFC
9162 says (`ritornello.proof.merkle`). A signed head fixes everything before it. Whoever has a record and a head checks
an inclusion proof alone; whoever kept an older head checks that the newer one continues it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select, text

from ritornello.proof import merkle
from ritornello.proof.signing import KeyRing, Signed
from ritornello.store.log_tables import LOCK, log_heads, log_leaves, log_nodes
from ritornello.store.scope import Scope


class LogError(Exception):
    """The log is asked for something that would rewrite it, or that is not in it."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry: the hash (hex) of a record, what kind it is and which, and where it stands."""

    position: int
    content_hash: str
    organisation: str
    kind: str
    reference: str
    appended_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """A signed tree head: the root (hex) over the first `size` leaves."""

    size: int
    root: str
    signed: Signed


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The proof that a record is in the log: everything that `merkle.verify_inclusion` takes, and the signed head."""

    content_hash: str
    position: int
    path: tuple[str, ...]
    head: Head

    def holds(self) -> bool:
        """Whether the path leads from the record to the head's root (the signature is checked apart)."""
        path = [bytes.fromhex(part) for part in self.path]
        root = bytes.fromhex(self.head.root)
        content = bytes.fromhex(self.content_hash)
        return merkle.verify_inclusion(content, self.position, self.head.size, path, root)

    def to_document(self) -> dict[str, Any]:
        """As the JSON document that is handed out."""
        return {
            "content_hash": self.content_hash,
            "head": self.head.signed.to_document(),
            "path": list(self.path),
            "position": self.position,
        }


class LogStore:
    """The installation's log; what is appended is marked with the organisation that appends it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def append(self, kind: str, reference: str, content_hash: str, at: datetime) -> Leaf:
        """Append the hash of a record; the same again gives back the leaf that is there.

        Args:
            kind: what the record is ("statement", "licence", "closure").
            reference: the record's id, unique within organisation and kind.
            content_hash: SHA-256 of the record, 64 hexadecimal digits.
            at: when it is appended.

        Raises:
            LogError: the record is in the log with another hash, or the hash has no form of one.
        """
        if not re.fullmatch(r"[0-9a-f]{64}", content_hash):
            raise LogError(f"{kind} {reference}: {content_hash!r} is no SHA-256 in 64 hexadecimal digits")
        self._lock()
        known = self.leaf(kind, reference)
        if known is not None:
            if known.content_hash != content_hash:
                raise LogError(f"{kind} {reference} is in the log with another hash; what changed is a new record")
            return known
        leaf = Leaf(self.size(), content_hash, self._scope.organisation, kind, reference, at)
        self._scope.insert(
            log_leaves,
            {
                "position": leaf.position,
                "content_hash": content_hash,
                "leaf_hash": merkle.leaf_hash(bytes.fromhex(content_hash)).hex(),
                "organisation": leaf.organisation,
                "kind": kind,
                "reference": reference,
                "appended_at": at,
            },
        )
        closed = self._kept(leaf.position).closed_by(leaf.position, merkle.leaf_hash(bytes.fromhex(content_hash)))
        self._scope.insert(
            log_nodes, [{"level": level, "place": index, "node_hash": node.hex()} for level, index, node in closed]
        )
        return leaf

    def _lock(self) -> None:
        if self._scope.connection.dialect.name == "postgresql":
            self._scope.connection.execute(text(f"SELECT {LOCK}"))

    def size(self) -> int:
        """How many leaves there are."""
        # the database sees to it that the places have no gap, so the last one says how many there are
        last = self._scope.connection.execute(select(func.max(log_leaves.c.position))).scalar_one()
        return 0 if last is None else int(last) + 1

    def leaf(self, kind: str, reference: str) -> Leaf | None:
        """This organisation's leaf of a record."""
        row = self._scope.first(
            self._scope.select(log_leaves).where(
                log_leaves.c.organisation == self._scope.organisation,
                log_leaves.c.kind == kind,
                log_leaves.c.reference == reference,
            )
        )
        return None if row is None else _leaf(row)

    def leaf_by_hash(self, content_hash: str) -> Leaf | None:
        """The first leaf with this hash, whoever appended it (proofs by hash are open to all)."""
        query = self._scope.select(log_leaves).where(log_leaves.c.content_hash == content_hash)
        row = self._scope.first(query.order_by(log_leaves.c.position).limit(1))
        return None if row is None else _leaf(row)

    def _kept(self, size: int) -> merkle.KeptTree:
        """The tree over the first `size` leaves, read node by node."""

        def read(level: int, index: int) -> bytes | None:
            if level == 0:
                column, where = log_leaves.c.leaf_hash, log_leaves.c.position == index
            else:
                column = log_nodes.c.node_hash
                where = and_(log_nodes.c.level == level, log_nodes.c.place == index)
            found = self._scope.connection.execute(select(column).where(where)).scalar_one_or_none()
            return None if found is None else bytes.fromhex(found)

        return merkle.KeptTree(size, read)

    def tree(self, size: int | None = None) -> merkle.Tree:
        """The tree over the first `size` leaves (all, if not given)."""
        query = self._scope.select(log_leaves, log_leaves.c.leaf_hash).order_by(log_leaves.c.position)
        if size is not None:
            query = query.where(log_leaves.c.position < size)
        return merkle.Tree(bytes.fromhex(row.leaf_hash) for row in self._scope.all(query))

    # ── heads ──

    def sign_head(self, ring: KeyRing, at: datetime) -> Head:
        """Sign the log as it stands; where nothing was appended since, the newest head is given back."""
        self._lock()
        size = self.size()
        known = self.head(size)
        if known is not None:
            return known
        root = self._kept(size).root().hex()
        head = Head(size, root, ring.sign({"root": root, "size": size, "what": "ritornello tree head"}, at))
        self._scope.insert(
            log_heads, {"size": size, "root": root, "signed": head.signed.to_document(), "signed_at": at}
        )
        return head

    def head(self, size: int | None = None) -> Head | None:
        """The head of exactly this size, or the newest."""
        query = self._scope.select(log_heads)
        if size is not None:
            query = query.where(log_heads.c.size == size)
        row = self._scope.first(query.order_by(log_heads.c.size.desc()).limit(1))
        return None if row is None else _head(row)

    def heads(self) -> Sequence[Head]:
        """Every head, oldest first."""
        return [_head(row) for row in self._scope.all(self._scope.select(log_heads).order_by(log_heads.c.size))]

    # ── proofs ──

    def prove(self, content_hash: str) -> Inclusion | None:
        """The proof that a record is under the newest head; None where it is not (yet)."""
        head, leaf = self.head(), self.leaf_by_hash(content_hash)
        if head is None or leaf is None or leaf.position >= head.size:
            return None
        path = self._kept(head.size).inclusion_proof(leaf.position)
        return Inclusion(content_hash, leaf.position, tuple(part.hex() for part in path), head)

    def continues(self, first: int, second: int) -> tuple[str, ...]:
        """The proof (hex) that the head of size `first` is a beginning of the head of size `second`.

        Raises:
            LogError: the log has not that many leaves, or the order is wrong.
        """
        if not 0 <= first <= second <= self.size():
            raise LogError(f"a log of {self.size()} leaves cannot prove that {second} leaves continue {first}")
        return tuple(part.hex() for part in self._kept(second).consistency_proof(first))

    def disagreements(self) -> tuple[str, ...]:
        """The heads and nodes that are not those of the stored leaves: signs that the log was changed by force."""
        tree = self.tree()
        found = []
        for head in self.heads():
            if head.size > len(tree):
                found.append(f"head {head.size}: only {len(tree)} leaves are left")
            elif tree.root(head.size).hex() != head.root:
                found.append(f"head {head.size}: the leaves now give another root than the one that was signed")
        for row in self._scope.all(self._scope.select(log_nodes).order_by(log_nodes.c.level, log_nodes.c.place)):
            if tree.complete(row.level, row.place).hex() != row.node_hash:
                found.append(f"node {row.level}/{row.place}: the leaves below it now give another hash")
        return tuple(found)


def _leaf(row: Row[Any]) -> Leaf:
    return Leaf(row.position, row.content_hash, row.organisation, row.kind, row.reference, row.appended_at)


def _head(row: Row[Any]) -> Head:
    return Head(row.size, row.root, Signed.from_document(row.signed))
