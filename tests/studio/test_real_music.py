"""Remixes of real recordings: measured as they were made, and still recognised as themselves."""

from __future__ import annotations

import pytest

from ritornello.analysis import analyse, decode, similarity
from ritornello.studio.arranging import remix_recipe
from ritornello.studio.measure import hold_against, measure
from ritornello.studio.render import render
from tests.shared_material import MUSIC
from tests.studio.recipes import FAN

if MUSIC is not None:

    @pytest.mark.parametrize("name", ["love_theme", "sad"])
    def test_a_remix_of_a_real_recording(name: str) -> None:
        assert MUSIC is not None
        original = decode.read(MUSIC / f"{name}.ogg")
        recipe = remix_recipe(analyse(original), FAN, pcm_sha256=decode.pcm_sha256(original))
        assert [node.p["provider"] for node in recipe.nodes if node.op == "stem"] == ["hpss", "hpss"]
        made = render(recipe, {"s0": original}, bounds=FAN)
        heard = measure(original, made.audio, voice="none")
        assert heard.tempo_permille == pytest.approx(1060, abs=2)
        assert heard.key_cents == pytest.approx(200, abs=20)
        assert heard.reordered_permille is not None and heard.reordered_permille >= 200
        assert hold_against(heard, FAN) == ()
        if name == "love_theme":
            _ranks_first(name, made.audio)

    def _ranks_first(name: str, made: decode.Audio) -> None:
        """Qmax on beat chroma finds the original first, here among the shortest of the other recordings."""
        assert MUSIC is not None
        remixed = similarity.beat_chroma(made, analyse(made).beats)
        scores = {}
        for other in (name, "sad", "transience", "main_menu", "battle-epic"):
            audio = decode.read(MUSIC / f"{other}.ogg")
            scores[other] = similarity.qmax(remixed, similarity.beat_chroma(audio, analyse(audio).beats))
        assert max(scores, key=lambda other: scores[other]) == name
