"""A licence is the decision frozen together with its reasons, and signed, so that anybody can check it offline.

It says what may be done, where, on which services, within which bounds, by whom, for which money, who owns and who
administers the new recording, and that the maker has signed the contribution agreement. The terms of every offer go
in by hash. Its public key travels inside, so that a stranger can tell "valid, but I do not know the signer" from
"forged".
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from ritornello.consent.bounds import PARTS, bounds_of
from ritornello.consent.codes import Outcome
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.money_form import money_of
from ritornello.consent.offers import Reply, instant_text, read_instant
from ritornello.proof import canonical_json, sha256_hex, stable_id
from ritornello.proof.signing import KeyRing, Signed, SigningError, TrustedKey, TrustedKeys, Verdict
from ritornello.proof.signing import verify as verify_signature

FORMAT = "ritornello-licence/1"
LIST_FORMAT = "ritornello-revocations/1"
_OPEN = datetime(1970, 1, 1, tzinfo=UTC)


class Ownership(StrEnum):
    """Who owns what the maker made."""

    HOUSE_OWNS = "house_owns"
    MAKER_LICENSES_BACK = "maker_licenses_back"
    MAKER_OWNS = "maker_owns"


@dataclass(frozen=True, slots=True)
class Contribution:
    """The maker's side (rules of the trade, 9): accepted when the licence is taken.

    `moral_rights` says per country whether the maker keeps or waives them; `guardian` signs for a minor.
    """

    ownership: Ownership
    own_work_warranty: bool
    accepted_at: datetime
    evidence_sha256: str
    moral_rights: Mapping[str, str] = field(default_factory=dict)
    guardian: str | None = None
    terms_version: str = "1"

    def to_document(self) -> dict[str, Any]:
        return {
            "accepted_at": instant_text(self.accepted_at),
            "evidence_sha256": self.evidence_sha256,
            "guardian": self.guardian,
            "moral_rights": dict(self.moral_rights),
            "own_work_warranty": self.own_work_warranty,
            "ownership": self.ownership.value,
            "terms_version": self.terms_version,
        }


@dataclass(frozen=True, slots=True)
class NewRecording:
    """Who owns the new recording and which owner administers it (also for a mash-up of two labels)."""

    owner: str
    administrator: str


def issue(
    decision: Decision,
    *,
    contribution: Contribution,
    new_recording: NewRecording,
    ring: KeyRing,
    at: datetime,
    expires: date | None = None,
    parts: Iterable[str] = PARTS,
) -> Signed:
    """Freeze and sign an allowed decision. The same decision, maker and day of expiry give the same licence id.

    Raises `ConsentError` where the decision does not allow everything that it was asked (its `nearest` may), where the
    maker's contribution is not complete, or where the licence would outlive an offer that it rests on.
    """
    last = _last_day(decision)
    ends = expires if expires is not None else last
    raise_any(_findings(decision, contribution, at, ends, last))
    payload = {
        "bounds": bounds_of(decision, parts).to_document(),
        "contribution": contribution.to_document(),
        "decision": decision.to_document(),
        "expires": None if ends is None else ends.isoformat(),
        "format": FORMAT,
        "id": licence_id(decision, ends),
        "issued_at": instant_text(at),
        "licensee": decision.request.person.id,
        "money": money_of(decision),
        "new_recording": {"administrator": new_recording.administrator, "owner": new_recording.owner},
        "parties": sorted({offer.holder for offer in decision.offers}),
        "scope": {
            "acts": list(decision.request.acts),
            "services": list(decision.request.services),
            "sources": list(decision.request.sources),
            "territories": str(decision.largest_scope),
            "types": list(decision.request.types),
        },
        "signer": {"public": _public_text(ring)},
        "terms": [
            {
                "holder": offer.holder,
                "offer": offer.id,
                "offer_sha256": offer.content_hash,
                "terms_sha256": offer.terms.sha256,
                "version": offer.version,
            }
            for offer in decision.offers
        ],
    }
    return ring.sign(payload, at)


def licence_id(decision: Decision, expires: date | None) -> str:
    """The id of the licence of a decision: taken twice, it is one licence."""
    request = decision.request
    scope = canonical_json(
        {
            "acts": sorted(request.acts),
            "offers": [offer.content_hash for offer in decision.offers],
            "services": sorted(request.services),
            "territories": str(request.territories),
        }
    )
    return stable_id("lic", request.subject, sha256_hex(scope), "" if expires is None else expires.isoformat())


class Status(StrEnum):
    """What a verifier may say of a licence."""

    TRUSTED = "Trusted"
    NOT_CHECKED = "Not checked for revocation"
    UNKNOWN_SIGNER = "Valid but unknown signer"
    EXPIRED = "Expired"
    REVOKED = "Revoked"
    INVALID = "Invalid"


@dataclass(frozen=True, slots=True)
class Verification:
    """The verifier's word and why; only `TRUSTED` is a plain yes."""

    status: Status
    because: str
    licence_id: str = ""

    def __bool__(self) -> bool:
        return self.status is Status.TRUSTED


