"""UPC and EAN (GTIN): the product code of a release.

A UPC of twelve digits is the EAN of thirteen that starts with a zero: one product, one normal form here (twelve digits
where the thirteenth is a leading zero, else thirteen; eight for an EAN-8).
"""

from __future__ import annotations

import re

from stdnum import ean as stdnum_ean

from ritornello.identifiers.reading import IdentifierError, compact, counted

KIND = "UPC/EAN"


def parse(text: str) -> str:
    """The digits in the normal form. Raises `IdentifierError`."""
    number = compact(KIND, text)
    for label in ("UPC:", "EAN:", "UPC", "EAN"):
        number = number.removeprefix(label).strip()
    if not re.fullmatch(r"\d+", number, re.ASCII):
        raise IdentifierError(KIND, text, "it holds other characters than digits", "give the digits below the barcode")
    if len(number) == 14 and number[0] == "0":
        number = number[1:]
    if len(number) not in (8, 12, 13):
        mended = _without_eaten_zeros(number)
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'digit')}, not 12 or 13"
            + (": a spreadsheet eats leading zeros" if mended else ""),
            f"did you mean {mended}?" if mended else "give the digits below the barcode, as text",
            mended,
        )
    if not stdnum_ean.is_valid(number):
        right = stdnum_ean.calc_check_digit(number[:-1])
        mended = _without_eaten_zeros(number) if len(number) == 8 else None
        raise IdentifierError(
            KIND,
            text,
            f"its check digit is {number[-1]}, but these digits have {right}",
            f"did you mean {mended}?" if mended else "compare it with the barcode",
            mended,
        )
    return number[1:] if len(number) == 13 and number[0] == "0" else number


def gtin14(ean: str) -> str:
    """All fourteen digits, the form in which product codes of any length compare."""
    return parse(ean).zfill(14)


def _without_eaten_zeros(number: str) -> str | None:
    return number.zfill(12) if 6 <= len(number) < 12 and stdnum_ean.is_valid(number.zfill(12)) else None
