"""Statements laid out as files for people: CSV, JSON, HTML and PDF of each, with a signed list of the four; each file
whole or not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from ritornello.proof.packing import SUFFIX, Item
from ritornello.statements.model import Statement
from ritornello.statements.sheets import statement_csv
from ritornello.statements.view import Names
from ritornello.statements.writers import letters_for, statement_html, statement_json, statement_pdf
from ritornello.workflows.hand_out import as_listed, list_of, whole
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.run_facts import standing


@dataclass(frozen=True, slots=True)
class LaidOut:
    """How many files are there, and what could not be shown in them (letters that no font here has)."""

    files: int
    findings: tuple[str, ...]


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
    *,
    paper: str = "a4",
) -> LaidOut:
    """Write every statement in every form. Files that lie there as they would be are left alone; what was changed, is
    missing, or looks otherwise now (another paper, a font that came) is written again, and its list signed again.

    Raises `StatementError` for another paper than "a4" or "letter".
    """
    with house.work(organisation, read_only=True) as work:
        names = {one.details.party_id: one.details.name for one in work.people.details_of_all()}
        services = work.usage.service_names()
        own = work.people.organisation(organisation)
    folder.mkdir(parents=True, exist_ok=True)
    count, findings = 0, []
    for number, statement in enumerate(statements):
        report(number / len(statements), f"laying out {statement.id}")
        shown = Names(
            payee=names.get(statement.payee, ""), issuer=own.name if own is not None else "", services=services
        )
        count += lay_out(house, folder, statement.id, statement, shown, at, paper=paper)
        if finding := letters_for(statement, shown).finding:
            findings.append(f"{statement.id}: {finding}")
    return LaidOut(count, tuple(findings))


Form = Callable[[Statement, Names], bytes]


def forms(paper: str = "a4") -> dict[str, Form]:
    """The forms of a statement by the ending of their files. `paper`: of the PDF, "a4" or "letter"."""
    return {
        "csv": lambda statement, _: statement_csv(statement),
        "json": lambda statement, _: statement_json(statement),
        "html": statement_html,
        "pdf": partial(statement_pdf, paper=paper),
    }


def lay_out(
    house: House, folder: Path, stem: str, statement: Statement, names: Names, at: datetime, *, paper: str = "a4"
) -> int:
    """One statement in every form, as `stem` with the form's ending, and the list of them; how many files there are."""
    listed = folder / f"{stem}{SUFFIX}"
    made = {f"{stem}.{kind}": form(statement, names) for kind, form in forms(paper).items()}
    items = [Item.of(name, content) for name, content in made.items()]
    if not as_listed(house, listed, folder, items, at):
        listed.unlink(missing_ok=True)  # no list is there before all that it lists
        for name, content in made.items():
            whole(folder / name, content)
        whole(listed, list_of(house, items, at))
    return len(made) + 1
