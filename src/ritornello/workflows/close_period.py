"""A period is run, reviewed, approved by a second person, posted, closed, and everybody gets a statement.

The run reads the lake, the catalogue's dated shares and lineage, the terms on file and the licences of the derivatives
that were played. Running again with the same inputs is the same run and posts nothing; a later run of the period
restates it and posts only what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from ritornello.ledger.model import Closure, Period
from ritornello.ledger.service import close_period as close_books
from ritornello.ledger.service import open_period, post
from ritornello.proof import canonical_json, sha256_hex
from ritornello.royalty.approval import RunRecord, RunState, advance, unexplained
from ritornello.royalty.engines import Engine
from ritornello.royalty.engines.duckdb import DuckdbEngine
from ritornello.royalty.explain import Explainer
from ritornello.royalty.flatten import Ownership
from ritornello.royalty.licensed import makers_of
from ritornello.royalty.postings import payout_postings, postings_of
from ritornello.royalty.records import record_of
from ritornello.royalty.run import RunInputs, RunResult, run
from ritornello.royalty.terms import MakerTerms, Terms
from ritornello.royalty.terms_document import read_terms
from ritornello.statements.build import Context, build, payees_of
from ritornello.statements.model import Statement
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.workflows.house import House, Report, silent

STATEMENT_LEAF = "statement"
RUN_LEAF = "royalty run"


class PeriodProblem(Exception):
    """A period that cannot be run: nothing was taken in for it, or there are no terms."""


@dataclass(frozen=True, slots=True)
class AccountingPeriod:
    """A period of accounting by its name and days; `end` is the first day after it."""

    id: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Ran:
    """A run with its record, and the inputs that statements are explained from."""

    record: RunRecord
    result: RunResult
    ownership: Ownership
    terms: Terms
    again: bool


@contextmanager
def engine_of(house: House, paths: Sequence[str]) -> Iterator[Engine]:
    """The embedded engine over these files of the lake."""
    lake = Lake(house.lake)
    engine = DuckdbEngine([lake.locate(path) for path in paths], threads=2)
    try:
        yield engine
    finally:
        engine.close()


def run_period(
    house: House, organisation: str, period: AccountingPeriod, at: datetime, by: str, report: Report = silent
) -> Ran:
    """Run a period and keep the run as a draft. Raises `PeriodProblem`, `TermError`, `ConservationError`."""
    report(0.0, "gathering usage, shares, licences and terms")
    with house.work(organisation, read_only=True) as work:
        files = work.usage.files(period.start, date.fromordinal(period.end.toordinal() - 1))
        if not files:
            raise PeriodProblem(f"no usage was taken in for {period.id}; take in the reports first")
        expected: dict[str, int] = {}
        for receipt in work.usage.receipts([file.id for file in files]):
            expected[receipt.currency] = expected.get(receipt.currency, 0) + receipt.total_e10
        kept = work.royalty.terms()
        if kept is None:
            raise PeriodProblem("there are no contract terms on file; record them first")
        ownership = ownership_of(work)
        terms = with_licences(work, read_terms(kept.document))
        standing = work.royalty.latest(period.id, terms.currency, RunState.POSTED, RunState.CLOSED)
        earlier = work.royalty.result(standing.id) if standing is not None else None
        restates = standing.restates if standing is not None else ""
    with engine_of(house, [file.lake_path for file in files]) as engine:
        report(0.3, "valuing the usage")
        inputs = RunInputs(
            period_start=period.start,
            period_end=date.fromordinal(period.end.toordinal() - 1),
            terms=terms,
            ownership=ownership,
            engine=engine,
            known_at=at,
            expected=expected,
            apart=True,
        )
        result = run(inputs)
        if standing is not None and earlier is not None and result.inputs_hash == earlier.inputs_hash:
            # the same inputs as the run that stands: it is that run, with the tables that statements need
            before = None
            if restates:
                with house.work(organisation, read_only=True) as work:
                    before = work.royalty.result(restates)
            again = run(replace(inputs, earlier=before)) if before is not None else result
            return Ran(standing, again, ownership, terms, again=True)
        if earlier is not None:
            result = run(replace(inputs, earlier=earlier))
    record = record_of(result, period.id, terms.version, "duckdb", standing.id if standing is not None else "")
    with house.work(organisation) as work:
        new = work.royalty.add_run(record, result, at, by)
        if new:
            work.log.append(RUN_LEAF, record.id, sha256_hex(canonical_json({"digest": result.digest})), at)
        known = work.royalty.run(record.id) or record
        work.commit()
    report(1.0, "run")
    return Ran(known, result, ownership, terms, again=not new)


def ownership_of(work: UnitOfWork) -> Ownership:
    """The catalogue's facts for a run."""
    return Ownership(
        shares=work.catalogue.all_shares(),
        edges=work.catalogue.all_edges(),
        works=tuple((one.id, one.work_ids) for one in work.catalogue.recordings() if one.work_ids),
    )


