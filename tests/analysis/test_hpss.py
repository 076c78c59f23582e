"""The running median equals scipy's bit for bit, the parts sum to the whole, blocks do not show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import median_filter

from ritornello.analysis import hpss
from ritornello.analysis.medians import median_columns, median_rows
from ritornello.analysis.model import Audio

sizes, lengths = st.integers(1, 70), st.sampled_from([1, 3, 17, 31])


def grid_of(rows: int, columns: int, seed: int, levels: int) -> np.ndarray:
    """Few distinct values, so that ties and runs of equal values are common."""
    rng = np.random.default_rng(seed)
    return rng.choice(rng.random(levels).astype(np.float32), (rows, columns))


@given(sizes, sizes, lengths, st.integers(0, 2**32 - 1), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_running_medians_equal_scipy_bit_for_bit(rows: int, columns: int, length: int, seed: int, levels: int) -> None:
    # scipy 1.17 continues lines shorter than the window wrongly; those are compared with numpy below
    grid = grid_of(rows + length, columns + length, seed, levels)
    assert np.array_equal(median_rows(grid, length), median_filter(grid, size=(1, length), mode="reflect"))
    assert np.array_equal(median_columns(grid, length), median_filter(grid, size=(length, 1), mode="reflect"))


@given(sizes, sizes, lengths, st.integers(0, 2**32 - 1), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_running_medians_of_short_lines(rows: int, columns: int, length: int, seed: int, levels: int) -> None:
    grid = grid_of(rows, columns, seed, levels)
    for axis, ours in ((1, median_rows(grid, length)), (0, median_columns(grid, length))):
        ends = [(0, 0), (0, 0)]
        ends[axis] = (length // 2, length // 2)
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(grid, ends, mode="symmetric"), length, axis=axis)
        assert np.array_equal(ours, np.median(windows, axis=2).astype(np.float32))


def textbook(x: np.ndarray) -> np.ndarray:
    """The method on the whole signal at once with scipy's median: what the blocks must reproduce."""
    size, hop, frames = hpss.WINDOW, hpss.HOP, len(x)
    total = 1 + -(-frames // hop)
    window = np.hanning(size + 1)[:-1]
    padded = np.zeros((total - 1) * hop + size)
    padded[size // 2 : size // 2 + frames] = x
    spectrum = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window, axis=1)
    magnitude = np.abs(spectrum)
    h = median_filter(magnitude, size=(hpss.TIME_FRAMES, 1), mode="reflect") ** 2
    p = median_filter(magnitude, size=(1, hpss.FREQUENCY_BINS), mode="reflect") ** 2
    pieces = np.fft.irfft(spectrum * h / np.maximum(h + p, 1e-300), axis=1) * window
    out, weight = np.zeros(len(padded)), np.zeros(len(padded))
    for index in range(total):
        out[index * hop : index * hop + size] += pieces[index]
        weight[index * hop : index * hop + size] += window**2
    return (out / np.maximum(weight, 1e-3))[size // 2 : size // 2 + frames]


@pytest.mark.parametrize("frames", [3000, 1024 * 160, 1024 * 161 + 5, 44_100 * 8 + 13])
def test_blocks_do_not_show(frames: int) -> None:
    rng = np.random.default_rng(frames)
    x = (0.1 * rng.standard_normal(frames) + 0.3 * np.sin(np.arange(frames) * 0.05)).astype(np.float32)
    harmonic, _ = hpss.split(Audio(x[:, None], 44_100))
    assert np.abs(harmonic.samples[:, 0] - textbook(x.astype(np.float64))).max() < 2e-6


@given(st.integers(1, 6000), st.integers(1, 2), st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_parts_sum_to_the_whole(frames: int, channels: int, seed: int) -> None:
    x = (np.random.default_rng(seed).standard_normal((frames, channels)) * 0.2).astype(np.float32)
    harmonic, percussive = hpss.split(Audio(x, 44_100))
    assert np.abs(harmonic.samples + percussive.samples - x).max() <= 1e-6
    assert np.isfinite(harmonic.samples).all()


def test_tones_are_harmonic_and_clicks_are_percussive() -> None:
    rate = 44_100
    tones = 0.2 * sum(np.sin(2 * np.pi * f * np.arange(rate * 4) / rate) for f in (220, 277.2, 329.6))
    clicks = np.zeros(rate * 4)
    rng = np.random.default_rng(0)
    for at in range(5000, rate * 4 - 2000, 11_025):
        clicks[at : at + 400] += rng.standard_normal(400) * np.exp(-np.arange(400) / 80)
    mix = Audio((tones + clicks).astype(np.float32)[:, None], rate)
    harmonic, percussive = hpss.split(mix)

    def ratio_db(estimate: np.ndarray, truth: np.ndarray) -> float:
        scale = estimate @ truth / (truth @ truth)
        return float(10 * np.log10(np.sum((scale * truth) ** 2) / np.sum((estimate - scale * truth) ** 2)))

    inner = slice(rate // 2, -rate // 2)
    assert ratio_db(percussive.samples[inner, 0], clicks[inner]) > ratio_db(mix.samples[inner, 0], clicks[inner]) + 9
    assert ratio_db(harmonic.samples[inner, 0], tones[inner]) > 20


def test_one_mask_keeps_the_stereo_image() -> None:
    rng = np.random.default_rng(2)
    left = (rng.standard_normal(30_000) * 0.1).astype(np.float32)
    harmonic, _ = hpss.split(Audio(np.stack([left, left * np.float32(0.25)], axis=1), 44_100))
    assert np.allclose(harmonic.samples[:, 1], harmonic.samples[:, 0] * 0.25, atol=1e-6)


def test_a_report_that_raises_cancels() -> None:
    class Stop(Exception):
        pass

    def report(fraction: float, message: str) -> None:
        assert 0 < fraction <= 1 and message
        raise Stop

    with pytest.raises(Stop):
        hpss.split(Audio(np.ones((400_000, 1), np.float32), 44_100), report)
