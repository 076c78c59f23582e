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
from ritornello.ledger.model import Period, Posting, Transaction
from ritornello.ledger.service import close_period, open_period, post
from ritornello.messages.findings import Finding, errors
from ritornello.money import MICRO
from ritornello.proof import sha256_hex
from ritornello.royalty.opening_sheets import (
    PAYABLE,
    RESERVE,
    TOTALS,
    OpeningSheets,
    read,
    ties,
)
from ritornello.royalty.records import Opening
from ritornello.royalty.wording import decimal
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House
from ritornello.workflows.periods import PeriodProblem
from ritornello.workflows.rights_sheets import (
    assets_known,
    assets_of,
    bring_parties,
    bring_recordings,
    new_recordings,
    ownership_sheets,
    parties_known,
    party_of,
    recordings_known,
    terms_with,
)

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
        bring_parties(work, checked.sheets, at)
        bring_recordings(work, checked.sheets)
        for rows in ownership_sheets(work, checked.sheets, checked.assets, at):
            catalogue.record_sheet(work.catalogue, rows)
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
    new = new_recordings(work, found)
    assets = assets_of(work, found, new)
    files = ", ".join(name for name, _ in contents)
    findings += [*assets_known(found, assets, files), *parties_known(work, found, files)]
    findings += recordings_known(found, new, files)
    document, wrong = terms_with(work, found, opening.currency, assets, files)
    findings += wrong
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
