"""A cover whose holders ask for the maker's own voice: who sings or plays it gets the yes, a band by rule does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.consent.requests import Person
from ritornello.identifiers.territories import TerritorySet
from ritornello.studio.demo import performance
from ritornello.studio.plan import Plan, PlanError
from ritornello.studio.recipe import Source
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from ritornello.workflows.studio_desk import Offered, Where, propose_derivative
from tests.studio_doors import house as made

FAN = Person(cast.FAN, tier="subscribers", country="DE", age=24, verified=True)
HERE = Where(FAN, TerritorySet.parse("DE, US"), (cast.ALPHA, cast.BETA))


@pytest.fixture(scope="module")
def singing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own, whose holders let people sing the song themselves."""
    opened = made.opened(tmp_path_factory.mktemp("singing"))
    made.fill(opened)
    made.allow_covers(opened)
    yield opened
    opened.engine.dispose()


def proposed(house: House, kind: str, *, take: Audio | None = None) -> Offered:
    own = None
    if take is not None:
        source = Source("me", "contribution", decode.pcm_sha256(take), take.frames, declaration="own_performance")
        own = (source, lambda: take)
    return propose_derivative(house, cast.ORGANISATION, cast.RECORDING_ID, Plan(kind), HERE, cast.ASKED, own=own)


def codes(offered: Offered) -> set[str]:
    return {str(one["code"]) for one in offered.to_document()["reasons"]}


def test_a_band_by_rule_is_no_voice(singing: House) -> None:
    assert "OWN_VOICE_REQUIRED" in codes(proposed(singing, "cover"))


def test_singing_without_a_take_is_told_what_is_missing(singing: House) -> None:
    with pytest.raises(PlanError, match="record or upload your voice"):
        proposed(singing, "sing")


def test_who_plays_the_tune_gets_the_yes(singing: House, tmp_path: Path) -> None:
    take = Audio(performance.play(performance.Take(104, 0, bars=12))["lead"], performance.RATE)
    offered = proposed(singing, "sing", take=take)
    assert offered.ready, (offered.to_document()["reasons"], offered.to_document()["refusals"])
    assert [one.kind for one in offered.proposal.recipe.sources if one.id == "me"] == ["contribution"]
