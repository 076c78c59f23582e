"""Signatures that say which key, and keys that are good for a time.

Ed25519 (RFC 8032). A key's id is derived from its public half, so a document cannot claim a key that it was not
signed with. What is signed is the canonical JSON of {algorithm, key_id, payload, signed_at}. A key ring rotates: the
newest key signs, older ones stay on the list that verifiers trust, each with the window in which it signed.

The time of a signature is the signer's own claim. A key that leaked after its window could claim an earlier time, which
is why such a key is *revoked*: from then on none of its signatures counts, unless the log shows that it is older.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ritornello.proof.canonical import CanonicalError, canonical_json

ALGORITHM = "Ed25519"


class SigningError(ValueError):
    """A key or signed document that cannot be read or used; the message says why."""


class Verdict(Enum):
    """What verification found. Only `TRUSTED` is a yes; the value is the sentence to show."""

    TRUSTED = "signed by a trusted key while it was valid"
    UNKNOWN_KEY = "signed by a key that is not on the list of trusted keys"
    OUTSIDE_WINDOW = "the key was not valid at the time of signing"
    REVOKED = "the key has been revoked"
    BROKEN = "the signature does not belong to this content"

    def __bool__(self) -> bool:
        return self is Verdict.TRUSTED


@dataclass(frozen=True, slots=True)
class Signed:
    """A payload with who signed it (by key id), when they say they did, and the signature (64 bytes)."""

    payload: Mapping[str, Any]
    key_id: str
    signed_at: datetime
    signature: bytes

    def signed_bytes(self) -> bytes:
        """The bytes under the signature."""
        return canonical_json(
            {
                "algorithm": ALGORITHM,
                "key_id": self.key_id,
                "payload": self.payload,
                "signed_at": _instant(self.signed_at),
            }
        )

    def to_document(self) -> dict[str, Any]:
        """As a JSON document that anybody can verify."""
        return {
            "algorithm": ALGORITHM,
            "key_id": self.key_id,
            "payload": dict(self.payload),
            "signature": base64.b64encode(self.signature).decode("ascii"),
            "signed_at": _instant(self.signed_at),
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Signed:
        """Read what `to_document` wrote; `SigningError` names the field that is missing or malformed."""
        _known(document, {"algorithm", "key_id", "payload", "signature", "signed_at"}, "signed document")
        if document["algorithm"] != ALGORITHM:
            raise SigningError(f"algorithm is {document['algorithm']!r}; this house signs with {ALGORITHM} only")
        if not isinstance(document["payload"], Mapping) or not isinstance(document["key_id"], str):
            raise SigningError("payload must be an object and key_id text")
        return Signed(
            payload=document["payload"],
            key_id=document["key_id"],
            signed_at=_read_instant(document["signed_at"], "signed_at"),
            signature=_read_base64(document["signature"], "signature", 64),
        )


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key (32 bytes) and its half-open window [valid_from, valid_until); None is open."""

    public: bytes
    valid_from: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def key_id(self) -> str:
        return key_id_of(self.public)

    def to_document(self) -> dict[str, Any]:
        return {
            "algorithm": ALGORITHM,
            "key_id": self.key_id,
            "public": base64.b64encode(self.public).decode("ascii"),
            "revoked_at": None if self.revoked_at is None else _instant(self.revoked_at),
            "valid_from": _instant(self.valid_from),
            "valid_until": None if self.valid_until is None else _instant(self.valid_until),
        }


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """The keys a verifier trusts; what the house publishes openly."""

    keys: tuple[TrustedKey, ...]

    def find(self, key_id: str) -> TrustedKey | None:
        return next((key for key in self.keys if key.key_id == key_id), None)

    def __or__(self, other: TrustedKeys) -> TrustedKeys:
        """Both lists; where both know a key, the narrower window and the earlier revocation hold."""
        merged = {key.key_id: key for key in self.keys}
        for key in other.keys:
            merged[key.key_id] = _narrower(merged[key.key_id], key) if key.key_id in merged else key
        return TrustedKeys(tuple(merged[key_id] for key_id in sorted(merged)))

    def to_document(self) -> dict[str, Any]:
        return {"keys": [key.to_document() for key in self.keys]}

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> TrustedKeys:
        _known(document, {"keys"}, "list of trusted keys")
        return TrustedKeys(tuple(_read_key(entry) for entry in document["keys"]))


