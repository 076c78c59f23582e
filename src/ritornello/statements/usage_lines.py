"""Usage lines of a statement: what is linear in usage, with the payee's part of it and the reasons of that part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from operator import attrgetter

from ritornello.royalty.account import Feed
from ritornello.royalty.engines import DetailRow, Engine
from ritornello.royalty.explain import Explainer
from ritornello.royalty.lanes import LanePart
from ritornello.royalty.run import RunResult
from ritornello.royalty.tables import AMOUNT_DIGITS, SHARE_DIGITS
from ritornello.royalty.wording import decimal, percent
from ritornello.statements.model import USAGE, Evidence, Line

ZERO = Fraction(0)
_NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True)
class Context:
    """What a run does not know, and a statement shows. `titles`: asset -> title; `offers`: licence -> the versions of
    the offers it was decided on; `explainer`: reasons of shares (None: lines carry no evidence)."""

    titles: Mapping[str, str] = field(default_factory=dict)
    offers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    explainer: Explainer | None = None


def usage_rows(
    accounts: Sequence[str], result: RunResult, engine: Engine
) -> dict[str, list[tuple[DetailRow, Treated]]]:
    """Account -> the usage that it takes part in, and how."""
    mine = frozenset(accounts)
    feeds: dict[str, dict[str, list[Feed]]] = defaultdict(lambda: defaultdict(list))
    for feed in result.feeds:
        if feed.account in mine:
            feeds[feed.stake][feed.account].append(feed)
    assert result.tables is not None
    rows = engine.detail(result.tables, sorted(feeds)) if feeds else []
    rows.sort(key=attrgetter("asset_id", "service", "territory", "flow", "window_no", "pool", "fx_id", "stake"))
    found: dict[str, list[tuple[DetailRow, Treated]]] = {account: [] for account in accounts}
    treated: dict[tuple[object, ...], Treated | None] = {}
    for row in rows:
        for account, fed in feeds[row.stake].items():
            key = (account, row.stake, row.lane, row.pool, row.share, row.fx_id)
            if key not in treated:
                treated[key] = _treated(fed, row, result)
            if (how := treated[key]) is not None:
                found[account].append((row, how))
    return found


@dataclass(frozen=True, slots=True)
class Treated:
    """What is the same for all lines of a stake in a lane, pool and receipt: the payee's part and its words."""

    part: LanePart
    rate: Fraction
    kept: Fraction
    factor: Fraction
    before: str
    share: str
    after: str


def _treated(feeds: Sequence[Feed], row: DetailRow, result: RunResult) -> Treated | None:
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
    return Treated(part, rate, kept, rate * kept, ", ".join(told), of_which, after)


class Reasons:
    """Why a stake shares in a line: the evidence, and its words. Owners are the same throughout an ownership window
    and region, so each is looked up once and not line by line."""

    def __init__(self, result: RunResult, context: Context) -> None:
        self._stakes = result.stakes
        self._context = context
        self._known: dict[tuple[object, ...], tuple[Evidence, str]] = {}

    def of(self, row: DetailRow, how: Treated) -> tuple[Evidence, str]:
        if self._context.explainer is None:
            return _NO_EVIDENCE, ""
        # A report without a territory lies in no region of the world.
        key = (row.asset_id, row.stake, how.part.right, row.flow, row.window_no, row.region, not row.territory)
        if key not in self._known:
            self._known[key] = self._looked_up(self._context.explainer, row, how)
        return self._known[key]

    def _looked_up(self, explainer: Explainer, row: DetailRow, how: Treated) -> tuple[Evidence, str]:
        stake, day = self._stakes[row.stake], date.fromisoformat(row.first_use)
        reasons = explainer.reasons(
            row.asset_id, how.part.right, row.flow, row.territory, day, stake.party, stake.contract
        )
        licences = tuple(sorted({name for reason in reasons for name in reason.licences}))
        offers = self._context.offers
        evidence = Evidence(
            sheets=tuple(sorted({name for reason in reasons for name in reason.sheets})),
            edges=tuple(dict.fromkeys(name for reason in reasons for name in reason.edges)),
            licences=licences,
            offers=tuple(sorted({offer for name in licences for offer in offers.get(name, ())})),
        )
        return evidence, "; ".join(reason.words for reason in reasons)


def usage_line(
    number: int,
    account: str,
    row: DetailRow,
    how: Treated,
    result: RunResult,
    context: Context,
    reasons: tuple[Evidence, str],
) -> Line:
    evidence, why = reasons
    source = Fraction(row.amount_e10, 10**AMOUNT_DIGITS)
    # From the report to the payee's part, as a sentence.
    words = f"{decimal(source)} {row.currency} reported{how.before}, {how.share}{f' ({why})' if why else ''}{how.after}"
    return Line(
        number=number,
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
