"""A run as a document, and back: what is kept of it, and what a later run restates.

Exact amounts are fraction texts. Lanes and tables are not kept: they follow from the inputs, and statements are built
by running again, which the digest proves to be the same run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from ritornello.proof import stable_id
from ritornello.royalty.account import Adjustment, Feed, Figure
from ritornello.royalty.approval import RunRecord
from ritornello.royalty.carried import Carried
from ritornello.royalty.engines import FlagRow
from ritornello.royalty.payout import Payout
from ritornello.royalty.run import RunResult


@dataclass(frozen=True, slots=True)
class TermsRecord:
    """A version of an organisation's terms, as the document it was read from. `id` is its content's hash."""

    id: str
    document: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Opening:
    """The balances that an older system handed over: `stated` by it, `found` in the sheets (None while they do not
    tie). Totals by kind (payable, unrecouped, reserve), exact, in `currency`; `sheets`: file name → SHA-256."""

    as_of: date
    currency: str
    stated: Mapping[str, Fraction]
    found: Mapping[str, Fraction] | None
    sheets: Mapping[str, str]
    by: str
    at: datetime


def record_of(result: RunResult, period: str, terms_version: str, engine: str, restates: str = "") -> RunRecord:
    """The record of a run, in draft. The same run has the same id."""
    return RunRecord(
        id=stable_id("run", period, result.currency, result.digest),
        period=period,
        currency=result.currency,
        digest=result.digest,
        inputs_hash=result.inputs_hash,
        shares_hash=result.shares_hash,
        terms_version=terms_version,
        engine=engine,
        usage_rows=result.usage_rows,
        restates=restates,
    )


def to_document(result: RunResult) -> dict[str, Any]:
    """All that is kept of a run's result, as JSON values."""
    return {
        "currency": result.currency,
        "period": [str(result.period_start), str(result.period_end)],
        "receipts": str(result.receipts),
        "receipts_by": _texts(result.receipts_by),
        "exact": _texts(result.exact),
        "units": {name: str(count) for name, count in result.units.items()},
        "delta": {name: str(count) for name, count in result.delta.items()},
        "carry": str(result.carry),
        "memo": _texts(result.memo),
        "memo_gross": str(result.memo_gross),
        "billed": _texts(result.billed),
        "balances": _texts(result.balances),
        "rates": _texts(result.rates),
        "payouts": [
            {
                "party": one.party,
                "due": _counts(one.due),
                "gross": str(one.gross),
                "withheld": _counts(one.withheld),
                "paid": str(one.paid),
                "carried": _counts(one.carried),
                "why": one.why,
            }
            for one in result.payouts
        ],
        "figures": [[one.rule, one.subject, str(one.amount), one.words] for one in result.figures],
        "feeds": [
            [one.stake, one.account, str(one.net), str(one.gross), one.condition, one.words] for one in result.feeds
        ],
        "adjustments": [[one.account, one.rule, str(one.amount), one.words, one.subject] for one in result.adjustments],
        "carried": result.carried.to_document(),
        "flags": [[one.asset_id, one.rows, str(one.amount_e10)] for one in result.flags],
        "usage_rows": result.usage_rows,
        "shares_hash": result.shares_hash,
        "inputs_hash": result.inputs_hash,
        "digest": result.digest,
        "earlier_digest": result.earlier_digest,
    }


def from_document(document: Mapping[str, Any]) -> RunResult:
    """The result that `to_document` wrote, without stakes, lanes and tables."""
    start, end = document["period"]
    return RunResult(
        currency=document["currency"],
        period_start=date.fromisoformat(start),
        period_end=date.fromisoformat(end),
        receipts=Fraction(document["receipts"]),
        receipts_by=_fractions(document["receipts_by"]),
        exact=_fractions(document["exact"]),
        units=_numbers(document["units"]),
        delta=_numbers(document["delta"]),
        carry=Fraction(document["carry"]),
        memo=_fractions(document["memo"]),
        memo_gross=Fraction(document["memo_gross"]),
        billed=_fractions(document["billed"]),
        balances=_fractions(document["balances"]),
        payouts=tuple(
            Payout(
                one["party"],
                _numbers(one["due"]),
                int(one["gross"]),
                _numbers(one["withheld"]),
                int(one["paid"]),
                _numbers(one["carried"]),
                one["why"],
            )
            for one in document["payouts"]
        ),
        figures=tuple(Figure(rule, who, Fraction(sum_), words) for rule, who, sum_, words in document["figures"]),
        feeds=tuple(
            Feed(stake, account, Fraction(net), Fraction(gross), condition, words)
            for stake, account, net, gross, condition, words in document["feeds"]
        ),
        adjustments=tuple(
            Adjustment(account, rule, Fraction(sum_), words, subject)
            for account, rule, sum_, words, subject in document["adjustments"]
        ),
        flags=tuple(FlagRow(asset, rows, int(amount)) for asset, rows, amount in document["flags"]),
        usage_rows=document["usage_rows"],
        shares_hash=document["shares_hash"],
        inputs_hash=document["inputs_hash"],
        digest=document["digest"],
        earlier_digest=document["earlier_digest"],
        rates=_fractions(document["rates"]),
        carried=Carried.from_document(document["carried"]),
    )


def _texts(amounts: Mapping[str, Fraction]) -> dict[str, str]:
    return {name: str(amount) for name, amount in amounts.items()}


def _counts(counts: Mapping[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}


def _fractions(texts: Mapping[str, str]) -> dict[str, Fraction]:
    return {name: Fraction(text) for name, text in sorted(texts.items())}


def _numbers(texts: Mapping[str, str]) -> dict[str, int]:
    return {name: int(text) for name, text in sorted(texts.items())}
