"""Statements out of a run, built per payee on demand: twenty million usage rows make no sixty million stored lines.

Each account of the payee is explained in two kinds of lines: what is linear in usage (this many units there, at this
rate, of which this part), and the named adjustments of the run. Together they are the exact amount of the account; a
last line rounds to what was posted. What does not add up is not shown, it is an error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from ritornello.money import minor_unit
from ritornello.money.allocation import exact_sum
from ritornello.proof import stable_id
from ritornello.royalty.account import Feed
from ritornello.royalty.engines import DetailRow, Engine, SourceRow
from ritornello.royalty.explain import Explainer
from ritornello.royalty.lanes import LanePart
from ritornello.royalty.payout import Payout
from ritornello.royalty.run import RunResult
from ritornello.royalty.tables import AMOUNT_DIGITS, SHARE_DIGITS
from ritornello.royalty.wording import decimal, percent
from ritornello.statements.model import (
    ADJUSTMENT,
    EARLIER,
    ROUNDING,
    USAGE,
    Evidence,
    Line,
    Statement,
    StatementError,
    Totals,
)

ZERO = Fraction(0)
_NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Context:
    """What a run does not know, and a statement shows. `titles`: asset -> title; `offers`: licence -> the versions of
    the offers it was decided on; `explainer`: reasons of shares (None: lines carry no evidence)."""

    titles: Mapping[str, str] = field(default_factory=dict)
    offers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    explainer: Explainer | None = None


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
    known = context or Context()
    if result.tables is None:
        raise StatementError("this run was read back without its tables; run it again to build statements")
    if (earlier.digest if earlier is not None else "") != result.earlier_digest:
        raise StatementError("the earlier run given is not the one that this run restates")
    told = [result.exact, (one.account for one in result.adjustments), earlier.exact if earlier is not None else ()]
    accounts = sorted({one for names in told for one in names if one.startswith(f"payable:{payee}:")})
    unit = minor_unit(result.currency)
    lines: list[Line] = []
    for account, found in _usage_lines(accounts, result, engine, known).items():
        own = [*found, *_adjustments(account, result)]
        exact = exact_sum(line.amount for line in own)
        if exact != result.exact.get(account, ZERO):
            raise StatementError(
                f"{account}: the lines add up to {exact}, the run says {result.exact.get(account, ZERO)}; "
                "the usage lake has changed since the run"
            )
        if earlier is not None:
            stated = earlier.units.get(account, 0) * unit
            own.append(Line(0, EARLIER, account, -stated, "stated for this period before", rule="restatement"))
            exact -= stated
        posted = result.delta.get(account, 0) * unit
        if posted != exact:
            words = f"{decimal(exact)} is rounded once, with all accounts of the run, to {decimal(posted)}"
            own.append(Line(0, ROUNDING, account, posted - exact, words, rule="rounding"))
        lines.extend(own)
    numbered = tuple(replace(line, number=number) for number, line in enumerate(lines, start=1))
    totals = _totals(payee, result, sum(result.delta.get(account, 0) for account in accounts))
    return Statement(
        id=stable_id("stt", payee, result.currency, result.digest),
        payee=payee,
        currency=result.currency,
        period_start=result.period_start,
        period_end=result.period_end,
        lines=numbered,
        totals=totals,
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


def _usage_lines(accounts: Sequence[str], result: RunResult, engine: Engine, context: Context) -> dict[str, list[Line]]:
    feeds: dict[str, dict[str, list[Feed]]] = {account: defaultdict(list) for account in accounts}
    for feed in result.feeds:
        if feed.account in feeds:
            feeds[feed.account][feed.stake].append(feed)
    stakes = sorted({stake for one in feeds.values() for stake in one})
    assert result.tables is not None
    rows = engine.detail(result.tables, stakes) if stakes else []
    rows.sort(key=lambda r: (r.asset_id, r.service, r.territory, r.flow, r.window_no, r.pool, r.fx_id, r.stake))
    found: dict[str, list[Line]] = {account: [] for account in accounts}
    treated: dict[tuple[object, ...], _Treated | None] = {}
    for row in rows:
        for account in accounts:
            key = (account, row.stake, row.lane, row.pool, row.share, row.fx_id)
            if key not in treated:
                treated[key] = _treated(feeds[account].get(row.stake, ()), row, result)
            how = treated[key]
            if how is not None:
                found[account].append(_usage_line(account, row, how, result, context))
    return found


@dataclass(frozen=True, slots=True)
class _Treated:
    """What is the same for all lines of a stake in a lane, pool and receipt: the payee's part and its words."""

    part: LanePart
    rate: Fraction
    kept: Fraction
    factor: Fraction
    before: str
    share: str
    after: str


