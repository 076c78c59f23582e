"""IPI: the numbers of interested parties (writers, publishers) in the societies' register.

A *name number* (11 digits) names one name of a party, a *base number* (I, nine digits, check digit) the party itself.
"""

from __future__ import annotations

import re

from ritornello.identifiers.reading import IdentifierError, compact, counted

KIND = "IPI"
_BASE = re.compile(r"I\d{10}", re.ASCII)


def parse(text: str) -> str:
    """A name number as 11 digits, or a base number as I and 10 digits. Raises `IdentifierError`."""
    number = compact(KIND, text, separators=" -.", label=KIND)
    return _base(text, number) if number.startswith("I") else _name(text, number)


def is_base(ipi: str) -> bool:
    """Whether a parsed IPI is a base number."""
    return ipi.startswith("I")


def name_check(nine: str) -> str:
    """The last two digits of a name number: weights 10 to 2, modulo 101."""
    rest = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), nine, strict=True)) % 101
    return f"{(101 - rest) % 100 if rest else 0:02d}"


def base_check(nine: str) -> str:
    """The last digit of a base number: the rule of the ISWC, with 2 in place of 1."""
    return str(-(2 + sum(place * int(digit) for place, digit in enumerate(nine, 1))) % 10)


def _name(text: str, number: str) -> str:
    if not re.fullmatch(r"\d{1,11}", number, re.ASCII):
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'character')} in another form than 11 digits",
            "a name number looks like 00014107338, a base number like I-000000229-7",
        )
    if len(number) < 11:
        whole = number.zfill(11)
        fits = whole[9:] == name_check(whole[:9])
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'digit')}, not 11: a spreadsheet eats leading zeros",
            f"did you mean {whole}?" if fits else "copy it from the society's record as text",
            whole if fits else None,
        )
    if number[9:] != (right := name_check(number[:9])):
        raise IdentifierError(
            KIND,
            text,
            f"its check digits are {number[9:]}, but these digits have {right}",
            "compare it with the society's record",
        )
    return number


def _base(text: str, number: str) -> str:
    if not _BASE.fullmatch(number):
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'character')} in another form than I and 10 digits",
            "a base number looks like I-000000229-7",
        )
    if number[-1] != (right := base_check(number[1:10])):
        raise IdentifierError(
            KIND,
            text,
            f"its check digit is {number[-1]}, but these digits have {right}",
            "compare it with the society's record",
        )
    return number
