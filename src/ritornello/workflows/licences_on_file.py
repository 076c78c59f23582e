"""The licences of a maker that stand: verified against the house's keys and its revocations at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ritornello.consent.events import replay
from ritornello.consent.licence import RevocationList, RevokedLicence, Status, Verification, verify
from ritornello.consent.requests import words_named
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof.signing import Signed
from ritornello.workflows.house import House


def licences_for(
    house: House,
    organisation: str,
    maker: str,
    sources: tuple[str, ...],
    types: tuple[str, ...],
    territories: TerritorySet,
    at: datetime,
    words_sha256: str = "",
) -> list[Signed]:
    """The maker's licences that stand at `at`, in all of `territories`, for these sources and at least these types.

    One that was granted for words of the maker's serves those words alone (`words_sha256`, "" for none).
    """
    with house.work(organisation, read_only=True) as work:
        documents = list(work.consent.licences_of_maker(maker))
        revoked = replay(work.consent.events(at), at).revoked_licences
    found = []
    for document in documents:
        scope = document["payload"]["scope"]
        if set(scope["sources"]) != set(sources) or not set(types) <= set(scope["types"]) or not types:
            continue
        if not TerritorySet.parse(scope["territories"]).covers(territories):
            continue
        if words_named(document["payload"]["decision"]["request"]) != words_sha256:
            continue
        if _verified(house, document, revoked, at).status is Status.TRUSTED:
            found.append(Signed.from_document(document))
    return found


def stands(house: House, organisation: str, licence: Mapping[str, Any], at: datetime) -> str | None:
    """Why a licence does not stand at `at` (revoked, ended, forged); None where it does."""
    with house.work(organisation, read_only=True) as work:
        revoked = replay(work.consent.events(at), at).revoked_licences
    told = _verified(house, licence, revoked, at)
    return None if told.status is Status.TRUSTED else f"the licence does not stand: {told.status}, {told.because}"


def _verified(
    house: House, licence: Mapping[str, Any], revoked: Iterable[RevokedLicence], at: datetime
) -> Verification:
    every = tuple(revoked)
    current = RevocationList(len(every), at, at + timedelta(days=1), every)
    return verify(licence, house.keys(at).trusted(), at=at, revocations=current)
