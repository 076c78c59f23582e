"""Whether the balances of an older system tie: nothing runs until they do."""

from __future__ import annotations

from ritornello.royalty.wording import decimal
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.periods import PeriodProblem


def must_tie(work: UnitOfWork) -> None:
    """Raise `PeriodProblem` while an opening that was announced does not tie to its stated totals."""
    newest = {(one.as_of, one.currency): one for one in work.royalty.openings()}
    for opening in newest.values():
        if opening.found is None:
            stated = ", ".join(f"{kind} {decimal(amount)}" for kind, amount in sorted(opening.stated.items()))
            raise PeriodProblem(
                f"the opening balances of {opening.as_of} ({stated} {opening.currency}) are announced and not brought "
                "in; nothing runs until the sheets tie to them"
            )
