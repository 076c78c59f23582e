"""What leaves the house after a run: who is paid, who waits and why, a bank's order and a sheet for mass payment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ritornello.people.model import PartyDetails
from ritornello.proof import sha256_hex
from ritornello.royalty.approval import RunState
from ritornello.royalty.payout import Payout
from ritornello.statements.payment_order import Account, Order, Payment, PaymentError, payment_order
from ritornello.statements.sheets import mass_payment_csv
from ritornello.workflows.close_period import RANK
from ritornello.workflows.house import House
from ritornello.workflows.people_desk import record_act
from ritornello.workflows.periods import PeriodProblem

ORDER_LEAF = "payment order"


@dataclass(frozen=True, slots=True)
class Paying:
    """The payments of one run: those that leave and those that stay, with the names of whoever may be told."""

    run_id: str
    period: str
    currency: str
    payouts: tuple[Payout, ...]
    details: Mapping[str, PartyDetails]

    @property
    def leaving(self) -> tuple[Payout, ...]:
        return tuple(one for one in self.payouts if one.paid > 0)

    @property
    def staying(self) -> tuple[Payout, ...]:
        """Those who are owed something and paid nothing, each with its reason."""
        return tuple(one for one in self.payouts if one.paid <= 0 and any(one.carried.values()))

    @property
    def unreachable(self) -> tuple[str, ...]:
        """Parties who are paid and have no account on file: the mass-payment sheet is for them."""
        return tuple(one.party for one in self.leaving if not _iban(self.details.get(one.party)))


def paying(house: House, organisation: str, run_id: str) -> Paying:
    """The payments of a run. Raises `PeriodProblem` where there is no such run."""
    with house.work(organisation, read_only=True) as work:
        record, result = work.royalty.run(run_id), work.royalty.result(run_id)
        details = {one.details.party_id: one.details for one in work.people.details_of_all()}
    if record is None or result is None:
        raise PeriodProblem(f"there is no run {run_id} here")
    return Paying(run_id, record.period, result.currency, result.payouts, details)


def bank_order(
    house: House, organisation: str, run_id: str, payer: Account, on: date, at: datetime, by: str = ""
) -> tuple[bytes, Paying]:
    """The bank's order for a posted run, entered in the log by its hash; who has no account is left out.

    `by`: the person who orders, for the record of who did what.

    Made again for the same day and account it is the same bytes. Raises `PaymentError` where nobody can be paid by
    transfer or a bank would refuse it, `PeriodProblem` where the run is not posted.
    """
    found, posted_at = _posted(house, organisation, run_id)
    payments = tuple(
        Payment(
            to=Account(found.details[one.party].name, _iban(found.details[one.party]), _bic(found.details[one.party])),
            amount=one.paid,
            reference=f"{run_id[-16:]}.{one.party[-16:]}",
            note=f"Royalties {found.period}",
        )
        for one in sorted(found.leaving, key=lambda payout: payout.party)
        if _iban(found.details.get(one.party))
    )
    content = payment_order(Order(f"RIT-{run_id[-26:]}", payer, found.currency, on, payments), posted_at)
    with house.work(organisation) as work:
        hashed = sha256_hex(content)
        work.log.append(ORDER_LEAF, f"{run_id}.{hashed[:16]}", hashed, at)
        work.log.sign_head(house.keys(at), at)
        record_act(work, "payouts.order", run_id, by, at, {"on": str(on), "sha256": hashed})
        work.commit()
    return content, found


def mass_sheet(house: House, organisation: str, run_id: str) -> bytes:
    """One row per payee who is paid, for a payment service. Raises `PeriodProblem` where the run is not posted."""
    found, _ = _posted(house, organisation, run_id)
    return mass_payment_csv(found.leaving, found.currency, f"Royalties {found.period}", found.details)


def _posted(house: House, organisation: str, run_id: str) -> tuple[Paying, datetime]:
    with house.work(organisation, read_only=True) as work:
        record = work.royalty.run(run_id)
    if record is None:
        raise PeriodProblem(f"there is no run {run_id} here")
    if RANK[record.state] < RANK[RunState.POSTED]:
        raise PeriodProblem(f"run {run_id} is {record.state}; it is paid once it is posted")
    posted = next(step for step in record.steps if step.state is RunState.POSTED)
    return paying(house, organisation, run_id), posted.at


def hold(house: House, organisation: str, party: str, why: str, at: datetime, by: str) -> bool:
    """Keep a payee's money here from the next run on; False where it is held already. Raises `PaymentError`."""
    if not why.strip():
        raise PaymentError("say in words why the money is held")
    return _set(house, organisation, party, why.strip(), at, by, held=True)


def release(house: House, organisation: str, party: str, why: str, at: datetime, by: str) -> bool:
    """Let a payee's money go again with the next run; False where it is not held."""
    return _set(house, organisation, party, why.strip() or "released", at, by, held=False)


def _set(house: House, organisation: str, party: str, why: str, at: datetime, by: str, *, held: bool) -> bool:
    with house.work(organisation) as work:
        if work.people.party(party) is None:
            raise PaymentError(f"there is no party {party} here")
        changed = work.royalty.hold(party, held, why, by, at)
        work.commit()
    return changed


def _iban(details: PartyDetails | None) -> str:
    return details.payout.get("iban", "") if details is not None else ""


def _bic(details: PartyDetails) -> str:
    return details.payout.get("bic", "")
