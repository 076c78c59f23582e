"""What a number might be: every kind that it fits, part by part, and where it nearly fits, what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ritornello.identifiers import dpid, ean, grid, ipi, isni, isrc, iswc
from ritornello.identifiers.reading import IdentifierError

Parts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One reading of a text: `value` is its normal form, or None with `refusal` saying why it is not of this kind."""

    kind: str
    value: str | None
    shown: str
    parts: Parts
    refusal: IdentifierError | None = None


def explain(text: str) -> list[Explanation]:
    """All kinds that the text is; where it is none, the refusals of the kinds that it resembles, nearest first."""
    valid: list[Explanation] = []
    refused: list[tuple[int, Explanation]] = []
    for kind, parse, show, parts in _KINDS:
        try:
            value = parse(text)
        except IdentifierError as refusal:
            refused.append((_distance(refusal), Explanation(kind, None, text, (), refusal)))
        else:
            valid.append(Explanation(kind, value, show(value), parts(value)))
    if valid:
        return valid
    nearest = min((distance for distance, _ in refused), default=0)
    return [explanation for distance, explanation in refused if distance == nearest]


def _distance(refusal: IdentifierError) -> int:
    if refusal.suggestion is not None:
        return 0
    return 1 if "check" in refusal.reason or "prefix" in refusal.reason else 2


def _ipi_parts(value: str) -> Parts:
    if ipi.is_base(value):
        return (("base number", value[1:10]), ("check digit", value[10]))
    return (("name number", value[:9]), ("check digits", value[9:]))


def _ipi_shown(value: str) -> str:
    return f"I-{value[1:10]}-{value[10]}" if ipi.is_base(value) else value


def _ean_parts(value: str) -> Parts:
    form = {8: "EAN-8", 12: "UPC-A", 13: "EAN-13"}[len(value)]
    return (("form", form), ("number", value[:-1]), ("check digit", value[-1]))


def _same(value: str) -> str:
    return value


_KINDS: tuple[tuple[str, Callable[[str], str], Callable[[str], str], Callable[[str], Parts]], ...] = (
    (isrc.KIND, isrc.parse, isrc.format_dashed, isrc.parts),
    (iswc.KIND, iswc.parse, iswc.format_dotted, lambda v: (("work", v[1:10]), ("check digit", v[10]))),
    (ipi.KIND, ipi.parse, _ipi_shown, _ipi_parts),
    (isni.KIND, isni.parse, isni.format_spaced, lambda v: (("identity", v[:15]), ("check character", v[15]))),
    (
        grid.KIND,
        grid.parse,
        grid.format_dashed,
        lambda v: (("issuer", v[2:7]), ("release", v[7:17]), ("check character", v[17])),
    ),
    (ean.KIND, ean.parse, _same, _ean_parts),
    (dpid.KIND, dpid.parse, dpid.format_dashed, lambda v: (("party", v[7:17]), ("check character", v[17]))),
)
