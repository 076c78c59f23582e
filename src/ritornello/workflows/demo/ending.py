"""The second half of the demo's story: it leaves the house, it is played, and the money comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from ritornello.catalogue.model import Recording
from ritornello.ledger.accounts import kind_of
from ritornello.ledger.model import Closure
from ritornello.royalty.approval import RunState
from ritornello.statements.model import Statement
from ritornello.statements.view import Names
from ritornello.usage.model import TakenIn
from ritornello.workflows.close_period import (
    AccountingPeriod,
    Ran,
    close,
    run_period,
    step,
    suspended,
    waiting,
    write_statements,
)
from ritornello.workflows.demo import cast, money, reports
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.lay_out import lay_out
from ritornello.workflows.take_in_usage import take_in_usage

PERIOD = AccountingPeriod("2026-07", *cast.PERIOD)
WHY = {
    "no_asset": "Not in our catalogue; the service has been asked whose recording it is.",
    "no_right": "Nobody is on file for it; asked.",
}


@dataclass(frozen=True, slots=True)
class Books:
    """What a month left behind: the run, its closure, the statements, and where they lie."""

    ran: Ran
    closure: Closure
    statements: tuple[Statement, ...]
    folder: Path
    taken: tuple[TakenIn, ...]


def receive(
    house: House, original: Recording, remix: Recording, by: str, report: Report = silent
) -> tuple[TakenIn, ...]:
    """Record the contracts and take the month's reports in; reports that are known already are refused."""
    with house.work(cast.ORGANISATION) as work:
        work.royalty.add_terms(money.terms_document(), cast.REGISTERED, by)
        for source in (reports.ALPHA, reports.TIDEWATER):
            work.usage.save_source(source, by, cast.REGISTERED)
        work.commit()
    folder = house.files / "reports"
    played = reports.tracks(original, remix, cast.NAMES[cast.PERFORMER])
    alpha, sheet = reports.write_reports(folder, played)
    taken = []
    for number, (files, source) in enumerate([([one], reports.ALPHA) for one in alpha] + [(sheet, reports.TIDEWATER)]):
        report(number / 3, f"taking in {files[0].name}")
        taken.append(take_in_usage(house, cast.ORGANISATION, files, source, cast.REPORTED))
    return tuple(taken)


def settle(house: House, taken: tuple[TakenIn, ...], reviewer: str, approver: str, report: Report = silent) -> Books:
    """Run, review, approve by a second person, post, close, and write everybody's statement."""
    ran = run_period(house, cast.ORGANISATION, PERIOD, cast.RUN_ON, reviewer, _part(report, 0.0, 0.3))
    why = {kind: WHY.get(kind, "Asked.") for kind in waiting(ran.record, ran.result)}
    hour = timedelta(hours=1)
    step(house, cast.ORGANISATION, ran, RunState.REVIEWED, cast.RUN_ON + hour, reviewer, why)
    step(house, cast.ORGANISATION, ran, RunState.APPROVED, cast.RUN_ON + 2 * hour, approver)
    step(house, cast.ORGANISATION, ran, RunState.POSTED, cast.RUN_ON + 3 * hour, approver)
    closure = close(house, cast.ORGANISATION, ran, cast.RUN_ON + 4 * hour, approver)
    report(0.35, "writing statements")
    statements = write_statements(house, cast.ORGANISATION, ran, cast.RUN_ON + 4 * hour, _part(report, 0.35, 0.5))
    folder = house.files / "statements" / PERIOD.id
    folder.mkdir(parents=True, exist_ok=True)
    for number, statement in enumerate(statements):
        name = cast.NAMES[statement.payee]
        report(0.5 + 0.5 * number / len(statements), f"laying out the statement of {name}")
        stem = name.lower().replace(" ", "-")
        lay_out(house, folder, stem, statement, names_of(statement), cast.RUN_ON + 4 * hour)
    return Books(ran, closure, statements, folder, taken)


def names_of(statement: Statement) -> Names:
    """What the pseudonyms of a statement are called in the story."""
    return Names(payee=cast.NAMES[statement.payee], issuer=cast.ORGANISATION_NAME, services=dict(cast.SERVICES))


def balance(books: Books) -> tuple[Fraction, dict[str, Fraction]]:
    """Everything received, and where it is: payable, held, kept (with taxes), carried. They are equal to the cent."""
    result = books.ran.result
    sides: dict[str, Fraction] = {}
    for account, count in result.units.items():
        side = kind_of(account).side.value
        sides[side] = sides.get(side, Fraction(0)) + Fraction(count, 100)
    sides["carried"] = result.carry
    return result.receipts, sides


def held(books: Books) -> dict[str, Fraction]:
    """Suspense by its reason."""
    return suspended(books.ran.result)


def _part(report: Report, start: float, end: float) -> Report:
    return lambda done, words: report(start + (end - start) * done, words)
