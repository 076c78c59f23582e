"""A licence as its seal is shown: to whom, for what, within which bounds, and whether its signature holds now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ritornello.consent.events import EventKind, replay
from ritornello.consent.licence import RevocationList, verify
from ritornello.proof import canonical_json, sha256_hex
from ritornello.proof.signing import TrustedKeys
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import field_words as w
from ritornello.web.frames import Names
from ritornello.web.views import Fact, LicenceView
from ritornello.web.wording import hundredths, signed_cents, signed_permille

_STRUCTURES = {"keep": "stays", "extract": "parts may be left out", "reorder": "may change"}
_VOCALS = {"keep": "stays as it is", "remove": "may be taken out", "replace": "may be replaced", "any": "free"}
_SIDES = {"master": "the recording", "composition": "the song"}


def licence_view(
    work: UnitOfWork, document: Mapping[str, Any], names: Names, trust: TrustedKeys, now: datetime
) -> LicenceView:
    """The seal of one licence, verified as anybody could verify it: signature, revocations, last day."""
    payload = document["payload"]
    revoked = replay(work.consent.events(now, kinds=[EventKind.LICENCE_REVOKED]), now).revoked_licences
    known = RevocationList(len(revoked), now, now + timedelta(days=1), tuple(revoked))
    found = verify(document, trust, at=now, revocations=known)
    scope = payload["scope"]
    services = w.listed(map(names, scope["services"]))
    kinds = w.listed(w.an(w.words(kind, w.TYPES)) for kind in scope["types"])
    return LicenceView(
        id=payload["id"],
        licensee=names(payload["licensee"]),
        granted_at=datetime.fromisoformat(payload["issued_at"]),
        scope=f"{kinds}, {w.places(scope['territories'])}, on {services}",
        bounds=tuple(_bounds(payload["bounds"]) + _money(payload["money"], names(payload["licensee"]))),
        key_id=str(document["key_id"]),
        content_hash=sha256_hex(canonical_json(payload)),
        verified=bool(found),
        status="Signature holds, and it is not revoked" if found else w.sentence(found.because),
    )


def _bounds(bounds: Mapping[str, Any]) -> list[Fact]:
    low, high = bounds["lufs_lo_centi"], bounds["lufs_hi_centi"]
    return [
        Fact("Tempo", _range(signed_permille, bounds["tempo_lo_permille"], bounds["tempo_hi_permille"])),
        Fact("Key", _range(signed_cents, bounds["key_lo_cents"], bounds["key_hi_cents"])),
        Fact("Order", _STRUCTURES.get(bounds["structure"], bounds["structure"])),
        Fact("Voice", _VOCALS.get(bounds["vocals"], bounds["vocals"])),
        Fact("Of the original", f"at least {bounds['min_original_permille'] // 10} %"),
        Fact("Loudness", f"{hundredths(low, '')} to {hundredths(high, 'LUFS')}"),
    ]


def _range(said: Any, low: int, high: int) -> str:
    return f"{said(low)} to {said(high)}" if low != high else str(said(low))


def _money(money: Mapping[str, Any], maker: str) -> list[Fact]:
    """What the maker keeps (a fan share) or gives (a share to the parents), side by side."""
    keeps = money["form"] == "fan_share"
    name = "fan_share_permille" if keeps else "parent_share_permille"
    sides = [
        f"{side[name] // 10}.{side[name] % 10} % of {_SIDES.get(side['side'], side['side'])}".replace(".0 ", " ")
        for side in money["sides"]
    ]
    return [Fact(f"{maker} {'gets' if keeps else 'gives'}", w.listed(sides))] if sides else []
