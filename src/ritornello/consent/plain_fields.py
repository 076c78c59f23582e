"""Documents of plain fields, such as a plan or a person, held against their record before one is made of them.

Every name that is missing or unknown and every value of another kind is told at once, with its field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from ritornello.consent.errors import Finding

MOST = 2**53
"""Whole numbers above this are not exact in every program that reads JSON, so none is taken."""

_MENDS = {
    "int": "write a whole number",
    "str": "write a text",
    "bool": "write true or false",
    "frozenset[str]": "write a list of texts",
    "tuple[str, ...]": "write a list of texts",
}


def misfits(record: type, document: Any, within: str, *, besides: tuple[str, ...] = ()) -> list[Finding]:
    """What of a document does not fit the fields of a record; nothing where it can be made of it.

    Args:
        record: a dataclass whose fields are whole numbers, texts, truth values, texts in a set or tuple, or
            one of these or None.
        document: what was sent.
        within: how the document is called; findings name `within.field`, or the field alone where it is "".
        besides: fields that are read elsewhere.
    """
    if not isinstance(document, Mapping):
        return [Finding(within or "document", f"{document!r:.60} is no object of fields", "write {…}")]
    kinds = {one.name: str(one.type) for one in fields(record)}
    needed = {one.name for one in fields(record) if one.default is MISSING and one.default_factory is MISSING}
    found = [
        Finding(f"{within}.{name}".lstrip("."), "is missing", "give it") for name in sorted(needed - set(document))
    ]
    for name in sorted(document, key=str):
        kind, _, none = kinds.get(name, "").partition(" | ")
        value = document[name]
        if name not in kinds:
            found.append(Finding(f"{within}.{name}".lstrip("."), "is unknown", "leave it out"))
        elif name not in besides and not ((none and value is None) or _is(kind, value)):
            found.append(Finding(f"{within}.{name}".lstrip("."), f"{value!r:.60} cannot stand here", _MENDS[kind]))
    return found


def _is(kind: str, value: Any) -> bool:
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST
    if kind in ("frozenset[str]", "tuple[str, ...]"):
        return isinstance(value, list | tuple | frozenset) and all(isinstance(one, str) for one in value)
    return isinstance(value, bool if kind == "bool" else str)
