"""Statements laid out as files for people: CSV, JSON, HTML and PDF of each, with a signed list of the four; each file
whole or not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from ritornello.proof.packing import SUFFIX, Item
from ritornello.statements.model import Statement
from ritornello.statements.sheets import statement_csv
from ritornello.statements.view import Names
from ritornello.statements.writers import statement_html, statement_json, statement_pdf
from ritornello.workflows.hand_out import as_listed, list_of, whole
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.run_facts import standing


def statements_of(house: House, organisation: str, run_id: str | None = None) -> list[Statement]:
    """The statements of a run, or of all runs that stand."""
    with house.work(organisation, read_only=True) as work:
        runs = [run_id] if run_id is not None else [one.id for one in standing(work)]
        return [statement for one in runs for statement in work.statements.of_run(one)]


def lay_out_all(
    house: House,
    organisation: str,
    statements: Sequence[Statement],
    folder: Path,
    at: datetime,
    report: Report = silent,
) -> int:
    """Write every statement in every form; how many files are there afterwards. What lies there as its list says is
    left alone; what was changed or is missing is written again."""
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
        count += lay_out(house, folder, statement.id, statement, shown, at)
    return count


KINDS: dict[str, Callable[[Statement, Names], bytes]] = {
    "csv": lambda statement, _: statement_csv(statement),
    "json": lambda statement, _: statement_json(statement),
    "html": statement_html,
    "pdf": statement_pdf,
}
"""The forms of a statement."""


def lay_out(house: House, folder: Path, stem: str, statement: Statement, names: Names, at: datetime) -> int:
    """One statement in every form, as `stem` with the form's ending, and the list of them; how many files there are."""
    paths = {kind: folder / f"{stem}.{kind}" for kind in KINDS}
    listed = folder / f"{stem}{SUFFIX}"
    if not as_listed(house, listed, folder, [path.name for path in paths.values()], at):
        listed.unlink(missing_ok=True)  # no list is there before all that it lists
        items = []
        for kind, path in paths.items():
            content = KINDS[kind](statement, names)
            whole(path, content)
            items.append(Item.of(path.name, content))
        whole(listed, list_of(house, items, at))
    return len(paths) + 1
