"""Rates of exchange on the pages of reports: what each foreign amount is valued at, and fixing one after the fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.exchange import rates_from
from ritornello.api.money import Upload, refusals, text_of
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.web.desk import back_to
from ritornello.web.views import Exact
from ritornello.workflows import exchange_rates

router = APIRouter(include_in_schema=False)

Runs = Annotated[Identity, Depends(allowed(Capability.RUN_ROYALTIES))]


@dataclass(frozen=True, slots=True)
class ValuedRow:
    """What a report says in one foreign currency, and its rate as text (None: it has none)."""

    currency: str
    total: Exact
    rate: str | None
    day: date | None
    provider: str
    fixed: bool
    file: str
    name: str


@router.post("/usage/files/{file_id}/rates")
def fix_rates(file_id: str, form: Upload, member: Runs, work: Reading, here: Here) -> Response:
    """The rates that were written, each in the field of its currency; an empty field leaves its rate as it is."""
    if work.usage.file(file_id) is None:
        raise NotFound("file")
    written = [f"{key.removeprefix('rate.')}={text_of(form, key)}" for key in form if key.startswith("rate.")]
    try:
        day = date.fromisoformat(text_of(form, "day")) if text_of(form, "day") else here.now().date()
    except ValueError as error:
        raise Problem(422, f"day: {error}", mend="write 2026-07-31") from error
    told = rates_from(
        [one for one in written if not one.endswith("=")],
        work,
        day,
        text_of(form, "provider") or "fixed after the fact",
    )
    with refusals():
        _, again = exchange_rates.fix_rates(
            here.house, member.organisation, file_id, told, here.now(), member.person_id
        )
    then = f"run again to pay the difference: {', '.join(again)}" if again else "the next run of its period takes it"
    return back_to(f"/usage/files/{file_id}", f"The rate is fixed; {then}")


def valued_rows(found: Sequence[exchange_rates.Valued]) -> list[ValuedRow]:
    """The foreign amounts of reports, for reading."""
    return [
        ValuedRow(
            one.currency,
            Exact(one.total, one.currency),
            None if one.rate is None else exchange_rates.exact_text(one.rate),
            one.day,
            one.provider,
            one.fixed,
            one.file.id,
            one.file.name,
        )
        for one in found
    ]
