"""Long audio in pieces: what is kept of it, what is answered, and who may stop it."""

from __future__ import annotations

import numpy as np
import pytest

from ritornello.analysis.model import Audio
from ritornello.identify import covers, peaks, pieces, prints, service
from ritornello.identify.model import Answer, IdentifyError, Tier
from ritornello.identify.segment import build
from tests.identify import music


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of twenty seconds."""
    monkeypatch.setattr(pieces, "FRAMES", 1_000)


def test_a_short_query_is_one_piece_and_kept_as_it_was() -> None:
    mono = peaks.hear(music.song(3))
    whole, cut = peaks.asked(mono), pieces.of_question(mono)
    for name in ("frame", "pitch", "strength", "lift"):
        assert np.array_equal(getattr(whole, name), getattr(cut, name))
    assert whole.frames == cut.frames


@pytest.mark.parametrize("seconds", [40, 61, 41])
def test_pieces_keep_what_the_whole_would_keep(short: None, seconds: int) -> None:
    mono = peaks.hear(music.song(4, seconds))
    whole, cut = peaks.asked(mono), pieces.of_question(mono)
    assert cut.frames == whole.frames and cut.lift.shape == whole.lift.shape
    assert (np.diff(cut.frame) >= 0).all()
    there, here = (set(zip(one.frame.tolist(), np.round(one.pitch).tolist(), strict=True)) for one in (whole, cut))
    assert len(there & here) > 0.99 * len(there)
    assert np.mean(np.abs(cut.lift.astype(int) - whole.lift) > 1) < 0.01  # a rest has a floor of its own
    entry = service.entry("rec_4", music.song(4, seconds))
    assert np.mean(entry.prints != prints.of_mono(mono)) < 0.01 and len(entry.prints) == len(prints.of_mono(mono))


def test_long_sound_is_brought_to_8_khz_a_block_at_a_time(short: None) -> None:
    audio = music.song(5, 60)
    assert len(pieces.hear(audio)) == pytest.approx(60 * peaks.RATE, abs=2)
    assert np.allclose(pieces.hear(audio), peaks.hear(audio), atol=1e-5)
    broken = audio.samples.copy()
    broken[900_000] = np.nan
    with pytest.raises(IdentifyError, match="no numbers"):
        pieces.hear(Audio(broken, audio.rate))


def test_a_long_file_is_answered_by_its_parts_and_tells_how_far_it_is(short: None) -> None:
    """Song 1 as it is from 0 to 24 s, a stranger to 48 s, song 2 as it is to 72 s."""
    made = np.concatenate([music.song(seed).samples for seed in (1, 21, 2)])
    segment = build([music.entry(seed) for seed in range(1, 8)])
    told: list[tuple[float, str]] = []
    found = service.identify(Audio(made, music.RATE), [segment], report=lambda *one: told.append(one))
    parts = {one.recording: one.answer.query_seconds for one in found.attribution.parts}
    assert parts["rec_1"] == pytest.approx((0, 24), abs=1.5) and parts["rec_2"] == pytest.approx((48, 72), abs=1.5)
    exact = {one.recording: (one.query_seconds, one.reference_seconds) for one in found.exact}
    # song 1 goes on from the first piece to the second
    assert exact["rec_1"][0] == pytest.approx((0, 24), abs=0.3) and exact["rec_1"][1] == pytest.approx((0, 24), abs=0.3)
    assert exact["rec_2"][0] == pytest.approx((48, 72), abs=0.3)
    assert found.attribution.unknown_seconds == pytest.approx(24, abs=3)
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == 1
    assert len(told) > 15 and any(words == "comparing from 0:40" for _, words in told)


def test_whoever_hears_the_progress_may_stop_it() -> None:
    segment = build([music.entry(seed) for seed in range(1, 4)])
    told: list[float] = []

    def stop(fraction: float, words: str) -> None:
        told.append(fraction)
        if fraction > 0.4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        service.identify(music.song(1, 40), [segment], report=stop)
    assert max(told) < 0.6


def test_what_pieces_answer_counts_once_for_each_piece() -> None:
    def answer(start: float, there: float, chance: float, score: float = 9.0) -> Answer:
        return Answer("rec", Tier.EXACT, (start, start + 10), (there, there + 10), 0.0, 1.0, score, chance)

    one = pieces.together([(0.0, answer(5, 20, 1e-6)), (12.0, answer(2, 29, 1e-9, 11.0))], 4)
    assert [(each.query_seconds, each.reference_seconds) for each in one] == [((5, 24), (20, 39))]
    assert one[0].chance == pytest.approx(4e-9) and one[0].score == 11
    apart = pieces.together([(0.0, answer(5, 20, 1e-6)), (12.0, answer(2, 70, 1e-6))], 2)
    assert len(apart) == 2


def test_a_long_query_meets_many_recordings_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def harmony(seed: int, rows: int) -> covers.Harmony:
        rng = np.random.default_rng(seed)
        chroma = covers._unit(rng.random((rows, 24)).astype(np.float32) ** 3)
        return covers.Harmony(chroma, np.arange(rows, dtype=np.float32) / 2)

    originals = [harmony(seed, 60 + seed) for seed in range(9)]
    none = music.entry(1)
    segment = build(
        [type(none)(f"rec_{n}", none.peaks, none.prints, one.chroma, one.beats) for n, one in enumerate(originals)]
    )
    query = covers.asked(covers.Harmony(np.roll(originals[4].chroma[10:50], 3, axis=1), originals[4].beats[10:50]))
    whole = covers.ranked(query, [segment])
    monkeypatch.setattr(covers, "CELLS", 20_000)
    assert len(covers._blocks(40, np.array([60, 120, 180]))) == 3
    cut = covers.ranked(query, [segment])
    assert [one.recording for one in cut] == [one.recording for one in whole]
    assert [one.score for one in cut] == pytest.approx([one.score for one in whole], abs=1e-3)