def _treated(feeds: Sequence[Feed], row: DetailRow, result: RunResult) -> _Treated | None:
    """How a payee takes part in such a row; None where nothing of it is theirs to see here."""
    lane = result.lanes[row.lane]
    if lane.held or lane.settlement != "ours":
        return None
    part = next(one for one in lane.parts if one.pool == row.pool)
    met = [feed for feed in feeds if feed.condition < 0 or feed.condition in lane.met]
    net = sum((feed.net for feed in met), ZERO)
    gross = sum((feed.gross for feed in met), ZERO)
    share = Fraction(row.share, 10**SHARE_DIGITS)
    kept = share * part.part * (net * part.net + gross)
    if not kept:
        return None
    rate = result.rates[row.fx_id]
    told = [""]
    if row.currency != result.currency:
        told.append(f"exchanged at {decimal(rate)}")
    if part.part != 1:
        told.append(f"{percent(part.part)} for the {part.right}")
    if part.fee:
        told.append(f"less {percent(part.fee)} platform fee")
    if part.tax:
        told.append(f"less {percent(part.tax)} withheld in {part.country}")
    for payee, commission, on_gross in part.commissions:
        told.append(f"less {percent(commission)} {payee}{' on the gross' if on_gross else ''}")
    after = ""
    if net not in (0, 1):
        after += f", of which {percent(net)} by contract"
    if gross:
        after += f", and {percent(gross)} of the gross by contract"
    of_which = f"of which {percent(share)}" if share != 1 else "all of it"
    return _Treated(part, rate, kept, rate * kept, ", ".join(told), of_which, after)


def _usage_line(account: str, row: DetailRow, how: _Treated, result: RunResult, context: Context) -> Line:
    stake = result.stakes[row.stake]
    evidence, why = _NO_EVIDENCE, ""
    if context.explainer is not None:
        day = date.fromisoformat(row.first_use)
        reasons = context.explainer.reasons(
            row.asset_id, how.part.right, row.flow, row.territory, day, stake.party, stake.contract
        )
        licences = tuple(sorted({name for reason in reasons for name in reason.licences}))
        evidence = Evidence(
            sheets=tuple(sorted({name for reason in reasons for name in reason.sheets})),
            edges=tuple(dict.fromkeys(name for reason in reasons for name in reason.edges)),
            licences=licences,
            offers=tuple(sorted({offer for name in licences for offer in context.offers.get(name, ())})),
        )
        why = "; ".join(reason.words for reason in reasons)
    source = Fraction(row.amount_e10, 10**AMOUNT_DIGITS)
    # From the report to the payee's part, as a sentence.
    words = f"{decimal(source)} {row.currency} reported{how.before}, {how.share}{f' ({why})' if why else ''}{how.after}"
    return Line(
        number=0,
        kind=USAGE,
        account=account,
        amount=source * how.factor,
        words=words,
        asset=row.asset_id,
        title=context.titles.get(row.asset_id, row.asset_id),
        service=row.service,
        territory=row.territory,
        flow=row.flow,
        first_use=row.first_use,
        last_use=row.last_use,
        rows=row.rows,
        units=row.units,
        source_amount=source,
        source_currency=row.currency,
        rate=how.rate,
        kept=how.kept,
        evidence=evidence,
    )


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
