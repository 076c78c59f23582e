"""The same tune under other chords, in another mode, metre and time: what changes, and what never does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.studio.harmony import (
    QUALITIES,
    Harmony,
    chord_name,
    chord_named,
    coloured,
    every_chord,
    same_harmony,
    voicing,
)
from ritornello.studio.reharmony import clashes, in_mode, reharmonised, rub
from ritornello.studio.reinterpret import (
    WAYS,
    Way,
    double_time,
    half_time,
    in_metre,
    reinterpreted,
    transposed,
)
from ritornello.studio.score import PPQ, Score, samples_of
from tests.studio.songs import demo_score


def pitches(score: Score) -> list[int]:
    return [tone.pitch for tone in score.tune]


@pytest.mark.parametrize("way", WAYS)
def test_a_reharmonisation_never_touches_the_tune(way: Way) -> None:
    score, _ = reharmonised(demo_score(), (way,))
    assert score.tune == demo_score().tune
    assert score.heard == demo_score().chords
    assert score.chords[0].start == demo_score().chords[0].start and score.chords[-1].end == demo_score().chords[-1].end
    assert all(a.end == b.start for a, b in zip(score.chords, score.chords[1:], strict=False))


def test_secondary_dominants_lead_a_fifth_down() -> None:
    score, said = reharmonised(demo_score(), ("secondary_dominants",))
    done = [s for s in said if not s.kept]
    assert len(done) >= 6 and score.harmony_changed
    for one in done:
        after = next(span for span in score.chords if span.start == one.start)
        following = score.chords[score.chords.index(after) + 1]
        assert after.chord.quality == "7" and (following.chord.root - after.chord.root) % 12 == 5


def test_a_tritone_substitute_lies_a_semitone_above_its_goal() -> None:
    score, said = reharmonised(demo_score(), ("secondary_dominants", "tritone"))
    done = [s for s in said if s.way == "tritone" and not s.kept]
    assert done and reharmonised(demo_score(), ("tritone",))[0].harmony_changed
    for one in done:
        k = next(n for n, span in enumerate(score.chords) if span.start == one.start)
        assert (score.chords[k].chord.root - score.chords[k + 1].chord.root) % 12 == 1
        if (score.chords[k + 1].chord.root - one.before.root) % 12 == 5:  # third and seventh change places
            assert (one.before.root + 4) % 12 == (one.after.root + 10) % 12


def test_borrowed_chords_come_from_the_parallel_mode() -> None:
    # a tune of D alone lies in every chord that D major borrows from D minor
    tune = tuple(replace(tone, pitch=74) for tone in demo_score().tune)
    score, said = reharmonised(replace(demo_score(), tune=tune), ("modal_interchange",))
    done = [s.after for s in said if not s.kept]
    assert done and score.harmony_changed
    minor = {(2 + step) % 12 for step in (0, 2, 3, 5, 7, 8, 10, 11)}
    assert all(set(chord.tones) & (minor - {(2 + s) % 12 for s in (0, 2, 4, 5, 7, 9, 11)}) for chord in done)


def test_richer_chords_are_the_same_harmony() -> None:
    score, said = reharmonised(demo_score(), ("richer",))
    assert said and not score.harmony_changed
    back, _ = reharmonised(score, ("simpler",))
    assert all(len(QUALITIES[span.chord.quality]) <= 3 for span in back.chords)


@pytest.mark.parametrize("way", WAYS)
def test_no_substitution_rubs_more_than_it_may(way: Way) -> None:
    score, said = reharmonised(demo_score(), (way,))
    for one in [s for s in said if not s.kept]:
        span = next(span for span in score.chords if span.start == one.start)
        assert rub(score, one.after, span.start, span.end) <= rub(score, one.before, span.start, span.end)
    assert len(clashes(score)) <= len(clashes(demo_score()))


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown way"):
        reharmonised(demo_score(), ("polka",))  # type: ignore[arg-type]


def test_the_parallel_minor_moves_three_degrees_and_nothing_else() -> None:
    minor = in_mode(demo_score(), "minor")
    moved = {(a % 12, b - a) for a, b in zip(pitches(demo_score()), pitches(minor), strict=True)}
    assert {step for tone, step in moved if tone in (2, 4, 7, 9)} == {0}
    assert (6, -1) in moved and (11, -1) in moved
    assert minor.key_name == "D minor" and minor.harmony_changed
    dominants = [span.chord for span in minor.chords if span.chord.root == 9]
    assert dominants and all(4 in QUALITIES[chord.quality] or "sus" in chord.quality for chord in dominants)
    with pytest.raises(ValueError, match="major or minor"):
        in_mode(demo_score(), "dorian")


@given(st.integers(-11, 11))
def test_a_key_change_is_no_reharmonisation_and_goes_back(semitones: int) -> None:
    moved = transposed(demo_score(), semitones)
    assert not moved.harmony_changed
    assert transposed(moved, -semitones) == demo_score()


def seconds(score: Score) -> list[int]:
    return samples_of(score.tempo, 44_100, [tone.start for tone in score.tune])


@pytest.mark.parametrize("way", [half_time, double_time])
def test_half_and_double_time_keep_the_tune_where_it_is(way: object) -> None:
    told = way(demo_score())  # type: ignore[operator]
    assert pitches(told) == pitches(demo_score())
    assert max(abs(a - b) for a, b in zip(seconds(told), seconds(demo_score()), strict=True)) <= 30
    assert len(told.bars) == (88 if way is double_time else 22)
    assert Score.from_document(told.to_document()) == told


@pytest.mark.parametrize("there", [3, 4])
def test_another_metre_keeps_tones_and_order(there: int) -> None:
    score = demo_score() if there == 3 else in_metre(demo_score(), 3)
    told = in_metre(score, there)
    assert pitches(told) == pitches(score) and told.metre == there
    assert all((b - a) == there * PPQ for a, b in told.bar_spans())
    assert all(tone.length > 0 for tone in told.tune)
    assert Score.from_document(told.to_document()) == told
    assert in_metre(demo_score(), 3).metre_changed


def test_a_waltz_of_a_waltz_is_refused() -> None:
    with pytest.raises(ValueError, match="between 3 and 4"):
        in_metre(demo_score(), 5)


def test_everything_at_once_is_a_score() -> None:
    told = reinterpreted(
        demo_score(), key_cents=-200, tempo_permille=1100, ways=("secondary_dominants",), mode="minor", metre=3
    )
    assert Score.from_document(told.to_document()) == told
    assert told.key_name == "C minor" and told.bpm == pytest.approx(104 * 1.1, rel=1e-4)


@pytest.mark.parametrize("chord", list(every_chord()), ids=chord_name)
def test_symbols_are_read_as_they_are_written(chord: Harmony) -> None:
    assert chord_named(chord_name(chord)) == chord
    low = Harmony(chord.root, chord.quality, (chord.root + 7) % 12)
    assert chord_named(chord_name(low)) == low


@pytest.mark.parametrize("text", ["H", "Cx", "C/", "C/H", "c"])
def test_what_is_no_chord_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no chord"):
        chord_named(text)


roots = st.builds(Harmony, st.integers(0, 11), st.sampled_from(["maj", "min"]), st.just(0))


@given(roots, roots, st.sampled_from(["sevenths", "ninths", "added"]), st.sets(st.integers(0, 11), max_size=4))
def test_colours_never_rub_and_never_change_the_chord(
    chord: Harmony, following: Harmony, colour: str, sung: set[int]
) -> None:
    told = coloured(chord, following, 0, "major", colour, sung)
    assert same_harmony(chord, told)
    added = set(told.tones) - set(chord.tones)
    assert not any((tone - extra) % 12 in (1, 11) for tone in sung for extra in added)


@given(st.sampled_from(list(every_chord())), st.sampled_from(list(every_chord())), st.integers(2, 5))
def test_voicings_stay_in_their_register_and_move_little(one: Harmony, other: Harmony, count: int) -> None:
    first = voicing(one, (), count=count, lo=48, hi=76)
    second = voicing(other, first, count=count, lo=48, hi=76)
    for chord, hand in ((one, first), (other, second)):
        assert len(hand) == count and {pitch % 12 for pitch in hand} <= set(chord.tones)
        assert all(48 <= pitch <= 76 for pitch in hand) and list(hand) == sorted(hand)
    moves = [min(abs(pitch - old) for old in first) for pitch in second]
    assert sum(moves) / count <= 5
