"""The free texts of a recipe, held against names and words exactly as a sentence is: a prompt is a sentence too.

A recipe may be written by hand, so what the sentence box refuses has to be refused here as well: naming another artist,
asking to imitate anybody, and words that the holders excluded. Every refusal says in which field the term stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ritornello.studio.findings import Finding
from ritornello.studio.recipe import Recipe
from ritornello.studio.sentence import normal, refused_in

Texts = Iterable[tuple[str, str]]
"""Rows of (where it stands, the text)."""
_WISHES = ("prompt", "style", "market_style")


def texts_of(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """The free texts of a recipe, each with its path: prompts, styles, and the title of a score."""
    return tuple(_texts(recipe))


def _texts(recipe: Recipe) -> Iterator[tuple[str, str]]:
    for number, node in enumerate(recipe.nodes):
        for name in _WISHES:
            if isinstance(value := node.p.get(name), str) and value != "none":
                # styles are written with underscores, which a sentence has as spaces
                yield f"nodes[{number}].p.{name}", value.replace("_", " ")
        if title := str(node.p.get("score", {}).get("title", "")):
            yield f"nodes[{number}].p.score.title", title


def held(
    texts: Texts,
    *,
    names: Collection[str] = (),
    own_names: Collection[str] = (),
    forbidden: Collection[str] = (),
    own_titles: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Everything in these texts that no derivative of the song may ask for or be called.

    Args:
        texts: rows of (where, text); a path that ends in `title` is a title, in which a word such as *like* wishes
            nothing.
        names: artists of the catalogue.
        own_names: artists of the song, who may be named.
        forbidden: words and phrases that the holders excluded.
        own_titles: titles of the songs that it is made of; they may be said, whatever is in them.
    """
    own = {normal(title) for title in own_titles}
    return tuple(
        Finding(where, f"“{term.term}” {term.why}", term.mend)
        for where, text in texts
        if normal(text) not in own
        for term in refused_in(
            text,
            names=names,
            own_names=own_names,
            forbidden=forbidden,
            title=where.endswith("title"),
        )
    )
