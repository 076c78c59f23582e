"""GRid: A1, five characters of issuer, ten of release, and a check character name one digital release."""

from __future__ import annotations

import re

from stdnum.iso7064 import mod_37_36

from ritornello.identifiers.reading import IdentifierError, compact, counted

KIND = "GRid"
_FORM = re.compile(r"A1[A-Z0-9]{16}", re.ASCII)


def parse(text: str) -> str:
    """Eighteen characters without dashes. Raises `IdentifierError`."""
    number = compact(KIND, text, label=KIND)
    if not _FORM.fullmatch(number):
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'character')} in another form than A1 and 16 letters or digits",
            "a GRid looks like A1-2425G-ABC1234002-M",
        )
    if not mod_37_36.is_valid(number):
        right = mod_37_36.calc_check_digit(number[:-1])
        raise IdentifierError(
            KIND, text, f"its check character is {number[-1]}, but these have {right}", "compare it with the release"
        )
    return number


def format_dashed(grid: str) -> str:
    """The form for people: A1-2425G-ABC1234002-M."""
    number = parse(grid)
    return "-".join((number[:2], number[2:7], number[7:17], number[17]))
