"""ISRC, ISWC, IPI, ISNI, GRid, UPC/EAN, DPID and territories: normalised, checked and explained.

An identifier is the join key of the whole trade: money follows it. So each one is read into a single normal form, held
against its check digit where it has one, and refused with the reason and the mend where it is wrong. A repair is only
ever *suggested*: a number that was silently mended would be somebody else's number with the same probability.
"""

from __future__ import annotations

from ritornello.identifiers import dpid, ean, grid, ipi, isni, isrc, iswc, territories
from ritornello.identifiers.explained import Explanation, explain
from ritornello.identifiers.reading import IdentifierError
from ritornello.identifiers.territories import TerritorySet

__all__ = [
    "Explanation",
    "IdentifierError",
    "TerritorySet",
    "dpid",
    "ean",
    "explain",
    "grid",
    "ipi",
    "isni",
    "isrc",
    "iswc",
    "territories",
]
