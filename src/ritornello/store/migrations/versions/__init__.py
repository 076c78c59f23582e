"""One revision per room and change, numbered; `tools/new_migration.py` writes them."""
