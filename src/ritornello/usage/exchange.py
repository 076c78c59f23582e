"""Rates of exchange as people write them for a report: "USD=0.92" is 0.92 of the house's currency for one dollar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ritornello.money import AmountError, CurrencyError, minor_digits, parse_decimal
from ritornello.usage.model import Exchange, UsageError


def rates_of(texts: Iterable[str], target: str, day: date, provider: str) -> dict[str, Exchange]:
    """Currency → the rate into `target`, of `day` and by `provider`.

    Raises `UsageError` that tells of every text which is no rate, not of the first alone.
    """
    found: dict[str, Exchange] = {}
    wrong = []
    for text in (one.strip() for one in texts):
        currency, equals, written = (part.strip() for part in text.partition("="))
        currency = currency.upper()
        try:
            minor_digits(currency)
            value = parse_decimal(written)
        except (CurrencyError, AmountError) as error:
            wrong.append(f"{text!r} ({error})" if equals else f"{text!r}")
            continue
        if value <= 0:
            wrong.append(f"{text!r} (a rate is above zero)")
        elif currency == target:
            wrong.append(f"{text!r} (amounts in {target} need no rate)")
        elif currency in found:
            wrong.append(f"{text!r} ({currency} has another rate already)")
        else:
            found[currency] = Exchange(target, value, day, provider)
    if wrong:
        raise UsageError(f"no rate of exchange: {', '.join(wrong)}; write USD=0.92, one for each currency")
    return found
