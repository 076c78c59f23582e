"""A wish laid out in the form says the same plan again, whatever the sentence said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.studio.plan import EFFECTS, HARMONIES, PARTS, STYLES, Plan, PlanError, plan_of
from ritornello.web.studio_wish import laid_out, rest_in_words, said

plans = st.builds(
    Plan,
    kind=st.sampled_from(("edit", "remix", "loop", "extended")),
    style=st.sampled_from(("", *STYLES)),
    tempo_permille=st.none() | st.integers(500, 2000),
    key_cents=st.none() | st.integers(-1200, 1200),
    harmony=st.sampled_from(HARMONIES),
    market=st.sampled_from(("", "BR")),
    seconds=st.none() | st.integers(5, 1800),
    bars=st.none() | st.integers(1, 64),
    effects=st.lists(st.sampled_from(EFFECTS), unique=True).map(lambda some: tuple(sorted(some))),
    without=st.lists(st.sampled_from(PARTS), unique=True).map(lambda some: tuple(sorted(some))),
    sections=st.lists(st.integers(1, 99), max_size=9).map(tuple),
    levels=st.dictionaries(st.sampled_from(PARTS), st.integers(-9600, 1200)).map(
        lambda some: tuple(sorted(some.items()))
    ),
)


@given(plans)
def test_laid_out_and_said_again_is_the_same_plan(plan: Plan) -> None:
    assert plan_of(said(laid_out(plan))) == plan_of(plan.to_document())


def test_what_has_no_control_is_told_in_words() -> None:
    laid = laid_out(Plan("remix", market="BR", without=("drums",)))
    assert rest_in_words(laid["more"]) == ("without drums", "for BR")


def test_a_hidden_field_that_was_meddled_with_is_one_finding() -> None:
    with pytest.raises(PlanError, match="more: is not what the sentence left there"):
        said({"more": "[1"})
