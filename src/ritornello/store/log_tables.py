"""The Merkle log at rest: leaves and signed tree heads, both written once.

The log belongs to the installation, since a head is worth the more the more people look at the same one. A leaf holds a
hash, what kind of record it is of, and that record's id: no name, no amount.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, UniqueConstraint

from ritornello.store.tables import Document, Id, Instant, shared_table
from ritornello.store.triggers import Trigger

log_leaves = shared_table(
    "log_leaves",
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("content_hash", String(64), nullable=False),
    Column("leaf_hash", String(64), nullable=False),
    Column("organisation", Id, nullable=False),
    Column("kind", Id, nullable=False),
    Column("reference", Id, nullable=False),
    Column("appended_at", Instant, nullable=False),
    UniqueConstraint("organisation", "kind", "reference"),
    CheckConstraint("length(content_hash) = 64 AND length(leaf_hash) = 64", name="hashes"),
    append_only=True,
)
Index("ix_log_leaves_content_hash", log_leaves.c.content_hash)

# The complete subtrees of the log: level h, place i covers the leaves i*2^h up to (i+1)*2^h. They follow from the
# leaves and are kept so that a proof reads as many rows as the tree is high, and not the whole log.
log_nodes = shared_table(
    "log_nodes",
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("node_hash", String(64), nullable=False),
    CheckConstraint("length(node_hash) = 64 AND level >= 1", name="node"),
    append_only=True,
)

log_heads = shared_table(
    "log_heads",
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", String(64), nullable=False),
    Column("signed", Document, nullable=False),
    Column("signed_at", Instant, nullable=False),
    append_only=True,
)

LOCK = "pg_advisory_xact_lock(hashtextextended('ritornello log', 0))"
"""One appender at a time; held until the transaction ends."""

_NEXT = "out of place: a leaf takes the next position of the log"

log_leaves.info["triggers"] = {
    "sqlite": [
        Trigger(
            "keep_log_leaves_next",
            "log_leaves",
            (
                f"""CREATE TRIGGER keep_log_leaves_next BEFORE INSERT ON log_leaves BEGIN
  SELECT RAISE(ABORT, '{_NEXT}') WHERE NEW.position <> (SELECT coalesce(max(position) + 1, 0) FROM log_leaves);
END""",
            ),
        )
    ],
    "postgresql": [
        Trigger(
            "keep_log_leaves_next",
            "log_leaves",
            (
                f"""CREATE OR REPLACE FUNCTION keep_log_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {LOCK};
  IF NEW.position <> (SELECT coalesce(max(position) + 1, 0) FROM log_leaves) THEN
    RAISE EXCEPTION '{_NEXT}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$""",
                "CREATE TRIGGER keep_log_leaves_next BEFORE INSERT ON log_leaves "
                "FOR EACH ROW EXECUTE FUNCTION keep_log_next()",
            ),
        )
    ],
}
