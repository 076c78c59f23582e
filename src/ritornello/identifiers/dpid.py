"""DPID: PADPIDA, ten characters and a check character name a sender or recipient of DDEX messages."""

from __future__ import annotations

import re

from stdnum.iso7064 import mod_37_36

from ritornello.identifiers.reading import IdentifierError, compact, counted

KIND = "DPID"
_FORM = re.compile(r"PADPIDA[A-Z0-9]{11}", re.ASCII)


def parse(text: str) -> str:
    """Eighteen characters without dashes. Raises `IdentifierError`."""
    number = compact(KIND, text, label=KIND)
    if not _FORM.fullmatch(number):
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'character')} in another form than PADPIDA and 11 letters or digits",
            "a DPID looks like PA-DPIDA-2013020802-I and is given out by DDEX",
        )
    if not mod_37_36.is_valid(number):
        right = mod_37_36.calc_check_digit(number[:-1])
        raise IdentifierError(
            KIND,
            text,
            f"its check character is {number[-1]}, but these have {right}",
            "compare it with the partner's onboarding sheet, or search it at dpid.ddex.net",
        )
    return number


def format_dashed(dpid: str) -> str:
    """The form for people: PA-DPIDA-2013020802-I."""
    number = parse(dpid)
    return "-".join((number[:2], number[2:7], number[7:17], number[17]))
