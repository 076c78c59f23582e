"""The demo song: its stems, its master, and the truth that it carries."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ritornello.analysis import loudness
from ritornello.analysis.model import Audio
from ritornello.studio import demo_song
from ritornello.studio.demo import performance, score


def test_it_is_long_enough_and_has_verse_and_chorus(song: Audio) -> None:
    truth = demo_song.truth()
    assert 90 <= song.duration_s <= 115
    assert [s.label for s in truth.sections] == ["intro", "verse", "chorus", "verse", "chorus", "outro"]
    assert all(a.end == b.start for a, b in pairwise(truth.sections))
    assert truth.sections[-1].end <= song.frames


def test_the_stems_sum_to_the_mix(stems: dict[str, Audio], song: Audio) -> None:
    total = np.sum([stems[part].samples.astype(np.float64) for part in demo_song.PARTS], axis=0)
    assert np.max(np.abs(total - song.samples)) <= 1e-6


def test_the_master_is_loud_as_promised_and_never_clips(song: Audio) -> None:
    heard = loudness.measure(song)
    assert heard.lufs == pytest.approx(-14.0, abs=0.2)
    assert heard.true_peak_dbtp <= -1.0
    assert np.all(np.abs(song.samples.mean(axis=0)) < 1e-4)


def test_each_stem_plays_and_keeps_to_its_register(stems: dict[str, Audio]) -> None:
    def share_below(part: str, hertz: float) -> float:
        power = np.abs(np.fft.rfft(stems[part].mono()[: 2**21])) ** 2
        return float(power[: int(hertz * 2**21 / stems[part].rate)].sum() / power.sum())

    assert all(float(np.std(stem.samples)) > 0.003 for stem in stems.values())
    assert share_below("bass", 300) > 0.9
    assert share_below("lead", 200) < 0.05


def test_the_same_song_each_time() -> None:
    once, again = (performance.play(performance.Take(bars=5)) for _ in range(2))
    assert all(np.array_equal(once[part], again[part]) for part in demo_song.PARTS)


def test_the_kick_falls_on_the_written_beat(stems: dict[str, Audio]) -> None:
    drums = np.abs(stems["drums"].mono())
    chorus = demo_song.truth().sections[2]
    # the first bar of the section starts in the ring of the fill before it
    for beat in [b for b in demo_song.truth().downbeats if chorus.start < b < chorus.end]:
        rise = drums[beat - 441 : beat + 441] > 0.5 * drums[beat : beat + 2205].max()
        assert abs(int(np.argmax(rise)) - 441) <= 150


def test_written_lines_fill_the_form_exactly() -> None:
    beats = score.BARS * score.BEATS_PER_BAR
    assert sum(c.length for c in score.chords()) == beats
    notes = score.melody()
    assert all(a.beat + a.length <= b.beat for a, b in pairwise(notes))
    assert notes[-1].beat + notes[-1].length <= beats
    # on strong beats the long notes of the tune belong to the scale of D major, or to the borrowed G minor
    assert {n.pitch % 12 for n in notes} <= {2, 4, 6, 7, 9, 11, 1, 10}