@dataclass(frozen=True, slots=True)
class RevokedLicence:
    licence_id: str
    effective_from: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What the house publishes: numbered, signed, and good until `next_update`."""

    number: int
    issued_at: datetime
    next_update: datetime
    revoked: tuple[RevokedLicence, ...]

    def sign(self, ring: KeyRing) -> Signed:
        return ring.sign(
            {
                "format": LIST_FORMAT,
                "issued_at": instant_text(self.issued_at),
                "next_update": instant_text(self.next_update),
                "number": self.number,
                "revoked": [
                    {"effective_from": instant_text(r.effective_from), "licence": r.licence_id, "reason": r.reason}
                    for r in sorted(self.revoked, key=lambda r: (r.licence_id, r.effective_from))
                ],
            },
            self.issued_at,
        )

    @staticmethod
    def read(document: Mapping[str, Any], trust: TrustedKeys) -> RevocationList:
        """Read and verify a published list. Raises `ConsentError` where it is not one, or not from a trusted key."""
        try:
            signed = Signed.from_document(document)
            verdict = verify_signature(signed, trust)
            if not verdict:
                raise ConsentError.of("revocations", verdict.value, "fetch the list from the house that signed")
            payload = signed.payload
            if payload["format"] != LIST_FORMAT:
                raise ConsentError.of("revocations.format", f"is {payload['format']!r}", f"expected {LIST_FORMAT}")
            return RevocationList(
                number=payload["number"],
                issued_at=read_instant(payload["issued_at"]),
                next_update=read_instant(payload["next_update"]),
                revoked=tuple(
                    RevokedLicence(r["licence"], read_instant(r["effective_from"]), r["reason"])
                    for r in payload["revoked"]
                ),
            )
        except ConsentError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise ConsentError.of("revocations", f"cannot be read: {error}", "fetch the list again") from error


def verify(
    document: Mapping[str, Any], trust: TrustedKeys, *, at: datetime, revocations: RevocationList | None = None
) -> Verification:
    """Check a licence document offline, as of `at`.

    Worst first: forged or malformed; revoked; expired; from a signer who is not trusted; not checked for
    revocation (no list, or one past its next update); trusted.
    """
    try:
        signed = Signed.from_document(document)
        payload = signed.payload
        if payload["format"] != FORMAT:
            return Verification(Status.INVALID, f"format {payload['format']!r} is not {FORMAT}")
        name = str(payload["id"])
        public = base64.b64decode(payload["signer"]["public"], validate=True)
        inside = TrustedKeys((TrustedKey(public, _OPEN),))
        expires = None if payload["expires"] is None else date.fromisoformat(payload["expires"])
        if (why := _inconsistent(payload)) is not None:
            return Verification(Status.INVALID, why, name)
    except (AttributeError, KeyError, TypeError, ValueError, SigningError) as error:
        return Verification(Status.INVALID, f"it cannot be read as a licence: {error}")
    known = verify_signature(signed, trust)
    if known in (Verdict.BROKEN, Verdict.OUTSIDE_WINDOW, Verdict.REVOKED):
        return Verification(Status.INVALID, known.value, name)
    if known is Verdict.UNKNOWN_KEY and verify_signature(signed, inside) is not Verdict.TRUSTED:
        return Verification(Status.INVALID, Verdict.BROKEN.value, name)
    if revocations is not None:
        for entry in revocations.revoked:
            if entry.licence_id == name and entry.effective_from <= at:
                return Verification(Status.REVOKED, entry.reason or "revoked", name)
    if expires is not None and at.astimezone(UTC).date() >= expires:
        return Verification(Status.EXPIRED, f"it ended on {expires.isoformat()}", name)
    if known is Verdict.UNKNOWN_KEY:
        return Verification(Status.UNKNOWN_SIGNER, Verdict.UNKNOWN_KEY.value, name)
    if revocations is None:
        return Verification(Status.NOT_CHECKED, "the signature is good; no list of revocations was given", name)
    if at >= revocations.next_update:
        return Verification(Status.NOT_CHECKED, "the list of revocations is past its next update", name)
    return Verification(Status.TRUSTED, known.value, name)


def _inconsistent(payload: Mapping[str, Any]) -> str | None:
    """A signature covers what is written; this asks whether what is written is a licence at all."""
    decision = payload["decision"]
    plain = {name: value for name, value in decision.items() if name != "id"}
    if decision["id"] != stable_id("dec", sha256_hex(canonical_json(plain))):
        return "the decision inside does not belong to its id"
    if decision["outcome"] != Outcome.ALLOW.value:
        return "the decision inside does not allow what was asked"
    return None


def _findings(
    decision: Decision, contribution: Contribution, at: datetime, ends: date | None, last: date | None
) -> list[Finding]:
    found = []
    if decision.outcome is not Outcome.ALLOW:
        mend = "ask the holders" if decision.nearest is None else "license the nearest request that is allowed"
        found.append(Finding("decision", f"says {decision.outcome.value}, and only what is allowed is licensed", mend))
    if not contribution.own_work_warranty:
        found.append(Finding("contribution.own_work_warranty", "is not given", "the maker warrants their own work"))
    age = decision.request.person.age
    if age is not None and age < 18 and not contribution.guardian:
        found.append(Finding("contribution.guardian", "is missing", "a minor's guardian signs"))
    if contribution.accepted_at > at:
        found.append(Finding("contribution.accepted_at", "lies after the licence", "accept first, then license"))
    if len(contribution.evidence_sha256) != 64:
        found.append(Finding("contribution.evidence_sha256", "is no SHA-256", "give the hash of the acceptance"))
    if ends is not None and ends <= at.date():
        found.append(Finding("expires", f"{ends.isoformat()} has passed", "set a later day"))
    if ends is not None and last is not None and ends > last:
        found.append(
            Finding("expires", f"an offer behind it ends on {last.isoformat()}", "set it to that day or before")
        )
    if decision.request.at - at > timedelta(minutes=5):
        found.append(Finding("decision.at", "lies in the future", "decide again now"))
    return found


def _last_day(decision: Decision) -> date | None:
    ends = [o.valid_until for o in decision.offers if o.reply is Reply.GRANT and o.valid_until is not None]
    return min(ends, default=None)


def _public_text(ring: KeyRing) -> str:
    key = ring.trusted().find(ring.key_id)
    assert key is not None, "a ring lists the key that it signs with"
    return base64.b64encode(key.public).decode("ascii")