def with_licences(work: UnitOfWork, terms: Terms) -> Terms:
    """The terms with what the licences of the catalogue's derivatives froze."""
    makers: list[MakerTerms] = []
    for recording in work.catalogue.recordings():
        render = work.studio.render(recording.id) if recording.kind == "derivative" else None
        signed = work.consent.licence(render.licence_id) if render is not None else None
        if signed is not None:
            makers += makers_of(signed["payload"], recording.id)
    return replace(terms, makers=(*terms.makers, *makers))


def step(
    house: House, organisation: str, ran: Ran, to: RunState, at: datetime, by: str, why: Mapping[str, str] | None = None
) -> RunRecord:
    """Take a run one step on (reviewed, approved, posted). `why`: kinds of unmatched money → why they may wait.

    Raises `StepError`: out of order, by the same person, or with unmatched money that nobody has explained.
    """
    with house.work(organisation) as work:
        for kind, words in (why or {}).items():
            work.royalty.explain(ran.record.id, kind, words, by, at)
        known = work.royalty.run(ran.record.id) or ran.record
        if RANK[known.state] >= RANK[to]:
            return known
        record = advance(known, to, by, at, ran.result.exact)
        if to is RunState.POSTED:
            _post(work, ran, record, at)
        work.royalty.save_steps(record)
        work.commit()
    return record


RANK = {state: number for number, state in enumerate(RunState)}
"""The states in the order in which a run passes through them."""


def _post(work: UnitOfWork, ran: Ran, record: RunRecord, at: datetime) -> None:
    start, end = ran.result.period_start, date.fromordinal(ran.result.period_end.toordinal() + 1)
    open_period(work.ledger, Period(record.period, start, end, at))
    earlier = work.royalty.result(record.restates) if record.restates else None
    for transaction in (*postings_of(ran.result, record.period, earlier), *payout_postings(ran.result, record.period)):
        post(transaction, work.ledger, at)


def close(house: House, organisation: str, ran: Ran, at: datetime, by: str) -> Closure:
    """Close the books of a posted run's period for good."""
    with house.work(organisation) as work:
        known = work.royalty.run(ran.record.id) or ran.record
        if known.state is RunState.POSTED:
            work.royalty.save_steps(advance(known, RunState.CLOSED, by, at, ran.result.exact))
        closure = close_books(work.ledger, known.period, at, by)
        work.commit()
    return closure


def write_statements(
    house: House, organisation: str, ran: Ran, at: datetime, report: Report = silent
) -> tuple[Statement, ...]:
    """The statement of every payee of a run, kept and entered in the log; written once, read back ever after."""
    with house.work(organisation, read_only=True) as work:
        known = work.statements.of_run(ran.record.id)
        payees = payees_of(ran.result)
        if len(known) == len(payees):
            return tuple(known)
        titles = {one.id: shown_title(one.title, one.version_title) for one in work.catalogue.recordings()}
        offers = _offers(work, ran.terms)
        period = (ran.result.period_start, ran.result.period_end)
        paths = [file.lake_path for file in work.usage.files(*period)]
        earlier = work.royalty.result(ran.record.restates) if ran.record.restates else None
    context = Context(titles, offers, Explainer(ran.ownership, ran.terms, at))
    made = []
    with engine_of(house, paths) as engine:
        for number, payee in enumerate(payees):
            report(number / len(payees), "writing statements")
            made.append(build(payee, ran.result, engine, context, earlier=earlier))
    with house.work(organisation) as work:
        for statement in made:
            if work.statements.add(statement, ran.record.id, at):
                work.log.append(STATEMENT_LEAF, statement.id, statement.hash(), at)
        work.log.sign_head(house.keys(at), at)
        work.commit()
    return tuple(made)


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
