"""Figures and states in a person's words: money, times, dates, shares, territories.

Money is written by `ritornello.money.format_amount`; here it is only parted into number and currency so that columns
line up. Dates are written day first with the month's name, which no reader takes for another date. Instants are UTC and
say so.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from markupsafe import Markup, escape

from ritornello.money import format_amount, minor_digits
from ritornello.web.views import Amount, Exact, State

STATE_WORDS: dict[State, str] = {
    "yes": "Allowed",
    "ask": "Asks first",
    "no": "Not allowed",
    "wait": "No answer yet",
    "none": "Not needed",
}

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def timecode(ms: int) -> str:
    """Milliseconds as minutes and seconds: 62000 is "1:02"; hours only where there are some."""
    seconds = max(0, ms) // 1000
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def day(value: date | None) -> str:
    """A date as "3 March 2026"; nothing for None."""
    return "" if value is None else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def instant(value: datetime) -> str:
    """An instant with its zone shown: "3 March 2026, 14:05 UTC"."""
    return f"{day(value.date())}, {value:%H:%M} UTC"


def period(text: str) -> str:
    """A period's code as words: "2026-03" is "March 2026", "2026-Q1" is "first quarter of 2026"; others stay."""
    year, _, rest = text.partition("-")
    if len(year) == 4 and year.isdigit() and rest.isdigit() and 1 <= int(rest) <= 12 and len(rest) == 2:
        return f"{_MONTHS[int(rest) - 1]} {year}"
    quarters = {"Q1": "first", "Q2": "second", "Q3": "third", "Q4": "fourth"}
    return f"{quarters[rest]} quarter of {year}" if rest in quarters else text


def money(amount: Amount | Exact | None) -> Markup:
    """The amount with its currency set apart; an en dash where there is none."""
    if amount is None:
        return Markup('<span class="money none" title="no amount">–</span>')
    number, _, currency = money_text(amount).rpartition(" ")
    minus = number.startswith("-")
    shown = ("\u2212" if minus else "") + number.lstrip("-")
    css = "money minus" if minus else "money"
    return Markup('<span class="{}">{} <span class="currency">{}</span></span>').format(css, shown, currency)


def money_text(amount: Amount | Exact | None) -> str:
    """The amount as plain text. Exact amounts show two digits more than the currency has, rounded half up."""
    if amount is None:
        return "no amount"
    if isinstance(amount, Exact):
        return f"{_rounded(amount.amount, minor_digits(amount.currency) + 2)} {amount.currency}"
    return format_amount(amount.micros, amount.currency)


def _rounded(value: Fraction, digits: int) -> str:
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    units, decimals = divmod(whole, 10**digits)
    return f"{'-' if value < 0 and whole else ''}{units:,}.{decimals:0{digits}d}"


def count(number: int) -> str:
    """A whole number with its thousands parted."""
    return f"{number:,}"


def plural(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def percent(share: Fraction) -> str:
    """A share as a percentage: four decimals at most, rounded half up ("33.3333 %")."""
    scaled = share * 100
    whole, rest = divmod(abs(scaled.numerator) * 10_000, scaled.denominator)
    rounded = whole + (1 if rest * 2 >= scaled.denominator else 0)
    units, decimals = divmod(rounded, 10_000)
    shown = f"{units}.{decimals:04d}".rstrip("0").rstrip(".")
    return f"{'-' if share < 0 else ''}{shown} %"


def signed_permille(value: int) -> str:
    """A ratio in permille as a change in percent: 1080 is "+8 %", 950 is "−5 %", 1000 is "unchanged"."""
    change = value - 1000
    if change == 0:
        return "unchanged"
    shown = f"{abs(change) // 10}.{abs(change) % 10}".removesuffix(".0")
    return f"{'+' if change > 0 else '−'}{shown} %"


def signed_cents(value: int) -> str:
    """Hundredths of a semitone in words: 200 is "+2 semitones", 201 is "+2.01 semitones", 20 is "+20 cents"."""
    if value == 0:
        return "unchanged"
    sign = "+" if value > 0 else "−"
    size = abs(value)
    if size % 100 == 0:
        return f"{sign}{plural(size // 100, 'semitone', 'semitones')}"
    if size > 100:
        return f"{sign}{size // 100}.{size % 100:02d} semitones"
    return f"{sign}{size} cents"


def hundredths(value: int, unit: str) -> str:
    """An integer of hundredths with its unit: -1400 with "LUFS" is "−14.0 LUFS"."""
    size = abs(value)
    shown = f"{size // 100}.{size % 100:02d}"
    shown = shown[:-1] if shown.endswith("0") else shown
    return f"{'−' if value < 0 else ''}{shown} {unit}".strip()


def short_hash(text: str, length: int = 12) -> Markup:
    """The start of a long hash, the whole of it on hover and for copying."""
    return Markup('<code class="hash" title="{}">{}<span aria-hidden="true">…</span></code>').format(
        escape(text), text[:length]
    )
