"""A period is run, reviewed, approved by a second person, posted, closed, and everybody gets a statement.

The run reads the lake, the catalogue's dated shares and lineage, the terms on file and the licences of the derivatives
that were played, all as known at one moment. Running again with the same inputs is the same run and posts nothing; a
later run of the period restates it and posts only what differs, in a period of the books that is still open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from ritornello.ledger.model import Closure, Period
from ritornello.ledger.service import close_period as close_books
from ritornello.ledger.service import open_period, post
from ritornello.proof import canonical_json, sha256_hex
from ritornello.royalty.approval import RunRecord, RunState, StepError, advance, unexplained
from ritornello.royalty.carried import Carried
from ritornello.royalty.engines import Engine
from ritornello.royalty.engines import engine as make_engine
from ritornello.royalty.explain import Explainer
from ritornello.royalty.flatten import Ownership
from ritornello.royalty.postings import payout_postings, postings_of, run_key
from ritornello.royalty.records import record_of
from ritornello.royalty.run import Prepared, RunInputs, RunResult, prepare, value
from ritornello.royalty.terms import Terms
from ritornello.statements.build import build_many, payees_of
from ritornello.statements.model import Statement
from ritornello.statements.usage_lines import Context
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.opening_state import must_tie
from ritornello.workflows.periods import AccountingPeriod, PeriodProblem, following
from ritornello.workflows.run_facts import Facts, carried_into, gather, payable_in_books, standing
from ritornello.workflows.sealing import seal_house

__all__ = ["AccountingPeriod", "PeriodProblem"]

STATEMENT_LEAF = "statement"
RUN_LEAF = "royalty run"


@dataclass(frozen=True, slots=True)
class Ran:
    """A run with its record, and the inputs that statements are explained from."""

    record: RunRecord
    result: RunResult
    ownership: Ownership
    terms: Terms
    again: bool
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Where the query of a run is to run: `name` "duckdb" or "spark", and the `master` of Spark."""

    name: str = "duckdb"
    master: str = ""


EMBEDDED = EngineChoice()


@contextmanager
def engine_of(house: House, paths: Sequence[str], choice: EngineChoice = EMBEDDED) -> Iterator[Engine]:
    """The engine over these files of the lake; the embedded one where nothing else is chosen. Raises `EngineError`."""
    lake = Lake(house.lake)
    threads = 2 if choice.name == "duckdb" else None
    files = [lake.locate(path) for path in paths]
    made = make_engine(choice.name, files, master=choice.master, threads=threads, reach=lake.reach)
    try:
        yield made
    finally:
        made.close()


def run_period(
    house: House,
    organisation: str,
    period: AccountingPeriod,
    at: datetime,
    by: str,
    report: Report = silent,
    choice: EngineChoice = EMBEDDED,
) -> Ran:
    """Run a period and keep the run as a draft; the engine changes no digit of it.

    Raises `PeriodProblem`, `TermError`, `EngineError`, `ConservationError`.
    """
    report(0.0, "gathering usage, shares, licences and terms")
    with house.work(organisation, read_only=True) as work:
        must_tie(work)
        facts = gather(work, period, at)
        _must_not_overlap(work, period, facts.terms.currency)
        stands = next((one for one in standing(work, facts.terms.currency) if one.period == period.id), None)
        earlier = work.royalty.result(stands.id) if stands is not None else None
        before = work.royalty.result(stands.restates) if stands is not None and stands.restates else None
        carried = carried_into(work, period, facts.terms)
    with engine_of(house, facts.paths, choice) as engine:
        report(0.1, "adding the usage up")
        prepared = _prepared(period, facts, engine, at)
        report(0.3, "valuing the usage")
        if stands is not None and earlier is not None and prepared.inputs_hash == earlier.inputs_hash:
            # the same inputs as the run that stands: it is that run, with the tables that statements need
            same = value(prepared, earlier=before, carried=earlier.carried)
            return Ran(stands, same, facts.ownership, facts.terms, again=True, paths=facts.paths)
        result = value(prepared, earlier=earlier, carried=carried)
    report(0.9, "keeping the run")
    record = record_of(result, period.id, facts.terms.version, choice.name, stands.id if stands is not None else "")
    with house.work(organisation) as work:
        new = work.royalty.add_run(record, result, at, by)
        if new:
            work.log.append(RUN_LEAF, record.id, sha256_hex(canonical_json({"digest": result.digest})), at)
        known = work.royalty.run(record.id) or record
        work.commit()
    report(1.0, "run")
    return Ran(known, result, facts.ownership, facts.terms, again=not new, paths=facts.paths)


