"""Before an offer is recorded: what would be answered with it on file, what it sounds like, and what it would earn.

Nothing here is written. The answer is the single decision's own, made from the facts of the moment with the draft among
them; the earnings are a run of the royalty engine over usage that is assumed, and every assumption is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.offers import Offer
from ritornello.consent.requests import Person, Plan, Request
from ritornello.consent.terms import Terms
from ritornello.identifiers.territories import TerritorySet
from ritornello.royalty.scenario import simulate
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.ask import gather, rules_of
from ritornello.workflows.house import House

ORIGINAL, MAKER, DISTRIBUTOR = "the original's holders", "the maker", "the distributor"


def answer_with(house: House, work: UnitOfWork, offer: Offer, request: Request) -> Decision:
    """The answer to a request if this offer stood on file as its newest version."""
    facts = gather(work, request, rules_of(house))
    sources = {
        name: replace(
            source,
            offers=tuple(
                sorted(
                    (*(one for one in source.offers if one.version_id != offer.version_id), offer),
                    key=lambda one: (one.id, one.version),
                )
            ),
        )
        for name, source in facts.sources.items()
    }
    return decide(request, replace(facts, sources=sources), seek_nearest=True)


@dataclass(frozen=True, slots=True)
class Assumed:
    """What is assumed of one derivative: plays in all, and what a thousand of them bring, after the services' part."""

    plays: int = 100_000
    per_thousand: Fraction = Fraction(3)
    commission: Fraction = Fraction(15, 100)

    def __post_init__(self) -> None:
        if not 0 <= self.plays <= 10**10:
            raise ConsentError.of("plays", f"{self.plays} is no number of plays", "write 0 to 10,000,000,000")
        if not 0 <= self.per_thousand <= 10_000:
            raise ConsentError.of("per_thousand", "is no amount for a thousand plays", "write such as 3.00")
        if not 0 <= self.commission <= 1:
            raise ConsentError.of("commission", "is no part of the whole", "write 0 to 100 percent")


@dataclass(frozen=True, slots=True)
class Earned:
    """What it would bring: exact amounts in units of `currency` by who gets them, and what was assumed, in words."""

    currency: str
    receipts: Fraction
    amounts: Mapping[str, Fraction]
    assumptions: tuple[str, ...]

    def to_document(self) -> dict[str, Any]:
        return {
            "amounts": {name: str(amount) for name, amount in self.amounts.items()},
            "assumptions": list(self.assumptions),
            "currency": self.currency,
            "receipts": str(self.receipts),
        }


def would_earn(terms: Terms, assumed: Assumed) -> Earned:
    """One derivative under these terms, valued by the royalty engine.

    Raises `ConsentError` where the terms may not earn, or divide the money in a way that one derivative cannot show.
    """
    money = terms.share_money
    if not terms.platform.monetise:
        raise ConsentError.of("platform.monetise", "it may not earn money under these terms", "allow it to earn")
    fan_share = money.fan_share_permille if money.form == "fan_share" else 1000 - money.parent_share_permille
    receipts = assumed.per_thousand * assumed.plays / 1000
    licence: dict[str, Any] = {
        "id": "lic",
        "derivative": "derivative",
        "maker": MAKER,
        "fan_share": f"{fan_share}/1000",
        "basis": "gross" if money.base == "gross" else "net",
        "flows": ["stream"],
    }
    if money.cap_micros is not None:
        licence["cap"] = str(Fraction(money.cap_micros, 1_000_000))
    if money.floor_micros:
        licence["floor"] = str(Fraction(money.floor_micros, 1_000_000))
    if money.ceiling_micros is not None:
        licence["ceiling"] = str(Fraction(money.ceiling_micros, 1_000_000))
    amount = receipts.numerator * 10**10 // receipts.denominator
    result = simulate(
        {
            "title": "one derivative",
            "shares": [{"asset": "original", "right": "master", "party": ORIGINAL, "share": "1"}],
            "lineage": [{"child": "derivative", "parent": "original", "licence": "lic"}],
            "usage": [
                {
                    "asset": "derivative",
                    "service": "any",
                    "territory": "DE",
                    "amount": f"{amount // 10**10}.{amount % 10**10:010d}",
                    "currency": money.currency,
                    "units": assumed.plays,
                }
            ],
            "terms": {
                "currency": money.currency,
                "flows": [
                    {
                        "name": "stream",
                        "payer": "service",
                        "collector": "house",
                        "settlement": "ours",
                        "parts": {"master": "1"},
                    }
                ],
                "commissions": [{"payee": DISTRIBUTOR, "rate": str(assumed.commission)}] if assumed.commission else [],
                "licences": [licence],
            },
        }
    )
    return Earned(
        money.currency,
        result.receipts,
        _by_whom(result.exact),
        (
            f"{assumed.plays:,} plays of one derivative",
            f"{_decimal(assumed.per_thousand)} {money.currency} for a thousand plays, after the services' own part",
            f"{_decimal(assumed.commission * 100)} % for the distributor",
            "master and song are taken together, and nothing is recouped or withheld",
        ),
    )


def _by_whom(accounts: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The run's accounts by who gets the money, the original's holders first."""
    found = {ORIGINAL: Fraction(0), MAKER: Fraction(0)}
    for account, amount in sorted(accounts.items()):
        kind, _, rest = account.partition(":")
        who = rest.rpartition(":")[0] if kind == "payable" else DISTRIBUTOR if kind == "commission" else account
        found[who] = found.get(who, Fraction(0)) + amount
    return found


def _decimal(value: Fraction) -> str:
    scaled = value * 100
    whole = scaled.numerator // scaled.denominator
    return f"{whole // 100}.{whole % 100:02d}"


def question(
    *, recording_id: str, type_: str, territory: TerritorySet, service: str, act: str, person: Person, at: datetime
) -> Request:
    """The tester's question: one type, one act, one country, one service, and nothing done to the sound."""
    return Request(
        types=(type_,),
        sources=(recording_id,),
        plan=Plan(),
        acts=(act,),
        territories=territory,
        services=(service,),
        person=person,
        at=at,
    )
