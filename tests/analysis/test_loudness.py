"""Loudness and true peak against the compliance signals of EBU Tech 3341, an analytic peak and pyloudnorm."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.analysis import loudness
from ritornello.analysis.loudness import Meter, measure
from ritornello.analysis.model import Audio
from tests.shared_material import MUSIC


def tone(level_db: float, seconds: float, rate: int = 48_000, hertz: float = 1000.0, channels: int = 2) -> np.ndarray:
    t = np.arange(int(seconds * rate)) / rate
    wave = (10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * t)).astype(np.float32)
    return np.repeat(wave[:, None], channels, axis=1)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize(
    "parts",
    [
        [(-23, 20)],
        [(-33, 20)],
        [(-36, 10), (-23, 60), (-36, 10)],
        [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
        [(-26, 20), (-20, 20.1), (-26, 20)],
    ],
    ids=["3341-1", "3341-2", "3341-3", "3341-4", "3341-5"],
)
def test_ebu_tech_3341_integrated(parts: list[tuple[float, float]], rate: int) -> None:
    signal = np.concatenate([tone(level, seconds, rate) for level, seconds in parts])
    expected = -33.0 if parts == [(-33, 20)] else -23.0
    assert measure(Audio(signal, rate)).lufs == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(("divisor", "phase"), [(4, 0), (4, 45), (6, 60), (8, 67.5)])
def test_ebu_tech_3341_true_peak(divisor: int, phase: float) -> None:
    rate = 48_000
    at = np.arange(rate) / divisor * 2 * np.pi + np.deg2rad(phase)
    fade = np.minimum(1, np.minimum(np.arange(rate), np.arange(rate)[::-1]) / 2400)
    signal = (0.5 * fade * np.sin(at)).astype(np.float32)[:, None]
    assert -0.4 <= measure(Audio(signal, rate)).true_peak_dbtp + 6.0 <= 0.2


@given(st.floats(200, 19_000), st.floats(0, 6.28), st.sampled_from([44_100, 48_000]))
@settings(max_examples=25, deadline=None)
def test_the_peak_of_a_sine_is_its_amplitude(hertz: float, phase: float, rate: int) -> None:
    t = np.arange(rate // 2) / rate
    fade = np.minimum(1, np.minimum(np.arange(len(t)), np.arange(len(t))[::-1]) / 2000)
    signal = (fade * np.sin(2 * np.pi * hertz * t + phase)).astype(np.float32)[:, None]
    # four values per sample leave at most 0.17 dB below the crest near 19 kHz, and nothing may lie far above it
    assert -0.75 <= measure(Audio(signal, rate)).true_peak_dbtp <= 0.1


def test_skipping_quiet_spans_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    signal = (rng.standard_normal((30_000, 2)) * rng.uniform(0, 0.4, (30_000, 1))).astype(np.float32)
    padded = np.pad(signal, ((23, 23), (0, 0)))
    phases = loudness._interpolator(4)
    by_hand = max(float(np.abs(padded).max()), *(
        float(np.abs(np.convolve(padded[:, channel], phase[::-1], "valid")).max())
        for channel in range(2) for phase in phases
    ))  # fmt: skip
    assert measure(Audio(signal, 44_100)).true_peak_dbtp == pytest.approx(20 * np.log10(by_hand), abs=1e-4)


@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=8))
@settings(max_examples=15, deadline=None)
def test_blocks_of_any_size_measure_the_same(sizes: list[int]) -> None:
    rng = np.random.default_rng(5)
    signal = (rng.standard_normal((60_000, 2)) * 0.1).astype(np.float32)
    meter, start = Meter(44_100, 2), 0
    for size in [*sizes, 60_000]:
        meter.feed(signal[start : start + size])
        start = min(start + size, 60_000)
    whole, parts = measure(Audio(signal, 44_100)), meter.loudness()
    assert parts.lufs == pytest.approx(whole.lufs, abs=1e-6)
    assert parts.true_peak_dbtp == pytest.approx(whole.true_peak_dbtp, abs=1e-6)


@given(st.floats(-20, 6))
@settings(max_examples=10, deadline=None)
def test_gain_moves_both_figures_by_itself(gain_db: float) -> None:
    rng = np.random.default_rng(9)
    signal = (rng.standard_normal((48_000 * 2, 2)) * 0.1).astype(np.float32)
    before = measure(Audio(signal, 48_000))
    after = measure(Audio((signal * 10 ** (gain_db / 20)).astype(np.float32), 48_000))
    assert after.lufs - before.lufs == pytest.approx(gain_db, abs=0.01)
    assert after.true_peak_dbtp - before.true_peak_dbtp == pytest.approx(gain_db, abs=0.01)


def test_silence_short_sound_and_mono() -> None:
    assert measure(Audio(np.zeros((48_000, 2), np.float32), 48_000)).lufs == -70.0
    assert measure(Audio(tone(-23, 0.2), 48_000)).lufs == pytest.approx(-23.0, abs=0.3)
    stereo, mono = measure(Audio(tone(-23, 5), 48_000)), measure(Audio(tone(-23, 5, channels=1), 48_000))
    assert stereo.lufs - mono.lufs == pytest.approx(3.01, abs=0.01)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_within_a_tenth_of_pyloudnorm(rate: int) -> None:
    rng = np.random.default_rng(11)
    brown = np.cumsum(rng.standard_normal((rate * 8, 2)), axis=0)
    brown -= np.apply_along_axis(lambda x: np.convolve(x, np.ones(500) / 500, "same"), 0, brown)
    signal = (0.2 * brown / np.abs(brown).max() * (1 + np.sin(np.arange(rate * 8) / rate)[:, None])).astype(np.float32)
    assert measure(Audio(signal, rate)).lufs == pytest.approx(
        pyloudnorm.Meter(rate).integrated_loudness(signal.astype(np.float64)), abs=0.1
    )


if MUSIC is not None:

    def test_real_music_is_within_a_tenth_of_pyloudnorm() -> None:
        from ritornello.analysis.decode import read

        for name in ("sad.ogg", "main_menu.ogg"):
            audio = read(MUSIC / name)
            theirs = pyloudnorm.Meter(audio.rate).integrated_loudness(audio.samples)
            assert measure(audio).lufs == pytest.approx(theirs, abs=0.1)