def made_again(house: House, organisation: str, run_id: str, report: Report = silent) -> Ran:
    """A run that was kept, made again from what was known when it was made: with the tables that statements need.

    Raises `PeriodProblem` where there is no such run, or where it comes out otherwise (records were changed).
    """
    with house.work(organisation, read_only=True) as work:
        record, kept = work.royalty.run(run_id), work.royalty.result(run_id)
        if record is None or kept is None or record.made_at is None:
            raise PeriodProblem(f"there is no run {run_id} here")
        period = AccountingPeriod(record.period, kept.period_start, kept.period_end + timedelta(days=1))
        facts = gather(work, period, record.made_at)
        before = work.royalty.result(record.restates) if record.restates else None
    report(0.1, "making the run again")
    with engine_of(house, facts.paths) as engine:
        prepared = _prepared(period, facts, engine, record.made_at)
        result = value(prepared, earlier=before, carried=kept.carried)
    if result.digest != kept.digest:
        raise PeriodProblem(
            f"run {run_id} comes out otherwise than when it was made; check the house ('ritornello house check'), and "
            "run the period again"
        )
    return Ran(record, result, facts.ownership, facts.terms, again=True, paths=facts.paths)


def _prepared(period: AccountingPeriod, facts: Facts, engine: Engine, at: datetime) -> Prepared:
    return prepare(
        RunInputs(
            period_start=period.start,
            period_end=period.last,
            terms=facts.terms,
            ownership=facts.ownership,
            engine=engine,
            known_at=at,
            expected=facts.expected,
            apart=True,
            carried=Carried(),
            sources=facts.paths,
        )
    )


def _must_not_overlap(work: UnitOfWork, period: AccountingPeriod, currency: str) -> None:
    for record in standing(work, currency):
        result = work.royalty.result(record.id)
        if result is None or record.period == period.id:
            continue
        other = AccountingPeriod(record.period, result.period_start, result.period_end + timedelta(days=1))
        if period.overlaps(other):
            raise PeriodProblem(
                f"{period.id} shares days with {other.id}, which is in the books; usage would be paid twice. "
                f"Run {other.id} again instead"
            )


# ── the steps of a run ──


def step(
    house: House,
    organisation: str,
    ran: Ran | RunRecord,
    to: RunState,
    at: datetime,
    by: str,
    why: Mapping[str, str] | None = None,
) -> RunRecord:
    """Take a run one step on (reviewed, approved, posted). `why`: kinds of unmatched money → why they may wait.

    Raises `StepError`: out of order, by the same person, with unmatched money that nobody has explained, or to be
    posted although the books have moved since it was made.
    """
    given = ran.record if isinstance(ran, Ran) else ran
    with house.work(organisation) as work:
        result = work.royalty.result(given.id)
        if result is None:
            raise PeriodProblem(f"there is no run {given.id} here")
        for kind, words in (why or {}).items():
            if words.strip():
                work.royalty.explain(given.id, kind, words.strip(), by, at)
        known = work.royalty.run(given.id) or given
        if RANK[known.state] >= RANK[to]:
            work.commit()
            return known
        record = advance(known, to, by, at, result.exact)
        if to is RunState.POSTED:
            _post(work, record, result, at)
        work.royalty.save_steps(record)
        work.commit()
    return record


def explain(house: House, organisation: str, run_id: str, kind: str, why: str, at: datetime, by: str) -> RunRecord:
    """Say why a kind of unmatched money of a run may wait. Raises `PeriodProblem` where nothing of it waits."""
    with house.work(organisation) as work:
        record, result = work.royalty.run(run_id), work.royalty.result(run_id)
        if record is None or result is None:
            raise PeriodProblem(f"there is no run {run_id} here")
        held = suspended(result)
        if kind not in held:
            raise PeriodProblem(
                f"run {run_id} holds nothing as {kind!r}; it holds {', '.join(sorted(held)) or 'nothing'}"
            )
        if not why.strip():
            raise PeriodProblem(f"say in words why {kind} may wait")
        work.royalty.explain(run_id, kind, why.strip(), by, at)
        known = work.royalty.run(run_id) or record
        work.commit()
    return known


RANK = {state: number for number, state in enumerate(RunState)}
"""The states in the order in which a run passes through them."""


def _post(work: UnitOfWork, record: RunRecord, result: RunResult, at: datetime) -> None:
    stands = next((one for one in standing(work, record.currency) if one.period == record.period), None)
    if (stands.id if stands is not None else "") != record.restates:
        raise StepError(
            f"another run of {record.period} was posted since run {record.id} was made; run the period again, so that "
            "only the differences are posted"
        )
    if payable_in_books(work, record.currency) != dict(result.carried.payable):
        raise StepError(
            f"the books have moved since run {record.id} was made, so its payments would be wrong; run {record.period} "
            "again"
        )
    start, end = result.period_start, result.period_end + timedelta(days=1)
    books = _books_for(work, AccountingPeriod(record.period, start, end))
    open_period(work.ledger, Period(books.id, books.start, books.end, at))
    earlier = work.royalty.result(record.restates) if record.restates else None
    for transaction in (*postings_of(result, books.id, earlier), *payout_postings(result, books.id)):
        post(transaction, work.ledger, at)


def _books_for(work: UnitOfWork, period: AccountingPeriod) -> AccountingPeriod:
    """The period of the books that a run is posted in: its own while that is open, else the next one that is."""
    while work.ledger.closure(period.id) is not None:
        period = following(period)
    return period


