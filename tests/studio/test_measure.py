"""Measuring: oracles that were truly played again, identities, what must stay unmeasured, and the bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ritornello.analysis import analyse
from ritornello.analysis.model import Audio
from ritornello.studio import demo_song, stretching
from ritornello.studio.bounds import Bounds
from ritornello.studio.cutting import sequence
from ritornello.studio.measure import Measurement, hold_against, measure
from ritornello.studio.render import Rendered
from ritornello.studio.timeline import scaled
from tests.studio.conftest import played
from tests.studio.recipes import FAN, WIDE


def stretched(audio: Audio, permille: int, cents: int) -> Audio:
    out = np.zeros((scaled(audio.frames, permille), audio.channels), dtype=np.float32)
    stretching.stretched(audio.samples, permille, cents, audio.rate, out)
    return Audio(out, audio.rate)


def test_the_same_music_truly_played_faster_and_higher(short: Audio) -> None:
    heard = measure(short, played(104 * 1.06, 2))
    assert heard.tempo_permille == pytest.approx(1060, abs=1)
    assert heard.key_cents == pytest.approx(200, abs=5)
    assert heard.structure == "keep"
    assert heard.original_permille is not None and heard.original_permille > 1000 - heard.margin_permille


@pytest.mark.parametrize(("permille", "cents"), [(600, 0), (1250, 386), (930, -60), (1004, 700), (1000, -1100)])
def test_changes_are_read_to_a_permille_and_a_few_cents(short: Audio, permille: int, cents: int) -> None:
    heard = measure(short, stretched(short, permille, cents))
    assert heard.tempo_permille == pytest.approx(permille, abs=1)
    assert heard.key_cents == pytest.approx(cents, abs=6)
    assert heard.structure == "keep" and heard.pitch_follows_speed == (permille == 1250)


def test_nothing_changed_measures_as_nothing_changed(short: Audio) -> None:
    heard = measure(short, short, voice="none")
    assert (heard.tempo_permille, heard.key_cents, heard.reordered_permille) == (1000, 0, 0)
    assert heard.original_permille == 1000 and heard.added_permille == 0 and heard.kept_permille == 1000
    strict = Bounds(types=frozenset({"SPEED_PITCH"}), lufs_lo_centi=-3000)
    assert hold_against(heard, strict) == ()


def test_up_and_down_again_keeps_the_chords(short: Audio) -> None:
    there = stretched(stretched(short, 1000, 300), 1000, -300)

    def chords(audio: Audio) -> list[str]:
        """The chord at every half second of the twelve bars."""
        heard = analyse(audio).chords
        instants = range(audio.rate, 26 * audio.rate, audio.rate // 2)
        return [next((chord.name for chord in heard if chord.start <= at < chord.end), "N") for at in instants]

    before, after = chords(short), chords(there)
    same = sum(a == b for a, b in zip(before, after, strict=True))
    assert same >= 0.9 * len(before)


def test_the_remix_of_the_demo_song_measures_as_its_recipe_says(remix: Rendered, heard_remix: Measurement) -> None:
    heard = heard_remix
    assert heard.tempo_permille == pytest.approx(1060, abs=2)
    assert heard.key_cents == pytest.approx(200, abs=20)
    assert heard.reordered_permille is not None and heard.reordered_permille >= 200
    assert heard.lufs_centi == pytest.approx(-1400, abs=20) and heard.dbtp_centi <= -100
    told = remix.manifest.original_permille
    assert heard.original_permille == pytest.approx(told, abs=heard.margin_permille)
    assert hold_against(heard, FAN) == ()
    assert all(0 <= part <= 1000 for part in heard.confidence.values())


def test_a_remix_that_goes_too_far_is_caught_by_ear_alone(heard_remix: Measurement) -> None:
    tight = replace(FAN, tempo_hi_permille=1050, key_hi_cents=100, structure="keep", lufs_hi_centi=-1450)
    assert {over.term for over in hold_against(heard_remix, tight)} == {
        "tempo_permille",
        "key_cents",
        "structure",
        "lufs_centi",
    }


def test_sections_that_changed_places_and_parts_left_out(song: Audio) -> None:
    spans = [(s.start, s.end) for s in demo_song.truth().sections]
    frames = sum(end - start for start, end in spans)
    swapped = np.zeros((frames, 2), dtype=np.float32)
    sequence(song.samples, [spans[k] for k in (0, 2, 1, 4, 3, 5)], 441, swapped)
    heard = measure(song, Audio(swapped, song.rate))
    # two choruses of eight bars moved ahead of their verses: 16 of 44 bars
    assert heard.reordered_permille == pytest.approx(364, abs=25) and heard.structure == "reorder"
    short = measure(song, Audio(song.samples[: 60 * song.rate].copy(), song.rate))
    assert short.structure == "extract" and short.used_ms == pytest.approx(60_000, abs=500)
    assert [over.term for over in hold_against(short, replace(WIDE, max_extract_ms=30_000))] == ["max_extract_ms"]


def test_what_is_added_is_heard(short: Audio) -> None:
    rng = np.random.Generator(np.random.PCG64(5))
    bursts = np.zeros_like(short.samples)
    for k in range(0, short.frames - 22_050, 22_050):
        bursts[k : k + 4_000] = 0.5 * rng.standard_normal((4_000, 2)) * np.exp(-np.arange(4_000) / 900)[:, None]
    shares = []
    for level in (0.0, 0.5, 2.0):
        heard = measure(short, Audio((short.samples + level * bursts).astype(np.float32), short.rate))
        assert heard.added_permille is not None
        shares.append(heard.added_permille)
    assert shares[0] == 0 and shares[0] < shares[1] < shares[2] and shares[2] > 350


def test_the_voice_is_measured_with_its_stem_and_not_without(stems: dict[str, Audio], song: Audio) -> None:
    frames = 45 * song.rate
    whole = Audio(song.samples[:frames].copy(), song.rate)
    lead = Audio(stems["lead"].samples[:frames].copy(), song.rate)
    without = Audio(whole.samples - lead.samples, song.rate)
    assert measure(whole, stretched(without, 1060, 200), voice=lead).vocals == "remove"
    assert measure(whole, stretched(whole, 1060, 200), voice=lead).vocals == "keep"
    assert measure(whole, whole).vocals == "unmeasured"


def test_other_music_is_not_found(song: Audio) -> None:
    t = np.arange(30 * 22_050) / 22_050
    drone = (0.3 * np.sin(2 * np.pi * 233.08 * t) * (1 + 0.5 * np.sin(2 * np.pi * 0.31 * t))).astype(np.float32)
    for other in (Audio(np.stack([drone, drone], axis=1), 22_050), Audio(np.zeros((22_050, 1), np.float32), 22_050)):
        heard = measure(song, other)
        assert heard.tempo_permille is None and heard.structure is None
        assert {over.kind for over in hold_against(heard, FAN) if over.term in ("tempo_permille", "vocals")} == {
            "unmeasured"
        }


GOOD = Measurement(
    tempo_permille=1060,
    key_cents=200,
    reordered_permille=300,
    kept_permille=1000,
    used_ms=60_000,
    original_permille=900,
    added_permille=100,
    margin_permille=50,
    vocals="keep",
    lufs_centi=-1400,
    dbtp_centi=-100,
    confidence={"tempo": 1000, "key": 1000, "structure": 1000, "share": 900},
)


@pytest.mark.parametrize(
    ("measured", "limits", "found"),
    [
        ({}, {}, []),
        ({"tempo_permille": 1152}, {}, []),  # 0.2 % tolerance
        ({"tempo_permille": 1153}, {}, [("tempo_permille", "exceeds")]),
        ({"tempo_permille": 847}, {}, [("tempo_permille", "exceeds")]),
        ({"tempo_permille": None}, {}, [("tempo_permille", "unmeasured")]),
        ({"key_cents": 320}, {}, []),  # 20 cents
        ({"key_cents": 321}, {}, [("key_cents", "exceeds")]),
        ({"key_cents": None}, {}, [("key_cents", "unmeasured")]),
        ({"lufs_centi": -1380}, {}, []),  # 0.2 LU
        ({"lufs_centi": -1379}, {}, [("lufs_centi", "exceeds")]),
        ({"dbtp_centi": -99}, {}, [("true_peak_centi", "exceeds")]),  # none
        ({"vocals": "unmeasured"}, {}, [("vocals", "unmeasured")]),
        ({"vocals": "remove"}, {}, [("vocals", "exceeds")]),
        ({"vocals": "unmeasured"}, {"vocals": "any"}, []),
        ({}, {"structure": "extract"}, [("structure", "exceeds")]),
        ({"reordered_permille": 20}, {"structure": "keep"}, []),
        ({"confidence": {"structure": 100}}, {"structure": "keep"}, [("structure", "unmeasured")]),
        ({"reordered_permille": None}, {"structure": "keep"}, [("structure", "unmeasured")]),
        ({}, {"min_original_permille": 960}, [("min_original_permille", "exceeds")]),
        ({}, {"min_original_permille": 880}, [("min_original_permille", "unmeasured")]),
        ({}, {"min_original_permille": 800}, []),
        ({}, {"max_added_permille": 40}, [("max_added_permille", "exceeds")]),
        ({"added_permille": None}, {"max_added_permille": 40}, [("max_added_permille", "unmeasured")]),
        ({"tempo_permille": 1100, "key_cents": 165}, {}, [("keep_pitch", "exceeds")]),
    ],
)  # fmt: skip
def test_bounds_hold_with_the_tolerances_of_the_house(
    measured: dict[str, Any], limits: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    oversteps = hold_against(replace(GOOD, **measured), replace(FAN, **limits))
    assert [(over.term, over.kind) for over in oversteps] == found
    assert all(str(over) and over.to_document() for over in oversteps)
