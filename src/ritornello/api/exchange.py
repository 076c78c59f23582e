"""Rates of exchange of reports, for programs: which each is valued at, which are missing, fixing one after the fact."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.money import refusals
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.royalty.wording import decimal
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.exchange import rates_of
from ritornello.usage.model import Exchange, UsageError
from ritornello.workflows import exchange_rates

router = APIRouter(prefix="/api/v1/usage", tags=["usage"])

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_MONEY, Capability.TAKE_IN_USAGE))]
Runs = Annotated[Identity, Depends(allowed(Capability.RUN_ROYALTIES))]


@router.get("/rates")
def rates(
    member: Sees,
    work: Reading,
    missing: Annotated[bool, Query(description="only reports that no run can value")] = False,
) -> list[dict[str, Any]]:
    """What reports that count say in foreign currencies, and the rate that each is valued at (null: it has none).
    `fixed`: the rate belongs to this report alone."""
    found = exchange_rates.valued(work, work.usage.files())
    return [valued_document(one) for one in found if one.rate is None or not missing]


@router.put("/files/{file_id}/rates")
def fix(
    file_id: str,
    member: Runs,
    here: Here,
    work: Reading,
    rates: Annotated[dict[str, str], Body(description="currency → units of the house's currency for one: USD → 0.92")],
    provider: Annotated[str, Body(max_length=500)] = "",
    day: Annotated[date | None, Body(description="the day of the rates; today by default")] = None,
) -> dict[str, Any]:
    """Fix rates on a report that came without them, or with wrong ones: a version of the terms. They go before those
    of the report; `run_again` names the periods in the books that it counts in."""
    if work.usage.file(file_id) is None:
        raise NotFound("file")
    told = rates_from(
        [f"{currency}={rate}" for currency, rate in rates.items()],
        work,
        day or here.now().date(),
        provider or "fixed after the fact",
    )
    with refusals():
        file, again = exchange_rates.fix_rates(
            here.house, member.organisation, file_id, told, here.now(), member.person_id
        )
    with here.house.work(member.organisation, read_only=True) as now:
        shown = [valued_document(one) for one in exchange_rates.valued(now, [file])]
    return {"file": file.id, "rates": shown, "run_again": list(again)}


def rates_from(texts: list[str], work: UnitOfWork, day: date, provider: str, into: str = "") -> dict[str, Exchange]:
    """Rates such as "USD=0.92", into the house's currency unless another is named. Problem 422 for anything else."""
    try:
        return rates_of(filter(None, texts), into.upper() or exchange_rates.house_currency(work), day, provider)
    except UsageError as error:
        raise Problem(422, f"rates: {error}") from error


def valued_document(one: exchange_rates.Valued) -> dict[str, Any]:
    """What a report says in one foreign currency as JSON."""
    return {
        "file": one.file.id,
        "name": one.file.name,
        "currency": one.currency,
        "total": decimal(one.total),
        "rate": None if one.rate is None else exchange_rates.exact_text(one.rate),
        "day": None if one.day is None else str(one.day),
        "provider": one.provider,
        "fixed": one.fixed,
    }
