"""How Alembic meets the database: on the connection of `ritornello.store.migrate`, in that one transaction."""

from __future__ import annotations

from alembic import context

from ritornello.store.database import load_tables
from ritornello.store.migrate import OPTIONS

connection = context.config.attributes["connection"]
# The tool that writes revisions looks at one room's tables at a time.
only = context.config.attributes.get("tables")
context.configure(
    connection=connection,
    target_metadata=load_tables(),
    transactional_ddl=True,
    include_object=lambda thing, name, kind, reflected, other: only is None or kind != "table" or name in only,
    **OPTIONS,
)
context.run_migrations()
