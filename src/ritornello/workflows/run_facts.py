"""What a run is made from, as it was known at one moment: files that count, shares, lineage, licences, terms, books.

Asked for the same moment again, the same facts come back, so that a run can be made again when its statements are
written or questioned, whatever arrived since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction

from ritornello.money import MICRO, minor_unit
from ritornello.royalty.approval import RunRecord, RunState
from ritornello.royalty.carried import Carried
from ritornello.royalty.documents import TermError
from ritornello.royalty.flatten import Ownership
from ritornello.royalty.licensed import makers_of
from ritornello.royalty.terms import MakerTerms, Rate, Terms
from ritornello.royalty.terms_document import read_terms
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.model import Receipt, TakenFile
from ritornello.workflows.periods import AccountingPeriod, PeriodProblem

IN_THE_BOOKS = (RunState.POSTED, RunState.CLOSED)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a run of a period takes from the house, beside the rows of the lake."""

    files: tuple[TakenFile, ...]
    expected: Mapping[str, int]
    ownership: Ownership
    terms: Terms

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(file.lake_path for file in self.files)


def gather(work: UnitOfWork, period: AccountingPeriod, at: datetime) -> Facts:
    """The facts as known at a moment. Raises `PeriodProblem` where there is nothing to run, or `TermError`."""
    files = files_of(work, period, at)
    if not files:
        raise PeriodProblem(f"no usage was taken in for {period.id}; take in the reports first")
    receipts = work.usage.receipts([file.id for file in files])
    expected: dict[str, int] = {}
    for receipt in receipts:
        expected[receipt.currency] = expected.get(receipt.currency, 0) + receipt.total_e10
    kept = work.royalty.terms(known_at=at)
    if kept is None:
        raise PeriodProblem("there are no contract terms on file; record them first")
    ownership = ownership_of(work, at)
    terms = with_receipts(with_licences(work, read_terms(kept.document), ownership, at), receipts, files)
    _must_have_rates(terms, receipts, files)
    return Facts(tuple(files), expected, ownership, terms)


def files_of(work: UnitOfWork, period: AccountingPeriod, at: datetime | None = None) -> list[TakenFile]:
    """The report files that count in a period: those whose own period ends in it, so that each counts once."""
    found = work.usage.files(period.start, period.last, known_at=at)
    return [file for file in found if period.start <= file.period_end < period.end]


def files_behind(work: UnitOfWork, first: date, last: date, made_at: datetime | None) -> list[TakenFile]:
    """The files, in the generation that was read, that a run of these days (both included) was made from."""
    found = work.usage.files(first, last, known_at=made_at)
    return [file for file in found if first <= file.period_end <= last]


def ownership_of(work: UnitOfWork, at: datetime) -> Ownership:
    """The catalogue's facts for a run."""
    return Ownership(
        shares=work.catalogue.all_shares(at),
        edges=work.catalogue.all_edges(at),
        works=tuple((one.id, one.work_ids) for one in work.catalogue.recordings() if one.work_ids),
    )


def with_licences(work: UnitOfWork, terms: Terms, ownership: Ownership, at: datetime) -> Terms:
    """The terms with what the licences of the catalogue's derivatives froze."""
    linked = {edge.child for edge in ownership.edges}
    makers: list[MakerTerms] = []
    for recording in work.catalogue.recordings(sorted(linked)):
        render = work.studio.render(recording.id) if recording.kind == "derivative" else None
        signed = work.consent.licence(render.licence_id) if render is not None else None
        if signed is not None and datetime.fromisoformat(signed["payload"]["issued_at"]).astimezone(UTC) <= at:
            makers += makers_of(signed["payload"], recording.id)
    return replace(terms, makers=(*terms.makers, *makers))


def with_receipts(terms: Terms, receipts: Iterable[Receipt], files: Sequence[TakenFile]) -> Terms:
    """The terms with the rates of exchange that were fixed on the receipts; they go before those of the terms."""
    contents = {file.id: file.sha256 for file in files}
    own = {(name, rate.currency) for rate in terms.rates for name in rate.files}
    fixed = [
        Rate(
            currency=receipt.currency,
            rate=receipt.exchange.rate,
            basis="reported",
            date=receipt.exchange.day,
            provider=receipt.exchange.provider,
            files=(contents[receipt.file_id],),
        )
        for receipt in receipts
        if receipt.exchange is not None
        and receipt.exchange.target == terms.currency
        and (contents[receipt.file_id], receipt.currency) not in own
    ]
    return replace(terms, rates=(*terms.rates, *fixed)) if fixed else terms


def _must_have_rates(terms: Terms, receipts: Iterable[Receipt], files: Sequence[TakenFile]) -> None:
    """Every currency of every file needs a rate; those that have none are told together, with the command that mends
    it. Raises `PeriodProblem`."""
    contents = {file.id: file.sha256 for file in files}
    names = {file.id: file.name for file in files}
    missing: dict[str, list[str]] = {}
    for receipt in receipts:
        rated = any(
            rate.currency == receipt.currency and (not rate.files or contents[receipt.file_id] in rate.files)
            for rate in terms.rates
        )
        if receipt.currency != terms.currency and not rated:
            missing[receipt.file_id] = sorted({*missing.get(receipt.file_id, ()), receipt.currency})
    if missing:
        told = [
            f"no rate from {', '.join(codes)} to {terms.currency} is fixed on {names[file]} (usage rate {file} "
            f"{' '.join(f'{code}=…' for code in codes)})"
            for file, codes in sorted(missing.items(), key=lambda pair: names[pair[0]])
        ]
        raise TermError(f"fx: {'; '.join(told)}")


# ── what is carried ──


def carried_into(work: UnitOfWork, period: AccountingPeriod, terms: Terms) -> Carried:
    """What the books and the standing runs of other periods hand to a run of this one."""
    figures = [
        figure
        for record in standing(work, terms.currency)
        if record.period != period.id and (result := work.royalty.result(record.id)) is not None
        for figure in result.figures
    ]
    owed = payable_in_books(work, terms.currency)
    return Carried.of(figures, owed, unpayable(work))


def standing(work: UnitOfWork, currency: str | None = None) -> list[RunRecord]:
    """The runs that stand in the books: posted, and restated by no other that is posted."""
    posted = [
        record for record in work.royalty.runs() if record.state in IN_THE_BOOKS and currency in (None, record.currency)
    ]
    restated = {record.restates for record in posted}
    return [record for record in posted if record.id not in restated]


def payable_in_books(work: UnitOfWork, currency: str) -> dict[str, int]:
    """Account → whole minor units that the books owe, over all periods."""
    unit = int(minor_unit(currency) * MICRO)
    balances = work.ledger.balances(account="payable")
    owed = {account: micros for (account, code), micros in balances.items() if code == currency}
    return {account: count for account, micros in owed.items() if (count := int(Fraction(micros, unit)))}


def unpayable(work: UnitOfWork) -> dict[str, str]:
    """Party → why nothing can leave to it: held by somebody, or nobody knows where to pay it."""
    found = {}
    parties = {one.id for one in work.people.parties()}
    reachable = {one.details.party_id for one in work.people.details_of_all() if any(one.details.payout.values())}
    for party in sorted(parties - reachable):
        found[party] = "payout details are missing; the money accrues"
    for party, why in work.royalty.holds().items():
        found[party] = f"held: {why}"
    return found
