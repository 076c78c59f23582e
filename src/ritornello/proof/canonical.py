"""One document, one sequence of bytes: canonical JSON (RFC 8785) and its SHA-256.

Documents here hold no floats at all. RFC 8785 could write them, but a number that two machines may compute differently
in the last digit has no place under a hash: exact numbers are integers, or text such as "1/3" and "0.125".

Without floats, RFC 8785 and the standard library's encoder differ in the order of keys only: UTF-16 units there, code
points here, which is another order only where keys have characters beyond U+D7FF. So the fast encoder writes what it
can write right, and `rfc8785` the rest (and the tests hold the first to the second).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import rfc8785

MOST_LEVELS = 64
"""How deep a document may nest; deeper ones are refused before the interpreter's stack is in danger."""

_SAFE_INTEGER = 2**53 - 1


class CanonicalError(ValueError):
    """A value that has no canonical form; the message names the path to it and the mend."""


def canonical_json(document: Any) -> bytes:
    """The canonical bytes (RFC 8785, UTF-8) of None, bool, int, str, list, tuple and mappings with text keys.

    Raises `CanonicalError` for floats, integers beyond 2^53 - 1 (a JSON reader elsewhere may lose digits: write them as
    text), keys that are no text, lone surrogates, other types, and nesting beyond 64 levels.
    """
    plain = _plain(document, None, 0)
    try:
        if _has_high_key(plain):
            return rfc8785.dumps(plain)
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise CanonicalError(f"the document has no canonical form: {error}") from error


def sha256_hex(content: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def digest(document: Any) -> str:
    """SHA-256 (hex) of the document's canonical bytes."""
    return sha256_hex(canonical_json(document))


Path = tuple[Any, ...] | None
"""Where a value stands: (the path to its parent, its key or index); put into words only when something is wrong."""


def _plain(value: Any, path: Path, level: int) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > _SAFE_INTEGER:
            raise CanonicalError(
                f"{_shown(path)} is {value}, beyond 2^53 - 1, which JSON readers may lose; write it as text"
            )
        return value
    if isinstance(value, float):
        raise CanonicalError(
            f'{_shown(path)} is the float {value!r}; write an integer, or exact text such as "1/3" or "0.125"'
        )
    if level >= MOST_LEVELS:
        raise CanonicalError(f"{_shown(path)} lies deeper than {MOST_LEVELS} levels; flatten the document")
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise CanonicalError(f"{_shown(path)} has the key {key!r} ({type(key).__name__}); keys are text")
        return {key: _plain(inner, (path, key), level + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, (path, place), level + 1) for place, inner in enumerate(value)]
    raise CanonicalError(
        f"{_shown(path)} is a {type(value).__name__}; a document holds text, integers, booleans, lists and objects "
        "(dates as ISO text, fractions as text)"
    )


def _shown(path: Path) -> str:
    if path is None:
        return "$"
    return f"{_shown(path[0])}[{path[1]}]" if isinstance(path[1], int) else f"{_shown(path[0])}.{path[1]}"


def _has_high_key(plain: Any) -> bool:
    if isinstance(plain, dict):
        return any(not key.isascii() and max(key) > "\ud7ff" for key in plain) or any(
            map(_has_high_key, plain.values())
        )
    return isinstance(plain, list) and any(map(_has_high_key, plain))
