"""What stands in a recipe's texts is held against names and words as a sentence is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ritornello.studio.covering import cover_recipe
from ritornello.studio.recipe import Recipe
from ritornello.studio.sentence import understand
from ritornello.studio.wording import held, texts_of
from tests.studio.recipes import WIDE, node, recipe
from tests.studio.songs import WORK, demo_score

MODEL = {"seconds": 2, "provider": "musicgen_melody", "weights": "ab" * 32, "terms": "commercial"}
FACTS = {"names": ["Ilse Varga", "Nora Quist", "Slow"], "own_names": ["Ilse Varga"], "forbidden": ["white lies"]}


def prompted(prompt: str) -> Recipe:
    return recipe(node("strings", "generate", "s0", prompt=prompt, **MODEL), node("end", "fade", "strings"))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("warm strings by Nora Quist", "Nora Quist"),
        ("cuerdas de NORA QUIST", "Nora Quist"),
        ("strings full of White Lies", "white lies"),
        ("sung by somebody famous", "sung by somebody famous"),
        ("con la voz de alguien", "con la voz de alguien"),
        ("warm strings, like Adele", "like adele"),
    ],
)
def test_a_prompt_is_refused_where_the_sentence_is(text: str, term: str) -> None:
    (found,) = held(texts_of(prompted(text)), **FACTS)
    assert (found.where, found.what.split("”")[0]) == ("nodes[0].p.prompt", f"“{term}")
    assert found.mend
    assert understand(text, **FACTS).refusals or understand(text, language="es", **FACTS).refusals


@pytest.mark.parametrize(
    "text", ["warm strings", "strings like a bossa nova", "slow strings", "as Ilse Varga sings it"]
)
def test_other_prompts_pass(text: str) -> None:
    assert held(texts_of(prompted(text)), **FACTS) == ()


@pytest.mark.parametrize(
    ("title", "refused"),
    [
        ("Sounds Like Rain", False),
        ("A la playa", False),
        ("Undertow in the style of Somebody", True),
        ("Nora Quist Forever", True),
        ("White lies", True),
        ("Slow", False),
    ],
)
def test_a_title_may_say_like_and_no_other_artist(title: str, refused: bool) -> None:
    assert bool(held([("title", title)], **FACTS)) == refused
    assert held([("title", title)], **FACTS, own_titles=[title.upper()]) == ()


def test_every_text_is_told_with_its_place() -> None:
    cover = cover_recipe(replace(demo_score(), title="Nora Quist"), "bossa_nova", WIDE, source=WORK)
    assert ("nodes[0].p.score.title", "Nora Quist") in texts_of(cover)
    assert [one.where for one in held(texts_of(cover), **FACTS)] == ["nodes[0].p.score.title"]
    both = recipe(
        node("one", "generate", "s0", prompt="white lies by Nora Quist", **MODEL),
        node("two", "layer", "s0", style="bossa_nova"),
        node("all", "mix", "one", "two"),
    )
    assert len(held(texts_of(both), **FACTS)) == 2
