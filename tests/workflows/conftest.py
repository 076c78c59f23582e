"""Stories run on SQLite and on PostgreSQL; see `tests.databases` for what each fixture gives."""

from __future__ import annotations

from tests.databases import database_kind, databases, engine
from tests.object_store import bucket, object_store

__all__ = ["bucket", "database_kind", "databases", "engine", "object_store"]
