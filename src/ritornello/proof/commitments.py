"""Salted commitments: a record can point at personal data without holding it.

The append-only record keeps the commitment; the value and its salt lie in an erasable table. Whoever holds both can
show that they belong to the record. Once the salt is erased the commitment says nothing any more, and every hash and
proof over the record stays valid.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from ritornello.proof.canonical import canonical_json

SALT_BYTES = 32
_DOMAIN = b"ritornello commitment 1\x00"


def new_salt() -> bytes:
    """A salt of 32 random bytes; one for each value, since a shared salt would link equal values."""
    return secrets.token_bytes(SALT_BYTES)


def commit(value: Any, salt: bytes) -> str:
    """The commitment (64 hex digits) to any value that canonical JSON can write. The salt has exactly 32 bytes."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}; take one from new_salt()")
    return hashlib.sha256(_DOMAIN + salt + canonical_json(value)).hexdigest()


def opens(commitment: str, value: Any, salt: bytes) -> bool:
    """Whether this value and salt are what was committed to."""
    return hmac.compare_digest(commitment, commit(value, salt))
