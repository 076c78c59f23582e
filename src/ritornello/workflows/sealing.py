"""Sealing the house: every row that is written once is listed under a root in the signed log, and can be examined."""

from __future__ import annotations

from datetime import datetime

from ritornello.ledger.service import verify_period
from ritornello.store.seal_store import Examined, Seal
from ritornello.workflows.house import House


def seal_house(house: House, organisation: str, at: datetime) -> Seal | None:
    """Seal what was written since the last seal; None where nothing was. A signed head follows."""
    with house.work(organisation) as work:
        made = work.seals.seal(work.log, at)
        work.log.sign_head(house.keys(at), at)
        work.commit()
    return made


def examine_house(house: House, organisation: str, at: datetime) -> Examined:
    """Everything that is not as it was written: rows, seals, log, signed heads, and the books of each period."""
    trust = house.keys(at).trusted()
    with house.work(organisation, read_only=True) as work:
        found = work.seals.examine(work.log, trust)
        books = [
            f"period {period.id}: {finding}"
            for period, _ in work.ledger.periods()
            for finding in verify_period(work.ledger, period.id)
        ]
    return Examined((*found.complaints, *books), found.rows, found.unsealed)
