"""Moving in from an older system by sheet: recordings, contracts, splits, payees, balances, costs; all or nothing.

What the older system states is announced first; from then on nothing runs until the sheets tie to it. A check writes
nothing. The commit writes everything in one transaction: parties and their details, recordings that are new here,
ownership sheets, a version of the terms, and one transaction of the books that is closed at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import Recording, RightType, Work
from ritornello.catalogue.shares import ShareRow, sheet
from ritornello.ledger.model import Period, Posting, Transaction
from ritornello.ledger.service import close_period, open_period, post
from ritornello.messages.findings import Finding, errors
from ritornello.money import MICRO
from ritornello.people import service as people
from ritornello.people.model import PartyDetails, PartyKind
from ritornello.proof import sha256_hex
from ritornello.proof.ids import stable_id
from ritornello.royalty.documents import TermError
from ritornello.royalty.opening_sheets import (
    COSTS,
    PAYABLE,
    RESERVE,
    TOTALS,
    UNRECOUPED,
    OpeningSheets,
    read,
    ties,
)
from ritornello.royalty.records import Opening
from ritornello.royalty.terms_document import read_terms
from ritornello.royalty.wording import decimal
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House
from ritornello.workflows.periods import PeriodProblem

SYSTEM = "opening"
"""The source under which parties and shares of the older system are known."""

Contents = Sequence[tuple[str, bytes]]
"""Files as they were sent: name and content, CSV or XLSX."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the sheets say, what is wrong with them, and whether they tie to what was stated."""

    sheets: OpeningSheets
    findings: tuple[Finding, ...]
    found: Mapping[str, Fraction]
    stated: Mapping[str, Fraction]
    open_points: tuple[str, ...]
    hashes: Mapping[str, str]
    terms: Mapping[str, Any]
    currency: str
    as_of: date
    assets: Mapping[str, str]
    committed: bool = False

    @property
    def refused(self) -> bool:
        return bool(errors(self.findings) or self.open_points)


def announce(
    house: House,
    organisation: str,
    as_of: date,
    currency: str,
    stated: Mapping[str, Fraction],
    at: datetime,
    by: str,
) -> Opening:
    """Record what the older system states; nothing runs until the sheets tie to it. Raises `PeriodProblem`."""
    unknown = sorted(set(stated) - set(TOTALS))
    if unknown or not stated:
        raise PeriodProblem(f"state totals of {', '.join(TOTALS)}; not of {', '.join(unknown) or 'nothing'}")
    opening = Opening(as_of, currency, dict(stated), None, {}, by, at)
    with house.work(organisation) as work:
        if any(
            one.found is not None and (one.as_of, one.currency) == (as_of, currency) for one in work.royalty.openings()
        ):
            raise PeriodProblem(f"the opening of {as_of} in {currency} is in the books; correct it by postings")
        work.royalty.add_opening(opening)
        work.commit()
    return opening


def waiting_opening(work: UnitOfWork) -> Opening | None:
    """The opening that was announced and is not brought in."""
    newest = {(one.as_of, one.currency): one for one in work.royalty.openings()}
    return next((one for one in newest.values() if one.found is None), None)


def check(house: House, organisation: str, sheets: Contents) -> Checked:
    """Hold the sheets against themselves, the catalogue, and what was announced; writes nothing.

    Raises `PeriodProblem` where nothing was announced.
    """
    with house.work(organisation, read_only=True) as work:
        return _check(work, sheets)


def commit(house: House, organisation: str, sheets: Contents, at: datetime, by: str) -> Checked:
    """Bring everything in, in one transaction; refused sheets come back with their findings and nothing is written."""
    with house.work(organisation) as work:
        checked = _check(work, sheets)
        if checked.refused:
            return checked
        _parties(work, checked, at)
        _recordings(work, checked)
        _shares(work, checked, at)
        work.royalty.add_terms(checked.terms, at, by)
        _books(work, checked, at, by)
        work.royalty.add_opening(
            Opening(checked.as_of, checked.currency, checked.stated, checked.found, checked.hashes, by, at)
        )
        work.commit()
    return replace(checked, committed=True)


