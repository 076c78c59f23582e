"""Facts about a maker, as a service signed them: subscriber, superfan, age, country, verified, banned.

A stranger's word about themselves counts for nothing here. What no valid claim says stays at the safe value: tier
everyone, age unknown, not verified. The claims are named in the request by hash, and so are kept with the decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ritornello.consent.errors import ConsentError
from ritornello.consent.offers import instant_text, read_instant
from ritornello.consent.requests import Claim, Person
from ritornello.proof import canonical_json, sha256_hex
from ritornello.proof.signing import KeyRing, Signed, TrustedKeys, verify

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