def books_of(work: UnitOfWork, result: RunResult, period: str) -> str:
    """The period of the books in which a run was posted; its own where it changed nothing."""
    posted = work.ledger.by_key(run_key(result))
    return posted.transaction.period if posted is not None else period


def close(house: House, organisation: str, ran: Ran | RunRecord, at: datetime, by: str) -> Closure:
    """Close the books in which a run was posted for good, and with them every run that was posted there.

    Raises `StepError` where the run is not posted, or another run waits to be posted in the same books.
    """
    given = ran.record if isinstance(ran, Ran) else ran
    with house.work(organisation) as work:
        known, result = work.royalty.run(given.id), work.royalty.result(given.id)
        if known is None or result is None:
            raise PeriodProblem(f"there is no run {given.id} here")
        if RANK[known.state] < RANK[RunState.POSTED]:
            raise StepError(f"run {known.id} is {known.state}; only what is posted can be closed")
        books = books_of(work, result, known.period)
        for record in work.royalty.runs():
            own = work.royalty.result(record.id) if record.state is RunState.POSTED else None
            if own is not None and books_of(work, own, record.period) == books:
                work.royalty.save_steps(advance(record, RunState.CLOSED, by, at, own.exact))
        closure = close_books(work.ledger, books, at, by)
        work.commit()
    return closure


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing left behind: the closure of the books, and the statements of every run that was posted there."""

    closure: Closure
    statements: tuple[Statement, ...]


def close_with_statements(
    house: House, organisation: str, run_id: str, at: datetime, by: str, report: Report = silent
) -> Closed:
    """Close the books of a posted run, then write the statements that are still missing there.

    Called again it goes on where it was interrupted. Raises `PeriodProblem`, `StepError`.
    """
    with house.work(organisation, read_only=True) as work:
        record = work.royalty.run(run_id)
    if record is None:
        raise PeriodProblem(f"there is no run {run_id} here")
    closure = close(house, organisation, record, at, by)
    with house.work(organisation, read_only=True) as work:
        here = [
            one
            for one in work.royalty.runs()
            if one.state is RunState.CLOSED
            and (result := work.royalty.result(one.id)) is not None
            and books_of(work, result, one.period) == closure.period
        ]
    written: list[Statement] = []
    for number, one in enumerate(here):
        ran = made_again(house, organisation, one.id, report)
        written += write_statements(house, organisation, ran, at, _part(report, number, len(here)))
    report(0.99, "sealing what was written")
    seal_house(house, organisation, at)
    report(1.0, "closed")
    return Closed(closure, tuple(written))


def _part(report: Report, number: int, count: int) -> Report:
    """The report of one part among equal ones."""
    return lambda done, words: report((number + done) / count, words)


# ── statements ──


def write_statements(
    house: House, organisation: str, ran: Ran, at: datetime, report: Report = silent
) -> tuple[Statement, ...]:
    """The statement of every payee of a run, kept and entered in the log; written once, read back ever after."""
    with house.work(organisation, read_only=True) as work:
        known = {one.payee: one for one in work.statements.of_run(ran.record.id)}
        payees = payees_of(ran.result)
        if len(known) == len(payees):
            return tuple(known.values())
        context = context_of(work, ran, at)
        restates = ran.record.restates
        earlier = work.royalty.result(restates) if restates else None
        before = {one.payee: one.id for one in work.statements.of_run(restates)} if restates else {}
    missing = [payee for payee in payees if payee not in known]
    with engine_of(house, ran.paths) as engine:
        for batch in build_many(missing, ran.result, engine, context, earlier=earlier, supersedes=before):
            with house.work(organisation) as work:
                for statement in batch:
                    if work.statements.add(statement, ran.record.id, at):
                        work.log.append(STATEMENT_LEAF, statement.id, statement.hash(), at)
                    known[statement.payee] = statement
                work.log.sign_head(house.keys(at), at)
                work.commit()
            report(len(known) / len(payees), "writing statements")
    return tuple(known[payee] for payee in payees)


def context_of(work: UnitOfWork, ran: Ran, at: datetime) -> Context:
    """What statements show beside the run: titles, offers, and the reasons of shares."""
    titles = {one.id: shown_title(one.title, one.version_title) for one in work.catalogue.recordings()}
    return Context(titles, _offers(work, ran.terms), Explainer(ran.ownership, ran.terms, ran.record.made_at or at))


def shown_title(title: str, version: str | None) -> str:
    return f"{title} ({version})" if version else title


def _offers(work: UnitOfWork, terms: Terms) -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    for maker in terms.makers:
        signed: Mapping[str, Any] | None = work.consent.licence(maker.licence)
        if signed is not None:
            found[maker.licence] = [f"{one['offer']}@{one['version']}" for one in signed["payload"]["terms"]]
    return found


def suspended(result: RunResult) -> dict[str, Fraction]:
    """What is held, by its reason."""
    return {name.partition(":")[2]: amount for name, amount in result.exact.items() if name.startswith("suspense:")}


def waiting(record: RunRecord, result: RunResult) -> tuple[str, ...]:
    """Kinds of unmatched money of a run that nobody has explained yet."""
    return unexplained(record, result.exact)
