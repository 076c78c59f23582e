"""Statements laid out as files for people: CSV, JSON, HTML and PDF of each, each file whole or not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ritornello.statements.model import Statement
from ritornello.statements.sheets import statement_csv
from ritornello.statements.view import Names
from ritornello.statements.writers import statement_html, statement_json, statement_pdf
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.run_facts import standing


def statements_of(house: House, organisation: str, run_id: str | None = None) -> list[Statement]:
    """The statements of a run, or of all runs that stand."""
    with house.work(organisation, read_only=True) as work:
        runs = [run_id] if run_id is not None else [one.id for one in standing(work)]
        return [statement for one in runs for statement in work.statements.of_run(one)]


def lay_out_all(
    house: House, organisation: str, statements: Sequence[Statement], folder: Path, report: Report = silent
) -> int:
    """Write every statement in every form; how many files are there afterwards. The same files are left alone."""
    with house.work(organisation, read_only=True) as work:
        names = {one.details.party_id: one.details.name for one in work.people.details_of_all()}
        services = work.usage.service_names()
        own = work.people.organisation(organisation)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for number, statement in enumerate(statements):
        report(number / len(statements), f"laying out {statement.id}")
        shown = Names(
            payee=names.get(statement.payee, ""), issuer=own.name if own is not None else "", services=services
        )
        count += _lay_out(folder, statement, shown)
    return count


def _lay_out(folder: Path, statement: Statement, names: Names) -> int:
    kinds: dict[str, Callable[[], bytes]] = {
        "csv": lambda: statement_csv(statement),
        "json": lambda: statement_json(statement),
        "html": lambda: statement_html(statement, names),
        "pdf": lambda: statement_pdf(statement, names),
    }
    for kind, made in kinds.items():
        path = folder / f"{statement.id}.{kind}"
        if not path.exists():
            partial = folder / f".{path.name}.partial"
            partial.write_bytes(made())
            partial.replace(path)
    return len(kinds)
