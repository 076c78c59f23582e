"""What was moved in pitch, tempo or both is found, placed and measured; what is not in the index is not found."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from bench._transforms import stretched

from ritornello.analysis.model import Audio
from ritornello.identify import chance, match, peaks, prints
from ritornello.identify.attribution import attribute
from ritornello.identify.declared import align
from ritornello.identify.model import Answer, IdentifyError, Tier
from ritornello.identify.segment import build
from tests.identify import music

SEEDS = range(1, 8)
UNKNOWN = range(21, 26)
SEGMENT = build([music.entry(seed) for seed in SEEDS])
CLIP = (6.0, 18.0)


def moved(seed: int, faster: float, semitones: float) -> np.ndarray:
    clip = music.cut(music.song(seed), *CLIP)
    if semitones == pytest.approx(12 * np.log2(faster)):
        return np.asarray(soxr.resample(clip, music.RATE * faster, music.RATE))
    return stretched(clip, music.RATE, faster, semitones)


def only(mono: np.ndarray) -> Answer:
    answers = match.identify(music.query(mono), [SEGMENT], 1)
    assert answers, "nothing was found"
    return answers[0]


@pytest.mark.parametrize(
    ("seed", "faster", "semitones"),
    [
        (1, 1.0, 0.0),
        (2, 1.25, 12 * np.log2(1.25)),
        (3, 0.8, 12 * np.log2(0.8)),
        (4, 1.0, 4.0),
        (5, 1.0, -4.0),
        (6, 1.25, 0.0),
        (7, 0.75, 0.0),
    ],
)
def test_moved_recordings_are_found_and_the_move_is_measured(seed: int, faster: float, semitones: float) -> None:
    answer = only(moved(seed, faster, semitones))
    assert answer.recording == f"rec_{seed}"
    assert answer.tier is Tier.TRANSFORMED
    assert answer.cents == pytest.approx(semitones * 100, abs=10)
    assert answer.time_scale == pytest.approx(1 / faster, rel=0.006)
    start, end = answer.reference_seconds
    query_start = answer.query_seconds[0]
    assert start - query_start * faster == pytest.approx(CLIP[0], abs=0.15)
    assert end > start + 5


def test_noise_and_another_song_on_top_do_not_hide_a_recording() -> None:
    rng = np.random.default_rng(5)
    clip = music.cut(music.song(2), *CLIP)
    assert only(clip + rng.standard_normal(len(clip)) * clip.std()).recording == "rec_2"
    assert only(clip + music.cut(music.song(21), *CLIP)).recording == "rec_2"


def test_a_chopped_recording_adds_up() -> None:
    clip = music.cut(music.song(3), 2, 18)
    slices = np.split(clip, 16)
    chopped = np.concatenate([slices[n] for n in np.random.default_rng(3).permutation(16)])
    query = music.query(chopped)
    best = match.matches(query, [SEGMENT], 1)[0]
    assert SEGMENT.names[best.number] == "rec_3"
    assert len(best.alignments) > 1, "further alignments must be found"
    assert chance.of_score(best.score) <= 0.01


@pytest.mark.parametrize("seed", UNKNOWN)
def test_unknown_music_answers_nothing(seed: int) -> None:
    query = music.query(music.cut(music.song(seed), *CLIP))
    assert match.identify(query, [SEGMENT]) == []
    assert attribute(query, [SEGMENT]).parts == ()


def test_silence_noise_and_speech_answer_nothing() -> None:
    rng = np.random.default_rng(1)
    for mono in (
        np.zeros(10 * music.RATE),
        rng.standard_normal(10 * music.RATE) * 0.1,
        music.speech().samples[:, 0],
        np.full(10 * music.RATE, 0.5),
    ):
        query = music.query(mono)
        assert match.identify(query, [SEGMENT]) == []
        assert prints.identify(peaks.hear(music.audio(mono)), [SEGMENT]) == []


def test_an_empty_index_answers_nothing() -> None:
    query = music.query(music.cut(music.song(1), *CLIP))
    assert match.identify(query, []) == match.identify(query, [build([])]) == []


def test_too_short_is_one_clear_error() -> None:
    with pytest.raises(IdentifyError, match=r"2\.00 s.*Give at least 3 seconds"):
        peaks.hear(Audio(np.ones((2 * music.RATE, 1), np.float32), music.RATE))


def test_loudness_changes_nothing() -> None:
    clip = music.cut(music.song(4), *CLIP)
    one, two = music.query(clip), music.query(clip / 128)
    assert np.array_equal(one.frame, two.frame)


def test_copies_are_found_by_their_bits_and_placed() -> None:
    clip = music.cut(music.song(5), *CLIP)
    noisy = clip + np.random.default_rng(2).standard_normal(len(clip)) * clip.std() * 0.2
    answer = prints.identify(peaks.hear(music.audio(noisy)), [SEGMENT])[0]
    assert (answer.recording, answer.tier) == ("rec_5", Tier.EXACT)
    assert answer.reference_seconds[0] - answer.query_seconds[0] == pytest.approx(CLIP[0], abs=0.06)
    for seed in UNKNOWN:
        assert prints.identify(peaks.hear(music.song(seed)), [SEGMENT]) == []


def test_a_mash_up_is_divided_by_seconds_and_the_unknown_is_billed_to_nobody() -> None:
    made = np.concatenate(
        [music.cut(music.song(1), 0, 16), music.cut(music.song(22), 0, 12), music.cut(music.song(2), 4, 20)]
    )
    found = attribute(music.query(made), [SEGMENT])
    assert {part.recording for part in found.parts} == {"rec_1", "rec_2"}
    for part in found.parts:
        start, end = part.answer.query_seconds
        assert (end <= 18) if part.recording == "rec_1" else (start >= 26)
    assert found.duration_shares["rec_1"] == pytest.approx(0.5, abs=0.12)
    assert sum(found.duration_shares.values()) == pytest.approx(1)
    assert sum(found.presence_shares.values()) == pytest.approx(1)
    assert found.known_seconds + found.unknown_seconds == pytest.approx(44, abs=0.1)
    assert 9 <= found.unknown_seconds <= 16


def test_two_recordings_at_once_are_both_found() -> None:
    made = music.cut(music.song(1), 0, 20) + music.cut(music.song(6), 2, 22)
    found = attribute(music.query(made), [SEGMENT])
    assert {part.recording for part in found.parts} == {"rec_1", "rec_6"}


def test_declared_originals_are_found_or_not() -> None:
    made = moved(1, 1.25, 12 * np.log2(1.25))
    found = align(music.query(made), [music.entry(1), music.entry(2)])
    assert [one.recording for one in found] == ["rec_1", "rec_2"]
    assert found[0].found and found[0].seconds > 5
    assert found[0].passages[0].tier is Tier.DECLARED
    assert not found[1].found


@pytest.mark.parametrize("seed", UNKNOWN)
def test_an_original_that_is_not_there_is_not_believed_in_even_alone(seed: int) -> None:
    query = music.query(music.cut(music.song(seed), 2, 20))
    assert not any(align(query, [music.entry(declared)])[0].found for declared in (1, 2, 3))


def test_probability_falls_with_the_score_and_inverts() -> None:
    assert chance.of_score(-1e9) == 1.0
    assert all(chance.of_score(s) > chance.of_score(s + 0.5) for s in np.arange(0, 10, 0.5))
    for probability in (0.5, 1e-2, 1e-3):
        assert chance.of_score(chance.score_at(probability)) == pytest.approx(probability)
