"""The history of the tables, one revision per change; `ritornello.store.migrate.upgrade` applies it."""
