"""What sheets of rights say, held against the house and brought into it: parties, recordings, contracts, splits.

Moving in (`opening`) and what is registered later (`registering`) read the same sheets and share these steps. Nothing
here commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from ritornello.catalogue.model import OwnershipShare, Recording, RightType, ShareStatus, Work
from ritornello.catalogue.shares import ShareRow, sheet
from ritornello.messages.findings import Finding
from ritornello.people import service as people
from ritornello.people.model import PartyDetails, PartyKind
from ritornello.proof.ids import stable_id
from ritornello.royalty.documents import TermError
from ritornello.royalty.opening_sheets import COSTS, UNRECOUPED, OpeningSheets
from ritornello.royalty.terms_document import read_terms
from ritornello.store.unit_of_work import UnitOfWork

SYSTEM = "opening"
"""The source under which parties and shares of sheets are known: a later sheet goes before an earlier one."""


def party_of(work: UnitOfWork, reference: str) -> str:
    """Our party for a reference of the older system; a party that is registered here may be named by its id."""
    known = reference if reference.startswith("pty_") and work.people.party(reference) else ""
    return known or people.party_id_for(work.organisation, SYSTEM, reference)


def parties_known(work: UnitOfWork, found: OpeningSheets, files: str) -> list[Finding]:
    """An error for each party that is named and stands neither among the payees nor here."""
    named = {
        *(split.party for split in found.splits),
        *(balance.party for balance in found.balances),
        *(recording.artist for recording in found.recordings if recording.artist),
        *(contract["holder"] for contract in found.contracts),
        *(royalty["party"] for contract in found.contracts for royalty in contract["royalties"]),
    }
    brought = {payee.party for payee in found.payees}
    return [
        found.complaint("party", name, f"{name} stands in no row of the payees", files)
        for name in sorted(named - brought)
        if work.people.party(party_of(work, name)) is None
    ]


def assets_known(found: OpeningSheets, assets: Mapping[str, str], files: str) -> list[Finding]:
    """An error for each asset that is named and is neither in the sheets nor here."""
    return [
        found.complaint(
            "asset", name, f"{name} is no ISRC, ISWC or id of this catalogue; give it in a sheet of recordings", files
        )
        for name in sorted(_named_assets(found) - set(assets))
    ]


def recordings_known(found: OpeningSheets, new: Mapping[str, Recording], files: str) -> list[Finding]:
    """A warning for each recording that is here already."""
    return [
        found.complaint(
            "isrc", one.isrc, f"{one.isrc} is in the catalogue already and stays as it is", files, "warning"
        )
        for one in found.recordings
        if one.isrc not in new
    ]


def new_recordings(work: UnitOfWork, found: OpeningSheets) -> dict[str, Recording]:
    """The recordings that the sheets bring and the catalogue does not have, by ISRC."""
    known = {one.isrc for one in work.catalogue.recordings() if one.isrc}
    works = {one.iswc: one.id for one in work.catalogue.works() if one.iswc}
    return {
        one.isrc: Recording(
            stable_id("rec", SYSTEM, one.isrc),
            one.title,
            one.version or None,
            work_ids=(works.get(one.iswc) or stable_id("wrk", SYSTEM, one.iswc),) if one.iswc else (),
            isrc=one.isrc,
            main_artist=party_of(work, one.artist) if one.artist else "",
        )
        for one in found.recordings
        if one.isrc not in known
    }


def assets_of(work: UnitOfWork, found: OpeningSheets, new: Mapping[str, Recording]) -> dict[str, str]:
    """The asset that each name of the splits and contracts means: by ISRC, ISWC or id."""
    known = {one.id: one.id for one in work.catalogue.recordings()}
    known |= {one.isrc: one.id for one in work.catalogue.recordings() if one.isrc}
    known |= {isrc: one.id for isrc, one in new.items()}
    known |= {one.iswc: new[one.isrc].work_ids[0] for one in found.recordings if one.iswc and one.isrc in new}
    for one in work.catalogue.works():
        known[one.id] = one.id
        if one.iswc:
            known[one.iswc] = one.id
    plain = {name: name.upper().replace("-", "").replace(".", "") for name in _named_assets(found)}
    return {name: known.get(name) or known[bare] for name, bare in plain.items() if name in known or bare in known}


def _named_assets(found: OpeningSheets) -> set[str]:
    return {*(one.asset for one in found.splits), *(name for one in found.contracts for name in one.get("assets", ()))}


def terms_with(
    work: UnitOfWork,
    found: OpeningSheets,
    currency: str,
    assets: Mapping[str, str],
    files: str,
    since: date | None = None,
) -> tuple[dict[str, Any], list[Finding]]:
    """The next version of the terms, and what keeps it from being one. `files` are told where no row is meant;
    `since`: when advances and costs were paid that do not say it."""
    kept = work.royalty.terms()
    document: dict[str, Any] = dict(kept.document) if kept is not None else {"currency": currency}
    if document["currency"] != currency:
        told = f"the terms are in {document['currency']}, the opening in {currency}"
        return document, [Finding("opening", "error", told, files, field="contract")]
    contracts = {one["id"]: dict(one) for one in document.get("contracts", [])}
    wrong = []
    for one in found.contracts:
        if one["id"] in contracts:
            told = f"contract {one['id']} stands in the terms on file already"
            wrong.append(found.complaint("contract", one["id"], told, files))
        mine = {**one, "holder": party_of(work, one["holder"])}
        if one.get("assets"):
            mine["assets"] = [assets.get(name, name) for name in one["assets"]]
        mine["royalties"] = [
            {
                **royalty,
                "party": party_of(work, royalty["party"]),
                **({"within": party_of(work, royalty["within"])} if "within" in royalty else {}),
            }
            for royalty in one["royalties"]
        ]
        contracts[one["id"]] = mine
    general: dict[str, list[str]] = {}
    for name, contract in contracts.items():
        if not contract.get("assets"):
            general.setdefault(contract["holder"], []).append(name)
    brought = {one["id"] for one in found.contracts}
    wrong += [
        found.complaint(
            "contract",
            max(set(names) & brought, key=names.index),
            f"contracts {' and '.join(names)} have the same holder and are both about everything of it: only the first "
            "would ever hold; say in the column assets which recordings each is about",
            files,
        )
        for names in general.values()
        if len(names) > 1 and brought & set(names)
    ]
    for balance in found.balances:
        about = contracts.get(balance.contract)
        if about is None and balance.contract != "direct":
            told = f"{balance.kind} of {balance.party}: there is no contract {balance.contract}"
            wrong.append(found.complaint("contract", balance.contract, told, files))
        elif balance.kind in (UNRECOUPED, COSTS) and about is not None and balance.amount:
            about["recoupments"] = [
                *about.get("recoupments", []),
                {
                    "id": balance.id,
                    "kind": balance.recoupment,
                    "party": party_of(work, balance.party),
                    "outstanding": str(balance.amount),
                    "rate": str(balance.rate),
                    **({"since": str(balance.since or since)} if balance.since or since else {}),
                },
            ]
    payees = {one["party"]: dict(one) for one in document.get("payees", [])}
    for payee in found.payees:
        party = party_of(work, payee.party)
        mine = payees.get(party, {"party": party})
        if payee.minimum is not None:
            mine["minimum"] = str(payee.minimum)
        if payee.tax is not None:
            mine["withholding"] = [{"country": payee.tax[0], "rate": str(payee.tax[1])}]
        if len(mine) > 1:
            payees[party] = mine
    document |= {"contracts": list(contracts.values()), "payees": list(payees.values())}
    try:
        read_terms(document)
    except TermError as error:
        wrong.append(Finding("opening", "error", str(error), files, field="contract"))
    return document, wrong


def bring_parties(work: UnitOfWork, sheets: OpeningSheets, at: datetime) -> None:
    """Register whoever is new, and record what the sheets say of them; what they leave empty stays as it was."""
    for payee in sheets.payees:
        party = party_of(work, payee.party)
        known = work.people.party(party)
        people.register_party(work.people, party, known.kind if known is not None else PartyKind(payee.kind), at)
        told, sealed = payee.details, work.people.sealed(party)
        payout = {name: told[name] for name in ("iban", "bic") if name in told}
        before = sealed.details if sealed is not None else PartyDetails(party, told["name"])
        known_payout = dict(before.payout or {})
        details = replace(
            before,
            name=told["name"],
            email=told.get("email") or before.email,
            country=told.get("country") or before.country,
            payout={**known_payout, **payout} if "iban" not in payout else payout,
        )
        people.record_details(work.people, details, at)


def bring_recordings(work: UnitOfWork, sheets: OpeningSheets) -> None:
    """Put the recordings that are new here, with their works, into the catalogue."""
    works = {one.iswc for one in work.catalogue.works() if one.iswc}
    new = new_recordings(work, sheets)
    for one in sheets.recordings:
        recording = new.get(one.isrc)
        if recording is None:
            continue
        if one.iswc and one.iswc not in works:
            work.catalogue.save_work(Work(recording.work_ids[0], one.work or one.title, one.iswc))
            works.add(one.iswc)
        work.catalogue.save_recording(recording)


def ownership_sheets(
    work: UnitOfWork, sheets: OpeningSheets, assets: Mapping[str, str], at: datetime, *, agreed: bool = False
) -> list[tuple[OwnershipShare, ...]]:
    """The ownership sheets, one for each asset and right, that the splits are; `agreed` closes what others said."""
    status = ShareStatus.AGREED if agreed else ShareStatus.ASSERTED
    by_right: dict[tuple[str, str], list[ShareRow]] = {}
    for split in sheets.splits:
        row = ShareRow(party_of(work, split.party), split.share, split.territories, split.valid_from, split.valid_to)
        by_right.setdefault((assets[split.asset], split.right), []).append(row)
    return [
        sheet(asset, RightType(right), rows, recorded_at=at, source=SYSTEM, status=status)
        for (asset, right), rows in sorted(by_right.items())
    ]
