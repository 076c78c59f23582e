"""ISWC (ISO 15707): T, nine digits and a check digit name one musical work."""

from __future__ import annotations

import re

from ritornello.identifiers.reading import IdentifierError, compact, counted

KIND = "ISWC"
_FORM = re.compile(r"T\d{10}", re.ASCII)


def parse(text: str) -> str:
    """T and ten digits without dots and dashes. Raises `IdentifierError`."""
    number = compact(KIND, text, separators=" -.", label=KIND)
    if re.fullmatch(r"\d{1,10}", number, re.ASCII):
        candidate = f"T{number.zfill(10)}"
        whole = len(number) == 10
        fits = candidate[-1] == check_digit(candidate[1:10])
        raise IdentifierError(
            KIND,
            text,
            "the T at the start is missing" if whole else "the T and leading zeros are missing",
            f"did you mean {format_dotted(candidate)}?" if fits else "copy it from the society's record as text",
            candidate if fits else None,
        )
    if not _FORM.fullmatch(number):
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'character')} in another form than T and 10 digits",
            "an ISWC looks like T-034.524.680-1",
        )
    if number[-1] != (right := check_digit(number[1:10])):
        raise IdentifierError(
            KIND,
            text,
            f"its check digit is {number[-1]}, but these digits have {right}",
            "two digits may be exchanged: compare it with the society's record",
        )
    return number


def check_digit(nine: str) -> str:
    """ISO 15707: 10 - (1 + sum of i * digit i) mod 10, over the nine digits with i from 1."""
    return str(-(1 + sum(place * int(digit) for place, digit in enumerate(nine, 1))) % 10)


def format_dotted(iswc: str) -> str:
    """The form for people: T-034.524.680-1."""
    number = parse(iswc)
    return f"T-{number[1:4]}.{number[4:7]}.{number[7:10]}-{number[10]}"
