"""Time and pitch: against music truly played at another speed, against identities, at odd rates and lengths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.analysis.model import Audio
from ritornello.studio import stretching
from ritornello.studio.hearing import hear
from ritornello.studio.time_map import TimeMap, held, steady, through
from ritornello.studio.timeline import scaled
from ritornello.studio.vocoder import band_gain, vocoded
from tests.studio.conftest import played

RATE = 44_100


def attack_agreement(a: Audio, b: Audio) -> float:
    x, y = (hear(audio).attacks.sum(axis=1) for audio in (a, b))
    n = min(x.size, y.size)
    return float(np.corrcoef(x[:n], y[:n])[0, 1])


@pytest.mark.parametrize(("permille", "least"), [(800, 0.95), (1250, 0.945)])
def test_attacks_agree_with_music_that_was_truly_played_at_that_speed(
    short: Audio, permille: int, least: float
) -> None:
    truth = played(104 * permille / 1000)
    out = np.zeros((scaled(short.frames, permille), 2), dtype=np.float32)
    stretching.stretched(short.samples, permille, 0, short.rate, out)
    kept = attack_agreement(Audio(out, short.rate), truth)
    assert kept >= least
    vocoded(short.samples, steady(short.frames, out.shape[0]), np.zeros(0, dtype=np.int64), short.rate, out)
    assert kept > attack_agreement(Audio(out, short.rate), truth) + 0.01  # time that stands still at strokes is why
    repeated = np.zeros_like(out)
    vocoded(short.samples, steady(short.frames, out.shape[0]), np.zeros(0, dtype=np.int64), short.rate, repeated)
    assert np.array_equal(out, repeated)


def test_the_stereo_image_stays(short: Audio) -> None:
    out = np.zeros((scaled(short.frames, 800), 2), dtype=np.float32)
    stretching.stretched(short.samples, 800, 0, short.rate, out)
    before, after = (float(np.corrcoef(x[:, 0], x[:, 1])[0, 1]) for x in (short.samples, out))
    assert abs(before - after) <= 0.03


@pytest.mark.parametrize("channels", [1, 2])
def test_at_its_own_speed_a_recording_is_itself(channels: int) -> None:
    rng = np.random.default_rng(5)
    x = (0.1 * rng.standard_normal((30_000, channels))).astype(np.float32)
    out = np.zeros_like(x)
    vocoded(x, steady(30_000, 30_000), np.zeros(0, dtype=np.int64), RATE, out)
    assert np.abs(out - x).max() < 2e-3
    stretching.stretched(x, 1000, 0, RATE, out)
    assert np.array_equal(out, x)


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("permille", "cents"), [(900, 0), (1000, 300), (1250, -500), (400, 0)])
def test_a_tone_keeps_its_level_and_gets_its_pitch(rate: int, permille: int, cents: int) -> None:
    t = np.arange(4 * rate) / rate
    tone = (0.4 * np.sin(2 * np.pi * 330 * t)).astype(np.float32)[:, None]
    out = np.zeros((scaled(tone.shape[0], permille), 1), dtype=np.float32)
    stretching.stretched(tone, permille, cents, rate, out)
    inner = out[rate // 4 : -rate // 4, 0]
    cells = inner[: inner.size // (rate // 10) * (rate // 10)].reshape(-1, rate // 10)
    level = np.abs(cells).max(axis=1)
    assert level.min() > 0.34 and level.max() < 0.46
    spectrum = np.abs(np.fft.rfft(inner * np.hanning(inner.size)))
    found = np.argmax(spectrum) * rate / inner.size
    assert found == pytest.approx(330 * 2 ** (cents / 1200), abs=rate / inner.size)


@pytest.mark.parametrize("frames", [1, 50, 1_000, 5_000])
def test_short_sounds_are_no_trouble(frames: int) -> None:
    x = np.full((frames, 2), 0.1, dtype=np.float32)
    out = np.zeros((scaled(frames, 800), 2), dtype=np.float32)
    stretching.stretched(x, 800, 0, RATE, out)
    stretching.with_transients(x, 800, 200, RATE, out)
    assert np.isfinite(out).all() and np.abs(out).max() < 0.3


def test_the_resolutions_share_out_every_frequency_once() -> None:
    window = 4096
    total = sum(
        band_gain(window, low, high, RATE).astype(np.float64) for low, high in ((0, 800), (800, 4000), (4000, 0))
    )
    assert np.allclose(total, 1.0, atol=1e-6)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(0, 400_000), min_size=0, max_size=60),
    st.integers(300, 3000),
)
def test_a_held_map_rises_and_stands_still_at_strokes(strokes: list[int], permille: int) -> None:
    base = steady(400_000, scaled(400_000, permille))
    marks = np.asarray(strokes, dtype=np.int64)
    kept = held(base, marks, RATE)
    assert (np.diff(kept.result) > 0).all() and (np.diff(kept.source) > 0).all()
    inside = marks[(marks > 10_000) & (marks < 390_000)]
    assert np.allclose(kept.result_at(inside), base.result_at(inside), atol=1.0)  # strokes fall where they belong


def test_a_map_through_anchors_goes_on_beyond_them() -> None:
    line = through([(1_000, 0), (2_000, 2_000), (4_000, 4_000)])
    assert line.source_at([0, 1_000, 3_000, 5_000]).tolist() == [1_000, 1_500, 3_000, 5_000]
    assert line.result_at([500, 5_000]).tolist() == [-1_000, 5_000]
    with pytest.raises(ValueError, match="rise"):
        TimeMap(np.asarray([0.0, 1.0]), np.asarray([1.0, 1.0]))


def test_strokes_are_found_where_they_are() -> None:
    rng = np.random.default_rng(3)
    x = np.zeros((12 * RATE, 1), dtype=np.float32)
    at = np.arange(1, 23) * RATE // 2
    for start in at:
        x[start : start + 4_000, 0] += 0.3 * rng.standard_normal(4_000) * np.exp(-np.arange(4_000) / 600)
    found = stretching.strokes(x, RATE)
    assert found.size == at.size and np.abs(found - at).max() <= RATE // 200


def test_a_stroke_is_placed_to_the_millisecond_in_the_midst_of_music() -> None:
    """A low drum over held tones and a bed of noise, struck off any grid: each place lies 2 ms before its beginning."""
    rng = np.random.default_rng(11)
    t = np.arange(12 * RATE) / RATE
    x = sum(0.08 * np.sin(2 * np.pi * f * t + f) for f in (196.0, 294.0, 440.0, 1175.0))
    x = x + 0.001 * rng.standard_normal(t.size)
    ring = np.arange(RATE // 4) / RATE
    drum = 0.5 * np.sin(2 * np.pi * 60 * ring) * np.exp(-ring / 0.08) + 0.06 * np.exp(-ring / 0.002) * np.sin(
        2 * np.pi * 1500 * ring
    )
    at = np.sort(RATE // 2 * np.arange(1, 23) + rng.integers(-900, 900, 22))
    for start in at:
        x[start : start + drum.size] += drum
    found = stretching.strokes(np.stack([x, 0.5 * x], axis=1).astype(np.float32), RATE)
    assert found.size == at.size
    assert np.abs(found + RATE // 500 - at).max() <= RATE // 1000


def test_a_silent_beginning_of_a_stroke_is_no_trouble() -> None:
    x = np.zeros((RATE, 1), dtype=np.float32)
    x[20_000:22_000] = 0.3
    assert np.abs(stretching.strokes(x, RATE) + RATE // 500 - 20_000).min() <= 2


def test_time_stands_still_for_longer_before_a_stroke_where_music_is_slowed() -> None:
    marks = np.asarray([200_000])
    for frames, before_s in ((500_000, 0.020), (320_000, 0.012)):
        kept = held(steady(400_000, frames), marks, RATE)
        assert kept.slows == (frames > 400_000)
        at = float(kept.result_at(200_000))
        still = kept.source_at([at - 0.99 * before_s * RATE, at])
        assert still[1] - still[0] == pytest.approx(0.99 * before_s * RATE, abs=1)
        sooner = kept.source_at([at - 1.5 * before_s * RATE, at])
        assert abs(sooner[1] - sooner[0] - 1.5 * before_s * RATE) > 20


def test_drums_keep_their_tuning_when_the_key_moves() -> None:
    """A drum tuned to 300 Hz over a held tone: shifted by a fourth, the tone moves and the drum's strokes do not."""
    t = np.arange(RATE // 8) / RATE
    x = np.zeros((6 * RATE, 1))
    noise = np.random.default_rng(1).standard_normal(t.size)
    stroke = 0.5 * noise * np.exp(-t / 0.012)
    for k in range(1, 11):
        x[k * RATE // 2 : k * RATE // 2 + t.size, 0] += stroke
    x[:, 0] += 0.1 * np.sin(2 * np.pi * 440 * np.arange(len(x)) / RATE)
    out = np.zeros((len(x), 1), dtype=np.float32)
    stretching.with_transients(x.astype(np.float32), 1000, 500, RATE, out)
    spectrum = np.abs(np.fft.rfft(out[:, 0]))
    hertz = np.fft.rfftfreq(len(out), 1 / RATE)
    assert hertz[np.argmax(spectrum)] == pytest.approx(440 * 2 ** (5 / 12), abs=2)
    first = slice(RATE // 2, RATE // 2 + 400)  # the stroke's own noise comes through as it was
    assert np.corrcoef(out[first, 0], x[first, 0])[0, 1] > 0.8
