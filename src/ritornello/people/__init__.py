"""Organisations, people, roles, keys, and the erasable personal details behind pseudonyms."""
