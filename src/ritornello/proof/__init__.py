"""What makes a record verifiable by someone else: canonical JSON, hashing, signing and the Merkle log.

A record is proven in three steps that need no trust in whoever keeps it: its bytes are fixed (canonical JSON, SHA-256),
someone answers for them (Ed25519 with a key id and a validity window), and nobody can later pretend that they were
never written (inclusion and consistency proofs of an append-only tree). The room does not know what it signs.
"""

from __future__ import annotations

from ritornello.proof.canonical import CanonicalError, canonical_json, digest, sha256_hex
from ritornello.proof.ids import random_id, stable_id

__all__ = ["CanonicalError", "canonical_json", "digest", "random_id", "sha256_hex", "stable_id"]
