"""Facts about a maker, as a service signed them: subscriber, superfan, age, country, verified, banned.

A stranger's word about themselves counts for nothing here. What no valid claim says stays at the safe value: tier
everyone, age unknown, not verified. The claims are named in the request by hash, and so are kept with the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ritornello.consent.errors import ConsentError
from ritornello.consent.offers import instant_text, read_instant
from ritornello.consent.requests import Claim, Person
from ritornello.proof import canonical_json, sha256_hex
from ritornello.proof.signing import KeyRing, Signed, SigningError, TrustedKeys, verify

FORMAT = "ritornello-claim/1"
FACTS: Mapping[str, type] = {
    "tier": str,
    "country": str,
    "age": int,
    "guardian_signed": bool,
    "verified": bool,
    "banned": bool,
    "top_listening_permille": int,
    "following_days": int,
    "purchased": bool,
}


def claim(
    person: str, facts: Mapping[str, Any], ring: KeyRing, *, issuer: str, at: datetime, until: datetime
) -> Signed:
    """A service's statement about a person, good until a moment."""
    payload = {
        "expires": instant_text(until),
        "facts": dict(facts),
        "format": FORMAT,
        "issuer": issuer,
        "person": person,
    }
    return ring.sign(payload, at)


def read_claims(documents: object) -> list[Signed]:
    """Signed claims as they arrive: one document, or a list. Raises `ConsentError` naming the one that is none."""
    listed: Sequence[object] = documents if isinstance(documents, list) else [documents]
    read = []
    for place, document in enumerate(listed):
        try:
            if not isinstance(document, Mapping):
                raise SigningError(f"it is a {type(document).__name__}")
            signed = Signed.from_document(document)
            wrong = [name for name in ("expires", "facts", "format", "issuer", "person") if name not in signed.payload]
            if wrong or not isinstance(signed.payload["facts"], Mapping):
                raise SigningError(f"its payload lacks {', '.join(wrong) or 'facts'}")
            read_instant(signed.payload["expires"])
        except (SigningError, TypeError, ValueError) as error:
            mend = "fetch the claim from the service again"
            raise ConsentError.of(f"claims[{place}]", f"cannot be read: {error}", mend) from error
        read.append(signed)
    return read


def person_by(person: str, claims: Sequence[Signed], keys: Mapping[str, TrustedKeys], *, at: datetime) -> Person:
    """The maker as services describe them, each in its own name: what one signs for another counts for nothing.

    `keys`: service → the keys that its claims are signed with. Raises `ConsentError` as `person_of` does, and for a
    claim of a service whose keys are not on file.
    """
    trust = TrustedKeys(())
    for place, signed in enumerate(claims):
        issuer = signed.payload["issuer"]
        if issuer not in keys or not keys[issuer].keys:
            known = ", ".join(sorted(name for name, one in keys.items() if one.keys)) or "none"
            raise ConsentError.of(f"claims[{place}].issuer", f"{issuer!r} has no keys on file", f"known are {known}")
        if not verify(signed, keys[issuer]):
            told = f"is not signed by {issuer}: {verify(signed, keys[issuer]).value}"
            raise ConsentError.of(f"claims[{place}]", told, "fetch the claim from the service again")
        trust = trust | keys[issuer]
    return person_of(person, claims, trust, at=at)


def person_of(person: str, claims: Iterable[Signed], trust: TrustedKeys, *, at: datetime) -> Person:
    """The maker with every fact that a valid claim states; where claims differ, the newest counts, but a ban stays.

    Raises `ConsentError` for a claim that is forged, from an unknown key, about somebody else, or not readable. A claim
    that has expired is left out.
    """
    facts: dict[str, Any] = {}
    kept: list[Claim] = []
    banned = False
    for place, signed in enumerate(sorted(claims, key=lambda entry: entry.signed_at)):
        where = f"claims[{place}]"
        verdict = verify(signed, trust)
        if not verdict:
            raise ConsentError.of(where, verdict.value, "fetch the claim from the service again")
        payload = signed.payload
        if payload.get("format") != FORMAT or payload.get("person") != person:
            raise ConsentError.of(where, "is no claim about this person", "send the claims of the maker")
        if read_instant(payload["expires"]) <= at or signed.signed_at > at:
            continue
        for name, value in payload["facts"].items():
            if name not in FACTS or type(value) is not FACTS[name]:
                raise ConsentError.of(f"{where}.{name}", f"{value!r} is no such fact", f"known are {', '.join(FACTS)}")
            facts[name] = value
            kept.append(_kept(name, value, payload["issuer"], signed))
        banned = banned or payload["facts"].get("banned") is True
    return Person(person, **{**facts, "banned": banned}, claims=tuple(kept))


def _kept(name: str, value: object, issuer: str, signed: Signed) -> Claim:
    return Claim(name, str(value), issuer, signed.signed_at, sha256_hex(canonical_json(signed.to_document())))
