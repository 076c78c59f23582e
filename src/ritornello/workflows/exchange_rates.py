"""Rates of exchange of reports: which each is valued at, which are missing, and fixing one after the fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from ritornello.royalty.terms import Rate
from ritornello.royalty.terms_document import read_terms
from ritornello.royalty.wording import decimal
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.model import Exchange, TakenFile, UsageError
from ritornello.workflows.house import House
from ritornello.workflows.periods import named
from ritornello.workflows.run_facts import standing

BASE = "EUR"
"""The currency of a house that has recorded no terms yet."""


@dataclass(frozen=True, slots=True)
class Valued:
    """What one file reports in one foreign currency, and the rate that a run values it at (None: it has none).

    `rate` in units of the house's currency for one of `currency`; `fixed`: it belongs to this file alone, on its
    receipt or by a later act; otherwise it is the terms' rate for everything in the currency.
    """

    file: TakenFile
    currency: str
    total: Fraction
    rate: Fraction | None
    day: date | None
    provider: str
    fixed: bool


def house_currency(work: UnitOfWork) -> str:
    """The currency that the house settles in: that of its terms."""
    kept = work.royalty.terms()
    return BASE if kept is None else str(kept.document["currency"])


def valued(work: UnitOfWork, files: Sequence[TakenFile]) -> list[Valued]:
    """Every foreign currency of the files with its rate, in the order of the files. Without terms nothing is foreign
    yet: what the house settles in is not known."""
    kept = work.royalty.terms()
    if kept is None:
        return []
    terms = read_terms(kept.document)
    by_id = {file.id: file for file in files}
    own = {(content, rate.currency): rate for rate in terms.rates for content in rate.files}
    general = {rate.currency: rate for rate in terms.rates if not rate.files}
    found = []
    for receipt in work.usage.receipts(list(by_id)):
        if receipt.currency == terms.currency:
            continue
        file, told = by_id[receipt.file_id], receipt.exchange
        rate: Rate | Exchange | None = own.get((file.sha256, receipt.currency))
        if rate is None and told is not None and told.target == terms.currency:
            rate = told
        fixed = rate is not None
        rate = rate or general.get(receipt.currency)
        day = None if rate is None else rate.day if isinstance(rate, Exchange) else rate.date
        found.append(
            Valued(
                file,
                receipt.currency,
                Fraction(receipt.total_e10, 10**10),
                None if rate is None else rate.rate,
                day,
                "" if rate is None else rate.provider,
                fixed,
            )
        )
    return sorted(found, key=lambda one: (list(by_id).index(one.file.id), one.currency))


def missing(work: UnitOfWork) -> list[Valued]:
    """What no run can value: reports that count, in a foreign currency without a rate."""
    return [one for one in valued(work, work.usage.files()) if one.rate is None]


def fix_rates(
    house: House, organisation: str, file_id: str, rates: Mapping[str, Exchange], at: datetime, by: str
) -> tuple[TakenFile, tuple[str, ...]]:
    """Fix rates of exchange on a report that is taken in: a version of the terms that names its content.

    They go before the rates that came with the report, so that a wrong one is corrected in the same way. Gives the file
    and the periods in the books that it counts in: run again, they post the difference. Raises `UsageError` for an
    unknown file, a currency that is not in it, or terms of another currency.
    """
    with house.work(organisation) as work:
        file, kept = work.usage.file(file_id), work.royalty.terms()
        if file is None:
            raise UsageError(f"there is no report {file_id}; `usage files` lists them")
        if kept is None:
            raise UsageError("there are no contract terms on file, so no currency to pay in; record them first")
        newer = next((one for one in work.usage.files() if one.supersedes == file_id), None)
        if newer is not None:
            raise UsageError(f"{file.name} no longer counts, {newer.id} corrects it; fix the rate on that one")
        document = dict(kept.document)
        reported = {one.currency for one in work.usage.receipts([file_id])}
        _refuse_strangers(file, document, reported, rates)
        before = [
            one
            for one in document.get("fx", [])
            if not (one["currency"] in rates and list(one.get("files", [])) == [file.sha256])
        ]
        document["fx"] = before + [
            {
                "currency": currency,
                "rate": exact_text(one.rate),
                "basis": "reported",
                "date": one.day.isoformat(),
                "provider": one.provider,
                "files": [file.sha256],
            }
            for currency, one in sorted(rates.items())
        ]
        read_terms(document)
        work.royalty.add_terms(document, at, by)
        periods = {run.period for run in standing(work) if named(run.period).start <= file.period_end}
        again = tuple(sorted(one for one in periods if file.period_end < named(one).end))
        work.commit()
    return file, again


def exact_text(rate: Fraction) -> str:
    """A rate as decimal text, or as a fraction where no ten decimals hold it: it must read back as the same number."""
    text = decimal(rate)
    return str(rate) if text.endswith("…") else text


def _refuse_strangers(
    file: TakenFile, document: Mapping[str, Any], reported: set[str], rates: Mapping[str, Exchange]
) -> None:
    wrong = [] if rates else ["no rate was given"]
    strange = sorted(set(rates) - reported)
    if strange:
        wrong.append(f"{file.name} reports no {', '.join(strange)}; it reports {', '.join(sorted(reported))}")
    into = sorted({one.target for one in rates.values()} - {document["currency"]})
    if into:
        wrong.append(f"the terms are in {document['currency']}, the rates are into {', '.join(into)}")
    if wrong:
        raise UsageError("; ".join(wrong))
