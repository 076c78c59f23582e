"""Statements as files: JSON (all of it, with proofs' material), HTML (stands alone), PDF (typeset with Typst)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from ritornello.proof import canonical_json
from ritornello.statements.fonts import Letters, letters_of
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


PAPERS = {"a4": "a4", "letter": "us-letter"}
"""Sizes of paper, and what the typesetter calls them."""


def statement_pdf(statement: Statement, names: Names | None = None, *, paper: str = "a4") -> bytes:
    """Pages with selectable text, tagged for screen readers, on "a4" or "letter".

    A letter that no font here has is shown as "?", and the page says so; a payee whose name has one is called by their
    pseudonym. Raises `StatementError` if it cannot be typeset.
    """
    import typst  # heavy, and only here

    if paper not in PAPERS:
        raise StatementError(f"paper {paper!r}: choose one of {', '.join(PAPERS)}")
    shown = view(statement, names)
    letters = letters_for(statement, names)
    if letters.missing:
        if letters.missing & set(shown["payee"]):
            shown["payee"] = shown["payee_id"]
        shown = _spared(shown, str.maketrans(dict.fromkeys(letters.missing, "?")))
    shown |= {"paper": PAPERS[paper], "fonts": letters.families, "letters": letters.finding}
    with tempfile.TemporaryDirectory(prefix="ritornello-") as folder:
        place = Path(folder)
        fonts = place / "fonts"
        fonts.mkdir()
        for file in letters.files:
            (fonts / file.name).symlink_to(file)
        (place / "statement.typ").write_text(_template("statement.typ"), encoding="utf-8")
        (place / "statement.json").write_text(json.dumps(shown, ensure_ascii=False), encoding="utf-8")
        try:
            made = typst.compile(
                str(place / "statement.typ"),
                root=str(place),
                font_paths=[str(fonts)],
                ignore_system_fonts=True,
                timestamp=0,
            )
        except typst.TypstError as wrong:
            raise StatementError(f"statement {statement.id} cannot be typeset: {wrong}") from wrong
    return bytes(made)


def letters_for(statement: Statement, names: Names | None = None) -> Letters:
    """The fonts that a statement's PDF takes, and the letters that no font here has."""
    return letters_of("".join(_texts(view(statement, names))))


def _texts(shown: Any) -> Iterator[str]:
    if isinstance(shown, str):
        yield shown
    elif isinstance(shown, dict):
        for inner in shown.values():
            yield from _texts(inner)
    elif isinstance(shown, list):
        for inner in shown:
            yield from _texts(inner)


def _spared(shown: Any, letters: dict[int, str]) -> Any:
    """The view with other letters in all its texts."""
    if isinstance(shown, str):
        return shown.translate(letters)
    if isinstance(shown, dict):
        return {name: _spared(inner, letters) for name, inner in shown.items()}
    return [_spared(inner, letters) for inner in shown] if isinstance(shown, list) else shown


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
