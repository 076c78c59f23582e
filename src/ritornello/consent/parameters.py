"""What a parameter of an offer is: its kind, its limits, which of two values is narrower, and how it is said in words.

Every parameter belongs to one of a few kinds, and the kind alone decides how it is checked, written, met and compared.
So a new parameter cannot be forgotten anywhere: the sentence, the document, the schema and the tests walk over the same
declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from ritornello.consent.errors import Finding


class Kind(StrEnum):
    """How values of a parameter are ordered from narrow to wide."""

    SPAN = "span"
    """A closed range of integers; narrower lies inside."""
    ALLOW_SET = "allow_set"
    """What is allowed; None is everything; narrower is a subset."""
    DENY_SET = "deny_set"
    """What is excluded; narrower is a superset."""
    PERMITS = "permits"
    """Yes is wider."""
    REQUIRES = "requires"
    """Yes is narrower."""
    CEILING = "ceiling"
    """At most; None is no limit; less is narrower."""
    FLOOR = "floor"
    """At least; more is narrower."""
    RANK = "rank"
    """One of an ordered list, narrowest first."""
    NOT_BEFORE = "not_before"
    """A date; None is open; later is narrower."""
    NOT_AFTER = "not_after"
    """A date; None is open; earlier is narrower."""
    CHOICE = "choice"
    """One of a list without order: it never decides, it says how."""
    NUMBER = "number"
    """An integer without order: an amount, a share, a number of days."""
    TEXT = "text"


ORDERED = frozenset(Kind) - {Kind.CHOICE, Kind.NUMBER, Kind.TEXT}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A closed range of integers; `Span(1, 0)` and its like are empty."""

    low: int
    high: int

    def __contains__(self, value: int) -> bool:
        return self.low <= value <= self.high

    def __and__(self, other: Span) -> Span:
        return Span(max(self.low, other.low), min(self.high, other.high))

    def inside(self, other: Span) -> bool:
        return other.low <= self.low and self.high <= other.high

    def nearest(self, value: int) -> int:
        return min(max(value, self.low), self.high)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared parameter. `say` is the sentence with {} for the value, `say_none` the one for nothing, no or
    open."""

    kind: Kind
    say: str
    say_none: str = ""
    say_open: str = ""
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    optional: bool = False

    def check(self, path: str, value: Any) -> list[Finding]:
        """Findings for a value that this parameter cannot take."""
        match self.kind:
            case Kind.SPAN:
                return self._check_span(path, value)
            case Kind.ALLOW_SET | Kind.DENY_SET:
                return self._check_set(path, value)
            case Kind.PERMITS | Kind.REQUIRES:
                return [] if isinstance(value, bool) else [_wrong(path, value, "write true or false")]
            case Kind.RANK | Kind.CHOICE:
                known = value in self.choices
                return [] if known else [_wrong(path, value, f"write one of {', '.join(self.choices)}")]
            case Kind.NOT_BEFORE | Kind.NOT_AFTER:
                return [] if value is None or isinstance(value, date) else [_wrong(path, value, "write a date or null")]
            case Kind.TEXT:
                return [] if isinstance(value, str) else [_wrong(path, value, "write text")]
            case _:
                return self._check_number(path, value)

    def narrower(self, one: Any, other: Any) -> bool:
        """Whether `one` allows no more than `other` (equal counts); parameters without order are never compared."""
        return bool(self.meet(one, other) == one)

    def meet(self, one: Any, other: Any) -> Any:
        """The widest value that both allow; for parameters without order the first one is kept."""
        match self.kind:
            case Kind.SPAN:
                return one & other
            case Kind.ALLOW_SET:
                return other if one is None else one if other is None else one & other
            case Kind.DENY_SET:
                return one | other
            case Kind.PERMITS:
                return one and other
            case Kind.REQUIRES:
                return one or other
            case Kind.CEILING | Kind.NOT_AFTER:
                return other if one is None else one if other is None else min(one, other)
            case Kind.FLOOR:
                return max(one, other)
            case Kind.NOT_BEFORE:
                return other if one is None else one if other is None else max(one, other)
            case Kind.RANK:
                return self.choices[min(self.choices.index(one), self.choices.index(other))]
            case _:
                return one

    def write(self, value: Any) -> Any:
        """The value in a JSON document: sets as sorted lists, dates as ISO text."""
        if isinstance(value, Span):
            return [value.low, value.high]
        if isinstance(value, frozenset):
            return sorted(value)
        return value.isoformat() if isinstance(value, date) else value

    def read(self, path: str, value: Any) -> tuple[Any, list[Finding]]:
        """The value from a JSON document, with findings where it cannot be one."""
        plain = value
        try:
            if self.kind is Kind.SPAN and isinstance(value, list) and len(value) == 2:
                plain = Span(*value)
            elif self.kind in (Kind.ALLOW_SET, Kind.DENY_SET) and isinstance(value, list):
                plain = frozenset(value)
            elif self.kind in (Kind.NOT_BEFORE, Kind.NOT_AFTER) and isinstance(value, str):
                plain = date.fromisoformat(value)
        except (TypeError, ValueError):
            return value, [_wrong(path, value, f"write a {self.kind.value.replace('_', ' ')}")]
        return plain, self.check(path, plain)

    def schema(self) -> dict[str, Any]:
        """The JSON schema (2020-12) of the written value."""
        number: dict[str, Any] = {"type": "integer"}
        number |= {} if self.low is None else {"minimum": self.low}
        number |= {} if self.high is None else {"maximum": self.high}
        text: dict[str, Any] = {"enum": list(self.choices)} if self.choices else {"type": "string"}
        match self.kind:
            case Kind.SPAN:
                return {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
            case Kind.ALLOW_SET | Kind.DENY_SET:
                kind = ["array", "null"] if self.optional else "array"
                return {"type": kind, "items": text, "uniqueItems": True}
            case Kind.PERMITS | Kind.REQUIRES:
                return {"type": "boolean"}
            case Kind.RANK | Kind.CHOICE | Kind.TEXT:
                return text
            case Kind.NOT_BEFORE | Kind.NOT_AFTER:
                return {"type": ["string", "null"], "format": "date"}
            case _:
                return {**number, "type": ["integer", "null"]} if self.optional else number

    def _check_span(self, path: str, value: Any) -> list[Finding]:
        if not isinstance(value, Span) or not all(type(end) is int for end in (value.low, value.high)):
            return [_wrong(path, value, "write two integers, low and high")]
        if value.low > value.high:
            return [_wrong(path, f"{value.low} to {value.high}", "the low end comes first")]
        return self._check_number(path, value.low) + self._check_number(path, value.high)

    def _check_set(self, path: str, value: Any) -> list[Finding]:
        if value is None and self.optional:
            return []
        if not isinstance(value, frozenset) or not all(isinstance(entry, str) for entry in value):
            return [_wrong(path, value, "write a list of texts")]
        unknown = sorted(value - set(self.choices)) if self.choices else []
        return [_wrong(path, entry, f"known are {', '.join(self.choices)}") for entry in unknown]

    def _check_number(self, path: str, value: Any) -> list[Finding]:
        if value is None and self.optional:
            return []
        if type(value) is not int:
            return [_wrong(path, value, "write an integer")]
        if self.low is not None and value < self.low:
            return [_wrong(path, value, f"the least is {self.low}")]
        if self.high is not None and value > self.high:
            return [_wrong(path, value, f"the most is {self.high}")]
        return []


def _wrong(path: str, value: object, mend: str) -> Finding:
    return Finding(path, f"{value!r} cannot stand here", mend)


def declare(default: Any, kind: Kind, say: str, say_none: str = "", **limits: Any) -> Any:
    """A dataclass field that carries its `Parameter`."""
    optional = limits.pop("optional", default is None)
    parameter = Parameter(kind, say, say_none, optional=optional, **limits)
    return field(default=default, metadata={"parameter": parameter})


def parameter_of(metadata: Mapping[str, Any]) -> Parameter:
    found = metadata["parameter"]
    assert isinstance(found, Parameter), "every field of a terms group is declared with `declare`"
    return found