def _check(work: UnitOfWork, contents: Contents) -> Checked:
    opening = waiting_opening(work)
    if opening is None:
        raise PeriodProblem("announce first what the older system states; the sheets are held against it")
    found = read(contents)
    findings = list(found.findings)
    new = _new_recordings(work, found)
    assets = _assets(work, found, new)
    files = ", ".join(name for name, _ in contents)
    for name in sorted(_named_assets(found) - set(assets)):
        message = f"{name} is no ISRC, ISWC or id of this catalogue; give it in a sheet of recordings"
        findings.append(Finding("opening", "error", message, files, field="asset", given=name))
    findings += _parties_known(work, found, files)
    findings += [
        Finding("opening", "warning", f"{one.isrc} is in the catalogue already and stays as it is", files, field="isrc")
        for one in found.recordings
        if one.isrc not in new
    ]
    document, wrong = _terms(work, found, opening.currency, assets)
    findings += [Finding("opening", "error", message, files, field="contract") for message in wrong]
    totals = found.totals()
    return Checked(
        found,
        tuple(findings),
        totals,
        opening.stated,
        ties(totals, opening.stated),
        {name: sha256_hex(content) for name, content in contents},
        document,
        opening.currency,
        opening.as_of,
        assets,
    )


def party_of(work: UnitOfWork, reference: str) -> str:
    """Our party for a reference of the older system; a party that is registered here may be named by its id."""
    known = reference if reference.startswith("pty_") and work.people.party(reference) else ""
    return known or people.party_id_for(work.organisation, SYSTEM, reference)


def _parties_known(work: UnitOfWork, found: OpeningSheets, files: str) -> list[Finding]:
    named = {
        *(split.party for split in found.splits),
        *(balance.party for balance in found.balances),
        *(recording.artist for recording in found.recordings if recording.artist),
        *(contract["holder"] for contract in found.contracts),
        *(royalty["party"] for contract in found.contracts for royalty in contract["royalties"]),
    }
    brought = {payee.party for payee in found.payees}
    return [
        Finding("opening", "error", f"{name} stands in no row of the payees", files, field="party", given=name)
        for name in sorted(named - brought)
        if work.people.party(party_of(work, name)) is None
    ]


def _new_recordings(work: UnitOfWork, found: OpeningSheets) -> dict[str, Recording]:
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


def _assets(work: UnitOfWork, found: OpeningSheets, new: Mapping[str, Recording]) -> dict[str, str]:
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