@dataclass(frozen=True, slots=True)
class _Pair:
    private: Ed25519PrivateKey
    trusted: TrustedKey


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Private keys, oldest first; the last one signs. Rotating or revoking gives a new ring."""

    _pairs: tuple[_Pair, ...]

    @staticmethod
    def generate(at: datetime) -> KeyRing:
        """A ring with one new key, valid from `at`."""
        return KeyRing((_new_pair(at),))

    @property
    def key_id(self) -> str:
        """The id of the key that signs now."""
        return self._pairs[-1].trusted.key_id

    def sign(self, payload: Mapping[str, Any], at: datetime) -> Signed:
        """Sign a payload as of `at`; `SigningError` where the newest key is not valid then, or has been revoked."""
        pair = self._pairs[-1]
        if pair.trusted.revoked_at is not None:
            raise SigningError(f"key {self.key_id} has been revoked; rotate the ring before signing")
        if not _covers(pair.trusted, at):
            raise SigningError(f"key {self.key_id} is not valid at {_instant(at)}; rotate the ring before signing")
        unsigned = Signed(payload=payload, key_id=self.key_id, signed_at=at, signature=b"")
        return replace(unsigned, signature=pair.private.sign(unsigned.signed_bytes()))

    def rotate(self, at: datetime) -> KeyRing:
        """A new key from `at` on; the one before it ends there, and what it signed stays verifiable."""
        last = self._pairs[-1]
        if not last.trusted.valid_from < at:
            raise SigningError(
                f"the newest key is valid from {_instant(last.trusted.valid_from)}, not before the rotation"
            )
        ended = (
            last if last.trusted.valid_until is not None else _Pair(last.private, replace(last.trusted, valid_until=at))
        )
        return KeyRing((*self._pairs[:-1], ended, _new_pair(at)))

    def revoke(self, key_id: str, at: datetime) -> KeyRing:
        """Mark a key as leaked: none of its signatures counts any more."""
        if self.trusted().find(key_id) is None:
            raise SigningError(f"key {key_id} is not on this ring")
        return KeyRing(
            tuple(
                _Pair(pair.private, replace(pair.trusted, revoked_at=at)) if pair.trusted.key_id == key_id else pair
                for pair in self._pairs
            )
        )

    def trusted(self) -> TrustedKeys:
        """The public half, to be published."""
        return TrustedKeys(tuple(pair.trusted for pair in self._pairs))

    def save(self, path: Path, passphrase: bytes | None = None) -> None:
        """Write the ring to a file that only its owner may read (mode 600), replacing it whole or not at all."""
        locked: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        document = {
            "keys": [
                {
                    **pair.trusted.to_document(),
                    "private": pair.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked).decode("ascii"),
                }
                for pair in self._pairs
            ]
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    @staticmethod
    def load(path: Path, passphrase: bytes | None = None) -> KeyRing:
        """Read what `save` wrote; `SigningError` where it is damaged or the passphrase does not open it."""
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
            pairs = tuple(_read_pair(entry, passphrase) for entry in entries)
        except (KeyError, TypeError, ValueError) as error:
            raise SigningError(f"{path} is no key ring of ours, or the passphrase does not open it: {error}") from error
        if not pairs:
            raise SigningError(f"{path} holds no key")
        return KeyRing(pairs)


def key_id_of(public: bytes) -> str:
    """The id of a public key (32 raw bytes): `key_` and 26 letters of its SHA-256."""
    return "key_" + base64.b32encode(hashlib.sha256(public).digest()).decode("ascii").lower()[:26]


def verify(signed: Signed, trust: TrustedKeys) -> Verdict:
    """Hold a signed document against the trusted keys. The signature is checked before anything is believed."""
    key = trust.find(signed.key_id)
    if key is None:
        return Verdict.UNKNOWN_KEY
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed.signature, signed.signed_bytes())
    except (InvalidSignature, CanonicalError, ValueError):
        return Verdict.BROKEN
    if key.revoked_at is not None:
        return Verdict.REVOKED
    return Verdict.TRUSTED if _covers(key, signed.signed_at) else Verdict.OUTSIDE_WINDOW


def _new_pair(at: datetime) -> _Pair:
    private = Ed25519PrivateKey.generate()
    return _Pair(private, TrustedKey(_public_of(private), valid_from=_aware(at)))


def _public_of(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _covers(key: TrustedKey, at: datetime) -> bool:
    return key.valid_from <= _aware(at) and (key.valid_until is None or at < key.valid_until)


def _narrower(one: TrustedKey, other: TrustedKey) -> TrustedKey:
    ends = [end for end in (one.valid_until, other.valid_until) if end is not None]
    revoked = [at for at in (one.revoked_at, other.revoked_at) if at is not None]
    return TrustedKey(
        public=one.public,
        valid_from=max(one.valid_from, other.valid_from),
        valid_until=min(ends, default=None),
        revoked_at=min(revoked, default=None),
    )


def _read_pair(entry: Mapping[str, Any], passphrase: bytes | None) -> _Pair:
    trusted = _read_key({name: value for name, value in entry.items() if name != "private"})
    private = load_pem_private_key(entry["private"].encode("ascii"), passphrase)
    if not isinstance(private, Ed25519PrivateKey) or _public_of(private) != trusted.public:
        raise SigningError(f"the private key of {trusted.key_id} is another one than its public key")
    return _Pair(private, trusted)


def _read_key(entry: Mapping[str, Any]) -> TrustedKey:
    _known(entry, {"algorithm", "key_id", "public", "revoked_at", "valid_from", "valid_until"}, "trusted key")
    key = TrustedKey(
        public=_read_base64(entry["public"], "public", 32),
        valid_from=_read_instant(entry["valid_from"], "valid_from"),
        valid_until=None if entry["valid_until"] is None else _read_instant(entry["valid_until"], "valid_until"),
        revoked_at=None if entry["revoked_at"] is None else _read_instant(entry["revoked_at"], "revoked_at"),
    )
    if key.key_id != entry["key_id"] or entry["algorithm"] != ALGORITHM:
        raise SigningError(f"key_id {entry['key_id']!r} does not belong to its public key, which has {key.key_id}")
    return key


def _known(document: Mapping[str, Any], fields: set[str], what: str) -> None:
    if missing := sorted(fields - set(document)):
        raise SigningError(f"the {what} lacks {', '.join(missing)}")
    if extra := sorted(set(document) - fields):
        raise SigningError(f"the {what} has {', '.join(extra)}, which no signature covers")


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise SigningError(f"the instant {at.isoformat()} has no time zone; give it in UTC")
    return at


def _instant(at: datetime) -> str:
    return _aware(at).astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _read_instant(text: Any, field: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise SigningError(f"{field} is {text!r}, not an ISO 8601 instant such as 2026-01-31T12:00:00Z") from None
    return _aware(at).astimezone(UTC)


def _read_base64(text: Any, field: str, length: int) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise SigningError(f"{field} is no base64 text") from None
    if len(content) != length:
        raise SigningError(f"{field} has {len(content)} bytes, not {length}")
    return content
