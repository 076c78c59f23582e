"""Ids: text with a prefix that tells the kind (`rec_…`, `lic_…`), random or derived from what they name.

A derived id makes a write idempotent: the same act, told twice, names the same record.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets

from ritornello.proof.canonical import canonical_json

_PREFIX = re.compile(r"[a-z]{2,8}")
_LETTERS = 26  # 130 bits, of which base32 of 128 random bits fills all but two


def random_id(prefix: str) -> str:
    """A new id with 128 random bits: `prefix_` and 26 letters of base32 in lower case."""
    return f"{_checked(prefix)}_{_letters(secrets.token_bytes(16))}"


def stable_id(prefix: str, *parts: str) -> str:
    """The id that these parts always give: from the SHA-256 of the canonical JSON of their list."""
    for part in parts:
        if not isinstance(part, str):
            raise TypeError(f"a part of a stable id is text, not {part!r} ({type(part).__name__})")
    return f"{_checked(prefix)}_{_letters(hashlib.sha256(canonical_json(list(parts))).digest())}"


def _letters(content: bytes) -> str:
    return base64.b32encode(content).decode("ascii").lower().rstrip("=")[:_LETTERS]


def _checked(prefix: str) -> str:
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"id prefix {prefix!r} must be two to eight lower-case letters")
    return prefix