def _terms(
    work: UnitOfWork, found: OpeningSheets, currency: str, assets: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """The next version of the terms, and what keeps it from being one."""
    kept = work.royalty.terms()
    document: dict[str, Any] = dict(kept.document) if kept is not None else {"currency": currency}
    if document["currency"] != currency:
        return document, [f"the terms are in {document['currency']}, the opening in {currency}"]
    contracts = {one["id"]: dict(one) for one in document.get("contracts", [])}
    wrong = []
    for one in found.contracts:
        if one["id"] in contracts:
            wrong.append(f"contract {one['id']} stands in the terms on file already")
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
    wrong += [
        f"contracts {' and '.join(names)} have the same holder and are both about everything of it: only the first "
        "would ever hold; say in the column assets which recordings each is about"
        for names in general.values()
        if len(names) > 1 and {one["id"] for one in found.contracts} & set(names)
    ]
    for balance in found.balances:
        contract = contracts.get(balance.contract)
        if contract is None and balance.contract != "direct":
            wrong.append(f"{balance.kind} of {balance.party}: there is no contract {balance.contract}")
        elif balance.kind in (UNRECOUPED, COSTS) and contract is not None and balance.amount:
            contract["recoupments"] = [
                *contract.get("recoupments", []),
                {
                    "id": balance.id,
                    "kind": balance.recoupment,
                    "party": party_of(work, balance.party),
                    "outstanding": str(balance.amount),
                    "rate": str(balance.rate),
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
        wrong.append(str(error))
    return document, wrong


def _parties(work: UnitOfWork, checked: Checked, at: datetime) -> None:
    for payee in checked.sheets.payees:
        party = party_of(work, payee.party)
        known = work.people.party(party)
        people.register_party(work.people, party, known.kind if known is not None else PartyKind(payee.kind), at)
        told = payee.details
        payout = {name: told[name] for name in ("iban", "bic") if name in told}
        details = PartyDetails(party, told["name"], told.get("email"), country=told.get("country"), payout=payout)
        people.record_details(work.people, details, at)


def _recordings(work: UnitOfWork, checked: Checked) -> None:
    works = {one.iswc for one in work.catalogue.works() if one.iswc}
    new = _new_recordings(work, checked.sheets)
    for one in checked.sheets.recordings:
        recording = new.get(one.isrc)
        if recording is None:
            continue
        if one.iswc and one.iswc not in works:
            work.catalogue.save_work(Work(recording.work_ids[0], one.work or one.title, one.iswc))
            works.add(one.iswc)
        work.catalogue.save_recording(recording)


def _shares(work: UnitOfWork, checked: Checked, at: datetime) -> None:
    by_right: dict[tuple[str, str], list[ShareRow]] = {}
    for split in checked.sheets.splits:
        row = ShareRow(party_of(work, split.party), split.share, split.territories, split.valid_from, split.valid_to)
        by_right.setdefault((checked.assets[split.asset], split.right), []).append(row)
    for (asset, right), rows in sorted(by_right.items()):
        stated = sheet(asset, RightType(right), rows, recorded_at=at, source=SYSTEM)
        catalogue.record_sheet(work.catalogue, stated)


def _books(work: UnitOfWork, checked: Checked, at: datetime, by: str) -> None:
    """Payable and reserved balances as one transaction of a period of its own, closed at once."""
    period = f"opening-{checked.as_of}"
    postings = []
    for one in sorted(checked.sheets.balances, key=lambda balance: (balance.kind, balance.party, balance.contract)):
        if one.kind in (PAYABLE, RESERVE) and one.amount:
            account = f"{one.kind}:{party_of(work, one.party)}:{one.contract}"
            postings.append(Posting(account, int(one.amount * MICRO), {"opening": str(checked.as_of)}))
    if not postings:
        return
    total = sum(posting.micros for posting in postings)
    sheets = dict(sorted(checked.hashes.items()))
    postings.append(Posting(f"opening:{checked.as_of}", -total, {"opening": str(checked.as_of), "sheets": sheets}))
    open_period(work.ledger, Period(period, checked.as_of, checked.as_of + timedelta(days=1), at))
    post(
        Transaction.of(f"opening:{checked.as_of}:{checked.currency}", period, checked.currency, postings),
        work.ledger,
        at,
    )
    close_period(work.ledger, period, at, by)


def told(checked: Checked) -> dict[str, Any]:
    """What was checked, as a document."""
    return {
        "as_of": str(checked.as_of),
        "currency": checked.currency,
        "refused": checked.refused,
        "committed": checked.committed,
        "findings": [asdict(one) for one in checked.findings],
        "totals": {
            kind: {"sheets": decimal(checked.found.get(kind, Fraction(0))), "stated": decimal(amount)}
            for kind, amount in {**dict.fromkeys(TOTALS, Fraction(0)), **checked.stated}.items()
        },
        "open_points": list(checked.open_points),
        "recordings": len(checked.sheets.recordings),
        "contracts": len(checked.sheets.contracts),
        "splits": len(checked.sheets.splits),
        "payees": len(checked.sheets.payees),
        "balances": len(checked.sheets.balances),
    }
