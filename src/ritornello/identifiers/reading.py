"""How a text from a sheet becomes a candidate number, and how a refusal is said."""

from __future__ import annotations

import re
from typing import Any

from stdnum.util import clean

_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_DECIMAL_TAIL = re.compile(r"\d+[.,]0+")


class IdentifierError(ValueError):
    """A text that is no identifier of its kind: what was read, why it is refused, and how to mend it.

    `suggestion` is the identifier that was probably meant, where exactly one repair leads to a valid one; it is for a
    person to confirm.
    """

    def __init__(self, kind: str, text: Any, reason: str, mend: str, suggestion: str | None = None) -> None:
        self.kind = kind
        self.text = text
        self.reason = reason
        self.mend = mend
        self.suggestion = suggestion
        super().__init__(f"{kind} {text!r}: {reason}; {mend}")


def compact(kind: str, text: Any, *, separators: str = " -", label: str = "") -> str:
    """The text without separators and label ("ISRC:"), in capitals; `IdentifierError` for what is no such text at all.

    Dashes and spaces of other alphabets count as plain ones. What a spreadsheet does to long numbers is named.
    """
    if not isinstance(text, str):
        raise IdentifierError(
            kind, text, f"it is a {type(text).__name__}, not text", "read the column as text, so that no digit is lost"
        )
    stripped = text.strip()
    if not stripped:
        raise IdentifierError(kind, text, "it is empty", "leave the field out, or give the number")
    if len(stripped) > 80:
        raise IdentifierError(kind, text[:80], "it is far too long", "give one number per field")
    if _SCIENTIFIC.fullmatch(stripped):
        raise IdentifierError(
            kind,
            text,
            "a spreadsheet wrote it as a power of ten and cut its digits",
            "format the column as text and export the sheet again",
        )
    if _DECIMAL_TAIL.fullmatch(stripped):
        raise IdentifierError(
            kind, text, "a spreadsheet made a decimal number of it", "format the column as text and export it again"
        )
    found = str(clean(stripped, separators)).upper()
    for prefix in (f"{label.upper()}:", label.upper()) if label else ():
        if found.startswith(prefix):
            return found[len(prefix) :].strip()
    return found


def letters_for_digits(text: str) -> str:
    """The text with the letters that are often mistyped for digits (O, I, L) put right."""
    return text.translate(str.maketrans("OIL", "011"))


def counted(number: int, thing: str) -> str:
    """`1 digit`, `2 digits`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
