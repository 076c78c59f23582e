"""Statements out of a run, built per payee on demand: twenty million usage rows make no sixty million stored lines.

Each account of the payee is explained in two kinds of lines: what is linear in usage (this many units there, at this
rate, of which this part), and the named adjustments of the run. Together they are the exact amount of the account; a
last line rounds to what was posted. What does not add up is not shown, it is an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from ritornello.money import minor_unit
from ritornello.money.allocation import exact_sum
from ritornello.proof import stable_id
from ritornello.royalty.account import Feed
from ritornello.royalty.engines import DetailRow, Engine, SourceRow
from ritornello.royalty.payout import Payout
from ritornello.royalty.run import RunResult
from ritornello.royalty.wording import decimal
from ritornello.statements.model import (
    ADJUSTMENT,
    EARLIER,
    ROUNDING,
    USAGE,
    Line,
    Statement,
    StatementError,
    Totals,
)
from ritornello.statements.usage_lines import Context, Reasons, Treated, usage_line, usage_rows

ZERO = Fraction(0)


def payees_of(result: RunResult) -> tuple[str, ...]:
    """Everybody who gets a statement of a run: parties with an account or with memo money, and those whose whole
    earning an advance or a cost took, who are to see what it did."""
    accounts = {*result.units, *(one.account for one in result.adjustments)}
    parties = {account.split(":")[1] for account in accounts if account.startswith("payable:")}
    parties |= {payout.party for payout in result.payouts}
    return tuple(sorted(parties | {name for name in result.memo if ":" not in name}))


def build(
    payee: str,
    result: RunResult,
    engine: Engine,
    context: Context | None = None,
    *,
    earlier: RunResult | None = None,
    supersedes: str = "",
) -> Statement:
    """The statement of `payee` for a run. `engine`: over the usage of the run; `earlier`: the run that it restates.

    Raises `StatementError` where the lines do not add up to the posted amount.
    """
    told = build_many([payee], result, engine, context, earlier=earlier, supersedes={payee: supersedes})
    return next(statement for batch in told for statement in batch)


def build_many(
    payees: Sequence[str],
    result: RunResult,
    engine: Engine,
    context: Context | None = None,
    *,
    earlier: RunResult | None = None,
    supersedes: Mapping[str, str] | None = None,
) -> Iterator[tuple[Statement, ...]]:
    """The statements of many payees, in their order, some at a time: the usage is read once for all payees of a batch,
    and no more than a batch need be held. `supersedes`: payee -> the statement that this one corrects.

    Raises `StatementError` where the lines do not add up to the posted amount.
    """
    if result.tables is None:
        raise StatementError("this run was read back without its tables; run it again to build statements")
    if (earlier.digest if earlier is not None else "") != result.earlier_digest:
        raise StatementError("the earlier run given is not the one that this run restates")
    known = context or Context()
    accounts = _accounts_of(payees, result, earlier)
    reasons = Reasons(result, known)
    for batch in _batches(payees, accounts, result):
        shown = usage_rows([account for payee in batch for account in accounts[payee]], result, engine)
        told = []
        for payee in batch:
            lines: list[Line] = []
            for account in accounts[payee]:
                lines += _lines_of(account, shown[account], len(lines), result, earlier, known, reasons)
            told.append(_statement(payee, lines, accounts[payee], result, (supersedes or {}).get(payee, "")))
        yield tuple(told)


_AT_ONCE = 4_000
"""Assets, each per ownership window, whose lines are held at once: some 200,000 lines where each is used in fifty
places and currencies."""


def _accounts_of(payees: Sequence[str], result: RunResult, earlier: RunResult | None) -> dict[str, list[str]]:
    """Payee -> the accounts that a statement tells of, those of the restated run among them."""
    found: dict[str, set[str]] = {payee: set() for payee in payees}
    told = (one.account for one in result.adjustments)
    for account in (*result.exact, *told, *(earlier.exact if earlier is not None else ())):
        kind, _, rest = account.partition(":")
        if kind == "payable" and (payee := rest.partition(":")[0]) in found:
            found[payee].add(account)
    return {payee: sorted(accounts) for payee, accounts in found.items()}


def _batches(
    payees: Sequence[str], accounts: Mapping[str, Sequence[str]], result: RunResult
) -> Iterator[Sequence[str]]:
    """Payees in groups whose assets are few enough to be held at once, though always one."""
    if len(payees) <= 1:
        yield from ([payee] for payee in payees)
        return
    assert result.tables is not None
    assets = Counter(split for _, _, _, split in result.tables.splits)
    reach: Counter[str] = Counter()
    for split, _, stake, _ in result.tables.shares:
        reach[result.tables.names.stakes[stake][0]] += assets[split]
    of_account: Counter[str] = Counter()
    for feed in result.feeds:
        of_account[feed.account] += reach[feed.stake]
    batch: list[str] = []
    held = 0
    for payee in payees:
        size = sum(of_account[account] for account in accounts[payee])
        if batch and held + size > _AT_ONCE:
            yield batch
            batch, held = [], 0
        batch.append(payee)
        held += size
    if batch:
        yield batch


def _lines_of(
    account: str,
    shared: Sequence[tuple[DetailRow, Treated]],
    before: int,
    result: RunResult,
    earlier: RunResult | None,
    context: Context,
    reasons: Reasons,
) -> list[Line]:
    """The lines of an account, numbered after the `before` that a statement has already; they add up to what was
    posted."""
    unit = minor_unit(result.currency)
    lines = [
        usage_line(number, account, row, how, result, context, reasons.of(row, how))
        for number, (row, how) in enumerate(shared, start=before + 1)
    ]
    rest = _adjustments(account, result)
    exact = exact_sum(line.amount for line in (*lines, *rest))
    if exact != result.exact.get(account, ZERO):
        raise StatementError(
            f"{account}: the lines add up to {exact}, the run says {result.exact.get(account, ZERO)}; "
            "the usage lake has changed since the run"
        )
    if earlier is not None:
        stated = earlier.units.get(account, 0) * unit
        rest.append(Line(0, EARLIER, account, -stated, "stated for this period before", rule="restatement"))
        exact -= stated
    posted = result.delta.get(account, 0) * unit
    if posted != exact:
        words = f"{decimal(exact)} is rounded once, with all accounts of the run, to {decimal(posted)}"
        rest.append(Line(0, ROUNDING, account, posted - exact, words, rule="rounding"))
    after = before + len(lines) + 1
    return lines + [replace(line, number=number) for number, line in enumerate(rest, start=after)]


def _statement(
    payee: str, lines: Sequence[Line], accounts: Sequence[str], result: RunResult, supersedes: str
) -> Statement:
    return Statement(
        id=stable_id("stt", payee, result.currency, result.digest),
        payee=payee,
        currency=result.currency,
        period_start=result.period_start,
        period_end=result.period_end,
        lines=tuple(lines),
        totals=_totals(payee, result, sum(result.delta.get(account, 0) for account in accounts)),
        run_digest=result.digest,
        balances=tuple(_balances(payee, result)),
        memo=result.memo.get(payee, ZERO),
        supersedes=supersedes,
    )


def source_rows(line: Line, result: RunResult, engine: Engine) -> list[SourceRow]:
    """The usage rows (file and row number) behind a usage line."""
    if line.kind != USAGE or result.tables is None:
        return []
    place = (line.asset, line.service, line.territory, line.flow)
    found = [
        row
        for row in engine.detail(result.tables, _stakes_of(line.account, result.feeds))
        if (row.asset_id, row.service, row.territory, row.flow) == place and row.first_use == line.first_use
    ]
    if not found:
        return []
    return engine.source_rows(result.tables, found[0])


def _stakes_of(account: str, feeds: Sequence[Feed]) -> list[str]:
    return sorted({feed.stake for feed in feeds if feed.account == account})


def _adjustments(account: str, result: RunResult) -> list[Line]:
    return [
        Line(0, ADJUSTMENT, account, one.amount, one.words, rule=one.rule, asset=one.subject)
        for one in result.adjustments
        if one.account == account
    ]


def _totals(payee: str, result: RunResult, earned: int) -> Totals:
    """The foot: what the books brought in, what this statement adds, what leaves and what stays."""
    payout = next((one for one in result.payouts if one.party == payee), None) or Payout(payee, {}, 0, {}, 0, {})
    due = sum(payout.due.values())
    return Totals(
        earned=earned,
        opening=due - earned,
        due=due,
        withheld=tuple(sorted(payout.withheld.items())),
        paid=payout.paid,
        carried=sum(payout.carried.values()),
        why=payout.why,
    )


def _balances(payee: str, result: RunResult) -> list[tuple[str, Fraction]]:
    """The recoupments that concern a payee, with what is still outstanding (below zero)."""
    names = {
        one.subject
        for one in result.adjustments
        if one.account.startswith(f"payable:{payee}:") and one.subject in result.balances
    }
    return [(name, result.balances[name]) for name in sorted(names)]
