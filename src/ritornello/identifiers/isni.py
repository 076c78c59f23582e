"""ISNI (ISO 27729): sixteen characters that name a public identity (an artist, a writer, a label)."""

from __future__ import annotations

import re

from stdnum.iso7064 import mod_11_2

from ritornello.identifiers.reading import IdentifierError, compact, counted

KIND = "ISNI"
_ADDRESS = re.compile(r"https?://(?:www\.)?isni\.org/(?:isni/)?", re.IGNORECASE)
_FORM = re.compile(r"\d{15}[\dX]", re.ASCII)


def parse(text: str) -> str:
    """Fifteen digits and a check character (digit or X), also from an isni.org address. Raises `IdentifierError`."""
    number = compact(KIND, _ADDRESS.sub("", text, count=1) if isinstance(text, str) else text, label=KIND)
    if re.fullmatch(r"\d{1,14}[\dX]", number, re.ASCII):
        whole = number.zfill(16)
        fits = bool(mod_11_2.is_valid(whole))
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'character')}, not 16: a spreadsheet eats leading zeros",
            f"did you mean {whole}?" if fits else "copy it from isni.org as text",
            whole if fits else None,
        )
    if not _FORM.fullmatch(number):
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'character')} in another form than 15 digits and a digit or X",
            "an ISNI looks like 0000 0001 2281 955X",
        )
    if not mod_11_2.is_valid(number):
        right = mod_11_2.calc_check_digit(number[:-1])
        raise IdentifierError(
            KIND,
            text,
            f"its check character is {number[-1]}, but these digits have {right}",
            "compare it with isni.org",
        )
    return number


def format_spaced(isni: str) -> str:
    """The form for people: 0000 0001 2281 955X."""
    number = parse(isni)
    return " ".join(number[start : start + 4] for start in range(0, 16, 4))
