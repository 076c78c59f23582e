"""Secrets that open a door: session tokens, sign-in links and API keys, of which only a hash is ever stored.

Each is 256 random bits, so its hash is a plain SHA-256: nobody can try 2^256 guesses, and a slow password hash would
cost every request 50 ms and add nothing. The kind goes into the hash, so a stolen link cannot be used as a session.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from enum import Enum

_BYTES = 32


class Door(Enum):
    """What a secret opens, and how it begins, so that leaked ones can be recognised in logs and repositories."""

    SESSION = "rits"
    SIGN_IN = "ritl"
    API = "ritk"


def new_token(door: Door) -> str:
    """A new secret: the door's prefix, an underscore and 43 letters (256 random bits, base64url)."""
    return f"{door.value}_{secrets.token_urlsafe(_BYTES)}"


def hash_of(door: Door, token: str) -> str | None:
    """The hash (64 hex digits) under which the secret is stored; None where it is no secret for this door."""
    if not re.fullmatch(rf"{door.value}_[A-Za-z0-9_-]{{43}}", token):
        return None
    return hashlib.sha256(f"ritornello {door.name.lower()}\x00{token}".encode()).hexdigest()


def door_of(token: str) -> Door | None:
    """Which door the secret says it opens, by its prefix."""
    prefix = token.split("_", 1)[0]
    return next((door for door in Door if door.value == prefix), None)
