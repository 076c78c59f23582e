"""Where usage happened, as one number: the query joins numbers, and reads no text that makes no difference.

A place is a service, a territory, a flow and a currency. Each of these texts has a position in a list of all that
occur, which `INSTR` finds on either engine; an engine that keeps few texts as a dictionary looks each of them up once
in place of once for every row. Columns on which no treatment depends are left out, so they are not even read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TEXTS = ("service", "territory", "flow", "currency")
"""The texts of a place, in their order everywhere in this room."""

Place = tuple[str, str, str, str]
"""Service, territory, flow and currency; a missing text is the empty one."""

_BETWEEN = "|~^¦"
"""Signs that may stand between the texts of a list; the first one that no text holds does."""

_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Digit:
    """One text's part of a number: its column in a place, the list of what occurs, and what a position counts for."""

    column: int
    listed: str
    weight: int

    def of(self, place: Place) -> int:
        """The part of a place; 0 for a text that is not in the list."""
        sign = self.listed[0]
        return (self.listed.find(f"{sign}{place[self.column]}{sign}") + 1) * self.weight

    @property
    def sql(self) -> str:
        # For a missing text one engine's CONCAT gives the empty one in signs, found at 1, and the other's gives NULL.
        text = f"CONCAT('{self.listed[0]}', u.{TEXTS[self.column]}, '{self.listed[0]}')"
        found = f"COALESCE(CAST(INSTR({literal(self.listed)}, {text}) AS INT), 1)"
        return found if self.weight == 1 else f"{self.weight} * {found}"


@dataclass(frozen=True, slots=True)
class Places:
    """How places are numbered: by a pair of whole numbers of at most 31 bits, of which the second is mostly 0."""

    digits: tuple[tuple[Digit, ...], tuple[Digit, ...]] = ((), ())

    def number(self, place: Place) -> tuple[int, int]:
        """The two numbers of a place. Places that differ in what matters differ in them."""
        first, second = (sum(digit.of(place) for digit in digits) for digits in self.digits)
        return first, second

    @property
    def sql(self) -> tuple[str, str]:
        """The same as expressions over the row `u` of the usage."""
        first, second = (" + ".join(digit.sql for digit in digits) or "0" for digits in self.digits)
        return first, second


def places_of(ways: Iterable[tuple[int, Place, int]]) -> Places:
    """Number the places by what decides about their way. `ways`: (state, place, way) of all that occur.

    Raises `ValueError` where no sign is left to divide the texts by, or where there are too many of them.
    """
    rows = list(ways)
    kept = list(range(len(TEXTS)))
    for column in range(len(TEXTS)):
        rest = [one for one in kept if one != column]
        found: dict[tuple[object, ...], int] = {}
        if all(found.setdefault((state, *(place[one] for one in rest)), way) == way for state, place, way in rows):
            kept = rest
    digits: tuple[list[Digit], list[Digit]] = ([], [])
    size = [1, 1]
    for column in kept:
        texts = sorted({place[column] for _, place, _ in rows} - {""})
        sign = next((one for one in _BETWEEN if not any(one in text for text in texts)), "")
        if not sign:
            raise ValueError(f"{TEXTS[column]}: the names hold all of {_BETWEEN}, and one must be left: {texts}")
        listed = sign + "".join(f"{text}{sign}" for text in ("", *texts))
        number = 0 if size[0] * (len(listed) + 1) <= _LARGEST else 1
        digits[number].append(Digit(column, listed, size[number]))
        size[number] *= len(listed) + 1
    if max(size) > _LARGEST:
        raise ValueError("more services, territories, flows and currencies occur than can be numbered; run by source")
    return Places((tuple(digits[0]), tuple(digits[1])))


def literal(text: str) -> str:
    """A text as an SQL literal that both engines read alike, whatever they make of quotes and backslashes in one."""
    pieces: list[str] = []
    plain = ""
    for sign in text:
        if sign in "'\\" or ord(sign) < 32:
            pieces += [f"'{plain}'", f"CHR({ord(sign)})"]
            plain = ""
        else:
            plain += sign
    pieces.append(f"'{plain}'")
    return pieces[0] if len(pieces) == 1 else f"CONCAT({', '.join(pieces)})"


def laid_ways(places: Places, ways: Sequence[tuple[int, Place, int]]) -> tuple[tuple[int, int, int, int], ...]:
    """The rows of the table `ways`: state, the place's two numbers, way; each once."""
    return tuple(dict.fromkeys((state, *places.number(place), way) for state, place, way in ways))
