"""Statements as files: JSON (all of it, with proofs' material), HTML (stands alone), PDF (typeset with Typst)."""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined

from ritornello.proof import canonical_json
from ritornello.statements.model import Statement, StatementError
from ritornello.statements.view import Names, view


def statement_json(statement: Statement) -> bytes:
    """Header and lines in canonical JSON: hashing the header gives the statement's hash, the lines its root."""
    return canonical_json(
        {
            "statement": statement.header(),
            "hash": statement.hash(),
            "lines": [line.document() for line in statement.lines],
        }
    )


def statement_html(statement: Statement, names: Names | None = None) -> bytes:
    """One page without scripts or outside resources, for light and dark; each amount opens to its reason."""
    return _environment().get_template("statement.html").render(view(statement, names)).encode("utf-8")


def statement_pdf(statement: Statement, names: Names | None = None) -> bytes:
    """A4 pages with selectable text, tagged for screen readers. Raises `StatementError` if it cannot be typeset."""
    import typst  # heavy, and only here

    with tempfile.TemporaryDirectory(prefix="ritornello-") as folder:
        place = Path(folder)
        (place / "statement.typ").write_text(_template("statement.typ"), encoding="utf-8")
        (place / "statement.json").write_text(json.dumps(view(statement, names), ensure_ascii=False), encoding="utf-8")
        try:
            made = typst.compile(str(place / "statement.typ"), root=str(place), ignore_system_fonts=True, timestamp=0)
        except typst.TypstError as wrong:
            raise StatementError(f"statement {statement.id} cannot be typeset: {wrong}") from wrong
    return bytes(made)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _template(name: str) -> str:
    return files("ritornello.statements").joinpath("templates", name).read_text(encoding="utf-8")
