"""The songs of known truth, rendered and listened to once per test run."""

from __future__ import annotations

from functools import lru_cache

from ritornello.analysis.listen import analyse
from ritornello.analysis.model import Analysis, Audio
from tests.analysis.songs import WRITTEN_WITH, Song, compose, plan_named
from tests.analysis.synth import render

NAMES = tuple(plan.name for plan in WRITTEN_WITH)


@lru_cache(maxsize=16)
def song(name: str) -> Song:
    return compose(plan_named(name))


@lru_cache(maxsize=4)
def audio(name: str) -> Audio:
    return render(song(name))


@lru_cache(maxsize=16)
def analysis(name: str) -> Analysis:
    return analyse(audio(name))
