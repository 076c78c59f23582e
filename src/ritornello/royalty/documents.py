"""Reading a document of terms field by field: what is not understood is an error, never ignored.

A misspelt term that is silently dropped pays the wrong person. Every record is therefore read through a `Reader`, which
knows where it is in the document, converts exactly (numbers are texts, never floats) and refuses what is left over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from ritornello.money import AmountError, parse_decimal


class TermError(ValueError):
    """A term that is unknown, missing or not exact; the message says where it stands and how to mend it."""


class Reader:
    """One object of a document, read key by key.

    `where` is the path shown in messages ("contracts[2].reserve"). Every `take_*` consumes its key; `done` raises
    `TermError` for the keys that nobody consumed.
    """

    def __init__(self, document: object, where: str) -> None:
        if not isinstance(document, Mapping):
            raise TermError(f"{where}: {document!r} is not an object of named terms")
        self._document: Mapping[str, Any] = document
        self.where = where
        self._known: list[str] = []

    def take(self, key: str, default: Any = None) -> Any:
        self._known.append(key)
        return self._document.get(key, default)

    def need(self, key: str) -> Any:
        if key not in self._document:
            raise TermError(f"{self.where}: the term {key!r} is missing")
        return self.take(key)

    def has(self, key: str) -> bool:
        self._known.append(key)
        return key in self._document

    def text(self, key: str, default: str | None = None) -> str:
        value = self.need(key) if default is None else self.take(key, default)
        if not isinstance(value, str):
            raise TermError(f"{self.where}.{key}: {value!r} is not a text")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise TermError(f"{self.where}.{key}: {value!r} is neither true nor false")
        return value

    def amount(self, key: str, default: str | None = None) -> Fraction:
        """An exact number: a text such as "0.15", "1/3", or a whole number."""
        return exact(self.need(key) if default is None else self.take(key, default), f"{self.where}.{key}")

    def rate(self, key: str, default: str | None = None) -> Fraction:
        """An exact number from 0 to 1."""
        value = self.amount(key, default)
        if not 0 <= value <= 1:
            raise TermError(f'{self.where}.{key}: {value} is not a part of one; write 15 % as "0.15"')
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        value = self.need(key) if default is None else self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TermError(f"{self.where}.{key}: {value!r} is not a whole number")
        return value

    def day(self, key: str) -> date | None:
        """A date, or None where the key is absent or null."""
        value = self.take(key)
        if value is None:
            return None
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise TermError(f"{self.where}.{key}: {value!r} is not a date such as 2026-03-31") from None

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key, ())
        if isinstance(value, str):
            value = (value,)
        if not isinstance(value, Sequence) or not all(isinstance(entry, str) for entry in value):
            raise TermError(f"{self.where}.{key}: {value!r} is not a list of texts")
        return tuple(value)

    def many(self, key: str) -> list[Reader]:
        value = self.take(key, ())
        if isinstance(value, str | Mapping) or not isinstance(value, Sequence):
            raise TermError(f"{self.where}.{key}: {value!r} is not a list")
        return [Reader(entry, f"{self.where}.{key}[{place}]") for place, entry in enumerate(value)]

    def one(self, key: str) -> Reader | None:
        value = self.take(key)
        return None if value is None else Reader(value, f"{self.where}.{key}")

    def table(self, key: str) -> dict[str, Any]:
        value = self.take(key, {})
        if not isinstance(value, Mapping):
            raise TermError(f"{self.where}.{key}: {value!r} is not an object")
        return dict(value)

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value not in allowed:
            raise TermError(f"{self.where}.{key}: {value!r} is none of {', '.join(allowed)}{_meant(value, allowed)}")
        return value

    def done(self) -> None:
        unknown = sorted(set(self._document) - set(self._known))
        if unknown:
            raise TermError(
                f"{self.where}: unknown term {unknown[0]!r}{_meant(unknown[0], self._known)}; "
                f"known here: {', '.join(sorted(set(self._known)))}"
            )


def exact(value: object, where: str) -> Fraction:
    """An exact number out of a document: a decimal text, a fraction text "1/3", or a whole number."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if not isinstance(value, str):
        raise TermError(f"{where}: {value!r} is not exact; write the number as a text")
    try:
        if "/" in value:
            above, below = value.split("/")
            return parse_decimal(above) / parse_decimal(below)
        return parse_decimal(value)
    except (AmountError, ValueError, ZeroDivisionError) as wrong:
        raise TermError(f"{where}: {value!r} is not an exact number ({wrong})") from None


def _meant(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
