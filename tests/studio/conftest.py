"""The demo song rendered once for all tests of the studio; excerpts of it where a whole song would only cost time."""

from __future__ import annotations

import pytest

from ritornello.analysis import analyse
from ritornello.analysis.decode import pcm_sha256
from ritornello.analysis.model import Analysis, Audio
from ritornello.studio import demo_song
from ritornello.studio.arranging import remix_recipe
from ritornello.studio.demo import performance
from ritornello.studio.measure import Measurement, measure
from ritornello.studio.render import Rendered, render
from tests.studio.recipes import FAN


@pytest.fixture(scope="session")
def stems() -> dict[str, Audio]:
    return demo_song.compose()


@pytest.fixture(scope="session")
def song(stems: dict[str, Audio]) -> Audio:
    return demo_song.mix(stems)


@pytest.fixture(scope="session")
def analysis(song: Audio) -> Analysis:
    return analyse(song)


@pytest.fixture(scope="session")
def sources(stems: dict[str, Audio], song: Audio) -> dict[str, Audio]:
    """The song and its stems under the names that a render asks for."""
    return {"s0": song, **{f"s0/{part}": stem for part, stem in stems.items()}}


@pytest.fixture(scope="session")
def remix(analysis: Analysis, song: Audio, stems: dict[str, Audio], sources: dict[str, Audio]) -> Rendered:
    """The remix that the studio proposes for the demo song within ordinary bounds."""
    hashes = {part: pcm_sha256(stem) for part, stem in stems.items()}
    recipe = remix_recipe(analysis, FAN, pcm_sha256=pcm_sha256(song), stems=hashes, vocal_part="")
    return render(recipe, sources, bounds=FAN)


@pytest.fixture(scope="session")
def heard_remix(song: Audio, remix: Rendered) -> Measurement:
    return measure(song, remix.audio, voice="none")


@pytest.fixture(scope="session")
def short() -> Audio:
    """Twelve bars of the demo song: intro and verse."""
    return played()


def played(tempo_bpm: float = 104, transpose: int = 0) -> Audio:
    """The same twelve bars truly played at another tempo or in another key: what an ideal machine would give."""
    stems = performance.play(performance.Take(tempo_bpm, transpose, bars=12))
    return Audio(sum(stems.values(), start=stems["drums"] * 0), performance.RATE)
