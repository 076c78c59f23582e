"""Stories run on SQLite and on PostgreSQL; see `tests.databases` for what each fixture gives."""

from __future__ import annotations

from tests.databases import database_kind, databases, engine

__all__ = ["database_kind", "databases", "engine"]
