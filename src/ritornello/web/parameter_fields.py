"""Parameters as fields of a form, and a posted form as the parameters that differ: percent, semitones, seconds and
amounts as people write them, exact integers inside.

A form names the parameters that it shows (`shown`), since a box that is not ticked is not sent. A value that cannot be
read stays as it was written, with a finding that says what would be accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.datastructures import FormData

from ritornello.consent.errors import Finding
from ritornello.consent.parameters import Kind, Parameter
from ritornello.consent.sentence import sentence_of, words
from ritornello.consent.terms import Terms, parameters
from ritornello.web import field_words as w
from ritornello.web.parameter_words import GROUPS, LABELS, MAIN

_SCALE = {"permille": 10, "semitones": 100, "lufs": 100, "dbtp": 100, "ms": 1000, "micros": 1_000_000}
"""How many of a parameter's integers make one of what people write."""
_UNITS = {
    "permille": "%",
    "semitones": "semitones",
    "lufs": "LUFS",
    "dbtp": "dBTP",
    "ms": "seconds",
    "days": "days",
    "micros": "",
}
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter on a form. `shape`: span, boxes, words, tick, select, day, number or text."""

    path: str
    label: str
    shape: str
    sentence: str
    unit: str = ""
    value: str = ""
    other: str = ""
    """The upper end of a span."""
    options: tuple[Option, ...] = ()
    open_label: str = ""
    """The words of "no limit" where there is such a thing."""
    open: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    fields: tuple[Field, ...]


def groups(terms: Terms, *, without: Iterable[str] = ()) -> tuple[Group, ...]:
    """Every parameter by its group; those of `without` stand elsewhere on the page."""
    left_out = set(without)
    found: dict[str, list[Field]] = {}
    for path in parameters():
        if path not in left_out:
            found.setdefault(path.partition(".")[0], []).append(field(path, terms))
    return tuple(Group(GROUPS[name], tuple(fields)) for name, fields in found.items())


def main_fields(terms: Terms) -> tuple[Field, ...]:
    """The parameters that most people change."""
    return tuple(field(path, terms) for path in MAIN)


def field(path: str, terms: Terms) -> Field:
    """One parameter with its value."""
    parameter, value = parameters()[path], terms[path]
    told = sentence_of(path, terms)
    label, unit = LABELS[path], _UNITS.get(parameter.unit, "")
    if parameter.unit == "micros":
        unit = terms["creation_money.fee_currency"] if path.startswith("creation") else terms["share_money.currency"]
    match parameter.kind:
        case Kind.SPAN:
            return Field(path, label, "span", told, unit, _shown(parameter, value.low), _shown(parameter, value.high))
        case Kind.ALLOW_SET | Kind.DENY_SET:
            every = "everything" if parameter.optional else ""
            if parameter.choices:
                chosen = value or frozenset()
                options = tuple(Option(one, _said(one), one in chosen) for one in parameter.choices)
                return Field(path, label, "boxes", told, options=options, open_label=every, open=value is None)
            text = ", ".join(sorted(value or ()))
            return Field(path, label, "words", told, value=text, open_label=every, open=value is None)
        case Kind.PERMITS | Kind.REQUIRES:
            return Field(path, label, "tick", told, open=value)
        case Kind.RANK | Kind.CHOICE:
            options = tuple(Option(one, words(parameter, one, terms), one == value) for one in parameter.choices)
            return Field(path, label, "select", told, options=options)
        case Kind.NOT_BEFORE | Kind.NOT_AFTER:
            return Field(path, label, "day", told, value="" if value is None else value.isoformat())
        case Kind.TEXT:
            return Field(path, label, "text", told, value=value)
        case _:
            note = "empty for no limit" if parameter.optional else ""
            shown = "" if value is None else _shown(parameter, value)
            return Field(path, label, "number", told, unit, shown, open_label=note)


def read_form(form: FormData, base: Terms) -> tuple[dict[str, Any], list[Finding]]:
    """What of the parameters on the form differs from `base`, written as in a draft, and what cannot be read."""
    changes: dict[str, Any] = {}
    findings: list[Finding] = []
    for path in map(str, form.getlist("shown")):
        parameter = parameters().get(path)
        if parameter is None:
            findings.append(Finding(path[:80], "no such parameter", "use the form as it is"))
            continue
        try:
            value = _read(path, parameter, form)
        except ValueError as error:
            findings.append(Finding(LABELS[path], f"{error} cannot be read", _mend(parameter)))
            continue
        plain, wrong = parameter.read(path, value)
        findings += [Finding(LABELS[path], one.problem, one.mend) for one in wrong]
        if not wrong and plain != base[path]:
            changes[path] = value
    return changes, findings


def _read(path: str, parameter: Parameter, form: FormData) -> Any:
    """The value as a draft writes it. ValueError with what was written."""
    match parameter.kind:
        case Kind.SPAN:
            return [_number(parameter, _text(form, f"{path}.low")), _number(parameter, _text(form, f"{path}.high"))]
        case Kind.ALLOW_SET | Kind.DENY_SET:
            if parameter.optional and form.get(f"{path}.open"):
                return None
            if parameter.choices:
                return [str(one) for one in form.getlist(path)]
            return sorted({one.strip() for one in _text(form, path).split(",") if one.strip()})
        case Kind.PERMITS | Kind.REQUIRES:
            return bool(form.get(path))
        case Kind.RANK | Kind.CHOICE | Kind.TEXT:
            return _text(form, path)
        case Kind.NOT_BEFORE | Kind.NOT_AFTER:
            text = _text(form, path)
            if text:
                date.fromisoformat(text)
            return text or None
        case _:
            text = _text(form, path)
            return None if not text and parameter.optional else _number(parameter, text)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:_MOST_CHARACTERS] if isinstance(value, str) else ""


def _number(parameter: Parameter, text: str) -> int:
    """The integer of what was written, with a point or a comma. ValueError where it has too many decimals."""
    plain = text.replace("−", "-").replace(",", ".").replace(" ", "").removesuffix("%")
    try:
        scaled = Decimal(plain) * _SCALE.get(parameter.unit, 1)
    except InvalidOperation as error:
        raise ValueError(repr(text)) from error
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > 10**15:
        raise ValueError(repr(text))
    return int(scaled)


def _shown(parameter: Parameter, value: int) -> str:
    scale = _SCALE.get(parameter.unit, 1)
    whole, rest = divmod(abs(value), scale)
    digits = len(str(scale)) - 1
    decimals = f"{rest:0{digits}d}".rstrip("0") if digits else ""
    return f"{'-' if value < 0 else ''}{whole}{'.' + decimals if decimals else ''}"


def _mend(parameter: Parameter) -> str:
    match parameter.kind:
        case Kind.NOT_BEFORE | Kind.NOT_AFTER:
            return "write a day such as 2026-06-01"
        case _:
            unit = _UNITS.get(parameter.unit, "")
            return f"write a number{' in ' + unit if unit else ''} such as {_shown(parameter, parameter.low or 0)}"


def _said(code: str) -> str:
    return w.sentence(w.TYPES.get(code, code.replace("_", " ")))


def differing(base: Terms, terms: Terms) -> Sequence[str]:
    """The paths in which two terms differ."""
    return [path for path in parameters() if base[path] != terms[path]]


def written(terms: Terms, paths: Iterable[str]) -> Mapping[str, Any]:
    """These parameters as a draft writes them."""
    return {path: parameters()[path].write(terms[path]) for path in paths}
