"""The blind part of the page to listen to: nothing but the ear tells what is behind a letter."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from tools import blind

from ritornello.analysis import decode, loudness
from ritornello.analysis.model import Audio


def dull(song: Audio, permille: int) -> Audio:
    """A stand-in for a stretch: the same music at the wrong speed, half as loud."""
    return Audio(np.tile(song.samples, (2, 1)) * np.float32(0.5), song.rate)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    out = tmp_path_factory.mktemp("blind")
    return out, blind.render(out, 7, {blind.OURS: dull})


def test_the_order_is_drawn_by_the_seed_anew_for_each_trial() -> None:
    names = (blind.TRUTH, blind.OURS, blind.RUBBERBAND)
    drawn = {seed: [blind.order(names, trial, seed) for trial in range(8)] for seed in (1, 2)}
    assert drawn[1] == [blind.order(names, trial, 1) for trial in range(8)] and drawn[1] != drawn[2]
    assert len(set(drawn[1])) > 2 and all(sorted(one) == sorted(names) for one in drawn[1])


def test_a_trial_holds_the_reference_behind_one_of_its_letters(rendered: tuple[Path, dict[str, object]]) -> None:
    out, told = rendered
    answers = json.loads(base64.b64decode(str(told["answers"])))
    trials = told["trials"]
    assert isinstance(trials, list) and len(trials) == len(blind.TRIALS) == len(answers)
    for trial in trials:
        letters = answers[trial["name"]]
        assert sorted(letters.values()) == sorted([blind.TRUTH, blind.OURS]) and sorted(letters) == ["A", "B"]
        sounds = {letter: decode.read(out / file) for letter, file in trial["files"].items()}
        reference = decode.read(out / trial["reference"])
        for letter, sound in sounds.items():
            assert sound.frames == reference.frames  # neither length nor loudness gives a take away
            assert loudness.measure(sound).lufs == pytest.approx(loudness.measure(reference).lufs, abs=0.1)
            same = np.array_equal(sound.samples, reference.samples)
            assert same == (letters[letter] == blind.TRUTH)


def test_nothing_that_a_listener_sees_gives_the_answer(rendered: tuple[Path, dict[str, object]]) -> None:
    out, told = rendered
    page = blind.section(told, lambda file, title, words: f"<i title='{title}'>{file} {words}</i>")
    for name in (*(file.name for file in out.iterdir()), page.split("<div class='cards'>")[1]):
        assert not any(word in name.lower() for word in ("ours", "rubber", "band", "r3", " is truly"))
    assert page.count("data-score=") == 2 * len(blind.TRIALS) and "nobody had filled in a sheet" in page
