"""The small machines below a render: cuts, the limiter, filters, side-chain, the drummer, the timeline."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.analysis import loudness
from ritornello.analysis.model import Audio
from ritornello.studio import effects, groove, limiter, mastering
from ritornello.studio.cutting import sequence
from ritornello.studio.groove import CELLS, bars_of
from ritornello.studio.operations import SYNTHESIS_STYLES
from ritornello.studio.timeline import Grid, grids, scaled
from tests.studio.recipes import node, recipe, recording

RATE = 44_100


def noise(frames: int, seed: int = 1, level: float = 0.2) -> np.ndarray:
    rng = np.random.Generator(np.random.PCG64(seed))
    return (level * rng.standard_normal((frames, 2))).astype(np.float32)


def test_from_the_join_on_only_the_new_slice_sounds() -> None:
    x = noise(10_000)
    out = np.zeros((4_000, 2), dtype=np.float32)
    sequence(x, [(6_000, 8_000), (1_000, 3_000)], 300, out)
    assert np.array_equal(out[2_000:], x[1_000:3_000])
    assert np.array_equal(out[:1_700], x[6_000:7_700])
    # in the middle of the fade both sound at equal power
    assert np.allclose(out[1_850], (x[7_850] + x[850]) * np.sqrt(0.5), atol=3e-3)


def test_what_sounded_fades_out_even_before_the_beginning_of_the_source() -> None:
    x = noise(10_000)
    for start in (0, 100):  # nothing, or less than a fade, lies before the slice
        out = np.zeros((4_000, 2), dtype=np.float32)
        sequence(x, [(6_000, 8_000), (start, start + 2_000)], 300, out)
        assert np.array_equal(out[2_000:], x[start : start + 2_000])
        assert np.array_equal(out[:1_700], x[6_000:7_700])
        alone = out[1_700 : 2_000 - start] / x[7_700 : 8_000 - start]  # here only what sounded is heard, ever softer
        assert np.allclose(alone[:, 0], alone[:, 1], atol=1e-5) and (np.diff(alone[:, 0]) < 0).all()
        assert alone[0, 0] > 0.99 and alone[-1, 0] < (0.01 if start == 0 else 0.6)


@given(st.lists(st.integers(1, 999), min_size=1, max_size=5, unique=True), st.integers(0, 400))
def test_cutting_and_joining_in_order_changes_nothing(cuts: list[int], fade: int) -> None:
    x = noise(1_000)
    marks = [0, *sorted(cuts), 1_000]
    out = np.zeros_like(x)
    sequence(x, list(pairwise(marks)), fade, out)
    assert np.array_equal(out, x)


def test_room_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="frames of room"):
        sequence(noise(100), [(0, 50)], 0, np.zeros((60, 2), dtype=np.float32))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**16), st.floats(0.1, 0.95), st.floats(0.3, 3.0))
def test_nothing_passes_the_limiter_above_its_ceiling(seed: int, ceiling: float, level: float) -> None:
    x = noise(1600, seed, level)
    x[seed % 1600] *= 4
    curve = limiter.gain_curve([limiter.cell_peaks(x, ceiling * 0.5)], RATE, ceiling)
    out = limiter.apply_curve(x, curve, 0)
    assert np.abs(out).max() <= ceiling * 1.0001
    assert curve.max() <= 1.0 and curve.min() > 0
    half = limiter.apply_curve(x * 0.25, curve, 0) + limiter.apply_curve(x * 0.75, curve, 0)
    assert np.allclose(half, out, atol=1e-6)  # the curve is a gain: parts sum to the whole


def test_the_limiter_lets_go_after_a_peak() -> None:
    x = noise(32_000, level=0.05)
    x[800] = 4.0
    curve = limiter.gain_curve([limiter.cell_peaks(x, 0.4)], RATE, 0.9)
    assert curve.min() < 0.3 and curve[-1] == 1.0


def test_quiet_music_passes_the_limiter_untouched() -> None:
    x = noise(3200, level=0.05)
    curve = limiter.gain_curve([limiter.cell_peaks(x, 0.4)], RATE, 0.9)
    assert np.array_equal(limiter.apply_curve(x, curve, 0), x)


def test_the_limiter_comes_down_before_a_peak_and_not_all_at_once() -> None:
    x = np.full((RATE, 2), 0.2, dtype=np.float32)
    x[RATE // 2] = 2.0
    curve = limiter.gain_curve([limiter.cell_peaks(x[: RATE // 16 * 16], 0.25)], RATE, 0.5)
    level = 20 * np.log10(curve)
    steps = np.diff(level)
    least = float(level.min())
    assert -13.5 < least <= 20 * np.log10(0.25) + 1e-6
    assert steps.min() > least / 8  # a dozen points of the look-ahead share the way down
    assert steps.max() <= 36.0 * limiter.CELL / RATE * 1.01  # and it comes back as slowly as it says


@pytest.mark.parametrize(("lufs", "dbtp"), [(-1400, -100), (-2300, -300), (-900, -50)])
def test_mastering_reaches_loudness_below_the_true_peak(lufs: int, dbtp: int) -> None:
    t = np.arange(6 * RATE) / RATE
    tone = np.sin(2 * np.pi * 11_025 * t + np.pi / 4) * 0.3 + np.sin(2 * np.pi * 220 * t) * 0.5 * (1 + np.sin(9 * t))
    x = np.stack([tone, tone], axis=1).astype(np.float32)
    out = np.zeros_like(x)
    told = mastering.master(x, RATE, lufs, dbtp, out)
    heard = loudness.measure(Audio(out, RATE))
    assert heard.true_peak_dbtp <= dbtp / 100
    assert heard.lufs == pytest.approx(lufs / 100, abs=0.1)
    assert told.lufs == pytest.approx(heard.lufs, abs=0.01) and told.dbtp == pytest.approx(
        heard.true_peak_dbtp, abs=0.01
    )


def test_mastering_makes_good_what_the_limiter_took() -> None:
    """A quiet tone with loud strokes: the gain that the loudness asks for alone would end 1.7 LU below it."""
    t = np.arange(8 * RATE) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 440 * t)
    for k in range(1, 16):
        tone[k * RATE // 2 : k * RATE // 2 + 200] += 0.8 * np.sin(2 * np.pi * 700 * t[:200])
    x = np.stack([tone, tone], axis=1).astype(np.float32)
    told = mastering.master(x, RATE, -1400, -100, np.zeros_like(x))
    assert told.lufs == pytest.approx(-14, abs=0.1) and told.dbtp <= -1 and told.limited_db > 5


def test_silence_stays_silence() -> None:
    x = np.zeros((RATE, 2), dtype=np.float32)
    out = np.ones_like(x)
    assert mastering.master(x, RATE, -1400, -100, out).gain_db == 0.0
    assert not out.any()


def _level(x: np.ndarray) -> float:
    return 20 * float(np.log10(np.sqrt(np.mean(np.square(x[len(x) // 2 :])))))


@pytest.mark.parametrize(("kind", "hertz", "passes"), [("low", 200, True), ("low", 8000, False), ("high", 8000, True)])
def test_filters_pass_what_they_should(kind: str, hertz: int, passes: bool) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32)[:, None]
    out = np.zeros_like(tone)
    still = {"kind": kind, "hz": 1000, "to_hz": 0, "from_ms": 0, "until_ms": 0}
    effects.filtered(tone, still, RATE, out)
    assert (_level(out) - _level(tone) > -1.0) == passes
    if not passes:
        assert _level(out) - _level(tone) < -30
    sweep = {**still, "to_hz": 18_000 if kind == "low" else 20, "until_ms": 400}
    effects.filtered(tone, sweep, RATE, out)
    assert _level(out) - _level(tone) > -1.5  # the corner has moved out of the way


def test_ducking_gives_way_and_comes_back() -> None:
    x = np.ones((RATE, 2), dtype=np.float32)
    key = np.zeros_like(x)
    key[10_000:10_500] = 1.0
    out = np.zeros_like(x)
    effects.ducked(x, key, {"centidb": 600, "release_ms": 100}, RATE, out)
    assert out[10_250, 0] == pytest.approx(10 ** (-6 / 20), rel=0.02)
    assert out[9_000, 0] == pytest.approx(1.0) and out[20_000, 0] == pytest.approx(1.0, abs=0.01)


def test_echoes_cross_and_die() -> None:
    x = np.zeros((RATE, 2), dtype=np.float32)
    x[0] = (1.0, 0.0)
    out = np.zeros_like(x)
    effects.echoed(x, {"ms": 100, "feedback_permille": 500, "wet_permille": 400}, RATE, out)
    assert out[4410].tolist() == pytest.approx([0.0, 0.4]) and out[8820].tolist() == pytest.approx([0.2, 0.0])


def test_a_room_keeps_its_promise_of_decay() -> None:
    x = np.zeros((3 * RATE, 2), dtype=np.float32)
    x[100] = 1.0
    out = np.zeros_like(x)
    effects.reverberated(x, {"decay_ms": 1000, "wet_permille": 1000, "pre_ms": 0}, RATE, 3, out)
    left = np.cumsum(np.square(out[::-1, 0].astype(np.float64)))[::-1]  # Schroeder: what is still to come
    assert np.argmax(left < left[0] * 1e-6) / RATE == pytest.approx(1.0, abs=0.15)


def test_a_turntable_moves_pitch_and_length_together() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE).astype(np.float32)[:, None]
    out = np.zeros((scaled(tone.shape[0], 1250), 1), dtype=np.float32)
    effects.varisped(tone, 1250, RATE, out)
    spectrum = np.abs(np.fft.rfft(out[:, 0] * np.hanning(len(out))))
    assert np.argmax(spectrum) * RATE / len(out) == pytest.approx(550, abs=1)


@pytest.mark.parametrize("style", SYNTHESIS_STYLES)
def test_the_drummer_plays_on_the_beat_and_the_same_each_time(style: str) -> None:
    beats = tuple(range(0, 16 * 22_050, 22_050))
    grid = Grid(17 * 22_050, beats, beats[::4])
    takes = []
    for seed in (1, 1, 2):
        out = np.zeros((grid.frames, 2), dtype=np.float32)
        groove.layer(grid, style, 0, 800, seed, RATE, out)
        takes.append(out)
    assert np.array_equal(takes[0], takes[1]) and not np.array_equal(takes[0], takes[2])
    rises = []
    for bar in beats[4::4]:
        after = np.abs(takes[0][bar : bar + 900]).max()
        rises.append(after / max(1e-6, np.abs(takes[0][bar - 900 : bar - 250]).max()))
    assert min(rises) > 1.0 and np.median(rises) > 1.5
    assert set(CELLS) == set(SYNTHESIS_STYLES)


def test_bars_of_three_and_a_pick_up() -> None:
    beats = tuple(range(100, 1000, 100))
    assert bars_of(Grid(1000, beats, (200, 500, 800)))[0] == (200, 300, 400, 500)
    assert bars_of(Grid(1000, (5,), ())) == []


def test_beats_follow_cuts_and_changes_of_speed() -> None:
    made = recipe(
        node("cut", "sequence", "s0", slices=[[2_000, 4_000], [0, 2_000]]),
        node("fast", "tempo", "cut", permille=2000),
        sources=[recording(frames=4_000, beats=[0, 1_000, 2_000, 3_000], downbeats=[0, 2_000])],
    )
    grid = grids(made)["fast"]
    assert grid == Grid(2_000, (0, 500, 1_000, 1_500), (0, 1_000))


@given(st.integers(0, 10**7), st.integers(250, 4000))
def test_scaling_rounds_to_the_nearest_sample(sample: int, permille: int) -> None:
    assert abs(scaled(sample, permille) * permille - sample * 1000) * 2 <= permille


@pytest.mark.parametrize("block", [64, 1000])
def test_the_limiter_in_blocks_is_the_limiter_at_once(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    peaks = (0.4 * rng.random(3000) + (rng.random(3000) < 0.02) * 2 * rng.random(3000)).astype(np.float32)
    whole = limiter.gain_curve([peaks], RATE, 0.9)
    monkeypatch.setattr(limiter, "_BLOCK", block)
    apart = limiter.gain_curve(iter(np.array_split(peaks, 11)), RATE, 0.9, peaks.size)
    assert np.abs(apart - whole).max() < 1e-12  # -240 dB: the slope is summed in another order
    assert whole.min() < 0.6
    sound = rng.random((16 * 3000, 1)).astype(np.float32)
    pieces = [limiter.apply_curve(sound[at : at + 777], whole, at) for at in range(0, len(sound), 777)]
    assert np.array_equal(np.concatenate(pieces), limiter.apply_curve(sound, whole, 0))
